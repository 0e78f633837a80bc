"""What may be put forward as evidence: the type is read from the bytes, never from the name."""

import io
import unicodedata
import zipfile
from pathlib import PurePosixPath

import filetype
from django.conf import settings
from django.utils.translation import gettext_lazy as _

from cases.errors import BadFile
from cases.media import DOCX, PDF, PNG, XLSX

PICTURES = {"image/jpeg", "image/png", "image/webp", "image/gif", "image/heic"}
OLD_OFFICE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
# Media type → endings under which it may be called. Nothing that a browser or an office suite would run.
ALLOWED = {
    "image/jpeg": {".jpg", ".jpeg"},
    PNG: {".png"},
    "image/webp": {".webp"},
    "image/gif": {".gif"},
    "image/heic": {".heic"},
    PDF: {".pdf"},
    DOCX: {".docx"},
    XLSX: {".xlsx"},
    "application/msword": {".doc"},
    "application/vnd.ms-excel": {".xls"},
}
MEMBERS = {"word/document.xml": DOCX, "xl/workbook.xml": XLSX}


def check(name: str, data: bytes) -> tuple[str, str]:
    """(clean name, media type) of an acceptable file.

    Errors: BadFile that says what is wrong with which file and what to do.
    """
    name = clean_name(name)
    if not data:
        raise BadFile(_("“%(name)s” is empty. Choose the file again."), name=name)
    if len(data) > settings.XIAOHAO_EVIDENCE_MAX_MB * 1024 * 1024:
        raise too_large(name)
    media_type = media_type_of(data, name)
    if media_type is None:
        raise BadFile(
            _("“%(name)s” is not a kind of file that can be evidence. Use a photo, PDF, Word or Excel file."),
            name=name,
        )
    if PurePosixPath(name).suffix.lower() not in ALLOWED[media_type]:
        raise BadFile(
            _("The content of “%(name)s” is not what its ending says. Save it again in the right format."),
            name=name,
        )
    return name, media_type


def too_large(name: str) -> BadFile:
    """The refusal of a file over the limit; also raised before such a file is read."""
    return BadFile(
        _("“%(name)s” is larger than %(limit)s MB. Send a smaller scan or split it."),
        name=clean_name(name),
        limit=settings.XIAOHAO_EVIDENCE_MAX_MB,
    )


def media_type_of(data: bytes, name: str) -> str | None:
    """The allowed media type of the bytes, or None."""
    if data.startswith(OLD_OFFICE):
        return "application/vnd.ms-excel" if name.lower().endswith(".xls") else "application/msword"
    if data.startswith(b"PK"):
        return _office_type(data)
    guess = filetype.guess(data[:8192])
    if guess and guess.mime == PDF and b"%%EOF" not in data[-2048:]:
        return None  # cut off or only pretending: nobody could open it later
    return guess.mime if guess and guess.mime in ALLOWED else None


def _office_type(data: bytes) -> str | None:
    """Word or Excel without macros, from the members of the archive."""
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            members = set(archive.namelist())
    except zipfile.BadZipFile:
        return None
    if any(member.endswith("vbaProject.bin") for member in members):
        return None
    return next((kind for member, kind in MEMBERS.items() if member in members), None)


def clean_name(name: str) -> str:
    """The last part of the name, without control and direction characters, at most 120 characters."""
    name = unicodedata.normalize("NFC", name.replace("\\", "/").rsplit("/", 1)[-1])
    name = "".join(c for c in name if unicodedata.category(c) not in {"Cc", "Cf", "Cs"}).strip() or "file"
    stem, dot, ending = name.rpartition(".")
    return f"{stem[:110]}{dot}{ending[:10]}" if dot else name[:120]
