"""The one clock. Only tests, the demo and the simulation may set it; what they write is marked so."""

from contextlib import contextmanager
from contextvars import ContextVar
from datetime import date, datetime
from zoneinfo import ZoneInfo

from django.utils import timezone

COUNTY_ZONE = ZoneInfo("Asia/Shanghai")
_set_to: ContextVar[datetime | None] = ContextVar("clock_set_to", default=None)


def now() -> datetime:
    """The moment, aware, in UTC."""
    return _set_to.get() or timezone.now()


def today() -> date:
    """The county's date."""
    return now().astimezone(COUNTY_ZONE).date()


def is_simulated() -> bool:
    return _set_to.get() is not None


@contextmanager
def at(moment: datetime):
    """Set the clock for the block. A naive moment is county time."""
    if moment.tzinfo is None:
        moment = moment.replace(tzinfo=COUNTY_ZONE)
    token = _set_to.set(moment)
    try:
        yield
    finally:
        _set_to.reset(token)


def local(moment: datetime | str) -> datetime:
    """The moment in county time; also from the ISO text of a log entry."""
    if isinstance(moment, str):
        moment = datetime.fromisoformat(moment)
    return moment.astimezone(COUNTY_ZONE)
