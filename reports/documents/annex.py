"""The ledger annex: its rows under their problems, and columns as wide as the month's texts need."""

from reports.documents.ledger import state_text
from reports.documents.text import clean_text, full_width, typeset
from reports.documents.titles import shortened, width

# A row of more lines is printed as several: one taller than the page would lose the repeated head.
ROW_LINES = 16
# Millimetres: a character of 9 pt, and the padding of a cell; number, state and light have columns of fixed width.
CHARACTER, PADDING = 3.175, 2.2
FIXED = 10 + 15 + 13
TYPE_AREA = 225
# A date and the commonest names of units (six characters) stand on one line.
LEAST = {"measure": 40, "lead": 22, "responsible": 24, "deadline": 25, "progress": 32}
# The widths settle long before this many rows, and no single long text shall decide them.
LOOKED_AT, LONGEST = 400, 250


def ledger_rows(rows) -> list[dict]:
    """What the text columns of each measure print, as plain text."""
    return [
        {
            "measure": clean_text(row["measure"]),
            "lead": clean_text("、".join(row["lead_units"])),
            "responsible": clean_text("、".join(row["responsible_units"])),
            "deadline": clean_text(row["deadline_text"]),
            "progress": clean_text(row["progress"]),
        }
        for row in rows
    ]


def ledger_widths(texts) -> dict[str, int]:
    """Whole millimetres per text column, together filling the type area.

    Every spare millimetre goes where it shortens the rows most, a row being as tall as its tallest cell.
    """
    widths = dict(LEAST)
    lengths = [{key: width(row[key][:LONGEST]) * CHARACTER for key in LEAST} for row in texts[:LOOKED_AT]]
    for _ in range(TYPE_AREA - FIXED - sum(LEAST.values())):
        gains = dict.fromkeys(LEAST, 0.0)
        for row in lengths:
            heights = {key: row[key] / (widths[key] - PADDING) for key in LEAST}
            tallest = max(heights, key=heights.get)
            second = max(height for key, height in heights.items() if key != tallest)
            gains[tallest] += heights[tallest] - max(second, row[tallest] / (widths[tallest] + 1 - PADDING))
        widths[max(gains, key=gains.get)] += 1
    return widths


def ledger_groups(rows, texts, widths) -> list[dict]:
    """Ledger rows under their problems, in the order given; very long rows in several pieces."""
    groups = []
    for row, text in zip(rows, texts, strict=True):
        label = f"{full_width(row['problem_label'])}{clean_text(row['problem_text'])}"
        if not groups or groups[-1]["key"] != label:
            groups.append({"label": typeset(label), "short": shortened(label, 40), "key": label, "rows": []})
        groups[-1]["rows"] += _pieces(row, text, widths)
    return groups


def _pieces(row, text, widths):
    parts = {key: _chunks(text[key], widths[key]) for key in LEAST}
    for number in range(max(map(len, parts.values()))):
        first = number == 0
        yield {
            **{key: typeset(part[number]) if number < len(part) else "" for key, part in parts.items()},
            "number": f"{full_width(row['number'])}{'' if first else '续'}",
            "state": typeset(state_text(row)) if first else "",
            "light": row["light"].lower() if first else "none",
            "light_label": (row["light_label"] or "—") if first else "",
        }


def _chunks(text, column_width):
    size = int((column_width - PADDING) / CHARACTER) * ROW_LINES
    return [text[start : start + size] for start in range(0, len(text), size)] or [""]
