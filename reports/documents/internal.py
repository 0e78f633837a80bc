"""The month's internal report (内部情况): a second paper of the same frozen data, for the units inside.

It goes to no higher office, so it has no signatory in its head, no addressee and no closing formula; it is counted by
the month (第6期) and bears no document number; it names who filed late or not at all, says to whom it is given out, and
leaves the ledger to the report.
"""

from reports.documents.monthly import FILING_LABELS, annexes, figures_line
from reports.documents.text import clean_text, typeset
from reports.documents.titles import split_title

EDITION = "内部资料　注意保存"
ENDINGS = ("情况报告", "报告", "情况")
NAMED_UNITS = 12  # more than these are given out to collectively


def issue_of(issue, snapshot) -> dict:
    """The issue of the report as this paper states it: counted by the month, and not sent upwards."""
    return {**issue, "document_number": period_number(snapshot["period"]), "upward": False}


def period_number(period) -> str:
    """``2026年第6期``, or the month where an older report did not count."""
    year, month = period["month"].split("-")
    return f"{year}年第{period['number']}期" if "number" in period else f"{year}年{int(month)}月"


def context(values, snapshot) -> dict:
    """The values of the report with what is different in this paper."""
    title, names = internal_title(clean_text(snapshot["title"])), annexes(snapshot, internal=True)
    return {
        **values,
        "edition": EDITION,
        "title": title,
        "title_lines": split_title(title),
        "addressees": "",
        "filings": [typeset(line) for line in filing_lines(snapshot["filings"])],
        "ledger": None,
        "annexes": names,
        "figures_line": figures_line(names),
        "copies_label": "分送",
        "copies_to": typeset(distribution(snapshot)),
        "verify": f"内部情况　{values['verify']}",
    }


def internal_title(title) -> str:
    """``…2026年11月情况报告`` → ``…2026年11月内部情况``."""
    ending = next((ending for ending in ENDINGS if title.endswith(ending)), "")
    return f"{title.removesuffix(ending)}内部情况"


def filing_lines(filings) -> list[str]:
    """How many filed on time, and by name who did not; empty when nothing was due."""
    if not filings:
        return []
    units = {status: [] for status in FILING_LABELS}
    for row in filings:
        units[row["status"]].append(clean_text(row["unit"]))
    ahead = f"，另有{len(units['NOT_DUE'])}个单位未到报送截止时间" if units["NOT_DUE"] else ""
    lines = [f"本期应报送单位{len(filings)}个，按时报送{len(units['ON_TIME'])}个{ahead}。"]
    lines += [
        f"{FILING_LABELS[status]}{len(units[status])}个：{'、'.join(units[status])}。"
        for status in ("LATE", "MISSING")
        if units[status]
    ]
    return lines


def distribution(snapshot) -> str:
    rows = (*snapshot["by_unit"], *snapshot["filings"])
    units = list(dict.fromkeys(clean_text(row["unit"]) for row in rows))
    return (
        "，".join(("领导小组成员", *units))
        if len(units) <= NAMED_UNITS
        else "领导小组成员，各牵头单位、责任单位"
    )
