"""A finished PDF as characters, lines and rules, read back with PDFium. Millimetres from the upper left corner of the
sheet, type sizes in points. Nothing here knows the standard.
"""

import ctypes
import itertools
import json
from collections import Counter
from contextlib import suppress
from dataclasses import dataclass, field
from functools import cached_property
from statistics import median

import pypdfium2
import pypdfium2.raw as pdfium
from PIL import ImageChops

POINT = 25.4 / 72
# A Chinese character fills its em square, which reaches this far above the base line.
ASCENT = 0.88
SAME_LINE = 0.6
THIN = 1.2  # mm: what is thicker is no rule
SLANT = 0.05
DPI = 150
RED, NOT_RED = 200, 90


class Unreadable(Exception):
    """The file is no PDF, or one that PDFium cannot open."""


@dataclass(frozen=True, slots=True)
class Char:
    """One visible character; ``ink`` is (left, top, right, bottom) of its drawing, ``turned`` that it stands on end."""

    text: str
    font: str
    size: float
    x0: float
    x1: float
    baseline: float
    ink: tuple[float, float, float, float]
    color: tuple[int, int, int]
    turned: bool


@dataclass(frozen=True)
class Line:
    """The characters of one base line, from left to right."""

    chars: tuple[Char, ...]

    @cached_property
    def text(self):
        return "".join(char.text for char in self.chars)

    @cached_property
    def size(self):
        """Of most of its characters."""
        return Counter(round(char.size, 1) for char in self.chars).most_common(1)[0][0]

    @cached_property
    def baseline(self):
        return median(char.baseline for char in self.chars)

    @property
    def x0(self):
        return self.chars[0].x0

    @property
    def x1(self):
        return max(char.x1 for char in self.chars)

    @property
    def centre(self):
        return (self.x0 + self.x1) / 2

    @property
    def top(self):
        return self.baseline - ASCENT * self.size * POINT

    @property
    def bottom(self):
        return self.baseline + (1 - ASCENT) * self.size * POINT

    @property
    def ink_bottom(self):
        return max(char.ink[3] for char in self.chars)


@dataclass(frozen=True)
class Rule:
    """A straight line by the box that it fills; ``thickness`` is the shorter side."""

    x0: float
    y0: float
    x1: float
    y1: float
    thickness: float
    color: tuple[int, int, int]

    @property
    def y(self):
        return (self.y0 + self.y1) / 2

    @property
    def length(self):
        return max(self.x1 - self.x0, self.y1 - self.y0)


@dataclass
class Page:
    """One sheet side. ``lines`` hold upright text only; what stands on end is in ``turned``."""

    number: int
    width: float
    height: float
    chars: list[Char] = field(default_factory=list)
    level: list[Rule] = field(default_factory=list)
    upright: list[Rule] = field(default_factory=list)
    loose_fonts: set[str] = field(default_factory=set)

    @property
    def is_landscape(self):
        return self.width > self.height

    @property
    def is_odd(self):
        return self.number % 2 == 1

    @cached_property
    def lines(self):
        return lines_of([char for char in self.chars if not char.turned])

    @cached_property
    def turned(self):
        return [char for char in self.chars if char.turned]

    @cached_property
    def tables(self):
        """(top, bottom) of every stretch of the page beside which upright rules stand."""
        spans = []
        for rule in sorted(self.upright, key=lambda rule: rule.y0):
            if spans and rule.y0 <= spans[-1][1] + 1:
                spans[-1] = (spans[-1][0], max(spans[-1][1], rule.y1))
            else:
                spans.append((rule.y0, rule.y1))
        return [(top, bottom) for top, bottom in spans if bottom - top > 4]

    def in_table(self, line):
        return any(top <= line.baseline <= bottom for top, bottom in self.tables)


def lines_of(chars) -> list[Line]:
    """Characters grouped by their base lines, top to bottom."""
    lines = []
    for char in sorted(chars, key=lambda char: char.baseline):
        if lines and char.baseline - lines[-1][0].baseline <= SAME_LINE:
            lines[-1].append(char)
        else:
            lines.append([char])
    return [Line(tuple(sorted(line, key=lambda char: char.x0))) for line in lines]


def read(content: bytes) -> list[Page]:
    """Measure every page of a PDF. Errors: Unreadable."""
    with _opened(content) as document:
        return [_page(document[index], index + 1) for index in range(len(document))]


def title_and_data(content: bytes) -> tuple[str, dict]:
    """The title that a PDF bears, and what the file data.json that it carries says; empty where there is none.

    Errors: Unreadable.
    """
    with _opened(content) as document:
        title = document.get_metadata_dict().get("Title", "")
        for number in range(document.count_attachments()):
            file = document.get_attachment(number)
            if file.get_name() == "data.json":
                with suppress(ValueError):
                    data = json.loads(bytes(file.get_data()))
                    return title, data if isinstance(data, dict) else {}
    return title, {}


def _opened(content):
    try:
        return pypdfium2.PdfDocument(content)
    except pypdfium2.PdfiumError as error:
        raise Unreadable(str(error)) from error


def red_ink(content: bytes, page=0) -> tuple[list[tuple], float]:
    """The red parts of a page as they are printed: [(left, top, right, bottom)] from top to bottom.

    Parts are told apart by a gap of half a millimetre without red. The second value is the size of a pixel in mm.
    """
    with pypdfium2.PdfDocument(content) as document:
        image = document[page].render(scale=DPI / 72).to_pil().convert("RGB")
    red, green, blue = image.split()
    mask = ImageChops.multiply(
        red.point(lambda value: 255 * (value > RED)),
        ImageChops.multiply(*(one.point(lambda value: 255 * (value < NOT_RED)) for one in (green, blue))),
    )
    pixel, parts = 25.4 / DPI, []
    for y in range(mask.height):
        if box := mask.crop((0, y, mask.width, y + 1)).getbbox():
            row = (box[0] * pixel, y * pixel, box[2] * pixel, (y + 1) * pixel)
            if parts and row[1] - parts[-1][3] < 0.5:
                last = parts[-1]
                parts[-1] = (min(last[0], row[0]), last[1], max(last[2], row[2]), row[3])
            else:
                parts.append(row)
    return parts, pixel


def _page(source, number):
    width, height = source.get_size()
    page = Page(number, width * POINT, height * POINT)
    text = source.get_textpage()
    page.chars = list(_chars(text.raw, height))
    for item in source.get_objects(max_depth=3):
        if item.type == pdfium.FPDF_PAGEOBJ_PATH:
            _add_rule(page, item, height)
        elif item.type == pdfium.FPDF_PAGEOBJ_TEXT:
            font = pdfium.FPDFTextObj_GetFont(item.raw)
            if not pdfium.FPDFFont_GetIsEmbedded(font):
                page.loose_fonts.add(_base_name(font))
    text.close()
    return page


def _chars(layer, height):
    """Visible characters; spaces are told by the gaps they leave."""
    x, y = ctypes.c_double(), ctypes.c_double()
    ink = [ctypes.c_double() for _ in range(4)]
    loose, matrix = pdfium.FS_RECTF(), pdfium.FS_MATRIX()
    colors = [ctypes.c_uint() for _ in range(4)]
    name = ctypes.create_string_buffer(256)
    for at in range(pdfium.FPDFText_CountChars(layer)):
        code = pdfium.FPDFText_GetUnicode(layer, at)
        if pdfium.FPDFText_IsGenerated(layer, at) == 1 or chr(code).isspace() or code in (0, 0x200B):
            continue
        pdfium.FPDFText_GetCharOrigin(layer, at, x, y)
        pdfium.FPDFText_GetLooseCharBox(layer, at, loose)
        pdfium.FPDFText_GetCharBox(layer, at, *ink)  # left, right, bottom, top
        pdfium.FPDFText_GetMatrix(layer, at, matrix)
        pdfium.FPDFText_GetFillColor(layer, at, *colors)
        pdfium.FPDFText_GetFontInfo(layer, at, name, len(name), None)
        if min(abs(matrix.a), abs(matrix.b)) > SLANT * max(abs(matrix.a), abs(matrix.b)):
            continue  # a watermark, which belongs to no part of the paper
        scale = (matrix.c**2 + matrix.d**2) ** 0.5
        yield Char(
            text=chr(code),
            font=name.value.decode("utf-8", "replace").split("+")[-1],
            size=pdfium.FPDFText_GetFontSize(layer, at) * scale,
            x0=loose.left * POINT,
            x1=loose.right * POINT,
            baseline=(height - y.value) * POINT,
            ink=tuple(
                edge * POINT
                for edge in (ink[0].value, height - ink[3].value, ink[1].value, height - ink[2].value)
            ),
            color=tuple(color.value for color in colors[:3]),
            turned=abs(matrix.b) > abs(matrix.a),
        )


def _add_rule(page, item, height):
    left, bottom, right, top = item.get_bounds()
    fill, stroke = ctypes.c_int(), ctypes.c_int()
    pdfium.FPDFPath_GetDrawMode(item.raw, fill, stroke)
    wide, high = right - left, top - bottom
    if min(wide, high) * POINT > THIN or max(wide, high) * POINT < 2:
        return
    thickness, read_color = min(wide, high), pdfium.FPDFPageObj_GetFillColor
    if stroke.value:
        # PDFium adds the whole width of the pen on either side.
        thickness, read_color = thickness / 2, pdfium.FPDFPageObj_GetStrokeColor
        if wide > high:
            left, right, bottom, top = (
                left + thickness,
                right - thickness,
                bottom + thickness / 2,
                top - thickness / 2,
            )
        else:
            left, right, bottom, top = (
                left + thickness / 2,
                right - thickness / 2,
                bottom + thickness,
                top - thickness,
            )
    colors = [ctypes.c_uint() for _ in range(4)]
    read_color(item.raw, *colors)
    rule = Rule(
        left * POINT,
        (height - top) * POINT,
        right * POINT,
        (height - bottom) * POINT,
        thickness * POINT,
        tuple(color.value for color in colors[:3]),
    )
    (page.level if wide > high else page.upright).append(rule)


def whole_rules(rules) -> list[Rule]:
    """Level rules with their pieces put together: a table draws one per cell."""
    found = []
    for _, row in itertools.groupby(
        sorted(rules, key=lambda rule: round(rule.y, 1)), key=lambda r: round(r.y, 1)
    ):
        for rule in sorted(row, key=lambda rule: rule.x0):
            last = found[-1] if found else None
            if last and abs(last.y - rule.y) < 0.15 and rule.x0 <= last.x1 + 0.5:
                found[-1] = Rule(last.x0, last.y0, max(last.x1, rule.x1), last.y1, last.thickness, last.color)
            else:
                found.append(rule)
    return found


def _base_name(font):
    length = pdfium.FPDFFont_GetBaseFontName(font, None, 0)
    name = ctypes.create_string_buffer(length)
    pdfium.FPDFFont_GetBaseFontName(font, name, length)
    return name.value.decode("utf-8", "replace").split("+")[-1]
