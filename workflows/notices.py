"""Who should know of an act: one table, act → people by right and unit. Written in the act's own transaction.

A notice only tells: it is on the desk at once, and goes by mail and chat through the outbox.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field

from django.db.models import Exists, OuterRef, Q
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from cases.models import Duty, Notice
from cases.presenters import shortened
from cases.rules import rules_of
from cases.states import MeasureState
from permissions.models import Membership, UnitKind
from permissions.roles import ROLE_RIGHTS
from workflows import outbox
from workflows.models import Channel, Delivery

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


def write(notes: Iterable[Note], *, office, now, chat=None):
    """Keep notices and what the outbox makes of them. Two statements at most, three with chat robots.

    ``chat``: (unit ids, key, text) for the robots, or None.
    """
    notes = list(notes)
    if notes:
        Notice.objects.bulk_create(
            [
                Notice(
                    office_id=office.pk, person_id=n.person_id, key=n.key[:120], kind=n.kind, params=n.params,
                    measure_id=n.measure_id, instrument_id=n.instrument_id, url=n.url, created_at=now,
                )
                for n in notes
            ],
            ignore_conflicts=True,
        )  # fmt: skip
    quiet = rules_of(office).quiet
    out = outbox.mails_for({n.person_id for n in notes}, office_id=office.pk, quiet=quiet, now=now)
    if chat:
        units, key, text = chat
        out += outbox.chats_for(units, key=key, text=text, office_id=office.pk, quiet=quiet, now=now)
    if out:
        Delivery.objects.bulk_create(out, ignore_conflicts=True)


def people(where: Q, *, today, office_id=None):
    """[(person id, unit id, role, name, office has robots)] of live memberships. One query."""
    robots = Channel.objects.filter(office=OuterRef("unit__office"), is_active=True)
    rows = Membership.objects.live(today).filter(where, person__is_active=True).order_by("person_id", "pk")
    return list(
        rows.annotate(robots=Exists(robots)).values_list(
            "person_id", "unit_id", "role", "person__name", "robots"
        )
    )


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
        return Q(unit=knock.subject.unit_id) & right

    return who


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
# Notices that no single act of a person causes.
WORDS = {
    "remind": gettext_lazy("%(what)s"),
    "propose_instruments": gettext_lazy(
        "Supervision proposes %(count)s instruments; look at them and issue them."
    ),
}


def tell(knock, result):
    """Write what this act gives others to know; whoever acts knows already. Two statements, none for most acts."""
    telling = TELLINGS.get(knock.act)
    where = telling and telling.who(knock, result)
    if where is None:
        return
    found = people(where, today=knock.today)
    others = {row[0]: row for row in found if knock.actor is None or row[0] != knock.actor.pk}
    if not others:
        return
    params = params_of(knock, result)
    key = f"{knock.act}:{_subject_of(knock, result)}:{knock.now:%Y%m%d%H%M%S%f}"
    subject = result if hasattr(result, "get_absolute_url") else knock.subject
    notes = [
        Note(
            person_id,
            key,
            knock.act,
            params,
            measure_id=_measure_id(knock, result),
            instrument_id=result.pk if result._meta.model_name == "instrument" else None,
            url=subject.get_absolute_url(),
        )
        for person_id in others
    ]
    chat = None
    if telling.chat and any(row[4] for row in others.values()):
        chat = {row[1] for row in others.values()}, key, words_of(knock.act, params)
    write(notes, office=_office(knock), now=knock.now, chat=chat)


def params_of(knock, result):
    """What the words need; names, no ids: the notice stays true when its subject is gone."""
    subject = knock.subject if result is None else result
    reason = knock.details.get("reason") or knock.data.get("reason") or ""
    number = getattr(subject, "number", None)
    text = getattr(subject, "text", "") if subject._meta.model_name == "measure" else ""
    what = f"{number} {shortened(text, 60)}" if text else str(subject)
    return {"what": what, "reason": shortened(str(reason), 200), "by": str(knock.actor or "")}


def words_of(kind, params):
    words = TELLINGS[kind].words if kind in TELLINGS else WORDS[kind]
    return (str(words) % {"what": "", "reason": "", **params}).strip()


def line_of(notice):
    """What the person reads, in the language that is active."""
    if notice.kind in TELLINGS or notice.kind in WORDS:
        return words_of(notice.kind, notice.params)
    return _("Something has changed: %(what)s") % {"what": notice.params.get("what", "")}


def _subject_of(knock, result):
    return f"{result._meta.model_name}:{result.pk}"


def _measure_id(knock, result):
    if knock.subject._meta.model_name == "measure":
        return knock.subject.pk
    return getattr(knock.subject, "measure_id", None) or getattr(result, "measure_id", None)


def _office_id(knock):
    subject = knock.subject
    return subject.pk if subject._meta.model_name == "office" else subject.office_id


def _office(knock):
    return knock.subject if knock.subject._meta.model_name == "office" else knock.subject.office


def unread_of(user):
    return Notice.objects.filter(person=user, read_at=None)
