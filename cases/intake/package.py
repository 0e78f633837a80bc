"""The zip of a .docx or .xlsx file, opened with mistrust: sizes first, no entities, no programs."""

import io
import re
import struct
import zipfile
import zlib

from lxml import etree

from . import limits
from .refusals import refuse, too_large, unsupported

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
    KeyError,
)
DECLARATIONS = tuple(
    word.encode(encoding)
    for word in ("<!DOCTYPE", "<!ENTITY")
    for encoding in ("utf-8", "utf-16le", "utf-16be")
)


DOCUMENT = re.compile(r"/?word/[\w-]{1,40}\.xml$")
# The strict variety of the format has the same elements under other names.
STRICT = (
    (
        b"http://purl.oclc.org/ooxml/wordprocessingml/main",
        b"http://schemas.openxmlformats.org/wordprocessingml/2006/main",
    ),
    (
        b"http://purl.oclc.org/ooxml/spreadsheetml/main",
        b"http://schemas.openxmlformats.org/spreadsheetml/2006/main",
    ),
    (
        b"http://purl.oclc.org/ooxml/officeDocument/relationships",
        b"http://schemas.openxmlformats.org/officeDocument/2006/relationships",
    ),
    (
        b"http://purl.oclc.org/ooxml/officeDocument/math",
        b"http://schemas.openxmlformats.org/officeDocument/2006/math",
    ),
)


def transitional(content):
    """Return an XML part with the ordinary namespaces."""
    if b"http://purl.oclc.org/ooxml/" in content[:100_000]:
        for strict, usual in STRICT:
            content = content.replace(strict, usual)
    return content


class Package:
    """The parts of a packed document. Refuses what is damaged, encrypted, exploding or holds macros."""

    def __init__(self, data, filename):
        self.filename = filename
        try:
            self.archive = zipfile.ZipFile(io.BytesIO(data))
            # Some programs write the paths of Windows into the archive.
            self.infos = {info.filename.replace("\\", "/"): info for info in self.archive.infolist()}
        except BROKEN as error:
            raise refuse("damaged", filename=filename) from error
        self._guard(len(data))

    def _guard(self, packed):
        """Look at the declared sizes before anything is unpacked."""
        if any(info.flag_bits & 1 for info in self.infos.values()):
            raise refuse("encrypted", filename=self.filename)
        unpacked = sum(info.file_size for info in self.infos.values())
        bomb = unpacked > limits.RATIO_FROM and unpacked > packed * limits.MAX_RATIO
        if unpacked > limits.MAX_UNPACKED or bomb:
            raise too_large(self.filename)

    def kind(self):
        """Return "docx" or "xlsx"; refuses every other kind with its own advice."""
        names = self.infos
        if any(name.lower().endswith(("vbaproject.bin", "/activex1.bin")) for name in names):
            raise refuse("macros", filename=self.filename)
        if "[Content_Types].xml" in names and b"macroEnabled" in self.read("[Content_Types].xml"):
            raise refuse("macros", filename=self.filename)
        if self.document() in names:
            return "docx"
        if "xl/workbook.xml" in names:
            return "xlsx"
        if "ppt/presentation.xml" in names:
            raise unsupported("slides", self.filename)
        if "mimetype" in names and b"opendocument" in self.read("mimetype"):
            raise unsupported("office", self.filename)
        if "[Content_Types].xml" in names:
            raise refuse("damaged", filename=self.filename)
        raise unsupported("archive", self.filename)

    def document(self):
        """Return the name of the part with the text: word/document.xml, but some programs count on, document2.xml."""
        usual, relations = "word/document.xml", "_rels/.rels"
        if usual in self.infos or relations not in self.infos:
            return usual
        parts = [item.get("Target", "") for item in self.xml(relations)]
        return next((part.lstrip("/") for part in parts if DOCUMENT.match(part)), usual)

    def read(self, name):
        """Return the bytes of a part. A lying header declares less than it unpacks to: the read has its own limit."""
        try:
            with self.archive.open(self.infos[name]) as part:
                content = part.read(limits.MAX_PART + 1)
        except BROKEN as error:
            raise refuse("damaged", filename=self.filename) from error
        if len(content) > limits.MAX_PART:
            raise too_large(self.filename)
        return content

    def xml(self, name):
        """Return the root of a part. Office never writes a DOCTYPE; entities are the only thing it could bring."""
        content = transitional(self.checked(name))
        parser = etree.XMLParser(resolve_entities=False, no_network=True, load_dtd=False, huge_tree=False)
        try:
            return etree.fromstring(content, parser)
        except etree.XMLSyntaxError as error:
            raise refuse("damaged", filename=self.filename) from error

    def checked(self, name):
        """Return the bytes of an XML part that neither declares entities nor takes for ever to parse."""
        content = self.read(name)
        if any(word in content for word in DECLARATIONS):
            raise refuse("damaged", filename=self.filename)
        if content.count(b"<") > limits.MAX_TAGS:
            raise refuse("too_complex", filename=self.filename)
        return content

    def is_strict(self, name):
        return name in self.infos and b"http://purl.oclc.org/ooxml/" in self.read(name)[:10_000]

    def as_transitional(self):
        """Return the bytes of the package with the ordinary namespaces in all of its XML."""
        buffer = io.BytesIO()
        with zipfile.ZipFile(buffer, "w", zipfile.ZIP_STORED) as archive:
            for name in self.infos:
                if name.lower().endswith((".xml", ".rels")):
                    archive.writestr(name, transitional(self.checked(name)))
        return buffer.getvalue()
