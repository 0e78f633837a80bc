"""A PDF that is written object by object, so that a long paper never lies in memory as a whole.

pydyf keeps every object to the end and packs them at once. Here an object that is ``write``-n is in the file and
forgotten; what is left of the document comes last (``close``). Same objects, same bytes.
"""

import hashlib
from array import array

import pydyf

VERSION = b"1.7"
STREAM = b"\nstream\n"
PACKED = 1000  # objects that are compressed together
FREE, PLAIN, IN_PACK = range(3)  # kinds of entries in the table of objects, by ISO 32000-1, table 18


class PdfFile:
    """``pdf``: a document as pydyf has it, whose objects have their numbers. ``output``: a binary file."""

    def __init__(self, pdf, output):
        self.pdf, self.output, self.at = pdf, output, 0
        self.hash = hashlib.md5(usedforsecurity=False)
        # One entry for each object: (kind, where it begins or in which pack it is, at which place in that).
        self.kinds, self.places, self.indexes = array("B"), array("Q"), array("H")
        self._enter(0, FREE, 0, 65535)
        self.pack = []
        self._line(b"%PDF-" + VERSION)
        self._line(b"%\xf0\x9f\x96\xa4")

    def reserve(self, count) -> range:
        """Numbers for so many objects that will be written."""
        start = len(self.pdf.objects)
        self.pdf.objects.extend([None] * count)
        return range(start, start + count)

    def write(self, number, content):
        """Write an object by its content; one without a stream goes into a pack."""
        if STREAM in content:
            self._enter(number, PLAIN, self.at)
            self._line(b"%d 0 obj\n%s\nendobj" % (number, content))
            return
        self.pack.append((number, content))
        if len(self.pack) == PACKED:
            self._write_pack()

    def close(self):
        """Write what is left of the document, and where everything is."""
        self.pdf.add_object(self.pdf.info)
        for number, one in enumerate(self.pdf.objects):
            if one is not None and one.free == "n":
                self.write(number, one.data)
        if self.pack:
            self._write_pack()
        [number] = self.reserve(1)
        self._enter(number, PLAIN, self.at)
        start, identifier = self.at, b"<%s>" % self.hash.hexdigest().encode()
        widths = (1, (max(self.places).bit_length() + 7) // 8, 2)
        table = bytearray()
        for entry in zip(self.kinds, self.places, self.indexes, strict=True):
            for value, width in zip(entry, widths, strict=True):
                table += value.to_bytes(width, "big")
        extra = {
            "Type": "/XRef",
            "W": pydyf.Array(widths),
            "Size": len(self.pdf.objects),
            "Root": self.pdf.catalog.reference,
            "Info": self.pdf.info.reference,
            "ID": pydyf.Array((identifier, identifier)),
        }
        self._line(
            b"%d 0 obj\n%s\nendobj" % (number, pydyf.Stream([bytes(table)], extra, compress=True).data)
        )
        self._line(b"startxref\n%d\n%%%%EOF" % start)

    def _write_pack(self):
        [number] = self.reserve(1)
        heads, at = [], 0
        for index, (one, content) in enumerate(self.pack):
            heads.append(b"%d %d" % (one, at))
            self._enter(one, IN_PACK, number, index)
            at += len(content) + 1
        head = b" ".join(heads)
        extra = {"Type": "/ObjStm", "N": len(self.pack), "First": len(head) + 1}
        contents = [head, *(content for _number, content in self.pack)]
        self.pack = []
        self.write(number, pydyf.Stream(contents, extra, compress=True).data)

    def _enter(self, number, kind, place, index=0):
        missing = number + 1 - len(self.kinds)
        for entries in (self.kinds, self.places, self.indexes):
            entries.extend([0] * missing)
        self.kinds[number], self.places[number], self.indexes[number] = kind, place, index

    def _line(self, content):
        for part in (content, b"\n"):
            self.output.write(part)
            self.hash.update(part)
            self.at += len(part)
