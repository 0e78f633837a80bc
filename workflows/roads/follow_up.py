"""After close-out: the records of what goes on for years (长期坚持), their cadence, and looking back (回头看)."""

from django.utils.translation import gettext_lazy as _

from cases import deadlines
from cases.errors import NotReady
from cases.models import FollowUp, LookBackItem
from permissions import clock
from workflows.roads.progress import refuse_before_the_plan

CADENCES = (1, 3, 6, 12)  # months


def record(rectification, *, finding, text, due_on, files):
    """One record for one date of the cadence; several leads each make their own."""
    measure, unit = rectification.measure, rectification.unit_for("record_follow_up")
    if due_on not in open_dates(rectification, unit):
        raise NotReady(
            _(
                "No record is due from your unit for this day: it was made already, or the cadence has changed."
            )
        )
    row = FollowUp.objects.create(
        office_id=measure.office_id,
        measure=measure,
        round=rectification.last_round,
        unit=unit,
        due_on=due_on,
        finding=finding,
        text=text,
        file_names=_names(files),
        recorded_by=rectification.actor,
        recorded_at=rectification.now,
    )
    _keep(rectification, row, files)
    rectification.details |= {
        "unit": unit.name,
        "due_on": due_on.isoformat(),
        "finding": finding,
        "text": text,
    }


def _names(files):
    return {stored.sha256: name for name, stored in files}


def _keep(rectification, row, files):
    if files:
        row.files.add(*(stored for _name, stored in files))
    rectification.evidence_digests += [stored.sha256 for _name, stored in files]
    rectification.details["files"] = [name for name, _stored in files]


def standing(measure, records, unit_id, *, today):
    """``deadlines.FollowUps`` of one unit. ``records``: the FollowUp rows of the last round."""
    done = {r.due_on: clock.local(r.recorded_at).date() for r in records if r.unit_id == unit_id}
    return deadlines.follow_ups(
        measure.follow_up_from or measure.closed_on,
        months=measure.follow_up_months,
        today=today,
        done=done,
        ends_on=measure.plan.ends_on,
    )


def open_dates(rectification, unit):
    """Dates for which the unit can make a record now: those it missed, and the next one."""
    measure = rectification.measure
    if not measure.in_follow_up:
        return []
    found = standing(measure, rectification.follow_ups, unit.pk, today=rectification.today)
    dates = [row.due_on for row in found.past if row.is_missed]
    return dates + [found.next_due_on] * (found.next_due_on is not None)


def set_cadence(rectification, *, months):
    """Another cadence counts from today; what was missed before stays missed and is named in the record."""
    measure = rectification.measure
    if months not in CADENCES:
        raise NotReady(_("Choose one of the cadences offered."))
    rectification.details["months"] = [measure.follow_up_months, months]
    if measure.in_follow_up:
        missed = {
            day.isoformat()
            for duty in rectification.acting_duties
            for day in open_dates(rectification, duty.unit)
            if day < rectification.today
        }
        rectification.details["missed"] = sorted(missed)
    recorded = [row.due_on for row in rectification.follow_ups]
    measure.follow_up_months = months
    # What was recorded ahead of its date lies behind the new beginning, so that it settles no date of the new cadence.
    measure.follow_up_from = max([rectification.today, *recorded])


def look_back(rectification, *, item, finding, visited_on, text, files):
    """What the office found when it went back to a measure of the sample."""
    row = (
        LookBackItem.objects.select_for_update(of=("self",), no_key=True)
        .filter(pk=item, measure=rectification.measure, finding="")
        .first()
    )
    if row is None:
        raise NotReady(_("This measure does not wait for a look-back any more. Reload the page."))
    if visited_on > rectification.today:
        raise NotReady(_("The visit lies in the future: enter the day on which you were there."))
    refuse_before_the_plan(rectification.measure, visited_on)
    row.finding, row.visited_on, row.text = finding, visited_on, text
    row.checked_by, row.checked_at = rectification.actor, rectification.now
    row.file_names = _names(files)
    row.save()
    _keep(rectification, row, files)
    rectification.details |= {"finding": finding, "visited_on": visited_on.isoformat(), "text": text}
