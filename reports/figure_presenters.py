"""Figures on pages: each number of a report with the address of its rows. No query here."""

from datetime import date
from urllib.parse import urlencode

from django.urls import reverse
from django.utils.formats import date_format
from django.utils.translation import gettext_lazy as _

from cases.states import SourceLevel
from reports import drill
from reports.breakdown import UNKNOWN_LEVEL
from reports.documents.statistics import signed
from reports.figures import named

# Columns of the tables by unit, problem and level: figure → (heading, whether it is bad when it is not 0).
COLUMNS = {
    "total": (_("Measures"), False),
    "claimed": (_("Claimed"), False),
    "on_schedule": (_("On schedule"), False),
    "behind": (_("Behind schedule"), True),
    "completed": (_("Completed"), False),
    "closed_out": (_("Closed out"), False),
    "overdue": (_("Overdue"), True),
    "on_time": (_("Met on time"), False),
}
# The same question of the ledger as it is now; steps and filings are no rows of the ledger.
LEDGER = {
    "total": {"only": "live"},
    "closed_out": {"state": "CLOSED"},
    "overdue": {"due": "overdue"},
    **{key: {"only": key} for key in ("claimed", "on_schedule", "behind", "completed", "in_follow_up")},
    **{key: {"only": key} for key in ("overdue_on_original", "extended", "born_overdue")},
}
LEVELS = {**dict(SourceLevel.choices), "": UNKNOWN_LEVEL}
FILING_KEYS = frozenset(drill.FILINGS)


def url_of(report, key, **part):
    return f"{reverse('reports:figure', args=[report.pk])}?{urlencode({'of': key, **part})}"


def figure_rows(report, shown) -> list[dict]:
    """The figures with their addresses and, beside them, those of the month before."""
    rows = named(shown["figures"])
    before = {row["key"]: row for row in (shown.get("month_on_month") or {}).get("rows", ())}
    return [
        {
            **row,
            "url": url_of(report, row["key"]) if _has_rows(shown, row["key"]) else "",
            "last": before.get(row["key"]),
            "change": signed(before[row["key"]]["change"]) if row["key"] in before else "",
        }
        for row in rows
    ]


def last_month(shown) -> str:
    """The month that the figures stand beside, in words; empty where there is none."""
    found = shown.get("month_on_month")
    return date_format(date.fromisoformat(f"{found['month']}-01"), "YEAR_MONTH_FORMAT") if found else ""


def _has_rows(shown, key):
    """Filings were always whole; a ledger that does not say all that is counted has no rows to show."""
    return key in FILING_KEYS or "by_problem" in shown


def tables(report, shown) -> list[dict]:
    """[{title, name, columns, rows: [{name, place, cells: [{count, whole, url, bad}]}]}], empty for early reports."""
    if "by_problem" not in shown:
        return []
    by_level = shown["by_source_level"]
    return [
        _table(
            _("By unit"),
            _("Unit"),
            shown["by_unit"],
            lambda row: (row["unit"], {"unit": row["unit_id"]}),
            report,
        ),
        _table(_("By problem"), _("Problem"), shown["by_problem"], _of_problem, report),
        *(
            [_table(_("By level that found it"), _("Found by"), by_level, _of_level, report)]
            if len(by_level) > 1
            else []
        ),
    ]


def _of_problem(row):
    name = f"{row['problem']}{row['heading']}"
    return name, {"problem": name}


def _of_level(row):
    return LEVELS.get(row["source_level"], row["label"]), {"level": row["source_level"]}


def _table(title, name, rows, name_of, report):
    """Where there are places their order, else the plan's; whoever has no place comes last."""
    has_places = any("place" in row for row in rows)
    if has_places:
        rows = sorted(rows, key=lambda row: row.get("place") or len(rows) + 1)
    return {
        "title": title,
        "name": name,
        "has_places": has_places,
        "columns": [heading for heading, _bad in COLUMNS.values()],
        "rows": [_row(row, *name_of(row), report) for row in rows],
    }


def _row(row, name, part, report):
    return {
        "name": name,
        "place": row.get("place"),
        "cells": [
            {
                "label": heading,
                "count": row["measures"] if key == "total" else row[key],
                "whole": row["steps_due"] if key == "on_time" else None,
                "bad": bad and bool(row[key]),
                "url": url_of(report, key, **part),
            }
            for key, (heading, bad) in COLUMNS.items()
        ],
    }
