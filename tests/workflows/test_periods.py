"""A month from its opening to its closing stamp: who comes to owe a filing, who no longer does, who is reminded."""

import json
from datetime import datetime, timedelta

from django.urls import reverse

from cases.errors import NoRight, NotReady
from cases.models import LogEntry, Notice
from permissions import clock
from permissions.models import Role
from reports.filings import standing
from reports.models import Filing, FilingState, Punctuality
from tests.factories import make_measure, make_unit, member
from tests.workflows.test_filings import IN_TIME, LATE, FilingCase
from workflows.door import perform
from workflows.jobs import close_due_periods

S = FilingState


class CloseTests(FilingCase):
    def close(self, at):
        with clock.at(at):
            close_due_periods()
        self.period.refresh_from_db()
        return self.period.closed_at

    def body(self):
        return json.loads(LogEntry.objects.get(act="close_period").body)

    def test_the_worker_stamps_the_month_once_after_its_due_moment(self):
        self.submit()
        self.do("approve_filing", self.head)
        self.assertIsNone(self.close(self.period.due_at))
        self.assertEqual(clock.local(self.close(LATE)), LATE)
        self.assertEqual(clock.local(self.close(LATE + timedelta(hours=1))), LATE)
        body = self.body()
        self.assertEqual((body["on_time"], body["missing"]), (["县水利局"], ["河口镇"]))
        self.assertEqual(body["actor_name"], "system")

    def test_a_worker_that_was_away_lists_who_had_filed_by_the_due_moment(self):
        self.submit()
        self.do("approve_filing", self.head, at=LATE)
        self.close(LATE + timedelta(days=3))
        self.assertEqual((self.body()["on_time"], self.body()["missing"]), ([], ["县水利局", "河口镇"]))

    def test_what_comes_after_the_stamp_is_late_and_changes_nothing_before_it(self):
        self.close(LATE)
        self.submit(at=LATE)
        filing = self.do("approve_filing", self.head, at=LATE + timedelta(hours=1))
        self.assertEqual(filing.punctuality, Punctuality.LATE)
        self.assertEqual(self.body()["missing"], ["县水利局", "河口镇"])

    def test_a_month_without_any_filing_is_closed_with_all_units_missing(self):
        self.close(LATE)
        self.assertEqual(self.body()["on_time"], [])
        self.client.force_login(self.clerk)
        with clock.at(LATE + timedelta(days=1)):
            page = self.client.get(self.period.get_absolute_url())
            report = perform(self.period.pk, "compose_report", actor=self.clerk).subject
            shown = self.client.get(report.get_absolute_url())
        self.assertEqual([row["status"] for row in page.context["rows"]], [Punctuality.MISSING] * 2)
        self.assertContains(shown, "河口镇")

    def test_nobody_closes_by_hand_and_not_before_its_time(self):
        with self.assertRaises(NoRight):
            perform(self.period.pk, "close_period", actor=self.clerk)
        with clock.at(IN_TIME), self.assertRaisesMessage(NotReady, "not over yet"):
            perform(self.period.pk, "close_period", actor=None)


class OwingTests(FilingCase):
    """Who comes to a live duty in the open month owes its filing; who loses the last one owes none any more."""

    @classmethod
    def setUpTestData(cls):
        super().setUpTestData()
        cls.other = make_unit(cls.office, "县教育局")

    def reassign(self, to, at=IN_TIME, responsible=()):
        with clock.at(at):
            perform(
                self.measure.pk,
                "reassign",
                actor=self.clerk,
                leads=[f"unit:{to.pk}"],
                responsible=[f"unit:{unit.pk}" for unit in responsible],
                reason="职责调整。",
            )

    def states(self):
        return {filing.unit.name: filing.state for filing in self.period.filings.select_related("unit")}

    def acts(self):
        found = LogEntry.objects.filter(act__in=["owe_filing", "withdraw_filing"]).order_by("sequence")
        return [(entry.act, json.loads(entry.body)["unit"]) for entry in found]

    def test_a_unit_that_is_given_a_measure_files_in_the_open_month(self):
        self.reassign(self.other, responsible=[self.town])
        self.assertEqual(self.states(), {"县水利局": S.WITHDRAWN, "河口镇": S.DRAFT, "县教育局": S.DRAFT})
        self.assertEqual(self.acts(), [("owe_filing", "县教育局"), ("withdraw_filing", "县水利局")])
        with clock.at(LATE):
            self.assertEqual([row["unit"].name for row in standing(self.period)], ["河口镇", "县教育局"])

    def test_a_withdrawn_draft_keeps_its_text_and_is_a_draft_again_with_the_duty(self):
        self.do("save_filing", self.handler, rows=[{"measure": self.measure.pk, "progress": "半成品"}])
        self.reassign(self.other)
        self.filing.refresh_from_db()
        self.assertEqual((self.filing.state, self.filing.rows[0]["progress"]), (S.WITHDRAWN, "半成品"))
        self.reassign(self.water)
        self.filing.refresh_from_db()
        self.assertEqual((self.filing.state, self.filing.rows[0]["progress"]), (S.DRAFT, "半成品"))
        self.assertEqual(self.states()["县教育局"], S.WITHDRAWN)

    def test_what_was_handed_to_the_head_or_filed_stays(self):
        self.submit()
        self.reassign(self.other)
        self.assertEqual(self.states()["县水利局"], S.SUBMITTED)
        self.assertEqual(self.do("approve_filing", self.head).state, S.FILED)

    def test_after_the_due_moment_nobody_comes_or_goes(self):
        before = self.states()
        self.reassign(self.other, at=LATE)
        self.assertEqual((self.states(), self.acts()), (before, []))

    def test_split_withdrawn_and_issued_late(self):
        day = self.measure.checkpoints.get().due_on
        part = {"text": "分项", "responsible": [], "dates": [day], "long_term": True}
        head = member(self.office, Role.OFFICE_HEAD)
        with clock.at(IN_TIME):
            units = (self.water, self.other)
            parts = [{**part, "leads": [f"unit:{unit.pk}"]} for unit in units]
            perform(self.measure.pk, "split", actor=self.clerk, parts=parts, reason="分开办理。")
            self.assertEqual(self.states(), {"县水利局": S.DRAFT, "河口镇": S.WITHDRAWN, "县教育局": S.DRAFT})
            of_other = self.measure.parts.get(duties__unit=self.other)
            perform(of_other.pk, "withdraw", actor=head, reason="不再需要。")
            self.assertEqual(self.states()["县教育局"], S.WITHDRAWN)
            late = make_measure(self.plan, lead=self.town, state="DRAFT")
            perform(late.problem_id, "issue_problem", actor=head)
        self.assertEqual(self.states()["河口镇"], S.DRAFT)

    def test_the_pages_show_a_withdrawn_filing_as_no_longer_owed(self):
        self.reassign(self.other)
        self.client.force_login(self.handler)
        with clock.at(LATE):
            page = self.client.get(self.filing.get_absolute_url(), headers={"accept-language": "en"})
            self.assertContains(page, "No longer owed")
            self.assertNotContains(page, "Not filed</")
            self.assertEqual(self.client.get(reverse("reports:periods")).status_code, 200)


class RemindTests(FilingCase):
    def remind(self, at=IN_TIME, actor=None, **data):
        with clock.at(at):
            return perform(self.period.pk, "remind_units", actor=actor or self.clerk, **data)

    def heard(self):
        found = Notice.objects.filter(kind="remind_filing").order_by("pk")
        return [(row.person, row.url) for row in found.select_related("person")]

    def test_each_unit_once_a_day_and_only_who_has_not_filed(self):
        handler = member(self.town, Role.HANDLER)
        self.remind(units=[self.town.pk])
        of_town = self.period.filings.get(unit=self.town)
        self.assertEqual(self.heard(), [(handler, of_town.get_absolute_url())])
        with self.assertRaisesMessage(NotReady, "once a day"):
            self.remind(units=[self.town.pk])
        self.remind()  # the others
        self.assertEqual([person for person, _url in self.heard()], [handler, self.handler])
        self.remind(at=IN_TIME + timedelta(days=1), units=[self.town.pk])
        self.assertEqual(len(self.heard()), 3)
        told = LogEntry.objects.filter(act="remind_filing", object_id=of_town.pk)
        self.assertEqual(told.count(), 2)

    def test_with_the_head_the_head_hears_of_it_and_filed_nobody(self):
        self.submit()
        self.remind(units=[self.water.pk])
        self.assertEqual({person for person, _url in self.heard()}, {self.handler, self.head})
        self.do("approve_filing", self.head)
        with self.assertRaisesMessage(NotReady, "waits for no filing"):
            self.remind(at=IN_TIME + timedelta(days=1), units=[self.water.pk])

    def test_a_returned_filing_is_waited_for_again(self):
        self.submit()
        self.do("approve_filing", self.head)
        self.do("return_filing", self.clerk, reason="缺少数据。")
        self.remind(units=[self.water.pk])
        second = Filing.objects.get(unit=self.water, revision=2)
        self.assertEqual(self.heard(), [(self.handler, second.get_absolute_url())])

    def test_only_the_office(self):
        for person in (self.handler, member(self.office, Role.AUDITOR)):
            with self.subTest(person), self.assertRaises(NoRight):
                self.remind(actor=person)


class BadInputTests(FilingCase):
    def test_a_unit_renamed_in_mid_month_files_under_its_new_name(self):
        self.enter(datetime(2026, 11, 5, 9), "好")
        self.water.name = "县水务局"
        self.water.save()
        self.submit()
        self.do("approve_filing", self.head)
        (row,) = [row for row in standing(self.period) if row["first"]]
        self.assertEqual((row["unit"].name, row["status"]), ("县水务局", Punctuality.ON_TIME))
