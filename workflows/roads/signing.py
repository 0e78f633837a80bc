"""What persons put their name to on the way to close-out: request, approval, return, verification."""

from django.utils.translation import gettext_lazy as _

from cases.errors import NotReady
from cases.models import SignOff, SignOffKind, Verification
from cases.states import MeasureState
from permissions import clock
from workflows.roads import checkpoints, public_notice
from workflows.roads.progress import refuse_before_the_plan


def sign(rectification, codename, kind, note):
    """One person's name for one unit, within the present attempt."""
    unit = rectification.unit_for(codename)
    sign_off = SignOff.objects.create(
        office_id=rectification.measure.office_id,
        round=rectification.round,
        attempt=rectification.round.attempt,
        unit=unit,
        person=rectification.actor,
        kind=kind,
        at=rectification.now,
        note=note,
    )
    rectification.sign_offs.append(sign_off)
    rectification.details |= {"unit": unit.name, "attempt": rectification.round.attempt, "note": note}


def all_signed(rectification):
    signed = {s.unit_id for s in rectification.current_sign_offs(SignOffKind.SUBMIT)}
    return all(duty.unit_id in signed for duty in rectification.acting_duties)


def send_back(rectification, *, reason):
    """The unit's own request counts no more; who asked stays on record, and the handler asks again."""
    request = rectification.waiting_request(rectification.unit_for("submit_measure"))
    sign(rectification, "submit_measure", SignOffKind.SEND_BACK, reason)
    request.withdrawn_at = rectification.now
    request.save(update_fields=["withdrawn_at"])


def end_of(sign_offs, now):
    """Those of a queryset count no more; they stay readable."""
    SignOff.objects.filter(pk__in=sign_offs.order_by().values("pk")).update(withdrawn_at=now)


def give_back(rectification, *, reason):
    """Return the present attempt and begin the next one."""
    if not rectification.current_sign_offs(SignOffKind.REQUEST):
        raise NotReady(_("Nothing has been sent that could be returned."))
    sign(rectification, "return_measure", SignOffKind.RETURN, reason)
    returned, attempt = rectification.round, checkpoints.serial(rectification.round)
    returned.attempt += 1
    returned.save(update_fields=["attempt"])
    checkpoints.take_back(rectification, attempt)
    if rectification.was == MeasureState.VERIFIED:
        public_notice.take_down(rectification)


def report_by_last_head(rectification):
    """Every step is reached by the word of the head who signed last, on that day."""
    acting = {duty.unit_id for duty in rectification.acting_duties}
    signed = [s for s in rectification.current_sign_offs(SignOffKind.SUBMIT) if s.unit_id in acting]
    checkpoints.report_open(rectification, by=signed[-1].person, on=clock.local(signed[-1].at).date())


def record_check(rectification, *, method, visited_on, findings):
    """Keep the record of the check with the digests of the evidence looked at; what was reported is confirmed."""
    if visited_on > rectification.today:
        raise NotReady(_("The visit lies in the future: enter the day on which you were there."))
    refuse_before_the_plan(rectification.measure, visited_on)
    digests = sorted(e.file.sha256 for e in rectification.evidence)
    Verification.objects.create(
        office_id=rectification.measure.office_id,
        round=rectification.round,
        attempt=rectification.round.attempt,
        verifier=rectification.actor,
        unit=rectification.unit_for("verify_measure"),
        method=method,
        visited_on=visited_on,
        findings=findings,
        evidence_digests=digests,
        at=rectification.now,
    )
    checkpoints.confirm_reported(rectification)
    rectification.evidence_digests = digests
    rectification.details |= {"method": method, "visited_on": visited_on.isoformat(), "findings": findings}
