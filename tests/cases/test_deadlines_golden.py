"""The rules about dates as rows that somebody wrote by hand: ``deadlines.tsv``, one kind of row per function."""

import re
from collections import Counter
from datetime import date, datetime
from pathlib import Path

from django.test import SimpleTestCase

from cases import deadlines
from cases.deadlines import Event, EventKind
from permissions.clock import COUNTY_ZONE

TABLE = Path(__file__).with_name("deadlines.tsv")
EVENT = re.compile(r"(?P<kind>\w+) (?P<on>\S+)(?: of (?P<due_on>\S+))?(?: to (?P<new_due_on>\S+))?")
FLAGS = {
    "schedule": "is_on_schedule",
    "completed": "is_completed",
    "born": "is_born_overdue",
    "undated": "is_undated",
    "awaiting": "awaits_confirmation",
}


def rows(wanted=None):
    """(line number, kind, columns) of every row, or of those of one kind."""
    for number, line in enumerate(TABLE.read_text(encoding="utf-8").splitlines(), 1):
        if line and line[0] not in "#@":
            kind, *columns = line.split("\t")
            if wanted in (None, kind):
                yield number, kind, columns


def day(text):
    return None if text == "-" else date.fromisoformat(text)


def days(text):
    return [] if text == "-" else [day(part) for part in text.split(",")]


def month(text):
    return date.fromisoformat(f"{text}-01")


def moment(text):
    """County time, or UTC with a Z at the end."""
    found = datetime.fromisoformat(text)
    return found if found.tzinfo else found.replace(tzinfo=COUNTY_ZONE)


def events(text):
    if text == "-":
        return []
    found = [EVENT.fullmatch(part).groupdict() for part in text.split("; ")]
    return [
        Event(
            EventKind[row.pop("kind").upper()], **{name: value and day(value) for name, value in row.items()}
        )
        for row in found
    ]


def shown(value):
    """As the table writes it."""
    if value is None or value == []:
        return "-"
    if isinstance(value, bool):
        return "yes" if value else "no"
    return "; ".join(value) if isinstance(value, list) else str(value)


def due_moment(first, filing_day):
    found = deadlines.due_moment(month(first).year, month(first).month, int(filing_day), COUNTY_ZONE)
    return (str(found.astimezone(COUNTY_ZONE).replace(tzinfo=None)),)


def period(text, filing_day):
    return (f"{deadlines.period_of(moment(text), int(filing_day), COUNTY_ZONE):%Y-%m}",)


def standing_of(issued, dates, happened, today):
    return deadlines.standing_on(
        days(dates), events(happened), today=day(today), issued_on=day(issued), yellow_workdays=5
    )


def standing(*given):
    found = standing_of(*given)
    flags = ",".join(name for name, attribute in FLAGS.items() if getattr(found, attribute))
    left = (found.next_due_on, found.days_left, found.workdays_left)
    return found.light, *left, found.days_late, found.days_late_on_original, flags or "-"


def claim(due, claimed, today):
    clock = deadlines.claim_clock(day(due), today=day(today), claimed_on=day(claimed))
    return (clock.days_left, clock.workdays_left, clock.light, clock.is_late) if clock else (None,) * 4


def verification(submitted, workdays, verified, today):
    clock = deadlines.verification_clock(
        day(submitted), workdays=int(workdays), today=day(today), verified_on=day(verified)
    )
    return clock.due_on, clock.days_left, clock.workdays_left, clock.light


def follow_ups(closed, months, ends, records, today):
    pairs = [] if records == "-" else [record.split(" on ") for record in records.split("; ")]
    found = deadlines.follow_ups(
        day(closed),
        months=int(months),
        today=day(today),
        done={day(due): day(done) for due, done in pairs},
        ends_on=day(ends),
    )
    past = [
        f"{row.due_on} missed"
        if row.is_missed
        else f"{row.due_on} {'late' if row.is_late else 'done'} {row.done_on}"
        for row in found.past
    ]
    return past, found.next_due_on, found.to_record_on


def rungs(due, unit, met, today):
    found = deadlines.rungs_due(day(due), today=day(today), met=met == "yes", in_workdays=unit == "workdays")
    return ([f"{rung.days} {rung.on}{'*' if rung.is_latest else ''}" for rung in found],)


# Kind → (how many columns are given, what the code makes of them). The other columns are expected.
KINDS = {
    "workday": (1, lambda text: (deadlines.is_workday(day(text)),)),
    "add": (2, lambda text, count: (deadlines.add_workdays(day(text), int(count)),)),
    "count": (2, lambda start, end: (deadlines.count_workdays(day(start), day(end)),)),
    "next": (1, lambda text: (deadlines.next_workday(day(text)),)),
    "due_moment": (2, due_moment),
    "period": (2, period),
    "add_months": (2, lambda text, count: (deadlines.add_months(day(text), int(count)),)),
    "standing": (4, standing),
    "claim": (3, claim),
    "verification": (4, verification),
    "follow_ups": (5, follow_ups),
    "rungs": (4, rungs),
    "late_entry": (2, lambda text, at: (deadlines.is_late_entry(day(text), moment(at), COUNTY_ZONE),)),
}


class GoldenTests(SimpleTestCase):
    maxDiff = None

    def test_every_row(self):
        for number, kind, columns in rows():
            given, function = KINDS[kind]
            with self.subTest(line=number, kind=kind):
                found = [shown(value) for value in function(*columns[:given])]
                self.assertEqual(found, columns[given:], columns[:given])

    def test_overdue_is_late_by_a_day_or_more(self):
        for number, _kind, (issued, dates, happened, today, *expected) in rows("standing"):
            with self.subTest(line=number):
                found = standing_of(issued, dates, happened, today)
                late = [column != "0" for column in expected[4:6]]
                self.assertEqual([found.is_overdue, found.is_overdue_on_original], late)

    def test_the_table_covers_every_kind_and_says_no_row_twice(self):
        found = [(kind, *columns[: KINDS[kind][0]]) for _number, kind, columns in rows()]
        self.assertEqual({row[0] for row in found}, set(KINDS))
        self.assertEqual([row for row, count in Counter(found).items() if count > 1], [])
        self.assertGreaterEqual(len(found), 150)
