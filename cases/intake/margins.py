"""What a PDF page prints around its text: running heads, page numbers, footnotes."""

import re
from collections import Counter
from dataclasses import dataclass
from statistics import median

PAGE_NUMBER = re.compile(
    r"[-—–~·•\s]*(?:第\s?)?\d{1,4}(?:\s?页)?(?:\s?[/／,，]?\s?共?\s?\d{1,4}\s?页?)?[-—–~·•\s]*$|[-—–\s]*[ivxIVX]{1,5}[-—–\s]*$"
)
DIGITS = re.compile(r"\d+")
MARGIN = 0.14  # share of the page's height in which a running head may stand
SMALL = 0.8  # of the size of most of the text: a running head, a footnote
NOTE_MARK = re.compile(r"\s*(?:\[\d{1,2}\]|\d{1,2}[.、 ]?|[①-⑳*＊※])")


@dataclass
class Line:
    text: str
    left: float
    right: float
    base: float
    size: float
    width: float  # of its page or column


@dataclass
class Table:
    """The rows of a table on one page; among the lines it stands at its upper edge."""

    rows: list
    base: float
    text: str  # all of it, to be counted
    is_open: bool  # the last row goes on over the end of the page


def without_margins(pages):
    """Return the lines of each page without page numbers and running heads; footnotes stand behind all text.

    ``pages`` are (lines and tables, height). A head stands at the same end of several pages, whatever its digits.
    """
    edges = Counter()
    for lines, height in pages:
        edges.update({_key(line) for line in lines if _at_edge(line, height)})
    often = {key for key, count in edges.items() if count >= max(3, len(pages) // 3)}
    often |= {key for key, count in edges.items() if count == len(pages) == 2}
    kept = [[line for line in lines if not _is_head(line, height, often)] for lines, height in pages]
    sizes = [line.size for lines in kept for line in lines if isinstance(line, Line) for _ in line.text]
    body = median(sizes) if sizes else 0
    if len(pages) == 1:
        kept = [_without_small_head(kept[0], pages[0][1], body)]
    return _notes_last(kept, body)


def _without_small_head(lines, height, body):
    """On a single page a head does not come again: it is small, and stands well apart from the text."""
    if len(lines) > 1 and _at_edge(lines[0], height) and lines[0].size < SMALL * body:
        apart = lines[0].base - lines[1].base > 2 * body
        return lines[1:] if apart else lines
    return lines


def _notes_last(pages, body):
    """Put the small lines at the foot of a page behind all text, for they stand between what goes on over its end."""
    notes, kept = [], []
    for lines in pages:
        at = len(lines)
        while at and isinstance(lines[at - 1], Line) and lines[at - 1].size < SMALL * body:
            at -= 1
        is_note = 0 < at < len(lines) and bool(NOTE_MARK.match(lines[at].text))
        kept.append(lines[:at] if is_note else lines)
        notes.extend(lines[at:] if is_note else [])
    return [*kept, notes] if notes else kept


def _key(line):
    return DIGITS.sub("0", line.text.replace(" ", "")), round(line.base / 4)


def _at_edge(line, height):
    return isinstance(line, Line) and (line.base > height * (1 - MARGIN) or line.base < height * MARGIN)


def _is_head(line, height, often):
    if not _at_edge(line, height):
        return False
    return _key(line) in often or bool(PAGE_NUMBER.match(line.text))
