"""Who was asked for their part (分办), who answered, and how much of the target is done."""

from decimal import Decimal
from itertools import groupby

from django.urls import reverse
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from cases.presenters import in_days, plain_amount, short_date
from cases.rules import rules_of
from cases.states import MeasureState
from permissions import clock
from reports.filings import month_by_rule
from workflows.roads.inputs import is_open, is_to_merge


def section(dossier):
    """{answered, whole, collectives, rows}, or None where nobody was asked in this measure."""
    requests = dossier.input_requests
    if not requests:
        return None
    latest = _latest(requests)
    may_cancel = {row.pk for row in dossier.requests_for("cancel_input")}
    return {
        "answered": sum(not is_open(row) for row in latest.values()),
        "whole": len(latest),
        "collectives": _collectives(dossier, latest),
        "rows": [_row(dossier, row, row.pk in may_cancel) for row in requests[::-1]],
    }


def _latest(requests):
    """{(from, to): the last request}: who was asked twice counts once."""
    return {(row.from_unit_id, row.to_unit_id): row for row in sorted(requests, key=lambda row: row.pk)}


def _collectives(dossier, latest):
    """Of each collective as printed: how many of its members that were asked have answered, and who has not."""
    group_of = {duty.unit_id: duty.printed for duty in dossier.duties if duty.group_id}
    rows = [(group_of[row.to_unit_id], row) for row in latest.values() if row.to_unit_id in group_of]
    found = []
    for printed, members in groupby(sorted(rows, key=lambda pair: pair[0]), key=lambda pair: pair[0]):
        members = [row for _printed, row in members]
        found.append(
            {
                "printed": printed,
                "answered": sum(not is_open(row) for row in members),
                "whole": len(members),
                "waiting": "、".join(row.to_unit.name for row in members if is_open(row)),
            }
        )
    return found


def _row(dossier, row, may_cancel):
    waits = is_open(row) and dossier.state == MeasureState.RECTIFYING
    label, tone = (_("waiting"), "warning") if waits else (_("not answered yet"), "plain")
    if row.merged_at:
        label, tone = _("taken over"), "success"
    elif row.answered_at:
        label, tone = _("answered"), "info"
    pk = dossier.measure.pk
    return {
        "to": row.to_unit.name,
        "from": row.from_unit.name,
        "question": row.question,
        "due_on": row.due_on,
        "days": in_days(row.due_on, today=dossier.today) if waits else "",
        "is_late": waits and row.due_on < dossier.today,
        "answered_at": row.answered_at,
        "was_late": bool(row.answered_at) and clock.local(row.answered_at).date() > row.due_on,
        "label": label,
        "tone": tone,
        "cancel_url": f"{reverse('workflows:cancel_input', args=[pk])}?request={row.pk}"
        if may_cancel
        else "",
    }


def units_to_ask(dossier):
    """Choices: the other units with a duty that do not owe an answer already, members of a collective under it."""
    own = dossier.rectification.acting_unit("ask_input")
    if own is None:
        return []
    waiting = {r.to_unit_id for r in dossier.input_requests if r.from_unit_id == own.pk and is_open(r)}
    rows = [d for d in dossier.duties if d.unit_id != own.pk and d.unit_id not in waiting]
    single = [(d.unit_id, d.unit.name) for d in rows if not d.group_id]
    groups = {}
    for duty in rows:
        if duty.group_id:
            groups.setdefault(duty.printed, []).append((duty.unit_id, duty.unit.name))
    return [*single, *groups.items()]


def words_of(row):
    parts = [
        gettext("%(unit)s asks, answer by %(day)s")
        % {"unit": row.from_unit.name, "day": short_date(row.due_on)}
        if is_open(row)
        else row.from_unit.name
    ]
    return "：".join([f"{row.to_unit.name} ← {parts[0]}", *filter(None, [row.question])])


PARTS = ("progress", "difficulties", "next_steps")


def merged_texts(rows):
    """{part: the answers to it, each after its unit's name}, as the lead finds them to work on."""
    return {
        part: "\n".join(
            f"{row.to_unit.name}：{getattr(row.answer, part)}" for row in rows if getattr(row.answer, part)
        )
        for part in PARTS
    }


# The target in numbers -----------------------------------------------------------------------------------


def amounts(dossier):
    """{done, target, unit, percent, bar, above, rows}, or None for a measure without a target.

    Done is the sum of what each unit entered last as its own, so an amount is never counted twice.
    """
    measure = dossier.measure
    if measure.target_amount is None:
        return None
    last, before = {}, {}
    for entry in dossier.progress:  # newest first
        if entry.amount is None:
            continue
        if entry.unit_id in last:
            before.setdefault(entry.unit_id, entry.amount)
        else:
            last[entry.unit_id] = entry
    done = sum((entry.amount for entry in last.values()), Decimal(0))
    percent = int(100 * done / measure.target_amount)
    return {
        "done": plain_amount(done),
        "target": plain_amount(measure.target_amount),
        "unit": measure.target_unit,
        "percent": percent,
        "bar": min(percent, 100),
        "above": done > measure.target_amount,
        "rows": [
            {
                "unit": entry.unit.name,
                "amount": plain_amount(entry.amount),
                "on": entry.happened_on,
                "fell_from": plain_amount(earlier) if (earlier := before.get(unit, 0)) > entry.amount else "",
            }
            for unit, entry in last.items()
        ],
    }


def said(body):
    """A target or an amount in the trail."""
    found = []
    if target := body.get("target"):
        before, after = (" ".join(value) if value else "—" for value in target)
        found.append(gettext("Target: %(before)s → %(after)s") % {"before": before, "after": after})
    if "amount" in body:
        found.append(
            gettext("Reached in all: %(amount)s") % {"amount": plain_amount(Decimal(body["amount"]))}
        )
    return found


def reported_units(dossier):
    """Ids of the units that have entered progress for the running month."""
    month = month_by_rule(dossier.measure.plan, dossier.now, rules_of(dossier.measure.office))
    return {entry.unit_id for entry in dossier.progress if entry.period >= month}


def matter(dossier, act):
    """There is something that the act could be about."""
    if act == "ask_input":
        return len(dossier.duties) > 1
    if act == "set_target":
        is_office = dossier.rectification.acting_unit("amend_plan") is not None
        return dossier.state != MeasureState.DRAFT and (is_office or dossier.measure.target_amount is None)
    return bool(dossier.requests_for(act))


def requests_for(dossier, act):
    """Requests that the act could be about, in the person's hands."""
    access, rows = dossier.rectification.access, dossier.input_requests
    if act == "answer_input":
        return [r for r in rows if is_open(r) and access.has("answer_input", r.to_unit_id)]
    own = [r for r in rows if access.has("ask_input", r.from_unit_id)]
    return [r for r in own if (is_to_merge(r) if act == "merge_inputs" else is_open(r))]
