"""Dates and lights. Pure: no query, no clock; ``today`` is always an argument.

A past day may be given as ``today``: what was recorded after it is left out by ``replay``. Working days are counted
by ``cases.workdays``, whose names are usable from here. Source: design §2, §5.
"""

import itertools
from calendar import monthrange
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime, time, timedelta, tzinfo
from enum import StrEnum

from cases.states import OPEN_STATES, Light, MeasureState
from cases.workdays import add_workdays as add_workdays
from cases.workdays import check_holidays as check_holidays
from cases.workdays import count_workdays as count_workdays
from cases.workdays import is_workday as is_workday
from cases.workdays import knows_holidays_of as knows_holidays_of
from cases.workdays import next_workday as next_workday
from cases.workdays import unknown_years as unknown_years

CLAIM_YELLOW_WORKDAYS = 1
VERIFY_YELLOW_WORKDAYS = 3
LADDER = (-15, -7, -3, 0, 1, 7, 15, 30)  # days from the due date, as in design §5


@dataclass(frozen=True)
class CheckpointDates:
    due_on: date
    original_due_on: date
    met_on: date | None = None
    reported_on: date | None = None  # the unit says it is reached; the office has yet to confirm it


# One rule per question ----------------------------------------------------------------------------------


def is_born_overdue(checkpoint: CheckpointDates, issued_on: date | None) -> bool:
    """Dated before the plan was issued: shown as 印发时已过期 and not blamed on anybody."""
    return issued_on is not None and checkpoint.original_due_on < issued_on


def _blamed(checkpoints, issued_on):
    """The checkpoints still to be met, born-overdue ones apart."""
    return [c for c in checkpoints if c.met_on is None and not is_born_overdue(c, issued_on)]


def next_due(checkpoints: Iterable[CheckpointDates], *, issued_on: date | None) -> date | None:
    """The earliest date that is still to be met, born-overdue ones apart."""
    return min((c.due_on for c in _blamed(checkpoints, issued_on)), default=None)


def next_original_due(checkpoints: Iterable[CheckpointDates], *, issued_on: date | None) -> date | None:
    """The earliest original date that is still to be met, born-overdue ones apart: extensions change nothing."""
    return min((c.original_due_on for c in _blamed(checkpoints, issued_on)), default=None)


def light(state: str, next_due_on: date | None, *, today: date, yellow_workdays: int) -> Light:
    """Red: past due. Yellow: due within ``yellow_workdays`` working days. None: closed, or nothing dated is open."""
    if state not in OPEN_STATES or next_due_on is None:
        return Light.NONE
    return _light(next_due_on, today, yellow_workdays)


def _light(due_on, today, yellow_workdays):
    if due_on < today:
        return Light.RED
    return Light.YELLOW if due_on <= add_workdays(today, yellow_workdays) else Light.GREEN


def is_on_schedule(checkpoints: Iterable[CheckpointDates], *, today: date, issued_on: date | None) -> bool:
    """Every checkpoint due by ``today`` is met (born-overdue ones apart)."""
    return all(c.due_on > today for c in _blamed(checkpoints, issued_on))


def is_completed(checkpoints: Iterable[CheckpointDates]) -> bool:
    """There are dated checkpoints, and the office has confirmed each as met."""
    dates = list(checkpoints)
    return bool(dates) and all(c.met_on is not None for c in dates)


# A measure on a day -------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Standing:
    """Where a measure stands on a day. Days are calendar days unless named otherwise, negative when past.

    ``next_due_on`` and what follows from it are None when nothing is due: closed, withdrawn, or no date left to meet.
    """

    light: Light
    next_due_on: date | None
    days_left: int | None
    workdays_left: int | None
    days_late: int  # since the earliest current date not met; 0 when none is past
    days_late_on_original: int
    is_on_schedule: bool
    is_completed: bool
    is_born_overdue: bool
    is_undated: bool
    awaits_confirmation: bool  # something is reported that the office has not confirmed

    @property
    def is_overdue(self):
        return self.days_late > 0

    @property
    def is_overdue_on_original(self):
        return self.days_late_on_original > 0


def standing(
    state: str,
    checkpoints: Iterable[CheckpointDates],
    *,
    today: date,
    issued_on: date | None,
    yellow_workdays: int,
) -> Standing:
    """Where a measure stands. Without dates (长期坚持 alone) it is never late; closed or withdrawn nothing is due."""
    dates = list(checkpoints)
    is_open = state in OPEN_STATES
    due = next_due(dates, issued_on=issued_on) if is_open else None
    original = next_original_due(dates, issued_on=issued_on) if is_open else None
    return Standing(
        light=light(state, due, today=today, yellow_workdays=yellow_workdays),
        next_due_on=due,
        days_left=(due - today).days if due else None,
        workdays_left=count_workdays(today, due) if due else None,
        days_late=days_late(due, today=today),
        days_late_on_original=days_late(original, today=today),
        is_on_schedule=is_on_schedule(dates, today=today, issued_on=issued_on),
        is_completed=is_completed(dates),
        is_born_overdue=any(is_born_overdue(c, issued_on) for c in dates),
        is_undated=not dates,
        awaits_confirmation=is_open and any(c.reported_on and not c.met_on for c in dates),
    )


def days_late(due_on: date | None, *, today: date) -> int:
    """Calendar days past ``due_on``: 0 until the end of that day, and without a date."""
    return max((today - due_on).days, 0) if due_on else 0


class EventKind(StrEnum):
    REPORTED = "REPORTED"  # the unit says that a checkpoint is reached
    MET = "MET"  # the office confirms it
    EXTENDED = "EXTENDED"  # ``new_due_on`` is granted; the original date stays
    SUPERSEDED = "SUPERSEDED"  # the plan was amended: ``new_due_on`` in its place, or nothing
    CLOSED = "CLOSED"
    WITHDRAWN = "WITHDRAWN"
    REOPENED = "REOPENED"  # a relapse opens the next round
    FOLLOWED_UP = "FOLLOWED_UP"  # ``due_on`` is one of ``follow_up_dates``


@dataclass(frozen=True)
class Event:
    """What happened on a day. ``due_on`` names a checkpoint by its original date (unique within a measure)."""

    kind: EventKind
    on: date
    due_on: date | None = None
    new_due_on: date | None = None


@dataclass(frozen=True)
class History:
    """What a measure's events had made of its dates by some day."""

    state: MeasureState
    checkpoints: tuple[CheckpointDates, ...]
    closed_on: date | None
    followed_up: dict[date, date]  # {due: done}, as ``follow_ups`` takes it


def replay(dates: Iterable[date], events: Iterable[Event], *, today: date) -> History:
    """What was so at the end of ``today``; what came later is left out.

    ``dates`` are those of the plan as issued. Events of one day keep their order. An event of a date that does not
    stand (any more) changes nothing.
    """
    rows = {day: CheckpointDates(day, day) for day in dates}
    past = sorted((event for event in events if event.on <= today), key=lambda event: event.on)
    state, closed_on = MeasureState.RECTIFYING, None
    for event in past:
        match event.kind:
            case EventKind.CLOSED:
                state, closed_on = MeasureState.CLOSED, event.on
            case EventKind.WITHDRAWN:
                state = MeasureState.WITHDRAWN
            case EventKind.REOPENED:
                state, closed_on = MeasureState.RECTIFYING, None
            case EventKind.SUPERSEDED:
                rows.pop(event.due_on, None)
                if event.new_due_on:
                    rows.setdefault(event.new_due_on, CheckpointDates(event.new_due_on, event.new_due_on))
            case _ if event.due_on in rows:
                rows[event.due_on] = _after(rows[event.due_on], event)
    looks = {event.due_on: event.on for event in past if event.kind == EventKind.FOLLOWED_UP}
    return History(state, tuple(rows[day] for day in sorted(rows)), closed_on, looks)


def _after(checkpoint, event):
    if checkpoint.met_on is not None:
        return checkpoint  # what is confirmed stays
    match event.kind:
        case EventKind.REPORTED:
            return replace(checkpoint, reported_on=checkpoint.reported_on or event.on)
        case EventKind.MET:  # the day that counts is the day on which it was reported
            return replace(checkpoint, met_on=checkpoint.reported_on or event.on)
        case EventKind.EXTENDED:
            return replace(checkpoint, due_on=event.new_due_on)
    return checkpoint


def standing_on(
    dates: Iterable[date],
    events: Iterable[Event],
    *,
    today: date,
    issued_on: date | None,
    yellow_workdays: int,
) -> Standing:
    """(dates, events, today) → where the measure stood on that day."""
    history = replay(dates, events, today=today)
    return standing(
        history.state, history.checkpoints, today=today, issued_on=issued_on, yellow_workdays=yellow_workdays
    )


# Clocks, follow-up, late entries, ladder ----------------------------------------------------------------


@dataclass(frozen=True)
class Clock:
    """A time limit in working days. It stops when the thing is done: what is left is measured there.

    ``days_left`` in calendar days, ``workdays_left`` in working days; both negative when past. No light once done.
    """

    due_on: date
    done_on: date | None
    days_left: int
    workdays_left: int
    light: Light

    @property
    def is_late(self):
        return self.days_left < 0


def _clock(due_on, today, done_on, yellow_workdays):
    if done_on is not None and done_on > today:
        done_on = None  # asked for a day before it was done
    end = done_on or today
    return Clock(
        due_on=due_on,
        done_on=done_on,
        days_left=(due_on - end).days,
        workdays_left=count_workdays(end, due_on),
        light=Light.NONE if done_on else _light(due_on, today, yellow_workdays),
    )


def claim_clock(due_on: date | None, *, today: date, claimed_on: date | None = None) -> Clock | None:
    """The clock of a claim that is due on ``due_on`` (认领); None without a date. Yellow on the last working day."""
    return None if due_on is None else _clock(due_on, today, claimed_on, CLAIM_YELLOW_WORKDAYS)


def verification_clock(
    submitted_on: date, *, workdays: int, today: date, verified_on: date | None = None
) -> Clock:
    """The office's clock: ``workdays`` after the day on which the last head signed, that day not counted."""
    return _clock(add_workdays(submitted_on, workdays), today, verified_on, VERIFY_YELLOW_WORKDAYS)


@dataclass(frozen=True)
class FollowUp:
    due_on: date
    done_on: date | None

    @property
    def is_missed(self):
        return self.done_on is None

    @property
    def is_late(self):
        return self.done_on is not None and self.done_on > self.due_on


@dataclass(frozen=True)
class FollowUps:
    """Follow-ups that were due before today or are done, oldest first, and the next one (None: the plan has ended).

    ``to_record_on``: the date that a record made today most likely settles, the last one missed or the next one,
    whichever is nearer.
    """

    past: tuple[FollowUp, ...]
    next_due_on: date | None
    to_record_on: date | None


def follow_up_dates(closed_on: date, *, months: int, until: date, ends_on: date | None = None) -> list[date]:
    """Every ``months`` (1 or more) after ``closed_on``, up to ``until`` and while the plan lasts."""
    return list(itertools.takewhile(lambda due: due <= until, _cadence(closed_on, months, ends_on)))


def _cadence(closed_on, months, ends_on):
    if months < 1:
        raise ValueError(f"A cadence of {months} months never comes to an end.")
    for number in itertools.count(1):
        due = add_months(closed_on, number * months)
        if ends_on is not None and due > ends_on:
            return
        yield due


def follow_ups(
    closed_on: date,
    *,
    months: int,
    today: date,
    done: Mapping[date, date] | None = None,
    ends_on: date | None = None,
) -> FollowUps:
    """Which follow-ups were done, late or missed by ``today``, and which comes next.

    ``done``: {date on which it was due: day on which it was done}. A missing one that is past is missed.
    """
    done = {due: day for due, day in (done or {}).items() if day <= today}
    past, coming = [], None
    for due in _cadence(closed_on, months, ends_on):
        if due >= today and due not in done:
            coming = due
            break
        past.append(FollowUp(due, done.get(due)))
    open_dates = [row.due_on for row in past[-1:] if row.is_missed] + [coming] * (coming is not None)
    return FollowUps(tuple(past), coming, min(open_dates, key=lambda due: abs(due - today), default=None))


def is_late_entry(happened_on: date, recorded_at: datetime, zone: tzinfo) -> bool:
    """Recorded after the day on which it happened, in county time (补录)."""
    return happened_on < recorded_at.astimezone(zone).date()


@dataclass(frozen=True)
class Rung:
    """A step of the ladder whose day has come. ``days`` is its signed distance from the due date."""

    days: int
    on: date
    is_latest: bool


def rungs_due(
    due_on: date, ladder: Iterable[int] = LADDER, *, today: date, met: bool, in_workdays: bool = False
) -> tuple[Rung, ...]:
    """The rungs whose day has come by ``today``, first to last: all of them, however far the clock jumped.

    ``ladder``: signed days from ``due_on``, calendar days or working days. Nothing once the checkpoint is met.
    """
    if met:
        return ()
    days = [(step, _moved(due_on, step, in_workdays)) for step in sorted(set(ladder))]
    passed = [(step, day) for step, day in days if day <= today]
    return tuple(Rung(step, day, (step, day) == passed[-1]) for step, day in passed)


def _moved(day, step, in_workdays):
    return add_workdays(day, step) if in_workdays else day + timedelta(days=step)


# Reporting months ---------------------------------------------------------------------------------------


def due_moment(year: int, month: int, day: int, zone, *, moves: bool = False) -> datetime:
    """The end of the due day of a month: its last day when the month is shorter.

    ``moves``: a due day on which nobody works moves to the next working day, which may lie in the month after.
    """
    due_on = _in_month(year, month, day)
    return datetime.combine(next_workday(due_on) if moves else due_on, time.max, tzinfo=zone)


def _in_month(year, month, day):
    return date(year, month, min(day, monthrange(year, month)[1]))


def period_of(moment: datetime, day: int, zone, *, moves: bool = False) -> date:
    """First day of the reporting month that a record made at ``moment`` belongs to.

    Month M covers what was recorded after the due moment of M-1 up to its own.
    """
    local = moment.astimezone(zone)
    this = local.date().replace(day=1)
    # A due day that moves may leave its month, so the month before may still be running.
    months = (add_months(this, count) for count in (-1, 0, 1))
    return next(m for m in months if local <= due_moment(m.year, m.month, day, zone, moves=moves))


def periods_on(today: date, zone, *, moves: bool = False) -> dict[date, list[int]]:
    """{first day of a reporting month: filing days by which ``today`` belongs to it}, of the days 1 to 31."""
    noon = datetime.combine(today, time(12), tzinfo=zone)
    found: dict[date, list[int]] = {}
    for day in range(1, 32):
        found.setdefault(period_of(noon, day, zone, moves=moves), []).append(day)
    return found


def previous_month(first: date) -> date:
    return (first - timedelta(days=1)).replace(day=1)


def add_months(day: date, count: int) -> date:
    """The same day ``count`` months later, or that month's last day."""
    month = day.month - 1 + count
    return _in_month(day.year + month // 12, month % 12 + 1, day.day)
