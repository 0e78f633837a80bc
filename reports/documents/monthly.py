"""The monthly report as finished values for its templates: nothing is computed in a template."""

from django.utils.safestring import mark_safe

from reports.documents import annex, charts, ends, frame, statistics
from reports.documents.text import clean_text, full_width, local_moment, paragraphs, typeset
from reports.proof import canonical, digest

# The paper is Chinese whatever the language of the screens, so these are not translated.
COUNTS = ("measures", "closed_out", "completed", "on_schedule", "overdue")
FILING_LABELS = {"ON_TIME": "按时", "LATE": "迟报", "MISSING": "未报", "NOT_DUE": "未到期"}
SECTIONS = (
    ("progress", "一、整改进展情况"),
    ("difficulties", "二、整改过程中发现的问题"),
    ("next_steps", "三、下步工作措施"),
)


def context(snapshot, issue, *, draft, chart_families) -> dict:
    """Everything the templates print. ``issue`` may lack keys in a draft; a chart names its own fonts."""
    columns, units, names = annex.columns_in(snapshot), unit_rows(snapshot), annexes(snapshot)
    widths = annex.ledger_widths(snapshot["ledger"], columns)
    return {
        **frame.values(
            issue,
            title=snapshot["title"],
            office_name=snapshot["office"]["name"],
            data_digest=digest(canonical(snapshot)),
            iso_date=f"{snapshot['period']['month']}-01",
            draft=draft,
        ),
        "addressees": typeset(snapshot["addressees"]),
        "opening": paragraphs(snapshot["texts"]["opening"]),
        "figures": [statistics.figure_row(figure) for figure in snapshot["figures"]],
        "figures_line": figures_line(names),
        "sections": [_section(heading, snapshot["texts"][key]) for key, heading in SECTIONS],
        "annexes": names,
        "replaces": replaces(snapshot),
        "ledger": annex.ledger_groups(snapshot["ledger"], columns, widths),
        "ledger_columns": columns,
        "ledger_widths": widths,
        "statistics": [table.typeset() for table in statistics.tables(snapshot)],
        "units": [
            {**row, "id": name, "unit": typeset(row["unit"]), "people": typeset(row["people"])}
            for row, name in zip(units, ends.row_ids(len(units)), strict=True)
        ],
        "charts": [
            {"tail": len(units) + at, "svg": mark_safe(svg)}
            for at, svg in enumerate(charts.unit_progress(snapshot["by_unit"], families=chart_families))
        ],
    }


def _section(heading, items):
    return {
        "heading": heading,
        "entries": [
            {
                "heading": typeset(f"{full_width(item['problem'])}{clean_text(item['heading'])}"),
                "paragraphs": paragraphs(item["text"]),
                "units": typeset(unnamed_units(item)),
            }
            for item in items
        ],
    }


def unnamed_units(item) -> str:
    """The units of an item, unless its text, which the clerk may have edited, names units itself."""
    units = [clean_text(unit) for unit in item.get("units") or ()]
    return "" if any(unit in item["text"] for unit in units) else "、".join(units)


def annexes(snapshot, *, internal=False) -> dict[str, dict]:
    """{key: {label, name}} of the annexes in their order, those that there are; a single one has no number."""
    year, month = snapshot["period"]["month"].split("-")
    names = {
        "ledger": "" if internal else "整改台账",
        "statistics": "整改数据分项统计" if statistics.tables(snapshot) else "",
        "units": "各单位整改进度和报送情况",
    }
    names = {key: name for key, name in names.items() if name}
    return {
        key: {
            "label": f"附件{at}" if len(names) > 1 else "附件",
            "name": f"{year}年{int(month)}月{name}",
        }
        for at, (key, name) in enumerate(names.items(), 1)
    }


def figures_line(names) -> str:
    """The sentence before the table of figures. ``names``: see ``annexes``."""
    more = f"，分项数据见{names['statistics']['label']}" if "statistics" in names else ""
    return f"整改工作主要数据见表1{more}。"


def replaces(snapshot) -> str:
    """The note of a correction on what it replaces; empty for a first report."""
    if not snapshot.get("replaces"):
        return ""
    number = clean_text(snapshot["replaces"]["document_number"])
    return f"（本报告为第{snapshot['revision']}版，替代{number}。）"


def unit_rows(snapshot) -> list[dict]:
    """One row per unit: its measures and its filing, in the snapshot's order; units of either list."""
    counts = {row["unit"]: row for row in snapshot["by_unit"]}
    filings = {row["unit"]: row for row in snapshot["filings"]}
    rows = []
    for number, unit in enumerate(dict.fromkeys((*counts, *filings)), 1):
        count, filing = counts.get(unit, {}), filings.get(unit, {})
        people = filter(None, (filing.get("drafted_by"), filing.get("approved_by")))
        status = filing.get("status") or count.get("filing") or ""
        rows.append(
            {
                "number": number,
                "unit": clean_text(unit),
                "counts": [count.get(key, "—") for key in COUNTS],
                "status": FILING_LABELS.get(status, "—"),
                "missing": status == "MISSING",
                "filed_at": local_moment(filing.get("filed_at"))[5:] or "—",
                "people": clean_text("、".join(people)) or "—",
            }
        )
    return rows
