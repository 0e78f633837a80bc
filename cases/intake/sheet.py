"""An .xlsx ledger → lines: visible sheets in order, merged cells carried on, values as they are shown."""

import datetime
import io
import re
import warnings

import openpyxl

from . import limits
from .package import BROKEN
from .refusals import refuse
from .tables import ABOVE, LEFT, join_tables

MERGE = re.compile(rb'<(?:\w+:)?mergeCell\s[^>]{0,200}?ref="([A-Z]{1,3})(\d{1,7}):([A-Z]{1,3})(\d{1,7})"')
VALUE = re.compile(rb"<(?:\w+:)?(?:v|is)>")
ROW = re.compile(rb'<row\b[^>]{0,400}?\sr="(\d{1,12})"')
RELATION = "{http://schemas.openxmlformats.org/officeDocument/2006/relationships}id"
# What openpyxl raises for parts that miss what the format demands.
ODD = (*BROKEN, TypeError, AttributeError, IndexError, AssertionError)


def sheet_text(data, package):
    """Return the text of all sheets. Refuses what has more values than a person could have typed."""
    merges = _merges(package)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # about styles and extensions that do not matter here
            book = openpyxl.load_workbook(io.BytesIO(data), read_only=True, data_only=True, keep_links=False)
            return join_tables(
                _rows(sheet, merges.get(sheet.title, ()))
                for sheet in book.worksheets
                if sheet.sheet_state == "visible"
            )
    except (*ODD, SyntaxError) as error:  # a part that is no XML is a SyntaxError
        raise refuse("damaged", filename=package.filename) from error


def _merges(package):
    """Return {title: merged ranges}; look at every part before the library does."""
    values, ranges, last_row = 0, {}, 0
    for name in package.infos:
        if not name.lower().endswith((".xml", ".rels")):
            continue
        content = package.checked(name)
        if name.startswith("xl/worksheets/"):
            values += sum(1 for _ in VALUE.finditer(content))
            ranges[name] = [_range(match) for match in MERGE.finditer(content)]
            last_row = _last_row(content)
        if values > limits.MAX_CELLS or last_row > limits.MAX_ROWS:
            raise refuse("too_complex", filename=package.filename)
    return {title: ranges.get(path, []) for title, path in _paths(package).items()}


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


def _rows(sheet, merges):
    """Return the rows that hold something."""
    rows = [
        [_shown(cell) for cell in row]
        for row in sheet.iter_rows(max_row=limits.MAX_ROWS, max_col=limits.MAX_COLUMNS)
    ]
    for left, top, right, bottom in merges:
        for number in range(top, min(bottom + 1, len(rows))):
            row = rows[number]
            for column in range(left, min(right + 1, len(row))):
                if number > top or column > left:
                    row[column] = LEFT if column > left else ABOVE
    return [row for row in rows if any(isinstance(cell, str) and cell for cell in row)]


def _shown(cell):
    """Return a value as the sheet shows it."""
    value = cell.value
    if value is None:
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
