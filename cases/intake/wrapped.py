"""Text pasted with its line ends, as from a PDF or an old web page → paragraphs.

Only a text whose lines all end at one edge is put together: prose that nobody wrapped has lines of any length.
"""

import re
import unicodedata

from .blocks import LABEL
from .text import fold
from .words import ALONE, FIELD

NARROWEST, WIDEST = 32, 120  # columns of a wrapped line; a Chinese character takes two
FULL = 0.88  # of the edge, as wide as a line is that ran into it
OVER = 1.08  # marks may hang over the edge
FEWEST = 6  # lines that are cut
SHARE = 0.15  # of all lines that are cut: headings and fields are short
CUT = 0.55  # of the full lines that stop within a sentence, which the next line goes on with
STOPS = "。；;：:！!？?"
CLOSING = frozenset("，。、；：！？）〕】》”’％%,.;:)")
INDENT = re.compile(r"[ \u3000\u00a0\t]{2,}|\u3000")


def unwrapped(text):
    """Return the text with the lines put together that the edge of a page broke; as it is where none did."""
    lines = text.split("\n")
    widths = [_width(line) for line in lines]
    edge = _edge(lines, widths)
    if edge is None:
        return text
    indented = sum(bool(INDENT.match(line)) for line in lines) * 8 > sum(map(bool, widths))
    out, full = [], False
    for line, width in zip(lines, widths, strict=True):
        if full and _goes_on(out[-1], line, indented=indented):
            out[-1] += line.strip()
        else:
            out.append(line.rstrip())
        full = width >= FULL * edge
    return "\n".join(out)


def _width(line):
    return sum(1 + (unicodedata.east_asian_width(c) in "WFA") for c in line.rstrip())


def _edge(lines, widths):
    """The width at which the lines end, None where they do not end at one."""
    filled = sorted(width for width in widths if width)
    if len(filled) < FEWEST:
        return None
    edge = filled[len(filled) * 9 // 10]
    over = sum(width > edge * OVER + 4 for width in filled)
    if not NARROWEST <= edge <= WIDEST or over * 12 > len(filled):
        return None
    full = [
        (line, after)
        for line, after, width in zip(lines, [*lines[1:], ""], widths, strict=True)
        if width >= FULL * edge
    ]
    cut = sum(line.rstrip()[-1] not in STOPS and not _opens(after.strip()) for line, after in full)
    return edge if cut >= max(FEWEST, SHARE * len(filled), CUT * len(full)) else None


def _goes_on(last, line, *, indented):
    """Whether a line goes on with the full one before it."""
    if not line.strip() or not last.strip():
        return False
    if line[0] in CLOSING:
        return True
    if INDENT.match(line):
        return False
    stopped, opens = last.rstrip()[-1] in STOPS, _opens(line)
    return not (stopped and opens) if indented else not (stopped or opens)


def _opens(line):
    """Whether a line opens an item or a field; 责任单位 may be broken off its colon."""
    folded = fold(line)
    return not line or bool(LABEL.match(folded) or FIELD.match(folded) or ALONE.match(folded))
