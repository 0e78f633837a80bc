"""The zip of a .docx or .xlsx file, opened with mistrust: sizes first, no entities, no programs."""

import io
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


class Package:
    """The parts of a packed document. Refuses what is damaged, encrypted, exploding or holds macros."""

    def __init__(self, data, filename):
        self.filename = filename
        try:
            self.archive = zipfile.ZipFile(io.BytesIO(data))
            self.infos = {info.filename: info for info in self.archive.infolist()}
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
        for name, kind in (("word/document.xml", "docx"), ("xl/workbook.xml", "xlsx")):
            if name in names:
                return kind
        if "ppt/presentation.xml" in names:
            raise unsupported("slides", self.filename)
        if "mimetype" in names and b"opendocument" in self.read("mimetype"):
            raise unsupported("office", self.filename)
        if "[Content_Types].xml" in names:
            raise refuse("damaged", filename=self.filename)
        raise unsupported("archive", self.filename)

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
        content = self.checked(name)
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
