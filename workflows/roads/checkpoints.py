"""Dated steps: a unit reports them, the office confirms them, a return takes back what the returned attempt said."""

from django.utils.translation import gettext_lazy as _

from cases.errors import NotReady
from cases.models import Checkpoint
from workflows.roads import evidence, extensions


def report(rectification, *, checkpoint, note, files):
    row = _find(rectification, checkpoint)
    if row.reported_on:
        raise NotReady(_("This checkpoint has been reported already."))
    row.reported_on, row.reported_by = rectification.today, rectification.actor
    row.report_note, row.refusal = note, ""
    row.save(update_fields=["reported_on", "reported_by", "report_note", "refusal"])
    rectification.details |= {"due_on": row.due_on.isoformat(), "note": note}
    if files:
        evidence.keep(rectification, rectification.unit_for("attach_evidence"), files, checkpoint=row)


def refuse(rectification, *, checkpoint, reason):
    """What the unit reported is taken off again; the reason stays with the step until it is reported anew."""
    row = _find(rectification, checkpoint)
    if not row.reported_on:
        raise NotReady(_("The unit has not reported this checkpoint yet."))
    if row.met_on:
        raise NotReady(_("This checkpoint has been confirmed already."))
    rectification.details |= {
        "due_on": row.due_on.isoformat(),
        "reported_on": row.reported_on.isoformat(),
        "reason": reason,
    }
    row.reported_on = row.reported_by = row.reported_attempt = None
    row.refusal = reason
    row.save(update_fields=["reported_on", "reported_by", "reported_attempt", "refusal"])


def confirm(rectification, *, checkpoint):
    row = _find(rectification, checkpoint)
    if not row.reported_on:
        raise NotReady(_("The unit has not reported this checkpoint yet."))
    if row.met_on:
        raise NotReady(_("This checkpoint has been confirmed already."))
    if row.reported_by_id == rectification.actor.pk:
        raise NotReady(_("You reported this checkpoint yourself; somebody else must confirm it."))
    row.met_on = row.reported_on
    row.save(update_fields=["met_on"])
    extensions.lapse_with(rectification, row.extensions.all())
    rectification.measure.refresh_next_due(rectification.checkpoints)
    left = sum(1 for c in rectification.checkpoints if not c.met_on)
    rectification.details |= {
        "due_on": row.due_on.isoformat(),
        "met_on": row.met_on.isoformat(),
        "left": left,
    }


def _find(rectification, pk):
    row = next((c for c in rectification.checkpoints if c.pk == pk), None)
    if row is None:
        raise NotReady(_("This measure has no such checkpoint. Reload the page."))
    return row


def report_open(rectification, *, by, on):
    """Asking for verification of the whole measure says that every step is reached."""
    due = [c for c in rectification.checkpoints if not c.reported_on]
    for row in due:
        row.reported_on, row.reported_by = on, by
        row.reported_attempt = serial(rectification.round)
    if due:
        Checkpoint.objects.bulk_update(due, ["reported_on", "reported_by", "reported_attempt"])


def confirm_reported(rectification):
    met = [c for c in rectification.checkpoints if c.reported_on and not c.met_on]
    for row in met:
        row.met_on, row.met_attempt = row.reported_on, serial(rectification.round)
    if met:
        Checkpoint.objects.bulk_update(met, ["met_on", "met_attempt"])
        extensions.lapse_with(rectification, rectification.measure.extensions.filter(checkpoint__in=met))
    rectification.measure.refresh_next_due(rectification.checkpoints)


def serial(opened):
    """The attempt as a step keeps it: of a later round it is another number, so a return leaves old rounds alone."""
    return (opened.number - 1) * 1000 + opened.attempt


def take_back(rectification, attempt):
    """Undo what the returned request reported and its verification confirmed; single steps stay.

    ``attempt``: as ``serial`` gives it.
    """
    undone = [c for c in rectification.checkpoints if attempt in (c.reported_attempt, c.met_attempt)]
    for row in undone:
        if row.met_attempt == attempt:
            row.met_on = row.met_attempt = None
        if row.reported_attempt == attempt:
            row.reported_on = row.reported_by = row.reported_attempt = None
    if undone:
        fields = ["reported_on", "reported_by", "reported_attempt", "met_on", "met_attempt"]
        Checkpoint.objects.bulk_update(undone, fields)
        rectification.measure.refresh_next_due(rectification.checkpoints)
