from datetime import date, datetime, timedelta

from django.test import TestCase
from django.utils import translation

from cases.errors import NoRight, NotReady, NotVisible, Stale, WrongState
from cases.models import LogEntry, OfficeRules, PlanKind
from permissions import clock
from permissions.models import Role
from permissions.roles import appoint
from reports.filing_rows import prefilled_rows
from reports.filings import NOT_DUE, reported_measures, standing
from reports.models import Filing, FilingState, Punctuality
from reports.presenters import shown_status
from tests.factories import make_measure, make_office, make_person, make_plan, make_unit, member
from workflows import desk
from workflows.door import perform
from workflows.jobs import open_due_periods
from workflows.models import ApprovalProcess

IN_TIME = datetime(2026, 11, 9, 10, tzinfo=clock.COUNTY_ZONE)
LATE = datetime(2026, 11, 11, 0, 0, 1, tzinfo=clock.COUNTY_ZONE)


class FilingCase(TestCase):
    @classmethod
    def setUpTestData(cls):
        cls.office = make_office()
        cls.plan = make_plan(cls.office, issued_on=datetime(2026, 7, 1).date(), reporting_day=10)
        cls.water = make_unit(cls.office, "县水利局")
        cls.town = make_unit(cls.office, "河口镇")
        cls.measure = make_measure(cls.plan, lead=cls.water, responsible=[cls.town])
        cls.handler, cls.head = member(cls.water, Role.HANDLER), member(cls.water, Role.UNIT_HEAD)
        cls.clerk = member(cls.office, Role.OFFICE_CLERK)
        with clock.at(datetime(2026, 11, 1, 8)):
            cls.period = perform(
                cls.plan.pk, "open_period", actor=cls.clerk, month=datetime(2026, 11, 1).date()
            ).subject
        cls.filing = cls.period.filings.get(unit=cls.water)

    def enter(self, moment, text, **more):
        with clock.at(moment):
            perform(self.measure.pk, "enter_progress", actor=self.handler, progress=text, **more)

    def setUp(self):
        self.enterContext(translation.override("en"))

    def do(self, act, actor, *, filing=None, at=IN_TIME, **data):
        with clock.at(at):
            return perform((filing or self.filing).pk, act, actor=actor, **data).subject

    def submit(self, **more):
        rows = [
            {
                "measure": self.measure.pk,
                "progress": "已完成水源地划定。",
                "difficulties": "",
                "next_steps": "",
            }
        ]
        return self.do("submit_filing", self.handler, rows=rows, **more)


class ChangedFilingDayTests(FilingCase):
    """An amendment changed the filing day while November was open until the 10th."""

    def record(self, day, moment):
        self.plan.reporting_day, self.plan.revision = day, 2
        self.plan.save()
        self.enter(moment, "好")
        return self.measure.progress.latest("pk").period

    def test_what_is_open_keeps_its_due_moment_and_what_comes_follows(self):
        table = [  # new day, moment of the record, month to which it belongs
            (15, (11, 9), "2026-11"),
            (15, (11, 12), "2026-12"),  # November ended on the 10th
            (5, (11, 8), "2026-11"),  # it is still open
            (5, (11, 11), "2026-12"),
            (20, (12, 20), "2026-12"),
        ]
        for day, (month, at), expected in table:
            with self.subTest(day=day, month=month, at=at):
                found = self.record(day, datetime(2026, month, at, 12))
                self.assertEqual(f"{found:%Y-%m}", expected)

    def test_the_next_month_begins_where_the_last_one_ended(self):
        self.plan.reporting_day = 15
        self.plan.save()
        with clock.at(LATE):
            december = perform(
                self.plan.pk, "open_period", actor=self.clerk, month=datetime(2026, 12, 1).date()
            ).subject
        self.assertEqual(december.opens_at, self.period.due_at)
        self.assertEqual(clock.local(december.due_at).isoformat()[:19], "2026-12-15T23:59:59")
        self.period.refresh_from_db()
        self.assertEqual(clock.local(self.period.due_at).isoformat()[:10], "2026-11-10")

    def test_the_desk_counts_an_entry_of_the_transition(self):
        for day, at in ((15, 12), (5, 8)):
            moment = datetime(2026, 11, at, 12)
            self.record(day, moment)
            with self.subTest(day=day), clock.at(moment):
                waiting = desk.queues(self.handler, today=clock.today())[desk.REPORT]
                self.assertEqual(waiting.count, 0)
                self.measure.progress.all().delete()


class MovedDueDayTests(FilingCase):
    """The office lets a filing day on which nobody works move; December 12 is a Saturday."""

    @classmethod
    def setUpTestData(cls):
        super().setUpTestData()
        OfficeRules.objects.create(office=cls.office, due_day="NEXT")
        cls.plan.reporting_day = 12
        cls.plan.save()

    def open(self, month, at):
        with clock.at(at):
            return perform(self.plan.pk, "open_period", actor=self.clerk, month=month).subject

    def test_page_record_and_desk_ask_the_same_moment(self):
        december = self.open(date(2026, 12, 1), datetime(2026, 12, 1, 8))
        self.assertEqual(clock.local(december.due_at).isoformat()[:19], "2026-12-14T23:59:59")
        for at, month in ((datetime(2026, 12, 14, 23), "2026-12"), (datetime(2026, 12, 15, 0, 1), "2027-01")):
            with self.subTest(at=at):
                self.enter(at, "好")
                self.assertEqual(f"{self.measure.progress.latest('pk').period:%Y-%m}", month)
                with clock.at(at):
                    waiting = desk.queues(self.handler, today=clock.today())[desk.REPORT]
                self.assertEqual(waiting.count, 0)
                self.measure.progress.all().delete()

    def test_what_is_open_keeps_its_moment_when_the_rule_changes(self):
        self.open(date(2026, 12, 1), datetime(2026, 12, 1, 8))
        OfficeRules.objects.update(due_day="STAYS")
        self.enter(datetime(2026, 12, 14, 9), "好")
        self.assertEqual(f"{self.measure.progress.get().period:%Y-%m}", "2026-12")


class OpenPeriodTests(FilingCase):
    def test_every_unit_with_a_live_duty_owes_a_filing(self):
        make_measure(self.plan, lead=make_unit(self.office, "县教育局"), state="DRAFT")
        self.assertEqual({f.unit for f in self.period.filings.all()}, {self.water, self.town})

    def test_covers_from_due_moment_to_due_moment_of_the_county(self):
        self.assertEqual(clock.local(self.period.opens_at).isoformat()[:19], "2026-10-10T23:59:59")
        self.assertEqual(clock.local(self.period.due_at).isoformat()[:19], "2026-11-10T23:59:59")

    def test_may_be_opened_until_the_due_moment_itself(self):
        due_at = datetime(2026, 10, 10, 23, 59, 59, 999999, tzinfo=clock.COUNTY_ZONE)
        with clock.at(due_at):
            period = perform(self.plan.pk, "open_period", actor=self.clerk, month=date(2026, 10, 1)).subject
        self.assertEqual(period.due_at, due_at)

    def test_a_measure_closed_out_on_the_last_day_before_belongs_to_the_month_before(self):
        """The month begins after the due moment of October 10, so with the county's October 11."""
        table = [(date(2026, 10, 10), False), (date(2026, 10, 11), True), (date(2026, 11, 10), True)]
        for closed_on, expected in table:
            measure = make_measure(self.plan, state="CLOSED", closed_on=closed_on)
            with self.subTest(closed_on=closed_on):
                self.assertEqual(measure in reported_measures(self.period), expected)

    def test_a_month_is_opened_once(self):
        with self.assertRaisesMessage(NotReady, "opened already"):
            perform(self.plan.pk, "open_period", actor=self.clerk, month=self.period.month)

    def test_a_month_whose_filing_day_has_passed_would_make_every_unit_late(self):
        with clock.at(LATE), self.assertRaisesMessage(NotReady, "passed on 2026-10-10"):
            perform(self.plan.pk, "open_period", actor=self.clerk, month=datetime(2026, 10, 1).date())

    def test_a_month_the_plan_does_not_name_is_refused(self):
        self.plan.reporting_months = [6, 7]
        self.plan.save()
        with self.assertRaisesMessage(NotReady, "asks for no report"):
            perform(self.plan.pk, "open_period", actor=self.clerk, month=datetime(2026, 12, 1).date())


class PrefillTests(FilingCase):
    def test_takes_what_the_unit_entered_in_the_period_oldest_first(self):
        self.enter(datetime(2026, 10, 10, 23), "上期的事。")
        self.enter(datetime(2026, 10, 11, 0, 30), "甲。", difficulties="资金不足。")
        self.enter(datetime(2026, 11, 8, 9), "乙。", next_steps="加快施工。")
        (row,) = prefilled_rows(self.filing)
        self.assertEqual(
            (row["progress"], row["difficulties"], row["next_steps"]),
            ("甲。\n乙。", "资金不足。", "加快施工。"),
        )

    def test_late_entries_stay_marked_also_in_what_was_filed(self):
        self.enter(datetime(2026, 11, 8, 9), "乙。")
        self.assertNotIn("late", prefilled_rows(self.filing)[0])
        self.enter(datetime(2026, 11, 8, 10), "补记。", happened_on=datetime(2026, 10, 3).date())
        (row,) = prefilled_rows(self.filing)
        self.assertEqual(row["late"], ["2026-10-03"])
        rows = [{**row, "progress": "改写。"}]
        filing = self.do("submit_filing", self.handler, rows=rows)
        self.assertEqual(
            [(row["progress"], row["late"]) for row in filing.rows], [("改写。", ["2026-10-03"])]
        )

    def test_what_was_saved_wins_over_the_entries(self):
        self.enter(datetime(2026, 11, 8, 9), "乙。")
        rows = [{"measure": self.measure.pk, "progress": "改写。", "difficulties": "", "next_steps": ""}]
        filing = self.do("save_filing", self.handler, rows=rows)
        self.assertEqual([row["progress"] for row in prefilled_rows(filing)], ["改写。"])
        self.assertEqual(filing.state, FilingState.DRAFT)

    def test_other_units_measures_cannot_be_smuggled_in(self):
        other = make_measure(self.plan, lead=make_unit(self.office))
        rows = [{"measure": other.pk, "progress": "x", "difficulties": "", "next_steps": ""}]
        filing = self.do("save_filing", self.handler, rows=rows)
        self.assertEqual([row["measure"] for row in filing.rows], [self.measure.pk])


class ApprovalTests(FilingCase):
    def test_filed_in_time(self):
        self.submit()
        filing = self.do("approve_filing", self.head)
        self.assertEqual((filing.state, filing.punctuality), (FilingState.FILED, Punctuality.ON_TIME))

    def test_filed_one_second_after_the_due_day_is_late(self):
        self.submit()
        filing = self.do("approve_filing", self.head, at=LATE)
        self.assertEqual(filing.punctuality, Punctuality.LATE)

    def test_the_due_moment_itself_is_in_time_and_the_next_is_not(self):
        self.submit()
        due_at = self.period.due_at
        with clock.at(due_at):
            self.assertEqual({row["status"] for row in standing(self.period)}, {NOT_DUE})
        self.assertEqual(shown_status(None, self.filing, self.period, due_at)["status"], "")
        after = due_at + timedelta(microseconds=1)
        with clock.at(after):
            self.assertEqual({row["status"] for row in standing(self.period)}, {Punctuality.MISSING})
        self.assertEqual(shown_status(None, self.filing, self.period, after)["status"], Punctuality.MISSING)
        filing = self.do("approve_filing", self.head, at=due_at)
        self.assertEqual(filing.punctuality, Punctuality.ON_TIME)

    def test_a_microsecond_after_the_due_moment_is_late(self):
        self.submit()
        filing = self.do("approve_filing", self.head, at=self.period.due_at + timedelta(microseconds=1))
        self.assertEqual(filing.punctuality, Punctuality.LATE)

    def test_every_led_measure_needs_its_progress(self):
        with self.assertRaisesMessage(NotReady, self.measure.number):
            self.do("submit_filing", self.handler)
        self.assertEqual(Filing.objects.get(pk=self.filing.pk).state, FilingState.DRAFT)

    def test_who_drafted_does_not_approve(self):
        appoint(self.handler, self.water, Role.UNIT_HEAD, starts_on=datetime(2026, 1, 1).date())
        self.submit()
        with self.assertRaisesMessage(NotReady, "drafted this filing yourself"):
            self.do("approve_filing", self.handler)

    def test_who_wrote_any_of_it_does_not_approve_it_whoever_pressed_the_button(self):
        appoint(self.handler, self.water, Role.UNIT_HEAD, starts_on=datetime(2026, 1, 1).date())
        rows = [{"measure": self.measure.pk, "progress": "甲。"}]
        self.do("save_filing", self.handler, rows=rows)
        with clock.at(IN_TIME):
            colleague = make_person(Role.HANDLER, self.water)
        self.do("submit_filing", colleague)
        with self.assertRaisesMessage(NotReady, "drafted this filing yourself"):
            self.do("approve_filing", self.handler)

    def test_who_approved_in_the_unit_does_not_decide_for_the_office(self):
        appoint(self.head, self.office.unit, Role.OFFICE_CLERK, starts_on=datetime(2026, 1, 1).date())
        self.submit()
        self.do("approve_filing", self.head)
        with self.assertRaisesMessage(NotReady, "somebody else of the office"):
            self.do("accept_filing", self.head)

    def test_another_text_under_a_spent_key_is_another_act(self):
        rows = [{"measure": self.measure.pk, "progress": "甲。"}]
        self.do("save_filing", self.handler, rows=rows, key="spent", version=1)
        with self.assertRaises(Stale):
            rows = [{"measure": self.measure.pk, "progress": "乙。"}]
            self.do("save_filing", self.handler, rows=rows, key="spent", version=1)
        self.do("submit_filing", self.handler, rows=rows, key="spent", version=2)
        self.assertEqual(Filing.objects.get(pk=self.filing.pk).state, FilingState.SUBMITTED)

    def test_sent_back_by_the_head_and_submitted_again_in_the_same_approval(self):
        self.submit()
        filing = self.do("send_back_filing", self.head, reason="数字不实。")
        self.assertEqual((filing.state, filing.return_reason), (FilingState.DRAFT, "数字不实。"))
        self.submit()
        self.do("approve_filing", self.head)
        self.assertEqual(ApprovalProcess.objects.filter(filing=self.filing).count(), 1)

    def test_returned_by_the_office_stays_and_the_next_revision_starts_from_its_text(self):
        self.submit()
        self.do("approve_filing", self.head)
        returned = self.do("return_filing", self.clerk, reason="缺少数据。", at=LATE)
        rework = self.period.filings.get(unit=self.water, revision=2)
        self.assertEqual(returned.state, FilingState.RETURNED)
        self.assertEqual((rework.state, rework.rows), (FilingState.DRAFT, returned.rows))
        self.submit(filing=rework, at=LATE)
        self.do("approve_filing", self.head, filing=rework, at=LATE)
        self.do("accept_filing", self.clerk, filing=rework, at=LATE)
        (row,) = [row for row in standing(self.period) if row["unit"] == self.water]
        self.assertEqual((row["status"], row["filing"]), (Punctuality.ON_TIME, rework))

    def test_not_filed_is_missing_once_the_due_moment_is_over(self):
        with clock.at(IN_TIME):
            self.assertEqual({row["status"] for row in standing(self.period)}, {NOT_DUE})
        rows = {row["unit"]: row["status"] for row in standing(self.period)}
        self.assertEqual(rows, {self.water: Punctuality.MISSING, self.town: Punctuality.MISSING})

    def test_wrong_hands_and_wrong_states(self):
        stranger = member(make_unit(self.office), Role.HANDLER)
        table = [
            ("submit_filing", stranger, NotVisible),
            ("submit_filing", self.head, NoRight),
            ("approve_filing", self.head, WrongState),
            ("accept_filing", self.clerk, WrongState),
            ("accept_filing", self.handler, NoRight),
        ]
        before = LogEntry.objects.count()
        for act, actor, refusal in table:
            with self.subTest(act=act, actor=actor), self.assertRaises(refusal):
                self.do(act, actor)
        self.assertEqual(LogEntry.objects.count(), before)

    def test_the_same_form_twice_is_one_act(self):
        self.submit(key="k1")
        again = self.submit(key="k1")
        self.assertEqual(again.state, FilingState.SUBMITTED)
        self.assertEqual(LogEntry.objects.filter(act="submit_filing").count(), 1)


class OpeningByScheduleTests(FilingCase):
    def test_opens_this_month_once(self):
        with clock.at(datetime(2026, 12, 1, 0, 5)):
            open_due_periods()
            open_due_periods()
        self.assertEqual(
            [f"{p.month:%Y-%m}" for p in self.plan.periods.order_by("month")], ["2026-11", "2026-12"]
        )
        self.assertIsNone(LogEntry.objects.filter(act="open_period").last().actor)

    def test_one_plan_that_is_refused_does_not_stop_the_others(self):
        other = make_plan(self.office, issued_on=datetime(2026, 7, 1).date(), reporting_day=10)
        make_measure(other, lead=self.water)
        self.plan.reporting_day = 1  # its filing day has passed on the 5th
        self.plan.save()
        with clock.at(datetime(2026, 12, 5, 0, 5)), self.assertLogs("workflows.jobs", "WARNING"):
            open_due_periods()
        self.assertEqual([f"{p.month:%Y-%m}" for p in other.periods.all()], ["2026-12"])

    def test_a_standing_plan_opens_no_month_in_which_nobody_has_a_measure(self):
        standing = make_plan(self.office, kind=PlanKind.STANDING, reporting_day=10, ends_on=None)
        with clock.at(datetime(2026, 12, 1, 0, 5)), self.assertNoLogs("workflows.jobs", "WARNING"):
            open_due_periods()
        self.assertFalse(standing.periods.exists())
        make_measure(standing, lead=self.town)
        with clock.at(datetime(2026, 12, 2, 0, 5)):
            open_due_periods()
        self.assertEqual([f.unit for f in standing.periods.get().filings.all()], [self.town])

    def test_a_plan_closed_out_long_ago_or_withdrawn_opens_no_month_by_hand_either(self):
        for state, closed_on in (("CLOSED", datetime(2026, 9, 1).date()), ("WITHDRAWN", None)):
            self.plan.measures.update(state=state, closed_on=closed_on)
            with self.subTest(state), clock.at(datetime(2026, 12, 1, 0, 5)):
                open_due_periods()
                self.assertEqual(self.plan.periods.count(), 1)
                with self.assertRaisesMessage(NotReady, "not opened"):
                    december = datetime(2026, 12, 1).date()
                    perform(self.plan.pk, "open_period", actor=self.clerk, month=december)
        self.assertEqual(self.plan.periods.count(), 1)

    def test_what_was_closed_out_within_the_month_is_still_reported(self):
        self.plan.measures.update(state="CLOSED", closed_on=datetime(2026, 11, 20).date())
        with clock.at(datetime(2026, 12, 1, 0, 5)):
            open_due_periods()
        self.assertEqual(self.plan.periods.count(), 2)

    def test_not_after_the_plan_has_ended(self):
        self.plan.ends_on = datetime(2026, 11, 30).date()
        self.plan.save()
        with clock.at(datetime(2026, 12, 1) + timedelta(hours=1)):
            open_due_periods()
        self.assertEqual(self.plan.periods.count(), 1)
