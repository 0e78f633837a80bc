"""Who should know of an act: one table, act → people by right and unit. Written in the act's own transaction.

A notice only tells: it is on the desk at once, and the outbox makes mail and chat messages of it later.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field

from django.core.exceptions import EmptyResultSet
from django.db import connection
from django.db.models import Q, Value
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from cases.models import Duty, ExtensionState, Finding, InputRequest, Notice
from cases.presenters import shortened
from cases.states import MeasureState
from permissions.models import Membership, UnitKind
from permissions.roles import ROLE_RIGHTS

S = MeasureState


@dataclass(frozen=True)
class Note:
    """What one person should know. ``key`` makes it exactly one."""

    person_id: int
    key: str
    kind: str
    params: dict = field(default_factory=dict)
    measure_id: int | None = None
    instrument_id: int | None = None
    url: str = ""


def write(notes: Iterable[Note], *, office, now):
    """Keep notices of which each says something of its own. One statement."""
    rows = [
        Notice(
            office_id=office.pk,
            person_id=note.person_id,
            key=note.key[:120],
            kind=note.kind,
            params=note.params,
            measure_id=note.measure_id,
            instrument_id=note.instrument_id,
            url=note.url,
            created_at=now,
        )
        for note in notes
    ]
    Notice.objects.bulk_create(rows, ignore_conflicts=True)


def write_alike(memberships, **values):
    """Keep the same notice for everybody who holds one of the memberships: an INSERT from a SELECT, one statement.

    Django has no such call; acts are counted in statements, and to read the people first would be one more.
    """
    fields = {name: Notice._meta.get_field(name) for name in values}
    said = {f"said_{name}": Value(value, output_field=_plain(fields[name])) for name, value in values.items()}
    selected = memberships.order_by().annotate(**said).values_list("person_id", *said)
    try:
        sql, params = selected.query.get_compiler(connection=connection).as_sql()
    except EmptyResultSet:
        return
    quote = connection.ops.quote_name
    columns = ", ".join(quote(name) for name in ("person_id", *(fields[name].column for name in values)))
    with connection.cursor() as cursor:
        cursor.execute(
            f"INSERT INTO {quote(Notice._meta.db_table)} ({columns}) {sql} ON CONFLICT DO NOTHING", params
        )


def _plain(column):
    """A field that only says how a value is written; a foreign key is written as what it points to."""
    return (column.target_field if column.is_relation else column).__class__()


def people(where: Q, *, today):
    """[(person id, unit id, role, name)] of live memberships. One query."""
    return list(_members(where, today).values_list("person_id", "unit_id", "role", "person__name"))


def _members(where, today):
    return Membership.objects.live(today).filter(where, person__is_active=True).order_by("person_id", "pk")


def holding(codename):
    """Condition on a membership: its role includes the right."""
    return Q(role__in=[role for role, rights in ROLE_RIGHTS.items() if codename in rights])


def of_office(office_id):
    return Q(unit__office=office_id, unit__kind=UnitKind.OFFICE)


# The table ----------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Telling:
    """``who(knock, result)``: condition on memberships, or None when nobody is told. ``words``: what they read."""

    who: Callable
    words: str
    chat: bool = False  # the robots tell it, too


def office(*codenames):
    def who(knock, result):
        right = Q(pk__in=[])
        for codename in codenames:
            right |= holding(codename)
        return of_office(_office_id(knock)) & right

    return who


def duty_units(codename):
    """Everybody with the right in a unit that has a duty on the measure."""

    def who(knock, result):
        measure_id = _measure_id(knock, result)
        return Q(unit__in=Duty.objects.filter(measure=measure_id).values("unit")) & holding(codename)

    return who


def own_unit(codename):
    """Colleagues of the person who acts: their units as far as these have a duty on the measure."""

    def who(knock, result):
        units = knock.access.duty_unit_ids
        duties = Duty.objects.filter(measure=_measure_id(knock, result), unit__in=units)
        return Q(unit__in=duties.values("unit")) & holding(codename)

    return who


def unit_of_subject(*codenames):
    """Of the unit that a filing, extension or instrument belongs to."""

    def who(knock, result):
        right = Q(pk__in=[])
        for codename in codenames:
            right |= holding(codename)
        return Q(unit=result.unit_id) & right

    return who


def asked_units(knock, result):
    """Those whom this very act asked for their part."""
    asked = InputRequest.objects.filter(measure=knock.subject.pk, asked_at=knock.now)
    return Q(unit__in=asked.values("to_unit")) & holding("answer_input")


def asking_unit(knock, result):
    asked = InputRequest.objects.filter(measure=knock.subject.pk, answered_at=knock.now)
    return Q(unit__in=asked.values("from_unit")) & holding("ask_input")


def problem_units(knock, result):
    duties = Duty.objects.filter(measure__problem=knock.subject.pk)
    return Q(unit__in=duties.values("unit")) & holding("claim_measure")


def amended_units(knock, result):
    duties = Duty.objects.filter(measure__plan=knock.subject.amends_id)
    return Q(unit__in=duties.values("unit")) & holding("claim_measure")


def leader_or_unit(knock, result):
    """From the second extension on the leader signs it; else it is decided."""
    if result.state == ExtensionState.SIGNING:
        return office("sign_extension")(knock, result)
    return unit_of_subject("request_extension", "approve_extension")(knock, result)


def office_if_failed(knock, result):
    return office("relapse_measure")(knock, result) if knock.data.get("finding") == Finding.FAILED else None


def once(state, who):
    """Only when the act brought the subject into this state."""
    return lambda knock, result: who(knock, result) if knock.subject.state == state else None


def new_plan_units(knock, result):
    return Q(unit__in=Duty.objects.filter(measure__plan=knock.subject.pk).values("unit")) & holding(
        "claim_measure"
    )


def filing_units(knock, result):
    return Q(unit__in=result.filings.values("unit")) & holding("draft_filing")


def closers(knock, result):
    codename = "sign_report" if knock.subject.important else "close_out_measure"
    return of_office(_office_id(knock)) & holding(codename)


TELLINGS = {
    "issue_plan": Telling(
        new_plan_units,
        gettext_lazy("A plan was issued to your unit; claim its measures: %(what)s"),
        chat=True,
    ),
    "report_checkpoint": Telling(
        office("confirm_checkpoint"),
        gettext_lazy("A checkpoint was reported and waits for your confirmation: %(what)s"),
    ),
    "confirm_checkpoint": Telling(
        duty_units("report_checkpoint"), gettext_lazy("A checkpoint was confirmed: %(what)s")
    ),
    "refuse_checkpoint": Telling(
        duty_units("report_checkpoint"),
        gettext_lazy("A reported checkpoint was sent back: %(what)s %(reason)s"),
    ),
    "request_verification": Telling(
        own_unit("submit_measure"),
        gettext_lazy("A request for verification waits for your approval: %(what)s"),
    ),
    "submit": Telling(
        once(S.SUBMITTED, office("verify_measure")), gettext_lazy("Waits for verification: %(what)s")
    ),
    "return_for_rework": Telling(
        duty_units("enter_progress"), gettext_lazy("Returned for rework: %(what)s %(reason)s"), chat=True
    ),
    "verify": Telling(closers, gettext_lazy("Verified, waits for close-out: %(what)s")),
    "close_out": Telling(duty_units("enter_progress"), gettext_lazy("Closed out: %(what)s")),
    "withdraw": Telling(duty_units("enter_progress"), gettext_lazy("Withdrawn: %(what)s %(reason)s")),
    "raise_dispute": Telling(
        office("settle_dispute"), gettext_lazy("A unit disputes its duty: %(what)s %(reason)s"), chat=True
    ),
    "settle_dispute": Telling(
        duty_units("claim_measure"), gettext_lazy("The dispute was settled: %(what)s"), chat=True
    ),
    "reassign": Telling(
        duty_units("claim_measure"), gettext_lazy("Re-assigned: %(what)s %(reason)s"), chat=True
    ),
    "relapse": Telling(
        duty_units("enter_progress"),
        gettext_lazy("Has relapsed and must be rectified again: %(what)s %(reason)s"),
        chat=True,
    ),
    "ask_input": Telling(
        asked_units, gettext_lazy("A lead unit asks your unit for its part: %(what)s"), chat=True
    ),
    "answer_input": Telling(asking_unit, gettext_lazy("An answer to your question is there: %(what)s")),
    "record_follow_up": Telling(
        office_if_failed, gettext_lazy("A follow-up found that it no longer holds: %(what)s")
    ),
    "merge": Telling(duty_units("enter_progress"), gettext_lazy("Merged: %(what)s %(reason)s")),
    "issue_problem": Telling(
        problem_units, gettext_lazy("Measures were issued to your unit; claim them: %(what)s"), chat=True
    ),
    "apply_amendment": Telling(
        amended_units, gettext_lazy("The plan was amended; look at your measures: %(what)s"), chat=True
    ),
    "request_extension": Telling(
        own_unit("approve_extension"),
        gettext_lazy("A request for extension waits for your approval: %(what)s"),
    ),
    "approve_extension": Telling(
        office("decide_extension"), gettext_lazy("A request for extension waits for your decision: %(what)s")
    ),
    "decide_extension": Telling(
        leader_or_unit, gettext_lazy("The office decided on the extension: %(what)s"), chat=True
    ),
    "sign_extension": Telling(
        unit_of_subject("request_extension", "approve_extension"),
        gettext_lazy("The extension is granted: %(what)s"),
        chat=True,
    ),
    "refuse_extension": Telling(
        unit_of_subject("request_extension", "approve_extension"),
        gettext_lazy("The extension is refused: %(what)s %(reason)s"),
        chat=True,
    ),
    "supervise": Telling(
        unit_of_subject("receive_instrument"),
        gettext_lazy("Issued to your unit; receive and answer it: %(what)s"),
        chat=True,
    ),
    "submit_filing": Telling(
        unit_of_subject("approve_filing"), gettext_lazy("A filing waits for your approval: %(what)s")
    ),
    "send_back_filing": Telling(
        unit_of_subject("draft_filing"), gettext_lazy("Your filing was sent back: %(what)s %(reason)s")
    ),
    "approve_filing": Telling(office("accept_filing"), gettext_lazy("A unit filed its report: %(what)s")),
    "return_filing": Telling(
        unit_of_subject("draft_filing"),
        gettext_lazy("The office returned your filing: %(what)s %(reason)s"),
        chat=True,
    ),
    "open_period": Telling(filing_units, gettext_lazy("A month was opened for filing: %(what)s"), chat=True),
    "submit_report": Telling(
        office("review_report"), gettext_lazy("A monthly report waits for your review: %(what)s")
    ),
    "review_report": Telling(
        office("sign_report"), gettext_lazy("A monthly report waits for your signature: %(what)s")
    ),
    "refuse_report": Telling(
        office("compose_report"), gettext_lazy("A monthly report came back: %(what)s %(reason)s")
    ),
    "issue_instrument": Telling(
        unit_of_subject("receive_instrument"),
        gettext_lazy("Issued to your unit; receive and answer it: %(what)s"),
        chat=True,
    ),
    "answer_instrument": Telling(
        office("issue_instrument", "prepare_instrument"), gettext_lazy("A unit answered: %(what)s")
    ),
    "settle_instrument": Telling(
        unit_of_subject("receive_instrument"), gettext_lazy("The office settled: %(what)s")
    ),
}
# Notices that no act of a person causes.
WORDS = {
    "remind": gettext_lazy("%(what)s"),
    "propose_instruments": gettext_lazy(
        "Supervision proposes %(count)s instruments; look at them and issue them."
    ),
}


# What the chat robots tell, too.
CHAT = ["remind", *(act for act, telling in TELLINGS.items() if telling.chat)]


def tell(knock, result):
    """Write what this act gives others to know; whoever acts knows already. One statement, none for most acts."""
    telling = TELLINGS.get(knock.act)
    where = telling and telling.who(knock, result)
    if where is None:
        return
    members = _members(where, knock.today)
    subject = result if hasattr(result, "get_absolute_url") else knock.subject
    write_alike(
        members.exclude(person=knock.actor) if knock.actor else members,
        office_id=_office_id(knock),
        key=f"{knock.act}:{result._meta.model_name}:{result.pk}:{knock.now:%Y%m%d%H%M%S%f}",
        kind=knock.act,
        params=params_of(knock, result),
        measure_id=_measure_id(knock, result),
        instrument_id=result.pk if result._meta.model_name == "instrument" else None,
        url=subject.get_absolute_url(),
        created_at=knock.now,
    )


def params_of(knock, result):
    """What the words need; names, no ids: the notice stays true when its subject is gone."""
    reason = knock.details.get("reason") or knock.data.get("reason") or ""
    return {"what": _what(result), "reason": shortened(str(reason), 200), "by": str(knock.actor or "")}


def _what(subject):
    """The measure by number and words, also that of an extension or instrument. No query."""
    kind = subject._meta.model_name
    measure = subject if kind == "measure" else subject._state.fields_cache.get("measure")
    if measure is None:
        return str(subject)
    about = f"{measure.number} {shortened(measure.text, 60)}"
    return f"{subject} · {about}" if kind == "instrument" else about


def words_of(kind, params):
    words = TELLINGS[kind].words if kind in TELLINGS else WORDS[kind]
    return (str(words) % {"what": "", "reason": "", **params}).strip()


def line_of(notice):
    """What the person reads, in the language that is active."""
    if notice.kind in TELLINGS or notice.kind in WORDS:
        return words_of(notice.kind, notice.params)
    return _("Something has changed: %(what)s") % {"what": notice.params.get("what", "")}


def _measure_id(knock, result):
    if knock.subject._meta.model_name == "measure":
        return knock.subject.pk
    return getattr(knock.subject, "measure_id", None) or getattr(result, "measure_id", None)


def _office_id(knock):
    subject = knock.subject
    return subject.pk if subject._meta.model_name == "office" else subject.office_id


def unread_of(user):
    return Notice.objects.filter(person=user, read_at=None)
