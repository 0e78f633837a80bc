"""Broken and hostile files: a sentence or a plan, within bounds. All of them with ``bin/test --all``."""

from unittest import TestCase

import pytest

from cases.intake import limits
from cases.intake.refusals import SENTENCES

from . import hostile

EXPECTED = {
    "cut-5120.docx": "damaged",
    "bomb.docx": "too_large",
    "declared-500-mb.docx": "too_large",
    "nested.docx": "unsupported",
    "entities.docx": "damaged",
    "million-cells.xlsx": "too_complex",
    "merge-everything.xlsx": "not_a_plan",
    "entities.xlsx": "damaged",
    "scan.pdf": "scanned",
    "locked.pdf": "encrypted",
    "circle.pdf": "damaged",
    "ten-mb-line.txt": "too_complex",
    "utf-16.txt": "read",
    "big5.txt": "traditional",
    "bidi.txt": "read",
    "macros.docm": "macros",
    "old.doc": "old_word",
}


class HostileTests(TestCase):
    def assert_bounded(self, results):
        codes = {*SENTENCES, "unsupported", "read"}
        for result in results:
            with self.subTest(name=result.name):
                self.assertIn(result.code, codes)
                self.assertEqual(result.code, EXPECTED.get(result.name, result.code))

    def test_a_sample(self):
        results = [hostile.outcome(name, data) for name, data in hostile.files(hostile.SAMPLE)]
        self.assertEqual({result.name for result in results}, set(hostile.SAMPLE))
        self.assert_bounded(results)

    @pytest.mark.slow
    def test_all(self):
        results = [hostile.outcome(name, data) for name, data in hostile.files()]
        self.assertGreaterEqual(len(results), 200)
        self.assertEqual(len({result.name for result in results}), len(results))
        self.assert_bounded(results)

    def test_the_bounds(self):
        """The limits that the reading process sets for itself; what breaks them is killed, not measured."""
        self.assertLessEqual(limits.CHILD_SECONDS, 10)
        self.assertLessEqual(limits.CHILD_MEMORY, 300 * limits.MEGABYTE)
