"""Papers about one thing, each from its frozen data alone: 销号通知, 督办单, 核查记录, 延期审批表, 单位报送.

A notice goes out under the office's red head and ends with an imprint; a form or a filing has neither, and carries the
proof of its data at the foot. What is printed is Chinese whatever the language of the screens, so it is not translated.
"""

import json
from collections.abc import Callable
from typing import NamedTuple

from django.template.loader import render_to_string

from cases.intake.numerals import chinese, is_in_words
from reports.documents import engine, fonts, forms, frame
from reports.documents.text import chinese_date, clean_text, full_width, local_moment, paragraphs, typeset
from reports.documents.titles import clauses
from reports.proof import canonical, digest

SCHEMA = "xiaohao.paper/1"
PROOF = "本文件内附冻结数据，可在核验页面核对。"
INSTRUMENTS = {
    "REMINDER": "提醒函",
    "ORDER": "督办单",
    "BULLETIN": "通报告知书",
    "INTERVIEW": "约谈通知书",
    "ACCOUNTABILITY": "问责建议告知书",
}
PUNCTUALITY = {"ON_TIME": "按时报送", "LATE": "迟报"}
NOTHING = "本月未填报。"
HEADING = 40  # characters of a measure in the heading over what is said of it
PARTS = (
    ("progress", "一是整改进展情况。"),
    ("difficulties", "二是整改过程中发现的问题。"),
    ("next_steps", "三是下步工作措施。"),
)


class Kind(NamedTuple):
    """How one kind is printed. ``values``: frozen content → what its template prints beside ``frame.values``."""

    template: str
    title: Callable
    values: Callable
    notice: bool = False  # under the office's red head, with an imprint


def render_paper(snapshot) -> bytes:
    """Print one paper; the same snapshot gives the same bytes. Attached is data.json, the snapshot itself.

    ``snapshot``: schema, kind, revision, office {code, name}, issuer, document_number, issued_on, log {count, head},
    style (``Style.issue_values``), made_by {name, at} and the content of its kind, see ``workflows.contents``.
    Errors: those of ``engine.render``.
    """
    text = canonical(snapshot)
    data = engine.File("data.json", text.encode(), "冻结数据（JSON，其SHA-256即数据摘要）")
    return engine.render(KINDS[snapshot["kind"]].template, values_of(snapshot), files=[data])


def unprintable(snapshot) -> list[fonts.Missing]:
    """Characters that no font here has, to be asked before the paper is made. Needs no WeasyPrint."""
    page = render_to_string(KINDS[snapshot["kind"]].template, values_of(snapshot))
    return fonts.missing_glyphs(page, fonts.FontSet())


def title_in(text) -> str:
    """The title of a paper by its frozen text."""
    return title_of(json.loads(text))


def title_of(snapshot) -> str:
    return KINDS[snapshot["kind"]].title(snapshot["content"])


def values_of(snapshot) -> dict:
    kind, content = KINDS[snapshot["kind"]], snapshot["content"]
    title = title_of(snapshot)
    values = frame.values(
        {**snapshot["style"], **snapshot},
        title=title,
        office_name=snapshot["issuer"],
        data_digest=digest(canonical(snapshot)),
        iso_date=snapshot["made_by"]["at"][:10],
    )
    made = {"label": "制作", **snapshot["made_by"], "at": local_moment(snapshot["made_by"]["at"])}
    values |= {"signers": [made], "proof_note": PROOF, "apart": ()}
    if not snapshot["document_number"]:
        values["verify"] = f"{title}{values['verify']}"
    if not kind.notice:
        values |= {"printed_by": "", "made_when": "制作"}
    values |= kind.values(content, snapshot)
    return values | {"tail": _tail(values)}


def _tail(values):
    """The first row of a form that may begin the next page: what was decided stays with what it rests on, so only the
    list of files goes on there, or the last row where there is none.
    """
    return max(len(values.get("form", ())) - (1 if values.get("evidence") else 2), 0)


# What each kind says -----------------------------------------------------------------------------------


def item(measure) -> str:
    """How a paper names a measure: 第（一）（1）项整改措施, but （一）（1）二是整改措施."""
    number = full_width(measure["number"])
    return f"{number}整改措施" if is_in_words(number) else f"第{number}项整改措施"


def _close_out(content, snapshot):
    measure, last = content["measure"], content["round"]
    check, plan = content["verification"], measure["plan"]
    number = f"（{clean_text(plan['document_number'])}）" if plan["document_number"] else ""
    how = {"SITE": "现场", "PAPER": "书面"}
    checked = (
        f"经{clean_text(check['unit'])}于{chinese_date(check['visited_on'])}{how[check['method']]}核查，符合销号条件，"
        if check
        else ""
    )
    text = (
        f"《{clean_text(plan['title'])}》{number}所列“{clean_text(measure['problem'])}”问题的{item(measure)}，"
        f"你单位已完成整改并申请核查。{checked}同意销号。现将有关事项通知如下。\n"
        f"该项措施自{chinese_date(last['closed_at'])}起予以销号（整改第{last['number']}轮），销号情况见附件。\n"
    )
    text += _afterwards(content["follow_up_months"])
    return {
        "addressees": typeset("、".join(measure["lead_units"] or measure["responsible_units"])),
        "paragraphs": [*paragraphs(text), *_replaces(snapshot)],
        "copies_to": typeset("，".join(measure["responsible_units"] if measure["lead_units"] else ())),
        "annex_name": "整改措施销号单",
        "form": forms.close_out(content),
        "evidence": forms.evidence(content["evidence"]),
    }


def _afterwards(months):
    if months:
        return f"该项措施须长期坚持。请你单位{forms.cadence(months)}报送一次落实情况，领导小组办公室适时开展回头看。"
    return (
        "请你单位会同有关责任单位巩固整改成果。领导小组办公室适时开展回头看，发现问题反弹的，重新列入整改。"
    )


def _replaces(snapshot):
    if snapshot["revision"] == 1:
        return []
    return [typeset(f"（本件为第{snapshot['revision']}版，替代以前各版。）")]


def _instrument(content, _snapshot):
    until = content["answer_due_on"]
    # A reminder is a letter (信函): it bears no imprint (10.1), unless it names who gets a copy.
    letter = {"printed_by": ""} if content["kind"] == "REMINDER" and not content["copies"] else {}
    asked = [typeset(f"请于{chinese_date(until)}前书面答复，并将回执报送我办。")] if until else []
    return {
        "addressees": typeset(content["addressee"]),
        "paragraphs": [*paragraphs("\n".join(content["paragraphs"])), *asked],
        "copies_to": typeset("，".join(content["copies"])),
        "receipt": forms.receipt(content, INSTRUMENTS[content["kind"]]) if until else [],
        **letter,
    }


def _verification(content, _snapshot):
    return {"form": forms.verification(content), "evidence": forms.evidence(content["evidence"])}


def _extension(content, _snapshot):
    head = f"申请单位：{content['unit']}　　申请日期：{chinese_date(content['requested_at'])}"
    return {"form_line": typeset(head), "form": forms.extension(content)}


def _filing(content, snapshot):
    """The unit's own words under its own name, measure by measure."""
    when = f"{chinese_date(content['filed_at'])}{local_moment(content['filed_at'])[11:]}"
    opening = (
        f"根据《{clean_text(content['plan'])}》要求，现将我单位{_month(content['month'])}整改工作情况报告如下。"
        f"本月涉及整改措施{len(content['rows'])}项。"
    )
    return {
        "addressees": typeset(snapshot["office"]["name"]),
        "opening": paragraphs(opening),
        "measures": [_filed(row, at) for at, row in enumerate(content["rows"], 1)],
        "filed": typeset(
            f"（拟稿：{content['drafted_by']}；单位负责人：{content['approved_by']}；"
            f"{when}报送，{PUNCTUALITY[content['punctuality']]}。）"
        ),
    }


def _filed(row, at):
    label = "（牵头）" if row.get("role") == "LEAD" else "（责任）" if row.get("role") else ""
    said = [(lead, str(row.get(key) or "").strip()) for key, lead in PARTS]
    parts = [(lead, text or "无。") for lead, text in said] if any(text for _, text in said) else []
    if facts := _facts(row):
        parts.append(("本月记录：", facts))
    return {
        "heading": typeset(f"{chinese(at)}、{item(row)}：{clauses(clean_text(row['text']), HEADING)}{label}"),
        "paragraphs": [
            line for lead, text in parts or [("", NOTHING)] for line in paragraphs(f"{lead}{text}")
        ],
    }


def _facts(row):
    """What the record knows of the measure in the month, in one sentence."""
    steps = [step for step in row.get("checkpoints") or () if step["reported_on"] or step["met_on"]]
    found = [
        f"累计完成{row['amount']}" if row.get("amount") else "",
        *(
            f"{chinese_date(step['due_on'])}的时限节点{'已确认完成' if step['met_on'] else '已报完成'}"
            for step in steps
        ),
        f"提交佐证材料{row['evidence']}份" if row.get("evidence") else "",
        f"其中{'、'.join(map(chinese_date, row['late']))}的进展为补录" if row.get("late") else "",
    ]
    text = "；".join(part for part in found if part)
    return f"{text}。" if text else ""


def _month(month):
    year, number = month.split("-")[:2]
    return f"{year}年{int(number)}月"


KINDS = {
    "CLOSE_OUT": Kind(
        "pdf/notice.html",
        lambda content: f"关于{item(content['measure'])}销号的通知",
        _close_out,
        notice=True,
    ),
    "INSTRUMENT": Kind(
        "pdf/notice.html", lambda content: INSTRUMENTS[content["kind"]], _instrument, notice=True
    ),
    "VERIFICATION": Kind("pdf/form.html", lambda _content: "整改措施核查记录", _verification),
    "EXTENSION": Kind("pdf/form.html", lambda _content: "整改措施延期审批表", _extension),
    "FILING": Kind(
        "pdf/filing.html",
        lambda content: f"{content['unit']}关于{_month(content['month'])}整改工作情况的报告",
        _filing,
    ),
}
