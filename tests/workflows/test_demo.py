"""The invented county: its plan on every day of the year, and the story that is told once."""

import json
import stat
from collections import Counter
from dataclasses import astuple
from datetime import date, datetime, time, timedelta
from io import StringIO

import pytest
from django.core.management import CommandError, call_command
from django.test import SimpleTestCase, TestCase, override_settings

from cases import deadlines
from cases.intake import read_plan
from cases.models import LogEntry, Measure
from cases.states import Light, MeasureState
from permissions import clock
from permissions.models import User
from reports.filings import standing
from reports.models import FilingState, MonthlyReport, Punctuality, ReportingPeriod, ReportState
from workflows.demo import county, document, fates, material, plan
from workflows.demo.contents import PROBLEMS

MONTH_ENDS = [date(2026, 1, 31), date(2027, 2, 28), date(2028, 2, 29), date(2026, 12, 31)]
TODAYS = [*MONTH_ENDS, date(2026, 10, 4), date(2026, 3, 1), clock.today()]
# Two years with a leap day, so that every day of the year and every length of February comes by.
EVERY_DAY = [date(2027, 1, 1) + timedelta(days=n) for n in range(366 + 365)]


def printed_measures():
    return [(p.label, measure) for p in PROBLEMS for measure in p.measures]


class PlanTextTests(SimpleTestCase):
    def read(self, today):
        return read_plan(plan.text(today).encode(), "plan.txt")

    def test_the_reader_finds_exactly_what_was_written(self):
        for today in TODAYS:
            with self.subTest(today=today):
                proposal, dates = self.read(today), plan.Dates(today)
                self.assertEqual(
                    [
                        (
                            measure.label,
                            measure.text,
                            tuple(unit.printed for unit in measure.lead_units),
                            tuple(unit.printed for unit in measure.responsible_units),
                            [checkpoint.due_on for checkpoint in measure.checkpoints],
                            measure.long_term,
                        )
                        for measure in proposal.measures
                    ],
                    [
                        (
                            m.label,
                            m.text,
                            m.lead,
                            m.responsible,
                            [dates.slot(name) for name in m.due],
                            m.long_term,
                        )
                        for _label, m in printed_measures()
                    ],
                )

    def test_the_numbers_are_those_that_the_plan_states(self):
        for today in TODAYS:
            with self.subTest(today=today):
                proposal = self.read(today)
                measures = proposal.measures
                first = [m.checkpoints[0].due_on for m in measures if m.checkpoints]
                self.assertEqual(proposal.stated_totals, {"problems": 9, "measures": 40})
                self.assertEqual((len(proposal.problems), len(measures)), (9, 40))
                self.assertEqual(sum(len(m.checkpoints) for m in measures), 54)
                self.assertEqual(sum(m.long_term for m in measures), 31)
                self.assertEqual(sum(len(m.lead_units) > 1 for m in measures), 1)
                self.assertEqual(sum(day < proposal.issued_on for day in first), 3)

    def test_the_head_of_the_document_is_read(self):
        for today in TODAYS:
            with self.subTest(today=today):
                proposal, dates = self.read(today), plan.Dates(today)
                self.assertEqual(proposal.title, plan.title_of(dates))
                self.assertEqual(proposal.document_number, plan.document_number(dates))
                self.assertEqual(proposal.issued_on, dates.issued_on)
                self.assertEqual(proposal.reporting.day, dates.reporting_day)
                months = [deadlines.add_months(dates.first_month, n).month for n in range(9)]
                self.assertEqual(proposal.reporting.months, months)

    def test_only_the_measures_that_are_born_overdue_are_remarked_on(self):
        remarks = self.read(TODAYS[0]).remarks
        self.assertEqual(len(remarks), 3)
        self.assertEqual(len({remark.code for remark in remarks}), 1)

    def test_word_and_text_say_the_same(self):
        today = TODAYS[0]
        word = read_plan(document.docx_bytes(today), "plan.docx")
        self.assertEqual(word.to_json(), self.read(today).to_json())

    def test_every_measure_has_something_to_write_about(self):
        numbers = {label + measure.label for label, measure in printed_measures()}
        self.assertLessEqual(numbers, set(material.MATERIAL))


class EveryDayTests(SimpleTestCase):
    def test_the_running_month_can_still_be_filed(self):
        for today in EVERY_DAY:
            dates = plan.Dates(today)
            evening = datetime.combine(today, time(23, 30), tzinfo=clock.COUNTY_ZONE)
            month = deadlines.period_of(evening, dates.reporting_day, clock.COUNTY_ZONE)
            due = deadlines.due_moment(month.year, month.month, dates.reporting_day, clock.COUNTY_ZONE)
            self.assertEqual((month, due.date()), (dates.running_month, dates.reporting_due), today)
            self.assertGreater(due, evening, today)
            self.assertIn((due.date() - today).days, range(2, 7), today)

    def test_dates_lie_in_the_order_of_their_names(self):
        for today in EVERY_DAY:
            dates = plan.Dates(today)
            slots = [dates.slot(name) for name in ("B", "P3", "P2", "P1", "S3", "S5", "N1", "N2", "N4", "N6")]
            days = [slots[0], dates.issued_on, *slots[1:4], today, *slots[4:]]
            self.assertEqual(days, sorted(set(days)), today)
            self.assertIn((today - dates.issued_on).days, range(100, 127), today)

    def test_every_step_lies_after_the_one_before_and_before_today(self):
        numbers = [label + measure.label for label, measure in printed_measures()]
        for today in EVERY_DAY:
            dates = plan.Dates(today)
            for number in numbers:
                *steps, checkpoints = astuple(fates.fate_of(number, dates))
                days = [day for day in steps if day]
                self.assertEqual(days, sorted(days), (today, number))
                days += [day for _due, *both in checkpoints for day in both]
                self.assertTrue(all(dates.issued_on < day < today for day in days), (today, number))


class LoadDemoTests(TestCase):
    @override_settings(DEMO=False)
    def test_refused_where_it_is_no_demo(self):
        with self.assertRaisesMessage(CommandError, "demo installation only"):
            call_command("load_demo")
        self.assertEqual(User.objects.count(), 0)

    @pytest.mark.slow
    @override_settings(DEMO=True)
    def test_told_once_and_never_again(self):
        first, second = StringIO(), StringIO()
        call_command("load_demo", stdout=first)
        count = LogEntry.objects.count()
        call_command("load_demo", stdout=second)
        self.assertEqual(LogEntry.objects.count(), count)
        self.assertEqual(
            first.getvalue().partition("Demo accounts")[2], second.getvalue().partition("Demo accounts")[2]
        )
        self.check_measures()
        self.check_months()
        self.check_accounts(second.getvalue())
        self.check_record()

    def check_measures(self):
        today = clock.today()
        measures = Measure.objects.all()
        S = MeasureState
        self.assertEqual(
            Counter(m.state for m in measures),
            {S.CLOSED: 8, S.RECTIFYING: 25, S.ISSUED: 1, S.DISPUTED: 1, S.VERIFIED: 2, S.SUBMITTED: 3},
        )
        lights = Counter(
            deadlines.light(m.state, m.next_due_on, today=today, yellow_workdays=5) for m in measures
        )
        self.assertEqual(lights, {Light.GREEN: 18, Light.YELLOW: 4, Light.RED: 6, Light.NONE: 12})
        self.assertEqual([m.number for m in measures if m.rounds.get().attempt == 2], [fates.RETURNED])

    def check_months(self):
        periods = list(ReportingPeriod.objects.order_by("month"))
        self.assertEqual(len(periods), 4)
        self.assertGreater(periods[-1].due_at, clock.now())
        standings = [Counter(row["status"] for row in standing(period)) for period in periods[:3]]
        self.assertEqual([c[Punctuality.LATE] for c in standings], [4, 3, 2])
        self.assertEqual([c[Punctuality.MISSING] for c in standings], [2, 1, 1])
        self.assertEqual(periods[-1].filings.get(unit__name="县水利局").state, FilingState.DRAFT)
        self.assertEqual(
            list(MonthlyReport.objects.order_by("pk").values_list("state", "version")),
            [(ReportState.ISSUED, 1), (ReportState.ISSUED, 2), (ReportState.ISSUED, 1)],
        )

    def check_accounts(self, output):
        path = county.accounts_path()
        self.assertEqual(stat.S_IMODE(path.stat().st_mode), 0o600)
        passwords = json.loads(path.read_text())
        self.assertEqual(set(passwords), set(county.ACCOUNTS))
        for username, password in passwords.items():
            self.assertTrue(User.objects.get(username=username).check_password(password), username)
            self.assertIn(password, output)
        self.assertFalse(User.objects.filter(simulated=False).exists())

    def check_record(self):
        head = None
        for entry in LogEntry.objects.order_by("sequence"):
            self.assertEqual(entry.hash, entry.expected_hash())
            self.assertTrue(head is None or head <= entry.at, entry)
            head = entry.at
