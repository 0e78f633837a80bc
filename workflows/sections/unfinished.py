"""What is still open on a measure, told before somebody says that it is done or closes it out. It forbids nothing."""

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from cases.models.roads import EXTENSION_OPEN
from cases.presenters import short_date
from workflows.roads.inputs import is_open
from workflows.sections import inputs

ACTS = {"request_verification", "submit", "verify", "close_out"}


def section(dossier, act) -> list[str]:
    """A sentence for each matter; none for other acts than ``ACTS``."""
    if act not in ACTS:
        return []
    return list(filter(None, (matter(dossier) for matter in (_steps, _answers, _target, _extensions))))


def _steps(dossier):
    days = "、".join(short_date(row.due_on) for row in dossier.checkpoints if not row.reported_on)
    return days and _("Checkpoints not reported yet, which this request says are reached: %(days)s.") % {
        "days": days
    }


def _answers(dossier):
    count = len({row.to_unit_id for row in dossier.input_requests if is_open(row)})
    words = ngettext(
        "%(count)s asked unit has not answered.", "%(count)s asked units have not answered.", count
    )
    return count and words % {"count": count}


def _target(dossier):
    reached = inputs.amounts(dossier)
    if reached is None or reached["percent"] >= 100:
        return ""
    return _("Reached so far: %(done)s of %(target)s %(unit)s.") % reached


def _extensions(dossier):
    if not any(row.state in EXTENSION_OPEN for row in dossier.extensions):
        return ""
    return _("A request for a later date waits for a decision; it lapses once its step is confirmed.")
