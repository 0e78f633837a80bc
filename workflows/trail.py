"""The trail: entries of the record as a reader sees them."""

import json

from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from cases.models import InstrumentKind, LogEntry, ProgressEntry
from cases.presenters import who_acted
from permissions import clock
from workflows.sections import follow_up, inputs, roads

# What a reader of the trail sees somebody did.
DEEDS = {
    "issue_plan": _("issued the plan"),
    "amend_measure": _("changed it by an amendment of the plan"),
    "add_measure": _("added it by an amendment of the plan"),
    "register_problem": _("registered the problem"),
    "issue_problem": _("issued the measures"),
    "register_feedback": _("registered the report"),
    "take_feedback": _("took it in hand"),
    "link_duplicate": _("linked it to a known matter"),
    "take_back_link": _("took the link back"),
    "answer_feedback": _("answered it"),
    "settle_feedback": _("settled it"),
    "claim": _("claimed it"),
    "enter_progress": _("entered progress"),
    "attach_evidence": _("attached evidence"),
    "report_checkpoint": _("reported a checkpoint"),
    "confirm_checkpoint": _("confirmed a checkpoint"),
    "refuse_checkpoint": _("sent a checkpoint back"),
    "ask_input": _("asked other units for their part"),
    "cancel_input": _("took a request back"),
    "answer_input": _("answered the lead unit"),
    "merge_inputs": _("took the answers over"),
    "set_target": _("set the target"),
    "record_follow_up": _("recorded the follow-up"),
    "set_cadence": _("set the cadence of the follow-up"),
    "record_look_back": _("looked back at it"),
    "request_extension": _("asked for an extension"),
    "approve_extension": _("approved the extension for the unit"),
    "remind": _("sent a reminder"),
    "propose_instrument": _("proposed it by the ladder of supervision"),
    "lapse_instrument": _("ended it: the cause has gone"),
    "prepare_instrument": _("changed the words"),
    "issue_instrument": _("issued an instrument of supervision"),
    "supervise": _("issued an instrument of supervision"),
    "dismiss_instrument": _("decided not to send it"),
    "receive_instrument": _("signed for an instrument of supervision"),
    "answer_instrument": _("answered an instrument of supervision"),
    "settle_instrument": _("settled an instrument of supervision"),
    "decide_extension": _("decided on the extension"),
    "sign_extension": _("signed the extension"),
    "refuse_extension": _("refused the extension"),
    "request_verification": _("asked for verification"),
    "submit": _("approved the request"),
    "send_back_request": _("sent the request back to the handler"),
    "return_for_rework": _("returned it for rework"),
    "verify": _("verified it"),
    "close_out": _("closed it out"),
    "print_close_out": _("made the close-out notice"),
    "print_verification": _("made the verification record"),
    "print_extension": _("made the extension form"),
    "print_instrument": _("made the paper of the instrument"),
    "print_filing": _("made the paper of the filing"),
    "keep_paper": _("printed it"),
    **roads.DEEDS,
}
TONES = {
    "claim": "info",
    "submit": "info",
    "return_for_rework": "warning",
    "send_back_request": "warning",
    "refuse_checkpoint": "warning",
    "request_extension": "warning",
    "refuse_extension": "warning",
    "amend_measure": "warning",
    "withdraw": "danger",
    **roads.TONES,
    "verify": "success",
    "close_out": "success",
    "confirm_checkpoint": "success",
}
# Done to the unit that the entry names, not by it.
TO_A_UNIT = {
    "remind",
    "propose_instrument",
    "lapse_instrument",
    "prepare_instrument",
    "issue_instrument",
    "supervise",
    "dismiss_instrument",
    "settle_instrument",
    "settle_dispute",
}


def trail_entry(entry):
    body = json.loads(entry.body)
    unit, act = body.get("unit", ""), DEEDS.get(entry.act, entry.act)
    to_it = unit and entry.act in TO_A_UNIT
    return {
        "actor": who_acted(entry, body),
        "line": "" if to_it else unit,
        "act": f"{act} · {unit}" if to_it else act,
        "at": clock.local(entry.at),
        "text": _said(body),
        "tone": TONES.get(entry.act, ""),
        "digest": entry.hash,
    }


def meanwhile(measure, seen):
    """Entries of what was done to the measure since its version ``seen``, the latest first. Two queries."""
    entries = LogEntry.objects.filter(object_type="measure", object_id=measure.pk).select_related("actor")
    entries = list(entries.order_by("-sequence")[: max(0, measure.row_version - seen)])
    bodies = [json.loads(entry.body) for entry in entries]
    written = ProgressEntry.objects.in_bulk([body["entry"] for body in bodies if "entry" in body])
    rows = [trail_entry(entry) for entry in entries]
    for row, body in zip(rows, bodies, strict=True):
        if entry := written.get(body.get("entry")):
            row["text"] = "\n".join(filter(None, [row["text"], entry.difficulties, entry.next_steps]))
    return rows


def _said(body):
    """What the actor wrote or chose, in one text."""
    parts = [
        body.get(name, "") for name in ("document_number", "office", "text", "reason", "findings", "note")
    ]
    parts += ["、".join(body.get("units", ())), "、".join(body.get("files", ())), body.get("due_on", "")]
    parts += [*inputs.said(body), *follow_up.said(body)]
    if day := body.get("new_due_on"):
        parts.append(f"{body['old_due_on']} → {day}")
    if day := body.get("happened_on"):
        parts.append(gettext("late entry, done on %(day)s") % {"day": day})
    if steps := body.get("passed_over"):
        names = [
            gettext("%(kind)s (day %(days)s)") % {"kind": InstrumentKind(kind).label, "days": days}
            for kind, days in steps
        ]
        parts.append(
            gettext("Passed over, since this step was due already: %(steps)s") % {"steps": "、".join(names)}
        )
    if changed := body.get("changed"):
        parts += [body.get("document", ""), *_amended(changed)]
    return "\n".join(part for part in parts if part)


AMENDED = {
    "number": _("Number"),
    "text": _("Wording"),
    "goal": _("Goal"),
    "lead_units": _("Lead unit"),
    "responsible_units": _("Responsible units"),
    "deadline_text": _("Deadline"),
    "dates": _("Dates (by amendment, not an extension)"),
    "claim_due_on": _("To be claimed by"),
}


def _amended(changed):
    """One line per field: before → after. A change of state stands in the units from which it follows."""
    return [
        f"{label}：{_plain(changed[name][0])} → {_plain(changed[name][1])}"
        for name, label in AMENDED.items()
        if name in changed
    ]


def _plain(value):
    return ("、".join(value) if isinstance(value, list) else value) or "—"


def changes(entries, last_visit):
    """Trail entries for the desk; those since the last visit carry a mark."""
    since = clock.local(last_visit) if last_visit else None
    found = []
    for entry in entries:
        row = trail_entry(entry)
        number = entry.measure.number
        row |= {
            "url": entry.measure.get_absolute_url(),
            "number": number,
            "is_new": since and row["at"] > since,
        }
        found.append(row)
    return found
