"""A Word document in the form of GB/T 9704-2012: page, named styles, tables and footers, for ``docx`` to fill.

Fonts carry their official names, which offices have. Lines are set by an exact distance and not by a document grid,
which would tear characters apart in LibreOffice.
"""

import io
import zipfile
from xml.sax.saxutils import escape

import docx
from docx.enum.section import WD_ORIENT, WD_SECTION
from docx.enum.style import WD_STYLE_TYPE
from docx.enum.text import WD_ALIGN_PARAGRAPH as ALIGN
from docx.enum.text import WD_LINE_SPACING, WD_TAB_ALIGNMENT
from docx.oxml import OxmlElement, parse_xml
from docx.oxml.ns import nsdecls, qn
from docx.shared import Mm, Pt, RGBColor

FANGSONG, TITLE, HEI, KAI, SONG = "仿宋_GB2312", "方正小标宋简体", "黑体", "楷体_GB2312", "宋体"
LINE = 28.95  # points: 22 lines in 225 mm by Word's way of counting
TWIP = 20
TWIPS_PER_MM = 1440 / 25.4
CHARACTER = 16 * TWIP
# 28 characters of 16 pt are a little wider than the type area; each gives up a fifth of a point.
TIGHT = -4
RED = RGBColor(0xFF, 0, 0)
BODY, ADDRESSEE, MARK, NUMBER, HEADING_1, HEADING_2 = (
    "公文正文",
    "主送机关",
    "发文机关标志",
    "发文字号",
    "Heading 1",
    "Heading 2",
)
ANNEX_NOTE, SIGNATURE, ANNEX_HEAD, ANNEX_TITLE, CELL, CAPTION, NOTE, IMPRINT = (
    "附件说明", "署名和日期", "附件标识", "附件标题", "表格文字", "Caption", "表注", "版记",
)  # fmt: skip
# Margins of a section in millimetres: top, outside, bottom, inside. Left and right change sides on even pages, so a
# sheet across has both alike.
UPRIGHT, ACROSS = (37, 26, 35, 28), (28, 36, 26, 36)


def new_document(mark_size, mark_scale):
    """An empty document with the page and every style of the paper. ``mark_*``: see ``frame.mark_style``."""
    document = docx.Document()
    for paragraph in list(document.paragraphs):
        paragraph._p.getparent().remove(paragraph._p)
    _page(document.sections[0], UPRIGHT, across=False)
    document.settings.odd_and_even_pages_header_footer = True
    document.settings.element.insert_element_before(
        OxmlElement("w:mirrorMargins"), "w:proofState", "w:defaultTabStop", "w:evenAndOddHeaders"
    )
    _footers(document.sections[0])
    _base(document)
    add = lambda *args, **more: _style(document, *args, **more)  # noqa: E731
    add(BODY, first=2 * CHARACTER)
    add(ADDRESSEE, before=LINE)
    add(
        MARK,
        font=TITLE,
        size=mark_size,
        line=mark_size,
        before=35 / 25.4 * 72,
        align=ALIGN.CENTER,
        color=RED,
        scale=mark_scale,
    )
    add(NUMBER, before=2 * LINE, align=ALIGN.CENTER, border=True)
    add("Title", font=TITLE, size=22, line=34, before=2 * LINE, align=ALIGN.CENTER)
    add(HEADING_1, font=HEI, first=2 * CHARACTER, keep=True)
    add(HEADING_2, font=KAI, first=2 * CHARACTER, keep=True)
    add(ANNEX_NOTE, left=int(6.2 * CHARACTER), align=ALIGN.LEFT, keep=True)
    add(SIGNATURE, align=ALIGN.LEFT, keep=True)
    add(ANNEX_HEAD, font=HEI, align=ALIGN.LEFT)
    add(ANNEX_TITLE, font=TITLE, size=22, line=LINE, before=10, after=12, align=ALIGN.CENTER)
    add(CAPTION, font=HEI, size=12, line=20, align=ALIGN.CENTER, keep=True, tight=0)
    add(CELL, font=SONG, size=9, line=12.5, align=ALIGN.LEFT, tight=0)
    add(NOTE, font=SONG, size=9, line=13, align=ALIGN.LEFT, tight=0)
    add(IMPRINT, size=14, line=24, align=ALIGN.LEFT, tight=0)
    return document


def new_section(document, *, across):
    """Start a page of the other orientation."""
    section = document.add_section(WD_SECTION.NEW_PAGE)
    _page(section, ACROSS if across else UPRIGHT, across=across)
    return section


def save(document, day) -> bytes:
    """The document as bytes; the same content gives the same bytes. ``day``: a datetime."""
    first, stream = io.BytesIO(), io.BytesIO()
    document.save(first)
    with zipfile.ZipFile(first) as made, zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as kept:
        for name in made.namelist():
            kept.writestr(
                zipfile.ZipInfo(name, (day.year, day.month, day.day, 0, 0, 0)),
                made.read(name),
                zipfile.ZIP_DEFLATED,
            )
    return stream.getvalue()


# Styles -----------------------------------------------------------------------------------------------


def _base(document):
    normal = document.styles["Normal"]
    _font(normal, FANGSONG, 16)
    _set(normal.element.get_or_add_rPr(), "w:lang", {"w:val": "en-US", "w:eastAsia": "zh-CN"})
    form = normal.paragraph_format
    form.alignment, form.widow_control = ALIGN.JUSTIFY, False
    form.space_before = form.space_after = Pt(0)
    form.line_spacing_rule, form.line_spacing = WD_LINE_SPACING.EXACTLY, Pt(LINE)
    _spacing(normal, TIGHT)


def _style(
    document, name, *, font=FANGSONG, size=16, line=LINE, before=0, after=0, align=ALIGN.JUSTIFY, first=0, left=0,
    keep=False, color=None, scale=1, tight=TIGHT, border=False,
):  # fmt: skip
    styles = document.styles
    style = styles[name] if name in styles else styles.add_style(name, WD_STYLE_TYPE.PARAGRAPH)
    style.base_style = styles["Normal"]
    style.element.rPr is not None and style.element.remove(style.element.rPr)
    style.element.pPr is not None and _drop_looks(style.element.pPr)
    _font(style, font, size)
    style.font.color.rgb = color or RGBColor(0, 0, 0)
    style.font.bold = style.font.italic = False
    style.quick_style, style.hidden = True, False
    _spacing(style, tight)
    if scale != 1:
        _set(style.element.rPr, "w:w", {"w:val": str(round(scale * 100))})
    form = style.paragraph_format
    form.alignment, form.keep_with_next = align, keep
    form.space_before, form.space_after = Pt(before), Pt(after)
    form.line_spacing_rule, form.line_spacing = WD_LINE_SPACING.EXACTLY, Pt(line)
    indent(style.element.get_or_add_pPr(), left=left, first=first)
    if border:
        # The red rule 4 mm below the number.
        style.element.pPr.insert_element_before(
            parse_xml(
                f'<w:pBdr {nsdecls("w")}><w:bottom w:val="single" w:sz="10" w:space="11" w:color="FF0000"/></w:pBdr>'
            ),
            "w:shd", "w:tabs", "w:suppressAutoHyphens", "w:snapToGrid", "w:spacing", "w:ind", "w:jc", "w:outlineLvl",
        )  # fmt: skip


def _drop_looks(properties):
    for tag in ("w:pBdr", "w:contextualSpacing", "w:keepLines"):
        for found in properties.findall(qn(tag)):
            properties.remove(found)


def _font(style, name, size):
    fonts = style.element.get_or_add_rPr().get_or_add_rFonts()
    for key in list(fonts.attrib):
        del fonts.attrib[key]  # names of the theme would win over ours
    for key in ("ascii", "hAnsi", "eastAsia", "cs"):
        fonts.set(qn(f"w:{key}"), name)
    fonts.set(qn("w:hint"), "eastAsia")
    style.font.size = Pt(size)


def _spacing(style, value):
    _set(style.element.get_or_add_rPr(), "w:spacing", {"w:val": str(value)})


# What may follow these in the properties of a run, so that they land where the schema wants them.
AFTER = {
    "w:spacing": ("w:w", "w:kern", "w:position", "w:sz", "w:szCs", "w:highlight", "w:u", "w:lang"),
    "w:w": ("w:kern", "w:position", "w:sz", "w:szCs", "w:highlight", "w:u", "w:lang"),
    "w:lang": (),
}


def _set(properties, tag, values):
    for old in properties.findall(qn(tag)):
        properties.remove(old)
    element = OxmlElement(tag)
    for key, value in values.items():
        element.set(qn(key), value)
    properties.insert_element_before(element, *AFTER[tag])


def indent(properties, *, left=0, first=0, right=0):
    """Indents in twips, and in characters where they are whole ones, so that they follow a change of size."""
    element = properties.get_or_add_ind()
    for key in list(element.attrib):
        del element.attrib[key]
    element.set(qn("w:left"), str(left))
    if right:
        element.set(qn("w:right"), str(right))
    if first >= 0:
        element.set(qn("w:firstLine"), str(first))
        if first == 2 * CHARACTER:
            element.set(qn("w:firstLineChars"), "200")
    else:
        element.set(qn("w:hanging"), str(-first))


# Page and footers -------------------------------------------------------------------------------------


def _page(section, margins, *, across):
    section.orientation = WD_ORIENT.LANDSCAPE if across else WD_ORIENT.PORTRAIT
    section.page_width, section.page_height = (Mm(297), Mm(210)) if across else (Mm(210), Mm(297))
    section.top_margin, section.right_margin, section.bottom_margin, section.left_margin = map(Mm, margins)
    section.footer_distance = Mm(17 if across else 24.7)  # the dash 7 mm below the type area
    for grid in section._sectPr.findall(qn("w:docGrid")):
        section._sectPr.remove(grid)


def _footers(section):
    """— 1 —, on the right of odd pages and on the left of even ones, one character from the edge."""
    for footer, align, side in (
        (section.footer, ALIGN.RIGHT, "right"),
        (section.even_page_footer, ALIGN.LEFT, "left"),
    ):
        footer.is_linked_to_previous = False
        paragraph = footer.paragraphs[0]
        paragraph.alignment = align
        indent(paragraph._p.get_or_add_pPr(), **{side: 14 * TWIP})
        for part in ("— ", None, " —"):
            if part:
                _footer_run(paragraph).text = part
            else:
                for kind, text in (("begin", ""), ("", " PAGE "), ("end", "")):
                    _field(_footer_run(paragraph), kind, text)


def _footer_run(paragraph):
    run = paragraph.add_run()
    run_font(run, SONG)
    run.font.size = Pt(14)
    return run


def run_font(run, name):
    """Another typeface for a part of a paragraph."""
    fonts = run._r.get_or_add_rPr().get_or_add_rFonts()
    for key in ("ascii", "hAnsi", "eastAsia"):
        fonts.set(qn(f"w:{key}"), name)


def _field(run, kind, text):
    if kind:
        element = OxmlElement("w:fldChar")
        element.set(qn("w:fldCharType"), kind)
    else:
        element = OxmlElement("w:instrText")
        element.text = text
        element.set("{http://www.w3.org/XML/1998/namespace}space", "preserve")
    run._r.append(element)


# Tables -----------------------------------------------------------------------------------------------


def table(document, widths, head, rows):
    """A table of whole widths in millimetres whose head is repeated on every page.

    ``rows``: lists of texts, or one text alone for a row over the whole width. Written as XML: rows can be thousands.
    """
    grid = "".join(f'<w:gridCol w:w="{_twips(width)}"/>' for width in widths)
    sides = ("top", "left", "bottom", "right", "insideH", "insideV")
    borders = "".join(f'<w:{side} w:val="single" w:sz="4" w:space="0" w:color="000000"/>' for side in sides)
    style = style_id(document, CELL)
    content = [_row(style, widths, head, is_head=True)]
    whole = [sum(widths)]
    for row in rows:
        alone = isinstance(row, str)
        content.append(_row(style, whole, [row], span=len(widths)) if alone else _row(style, widths, row))
    _append(
        document,
        f'<w:tbl {nsdecls("w")}><w:tblPr><w:tblW w:w="{_twips(sum(widths))}" w:type="dxa"/>'
        f'<w:tblBorders>{borders}</w:tblBorders><w:tblLayout w:type="fixed"/>'
        '<w:tblCellMar><w:left w:w="60" w:type="dxa"/><w:right w:w="60" w:type="dxa"/></w:tblCellMar></w:tblPr>'
        f"<w:tblGrid>{grid}</w:tblGrid>{''.join(content)}</w:tbl>",
    )


def _row(style, widths, texts, *, is_head=False, span=1):
    cells = "".join(
        _cell(width, text, is_head, span, style) for width, text in zip(widths, texts, strict=True)
    )
    head = "<w:tblHeader/>" if is_head else ""
    return f"<w:tr><w:trPr><w:cantSplit/>{head}</w:trPr>{cells}</w:tr>"


def _cell(width, text, is_head, span, style):
    more = f'<w:gridSpan w:val="{span}"/>' if span > 1 else ""
    shade = '<w:shd w:val="clear" w:color="auto" w:fill="EEEEEE"/>' if is_head or span > 1 else ""
    heading = f'<w:rPr><w:rFonts w:ascii="{HEI}" w:hAnsi="{HEI}" w:eastAsia="{HEI}"/></w:rPr>'
    run = heading if is_head or span > 1 else ""
    centre = '<w:jc w:val="center"/>' if is_head else ""
    keep = "<w:keepNext/>" if span > 1 else ""  # the name of a group stays with its first row
    paragraphs = "".join(
        f'<w:p><w:pPr><w:pStyle w:val="{style}"/>{keep}<w:snapToGrid w:val="0"/>{centre}</w:pPr>'
        f'<w:r>{run}<w:t xml:space="preserve">{escape(line)}</w:t></w:r></w:p>'
        for line in str(text).split("\n")
    )
    return (
        f'<w:tc><w:tcPr><w:tcW w:w="{_twips(width)}" w:type="dxa"/>{more}{shade}<w:vAlign w:val="center"/></w:tcPr>'
        f"{paragraphs}</w:tc>"
    )


def imprint_table(document, rows):
    """Rows of (left, right) between the rules of the imprint, laid on the foot of the page that it stands on."""
    wide, right = _twips(156), _twips(62)
    content = []
    for number, (left, issued) in enumerate(rows):
        top = 8 if number == 0 else 6
        foot = (
            '<w:bottom w:val="single" w:sz="8" w:space="0" w:color="000000"/>'
            if number == len(rows) - 1
            else ""
        )
        edge = f'<w:tcBorders><w:top w:val="single" w:sz="{top}" w:space="0" w:color="000000"/>{foot}</w:tcBorders>'
        cells = [(left, wide - right, "left"), (issued, right, "right")] if issued else [(left, wide, "left")]
        content.append("<w:tr><w:trPr><w:cantSplit/></w:trPr>")
        for text, width, align in cells:
            span = '<w:gridSpan w:val="2"/>' if len(cells) == 1 else ""
            hang = f'<w:ind w:left="{42 * TWIP}" w:hanging="{42 * TWIP}"/>' if text.startswith("抄送") else ""
            content.append(
                f'<w:tc><w:tcPr><w:tcW w:w="{width}" w:type="dxa"/>{span}{edge}</w:tcPr><w:p><w:pPr>'
                f'<w:pStyle w:val="{style_id(document, IMPRINT)}"/>{hang}<w:jc w:val="{align}"/></w:pPr>'
                f"<w:r><w:t>{escape(text)}</w:t></w:r></w:p></w:tc>"
            )
        content.append("</w:tr>")
    side = 14 * TWIP
    _append(
        document,
        f'<w:tbl {nsdecls("w")}><w:tblPr><w:tblpPr w:leftFromText="0" w:rightFromText="0" w:vertAnchor="margin" '
        f'w:horzAnchor="margin" w:tblpX="0" w:tblpYSpec="bottom"/><w:tblW w:w="{wide}" w:type="dxa"/>'
        f'<w:tblLayout w:type="fixed"/><w:tblCellMar><w:left w:w="{side}" w:type="dxa"/>'
        f'<w:right w:w="{side}" w:type="dxa"/></w:tblCellMar></w:tblPr><w:tblGrid><w:gridCol w:w="{wide - right}"/>'
        f'<w:gridCol w:w="{right}"/></w:tblGrid>{"".join(content)}</w:tbl>',
    )
    # What floats hangs on the paragraph after it, and a document must not end in a table.
    document.add_paragraph(style=NOTE)


def right_tab(paragraph, characters):
    """What follows a tab ends ``characters`` of 16 points from the left edge."""
    paragraph.paragraph_format.tab_stops.add_tab_stop(Pt(characters * 16), WD_TAB_ALIGNMENT.RIGHT)


def style_id(document, name):
    return document.styles[name].style_id


def _append(document, xml):
    document.element.body.insert_element_before(parse_xml(xml), "w:sectPr")


def _twips(millimetres):
    return round(millimetres * TWIPS_PER_MM)
