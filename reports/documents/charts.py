"""Charts as SVG made on the server: no script, shapes told apart without colour, a text alternative inside."""

import math

from django.template.loader import render_to_string

from reports.documents.text import clean_text
from reports.documents.titles import shortened, width

# Points. The names of units take as much room as the longest needs, within bounds; the bars have the rest.
WIDTH, LABELS, MARGIN, NOTE = 442, (110, 200), 8, 62
ROW, FONT = 15, 9
UNITS = 24  # of one chart: it fits on a page together with the imprint


def unit_progress(by_unit, *, families) -> list[str]:
    """Bars per unit: how many measures, of them closed out, of them overdue. Points; 442 wide. Few units: one chart.

    The frame is as long as the unit's measures, the black part those closed out (from the left), the hatched part
    those overdue (from the right). ``families``: the page's style sheet does not reach into an SVG.
    """
    most = max((unit["measures"] for unit in by_unit), default=0) or 1
    size = math.ceil(len(by_unit) / math.ceil(len(by_unit) / UNITS)) if by_unit else UNITS
    longest = max((width(clean_text(unit["unit"])) for unit in by_unit), default=0)
    label = min(max(LABELS[0], math.ceil(longest * FONT) + MARGIN), LABELS[1])
    scale = (WIDTH - label - NOTE) / most
    return [
        _bars(by_unit[start : start + size], label, scale, families, f"hatch{start}")
        for start in range(0, len(by_unit), size)
    ]


def _bars(by_unit, label, scale, families, hatch):
    rows = []
    for number, unit in enumerate(by_unit):
        name = clean_text(unit["unit"])
        rows.append(
            {
                "name": shortened(name, (label - MARGIN) / FONT),
                "y": 4 + number * ROW,
                "text_y": 4 + number * ROW + 8.5,
                "whole": round(unit["measures"] * scale, 2),
                "closed": round(unit["closed_out"] * scale, 2),
                "overdue": round(unit["overdue"] * scale, 2),
                "overdue_x": round(label + (unit["measures"] - unit["overdue"]) * scale, 2),
                "note_x": round(label + unit["measures"] * scale + 4, 2),
                "note": f"{unit['closed_out']}/{unit['measures']}",
            }
        )
    height = 4 + len(rows) * ROW
    told = "；".join(
        f"{clean_text(u['unit'])}牵头{u['measures']}项，已销号{u['closed_out']}项，逾期{u['overdue']}项"
        for u in by_unit
    )
    return render_to_string(
        "pdf/_chart.svg",
        {
            "rows": rows,
            "height": height,
            "label": label,
            "name_x": label - 5,
            "told": told,
            "families": families,
            "hatch": hatch,
        },
    )
