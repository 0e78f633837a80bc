"""A unit says that a measure is not its business (提请协调); the office keeps, re-assigns or splits."""

from django.utils.translation import gettext_lazy as _

from cases import deadlines
from cases.errors import NotReady
from cases.models import Dispute, DisputeOutcome
from cases.rules import rules_of
from cases.states import MeasureState
from workflows.roads import signing

S = MeasureState


def open_one(rectification, *, reason, proposed_unit):
    """Before work has begun everything waits for the office; a lead named later does not stop the others."""
    unit = rectification.unit_for("dispute_measure")
    dispute = Dispute.objects.create(
        office_id=rectification.measure.office_id,
        measure=rectification.measure,
        unit=unit,
        reason=reason,
        proposed_unit=proposed_unit,
        raised_by=rectification.actor,
        raised_at=rectification.now,
    )
    rectification.disputes.append(dispute)
    rectification.details |= {"unit": unit.name, "reason": reason, "proposed_unit": proposed_unit}
    return S.RECTIFYING if rectification.measure.state == S.RECTIFYING else S.DISPUTED


def keep(rectification, *, dispute, settlement):
    """The measure stays with the unit, which has the whole time for its claim again."""
    found = next((row for row in rectification.disputes if row.pk == dispute), None)
    if found is None:
        raise NotReady(_("This dispute is settled already. Reload the page."))
    settle(rectification, [found], DisputeOutcome.KEPT, settlement)
    restart_claim_clock(rectification)
    rectification.details |= {"unit": found.unit.name, "reason": settlement}
    return standing_with_units(rectification)


def settle(rectification, rows, outcome, settlement):
    """Close these disputes; what each brought about stays with it."""
    for row in rows:
        row.outcome, row.settlement = outcome, settlement
        row.settled_by, row.settled_at = rectification.actor, rectification.now
    if rows:
        Dispute.objects.bulk_update(rows, ["outcome", "settlement", "settled_by", "settled_at"])
    rectification.disputes = [row for row in rectification.disputes if not row.outcome]


def end_open(rectification, outcome, settlement):
    """The same for all that are open, without reading them."""
    rectification.measure.disputes.filter(outcome="").update(
        outcome=outcome,
        settlement=settlement,
        settled_by=rectification.actor,
        settled_at=rectification.now,
    )
    rectification.disputes = []


def settle_those_who_left(rectification):
    """A dispute is over when its unit does not act on the measure any more."""
    measure, acting = rectification.measure, {duty.unit_id for duty in rectification.acting_duties}
    left = list(measure.disputes.filter(outcome="").exclude(unit__in=acting))
    gone = {row.pk for row in left}
    settle(rectification, left, DisputeOutcome.REASSIGNED, "")
    rectification.disputes = [row for row in rectification.disputes if row.pk not in gone]


def restart_claim_clock(rectification):
    workdays = rules_of(rectification.measure.office).claim_workdays
    rectification.measure.claim_due_on = deadlines.add_workdays(rectification.today, workdays)
    rectification.details["claim_due_on"] = rectification.measure.claim_due_on.isoformat()


def standing_with_units(rectification):
    """Where a measure that is not with the office stands, by who disputes, who has claimed and who has signed."""
    state = rectification.measure.state
    claimed = [duty.claimed_at is not None for duty in rectification.acting_duties]
    if state == S.RECTIFYING and any(claimed):
        # Who has not claimed has not signed either, so most often the round need not be read.
        may_be_signed = all(claimed) and "signatures" in rectification.open_matters
        if may_be_signed and signing.all_signed(rectification):
            signing.report_by_last_head(rectification)
            return S.SUBMITTED
        return S.RECTIFYING
    if rectification.disputes:
        return S.DISPUTED
    return S.RECTIFYING if all(claimed) else S.ISSUED
