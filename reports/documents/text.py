"""Text on its way to paper: cleaned, escaped and prepared for Chinese line breaking."""

import datetime
import re
import unicodedata
from zoneinfo import ZoneInfo

from django.conf import settings
from django.utils.html import escape
from django.utils.safestring import SafeString, mark_safe

# Line ends of every kind; U+2028 and U+2029 come with text pasted from web pages.
LINE_ENDS = re.compile("\r\n|[\r\x0b\x0c\x85\u2028\u2029]")
# Cc controls and Cs lone surrogates cannot be printed. Cf formatting marks could print a text other than the
# one that is stored (right-to-left override), so they go too.
UNPRINTABLE = {"Cc", "Cs", "Cf"}
HANZI = "\u3400-\u9fff\uf900-\ufaff\U00020000-\U0003ffff"
OPENING_QUOTE = re.compile(f"(?<=[{HANZI}，。、；：])(?=[“‘])")
CLOSING_QUOTE = re.compile(f"(?<=[”’])(?=[{HANZI}])")
UNBREAKABLE = re.compile("(—{2,}|…{2,})")
FULL_WIDTH_BRACKETS = str.maketrans("()", "（）")


def clean_text(text) -> str:
    """Return ``text`` with unified line ends, tabs as spaces and no unprintable characters."""
    text = LINE_ENDS.sub("\n", str(text or "")).replace("\t", " ")
    return "".join(c for c in text if c == "\n" or unicodedata.category(c) not in UNPRINTABLE)


def typeset(text) -> SafeString:
    """Clean and escape ``text`` for a paragraph of Chinese.

    A zero-width space lets a line end before “ and after ” (Unicode glues both to the neighbouring hanzi, which
    leaves wide gaps in a justified line); —— and …… are kept in one piece.
    """
    text = CLOSING_QUOTE.sub("\u200b", OPENING_QUOTE.sub("\u200b", clean_text(text)))
    return mark_safe(UNBREAKABLE.sub(r'<span class="whole">\1</span>', escape(text)))


def paragraphs(text) -> list[SafeString]:
    """Split ``text`` at line ends into typeset paragraphs; leading indents of any kind are dropped."""
    return [typeset(line.strip()) for line in clean_text(text).split("\n") if line.strip()]


def full_width(label) -> str:
    """Write a heading number as official papers do: ``(一)`` becomes ``（一）``."""
    return clean_text(label).translate(FULL_WIDTH_BRACKETS)


def chinese_date(iso: str) -> str:
    """``2026-11-02`` → ``2026年11月2日``, without leading zeros (GB/T 9704 7.3.5.4)."""
    day = datetime.date.fromisoformat(iso[:10])
    return f"{day.year}年{day.month}月{day.day}日"


def local_moment(iso: str | None) -> str:
    """A stored moment as the county's clock showed it, to the minute; empty for none."""
    if not iso:
        return ""
    moment = datetime.datetime.fromisoformat(iso)
    if moment.tzinfo is not None:
        moment = moment.astimezone(ZoneInfo(settings.TIME_ZONE))
    return moment.strftime("%Y-%m-%d %H:%M")
