"""The rows of the ledger (台账) in the official column order, one source for PDF, spreadsheet and CSV."""

import csv
import io

from reports.documents.text import clean_text, full_width

HEADINGS = ("序号", "问题", "整改措施", "牵头单位", "责任单位", "整改时限", "状态", "亮灯", "本月进展")
# A spreadsheet takes a text that begins so for a formula and runs it.
FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r")


def state_text(row) -> str:
    return f"{row['state_label']}（逾期）" if row["overdue"] else row["state_label"]


def cells(row) -> list[str]:
    """One measure as nine texts, in the order of ``HEADINGS``."""
    return [
        clean_text(text)
        for text in (
            f"{full_width(row['problem_label'])}{full_width(row['number'])}",
            row["problem_text"],
            row["measure"],
            "、".join(row["lead_units"]),
            "、".join(row["responsible_units"]),
            row["deadline_text"],
            state_text(row),
            row["light_label"],
            row["progress"],
        )
    ]


def ledger_csv(snapshot) -> bytes:
    """The ledger as CSV with a byte order mark (Excel needs it for Chinese); no cell starts a formula."""
    stream = io.StringIO()
    writer = csv.writer(stream)
    writer.writerow(HEADINGS)
    for row in snapshot["ledger"]:
        writer.writerow([f"'{cell}" if cell.startswith(FORMULA_STARTS) else cell for cell in cells(row)])
    return b"\xef\xbb\xbf" + stream.getvalue().encode()
