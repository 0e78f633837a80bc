"""Any file → its text, told by content; what cannot be read is refused with advice."""

import io
import re
import zipfile

from . import limits
from .refusals import refuse, unsupported
from .text import clean, decode

OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
MAGIC = (
    (b"%PDF", "pdf"),
    (b"{\\rtf", "rich"),
    (b"\x89PNG", "picture"),
    (b"\xff\xd8\xff", "picture"),
    (b"GIF8", "picture"),
    (b"BM", "picture"),
    (b"MZ", "binary"),
    (b"\x7fELF", "binary"),
    (b"Rar!", "archive"),
    (b"7z\xbc\xaf", "archive"),
    (b"\x1f\x8b", "archive"),
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
        raise _ole_refusal(data, filename)
    if data.startswith((b"PK\x03\x04", b"PK\x05\x06")):
        return _packed(data, filename)
    for magic, kind in MAGIC:
        if data.startswith(magic) and (len(magic) > 2 or b"\x00" in data[:4096]):
            raise unsupported(kind, filename)
    if MARKUP.match(data[:512]):
        raise unsupported("page", filename)
    if filename.lower().endswith(".docx") and b"\x00" in data[:65536]:
        raise refuse("damaged", filename=filename)
    return decode(data, filename)


def _ole_refusal(data, filename):
    """Old Office container: a locked .docx is wrapped in one too, as the stream EncryptedPackage."""
    if "EncryptedPackage".encode("utf-16le") in data:
        return refuse("encrypted", filename=filename)
    if "Workbook".encode("utf-16le") in data and "WordDocument".encode("utf-16le") not in data:
        return unsupported("sheet", filename)
    return refuse("old_word", filename=filename)


def _packed(data, filename):
    if b"word/document.xml" not in data and any(name in data for name in SHEET):
        raise unsupported("sheet", filename)
    if (
        b"word/document.xml" not in data
        and b"[Content_Types].xml" not in data
        and zipfile.is_zipfile(io.BytesIO(data))
    ):
        raise unsupported("archive", filename)  # whole, but nothing of Office is in it
    from .docx import docx_text  # lxml is only needed for this kind

    return docx_text(data, filename)
