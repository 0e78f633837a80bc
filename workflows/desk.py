"""What waits for a person: pure questions over state, unit and role.

Four queues (design §9). A handler or head sees the measures of their units, the office those of its plans. Whoever
has no right to the step still sees the queue of their unit or office, so that nothing waits unseen.
"""

from dataclasses import dataclass, replace
from datetime import date
from functools import reduce
from operator import or_

from django.conf import settings
from django.db.models import (
    Case,
    Count,
    DateField,
    Exists,
    F,
    Min,
    OuterRef,
    Q,
    Subquery,
    TextField,
    Value,
    When,
    Window,
)
from django.db.models.functions import Cast, Coalesce, RowNumber, TruncDate

from cases import deadlines, questions
from cases.ledger import acting_duties, visible_measures, waits_for_claim
from cases.models import (
    Checkpoint,
    DueDay,
    Duty,
    LogEntry,
    OfficeRules,
    ProgressEntry,
    Round,
    SignOff,
    SignOffKind,
    Verification,
)
from cases.presenters import OWN_YELLOW
from cases.states import MeasureState
from permissions import clock
from permissions.access import access_of
from permissions.models import Role, UnitKind
from reports.models import ReportingPeriod
from workflows import waiting
from workflows.conditions import NO_HAND
from workflows.facts import standing_signatures

S = MeasureState
FIRST = 5  # rows that a queue shows
CHANGES = 10
WITH_UNITS = (S.ISSUED, S.DISPUTED, S.RECTIFYING)  # re-assigned or disputed, what is overdue stays overdue
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
    own_yellow: int | None  # see ``cases.presenters.light_of``
    reason: str = ""  # why it came back


@dataclass(frozen=True)
class Queue:
    name: str
    count: int
    nearest: date | None
    items: list[Item]


def queues(user, *, today) -> dict[str, Queue]:
    """All four queues by name, empty ones included. One query: a part for each step, put together."""
    found = {name: Queue(name, 0, None, []) for name in (CLAIM, REPORT, DECIDE, REWORK)}
    access = access_of(user)
    steps = _steps(access, user, today)
    first, *others = [_waiting(user, *step, units=access.duty_unit_ids) for step in steps] or [None]
    if first is None:
        return found
    rows = first.union(*others, all=True) if others else first
    for name, step, count, nearest, place, pk, text, number, state, due, next_due, yellow, why in rows:
        queue, item = found[name], Item(pk, text, number, state, step, due, next_due, yellow, why or "")
        found[name] = Queue(
            name,
            queue.count + (count if place == 1 else 0),
            min(filter(None, (queue.nearest, nearest)), default=None),
            [*queue.items, item],
        )
    return {name: replace(queue, items=_first(queue.items)) for name, queue in found.items()}


def waits_in(queue, user, *, today) -> Q:
    """All that stands in one queue, also beyond its first rows."""
    steps = _steps(access_of(user), user, today)
    return reduce(or_, (condition for name, _step, condition in steps if name == queue), Q(pk__in=[]))


def _waiting(user, queue, step, condition, *, units):
    """The first rows of one step, each with the count and the nearest date of all."""
    order = [F("due").asc(nulls_last=True), F("pk").asc()]
    return (
        visible_measures(user)
        .filter(condition)
        .annotate(queue=Value(queue), step=Value(step), due=_due(step), reason=_reason(step, units))
        .annotate(
            place=Window(RowNumber(), order_by=order),
            count=Window(Count("pk")),
            nearest=Window(Min("due")),
        )
        .filter(place__lte=FIRST)
        .order_by()
        .values_list(
            "queue",
            "step",
            "count",
            "nearest",
            "place",
            "pk",
            "text",
            "number",
            "state",
            "due",
            "next_due_on",
            OWN_YELLOW,
            "reason",
        )
    )


def _first(items):
    return sorted(items, key=lambda item: (item.due_on is None, item.due_on or date.max, item.pk))[:FIRST]


def _due(step):
    """Claims have a clock of their own; what waits for a decision is sorted by how long it has waited."""
    if step == "claim":
        return F("claim_due_on")
    if step == "answer_input":
        return waiting.answer_due_on()
    if step == "record_look_back":
        return waiting.look_back_due_on()
    if step in {"merge_inputs", "record_follow_up", "follow_up_missed", "relapse"}:
        return Cast(None, DateField())  # a bare NULL is text to PostgreSQL, and no part of a union of dates
    return Case(
        When(state__in=[S.SUBMITTED, S.VERIFIED], then=TruncDate("state_since", tzinfo=clock.COUNTY_ZONE)),
        default=F("next_due_on"),
        output_field=DateField(),
    )


def _reason(step, units):
    """What the office, or the head of one of the units, wrote when it sent the work back."""
    rows = SignOff.objects.filter(round__measure=OuterRef("pk"), round__closed_at=None).order_by("-at", "-pk")
    if step == "rework":
        return Subquery(rows.filter(kind=SignOffKind.RETURN).values("note")[:1])
    if step == "request_verification":
        return Subquery(rows.filter(kind=SignOffKind.SEND_BACK, unit__in=units).values("note")[:1])
    if step == "report_checkpoint":
        return waiting.why_step_sent_back()
    return Value("", output_field=TextField())


# The conditions -----------------------------------------------------------------------------------------


def _steps(access, user, today):
    """(queue, step, condition) of the person's roles.

    A measure fits two of them only where it waits for two things: one unit to claim it, another to go on; or
    where it is overdue, whatever else it waits for.
    """
    units, own = access.duty_unit_ids, access.own_office_ids
    if access.rights.get("submit_measure"):
        yield DECIDE, "submit", _waits_for_head(access.rights["submit_measure"], user)
    if access.rights.get("verify_as_designated"):
        designated = _falls_to_designated(access)
        yield DECIDE, "verify", Q(state=S.SUBMITTED) & designated & _may_judge(user)
        yield DECIDE, "confirm_checkpoint", designated & _step_reported(user)
    yield from _office_decisions(access, user, {m.unit_id: m.office_id for m in access.memberships}, today)
    unclaimed, returned, at_work = [], [], Q(pk__in=[])
    if units:
        unclaimed.append(waits_for_claim(units))
        refused = _at_unit(units) & waiting.request_sent_back(units)
        returned.append(_at_unit(units) & _returned() & ~refused)
        yield REWORK, "request_verification", refused
        sent_back = _at_unit(units) & ~_returned() & ~refused & waiting.step_sent_back()
        yield REWORK, "report_checkpoint", sent_back
        at_work = _at_unit(units) & ~_returned() & ~refused & ~sent_back & _silent_or_due(units, today)
        yield REPORT, "enter_progress", at_work & ~waiting.asked(units) & ~waiting.answered(units)
        for step, condition in waiting.unit_steps(access, today):
            yield REPORT, step, condition
    if own:
        unclaimed.append(Q(office__in=own) & waits_for_claim())
        returned.append(Q(office__in=own, state=S.RECTIFYING) & _returned())
        late = Q(office__in=own, state__in=WITH_UNITS, next_due_on__lt=today)
        yield REPORT, "overdue", late & ~at_work if units else late
        yield REPORT, "follow_up_missed", waiting.follow_up_missed(own, today)
    if unclaimed:
        yield CLAIM, "claim", reduce(or_, unclaimed)
        yield REWORK, "rework", reduce(or_, returned)


def _office_decisions(access, user, offices, today):
    def offices_where(codename):
        return {offices[unit] for unit in access.rights.get(codename, ())}

    if own := offices_where("verify_measure"):
        falls_to_us = Q(office__in=own) & ~_housing_has_duty() & ~_own_duty(access)
        yield DECIDE, "verify", Q(state=S.SUBMITTED) & falls_to_us & _may_judge(user)
    if own := offices_where("close_out_measure"):
        important = Q(important=True) if offices_where("sign_report") else Q(important=False)
        if Role.LEADER in access.roles and Role.OFFICE_HEAD in access.roles:
            important = Q()
        ready = Q(office__in=own, state=S.VERIFIED) & waiting.notice_over(today)
        yield DECIDE, "close_out", ready & important & _fresh_hands(user)
    if own := offices_where("confirm_checkpoint"):
        falls_to_us = Q(office__in=own) & ~_housing_has_duty() & ~_own_duty(access)
        yield DECIDE, "confirm_checkpoint", falls_to_us & _step_reported(user)

    for step, condition in waiting.office_steps(offices_where, user, access):
        yield DECIDE, step, condition


def _step_reported(user):
    """Somebody else has reported a step that is not confirmed yet."""
    reported = Checkpoint.objects.filter(measure=OuterRef("pk"), reported_on__isnull=False, met_on=None)
    return Q(state=S.RECTIFYING) & Q(Exists(reported.exclude(reported_by=user)))


def _open_round(**conditions):
    return Round.objects.filter(measure=OuterRef("pk"), closed_at=None, **conditions)


def _returned():
    return Q(Exists(_open_round(attempt__gt=1)))


def _at_unit(units):
    """The unit is at work: it has claimed the measure and not asked for verification in this attempt."""
    return (
        Q(state=S.RECTIFYING)
        & Q(Exists(acting_duties().filter(unit__in=units, claimed_at__isnull=False)))
        & ~Q(Exists(_requested(units)))
    )


def _silent_or_due(units, today):
    """Nothing entered for the running month yet, or the next date is near or past."""
    entered = ProgressEntry.objects.filter(
        measure=OuterRef("pk"), unit__in=units, period__gte=_month_of_record("measure__plan", today)
    )
    return ~Q(Exists(entered)) | Q(next_due_on__lte=questions.near(today))


def _month_of_record(plan, today):
    """``reports.filings.month_of_record`` for today, asked of the database because each plan has its own day."""
    now = clock.now()
    opened = ReportingPeriod.objects.filter(plan=OuterRef(plan), opens_at__lt=now, due_at__gte=now)
    moves = settings.XIAOHAO_DUE_DAY == DueDay.NEXT
    otherwise = OfficeRules.objects.filter(due_day=DueDay.STAYS if moves else DueDay.NEXT).values("office")
    rule = Case(
        *_months_by_day(plan, today, Q(**{f"{plan}__office__in": otherwise}), not moves),
        *_months_by_day(plan, today, Q(), moves),
        output_field=DateField(),
    )
    return Coalesce(Subquery(opened.order_by("due_at").values("month")[:1]), rule)


def _months_by_day(plan, today, condition, moves):
    """The month of record by the plan's filing day, for plans whose due day stays or moves."""
    return [
        When(condition & Q(**{f"{plan}__reporting_day__in": days}), then=Value(month))
        for month, days in deadlines.periods_on(today, clock.COUNTY_ZONE, moves=moves).items()
    ]


def _requested(units):
    return standing_signatures(round__measure=OuterRef("pk"), unit__in=units, kind=SignOffKind.REQUEST)


def _waits_for_head(units, user):
    """A handler of one's unit asked for verification, and no head of the unit has decided on it yet."""
    signed = standing_signatures(round=OuterRef("round"), unit=OuterRef("unit"), kind=SignOffKind.SUBMIT)
    asked = _requested(units).exclude(person=user).filter(~Exists(signed))
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


def _own_duty(access):
    return Q(Exists(Duty.objects.filter(measure=OuterRef("pk"), unit__in=access.own_unit_ids)))


def _falls_to_designated(access):
    """The person's unit verifies in the office's place, and has no duty itself."""
    units = access.rights["verify_as_designated"]
    return Q(plan__verifier_unit__in=units) & _housing_has_duty() & ~_own_duty(access)


def _may_judge(user):
    return _fresh_hands(user) & ~waiting.had_a_part(user)


def _fresh_hands(user):
    """The person has not signed in this round; for closing also not verified (a verifier may verify again)."""
    signed = SignOff.objects.filter(round__measure=OuterRef("pk"), round__closed_at=None, person=user)
    verified = Verification.objects.filter(
        round__measure=OuterRef("pk"), round__closed_at=None, verifier=user
    )
    return ~Q(Exists(signed.exclude(kind__in=NO_HAND))) & (~Q(Exists(verified)) | Q(state=S.SUBMITTED))


# What has changed ----------------------------------------------------------------------------------------


def recent_entries(user):
    """The latest entries by others about measures that the person sees, newest first. One query."""
    return list(
        LogEntry.objects.filter(measure__in=visible_measures(user))
        .exclude(actor=user)
        .select_related("actor", "measure")
        .order_by("-pk")[:CHANGES]
    )
