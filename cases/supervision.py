"""The ladder of supervision (督办), pure: which steps are due for a cause. No query, no clock.

A cause is a date that is missed or will be: a checkpoint, a claim, a verification, a follow-up, a filing.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

from cases import deadlines
from cases.models.supervision import CauseKind, InstrumentKind
from cases.rules import Rules, Step
from permissions.models import Role

# Clocks of a few days need no warning a fortnight ahead: the first rung, in calendar days from the date.
FIRST_RUNG = {CauseKind.CLAIM: 0, CauseKind.VERIFICATION: 0, CauseKind.FOLLOW_UP: -7}


@dataclass(frozen=True)
class Cause:
    """One unit's date. ``row`` is the checkpoint's, measure's or filing's id; another date makes another cause.

    ``paused``: the unit has done its part and somebody else must act, so no step follows, and none lapses.
    """

    kind: str
    row: int
    due_on: date
    unit_id: int
    measure_id: int | None = None
    paused: bool = False

    @classmethod
    def behind(cls, instrument) -> "Cause":
        """The cause that an instrument of the ladder keeps by its name."""
        row = int(instrument.cause.split(":")[1])
        unit_id, measure_id = instrument.unit_id, instrument.measure_id
        return cls(instrument.cause_kind, row, instrument.due_on, unit_id, measure_id=measure_id)

    @property
    def name(self) -> str:
        return f"{self.kind}:{self.row}:{self.due_on:%Y-%m-%d}"


def ladder_for(cause: Cause, rules: Rules) -> list[Step]:
    """The ladder that a cause climbs. Up to the day of a filing only the office's own reminders of filings go out."""
    if cause.kind != CauseKind.FILING:
        return list(rules.ladder)
    days = [(deadlines.add_workdays(cause.due_on, -n) - cause.due_on).days for n in rules.filing_reminders]
    reminders = [Step(count, InstrumentKind.REMINDER, (Role.HANDLER,)) for count in days]
    return reminders + [step for step in rules.ladder if step.days > 0]


def steps_due(
    cause: Cause, ladder: Iterable[Step], *, today: date, taken: Iterable[int], ended: bool = False
) -> list[Step]:
    """The steps to take now, in order; ``taken``: the rungs that were taken for this cause before.

    A ladder that is looked at late, as on the first day with an old plan, is not climbed rung by rung: of the reminders
    passed only the latest is sent, of what a person issues only the severest is proposed, and nothing below a rung that
    was taken. Day by day each still comes once. Nothing once the cause has gone. The office's own delay (a
    verification) is only reminded of.
    """
    by_day = {step.days: step for step in ladder if step.days >= FIRST_RUNG.get(cause.kind, step.days)}
    passed = [
        by_day[rung.days]
        for rung in deadlines.rungs_due(cause.due_on, by_day, today=today, met=ended or cause.paused)
    ]
    reminders, severe = [], []
    for step in passed:
        (reminders if step.kind == InstrumentKind.REMINDER else severe).append(step)
    highest = max(taken, default=None)
    latest = [*reminders[-1:], *(() if cause.kind == CauseKind.VERIFICATION else severe[-1:])]
    return [step for step in latest if highest is None or step.days > highest]


def passed_over(step: Step, ladder: Iterable[Step], *, taken: Iterable[int]) -> list[Step]:
    """What a person would have issued between the last rung taken and ``step``, had the ladder been climbed in time."""
    highest = max(taken, default=None)
    return [
        lower
        for lower in ladder
        if lower.kind != InstrumentKind.REMINDER
        and lower.days < step.days
        and (highest is None or lower.days > highest)
    ]
