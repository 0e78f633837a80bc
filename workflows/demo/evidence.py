"""Invented evidence: a drawn photo with its caption, a note in Word, a list in Excel. All small."""

import functools
import io
import math
from contextlib import suppress

from docx import Document
from openpyxl import Workbook
from PIL import Image, ImageDraw, ImageFont

from workflows.demo.material import MATERIAL
from workflows.demo.plan import printed

TOWN_NAMES = ("河东街道", "河西街道", "石桥镇", "柳林镇", "白鹭镇", "青石岭镇", "松坪乡", "云溪乡")
SIZE = (640, 420)
SKIES = (
    ((126, 178, 221), (226, 238, 246)),
    ((168, 196, 214), (240, 232, 214)),
    ((104, 160, 208), (214, 232, 244)),
)
GROUNDS = ((112, 148, 74), (146, 152, 84), (96, 134, 82), (164, 140, 92))


def photo(caption, day, rng):
    """A PNG of hills, a road and something that was built, with place and date below."""
    image = Image.new("RGB", SIZE)
    draw = ImageDraw.Draw(image)
    _sky(draw, rng)
    for depth in range(3):
        _hills(draw, depth, rng)
    ground = rng.choice(GROUNDS)
    draw.rectangle([0, 280, 640, 420], fill=ground)
    rng.choice((_houses, _pipes, _fields))(draw, rng)
    draw.polygon([(300, 280), (330, 280), (470, 380), (130, 380)], fill=(176, 170, 160))
    draw.rectangle([0, 380, 640, 420], fill=(32, 38, 44))
    _caption(draw, f"{caption}  {day:%Y-%m-%d}")
    buffer = io.BytesIO()
    image.quantize(64).save(buffer, "PNG", optimize=True)
    return buffer.getvalue()


def _sky(draw, rng):
    top, bottom = rng.choice(SKIES)
    for y in range(280):
        share = y / 280
        draw.line(
            [(0, y), (640, y)],
            fill=tuple(round(a + (b - a) * share) for a, b in zip(top, bottom, strict=True)),
        )


def _hills(draw, depth, rng):
    base, height, phase = 190 + depth * 32, 60 - depth * 14, rng.uniform(0, 6)
    line = [
        (x, base - height * math.sin(x / (150 - depth * 30) + phase) ** 2 - rng.randint(0, 3))
        for x in range(0, 656, 16)
    ]
    shade = (124 - depth * 18, 156 - depth * 14, 140 - depth * 34)
    draw.polygon([(0, 420), *line, (640, 420)], fill=shade)


def _houses(draw, rng):
    for _number in range(4):
        x, y, w = (
            rng.choice((20, 90, 480, 560)) + rng.randint(-10, 10),
            rng.randint(262, 300),
            rng.randint(44, 64),
        )
        draw.rectangle([x, y, x + w, y + 44], fill=(236, 232, 222), outline=(150, 144, 132))
        draw.polygon([(x - 6, y), (x + w / 2, y - 22), (x + w + 6, y)], fill=(140, 70, 56))
        draw.rectangle([x + w / 2 - 6, y + 20, x + w / 2 + 6, y + 44], fill=(110, 82, 60))


def _pipes(draw, rng):
    y = rng.randint(310, 330)
    for x in range(20, 620, 62):
        draw.rounded_rectangle([x, y, x + 58, y + 16], 8, fill=(70, 118, 160), outline=(40, 76, 110))
    for x in range(40, 620, 150):
        draw.rectangle([x, y + 16, x + 8, y + 36], fill=(120, 120, 120))


def _fields(draw, rng):
    for row in range(6):
        y = 292 + row * 15
        for x in range(rng.randint(0, 12), 640, 22):
            draw.ellipse([x, y, x + 10, y + 7], fill=(84, 130 + row * 8, 58))


def _caption(draw, text):
    font = _font()
    if font is not None:  # without a Chinese font the picture stays without words
        draw.text((16, 388), text, font=font, fill=(244, 244, 240))


@functools.cache
def _font():
    from reports.documents import fonts  # here: reading the system's fonts costs time

    with suppress(OSError):  # a machine without fontconfig
        known = fonts.FontSet()
        for face in known.stack("hei") if known.has_chinese("hei") else ():
            return ImageFont.truetype(str(face.path), 20, index=face.index)
    return None


def note(title, number, day, rng):
    """A Word file: a short record of the work on one measure."""
    own = MATERIAL[number]
    document = Document()
    document.add_heading(title, level=1)
    document.add_paragraph(f"时间：{printed(day)}    记录人：经办人")
    for sentence in own.did:
        document.add_paragraph(sentence, style="List Number")
    document.add_paragraph(f"现场核对{own.topic}{rng.randint(6, 28)}{own.unit}，情况与台账一致。")
    return _saved(document)


def table(number, day, rng):
    """An Excel file: the list behind the number in the progress text, place by place."""
    own = MATERIAL[number]
    book = Workbook()
    sheet = book.active
    sheet.title = "台账"
    sheet.append(["序号", "乡镇（街道）", f"{own.work}（{own.unit}）", "完成情况", "更新日期"])
    for order, town in enumerate(
        ("河东街道", "河西街道", "石桥镇", "柳林镇", "白鹭镇", "青石岭镇", "松坪乡", "云溪乡"), 1
    ):
        count = max(1, round(own.total / 8 * rng.uniform(0.6, 1.4)))
        sheet.append([order, town, count, "已完成", f"{day:%Y-%m-%d}"])
    for letter, width in zip("ABCDE", (6, 16, 26, 12, 14), strict=True):
        sheet.column_dimensions[letter].width = width
    return _saved(book)


def _saved(file):
    buffer = io.BytesIO()
    file.save(buffer)
    return buffer.getvalue()
