"""An accepted filing that the office wants corrected: until when, what stays, and what the report shows meanwhile."""

import json
from datetime import datetime

from cases.errors import NotReady, WrongState
from cases.models import LogEntry, Notice
from permissions import clock
from permissions.models import Role
from reports import texts
from reports.filings import standing
from reports.models import FilingState, MonthlyReport, Punctuality
from tests.factories import member
from tests.reports.issued import issue
from tests.workflows.test_reports_pages import ENGLISH, ReportPageCase
from workflows.door import perform

LATER = datetime(2026, 11, 12, 9)


class AcceptedFilingTests(ReportPageCase):
    def setUp(self):
        super().setUp()
        self.filing = self.period.filings.get(unit=self.water)

    def do(self, act, actor, subject=None, at=LATER, **data):
        with clock.at(at):
            return perform((subject or self.filing).pk, act, actor=actor, **data).subject

    def give_back(self, **more):
        return self.do("return_filing", self.clerk, reason="户数与台账不一致。", **more)

    def page(self, person):
        self.client.force_login(person)
        with clock.at(LATER):
            return self.client.get(self.filing.get_absolute_url(), headers=ENGLISH)

    def test_it_stays_readable_and_the_unit_goes_on_with_a_new_revision(self):
        before = self.filing.rows
        self.assertEqual(self.give_back().state, FilingState.RETURNED)
        rework = self.period.filings.get(unit=self.water, revision=2)
        self.assertEqual((rework.state, rework.rows), (FilingState.DRAFT, before))
        self.assertEqual(rework.return_reason, "户数与台账不一致。")
        told = Notice.objects.filter(person=member(self.water, Role.HANDLER)).latest("pk")
        self.assertEqual((told.kind, told.params["reason"]), ("return_filing", "户数与台账不一致。"))
        self.assertTrue(json.loads(LogEntry.objects.get(act="return_filing").body)["was_accepted"])

    def test_what_was_filed_first_decides_for_ever_whether_it_was_on_time(self):
        self.give_back()
        rework = self.period.filings.get(unit=self.water, revision=2)
        row = {"measure": self.measure.pk, "progress": "已划定水源地11处。"}
        self.do("submit_filing", member(self.water, Role.HANDLER), rework, rows=[row])
        self.do("approve_filing", member(self.water, Role.UNIT_HEAD), rework)
        self.do("accept_filing", self.clerk, rework)
        rework.refresh_from_db()
        self.assertEqual(rework.punctuality, Punctuality.LATE)
        [row] = [row for row in standing(self.period) if row["unit"] == self.water]
        self.assertEqual((row["status"], row["filing"], row["first"]), ("ON_TIME", rework, self.filing))

    def test_the_paragraph_that_was_drawn_from_it_is_outdated(self):
        drawn = MonthlyReport.objects.get().texts
        self.assertEqual(texts.outdated(drawn, texts.draft_texts(self.period)), 0)
        self.give_back()
        self.assertGreater(texts.outdated(drawn, texts.draft_texts(self.period)), 0)

    def test_not_once_its_text_has_left_the_clerk(self):
        self.do("submit_report", self.clerk, self.report)
        with self.assertRaisesMessage(NotReady, "stands in the month's report"):
            self.give_back()
        page = self.page(self.clerk)
        self.assertContains(page, "it can no longer be returned")
        self.assertNotContains(page, "/return/")
        self.do("refuse_report", self.head, self.report, reason="请核对数据。")
        self.assertContains(self.page(self.clerk), "/return/")
        self.assertEqual(self.give_back().state, FilingState.RETURNED)

    def test_again_while_a_correction_of_the_issued_report_is_composed(self):
        issue(self.report, clerk=self.clerk, head=self.head, leader=self.leader, at=LATER)
        with self.assertRaises(NotReady):
            self.give_back()
        frozen = MonthlyReport.objects.get(pk=self.report.pk).snapshot
        self.do("revise_report", self.clerk, self.report, reason="更正户数")
        self.give_back()
        self.assertEqual(MonthlyReport.objects.get(pk=self.report.pk).snapshot, frozen)
        self.do("submit_report", self.clerk, MonthlyReport.objects.get(revision=2))
        self.assertIn("县水利局", json.loads(MonthlyReport.objects.get(revision=2).snapshot)["waiting"])

    def test_what_was_accepted_after_the_report_had_left_may_be_returned(self):
        self.give_back()
        self.do("submit_report", self.clerk, self.report)
        self.filing = self.period.filings.get(unit=self.water, revision=2)
        row, later = {"measure": self.measure.pk, "progress": "已划定。"}, datetime(2026, 11, 13, 9)
        self.do("submit_filing", member(self.water, Role.HANDLER), rows=[row], at=later)
        self.do("approve_filing", member(self.water, Role.UNIT_HEAD), at=later)
        self.do("accept_filing", self.clerk, at=later)
        self.assertEqual(self.give_back(at=later).state, FilingState.RETURNED)

    def test_the_page_warns_and_a_second_return_is_refused(self):
        page = self.get(self.clerk, "return_filing", self.filing.pk)
        self.assertContains(page, "It was accepted already")
        self.assertNotContains(self.page(member(self.water, Role.UNIT_HEAD)), "/return/")
        self.give_back()
        with self.assertRaises(WrongState):
            self.give_back()
