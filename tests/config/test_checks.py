"""The check of PDF libraries: one line that brings what is missing; a warning for pages, the end for a set-up."""

from contextlib import redirect_stderr
from io import StringIO
from unittest import TestCase
from unittest.mock import patch

from config import checks


class LibraryTests(TestCase):
    def test_a_missing_library_is_named_with_its_package(self):
        with patch.dict(checks.LIBRARIES, {"libnosuch.so.9": "libnosuch9"}):
            self.assertIn("libnosuch9", checks.missing_packages())
            [warning] = checks.pdf_libraries(None)
        self.assertRegex(warning.hint, r"^sudo apt-get install -y .*libnosuch9")
        self.assertFalse(warning.is_serious())

    def test_a_chinese_font_is_found_by_the_names_of_files(self):
        with (
            patch.object(checks, "FONT_FOLDERS", ["/nowhere"]),
            patch.object(checks.shutil, "which", lambda _: None),
        ):
            self.assertIn(checks.FONT_PACKAGE, checks.missing_packages())

    def test_a_set_up_ends_with_one_sentence_that_names_the_command(self):
        said = StringIO()
        with patch.dict(checks.LIBRARIES, {"libnosuch.so.9": "libnosuch9"}), redirect_stderr(said):
            self.assertEqual(checks.main(), 1)
        [sentence] = said.getvalue().splitlines()
        self.assertRegex(sentence, r"sudo apt-get install -y .*libnosuch9")

    def test_a_set_up_goes_on_in_silence_where_nothing_is_missing(self):
        said = StringIO()
        with patch.object(checks, "missing_packages", list), redirect_stderr(said):
            self.assertEqual((checks.main(), said.getvalue()), (0, ""))
