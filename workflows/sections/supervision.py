"""Supervision (督办) on the page of a measure: what was sent to whom, and the head's way to issue one."""

from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from cases.presenters import in_days
from cases.states import OPEN_STATES
from permissions.access import access_of
from workflows.instruments import TO_ANSWER, TONES

LATEST = 10  # of many reminders the last ones; all stand in the list


def section(dossier):
    """[{label, url, kind, unit, state, tone, left, is_late}], the latest first; reminders only while they hold."""
    return [_row(row, dossier.today) for row in dossier.instruments[:LATEST]]


def _row(row, today):
    waits = row.state in TO_ANSWER and row.answer_due_on is not None
    return {
        "label": row.document_number or row.get_kind_display(),
        "url": row.get_absolute_url(),
        "unit": row.unit.name,
        "state": row.get_state_display(),
        "tone": TONES[row.state],
        "left": in_days(row.answer_due_on, today=today) if waits else "",
        "is_late": waits and row.answer_due_on < today,
    }


def choices(dossier):
    """One more choice for the office's head, among the rarer ones."""
    if dossier.state not in OPEN_STATES or not access_of(dossier.user).has(
        "issue_instrument", dossier.office_unit.pk
    ):
        return []
    url = reverse("workflows:supervise", args=[dossier.measure.pk])
    return [
        {"label": _("Issue an instrument"), "reason": "", "is_main": False, "is_further": True, "url": url}
    ]
