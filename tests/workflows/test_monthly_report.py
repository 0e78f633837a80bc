import json
from datetime import datetime, timedelta

from django.core.exceptions import ImproperlyConfigured
from django.test import TestCase
from django.utils import translation
from django.utils.module_loading import import_string
from django_q.models import Schedule

from cases import files
from cases.errors import NoRight, NotReady, WrongState
from cases.models import DutyRole, LogEntry, Notice
from permissions import clock
from permissions.models import Role
from permissions.roles import appoint
from reports import compose, texts
from reports.models import MonthlyReport, ReportState
from reports.proof import digest
from tests.factories import make_measure, make_office, make_person, make_plan, make_unit, member
from workflows import jobs, papers
from workflows.door import perform
from workflows.models import Job, JobState

NOVEMBER = datetime(2026, 11, 1).date()


class ReportCase(TestCase):
    @classmethod
    def setUpTestData(cls):
        cls.office = make_office()
        cls.plan = make_plan(
            cls.office, title="清河县2026年督查反馈问题整改方案", issued_on=datetime(2026, 7, 1).date()
        )
        cls.water, cls.roads = make_unit(cls.office, "县水利局"), make_unit(cls.office, "县交通运输局")
        cls.measure = make_measure(cls.plan, lead=cls.water, long_term=True)
        cls.other = make_measure(cls.plan, lead=cls.roads)
        cls.clerk = member(cls.office, Role.OFFICE_CLERK)
        cls.head = member(cls.office, Role.OFFICE_HEAD)
        cls.leader = member(cls.office, Role.LEADER)
        with clock.at(datetime(2026, 11, 1, 8)):
            cls.period = perform(cls.plan.pk, "open_period", actor=cls.clerk, month=NOVEMBER).subject
        cls.file(cls.water, cls.measure, "已划定水源地12处。", "资金不足。", "争取资金。")
        with clock.at(datetime(2026, 11, 10, 12)):
            cls.report = perform(cls.period.pk, "compose_report", actor=cls.clerk).subject

    @classmethod
    def file(cls, unit, measure, *parts):
        row = dict(zip(("progress", "difficulties", "next_steps"), parts, strict=True), measure=measure.pk)
        cls.file_rows(unit, [row])

    @classmethod
    def file_rows(cls, unit, rows):
        filing = cls.period.filings.get(unit=unit)
        with clock.at(datetime(2026, 11, 9, 9)):
            perform(filing.pk, "submit_filing", actor=member(unit, Role.HANDLER), rows=rows)
            perform(filing.pk, "approve_filing", actor=member(unit, Role.UNIT_HEAD))
            perform(filing.pk, "accept_filing", actor=cls.clerk)

    def setUp(self):
        self.enterContext(translation.override("en"))

    def do(self, act, actor, **data):
        return perform(self.report.pk, act, actor=actor, **data).subject

    def waits(self, person):
        person.__dict__.pop("_access", None)
        with clock.at(datetime(2026, 11, 10, 13)):
            return [(paper.task, paper.url) for paper in papers.waiting(person, today=clock.today())]

    @property
    def problem_id(self):
        return self.measure.problem_id

    def fresh(self):
        return MonthlyReport.objects.get(pk=self.report.pk)


class ComposeTests(ReportCase):
    def test_texts_come_from_the_accepted_filings_with_the_unit_named(self):
        texts = self.report.texts
        self.assertEqual([b["text"] for b in texts["progress"]], ["措施(1)：已划定水源地12处。（县水利局）"])
        self.assertEqual([b["text"] for b in texts["difficulties"]], ["措施(1)：资金不足。（县水利局）"])
        self.assertEqual(texts["next_steps"][0]["units"], ["县水利局"])

    def test_where_several_units_speak_of_a_measure_the_ledger_says_who_said_what(self):
        self.measure.duties.create(
            office=self.office, unit=self.roads, role=DutyRole.RESPONSIBLE, order=9, printed=self.roads.name
        )
        rows = [
            {"measure": self.measure.pk, "progress": "已修进场道路2公里。"},
            {"measure": self.other.pk, "progress": "已完成。"},
        ]
        self.file_rows(self.roads, rows)
        with clock.at(datetime(2026, 11, 10, 12)):
            [row, _other] = compose.snapshot(self.report)["ledger"]
        lines = texts.draft_texts(self.period)["progress"][0]["text"].split("\n")
        self.assertEqual(
            lines[:2],
            ["措施(1)：已划定水源地12处。（县水利局）", "措施(1)：已修进场道路2公里。（县交通运输局）"],
        )
        self.assertEqual(row["progress"], "县水利局：已划定水源地12处。\n县交通运输局：已修进场道路2公里。")

    def test_a_second_report_of_the_month_is_refused(self):
        with self.assertRaisesMessage(NotReady, "exists already"):
            perform(self.period.pk, "compose_report", actor=self.clerk)

    def test_editing_changes_texts_and_nothing_else(self):
        report = self.do(
            "edit_report",
            self.clerk,
            texts={"opening": "开头。", "progress": {self.problem_id: "新文。"}, "figures": "99"},
        )
        self.assertEqual((report.texts["opening"], report.texts["progress"][0]["text"]), ("开头。", "新文。"))
        self.assertEqual(report.texts["progress"][0]["problem"], "(一)")
        self.assertNotIn("figures", report.texts)

    def test_snapshot_counts_by_rule_and_says_who_is_missing(self):
        with clock.at(datetime(2026, 11, 20, 9)):
            snapshot = compose.snapshot(self.report)
        figures = {f["key"]: (f["part"], f["whole"]) for f in snapshot["figures"]}
        self.assertEqual((figures["total"], figures["not_filed"]), ((2, 2), (1, 2)))
        self.assertEqual(
            [(f["unit"], f["status"]) for f in snapshot["filings"]],
            [("县水利局", "ON_TIME"), ("县交通运输局", "MISSING")],
        )
        self.assertIn("未报1个", snapshot["texts"]["opening"])
        self.assertEqual(snapshot["title"], "清河县2026年督查反馈问题整改工作2026年11月情况报告")
        self.assertEqual(snapshot["ledger"][0]["state_label"], "整改中")

    def test_before_the_due_moment_nobody_is_called_missing(self):
        with clock.at(datetime(2026, 11, 10, 12)):
            snapshot = compose.snapshot(self.report)
        self.assertEqual([f["status"] for f in snapshot["filings"]], ["ON_TIME", "NOT_DUE"])
        self.assertIn("未报0个，另有1个单位未到报送截止时间。", snapshot["texts"]["opening"])

    def test_a_block_that_the_clerk_emptied_leaves_no_bare_heading(self):
        report = self.do("edit_report", self.clerk, texts={"difficulties": {self.problem_id: ""}})
        self.assertEqual(compose.snapshot(report)["texts"]["difficulties"], [])

    def test_statements_do_not_grow_with_the_measures(self):
        with self.assertNumQueries(18):
            compose.snapshot(self.fresh())
        for _number in range(6):
            make_measure(self.plan, lead=self.water, responsible=[make_unit(self.office)])
        with self.assertNumQueries(18):
            compose.snapshot(self.fresh())


class DeskTests(ReportCase):
    def test_it_waits_once_and_with_whose_turn_it_is(self):
        page = self.report.get_absolute_url()
        self.assertEqual(self.waits(self.clerk), [("Check the report and send it for review", page)])
        self.do("submit_report", self.clerk)
        self.assertEqual((self.waits(self.clerk), self.waits(self.head)), ([], [("Review the report", page)]))
        self.do("refuse_report", self.head, reason="口径不一致")
        self.assertEqual((self.waits(self.clerk), self.waits(self.head)), ([("Rework the report", page)], []))

    def test_a_bulletin_that_was_begun_waits_even_before_the_month_is_over(self):
        with clock.at(datetime(2026, 11, 10, 12)):
            bulletin = perform(self.period.pk, "compose_bulletin", actor=self.clerk).subject
        waits = ("Check the bulletin and send it for review", bulletin.get_absolute_url())
        self.assertIn(waits, self.waits(self.clerk))


class SignatureTests(ReportCase):
    def test_head_and_leader_sign_the_digest_that_froze_when_it_left_the_clerk(self):
        report = self.do("submit_report", self.clerk)
        self.assertEqual(report.digest, digest(report.snapshot))
        make_measure(self.plan, lead=self.water)  # the world goes on
        self.do("review_report", self.head)
        signed = self.do("sign_report", self.leader)
        self.assertEqual((signed.state, signed.digest), (ReportState.SIGNED, report.digest))
        entries = LogEntry.objects.filter(act__in=["submit_report", "review_report", "sign_report"])
        self.assertEqual({json.loads(e.body)["digest"] for e in entries}, {report.digest})

    def test_refused_by_the_leader_it_goes_round_again_as_the_next_version(self):
        self.do("submit_report", self.clerk)
        self.do("review_report", self.head)
        refused = self.do("refuse_report", self.leader, reason="文字再精炼。")
        self.assertEqual((refused.state, refused.version, refused.digest), (ReportState.DRAFT, 2, ""))
        self.do("submit_report", self.clerk)
        self.do("review_report", self.head)
        self.assertEqual(self.do("sign_report", self.leader).state, ReportState.SIGNED)

    def test_who_wrote_and_who_reviewed_it_are_told_that_it_came_back(self):
        self.do("submit_report", self.clerk)
        self.do("review_report", self.head)
        self.do("refuse_report", self.leader, reason="请补充")
        told = Notice.objects.filter(kind="refuse_report").values_list("person", flat=True)
        self.assertEqual(set(told), {self.clerk.pk, self.head.pk})

    def test_nobody_signs_twice(self):
        appoint(self.clerk, self.office.unit, Role.OFFICE_HEAD)
        self.do("submit_report", self.clerk)
        with self.assertRaisesMessage(NotReady, "already put their name"):
            self.do("review_report", self.clerk)

    def test_who_wrote_any_of_it_does_not_review_it_whoever_pressed_the_button(self):
        appoint(self.clerk, self.office.unit, Role.OFFICE_HEAD)
        self.do("submit_report", make_person(Role.OFFICE_CLERK, self.office))
        with self.assertRaisesMessage(NotReady, "already put their name"):
            self.do("review_report", self.clerk)

    def test_wrong_hands_and_wrong_states(self):
        auditor = make_person(Role.AUDITOR, self.office)
        table = [
            ("submit_report", self.head, NoRight),
            ("review_report", self.head, WrongState),
            ("sign_report", self.leader, WrongState),
            ("sign_report", self.head, NoRight),
            ("edit_report", auditor, NoRight),
            ("issue_report", self.leader, NoRight),  # only the worker issues
            ("revise_report", self.clerk, WrongState),
        ]
        for act, actor, refusal in table:
            with self.subTest(act=act, actor=actor), self.assertRaises(refusal):
                self.do(act, actor, texts={}, pdf=1, xlsx=1)

    def test_what_no_font_can_print_is_told_before_anybody_signs(self):
        self.do("edit_report", self.clerk, texts={"opening": "进展顺利😀。"})
        with self.assertRaisesMessage(NotReady, "😀"):
            self.do("submit_report", self.clerk)

    def test_no_text_moves_after_it_left_the_clerk(self):
        self.do("submit_report", self.clerk)
        with self.assertRaises(WrongState):
            self.do("edit_report", self.clerk, texts={"opening": "x"})


class IssueTests(ReportCase):
    def sign(self):
        self.do("submit_report", self.clerk)
        self.do("review_report", self.head)
        self.do("sign_report", self.leader)
        return Job.objects.get(key=f"report:{self.report.pk}")

    def test_the_worker_numbers_prints_and_freezes_it(self):
        job = self.sign()
        jobs.execute(job.pk)
        job.refresh_from_db()
        report = self.fresh()
        self.assertEqual((job.state, job.error), (JobState.DONE, ""))
        self.assertEqual((report.state, report.document_number[-3:]), (ReportState.ISSUED, "〕1号"))
        self.assertTrue(files.read(report.pdf).startswith(b"%PDF-"))
        entry = LogEntry.objects.get(act="issue_report", object_id=report.pk)
        self.assertEqual(
            json.loads(entry.body)["files"], {"pdf": report.pdf.sha256, "xlsx": report.xlsx.sha256}
        )
        self.assertEqual(
            json.loads(entry.body)["also"],
            {"internal_pdf": report.internal_pdf.sha256, "docx": report.docx.sha256},
        )
        self.assertTrue(files.read(report.docx).startswith(b"PK"))
        self.assertIn(report.digest.encode(), files.read(report.internal_pdf))
        self.assertEqual(report.issue["log"]["count"], entry.sequence - 2)  # the head before it was numbered

    def test_a_job_delivered_again_issues_nothing_again(self):
        job = self.sign()
        jobs.execute(job.pk)
        before = self.fresh()
        Job.objects.filter(pk=job.pk).update(state=JobState.QUEUED)
        jobs.execute(job.pk)
        after = self.fresh()
        self.assertEqual(
            (after.pdf_id, after.document_number, after.row_version),
            (before.pdf_id, before.document_number, before.row_version),
        )

    def test_a_worker_killed_after_numbering_finishes_with_the_same_number(self):
        job = self.sign()
        perform(self.report.pk, "number_report", actor=None)
        numbered = self.fresh()
        jobs.execute(job.pk)
        self.assertEqual(self.fresh().document_number, numbered.document_number)
        self.assertEqual(self.fresh().issue, numbered.issue)

    def test_a_correction_is_the_next_revision_and_names_what_it_replaces(self):
        jobs.execute(self.sign().pk)
        first = self.fresh()
        self.report = self.do("revise_report", self.clerk, reason="更正数据")
        waits = ("Check the report and send it for review", self.report.get_absolute_url())
        self.assertIn(waits, self.waits(self.clerk))
        jobs.execute(self.sign().pk)
        second, first = self.fresh(), MonthlyReport.objects.get(pk=first.pk)
        self.assertEqual(
            (first.state, second.state, second.revision), (ReportState.SUPERSEDED, ReportState.ISSUED, 2)
        )
        self.assertEqual(
            json.loads(second.snapshot)["replaces"],
            {"document_number": first.document_number, "pdf_sha256": first.pdf.sha256},
        )
        self.assertEqual(second.document_number[-3:], "〕2号")
        told = Notice.objects.filter(kind="issue_report", url=second.get_absolute_url())
        self.assertEqual(set(told.values_list("person", flat=True)), {self.clerk.pk, self.head.pk})


class JobTests(TestCase):
    def test_a_job_that_kills_its_worker_stops_after_three_attempts(self):
        job = Job.objects.create(key="k", func="workflows.jobs.heal", attempts=3)
        jobs.execute(job.pk)
        job.refresh_from_db()
        self.assertEqual(job.state, JobState.FAILED)

    def test_a_running_job_is_not_taken_twice_but_a_dead_one_is(self):
        job = Job.objects.create(
            key="k",
            func="tests.workflows.test_monthly_report.does_nothing",
            state=JobState.RUNNING,
            attempts=1,
        )
        jobs.execute(job.pk)
        job.refresh_from_db()
        self.assertEqual((job.state, job.attempts), (JobState.RUNNING, 1))
        with clock.at(clock.now() + timedelta(seconds=jobs.DEAD_SECONDS + 1)):
            jobs.execute(job.pk)
        job.refresh_from_db()
        self.assertEqual(job.attempts, 2)

    def test_an_error_after_the_job_was_cancelled_does_not_start_it_again(self):
        job = Job.objects.create(key="k", func="tests.workflows.test_monthly_report.is_cancelled_and_breaks")
        jobs.execute(job.pk)
        job.refresh_from_db()
        self.assertEqual((job.state, job.error), (JobState.CANCELLED, ""))

    def test_an_error_is_tried_again_and_then_told(self):
        job = Job.objects.create(key="k", func="tests.workflows.test_monthly_report.breaks")
        for _attempt in range(2):
            with self.assertRaises(ImproperlyConfigured):
                jobs.execute(job.pk)
        jobs.execute(job.pk)
        jobs.execute(job.pk)
        job.refresh_from_db()
        self.assertEqual((job.state, job.attempts), (JobState.FAILED, 3))
        self.assertIn("ImproperlyConfigured", job.error)
        self.assertNotIn("Improperly", job.message)

    def test_asked_for_twice_it_is_one_job(self):
        jobs.submit("same", "workflows.jobs.heal")
        jobs.submit("same", "workflows.jobs.heal")
        self.assertEqual(Job.objects.filter(key="same").count(), 1)


def does_nothing(job):
    pass


def is_cancelled_and_breaks(job):
    jobs.cancel(job.key)
    breaks(job)


def breaks(job):
    raise ImproperlyConfigured("broken on purpose")


class ScheduleTests(TestCase):
    def test_every_scheduled_function_exists_and_is_scheduled_once(self):
        jobs.install_schedules()
        jobs.install_schedules()
        rows = Schedule.objects.values_list("name", "func")
        self.assertEqual(dict(rows), {name: func for name, (func, _cron) in jobs.SCHEDULES.items()})
        self.assertEqual(len(rows), len(jobs.SCHEDULES))
        for func, _cron in jobs.SCHEDULES.values():
            self.assertTrue(callable(import_string(func)))
