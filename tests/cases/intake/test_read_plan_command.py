"""``manage.py read_plan``: one JSON per file, a sentence per refusal."""

import io
import json
import tempfile
from pathlib import Path

from django.core.management import call_command
from django.test import SimpleTestCase

from . import plans


class ReadPlanCommandTests(SimpleTestCase):
    def setUp(self):
        self.folder = Path(self.enterContext(tempfile.TemporaryDirectory()))
        self.out, self.err = io.StringIO(), io.StringIO()

    def run_command(self, **files):
        paths = []
        for name, data in files.items():
            paths.append(self.folder / f"{name}.txt")
            paths[-1].write_bytes(data)
        call_command("read_plan", *paths, out=self.folder / "read", stdout=self.out, stderr=self.err)

    def test_one_json_per_file(self):
        self.run_command(first=plans.WHOLE.encode(), second=plans.TASKS.encode("gb18030"))
        first = json.loads((self.folder / "read" / "first.json").read_text(encoding="utf-8"))
        self.assertEqual(sum(len(item["measures"]) for item in first["problems"]), 7)
        self.assertTrue((self.folder / "read" / "second.json").exists())

    def test_a_refused_file_stops_none_of_the_others(self):
        with self.assertRaises(SystemExit) as caught:
            self.run_command(bad=b"", good=plans.WHOLE.encode())
        self.assertEqual(caught.exception.code, 1)
        self.assertIn("bad.txt", self.err.getvalue())
        self.assertEqual([path.name for path in (self.folder / "read").iterdir()], ["good.json"])

    def test_a_missing_file_is_named(self):
        with self.assertRaises(SystemExit):
            call_command(
                "read_plan", self.folder / "none.txt", out=self.folder, stdout=self.out, stderr=self.err
            )
        self.assertIn("none.txt", self.err.getvalue())
