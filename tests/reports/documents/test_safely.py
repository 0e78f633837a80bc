"""The process that prints: same bytes, bounded, and it says what happened."""

import os
import subprocess
import sys
import textwrap
import time

import pytest
from django.conf import settings

from reports.documents import safely
from reports.documents.engine import PaperRefused, Stopped
from reports.documents.safely import Order
from tests.reports.documents import papers, sample

REPORT = Order("pdf", "pdf.render_monthly_report", {})


def program(monkeypatch, body):
    """Let another program stand in for the process that prints."""
    monkeypatch.setattr(safely, "COMMAND", [sys.executable, "-c", textwrap.dedent(body)])


def test_the_same_bytes_as_in_this_process_and_a_word_for_each_paper():
    data = sample.snapshot()
    said = []
    made = safely.printed(
        [REPORT, Order("xlsx", "xlsx.ledger_xlsx", {})],
        data,
        sample.issue(data),
        tell=lambda name, share: said.append((name, share)),
    )
    assert made["pdf"] == papers.issued()
    assert made["xlsx"].startswith(b"PK")
    assert said == [("pdf", 1), ("xlsx", 1)]


def test_a_refusal_comes_back_in_its_own_words():
    data = sample.snapshot()
    issue = sample.issue(data)
    data["title"] = "另一份报告"
    with pytest.raises(PaperRefused, match="signed"):
        safely.printed([REPORT], data, issue)


def test_a_killed_process_is_told_in_a_sentence(monkeypatch):
    program(monkeypatch, "import os, signal; os.kill(os.getpid(), signal.SIGKILL)")
    with pytest.raises(Stopped) as stopped:
        safely.printed([REPORT])
    assert "memory or time" in str(stopped.value.reader_message)


def test_a_process_that_says_nothing_is_stopped(monkeypatch):
    monkeypatch.setattr(safely, "SILENCE", 0.2)
    program(monkeypatch, "import time; time.sleep(60)")
    started = time.monotonic()
    with pytest.raises(Stopped):
        safely.printed([REPORT])
    assert time.monotonic() - started < 10


class Enough(Exception):
    pass


def test_who_listens_may_stop_it_and_those_that_work_for_it(monkeypatch, tmp_path):
    monkeypatch.setenv("NOTE", str(tmp_path / "pids"))
    program(
        monkeypatch,
        """
        import os, time
        child = os.fork()
        if child:
            open(os.environ["NOTE"], "w").write(f"{os.getpid()} {child}")
            print('{"name": "pdf", "share": 0.5}', flush=True)
        time.sleep(60)
        """,
    )

    def tell(name, share):
        raise Enough

    with pytest.raises(Enough):
        safely.printed([REPORT], tell=tell)
    for pid in (tmp_path / "pids").read_text().split():
        assert _is_gone(int(pid))


def _is_gone(pid):
    for _ in range(100):
        try:
            with open(f"/proc/{pid}/stat", encoding="ascii") as stat:
                if stat.read().rsplit(")", 1)[1].split()[0] == "Z":
                    return True
        except FileNotFoundError:
            return True
        time.sleep(0.02)
    return False


@pytest.mark.parametrize(
    ("work", "sign"),
    [
        ("bytes(400 * 1024 * 1024)", "MemoryError"),
        ("while True: pass", "-9"),
    ],
)
def test_memory_and_time_are_limited(work, sign):
    code = f"from cases import confinement\nconfinement.limit(memory=200 * 1024 * 1024, seconds=1)\n{work}"
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, cwd=settings.BASE_DIR, env=os.environ
    )
    assert sign in f"{done.returncode} {done.stderr}"
