"""``manage.py up``: web and worker start together and end together, whoever ends first."""

import os
import re
import signal
import subprocess
import sys
import tempfile
import time
from contextlib import suppress
from pathlib import Path
from unittest import TestCase, skipIf

import pytest

ROOT = Path(__file__).resolve().parents[2]
SECONDS = 90


class Installation:
    """A started product in a folder of its own; ``with`` leaves no process behind."""

    def __init__(self, folder: str):
        environment = {
            **os.environ,
            "XIAOHAO_DATA_DIR": folder,
            "DATABASE_URL": "",
            "PYTHONUNBUFFERED": "1",
        }
        self.process = subprocess.Popen(
            [sys.executable, "manage.py", "up", "--port", "18000"],
            cwd=ROOT, env=environment, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
        )  # fmt: skip
        self.output = ""
        self.children: list[int] = []

    def __enter__(self):
        for line in self.process.stdout:
            self.output += line
            if found := re.search(r"http://\S+", line):
                self.address = found[0]
                self.children = children_of(self.process.pid)
                return self
        raise AssertionError(f"it did not start:\n{self.output}")

    def __exit__(self, *_):
        for pid in [self.process.pid, *self.children]:
            with suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
        self.process.wait(SECONDS)
        self.process.stdout.close()

    def left(self) -> list[int]:
        """Processes that are still there once everything had the time to end."""
        end = time.monotonic() + SECONDS
        while (alive := [pid for pid in self.children if is_alive(pid)]) and time.monotonic() < end:
            time.sleep(0.1)
        return alive


def children_of(parent: int) -> list[int]:
    """All descendants, read from /proc, so that the test needs no other program."""
    found = []
    for stat in Path("/proc").glob("[0-9]*/stat"):
        with suppress(OSError):
            fields = stat.read_text().rpartition(")")[2].split()
            if int(fields[1]) == parent:
                pid = int(stat.parent.name)
                found += [pid, *children_of(pid)]
    return found


def is_alive(pid: int) -> bool:
    try:
        state = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
    except OSError:
        return False
    return state != "Z"


@skipIf(os.environ.get("DATABASE_URL"), "starts an installation with its embedded database; once is enough")
class UpTests(TestCase):
    def setUp(self):
        self.folder = self.enterContext(tempfile.TemporaryDirectory(prefix="xiaohao-up-"))

    def test_ctrl_c_ends_both_and_a_taken_port_is_passed_over(self):
        with Installation(self.folder) as first, Installation(self.folder) as second:
            self.assertNotEqual(first.address, second.address)
            self.assertIn("is taken", second.output)
            for one in (first, second):
                one.process.send_signal(signal.SIGINT)
                self.assertEqual(one.process.wait(SECONDS), 0)
                self.assertEqual(one.left(), [])

    @pytest.mark.slow
    def test_nothing_is_left_when_the_supervisor_is_killed(self):
        with Installation(self.folder) as one:
            one.process.kill()
            self.assertEqual(one.left(), [])

    @pytest.mark.slow
    def test_one_that_dies_takes_the_other_with_it(self):
        with Installation(self.folder) as one:
            os.kill(one.children[0], signal.SIGKILL)
            self.assertEqual(one.process.wait(SECONDS), 1)
            self.assertEqual(one.left(), [])
