"""Finished values for the reading pages: cells, rows, steps, and the acts that a person is offered.

Offering an act asks for the same right as the door; hiding it is courtesy, the door alone protects.
"""

from datetime import date

from django.urls import reverse
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext, pgettext_lazy

from cases.presenters import short_date
from permissions import clock
from permissions.models import Role
from reports.documents.titles import phrases
from reports.filings import NOT_DUE, WITH_THE_UNIT
from reports.models import FilingState, Punctuality, ReportState

# state → (act, right, label, kind of button); the right is held on the filing's unit or on the office's own unit
FILING_ACTS = {
    FilingState.DRAFT: [("edit_filing", "draft_filing", _("Fill in"), "primary")],
    FilingState.SUBMITTED: [
        ("send_back_filing", "approve_filing", _("Send back"), "danger"),
        ("approve_filing", "approve_filing", _("Approve"), "primary"),
    ],
    FilingState.FILED: [
        ("return_filing", "accept_filing", _("Return"), "danger"),
        ("accept_filing", "accept_filing", _("Accept"), "primary"),
    ],
    FilingState.ACCEPTED: [("return_filing", "accept_filing", _("Return for correction"), "danger")],
}
# The same for signed papers; act and right without the name of the kind.
PAPER_ACTS = {
    ReportState.DRAFT: [
        ("edit", "compose", _("Edit the texts"), ""),
        ("submit", "compose", _("Send for review"), "primary"),
    ],
    ReportState.REVIEW: [
        ("refuse", "review", _("Send back"), "danger"),
        ("review", "review", _("Pass on to the leader"), "primary"),
    ],
    ReportState.SIGNING: [
        ("refuse", "sign", _("Send back"), "danger"),
        ("sign", "sign", _("Sign"), "primary"),
    ],
    ReportState.ISSUED: [("revise", "compose", _("Correct by a new revision"), "")],
}
# What only one kind has while it is composed.
DRAFT_ACTS = {
    "report": [("recompose", "compose", _("Compose anew"), "")],
    "bulletin": [("choose", "compose", _("Choose the cases"), "")],
}
# Of a unit that has filed: the office sent it back, or the next revision is being written.
IN_REWORK = {FilingState.RETURNED, FilingState.DRAFT, FilingState.SUBMITTED}
MONTHS_SHOWN = 12
PAPER_TONES = {
    ReportState.DRAFT: "draft",
    ReportState.REVIEW: "warning",
    ReportState.SIGNING: "warning",
    ReportState.SIGNED: "info",
    ReportState.ISSUED: "success",
    ReportState.SUPERSEDED: "plain",
}
FILING_TONES = {
    FilingState.DRAFT: "draft",
    FilingState.SUBMITTED: "info",
    FilingState.FILED: "info",
    FilingState.ACCEPTED: "success",
    FilingState.RETURNED: "warning",
    FilingState.WITHDRAWN: "plain",
}


def has_office_right(access, codename, office_id) -> bool:
    """The right on the office's own unit, known from the memberships without a query."""
    units = access.rights.get(codename, ())
    return any(m.unit_id in units and m.office_id == office_id for m in access.memberships)


def filing_acts(filing, access, reported=None) -> list[dict]:
    """``reported``: the report that fixed its text, if any; then it stays as it is."""
    if filing.is_with_lead or reported:
        return []
    return [
        _button(act, filing.pk, label, kind)
        for act, right, label, kind in FILING_ACTS.get(filing.state, ())
        if access.has(right, filing.unit_id) or has_office_right(access, right, filing.office_id)
    ]


def paper_acts(paper, access) -> list[dict]:
    if paper.state == ReportState.ISSUED and hasattr(paper, "replaced_by"):
        return []
    acts = PAPER_ACTS.get(paper.state, [])
    if paper.state == ReportState.DRAFT:
        acts = DRAFT_ACTS[paper.kind] + acts
    return [
        _button(f"{verb}_{paper.kind}", paper.pk, label, kind)
        for verb, right, label, kind in acts
        if has_office_right(access, f"{right}_{paper.kind}", paper.office_id)
    ]


def _button(act, pk, label, kind):
    return {"url": reverse(f"workflows:{act}", args=[pk]), "label": label, "kind": kind}


# Periods and filings ----------------------------------------------------------------------------------


def heat_map(plans, periods, filings, now) -> list[dict]:
    """[{plan, months, rows: [{unit, cells}]}]: units × months in the order of ``periods``."""
    by_plan = {plan.pk: {"plan": plan, "months": [], "rows": {}} for plan in plans}
    at = {}
    for period in periods:
        entry = by_plan.get(period.plan_id)
        if entry and len(entry["months"]) < MONTHS_SHOWN:
            entry["months"].append(period)
            at[period.pk] = period
    for filing in filings:
        period = at.get(filing.period_id)
        if period is None:
            continue
        row = by_plan[period.plan_id]["rows"].setdefault(filing.unit_id, {"unit": filing.unit, "found": {}})
        row["found"].setdefault(period.pk, []).append(filing)
    for entry in by_plan.values():
        months = entry["months"]
        for row in entry["rows"].values():
            row["cells"] = [_cell(row["found"].get(period.pk), period, now) for period in months]
        entry["rows"] = sorted(entry["rows"].values(), key=lambda row: (row["unit"].order, row["unit"].pk))
    return list(by_plan.values())


def _cell(filings, period, now):
    if not filings:
        return None
    first = next((filing for filing in filings if filing.filed_at), None)
    return {"url": filings[-1].get_absolute_url(), **shown_status(first, filings[-1], period, now)}


def shown_status(first, latest, period, now) -> dict:
    """Filed: on time or late, by the first filing. Before the due moment nobody is missing yet."""
    if first is not None:
        return {"status": first.punctuality, "label": ""}
    if now > period.due_at and latest.state != FilingState.WITHDRAWN:
        return {"status": Punctuality.MISSING.value, "label": ""}
    return {"status": "", "label": latest.get_state_display()}


def period_rows(standing, period, now, reminded=None) -> list[dict]:
    """The table of one month from ``reports.filings.standing``.

    ``reminded``: {filing id: moment} of today's reminders, None for whom reminding is not.
    """
    return [
        {
            "unit": row["unit"].name,
            "url": row["filing"].get_absolute_url(),
            **shown_status(row["first"], row["filing"], period, now),
            "state": filing_state(row["filing"]),
            "tone": "warning" if _is_rework(row["filing"]) else FILING_TONES[row["filing"].state],
            "revision": row["filing"].revision,
            "filed_at": row["first"].filed_at if row["first"] else None,
            "by": row["first"].approved_by if row["first"] else "",
            **_reminding(row["filing"], reminded),
        }
        for row in standing
    ]


def _is_rework(filing):
    return filing.revision > 1 and filing.state in WITH_THE_UNIT


def filing_state(filing):
    """The state in words, also where the filing went and whether it is done again."""
    if _is_rework(filing):
        return _("Returned, being reworked")
    return _("Filed to the lead units") if filing.is_with_lead else filing.get_state_display()


def _reminding(filing, reminded):
    if reminded is None or filing.state not in WITH_THE_UNIT:
        return {}
    at = reminded.get(filing.pk)
    return {"reminded_at": at} if at else {"remind": filing.unit_id}


def not_in_the_report(standing) -> list[dict]:
    """[{label, filings}]: whose texts a report composed now will lack, and why; empty groups left out."""
    groups = (
        (_("Not filed yet, the due moment is ahead:"), lambda row: row["status"] == NOT_DUE),
        (_("Not filed:"), lambda row: row["first"] is None and row["status"] != NOT_DUE),
        (_("Returned, not filed again:"), lambda row: row["first"] and row["filing"].state in IN_REWORK),
        (
            _("Filed, not accepted yet:"),
            lambda row: (
                row["first"] and row["filing"].state == FilingState.FILED and not row["filing"].is_final
            ),
        ),
    )
    found = [
        {"label": label, "filings": [row["filing"] for row in standing if test(row)]}
        for label, test in groups
    ]
    return [group for group in found if group["filings"]]


PART_LABELS = {
    "progress": _("Progress of rectification"),
    "difficulties": _("Problems found on the way"),
    "next_steps": _("Next steps"),
}


def filing_rows(rows) -> list[dict]:
    """Rows of a filing with what the page shows of each.

    ``facts``: [{label, url}] of what the record knows of the month beside the texts; ``parts`` and ``last_parts``:
    [{label, text}] of what was written, this month and last.
    """
    return [
        {
            **row,
            "facts": list(_facts(row)),
            "parts": _written(row),
            "last_parts": _written(row.get("last_month") or {}),
        }
        for row in rows
    ]


def _written(texts):
    return [{"label": label, "text": texts[part]} for part, label in PART_LABELS.items() if texts.get(part)]


def _facts(row):
    measure = reverse("workflows:measure", args=[row["measure"]])
    if "amount" in row:
        yield {"label": _("reached in all: %(amount)s") % {"amount": row["amount"]}, "url": ""}
    for dates in row.get("checkpoints", ()):
        yield {"label": _checkpoint(dates), "url": f"{measure}#h-checkpoints"}
    if count := row.get("evidence"):
        words = ngettext(
            "%(count)s piece of evidence this month", "%(count)s pieces of evidence this month", count
        )
        yield {"label": words % {"count": count}, "url": f"{measure}#h-evidence"}


def _checkpoint(dates):
    due_on, reported_on, met_on = (
        short_date(date.fromisoformat(dates[name])) if dates[name] else ""
        for name in ("due_on", "reported_on", "met_on")
    )
    if met_on:
        return _("checkpoint %(due_on)s: met on %(day)s") % {"due_on": due_on, "day": met_on}
    if reported_on:
        words = _("checkpoint %(due_on)s: reported on %(day)s, not yet confirmed")
        return words % {"due_on": due_on, "day": reported_on}
    return _("checkpoint %(due_on)s: not met yet") % {"due_on": due_on}


# Signed papers ----------------------------------------------------------------------------------------


def paper_steps(paper) -> list[dict]:
    labels = {
        ReportState.DRAFT: (_("Compose"), paper.drafted_by, paper.drafted_at),
        ReportState.REVIEW: (_("Review"), paper.reviewed_by, paper.reviewed_at),
        ReportState.SIGNING: (_("Sign"), paper.signed_by, paper.signed_at),
        ReportState.ISSUED: (pgettext_lazy("report", "Issue"), paper.document_number, None),
    }
    # SIGNED waits for the worker: of the four steps the last is then under way.
    now = ReportState.ISSUED if paper.state == ReportState.SIGNED else paper.state
    steps, passed = [], True
    for state, (label, who, at) in labels.items():
        passed = passed and state != now
        done = passed or paper.is_issued
        moment = f" {clock.local(at):%m-%d %H:%M}" if at else ""
        steps.append(
            {
                "label": label,
                "status": "done" if done else "current" if state == now else "todo",
                "note": f"{who}{moment}" if done and who else "",
            }
        )
    return steps


def sign_offs(paper) -> list[dict]:
    """Who put their name to it, and who is still awaited."""
    people = [
        (paper.drafted_by, Role.OFFICE_CLERK, paper.drafted_at if paper.digest else None, _("Drafted")),
        (paper.reviewed_by, Role.OFFICE_HEAD, paper.reviewed_at, _("Reviewed")),
        (paper.signed_by, Role.LEADER, paper.signed_at, _("Signed")),
    ]
    return [
        {"name": person or "—", "role": role.label, "at": at, "done": at is not None, "label": label}
        for person, role, at, label in people
    ]


def is_early(shown) -> bool:
    """Of the data of a signed paper, frozen or not: they were taken when units could still file in time."""
    return any(row["status"] == NOT_DUE for row in shown["filings"])


def paper(shown) -> dict:
    """What pages show of a report's data, frozen or not: text, and what to look at before it is issued."""
    unfiled = [row for row in shown["filings"] if row["status"] in (Punctuality.MISSING, NOT_DUE)]
    return {
        "shown": shown,
        "title_phrases": phrases(shown["title"]),
        "opening": shown["texts"]["opening"].split("\n"),
        "sections": text_sections(shown["texts"]),
        "missing": unfiled,
        "waiting": shown.get("waiting", ()),
        "is_early": is_early(shown),
    }


def text_sections(texts) -> list[dict]:
    """The three chapters as the paper prints them."""
    titles = (
        ("progress", "一、整改进展情况"),
        ("difficulties", "二、整改过程中发现的问题"),
        ("next_steps", "三、下步工作措施"),
    )
    return [
        {
            "title": title,
            "blocks": [
                {**block, "paragraphs": block.get("text", "").split("\n")} for block in texts.get(key, [])
            ],
        }
        for key, title in titles
    ]
