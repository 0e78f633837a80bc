"""The ladder of supervision (督办), pure: which steps are due for a cause. No query, no clock.

A cause is a date that is missed or will be: a checkpoint, a claim, a verification, a follow-up, a filing.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

from cases import deadlines
from cases.models.supervision import CauseKind, InstrumentKind
from cases.rules import Step

# Clocks of a few days need no warning a fortnight ahead: the first rung, in calendar days from the date.
FIRST_RUNG = {CauseKind.CLAIM: 0, CauseKind.VERIFICATION: 0, CauseKind.FOLLOW_UP: -7, CauseKind.FILING: -3}


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

    @property
    def name(self) -> str:
        return f"{self.kind}:{self.row}:{self.due_on:%Y-%m-%d}"


def steps_due(
    cause: Cause, ladder: Iterable[Step], *, today: date, taken: Iterable[int], ended: bool = False
) -> list[Step]:
    """The steps to take now, in order; ``taken``: the rungs that were taken for this cause before.

    Reminders that were slept through are not sent in a heap: of those passed only the latest, and none older than one
    that was sent. What a person issues is proposed once each, however late. Nothing once the cause has gone. The
    office's own delay (a verification) is only reminded of.
    """
    by_day = {step.days: step for step in ladder if step.days >= FIRST_RUNG.get(cause.kind, step.days)}
    passed = [
        by_day[rung.days]
        for rung in deadlines.rungs_due(cause.due_on, by_day, today=today, met=ended or cause.paused)
    ]
    taken = set(taken)
    reminders = [step for step in passed if step.kind == InstrumentKind.REMINDER]
    latest = [step for step in reminders[-1:] if all(step.days > days for days in taken)]
    if cause.kind == CauseKind.VERIFICATION:
        return latest
    return latest + [
        step for step in passed if step.kind != InstrumentKind.REMINDER and step.days not in taken
    ]
