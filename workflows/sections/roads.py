"""The roads beside the straight one on a measure's page: what is possible, what happened, and the words for it."""

from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from cases.ledger import visible_measures
from cases.models import Ending, Measure
from cases.rules import rules_of
from cases.states import OPEN_STATES, MeasureState
from permissions.access import access_of
from workflows.roads.public_notice import is_disputed

S = MeasureState
# The office's means for what goes otherwise than planned: folded away, for most measures never need them.
FURTHER = ("reassign", "split", "merge", "name_coordinator", "set_grade", "transfer", "withdraw")
SETTLING = ("settle_dispute", "reassign", "split")  # what the office may do about a dispute
ELSEWHERE = {"withdraw_evidence", "replace_evidence"}  # beside the file
SOURCES = {
    "LOOK_BACK": _("Looking back"),
    "FOLLOW_UP": _("Follow-up"),
    "OTHER": _("Otherwise"),
}
NO_MATTER = {
    "raise_dispute": _("Your unit has claimed this measure; ask the office to re-assign it."),
    "settle_dispute": _("No dispute is open on this measure."),
    "name_coordinator": _("Only one unit leads this measure, so there is nothing to coordinate."),
    "transfer": _("There is no other office here that could take the measure over."),
    "publish_result": _("The result is published already, or your office works without public notice."),
    "record_objection": _("The result has not been published."),
    "settle_objection": _("Nothing has been objected that is not settled."),
    "withdraw_evidence": _("Your unit has attached nothing in this round."),
    "replace_evidence": _("Your unit has attached nothing in this round."),
}
DEEDS = {
    "raise_dispute": _("disputed it"),
    "settle_dispute": _("kept it with the unit"),
    "reassign": _("re-assigned it"),
    "name_coordinator": _("named the coordinating unit"),
    "split": _("split it"),
    "split_off": _("issued it as a part of another measure"),
    "merge": _("merged it into another measure"),
    "take_in": _("merged another measure into it"),
    "transfer": _("handed it over to another office"),
    "take_over": _("handed it over to this office"),
    "withdraw": _("withdrew it"),
    "set_grade": _("set its grade"),
    "withdraw_evidence": _("withdrew evidence"),
    "replace_evidence": _("replaced evidence"),
    "publish_result": _("published the result"),
    "record_objection": _("recorded an objection"),
    "settle_objection": _("settled the objections"),
    "relapse": _("found that it relapsed"),
}
TONES = {
    "raise_dispute": "warning",
    "settle_dispute": "info",
    "reassign": "warning",
    "split": "warning",
    "merge": "warning",
    "transfer": "warning",
    "withdraw_evidence": "warning",
    "record_objection": "warning",
    "relapse": "danger",
}
SUBMITS = {
    "raise_dispute": _("Ask the office to decide"),
    "settle_dispute": _("Keep it with the unit"),
    "reassign": _("Re-assign"),
    "name_coordinator": _("Name as coordinator"),
    "split": _("Split and issue the parts"),
    "merge": _("Merge"),
    "transfer": _("Hand over"),
    "withdraw": _("Withdraw the measure"),
    "set_grade": _("Set the grade"),
    "withdraw_evidence": _("Withdraw the file"),
    "replace_evidence": _("Replace the file"),
    "publish_result": _("Record the publication"),
    "record_objection": _("Record the objection"),
    "settle_objection": _("Settle"),
    "relapse": _("Open the next round"),
}
EXPLAINED = {
    "raise_dispute": _(
        "The office decides whether the measure stays with your unit, goes to another, or is split. "
        "Until then nobody has to claim it."
    ),
    "settle_dispute": _(
        "The unit's time for its claim begins anew today. To give the measure to others, re-assign or split it."
    ),
    "reassign": _(
        "A unit that leaves loses sight of the measure at once; its open requests go to the unit that comes, its "
        "requests for a later date lapse. A unit that comes has to claim. Whoever stays keeps its claim."
    ),
    "name_coordinator": _(
        "Each lead unit still claims and signs for itself; one of them sees to it that all do."
    ),
    "split": _(
        "The measure is withdrawn as split and stays readable; each part is issued at once and has to be claimed."
    ),
    "merge": _("This measure is withdrawn as merged; what was done on it stays readable here."),
    "transfer": _(
        "The measure is withdrawn here and stands as a draft in the other office; the record of both tells of it."
    ),
    "withdraw": _(
        "The measure leaves the ledger for good and no figure counts it; everything stays readable."
    ),
    "set_grade": _("An important measure is closed out by the leader, any other by the head of the office."),
    "withdraw_evidence": _("The file does not count any more; it stays readable with your reason."),
    "replace_evidence": _("The new file proves what the old one proved; both stay readable."),
    "publish_result": _("Close-out waits until the last day of the public notice has passed."),
    "relapse": _("The measure is open again in its next round; the old round stays exactly as it was."),
}
DANGERS = {"withdraw", "withdraw_evidence", "split", "merge", "transfer", "relapse"}
DONE = {
    "raise_dispute": _("The dispute on %(number)s is with the office, which decides."),
    "settle_dispute": _("%(number)s stays with the unit; its time for the claim begins anew."),
    "reassign": _("%(number)s is re-assigned. The units that came find it on their desk."),
    "name_coordinator": _("The coordinating unit of %(number)s is named."),
    "split": _("%(number)s is split; its parts now wait to be claimed."),
    "merge": _("%(number)s is merged; what was done on it stays readable here."),
    "transfer": _("%(number)s is handed over; the other office issues it."),
    "withdraw": _("%(number)s is withdrawn."),
    "set_grade": _("The grade of %(number)s is set."),
    "withdraw_evidence": _("The file of %(number)s is withdrawn."),
    "replace_evidence": _("The file of %(number)s is replaced."),
    "publish_result": _("The publication of %(number)s is recorded; close-out waits for its end."),
    "record_objection": _("The objection to %(number)s is recorded; close-out waits until it is settled."),
    "settle_objection": _("The objections to %(number)s are settled."),
    "relapse": _("%(number)s is open again; its units find it on their desk."),
}


def matter(dossier, act):
    """There is something that the act could be about; acts of other topics are not asked."""
    if act == "raise_dispute":
        unit = dossier.rectification.acting_unit(CODENAMES[act])
        return unit is None or not _has_claimed(dossier, unit)
    if act == "settle_dispute":
        return any(not row.outcome for row in dossier.disputes)
    if act == "name_coordinator":
        return sum(duty.role == "LEAD" for duty in dossier.duties) > 1
    if act == "transfer":
        return bool(dossier.other_offices)
    if act == "publish_result":
        return bool(rules_of(dossier.measure.office).public_notice_days) and dossier.public_notice is None
    if act == "record_objection":
        return dossier.public_notice is not None
    if act == "settle_objection":
        return dossier.public_notice is not None and is_disputed(dossier.public_notice)
    return bool(own_files(dossier))


CODENAMES = {"raise_dispute": "dispute_measure"}
ACTS_WITH_MATTER = set(NO_MATTER)


def _has_claimed(dossier, unit):
    return any(duty.unit_id == unit.pk and duty.claimed_at for duty in dossier.duties)


def own_files(dossier):
    """Evidence that counts, of the units for which the person attaches."""
    access = access_of(dossier.user)
    return [row for row in dossier.current_evidence if access.has("attach_evidence", row.unit_id)]


def merge_choices(dossier):
    """Open measures of the same plan, as (pk, number and text). One query."""
    rows = Measure.objects.filter(plan=dossier.measure.plan_id, state__in=OPEN_STATES)
    rows = rows.exclude(pk=dossier.measure.pk).order_by("order").values_list("pk", "number", "text")
    return [(pk, f"{number} {text[:60]}") for pk, number, text in rows]


# What the page shows ------------------------------------------------------------------------------------


def section(dossier):
    """{disputes, past_duties, relatives, notice}; None where the measure went straight on."""
    found = {
        "disputes": [_dispute(dossier, row) for row in dossier.disputes],
        "past_duties": dossier.past_duties,
        "relatives": relatives(dossier),
        "notice": _notice(dossier),
    }
    return found if any(found.values()) else None


def _dispute(dossier, row):
    return {
        "unit": row.unit.name,
        "reason": row.reason,
        "proposed_unit": row.proposed_unit,
        "by": row.raised_by,
        "at": row.raised_at,
        "outcome": row.get_outcome_display() if row.outcome else "",
        "settlement": row.settlement,
        "settled_by": row.settled_by,
        "settled_at": row.settled_at,
        "ways": [] if row.outcome else _ways(dossier, row),
    }


def _ways(dossier, dispute):
    """[{label, url}]: keep, re-assign or split, as far as the person may."""
    return [
        {
            "label": SUBMITS[act],
            "url": reverse(f"workflows:{act}", args=[dossier.measure.pk])
            + (f"?dispute={dispute.pk}" if act == "settle_dispute" else ""),
        }
        for act in SETTLING
        if dossier.refusal(act) is None
    ]


def is_further(dossier, act):
    """Folded away; not while a dispute is open, for then re-assigning and splitting are what the office came for."""
    return act in FURTHER and not (act in SETTLING and any(not row.outcome for row in dossier.disputes))


def relatives(dossier):
    """[{label, number, url}]: where it came from, its parts, what it went into; as far as the person sees them."""
    measure = dossier.measure
    if not (measure.origin_id or measure.ended_as in {Ending.SPLIT, Ending.MERGED, Ending.TRANSFERRED}):
        return []
    seen = visible_measures(dossier.user)
    rows = seen.filter(pk__in=filter(None, (measure.origin_id, measure.merged_into_id))) | seen.filter(
        origin=measure
    )
    labels = {measure.origin_id: _("Comes from"), measure.merged_into_id: _("Went into")}
    return [
        {
            "label": labels.get(row.pk, _("Part")),
            "number": row.number,
            "text": row.text,
            "url": row.get_absolute_url(),
        }
        for row in rows.order_by("order").only("number", "text")
    ]


def _notice(dossier):
    row = dossier.public_notice
    if row is None:
        return None
    return {
        "where": row.where,
        "opened_on": row.opened_on,
        "ends_on": row.ends_on,
        "is_over": row.ends_on < dossier.today,
        "objections": row.objections,
        "settlement": row.settlement,
        "is_disputed": is_disputed(row),
    }


def checklist(dossier):
    """[{label, is_given}] of the office's checklist while the units are at work; empty without one."""
    if dossier.state != S.RECTIFYING:
        return []
    given = {row.requirement_id for row in dossier.current_evidence}
    return [{"label": row.label, "is_given": row.pk in given} for row in dossier.requirements]


def file_acts(dossier):
    """{evidence pk: [{label, url}]} of what the person may do with single files now."""
    if dossier.state != S.RECTIFYING:
        return {}
    labels = {"replace_evidence": _("Replace the file"), "withdraw_evidence": _("Withdraw the file")}
    return {
        row.pk: [
            {
                "label": label,
                "url": f"{reverse(f'workflows:{act}', args=[dossier.measure.pk])}?evidence={row.pk}",
            }
            for act, label in labels.items()
        ]
        for row in own_files(dossier)
    }


def ended(measure):
    """Why a withdrawn measure is off the ledger, as a sentence."""
    return ENDED.get(measure.ended_as, ENDED[Ending.AMENDED])


ENDED = {
    Ending.AMENDED: _("Withdrawn: the amended plan no longer has this measure."),
    Ending.DROPPED: _("Withdrawn by the office."),
    Ending.SPLIT: _("Split: its parts go on in its place."),
    Ending.MERGED: _("Merged into another measure."),
    Ending.TRANSFERRED: _("Handed over to another office."),
}
