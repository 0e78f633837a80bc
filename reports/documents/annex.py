"""The ledger annex: its rows under their problems, and columns as wide as the month's texts need."""

from reports.documents.ledger import columns_of
from reports.documents.text import clean_text, full_width, typeset
from reports.documents.titles import shortened, width

# A row of more lines is printed as several: one taller than the page would lose the repeated head.
ROW_LINES = 16
# Millimetres: a character of 9 pt, and the padding of a cell.
CHARACTER, PADDING = 3.175, 2.2
TYPE_AREA = 225
# The widths settle long before this many rows, and no single long text shall decide them.
LOOKED_AT, LONGEST = 400, 250


def columns_in(snapshot) -> list:
    """The columns of the annex in their order; a problem stands above its measures, not beside each."""
    return [column for column in columns_of(snapshot) if column.millimetres]


def ledger_rows(rows, columns) -> list[dict]:
    """What the columns that grow print of each measure, as plain text: {column name: text}."""
    growing = [column for column in columns if column.grows]
    return [{column.name: clean_text(column.value(row)) for column in growing} for row in rows]


def ledger_widths(texts, columns) -> dict[str, int]:
    """Whole millimetres per column, together filling the type area.

    Every spare millimetre goes where it shortens the rows most, a row being as tall as its tallest cell.
    """
    widths = {column.name: column.millimetres for column in columns}
    growing = [column.name for column in columns if column.grows]
    lengths = [{key: width(row[key][:LONGEST]) * CHARACTER for key in growing} for row in texts[:LOOKED_AT]]
    for _ in range(TYPE_AREA - sum(widths.values())):
        gains = dict.fromkeys(growing, 0.0)
        for row in lengths:
            heights = {key: row[key] / (widths[key] - PADDING) for key in growing}
            tallest = max(heights, key=heights.get)
            second = max((height for key, height in heights.items() if key != tallest), default=0)
            gains[tallest] += heights[tallest] - max(second, row[tallest] / (widths[tallest] + 1 - PADDING))
        widths[max(gains, key=gains.get)] += 1
    return widths


def ledger_groups(rows, texts, columns, widths) -> list[dict]:
    """Ledger rows under their problems, in the order given; very long rows in several pieces."""
    groups = []
    for row, text in zip(rows, texts, strict=True):
        label = f"{full_width(row['problem_label'])}{clean_text(row['problem_text'])}"
        if not groups or groups[-1]["key"] != label:
            groups.append({"label": typeset(label), "short": shortened(label, 40), "key": label, "rows": []})
        groups[-1]["rows"] += _pieces(row, text, columns, widths)
    return groups


def _pieces(row, text, columns, widths):
    """Lists of cells, one list for each row that is printed."""
    parts = {key: _chunks(text[key], widths[key]) for key in text}
    for number in range(max(map(len, parts.values()))):
        yield [_cell(row, column, parts.get(column.name), number) for column in columns]


def _cell(row, column, part, number):
    """{text, class}, for the light also its colour. ``part``: the pieces of a text that grows."""
    if part is not None:
        return {"text": typeset(part[number]) if number < len(part) else "", "class": ""}
    first = number == 0
    if column.name == "number":
        return {"text": f"{full_width(row['number'])}{'' if first else '续'}", "class": "centre"}
    cell = {"text": typeset(cell_text(row, column)) if first else "", "class": "centre"}
    return {**cell, "light": row["light"].lower()} if first and column.name == "light" else cell


def cell_text(row, column) -> str:
    """One cell as plain text; a column of marks and dates says so where there is none."""
    return clean_text(column.value(row)) or ("—" if column.is_centred else "")


def _chunks(text, column_width):
    size = int((column_width - PADDING) / CHARACTER) * ROW_LINES
    return [text[start : start + size] for start in range(0, len(text), size)] or [""]
