"""A .docx file → lines of text: list numbers written out, tracked changes accepted, tables as rows."""

import re

from ..digits import whole
from .contents import without_contents
from .numbering import OFF, Numbering, W, value
from .refusals import IntakeRefused, refuse
from .tables import ABOVE, LEFT, table_lines

COMPATIBLE = "{http://schemas.openxmlformats.org/markup-compatibility/2006}"
ALTERNATIVES, CHOICE, FALLBACK = (COMPATIBLE + name for name in ("AlternateContent", "Choice", "Fallback"))
FORMULA_TEXT = "{http://schemas.openxmlformats.org/officeDocument/2006/math}t"
SKIPPED = {
    W + name for name in ("del", "moveFrom", "instrText", "delText", "pPr", "rPr", "sectPr", "sdtPr", "rt")
}
CONTENTS_STYLE = re.compile(r"toc (?:\d|heading)|WPSOffice手动目录", re.IGNORECASE)
WRAPPERS = {W + name for name in ("sdt", "sdtContent", "ins", "moveTo", "customXml", "smartTag")}
CHARACTERS = {W + "tab": "\t", W + "br": "\n", W + "cr": "\n", W + "noBreakHyphen": "-"}


def docx_text(package):
    """Return the text of a .docx, one paragraph a line."""
    body = package.xml(package.document()).find(W + "body")
    if body is None:
        raise refuse("damaged", filename=package.filename)
    styles = _optional(package, "word/styles.xml")
    numbering = Numbering(_optional(package, "word/numbering.xml"), styles)
    _drop_contents(body, styles)
    return "\n".join(without_contents("\n".join(_lines(body, numbering)).split("\n")))


def _optional(package, name):
    """Numbering and styles only help: a broken one is left out."""
    try:
        return package.xml(name) if name in package.infos else None
    except IntakeRefused:
        return None


def _drop_contents(body, styles):
    """Take the entries of the table of contents away: they link to headings, or have one of its styles."""
    names = {} if styles is None else {one.get(W + "styleId"): value(one, "name", "") for one in styles}
    entries = {style for style, name in names.items() if CONTENTS_STYLE.match(name or "")}
    for paragraph in list(body.iter(W + "p")):
        link = paragraph.find(f".//{W}hyperlink")
        is_link = link is not None and link.get(W + "anchor", "").startswith("_Toc")
        if is_link or value(paragraph.find(W + "pPr"), "pStyle", None) in entries:
            paragraph.getparent().remove(paragraph)


def _lines(container, numbering):
    held, boxes = "", []
    for element in _blocks(container, (W + "p", W + "tbl")):
        if element.tag == W + "tbl":
            yield from table_lines(_rows(element, numbering))
            continue
        pieces = []
        _collect(element, pieces, boxes, 0)
        held += _one_line(pieces) if _is_heading(element) else "".join(pieces)
        if not _mark_is_gone(element):
            # What is left of joined paragraphs is the last one's number.
            yield numbering.label(element) + held
            for box in boxes:
                yield from _lines(box, numbering)
            held, boxes = "", []
    if held:
        yield held


def _mark_is_gone(paragraph):
    """A paragraph mark that was deleted or moved away joins two paragraphs."""
    marks = paragraph.find(f"{W}pPr/{W}rPr")
    return marks is not None and any(marks.find(W + name) is not None for name in ("del", "moveFrom"))


def _is_heading(paragraph):
    properties = paragraph.find(W + "pPr")
    return value(properties, "jc", "") == "center" or value(properties, "outlineLvl", None) is not None


def _one_line(pieces):
    """A title that is broken to look well is one title."""
    return "".join(piece for piece in pieces if piece != "\n")


def _blocks(container, tags):
    """Yield the elements of these kinds in order, also those inside content controls."""
    for element in container:
        if element.tag in tags:
            yield element
        elif element.tag == ALTERNATIVES:
            found = [list(_blocks(one, tags)) for one in _alternatives(element)]
            yield from next(filter(None, found), ())
        elif element.tag in WRAPPERS and not _is_filler(element):
            yield from _blocks(element, tags)


def _alternatives(element):
    """The forms in which the same thing is stored, the newest first; only one is read."""
    return [*element.findall(CHOICE), *element.findall(FALLBACK)]


def _is_filler(control):
    """A content control that nobody filled in shows 单击此处输入文字; one with the table of contents repeats."""
    properties = control.find(W + "sdtPr") if control.tag == W + "sdt" else None
    if properties is None:
        return False
    shows_filler = properties.find(W + "showingPlcHdr") is not None
    return (
        shows_filler or value(properties.find(W + "docPartObj"), "docPartGallery", "") == "Table of Contents"
    )


def _collect(element, pieces, boxes, depth):
    """Add the text of a paragraph to ``pieces``; what stands in its text boxes comes after it."""
    if depth > 60:  # deeper nesting is made by hand, not by Word
        return
    for child in element:
        if child.tag in SKIPPED or not isinstance(child.tag, str):
            continue
        if child.tag in (W + "t", FORMULA_TEXT):
            pieces.append(child.text or "")
        elif child.tag == ALTERNATIVES:
            _collect_one(child, pieces, boxes, depth)
        elif child.tag == W + "sdt" and _is_filler(child):
            continue
        elif child.tag in CHARACTERS:
            pieces.append(CHARACTERS[child.tag])
        elif child.tag == W + "txbxContent":
            boxes.append(child)
        elif child.tag != W + "r" or not _is_hidden(child):
            _collect(child, pieces, boxes, depth + 1)


def _collect_one(element, pieces, boxes, depth):
    """Take the first of several forms that holds any text."""
    before = len(pieces), len(boxes)
    for one in _alternatives(element):
        _collect(one, pieces, boxes, depth + 1)
        if (len(pieces), len(boxes)) != before:
            return


def _is_hidden(run):
    mark = run.find(f"{W}rPr/{W}vanish")
    return mark is not None and mark.get(W + "val", "true") not in OFF


def _rows(table, numbering):
    """Return rows of cells; merged ones are ABOVE or LEFT (see tables)."""
    rows = []
    for row in _blocks(table, (W + "tr",)):
        if row.find(f"{W}trPr/{W}del") is not None:
            continue
        cells = [""] * _int(row.find(f"{W}trPr/{W}gridBefore"), 0)
        for cell in _blocks(row, (W + "tc",)):
            if cell.find(f"{W}tcPr/{W}cellDel") is not None:
                continue
            if _goes_on(cell, "hMerge"):
                cells.append(LEFT)
                continue
            text = "\n".join(_lines(cell, numbering)).strip()
            cells.append(ABOVE if _goes_on(cell, "vMerge") else text)
            cells.extend([LEFT] * (_int(cell.find(f"{W}tcPr/{W}gridSpan"), 1) - 1))
        rows.append(cells)
    return rows


def _goes_on(cell, name):
    merge = cell.find(f"{W}tcPr/{W}{name}")
    return merge is not None and merge.get(W + "val", "continue") == "continue"


def _int(element, default):
    number = whole(element.get(W + "val", "")) if element is not None else None
    return default if number is None else min(number, 100)
