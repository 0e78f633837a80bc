"""What stands in a report's spreadsheet behind its ledger: the figures with their formulas, and what they count from.

From the last two sheets alone every figure can be counted again. Reports of earlier versions have none of them.
"""

from dataclasses import dataclass

from reports.documents.text import full_width

YES = {True: "是", False: "否"}
COUNTS = {
    "measures": "措施总数",
    "claimed": "已认领",
    "on_schedule": "达到序时进度",
    "behind": "未达到序时进度",
    "completed": "已完成",
    "closed_out": "已销号",
    "in_follow_up": "长期坚持",
    "overdue": "逾期",
    "overdue_on_original": "按原定时限逾期",
    "extended": "已延期",
    "born_overdue": "印发时已过期",
    "on_time": "节点按时完成",
    "steps_due": "到期节点",
}


@dataclass(frozen=True)
class Sheet:
    """``columns``: (heading, width in characters)."""

    name: str
    columns: tuple[tuple[str, int], ...]
    rows: list[list]


def sheets_of(snapshot) -> list[Sheet]:
    if "by_problem" not in snapshot:
        return []
    return [_figures(snapshot), _parts(snapshot), _measures(snapshot), _steps(snapshot)]


def heading(snapshot, sheet) -> str:
    """Names the days that the counting goes by."""
    issued_on = snapshot["plan"]["issued_on"]
    days = f"数据截至{snapshot['as_of']}" + (f"，方案{issued_on}印发" if issued_on else "")
    return f"{sheet.name}（{snapshot['period']['month']}，{days}）"


def _figures(snapshot):
    last = snapshot["month_on_month"] or {"rows": []}
    before = {row["key"]: row for row in last["rows"]}
    columns = (("指标", 22), ("数量", 8), ("总数", 8), ("比例", 10), ("计算公式", 60))
    columns += (("上期数量", 10), ("上期总数", 10), ("上期比例", 10), ("增减", 8), ("比例增减（百分点）", 12))
    return Sheet("指标汇总", columns, [_figure(row, before.get(row["key"])) for row in snapshot["figures"]])


def _figure(row, before):
    cells = [row["label"], row["part"], row["whole"], _percent(row["percent"]), row["formula"]]
    if before is None:
        return [*cells, "—", "—", "—", "—", "—"]
    shares = _percent(before["last_percent"]), before["change"], before["change_points"] or "—"
    return [*cells, before["last_part"], before["last_whole"], *shares]


def _percent(text):
    return f"{text}%" if text is not None else "—"


def _parts(snapshot):
    groups = (
        ("单位", snapshot["by_unit"], lambda row: row["unit"]),
        ("问题", snapshot["by_problem"], lambda row: f"{full_width(row['problem'])}{row['heading']}"),
        ("来源", snapshot["by_source_level"], lambda row: row["label"]),
    )
    rows = [
        [kind, name(row), row.get("place") or "—", *(row[key] for key in COUNTS)]
        for kind, found, name in groups
        for row in found
    ]
    columns = (("分类", 8), ("名称", 34), ("名次", 7), *((heading, 11) for heading in COUNTS.values()))
    return Sheet("分项统计", columns, rows)


def number_of(row) -> str:
    return f"{full_width(row['problem_label'])}{full_width(row['number'])}"


def _measures(snapshot):
    columns = (
        ("序号", 12),
        ("问题", 34),
        ("问题来源", 12),
        ("承办单位", 30),
        ("状态", 12),
        ("全部认领", 9),
        ("长期坚持", 9),
    )
    levels = {row["source_level"]: row["label"] for row in snapshot["by_source_level"]}
    rows = [
        [
            number_of(row),
            row["problem_text"],
            levels[row["source_level"]],
            "、".join(row["acting_units"]),
            row["state_label"],
            YES[row["claimed"]],
            YES[row["follow_up"]],
        ]
        for row in snapshot["ledger"]
    ]
    return Sheet("统计底数", columns, rows)


def _steps(snapshot):
    columns = (("序号", 12), ("原定时限", 14), ("现行时限", 14), ("完成日期", 14))
    rows = [
        [number_of(row), step["original_due_on"], step["due_on"], step["met_on"] or ""]
        for row in snapshot["ledger"]
        for step in row["checkpoints"]
    ]
    return Sheet("时限节点", columns, rows)
