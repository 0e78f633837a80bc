"""Figures as papers print them: one by one with their formulas, by problem, by level, and beside the month before."""

from typing import NamedTuple

from reports.documents.text import chinese_date, clean_text, full_width, typeset

# The paper is Chinese whatever the language of the screens, so these are not translated. Key → heading.
COUNTS = {
    "measures": "措施",
    "claimed": "已认领",
    "on_schedule": "达到\n序时",
    "behind": "未达\n序时",
    "completed": "已完成",
    "closed_out": "已销号",
    "overdue": "逾期",
    "on_time": "节点按时",
}
COMPARED = ("指标", "本期", "上期", "增减", "比例增减\n（百分点）")
MOST_PROBLEMS = 200  # more fill pages that nobody reads: the spreadsheet has them
NOTE = (
    "注：每项措施计入其所属问题和问题来源；各栏计算口径见表1，“节点按时”为按原定时限完成的节点数/原定时限已到的节点数，"
    "“—”表示没有数据或不计算。"
)
LEFT_OUT = f"问题超过{MOST_PROBLEMS}个，按问题统计的数据见本文件所附整改台账（Excel）的“分项统计”表。"


class Table(NamedTuple):
    """A table as plain text. ``widths``: a column's name in the style sheet and its millimetres in Word."""

    caption: str
    head: tuple[str, ...]
    rows: list[list[str]]
    widths: tuple[tuple[str, float], ...]
    whole: bool  # stays on one page
    notes: tuple[str, ...] = ()

    def typeset(self):
        return self._replace(rows=[[typeset(cell) for cell in row] for row in self.rows])


PARTS_WIDTHS = (("name", 70.6), *(("c3", 10.2),) * 7, ("step", 14))
COMPARED_WIDTHS = (("name", 46), ("value", 36), ("value", 36), ("change", 14), ("points", 24))


def figure_row(figure) -> dict:
    return {
        "label": typeset(figure["label"]),
        "value": figure_value(figure),
        "formula": typeset(figure["formula"]),
    }


def figure_value(figure) -> str:
    """A figure with both of its counts, as every paper prints it."""
    share, percent = f"{figure['part']}/{figure['whole']}", figure["percent"]
    return f"{share} = {percent}%" if percent is not None else f"{share}（不计算比例）"


def tables(snapshot) -> list[Table]:
    """What a report breaks down, numbered after the table of figures; early reports do not.

    A breakdown into a single part would say again what the whole says, so it is left out.
    """
    problems = snapshot.get("by_problem", [])
    too_many = len(problems) > MOST_PROBLEMS
    parts = [
        *_parts("各问题整改进度", "问题", [] if too_many else problems, _problem),
        *_parts("各来源问题整改进度", "问题来源", snapshot.get("by_source_level", []), _level),
    ]
    if parts:
        parts[-1] = parts[-1]._replace(notes=(NOTE,))
    found = [*parts, *_compared(snapshot.get("month_on_month"))]
    if found and too_many:
        found[-1] = found[-1]._replace(notes=(*found[-1].notes, LEFT_OUT))
    return [table._replace(caption=f"表{at}　{table.caption}") for at, table in enumerate(found, 2)]


def _parts(caption, name, rows, name_of):
    if len(rows) < 2:
        return
    cells = [[name_of(row), *(_count(row, key) for key in COUNTS)] for row in rows]
    yield Table(caption, (name, *COUNTS.values()), cells, PARTS_WIDTHS, whole=name_of is _level)


def _problem(row):
    return f"{full_width(row['problem'])}{clean_text(row['heading'])}"


def _level(row):
    return clean_text(row["label"])


def _count(row, key):
    """A count of measures, or of checkpoints with how many were due; what a report did not count yet has a dash."""
    if key not in row:
        return "—"
    return f"{row[key]}/{row['steps_due']}" if key == "on_time" else str(row[key])


def _compared(found):
    if not found or not found["rows"]:
        return
    caption = f"与上期对比（上期数据截至{chinese_date(found['as_of'])}）"
    yield Table(caption, COMPARED, [_beside(row) for row in found["rows"]], COMPARED_WIDTHS, whole=True)


def _beside(row):
    last = {"part": row["last_part"], "whole": row["last_whole"], "percent": row["last_percent"]}
    points = row["change_points"]
    return [
        clean_text(row["label"]),
        figure_value(row),
        figure_value(last),
        signed(row["change"]),
        "—" if points is None else signed(points),
    ]


def signed(change) -> str:
    """``3`` → ``+3``, ``-0.4`` → ``-0.4``, ``0.0`` → ``0``. ``change``: a number, or a decimal one as frozen."""
    return f"{change}" if float(change) < 0 else f"+{change}" if float(change) else "0"
