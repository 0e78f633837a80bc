"""The columns of the ledger (台账): one home of their names, headings, widths and values for PDF, Word, spreadsheet
and CSV. Which of them a paper has and in which order stands in its snapshot.
"""

import csv
import io
from collections.abc import Callable
from dataclasses import dataclass

from reports.documents.text import clean_text, full_width

# A spreadsheet takes a text that begins so for a formula and runs it.
FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r")


@dataclass(frozen=True)
class Column:
    """One column. ``value`` takes a row of the snapshot."""

    name: str
    heading: str  # the paper's words, Chinese in every language of the screens
    value: Callable[[dict], str]
    characters: int  # wide in a spreadsheet
    millimetres: int = 0  # at least, in the annex; 0: there it is a row of its own above the measures
    grows: bool = False  # takes of the room that is left
    is_centred: bool = False


def state_text(row) -> str:
    return f"{row['state_label']}（逾期）" if row["overdue"] else row["state_label"]


def _dates(key):
    return lambda row: "、".join(step[key] for step in row["checkpoints"] if step[key])


COLUMNS = {
    column.name: column
    for column in (
        Column(
            "number",
            "序号",
            lambda row: f"{full_width(row['problem_label'])}{full_width(row['number'])}",
            10,
            10,
            is_centred=True,
        ),
        Column("problem", "问题", lambda row: row["problem_text"], 26),
        Column("measure", "整改措施", lambda row: row["measure"], 46, 40, grows=True),
        Column("lead", "牵头单位", lambda row: "、".join(row["lead_units"]), 16, 22, grows=True),
        Column(
            "responsible", "责任单位", lambda row: "、".join(row["responsible_units"]), 22, 24, grows=True
        ),
        Column("deadline", "整改时限", lambda row: row["deadline_text"], 20, 25, grows=True),
        Column("state", "状态", state_text, 11, 15, is_centred=True),
        Column("light", "亮灯", lambda row: row["light_label"], 7, 13, is_centred=True),
        Column("progress", "本月进展", lambda row: row["progress"], 34, 32, grows=True),
        Column("original", "原定时限", _dates("original_due_on"), 14, 21, is_centred=True),
        Column("met", "完成时间", _dates("met_on"), 14, 21, is_centred=True),
    )
}
REQUIRED = ("number", "problem", "measure")  # without them nobody knows what a row is about
DEFAULT = (*REQUIRED, "lead", "responsible", "deadline", "state", "light", "progress")


def columns_of(snapshot) -> list[Column]:
    """The columns of a report in their order. Reports of earlier versions of the product name none."""
    return [COLUMNS[name] for name in snapshot.get("ledger_columns") or DEFAULT]


def cells(row, columns) -> list[str]:
    """One measure as texts, one for each column."""
    return [clean_text(column.value(row)) for column in columns]


def ledger_csv(snapshot) -> bytes:
    """The ledger as CSV with a byte order mark (Excel needs it for Chinese); no cell starts a formula."""
    columns = columns_of(snapshot)
    stream = io.StringIO()
    writer = csv.writer(stream)
    writer.writerow(column.heading for column in columns)
    for row in snapshot["ledger"]:
        texts = cells(row, columns)
        writer.writerow([f"'{text}" if text.startswith(FORMULA_STARTS) else text for text in texts])
    return b"\xef\xbb\xbf" + stream.getvalue().encode()
