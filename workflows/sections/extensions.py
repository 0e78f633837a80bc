"""Requests for a later date (延期) on the page of a measure, and one of them on its own page."""

from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from cases.models import ExtensionState
from cases.models.roads import EXTENSION_OPEN
from cases.rules import rules_of

E = ExtensionState
TONES = {E.GRANTED: "success", E.REFUSED: "danger", E.LAPSED: "plain"}


def open_steps(dossier):
    """Checkpoints for which a later date could be asked now."""
    asked = {row.checkpoint_id for row in dossier.extensions if row.state in EXTENSION_OPEN}
    return [c for c in dossier.checkpoints if not c.met_on and not c.reported_on and c.pk not in asked]


def may_ask(dossier):
    """The office's limit leaves room, and some step is open."""
    limit = rules_of(dossier.measure.office).extension_limit
    granted = sum(row.state == E.GRANTED for row in dossier.extensions)
    return bool(open_steps(dossier)) and (not limit or granted < limit)


def ask_urls(dossier):
    """{checkpoint pk: address of the form} where the person may ask for a later date."""
    if dossier.refusal("request_extension") is not None:
        return {}
    url = reverse("workflows:request_extension", args=[dossier.measure.pk])
    return {step.pk: f"{url}?checkpoint={step.pk}" for step in open_steps(dossier)}


def section(dossier):
    """[{number, unit, before, after, original, label, tone, late, …}], the latest first; granted or not."""
    return [_row(row) for row in reversed(dossier.extensions)]


def _row(row):
    return {
        "url": row.get_absolute_url(),
        "number": row.number,
        "unit": row.unit.name,
        "before": row.old_due_on,
        "after": row.new_due_on,
        "original": row.checkpoint.original_due_on,
        "days": (row.new_due_on - row.old_due_on).days,
        "days_in_all": (row.new_due_on - row.checkpoint.original_due_on).days,
        "reason": row.reason,
        "decision": row.decision,
        "late": row.late,
        "label": row.get_state_display(),
        "tone": TONES.get(row.state, "info"),
        "by": row.requested_by,
        "at": row.requested_at,
    }


# One request --------------------------------------------------------------------------------------------


def page(row, *, granted):
    """All that is to be read of one request. ``granted``: how many of its measure were granted before it."""
    return {
        **_row(row),
        "extension": row,
        "interim_measures": row.interim_measures,
        "needs_leader": granted > 0 or row.state == E.SIGNING or row.signed_by_id is not None,
        "granted_before": granted,
        "signatures": signatures(row),
        "steps": steps(row, needs_leader=granted > 0 or row.signed_by_id is not None),
        "lapsed": row.state == E.LAPSED,
    }


def signatures(row):
    """[{what, who, unit, at, text, tone}] so far, in order of time."""
    office = row.office
    found = [
        (_("Asked for it"), row.requested_by, row.unit, row.requested_at, "", "info"),
        (_("Approved it for the unit"), row.approved_by, row.unit, row.approved_at, "", "info"),
        (_("Decided for the office"), row.decided_by, office, row.decided_at, _decision(row), "success"),
        (_("Signed as leader"), row.signed_by, office, row.signed_at, "", "success"),
        (
            _("Refused it"),
            row.refused_by,
            office if row.approved_by_id else row.unit,
            row.refused_at,
            row.decision,
            "warning",
        ),
    ]
    names = ("what", "who", "unit", "at", "text", "tone")
    return [dict(zip(names, row, strict=True)) for row in found if row[1]]


def _decision(row):
    """A refusal or a lapse puts its own reason in this place."""
    return row.decision if row.state in {E.GRANTED, E.SIGNING} else ""


def steps(row, *, needs_leader):
    """Where the request is on its way; nothing for one that came to no decision."""
    if row.state in {E.REFUSED, E.LAPSED}:
        return []
    names = [
        _("Asked for"),
        _("Unit head"),
        _("Office head"),
        *([_("Leader")] if needs_leader else []),
        _("Granted"),
    ]
    at = {E.REQUESTED: 1, E.APPROVED: 2, E.SIGNING: 3}.get(row.state, len(names))
    return [
        {"label": name, "status": "done" if i < at else "current" if i == at else "todo"}
        for i, name in enumerate(names)
    ]
