"""Any file → its text, told by content; what cannot be read is refused with advice."""

import re
from dataclasses import dataclass, field

from . import limits
from .refusals import refuse, too_large, unsupported
from .rows import Sheet, sheets_text
from .stacked import with_stacked_tables
from .tables import csv_rows, with_tables
from .text import NEWLINES, clean, decode
from .wrapped import unwrapped

OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
OLD_WORD, OLD_SHEET = "old_word", "old_sheet"
MAGIC = (
    (b"{\\rtf", "rich"),
    (b"\x89PNG", "picture"),
    (b"\xff\xd8\xff", "picture"),
    (b"GIF8", "picture"),
    (b"II*\x00", "picture"),
    (b"MM\x00*", "picture"),
    (b"BM", "picture"),
    (b"MZ", "binary"),
    (b"\x7fELF", "binary"),
    (b"SQLite format 3\x00", "binary"),
    (b"Rar!", "archive"),
    (b"7z\xbc\xaf", "archive"),
    (b"\x1f\x8b", "archive"),
    (b"BZh9", "archive"),
    (b"\xfd7zXZ", "archive"),
)
MARKUP = re.compile(
    rb"\s*(?:\xef\xbb\xbf)?\s*<(?:!doctype|!--|html|\?xml|head|body|meta|table|div)", re.IGNORECASE
)
SAVED_PAGE = re.compile(rb"(?:[\w-]+:[^\n]*\n[ \t]*){0,10}?MIME-Version:", re.IGNORECASE)  # .mht, .mhtml


@dataclass
class Source:
    """The clean text of a file; ``rows`` are those of a spreadsheet (see rows), none for any other."""

    text: str
    rows: list = field(default_factory=list)


def read_source(data, filename, *, max_size=limits.MAX_FILE):
    """Return the Source of a file. Refuses what is empty, too large, locked, damaged or of another kind."""
    refuse_size(data, filename, max_size)
    if not data.strip():
        raise refuse("empty", filename=filename)
    source = _source(data, filename)
    source.text = clean(source.text)
    if not source.text.strip():
        raise refuse("empty", filename=filename)
    if len(source.text) > limits.MAX_TEXT:
        raise refuse("too_complex", filename=filename)
    return source


def source_text(data, filename, **options):
    """Return the clean text alone."""
    return read_source(data, filename, **options).text


def refuse_size(data, filename, max_size):
    """A file over the limit is not looked at any further."""
    if len(data) > max_size:
        raise too_large(filename, max_size)


def old_kind(data):
    """Return the kind of an old Office file, None for any other.

    A locked .docx is wrapped in the old container too, as the stream EncryptedPackage.
    """
    if data.startswith(b"{\\rtf"):
        return "rich"
    if not data.startswith(OLE):
        return None
    streams = {
        name: name.encode("utf-16le") in data for name in ("EncryptedPackage", "WordDocument", "Workbook")
    }
    if streams["EncryptedPackage"]:
        return "encrypted"
    if "PowerPoint Document".encode("utf-16le") in data:
        return "slides"
    return OLD_SHEET if streams["Workbook"] and not streams["WordDocument"] else OLD_WORD


def _source(data, filename):
    if data.startswith(OLE):
        kind = old_kind(data)
        raise unsupported(kind, filename) if kind == "slides" else refuse(kind, filename=filename)
    if data.startswith((b"PK\x03\x04", b"PK\x05\x06")):
        return _packed(data, filename)
    if b"%PDF-" in data[:1024]:
        # Loaded for its kind of file only: the process that reads starts anew for each file.
        from .pdf import pdf_text

        return Source(pdf_text(data, filename))
    for magic, kind in MAGIC:
        if data.startswith(magic) and (len(magic) > 2 or b"\x00" in data[:4096]):
            raise unsupported(kind, filename)
    if MARKUP.match(data[:512]) or SAVED_PAGE.match(data[:2048]):
        from .webpage import page_text  # for its kind only

        return Source(page_text(data, filename))
    return _plain(data, filename)


def _packed(data, filename):
    from .package import Package  # for packed files only

    package = Package(data, filename)
    if package.kind() == "docx":
        from .docx import docx_text  # for its kind only

        return Source(docx_text(package))
    from .sheet import sheets  # for its kind only

    return Source(*sheets_text(sheets(data, package)))


def _plain(data, filename):
    name = filename.lower()
    if name.endswith((".docx", ".xlsx", ".pdf")) and b"\x00" in data[:65536]:
        raise refuse("damaged", filename=filename)
    text = NEWLINES.sub("\n", decode(data, filename))
    if name.endswith(".csv") and (rows := csv_rows(text, filename)) is not None:
        return Source(*sheets_text([Sheet("", list(enumerate(rows, 1)))]))
    return Source(unwrapped(with_stacked_tables(with_tables(text))))
