"""Dates and lights. Pure: no query, no clock; ``today`` is always an argument.

Working days count as the State Council's yearly notice says (``data/holidays.json``); a year without
notice counts weekdays. Source: design §2.
"""

import json
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from functools import cache
from pathlib import Path

from django.core.checks import Warning

from cases.states import OPEN_STATES, Light

HOLIDAYS = Path(__file__).parent / "data" / "holidays.json"


@dataclass(frozen=True)
class CheckpointDates:
    due_on: date
    original_due_on: date
    met_on: date | None = None


@cache
def _holidays():
    """({days off on weekdays}, {working days on weekends}, {years known})"""
    data = json.loads(HOLIDAYS.read_text(encoding="utf-8"))
    off = {date.fromisoformat(day) for day in data["days_off"]}
    on = {date.fromisoformat(day) for day in data["working_weekend_days"]}
    return off, on, set(data["years"])


def knows_holidays_of(year: int) -> bool:
    return year in _holidays()[2]


def check_holidays(app_configs, **kwargs):
    """Say in time that the coming year's working days would be guessed from weekdays."""
    year = (date.today() + timedelta(days=60)).year
    if knows_holidays_of(year):
        return []
    return [
        Warning(
            f"The public holidays of {year} are not known; working days are counted as weekdays.",
            hint="Add the State Council's notice to cases/data/holidays.json.",
            id="cases.W001",
        )
    ]


def is_workday(day: date) -> bool:
    off, on, _years = _holidays()
    return day in on or (day.weekday() < 5 and day not in off)


def add_workdays(day: date, count: int) -> date:
    """The ``count``-th working day after ``day``; 0 gives ``day`` itself."""
    while count > 0:
        day += timedelta(days=1)
        count -= is_workday(day)
    return day


def is_born_overdue(checkpoint: CheckpointDates, issued_on: date | None) -> bool:
    """Dated before the plan was issued: shown as 印发时已过期 and not blamed on anybody."""
    return issued_on is not None and checkpoint.original_due_on < issued_on


def next_due(checkpoints: Iterable[CheckpointDates], *, issued_on: date | None) -> date | None:
    """The earliest date that is still to be met, born-overdue ones apart."""
    open_dates = [c.due_on for c in checkpoints if c.met_on is None and not is_born_overdue(c, issued_on)]
    return min(open_dates, default=None)


def light(state: str, next_due_on: date | None, *, today: date, yellow_workdays: int) -> Light:
    """Red: past due. Yellow: due within ``yellow_workdays`` working days. None: closed, or nothing dated is open."""
    if state not in OPEN_STATES or next_due_on is None:
        return Light.NONE
    if next_due_on < today:
        return Light.RED
    return Light.YELLOW if next_due_on <= add_workdays(today, yellow_workdays) else Light.GREEN


def is_on_schedule(checkpoints: Iterable[CheckpointDates], *, today: date, issued_on: date | None) -> bool:
    """Every checkpoint due by ``today`` is met (born-overdue ones apart)."""
    return all(c.met_on is not None or c.due_on > today or is_born_overdue(c, issued_on) for c in checkpoints)


def is_completed(checkpoints: Iterable[CheckpointDates]) -> bool:
    """There are dated checkpoints, and the office has confirmed each as met."""
    dates = list(checkpoints)
    return bool(dates) and all(c.met_on is not None for c in dates)


def due_moment(year: int, month: int, day: int, zone) -> datetime:
    """The end of the due day of a month: its last day when the month is shorter."""
    last = (date(year + month // 12, month % 12 + 1, 1) - timedelta(days=1)).day
    return datetime.combine(date(year, month, min(day, last)), time.max, tzinfo=zone)


def period_of(moment: datetime, day: int, zone) -> date:
    """First day of the reporting month that a record made at ``moment`` belongs to.

    Month M covers what was recorded after the due moment of M-1 up to its own.
    """
    local = moment.astimezone(zone)
    first = local.date().replace(day=1)
    if local <= due_moment(local.year, local.month, day, zone):
        return first
    return (first + timedelta(days=32)).replace(day=1)


def previous_month(first: date) -> date:
    return (first - timedelta(days=1)).replace(day=1)


def add_months(day: date, count: int) -> date:
    """The same day ``count`` months later, or that month's last day."""
    month = day.month - 1 + count
    year, month = day.year + month // 12, month % 12 + 1
    last = (date(year + month // 12, month % 12 + 1, 1) - timedelta(days=1)).day
    return date(year, month, min(day.day, last))
