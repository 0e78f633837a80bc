"""The monthly report as finished values for its templates: nothing is computed in a template."""

import io

import segno
from django.utils.safestring import mark_safe

from reports.documents import annex, charts
from reports.documents.text import chinese_date, clean_text, full_width, local_moment, paragraphs, typeset
from reports.documents.titles import split_title, width
from reports.proof import canonical, digest

# The paper is Chinese whatever the language of the screens, so these are not translated.
ROLE_LABELS = {"OFFICE_CLERK": "整改办经办人", "OFFICE_HEAD": "整改办负责人", "LEADER": "组长"}
COUNTS = ("measures", "closed_out", "completed", "on_schedule", "overdue")
FILING_LABELS = {"ON_TIME": "按时", "LATE": "迟报", "MISSING": "未报", "NOT_DUE": "未到期"}
SECTIONS = (
    ("progress", "一、整改进展情况"),
    ("difficulties", "二、整改过程中发现的问题"),
    ("next_steps", "三、下步工作措施"),
)
DRAFT_MARK = "征求意见稿　未经签发"
# Points. The type area is 442 wide; the mark leaves 1 mm free on either side.
MARK_WIDTH, MARK_LARGEST, MARK_NARROWEST = 436, 50, 0.55
SIGN_OFF_LIMIT = 24


def context(snapshot, issue, *, draft, chart_families) -> dict:
    """Everything the templates print. ``issue`` may lack keys in a draft; a chart names its own fonts."""
    office = snapshot["office"]
    data_digest = digest(canonical(snapshot))
    number = clean_text(issue.get("document_number") or ("（未编号）" if draft else ""))
    title = clean_text(snapshot["title"])
    day = issue.get("issued_on") or ""
    rows = annex.ledger_rows(snapshot["ledger"])
    widths = annex.ledger_widths(rows)
    return {
        "title": title,
        "title_lines": split_title(title),
        "office_name": clean_text(office["name"]),
        "mark": clean_text(issue.get("mark") or office["name"]),
        "number": number,
        "upward": bool(issue.get("upward")),
        "draft": DRAFT_MARK if draft else "",
        "addressees": typeset(snapshot["addressees"]),
        "opening": paragraphs(snapshot["texts"]["opening"]),
        "figures": [_figure(figure) for figure in snapshot["figures"]],
        "sections": [_section(heading, snapshot["texts"][key]) for key, heading in SECTIONS],
        "annexes": annexes(snapshot),
        "units_annex": {"label": "附件2", "name": annexes(snapshot)[1]},
        "sign_off_lines": split_title(clean_text(issue.get("sign_off") or office["name"]), SIGN_OFF_LIMIT),
        "date": chinese_date(day) if day else "　　年　月　日",
        "iso_date": day[:10] or f"{snapshot['period']['month']}-01",
        "replaces": replaces(snapshot),
        "ledger": annex.ledger_groups(snapshot["ledger"], rows, widths),
        "ledger_widths": widths,
        "units": [
            {**row, "unit": typeset(row["unit"]), "people": typeset(row["people"])}
            for row in unit_rows(snapshot)
        ],
        "chart": snapshot["by_unit"]
        and mark_safe(charts.unit_progress(snapshot["by_unit"], families=chart_families)),
        "signers": signers(issue, draft),
        "copies_label": "抄送",
        "copies_to": typeset((issue.get("copies_to") or "").rstrip("。")),
        "data_digest": data_digest,
        "log": issue.get("log"),
        "verify": f"{number}　数据摘要 {data_digest[:16]}",
        "qr": mark_safe(qr(f"{number} SHA-256 {data_digest}")),
        "keywords": keywords(data_digest, issue.get("log")),
    }


def keywords(data_digest, log) -> str:
    """What a script finds in the metadata of the PDF."""
    parts = [f"data_digest={data_digest}"]
    if log:
        parts += [f"log_count={log['count']}", f"log_head={log['head']}"]
    return "; ".join(parts)


def qr(text) -> str:
    """A QR code as inline SVG with a text alternative."""
    stream = io.BytesIO()
    segno.make(text, error="m", micro=False).save(
        stream, kind="svg", border=2, xmldecl=False, svgclass="qr", lineclass=None, omitsize=True, title=text
    )
    return stream.getvalue().decode()


def mark_style(mark) -> tuple[float, float]:
    """Font size in points and horizontal scale of the issuing office's mark: wide as the type area at most.

    Long names are set narrower before they are set smaller, as printers do.
    """
    characters = max(width(mark), 1)
    size = min(MARK_LARGEST, MARK_WIDTH / characters / MARK_NARROWEST)
    return round(size, 2), round(min(1, MARK_WIDTH / (characters * size)), 4)


def sign_width(issue, snapshot) -> float:
    """Width of the signature block in characters: the name, or the date two characters further right."""
    lines = split_title(clean_text(issue.get("sign_off") or snapshot["office"]["name"]), SIGN_OFF_LIMIT)
    day = chinese_date(issue["issued_on"]) if issue.get("issued_on") else "　　年　月　日"
    return max(*(width(line) for line in lines), width(day) + 2)


def _figure(figure):
    return {
        "label": typeset(figure["label"]),
        "value": figure_value(figure),
        "formula": typeset(figure["formula"]),
    }


def figure_value(figure) -> str:
    """A figure with both of its counts, as every paper prints it."""
    share, percent = f"{figure['part']}/{figure['whole']}", figure["percent"]
    return f"{share} = {percent}%" if percent is not None else f"{share}（不计算比例）"


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


def annexes(snapshot) -> list[str]:
    """The names of the two annexes."""
    year, month = snapshot["period"]["month"].split("-")
    return [f"{year}年{int(month)}月整改台账", f"{year}年{int(month)}月各单位整改进度和报送情况"]


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


def signers(issue, draft=False) -> list[dict]:
    """Who drafted, reviewed and signed: {label, name, role, at}."""
    found = []
    for label, key in (("拟稿", "drafted_by"), ("审核", "reviewed_by"), ("签发", "signed_by")):
        person = issue.get(key) or {}
        found.append(
            {
                "label": label,
                "name": clean_text(person.get("name") or (f"（待{label}）" if draft else "")),
                "role": clean_text(ROLE_LABELS.get(person.get("role"), person.get("role"))),
                "at": local_moment(person.get("at")),
            }
        )
    return found
