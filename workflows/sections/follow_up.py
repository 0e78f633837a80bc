"""After close-out: follow-up of what goes on for years (长期坚持) and what looking back found (回头看)."""

from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from cases.models import Finding
from cases.presenters import in_days
from permissions import clock
from workflows.forms.measures import cadence_name
from workflows.roads import follow_up

TONES = {Finding.HELD: "success", Finding.FAILED: "danger"}


def section(dossier):
    """{cadence, ends_on, rows} of a measure in follow-up, or with records of an earlier one; else None."""
    measure, records = dossier.measure, dossier.follow_ups
    if not measure.in_follow_up and not records:
        return None
    rows = [_recorded(row) for row in records]
    missed = 0
    if measure.in_follow_up:
        for unit, standing in _standings(dossier):
            gone = [row.due_on for row in standing.past if row.is_missed]
            missed += len(gone)
            rows += [_missing(unit, on, _("missed"), "danger", dossier) for on in gone]
            if standing.next_due_on:
                rows.append(_missing(unit, standing.next_due_on, _("next"), "plain", dossier))
    return {
        "cadence": cadence_name(measure.follow_up_months) if measure.in_follow_up else "",
        "ends_on": measure.plan.ends_on,
        "missed": missed,
        "rows": sorted(rows, key=lambda row: row["due_on"], reverse=True),
    }


def _standings(dossier):
    records = dossier.rectification.follow_ups
    for duty in dossier.rectification.acting_duties:
        yield duty.unit, follow_up.standing(dossier.measure, records, duty.unit_id, today=dossier.today)


def _recorded(row):
    return {
        "due_on": row.due_on,
        "unit": row.unit.name,
        "label": row.get_finding_display(),
        "tone": TONES[row.finding],
        "text": row.text,
        "by": row.recorded_by,
        "at": row.recorded_at,
        "was_late": clock.local(row.recorded_at).date() > row.due_on,
        "files": _files(row),
    }


def _files(row):
    """As they were handed in; what was kept before names were kept is called by its digest."""
    return [
        {
            "name": row.file_names.get(stored.sha256, stored.sha256[:8]),
            "url": reverse("workflows:record_file", args=[stored.pk]),
        }
        for stored in row.files.all()
    ]


def _missing(unit, due_on, label, tone, dossier):
    days = in_days(due_on, today=dossier.today)
    return {"due_on": due_on, "unit": unit.name, "label": label, "tone": tone, "days": days}


def said(body):
    """A finding or a cadence in the trail."""
    found = [str(Finding(body["finding"]).label)] if body.get("finding") in Finding.values else []
    if months := body.get("months"):
        before, after = (str(cadence_name(value)) if value else "—" for value in months)
        found.append(f"{before} → {after}")
    return found


def dates_to_record(dossier):
    """Dates for which the person's unit can make a record now."""
    unit = dossier.rectification.acting_unit("record_follow_up")
    return follow_up.open_dates(dossier.rectification, unit) if unit else []


def nearest(dates, today):
    return min(dates, key=lambda on: abs(on - today))


def matter(dossier, act):
    """There is something that the act could be about."""
    if act == "record_follow_up":
        return bool(dates_to_record(dossier))
    if act == "record_look_back":
        return any(not row.finding for row in dossier.look_backs)
    return dossier.measure.plan.ends_on is None or dossier.measure.plan.ends_on >= dossier.today


def relapse_found(dossier) -> tuple[str, str] | None:
    """(where it was found, in which words) if the last word about a closed measure is that the result is gone.

    The same rule as ``cases.follow_up.seems_relapsed``, of what the page has read.
    """
    last = max(dossier.closed_rounds, default=None)
    looked = [row for row in dossier.look_backs if row.finding and row.round_id == last]
    if looked:
        latest = max(looked, key=lambda row: row.checked_at)
        if latest.finding == Finding.FAILED:
            return "LOOK_BACK", latest.text
    latest = {}
    for row in sorted(dossier.follow_ups, key=lambda row: row.recorded_at):
        if row.round_id == last:
            latest[row.unit_id] = row
    failed = [row for row in latest.values() if row.finding == Finding.FAILED]
    return ("FOLLOW_UP", failed[-1].text) if failed else None


def look_backs(dossier):
    """[{title, url, label, tone, visited_on, by, text, files}]: only the office sees what its sample holds."""
    return [
        {
            "title": row.look_back.title,
            "url": row.look_back.get_absolute_url() if dossier.is_office else "",
            "label": row.standing,
            "tone": TONES.get(row.finding, "plain"),
            "visited_on": row.visited_on,
            "by": row.checked_by,
            "text": row.text,
            "files": _files(row),
        }
        for row in dossier.look_backs
        if dossier.is_office or row.finding
    ]
