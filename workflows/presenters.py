"""Finished parts of the acting pages: sentences, duties, months. Works on what a ``Dossier`` has loaded."""

from collections import Counter
from itertools import groupby

from django.urls import reverse
from django.utils.formats import date_format
from django.utils.translation import gettext_lazy as _

from cases import deadlines
from cases.models import DutyRole, SignOffKind
from cases.presenters import in_days, light_html, light_of, names_day, state_html
from cases.states import OPEN_STATES, MeasureState
from permissions import clock
from workflows.rectification import transition_of
from workflows.sections import (
    copies,
    extensions,
    follow_up,
    inputs,
    roads,
    rounds,
    supervision,
    unfinished,
)
from workflows.trail import trail_entry
from workflows.turns import turn_of

S = MeasureState
STEPS = (
    (S.ISSUED, _("Issue")),
    (S.RECTIFYING, _("Claim")),
    (S.SUBMITTED, _("Rectify")),
    (S.VERIFIED, _("Verify")),
    (S.CLOSED, _("Close out")),
)
MAIN_ACTS = {"claim", "answer_input", "merge_inputs", "enter_progress", "submit", "verify", "close_out"} | {
    "record_follow_up",
    "record_look_back",
}


# Measure ------------------------------------------------------------------------------------------------


def measure_page(dossier):
    measure, turn = dossier.measure, turn_of(dossier)
    return {
        **heading(dossier),
        "turn": turn,
        "turn_days": in_days(turn.due_on, today=dossier.today) if turn.due_on else "",
        "steps": steps(measure.state),
        "next_due_on": _unnamed_day(measure),
        "problem_label": measure.problem.label,
        "problem_text": measure.problem.text,
        "checkpoints": checkpoints(dossier),
        "duties": duties(dossier),
        "months": months(dossier),
        "evidence": rounds.evidence(dossier.evidence, roads.file_acts(dossier), dossier.open_round),
        "checklist": roads.checklist(dossier),
        "roads": roads.section(dossier),
        "claim": claim(dossier),
        "rounds": rounds.section(dossier),
        "trail": [trail_entry(entry) for entry in dossier.trail],
        "may_enter": dossier.refusal("enter_progress") is None,
        "inputs": inputs.section(dossier),
        "amounts": inputs.amounts(dossier),
        "follow_up": follow_up.section(dossier),
        "look_backs": follow_up.look_backs(dossier),
        "extensions": extensions.section(dossier),
        "instruments": supervision.section(dossier),
        "copies_url": reverse("workflows:copies", args=[measure.pk])
        if dossier.is_office and (dossier.evidence or dossier.progress)
        else "",
        "papers_url": reverse("workflows:measure_papers", args=[measure.pk])
        if any(getattr(one, "checked", None) for one in dossier.sign_offs)
        else "",
        "target_url": _url_if_open(dossier, "set_target"),
        "cadence_url": _url_if_open(dossier, "set_cadence"),
    }


def _unnamed_day(measure):
    """The next date where the clause as printed tells another or none: after an extension or a relapse."""
    day = measure.next_due_on
    return day if day and measure.state in OPEN_STATES and not names_day(measure.deadline_text, day) else None


def _url_if_open(dossier, act):
    return reverse(f"workflows:{act}", args=[dossier.measure.pk]) if dossier.refusal(act) is None else ""


def own_yellow(measure):
    """See ``light_of``; the office's rules were read with the measure."""
    rules = getattr(measure.office, "rules", None)
    return rules and rules.yellow_workdays


def heading(dossier):
    measure = dossier.measure
    light = light_of(measure.state, measure.next_due_on, own_yellow(measure), today=dossier.today)
    return {
        "measure": measure,
        "state_html": state_html(measure.state),
        "light_html": light_html(light),
        "crumbs": [
            {"label": measure.plan.title, "url": measure.plan.get_absolute_url()},
            {"label": measure.number, "url": None},
        ],
    }


def steps(state):
    """Where the measure is on its way: done, current, todo."""
    place = {
        S.DRAFT: 0,
        S.ISSUED: 1,
        S.DISPUTED: 1,
        S.RECTIFYING: 2,
        S.SUBMITTED: 3,
        S.VERIFIED: 4,
        S.CLOSED: 5,
    }
    if state not in place:
        return []
    at = place[state]
    return [
        {"label": label, "status": "done" if i < at else "current" if i == at else "todo"}
        for i, (_state, label) in enumerate(STEPS)
    ]


def choices(dossier):
    """[{act, label, url, reason, is_main}] for the panel; at most one is the main one."""
    found, main = [], False
    for choice in dossier.choices():
        is_main = not main and not choice.reason and choice.act in MAIN_ACTS
        main = main or is_main
        found.append(
            {
                "label": choice.label,
                "reason": choice.reason,
                "is_main": is_main,
                "is_further": roads.is_further(dossier, choice.act),
                "url": reverse(f"workflows:{choice.act}", args=[dossier.measure.pk]),
            }
        )
    return found + supervision.choices(dossier)


def checkpoints(dossier):
    issued_on = dossier.measure.plan.issued_on
    may = {act: dossier.refusal(act) is None for act in ("report_checkpoint", "confirm_checkpoint")}
    refuse = _url_if_open(dossier, "refuse_checkpoint")
    files = Counter(e.checkpoint_id for e in dossier.evidence)
    ask_urls = extensions.ask_urls(dossier)
    found = []
    for row in dossier.all_checkpoints:
        if row.superseded_on:
            found.append({"due_on": row.due_on, "printed": row.printed, "superseded_on": row.superseded_on})
            continue
        born_overdue = deadlines.is_born_overdue(row.dates, issued_on)
        found.append(
            {
                "due_on": row.due_on,
                "original_due_on": row.original_due_on if row.original_due_on != row.due_on else None,
                "printed": row.printed,
                "reported_on": row.reported_on,
                "met_on": row.met_on,
                "note": row.report_note if row.reported_on else "",
                "refusal": row.refusal,
                "files": files[row.pk],
                "refuse_url": f"{refuse}?checkpoint={row.pk}" if row.reported_on and refuse else "",
                "born_overdue": born_overdue,
                "light_html": _checkpoint_light(dossier, row, born_overdue),
                "days": ""
                if row.met_on or dossier.state == S.WITHDRAWN
                else in_days(row.due_on, today=dossier.today),
                "is_late": not row.met_on and not born_overdue and row.due_on < dossier.today,
                "act": _checkpoint_act(dossier, row, may),
                "extension_url": ask_urls.get(row.pk, ""),
            }
        )
    return found


def _checkpoint_light(dossier, row, born_overdue):
    measure, next_due = dossier.measure, None if row.met_on or born_overdue else row.due_on
    return light_html(light_of(measure.state, next_due, own_yellow(measure), today=dossier.today))


def _checkpoint_act(dossier, row, may):
    act = None
    if not row.reported_on and may["report_checkpoint"]:
        act = "report_checkpoint"
    elif row.reported_on and not row.met_on and may["confirm_checkpoint"]:
        act = "confirm_checkpoint"
    if act is None:
        return None
    url = reverse(f"workflows:{act}", args=[dossier.measure.pk])
    return {
        "label": transition_of(act)[0].label,
        "url": f"{url}?checkpoint={row.pk}",
        "is_report": act == "report_checkpoint",
    }


def duties(dossier):
    """[{role, units: [{name, printed, claimed_at, claimed_by, waits}], collectives: [{printed, units, …}]}]

    The members of a collective stand together under the words of the plan, with how many have claimed and reported.
    """
    acting = {duty.pk for duty in dossier.rectification.acting_duties}
    reported = inputs.reported_units(dossier)
    found = []
    for role, rows in groupby(dossier.duties, key=lambda duty: duty.role):
        rows = [(duty, _duty(dossier, duty, acting, reported)) for duty in rows]
        collectives = {}
        for duty, row in rows:
            if duty.group_id:
                collectives.setdefault(duty.printed, []).append((duty, row))
        found.append(
            {
                "role": DutyRole(role).label,
                "units": [row for duty, row in rows if not duty.group_id],
                "collectives": [_collective(name, members, acting) for name, members in collectives.items()],
            }
        )
    return found


def _duty(dossier, duty, acting, reported):
    return {
        "name": duty.unit.name,
        "printed": duty.printed if duty.printed != duty.unit.name else "",
        "claimed_at": duty.claimed_at,
        "claimed_by": duty.claimed_by,
        "waits": duty.pk in acting and not duty.claimed_at and dossier.state != S.DRAFT,
        "reported": duty.unit_id in reported,
        "coordinates": duty.coordinates,
        "disputes": dossier.rectification.disputed_by(duty.unit),
        "step": _step(dossier, duty) if duty.pk in acting and len(acting) > 1 else "",
    }


def _collective(printed, members, acting):
    return {
        "printed": printed,
        "whole": len(members),
        "acts": any(duty.pk in acting for duty, _row in members),
        "claimed": sum(bool(row["claimed_at"]) for _duty, row in members),
        "reported": sum(row["reported"] for _duty, row in members),
        "units": [row for _duty, row in members],
    }


def _step(dossier, duty):
    """How far one of several acting units has come: claimed, asked for verification, signed."""
    if not dossier.open_round or dossier.state not in {S.RECTIFYING, S.SUBMITTED, S.VERIFIED}:
        return ""
    acts = dossier.rectification
    for kind, words in ((SignOffKind.SUBMIT, _("signed by its head")), (SignOffKind.REQUEST, _("requested"))):
        if any(s.unit_id == duty.unit_id for s in acts.current_sign_offs(kind)):
            return words
    if duty.unit_id in acts.sent_back_unit_ids:
        return _("sent back by its head")
    return _("at work") if duty.claimed_at else ""


def claim(dossier):
    """{light_html, words} of the claim's own clock while some unit has to claim; else None."""
    measure = dossier.measure
    waits = any(not duty.claimed_at for duty in dossier.rectification.acting_duties)
    if not waits or dossier.state not in {S.ISSUED, S.RECTIFYING}:
        return None
    clock_of_claim = deadlines.claim_clock(measure.claim_due_on, today=dossier.today)
    return clock_of_claim and {
        "light_html": light_html(clock_of_claim.light),
        "due_on": clock_of_claim.due_on,
        "days": in_days(clock_of_claim.due_on, today=dossier.today),
        "workdays": clock_of_claim.workdays_left,
        "is_late": clock_of_claim.is_late,
    }


def months(dossier):
    """[{month, unit, by, at, late, parts: [{label, text}]}], newest first."""
    return [
        {
            "month": date_format(entry.period, "YEAR_MONTH_FORMAT"),
            "unit": entry.unit.name,
            "by": entry.author,
            "amount": f"{inputs.plain_amount(entry.amount)} {dossier.measure.target_unit}".strip()
            if entry.amount is not None
            else "",
            "at": entry.recorded_at,
            # Declared as done earlier than it was recorded (补录): stays visible as such.
            "late": entry.happened_on if entry.happened_on < clock.local(entry.recorded_at).date() else None,
            "parts": [
                {"label": label, "text": text}
                for label, text in (
                    (_("Progress"), entry.progress),
                    (_("Difficulties"), entry.difficulties),
                    (_("Next steps"), entry.next_steps),
                )
                if text
            ],
        }
        for entry in dossier.progress
    ]


# Act ----------------------------------------------------------------------------------------------------

SUBMITS = {
    "claim": _("Claim for my unit"),
    "enter_progress": _("Record the progress"),
    "attach_evidence": _("Attach"),
    "report_checkpoint": _("Report as reached"),
    "confirm_checkpoint": _("Confirm as met"),
    "refuse_checkpoint": _("Send back"),
    "ask_input": _("Ask these units"),
    "cancel_input": _("Take back"),
    "answer_input": _("Send the answer"),
    "merge_inputs": _("Take over into our progress"),
    "set_target": _("Set the target"),
    "record_follow_up": _("Record the follow-up"),
    "set_cadence": _("Set the cadence"),
    "record_look_back": _("Record what was found"),
    "request_extension": _("Ask for the extension"),
    "request_verification": _("Ask for verification"),
    "submit": _("Approve and send"),
    "send_back_request": _("Send back to the handler"),
    "return_for_rework": _("Return for rework"),
    "verify": _("Record the verification"),
    "close_out": _("Close out"),
    **roads.SUBMITS,
}
EXPLAINED = {
    "request_extension": _(
        "The head of your unit approves the request, then the head of the office decides; from the second one on this "
        "measure the leader signs, too. Until then the present date counts, and the original one stays for ever."
    ),
    "claim": _(
        "Claiming says that your unit takes this measure on. Work begins when every lead unit has claimed."
    ),
    "request_verification": _(
        "Next the head of your unit approves this request; then the office verifies. "
        "Whoever asks can neither approve nor verify nor close out."
    ),
    "submit": _(
        "With your approval the request leaves the unit; the office verifies it on site or on paper."
    ),
    "send_back_request": _(
        "Only your unit's request is taken back: the handler reads your reason, mends what is missing and asks again. "
        "What other lead units have signed stays signed."
    ),
    "return_for_rework": _(
        "What was sent stays readable as an attempt of this round; the unit starts the next one."
    ),
    "verify": _("Your record names the evidence by its digests. Somebody else closes the measure out."),
    "close_out": _("The measure leaves the open ledger and its round is frozen."),
    **roads.EXPLAINED,
}
# Acts that decide on what others sent: they need it before their eyes.
DECISIONS = {
    "submit",
    "send_back_request",
    "return_for_rework",
    "verify",
    "close_out",
    "confirm_checkpoint",
    "refuse_checkpoint",
}


def act_page(dossier, act):
    decides = act in DECISIONS
    return {
        **heading(dossier),
        "act": act,
        "label": transition_of(act)[0].label,
        "explained": EXPLAINED.get(act, ""),
        "submit": SUBMITS[act],
        "danger": act in {"send_back_request", "return_for_rework", "refuse_checkpoint", *roads.DANGERS},
        "back_url": dossier.measure.get_absolute_url(),
        "decides": decides,
        "unfinished": unfinished.section(dossier, act),
        "evidence": rounds.evidence(dossier.current_evidence) if decides else [],
        "months": months(dossier)[:3] if decides else [],
        "signatures": rounds.current_signatures(dossier) if decides else [],
        "copies": copies.section(dossier) if act in ("verify", "close_out") else None,
    }
