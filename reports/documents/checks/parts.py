"""The parts of a paper: head, title, addressee, headings, annexes, signature, imprint. Clauses 7.2 to 7.4."""

import itertools
import re

from reports.documents.checks import anatomy, measured
from reports.documents.checks.anatomy import CHARACTER, FOOT, HEADINGS, LINE_PITCH, heading
from reports.documents.checks.measured import POINT
from reports.documents.checks.verdicts import Finding, Verdict, all_near, at, finding, near, typeface


def mark(paper, content):
    parts, _pixel = measured.red_ink(content)
    mark = [part for part in parts if part[3] - part[1] > 4]
    top = mark[0][1] - paper.top if mark else None
    yield near("mark_top", "7.2.4", "发文机关标志上边 mark below the type area's top", top, 35, 1)
    page = paper.pages[0]
    middle = (paper.left(page) + paper.right(page)) / 2
    centre = (mark[0][0] + mark[0][2]) / 2 - middle if mark else None
    yield near("mark_centre", "7.2.4", "发文机关标志居中 mark off the centre", centre, 0, 1)
    if paper.mark:
        chars = [char for _, line in paper.mark for char in line.chars]
        face = typeface("mark_font", "7.2.4", "发文机关标志字体 typeface of the mark", "小标宋", chars)
        # 小标宋 is recommended here.
        yield face if face.verdict is Verdict.PASS else Finding(**{**face.as_dict(), "verdict": Verdict.WARN})
    rule = paper.red_rule
    yield near("red_rule_width", "7.2.7", "红色分隔线 red rule", rule and rule.length, 156, 1)
    if rule and paper.number:
        gap = rule.y0 - paper.number[0][1].ink_bottom
        yield near("red_rule_gap", "7.2.7", "分隔线在发文字号之下 red rule below the number", gap, 4, 0.5)


def number(paper):
    line = paper.number[0][1] if paper.number else None
    found = anatomy.NUMBER.match(line.text) if line else None
    good = found and not re.search("〕0|第", found[1])
    yield finding(
        "number_form", "7.2.5", "发文字号 document number", "代字〔2026〕1号",
        line.text if line else "not found", good,
    )  # fmt: skip
    if not line:
        return
    page = paper.pages[0]
    label, name = (
        ([], [])
        if not (found and found[2])
        else (line.chars[-len(found[2]) : -len(found[3])], line.chars[-len(found[3]) :])
    )
    own = line.chars[: len(line.chars) - len(label) - len(name)]
    yield typeface("number_font", "7.2.5", "发文字号字体 typeface of the number", "仿宋", own)
    yield near("number_size", "7.2.5", "发文字号字号 size of the number", own[0].size, 16, 0.3, unit="pt")
    if name:
        yield near(
            "number_place",
            "7.2.5",
            "发文字号居左空一字 number from the left edge",
            own[0].x0 - paper.left(page),
            CHARACTER,
            1,
        )
        yield near(
            "signer_place",
            "7.2.6",
            "签发人居右空一字 signatory from the right edge",
            paper.right(page) - line.x1,
            CHARACTER,
            1,
        )
        yield typeface("signer_label", "7.2.6", "“签发人”字体 typeface of 签发人", "仿宋", label[:3])
        yield typeface("signer_name", "7.2.6", "签发人姓名字体 typeface of the name", "楷体", name)
    else:
        middle = (paper.left(page) + paper.right(page)) / 2
        yield near("number_place", "7.2.5", "发文字号居中 number off the centre", line.centre - middle, 0, 1)
    if paper.mark:
        gap = (line.top - paper.mark[-1][1].bottom) / (LINE_PITCH * POINT)
        yield near(
            "number_gap",
            "7.2.5",
            "标志下空二行 lines between mark and number",
            gap,
            2,
            0.5,
            unit="lines",
            else_=Verdict.WARN,
        )


def title(paper):
    sizes = [(at(page, line), line.size) for page, line in paper.title]
    yield all_near("title_size", "7.3.1", "标题字号 size of the title", sizes, 22, 0.3, unit="pt")
    if not paper.title:
        return
    lines = [line for _, line in paper.title]
    page = paper.pages[0]
    yield typeface(
        "title_font",
        "7.3.1",
        "标题字体 typeface of the title",
        "小标宋",
        [c for line in lines for c in line.chars],
    )
    middle = (paper.left(page) + paper.right(page)) / 2
    yield all_near(
        "title_centre", "7.3.1", "标题居中 lines of the title off the centre",
        [(at(page, line), line.centre - middle) for line in lines], 0, 1,
    )  # fmt: skip
    steps = [lower.x1 - lower.x0 - (upper.x1 - upper.x0) for upper, lower in itertools.pairwise(lines)]
    falls = [step < 0 for step in steps]
    shaped = falls == sorted(falls) or not any(falls) or all(falls)
    widths = "–".join(f"{line.x1 - line.x0:.0f}" for line in lines)
    yield finding(
        "title_shape", "7.3.1", "标题梯形或菱形 shape of the title", "trapezium or diamond",
        f"{widths} mm", shaped and all(abs(step) > 1 for step in steps), else_=Verdict.WARN,
    )  # fmt: skip
    if paper.red_rule:
        gap = (lines[0].top - paper.red_rule.y1) / (LINE_PITCH * POINT)
        yield near(
            "title_gap",
            "7.3.1",
            "分隔线下空二行 lines between rule and title",
            gap,
            2,
            0.5,
            unit="lines",
            else_=Verdict.WARN,
        )


def addressee(paper):
    first = (paper.addressee or paper.body)[:1]
    if paper.addressee:
        page, line = paper.addressee[0]
        yield near(
            "addressee_left",
            "7.3.2",
            "主送机关顶格 addressee at the left edge",
            line.x0 - paper.left(page),
            0,
            1,
        )
        last = paper.addressee[-1][1].text[-1]
        yield finding(
            "addressee_colon", "7.3.2", "主送机关后全角冒号 colon after it", "：", last, last == "："
        )
    if paper.title and first:
        gap = (first[0][1].top - paper.title[-1][1].bottom) / (LINE_PITCH * POINT)
        yield near(
            "text_gap", "7.3.2", "标题下空一行 lines between title and what follows", gap, 1, 0.7, unit="lines",
            else_=Verdict.WARN,
        )  # fmt: skip
    shown = [pair for pair in paper.text if pair[0].number == 1]
    yield finding(
        "body_on_first_page",
        "7.3.3",
        "首页显示正文 text on the first page",
        "yes",
        f"{len(shown)} lines",
        shown,
    )


def headings(paper):
    levels = {}
    for page, line in paper.text:
        if level := heading(paper, page, line):
            levels.setdefault(level, []).append((page, line))
    for rule, form, look, _pattern in HEADINGS:
        if rule in levels:
            # The first characters decide: after a heading of the second level the text may go on in its own type.
            chars = [char for _, line in levels[rule] for char in line.chars[:5]]
            yield typeface(rule, "7.3.3", f"“{form}”字体 typeface of {form}", look, chars)
    starts = [
        (at(page, line), line.x0 - paper.left(page))
        for page, line in paper.text
        if paper.starts_paragraph(page, line)
    ]
    yield all_near(
        "paragraph_indent", "7.3.3", "段首空二字 indent of paragraphs", starts, round(2 * CHARACTER, 2), 1
    )


def annex_note(paper):
    if not paper.annex_note:
        return
    page, line = paper.annex_note[0]
    yield near(
        "annex_note_left",
        "7.3.4",
        "附件说明左空二字 annex note from the left edge",
        line.x0 - paper.left(page),
        2 * CHARACTER,
        1,
    )
    ends = [line.text[-1] for _, line in paper.annex_note if line.text[-1] in "。；，"]
    yield finding(
        "annex_note_end",
        "7.3.4",
        "附件名称后无标点 no punctuation after names",
        "none",
        "".join(ends) or "none",
        not ends,
    )
    numbered = [
        line.chars[3 if at == 0 else 0].x0
        for at, (_, line) in enumerate(paper.annex_note)
        if re.match(r"^(附件：)?\d+\.", line.text)
    ]
    if len(numbered) > 1:
        yield near(
            "annex_note_hang",
            "7.3.4",
            "附件顺序号对齐 numbers in one column",
            max(numbered) - min(numbered),
            0,
            1.5,
        )


def signature(paper):
    if not paper.date:
        yield Finding("date", "7.3.5.4", "成文日期 date", "2026年8月10日", "not found", Verdict.FAIL)
        return
    page, date = paper.date[0]
    yield finding(
        "date", "7.3.5.4", "成文日期 date", "2026年8月10日", date.text, not re.search("[年月]0", date.text)
    )
    if paper.signature:
        yield _place_of_signature(paper, page, date)
    first = paper.signature[0][1] if paper.signature else date
    above = [line for other, line in paper.text if other is page and line.top < first.top]
    yield finding(
        "signature_page",
        "7.3.5.5",
        "落款面有正文 text above the signature",
        "yes",
        f"{len(above)} lines",
        above,
    )


def _place_of_signature(paper, page, date):
    """Unsealed: the office two characters from the right, the date two right of it, or, where the date is longer, the
    date two from the right. Sealed: the date four from the right, the office centred on it.
    """
    lines = [line for _, line in paper.signature]
    right, left = paper.right(page), min(line.x0 for line in lines)
    office = right - max(line.x1 for line in lines)
    gap, shift = right - date.x1, date.x0 - left
    centre = max(abs(line.centre - date.centre) for line in lines)
    two, four = 2 * CHARACTER, 4 * CHARACTER
    unsealed = min(abs(office - two), abs(gap - two)) <= 2 and (abs(shift - two) <= 1 or abs(gap - two) <= 2)
    sealed = abs(gap - four) <= 1 and centre <= 1
    shown = (
        f"office {office:.1f}, date {gap:.1f} mm from the right, date {shift:.1f} mm from the office's start"
    )
    return finding(
        "signature_place", "7.3.5", "署名和日期位置 place of office and date", "two characters (11.3 mm), or sealed",
        shown, unsealed or sealed,
    )  # fmt: skip


def annexes(paper):
    named = [line.text for _, line in paper.annex_note if re.match(r"^(附件：)?(\d+\.|[^\d])", line.text)]
    numbered = [text for text in named if re.match(r"^(附件：)?\d+\.", text)]
    wanted = len(numbered) or (1 if named else 0)
    if not wanted and not paper.annex_pages:
        return
    found = [f"{line.text} (page {page.number})" for page, line in paper.annex_pages]
    yield finding(
        "annex_count", "7.3.7", "附件另面编排 annexes, each on a new page", str(wanted),
        "、".join(found) or "none", len(found) == wanted,
    )  # fmt: skip
    if not paper.annex_pages:
        return
    heads = [char for _, line in paper.annex_pages for char in line.chars[:2]]
    yield typeface("annex_head_font", "7.3.7", "“附件”字体 typeface of 附件", "黑体", heads)
    edge = [
        (at(page, line), line.x0 - (35 if page.is_landscape else paper.left(page)))
        for page, line in paper.annex_pages
    ]
    yield all_near("annex_head_left", "7.3.7", "“附件”顶格 附件 at the left edge", edge, 0, 1)
    centred = [
        (at(page, page.lines[1]), page.lines[1].centre - _middle(paper, page))
        for page, _ in paper.annex_pages
        if len(page.lines) > 1
    ]
    yield all_near("annex_title", "7.3.7", "附件标题居中 titles of annexes off the centre", centred, 0, 1)


def _middle(paper, page):
    return 147.5 if page.is_landscape else (paper.left(page) + paper.right(page)) / 2


def imprint(paper):
    rules, page = paper.imprint_rules, paper.pages[-1]
    low = rules[-1].y1 if rules else None
    yield near("imprint_foot", "7.4.1", "版记末条分隔线 last rule of the imprint", low, FOOT, 0.5)
    if not rules:
        return
    wanted = [0.35, *[0.25] * (len(rules) - 2), 0.35][: len(rules)]
    thick = [rule.thickness for rule in rules]
    good = all(abs(a - b) <= 0.05 for a, b in zip(thick, wanted, strict=True))
    yield finding(
        "imprint_rules", "7.4.1", "版记分隔线粗细 thickness of its rules", " ".join(map(str, wanted)) + " mm",
        " ".join(f"{one:.2f}" for one in thick) + " mm", good, else_=Verdict.WARN,
    )  # fmt: skip
    yield finding(
        "imprint_page", "7.4", "版记在偶数页 imprint on an even page", "even", str(page.number),
        not page.is_odd, else_=Verdict.WARN,
    )  # fmt: skip
    lines = [line for _, line in paper.imprint]
    chars = [char for line in lines for char in line.chars]
    yield all_near(
        "imprint_size",
        "7.4.2",
        "版记字号 size in the imprint",
        [(at(page, line), line.size) for line in lines],
        14,
        0.3,
        unit="pt",
    )
    yield typeface("imprint_font", "7.4.2", "版记字体 typeface in the imprint", "仿宋", chars)
    issued = next((line for line in lines if line.text.endswith("印发")), None)
    yield finding(
        "imprint_date", "7.4.3", "印发日期 date of printing", "2026年8月10日印发",
        issued.text[-14:] if issued else "not found",
        issued and re.search(r"\d{4}年[1-9]\d?月[1-9]\d?日印发$", issued.text),
    )  # fmt: skip
    one = 14 * POINT
    if issued:
        yield near(
            "imprint_right",
            "7.4.3",
            "印发日期右空一字 date from the right edge",
            paper.right(page) - issued.x1,
            one,
            1,
        )
    yield near(
        "imprint_left",
        "7.4.2",
        "版记左空一字 imprint from the left edge",
        min(line.x0 for line in lines) - paper.left(page),
        one,
        1,
    )
    copies = "".join(line.text for line in lines if line.baseline < rules[-2].y)
    if copies.startswith("抄送"):
        yield finding(
            "copies_end", "7.4.2", "抄送机关后句号 full stop after 抄送", "。", copies[-1], copies[-1] == "。"
        )
