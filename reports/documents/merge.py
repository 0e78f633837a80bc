"""Sheets that several processes laid out become part of one PDF: one set of fonts, tags, bookmarks and numbers.

A process cannot know how many pages stand before its own, so it hands over finished pages without number (``sheets``);
the document around them takes them in before it is written itself (``insert``). Object numbers are the only thing in
a sheet that has to change. It knows WeasyPrint's objects from the inside, so it is tied
to the version that ``cjk`` names.
"""

import re
from typing import NamedTuple

import pydyf

from reports.documents import engine
from reports.documents.pdf_file import STREAM

# References of a sheet to what is not its own; higher numbers are its own objects, in order.
PAGES, DOCUMENT, COLOURS, FONTS, RESOURCES, PAGE, OWN = range(1, 8)
REFERENCE = re.compile(rb"\b(\d+) 0 R\b")
# The landscape sheet is laid out as a right page; bound on the other side its type area lies 2 mm higher.
LEFT_SHIFT = 2 * 72 / 25.4
POINTS = 0.75  # of one CSS pixel


class Sheet(NamedTuple):
    """A page as bytes. ``objects``: its own; the others are numbers of them, ``marks`` by marked content."""

    page: bytes
    objects: list[bytes]
    content: int
    elements: list[int]
    marks: list[int]


class Glyphs(NamedTuple):
    """What was used of one font: glyph → text, glyph → width, and how to ask for that font."""

    family: str
    weight: int
    text: dict[int, str]
    widths: dict[int, int]


class Unbuilt(dict):
    """Fonts of a document that is not to embed any: making a subset takes as long as laying out three pages."""

    def __setitem__(self, key, font):
        font.file_content = b""  # 25 MB that only a subset is made of
        super().__setitem__(key, font)

    def values(self):
        return ()


def unwritten(document):
    """The objects of the PDF of a document that nobody needs as a file."""
    document.fonts = Unbuilt()
    return engine.unwritten(document)


def sheets(pdf, prefix) -> tuple[list[Sheet], list[bytes]]:
    """Take the pages out of a finished document: the sheets, and the resources that they share.

    ``prefix`` makes the names of their table heads differ from those of other processes.
    """
    root = pdf.objects[_number(pdf.catalog["StructTreeRoot"])]
    document = pdf.objects[_number(root["K"][0])]
    marks = pdf.objects[_number(root["ParentTree"])]["Nums"][1::2]
    references = pdf.page_references
    elements = {reference: [] for reference in references}
    for reference in document["K"]:
        elements[pdf.objects[_number(reference)]["Pg"]].append(reference)
    for element in pdf.objects:
        if isinstance(element, dict) and "ID" in element:
            element["ID"].string = f"{prefix}-{element['ID'].string}"
    resources = pdf.objects[_number(pdf.objects[_number(references[0])]["Resources"])]
    outside = {
        pdf.pages.number: PAGES,
        document.number: DOCUMENT,
        _number(resources["ColorSpace"]): COLOURS,
        _number(resources["Font"]): FONTS,
    }
    shared = _Export(pdf, outside)
    shared.add(resources.number)
    outside[resources.number] = RESOURCES
    found = [
        _sheet(pdf, outside, reference, elements[reference], held)
        for reference, held in zip(references, marks, strict=True)
    ]
    return found, shared.objects()


def _sheet(pdf, outside, reference, elements, marks):
    page = pdf.objects[_number(reference)]
    for element in elements:
        _flatten(pdf, pdf.objects[_number(element)], marks)
    export = _Export(pdf, {**outside, page.number: PAGE})
    content = export.add(_number(page["Contents"]))
    own = [export.add(_number(element)) for element in elements]
    held = [export.add(_number(element)) for element in marks]
    kept = {key: value for key, value in page.items() if key not in ("Contents", "StructParents")}
    return Sheet(export.renumbered(pydyf.Dictionary(kept).data), export.objects(), content, own, held)


def _flatten(pdf, element, marks):
    """Let the element hold its text itself: WeasyPrint makes an element of each line, three quarters of all."""
    kept = []
    for kid in element["K"]:
        inner = None if isinstance(kid, int) else pdf.objects[_number(kid)]
        if inner is None:
            kept.append(kid)
            continue
        _flatten(pdf, inner, marks)
        if inner["S"] in ("/Span", "/NonStruct") and all(isinstance(one, int) for one in inner["K"]):
            kept += inner["K"]
            for mark in inner["K"]:
                marks[mark] = element.reference
        else:
            kept.append(kid)
    element["K"] = pydyf.Array(kept)


class _Export:
    """Objects of a document and all that they refer to, under numbers of their own."""

    def __init__(self, pdf, outside):
        self.pdf, self.numbers, self.order = pdf, dict(outside), []

    def add(self, number):
        if number not in self.numbers:
            self.numbers[number] = OWN + len(self.order)
            self.order.append(number)
        return self.numbers[number]

    def objects(self):
        done = []
        while len(done) < len(self.order):  # renumbering finds more of them
            done.append(self.renumbered(self.pdf.objects[self.order[len(done)]].data))
        return done

    def renumbered(self, content):
        head, stream, body = content.partition(STREAM)
        return REFERENCE.sub(lambda found: b"%d 0 R" % self.add(int(found[1])), head) + stream + body


def insert(file, at, parts, stamps):
    """Put sheets behind the first ``at`` pages of the document of a ``PdfFile``; they are written as they come.

    ``parts``: (sheets, shared resources) in order; ``stamps``: the numbers of even and of odd pages.
    """
    pdf = file.pdf
    root = pdf.objects[_number(pdf.catalog["StructTreeRoot"])]
    document = pdf.objects[_number(root["K"][0])]
    nums = pdf.objects[_number(root["ParentTree"])]["Nums"]
    before = pdf.page_references[:at]
    resources = pdf.objects[_number(pdf.objects[_number(before[0])]["Resources"])]
    known = {
        PAGES: pdf.pages.number,
        DOCUMENT: document.number,
        COLOURS: _number(resources["ColorSpace"]),
        FONTS: _number(resources["Font"]),
    }
    key, pages, elements = max(nums[::2]) + 1, [], []
    frames = _frames(pdf)
    for sheets_of_part, shared in parts:
        known[RESOURCES] = _carry(file, shared, known)
        for sheet in sheets_of_part:
            number = at + len(pages) + 1
            known[PAGE], stamp = file.reserve(2)
            base = _carry(file, sheet.objects, known)
            file.write(stamp, pydyf.Stream([b"Q", stamps[number % 2].of(number)]).data)
            contents = b"%s %d 0 R %d 0 R" % (frames[number % 2], base + sheet.content - OWN, stamp)
            page = _renumbered(sheet.page, known, base)[:-2]
            file.write(known[PAGE], page + b"/Contents [%s]/StructParents %d>>" % (contents, key))
            nums.extend([key, b"[%s]" % _references(sheet.marks, base)])
            elements.append(_references(sheet.elements, base))
            pages.append(known[PAGE])
            key += 1
    place = sum(pdf.objects[_number(one)]["Pg"] in before for one in document["K"])
    document["K"][place:place] = elements
    pdf.pages["Kids"][3 * at : 3 * at] = [part for page in pages for part in (page, 0, "R")]
    pdf.pages["Count"] += len(pages)


def _frames(pdf):
    """What stands before the content of a left and of a right page."""
    streams = [pydyf.Stream([b"q 1 0 0 1 0 %.6f cm" % LEFT_SHIFT]), pydyf.Stream([b"q"])]
    for stream in streams:
        pdf.add_object(stream)
    return [stream.reference for stream in streams]


def _carry(file, objects, known):
    """Write objects of a sheet and return the number of the first."""
    numbers = file.reserve(len(objects))
    for number, content in zip(numbers, objects, strict=True):
        file.write(number, _renumbered(content, known, numbers[0]))
    return numbers[0]


def _renumbered(content, known, base):
    def new(found):
        number = int(found[1])
        return b"%d 0 R" % (known[number] if number < OWN else base + number - OWN)

    head, stream, body = content.partition(STREAM)
    return REFERENCE.sub(new, head) + stream + body


def _references(numbers, base):
    return b" ".join(b"%d 0 R" % (base + number - OWN) for number in numbers)


def bookmarks(document, at, count, inserted) -> list:
    """The bookmarks of a document with those of ``count`` pages that are inserted behind its first ``at``."""

    def moved(entries, by):
        return [
            (label, (page + by, x, y), moved(children, by), state)
            for label, (page, x, y), children, state in entries
        ]

    tree = document.make_bookmark_tree(POINTS, transform_pages=True)
    before = [entry for entry in tree if entry[1][0] < at]
    return before + moved(inserted, at) + moved([entry for entry in tree if entry[1][0] >= at], count)


def add_bookmarks(pdf, tree):
    # Late for the reason given in unwritten.
    from weasyprint.pdf.anchors import add_outlines

    add_outlines(pdf, tree)


def glyphs_of(fonts) -> dict[str, Glyphs]:
    """What a document used of its fonts, by the names that its pages call them."""
    found = {}
    for font in dict.values(fonts):
        known = found.setdefault(font.hash, Glyphs(font.family, font.weight, {}, {}))
        known.text.update(font.to_unicode)
        known.widths.update(font.widths)
    return found


def united(reports) -> dict[str, Glyphs]:
    """The glyphs of several documents together."""
    found = {}
    for report in reports:
        for name, glyphs in report.items():
            known = found.setdefault(name, Glyphs(glyphs.family, glyphs.weight, {}, {}))
            known.text.update(glyphs.text)
            known.widths.update(glyphs.widths)
    return found


def _number(reference):
    return int(reference.split()[0])
