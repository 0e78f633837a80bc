"""Which roads were taken, counted where they leave their mark: in the rows and in the record, not in the script."""

import itertools

from django.db.models import F, Q

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
from reports.models import Filing, FilingState, MonthlyReport, Punctuality, ReportState

# road → act: each leaves an entry of its own
BY_ACT = {
    "claim": "claim",
    "enter progress": "enter_progress",
    "attach evidence": "attach_evidence",
    "replace evidence": "replace_evidence",
    "withdraw evidence": "withdraw_evidence",
    "request verification": "request_verification",
    "sign the request": "submit",
    "verify": "verify",
    "return for rework": "return_for_rework",
    "close out": "close_out",
    "name a coordinator": "name_coordinator",
    "set the grade": "set_grade",
    "set a target": "set_target",
    "ask for input": "ask_input",
    "answer a request": "answer_input",
    "merge answers": "merge_inputs",
    "take a request back": "cancel_input",
    "report a checkpoint": "report_checkpoint",
    "confirm a checkpoint": "confirm_checkpoint",
    "send a checkpoint back": "refuse_checkpoint",
    "approve an extension": "approve_extension",
    "decide on an extension": "decide_extension",
    "leader signs an extension": "sign_extension",
    "prepare an instrument": "prepare_instrument",
    "issue an instrument": "issue_instrument",
    "dismiss an instrument": "dismiss_instrument",
    "receive an instrument": "receive_instrument",
    "answer an instrument": "answer_instrument",
    "settle an instrument": "settle_instrument",
    "order at once": "supervise",
    "look back": "record_look_back",
    "name a deputy": "name_deputy",
    "end a delegation": "revoke_delegation",
    "publish a result": "publish_result",
    "object to a result": "record_objection",
    "settle an objection": "settle_objection",
    "set the cadence": "set_cadence",
    "relapse": "relapse",
    "split": "split",
    "merge": "merge",
    "hand over": "transfer",
    "amend the plan": "apply_amendment",
    "set the rules": "set_rules",
    "add to the checklist": "add_requirement",
    "unit head sends a filing back": "send_back_filing",
    "office returns a filing": "return_filing",
    "accept a filing": "accept_filing",
    "refuse a report": "refuse_report",
    "sign a report": "sign_report",
}


def counted(office):
    """{road: how often it was taken in the office}."""
    log = LogEntry.objects.filter(office=office)
    taken = {road: log.filter(act=act).count() for road, act in BY_ACT.items()}
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
        "withdraw": rows(Measure, ended_as="DROPPED"),
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
        "report issued": rows(MonthlyReport, state=ReportState.ISSUED),
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
