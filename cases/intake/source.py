"""Any file → its text, told by content; what cannot be read is refused with advice."""

import re

from . import limits
from .refusals import refuse
from .text import clean, decode

OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
MAGIC = (
    (b"%PDF", "a PDF file"),
    (b"{\\rtf", "an RTF file"),
    (b"\x89PNG", "a picture"),
    (b"\xff\xd8\xff", "a picture"),
    (b"GIF8", "a picture"),
    (b"BM", "a picture"),
    (b"MZ", "a program"),
    (b"\x7fELF", "a program"),
    (b"Rar!", "an archive"),
    (b"7z\xbc\xaf", "an archive"),
    (b"\x1f\x8b", "an archive"),
)
MARKUP = re.compile(rb"\s*(?:\xef\xbb\xbf)?\s*<(?:!doctype|html|\?xml|head|body)", re.IGNORECASE)
SHEET = (b"xl/workbook.xml", b"ppt/presentation.xml", b"opendocument")


def source_text(data, filename, *, max_size=limits.MAX_FILE):
    """Return the clean text of a file. Refuses what is empty, too large, locked, damaged or of another kind."""
    if len(data) > max_size:
        mega = limits.MEGABYTE
        unpacked = limits.MAX_UNPACKED // mega
        raise refuse("too_large", filename=filename, limit=max(1, max_size // mega), unpacked=unpacked)
    if not data.strip():
        raise refuse("empty", filename=filename)
    text = clean(_text(data, filename))
    if not text.strip():
        raise refuse("empty", filename=filename)
    return text


def _text(data, filename):
    if data.startswith(OLE):
        raise refuse(_ole_code(data), filename=filename, found="a spreadsheet in the old Excel format")
    if data.startswith(b"PK"):
        return _packed(data, filename)
    for magic, found in MAGIC:
        if data.startswith(magic) and (len(magic) > 2 or b"\x00" in data[:4096]):
            raise refuse("unsupported", filename=filename, found=found)
    if MARKUP.match(data[:512]):
        raise refuse("unsupported", filename=filename, found="a web page")
    if filename.lower().endswith(".docx") and b"\x00" in data[:65536]:
        raise refuse("damaged", filename=filename)
    return decode(data, filename)


def _ole_code(data):
    """Old Office container: a locked .docx is wrapped in one too, as the stream EncryptedPackage."""
    if "EncryptedPackage".encode("utf-16le") in data:
        return "encrypted"
    is_sheet = "Workbook".encode("utf-16le") in data and "WordDocument".encode("utf-16le") not in data
    return "unsupported" if is_sheet else "old_word"


def _packed(data, filename):
    if b"word/document.xml" not in data:
        for name in SHEET:
            if name in data:
                raise refuse(
                    "unsupported", filename=filename, found="a spreadsheet, a presentation or an ODF file"
                )
    from .docx import docx_text  # lxml is only needed for this kind

    return docx_text(data, filename)
