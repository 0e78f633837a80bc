"""Bytes of a text file → clean text; and the fold that lets the rules see one spelling of every mark."""

import re

from .refusals import refuse, unsupported

# Lines that begin with "#" are annotations of whoever keeps the file: official text never begins so.
ANNOTATION = re.compile(r"^#.*\n?", re.MULTILINE)
INVISIBLE = re.compile("[\u200b-\u200f\u2060\ufeff\u00ad]")
CONTROL = re.compile("[\x00-\x08\x0e-\x1f\x7f]")
NEWLINES = re.compile("\r\n|[\r\x0b\x0c\x85\u2028\u2029]")
EMPTY_LINES = re.compile("\n{4,}")
COMMON = frozenset("的一和在是不了有为、，。：年月日市县区部门工作")

_FOLD = {code: code - 0xFEE0 for code in range(0xFF01, 0xFF5F)}
_FOLD |= dict.fromkeys(map(ord, "〔【［〖﹝（"), "(") | dict.fromkeys(map(ord, "〕】］〗﹞）"), ")")
_FOLD |= dict.fromkeys(map(ord, "\t\u00a0\u3000\u2002\u2003\u2009"), " ")
_FOLD |= {ord("["): "(", ord("]"): ")", ord("∶"): ":", ord("︰"): ":", ord("﹕"): ":", ord("﹑"): "、"}
_FOLD |= {ord("､"): "、", ord("｡"): "。", ord("﹐"): ",", ord("﹔"): ";"}


def fold(text):
    """Map every mark to one spelling, character for character, so that offsets stay valid."""
    return text.translate(_FOLD)


def decode(data, filename):
    """Decode UTF-8, UTF-16 with a mark, GB18030 or what the detector is sure of; else refuse."""
    if data[:2] in (b"\xff\xfe", b"\xfe\xff"):
        return _try(data, "utf-16") or _refuse_encoding(filename)
    if _is_binary(data):
        raise unsupported("binary", filename)
    text = _try(data, "utf-8-sig")
    if text is not None:
        return text
    text = _try(data, "gb18030")
    if text is not None and _is_chinese(text):
        return text
    return _detect(data) or _refuse_encoding(filename)


def clean(text):
    """Drop annotations and invisible characters, make every line end a newline."""
    text = NEWLINES.sub("\n", text)
    text = CONTROL.sub("", INVISIBLE.sub("", text))
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
    return b"\x00" in head or len(CONTROL.findall(head.decode("latin-1"))) * 100 > len(head)


def _is_chinese(text):
    # Random bytes often decode as GB18030, but then into rare characters only.
    wide = [c for c in text[:20000] if ord(c) > 0x7F]
    return sum(c in COMMON for c in wide) * 20 > len(wide)


def _detect(data):
    from charset_normalizer import from_bytes  # slow to import and rarely needed

    best = from_bytes(data[:200_000]).best()
    text = _try(data, best.encoding) if best else None
    return text if text and _is_chinese(text) else None


def _refuse_encoding(filename):
    raise refuse("encoding", filename=filename)
