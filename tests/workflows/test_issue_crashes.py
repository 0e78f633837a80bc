"""The worker killed while it issues a report, at eight points, in a process of its own on a real database.

Afterwards there is the signed report or the issued one, never two numbers, never half; and the next attempt ends with
one issued report. Printing itself is not the point here: a small program stands in for it, the slow test prints.
"""

import multiprocessing
import os
import signal
import sys
import tempfile
import textwrap
import time
from datetime import datetime, timedelta
from pathlib import Path
from unittest import mock

import pytest
from django.db import connections
from django.test import TransactionTestCase

from cases import files
from cases.models import LogEntry
from permissions import clock
from permissions.models import Role
from reports import signatures
from reports.documents import safely
from reports.models import DocumentCounter, MonthlyReport, ReportState
from tests.factories import make_measure, make_office, make_plan, make_unit, member
from tests.reports.signing import printing, signing, small_pdf, trial
from workflows import door, jobs
from workflows.door import perform
from workflows.integrity import check_office
from workflows.models import Job, JobState

FORK = multiprocessing.get_context("fork")
PRINTER = """
    import json, sys
    for paper in json.load(open(sys.argv[1] + "/order.json"))["papers"]:
        open(sys.argv[1] + "/" + paper["name"], "wb").write(b"%PDF-1.7 " + paper["name"].encode())
        print(json.dumps({"name": paper["name"], "share": 1}), flush=True)
"""
SLOW_PRINTER = """
    import time
    for step in range(1000):
        print('{"name": "pdf", "share": 0.2}', flush=True)
        time.sleep(0.05)
"""


# Says nothing, so that its worker has no occasion to stop, until there is a file at the first argument.
WAITING_PRINTER = """
    import os, sys, time
    while not os.path.exists(sys.argv[1]):
        time.sleep(0.01)
    del sys.argv[1]
"""


def of_act(name):
    return lambda pk, act, **_: act == name


def of_type(media_type):
    return lambda office, data, found, **_: found == media_type


def with_an_issued_report(*_, **__):
    """True in the transaction of the issue alone: nobody else sees the row so before it commits."""
    return MonthlyReport.objects.filter(state=ReportState.ISSUED).exists()


# Point → (where the function lives, its name, for which call of it, whether after it).
POINTS = {
    "before the number": (door, "perform", of_act("number_report"), False),
    "after the number": (door, "perform", of_act("number_report"), True),
    "while it prints": (jobs, "progress", lambda job, percent: percent == 70, False),
    "after the PDF is stored": (files, "store", of_type(jobs.PDF), True),
    "after the spreadsheet is stored": (files, "store", of_type(jobs.XLSX), True),
    "before the issue": (door, "perform", of_act("issue_report"), False),
    "inside the transaction of the issue": (door, "write_entries", with_an_issued_report, False),
    "after the commit, before the end of the job": (jobs, "_end", lambda *_: True, False),
}


def killed_at(point, pk):
    """Do the job in this process and be killed at the point, as by the system: nothing is tidied up."""
    home, name, when, after = POINTS[point]
    real = getattr(home, name)

    def deadly(*args, **kwargs):
        wanted = when(*args, **kwargs)
        result = real(*args, **kwargs) if after or not wanted else None
        if wanted:
            os.kill(os.getpid(), signal.SIGKILL)
        return result

    with mock.patch.object(home, name, deadly):
        jobs.execute(pk)


class SignedReport(TransactionTestCase):
    def setUp(self):
        self.office = make_office()
        self.plan = make_plan(self.office, issued_on=datetime(2026, 7, 1).date())
        make_measure(self.plan, lead=make_unit(self.office))
        clerk, head, leader = (
            member(self.office, role) for role in (Role.OFFICE_CLERK, Role.OFFICE_HEAD, Role.LEADER)
        )
        with clock.at(datetime(2026, 11, 1, 8)):
            month = datetime(2026, 11, 1).date()
            period = perform(self.plan.pk, "open_period", actor=clerk, month=month).subject
        with clock.at(datetime(2026, 11, 10, 12)):
            self.report = perform(period.pk, "compose_report", actor=clerk).subject
            for act, person in (("submit", clerk), ("review", head), ("sign", leader)):
                perform(self.report.pk, f"{act}_report", actor=person)
        self.job = Job.objects.get(key=f"report:{self.report.pk}")

    def worker(self, function, *arguments):
        connections.close_all()  # a child that inherits an open connection would talk into its parent's
        child = FORK.Process(target=function, args=arguments)
        child.start()
        return child

    def assert_whole(self, state):
        report = MonthlyReport.objects.get(pk=self.report.pk)
        self.assertEqual(report.state, state)
        stored = [getattr(report, name) for name in ("pdf", "xlsx", "internal_pdf", "docx")]
        self.assertEqual([bool(one) for one in stored], [state == ReportState.ISSUED] * 4)
        self.assertTrue(all(files.is_intact(one) for one in stored if one))
        issues = LogEntry.objects.filter(act="issue_report", object_id=report.pk).count()
        self.assertEqual(issues, int(state == ReportState.ISSUED))
        numbers = LogEntry.objects.filter(act="number_report", object_id=report.pk).count()
        self.assertEqual(numbers, int(bool(report.document_number)))
        self.assertLessEqual(sum(DocumentCounter.objects.values_list("last", flat=True)), 1)
        self.assertEqual(check_office(self.office).wrong, [])
        return report


class Crashes(SignedReport):
    def runs(self, point):
        child = self.worker(killed_at, point, self.job.pk)
        child.join(timeout=120)
        self.assertEqual(child.exitcode, -signal.SIGKILL)
        over = point.startswith("after the commit")
        first = self.assert_whole(ReportState.ISSUED if over else ReportState.SIGNED)
        with clock.at(clock.now() + timedelta(seconds=jobs.DEAD_SECONDS + 1)):
            jobs.execute(self.job.pk)
        second = self.assert_whole(ReportState.ISSUED)
        self.assertEqual(second.document_number[-3:], "〕1号")
        self.assertIn(first.document_number, ("", second.document_number))
        if over:
            self.assertEqual(first.pdf_id, second.pdf_id)
        self.job.refresh_from_db()
        self.assertEqual((self.job.state, self.job.attempts), (JobState.DONE, 2))


class IssueCrashes(Crashes):
    """Printed by a small program."""


def _test(point):
    def test(self):
        with mock.patch.object(safely, "COMMAND", [sys.executable, "-c", textwrap.dedent(PRINTER)]):
            self.runs(point)

    return test


for _point in POINTS:
    setattr(IssueCrashes, f"test_{_point.replace(',', '').replace(' ', '_')}", _test(_point))


class CertificateCrashes(Crashes):
    """Where the office signs with a certificate, of two signatures made one is issued."""

    def setUp(self):
        super().setUp()
        self.enterContext(signing(self.office.code, made=trial(first_day=clock.now())))
        self.enterContext(printing(small_pdf()))

    def test_after_the_signed_paper_is_stored(self):
        self.runs("after the PDF is stored")
        report = MonthlyReport.objects.get(pk=self.report.pk)
        self.assertTrue(signatures.examine(files.read(report.pdf)).is_intact)


class CancelTests(SignedReport):
    def test_a_cancelled_job_stops_at_its_next_step_and_can_be_started_again(self):
        with mock.patch.object(safely, "COMMAND", [sys.executable, "-c", textwrap.dedent(SLOW_PRINTER)]):
            child = self.worker(jobs.execute, self.job.pk)
            for _ in range(600):
                if Job.objects.get(pk=self.job.pk).percent > 10:  # it prints
                    break
                time.sleep(0.05)
            self.assertTrue(jobs.cancel(self.job.key))
            child.join(timeout=30)
        self.assertEqual(child.exitcode, 0)
        self.job.refresh_from_db()
        self.assertEqual(self.job.state, JobState.CANCELLED)
        first = self.assert_whole(ReportState.SIGNED)
        jobs.submit_issue(self.report)
        with mock.patch.object(safely, "COMMAND", [sys.executable, "-c", textwrap.dedent(PRINTER)]):
            jobs.execute(self.job.pk)
        self.assertEqual(self.assert_whole(ReportState.ISSUED).document_number, first.document_number)


class TwoWorkersTests(SignedReport):
    """Cancelled and asked for again while the first worker is printing: it never hears of it, and goes on."""

    def setUp(self):
        super().setUp()
        self.folder = Path(self.enterContext(tempfile.TemporaryDirectory()))

    def printing(self, name):
        """A worker that prints until ``folder / name`` is there."""
        code = textwrap.dedent(WAITING_PRINTER) + textwrap.dedent(PRINTER)
        with mock.patch.object(safely, "COMMAND", [sys.executable, "-c", code, str(self.folder / name)]):
            child = self.worker(jobs.execute, self.job.pk)
        while Job.objects.get(pk=self.job.pk).percent < 10:
            time.sleep(0.02)
        return child

    def two(self):
        first = self.printing("first")
        self.assertTrue(jobs.cancel(self.job.key))
        jobs.submit_issue(self.report)
        return first, self.printing("second")

    def let(self, **children):
        for name in children:
            (self.folder / name).touch()
        for child in children.values():
            child.join(timeout=60)
            self.assertEqual(child.exitcode, 0)

    def assert_issued_once(self):
        self.assert_whole(ReportState.ISSUED)
        self.job.refresh_from_db()
        self.assertEqual((self.job.state, self.job.message), (JobState.DONE, ""))

    def test_who_comes_second_finds_it_issued(self):
        first, second = self.two()
        self.let(first=first)
        self.assert_issued_once()
        self.let(second=second)
        self.assert_issued_once()

    def test_both_come_at_the_same_moment(self):
        first, second = self.two()
        self.let(first=first, second=second)
        self.assert_issued_once()

    def test_what_is_done_stays_done_when_the_other_fails(self):
        first, second = self.two()
        self.let(second=second)
        os.killpg(self.printer_of(first), signal.SIGKILL)
        first.join(timeout=60)
        self.assert_issued_once()

    def printer_of(self, child):
        [pid] = Path(f"/proc/{child.pid}/task/{child.pid}/children").read_text().split()
        return int(pid)


@pytest.mark.slow
class PrintedCrashes(IssueCrashes):
    """The same with real papers."""


for _point in POINTS:
    name = f"test_{_point.replace(',', '').replace(' ', '_')}"
    setattr(PrintedCrashes, name, lambda self, point=_point: self.runs(point))
