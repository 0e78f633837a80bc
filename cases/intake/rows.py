"""The rows of spreadsheets → one text; and, once that was read, what became of each row."""

from bisect import bisect_left, bisect_right
from dataclasses import dataclass

from .proposal import SheetRow
from .tables import Part, headings, table_parts
from .text import clean


def _(sentence):  # only marks the sentence for makemessages
    return sentence


NO_MEASURE = _("A problem stands in this row, but no measure for it was recognised.")
HIDDEN = _("This row is hidden in the sheet. It was read all the same: check whether it belongs to the plan.")
HIDDEN_SHEET = _("This sheet is hidden and was not read.")
GOES_ON = _("The row goes on with the measure above it.")
OF_PROBLEM = _("The row belongs to the problem above it and holds no measure of its own.")
EMPTY = _("The row is empty.")
WHY_SKIPPED = {
    Part.TITLE: _("The row stands above the column headings: a title or a note."),
    Part.HEADINGS: _("These are the column headings."),
    Part.AGAIN: _("The column headings come again."),
    Part.NOTE: _("The row is a heading between the rows or a note."),
    Part.CONTENT: _("Neither a problem nor a measure was recognised in this row."),
    Part.PLAIN: _(
        "The sheet has no column headings that the reader knows, and no measure was recognised here."
    ),
}
EXCERPT = 60


@dataclass
class Sheet:
    """A sheet as the file holds it. ``rows`` are (number as printed beside the row, cells), in order."""

    title: str
    rows: list
    hidden_rows: frozenset = frozenset()
    is_hidden: bool = False


@dataclass
class FoundRow:
    """A row and the place of its lines in the text; ``part`` is None for an empty row."""

    sheet: str
    number: int  # 0 for a whole sheet that is hidden
    part: Part | None
    excerpt: str
    start: int
    end: int
    is_hidden: bool


def sheets_text(sheets):
    """Return (text, found rows) of all sheets. The text is clean, so that cleaning it again moves nothing."""
    pieces, found, at, header = [], [], 0, None
    for sheet in sheets:
        if sheet.is_hidden:
            end = max(at - 1, 0)
            found.append(FoundRow(sheet.title, 0, None, "", end, end, True))
            continue
        for number, part, cells, lines in _parts(sheet.rows, header):
            piece = clean("\n".join(line for line in lines if line))
            hidden = number in sheet.hidden_rows
            start = at if piece else max(at - 1, 0)  # a row without lines stands at the end of the one before
            end = start + len(piece)
            found.append(FoundRow(sheet.title, number, part, _excerpt(cells), start, end, hidden))
            if piece:
                pieces.append(piece)
                at = end + 1
        header = headings([cells for _number, cells in sheet.rows]) or header
    return "\n".join(pieces), found


def judged(found, proposal):
    """Return a SheetRow for each row: what the proposal made of it. Linear in rows and measures."""
    measures = sorted((measure.start, measure.end) for measure in proposal.measures)
    problems = sorted((problem.start, problem.end, bool(problem.measures)) for problem in proposal.problems)
    return [
        SheetRow(row.sheet, row.number, *_state(row, measures, problems), row.excerpt, row.start, row.end)
        for row in found
    ]


def _state(row, measures, problems):
    """Return (state, reason)."""
    if not row.number:
        return "skipped", HIDDEN_SHEET
    if row.part is None:
        return "skipped", EMPTY
    below, beyond = (bisect_left(measures, (place,)) for place in (row.start, row.end))
    opened = problems[bisect_left(problems, (row.start,)) : bisect_left(problems, (row.end,))]
    if below < beyond or opened:
        if below == beyond and not all(has_measures for _start, _end, has_measures in opened):
            return "read", NO_MEASURE
        return "read", HIDDEN if row.is_hidden else ""
    if row.part in (Part.CONTENT, Part.PLAIN) and row.start < row.end:
        if below and measures[below - 1][1] > row.start:
            return "joined", GOES_ON
        at = bisect_right(problems, (row.start,))
        if at and problems[at - 1][1] > row.start and row.part is Part.CONTENT:
            return "joined", OF_PROBLEM
    return "skipped", WHY_SKIPPED[row.part]


def _parts(rows, header):
    """Yield (number, part, cells, lines); the empty rows are no part of the table, but of the account."""
    filled = [(number, cells) for number, cells in rows if _has_text(cells)]
    parts = table_parts([cells for _number, cells in filled], header)
    told = {number: outcome for (number, _cells), outcome in zip(filled, parts, strict=True)}
    for number, cells in rows:
        part, lines = told.get(number, (None, []))
        yield number, part, cells, lines


def _has_text(cells):
    return any(isinstance(cell, str) and cell.strip() for cell in cells)


def _excerpt(cells):
    texts = (" ".join(cell.split()) for cell in cells if isinstance(cell, str))
    return clean(" | ".join(text for text in texts if text))[:EXCERPT]
