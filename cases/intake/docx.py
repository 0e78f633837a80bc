"""A .docx file → lines of text: list numbers written out, tracked changes accepted, tables as rows."""

from .numerals import chinese
from .refusals import IntakeRefused, refuse
from .tables import ABOVE, LEFT, table_lines

W = "{http://schemas.openxmlformats.org/wordprocessingml/2006/main}"
FALLBACK = "{http://schemas.openxmlformats.org/markup-compatibility/2006}Fallback"
SKIPPED = {W + name for name in ("del", "moveFrom", "instrText", "delText", "pPr", "rPr", "sectPr", "rt")} | {
    FALLBACK
}
WRAPPERS = {W + name for name in ("sdt", "sdtContent", "ins", "moveTo", "customXml", "smartTag")}
CHARACTERS = {W + "tab": "\t", W + "br": "\n", W + "cr": "\n", W + "noBreakHyphen": "-"}


def docx_text(package):
    """Return the text of a .docx, one paragraph a line."""
    body = package.xml("word/document.xml").find(W + "body")
    if body is None:
        raise refuse("damaged", filename=package.filename)
    numbering = Numbering(_optional(package, "word/numbering.xml"), _optional(package, "word/styles.xml"))
    return "\n".join(_lines(body, numbering))


def _optional(package, name):
    """Numbering and styles only help: a broken one is left out."""
    try:
        return package.xml(name) if name in package.infos else None
    except IntakeRefused:
        return None


def _lines(container, numbering):
    held, boxes = "", []
    for element in _blocks(container, (W + "p", W + "tbl")):
        if element.tag == W + "tbl":
            yield from table_lines(_rows(element, numbering))
            continue
        pieces = []
        _collect(element, pieces, boxes, 0)
        held += numbering.label(element) + "".join(pieces)
        if element.find(f"{W}pPr/{W}rPr/{W}del") is None:  # a deleted paragraph mark joins two paragraphs
            yield held
            for box in boxes:
                yield from _lines(box, numbering)
            held, boxes = "", []
    if held:
        yield held


def _blocks(container, tags):
    """Yield the elements of these kinds in order, also those inside content controls."""
    for element in container:
        if element.tag in tags:
            yield element
        elif element.tag in WRAPPERS:
            yield from _blocks(element, tags)


def _collect(element, pieces, boxes, depth):
    """Add the text of a paragraph to ``pieces``; what stands in its text boxes comes after it."""
    if depth > 60:  # deeper nesting is made by hand, not by Word
        return
    for child in element:
        if child.tag in SKIPPED or not isinstance(child.tag, str):
            continue
        if child.tag == W + "t":
            pieces.append(child.text or "")
        elif child.tag in CHARACTERS:
            pieces.append(CHARACTERS[child.tag])
        elif child.tag == W + "txbxContent":
            boxes.append(child)
        elif child.tag != W + "r" or not _is_hidden(child):
            _collect(child, pieces, boxes, depth + 1)


def _is_hidden(run):
    mark = run.find(f"{W}rPr/{W}vanish")
    return mark is not None and mark.get(W + "val", "true") not in ("0", "false", "off")


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
            merge = cell.find(f"{W}tcPr/{W}vMerge")
            goes_on = merge is not None and merge.get(W + "val", "continue") == "continue"
            cells.append(ABOVE if goes_on else "\n".join(_lines(cell, numbering)).strip())
            cells.extend([LEFT] * (_int(cell.find(f"{W}tcPr/{W}gridSpan"), 1) - 1))
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
