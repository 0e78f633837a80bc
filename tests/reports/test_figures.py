from datetime import timedelta
from decimal import Decimal

from django.test import SimpleTestCase, TestCase
from django.utils import translation

from cases.models import Measure
from cases.states import MeasureState as S
from permissions import clock
from reports import figures
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
        return figures.facts_of(Measure.objects.filter(plan=self.plan))

    def test_equal_a_hand_count(self):
        found = {f.key: (f.part, f.whole) for f in figures.figures(self.facts(), today=self.today)}
        self.assertEqual(
            found,
            {
                "total": (8, 8),
                "claimed": (7, 8),
                "on_schedule": (6, 8),
                "completed": (3, 8),
                "closed_out": (2, 8),
                "in_follow_up": (1, 8),
                "overdue": (2, 8),
                "overdue_on_original": (2, 8),
                "born_overdue": (1, 8),
                # due by today: past of rectifying, submitted, verified and closed;
                # the factory confirms the last two five days ago, in time
                "on_time": (2, 4),
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

    def test_joint_leads_count_the_measure_each(self):
        measures = Measure.objects.filter(plan=self.plan)
        rows = {row["unit"]: row for row in figures.by_lead_unit(measures, self.facts(), today=self.today)}
        self.assertEqual(
            rows["县水利局"],
            {
                "unit": "县水利局",
                "measures": 5,
                "closed_out": 1,
                "completed": 2,
                "on_schedule": 4,
                "overdue": 1,
            },
        )
        self.assertEqual(rows["县交通运输局"]["measures"], 4)

    def test_two_queries_whatever_the_number(self):
        with self.assertNumQueries(2):
            self.facts()

    def test_filings(self):
        found = figures.filing_figures(["ON_TIME", "LATE", "ON_TIME", "MISSING"])
        self.assertEqual([(f.part, f.whole) for f in found], [(2, 4), (1, 4), (1, 4)])
