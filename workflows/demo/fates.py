"""What becomes of each measure: on which day which step is taken. Pure dates; ``story`` takes the steps.

Days near today are counted back from it in working days, so that the same steps wait on every day of the year.
"""

from dataclasses import dataclass, field
from datetime import date, timedelta

from cases import deadlines


@dataclass(frozen=True)
class Fate:
    """Days of the steps; None for what has not happened. ``checkpoints``: [(due, reported, confirmed)]."""

    claim: date | None = None
    request: date | None = None
    submit: date | None = None
    returned: date | None = None
    verify: date | None = None
    close: date | None = None
    checkpoints: list = field(default_factory=list)


UNCLAIMED = {"（一）（4）一是", "（八）（3）"}
CLAIMED_LATE = {
    "（二）（2）二是": 6,
    "（三）（3）": 9,
    "（五）（5）": 7,
    "（八）（1）": 8,
}  # working days after issue
RETURNED = "（四）（2）"
SENT_BACK = "（七）（2）"  # by the unit's own head; asked for again on the next day
JOINT = "（一）（3）"  # one lead has signed, the other's request waits for its head
# Closed out around the end of a slot's month, so many working days later.
CLOSED = {
    "（一）（1）": ("P3", 0), "（二）（1）": ("P2", 0), "（二）（2）一是": ("P3", 1), "（三）（5）": ("P2", 1),
    "（四）（3）": ("P3", 6), "（五）（1）": ("issue", 18), "（六）（3）": ("P2", -2), "（九）（2）": ("P2", 2),
}  # fmt: skip
# Working days before today: (request, approval by the head, verification)
WAITING = {
    "（一）（4）二是": (14, 13, 4), "（六）（4）": (10, 9, 2),
    "（三）（1）": (6, 4, None), "（五）（2）": (5, 3, None), "（七）（2）": (8, 6, None),
}  # fmt: skip
# Checkpoints that the office has confirmed: slot → (reported, confirmed), in working days from the slot's date
MET = {
    "（一）（2）": ("P1", -4, -1), "（一）（4）二是": ("P2", -3, -1), "（一）（5）": ("P1", -5, -2),
    "（三）（1）": ("P2", -4, -1), "（三）（2）": ("P1", -6, -3), "（四）（1）": ("P2", -5, -1),
    "（五）（4）": ("P2", -3, -1), "（六）（1）": ("P3", -3, -1), "（七）（1）": ("P3", 4, 6),
}  # fmt: skip
BORN = {"（三）（1）", "（九）（2）"}  # have a date before the issue and another later


def workday(day, count):
    """The ``count``-th working day after (before, when negative) a day; 0 gives the day itself or the last before."""
    if count > 0:
        return deadlines.add_workdays(day, count)
    while not deadlines.is_workday(day):
        day -= timedelta(days=1)
    for _ in range(-count):
        day -= timedelta(days=1)
        while not deadlines.is_workday(day):
            day -= timedelta(days=1)
    return day


def fate_of(number, dates):
    """The days of one measure's steps, all before ``dates.today``."""
    yesterday = workday(dates.today - timedelta(days=1), 0)
    days = _days(number, dates, yesterday)
    return Fate(
        claim=_claim(number, dates),
        checkpoints=_checkpoints(number, dates, yesterday),
        **{step: min(day, yesterday) for step, day in days.items()},
    )


def _claim(number, dates):
    if number in UNCLAIMED:
        return None
    return workday(dates.issued_on, CLAIMED_LATE.get(number, 1 + sum(map(ord, number)) % 3))


def _days(number, dates, yesterday):
    if number in CLOSED:
        slot, later = CLOSED[number]
        day = workday(dates.issued_on if slot == "issue" else dates.slot(slot), later)
        return {
            "request": workday(day, -6),
            "submit": workday(day, -5),
            "verify": workday(day, 1),
            "close": workday(day, 4),
        }
    if number in WAITING:
        steps = zip(("request", "submit", "verify"), WAITING[number], strict=True)
        return {step: workday(yesterday, 1 - count) for step, count in steps if count}
    if number == RETURNED:
        day = min(dates.slot("P1"), workday(yesterday, -12))
        return {"request": workday(day, -6), "submit": workday(day, -5), "returned": workday(day, 3)}
    if number == JOINT:
        return {"request": workday(yesterday, -3)}
    return {}


def _checkpoints(number, dates, yesterday):
    found = []
    if number in BORN:
        found.append((dates.slot("B"), workday(dates.issued_on, 8), workday(dates.issued_on, 11)))
    if number in MET:
        slot, reported, confirmed = MET[number]
        day = dates.slot(slot)
        found.append((day, min(workday(day, reported), yesterday), min(workday(day, confirmed), yesterday)))
    return found
