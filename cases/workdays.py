"""Working days as the State Council's yearly notices set them (放假调休), and counting in them.

The years in ``data/holidays.json`` are shipped; ``manage.py update_holidays`` installs later notices as
``holidays.json`` in the data directory, where a year replaces the shipped one. A year without notice counts weekdays.
The count follows the Civil Code, art. 201 and 203: the day of the event is not counted, a period runs to the end of
its last day, and a last day off moves to the next working day (``next_workday``, where an office wants that).
"""

import json
import logging
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta
from functools import cache, lru_cache
from pathlib import Path

from django.conf import settings
from django.core.checks import Error, Warning

from permissions import clock

SHIPPED = Path(__file__).parent / "data" / "holidays.json"
SATURDAY = 5
logger = logging.getLogger(__name__)


class BadHolidays(ValueError):
    """A file of holidays that cannot be used; the text is a sentence that says why."""


@dataclass(frozen=True)
class Calendar:
    """What the notices say of some years: weekdays that are free, and weekend days that are worked."""

    years: frozenset[int]
    days_off: frozenset[date]
    working_weekend_days: frozenset[date]

    def is_workday(self, day: date) -> bool:
        return day in self.working_weekend_days or (day.weekday() < SATURDAY and day not in self.days_off)

    def updated_by(self, newer: "Calendar") -> "Calendar":
        """With the years of ``newer`` in the place of ours."""
        kept = self.years - newer.years
        return Calendar(
            years=kept | newer.years,
            days_off=newer.days_off | {day for day in self.days_off if day.year in kept},
            working_weekend_days=newer.working_weekend_days
            | {day for day in self.working_weekend_days if day.year in kept},
        )

    def as_json(self) -> bytes:
        """The form of the file, readable line by line."""
        content = {
            "years": sorted(self.years),
            "days_off": sorted(day.isoformat() for day in self.days_off),
            "working_weekend_days": sorted(day.isoformat() for day in self.working_weekend_days),
        }
        return (json.dumps(content, indent=1) + "\n").encode()


# The file ----------------------------------------------------------------------------------------------


def parse(data: bytes) -> Calendar:
    """The calendar that a file's bytes describe.

    Shape: {"years": [2027], "days_off": ["2027-01-01", …], "working_weekend_days": […]}; further keys are free.
    Errors: ``BadHolidays`` when the text is unreadable or contradicts itself.
    """
    try:
        content = json.loads(data.decode("utf-8-sig"))
    except (ValueError, RecursionError) as error:
        raise BadHolidays("It is not a JSON text in UTF-8.") from error
    if not isinstance(content, dict):
        raise BadHolidays('It must be an object with "years", "days_off" and "working_weekend_days".')
    years = _list_of(content, "years")
    if not years or any(type(year) is not int for year in years):
        raise BadHolidays('"years" must name at least one year, as a number.')
    off, on = _days_of(content, "days_off"), _days_of(content, "working_weekend_days")
    # A day off that falls on a weekend needs no mention; it may have one, as in the notice.
    weekdays_off = frozenset(day for day in off if day.weekday() < SATURDAY)
    _refuse_contradictions(frozenset(years), off, on, weekdays_off)
    return Calendar(frozenset(years), weekdays_off, on)


def _list_of(content, name):
    if not isinstance(content.get(name), list):
        raise BadHolidays(f'The list "{name}" is missing.')
    return content[name]


def _days_of(content, name):
    days = set()
    for text in _list_of(content, name):
        try:
            days.add(date.fromisoformat(text))
        except (TypeError, ValueError) as error:
            raise BadHolidays(f'"{name}": {text!r} is not a day like 2027-10-01.') from error
    return frozenset(days)


def _refuse_contradictions(years, off, on, weekdays_off):
    for day in sorted(off | on):
        if day.year not in years:
            raise BadHolidays(f"{day} is in none of the years named; name {day.year} too, with all its days.")
    if both := off & on:
        raise BadHolidays(f"{min(both)} is both a day off and a working day.")
    if weekdays := [day for day in on if day.weekday() < SATURDAY]:
        raise BadHolidays(f"{min(weekdays)} is no weekend day, so it needs no mention as a working day.")
    if empty := years - {day.year for day in weekdays_off}:
        raise BadHolidays(f"{min(empty)} has no weekday off at all.")


def installed_path() -> Path:
    return Path(settings.DATA_DIR) / "holidays.json"


def read(path: Path) -> Calendar:
    """Errors: ``BadHolidays``; ``FileNotFoundError`` when there is no such file."""
    try:
        return parse(path.read_bytes())
    except FileNotFoundError:
        raise
    except OSError as error:
        raise BadHolidays(f"It cannot be read: {error.strerror}.") from error


def shipped_or_installed() -> Calendar:
    """The calendar in force. An installed file is read again when it changes, so no process needs a restart."""
    path = installed_path()
    try:
        stat = path.stat()
    except OSError:
        return _shipped()
    return _with_installed(path, stat.st_mtime_ns, stat.st_size, stat.st_ino)


@cache
def _shipped():
    return parse(SHIPPED.read_bytes())


@lru_cache(maxsize=2)
def _with_installed(path, *stamp):
    try:
        return _shipped().updated_by(read(path))
    except (BadHolidays, FileNotFoundError) as error:
        logger.error("%s is not used, the shipped holidays are: %s", path, error)
        return _shipped()


def check_holidays(app_configs, **kwargs):
    """Say that an installed file is bad, and in time that the coming year's working days would be guessed."""
    found = []
    path = installed_path()
    try:
        read(path)
    except FileNotFoundError:
        pass  # the usual case: the shipped years suffice
    except BadHolidays as error:
        hint = "Install a correct file with manage.py update_holidays FILE, or remove this one."
        found.append(Error(f"{path} is not used. {error}", hint=hint, id="cases.E002"))
    year = (clock.today() + timedelta(days=60)).year
    if not knows_holidays_of(year):
        text = f"The public holidays of {year} are not known; working days are counted as weekdays."
        hint = "Write down the State Council's notice and install it with manage.py update_holidays FILE."
        found.append(Warning(text, hint=hint, id="cases.W001"))
    return found


# Counting ----------------------------------------------------------------------------------------------


def knows_holidays_of(year: int) -> bool:
    return year in shipped_or_installed().years


def unknown_years(days: Iterable[date | None]) -> list[int]:
    """The years among ``days`` whose notice is not known: their working days are guessed from weekdays."""
    return sorted({day.year for day in days if day} - shipped_or_installed().years)


def is_workday(day: date) -> bool:
    return shipped_or_installed().is_workday(day)


def next_workday(day: date) -> date:
    """The day itself, or the first working day after it when it is a day off."""
    return day if is_workday(day) else add_workdays(day, 1)


def add_workdays(day: date, count: int) -> date:
    """The ``count``-th working day after ``day`` (before it when negative); 0 gives ``day`` itself."""
    calendar, step = shipped_or_installed(), timedelta(days=1 if count > 0 else -1)
    left = abs(count)
    while left > 0:
        day += step
        left -= calendar.is_workday(day)
    return day


def count_workdays(start: date, end: date) -> int:
    """Working days after ``start`` up to and including ``end``; negative when ``end`` is the earlier one."""
    if end < start:
        return -count_workdays(end, start)
    calendar = shipped_or_installed()
    return (
        _weekdays_until(end)
        - _weekdays_until(start)
        - sum(start < day <= end for day in calendar.days_off)
        + sum(start < day <= end for day in calendar.working_weekend_days)
    )


def _weekdays_until(day):
    weeks, rest = divmod(day.toordinal(), 7)  # day 1 of the calendar was a Monday
    return 5 * weeks + min(rest, 5)
