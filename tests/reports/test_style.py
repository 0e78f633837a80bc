"""An office's own style, filled where it set nothing; numbers by its rule."""

from datetime import date, timedelta

from django.db import IntegrityError
from django.test import TestCase

from permissions import clock
from permissions.models import Office
from reports.documents import ledger
from reports.models import MonthlyReport, PaperStyle, ReportingPeriod
from reports.numbers import next_numbers
from reports.style import NUMBER_RULE, style_of
from tests.factories import make_office, make_plan


class StyleTests(TestCase):
    def test_an_office_that_set_nothing_has_its_own_names(self):
        office = make_office()
        style = style_of(office)
        self.assertEqual({style.head, style.bulletin_head, style.sign_off, style.printed_by}, {office.name})
        self.assertEqual((style.addressees, style.copies_to), ("县委、县政府", "县纪委监委机关"))
        self.assertEqual((style.signatory_label, style.sealed), ("签发人", True))
        self.assertEqual(style.ledger_columns, ledger.DEFAULT)
        self.assertEqual(style.number(2026, 3), "清整改办〔2026〕3号")

    def test_what_it_set_holds_and_costs_no_query_where_it_was_selected(self):
        office = make_office()
        PaperStyle.objects.create(
            office=office, head="中共清河县委文件", ledger_columns=["number", "measure"]
        )
        office = Office.objects.select_related("paper_style").get(pk=office.pk)
        with self.assertNumQueries(0):
            style = style_of(office)
        self.assertEqual((style.head, style.sign_off), ("中共清河县委文件", office.name))
        self.assertEqual(style.ledger_columns, ("number", "measure"))


class NumberTests(TestCase):
    def test_a_series_has_no_gaps_and_goes_on_when_the_rule_changes(self):
        office = make_office()
        self.assertEqual(next_numbers(office, 2026, count=2), ["清整改办〔2026〕1号", "清整改办〔2026〕2号"])
        PaperStyle.objects.create(office=office, number_rule="清整办发〔{year}〕{number}号")
        office = Office.objects.get(pk=office.pk)
        self.assertEqual(next_numbers(office, 2026), ["清整办发〔2026〕3号"])
        self.assertEqual(next_numbers(office, 2027), ["清整办发〔2027〕1号"])

    def test_the_database_refuses_a_double(self):
        plan = make_plan()
        period = ReportingPeriod.objects.create(
            office=plan.office,
            plan=plan,
            month=date(2026, 11, 1),
            opens_at=clock.now(),
            opened_at=clock.now(),
            due_at=clock.now() + timedelta(days=9),
        )
        first = {"office": plan.office, "period": period, "document_number": "清整改办〔2026〕1号"}
        MonthlyReport.objects.create(**first)
        with self.assertRaises(IntegrityError):
            MonthlyReport.objects.create(**first, revision=2)

    def test_the_word_of_a_series_stands_before_the_year(self):
        office = make_office()
        self.assertEqual(next_numbers(office, 2026, series="ORDER", word="督办"), ["清整改办督办〔2026〕1号"])


def test_a_rule_is_that_of_the_standard():
    good = ("清整改办〔{year}〕{number}号", "清办发〔{year}〕{number}号")
    bad = (
        "清整改办[{year}]{number}号",
        "清整改办（{year}）{number}号",
        "清整改办〔2026〕{number}号",
        "清整改办〔{year}〕号",
        "清整改办〔{year}〕第{number}号",
        "清整改办〔{year}〕{number}{number}号",
        "清整改办{number}〔{year}〕号",
        "〔{year}〕{number}号",
        "清整改办〔{year}〕{number}号{x}",
    )
    assert all(NUMBER_RULE.fullmatch(rule) for rule in good)
    assert not [rule for rule in bad if NUMBER_RULE.fullmatch(rule)]
