"""The grade of a measure (销号等级) decides who closes it out."""

from django.utils.translation import gettext_lazy as _

from cases.errors import NotReady
from cases.models import Measure
from cases.states import OPEN_STATES, MeasureState
from workflows.record import Said, digest_of


def set_grade(rectification, *, important, reason, whole_problem):
    """Anybody with the right marks it important; only the leader, who would have to close it out, unmarks it.

    ``whole_problem``: so are all other measures of the problem that are not closed out. Two statements more.
    """
    measure = rectification.measure
    others = _others(measure, important) if whole_problem else []
    if measure.important == important and not others:
        raise NotReady(_("The measure has this grade already."))
    if not important and not rectification.access.has("sign_report", rectification.office_unit.pk):
        raise NotReady(_("Only the leader takes the mark “important” away, since then others close it out."))
    measure.important = important
    said = {"important": important, "reason": reason}
    for row in others:
        before = digest_of(row)
        row.important, row.row_version = important, row.row_version + 1
        body = {"before": before, "after": digest_of(row), **said}
        rectification.tell([Said("set_grade", row, body, row.pk)])
    if others:
        Measure.objects.bulk_update(others, ["important", "row_version"])
    rectification.details |= said | ({"numbers": [row.number for row in others]} if others else {})


def _others(measure, important):
    rows = Measure.objects.filter(problem=measure.problem_id, state__in=[MeasureState.DRAFT, *OPEN_STATES])
    rows = rows.exclude(pk=measure.pk).exclude(important=important).order_by("pk")
    return list(rows.select_for_update(of=("self",), no_key=True))
