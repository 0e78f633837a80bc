"""The calendar of working days: the notices, the file that updates them, and counting."""

import json
from datetime import date, datetime, timedelta
from io import StringIO
from pathlib import Path
from tempfile import TemporaryDirectory

from django.core.management import CommandError, call_command
from django.test import SimpleTestCase, override_settings
from hypothesis import given
from hypothesis import strategies as st

from cases import deadlines, workdays
from cases.workdays import BadHolidays
from permissions import clock

# Copied by hand from the notices: free days from … to …, and weekend days worked.
NOTICES = {
    # 国办发明电〔2019〕16号, and 国办发明电〔2020〕1号: the Spring Festival until February 2, 1 February not worked
    2020: (
        "01-01/01-01 01-24/02-02 04-04/04-06 05-01/05-05 06-25/06-27 10-01/10-08",
        "01-19 04-26 05-09 06-28 09-27 10-10",
    ),
    # 国办发明电〔2020〕27号
    2021: (
        "01-01/01-03 02-11/02-17 04-03/04-05 05-01/05-05 06-12/06-14 09-19/09-21 10-01/10-07",
        "02-07 02-20 04-25 05-08 09-18 09-26 10-09",
    ),
    # 国办发明电〔2021〕11号
    2022: (
        "01-01/01-03 01-31/02-06 04-03/04-05 04-30/05-04 06-03/06-05 09-10/09-12 10-01/10-07",
        "01-29 01-30 04-02 04-24 05-07 10-08 10-09",
    ),
    # 国办发明电〔2022〕16号: its first day is the Saturday before the year
    2023: (
        "01-01/01-02 01-21/01-27 04-05/04-05 04-29/05-03 06-22/06-24 09-29/10-06",
        "01-28 01-29 04-23 05-06 06-25 10-07 10-08",
    ),
    # 国办发明电〔2023〕7号: New Year's Eve of the lunar year (9 February) is only recommended as leave, so it is worked
    2024: (
        "01-01/01-01 02-10/02-17 04-04/04-06 05-01/05-05 06-10/06-10 09-15/09-17 10-01/10-07",
        "02-04 02-18 04-07 04-28 05-11 09-14 09-29 10-12",
    ),
    # 国办发明电〔2024〕12号
    2025: (
        "01-01/01-01 01-28/02-04 04-04/04-06 05-01/05-05 05-31/06-02 10-01/10-08",
        "01-26 02-08 04-27 09-28 10-11",
    ),
    # The notice of 4 November 2025
    2026: (
        "01-01/01-03 02-15/02-23 04-04/04-06 05-01/05-05 06-19/06-21 09-25/09-27 10-01/10-07",
        "01-04 02-14 02-28 05-09 09-20 10-10",
    ),
}


def days_of(year, text):
    """ "05-01/05-05 06-10/06-10" → each day."""
    found = set()
    for pair in text.split():
        first, _slash, last = pair.partition("/")
        day, end = date.fromisoformat(f"{year}-{first}"), date.fromisoformat(f"{year}-{last or first}")
        while day <= end:
            found.add(day)
            day += timedelta(days=1)
    return found


class NoticeTests(SimpleTestCase):
    def test_the_shipped_years_say_what_the_notices_say(self):
        shipped = workdays.parse(workdays.SHIPPED.read_bytes())
        self.assertEqual(shipped.years, set(NOTICES))
        for year, (off, on) in NOTICES.items():
            with self.subTest(year):
                weekdays_off = {day for day in days_of(year, off) if day.weekday() < 5}
                self.assertEqual({day for day in shipped.days_off if day.year == year}, weekdays_off)
                worked = {day for day in shipped.working_weekend_days if day.year == year}
                self.assertEqual(worked, days_of(year, on))


NEXT_YEAR = {
    "years": [2027],
    "days_off": ["2027-01-01", "2027-01-02", "2027-10-01"],
    "working_weekend_days": ["2027-02-20"],
}


class FileCase(SimpleTestCase):
    def setUp(self):
        self.folder = Path(self.enterContext(TemporaryDirectory()))
        self.enterContext(override_settings(DATA_DIR=self.folder))
        self.source = self.folder / "from-the-notice.json"

    def install(self, content):
        self.source.write_text(content if isinstance(content, str) else json.dumps(content))
        out = StringIO()
        call_command("update_holidays", self.source, stdout=out, stderr=out)
        return out.getvalue()

    @property
    def installed(self):
        return self.folder / "holidays.json"


class UpdateTests(FileCase):
    def test_a_new_year_counts_at_once_and_shipped_years_stay(self):
        friday, saturday = date(2027, 10, 1), date(2027, 2, 20)
        self.assertTrue(deadlines.is_workday(friday))
        text = self.install(NEXT_YEAR)
        self.assertIn("2027: 2 weekdays off, 1 weekend days worked", text)
        self.assertFalse(deadlines.is_workday(friday))
        self.assertTrue(deadlines.is_workday(saturday))
        self.assertFalse(deadlines.is_workday(date(2026, 10, 1)))
        self.assertTrue(deadlines.knows_holidays_of(2027))

    def test_a_year_in_the_file_replaces_the_shipped_one(self):
        """The Spring Festival of 2020 was made longer after its notice: the same can happen again."""
        self.install({"years": [2026], "days_off": ["2026-01-01"], "working_weekend_days": []})
        self.assertTrue(deadlines.is_workday(date(2026, 10, 1)))
        self.assertFalse(deadlines.is_workday(date(2026, 10, 10)))
        self.assertFalse(deadlines.is_workday(date(2025, 10, 1)))

    def test_years_installed_before_stay(self):
        self.install(NEXT_YEAR)
        self.install({"years": [2028], "days_off": ["2028-01-03"], "working_weekend_days": []})
        self.assertEqual(workdays.read(self.installed).years, {2027, 2028})

    def test_a_correction_takes_effect_without_a_restart(self):
        self.install(NEXT_YEAR)
        self.install({**NEXT_YEAR, "days_off": ["2027-01-01"]})
        self.assertTrue(deadlines.is_workday(date(2027, 10, 1)))

    def test_a_file_written_on_windows_is_read(self):
        self.source.write_bytes(b"\xef\xbb\xbf" + json.dumps(NEXT_YEAR).replace(" ", "\r\n").encode())
        call_command("update_holidays", self.source, stdout=StringIO())
        self.assertTrue(deadlines.knows_holidays_of(2027))

    def test_contradictions_are_refused_and_nothing_is_installed(self):
        def changed(**more):
            return {**NEXT_YEAR, **more}

        table = [
            ("{", "not a JSON text"),
            ([], "must be an object"),
            ({"years": [2027]}, 'The list "days_off" is missing'),
            (changed(years="2027"), 'The list "years" is missing'),
            (changed(years=[]), "at least one year"),
            (changed(years=["2027"]), "at least one year"),
            (changed(years=[True]), "at least one year"),
            (changed(days_off=["2027-02-30"]), "'2027-02-30' is not a day"),
            (changed(days_off=[20270101]), "20270101 is not a day"),
            (changed(days_off=["2027-01-01", "2026-12-31"]), "2026-12-31 is in none of the years"),
            (changed(working_weekend_days=["2028-01-01"]), "2028-01-01 is in none of the years"),
            (changed(working_weekend_days=["2027-01-02"]), "2027-01-02 is both"),
            (changed(working_weekend_days=["2027-01-04"]), "2027-01-04 is no weekend day"),
            (changed(years=[2027, 2028]), "2028 has no weekday off"),
            (changed(days_off=["2027-01-02"]), "2027 has no weekday off"),
        ]
        for content, message in table:
            with self.subTest(message), self.assertRaisesMessage(CommandError, message):
                self.install(content)
        self.assertFalse(self.installed.exists())
        with self.assertRaisesMessage(CommandError, "There is no file"):
            call_command("update_holidays", self.folder / "nothing.json")

    def test_nothing_half_written_is_left_beside_it(self):
        self.install(NEXT_YEAR)
        self.assertEqual({path.name for path in self.folder.iterdir()}, {"holidays.json", self.source.name})


class BadFileTests(FileCase):
    def test_is_named_by_the_check_and_the_shipped_years_are_used(self):
        self.installed.write_text("{")
        with self.assertLogs("cases.workdays", "ERROR") as logged:
            self.assertFalse(deadlines.is_workday(date(2026, 10, 1)))
            self.assertFalse(deadlines.is_workday(date(2026, 10, 2)))
        self.assertEqual(len(logged.output), 1)
        (error,) = [found for found in deadlines.check_holidays(None) if found.id == "cases.E002"]
        self.assertIn("holidays.json is not used. It is not a JSON text", error.msg)
        self.assertIn("update_holidays", error.hint)

    def test_can_be_replaced(self):
        self.installed.write_text("{")
        self.assertIn("could not be used and is replaced", self.install(NEXT_YEAR))
        self.assertTrue(deadlines.knows_holidays_of(2027))

    def test_something_that_is_no_file_is_no_crash(self):
        self.installed.mkdir()
        with self.assertLogs("cases.workdays", "ERROR"):
            self.assertFalse(deadlines.is_workday(date(2026, 10, 1)))
        self.assertIn("cases.E002", [found.id for found in deadlines.check_holidays(None)])


class UnknownYearTests(FileCase):
    def test_the_years_that_are_guessed(self):
        days = [date(2026, 12, 31), None, date(2031, 1, 1), date(2027, 6, 1), date(2031, 5, 1)]
        self.assertEqual(deadlines.unknown_years(days), [2027, 2031])
        self.install(NEXT_YEAR)
        self.assertEqual(deadlines.unknown_years(days), [2031])
        self.assertEqual(deadlines.unknown_years([None]), [])

    def test_the_check_warns_sixty_days_ahead_until_the_year_is_known(self):
        table = [("2026-11-01", []), ("2026-11-02", ["cases.W001"]), ("2027-01-01", ["cases.W001"])]
        for today, expected in table:
            with self.subTest(today), clock.at(datetime.fromisoformat(today)):
                self.assertEqual([found.id for found in deadlines.check_holidays(None)], expected)
        self.install(NEXT_YEAR)
        with clock.at(datetime(2026, 12, 31)):
            self.assertEqual(deadlines.check_holidays(None), [])


DAYS = st.dates(date(2019, 1, 1), date(2028, 12, 31))
COUNTS = st.integers(0, 80)


class CountingTests(SimpleTestCase):
    """What must hold of any day, the holidays and worked weekends of ten years included."""

    @given(DAYS, st.integers(0, 400))
    def test_the_count_is_that_of_a_walk_along_the_calendar(self, start, length):
        end = start + timedelta(days=length)
        walked = sum(deadlines.is_workday(start + timedelta(days=n)) for n in range(1, length + 1))
        self.assertEqual(deadlines.count_workdays(start, end), walked)
        self.assertEqual(deadlines.count_workdays(end, start), -walked)

    @given(DAYS, COUNTS)
    def test_adding_is_the_inverse_of_counting(self, day, count):
        self.assertEqual(deadlines.count_workdays(day, deadlines.add_workdays(day, count)), count)

    @given(DAYS, COUNTS)
    def test_going_back_undoes_going_ahead_between_working_days(self, day, count):
        start = deadlines.next_workday(day)
        self.assertEqual(deadlines.add_workdays(deadlines.add_workdays(start, count), -count), start)

    @given(DAYS, DAYS, st.integers(-80, 80))
    def test_adding_keeps_the_order_of_days(self, one, other, count):
        first, last = sorted([one, other])
        self.assertLessEqual(
            deadlines.add_workdays(first, count), deadlines.add_workdays(last, count) if count else last
        )

    @given(DAYS, st.integers(-80, 80))
    def test_more_working_days_end_later_and_on_a_working_day(self, day, count):
        self.assertLess(deadlines.add_workdays(day, count), deadlines.add_workdays(day, count + 1))
        if count:
            self.assertTrue(deadlines.is_workday(deadlines.add_workdays(day, count)))

    @given(DAYS)
    def test_the_next_working_day_is_the_first_from_the_day_on(self, day):
        found = deadlines.next_workday(day)
        self.assertTrue(deadlines.is_workday(found))
        between = range((found - day).days)
        self.assertFalse(any(deadlines.is_workday(day + timedelta(days=n)) for n in between))


class ParseTests(SimpleTestCase):
    def test_what_is_written_is_read_back(self):
        shipped = workdays.parse(workdays.SHIPPED.read_bytes())
        self.assertEqual(workdays.parse(shipped.as_json()), shipped)

    def test_deep_nesting_is_a_refusal(self):
        with self.assertRaises(BadHolidays):
            workdays.parse(b"[" * 100_000)
