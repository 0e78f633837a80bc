from datetime import date, datetime
from zoneinfo import ZoneInfo

from django.test import SimpleTestCase

from cases import deadlines
from cases.deadlines import CheckpointDates, Event, EventKind
from cases.states import Light, MeasureState

SHANGHAI = ZoneInfo("Asia/Shanghai")


def day(text):
    return date.fromisoformat(text)


def dates(*rows):
    """ "due", "due met", or "due original met" (met may be -)."""
    found = []
    for row in rows:
        due, *rest = row.split()
        met = rest[-1] if rest else "-"
        original = rest[0] if len(rest) == 2 else due
        found.append(CheckpointDates(day(due), day(original), None if met == "-" else day(met)))
    return found


class WorkdayTests(SimpleTestCase):
    def test_counts_as_the_notice_says(self):
        table = [
            ("2026-11-20", 1, "2026-11-23"),  # Friday → Monday
            ("2026-11-20", 0, "2026-11-20"),
            ("2026-09-30", 1, "2026-10-08"),  # National Day
            ("2026-09-18", 1, "2026-09-20"),  # a Sunday that is worked
            ("2026-02-13", 1, "2026-02-14"),  # a Saturday that is worked
            ("2026-02-14", 1, "2026-02-24"),  # Spring Festival
            ("2025-12-31", 1, "2026-01-04"),  # New Year, and the Sunday worked for it
            ("2031-10-01", 1, "2031-10-02"),  # no notice known: weekdays
        ]
        for start, count, expected in table:
            with self.subTest(start=start, count=count):
                self.assertEqual(deadlines.add_workdays(day(start), count), day(expected))

    def test_says_which_years_it_knows(self):
        self.assertTrue(deadlines.knows_holidays_of(2026))
        self.assertFalse(deadlines.knows_holidays_of(2031))


class LightTests(SimpleTestCase):
    def test_table(self):
        today = day("2026-11-20")  # a Friday
        table = [
            (MeasureState.RECTIFYING, "2026-11-19", Light.RED),
            (MeasureState.RECTIFYING, "2026-11-20", Light.YELLOW),
            (MeasureState.RECTIFYING, "2026-11-27", Light.YELLOW),  # the fifth working day
            (MeasureState.RECTIFYING, "2026-11-28", Light.GREEN),
            (MeasureState.ISSUED, "2026-11-01", Light.RED),
            (MeasureState.VERIFIED, "2026-11-01", Light.RED),
            (MeasureState.CLOSED, "2026-11-01", Light.NONE),
            (MeasureState.WITHDRAWN, "2026-11-01", Light.NONE),
            (MeasureState.DRAFT, "2026-11-01", Light.NONE),
            (MeasureState.RECTIFYING, None, Light.NONE),
        ]
        for state, due, expected in table:
            with self.subTest(state=state, due=due):
                due = day(due) if due else None
                self.assertEqual(deadlines.light(state, due, today=today, yellow_workdays=5), expected)


class CheckpointTests(SimpleTestCase):
    def test_next_due_passes_over_met_and_born_overdue_dates(self):
        issued = day("2026-07-01")
        table = [
            (dates("2026-12-31"), "2026-12-31"),
            (dates("2026-06-30", "2026-09-30", "2026-11-30"), "2026-09-30"),
            (dates("2026-09-30 2026-09-29", "2026-11-30"), "2026-11-30"),
            (dates("2026-06-30"), None),  # born overdue: shown, not blamed
            (dates("2026-07-01"), "2026-07-01"),  # the day of issue itself is not born overdue
            (dates("2026-09-30 2026-06-30 -"), None),  # moved later, but dated before the issue
            (dates("2026-12-31 2026-09-30 -"), "2026-12-31"),  # extended
            ([], None),
        ]
        for checkpoints, expected in table:
            with self.subTest(checkpoints=checkpoints):
                expected = day(expected) if expected else None
                self.assertEqual(deadlines.next_due(checkpoints, issued_on=issued), expected)

    def test_on_schedule(self):
        issued, today = day("2026-07-01"), day("2026-10-01")
        table = [
            (dates("2026-09-30"), False),
            (dates("2026-09-30 2026-09-30"), True),
            (dates("2026-10-01"), False),  # due by today: today counts
            (dates("2026-10-02"), True),
            (dates("2026-06-30"), True),  # born overdue
            (dates("2026-06-30", "2026-09-30"), False),
            ([], True),
        ]
        for checkpoints, expected in table:
            with self.subTest(checkpoints=checkpoints):
                result = deadlines.is_on_schedule(checkpoints, today=today, issued_on=issued)
                self.assertEqual(result, expected)

    def test_completed_needs_dates_and_all_of_them_met(self):
        self.assertFalse(deadlines.is_completed([]))
        self.assertFalse(deadlines.is_completed(dates("2026-09-30 2026-09-01", "2026-12-31")))
        self.assertTrue(deadlines.is_completed(dates("2026-09-30 2026-09-01", "2026-12-31 2026-12-31")))


class HistoryTests(SimpleTestCase):
    def test_a_long_term_measure_from_its_date_to_its_follow_ups(self):
        events = [
            Event(EventKind.REPORTED, day("2026-01-10"), due_on=day("2026-01-12")),
            Event(EventKind.MET, day("2026-01-14"), due_on=day("2026-01-12")),
            Event(EventKind.CLOSED, day("2026-01-15")),
            Event(EventKind.FOLLOWED_UP, day("2026-04-10"), due_on=day("2026-04-15")),
            Event(EventKind.FOLLOWED_UP, day("2026-07-20"), due_on=day("2026-07-15")),
            Event(EventKind.REOPENED, day("2026-11-01")),
        ]
        found = deadlines.replay([day("2026-01-12")], events, today=day("2026-10-31"))
        self.assertEqual((found.state, found.closed_on), (MeasureState.CLOSED, day("2026-01-15")))
        (checkpoint,) = found.checkpoints
        self.assertEqual((checkpoint.reported_on, checkpoint.met_on), (day("2026-01-10"), day("2026-01-10")))
        looks = deadlines.follow_ups(
            found.closed_on, months=3, today=day("2026-10-31"), done=found.followed_up
        )
        self.assertEqual([row.done_on for row in looks.past], [day("2026-04-10"), day("2026-07-20"), None])
        self.assertEqual(looks.next_due_on, day("2027-01-15"))

        later = deadlines.replay([day("2026-01-12")], events, today=day("2026-11-01"))
        self.assertEqual((later.state, later.closed_on), (MeasureState.RECTIFYING, None))

    def test_withdrawn(self):
        events = [Event(EventKind.WITHDRAWN, day("2026-09-15"))]
        found = deadlines.replay([], events, today=day("2026-09-15"))
        self.assertEqual((found.state, found.followed_up), (MeasureState.WITHDRAWN, {}))


class PeriodTests(SimpleTestCase):
    def test_a_record_belongs_to_the_month_whose_due_moment_comes_next(self):
        table = [
            ("2026-11-10 23:59:59", 10, "2026-11-01"),
            ("2026-11-11 00:00:00", 10, "2026-12-01"),
            ("2026-12-31 12:00:00", 10, "2027-01-01"),
            ("2026-02-28 23:00:00", 31, "2026-02-01"),  # the due day of a short month is its last
            ("2026-02-01 00:30:00", 10, "2026-02-01"),  # still January in UTC
        ]
        for moment, due_day, expected in table:
            with self.subTest(moment=moment, due_day=due_day):
                moment = datetime.fromisoformat(moment).replace(tzinfo=SHANGHAI)
                found = deadlines.period_of(moment.astimezone(ZoneInfo("UTC")), due_day, SHANGHAI)
                self.assertEqual(found, day(expected))

    def test_a_due_day_that_moves_goes_to_the_next_working_day(self):
        table = [  # month, filing day, where it stays, where it moves to
            ("2026-11-01", 10, "2026-11-10", "2026-11-10"),  # a Tuesday
            ("2026-10-01", 10, "2026-10-10", "2026-10-10"),  # a Saturday that is worked for 国庆
            ("2026-10-01", 1, "2026-10-01", "2026-10-08"),  # 国庆
            ("2026-02-01", 15, "2026-02-15", "2026-02-24"),  # 春节, from the 15th to the 23rd
            ("2026-02-01", 14, "2026-02-14", "2026-02-14"),  # a Saturday that is worked for 春节
            ("2026-01-01", 31, "2026-01-31", "2026-02-02"),  # a Saturday: into the next month
            ("2026-08-01", 15, "2026-08-15", "2026-08-17"),
        ]
        for month, filing_day, stays, moves in table:
            with self.subTest(month=month, filing_day=filing_day):
                first = day(month)
                for moved, expected in ((False, stays), (True, moves)):
                    found = deadlines.due_moment(first.year, first.month, filing_day, SHANGHAI, moves=moved)
                    self.assertEqual(found.isoformat()[:19], f"{expected}T23:59:59")

    def test_a_record_belongs_to_the_month_that_still_runs_when_its_due_day_moved(self):
        table = [
            ("2026-10-05 09:00:00", 1, "2026-10-01"),  # due on the 1st, moved to the 8th
            ("2026-10-09 00:00:00", 1, "2026-11-01"),
            ("2026-02-02 23:59:59", 31, "2026-01-01"),  # January runs into February
            ("2026-02-03 00:00:00", 31, "2026-02-01"),
        ]
        for moment, due_day, expected in table:
            with self.subTest(moment=moment, due_day=due_day):
                moment = datetime.fromisoformat(moment).replace(tzinfo=SHANGHAI)
                self.assertEqual(deadlines.period_of(moment, due_day, SHANGHAI, moves=True), day(expected))

    def test_the_months_to_which_a_day_belongs_by_filing_day(self):
        for moves in (False, True):
            for text in ("2026-02-01", "2026-10-05", "2026-11-11", "2026-12-31"):
                noon = datetime.fromisoformat(f"{text} 12:00:00").replace(tzinfo=SHANGHAI)
                found = deadlines.periods_on(day(text), SHANGHAI, moves=moves)
                for month, days in found.items():
                    for filing_day in days:
                        with self.subTest(text=text, filing_day=filing_day, moves=moves):
                            rule = deadlines.period_of(noon, filing_day, SHANGHAI, moves=moves)
                            self.assertEqual(month, rule)
                self.assertEqual(sorted(d for days in found.values() for d in days), list(range(1, 32)))

    def test_months(self):
        self.assertEqual(deadlines.previous_month(day("2026-01-01")), day("2025-12-01"))
        self.assertEqual(deadlines.add_months(day("2026-11-30"), 3), day("2027-02-28"))
        self.assertEqual(deadlines.add_months(day("2026-11-15"), 1), day("2026-12-15"))
