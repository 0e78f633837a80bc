"""Paper, type area, lines, page numbers and what holds for all text: clauses 5, 7.5, 8 and 9."""

import itertools
import re
import unicodedata
from collections import Counter

from reports.documents.checks import anatomy, measured
from reports.documents.checks.anatomy import FOOT, heading
from reports.documents.checks.measured import POINT
from reports.documents.checks.verdicts import Finding, Verdict, all_near, at, finding, near, typeface

NEVER_FIRST, NEVER_LAST = frozenset("。，、；：？！）》〉」』〕】”’%"), frozenset("（《〈「『〔【“‘")
HANZI = "\u3400-\u9fff\uf900-\ufaff"
BLACKEST = 40  # of 255, in any of the three colours
HALF_WIDTH = re.compile(f"[{HANZI}][,:;()?!]|[,:;()?!][{HANZI}]")


def page(paper):
    odd = [
        f"page {page.number}: {page.width:.1f} × {page.height:.1f}"
        for page in paper.pages
        if sorted((round(page.width * 2), round(page.height * 2))) != [420, 594]
    ]
    yield finding("page_size", "5.1", "纸张 paper", "A4, 210 × 297 mm", odd[0] if odd else "A4", not odd)


def type_area(paper):
    if paper.tops:  # only pages that start with text show it, and a short letter has none
        tops = [(f"page {page.number}", line.top) for page, line in paper.tops]
        yield all_near("type_area_top", "5.2.1", "天头 upper margin", tops, anatomy.TOP, 1)
    for odd, rule, label, wanted in (
        (True, "type_area_left", "订口 binding margin, odd pages", anatomy.LEFT_ODD),
        (False, "type_area_left_even", "切口 outer margin, even pages", anatomy.LEFT_EVEN),
    ):
        edges = [paper.left(page) for page, _ in paper.body if page.is_odd is odd]
        if edges and not odd and abs(edges[0] - anatomy.LEFT_ODD) <= 1 < abs(edges[0] - wanted):
            # Not mirrored: within the 2 mm by which two sides of a sheet may differ.
            yield Finding(rule, "5.2.1", label, f"{wanted} ± 1 mm", f"{edges[0]:.2f} mm", Verdict.WARN)
        elif edges:
            yield near(rule, "5.2.1", label, edges[0], wanted, 1)
    wide = [(at(page, line), line.x1 - paper.left(page)) for page, line in paper.body]
    yield near(
        "type_area_width",
        "5.2.1",
        "版心宽 width of the type area",
        max((w for _, w in wide), default=None),
        156,
        1,
    )
    deep = [(at(page, line), line.bottom) for page, line in paper.body]
    lowest = max(deep, key=lambda pair: pair[1], default=("", 0))
    yield finding(
        "type_area_bottom", "5.2.1", "版心下边 lower edge of the type area", f"≤ {FOOT + 1} mm",
        f"{lowest[1]:.2f} mm" + (f" ({lowest[0]})" if lowest[1] > FOOT + 1 else ""), lowest[1] <= FOOT + 1,
    )  # fmt: skip
    for page in [page for page in paper.pages if page.is_landscape][:1]:
        level = [rule for rule in measured.whole_rules(page.level) if rule.length > 100]
        box = (min((rule.x0 for rule in level), default=0), max((rule.x1 for rule in level), default=0))
        good = not level or (box[0] >= 34 and box[1] <= 261)
        yield finding(
            "landscape_area", "8", "横表版心 landscape type area", "35–260 mm",
            f"{box[0]:.1f}–{box[1]:.1f} mm", good,
        )  # fmt: skip


def form(paper):
    """A paper that is one table: it fills the type area, in the type of the text."""
    rules = [
        (page, rule) for page in paper.pages for rule in measured.whole_rules(page.level) if rule.length > 100
    ]
    widths = [(f"page {page.number}", rule.length) for page, rule in rules]
    yield all_near("form_width", "5.2.1", "表格宽 width of the form", widths, anatomy.WIDTH, 1)
    edges = [
        (f"page {page.number}", rule.x0 - (anatomy.LEFT_ODD if page.is_odd else anatomy.LEFT_EVEN))
        for page, rule in rules
    ]
    yield all_near("form_left", "5.2.1", "表格左边 form off the left edge", edges, 0, 1)
    lowest = max((rule.y1 for _, rule in rules), default=None)
    yield finding(
        "form_bottom", "5.2.1", "表格下边 lower edge of the form", f"≤ {FOOT + 1} mm",
        "not found" if lowest is None else f"{lowest:.2f} mm", lowest is not None and lowest <= FOOT + 1,
    )  # fmt: skip
    cells = [
        char
        for page in paper.pages
        for line in page.lines
        if page.in_table(line)
        for char in line.chars
        if 11 < char.size < anatomy.SMALLEST_BODY and "sans" not in char.font.lower()
    ]
    yield typeface("form_font", "5.2.2", "表内文字字体 typeface in the form", "仿宋", cells)


def _plain(paper):
    """Characters of the body without headings, of which a long one goes on in its own type on the next lines."""
    look = None
    for page, line in paper.text:
        if heading(paper, page, line):
            look = line.chars[0].font
        elif paper.starts_paragraph(page, line) or line.chars[0].font != look:
            look = None
            yield from line.chars


def lines(paper):
    """Type and lines of the body."""
    wrong = [pair for pair in paper.text if abs(pair[1].size - 16) > 0.3]
    size = wrong[0][1].size if wrong else (paper.text[0][1].size if paper.text else None)
    yield finding(
        "body_size", "5.2.2", "正文字号 size of the body", "3号, 16 ± 0.3 pt",
        "not found" if size is None else f"{size:g} pt" + (f" ({at(*wrong[0])})" if wrong else ""),
        paper.text and not wrong,
    )  # fmt: skip
    yield typeface("body_font", "5.2.2", "正文字体 typeface of the body", "仿宋", list(_plain(paper)))
    colored = [
        f"{char.color} ({at(page, line)})"
        for page, line in paper.text
        for char in line.chars
        if max(char.color) > BLACKEST
    ]
    yield finding(
        "body_color", "5.2.4", "正文颜色 colour of the body", "black", colored[0] if colored else "black", not colored
    )  # fmt: skip
    full = {}
    for page, line in paper.body:
        full.setdefault(page.number, []).append(line)
    most = max(full.values(), key=len, default=[])
    pitches = [lower.baseline - upper.baseline for upper, lower in itertools.pairwise(most)]
    usual = Counter(round(pitch / POINT, 1) for pitch in pitches).most_common(1)
    yield finding(
        "lines_per_page", "5.2.3", "每面行数 lines of a full page", "22 lines, 29.6 ± 0.7 pt apart",
        f"{len(most)} lines" + (f", {usual[0][0]} pt apart" if usual else ""),
        len(most) == 22 and abs(usual[0][0] - anatomy.LINE_PITCH) <= 0.7, else_=Verdict.WARN,
    )  # fmt: skip
    lengths = [_full_characters(line) for _, line in paper.body]
    longest = max(lengths, default=0)
    yield finding(
        "characters_per_line", "5.2.3", "每行字数 characters of a full line", "28",
        f"{longest:g}", 27 <= longest <= 28.5, else_=Verdict.WARN,
    )  # fmt: skip
    short = [pair for pair in _running_on(paper) if paper.right(pair[0]) - pair[1].x1 > 0.6]
    running = len(_running_on(paper))
    yield finding(
        "justified", "5.2.3", "撑满版心 lines reach the right edge", "all but 1 in 20",
        f"{running - len(short)} of {running}" + (f" ({at(*short[0])})" if short else ""),
        len(short) * 20 <= running, else_=Verdict.WARN,
    )  # fmt: skip


def _full_characters(line):
    return sum(1 if unicodedata.east_asian_width(c.text) in "WFA" else 0.5 for c in line.chars)


def _running_on(paper):
    """Lines of the body that the next line of the same page continues."""
    return [
        (page, line)
        for (page, line), (other, after) in itertools.pairwise(paper.text)
        if page is other
        and after.top - line.top < 12
        and abs(after.x0 - paper.left(page)) < 1
        and not line.text.endswith(("。", "：", "；"))
    ]


def page_numbers(paper):
    """ "— 1 —" in 14 points, outside: right on odd pages, left on even ones; a landscape page like an upright one."""
    numbers = {page.number: _number_of(page) for page in paper.pages}
    blank = _may_go_without(paper)
    wrong = [
        n for n, chars in numbers.items() if "".join(c.text for c in chars) != f"—{n}—" and n not in blank
    ]
    yield finding(
        "page_number", "7.5", "页码 page numbers", "— 1 — on every page",
        f"wrong on page {', '.join(map(str, wrong[:5]))}" if wrong else f"{len(numbers) - len(blank)} pages", not wrong,
    )  # fmt: skip
    chars = [char for found in numbers.values() for char in found]
    yield typeface("page_number_font", "7.5", "页码字体 typeface of page numbers", "宋体", chars)
    yield all_near(
        "page_number_size",
        "7.5",
        "页码字号 size of page numbers",
        [("", char.size) for char in chars],
        14,
        0.3,
        unit="pt",
    )
    upright = [
        (page, numbers[page.number]) for page in paper.pages if not page.is_landscape and numbers[page.number]
    ]
    dashes = [
        (f"page {page.number}", (found[0].ink[1] + found[0].ink[3]) / 2 - FOOT) for page, found in upright
    ]
    yield all_near("page_number_height", "7.5", "页码一字线 dash below the type area", dashes, 7, 0.5)
    sides = [(f"page {page.number}", _from_edge(paper, page, found)) for page, found in upright]
    yield all_near(
        "page_number_side", "7.5", "单页居右双页居左空一字 from the outer edge", sides, 14 * POINT, 1
    )
    across = [
        (page, numbers[page.number]) for page in paper.pages if page.is_landscape and numbers[page.number]
    ]
    if across:
        places = [(f"page {page.number}", _off_place(page, found)) for page, found in across]
        yield all_near(
            "landscape_number", "8", "横表页码位置 number of a landscape page, off its place", places, 0, 1
        )


def _number_of(page):
    """The characters of a page's number, in reading order."""
    if page.is_landscape:
        found = [c for c in page.turned if abs(c.size - 14) < 3 and c.ink[2] < 36]
        return sorted(found, key=lambda char: char.ink[1])
    return sorted(
        (c for c in page.chars if c.ink[1] > FOOT and (c.size > 12 or c.text == "—")),
        key=lambda char: char.x0,
    )


def _may_go_without(paper):
    """A blank page before the imprint and the page of that imprint carry no number."""
    empty = {page.number for page in paper.pages if not page.chars}
    last = len(paper.pages)
    return empty | ({last} if last - 1 in empty else set())


def _from_edge(paper, page, found):
    return paper.right(page) - found[-1].x1 if page.is_odd else found[0].x0 - paper.left(page)


def _off_place(page, found):
    """How far the dash is from its place on the upright sheet: 28 mm from the left, at the foot or the head."""
    across = (found[0].ink[0] + found[0].ink[2]) / 2 - (297 - FOOT - 7)
    along = found[-1].ink[3] - (184 - 14 * POINT) if page.is_odd else found[0].ink[1] - (26 + 14 * POINT)
    return max(across, along, key=abs)


def text(paper):
    broken = [
        at(page, line)
        for page, line in paper.body
        if line.text[0] in NEVER_FIRST or line.text[-1] in NEVER_LAST
    ]
    yield finding(
        "line_breaks",
        "9",
        "避头尾 no line starts with 。 or ends with （",
        "none",
        broken[0] if broken else "none",
        not broken,
    )
    narrow = [at(page, line) for page, line in paper.text if HALF_WIDTH.search(line.text)]
    yield finding(
        "punctuation", "9", "全角标点 full-width punctuation", "none half-width", narrow[0] if narrow else "none",
        not narrow, else_=Verdict.WARN,
    )  # fmt: skip
    loose = sorted({name for page in paper.pages for name in page.loose_fonts})
    yield finding(
        "fonts_embedded", "5.2", "字体嵌入 fonts embedded", "all", "、".join(loose) or "all", not loose
    )
