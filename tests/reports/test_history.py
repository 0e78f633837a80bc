"""The figures of a past day: what they were then, whatever has happened since."""

import json
from datetime import datetime, timedelta

from django.utils import translation

from cases.models import Checkpoint, Extension, Measure
from permissions import clock
from permissions.models import Role
from reports import month
from reports.facts import facts_at, facts_of
from reports.models import MonthlyReport
from reports.proof import canonical
from tests.factories import make_measure, make_person, make_progress, make_unit, member
from tests.workflows.life import LifeTestCase
from tests.workflows.test_monthly_report import ReportCase
from workflows.door import perform


class PastTests(LifeTestCase):
    """After every act the facts are kept; at the end the record gives each of them back."""

    def setUp(self):
        super().setUp()
        self.now, self.past = clock.now(), {}

    def do(self, measure, act, actor, **data):
        self.now += timedelta(days=1)
        with clock.at(self.now):
            outcome = super().do(measure, act, actor, **data)
        self.keep()
        return outcome

    def keep(self):
        self.past[self.now] = facts_of(self.rows())

    def rows(self):
        return Measure.objects.filter(plan=self.plan)

    def assert_the_past_stays(self):
        found = facts_at(self.rows(), list(self.past))
        for moment, facts in self.past.items():
            with self.subTest(moment):
                self.assertEqual(found[moment], facts)

    def send(self, measure, head):
        self.do(measure, "request_verification", self.handler)
        self.do(measure, "submit", head)

    def test_a_long_life(self):
        days = [clock.today() + timedelta(days=day) for day in (30, 200)]
        measure = self.ready(checkpoints=days, long_term=True)
        first = measure.checkpoints.first()
        self.keep()
        self.do(measure, "report_checkpoint", self.handler, checkpoint=first.pk)
        self.do(measure, "confirm_checkpoint", self.clerk, checkpoint=first.pk)
        self.extend(measure, measure.checkpoints.last(), days[1] + timedelta(days=60))
        self.send(measure, self.head)
        self.do(measure, "return_for_rework", self.clerk, reason="佐证不足。")
        self.send(measure, self.head)
        self.do(measure, "verify", self.clerk, method="PAPER", visited_on=clock.today(), findings="属实。")
        self.do(measure, "return_for_rework", self.office_head, reason="群众反映未改。")
        self.send(measure, self.head)
        self.do(measure, "verify", self.clerk, method="PAPER", visited_on=clock.today(), findings="属实。")
        self.do(measure, "close_out", self.office_head)
        self.do(measure, "set_cadence", self.clerk, months=6)
        later = (self.now + timedelta(days=90)).date()
        self.do(measure, "relapse", self.clerk, reason="反弹。", due_on=later)
        self.assert_the_past_stays()

    def extend(self, measure, step, day):
        self.do(
            measure, "request_extension", self.handler, checkpoint=step.pk, new_due_on=day,
            reason="汛期停工。", interim_measures="先行巡查。",
        )  # fmt: skip
        row = Extension.objects.get(measure=measure)
        for act, actor in (("approve_extension", self.head), ("decide_extension", self.office_head)):
            self.now += timedelta(days=1)
            with clock.at(self.now):
                perform(row.pk, act, actor=actor)
            self.keep()
        self.assertEqual(Checkpoint.objects.get(pk=step.pk).due_on, day)

    def test_other_units_a_split_and_a_withdrawal(self):
        other = make_unit(self.office, "县财政局")
        newcomer = make_person(Role.HANDLER, other)
        measure, dropped = self.measure(), self.measure()
        make_progress(measure)
        self.keep()
        swap = {"reason": "职能划转。", "from_unit": self.unit.pk, "to_unit": other.pk}
        self.do(measure, "reassign", self.clerk, **swap)
        self.do(measure, "claim", newcomer)
        self.do(dropped, "withdraw", self.office_head, reason="政策调整。")
        day = measure.checkpoints.get().due_on
        part = {"leads": [f"unit:{other.pk}"], "responsible": [], "dates": [day], "long_term": False}
        parts = [{**part, "text": "完成工程。"}, {**part, "text": "建立制度。"}]
        self.do(measure, "split", self.clerk, parts=parts, reason="分段实施。")
        self.assertEqual(len(self.past[self.now]), 2)
        self.assert_the_past_stays()

    def test_however_many_days_and_measures_it_is_four_statements(self):
        self.ready()
        days = [clock.now() - timedelta(days=day) for day in range(3)]
        with self.assertNumQueries(4):
            facts_at(self.rows(), days)
        self.ready()
        with self.assertNumQueries(4):
            facts_at(self.rows(), days[:1])


class FrozenTests(ReportCase):
    def test_a_past_month_says_what_its_frozen_report_says(self):
        with clock.at(datetime(2026, 11, 20, 9)):
            self.do("submit_report", self.clerk)
        report = MonthlyReport.objects.get(pk=self.report.pk)
        handler = member(self.roads, Role.HANDLER)
        with clock.at(datetime(2026, 11, 25, 9)):
            later = make_measure(self.plan, lead=self.water)
            later.rounds.update(opened_at=clock.now())
            filing = self.period.filings.get(unit=self.roads)
            row = {"measure": self.other.pk, "progress": "已完工。", "difficulties": "", "next_steps": ""}
            perform(filing.pk, "submit_filing", actor=handler, rows=[row])
            perform(filing.pk, "approve_filing", actor=member(self.roads, Role.UNIT_HEAD))
            perform(self.other.pk, "withdraw", actor=self.head, reason="政策调整。")
        frozen = json.loads(report.snapshot)["figures"]
        with translation.override("zh-hans"):
            then = month.figures_at(self.period, report.drafted_at)
            now = month.figures_at(self.period, datetime(2026, 11, 26, 9, tzinfo=clock.COUNTY_ZONE))
        self.assertEqual(canonical(then), canonical(frozen))
        self.assertNotEqual(canonical(now), canonical(frozen))
