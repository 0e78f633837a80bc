"""Finished rows for the pages: what a template prints, it prints as it comes. No query here.

Chips and lights are rendered once per language and reused, because a list shows fifty of each.
"""

import re
from collections import defaultdict
from dataclasses import dataclass
from datetime import date
from functools import cache

from django.template.loader import render_to_string
from django.urls import reverse
from django.utils.formats import date_format
from django.utils.safestring import mark_safe
from django.utils.translation import get_language, gettext, ngettext
from django.utils.translation import gettext_lazy as _

from cases import deadlines
from cases.models import DutyRole, Problem
from cases.rules import yellow_workdays
from cases.states import OPEN_STATES, Light, MeasureState

SHORT = 120  # characters of a measure's text that a list shows
LIGHT_NAMES = {
    Light.GREEN: _("Green light"),
    Light.YELLOW: _("Yellow light"),
    Light.RED: _("Red light"),
    Light.NONE: _("No light"),
}


def light_of(state, next_due_on, own_yellow, *, today) -> Light:
    """``own_yellow``: the working days that the measure's office decided, None where it did not."""
    return deadlines.light(state, next_due_on, today=today, yellow_workdays=yellow_workdays(own_yellow))


@cache
def _rendered(template, first, second, language):
    """Without the template's line breaks: fifty rows of them would be a tenth of the page."""
    html = render_to_string(template, {"light": first, "state": first, "label": second})
    return mark_safe(re.sub(r">\s+<", "><", re.sub(r"\s+", " ", html.strip())))


def light_html(light) -> str:
    light = Light(light)
    return _rendered("_light.html", light.value, str(LIGHT_NAMES[light]), get_language())


def state_html(state) -> str:
    state = MeasureState(state)
    return _rendered("_state.html", state.value, str(state.label), get_language())


def plain_amount(amount):
    """Without trailing zeros: 8213, 12.5."""
    if amount is None:
        return ""
    return f"{amount.normalize():f}" if amount != amount.to_integral() else f"{amount.to_integral():f}"


def shortened(text, limit=SHORT):
    return text if len(text) <= limit else text[: limit - 1] + "…"


def in_days(day: date, *, today: date) -> str:
    """“3 days overdue”, “due today”, “3 days left”."""
    days = (day - today).days
    if days == 0:
        return gettext("due today")
    if days < 0:
        return ngettext("%(days)s day overdue", "%(days)s days overdue", -days) % {"days": -days}
    return ngettext("%(days)s day left", "%(days)s days left", days) % {"days": days}


def short_date(day) -> str:
    return date_format(day, "SHORT_DATE_FORMAT") if day else ""


# The ledger -------------------------------------------------------------------------------------------

OWN_YELLOW = "office__rules__yellow_workdays"
LEDGER_FIELDS = (
    "pk", "number", "text", "deadline_text", "long_term", "state", "next_due_on", "claim_due_on",
    "plan_id", "problem_id", "problem__label", "problem__text", "extended_to", OWN_YELLOW,
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class LedgerRow:
    pk: int
    url: str
    number: str
    plan: str  # its title where rows of several plans stand together: each has a problem (一)
    problem: str
    problem_label: str
    repeats: bool  # the same problem as the row above
    text: str
    leads: str
    responsible: str
    deadline: str
    remark: str
    is_late: bool
    state_label: str
    light_label: str
    state_html: str
    light_html: str


def ledger_rows(measures, duties, *, plans, today, whole_text=False):
    """[LedgerRow] in the order of ``measures`` (dicts of LEDGER_FIELDS).

    ``duties``: {measure pk: [(role, unit name)]} in printed order. ``plans``: {pk: title} of those to be named.
    """
    base = reverse("workflows:measure", args=[0]).rpartition("0/")[0]
    rows, above = [], None
    for measure in measures:
        light = light_of(measure["state"], measure["next_due_on"], measure[OWN_YELLOW], today=today)
        units = duties.get(measure["pk"], ())
        is_open = measure["state"] in OPEN_STATES and measure["next_due_on"]
        waits = measure["state"] == MeasureState.ISSUED
        claim = deadlines.claim_clock(measure["claim_due_on"], today=today) if waits else None
        text = measure["problem__text"]
        rows.append(
            LedgerRow(
                pk=measure["pk"],
                url=f"{base}{measure['pk']}/",
                number=measure["number"],
                plan=plans.get(measure["plan_id"], ""),
                problem=text if whole_text else Problem(text=text).heading,
                problem_label=measure["problem__label"],
                repeats=measure["problem_id"] == above,
                text=measure["text"] if whole_text else shortened(measure["text"]),
                leads="、".join(name for role, name in units if role == DutyRole.LEAD),
                responsible="、".join(name for role, name in units if role == DutyRole.RESPONSIBLE),
                deadline=deadline_of(measure),
                remark=_remark(measure, is_open, claim, today),
                is_late=light == Light.RED or (claim is not None and claim.is_late),
                state_label=str(MeasureState(measure["state"]).label),
                light_label=str(LIGHT_NAMES[light]),
                state_html=state_html(measure["state"]),
                light_html=light_html(light),
            )
        )
        above = measure["problem_id"]
    return rows


def _remark(measure, is_open, claim, today):
    """How long until the next date; of a measure that nobody has claimed also until the claim is due.

    The clause as printed need not name that date: a relapse brings its own, 年底前 names none.
    """
    parts = [in_days(measure["next_due_on"], today=today)] if is_open else []
    if is_open and not names_day(deadline_of(measure), measure["next_due_on"]):
        parts = [gettext("%(day)s: %(left)s") % {"day": short_date(measure["next_due_on"]), "left": parts[0]}]
    if claim:
        parts.append(gettext("claim: %(left)s") % {"left": in_days(claim.due_on, today=today)})
    return "；".join(parts)


def names_day(text, day) -> bool:
    """A deadline clause as printed tells this very day."""
    return f"{day.month}月{day.day}日" in text or short_date(day) in text


def deadline_of(measure) -> str:
    """The clause as printed, with the date to which it was extended; without one, the dates or 长期坚持."""
    if measure["deadline_text"]:
        if not measure["extended_to"]:
            return measure["deadline_text"]
        day = short_date(measure["extended_to"])
        return gettext("%(clause)s (extended to %(day)s)") % {"clause": measure["deadline_text"], "day": day}
    if measure["next_due_on"]:
        return short_date(measure["next_due_on"])
    return gettext("long-term") if measure["long_term"] else "—"


# Plans ------------------------------------------------------------------------------------------------

# Order and tone of the bar: furthest first.
BAR = (
    ("closed", (MeasureState.CLOSED,)),
    ("verified", (MeasureState.VERIFIED,)),
    ("submitted", (MeasureState.SUBMITTED,)),
    ("rectifying", (MeasureState.RECTIFYING, MeasureState.DISPUTED)),
    ("issued", (MeasureState.ISSUED,)),
    ("draft", (MeasureState.DRAFT,)),
)


def bar(counts, url=None):
    """Segments of the stacked bar from {state: count}. Starts and lengths in thousandths, adding up to 1000.

    ``url``: address of a ledger to which ``&state=…`` is added, so that every number leads to its rows.
    """
    whole = sum(counts.get(state, 0) for _tone, states in BAR for state in states)
    segments, before = [], 0
    for tone, states in BAR:
        count = sum(counts.get(state, 0) for state in states)
        if not count:
            continue
        start, end = 1000 * before // whole, 1000 * (before + count) // whole
        segments.append(
            {
                "tone": tone,
                "label": MeasureState(states[0]).label,
                "count": count,
                "start": start,
                "length": end - start,
                "url": f"{url}&state={states[0]}" if url else None,
            }
        )
        before += count
    return segments


def reporting_words(rule) -> str:
    """When and to whom the units report. ``rule``: {months, day, recipient}; no months mean every month."""
    if 0 < len(rule["months"]) < 12:
        months = "、".join(map(str, rule["months"]))
        words = gettext("day %(day)s of the months %(months)s") % {"day": rule["day"], "months": months}
    else:
        words = gettext("day %(day)s of the month") % {"day": rule["day"]}
    if rule["recipient"]:
        words = gettext("%(when)s, to %(recipient)s") % {"when": words, "recipient": rule["recipient"]}
    return words


# What an amendment changed, by the kind that its revision keeps.
REVISED = {
    "DOCUMENT": _("Document number"),
    "REPORTING": _("Monthly filing due"),
    "NUMBER": _("New number"),
    "TEXT": _("Wording changed"),
    "UNITS": _("Units changed"),
    "DATES": _("Dates changed"),
    "NEW": _("New measures"),
    "GONE": _("No longer there"),
}


@dataclass(frozen=True, slots=True)
class Version:
    """One version of the plan's document; the first is the plan as it was issued."""

    number: int
    document_number: str
    issued_on: date | None
    source_name: str
    source_url: str
    digest: str
    applied_by: object = None  # None: the first
    applied_at: object = None
    changes: tuple[tuple[str, int], ...] = ()
    rules: tuple[str, str] | None = None  # the reporting rule before and after


def versions(plan, revisions) -> list[Version]:
    """The latest first. ``revisions``: of the plan in the order of their numbers, with draft and source."""
    first_number = next(
        (row["before"] for rev in revisions for row in rev.changes if "DOCUMENT" in row["kind"]),
        plan.document_number,
    )
    found = [
        Version(
            1, first_number, plan.issued_on, plan.source_name or plan.title,
            reverse("cases:plan_source", args=[plan.pk]) if plan.source_id else "",
            plan.source.sha256 if plan.source_id else "",
        )
    ]  # fmt: skip
    found += [_version(revision) for revision in revisions]
    return found[::-1]


def _version(revision):
    kinds = [kind for row in revision.changes for kind in row["kind"]]
    rule = next((row for row in revision.changes if "REPORTING" in row["kind"]), None)
    source = revision.draft.source
    return Version(
        number=revision.number,
        document_number=revision.document_number,
        issued_on=revision.issued_on,
        source_name=revision.draft.source_name,
        source_url=reverse("cases:revision_source", args=[revision.pk]),
        digest=source.sha256,
        applied_by=revision.applied_by,
        applied_at=revision.applied_at,
        changes=tuple((label, kinds.count(kind)) for kind, label in REVISED.items() if kind in kinds),
        rules=rule and tuple(reporting_words(rule[when]) for when in ("before", "after")),
    )


SUB_ITEM = re.compile(r"(.*?)((?:[一二三四五六七八九十]+是)?)")


@dataclass(frozen=True, slots=True)
class Clause:
    """One measure as it stands in the document."""

    pk: int
    url: str
    group_lead: str  # the words before a group of sub-items, at its first one only
    label: str
    text: str
    bracket: str
    remark: str
    is_late: bool
    state_html: str
    light_html: str


@dataclass(frozen=True, slots=True)
class PlanProblem:
    pk: int
    label: str
    text: str
    heading: str
    waits: bool  # some measure has not been issued yet
    count: int
    late_count: int
    measures: list[Clause]  # empty while the problem is folded


def folded_problems(problems, counts):
    """[PlanProblem] without their clauses. ``counts``: {problem pk: (measures, overdue, whether one is a draft)}."""
    return [
        PlanProblem(problem.pk, problem.label, problem.text, problem.heading, waits, count, late, [])
        for problem in problems
        for count, late, waits in [counts[problem.pk]]
    ]


def plan_problems(problems, measures, *, today):
    """[PlanProblem] with all their clauses. ``measures``: with their duties and ``own_yellow`` (see ``light_of``)."""
    by_problem = defaultdict(list)
    for measure in measures:
        by_problem[measure.problem_id].append(measure)
    found = []
    for problem in problems:
        clauses = _clauses(by_problem[problem.pk], today)
        found.append(
            PlanProblem(
                pk=problem.pk,
                label=problem.label,
                text=problem.text,
                heading=problem.heading,
                waits=any(measure.state == MeasureState.DRAFT for measure in by_problem[problem.pk]),
                count=len(clauses),
                late_count=sum(clause.is_late for clause in clauses),
                measures=clauses,
            )
        )
    return found


def _clauses(measures, today):
    clauses, group = [], None
    for measure in measures:
        # "(4)一是": the number stands before the words that lead into the group, "一是" before the sub-item.
        number, sub_label = SUB_ITEM.fullmatch(measure.label).groups() if measure.group_lead else ("", "")
        begins_group = bool(measure.group_lead) and (number, measure.group_lead) != group
        light = light_of(measure.state, measure.next_due_on, measure.own_yellow, today=today)
        is_open = measure.state in OPEN_STATES and measure.next_due_on
        clauses.append(
            Clause(
                pk=measure.pk,
                url=measure.get_absolute_url(),
                group_lead=f"{number}{measure.group_lead}" if begins_group else "",
                label=sub_label or measure.label,
                text=measure.text,
                bracket=bracket_of(list(measure.duties.all()), measure.deadline_text),
                remark=in_days(measure.next_due_on, today=today) if is_open else "",
                is_late=light == Light.RED,
                state_html=state_html(measure.state),
                light_html=light_html(light),
            )
        )
        group = (number, measure.group_lead)
    return clauses


def bracket_of(duties, deadline_text) -> str:
    """The bracket of a measure as a plan prints it, always in Chinese like the text around it."""
    parts = []
    for role, heading in ((DutyRole.LEAD, "牵头单位"), (DutyRole.RESPONSIBLE, "责任单位")):
        printed = dict.fromkeys(duty.printed or duty.unit.name for duty in duties if duty.role == role)
        if printed:
            parts.append(f"{heading}：{'、'.join(printed)}")
    if deadline_text:
        parts.append(f"整改时限：{deadline_text}")
    return f"〔{'；'.join(parts)}〕" if parts else ""


def who_acted(entry, body) -> str:
    """Who did what an entry of the record says; a deputy (代) with the name of whoever lent them the right.

    ``body``: that of the entry, read.
    """
    if not entry.actor_id:
        return gettext("The system")
    name = body.get("actor_name", "")
    if lent := body.get("on_behalf_of"):
        names = "、".join(row["name"] for row in lent)
        return gettext("%(name)s for %(names)s") % {"name": name, "names": names}
    return name
