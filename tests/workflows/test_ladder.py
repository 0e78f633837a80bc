"""The ladder of supervision: what is sent and proposed when, exactly once, and when it ends."""

import json
from datetime import date, datetime, timedelta

from django.db import connection, transaction
from django.test import SimpleTestCase, TestCase
from django.test.utils import CaptureQueriesContext

from cases.errors import NotReady
from cases.models import (
    CauseKind,
    Checkpoint,
    Instrument,
    InstrumentKind,
    InstrumentState,
    LogEntry,
    Measure,
    Notice,
    OfficeRules,
)
from cases.rules import of_row
from cases.states import MeasureState
from cases.supervision import Cause, passed_over, steps_due
from permissions import clock
from permissions.models import Role
from reports.models import Filing
from tests.factories import make_measure, make_office, make_plan, make_unit, member
from workflows import jobs
from workflows.door import perform
from workflows.trail import trail_entry

S, K = InstrumentState, InstrumentKind
DUE = date(2026, 11, 30)


def on(days):
    """Noon, so many days from the due date."""
    return clock.at(datetime.combine(DUE, datetime.min.time().replace(hour=12)) + timedelta(days=days))


class StepsDueTests(SimpleTestCase):
    ladder = of_row(None).ladder

    def days(self, today, taken=(), kind=CauseKind.CHECKPOINT, ladder=None, **more):
        cause = Cause(kind, 1, DUE, 1, **more)
        steps = steps_due(cause, ladder or self.ladder, today=DUE + timedelta(days=today), taken=taken)
        return [step.days for step in steps]

    def test_each_step_on_its_day(self):
        taken = []
        table = [(-16, []), (-15, [-15]), (-14, []), (-7, [-7]), (-3, [-3]), (0, [0]), (1, [1]), (6, []), (7, [7]),
                 (15, [15]), (29, []), (30, [30]), (60, [60]), (300, [])]  # fmt: skip
        for today, expected in table:
            with self.subTest(today):
                self.assertEqual(self.days(today, taken), expected)
            taken += expected

    def test_when_the_clock_jumps_only_the_latest_reminder_is_sent(self):
        self.assertEqual(self.days(-1, [-15]), [-3])
        self.assertEqual(self.days(0), [0])
        self.assertEqual(self.days(3, [-15, -7]), [1])

    def test_a_ladder_begun_late_starts_with_the_severest_step_that_a_person_issues(self):
        table = [  # today, taken, steps, passed over
            (20, [], [1, 15], [7]),
            (20, [-15], [1, 15], [7]),
            (20, [1, 7], [15], []),
            (20, [15], [], []),
            (35, [], [1, 30], [7, 15]),
            (35, [1, 15], [30], []),
            (35, [1, 7], [30], [15]),
            (400, [], [1, 60], [7, 15, 30]),
            (7, [], [1, 7], []),
            (7, [1], [7], []),
        ]
        for today, taken, steps, passed in table:
            with self.subTest(today=today, taken=taken):
                self.assertEqual(self.days(today, taken), steps)
                last = next(step for step in self.ladder if step.days == steps[-1]) if steps else None
                over = passed_over(last, self.ladder, taken=taken) if last else []
                self.assertEqual([step.days for step in over], passed)

    def test_whenever_it_is_looked_at_no_step_is_taken_twice_and_none_below_another(self):
        for gap in (1, 2, 5, 7, 8, 13, 29):
            taken = []
            for today in range(-20, 120, gap):
                severe = [day for day in self.days(today, taken) if day > 1]
                self.assertLessEqual(len(severe), 1)
                for day in severe:
                    self.assertGreater(day, max(taken, default=-99))
                taken += self.days(today, taken)
            self.assertEqual(len(taken), len(set(taken)), gap)
            self.assertEqual(taken[-1], 60)

    def test_no_reminder_is_older_than_one_that_was_sent(self):
        self.assertEqual(self.days(0, [1]), [])

    def test_a_cause_that_rests_takes_no_step(self):
        self.assertEqual(self.days(20, paused=True), [])

    def test_short_clocks_are_not_announced_a_fortnight_ahead(self):
        for kind, first in ((CauseKind.CLAIM, 0), (CauseKind.FOLLOW_UP, -7)):
            with self.subTest(kind):
                self.assertEqual(self.days(first - 1, kind=kind), [])
                self.assertEqual(self.days(first, kind=kind), [first])

    def test_the_office_s_own_delay_is_only_reminded_of(self):
        self.assertEqual(self.days(40, kind=CauseKind.VERIFICATION), [1])


class LadderCase(TestCase):
    @classmethod
    def setUpTestData(cls):
        with clock.at(datetime(2026, 9, 1, 9)):
            cls.office = make_office()
            cls.unit = make_unit(cls.office)
            cls.handler = member(cls.unit, Role.HANDLER)
            cls.unit_head = member(cls.unit, Role.UNIT_HEAD)
            cls.clerk = member(cls.office, Role.OFFICE_CLERK)
            cls.head = member(cls.office, Role.OFFICE_HEAD)
            cls.plan = make_plan(cls.office, issued_on=date(2026, 9, 1))
            cls.measure = cls.at_work()

    @classmethod
    def at_work(cls, due=DUE, state=MeasureState.RECTIFYING, **fields):
        return make_measure(cls.plan, state=state, lead=cls.unit, checkpoints=[due], **fields)

    def climb(self, days):
        with on(days):
            jobs.climb_ladders()

    def rows(self, **where):
        rows = Instrument.objects.filter(**{"measure": self.measure, **where}).order_by("rung")
        return list(rows.values_list("rung", "kind", "state"))


class ClimbTests(LadderCase):
    def test_a_whole_ladder_day_by_day_each_step_exactly_once(self):
        for days in range(-20, 70):
            self.climb(days)
            self.climb(days)
        self.assertEqual(
            self.rows(),
            [
                *((days, K.REMINDER, S.ISSUED) for days in (-15, -7, -3, 0, 1)),
                (7, K.ORDER, S.PROPOSED),
                (15, K.BULLETIN, S.PROPOSED),
                (30, K.INTERVIEW, S.PROPOSED),
                (60, K.ACCOUNTABILITY, S.PROPOSED),
            ],
        )
        self.assertEqual(LogEntry.objects.filter(act="climb_ladder").count(), 9)
        numbers = list(
            Instrument.objects.filter(kind=K.REMINDER)
            .order_by("pk")
            .values_list("document_number", flat=True)
        )
        prefix = self.office.number_prefix
        self.assertEqual(numbers, [f"{prefix}提醒〔2026〕{n}号" for n in range(1, 6)])

    def test_a_jump_of_a_week_sends_one_reminder_and_no_heap(self):
        self.climb(-15)
        self.climb(-2)
        self.assertEqual([row[0] for row in self.rows()], [-15, -3])

    def test_only_those_who_are_named_hear_of_a_reminder(self):
        self.climb(-15)
        heard = Notice.objects.values_list("person", flat=True)
        self.assertEqual(set(heard), {self.handler.pk})
        Notice.objects.all().delete()
        self.climb(1)
        self.assertEqual(set(heard.all()), {self.handler.pk, self.unit_head.pk, self.clerk.pk})
        text = Notice.objects.first().params["what"]
        self.assertIn(self.measure.number, text)
        self.assertIn("1", text)

    def test_a_met_checkpoint_ends_its_ladder(self):
        self.climb(8)
        Checkpoint.objects.filter(measure=self.measure).update(met_on=DUE)
        self.climb(9)
        self.assertEqual({row[2] for row in self.rows()}, {S.LAPSED})
        self.climb(40)
        self.assertEqual([row[0] for row in self.rows()], [1, 7])

    def test_what_was_issued_stays_to_be_answered(self):
        self.climb(8)
        order = Instrument.objects.get(kind=K.ORDER)
        with on(8):
            perform(order.pk, "issue_instrument", actor=self.head)
        Measure.objects.filter(pk=self.measure.pk).update(state=MeasureState.CLOSED, closed_on=DUE)
        self.climb(9)
        self.assertEqual(self.rows(), [(1, K.REMINDER, S.LAPSED), (7, K.ORDER, S.ISSUED)])

    def test_an_extension_is_another_cause(self):
        self.climb(8)
        Checkpoint.objects.filter(measure=self.measure).update(due_on=DUE + timedelta(days=30))
        self.climb(9)
        self.assertEqual({row[2] for row in self.rows()}, {S.LAPSED})
        self.climb(15)
        self.assertEqual(self.rows(state=S.ISSUED), [(-15, K.REMINDER, S.ISSUED)])

    def test_while_the_office_looks_at_it_the_ladder_rests(self):
        self.climb(8)
        Checkpoint.objects.filter(measure=self.measure).update(reported_on=DUE)
        self.climb(20)
        self.assertEqual(self.rows(), [(1, K.REMINDER, S.ISSUED), (7, K.ORDER, S.PROPOSED)])
        Checkpoint.objects.filter(measure=self.measure).update(reported_on=None)
        self.climb(20)
        self.assertEqual([row[0] for row in self.rows()], [1, 7, 15])

    def test_an_old_plan_begins_with_one_proposal_per_cause_and_says_what_was_passed_over(self):
        self.climb(40)
        self.assertEqual(self.rows(), [(1, K.REMINDER, S.ISSUED), (30, K.INTERVIEW, S.PROPOSED)])
        entry = LogEntry.objects.get(act="propose_instrument")
        self.assertEqual(json.loads(entry.body)["passed_over"], [["ORDER", 7], ["BULLETIN", 15]])
        self.assertIn("Supervision order (day 7)", trail_entry(entry)["text"])
        # The unit is whom it is for, not whose the system is.
        self.assertEqual(
            (trail_entry(entry)["line"], trail_entry(entry)["act"][-3:]), ("", self.unit.name[-3:])
        )
        self.climb(60)
        self.assertEqual([row[0] for row in self.rows()], [1, 30, 60])

    def test_born_overdue_and_undated_are_not_blamed(self):
        early, undated = (
            self.at_work(date(2026, 8, 1)),
            make_measure(self.plan, lead=self.unit, checkpoints=[]),
        )
        Measure.objects.filter(pk=undated.pk).update(claim_due_on=None)
        self.climb(-30)
        self.assertEqual(self.rows(measure__in=[early, undated], measure__isnull=False), [])

    def test_the_office_s_own_ladder_counts(self):
        OfficeRules.objects.create(
            office=self.office, ladder=[{"days": 2, "kind": "ORDER", "to": ["UNIT_HEAD"]}]
        )
        self.climb(1)
        self.assertEqual(self.rows(), [])
        self.climb(2)
        self.assertEqual(self.rows(), [(2, K.ORDER, S.PROPOSED)])
        [one] = Instrument.objects.get().recipients
        self.assertEqual(one, {"role": Role.UNIT_HEAD, "name": self.unit_head.name})

    def test_the_record_names_what_was_sent_and_keeps_proposals_from_the_unit(self):
        self.climb(8)
        body = json.loads(LogEntry.objects.get(act="climb_ladder").body)
        self.assertEqual((body["reminders"], body["proposed"], body["lapsed"]), (1, 1, 0))
        self.assertEqual(body["actor_name"], "system")
        trail = LogEntry.objects.filter(measure=self.measure).values_list("act", flat=True)
        self.assertEqual(list(trail), ["remind"])
        self.assertTrue(LogEntry.objects.filter(act="propose_instrument", measure=None).exists())

    def test_nobody_climbs_by_hand(self):
        from cases.errors import NoRight

        with on(8), self.assertRaises(NoRight):
            perform(self.office.pk, "climb_ladder", actor=self.head)


class CauseTests(LadderCase):
    def test_a_claim_not_made(self):
        measure = self.at_work(date(2027, 6, 30), state=MeasureState.ISSUED)
        Measure.objects.filter(pk=measure.pk).update(claim_due_on=DUE)
        self.climb(1)
        self.assertEqual(self.rows(measure=measure), [(1, K.REMINDER, S.ISSUED)])
        with on(1):
            perform(measure.pk, "claim", actor=self.handler)
        self.climb(2)
        self.assertEqual(self.rows(measure=measure), [(1, K.REMINDER, S.LAPSED)])

    def test_who_claims_by_a_later_date_is_not_held_to_account_for_the_first(self):
        measure = self.at_work(date(2027, 6, 30), state=MeasureState.ISSUED)
        Measure.objects.filter(pk=measure.pk).update(claim_due_on=DUE)
        self.climb(60)
        row = Instrument.objects.get(measure=measure, kind=K.ACCOUNTABILITY)
        later = DUE + timedelta(days=65)
        for change in (
            lambda: Measure.objects.filter(pk=measure.pk).update(claim_due_on=later),
            lambda: perform(measure.pk, "claim", actor=self.handler),
        ):
            with self.subTest(change):
                self.issued_or_not(row, 61, change)

    def issued_or_not(self, row, days, change):
        """The proposal can be issued, but not once its cause has gone; all is undone."""
        with on(days), transaction.atomic():
            with transaction.atomic():
                issued = perform(row.pk, "issue_instrument", actor=self.head).subject
                self.assertEqual(issued.state, S.ISSUED)
                transaction.set_rollback(True)
            change()
            with self.assertRaisesMessage(NotReady, "The cause has gone"):
                perform(row.pk, "issue_instrument", actor=self.head)
            transaction.set_rollback(True)

    def test_a_verification_that_is_late_is_the_office_head_s_affair(self):
        with on(-14):
            measure = self.at_work(date(2027, 6, 30), state=MeasureState.SUBMITTED)
        Measure.objects.filter(pk=measure.pk).update(
            state_since=datetime(2026, 11, 2, tzinfo=clock.COUNTY_ZONE)
        )
        self.climb(20)
        row = Instrument.objects.get(measure=measure)
        self.assertEqual(
            (row.kind, row.unit, row.cause_kind), (K.REMINDER, self.office.unit, CauseKind.VERIFICATION)
        )
        self.assertEqual(list(row.notices.values_list("person", flat=True)), [self.head.pk])

    def test_a_follow_up_that_was_missed(self):
        measure = self.at_work(date(2026, 8, 30), state=MeasureState.CLOSED, long_term=True)
        Measure.objects.filter(pk=measure.pk).update(closed_on=date(2026, 8, 30), follow_up_months=3)
        self.plan.__class__.objects.filter(pk=self.plan.pk).update(ends_on=date(2027, 12, 31))
        self.climb(7)
        self.assertEqual(self.rows(measure=measure), [(1, K.REMINDER, S.ISSUED), (7, K.ORDER, S.PROPOSED)])
        row = Instrument.objects.get(measure=measure, kind=K.ORDER)
        made = {"due_on": row.due_on, "finding": "HELD", "text": "好"}
        self.issued_or_not(
            row, 8, lambda: perform(measure.pk, "record_follow_up", actor=self.handler, **made)
        )

    def open_november(self):
        with clock.at(datetime(2026, 11, 1, 8)):
            return perform(self.plan.pk, "open_period", actor=self.clerk, month=date(2026, 11, 1)).subject

    def climb_before_the_filing_day(self, days):
        """``days`` from Tuesday, November 10."""
        with clock.at(datetime(2026, 11, 10, 9) + timedelta(days=days)):
            jobs.climb_ladders()

    def test_a_filing_that_is_missing(self):
        period = self.open_november()
        found = Instrument.objects.filter(cause_kind=CauseKind.FILING, unit=self.unit)
        for days, expected in ((-8, 0), (-7, 1), (-5, 1), (-4, 2), (-1, 2), (0, 3), (1, 4)):
            for _run in range(2):
                self.climb_before_the_filing_day(days)
            with self.subTest(days):
                self.assertEqual(found.count(), expected)
        for rung, heard in ((-7, {self.handler}), (1, {self.handler, self.unit_head, self.clerk})):
            people = Notice.objects.filter(instrument__in=found.filter(rung=rung)).values_list(
                "person", flat=True
            )
            self.assertEqual(set(people), {person.pk for person in heard})
        filed = {"filed_at": datetime(2026, 11, 20, tzinfo=clock.COUNTY_ZONE), "state": "FILED"}
        self.climb_before_the_filing_day(8)
        order = found.get(kind=K.ORDER)
        self.issued_or_not(order, -12, lambda: period.filings.update(**filed, punctuality="LATE"))
        period.filings.update(**filed, punctuality="LATE")
        with clock.at(datetime(2026, 11, 21, 9)):
            jobs.climb_ladders()
        self.assertEqual(set(found.values_list("state", flat=True)), {S.LAPSED})

    def test_who_has_filed_is_not_reminded_and_a_clock_that_jumps_sends_no_heap(self):
        period = self.open_november()
        other = make_unit(self.office)
        make_measure(self.plan, lead=other)
        Filing.objects.create(
            office=self.office,
            period=period,
            unit=other,
            state="FILED",
            punctuality="ON_TIME",
            filed_at=datetime(2026, 11, 2, tzinfo=clock.COUNTY_ZONE),
        )
        for days in (-1, -6, 0, -4):  # on, back, on and back again
            self.climb_before_the_filing_day(days)
        found = Instrument.objects.filter(cause_kind=CauseKind.FILING).order_by("rung")
        self.assertEqual([(row.unit, row.rung) for row in found], [(self.unit, -4), (self.unit, 0)])

    def test_the_office_s_own_days_of_reminder_count(self):
        OfficeRules.objects.create(office=self.office, filing_reminders=[1], ladder=[])
        self.open_november()
        for days in (-7, -4, -1, 0, 1):
            self.climb_before_the_filing_day(days)
        self.assertEqual([row.rung for row in Instrument.objects.filter(cause_kind=CauseKind.FILING)], [-1])

    def test_statements_do_not_grow_with_the_measures(self):
        def count(days):
            with CaptureQueriesContext(connection) as queries:
                self.climb(days)
            return len(queries)

        few = count(1)
        Instrument.objects.all().update(measure=None)
        for _number in range(12):
            self.at_work(DUE + timedelta(days=100))
        self.assertLessEqual(
            count(101), few + 6
        )  # the older ladder's proposals come along: a statement more each
        self.assertLessEqual(few, 45)
