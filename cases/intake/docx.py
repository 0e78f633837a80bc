"""A .docx file → lines of text: list numbers written out, tracked changes accepted, tables as rows."""

import io
import struct
import zipfile
import zlib

from lxml import etree

from . import limits
from .numerals import chinese
from .refusals import refuse
from .tables import table_lines

# What zipfile raises for archives that are cut, altered or packed in a way that nobody's Word uses.
BROKEN = (
    zipfile.BadZipFile,
    zlib.error,
    struct.error,
    EOFError,
    NotImplementedError,
    OSError,
    RuntimeError,
    ValueError,
)
W = "{http://schemas.openxmlformats.org/wordprocessingml/2006/main}"
FALLBACK = "{http://schemas.openxmlformats.org/markup-compatibility/2006}Fallback"
SKIPPED = {W + name for name in ("del", "moveFrom", "instrText", "delText", "pPr", "rPr", "sectPr")} | {
    FALLBACK
}


def docx_text(data, filename):
    """Return the text of a .docx, one paragraph a line. Refuses damaged, encrypted and exploding files."""
    parts = _read_parts(data, filename)
    body = _parse(parts["word/document.xml"], filename).find(W + "body")
    if body is None:
        raise refuse("damaged", filename=filename)
    numbering = Numbering(_optional(parts, "word/numbering.xml"), _optional(parts, "word/styles.xml"))
    return "\n".join(_lines(body, numbering))


def _read_parts(data, filename):
    wanted = ("word/document.xml", "word/numbering.xml", "word/styles.xml")
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            infos = {info.filename: info for info in archive.infolist()}
            _guard(infos, len(data), filename)
            if wanted[0] not in infos:
                raise refuse("damaged", filename=filename)
            return {name: _read_part(archive, infos[name], filename) for name in wanted if name in infos}
    except BROKEN as error:
        raise refuse("damaged", filename=filename) from error


def _guard(infos, packed, filename):
    """Look at the declared sizes before anything is unpacked."""
    if any(info.flag_bits & 1 for info in infos.values()):
        raise refuse("encrypted", filename=filename)
    unpacked = sum(info.file_size for info in infos.values())
    bomb = unpacked > limits.RATIO_FROM and unpacked > packed * limits.MAX_RATIO
    if unpacked > limits.MAX_UNPACKED or bomb:
        raise _too_large(filename)


def _read_part(archive, info, filename):
    # A lying header declares less than it unpacks to, so the read has its own limit.
    with archive.open(info) as part:
        content = part.read(limits.MAX_PART + 1)
    if len(content) > limits.MAX_PART:
        raise _too_large(filename)
    return content


def _too_large(filename):
    return refuse(
        "too_large",
        filename=filename,
        limit=limits.MAX_FILE // limits.MEGABYTE,
        unpacked=limits.MAX_UNPACKED // limits.MEGABYTE,
    )


def _parse(content, filename):
    # Word never writes a DOCTYPE; entities are the only thing it could bring.
    if b"<!DOCTYPE" in content[:4096] or b"<!ENTITY" in content[:4096]:
        raise refuse("damaged", filename=filename)
    try:
        return etree.fromstring(content, _parser())
    except etree.XMLSyntaxError as error:
        raise refuse("damaged", filename=filename) from error


def _parser():
    return etree.XMLParser(resolve_entities=False, no_network=True, load_dtd=False, huge_tree=False)


def _optional(parts, name):
    """Numbering and styles only help: a broken one is left out."""
    content = parts.get(name)
    if content is None or b"<!DOCTYPE" in content[:4096]:
        return None
    try:
        return etree.fromstring(content, _parser())
    except etree.XMLSyntaxError:
        return None


def _lines(container, numbering):
    held = ""
    for element in _blocks(container):
        if element.tag == W + "tbl":
            yield from table_lines(_rows(element, numbering))
            continue
        held += numbering.label(element) + _paragraph(element)
        if element.find(f"{W}pPr/{W}rPr/{W}del") is None:  # a deleted paragraph mark joins two paragraphs
            yield held
            held = ""
    if held:
        yield held


def _blocks(container):
    """Yield paragraphs and tables in order, also those inside content controls."""
    for element in container:
        if element.tag in (W + "p", W + "tbl"):
            yield element
        elif element.tag in (W + "sdt", W + "sdtContent", W + "ins", W + "customXml", W + "smartTag"):
            yield from _blocks(element)


def _paragraph(element):
    pieces = []
    _collect(element, pieces, 0)
    return "".join(pieces)


def _collect(element, pieces, depth):
    if depth > 60:  # deeper nesting is made by hand, not by Word
        return
    for child in element:
        if child.tag in SKIPPED or not isinstance(child.tag, str):
            continue
        if child.tag == W + "t":
            pieces.append(child.text or "")
        elif child.tag == W + "tab":
            pieces.append("\t")
        elif child.tag in (W + "br", W + "cr"):
            pieces.append("\n")
        elif child.tag == W + "noBreakHyphen":
            pieces.append("-")
        else:
            _collect(child, pieces, depth + 1)


def _rows(table, numbering):
    """Return rows of cells; a cell that goes on from the row above is None, a wide one stands once."""
    rows = []
    for row in table.findall(W + "tr"):
        if row.find(f"{W}trPr/{W}del") is not None:
            continue
        cells = []
        for cell in row.findall(W + "tc"):
            merge = cell.find(f"{W}tcPr/{W}vMerge")
            span = cell.find(f"{W}tcPr/{W}gridSpan")
            goes_on = merge is not None and merge.get(W + "val", "continue") == "continue"
            cells.append(None if goes_on else "\n".join(_lines(cell, numbering)).strip())
            cells.extend([None] * (_int(span, 1) - 1))
        rows.append(cells)
    return rows


def _int(element, default):
    value = element.get(W + "val", "") if element is not None else ""
    return min(int(value), 100) if value.isdigit() else default


class Numbering:
    """List numbers that a document keeps only in its numbering definitions, counted as Word counts."""

    def __init__(self, numbering, styles):
        self.levels, self.lists, self.starts, self.counters = {}, {}, {}, {}
        self.style_lists = {}
        if numbering is not None:
            self._read_numbering(numbering)
        if styles is not None:
            self._read_styles(styles)

    def _read_numbering(self, root):
        for abstract in root.findall(W + "abstractNum"):
            key = abstract.get(W + "abstractNumId")
            for level in abstract.findall(W + "lvl"):
                self.levels[key, _level(level.get(W + "ilvl"))] = (
                    _val(level, "numFmt", "decimal"),
                    _val(level, "lvlText", ""),
                    _number(_val(level, "start", "1"), 1),
                )
        for item in root.findall(W + "num"):
            key = item.get(W + "numId")
            self.lists[key] = _val(item, "abstractNumId", "")
            for override in item.findall(W + "lvlOverride"):
                if (start := _val(override, "startOverride", None)) is not None:
                    self.starts[key, _level(override.get(W + "ilvl"))] = _number(start, 1)

    def _read_styles(self, root):
        for style in root.findall(W + "style"):
            properties = style.find(f"{W}pPr/{W}numPr")
            if properties is not None:
                level = _level(_val(properties, "ilvl", "0"))
                self.style_lists[style.get(W + "styleId")] = (_val(properties, "numId", None), level)

    def label(self, paragraph):
        """Return the number that Word shows before this paragraph, "" without one. Counts on."""
        key, level = self._place(paragraph)
        abstract = self.lists.get(key)
        if abstract is None or (abstract, level) not in self.levels:
            return ""
        counters = self.counters.setdefault(abstract, {})
        first_use = (key, level) in self.starts
        if first_use:
            counters[level] = self.starts.pop((key, level))
        else:
            start = self.levels[abstract, level][2]
            counters[level] = counters[level] + 1 if level in counters else start
        for deeper in [other for other in counters if other > level]:
            del counters[deeper]
        return self._print(abstract, level, counters)

    def _place(self, paragraph):
        properties = paragraph.find(f"{W}pPr/{W}numPr")
        if properties is not None and properties.find(W + "numId") is not None:
            return _val(properties, "numId", None), _level(_val(properties, "ilvl", "0"))
        style = _val(paragraph.find(W + "pPr"), "pStyle", None)
        return self.style_lists.get(style, (None, 0))

    def _print(self, abstract, level, counters):
        fmt, text, _start = self.levels[abstract, level]
        if fmt in ("bullet", "none"):
            return ""
        for number in range(level + 1):
            form, _text, start = self.levels.get((abstract, number), (fmt, "", 1))
            text = text.replace(f"%{number + 1}", _format(form, counters.get(number, start)))
        return text


def _format(fmt, value):
    if fmt.startswith("decimalEnclosedCircle") and 0 < value <= 20:
        return chr(0x245F + value)
    if "hinese" in fmt or "ideograph" in fmt or "japanese" in fmt:
        return chinese(value)
    if fmt in ("lowerLetter", "upperLetter") and 0 < value <= 26:
        return chr((96 if fmt == "lowerLetter" else 64) + value)
    return str(value)


def _val(parent, name, default):
    element = parent.find(W + name) if parent is not None else None
    return element.get(W + "val", default) if element is not None else default


def _number(text, default):
    return int(text) if text and text.isdigit() and len(text) < 6 else default


def _level(text):
    return min(_number(text, 0), 8)
