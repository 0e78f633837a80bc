"""Which line of a measured paper is what: number, title, addressee, body, annexes, signature, imprint.

Edges of the type area are measured, not assumed: a paper that is printed too far to the left then breaks the rule of
the margin and no other.
"""

import re
from functools import cached_property

from reports.documents.checks.measured import Page, whole_rules

LEFT_ODD, LEFT_EVEN, TOP, WIDTH, HEIGHT = 28, 26, 37, 156, 225
FOOT = TOP + HEIGHT
CHARACTER = 16 * 25.4 / 72
LINE_PITCH = 29.6  # (225 mm − 16 pt) / 21: 22 lines flush with both edges of the type area
# Captions, notes and cells are smaller than any text of the body that went wrong.
SMALLEST_BODY, LARGEST_BODY = 13, 19
NUMBER = re.compile(r"^(\S+?〔\d{4}〕\d+号)(签发人：(\S+))?$")
ANY_NUMBER = re.compile(r"^\S+?[〔\[【（(]?\d{4}[〕\]】）)]?\S*?\d+号")
DATE = re.compile(r"^\d{4}年\d{1,2}月\d{1,2}日$")
ANNEX_HEAD = re.compile(r"^附件\d*$")
INDENT_FROM = 3  # mm: a line that starts further right opens a paragraph

HEADINGS = (
    ("heading_1", "一、", "黑体", re.compile("^[一二三四五六七八九十百]+、")),
    ("heading_2", "（一）", "楷体", re.compile("^（[一二三四五六七八九十百]+）")),
    ("heading_3", "1.", "仿宋", re.compile(r"^\d{1,2}[.．](?!\d)")),
    ("heading_4", "（1）", "仿宋", re.compile(r"^（\d{1,2}）")),
)


class Paper:
    """The parts of a paper. Every part is a list of (page, line), empty when it is not there."""

    def __init__(self, pages: list[Page]):
        self.pages = pages

    @cached_property
    def annex_pages(self):
        """(page, line) of each "附件1" that opens a page."""
        firsts = ((page, page.lines[0]) for page in self.pages if page.lines)
        return [(page, line) for page, line in firsts if ANNEX_HEAD.match(line.text)]

    @cached_property
    def body_pages(self):
        """The upright pages before the first annex."""
        until = self.annex_pages[0][0].number if self.annex_pages else len(self.pages) + 1
        return [page for page in self.pages if page.number < until and not page.is_landscape]

    @cached_property
    def imprint_rules(self):
        """The rules as wide as the type area that frame the imprint, at the foot of the last page; top to bottom."""
        if not self.pages or self.pages[-1].is_landscape:
            return []
        last = self.pages[-1]
        wide = [rule for rule in whole_rules(last.level) if rule.length > WIDTH - 3 and rule.y > 150]
        beside = [
            rule for rule in wide if not any(top - 1 <= rule.y <= foot + 1 for top, foot in last.tables)
        ]
        return beside if any("印发" in line.text for line in last.lines) else []

    @cached_property
    def imprint(self):
        if not self.imprint_rules:
            return []
        last, first = self.pages[-1], self.imprint_rules[0].y
        return [(last, line) for line in last.lines if first < line.baseline < FOOT + 1]

    @cached_property
    def red_rule(self):
        """The red rule under the head, or None."""
        found = [rule for rule in self.pages[0].level if _is_red(rule.color) and rule.length > 100]
        return found[0] if found else None

    @cached_property
    def mark(self):
        """The lines of red type at the head."""
        lines = self.pages[0].lines
        return [(self.pages[0], line) for line in lines if line.size > 20 and _is_red(line.chars[0].color)]

    @cached_property
    def number(self):
        page = self.pages[0]
        above = self.red_rule.y if self.red_rule else 150
        found = [(page, line) for line in page.lines if line.top < above and ANY_NUMBER.match(line.text)]
        return found[-1:]

    @cached_property
    def title(self):
        """The large lines under the head, as long as they follow each other."""
        page, found = self.pages[0], []
        start = self.red_rule.y if self.red_rule else 0
        for line in page.lines:
            if line.top < start or _is_red(line.chars[0].color):
                continue
            if line.size < LARGEST_BODY:
                if found:
                    break
                continue
            found.append((page, line))
        return found

    @cached_property
    def body(self):
        """Every line of text from the addressee to the last before the annexes, without tables and small print."""
        start = self.title[-1][1].bottom if self.title else (self.red_rule.y if self.red_rule else 0)
        foot = self.imprint_rules[0].y if self.imprint_rules else FOOT + 5
        return [
            (page, line)
            for page in self.body_pages
            for line in page.lines
            if SMALLEST_BODY <= line.size < LARGEST_BODY
            and line.top < FOOT
            and not page.in_table(line)
            and (page.number > 1 or line.top > start)
            and (page is not self.pages[-1] or line.baseline < foot)
        ]

    @cached_property
    def addressee(self):
        """The paragraph under the title that starts at the edge and ends in a colon."""
        found = []
        for page, line in self.body[:6]:
            if page.number > 1 or (not found and line.x0 - self.left(page) > INDENT_FROM):
                return []
            found.append((page, line))
            if line.text.endswith(("：", ":")):
                return found
        return []

    @cached_property
    def date(self):
        dates = [pair for pair in self.body if DATE.match(pair[1].text)]
        return dates[-1:]

    @cached_property
    def signature(self):
        """The lines of the signing office: those right above the date that start where the first of them does."""
        if not self.date:
            return []
        page, date = self.date[0]
        above = [line for other, line in self.body if other is page and line.top < date.top]
        found = []
        for line in reversed(above):
            near = (found[0][1].top if found else date.top) - line.top
            if near > 12 or line.x0 - self.left(page) < INDENT_FROM or line.text.endswith(("。", "：")):
                break
            found.insert(0, (page, line))
        return found

    @cached_property
    def annex_note(self):
        """The lines of the note "附件：1. …" between text and signature."""
        found = []
        for page, line in self.body:
            if not found and line.text.startswith("附件：") and line.x0 - self.left(page) > INDENT_FROM:
                found.append((page, line))
            elif found:
                # A name that runs on hangs under its first character, the next number under the first one.
                first_page, first = found[0]
                if (
                    page is not first_page
                    or line.top - found[-1][1].top > 12
                    or line.x0 < first.x0 + CHARACTER
                ):
                    break
                found.append((page, line))
        return found

    @cached_property
    def text(self):
        """The body without addressee, annex note, signature and date."""
        apart = {
            id(line)
            for part in (self.addressee, self.annex_note, self.signature, self.date)
            for _, line in part
        }
        return [(page, line) for page, line in self.body if id(line) not in apart]

    def starts_paragraph(self, page, line):
        return INDENT_FROM < line.x0 - self.left(page) < 20

    @cached_property
    def _edges(self):
        """Measured left edges by parity of the page."""
        start = self.title[-1][1].bottom if self.title else 0
        found = {}
        for odd, usual in ((True, LEFT_ODD), (False, LEFT_EVEN)):
            edges = [
                line.x0
                for page in self.pages
                if page.is_odd is odd and not page.is_landscape
                for line in page.lines
                if SMALLEST_BODY < line.size < LARGEST_BODY
                and line.top < FOOT - 25
                and not page.in_table(line)
                and (page.number > 1 or line.top > start)
            ]
            nearest = min(edges, default=usual)
            found[odd] = nearest if edges and abs(nearest - usual) < INDENT_FROM * 3 else usual
        return found

    def left(self, page):
        return self._edges[page.is_odd]

    def right(self, page):
        return self.left(page) + WIDTH

    @cached_property
    def tops(self):
        """(page, line) of the first line of each upright page that starts with text of the body."""
        later = [page for page in self.pages[1:] if not page.is_landscape and page.lines]
        return [
            (page, page.lines[0])
            for page in later
            if SMALLEST_BODY < page.lines[0].size < LARGEST_BODY and page.lines[0].top < 60
        ]

    @cached_property
    def top(self):
        return min((line.top for _, line in self.tops), default=TOP)


def _is_red(color):
    return color[0] > 180 and max(color[1:]) < 90


def heading(paper, page, line):
    """Which level of heading a line opens, or None."""
    if not paper.starts_paragraph(page, line):
        return None
    return next((rule for rule, _, _, form in HEADINGS if form.match(line.text)), None)
