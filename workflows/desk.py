"""What waits for a person: pure questions over state, unit and role.

Four queues (design §9). A handler or head sees the measures of their units, the office those of its plans. Whoever
has no right to the step still sees the queue of their unit or office, so that nothing waits unseen.
"""

from dataclasses import dataclass
from datetime import date, timedelta

from django.conf import settings
from django.db.models import (
    Case,
    CharField,
    Count,
    DateField,
    Exists,
    F,
    Min,
    OuterRef,
    Q,
    Value,
    When,
    Window,
)
from django.db.models.functions import RowNumber, TruncDate

from cases import deadlines
from cases.ledger import visible_measures
from cases.models import (
    Checkpoint,
    Duty,
    DutyRole,
    LogEntry,
    ProgressEntry,
    Round,
    SignOff,
    SignOffKind,
    Verification,
)
from cases.states import MeasureState
from permissions import clock
from permissions.access import access_of
from permissions.models import Role, UnitKind

S = MeasureState
FIRST = 5  # rows that a queue shows
CHANGES = 10
CLAIM, REPORT, DECIDE, REWORK = "claim", "report", "decide", "rework"


@dataclass(frozen=True)
class Item:
    """One waiting measure. ``step``: what is asked of somebody."""

    pk: int
    text: str
    number: str
    state: str
    step: str
    due_on: date | None
    next_due_on: date | None


@dataclass(frozen=True)
class Queue:
    name: str
    count: int
    nearest: date | None
    items: list[Item]


def queues(user, *, today) -> dict[str, Queue]:
    """All four queues by name, empty ones included. One query."""
    found = {name: Queue(name, 0, None, []) for name in (CLAIM, REPORT, DECIDE, REWORK)}
    steps = list(_steps(access_of(user), user, today))
    if not steps:
        return found
    rows = (
        visible_measures(user)
        .filter(state__in=[S.ISSUED, S.RECTIFYING, S.SUBMITTED, S.VERIFIED])
        .annotate(
            step=Case(
                *(When(condition, then=Value(f"{queue}:{step}")) for queue, step, condition in steps),
                default=Value(""),
                output_field=CharField(),
            )
        )
        .exclude(step="")
        .annotate(queue=_queue_of("step", steps), due=_due())
        .annotate(
            place=Window(RowNumber(), partition_by="queue", order_by=[F("due").asc(nulls_last=True), "pk"]),
            count=Window(Count("pk"), partition_by="queue"),
            nearest=Window(Min("due"), partition_by="queue"),
        )
        .filter(place__lte=FIRST)
        .order_by("queue", "place")
        .values_list(
            "queue", "count", "nearest", "step", "pk", "text", "number", "state", "due", "next_due_on"
        )
    )
    for name, count, nearest, step, pk, text, number, state, due, next_due in rows:
        if found[name].count == 0:
            found[name] = Queue(name, count, nearest, [])
        found[name].items.append(Item(pk, text, number, state, step.partition(":")[2], due, next_due))
    return found


def _queue_of(annotation, steps):
    places = [
        When(**{annotation: f"{queue}:{step}"}, then=Value(queue))
        for queue, step in dict.fromkeys((queue, step) for queue, step, _condition in steps)
    ]
    return Case(*places, default=Value(""), output_field=CharField())


def _due():
    """Claims have a clock of their own; what waits for a decision is sorted by how long it has waited."""
    return Case(
        When(state=S.ISSUED, then=F("claim_due_on")),
        When(state__in=[S.SUBMITTED, S.VERIFIED], then=TruncDate("state_since", tzinfo=clock.COUNTY_ZONE)),
        default=F("next_due_on"),
        output_field=DateField(),
    )


# The conditions -----------------------------------------------------------------------------------------


def _steps(access, user, today):
    """(queue, step, condition), the most pressing first: a measure appears once, at its first step."""
    if access.rights.get("submit_measure"):
        yield DECIDE, "submit", _waits_for_head(access.rights["submit_measure"], user)
    if access.rights.get("verify_as_designated"):
        yield DECIDE, "verify", _waits_for_designated(access, user)
    offices = {m.unit_id: m.office_id for m in access.memberships}
    yield from _office_decisions(access, user, offices)
    if units := access.duty_unit_ids:
        yield CLAIM, "claim", _unclaimed(units)
        yield REWORK, "rework", _at_unit(units) & _returned()
        yield REPORT, "enter_progress", _at_unit(units) & ~_returned() & _silent_or_due(units, today)
    if own := access.own_office_ids:
        yield CLAIM, "claim", Q(office__in=own, state=S.ISSUED)
        yield REWORK, "rework", Q(office__in=own, state=S.RECTIFYING) & _returned()
        yield REPORT, "overdue", Q(office__in=own, state=S.RECTIFYING, next_due_on__lt=today)


def _office_decisions(access, user, offices):
    def offices_where(codename):
        return {offices[unit] for unit in access.rights.get(codename, ())}

    if own := offices_where("verify_measure"):
        yield (
            DECIDE,
            "verify",
            Q(office__in=own, state=S.SUBMITTED) & ~_housing_has_duty() & _fresh_hands(user),
        )
    if own := offices_where("close_out_measure"):
        important = Q(important=True) if offices_where("sign_report") else Q(important=False)
        if Role.LEADER in access.roles and Role.OFFICE_HEAD in access.roles:
            important = Q()
        yield DECIDE, "close_out", Q(office__in=own, state=S.VERIFIED) & important & _fresh_hands(user)
    if own := offices_where("confirm_checkpoint"):
        reported = Checkpoint.objects.filter(measure=OuterRef("pk"), reported_on__isnull=False, met_on=None)
        yield DECIDE, "confirm_checkpoint", Q(office__in=own, state=S.RECTIFYING) & Q(Exists(reported))


def _acting_duty(units):
    """Duties of these units that act: leads, or everybody where the plan names no lead."""
    leads = Duty.objects.filter(measure=OuterRef("measure"), role=DutyRole.LEAD)
    return Duty.objects.filter(measure=OuterRef("pk"), unit__in=units).filter(
        Q(role=DutyRole.LEAD) | ~Exists(leads)
    )


def _unclaimed(units):
    return Q(state=S.ISSUED) & Q(Exists(_acting_duty(units).filter(claimed_at=None)))


def _open_round(**conditions):
    return Round.objects.filter(measure=OuterRef("pk"), closed_at=None, **conditions)


def _returned():
    return Q(Exists(_open_round(attempt__gt=1)))


def _signed(kind, **conditions):
    """Sign-offs of that kind in the open round's present attempt."""
    return SignOff.objects.filter(
        round__measure=OuterRef("pk"),
        round__closed_at=None,
        attempt=F("round__attempt"),
        kind=kind,
        **conditions,
    )


def _at_unit(units):
    """The unit is at work: it acts on the measure and has not asked for verification in this attempt."""
    return (
        Q(state=S.RECTIFYING)
        & Q(Exists(_acting_duty(units)))
        & ~Q(Exists(_signed(SignOffKind.REQUEST, unit__in=units)))
    )


def _silent_or_due(units, today):
    """Nothing entered for the running month yet, or the next date is near or past."""
    entered = ProgressEntry.objects.filter(
        measure=OuterRef("pk"), unit__in=units, period=_period_of("measure__plan__reporting_day", today)
    )
    near = deadlines.add_workdays(today, settings.XIAOHAO_YELLOW_WORKDAYS)
    return ~Q(Exists(entered)) | Q(next_due_on__lte=near)


def _period_of(reporting_day, today):
    """``deadlines.period_of`` for today, asked of the database because each plan has its own day."""
    this = today.replace(day=1)
    following = (this + timedelta(days=32)).replace(day=1)
    return Case(
        When(**{f"{reporting_day}__gte": today.day}, then=Value(this)),
        default=Value(following),
        output_field=DateField(),
    )


def _waits_for_head(units, user):
    """A handler of one's unit asked for verification, and no head of the unit has signed yet."""
    signed = SignOff.objects.filter(
        round=OuterRef("round"), attempt=OuterRef("attempt"), unit=OuterRef("unit"), kind=SignOffKind.SUBMIT
    )
    asked = _signed(SignOffKind.REQUEST, unit__in=units).exclude(person=user).filter(~Exists(signed))
    return Q(state=S.RECTIFYING) & Q(Exists(asked))


def _housing_has_duty():
    """The department that houses the office has a duty, so a designated unit verifies."""
    return Q(
        Exists(
            Duty.objects.filter(
                measure=OuterRef("pk"),
                unit__children__kind=UnitKind.OFFICE,
                unit__children__office=F("office"),
            )
        )
    )


def _waits_for_designated(access, user):
    units = access.rights["verify_as_designated"]
    return (
        Q(state=S.SUBMITTED, plan__verifier_unit__in=units)
        & _housing_has_duty()
        & ~Q(Exists(Duty.objects.filter(measure=OuterRef("pk"), unit__in=access.own_unit_ids)))
        & _fresh_hands(user)
    )


def _fresh_hands(user):
    """The person has not signed in this round; for closing also not verified (a verifier may verify again)."""
    signed = SignOff.objects.filter(round__measure=OuterRef("pk"), round__closed_at=None, person=user)
    verified = Verification.objects.filter(
        round__measure=OuterRef("pk"), round__closed_at=None, verifier=user
    )
    return ~Q(Exists(signed.exclude(kind=SignOffKind.RETURN))) & (~Q(Exists(verified)) | Q(state=S.SUBMITTED))


# What has changed ----------------------------------------------------------------------------------------


def recent_entries(user):
    """The latest entries by others about measures that the person sees, newest first. One query."""
    return list(
        LogEntry.objects.filter(measure__in=visible_measures(user))
        .exclude(actor=user)
        .select_related("actor", "measure")
        .order_by("-pk")[:CHANGES]
    )
