"""The parameters that an office works by: its own where it set them, else the installation's. Read nowhere else."""

from dataclasses import dataclass
from datetime import time

from django.conf import settings
from django.core.exceptions import ObjectDoesNotExist
from django.utils.translation import gettext_lazy as _

from cases.errors import NotReady
from cases.models.rules import DueDay, LateExtension, OfficeRules, RankedBy, Receiver
from cases.models.supervision import InstrumentKind
from permissions.models import Role

LADDER_ROLES = {Role.HANDLER, Role.UNIT_HEAD, Role.OFFICE_CLERK, Role.OFFICE_HEAD, Role.LEADER}

# Rules' name → the setting that holds when the office decided nothing.
DEFAULTS = {
    "claim_workdays": "XIAOHAO_CLAIM_WORKDAYS",
    "verify_workdays": "XIAOHAO_VERIFY_WORKDAYS",
    "yellow_workdays": "XIAOHAO_YELLOW_WORKDAYS",
    "follow_up_months": "XIAOHAO_FOLLOW_UP_MONTHS",
    "public_notice_days": "XIAOHAO_PUBLIC_NOTICE_DAYS",
    "late_extension": "XIAOHAO_LATE_EXTENSION",
    "extension_cap_days": "XIAOHAO_EXTENSION_CAP_DAYS",
    "extension_limit": "XIAOHAO_EXTENSION_LIMIT",
    "evidence_required": "XIAOHAO_EVIDENCE_REQUIRED",
    "ladder": "XIAOHAO_LADDER",
    "quiet": "XIAOHAO_QUIET",
    "due_day": "XIAOHAO_DUE_DAY",
    "responsible_files_to": "XIAOHAO_RESPONSIBLE_FILES_TO",
    "filing_reminders": "XIAOHAO_FILING_REMINDERS",
    "ranked_by": "XIAOHAO_RANKED_BY",
}
CHOICES = {
    "late_extension": LateExtension,
    "due_day": DueDay,
    "responsible_files_to": Receiver,
    "ranked_by": RankedBy,
}


@dataclass(frozen=True)
class Step:
    """One rung of the ladder (督办): what is sent to whom, ``days`` calendar days from the due date (signed).

    ``kind`` is an ``InstrumentKind``, ``to`` the roles that hear of it, the unit's and the office's.
    """

    days: int
    kind: str
    to: tuple[str, ...]


@dataclass(frozen=True)
class Quiet:
    """The hours, county time, in which no mail goes out; ``until`` may be on the next morning."""

    start: time
    until: time

    def holds_at(self, moment: time) -> bool:
        if self.start <= self.until:
            return self.start <= moment < self.until
        return moment >= self.start or moment < self.until


@dataclass(frozen=True)
class Rules:
    """One office's parameters, each filled. ``*_workdays`` working days, ``*_days`` calendar days."""

    claim_workdays: int
    verify_workdays: int
    yellow_workdays: int
    follow_up_months: int
    public_notice_days: int  # 0: no public notice (公示) before close-out
    late_extension: LateExtension
    extension_cap_days: int  # in all, from the original date; 0: no cap
    extension_limit: int  # granted ones per measure; 0: as many as are granted
    evidence_required: bool
    ladder: tuple[Step, ...]  # in the order of their days
    quiet: Quiet | None  # None: mail at any hour
    due_day: DueDay
    responsible_files_to: Receiver  # of units that lead nothing
    filing_reminders: tuple[int, ...]  # working days before the filing day, most first
    ranked_by: RankedBy  # in bulletin and report

    @property
    def due_day_moves(self):
        return self.due_day == DueDay.NEXT


def rules_of(office) -> Rules:
    """What holds for the office. No query where ``office__rules`` was selected, else one."""
    try:
        return of_row(office.rules)
    except ObjectDoesNotExist:
        return of_row(None)


def of_row(row: OfficeRules | None) -> Rules:
    """The rules that one row makes, gaps filled from the settings."""
    values = {name: _value(row, name, setting) for name, setting in DEFAULTS.items()}
    values |= {name: choice(values[name]) for name, choice in CHOICES.items()}
    values["filing_reminders"] = tuple(sorted(values["filing_reminders"], reverse=True))
    values["ladder"] = ladder_of(values["ladder"])
    values["quiet"] = quiet_of(values["quiet"])
    return Rules(**values)


def _value(row, name, setting):
    own = getattr(row, name, None)
    return getattr(settings, setting) if own is None or own == "" else own


MOST_YELLOW = 30  # working days; what an office may choose


def yellow_workdays(own: int | None) -> int:
    """How near a date turns the light yellow, from what the office of a row decided (null: nothing)."""
    return settings.XIAOHAO_YELLOW_WORKDAYS if own is None else own


def ladder_of(steps) -> tuple[Step, ...]:
    """From the stored form, [{"days", "kind", "to"}]."""
    rungs = (Step(step["days"], step["kind"], tuple(step["to"])) for step in steps)
    return tuple(sorted(rungs, key=lambda rung: rung.days))


def quiet_of(stored) -> Quiet | None:
    """From the stored form, {"from": "20:00", "to": "08:00"}; equal times mean none."""
    if not stored or stored["from"] == stored["to"]:
        return None
    return Quiet(time.fromisoformat(stored["from"]), time.fromisoformat(stored["to"]))


FIRST_DAY, LAST_DAY = -180, 365  # how far from the due date a rung may lie, calendar days


def check_ladder(steps):
    """Refuse a ladder that cannot be climbed. ``steps`` in the stored form.

    Errors: NotReady, with the one thing that is wrong. A ladder without steps is one that sends nothing.
    """
    days = [step["days"] for step in steps]
    if len(set(days)) < len(days):
        raise NotReady(_("Two steps of the ladder fall on the same day."))
    if any(not FIRST_DAY <= day <= LAST_DAY for day in days):
        raise NotReady(
            _("A step of the ladder lies between %(first)s and %(last)s days from the due date."),
            first=FIRST_DAY,
            last=LAST_DAY,
        )
    ranks = []
    for step in ladder_of(steps):
        if step.kind not in InstrumentKind.values or not step.to or set(step.to) - LADDER_ROLES:
            raise NotReady(_("A step of the ladder needs its kind and somebody who hears of it."))
        if step.days <= 0 and step.kind != InstrumentKind.REMINDER:
            raise NotReady(_("Before the date has passed only reminders are sent."))
        ranks.append(InstrumentKind.values.index(step.kind))
    if ranks != sorted(ranks):
        raise NotReady(_("The ladder only rises: after a severer step no milder one follows."))
