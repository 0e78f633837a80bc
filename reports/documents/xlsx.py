"""Spreadsheets: the ledger that goes with a report, and any list as a table.

Every text is written as a text, so that nothing typed by a user becomes a formula, a link or a date.
"""

import datetime
import io
import re

import xlsxwriter

from reports.documents import ledger, sheets
from reports.documents.text import clean_text
from reports.proof import canonical, digest

# For lists that belong to no day: the same rows give the same bytes.
UNDATED = datetime.datetime(2000, 1, 1)
A4 = 9
LONGEST_CELL = 32767
# What the name of a sheet may not hold; nor more than 31 characters.
SHEET_NAME = re.compile(r"[\[\]:*?/\\']")
NARROW = 14  # columns of at most so many characters are centred


def _open(title, created, comments=""):
    stream = io.BytesIO()
    book = xlsxwriter.Workbook(
        stream,
        {
            "in_memory": True,
            "strings_to_formulas": False,
            "strings_to_urls": False,
            "strings_to_numbers": False,
        },
    )
    book.set_properties({"title": title, "created": created, "comments": comments})
    return stream, book


def _write_rows(book, sheet, first, columns, rows):
    """``columns`` are (heading, width in characters); the head goes into row ``first``."""
    border = {"border": 1, "valign": "vcenter", "text_wrap": True}
    head = book.add_format(
        {**border, "font_name": "黑体", "font_size": 11, "align": "center", "bg_color": "#EEEEEE"}
    )
    left = book.add_format({**border, "font_name": "仿宋_GB2312", "font_size": 10.5})
    centre = book.add_format({**border, "font_name": "仿宋_GB2312", "font_size": 10.5, "align": "center"})
    forms = [centre if width <= NARROW else left for _heading, width in columns]
    for column, (heading, _width) in enumerate(columns):
        sheet.write_string(first, column, clean_text(heading), head)
    for number, row in enumerate(rows, first + 1):
        for column, value in enumerate(row):
            if isinstance(value, int | float) and not isinstance(value, bool):
                sheet.write_number(number, column, value, centre)
            else:
                sheet.write_string(number, column, clean_text(value)[:LONGEST_CELL], forms[column])


def _lay_out(book, sheet, title, widths, row_count, footer):
    form = book.add_format(
        {
            "font_name": "方正小标宋简体",
            "font_size": 18,
            "align": "center",
            "valign": "vcenter",
            "text_wrap": True,
        }
    )
    if len(widths) > 1:
        sheet.merge_range(0, 0, 0, len(widths) - 1, "", form)
    sheet.write_string(0, 0, title, form)
    sheet.set_row(0, 36)
    for column, width in enumerate(widths):
        sheet.set_column(column, column, width)
    sheet.freeze_panes(2, 1)
    sheet.autofilter(1, 0, 1 + row_count, len(widths) - 1)
    sheet.set_landscape()
    sheet.set_paper(A4)
    sheet.fit_to_pages(1, 0)
    sheet.repeat_rows(0, 1)
    # Inches: 26, 26, 28 and 26 mm.
    sheet.set_margins(left=1.02, right=1.02, top=1.1, bottom=1.02)
    sheet.set_footer(footer)


def ledger_xlsx(snapshot, issue) -> bytes:
    """A report's ledger and figures as XLSX. The footer of each page and the properties carry the data digest."""
    data_digest = digest(canonical(snapshot))
    number = clean_text(issue.get("document_number") or "")
    title = f"{clean_text(snapshot['office']['name'])}整改台账（{snapshot['period']['month']}）"
    day = datetime.datetime.fromisoformat(
        (issue.get("issued_on") or f"{snapshot['period']['month']}-01")[:10]
    )
    stream, book = _open(title, day, f"document_number={number}; data_digest={data_digest}")
    sheet = book.add_worksheet("整改台账")
    columns = ledger.columns_of(snapshot)
    rows = [ledger.cells(row, columns) for row in snapshot["ledger"]]
    columns = [(column.heading, column.characters) for column in columns]
    _write_rows(book, sheet, 1, columns, rows)
    # "&" starts a code in footers, the space keeps a number's digits out of the size, 255 characters fit.
    footer = f"&L&8 {number.replace('&', '&&')[:60]} SHA-256 {data_digest}&R— &P —"
    _lay_out(book, sheet, title, [width for _, width in columns], len(rows), footer)
    for extra in sheets.sheets_of(snapshot):
        sheet = book.add_worksheet(extra.name)
        _write_rows(book, sheet, 1, extra.columns, extra.rows)
        _lay_out(
            book,
            sheet,
            sheets.heading(snapshot, extra),
            [width for _, width in extra.columns],
            len(extra.rows),
            footer,
        )
    book.close()
    return stream.getvalue()


def table_xlsx(title, columns, rows) -> bytes:
    """Any list as XLSX. ``columns`` are (heading, width in characters); numbers stay numbers, all else is text."""
    title = clean_text(title)
    stream, book = _open(title, UNDATED)
    sheet = book.add_worksheet(SHEET_NAME.sub("", title)[:31])
    rows = list(rows)
    _write_rows(book, sheet, 1, columns, rows)
    _lay_out(book, sheet, title, [width for _, width in columns], len(rows), "&C— &P —")
    book.close()
    return stream.getvalue()


TEMPLATE_COLUMNS = (
    ("序号", 10),
    ("问题", 36),
    ("整改措施", 52),
    ("牵头单位", 22),
    ("责任单位", 30),
    ("整改时限", 30),
)
TEMPLATE_ROWS = 1000
# Column → what the sheet says beside its cells; the importing page reads what is written, so nothing is refused here.
TEMPLATE_HINTS = {
    "序号": "每个问题一个序号；同一问题的其他措施行可留空。",
    "问题": "同一问题的其他措施行可留空，或与上一行合并。",
    "整改措施": "每行一条措施。",
    "牵头单位": "从下拉列表选择；多个单位用“、”隔开。",
    "责任单位": "从下拉列表选择；多个单位用“、”隔开。",
    "整改时限": "例如：2026年12月31日前，长期坚持；也可写“立行立改”。",
}


def import_template(units) -> bytes:
    """An empty ledger to be filled in and imported; ``units`` are offered in the two columns of units.

    The names stand on a hidden sheet: a list inside the rule itself may have 255 characters only.
    """
    stream, book = _open("问题整改台账", UNDATED)
    sheet, names = book.add_worksheet("整改台账"), book.add_worksheet("单位")
    units = [clean_text(unit) for unit in units]
    for row, unit in enumerate(units):
        names.write_string(row, 0, unit)
    names.hide()
    _write_rows(book, sheet, 0, TEMPLATE_COLUMNS, [])
    body = book.add_format(
        {"font_name": "仿宋_GB2312", "font_size": 10.5, "text_wrap": True, "valign": "top"}
    )
    body.set_num_format("@")  # "2026年6月" and "1-2" stay as typed
    for column, (heading, width) in enumerate(TEMPLATE_COLUMNS):
        sheet.set_column(column, column, width, body)
        rule = {"validate": "any", "input_title": heading, "input_message": TEMPLATE_HINTS[heading]}
        if heading in {"牵头单位", "责任单位"} and units:
            rule |= {"validate": "list", "source": f"=单位!$A$1:$A${len(units)}", "show_error": False}
        sheet.data_validation(1, column, TEMPLATE_ROWS, column, rule)
    sheet.freeze_panes(1, 0)
    sheet.set_landscape()
    sheet.set_paper(A4)
    sheet.fit_to_pages(1, 0)
    sheet.repeat_rows(0)
    book.close()
    return stream.getvalue()
