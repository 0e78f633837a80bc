"""The grade of a measure (销号等级) decides who closes it out."""

from django.utils.translation import gettext_lazy as _

from cases.errors import NotReady


def set_grade(rectification, *, important, reason):
    """Anybody with the right marks it important; only the leader, who would have to close it out, unmarks it."""
    measure = rectification.measure
    if measure.important == important:
        raise NotReady(_("The measure has this grade already."))
    if not important and not rectification.access.has("sign_report", rectification.office_unit.pk):
        raise NotReady(_("Only the leader takes the mark “important” away, since then others close it out."))
    measure.important = important
    rectification.details |= {"important": important, "reason": reason}
