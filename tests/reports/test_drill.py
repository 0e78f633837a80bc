"""Each number and the rows behind it: on the report's page, in the ledger, and counted anew from what is exported."""

import json
import re
from datetime import datetime, timedelta
from urllib.parse import parse_qsl, urlsplit

from cases import questions
from cases.models import Checkpoint, Measure, Problem
from cases.states import MeasureState as S
from cases.states import SourceLevel
from permissions import clock
from permissions.models import Unit
from reports import figure_presenters, figures
from reports.facts import facts_of
from tests.factories import make_measure, make_plan, make_problem, make_unit
from tests.reports.test_pages import PageCase

AT = datetime(2026, 11, 20, 9)
TODAY = AT.date()
CELL = re.compile(r'<a[^>]*href="([^"]*/figure/\?[^"]*)">(\d+)</a>')


class Scene(PageCase):
    """The month of ``ReportCase`` with something of everything that is counted."""

    @classmethod
    def setUpTestData(cls):
        super().setUpTestData()
        cls.second = make_problem(cls.plan, text="耕地保护不力。", source_level=SourceLevel.PROVINCE)
        with clock.at(AT):
            cls.fill(cls.plan)

    @classmethod
    def fill(cls, plan):
        past, later = TODAY - timedelta(days=20), TODAY + timedelta(days=40)
        born = datetime(2026, 6, 1).date()
        both, second = [cls.water, cls.roads], make_problem(plan, source_level=SourceLevel.CENTRAL)
        make_measure(plan, state=S.ISSUED, lead=cls.water, checkpoints=[later])
        make_measure(plan, state=S.DISPUTED, lead=(), responsible=both, checkpoints=[past])
        make_measure(plan, lead=both, checkpoints=[past, later], problem=second)
        make_measure(plan, lead=cls.roads, checkpoints=[], problem=second)
        make_measure(plan, lead=cls.water, checkpoints=[born, later], problem=second)
        make_measure(plan, lead=cls.water, checkpoints=[TODAY])
        extended = make_measure(plan, lead=cls.roads, checkpoints=[past])
        Checkpoint.objects.filter(measure=extended).update(due_on=later)
        Measure.objects.filter(pk=extended.pk).update(next_due_on=later)
        make_measure(plan, state=S.SUBMITTED, lead=cls.roads, checkpoints=[past, later])
        make_measure(plan, state=S.VERIFIED, lead=cls.water, checkpoints=[past], problem=second)
        make_measure(plan, state=S.CLOSED, lead=cls.water, checkpoints=[past], long_term=True)
        make_measure(plan, state=S.CLOSED, lead=cls.roads, checkpoints=[later])
        make_measure(plan, state=S.DRAFT, lead=make_unit(plan.office), checkpoints=[past])
        make_measure(plan, state=S.WITHDRAWN, lead=cls.water, checkpoints=[past])


class LedgerTests(Scene):
    def test_the_ledger_asks_what_the_figure_counts(self):
        undated = make_plan(self.office, issued_on=None)
        with clock.at(AT):
            self.fill(undated)
        for plan in (self.plan, undated):
            rows = Measure.objects.filter(plan=plan)
            counted = {row.key: row.part for row in figures.figures(facts_of(rows), today=TODAY)}
            for key, query in figure_presenters.LEDGER.items():
                with self.subTest(key, plan=plan.pk):
                    condition = questions.condition(query, today=TODAY)
                    self.assertEqual(rows.filter(condition).count(), counted[key])
        self.assertEqual(set(counted) - set(figure_presenters.LEDGER), {"on_time", "on_time_as_approved"})

    def test_problems_of_no_level_are_found(self):
        rows = Measure.objects.filter(questions.condition({"source": questions.NO_LEVEL}, today=TODAY))
        self.assertEqual(set(rows.values_list("problem__source_level", flat=True)), {""})


class ReportTests(Scene):
    def assert_numbers_lead_to_their_rows(self):
        with clock.at(AT):
            page = self.client.get(self.report.get_absolute_url()).content.decode()
            links = CELL.findall(page)
            self.assertGreater(len(links), 60)
            for url, number in dict.fromkeys(links):
                shown = self.client.get(url.replace("&amp;", "&")).context
                with self.subTest(url):
                    self.assertEqual(shown["tabs"][0]["count"], int(number))
                    self.assertEqual(shown["page_obj"].paginator.count, int(number))
        return page

    def test_each_number_is_the_count_of_its_rows(self):
        self.client.force_login(self.clerk)
        page = self.assert_numbers_lead_to_their_rows()
        asked = {dict(parse_qsl(urlsplit(url).query))["of"] for url, _n in CELL.findall(page)}
        self.assertLessEqual({row.key for row in figures.figures([], today=TODAY)}, asked)
        self.assertLessEqual({"filed_on_time", "not_filed"}, asked)

    def test_also_when_frozen_whatever_happens_later(self):
        with clock.at(AT):
            self.do("submit_report", self.clerk)
        make_measure(self.plan, lead=self.water, problem=self.second)
        Problem.objects.filter(pk=self.second.pk).update(text="改了。")
        self.client.force_login(self.leader)
        self.assert_numbers_lead_to_their_rows()

    def test_a_unit_is_the_same_whatever_it_is_called_later(self):
        with clock.at(AT):
            self.do("submit_report", self.clerk)
        name = self.water.name
        Unit.objects.filter(pk=self.water.pk).update(name="县水务中心")
        other = make_unit(self.office, name)
        self.client.force_login(self.clerk)
        for unit, found in ((self.water, True), (other, False)):
            page = self.client.get(figure_presenters.url_of(self.report, "total", unit=unit.pk)).context
            self.assertEqual(page["tabs"][0]["count"] > 0, found)
            self.assertEqual(page["part"], name if found else "")

    def test_a_report_that_keeps_no_ids_tells_units_by_their_names(self):
        with clock.at(AT):
            report = self.do("submit_report", self.clerk)
        old = json.loads(report.snapshot)
        for row in old["ledger"]:
            del row["acting_unit_ids"]
        for row in old["filings"]:
            del row["unit_id"]
        report.snapshot = json.dumps(old)
        report.save()
        self.client.force_login(self.clerk)
        self.assert_numbers_lead_to_their_rows()

    def test_the_rest_makes_up_the_whole(self):
        self.client.force_login(self.clerk)
        for figure in figures.figures(facts_of(Measure.objects.filter(plan=self.plan)), today=TODAY):
            with clock.at(AT):
                url = figure_presenters.url_of(self.report, figure.key, rest="1")
                tabs = self.client.get(url).context["tabs"]
            with self.subTest(figure.key):
                self.assertEqual([tab["count"] for tab in tabs], [figure.part, figure.whole - figure.part])

    def test_an_unknown_figure_is_not_found(self):
        self.client.force_login(self.clerk)
        self.assertEqual(self.client.get(figure_presenters.url_of(self.report, "nonsense")).status_code, 404)

    def test_a_report_of_the_first_kind_still_shows_its_figures(self):
        with clock.at(AT):
            report = self.do("submit_report", self.clerk)
        old = json.loads(report.snapshot)
        old["schema"] = "xiaohao.monthly-report/1"
        for name in ("by_problem", "by_source_level", "month_on_month", "rank_basis"):
            del old[name]
        old["ledger"] = [
            {
                k: v
                for k, v in row.items()
                if k not in {"acting_units", "claimed", "follow_up", "source_level"}
            }
            for row in old["ledger"]
        ]
        report.snapshot = json.dumps(old)
        report.save()
        page = self.page(self.clerk, "report", report.pk)
        self.assertContains(page, "Closed out")
        self.client.force_login(self.clerk)
        self.assertEqual(self.client.get(figure_presenters.url_of(report, "overdue")).status_code, 404)
        self.assertEqual(self.client.get(figure_presenters.url_of(report, "not_filed")).status_code, 200)
