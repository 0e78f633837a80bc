"""Two columns of text on a PDF page → read one after the other. Only a gutter that many full lines share is trusted."""

from itertools import pairwise
from statistics import median

GUTTER = 1.2  # characters wide at least
FEWEST = 8  # lines on both sides of it
MIDDLE = (0.35, 0.65)  # where on the page it may lie
WIDEST = 0.12  # gutter, as a share of the page
NARROWEST = 0.22  # column
FULL = 0.7  # of its column, as wide as lines of prose are and cells of a table are not


def find_gutter(rows, width, known=None):
    """Return (from, to) of the gutter of a page, None where it has one column. ``rows`` are sorted from the left.

    ``known`` is the gutter of a page before: the last page may have few lines.
    """
    gaps = []
    for row in rows:
        inked = [item for item in row if not item[4].isspace()]
        for before, after in pairwise(inked):
            middle = (before[2] + after[1]) / 2
            wide = after[1] - before[2] > GUTTER * before[3] * 0.8
            if wide and MIDDLE[0] * width < middle < MIDDLE[1] * width:
                gaps.append((before[2], after[1], middle, inked[0][1], inked[-1][2]))
    if not gaps:
        return None
    if len(gaps) < FEWEST and known:
        same = [gap for gap in gaps if gap[0] <= known[0] + 1 and gap[1] >= known[1] - 1]
        return known if same else None
    center = median(gap[2] for gap in gaps)
    gaps = [gap for gap in gaps if gap[0] < center < gap[1]]
    if len(gaps) < FEWEST:
        return None
    start, end = max(gap[0] for gap in gaps), min(gap[1] for gap in gaps)
    first, last = min(gap[3] for gap in gaps), max(gap[4] for gap in gaps)
    if end <= start or end - start > WIDEST * width or min(start - first, last - end) < NARROWEST * width:
        return None
    left = median((gap[0] - gap[3]) / (start - first) for gap in gaps)
    right = median((gap[4] - gap[1]) / (last - end) for gap in gaps)
    return (start, end) if min(left, right) > FULL else None


def parted(rows, gutter):
    """Yield (side, row) in reading order: 0 for what goes over both columns, 1 for the left and 2 for the right."""
    start, end = gutter
    left, right = [], []
    for row in rows:
        if any(item[1] < end - 1 and item[2] > start + 1 and not item[4].isspace() for item in row):
            yield from _flushed(left, right)
            left, right = [], []
            yield 0, row
            continue
        left.append([item for item in row if item[2] <= start + 1])
        right.append([item for item in row if item[1] >= end - 1])
    yield from _flushed(left, right)


def _flushed(left, right):
    for side, rows in ((1, left), (2, right)):
        yield from ((side, row) for row in rows if row)
