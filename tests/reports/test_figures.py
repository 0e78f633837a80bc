from datetime import date, timedelta
from decimal import Decimal

from django.test import SimpleTestCase, TestCase
from django.utils import translation

from cases.deadlines import CheckpointDates
from cases.models import Measure
from cases.states import MeasureState as S
from permissions import clock
from reports import breakdown, figures
from reports.facts import MeasureFacts, facts_of
from reports.figures import Rate
from tests.factories import make_measure, make_office, make_plan, make_unit


class RateTests(SimpleTestCase):
    def test_percent_is_rounded_half_up_and_none_of_nothing(self):
        self.assertEqual(Rate(23, 28).percent, Decimal("82.1"))
        self.assertEqual(Rate(1, 16).percent, Decimal("6.3"))  # 6.25
        self.assertEqual(Rate(0, 5).percent, Decimal("0.0"))
        self.assertIsNone(Rate(0, 0).percent)


class NameTests(SimpleTestCase):
    """What is frozen is Chinese: another reader gets translated names, a Chinese reader exactly what was frozen."""

    FROZEN = [
        {"key": "closed_out", "label": "已办结", "formula": "旧公式", "part": 1},
        {"key": "of_earlier_days", "label": "旧指标", "formula": "旧公式", "part": 2},
    ]

    def test_chinese_readers_get_the_frozen_names(self):
        with translation.override("zh-hans"):
            self.assertEqual(figures.named(self.FROZEN), self.FROZEN)

    def test_other_readers_get_the_names_of_their_language(self):
        with translation.override("en"):
            rows = figures.named(self.FROZEN)
            self.assertEqual(
                [(str(row["label"]), str(row["formula"]), row["part"]) for row in rows],
                [("Closed out", "closed out ÷ measures issued", 1), ("旧指标", "旧公式", 2)],
            )


class DateTests(SimpleTestCase):
    """One checkpoint, originally due on September 30; some extended to December 31."""

    original, extended = date(2026, 9, 30), date(2026, 12, 31)

    def fact(self, due, met=None, *, state=S.RECTIFYING, issued_on=date(2026, 7, 1)):
        return MeasureFacts(
            pk=1,
            state=state,
            claimed=True,
            follow_up=False,
            issued_on=issued_on,
            checkpoints=(CheckpointDates(due, self.original, met),),
        )

    def test_on_time_is_by_the_original_date_alone(self):
        today = date(2026, 12, 31)
        table = [
            (self.original, None, (0, 1)),
            (self.original, date(2026, 9, 30), (1, 1)),  # on the day itself
            (self.original, date(2026, 10, 1), (0, 1)),
            (self.extended, None, (0, 1)),  # extended, but originally due
            (self.extended, date(2026, 9, 30), (1, 1)),
            (self.extended, date(2026, 10, 1), (0, 1)),  # within the extension, past the original date
            (self.extended, date(2026, 12, 31), (0, 1)),
        ]
        for due, met, expected in table:
            with self.subTest(due=due, met=met):
                found = figures.step_shares([self.fact(due, met)], today=today)[0]
                self.assertEqual((found.part, found.whole), expected)

    def test_by_the_approved_date_an_extension_gives_more_time(self):
        table = [
            (self.original, date(2026, 10, 1), date(2026, 12, 31), (0, 1)),
            (self.extended, date(2026, 10, 1), date(2026, 12, 31), (1, 1)),
            (self.extended, date(2026, 12, 31), date(2026, 12, 31), (1, 1)),
            (self.extended, None, date(2026, 12, 30), (0, 0)),  # not due yet by the approved date
        ]
        for due, met, today, expected in table:
            with self.subTest(due=due, met=met, today=today):
                found = figures.step_shares([self.fact(due, met)], today=today)[1]
                self.assertEqual((found.part, found.whole), expected)

    def test_a_checkpoint_counts_from_its_original_due_day_on(self):
        for due in (self.original, self.extended):
            for today, whole in [(date(2026, 9, 29), 0), (date(2026, 9, 30), 1)]:
                with self.subTest(due=due, today=today):
                    self.assertEqual(figures.step_shares([self.fact(due)], today=today)[0].whole, whole)

    def test_a_checkpoint_dated_before_the_issue_is_not_counted(self):
        for issued_on, whole in [(date(2026, 9, 30), 1), (date(2026, 10, 1), 0)]:
            with self.subTest(issued_on=issued_on):
                fact = self.fact(self.extended, issued_on=issued_on)
                self.assertEqual(figures.step_shares([fact], today=date(2026, 12, 31))[0].whole, whole)

    def test_overdue_begins_the_day_after_on_either_date(self):
        table = [
            (self.original, date(2026, 9, 30), False, False),
            (self.original, date(2026, 10, 1), True, True),
            (self.extended, date(2026, 9, 30), False, False),
            (self.extended, date(2026, 10, 1), False, True),
            (self.extended, date(2026, 12, 31), False, True),
            (self.extended, date(2027, 1, 1), True, True),
        ]
        for due, today, current, original in table:
            with self.subTest(due=due, today=today):
                fact = self.fact(due)
                self.assertEqual(
                    (fact.is_overdue(today), fact.is_overdue_on_original(today)), (current, original)
                )

    def test_what_is_met_closed_or_dated_before_the_issue_is_not_overdue(self):
        facts = {
            "met": self.fact(self.extended, date(2026, 12, 1)),
            "closed": self.fact(self.extended, state=S.CLOSED),
            "born overdue": self.fact(self.extended, issued_on=date(2026, 10, 1)),
        }
        for name, fact in facts.items():
            with self.subTest(name):
                today = date(2027, 6, 1)
                self.assertEqual((fact.is_overdue(today), fact.is_overdue_on_original(today)), (False, False))


class FigureTests(TestCase):
    """A plan counted by hand: eight issued measures, one draft, one withdrawn."""

    @classmethod
    def setUpTestData(cls):
        cls.today = today = clock.today()
        cls.plan = make_plan(make_office(), issued_on=today - timedelta(days=60))
        cls.water, cls.roads = (
            make_unit(cls.plan.office, "县水利局"),
            make_unit(cls.plan.office, "县交通运输局"),
        )
        past, born, later = today - timedelta(days=1), today - timedelta(days=90), today + timedelta(days=30)
        both = [cls.water, cls.roads]
        make_measure(cls.plan, state=S.ISSUED, lead=cls.water, checkpoints=[later])
        make_measure(cls.plan, state=S.RECTIFYING, lead=cls.water, checkpoints=[past])
        make_measure(cls.plan, state=S.RECTIFYING, lead=both, checkpoints=[born, later])
        make_measure(cls.plan, state=S.RECTIFYING, lead=cls.roads, checkpoints=[])
        make_measure(cls.plan, state=S.SUBMITTED, lead=cls.roads, checkpoints=[past, later])
        make_measure(cls.plan, state=S.VERIFIED, lead=cls.water, checkpoints=[past])
        make_measure(cls.plan, state=S.CLOSED, lead=cls.water, checkpoints=[past], long_term=True)
        make_measure(cls.plan, state=S.CLOSED, lead=cls.roads, checkpoints=[later])
        make_measure(cls.plan, state=S.DRAFT, lead=cls.water, checkpoints=[past])
        make_measure(cls.plan, state=S.WITHDRAWN, lead=cls.water, checkpoints=[past])

    def facts(self):
        return facts_of(Measure.objects.filter(plan=self.plan))

    def test_equal_a_hand_count(self):
        found = {f.key: (f.part, f.whole) for f in figures.figures(self.facts(), today=self.today)}
        self.assertEqual(
            found,
            {
                "total": (8, 8),
                "claimed": (7, 8),
                "on_schedule": (6, 8),
                "behind": (2, 8),
                "completed": (3, 8),
                "closed_out": (2, 8),
                "in_follow_up": (1, 8),
                "overdue": (2, 8),
                "overdue_on_original": (2, 8),
                "extended": (0, 8),
                "born_overdue": (1, 8),
                # due by today: past of rectifying, submitted, verified and closed;
                # the factory confirms the last two five days ago, in time
                "on_time": (2, 4),
                "on_time_as_approved": (2, 4),
            },
        )

    def test_every_figure_prints_its_formula(self):
        for figure in figures.figures(self.facts(), today=self.today):
            with self.subTest(figure.key):
                self.assertTrue(str(figure.formula))

    def test_an_extension_does_not_make_a_late_checkpoint_timely(self):
        checkpoint = self.plan.measures.get(order=2).checkpoints.get()
        checkpoint.due_on = self.today + timedelta(days=30)
        checkpoint.save()
        found = {f.key: f.part for f in figures.figures(self.facts(), today=self.today)}
        self.assertEqual((found["overdue"], found["overdue_on_original"], found["on_time"]), (1, 2, 2))
        self.assertEqual(found["extended"], 1)

    def test_joint_leads_count_the_measure_each(self):
        rows = {row["unit"]: row for row in breakdown.by_unit(self.facts(), today=self.today)}
        water = {
            key: rows["县水利局"][key]
            for key in ("measures", "closed_out", "completed", "on_schedule", "behind", "overdue")
        }
        self.assertEqual(
            water,
            {"measures": 5, "closed_out": 1, "completed": 2, "on_schedule": 4, "behind": 1, "overdue": 1},
        )
        self.assertEqual(rows["县交通运输局"]["measures"], 4)

    def test_where_no_lead_is_named_every_responsible_unit_counts(self):
        one, two = make_unit(self.plan.office), make_unit(self.plan.office)
        make_measure(self.plan, lead=(), responsible=[one, two])
        rows = {row["unit"]: row["measures"] for row in breakdown.by_unit(self.facts(), today=self.today)}
        self.assertEqual((rows[one.name], rows[two.name]), (1, 1))

    def test_three_queries_whatever_the_number(self):
        with self.assertNumQueries(3):
            self.facts()

    def test_filings(self):
        found = figures.filing_figures(["ON_TIME", "LATE", "ON_TIME", "MISSING"])
        self.assertEqual([(f.part, f.whole) for f in found], [(2, 4), (1, 4), (1, 4)])
