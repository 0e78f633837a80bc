"""The board's finished values: every number with the address of its rows. No query here."""

from calendar import Calendar
from dataclasses import asdict
from urllib.parse import urlencode

from django.urls import reverse
from django.utils.formats import date_format
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from cases import questions
from cases.models.supervision import InstrumentKind, InstrumentState
from cases.presenters import LIGHT_NAMES, short_date, shortened, state_html
from cases.states import Light, MeasureState
from reports import board

HEADLINE_WORDS = {
    "live": (_("In force"), ""),
    "closed": (_("Closed out"), ""),
    "overdue": (_("Overdue"), "danger"),
    "overdue_on_original": (_("Overdue on original dates"), "danger"),
    "unclaimed": (_("To be claimed"), ""),
    "claim_late": (_("Claim overdue"), "danger"),
    "disputed": (_("Disputes open"), "danger"),
    "submitted": (_("Awaiting verification"), ""),
    "verification_late": (_("Verification overdue"), "danger"),
    "reported": (_("Checkpoints to confirm"), ""),
    "extension_waiting": (_("Extensions waiting"), ""),
    "extended": (_("Extended"), ""),
    "in_follow_up": (_("In follow-up"), ""),
    "follow_up_missed": (_("Follow-up missed"), "danger"),
    "born_overdue": (_("Dated before issue"), ""),
}
# The columns of the tables of lights: standing → (words, what its link asks).
COLUMNS = {
    "RED": (LIGHT_NAMES[Light.RED], {"light": "RED"}),
    "YELLOW": (LIGHT_NAMES[Light.YELLOW], {"light": "YELLOW"}),
    "GREEN": (LIGHT_NAMES[Light.GREEN], {"light": "GREEN"}),
    questions.UNDATED: (_("No open date"), {"due": "undated"}),
    questions.CLOSED: (_("Closed out"), {"state": "CLOSED"}),
}
MOST_ROWS = 60  # of a table of lights; a plan with more shows the worst
WEEKDAYS = [
    pgettext_lazy("weekday", "Mon"),
    pgettext_lazy("weekday", "Tue"),
    pgettext_lazy("weekday", "Wed"),
    pgettext_lazy("weekday", "Thu"),
    pgettext_lazy("weekday", "Fri"),
    pgettext_lazy("weekday", "Sat"),
    pgettext_lazy("weekday", "Sun"),
]


class Links:
    """Addresses of the ledger that keep the plan which the board was asked for."""

    def __init__(self, plan):
        self.fixed = {"plan": plan} if plan else {}
        self.ledger = reverse("cases:ledger")

    def __call__(self, **query):
        return f"{self.ledger}?{urlencode({**self.fixed, **query})}"


def stats(counts, links):
    """[{label, value, tone, url}] in the board's order; what is bad is red only where it is not 0."""
    return [
        {
            "label": label,
            "value": counts[name],
            "tone": tone if counts[name] else "",
            "url": links(**board.HEADLINES[name]),
        }
        for name, (label, tone) in HEADLINE_WORDS.items()
    ]


def lights(rows, key, links):
    """{columns, rows: [{name, url, cells, total}], left_out}. ``key``: the question that names a row."""
    left_out = max(0, len(rows) - MOST_ROWS)
    if left_out:
        rows = sorted(rows, key=lambda row: (-row[2]["RED"], -row[2]["YELLOW"]))[:MOST_ROWS]
    return {
        "columns": [words for words, _query in COLUMNS.values()],
        "left_out": left_out,
        "rows": [
            {
                "name": name,
                "cells": [
                    {
                        "count": counts[standing],
                        "label": words,
                        "tone": standing.lower(),
                        "url": links(**{key: pk}, **query),
                    }
                    for standing, (words, query) in COLUMNS.items()
                ],
                "total": sum(counts.values()),
                "url": links(**{key: pk}, only="live"),
            }
            for pk, name, counts in rows
        ],
    }


def months(calendar, links, *, today):
    """[{title, total, weeks: [[None or {day, count, url, is_past, is_today}]]}]"""
    return [
        {
            "title": date_format(first, "YEAR_MONTH_FORMAT"),
            "weeks": [
                [_day(day, first, counts, links, today) for day in week]
                for week in Calendar().monthdatescalendar(first.year, first.month)
            ],
        }
        for first, counts in calendar
    ]


def _day(day, first, counts, links, today):
    if day.month != first.month:
        return None
    return {
        "day": day.day,
        "count": counts.get(day, 0),
        "url": links(day=day.isoformat()),
        "is_past": day < today,
        "is_today": day == today,
    }


def overdue(rows):
    base = reverse("workflows:measure", args=[0]).rpartition("0/")[0]
    return [
        {
            **asdict(row),
            "text": shortened(row.text, 60),
            "leads": "、".join(row.leads),
            "url": f"{base}{row.pk}/",
            "due_on": short_date(row.due_on),
            "original_due_on": short_date(row.original_due_on),
            "state_html": state_html(MeasureState(row.state)),
            "state_label": MeasureState(row.state).label,
        }
        for row in rows
    ]


def ladder(counts):
    """{columns, rows: [{name, cells: [{count, url}]}]}: kinds × states, states that never occurred left out."""
    states = [state for state in InstrumentState if any(counts.get((kind, state)) for kind in InstrumentKind)]
    base = reverse("workflows:supervision") if states else ""
    return {
        "columns": [state.label for state in states],
        "rows": [
            {
                "name": kind.label,
                "cells": [
                    {
                        "label": state.label,
                        "count": counts.get((kind, state), 0),
                        "url": f"{base}?{urlencode({'kind': kind.value, 'state': state.value})}",
                    }
                    for state in states
                ],
            }
            for kind in InstrumentKind
            if any(counts.get((kind, state)) for state in states)
        ],
    }


# Burn-up ------------------------------------------------------------------------------------------------

WIDTH, HEIGHT = 720, 240
LEFT, RIGHT, TOP, BOTTOM = 44, 24, 12, 28
LINES = (("issued", _("Issued")), ("completed", _("Completed")), ("closed", _("Closed out")))


def burn_up(rows):
    """{rows, lines: [{name, label, points, dots}], ticks, labels}: where to draw each month, in SVG units."""
    if not rows:
        return None
    top = _round_up(max(row.issued for row in rows))
    across = (WIDTH - LEFT - RIGHT) / max(len(rows) - 1, 1)
    down = HEIGHT - TOP - BOTTOM

    def at(index, value):
        return round(LEFT + index * across, 1), round(TOP + down * (1 - value / top), 1)

    every = -(-len(rows) // 8)
    return {
        "rows": rows[::-1],
        "size": (WIDTH, HEIGHT),
        "right": WIDTH - RIGHT,
        "lines": [
            {
                "name": name,
                "label": label,
                "dots": [at(i, getattr(row, name)) for i, row in enumerate(rows)],
                "points": " ".join(
                    f"{x},{y}" for x, y in (at(i, getattr(row, name)) for i, row in enumerate(rows))
                ),
            }
            for name, label in LINES
        ],
        "ticks": [{"y": at(0, top * part // 4)[1], "value": top * part // 4} for part in range(5)],
        "labels": [
            {"x": at(i, 0)[0], "text": f"{row.first:%y-%m}"}
            for i, row in enumerate(rows)
            if (len(rows) - 1 - i) % every == 0
        ],
        "left": LEFT,
        "base": HEIGHT - 8,
    }


def _round_up(value):
    """To a multiple of 4 that reads well, so that the four lines of the grid are whole numbers."""
    step = 4
    while step * 5 < value:
        step *= 5 if str(step).startswith("2") else 2 if not str(step).startswith("4") else 5
    return max(step, -(-value // step) * step)
