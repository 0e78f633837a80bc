"""What waits on the desk beside the straight road: input to give and to take over, follow-ups, looking back.

Pure questions over state, unit and role, as in ``workflows.desk``, which puts them among its own.
"""

from datetime import timedelta

from django.conf import settings
from django.db.models import Exists, Min, OuterRef, Q, Subquery

from cases.follow_up import lacks_follow_up, seems_relapsed
from cases.models import (
    Checkpoint,
    Dispute,
    Duty,
    InputRequest,
    LookBackItem,
    PublicNotice,
    Round,
    SignOff,
    SignOffKind,
)
from cases.states import MeasureState
from workflows.facts import judged_by, of_present_attempt, with_part_of

S = MeasureState
AHEAD_DAYS = 14  # a follow-up appears on the desk this long before its date
OPEN = Q(answered_at=None, cancelled_at=None)
TO_MERGE = Q(answered_at__isnull=False, merged_at=None, cancelled_at=None)


def asked(units) -> Q:
    """One of the units owes an answer to a lead (分办)."""
    return Q(state=S.RECTIFYING) & _request(OPEN, to_unit__in=units)


def answered(units) -> Q:
    """Answers to one of the units wait to be taken over."""
    return Q(state=S.RECTIFYING) & _request(TO_MERGE, from_unit__in=units)


def _request(condition, **units):
    return Q(Exists(InputRequest.objects.filter(condition, measure=OuterRef("pk"), **units)))


def answer_due_on():
    """The earliest inner date by which somebody still owes an answer."""
    rows = InputRequest.objects.filter(OPEN, measure=OuterRef("pk")).order_by().values("measure")
    return Subquery(rows.annotate(first=Min("due_on")).values("first"))


def look_back_due_on():
    rows = LookBackItem.objects.filter(measure=OuterRef("pk"), finding="").order_by().values("measure")
    return Subquery(rows.annotate(first=Min("look_back__due_on")).values("first"))


def step_sent_back() -> Q:
    """The office did not agree that a step is reached, and it has not been reported anew."""
    return Q(Exists(_steps_sent_back()))


def why_step_sent_back():
    """What the office wrote; of several steps that of the earliest."""
    return Subquery(_steps_sent_back().order_by("due_on", "pk").values("refusal")[:1])


def _steps_sent_back():
    return Checkpoint.objects.filter(measure=OuterRef("pk"), reported_on=None).exclude(refusal="")


def request_sent_back(units) -> Q:
    """The head of one of the units sent its request back in this attempt, and none was made anew since."""
    sent_back = {"kind": SignOffKind.SEND_BACK, "unit__in": units}
    rows = of_present_attempt(round__measure=OuterRef("pk"), **sent_back)
    same = {name: OuterRef(name) for name in ("round", "attempt", "unit")}
    anew = SignOff.objects.filter(**same, kind=SignOffKind.REQUEST, pk__gt=OuterRef("pk"))
    return Q(Exists(rows.filter(~Exists(anew))))


def unit_steps(access, today):
    """(step, condition) for a handler: what was asked of the unit, and what it must look after."""
    if units := access.rights.get("answer_input"):
        yield "answer_input", asked(units)
        yield "merge_inputs", answered(units) & ~asked(units)
    if units := access.rights.get("record_follow_up"):
        yield "record_follow_up", lacks_follow_up(today + timedelta(days=AHEAD_DAYS + 1), units)


def office_steps(offices, user, access):
    """(step, condition) for the office: ``offices`` where the person may look back and may open the next round."""
    if own := offices("look_back"):
        yield "record_look_back", Q(office__in=own) & _to_look_at(user, access)
    if own := offices("settle_dispute"):
        yield "settle_dispute", Q(office__in=own) & disputed()
    if own := offices("publish_result"):
        yield "publish_result", Q(office__in=own, state=S.VERIFIED) & _wants_notice() & ~_notice()
        yield (
            "settle_objection",
            Q(office__in=own, state=S.VERIFIED) & _notice(settled_at=None, objected=True),
        )
    if own := offices("relapse_measure"):
        yield "relapse", Q(office__in=own) & seems_relapsed()


def disputed() -> Q:
    """Some unit says that the measure is not its business, and the office has not settled it."""
    rows = Dispute.objects.filter(measure=OuterRef("pk"), outcome="")
    return Q(state__in=(S.DISPUTED, S.RECTIFYING)) & Q(Exists(rows))


def notice_over(today) -> Q:
    """No public notice (公示) stands in the way of close-out."""
    return ~_wants_notice() | _notice(ends_on__lt=today) & ~_notice(settled_at=None, objected=True)


def _wants_notice():
    own, default = Q(office__rules__public_notice_days__gt=0), Q(office__rules__public_notice_days=None)
    return own | default if settings.XIAOHAO_PUBLIC_NOTICE_DAYS else own


def _notice(*, objected=False, **conditions):
    rows = PublicNotice.objects.filter(round__measure=OuterRef("pk"), round__closed_at=None, **conditions)
    return Q(Exists(rows.exclude(objections="") if objected else rows))


def had_a_part(user) -> Q:
    """The person had a part in the open round, so somebody else verifies."""
    rounds = Round.objects.filter(measure=OuterRef("pk"), closed_at=None)
    return Q(Exists(with_part_of(user, rounds).filter(had_a_part=True)))


def follow_up_missed(own, today) -> Q:
    return Q(office__in=own) & lacks_follow_up(today)


def _to_look_at(user, access):
    """Under the conditions of the act: who put their name to the round, or has a duty, does not look."""
    judged = Round.objects.filter(judged_by(user), pk=OuterRef("round"))
    items = LookBackItem.objects.filter(~Exists(judged), measure=OuterRef("pk"), finding="")
    own_duty = Duty.objects.filter(measure=OuterRef("pk"), unit__in=access.own_unit_ids)
    return Q(state=S.CLOSED) & Q(Exists(items)) & ~Q(Exists(own_duty))
