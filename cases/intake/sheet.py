"""An .xlsx ledger → its sheets in order: merged cells carried on, values as they are shown."""

import datetime
import io
import re
import warnings
from dataclasses import dataclass, field

import openpyxl

from . import limits
from .package import BROKEN
from .refusals import refuse
from .rows import Sheet
from .tables import ABOVE, LEFT, known_heading

MERGE = re.compile(rb'<(?:\w+:)?mergeCell\s[^>]{0,200}?ref="([A-Z]{1,3})(\d{1,7}):([A-Z]{1,3})(\d{1,7})"')
VALUE = re.compile(rb"<(?:\w+:)?(?:v|is)>")
ROW = re.compile(rb'<(?:\w+:)?row\b[^>]{0,400}?\sr="(\d{1,12})"[^>]{0,400}')
COLUMN = re.compile(rb"<(?:\w+:)?col\s[^>]{0,400}")
BOUND = {name: re.compile(rf'\s{name}="(\d{{1,5}})"'.encode()) for name in ("min", "max")}
HIDDEN = re.compile(rb'\shidden="(?:1|true)"')
RELATION = "{http://schemas.openxmlformats.org/officeDocument/2006/relationships}id"
# What openpyxl raises for parts that miss what the format demands.
ODD = (*BROKEN, TypeError, AttributeError, IndexError, AssertionError)


def sheets(data, package):
    """Return the sheets. Refuses what has more values than a person could have typed."""
    layouts = _layouts(package)
    if package.is_strict("xl/workbook.xml"):
        data = package.as_transitional()  # the library knows the ordinary variety only
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # about styles and extensions that do not matter here
            book = openpyxl.load_workbook(io.BytesIO(data), read_only=True, data_only=True, keep_links=False)
            return [_sheet(sheet, layouts.get(sheet.title, Layout())) for sheet in book.worksheets]
    except (*ODD, SyntaxError) as error:  # a part that is no XML is a SyntaxError
        raise refuse("damaged", filename=package.filename) from error


@dataclass
class Layout:
    """What a sheet says about its cells: merged ranges, numbers of hidden rows, indexes of hidden columns."""

    merges: list = field(default_factory=list)
    hidden_rows: frozenset = frozenset()
    hidden_columns: frozenset = frozenset()


def _layouts(package):
    """Return {title: layout}; look at every part before the library does."""
    values, found, last_row = 0, {}, 0
    for name in package.infos:
        if not name.lower().endswith((".xml", ".rels")):
            continue
        content = package.checked(name)
        if name.startswith("xl/worksheets/"):
            values += sum(1 for _ in VALUE.finditer(content))
            found[name] = _layout(content)
            last_row = _last_row(content)
        if values > limits.MAX_CELLS or last_row > limits.MAX_ROWS:
            raise refuse("too_complex", filename=package.filename)
    return {title: found.get(path, Layout()) for title, path in _paths(package).items()}


def _layout(content):
    rows = (match for match in ROW.finditer(content) if HIDDEN.search(match[0]))
    columns = (match[0] for match in COLUMN.finditer(content) if HIDDEN.search(match[0]))
    spans = [(BOUND["min"].search(column), BOUND["max"].search(column)) for column in columns]
    return Layout(
        [_range(match) for match in MERGE.finditer(content)],
        frozenset(int(row[1]) for row in rows),
        frozenset(
            at - 1
            for low, high in spans
            if low and high
            for at in range(int(low[1]), min(int(high[1]), limits.MAX_COLUMNS) + 1)
        ),
    )


def _last_row(content):
    """Return the number of the last row with a value; below it a sheet may have any number of empty ones."""
    at = content.rfind(b"<row", 0, max(content.rfind(b"<v>"), content.rfind(b"<is>"), 0))
    number = ROW.match(content, at) if at >= 0 else None
    return int(number[1]) if number else 0


def _paths(package):
    """Return {title of a sheet: its part}."""
    relations = "xl/_rels/workbook.xml.rels"
    if relations not in package.infos:
        return {}
    targets = {item.get("Id"): item.get("Target", "") for item in package.xml(relations)}
    paths = {}
    for sheet in package.xml("xl/workbook.xml").iterfind(".//{*}sheets/{*}sheet"):
        target = targets.get(sheet.get(RELATION), "")
        paths[sheet.get("name")] = target.lstrip("/") if target.startswith("/") else "xl/" + target
    return paths


def _range(match):
    left, top, right, bottom = match.groups()
    return _column(left), int(top) - 1, _column(right), int(bottom) - 1


def _column(letters):
    number = 0
    for letter in letters:
        number = number * 26 + letter - 64
    return number - 1


def _sheet(sheet, layout):
    """Return the rows down to the last that holds something, with their numbers."""
    if sheet.sheet_state != "visible":
        return Sheet(sheet.title, [], is_hidden=True)
    rows = [
        [_shown(cell) for cell in row]
        for row in sheet.iter_rows(max_row=limits.MAX_ROWS, max_col=limits.MAX_COLUMNS)
    ]
    for column in layout.hidden_columns:
        _leave_out(rows, column)
    _merge(rows, layout.merges)
    while rows and not any(isinstance(cell, str) and cell for cell in rows[-1]):
        del rows[-1]
    return Sheet(sheet.title, list(enumerate(rows, 1)), layout.hidden_rows)


def _leave_out(rows, column):
    """A hidden column is read like the others where its heading says what it holds; notes for oneself are not."""
    cells = [row[column] for row in rows if column < len(row)]
    if not any(known_heading(cell) for cell in cells):
        for row in rows:
            row[column : column + 1] = [""] if column < len(row) else []


def _merge(rows, merges):
    for left, top, right, bottom in merges:
        for number in range(top, min(bottom + 1, len(rows))):
            row = rows[number]
            for column in range(left, min(right + 1, len(row))):
                if number > top or column > left:
                    row[column] = LEFT if column > left else ABOVE


def _shown(cell):
    """Return a value as the sheet shows it."""
    value = cell.value
    if value is None or cell.data_type == "e":  # #REF! is what a formula says that lost its cells
        return ""
    if isinstance(value, datetime.datetime | datetime.date):
        return f"{value.year}年{value.month}月{value.day}日"
    if isinstance(value, bool):
        return "是" if value else "否"
    if isinstance(value, int | float):
        if "%" in (cell.number_format or ""):
            return f"{value * 100:g}%"
        return f"{value:.10g}"
    return str(value).replace("\r\n", "\n").replace("_x000D_", "").strip()
