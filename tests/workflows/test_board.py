import re
from datetime import datetime, timedelta

from django.urls import reverse

from cases.models import Checkpoint, Dispute, Extension, Instrument, Measure, OfficeRules
from cases.states import MeasureState as S
from permissions import clock
from permissions.models import Role
from reports import board, figures
from reports.facts import facts_of
from tests.factories import make_measure, make_office, make_person, make_plan, make_problem, make_unit
from tests.workflows.life import LifeTestCase
from tests.workflows.pages import PageTestCase
from workflows.door import perform

BOARD = "workflows:board"
LINK = re.compile(r'href="([^"]*/ledger/\?[^"]*)"[^>]*>(.*?)</a>', re.DOTALL)


class Scene(PageTestCase):
    """Something of everything: states, lights, disputes, extensions, steps reported, two plans, two units."""

    @classmethod
    def setUpTestData(cls):
        super().setUpTestData()
        cls.today = clock.today()
        cls.other_unit = make_unit(cls.office, "县财政局")
        cls.other_plan = make_plan(cls.office)
        cls.second = make_problem(cls.plan, text="耕地保护不力。")

    def setUp(self):
        super().setUp()
        days = [-40, -3, 0, 2, 20, 60]
        measures = [self.measure(checkpoints=[self.today + timedelta(days=day)]) for day in days]
        self.extend(measures[0], self.today + timedelta(days=10))
        self.measure(
            state=S.ISSUED, lead=[self.unit, self.other_unit], claim_due_on=self.today - timedelta(days=1)
        )
        self.measure(state=S.ISSUED, lead=(), responsible=[self.unit, self.other_unit])
        disputed = self.measure(state=S.DISPUTED, lead=self.other_unit)
        Dispute.objects.create(
            office=self.office, measure=disputed, unit=self.other_unit, reason="不属于本单位职责。",
            raised_by=self.handler, raised_at=clock.now(),
        )  # fmt: skip
        late = self.measure(state=S.SUBMITTED)
        Measure.objects.filter(pk=late.pk).update(state_since=clock.now() - timedelta(days=40))
        self.measure(state=S.SUBMITTED)
        self.measure(state=S.VERIFIED, problem=self.second)
        self.measure(state=S.CLOSED, problem=self.second)
        self.measure(state=S.CLOSED, long_term=True)
        self.measure(state=S.WITHDRAWN)
        self.measure(state=S.DRAFT)
        self.measure(checkpoints=[])
        self.measure(checkpoints=[self.plan.issued_on - timedelta(days=5)])
        reported = self.measure(lead=self.other_unit, responsible=self.unit)
        reported.checkpoints.update(reported_on=self.today)
        make_measure(self.other_plan, lead=self.other_unit, checkpoints=[self.today - timedelta(days=9)])

    def extend(self, measure, day, state="GRANTED"):
        step = measure.checkpoints.get()
        Extension.objects.create(
            office=self.office, measure=measure, checkpoint=step, unit=self.unit, number=1, state=state,
            old_due_on=step.due_on, new_due_on=day, reason="汛期", interim_measures="巡查",
            requested_by=self.handler, requested_at=clock.now(),
        )  # fmt: skip
        Checkpoint.objects.filter(pk=step.pk).update(due_on=day)
        Measure.objects.filter(pk=measure.pk).update(next_due_on=day)

    def board(self, person, **query):
        self.client.force_login(person)
        return self.client.get(reverse(BOARD), query)

    def count(self, url):
        return self.client.get(url.replace("&amp;", "&")).context["count"]


class LinkTests(Scene):
    def assert_numbers_lead_to_their_rows(self, person, **query):
        page = self.board(person, **query)
        links = []
        for url, inner in LINK.findall(page.content.decode()):
            shown = re.search(r'stat__value">(\d+)', inner) or re.match(r"(\d+)", inner.strip())
            if shown:
                links.append((url, int(shown.group(1))))
        self.assertGreater(len(links), 20)
        for url, number in dict.fromkeys(links):
            with self.subTest(url):
                self.assertEqual(self.count(url), number)
        return page

    def test_each_number_is_the_count_of_the_rows_behind_it(self):
        page = self.assert_numbers_lead_to_their_rows(self.clerk)
        values = {str(stat["label"]): stat["value"] for stat in page.context["stats"]}
        self.assertEqual(
            values,
            {
                "In force": 18, "Closed out": 2, "Overdue": 2, "Overdue on original dates": 3, "To be claimed": 2,
                "Claim overdue": 1, "Disputes open": 1, "Awaiting verification": 2, "Verification overdue": 1,
                "Checkpoints to confirm": 3, "Extensions waiting": 0, "Extended": 1, "In follow-up": 1,
                "Follow-up missed": 0,
                "Dated before issue": 1,
            },
        )  # fmt: skip

    def test_also_for_a_unit_a_leader_and_one_plan(self):
        self.assert_numbers_lead_to_their_rows(self.leader)
        self.assert_numbers_lead_to_their_rows(self.handler)
        self.assert_numbers_lead_to_their_rows(self.clerk, plan=self.plan.pk)

    def test_a_unit_sees_its_own_part_only(self):
        page = self.board(make_person(Role.HANDLER, make_unit(self.office)))
        self.assertEqual({stat["value"] for stat in page.context["stats"]}, {0})
        self.assertContains(page, "No measure is in force.")

    def test_a_foreign_plan_is_not_asked_for(self):
        foreign = make_plan(make_office())
        self.assertIsNone(self.board(self.clerk, plan=foreign.pk).context["plan"])

    def test_a_joint_measure_counts_for_each_lead(self):
        rows = {row["name"]: row["total"] for row in self.board(self.clerk).context["by_unit"]["rows"]}
        self.assertEqual(rows, {"县水利局": 15, "县财政局": 5})

    def test_the_overdue_list_knows_both_dates(self):
        rows = self.board(self.clerk).context["overdue"]
        found = [(row["days_late_on_original"], row["days_late"]) for row in rows]
        self.assertEqual(found, [(40, 0), (9, 9), (3, 3)])

    def test_an_extended_measure_is_not_overdue_any_more(self):
        self.client.force_login(self.clerk)
        ledger = reverse("cases:ledger")
        self.assertEqual(self.count(f"{ledger}?only=extended&due=overdue"), 0)
        self.assertEqual(self.count(f"{ledger}?only=extended&due=30"), 1)

    def test_an_office_with_another_clock_counts_by_it(self):
        OfficeRules.objects.create(office=self.office, verify_workdays=60)
        self.client.force_login(self.clerk)
        self.assertEqual(self.count(f"{reverse('cases:ledger')}?only=verification_late"), 0)

    def test_it_costs_the_same_however_many_rows(self):
        few = self.statements(self.clerk, lambda: self.client.get(reverse(BOARD)))
        for number in range(4):
            self.measure(checkpoints=[self.today - timedelta(days=number + 1)], lead=make_unit(self.office))
        self.assertEqual(self.statements(self.clerk, lambda: self.client.get(reverse(BOARD))), few)
        self.assertLessEqual(few, 24)

    def test_instruments_lead_to_their_list(self):
        Instrument.objects.create(
            office=self.office, kind="ORDER", state="PROPOSED", cause_kind="MANUAL", cause="MANUAL:1", rung=7,
            unit=self.unit, due_on=self.today, proposed_at=clock.now(),
        )  # fmt: skip
        cell = self.board(self.clerk).context["ladder"]["rows"][0]["cells"][0]
        self.assertEqual(cell["count"], 1)
        self.assertContains(self.client.get(cell["url"]), self.unit.name)


class BurnUpTests(LifeTestCase):
    def at(self, text):
        return self.enterContext(clock.at(datetime.fromisoformat(text)))

    def rows(self, today):
        measures = Measure.objects.filter(plan=self.plan)
        found = board.burn_up(measures, today=datetime.fromisoformat(today).date())
        return {f"{row.first:%Y-%m}": (row.issued, row.completed, row.closed) for row in found}

    def close(self, measure):
        self.do(measure, "request_verification", self.handler)
        self.do(measure, "submit", self.head)
        self.do(measure, "verify", self.clerk, method="PAPER", visited_on=clock.today(), findings="属实。")
        self.do(measure, "close_out", self.office_head)

    def test_a_past_month_stays_what_it_was_then(self):
        self.plan.issued_on = datetime(2026, 3, 1).date()
        self.plan.save()
        with clock.at(datetime(2026, 3, 20, 9)):
            first, second = self.ready(), self.ready()
            Measure.objects.update(state_since=clock.now())
        for measure in (first, second):
            measure.rounds.update(opened_at=datetime(2026, 3, 20, 9, tzinfo=clock.COUNTY_ZONE))
        with clock.at(datetime(2026, 4, 10, 9)):
            self.close(first)
        self.assertEqual(
            self.rows("2026-05-15"), {"2026-03": (2, 0, 0), "2026-04": (2, 1, 1), "2026-05": (2, 1, 1)}
        )
        with clock.at(datetime(2026, 5, 3, 9)):
            perform(
                first.pk, "relapse", actor=self.clerk, reason="反弹。", due_on=datetime(2026, 9, 1).date()
            )
        self.assertEqual(
            self.rows("2026-05-15"), {"2026-03": (2, 0, 0), "2026-04": (2, 1, 1), "2026-05": (2, 0, 0)}
        )

    def test_the_running_month_says_what_the_figures_say(self):
        one, _two = self.ready(), self.measure(checkpoints=[])
        self.close(one)
        measures = Measure.objects.filter(plan=self.plan)
        today = clock.today()
        shares = {f.key: f.part for f in figures.figures(facts_of(measures), today=today)}
        last = board.burn_up(measures, today=today)[-1]
        self.assertEqual(
            (last.issued, last.completed, last.closed),
            (shares["total"], shares["completed"], shares["closed_out"]),
        )

    def test_steps_confirmed_one_by_one_complete_it_and_a_return_leaves_them(self):
        measure = self.ready()
        step = measure.checkpoints.get()
        self.do(measure, "report_checkpoint", self.handler, checkpoint=step.pk)
        self.do(measure, "confirm_checkpoint", self.clerk, checkpoint=step.pk)
        self.do(measure, "request_verification", self.handler)
        self.do(measure, "submit", self.head)
        self.do(measure, "return_for_rework", self.clerk, reason="补充佐证。")
        last = board.burn_up(Measure.objects.all(), today=clock.today())[-1]
        self.assertEqual((last.issued, last.completed, last.closed), (1, 1, 0))

    def test_a_withdrawn_measure_counts_until_that_day(self):
        measure = self.measure()
        measure.rounds.update(opened_at=clock.now() - timedelta(days=70))
        perform(measure.pk, "withdraw", actor=self.office_head, reason="不再适用。")
        rows = board.burn_up(Measure.objects.all(), today=clock.today())
        self.assertEqual(rows[0].issued, 1)
        self.assertEqual(rows[-1].issued, 0)
