"""Progress as it is entered (整改进展), in the three parts of the monthly filing."""

from django.utils.translation import gettext_lazy as _

from cases.errors import NotReady
from cases.models import ProgressEntry
from permissions import clock
from reports.filings import month_of_record
from workflows.roads.amounts import refuse_amount


def record(
    rectification, unit, *, progress, difficulties="", next_steps="", happened_on=None, amount=None
) -> ProgressEntry:
    """Keep one entry; ``happened_on`` before today declares it as late (补录), later than today is refused.

    ``amount``: how much of the measure's target the unit has reached in all.
    """
    measure = rectification.measure
    happened_on = happened_on or rectification.today
    refuse_before_the_plan(measure, happened_on)
    if happened_on > rectification.today:
        raise NotReady(
            _("What has not happened yet cannot be entered as done: choose today or an earlier day.")
        )
    refuse_amount(measure, amount)
    entry = ProgressEntry.objects.create(
        office_id=measure.office_id,
        measure=measure,
        unit=unit,
        period=month_of_record(measure.plan, rectification.now, measure.office),
        progress=progress,
        difficulties=difficulties,
        next_steps=next_steps,
        happened_on=happened_on,
        amount=amount,
        author=rectification.actor,
        recorded_at=rectification.now,
    )
    rectification.details |= {"unit": unit.name, "entry": entry.pk, "text": progress}
    if happened_on < rectification.today:
        rectification.details["happened_on"] = happened_on.isoformat()
    if amount is not None:
        rectification.details["amount"] = f"{amount:f}"
    return entry


def refuse_before_the_plan(measure, day):
    """Nothing was done for a plan before there was one; an imported plan may be older than its import."""
    plan = measure.plan
    opened_on = clock.local(plan.opened_at).date() if plan.opened_at else None
    since = min(filter(None, (plan.issued_on, opened_on)), default=day)
    if day < since:
        raise NotReady(_("This day lies before the plan, which is of %(day)s. Check the year."), day=since)
