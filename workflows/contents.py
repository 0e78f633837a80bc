"""What each official paper says, frozen: one function per kind, from the rows as they are now.

Everything is JSON-able: names as they are today, dates as ISO text, moments by the county's clock. How it is printed
stands in ``reports.documents.official``.
"""

from django.utils import translation

from cases.models import DutyRole, Evidence, ExtensionState, SignOffKind, VerificationMethod
from permissions import clock
from permissions.models import Role
from reports.compose import printed_units
from workflows.instruments import paper_of

E = ExtensionState
# Who gets a copy of an instrument, as its imprint names them (GB/T 9704, 7.4.3): neither persons nor the office itself.
COPIED_TO = {Role.LEADER: "领导小组领导"}
SENT = (SignOffKind.REQUEST, SignOffKind.SUBMIT)  # what the check of an attempt rests on


def _moment(at):
    return clock.local(at).isoformat() if at else None


def _day(day):
    return day.isoformat() if day else None


def _name(person):
    return str(person) if person else ""


def about(measure) -> dict:
    """The measure as the plan has it, its units and its dates. Four queries."""
    plan, problem = measure.plan, measure.problem
    return {
        "number": measure.number,
        "problem_label": problem.label,
        "problem": problem.heading,
        "text": measure.text,
        "goal": measure.goal,
        "plan": {"title": plan.title, "document_number": plan.document_number},
        "important": measure.important,
        "long_term": measure.long_term,
        "deadline_text": measure.deadline_text,
        "lead_units": printed_units(measure, DutyRole.LEAD),
        "responsible_units": printed_units(measure, DutyRole.RESPONSIBLE),
        "checkpoints": [
            {
                "original_due_on": _day(step.original_due_on),
                "due_on": _day(step.due_on),
                "met_on": _day(step.met_on),
            }
            for step in measure.checkpoints.all()
        ],
    }


def _checked(check) -> dict:
    return {
        "attempt": check.attempt,
        "unit": check.unit.name,
        "verifier": _name(check.verifier),
        "method": VerificationMethod(check.method).value,
        "visited_on": _day(check.visited_on),
        "findings": check.findings,
        "at": _moment(check.at),
    }


def _sign_offs(row, **conditions):
    return [
        {
            "kind": SignOffKind(one.kind).value,
            "unit": one.unit.name,
            "person": _name(one.person),
            "at": _moment(one.at),
            "note": one.note,
            **({"void": True} if one.withdrawn_at else {}),
        }
        for one in row.sign_offs.filter(**conditions).select_related("unit", "person")
    ]


def close_out(row) -> dict:
    """A round that was closed out. Nine queries."""
    measure = row.measure
    check = row.verifications.filter(attempt=row.attempt).select_related("unit", "verifier").first()
    files = Evidence.objects.filter(round=row, withdrawn_at=None, replaced_by=None).select_related("file")
    notice = getattr(row, "public_notice", None)
    return {
        "measure": about(measure),
        "round": {
            "number": row.number,
            "attempt": row.attempt,
            "closed_at": _moment(row.closed_at),
            "closed_by": _name(row.closed_by),
            "note": row.close_out_note,
        },
        "sign_offs": _sign_offs(row),
        "verification": _checked(check) if check else None,
        "evidence": [{"name": file.name, "sha256": file.file.sha256} for file in files],
        "public_notice": notice
        and {
            "where": notice.where,
            "opened_on": _day(notice.opened_on),
            "ends_on": _day(notice.ends_on),
            "objections": notice.objections,
            "settlement": notice.settlement,
        },
        "follow_up_months": measure.follow_up_months,
    }


def verification(row) -> dict:
    """The office's check of one attempt, with the digests that were looked at. Eight queries."""
    attempt = {"attempt": row.attempt}
    files = Evidence.objects.filter(round=row.round_id, file__sha256__in=row.evidence_digests)
    names = {file.file.sha256: file.name for file in files.select_related("file")}
    seen = [*names, *(sha256 for sha256 in row.evidence_digests if sha256 not in names)]
    returned = _sign_offs(row.round, **attempt, kind=SignOffKind.RETURN, at__gte=row.at)
    return {
        "measure": about(row.round.measure),
        "round": {"number": row.round.number},
        "verification": _checked(row),
        "sign_offs": _sign_offs(row.round, **attempt, kind__in=SENT, withdrawn_at=None),
        "evidence": [{"name": names.get(sha256, ""), "sha256": sha256} for sha256 in seen],
        "returned": returned[0] if returned else None,
    }


def extension(row) -> dict:
    """A request for a later date, with what everybody said to it so far; refused ones too. Five queries."""
    others = row.measure.extensions.filter(state=E.GRANTED).exclude(pk=row.pk)
    if row.decided_at:
        others = others.filter(decided_at__lt=row.decided_at)
    granted_before = others.count()
    return {
        "measure": about(row.measure),
        "unit": row.unit.name,
        "number": row.number,
        "late": row.late,
        "state": E(row.state).value,
        "original_due_on": _day(row.checkpoint.original_due_on),
        "old_due_on": _day(row.old_due_on),
        "new_due_on": _day(row.new_due_on),
        "days": (row.new_due_on - row.old_due_on).days,
        "reason": row.reason,
        "interim_measures": row.interim_measures,
        "requested_by": _name(row.requested_by),
        "requested_at": _moment(row.requested_at),
        "granted_before": granted_before,
        "opinions": _opinions(row, granted_before),
    }


def _opinions(row, granted_before):
    """Of unit head, office head and leader: who said what and when. Whose turn never came is not needed."""
    steps = (
        ("unit_head", row.approved_by, row.approved_at, ""),
        ("office_head", row.decided_by, row.decided_at, row.decision if row.state != E.REFUSED else ""),
        ("leader", row.signed_by, row.signed_at, ""),
    )
    found, is_over = {}, row.state not in (E.REQUESTED, E.APPROVED, E.SIGNING)
    refused = row.state == E.REFUSED
    for key, person, at, note in steps:
        said = {"needed": True, "by": _name(person), "at": _moment(at), "note": note, "agreed": True}
        if not person and refused:
            said |= {"by": _name(row.refused_by), "at": _moment(row.refused_at), "agreed": False}
            said["note"], refused = row.decision, False
        elif not person:
            said["needed"] = not is_over and (key != "leader" or granted_before > 0)
        found[key] = said
    return found


def instrument(row) -> dict:
    """An instrument as it was sent, with an empty slip: what comes back changes no paper that went out.

    No query where unit and office are at hand.
    """
    with translation.override("zh-hans"):
        paper = paper_of(row)
    return {
        "kind": row.kind,
        "number": row.document_number,
        "addressee": paper["addressee"],
        "copies": [COPIED_TO[one["role"]] for one in row.recipients if one["role"] in COPIED_TO],
        "paragraphs": paper["paragraphs"],
        "answer_due_on": _day(row.answer_due_on),
    }


def filing(row) -> dict:
    """A unit's filing as its head approved it. No query where its people and its plan are at hand."""
    return {
        "unit": row.unit.name,
        "plan": row.period.plan.title,
        "month": f"{row.period.month:%Y-%m}",
        "rows": row.rows,
        "drafted_by": _name(row.drafted_by),
        "approved_by": _name(row.approved_by),
        "filed_at": _moment(row.filed_at),
        "punctuality": row.punctuality,
    }
