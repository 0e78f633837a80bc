"""Rows for tests, made directly but as the door would have left them. Nothing here is a test.

A measure in a state has what that state implies: its round, claims, sign-offs, verification, closing date.
Units and people that are not named are made on the way; ``member`` finds the one who holds a role.
"""

from datetime import date, timedelta
from itertools import count

from django.conf import settings

from cases import deadlines, files
from cases.models import (
    ChainHead,
    Checkpoint,
    Duty,
    DutyRole,
    Evidence,
    Measure,
    Plan,
    Problem,
    ProgressEntry,
    Round,
    SignOff,
    SignOffKind,
    Verification,
    VerificationMethod,
)
from cases.models.plan import PlanState
from cases.states import MeasureState
from permissions import clock
from permissions.models import Membership, Office, Role, Unit, UnitKind, User
from permissions.roles import OFFICE_ROLES, appoint

S = MeasureState
# How far along the life a state lies: everything that an earlier state implies has happened.
REACHED = {
    S.DRAFT: 0,
    S.ISSUED: 1,
    S.DISPUTED: 1,
    S.RECTIFYING: 2,
    S.SUBMITTED: 3,
    S.VERIFIED: 4,
    S.CLOSED: 5,
}
_number = count(1)


# People and units -------------------------------------------------------------------------------------


def make_office(code=None, *, name=None, parent=None, housed_in=None):
    """An office with its own unit. ``housed_in``: name of the department that houses it, made as well."""
    code = code or f"office-{next(_number)}"
    name = name or f"清河县问题整改工作领导小组办公室{code}"
    office = Office.objects.create(
        code=code,
        name=name,
        short_name=f"{code}整改办",
        leading_group="清河县问题整改工作领导小组",
        number_prefix="清整改办",
        parent=parent,
        report_addressees="县委、县政府",
        report_copies_to="县纪委监委机关",
    )
    housing = make_unit(office, housed_in) if housed_in else None
    Unit.objects.create(office=office, name=name, kind=UnitKind.OFFICE, parent=housing)
    ChainHead.objects.create(office=office)
    return office


def make_unit(office=None, name=None, *, kind=UnitKind.DEPARTMENT, parent=None):
    number = next(_number)
    return Unit.objects.create(
        office=office or make_office(),
        name=name or f"县第{number}局",
        kind=kind,
        parent=parent,
        order=number,
    )


def make_person(role=None, unit=None, *, name=None, username=None, starts_on=None):
    """A person with an account, appointed to ``role`` in ``unit`` (an Office stands for its own unit)."""
    number = next(_number)
    username = username or f"person{number}"
    person = User.objects.create_user(username=username, name=name or f"人员{number}")
    if role is not None:
        unit = _unit_of(unit, Role(role))
        appoint(person, unit, role, starts_on=starts_on or clock.today() - timedelta(days=400))
    return person


def _unit_of(unit, role):
    if unit is None:
        office_role = role in OFFICE_ROLES or role.value.endswith("ADMINISTRATOR")
        return make_office().unit if office_role else make_unit()
    return unit.unit if isinstance(unit, Office) else unit


def member(unit, role):
    """Somebody who holds the role in the unit: who does already, or a new person."""
    unit = _unit_of(unit, Role(role))
    held = Membership.objects.filter(unit=unit, role=role).select_related("person").order_by("pk").first()
    return held.person if held else make_person(role, unit)


# Plans and measures -----------------------------------------------------------------------------------


def make_plan(office=None, **fields):
    number = next(_number)
    today = clock.today()
    fields = {
        "title": f"清河县第{number}号问题整改方案",
        "document_number": f"清办发〔{today.year}〕{number}号",
        "issued_on": today - timedelta(days=120),
        "text": "整改方案全文",
        "state": PlanState.ISSUED,
        "opened_at": clock.now() - timedelta(days=119),
        "ends_on": today + timedelta(days=240),
        **fields,
    }
    return Plan.objects.create(office=office or make_office(), **fields)


def month_to_open(plan):
    """First day of the month that can be opened for filing now: its due moment lies ahead."""
    return deadlines.period_of(clock.now(), plan.reporting_day, clock.COUNTY_ZONE)


def make_problem(plan=None, *, text="饮用水水源保护不到位。部分村未划定保护范围。", **fields):
    plan = plan or make_plan()
    number = fields.pop("number", plan.problems.count() + 1)
    fields = {"label": f"({'一二三四五六七八九十'[(number - 1) % 10]})", **fields}
    return Problem.objects.create(office=plan.office, plan=plan, number=number, text=text, **fields)


def make_measure(
    plan=None,
    *,
    state=S.RECTIFYING,
    lead=None,
    responsible=(),
    checkpoints=None,
    problem=None,
    handler=None,
    head=None,
    clerk=None,
    closer=None,
    attempt=1,
    **fields,
):
    """A measure in ``state`` with all that the state implies.

    ``lead``, ``responsible``: a unit or several; without ``lead`` a new one leads, with ``lead=()`` none does.
    ``checkpoints``: dates, default one in 90 days. ``handler``, ``head``: act for every acting unit where the
    state implies that they acted; ``clerk`` verified, ``closer`` closed. Otherwise each unit's own people did.
    """
    plan = plan or make_plan()
    problem = problem or plan.problems.first() or make_problem(plan)
    leads = _several(lead) if lead is not None else [make_unit(plan.office)]
    due = [clock.today() + timedelta(days=90)] if checkpoints is None else list(checkpoints)
    measure = _measure_row(plan, problem, MeasureState(state), due, fields)
    for order, (unit, role) in enumerate(_with_roles(leads, responsible)):
        Duty.objects.create(
            office=plan.office, measure=measure, unit=unit, role=role, order=order, printed=unit.name
        )
    for day in due:
        Checkpoint.objects.create(office=plan.office, measure=measure, due_on=day, original_due_on=day)
    _bring_along(measure, {"handler": handler, "head": head, "clerk": clerk, "closer": closer}, attempt)
    return measure


def _several(units):
    return [units] if isinstance(units, Unit) else list(units)


def _with_roles(leads, responsible):
    return [(u, DutyRole.LEAD) for u in leads] + [(u, DutyRole.RESPONSIBLE) for u in _several(responsible)]


def _measure_row(plan, problem, state, due, fields):
    order = fields.pop("order", None) or plan.measures.count() + 1
    now, today = clock.now(), clock.today()
    issued = state != S.DRAFT
    dates = [deadlines.CheckpointDates(day, day) for day in due]
    met = REACHED.get(state, 1) >= 4  # verifying confirms every checkpoint
    fields = {
        "label": f"({order})",
        "number": f"{problem.label}({order})",
        "text": f"完成第{order}项整改任务，建立台账并落实长效管护。",
        "deadline_text": "、".join(f"{day.year}年{day.month}月{day.day}日前" for day in due),
        "state_since": now - timedelta(days=10) if issued else None,
        "claim_due_on": deadlines.add_workdays(today, settings.XIAOHAO_CLAIM_WORKDAYS) if issued else None,
        "closed_on": today if state == S.CLOSED else None,
        "next_due_on": None if met else deadlines.next_due(dates, issued_on=plan.issued_on),
        **fields,
    }
    if state == S.CLOSED and fields.get("long_term"):
        fields.setdefault("follow_up_months", settings.XIAOHAO_FOLLOW_UP_MONTHS)
    return Measure.objects.create(
        office=plan.office, plan=plan, problem=problem, order=order, state=state, **fields
    )


def _bring_along(measure, people, attempt):
    """Write what had to happen before the measure could be where it is."""
    reached = REACHED.get(measure.state, 1)
    if reached < 1:
        return
    now = clock.now()
    opened = Round.objects.create(
        office=measure.office, measure=measure, attempt=attempt, opened_at=now - timedelta(days=30)
    )
    duties = list(measure.duties.select_related("unit"))
    acting = [d for d in duties if d.role == DutyRole.LEAD] or duties
    if reached >= 2:
        for duty in acting:
            duty.claimed_at = now - timedelta(days=28)
            duty.claimed_by = people["handler"] or member(duty.unit, Role.HANDLER)
            duty.save()
    if attempt > 1:
        _return(measure, opened, acting, people, attempt)
    if reached >= 3:
        _submit(measure, opened, acting, people)
    if reached >= 4:
        _verify(measure, opened, people)
    if reached >= 5:
        opened.closed_at, opened.closed_by = now, people["closer"] or member(measure.office, "OFFICE_HEAD")
        opened.save()


def _return(measure, opened, acting, people, attempt):
    """Earlier attempts: asked for and sent back by the office."""
    for earlier in range(1, attempt):
        person = people["handler"] or member(acting[0].unit, Role.HANDLER)
        make_sign_off(opened, acting[0].unit, person, SignOffKind.REQUEST, attempt=earlier)
        clerk = people["clerk"] or member(measure.office, Role.OFFICE_CLERK)
        unit = measure.office.unit
        make_sign_off(opened, unit, clerk, SignOffKind.RETURN, attempt=earlier, note="佐证不足，请补充。")


def _submit(measure, opened, acting, people):
    for duty in acting:
        handler = people["handler"] or member(duty.unit, Role.HANDLER)
        make_progress(measure, duty.unit, author=handler)
        make_evidence(measure, duty.unit, uploaded_by=handler)
        make_sign_off(opened, duty.unit, handler, SignOffKind.REQUEST)
        head = people["head"] or member(duty.unit, Role.UNIT_HEAD)
        make_sign_off(opened, duty.unit, head, SignOffKind.SUBMIT)
    measure.checkpoints.update(reported_on=clock.today() - timedelta(days=5), reported_attempt=opened.attempt)


def _verify(measure, opened, people):
    clerk = people["clerk"] or member(measure.office, Role.OFFICE_CLERK)
    day = clock.today() - timedelta(days=2)
    Verification.objects.create(
        office=measure.office,
        round=opened,
        attempt=opened.attempt,
        verifier=clerk,
        unit=measure.office.unit,
        method=VerificationMethod.SITE,
        visited_on=day,
        findings="现场查看，整改到位。",
        evidence_digests=sorted(opened.evidence.values_list("file__sha256", flat=True)),
        at=clock.now() - timedelta(days=1),
    )
    measure.checkpoints.update(met_on=clock.today() - timedelta(days=5), met_attempt=opened.attempt)


def make_sign_off(opened, unit, person, kind, *, attempt=None, note=""):
    return SignOff.objects.create(
        office=opened.office,
        round=opened,
        attempt=attempt or opened.attempt,
        unit=unit,
        person=person,
        kind=kind,
        at=clock.now() - timedelta(days=6),
        note=note,
    )


def make_progress(measure, unit=None, *, author=None, progress="已完成现场踏勘。", period=None, **fields):
    unit = unit or measure.duties.first().unit
    now = clock.now()
    day = measure.plan.reporting_day
    return ProgressEntry.objects.create(
        office=measure.office,
        measure=measure,
        unit=unit,
        period=period or deadlines.period_of(now, day, clock.COUNTY_ZONE),
        progress=progress,
        author=author or member(unit, Role.HANDLER),
        recorded_at=now,
        **{"happened_on": clock.today(), "difficulties": "", "next_steps": "", **fields},
    )


def make_evidence(measure, unit=None, *, uploaded_by=None, data=None, name="整改前后对比.png", **fields):
    """A file put forward for the measure, with bytes of its own on disk."""
    unit = unit or measure.duties.first().unit
    stored = files.store(measure.office_id, data or png(), "image/png")
    return Evidence.objects.create(
        office=measure.office,
        measure=measure,
        round=fields.pop("round", None) or measure.rounds.order_by("-number").first(),
        unit=unit,
        file=stored,
        name=name,
        uploaded_by=uploaded_by or member(unit, Role.HANDLER),
        uploaded_at=clock.now(),
        **fields,
    )


def png(seed=None) -> bytes:
    """Bytes that are a PNG by their head and differ with every call (or with the seed)."""
    return b"\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR" + str(next(_number) if seed is None else seed).encode() * 3


def day(text) -> date:
    return date.fromisoformat(text)
