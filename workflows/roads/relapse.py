"""A closed measure has relapsed (反弹): the next round begins, the old one stays byte for byte as it was."""

from datetime import timedelta

from django.utils.translation import gettext_lazy as _

from cases.errors import NotReady
from cases.models import Checkpoint, Round
from workflows.roads import inputs

A_YEAR = timedelta(days=365)


def reopen(rectification, *, reason, source, due_on):
    """``due_on``: what the office gives the units for the new round. The steps met before stay as they were met."""
    measure = rectification.measure
    if due_on <= rectification.today:
        raise NotReady(_("Give the units a day that lies ahead."))
    if due_on > (latest := _latest(measure.plan, rectification.today)):
        raise NotReady(_("Choose a day up to %(day)s; check the year."), day=latest)
    if any(c.original_due_on == due_on for c in rectification.checkpoints):
        raise NotReady(
            _("A step of %(day)s was met in an earlier round and stays as it is. Choose another day."),
            day=due_on,
        )
    last = measure.rounds.order_by("-number").values_list("number", flat=True).first() or 0
    Round.objects.create(
        office_id=measure.office_id,
        measure=measure,
        number=last + 1,
        opened_at=rectification.now,
        opened_because=reason,
    )
    inputs.end_open(measure, now=rectification.now)
    checkpoint = Checkpoint.objects.create(
        office_id=measure.office_id, measure=measure, due_on=due_on, original_due_on=due_on
    )
    rectification.checkpoints.append(checkpoint)
    measure.closed_on = measure.follow_up_months = None
    measure.refresh_next_due(rectification.checkpoints)
    rectification.details |= {
        "reason": reason,
        "source": source,
        "due_on": due_on.isoformat(),
        "round": last + 1,
    }


def _latest(plan, today):
    """A year from now, so that no mistyped year hides a relapse; longer where the plan goes on for longer."""
    return max(today + A_YEAR, plan.ends_on or today)
