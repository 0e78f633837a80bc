"""Likenesses as the office sees them: what is alike, how much, and where the other one stands."""

from django.utils.formats import date_format
from django.utils.translation import gettext_lazy as _

from workflows import copies

KINDS = {
    "file": (_("the same file"), "danger"),
    "picture": (_("pictures that look the same"), "warning"),
    "text": (_("nearly the same text"), "warning"),
}


def section(dossier):
    """{rows}, or None for those who are not of the office: the other measure is not theirs to see. Four queries."""
    if not dossier.is_office:
        return None
    evidence = [row for row in dossier.evidence if row.withdrawn_at is None]
    return {"rows": [_row(pair) for pair in copies.pairs_of(dossier.measure, evidence, dossier.progress)]}


def _row(pair):
    label, tone = KINDS[pair.kind]
    other = pair.other
    return {
        "label": label,
        "tone": tone,
        "percent": pair.percent,
        "mine": _side(pair.mine),
        "other": _side(other),
        "number": other.measure.number,
        "plan": other.measure.plan.title,
        "same_measure": other.measure_id == pair.mine.measure_id,
        "url": other.measure.get_absolute_url(),
    }


def _side(row):
    """What is compared, whose it is and of when."""
    if hasattr(row, "file_id"):
        return {
            "text": row.name,
            "url": row.get_absolute_url(),
            "unit": row.unit.name,
            "when": _day(row.uploaded_at),
        }
    month = date_format(row.period, "YEAR_MONTH_FORMAT")
    return {"text": row.progress, "url": "", "unit": row.unit.name, "when": month}


def _day(moment):
    return date_format(moment, "SHORT_DATE_FORMAT")
