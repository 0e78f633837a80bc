"""How a measure is closed out. Other ends: ``parts``."""

from cases.rules import rules_of
from workflows.roads import extensions


def close(rectification, *, note, follow_up_months):
    measure = rectification.measure
    measure.closed_on = rectification.today
    if measure.long_term:
        measure.follow_up_months = follow_up_months or rules_of(measure.office).follow_up_months
        measure.follow_up_from = None
    freeze_round(rectification, note)
    extensions.lapse_with(rectification, measure.extensions.all())
    rectification.evidence_digests = sorted(e.file.sha256 for e in rectification.evidence)
    rectification.details["note"] = note


def freeze_round(rectification, note):
    """Nothing is added to a closed round any more."""
    row = rectification.round
    row.closed_at, row.closed_by, row.close_out_note = rectification.now, rectification.actor, note
    row.save(update_fields=["closed_at", "closed_by", "close_out_note"])


def freeze_open_round(rectification, note):
    """The same for an act that asks nothing of the round: one statement."""
    rectification.measure.rounds.filter(closed_at=None).update(
        closed_at=rectification.now, closed_by=rectification.actor, close_out_note=note
    )
