"""The ledger annex: its rows under their problems, and columns as wide as the month's texts need."""

from collections.abc import Sequence
from itertools import islice

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


def ledger_texts(row, columns) -> dict[str, str]:
    """What the columns that grow print of a measure, as plain text: {column name: text}."""
    return {column.name: clean_text(column.value(row)) for column in columns if column.grows}


def ledger_widths(rows, columns) -> dict[str, int]:
    """Whole millimetres per column, together filling the type area.

    Every spare millimetre goes where it shortens the rows most, a row being as tall as its tallest cell.
    """
    widths = {column.name: column.millimetres for column in columns}
    growing = [column.name for column in columns if column.grows]
    texts = [ledger_texts(row, columns) for row in islice(rows, LOOKED_AT)]
    lengths = [{key: width(text[key][:LONGEST]) * CHARACTER for key in growing} for text in texts]
    for _ in range(TYPE_AREA - sum(widths.values())):
        gains = dict.fromkeys(growing, 0.0)
        for row in lengths:
            heights = {key: row[key] / (widths[key] - PADDING) for key in growing}
            tallest = max(heights, key=heights.get)
            second = max((height for key, height in heights.items() if key != tallest), default=0)
            gains[tallest] += heights[tallest] - max(second, row[tallest] / (widths[tallest] + 1 - PADDING))
        widths[max(gains, key=gains.get)] += 1
    return widths


def ledger_groups(rows, columns, widths) -> list[dict]:
    """Ledger rows under their problems, in the order given: {label, short, key, rows: ``Lines``}."""
    groups = []
    for row in rows:
        label = f"{full_width(row['problem_label'])}{clean_text(row['problem_text'])}"
        if not groups or groups[-1]["key"] != label:
            lines = Lines(columns, widths)
            groups.append(
                {"label": typeset(label), "short": shortened(label, 40), "key": label, "rows": lines}
            )
        groups[-1]["rows"].add(row)
    return groups


class Lines(Sequence):
    """What is printed of some measures: a list of cells for each line, very long measures in several lines.

    Cells are made when they are asked for: ready ones of a long ledger would take more room than all else of it.
    """

    def __init__(self, columns, widths):
        self.columns, self.widths, self.lines = columns, widths, []

    def add(self, row):
        count = max(map(len, self._parts(row).values()))
        self.lines += [(row, number) for number in range(count)]

    def __len__(self):
        return len(self.lines)

    def __getitem__(self, at):
        row, number = self.lines[at]
        parts = self._parts(row)
        return [_cell(row, column, parts.get(column.name), number) for column in self.columns]

    def _parts(self, row):
        texts = ledger_texts(row, self.columns)
        return {name: _chunks(text, self.widths[name]) for name, text in texts.items()}


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
