"""Bytes of a text file → clean text; and the fold that lets the rules see one spelling of every mark."""

import re
import unicodedata

from .refusals import refuse, unsupported

# Lines that begin with "#" are annotations of whoever keeps the file: official text never begins so.
ANNOTATION = re.compile(r"^#.*\n?", re.MULTILINE)
# Marks of width nothing, also those that turn the direction of writing: a plan could show other words than it holds.
INVISIBLE = re.compile(
    "[\u200b-\u200f\u202a-\u202e\u2060-\u206f\u061c\u180e\ufeff\ufff9-\ufffb\u00ad\U000e0000-\U000e007f]"
)
CONTROL = re.compile("[\x00-\x08\x0e-\x1f\x7f-\x84\x86-\x9f\ud800-\udfff\ufffe\uffff]")
BINARY = re.compile(rb"[\x00-\x08\x0e-\x1f\x7f]")
NEWLINES = re.compile("\r\n|[\r\x0b\x0c\x85\u2028\u2029]")
EMPTY_LINES = re.compile("\n{4,}")
COMMON = frozenset("的一和在是不了有为、，。：年月日市县区部门工作")
TRADITIONAL = frozenset("的一和在是不了有為、，。：年月日市縣區部門工作單位")

# What a PDF or an old font takes for the ordinary character (⽔ for 水): one for one, so the text can be put right.
_RADICALS = {
    code: ordinary
    for code in (*range(0x2F00, 0x2FD6), *range(0xF900, 0xFAFF))
    if len(ordinary := unicodedata.normalize("NFKC", chr(code))) == 1
}

_FOLD = {code: code - 0xFEE0 for code in range(0xFF01, 0xFF5F)}
_FOLD |= dict.fromkeys(map(ord, "〔【［〖﹝（"), "(") | dict.fromkeys(map(ord, "〕】］〗﹞）"), ")")
_FOLD |= dict.fromkeys(map(ord, "\t\u00a0\u3000\u2002\u2003\u2009"), " ")
_FOLD |= {ord("["): "(", ord("]"): ")", ord("∶"): ":", ord("︰"): ":", ord("﹕"): ":", ord("﹑"): "、"}
_FOLD |= dict.fromkeys(map(ord, "|｜│丨"), ";")  # 牵头单位：县水务局｜完成时限：2024年6月底前
_FOLD |= {ord("､"): "、", ord("｡"): "。", ord("﹐"): ",", ord("﹔"): ";"}


def fold(text):
    """Map every mark to one spelling, character for character, so that offsets stay valid."""
    return text.translate(_FOLD)


def decode(data, filename):
    """Decode UTF-8, UTF-16 with a mark, GB18030 or what the detector is sure of; else refuse."""
    if data[:2] in (b"\xff\xfe", b"\xfe\xff"):
        return _try(data, "utf-16") or _refuse_encoding(filename)
    if b"\x00" in data[:4096] and (text := _unmarked(data)):
        return text
    if _is_binary(data):
        raise unsupported("binary", filename)
    text = _try(data, "utf-8-sig")
    if text is not None:
        return text
    text = _try(data, "gb18030")
    if text is not None and _is_chinese(text):
        return text
    text = _try(data, "big5")
    if text is not None and _is_chinese(text, TRADITIONAL):
        raise refuse("traditional", filename=filename)
    return _detect(data) or _cut_off(data) or _refuse_encoding(filename)


def clean(text):
    """Drop annotations and invisible characters, make every line end a newline."""
    text = NEWLINES.sub("\n", text)
    text = CONTROL.sub("", INVISIBLE.sub("", text)).translate(_RADICALS)
    text = ANNOTATION.sub("", text)
    text = "\n".join(line.rstrip() for line in text.split("\n")).strip("\n")
    return EMPTY_LINES.sub("\n\n\n", text)


def _try(data, encoding):
    try:
        return data.decode(encoding)
    except UnicodeDecodeError:
        return None


def _is_binary(data):
    head = data[:65536]
    return b"\x00" in head or len(BINARY.findall(head)) * 100 > len(head)


def _unmarked(data):
    """UTF-16 that has no mark at its beginning."""
    for encoding in ("utf-16-le", "utf-16-be"):
        text = _try(data, encoding)
        if text and _is_chinese(text):
            return text
    return None


def _cut_off(data):
    """A file that ends or was damaged within a few characters is read with � in their place."""
    for encoding in ("utf-8", "gb18030"):
        text = data.decode(encoding, "replace")
        if _is_chinese(text) and text.count("\ufffd") * 200 <= len(text):
            return text
    return None


def _is_chinese(text, common=COMMON):
    # Random bytes often decode as GB18030, but then into rare characters only.
    wide = [c for c in text[:20000] if ord(c) > 0x7F]
    return sum(c in common for c in wide) * 20 > len(wide)


def _detect(data):
    from charset_normalizer import from_bytes  # slow to import and rarely needed

    best = from_bytes(data[:200_000]).best()
    text = _try(data, best.encoding) if best else None
    return text if text and _is_chinese(text) else None


def _refuse_encoding(filename):
    raise refuse("encoding", filename=filename)
