"""The database's answer to "which follow-ups are missing" equals that of ``deadlines.follow_ups``, date for date."""

import random
from datetime import date, datetime, timedelta

from django.test import TestCase

from cases import deadlines
from cases.follow_up import lacks_follow_up, seems_relapsed
from cases.models import FollowUp, Measure
from cases.states import MeasureState
from permissions import clock
from permissions.models import Role
from tests.factories import day, make_measure, make_office, make_plan, make_unit, member


class LacksFollowUpTests(TestCase):
    @classmethod
    def setUpTestData(cls):
        cls.office = make_office()
        cls.plan = make_plan(cls.office, ends_on=None)
        cls.unit = make_unit(cls.office)
        cls.handler = member(cls.unit, Role.HANDLER)

    def closed(self, closed_on, *, months, plan=None, **fields):
        measure = make_measure(
            plan or self.plan, state=MeasureState.CLOSED, lead=self.unit, handler=self.handler
        )
        fields = {"closed_on": closed_on, "follow_up_months": months, **fields}
        Measure.objects.filter(pk=measure.pk).update(**fields)
        measure.refresh_from_db()
        return measure

    def record(self, measure, due_on, finding="HELD", *, on=None):
        return FollowUp.objects.create(
            office=self.office,
            measure=measure,
            round=measure.rounds.get(),
            unit=self.unit,
            due_on=due_on,
            finding=finding,
            text="巡查正常。",
            recorded_by=self.handler,
            recorded_at=clock.now() if on is None else on,
        )

    def lacking(self, before):
        return set(Measure.objects.filter(lacks_follow_up(before)).values_list("pk", flat=True))

    def test_ends_of_months_and_of_plans(self):
        ended = make_plan(self.office, ends_on=day("2026-04-30"))
        table = [  # closed on, months, plan, before which day, whether a date lies before it
            ("2026-01-31", 1, self.plan, "2026-02-28", False),
            ("2026-01-31", 1, self.plan, "2026-03-01", True),
            ("2024-01-31", 1, self.plan, "2024-02-29", False),
            ("2024-01-31", 1, self.plan, "2024-03-01", True),
            ("2025-11-30", 3, self.plan, "2026-02-28", False),
            ("2025-11-30", 3, self.plan, "2026-03-01", True),
            ("2026-01-15", 3, self.plan, "2026-04-15", False),
            ("2026-01-15", 3, self.plan, "2026-04-16", True),
            ("2026-01-31", 3, ended, "2026-12-31", True),  # 30 April is the plan's last day
            ("2026-02-01", 3, ended, "2026-12-31", False),
        ]
        for closed_on, months, plan, before, lacks in table:
            with self.subTest(closed_on=closed_on, months=months, before=before):
                measure = self.closed(day(closed_on), months=months, plan=plan)
                self.assertEqual(measure.pk in self.lacking(day(before)), lacks)

    def test_equals_the_rule_on_random_days(self):
        dice = random.Random(7)
        ends = make_plan(self.office, ends_on=date(2026, 2, 28))
        measures = []
        for _ in range(60):
            closed_on = date(2024, 1, 1) + timedelta(days=dice.randrange(700))
            plan = dice.choice([self.plan, ends])
            measure = self.closed(closed_on, months=dice.choice([1, 3, 6, 12]), plan=plan)
            dates = deadlines.follow_up_dates(
                closed_on, months=measure.follow_up_months, until=date(2027, 6, 1), ends_on=plan.ends_on
            )
            for due_on in dates[: dice.randrange(len(dates) + 1)]:
                self.record(measure, due_on)
            measures.append((measure, {row.due_on: row.due_on for row in measure.follow_ups.all()}, plan))
        for _ in range(40):
            today = date(2024, 1, 1) + timedelta(days=dice.randrange(1100))
            lacking = self.lacking(today)
            for measure, done, plan in measures:
                if measure.closed_on > today:
                    continue
                found = deadlines.follow_up_dates(
                    measure.closed_on,
                    months=measure.follow_up_months,
                    until=today - timedelta(days=1),
                    ends_on=plan.ends_on,
                )
                missed = [due for due in found if due not in done]
                self.assertEqual(measure.pk in lacking, bool(missed), (measure.closed_on, today, missed))

    def test_a_changed_cadence_counts_from_its_day(self):
        measure = self.closed(day("2025-01-10"), months=1, follow_up_from=day("2026-03-10"))
        self.assertNotIn(measure.pk, self.lacking(day("2026-04-10")))
        self.assertIn(measure.pk, self.lacking(day("2026-04-11")))

    def test_each_lead_answers_for_itself(self):
        other = make_unit(self.office)
        measure = make_measure(self.plan, state=MeasureState.CLOSED, lead=[self.unit, other])
        Measure.objects.filter(pk=measure.pk).update(closed_on=day("2026-01-10"), follow_up_months=1)
        measure.refresh_from_db()
        self.record(measure, day("2026-02-10"))
        before = day("2026-02-20")
        found = Measure.objects.filter(lacks_follow_up(before, [self.unit.pk]))
        self.assertFalse(found.filter(pk=measure.pk).exists())
        found = Measure.objects.filter(lacks_follow_up(before, [other.pk]))
        self.assertTrue(found.filter(pk=measure.pk).exists())

    def test_the_last_word_decides_whether_it_seems_relapsed(self):
        measure = self.closed(day("2026-01-10"), months=1)
        self.record(measure, day("2026-02-10"), "FAILED", on=_noon("2026-02-09"))
        self.assertTrue(Measure.objects.filter(seems_relapsed(), pk=measure.pk).exists())
        self.record(measure, day("2026-03-10"), "HELD", on=_noon("2026-03-09"))
        self.assertFalse(Measure.objects.filter(seems_relapsed(), pk=measure.pk).exists())


def _noon(text):
    return datetime.combine(day(text), datetime.min.time(), tzinfo=clock.COUNTY_ZONE) + timedelta(hours=12)
