"""Which roads were taken, counted where they leave their mark: in the rows and in the record, not in the script."""

import itertools

from django.db.models import Count, F, Q

from cases.models import (
    Dispute,
    Duty,
    Extension,
    FollowUp,
    InputRequest,
    Instrument,
    LogEntry,
    LookBackItem,
    Measure,
    PastDuty,
    ProgressEntry,
    Round,
)
from reports.models import Filing, FilingState, Mention, Punctuality
from workflows.door import ACTS

# Acts that are no part of one plan's year in one office. Every other act is a road of its own.
APART = {
    # a document under review by hand; a plan that is never issued, or ended
    "edit_draft", "undo_edit", "redo_edit", "save_choices", "discard_draft", "discard_plan", "end_plan",
    # problems that no plan brought
    "register_problem", "issue_problem", "register_feedback", "take_feedback", "answer_feedback",
    "settle_feedback", "link_duplicate", "take_back_link",
    # how the office's papers look, and its ways to chat robots
    "set_paper_style", "add_channel", "renew_channel", "switch_channel", "send_again",
    # what was issued is issued anew
    "revise_report", "revise_bulletin",
}  # fmt: skip
# Roads that begin with what the worker prints.
PRINTED = {
    "number report", "issue report", "number bulletin", "issue bulletin", "receive mention", "answer mention",
    "months with a bulletin that a unit answered", "keep paper",
}  # fmt: skip


def counted(office):
    """{road: how often it was taken in the office}."""
    entries = LogEntry.objects.filter(office=office).order_by()
    times = dict(entries.values_list("act").annotate(Count("pk")))
    taken = {act.replace("_", " "): times.get(act, 0) for act in sorted(ACTS.keys() - APART)}
    return {road: int(count) for road, count in (taken | _seen(office)).items()}


def _seen(office):
    def rows(model, *conditions, **fields):
        return model.objects.filter(*conditions, office=office, **fields).count()

    closed = Q(round__number=1) & ~Q(round__closed_at=None)
    return {
        "claim late": rows(Duty, claimed_at__date__gt=F("measure__claim_due_on")),
        "never claim": rows(Measure, state="ISSUED"),
        "dispute kept": rows(Dispute, outcome="KEPT"),
        "dispute re-assigned": rows(Dispute, outcome="REASSIGNED"),
        "dispute split": rows(Dispute, outcome="SPLIT"),
        "re-assign": rows(PastDuty),
        "joint leads closed out": sum(
            len(m.duties.all()) > 1
            for m in Measure.objects.filter(office=office, state="CLOSED", duties__coordinates=True)
        ),
        "input missing": rows(InputRequest, answered_at=None, cancelled_at=None),
        "late entry": rows(ProgressEntry, recorded_at__date__gt=F("happened_on")),
        "extension granted": rows(Extension, state="GRANTED"),
        "extension refused by the unit's head": rows(Extension, state="REFUSED", approved_at=None),
        "extension refused by the office": rows(Extension, ~Q(approved_at=None), state="REFUSED"),
        "extension lapsed": rows(Extension, state="LAPSED"),
        "reminder sent": rows(Instrument, ~Q(issued_at=None), kind="REMINDER"),
        "instrument lapsed": rows(Instrument, state="LAPSED"),
        "look-back held": rows(LookBackItem, finding="HELD"),
        "look-back failed": rows(LookBackItem, finding="FAILED"),
        "amended away": rows(Measure, ended_as="AMENDED"),
        "close out an important one": rows(Round, ~Q(closed_at=None), measure__important=True),
        "follow-up held": rows(FollowUp, closed, finding="HELD"),
        "follow-up failed": rows(FollowUp, closed, finding="FAILED"),
        "follow-up missed": _missed(office),
        "round 2 closed out": rows(Round, ~Q(closed_at=None), number=2),
        "filing on time": rows(Filing, punctuality=Punctuality.ON_TIME),
        "filing late": rows(Filing, punctuality=Punctuality.LATE),
        "filing missing": rows(Filing, state=FilingState.DRAFT, revision=1, filed_at=None),
        "months with a bulletin that a unit answered": (
            Mention.objects.filter(bulletin__office=office)
            .exclude(answer="")
            .values("bulletin")
            .distinct()
            .count()
        ),
    }


def _missed(office):
    """Measures with a record for a date after one that has none."""
    return sum(
        1
        for measure in Measure.objects.filter(office=office, follow_ups__finding="HELD").distinct()
        if _has_gap(sorted(measure.follow_ups.values_list("due_on", flat=True)), measure.follow_up_months)
    )


def _has_gap(days, months):
    return any((later - day).days > 31 * (months or 3) + 5 for day, later in itertools.pairwise(days))
