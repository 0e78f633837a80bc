"""A PDF with a text layer → paragraphs: running heads and page numbers dropped, wrapped lines put together.

Chinese lines are set to the full width; so a line that reaches the right edge goes on in the next one, unless that
one is indented. Tables are read by their ruled lines, two columns of text one after the other, footnotes at the end.
"""

import ctypes
import re
from collections import Counter
from itertools import pairwise
from statistics import median

import pypdfium2
import pypdfium2.raw as pdfium

from . import limits
from .blocks import LABEL
from .columns import find_gutter, parted
from .contents import without_contents
from .margins import Line, Table, without_margins
from .refusals import refuse
from .ruling import find_grid
from .tables import table_lines
from .text import fold

CELL_GAP = 1.8  # a gap of so many characters within a line separates cells
BLANK = 0.3  # characters: the space at which a line was broken
NEAR = 1.5  # characters to the right edge by which a full line may fall short
# Where a line may not be broken; some programs break behind a quotation mark, some do not.
UNBREAKABLE = re.compile(
    r"[!-~]+[，。、；：！？）〕】》”]*|[“‘（〔【《]*(?:.[“”‘’])*.[，。、；：！？）〕】》”,.;:!?)]*"
)
RAISED = re.compile(r"[\d①-⑳]")
PADDING = 13  # points that Word keeps free beside the text of a cell, and a little more
PRIVATE = re.compile("[\ue000-\uf8ff\ufffd]")
PASSWORD, DAMAGED = 4, 3  # error codes of FPDF_GetLastError that matter here


def pdf_text(data, filename):
    """Return the paragraphs. Refuses scans, locked and damaged files and such without usable characters."""
    pages = _pages(data, filename)
    lines = [line for page in pages for line in page]
    characters = sum(len(line.text) for line in lines)
    if characters < 20 * max(1, len(pages) // 4):
        raise refuse("scanned", filename=filename)
    if sum(len(PRIVATE.findall(line.text)) for line in lines) * 5 > characters:
        raise refuse("unreadable_pdf", filename=filename)
    return "\n".join(without_contents(list(_paragraphs(pages))))


def _pages(data, filename):
    try:
        document = pypdfium2.PdfDocument(data)
    except pypdfium2.PdfiumError as error:
        locked = getattr(error, "err_code", None) == PASSWORD
        raise refuse("encrypted" if locked else "damaged", filename=filename) from error
    try:
        if len(document) > limits.MAX_PAGES:
            raise refuse("too_complex", filename=filename)
        pages, count, gutters = [], 0, {}
        for number in range(len(document)):
            lines, height = _page(document, number, gutters)
            count += sum(len(line.text) for line in lines)
            if count > limits.MAX_TEXT:
                raise refuse("too_complex", filename=filename)
            pages.append((lines, height))
    except pypdfium2.PdfiumError as error:
        raise refuse("damaged", filename=filename) from error
    finally:
        document.close()
    return without_margins(pages)


def _page(document, number, gutters):
    page = document[number]
    layer = page.get_textpage()
    try:
        characters, grid = _characters(layer), find_grid(page)
        width, height = page.get_size()
        if page.get_rotation() in (90, 270):  # places are told of the page as it lies, not as it is shown
            width, height = height, width
        return (
            _with_table(characters, width, grid) if grid else _text_lines(characters, width, gutters)
        ), height
    finally:
        layer.close()
        page.close()


def _with_table(characters, width, grid):
    """Take the characters inside of the ruled lines out into their cells."""
    outside, inside = [], {}
    for item in characters:
        place = grid.place((item[1] + item[2]) / 2, item[0] + 0.3 * item[3])
        (outside if place is None else inside.setdefault(place, [])).append(item)
    if len(inside) < 2:
        return _lines(characters, width)
    texts = {place: _cell(_lines(found, width), grid.width(*place)) for place, found in inside.items()}
    table = Table(grid.cells(texts), grid.tops[0], "".join(texts.values()), grid.is_open)
    return sorted([*_lines(outside, width), table], key=lambda item: -item.base)


def _cell(lines, width):
    """Put wrapped lines of a cell together: a line is wrapped where what follows would not have found room."""
    text = ""
    for last, line in zip([None, *lines], lines, strict=False):
        wrapped = last and last.right - last.left + _head(line) * last.size > width - PADDING
        text += ("" if wrapped or not text else "\n") + line.text
    return text


def _characters(layer):
    """Return (baseline, left, right, size, character) of what is printed on a page, each once."""
    found, seen = [], set()
    x, y, box = ctypes.c_double(), ctypes.c_double(), pdfium.FS_RECTF()
    for at in range(min(layer.count_chars(), limits.MAX_TEXT)):
        code = pdfium.FPDFText_GetUnicode(layer, at)
        if code < 32 or pdfium.FPDFText_IsGenerated(layer, at) == 1:
            continue
        pdfium.FPDFText_GetCharOrigin(layer, at, x, y)
        pdfium.FPDFText_GetLooseCharBox(layer, at, box)
        size = max(1.0, abs(box.top - box.bottom) / 1.2)
        place = (code, round(x.value / 2), round(y.value / 2))
        if place in seen and code != 32:  # bold that is printed twice
            continue
        seen.add(place)
        right = max(box.right, x.value)
        found.append((y.value, x.value, right, size, chr(code)))
    return found


def _text_lines(characters, width, gutters):
    """The lines of a page without a table; ``gutters`` maps the width of a page to the gutter that was found last."""
    rows = _rows(characters)
    gutter = find_gutter(rows, width, gutters.get(width))
    if gutter is None:
        return [line for row in rows if (line := _line(row, width)).text]
    gutters[width] = gutter
    return _column_lines(rows, gutter, width)


def _lines(characters, width):
    """Put the characters of a page into lines, from top to bottom."""
    return [line for row in _rows(characters) if (line := _line(row, width)).text]


def _rows(characters):
    rows = []
    for item in sorted(characters, key=lambda item: (-item[0], item[1])):
        if rows and abs(rows[-1][0][0] - item[0]) < 0.45 * max(item[3], rows[-1][0][3]):
            rows[-1].append(item)
        else:
            rows.append([item])
    return [sorted(row, key=lambda item: item[1]) for row in rows]


def _column_lines(rows, gutter, width):
    """The lines of two columns; each as if it were the only one, for its lines end at its own edge."""
    lines = [(side, line) for side, row in parted(rows, gutter) if (line := _line(row, width)).text]
    found = {side: [line for other, line in lines if other == side] for side in (1, 2)}
    starts = {side: min(line.left for line in found[side]) for side in found if found[side]}
    if not starts:
        return [line for _side, line in lines]
    # The same on every page, to the point, for what goes on in the next column is told by it.
    wide = gutter[0] - min(starts.values())
    for side, start in starts.items():
        for line in found[side]:
            line.left, line.right, line.width = line.left - start, line.right - start, wide
    return [line for _side, line in lines]


def _line(row, width):
    row = _without_marks(row)
    pieces, size = [], _size(row)
    even = _even_gap(row)
    for at, (_base, left, _right, _height, character) in enumerate(row):
        if at:
            gap = left - row[at - 1][2]
            if gap > CELL_GAP * size:
                pieces.append("\t" if pieces and pieces[-1] != "\t" else "")
            elif gap > max(0.3 * size, 3 * even):
                pieces.append(" ")
        pieces.append(character)
    inked = [item for item in row if not item[4].isspace()] or row
    text = re.sub(" *\t[ \t]*", "\t", re.sub(" {2,}", " ", "".join(pieces))).strip()
    return Line(text, inked[0][1], inked[-1][2], row[0][0], size, width)


def _without_marks(row):
    """Leave out the raised figures that lead to a footnote; m² and CO₂ stay."""
    size = median(item[3] for item in row)
    base = median(item[0] for item in row)
    kept = [
        item
        for before, item in zip([None, *row], row, strict=False)
        if not (
            item[3] < 0.8 * size
            and item[0] > base + 0.15 * size
            and RAISED.match(item[4])
            and before
            and not before[4].isascii()
        )
    ]
    return kept or row


def _size(row):
    """The width of a Chinese character; where a line has none, its height has to do."""
    wide = [right - left for _base, left, right, _height, character in row if ord(character) > 0x2E80]
    return max(1.0, median(wide)) if len(wide) > 2 else median(item[3] for item in row)


def _even_gap(row):
    """What a justified line adds between any two characters."""
    gaps = [following[1] - item[2] for item, following in pairwise(row)]
    return max(0.0, median(gaps)) if gaps else 0.0


def _paragraphs(pages):
    """Yield the paragraphs of all pages; one may go on over the end of a page, and so may a table."""
    items = [item for page in pages for item in page]
    lines = [item for item in items if isinstance(item, Line)]
    edges = {width: _edges(width, lines) for width in {line.width for line in lines}}
    held, rows, last = "", [], None
    indents = _indents(lines, edges)
    for item in items:
        if isinstance(item, Table):
            if isinstance(last, Line):
                yield held
            rows = _joined_rows(rows, item.rows, isinstance(last, Table) and last.is_open)
        elif isinstance(last, Line) and _goes_on(last, item, *edges[item.width], indents):
            held += _joint(held, item) + item.text
        else:
            if isinstance(last, Line):
                yield held
            yield from table_lines(rows)
            held, rows = item.text, []
        last = item
    if isinstance(last, Line):
        yield held
    yield from table_lines(rows)


def _joined_rows(rows, following, is_open):
    """Put the tables of two pages together; a row that a page end cuts is one row."""
    if not rows or len(rows[-1]) != len(following[0]):
        return rows + following
    at = 1 if following[0] == rows[0] and len(following) > 1 else 0  # the headings come again
    above, below = rows[-1], following[at]
    if not is_open and not _is_cut(above, below):
        return rows + following[at:]
    whole = [
        before + after if isinstance(before, str) and isinstance(after, str) else before
        for before, after in zip(above, below, strict=True)
    ]
    return [*rows[:-1], whole, *following[at + 1 :]]


def _is_cut(above, below):
    """Few cells of the row go on, and those in mid-sentence: the short ones were finished on the page before."""
    filled = [
        (before, after)
        for before, after in zip(above, below, strict=True)
        if isinstance(after, str) and after
    ]
    if (
        below[0]
        or not filled
        or 2 * len(filled) > sum(isinstance(cell, str) and bool(cell) for cell in above)
    ):
        return False
    return all(isinstance(before, str) and before and before[-1] not in "。；;" for before, _ in filled)


def _edges(width, lines):
    """The left and right edge of the text on pages of this width: where long lines begin and end most often."""
    lines = [line for line in lines if line.width == width]
    long = [line for line in lines if len(line.text) >= 15] or lines
    left = min((value for value, count in _common(line.left for line in long)), default=0)
    counts = Counter(round(line.right / 3) for line in long)
    right = 3 * max(
        value for value, count in counts.items() if count * 12 >= len(long) or count == max(counts.values())
    )
    # Where no line is long enough to be full, the margins are taken to be equal.
    return left, right if right - left > 0.8 * (width - 2 * left) else width - left


def _common(values):
    counts = Counter(round(value) for value in values)
    total = sum(counts.values())
    return [item for item in counts.items() if item[1] * 12 >= total] or list(counts.items())


def _indents(lines, edges):
    """Say whether numbered paragraphs are indented: asked where the line before is short, so that one surely begins."""
    found = Counter(
        line.left > edges[line.width][0] + 1.2 * line.size
        for last, line in pairwise(lines)
        if last.width == line.width and _starts(line) and not _is_full(last, line, edges[line.width][1])
    )
    return found[True] > 3 * found[False]


def _goes_on(last, line, left, right, indents):
    if last.width != line.width or not _is_full(last, line, right) or last.text.count("\t") > 1:
        return False
    if abs(line.size - last.size) > 0.25 * last.size:
        return False
    if line.left > left + 1.2 * line.size:  # an indented line begins a paragraph
        return line.left < last.left + 0.5 * line.size and not _starts(line) and not _ends(last)
    return indents or not (_starts(line) and _ends(last))


def _is_full(last, line, right):
    """Whether what begins the next line would not have found room in the last one."""
    return last.right + (max(NEAR, _head(line)) + BLANK) * last.size >= right


def _head(line):
    """How many characters wide the first piece of a line is that cannot be broken."""
    head = UNBREAKABLE.match(line.text).group()
    return sum(0.5 if character.isascii() else 1 for character in head)


def _starts(line):
    return bool(LABEL.match(fold(line.text)))


def _ends(line):
    return line.text[-1] in "。；;：:！？!?〕】"


def _joint(before, line):
    """Latin words need the space that the line end stood for; so does a number, to be seen as one."""
    latin = before[-1:].isascii() and before[-1:].isalpha() and line.text[:1].isascii()
    return " " if latin or _starts(line) else ""
