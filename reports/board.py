"""The board (调度): what is counted, each number by the very condition that its link asks of the ledger.

Every function is a constant number of statements, whatever the number of rows.
"""

from collections import Counter
from dataclasses import dataclass
from datetime import date, timedelta

from django.db.models import Count, Exists, F, OuterRef, Q, Subquery

from cases import deadlines, questions
from cases.models import Checkpoint, Duty, DutyRole, LogEntry, Problem, Round
from cases.states import MeasureState
from permissions import clock

S = MeasureState
STANDINGS = ("RED", "YELLOW", "GREEN", questions.UNDATED, questions.CLOSED)
CALENDAR_MONTHS = 3
LIST = 20  # rows of the overdue list
BURN_UP_MONTHS = 24

# Numbers at the head of the board: what a leader asks first. Each is a query of the ledger.
HEADLINES = {
    "live": {"only": "live"},
    "closed": {"state": S.CLOSED.value},
    "overdue": {"due": "overdue"},
    "overdue_on_original": {"only": "overdue_on_original"},
    "unclaimed": {"only": "unclaimed"},
    "claim_late": {"only": "claim_late"},
    "disputed": {"only": "disputed"},
    "submitted": {"state": S.SUBMITTED.value},
    "verification_late": {"only": "verification_late"},
    "reported": {"only": "reported"},
    "extension_waiting": {"only": "extension_waiting"},
    "extended": {"only": "extended"},
    "in_follow_up": {"only": "in_follow_up"},
    "follow_up_missed": {"only": "follow_up_missed"},
    "born_overdue": {"only": "born_overdue"},
}


def headlines(measures, *, today) -> dict[str, int]:
    """{name: measures that answer its question}. Two queries."""
    return measures.aggregate(
        **{
            name: Count("pk", filter=questions.condition(query, today=today), distinct=True)
            for name, query in HEADLINES.items()
        }
    )


# Lights -------------------------------------------------------------------------------------------------


def by_unit(measures, *, today) -> list[tuple]:
    """[(unit pk, name, {standing: count})] of acting units by directory order. One query.

    A measure with several leads counts once for each of them, as in its own rows of the ledger.
    """
    leads = Duty.objects.filter(measure=OuterRef("measure"), role=DutyRole.LEAD)
    duties = Duty.objects.filter(measure__in=measures.values("pk"))
    duties = duties.filter(Q(role=DutyRole.LEAD) | ~Exists(leads))
    rows = (
        duties.annotate(standing=questions.standing(today, "measure__"))
        .exclude(standing=None)
        .order_by("unit__order", "unit_id")
        .values_list("unit_id", "unit__name", "standing")
        .annotate(count=Count("pk"))
    )
    return _gathered(rows)


def by_problem(measures, *, today) -> list[tuple]:
    """[(problem pk, name, {standing: count})], latest plan first, in the plan's order. One query."""
    rows = (
        measures.annotate(standing=questions.standing(today))
        .exclude(standing=None)
        .order_by("-plan_id", "problem__number")
        .values_list("problem_id", "problem__label", "problem__text", "standing")
        .annotate(count=Count("pk"))
    )
    return _gathered((pk, str(Problem(label=label, text=text)), *rest) for pk, label, text, *rest in rows)


def _gathered(rows):
    found: dict[int, tuple] = {}
    for pk, name, standing, count in rows:
        found.setdefault(pk, (pk, name, Counter()))[2][standing] += count
    return list(found.values())


# Dates --------------------------------------------------------------------------------------------------


def calendar(measures, *, today) -> list[tuple]:
    """[(first day of a month, {day: open measures with a step to meet on it})] of three months. One query."""
    months = [deadlines.add_months(today.replace(day=1), ahead) for ahead in range(CALENDAR_MONTHS)]
    steps = Checkpoint.objects.filter(
        measure__in=measures.filter(questions.is_open()).values("pk"),
        met_on=None,
        due_on__gte=months[0],
        due_on__lt=deadlines.add_months(months[-1], 1),
    ).exclude(original_due_on__lt=F("measure__plan__issued_on"))
    counts = steps.order_by("due_on").values_list("due_on").annotate(count=Count("measure_id", distinct=True))
    found = dict(counts)
    return [
        (first, {day: count for day, count in found.items() if day.replace(day=1) == first})
        for first in months
    ]


@dataclass(frozen=True)
class Overdue:
    pk: int
    number: str
    text: str
    state: str
    leads: list[str]
    due_on: date | None
    original_due_on: date
    days_late: int  # against the current date; 0 where an extension moved it ahead
    days_late_on_original: int


def overdue(measures, *, today, most=LIST) -> list[Overdue]:
    """Those that are longest overdue by the original date, at most ``most``. Two queries."""
    first = questions.to_meet().order_by("original_due_on").values("original_due_on")[:1]
    rows = list(
        measures.filter(questions.only("overdue_on_original", today))
        .annotate(original=Subquery(first))
        .order_by("original", "pk")
        .values_list("pk", "number", "text", "state", "next_due_on", "original")[:most]
    )
    names: dict[int, list] = {}
    duties = Duty.objects.filter(measure__in=[row[0] for row in rows], role=DutyRole.LEAD)
    for pk, name in duties.order_by("order", "pk").values_list("measure_id", "unit__name"):
        names.setdefault(pk, []).append(name)
    return [
        Overdue(
            *row[:4],
            names.get(row[0], []),
            *row[4:],
            deadlines.days_late(row[4], today=today),
            deadlines.days_late(row[5], today=today),
        )
        for row in rows
    ]


# Ladder -------------------------------------------------------------------------------------------------


def ladder(instruments) -> dict[tuple, int]:
    """{(kind, state): count} of the instruments that the person may see. One query."""
    rows = instruments.order_by().values_list("kind", "state").annotate(count=Count("pk"))
    return {(kind, state): count for kind, state, count in rows}


# Burn-up ------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Month:
    """What was so at the end of a month (for the running one: now)."""

    first: date
    issued: int
    completed: int
    closed: int


def burn_up(measures, *, today) -> list[Month]:
    """Issued, completed and closed out at the end of each month, at most BURN_UP_MONTHS. Four queries.

    From what is never changed afterwards: first rounds say when a measure was issued, the record says the rest. So a
    past month stays what it was then, whatever was returned, extended or reopened since. A measure that was withdrawn
    counts until that day. Completed: every dated step confirmed, so undated measures never are.
    """
    rounds = Round.objects.filter(measure__in=measures.values("pk"), number=1)
    begun = {pk: _day(at) for pk, at in rounds.values_list("measure_id", "opened_at")}
    if not begun:
        return []
    withdrawn = measures.filter(state=S.WITHDRAWN, state_since__isnull=False)
    ended = {pk: _day(at) for pk, at in withdrawn.values_list("pk", "state_since")}
    steps = Checkpoint.with_superseded.filter(measure__in=measures.values("pk"))
    dated = set(steps.values_list("measure_id", flat=True))
    months = _months(min(begun.values()), today)
    issued, completed, closed = Counter(), Counter(), Counter()
    acts = _recorded(measures)
    for pk, day in begun.items():
        for _first, last in months:
            if day > last or ended.get(pk, date.max) <= last:
                continue
            issued[last] += 1
            is_completed, is_closed = _was(acts.get(pk, ()), last)
            completed[last] += is_completed and pk in dated
            closed[last] += is_closed
    return [Month(first, issued[last], completed[last], closed[last]) for first, last in months]


def _day(moment):
    return clock.local(moment).date()


# All steps confirmed one by one; the office could not say so in an act of its own, so the entry says what is left.
LAST_STEP = {"act": "confirm_checkpoint", "body__contains": '"left":0'}
NEW_DATES = {"act": "amend_measure", "body__contains": '"dates":'}
TURNS = ("verify", "return_for_rework", "close_out", "relapse")


def _recorded(measures):
    """{measure pk: [(day, act)]} of what made it completed or closed, or undid that; in order. One query."""
    entries = LogEntry.objects.filter(measure__in=measures.values("pk"))
    entries = entries.filter(Q(act__in=TURNS) | Q(**LAST_STEP) | Q(**NEW_DATES))
    found: dict[int, list] = {}
    for pk, at, act in entries.order_by("office_id", "sequence").values_list("measure_id", "at", "act"):
        found.setdefault(pk, []).append((_day(at), act))
    return found


def _was(entries, last):
    """(completed, closed out) at the end of the day ``last``."""
    steps = verified = closed = False
    for day, act in entries:
        if day > last:
            break
        steps = (steps or act == "confirm_checkpoint") and act not in ("relapse", "amend_measure")
        verified = (verified or act == "verify") and act not in (
            "return_for_rework",
            "relapse",
            "amend_measure",
        )
        closed = (closed or act == "close_out") and act != "relapse"
    return steps or verified, closed


def _months(begin, today):
    """[(first day, last day)] up to the running month."""
    months, first = [], today.replace(day=1)
    while first >= begin.replace(day=1) and len(months) < BURN_UP_MONTHS:
        months.append((first, min(deadlines.add_months(first, 1) - timedelta(days=1), today)))
        first = deadlines.previous_month(first)
    return months[::-1]
