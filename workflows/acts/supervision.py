"""Acts of supervision (督办): climb the ladder; prepare, issue, dismiss, receive, answer and settle an instrument."""

from collections import defaultdict

from django.db.models import Q
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from cases.errors import NotReady, WrongState
from cases.models import CauseKind, Instrument, InstrumentKind, InstrumentState, Measure
from cases.rules import rules_of
from cases.states import MeasureState
from cases.supervision import ladder_for, passed_over, steps_due
from permissions.models import Office, Role, Unit
from permissions.roles import UNIT_ROLES
from workflows import notices
from workflows.acts.imports import own_offices, permit_office
from workflows.causes import causes_of, gone, has_gone
from workflows.door import Act, _measures_to_act_on, register
from workflows.instruments import (
    BLANK,
    CAUSE_GONE,
    TO_ANSWER,
    Matters,
    default_answer_day,
    numbers_for,
    text_of,
    visible_instruments,
    words_on,
)
from workflows.record import Said
from workflows.tellings import of_office

K, S = InstrumentKind, InstrumentState
WAITING = Q(state=S.PROPOSED) | Q(kind=K.REMINDER, state__in=TO_ANSWER)  # ends with its cause
MANUAL_ROLES = (Role.HANDLER, Role.UNIT_HEAD)


# The ladder ---------------------------------------------------------------------------------------------


def due_now(office, *, today):
    """([(cause, step, [step passed over])] to take, [Instrument] whose cause has gone). Asking changes nothing."""
    rules = rules_of(office)
    causes = causes_of(office.pk, rules, today=today)
    known = Instrument.objects.filter(office=office).exclude(cause_kind=CauseKind.MANUAL)
    taken = defaultdict(set)
    first = min((cause.due_on for cause in causes), default=today)
    for name, unit_id, rung in known.filter(due_on__gte=first).values_list("cause", "unit_id", "rung"):
        taken[name, unit_id].add(rung)
    steps = [
        (cause, step, passed_over(step, rules.ladder, taken=before))
        for cause in causes
        for before in [taken[cause.name, cause.unit_id]]
        for step in steps_due(cause, ladder_for(cause, rules), today=today, taken=before)
    ]
    return steps, gone(known.filter(WAITING).select_related("unit"), causes)


def climb_ladder(knock):
    """Send the reminders that are due, propose the severer steps, end the ladders whose cause has gone.

    The office's row is locked meanwhile, so of two runs the second finds nothing left to do.
    """
    office = knock.subject
    steps, over = due_now(office, today=knock.today)
    if not steps and not over:
        raise NotReady(_("Nothing is due."))
    over = _still_waiting(over)
    for row in over:
        row.state, row.ended_at, row.row_version = S.LAPSED, knock.now, row.row_version + 1
    Instrument.objects.bulk_update(over, ["state", "ended_at", "row_version"])
    made = _made(knock, steps)
    knock.said = [_said(knock, row) for row in [*made, *over]]
    sent = sum(row.kind == K.REMINDER for row in made)
    knock.details = {"reminders": sent, "proposed": len(made) - sent, "lapsed": len(over)}


def _still_waiting(rows):
    """Locked until the act commits, less those that somebody issued or answered since they were read."""
    found = Instrument.objects.filter(WAITING, pk__in=[row.pk for row in rows]).select_related("unit")
    return list(found.select_for_update(of=("self",)).order_by("pk"))


def _made(knock, steps):
    office, matters = knock.subject, Matters([cause for cause, _step, _passed in steps])
    rows = [_instrument(knock, cause, step, passed, matters) for cause, step, passed in steps]
    reminders = [row for row in rows if row.kind == K.REMINDER]
    if reminders:
        numbers = numbers_for(office, K.REMINDER, knock.today.year, len(reminders))
        for row, number in zip(reminders, numbers, strict=True):
            row.document_number = number
    people = _people(office, rows, knock.today)
    units = Unit.objects.in_bulk({row.unit_id for row in rows})
    for row in rows:
        row.unit = units[row.unit_id]
        row.recipients = [{"role": role, "name": name} for _pk, role, name in _hear(people, row)]
    Instrument.objects.bulk_create(rows)
    _tell(knock, rows, people)
    return rows


def _instrument(knock, cause, step, passed, matters):
    is_reminder = step.kind == K.REMINDER
    row = Instrument(
        office=knock.subject,
        kind=step.kind,
        state=S.ISSUED if is_reminder else S.PROPOSED,
        cause_kind=cause.kind,
        cause=cause.name,
        rung=step.days,
        measure_id=cause.measure_id,
        unit_id=cause.unit_id,
        due_on=cause.due_on,
        text=text_of(step.kind, cause, lambda: matters.of(cause), today=knock.today),
        proposed_at=knock.now,
        issued_at=knock.now if is_reminder else None,
    )
    # The office's own delay is its head's affair.
    row.roles = (Role.OFFICE_HEAD,) if cause.kind == CauseKind.VERIFICATION else step.to
    row.passed_over = [] if is_reminder else [[lower.kind, lower.days] for lower in passed]
    return row


def _people(office, rows, today):
    """{(unit id or None for the office, role): {person id: name}}. One query."""
    where = Q(unit__in={row.unit_id for row in rows}) | of_office(office.pk)
    found, people = notices.people(where, today=today) if rows else [], defaultdict(dict)
    for person_id, unit_id, role, name in found:
        people[unit_id if role in UNIT_ROLES else None, role][person_id] = name
    return people


def _hear(people, row):
    """[(person id, role, name)] who hear of an instrument, each once, the unit's first."""
    heard = {}
    for role in row.roles:
        for pk, name in people.get((row.unit_id if role in UNIT_ROLES else None, role), {}).items():
            heard.setdefault(pk, (pk, role, name))
    return list(heard.values())


def _tell(knock, rows, people):
    """A notice of each reminder to each who hears of it; of proposals one to each who can issue or prepare them."""
    office, notes = knock.subject, []
    reminders = [row for row in rows if row.kind == K.REMINDER]
    for row in reminders:
        for pk, _role, _name in _hear(people, row):
            notes.append(
                notices.Note(
                    pk, f"instrument:{row.pk}", "remind", {"what": row.text}, row.measure_id, row.pk,
                    row.get_absolute_url(),
                )
            )  # fmt: skip
    if proposed := len(rows) - len(reminders):
        desk = {**people.get((None, Role.OFFICE_HEAD), {}), **people.get((None, Role.OFFICE_CLERK), {})}
        url = f"{reverse('workflows:supervision')}?state={S.PROPOSED}"
        notes += [
            notices.Note(
                pk,
                f"proposed:{knock.now:%Y%m%d%H%M%S%f}",
                "propose_instruments",
                {"count": proposed},
                url=url,
            )
            for pk in desk
        ]
    notices.write(notes, office=office, now=knock.now)


def _said(knock, row):
    """What the record says of one row; only what was sent is told on the measure, which the unit reads."""
    act = {S.ISSUED: "remind", S.PROPOSED: "propose_instrument", S.LAPSED: "lapse_instrument"}[row.state]
    body = {"kind": row.kind, "cause": row.cause, "rung": row.rung, "unit": row.unit.name}
    if row.document_number:
        body["document_number"] = row.document_number
    if getattr(row, "passed_over", None):
        body["passed_over"] = row.passed_over
    return Said(act, row, body, row.measure_id if row.state == S.ISSUED else None)


# One instrument -----------------------------------------------------------------------------------------


def prepare_instrument(knock):
    """The clerk words what was proposed; the head issues it."""
    row = _expect(knock, S.PROPOSED)
    row.text, row.answer_due_on = _text(knock), _answer_day(knock)
    _save(knock)
    knock.details = {"kind": row.kind, "unit": row.unit.name}


def issue_instrument(knock):
    """The office's head issues it: it gets its number, and its unit a date to answer by."""
    row = _expect(knock, S.PROPOSED)
    _expect_cause(knock)
    row.text = _complete(_text(knock) if knock.data.get("text") else words_on(row, knock.today))
    row.answer_due_on = _answer_day(knock) or row.answer_due_on or default_answer_day(knock.today)
    _issue(knock, row)
    _save(knock)
    _about(knock, row)


def dismiss_instrument(knock):
    """The head does not send it; the reason stays with it, and it is not proposed again."""
    row = _expect(knock, S.PROPOSED)
    row.state, row.effect = S.DISMISSED, knock.data["reason"]
    row.ended_by, row.ended_at = knock.actor, knock.now
    _save(knock)
    knock.details = {"kind": row.kind, "unit": row.unit.name, "reason": row.effect}


def supervise(knock):
    """The office's head issues an instrument for a measure without waiting for the ladder."""
    measure, data = knock.subject, knock.data
    kind = K(data["kind"])
    duty = measure.duties.filter(unit=data["unit"]).select_related("unit").first()
    if duty is None:
        raise NotReady(_("This unit has no duty on the measure any more. Reload the page."))
    if kind == K.REMINDER:
        _refuse_without_work(measure)
    number = Instrument.objects.filter(measure=measure, cause_kind=CauseKind.MANUAL).count() + 1
    row = Instrument(
        office=measure.office,
        kind=kind,
        cause_kind=CauseKind.MANUAL,
        cause=f"{CauseKind.MANUAL}:{measure.pk}:{number}",
        rung=0,
        measure=measure,
        unit=duty.unit,
        due_on=measure.next_due_on or knock.today,
        text=_complete(_text(knock)),
        # A reminder asks for the thing itself, not for an answer.
        answer_due_on=None if kind == K.REMINDER else _answer_day(knock) or default_answer_day(knock.today),
        proposed_at=knock.now,
    )
    row.roles = MANUAL_ROLES
    heard = _hear(_people(measure.office, [row], knock.today), row)
    row.recipients = [{"role": role, "name": name} for _pk, role, name in heard]
    _issue(knock, row)
    row.save()
    _about(knock, row)
    knock.details["number"] = measure.number
    return row


def _refuse_without_work(measure):
    """A reminder is for units that have something to do now."""
    if measure.state in (MeasureState.SUBMITTED, MeasureState.VERIFIED):
        raise NotReady(_("This measure waits for the office, so there is nothing to remind its units of."))
    if measure.state == MeasureState.CLOSED and not measure.follow_up_months:
        raise NotReady(_("This measure is closed out, so there is nothing to remind its units of."))


def receive_instrument(knock):
    """Somebody of the unit signs for it (签收)."""
    row = _expect(knock, S.ISSUED)
    _receive(knock, row)
    _save(knock)
    _about(knock, row)


def answer_instrument(knock):
    """The unit answers; answering an instrument that nobody signed for signs for it."""
    row = _expect(knock, *TO_ANSWER)
    if row.kind == K.REMINDER:
        raise NotReady(_("A reminder asks for the thing itself, not for an answer."))
    if row.received_at is None:
        _receive(knock, row)
    row.state, row.answer = S.ANSWERED, knock.data["answer"]
    row.answered_by, row.answered_at = knock.actor, knock.now
    _save(knock)
    _about(knock, row)
    knock.details["text"] = row.answer


def settle_instrument(knock):
    """The office ends it and says what it brought about, also where the unit never answered."""
    row = _expect(knock, S.ISSUED, S.RECEIVED, S.ANSWERED)
    row.state, row.effect = S.SETTLED, knock.data["effect"]
    row.ended_by, row.ended_at = knock.actor, knock.now
    _save(knock)
    _about(knock, row)
    knock.details["note"] = row.effect


def _issue(knock, row):
    row.state, row.issued_by, row.issued_at = S.ISSUED, knock.actor, knock.now
    [row.document_number] = numbers_for(row.office, row.kind, knock.today.year, 1)
    if not row.recipients:
        row.recipients = [{"role": role, "name": ""} for role in MANUAL_ROLES]


def _receive(knock, row):
    row.state, row.received_by, row.received_at = S.RECEIVED, knock.actor, knock.now


def _expect(knock, *states):
    if knock.subject.state not in states:
        raise WrongState(state=knock.subject.get_state_display())
    return knock.subject


def _expect_cause(knock):
    """Since it was proposed the unit may have done its part: the ladder itself looks only once in a while."""
    row = knock.subject
    if has_gone(row, rules_of(row.office), today=knock.today):
        raise NotReady(CAUSE_GONE)


def _text(knock):
    text = knock.data["text"].strip()
    if not text:
        raise NotReady(_("An instrument needs its words."))
    return text


def _complete(text):
    """An interview names its time and its place, which the proposal leaves blank."""
    if BLANK in text:
        raise NotReady(_("Fill in first what is left blank in the words (%(blank)s)."), blank=BLANK)
    return text


def _answer_day(knock):
    day = knock.data.get("answer_due_on")
    if day and day < knock.today:
        raise NotReady(_("The day to answer by lies in the past. Choose a later one."))
    return day


def _about(knock, row):
    knock.measure_id = row.measure_id
    knock.details = {"kind": row.kind, "unit": row.unit.name, "document_number": row.document_number}


def _save(knock):
    knock.subject.row_version += 1
    knock.subject.save()


# Rights -------------------------------------------------------------------------------------------------


def _permit_unit(codename):
    return lambda knock: knock.require(codename, knock.subject.unit_id)


def _permit_either(*codenames):
    """The office's clerk or head."""

    def permit(knock):
        unit_id = knock.office_unit.pk
        codename = next((c for c in codenames if knock.access.has(c, unit_id)), codenames[0])
        knock.require(codename, unit_id)

    return permit


register(
    Act(
        "climb_ladder",
        Office,
        own_offices,
        permit_office("issue_instrument"),
        climb_ladder,
        by_person=False,
        by_system=True,
    )
)
register(Act("supervise", Measure, _measures_to_act_on, permit_office("issue_instrument"), supervise))
for _name, _permit, _apply in (
    ("prepare_instrument", _permit_either("prepare_instrument", "issue_instrument"), prepare_instrument),
    ("issue_instrument", permit_office("issue_instrument"), issue_instrument),
    ("dismiss_instrument", permit_office("issue_instrument"), dismiss_instrument),
    ("receive_instrument", _permit_unit("receive_instrument"), receive_instrument),
    ("answer_instrument", _permit_unit("answer_instrument"), answer_instrument),
    ("settle_instrument", _permit_either("prepare_instrument", "issue_instrument"), settle_instrument),
):
    register(
        Act(
            _name,
            Instrument,
            visible_instruments,
            _permit,
            _apply,
            related=("office__rules", "unit", "measure"),
        )
    )
