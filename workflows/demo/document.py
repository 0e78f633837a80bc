"""Writes the plan as a Word document in the form of an official paper (GB/T 9704-2012)."""

import io
from datetime import datetime

from docx import Document
from docx.enum.text import WD_ALIGN_PARAGRAPH, WD_LINE_SPACING
from docx.oxml import OxmlElement
from docx.oxml.ns import qn
from docx.shared import Mm, Pt, RGBColor

from workflows.demo import plan

FANG, HEI, KAI, TITLE = "仿宋_GB2312", "黑体", "楷体_GB2312", "方正小标宋简体"
RED = RGBColor(0xC8, 0x10, 0x10)
CENTER, RIGHT, JUSTIFY = WD_ALIGN_PARAGRAPH.CENTER, WD_ALIGN_PARAGRAPH.RIGHT, WD_ALIGN_PARAGRAPH.JUSTIFY
# kind → (font, size in points, alignment, first-line indent in characters, space before and after in points)
LOOKS = {
    "mark": (TITLE, 32, CENTER, 0, 40, 12),
    "number": (FANG, 16, CENTER, 0, 0, 24),
    "title": (TITLE, 22, CENTER, 0, 12, 22),
    "plan_title": (TITLE, 22, CENTER, 0, 0, 22),
    "addressees": (FANG, 16, JUSTIFY, 0, 0, 0),
    "heading": (HEI, 16, JUSTIFY, 2, 0, 0),
    "sign_off": (FANG, 16, RIGHT, 0, 36, 0),
    "date": (FANG, 16, RIGHT, 0, 0, 0),
}
BODY = (FANG, 16, JUSTIFY, 2, 0, 0)


def docx_bytes(today):
    """The plan of ``today`` as .docx."""
    document = Document()
    _page(document.sections[0])
    dates = plan.Dates(today)
    properties = document.core_properties
    properties.title, properties.author = plan.title_of(dates), plan.OFFICE
    moment = datetime.combine(dates.issued_on, datetime.min.time())
    properties.created = properties.modified = moment
    for paragraph in plan.paragraphs(today):
        _write(document, paragraph)
    buffer = io.BytesIO()
    document.save(buffer)
    return buffer.getvalue()


def _page(section):
    section.page_width, section.page_height = Mm(210), Mm(297)
    section.top_margin, section.bottom_margin = Mm(37), Mm(35)
    section.left_margin, section.right_margin = Mm(28), Mm(26)
    paragraph = section.footer.paragraphs[0]
    paragraph.alignment = CENTER
    paragraph.add_run("— ")
    _page_field(paragraph)
    paragraph.add_run(" —")


def _page_field(paragraph):
    field = OxmlElement("w:fldSimple")
    field.set(qn("w:instr"), "PAGE")
    paragraph._p.append(field)


def _write(document, paragraph):
    font, size, alignment, indent, before, after = LOOKS.get(paragraph.kind, BODY)
    written = document.add_paragraph()
    written.alignment = alignment
    form = written.paragraph_format
    form.space_before, form.space_after = Pt(before), Pt(after)
    form.line_spacing_rule, form.line_spacing = WD_LINE_SPACING.EXACTLY, Pt(max(28.9, size * 1.4))
    form.first_line_indent = Pt(indent * size)
    if paragraph.kind in {"sign_off", "date"}:
        form.right_indent = Pt(2 * size)
    form.page_break_before = paragraph.kind == "plan_title"
    for piece, piece_font in _pieces(paragraph, font):
        _run(written, piece, piece_font, size, RED if paragraph.kind == "mark" else None)
    if paragraph.kind == "number":
        _red_rule(written)


def _pieces(paragraph, font):
    """A problem's and a requirement's first sentence is its heading and stands in 楷体."""
    if paragraph.kind in {"problem", "item"}:
        heading, stop, rest = paragraph.text.partition("。")
        return [(heading + stop, KAI), (rest, FANG)]
    return [(paragraph.text, font)]


def _run(written, text, font, size, colour):
    run = written.add_run(text)
    run.font.size, run.font.name = Pt(size), "Times New Roman"
    run._r.get_or_add_rPr().get_or_add_rFonts().set(qn("w:eastAsia"), font)
    if colour is not None:
        run.font.color.rgb = colour
        _narrow(run)


def _narrow(run):
    """A long issuer's name is set narrower, so that the head stays on one line."""
    scale = OxmlElement("w:w")
    scale.set(qn("w:val"), "64")
    run._r.get_or_add_rPr().insert_element_before(
        scale, "w:kern", "w:position", "w:sz", "w:szCs", "w:highlight", "w:u", "w:effect", "w:lang"
    )


def _red_rule(written):
    border, bottom = OxmlElement("w:pBdr"), OxmlElement("w:bottom")
    for name, value in {"val": "single", "sz": "18", "space": "8", "color": "C81010"}.items():
        bottom.set(qn(f"w:{name}"), value)
    border.append(bottom)
    properties = written._p.get_or_add_pPr()
    properties.insert_element_before(
        border, "w:shd", "w:tabs", "w:suppressAutoHyphens", "w:spacing", "w:ind", "w:jc", "w:rPr"
    )
