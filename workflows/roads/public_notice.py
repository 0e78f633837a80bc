"""The result is shown to the public (公示) before close-out; what is objected must be settled first."""

from datetime import timedelta

from django.utils.translation import gettext_lazy as _

from cases.errors import NotReady
from cases.models import PublicNotice
from cases.rules import rules_of


def publish(rectification, *, where):
    """The day of publication is not counted; the notice holds to the end of its last day."""
    days = rules_of(rectification.measure.office).public_notice_days
    if not days:
        raise NotReady(
            _("Your office closes out without public notice; its rules would have to ask for one.")
        )
    if rectification.public_notice:
        raise NotReady(_("The result is published already."))
    notice = PublicNotice.objects.create(
        office_id=rectification.measure.office_id,
        round=rectification.round,
        where=where,
        opened_on=rectification.today,
        ends_on=rectification.today + timedelta(days=days),
        opened_by=rectification.actor,
    )
    rectification.details |= {"text": where, "due_on": notice.ends_on.isoformat()}


def object_to(rectification, *, text):
    """Keep what somebody objects, below what was objected before; it has to be settled anew."""
    notice = _notice(rectification)
    notice.objections = "\n".join(filter(None, (notice.objections, f"{rectification.today:%Y-%m-%d} {text}")))
    notice.settled_by = notice.settled_at = None
    notice.save(update_fields=["objections", "settled_by", "settled_at"])
    rectification.details["text"] = text


def settle(rectification, *, settlement):
    notice = _notice(rectification)
    if not is_disputed(notice):
        raise NotReady(_("Nothing has been objected that is not settled."))
    notice.settlement = "\n".join(
        filter(None, (notice.settlement, f"{rectification.today:%Y-%m-%d} {settlement}"))
    )
    notice.settled_by, notice.settled_at = rectification.actor, rectification.now
    notice.save(update_fields=["settlement", "settled_by", "settled_at"])
    rectification.details["text"] = settlement


def _notice(rectification):
    if rectification.public_notice is None:
        raise NotReady(_("The result has not been published."))
    return rectification.public_notice


def is_disputed(notice):
    return bool(notice.objections) and notice.settled_at is None


def take_down(rectification):
    """What is returned is not ready to be shown; the record keeps what was published and objected."""
    if rectification.public_notice is not None:
        rectification.public_notice.delete()
        rectification.public_notice = None
