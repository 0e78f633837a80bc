"""The process in which a document is opened: same result, bounded, and it says what happened."""

import io
import os
import shutil
import subprocess
import sys
import tempfile
import textwrap
import unittest
import zipfile
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from tempfile import TemporaryDirectory
from unittest import TestCase, mock

from cases.intake import IntakeRefused, limits, office, read_plan, read_plan_safely, safely

try:
    import resource
except ImportError:  # Windows
    resource = None

from . import forms, plans
from .hostile import OLE


def program(body):
    """A command that stands in for the reading process."""
    return [sys.executable, "-c", textwrap.dedent(body)]


class SafelyTests(TestCase):
    def assert_refused(self, code, data=b"x", name="plan.txt", **options):
        with self.assertRaises(IntakeRefused) as caught:
            read_plan_safely(data, name, **options)
        self.assertEqual(caught.exception.code, code)
        return str(caught.exception)

    def test_the_same_proposal_as_in_this_process(self):
        data = plans.WHOLE.encode()
        self.assertEqual(read_plan_safely(data, "plan.txt"), read_plan(data, "plan.txt"))

    def test_a_refusal_comes_through_with_its_sentence(self):
        sentence = self.assert_refused("not_a_plan", b"Dear all", "a letter 甲.txt")
        self.assertIn("a letter 甲.txt", sentence)

    def test_too_large_is_told_before_anything_starts(self):
        with mock.patch.object(safely, "COMMAND", ["no-such-program"]):
            self.assert_refused("too_large", bytes(2000), max_size=1000)

    def test_a_process_that_dies_or_talks_nonsense(self):
        deaths = {
            "import os, signal; os.kill(os.getpid(), signal.SIGSEGV)": "damaged",
            "import os, signal; os.kill(os.getpid(), signal.SIGKILL)": "too_complex",
            "import os, signal; os.kill(os.getpid(), signal.SIGXCPU)": "too_complex",
            "raise SystemError('broken')": "damaged",
            "print('nonsense')": "damaged",
        }
        for body, code in deaths.items():
            with (
                self.subTest(body=body),
                mock.patch.object(safely, "COMMAND", program(body)),
                self.assertLogs("cases.intake.safely") if code == "damaged" else mock.MagicMock(),
            ):
                self.assert_refused(code)

    def test_a_process_that_does_not_come_back(self):
        with (
            mock.patch.object(safely, "COMMAND", program("import time; time.sleep(60)")),
            mock.patch.object(limits, "CHILD_WAIT", 0.5),
        ):
            self.assert_refused("too_complex")

    def test_limits_of_the_process(self):
        """Memory, time, files and further processes are taken away from the reader itself."""
        body = """
            import resource, signal, sys
            from cases.intake import child, limits
            signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
            child.limit()
            try:
                bytes(2 * limits.CHILD_MEMORY)
                print("memory")
            except MemoryError:
                pass
            try:
                with open(sys.argv[1], "w") as file:
                    file.write("x" * 100)
                print("file")
            except OSError:
                pass
            print(resource.getrlimit(resource.RLIMIT_CPU)[0], resource.getrlimit(resource.RLIMIT_CORE)[0])
        """
        with TemporaryDirectory() as folder:
            run = subprocess.run(
                [*program(body), f"{folder}/file"], cwd=safely.ROOT, capture_output=True, text=True
            )
        self.assertEqual(run.stdout.split(), [str(limits.CHILD_SECONDS), "0"], run.stderr)

    def test_keys_and_passwords_stay_outside(self):
        with mock.patch.dict(os.environ, {"XIAOHAO_SECRET_KEY": "s", "DATABASE_URL": "d", "PGPASSWORD": "p"}):
            self.assertFalse(
                {"XIAOHAO_SECRET_KEY", "DATABASE_URL", "PGPASSWORD"} & set(safely._environment())
            )


class OldOfficeTests(TestCase):
    """A stand-in for LibreOffice: it looks at what it is given and writes what it is told to."""

    def soffice(self, body):
        folder = Path(self.enterContext(TemporaryDirectory()))
        script = folder / "soffice"
        script.write_text(
            f"#!{sys.executable}\nimport sys, os, pathlib, time\n{textwrap.dedent(body)}", encoding="utf-8"
        )
        script.chmod(0o755)
        self.enterContext(mock.patch.dict(os.environ, {"PATH": str(folder)}))
        return folder

    old = OLE + "WordDocument".encode("utf-16le") + bytes(4000)

    def test_an_old_file_is_converted_and_read(self):
        folder = self.soffice(
            """
            target = pathlib.Path(sys.argv[sys.argv.index("--outdir") + 1]) / "plan.docx"
            assert "DisableMacrosExecution" in next(target.parent.rglob("registrymodifications.xcu")).read_text()
            target.write_bytes(pathlib.Path(__file__).with_name("new").read_bytes())
            """
        )
        (folder / "new").write_bytes(forms.as_docx(plans.WHOLE))
        self.assertEqual(len(read_plan_safely(self.old, "plan.doc").measures), 7)

    def test_what_cannot_be_converted_is_refused_with_advice(self):
        self.soffice("sys.exit(1)")
        self.assert_advice()

    def test_a_conversion_that_does_not_end_is_stopped(self):
        self.soffice("time.sleep(60)")
        with mock.patch.object(limits, "CONVERT_SECONDS", 1):
            self.assert_advice()

    def test_without_the_program(self):
        with mock.patch.object(office.shutil, "which", return_value=None):
            self.assert_advice()

    @unittest.skipUnless(resource and sys.platform == "linux", "Only Linux holds a process to its memory.")
    def test_it_may_take_little_memory_and_time(self):
        self.soffice(
            """
            import resource
            wanted = {resource.RLIMIT_CPU: 7, resource.RLIMIT_AS: 300 << 20, resource.RLIMIT_CORE: 0}
            found = {kind: resource.getrlimit(kind)[0] for kind in wanted}
            pathlib.Path(sys.argv[sys.argv.index("--outdir") + 1], "plan.docx").write_text(str(found == wanted))
            """
        )
        with (
            mock.patch.object(limits, "CONVERT_SECONDS", 7),
            mock.patch.object(limits, "CONVERT_MEMORY", 300 << 20),
        ):
            self.assertEqual(office.converted(self.old, "plan.doc"), b"True")

    def assert_advice(self):
        with self.assertRaises(IntakeRefused) as caught:
            read_plan_safely(self.old, "plan.doc")
        self.assertEqual(caught.exception.code, "old_word")
        self.assertIn("save it as .docx", str(caught.exception))


@unittest.skipUnless(shutil.which("soffice"), "LibreOffice is not installed: old files were not converted.")
class LibreOfficeTests(TestCase):
    """The real program, where there is one."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.folder = Path(cls.enterClassContext(TemporaryDirectory()))
        header = ["序号", "存在问题", "整改措施", "责任单位", "整改时限"]
        row = ["1", "河道污染。", "开展排查。", "县水务局", "2024年6月30日前"]
        cls.ledger = forms.as_xlsx([header, row])
        cls.doc = cls.old_file("plan.docx", forms.as_docx(plans.WHOLE), "doc")
        cls.xls = cls.old_file("ledger.xlsx", cls.ledger, "xls")
        cls.rtf = cls.old_file("plan.docx", forms.as_docx(plans.WHOLE), "rtf")

    @classmethod
    def old_file(cls, name, data, kind):
        (cls.folder / name).write_bytes(data)
        profile = f"-env:UserInstallation={(cls.folder / 'profile').as_uri()}"
        command = [
            "soffice",
            "--headless",
            profile,
            "--convert-to",
            kind,
            "--outdir",
            cls.folder,
            cls.folder / name,
        ]
        subprocess.run(command, check=True, capture_output=True, timeout=120)
        return (cls.folder / name).with_suffix("." + kind).read_bytes()

    def test_old_files_read_like_new_ones(self):
        plan = forms.essence(read_plan(plans.WHOLE.encode(), "plan.txt"))
        ledger = forms.essence(read_plan(self.ledger, "ledger.xlsx"))
        files = {
            "plan.doc": (self.doc, plan),
            "plan.wps": (self.doc, plan),
            "plan.docx": (self.doc, plan),  # renamed by somebody who hoped that this would do
            "plan.rtf": (self.rtf, plan),
            "ledger.xls": (self.xls, ledger),
            "ledger.et": (self.xls, ledger),
        }
        for name, (data, expected) in files.items():
            with self.subTest(name=name):
                self.assertEqual(forms.essence(read_plan_safely(data, name)), expected)

    def test_several_at_a_time_and_nothing_is_left(self):
        # A folder of its own: other tests convert at the same time. And the clock of a busy machine is not what
        # is asked here; that the limits hold is tested with programs that break them.
        with (
            TemporaryDirectory(dir=self.folder) as own,
            mock.patch.object(tempfile, "tempdir", own),
            mock.patch.object(limits, "CONVERT_SECONDS", 150),
            mock.patch.object(limits, "CHILD_WAIT", 150),
        ):
            with ThreadPoolExecutor(3) as pool:
                found = list(
                    pool.map(lambda _: len(read_plan_safely(self.doc, "plan.doc").measures), range(3))
                )
            self.assertEqual(found, [7, 7, 7])
            self.assertEqual(list(Path(own).iterdir()), [])

    def test_broken_files_are_read_or_refused(self):
        half, odd = len(self.doc) // 2, bytearray(self.doc)
        odd[600:1200] = bytes(600)
        for data in (self.doc[:half], self.doc[:3000], bytes(odd), self.doc[:512] + self.xls):
            with self.subTest(size=len(data)):
                try:
                    self.assertTrue(read_plan_safely(data, "plan.doc").measures)
                except IntakeRefused as refused:
                    self.assertIn(refused.code, ("old_word", "old_sheet", "not_a_plan", "damaged", "empty"))

    def test_files_it_is_told_to_fetch_are_not_fetched(self):
        secret = self.folder / "secret.txt"
        secret.write_text("TOPSECRET", encoding="utf-8")
        fields = "".join(
            f'{{\\field{{\\*\\fldinst INCLUDETEXT "{place}"}}{{\\fldrslt old}}}}'
            for place in (secret, secret.as_uri())
        )
        new = office.converted(f"{{\\rtf1\\ansi {fields}\\par}}".encode(), "plan.rtf")
        self.assertTrue(new.startswith(b"PK"))
        with zipfile.ZipFile(io.BytesIO(new)) as archive:
            self.assertFalse([name for name in archive.namelist() if b"TOPSECRET" in archive.read(name)])
