"""Who is told of which act, and in which words: one table, act → people by right and unit."""

from collections.abc import Callable
from dataclasses import dataclass

from django.db.models import Q
from django.urls import reverse
from django.utils.http import urlencode
from django.utils.translation import gettext_lazy

from cases.models import Duty, DutyRole, ExtensionState, Finding, InputRequest, PastDuty, Receiver
from cases.states import MeasureState
from permissions.models import UnitKind
from permissions.roles import ROLE_RIGHTS
from reports.filing_rows import PARTS

S = MeasureState


@dataclass(frozen=True)
class Telling:
    """``who(knock, result)``: condition on memberships, or None when nobody is told. ``words``: what they read."""

    who: Callable
    words: str
    chat: bool = False  # the robots tell it, too
    leavers: Callable | None = (
        None  # as ``who``: they lost sight by this act, so they are told without a link
    )
    url: Callable | None = None  # (result) → address, where it is not the page of what the act was about


def holding(*codenames):
    """Condition on a membership: its role includes one of the rights."""
    return Q(role__in=[role for role, rights in ROLE_RIGHTS.items() if not rights.isdisjoint(codenames)])


def of_office(office_id):
    return Q(unit__office=office_id, unit__kind=UnitKind.OFFICE)


def measure_of(knock, result):
    if knock.subject._meta.model_name == "measure":
        return knock.subject.pk
    return getattr(knock.subject, "measure_id", None) or getattr(result, "measure_id", None)


def office_of(knock):
    subject = knock.subject
    return subject.pk if subject._meta.model_name == "office" else subject.office_id


# Conditions on memberships ------------------------------------------------------------------------------


def office(*codenames):
    def who(knock, result):
        return of_office(office_of(knock)) & holding(*codenames)

    return who


def duty_units(codename):
    """Everybody with the right in a unit that has a duty on the measure."""

    def who(knock, result):
        is_measure = result._meta.model_name == "measure"
        measure_id = result.pk if is_measure else measure_of(knock, result)
        return Q(unit__in=Duty.objects.filter(measure=measure_id).values("unit")) & holding(codename)

    return who


def split_units(knock, result):
    """Those who answered for the measure, and those who answer for one of its parts."""
    duties = Duty.objects.filter(Q(measure=result.pk) | Q(measure__origin=result.pk))
    return Q(unit__in=duties.values("unit")) & holding("claim_measure")


def left_units(knock, result):
    """Those whom this very act took the duty from."""
    if not knock.details["ended"]:
        return None
    left = PastDuty.objects.filter(measure=result.pk, ended_at=knock.now)
    return Q(unit__in=left.values("unit")) & holding("claim_measure")


def parts_page(result):
    """The measure and its parts, as far as the reader sees them: parts carry its number."""
    return f"{reverse('cases:ledger')}?{urlencode({'q': result.number})}"


def own_unit(codename):
    """Colleagues of the person who acts: their units as far as these have a duty on the measure."""

    def who(knock, result):
        units = knock.access.duty_unit_ids
        duties = Duty.objects.filter(measure=measure_of(knock, result), unit__in=units)
        return Q(unit__in=duties.values("unit")) & holding(codename)

    return who


def unit_of_subject(*codenames):
    """Of the unit that a filing, extension or instrument belongs to."""

    def who(knock, result):
        return Q(unit=result.unit_id) & holding(*codenames)

    return who


def filing_receivers(knock, result):
    """The office, and those who lead what a unit reported on to its lead units."""
    told = office("accept_filing")(knock, result)
    if result.receiver == Receiver.LEAD:
        said = [row["measure"] for row in result.rows if any(row.get(part) for part in PARTS)]
        leads = Duty.objects.filter(measure__in=said, role=DutyRole.LEAD)
        told |= Q(unit__in=leads.values("unit")) & holding("draft_filing")
    return told


def filing_received_at(result):
    """Lead units do not see the filing: its texts stand beside those of their own."""
    return (result.period if result.receiver == Receiver.LEAD else result).get_absolute_url()


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


def taking_office(knock, result):
    """The measure that was handed over is a draft of the office that takes it."""
    return of_office(result.office_id) & holding("reassign_measure")


def deputy(knock, result):
    return Q(person=result.deputy_id)


def both_ends(knock, result):
    return Q(person__in=[result.deputy_id, result.membership.person_id])


def delegations_page(result):
    return reverse("workflows:delegations")


def filing_units(knock, result):
    return Q(unit__in=result.filings.values("unit")) & holding("draft_filing")


def named_units(knock, result):
    return Q(unit__in=result.mentions.values("unit")) & holding("answer_bulletin")


def closers(knock, result):
    codename = "sign_report" if knock.subject.important else "close_out_measure"
    return of_office(office_of(knock)) & holding(codename)


# The table ----------------------------------------------------------------------------------------------

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
    "send_back_request": Telling(
        own_unit("request_verification"),
        gettext_lazy("Your unit's head sent the request for verification back: %(what)s %(reason)s"),
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
        duty_units("claim_measure"),
        gettext_lazy("Re-assigned: %(what)s %(reason)s"),
        chat=True,
        leavers=left_units,
    ),
    "split": Telling(
        split_units,
        gettext_lazy("Split into parts; look for those of your unit: %(what)s %(reason)s"),
        chat=True,
        url=parts_page,
    ),
    "transfer": Telling(
        duty_units("enter_progress"), gettext_lazy("Handed over to another office: %(what)s %(reason)s")
    ),
    "publish_result": Telling(
        duty_units("enter_progress"), gettext_lazy("The result is published for objections: %(what)s")
    ),
    "record_objection": Telling(
        office("publish_result", "close_out_measure"),
        gettext_lazy("Somebody objects to what is published: %(what)s"),
    ),
    "settle_objection": Telling(closers, gettext_lazy("The objections are settled: %(what)s")),
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
    "approve_filing": Telling(
        filing_receivers, gettext_lazy("A unit filed its report: %(what)s"), url=filing_received_at
    ),
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
        office("compose_report", "review_report"),
        gettext_lazy("A monthly report came back: %(what)s %(reason)s"),
    ),
    "issue_report": Telling(
        office("compose_report", "review_report"), gettext_lazy("The monthly report was issued: %(what)s")
    ),
    "submit_bulletin": Telling(
        office("review_bulletin"), gettext_lazy("A bulletin waits for your review: %(what)s")
    ),
    "review_bulletin": Telling(
        office("sign_bulletin"), gettext_lazy("A bulletin waits for your signature: %(what)s")
    ),
    "refuse_bulletin": Telling(
        office("compose_bulletin", "review_bulletin"),
        gettext_lazy("A bulletin came back: %(what)s %(reason)s"),
    ),
    "issue_bulletin": Telling(
        named_units,
        gettext_lazy("A bulletin that names your unit was issued; receive and answer it: %(what)s"),
        chat=True,
    ),
    "answer_mention": Telling(
        office("compose_bulletin", "review_bulletin"),
        gettext_lazy("A unit answered the bulletin: %(what)s"),
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
    "name_deputy": Telling(
        deputy, gettext_lazy("You stand in for a colleague: %(what)s %(reason)s"), url=delegations_page
    ),
    "revoke_delegation": Telling(
        both_ends, gettext_lazy("A delegation has ended: %(what)s"), url=delegations_page
    ),
}
# What an act did to another measure than its own, by the entry that stands there.
BESIDE = {
    "take_over": Telling(
        taking_office,
        gettext_lazy(
            "Another office hands a measure over to yours; give it to its units: %(what)s %(reason)s"
        ),
    ),
    "take_in": Telling(
        duty_units("enter_progress"),
        gettext_lazy("Another measure was merged into yours: %(what)s %(reason)s"),
    ),
}
WORDS = {kind: telling.words for kind, telling in (TELLINGS | BESIDE).items()} | {
    # Notices that no act of a person causes.
    "remind": gettext_lazy("%(what)s"),
    "remind_filing": gettext_lazy("The office waits for your unit's filing; see to it: %(what)s"),
    "propose_instruments": gettext_lazy(
        "Supervision proposes %(count)s instruments, which wait to be issued."
    ),
}


# What the chat robots tell, too.
CHAT = ["remind", "remind_filing", *(act for act, telling in TELLINGS.items() if telling.chat)]
