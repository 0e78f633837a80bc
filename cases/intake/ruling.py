"""The ruled lines of a PDF page → the cells of its tables. Only lines are trusted, never the gaps between words."""

import ctypes
from bisect import bisect_right
from itertools import pairwise

import pypdfium2.raw as pdfium

from .tables import ABOVE, LEFT

NEAR = 2.5  # points by which the lines of one edge may lie apart
SHORTEST = 6  # points; what is shorter is no side of a cell
MAX_POINTS = 50_000  # of all paths of a page: a drawing has more, and is no table


class Grid:
    """The edges of the cells of a page. ``tops`` fall, for a page is measured from its foot.

    ``is_open`` says that the last row goes on over the end of the page.
    """

    def __init__(self, across, down):
        low, high = min(line[1] for line in down) + NEAR, max(line[2] for line in down) - NEAR
        across = [line for line in across if low - NEAR <= line[0] <= high + NEAR]
        # A row that the end of the page cuts has no line there.
        self.is_open = not across or min(across)[0] - low > SHORTEST
        ends = [end for end in (low, high) if all(abs(line[0] - end) > SHORTEST for line in across)]
        sides = min(line[0] for line in down), max(line[0] for line in down)
        self.across, self.down = [*across, *((end, *sides) for end in ends)], down
        self.sides = _edges(x for x, _, _ in down)
        self.tops = _edges(y for y, _, _ in self.across)[::-1]
        self.columns, self.rows = len(self.sides) - 1, len(self.tops) - 1
        self.falling, self.anchors = [-top for top in self.tops], {}

    def place(self, x, y):
        """Return (row, column) of the cell at a point, None outside of the table."""
        if not (self.sides[0] <= x <= self.sides[-1] and self.tops[-1] <= y <= self.tops[0]):
            return None
        row = bisect_right(self.falling, -y) - 1
        return self.anchor(min(row, self.rows - 1), min(bisect_right(self.sides, x) - 1, self.columns - 1))

    def anchor(self, row, column):
        """Return the first cell of a merged one."""
        place = row, column
        if place not in self.anchors:
            self.anchors[place] = self._anchor(row, column)
        return self.anchors[place]

    def _anchor(self, row, column):
        while column and not self._side(row, column):
            column -= 1
        while row and not self._top(row, column):
            row -= 1
        return row, column

    def cells(self, texts):
        """Return the rows of texts, ABOVE and LEFT in merged cells (see tables)."""
        return [
            [self._cell(row, column, texts) for column in range(self.columns)] for row in range(self.rows)
        ]

    def _cell(self, row, column, texts):
        first = self.anchor(row, column)
        if first == (row, column):
            return texts.get(first, "")
        return LEFT if first[1] < column else ABOVE

    def width(self, row, column):
        end = column + 1
        while end < self.columns and not self._side(row, end):
            end += 1
        return self.sides[end] - self.sides[column]

    def _side(self, row, column):
        middle = (self.tops[row] + self.tops[row + 1]) / 2
        x = self.sides[column]
        return any(abs(at - x) <= NEAR and low <= middle <= high for at, low, high in self.down)

    def _top(self, row, column):
        middle = (self.sides[column] + self.sides[column + 1]) / 2
        y = self.tops[row]
        return any(abs(at - y) <= NEAR and low <= middle <= high for at, low, high in self.across)


def find_grid(page):
    """Return the grid of a page; None where its lines make no table of two columns and two rows."""
    across, down, points = [], [], 0
    for item in page.get_objects(filter=[pdfium.FPDF_PAGEOBJ_PATH], max_depth=2):
        path = _points(item, MAX_POINTS - points)
        points += len(path)
        if points >= MAX_POINTS:
            return None
        for (x, y), (to_x, to_y) in pairwise(path):
            if abs(x - to_x) < 1 and abs(y - to_y) > SHORTEST:
                down.append(((x + to_x) / 2, min(y, to_y) - NEAR, max(y, to_y) + NEAR))
            elif abs(y - to_y) < 1 and abs(x - to_x) > SHORTEST:
                across.append(((y + to_y) / 2, min(x, to_x) - NEAR, max(x, to_x) + NEAR))
    if not down or not across:
        return None
    grid = Grid(_once(across), _once(down))
    return grid if grid.columns > 1 and grid.rows > 1 and grid.columns * grid.rows < 5_000 else None


def _points(item, limit):
    """Return the corners of a path on the page; curves count as lines, they are no sides of cells anyway."""
    matrix, point_x, point_y = pdfium.FS_MATRIX(), ctypes.c_float(), ctypes.c_float()
    pdfium.FPDFPageObj_GetMatrix(item, matrix)
    points, first = [], None
    for at in range(min(pdfium.FPDFPath_CountSegments(item), limit)):
        segment = pdfium.FPDFPath_GetPathSegment(item, at)
        pdfium.FPDFPathSegment_GetPoint(segment, point_x, point_y)
        x, y = point_x.value, point_y.value
        place = (matrix.a * x + matrix.c * y + matrix.e, matrix.b * x + matrix.d * y + matrix.f)
        if pdfium.FPDFPathSegment_GetType(segment) == pdfium.FPDF_SEGMENT_MOVETO:
            points.append((float("inf"), float("inf")))  # nothing is drawn to here
            first = place
        points.append(place)
        if first and pdfium.FPDFPathSegment_GetClose(segment):
            points.append(first)
    return points


def _once(lines):
    """Cells draw their common side twice, often in pieces: what lies on each other counts once."""
    return sorted({(round(at, 1), round(low), round(high)) for at, low, high in lines})


def _edges(values):
    edges = []
    for value in sorted(values):
        if not edges or value - edges[-1] > 2 * NEAR:
            edges.append(value)
    return edges
