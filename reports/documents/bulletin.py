"""The bulletin (通报) as PDF, from frozen data alone: what its templates print, and the print itself."""

from itertools import groupby
from operator import itemgetter

from django.template.loader import render_to_string

from reports.documents import ends, engine, fonts, frame
from reports.documents.internal import filing_lines
from reports.documents.monthly import FILING_LABELS
from reports.documents.pdf import check_signed
from reports.documents.statistics import figure_row, figure_value
from reports.documents.text import chinese_date, clean_text, full_width, paragraphs, typeset
from reports.documents.titles import phrases
from reports.proof import canonical, digest

TEMPLATE = "pdf/bulletin.html"
PROOF_NOTE = "本文件内附冻结数据，可在核验页面核对，也可用脱机核验脚本核对。"
CHINESE = "一二三四五六七八九十"
FIRST_NAMED = 3  # units at the head of a ranking that the text names


def render_bulletin(snapshot, issue, *, draft=False) -> bytes:
    """Make the bulletin from frozen data. Attached are data.json (the canonical snapshot) and issue.json.

    ``draft``: marked on every page as unsigned; ``issue`` may lack anything.
    Errors: DataChanged and those of ``engine.render`` (all PaperRefused).
    """
    check_signed(snapshot, issue, draft)
    files = [
        engine.File("data.json", canonical(snapshot).encode(), "冻结数据（JSON，其 SHA-256 即数据摘要）"),
        engine.File("issue.json", canonical(issue).encode(), "印发要素和审签人（JSON）"),
    ]
    return engine.render(TEMPLATE, context(snapshot, issue, draft=draft), files=files)


def unprintable(snapshot) -> list[fonts.Missing]:
    """Characters that no font here has, to be asked before anybody signs. Needs no WeasyPrint."""
    return fonts.missing_glyphs(
        render_to_string(TEMPLATE, context(snapshot, {}, draft=True)), fonts.FontSet()
    )


def context(snapshot, issue, *, draft=False) -> dict:
    """Everything the templates print. ``issue`` may lack keys in a draft."""
    return {
        **frame.values(
            issue,
            title=snapshot["title"],
            office_name=snapshot["office"]["name"],
            data_digest=digest(canonical(snapshot)),
            iso_date=f"{snapshot['period']['month']}-01",
            draft=draft,
        ),
        "proof_note": PROOF_NOTE,
        "addressees": typeset(snapshot["addressees"]),
        **chapters_of(snapshot),
        "figures": [figure_row(figure) for figure in snapshot["figures"]],
        "annexes": annexes(snapshot),
        "rankings": [_typeset_rows(table) for table in ranking_tables(snapshot)],
        "ranking_head": ranking_head(snapshot),
        "ranking_rule": typeset(ranking_rule(snapshot)),
        "lights": _lights(snapshot),
        "replaces": replaces(snapshot),
    }


def chapters_of(snapshot) -> dict:
    """{title_phrases, opening, chapters}: the body typeset, for the paper and for the page."""
    return {
        "title_phrases": phrases(clean_text(snapshot["title"])),
        "opening": paragraphs(snapshot["texts"]["opening"]),
        "chapters": [
            {**chapter, **_typeset(chapter), "cases": [_typeset(case) for case in chapter["cases"]]}
            for chapter in chapters(snapshot)
        ],
    }


def _typeset(part):
    return {
        "heading": typeset(part["heading"]),
        "paragraphs": [typeset(paragraph) for paragraph in part["paragraphs"]],
    }


def replaces(snapshot) -> str:
    """The note of a correction on what it replaces; empty for a first bulletin."""
    if not snapshot.get("replaces"):
        return ""
    number = clean_text(snapshot["replaces"]["document_number"])
    return f"（本通报为第{snapshot['revision']}版，替代{number}。）"


def annexes(snapshot) -> list[str]:
    year, month = snapshot["period"]["month"].split("-")
    return [f"{year}年{int(month)}月整改进度名次", f"{year}年{int(month)}月红灯、黄灯整改措施"]


def _shown(snapshot):
    return [ranking for ranking in snapshot["rankings"] if ranking["rows"]]


# Chapters -----------------------------------------------------------------------------------------------


def chapters(snapshot) -> list[dict]:
    """[{heading, paragraphs, cases: [{heading, paragraphs}], figures}] of what there is to say, as plain text."""
    found = [
        {"heading": "总体进展", "paragraphs": ["整改工作主要数据见表1。"], "figures": True},
        {"heading": "进度名次", "paragraphs": ranking_lines(snapshot)},
        {"heading": "红灯、黄灯措施", "paragraphs": light_lines(snapshot)},
    ]
    if snapshot["filings"]:
        found.append({"heading": "报送情况", "paragraphs": filing_lines(snapshot["filings"])})
    for name, heading in (("good", "先进典型"), ("bad", "反面典型")):
        if cases := snapshot["cases"][name]:
            found.append({"heading": heading, "cases": [_case(*pair) for pair in enumerate(cases)]})
    if text := snapshot["texts"]["requirements"].strip():
        found.append({"heading": "工作要求", "cases": requirements(text)})
    return [
        {
            "paragraphs": [],
            "cases": [],
            "figures": False,
            **chapter,
            "heading": f"{CHINESE[at]}、{chapter['heading']}",
        }
        for at, chapter in enumerate(found)
    ]


def ranking_lines(snapshot) -> list[str]:
    """What decides, who leads each ranking and who is at its end."""
    lines = [f"名次按{ranked_by(snapshot)['name']}由高到低排列。"]
    for ranking in _shown(snapshot):
        rows = [row for row in ranking["rows"] if row["place"]]
        places = [(place, list(units)) for place, units in groupby(rows, itemgetter("place"))]
        ahead = [_at_place(place, units) for place, units in places if place <= FIRST_NAMED]
        line = "，".join([f"{ranking['label']}{len(rows)}个参加排名", *ahead]) if rows else ""
        if rows and places[-1][0] > FIRST_NAMED:
            last, units = places[-1]
            line += f"；居末位（第{last}名）的是{'、'.join(map(_name, units))}"
        if line:
            lines.append(f"{line}。")
    return [*lines, "各单位名次和排名规则见附件1。"] if len(lines) > 1 else ["本期没有参加排名的单位。"]


def _at_place(place, units):
    names = "、".join(map(_name, units))
    return f"并列第{place}名的有{names}" if len(units) > 1 else f"第{place}名为{names}"


def light_lines(snapshot) -> list[str]:
    """How many lights of each colour, and whom the ladder brought here."""
    red, yellow, named = snapshot["red"], snapshot["yellow"], snapshot["named"]
    day = chinese_date(snapshot["as_of"])
    lines = [
        f"截至{day}，亮红灯（逾期未完成）的措施{len(red)}项，亮黄灯（临近时限）的措施{len(yellow)}项，详见附件2。"
    ]
    if named:
        lines.append(f"对经提醒、督办仍未落实的{len(named)}项予以通报：")
    for number, row in enumerate(named, 1):
        answer = "已书面说明" if row["answered"] else "尚未书面说明"
        end = "。" if number == len(named) else "；"
        lines.append(
            f"{number}. {_name(row)}：{full_width(row['matter'])}，签发通报时逾期{row['days']}天，"
            f"{answer}（{clean_text(row['document_number'])}）{end}"
        )
    return lines


def _case(number, case):
    """{heading, paragraphs}: whose measure it is, what the record knows of it, and the clerk's words."""
    facts = f"{clean_text(case['text']).rstrip('。')}。{''.join(case['facts'])}"
    return {
        "heading": f"{_mark(number)}{'、'.join(case['units'])}：措施{full_width(case['number'])}",
        "paragraphs": [facts, *_lines(case["words"])],
    }


def requirements(text) -> list[dict]:
    """Each paragraph of the clerk's under a number, its first sentence as the heading."""
    found = []
    for number, line in enumerate(_lines(text)):
        first, stop, rest = line.partition("。")
        found.append({"heading": f"{_mark(number)}{first}{stop}", "paragraphs": [rest] if rest else []})
    return found


def _mark(number):
    return f"（{CHINESE[number]}）" if number < len(CHINESE) else f"（{number + 1}）"


def _lines(text):
    return [line.strip() for line in clean_text(text).split("\n") if line.strip()]


def _name(row):
    return clean_text(row["unit"])


# Annexes ------------------------------------------------------------------------------------------------


def ranked_by(snapshot) -> dict:
    """{key, name} of the figure that decided the places; early bulletins had no choice."""
    return snapshot.get("ranked_by") or {"key": "on_schedule", "name": "序时进度达标率"}


def ranking_head(snapshot) -> tuple[str, ...]:
    return "名次", "单位", ranked_by(snapshot)["name"], "本期按时报送率"


def ranking_rule(snapshot) -> str:
    return f"注：{clean_text(snapshot['basis'])}"


def ranking_tables(snapshot) -> list[dict]:
    """[{caption, rows: [{place, unit, deciding, filed}]}], numbered after the table of figures."""
    ahead = units_not_due(snapshot)
    return [
        {
            "caption": f"表{number}　{ranking['label']}整改进度名次",
            "rows": [
                {
                    "place": row["place"] or "—",
                    "unit": _name(row),
                    "deciding": figure_value(row[ranked_by(snapshot)["key"]]),
                    "filed": figure_value(row["filed_on_time"])
                    if row["filed_on_time"]["whole"]
                    else FILING_LABELS["NOT_DUE"]
                    if row["unit_id"] in ahead
                    else "无报送任务",
                }
                for row in ranking["rows"]
            ],
        }
        for number, ranking in enumerate(_shown(snapshot), 2)
    ]


def units_not_due(snapshot) -> set:
    """Ids of the units that could still file in time when the data were taken."""
    return {row.get("unit_id") for row in snapshot["filings"] if row["status"] == "NOT_DUE"}


def _typeset_rows(table):
    return {**table, "rows": [{**row, "unit": typeset(row["unit"])} for row in table["rows"]]}


def light_lists(snapshot) -> list[tuple]:
    """[(label, heading of the days, rows)]"""
    return [("红灯", "逾期天数", snapshot["red"]), ("黄灯", "剩余天数", snapshot["yellow"])]


def _lights(snapshot):
    """Both lists. ``at``, ``id``: number and name of a caption or row as a piece of the last annex, see ``ends``."""
    found, at = [], 0
    for label, days, rows in light_lists(snapshot):
        names = ends.row_ids(len(rows), at + 1)
        found.append(
            {
                "label": label,
                "days": days,
                "at": at,
                "id": f"{'tail' if at and len(rows) > 1 else 'kept'}-{at}",
                "rows": [
                    {**_light(row), "at": number, "id": name}
                    for number, (row, name) in enumerate(zip(rows, names, strict=True), at + 1)
                ],
            }
        )
        at += 1 + len(rows)
    return found


def _light(row):
    return {
        "number": typeset(full_width(row["number"])),
        "text": typeset(row["text"]),
        "units": typeset("、".join(row["units"])),
        "due_on": row["due_on"],
        "days": row["days"],
    }
