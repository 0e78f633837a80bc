"""The phrases of a deadline → dates. A date is what the document says; nothing is guessed beyond the year."""

import calendar
import datetime
import re
from dataclasses import dataclass, field

from .numerals import number
from .proposal import ReadDate
from .text import fold
from .words import LONG_TERM

N = r"(?:\d{1,2}|[一二三四五六七八九十]{1,3})"
YEAR = (
    r"(?:(?P<year>(?:19|20)\d\d|二[〇零○][〇零○一二三四五六七八九]{2})\s?年度?\s?"
    r"|(?P<spoken>今年|本年|当年|明年|次年|来年)\s?)"
)
FROM = rf"(?:{N}\s?月?(?:\s?{N}\s?日)?\s?[-—–~～至到]{{1,2}}\s?)?"  # the first half of a range is no deadline


NEXT_QUARTER = r"\s?[、,和及至到\-—~～]\s?第?[一二三四1-4]\s?季度"  # 第三、四季度


def _month(tail=""):
    return (
        rf"(?P<month{tail}>{N})\s?月份?\s?"
        rf"(?:(?P<day{tail}>{N})\s?[日号]|(?P<last{tail}>月?[底末])|(?P<ten{tail}>[上中下])旬)?"
    )


def _quarter(tail=""):
    return rf"第?(?P<quarter{tail}>[一二三四1-4])(?:\s?季度|(?={NEXT_QUARTER}))"


PART = rf"(?P<half>[上下])半年|{_quarter()}|(?P<close>年?[底末终内])"
PHRASE = re.compile(
    r"(?P<y2>20\d\d)[-./](?P<m2>\d{1,2})(?:[-./](?P<d2>\d{1,2}))?(?!\d)日?"
    rf"|{YEAR}(?:{FROM}{_month()}|{PART})?"
    rf"|(?<!\d)(?P<bare>{FROM}{_month('_')})"
    rf"|(?P<half_>[上下])半年|{_quarter('_')}|(?:年(?!内)|(?<![\d一二两三四五六七八九十])年(?=内))(?P<close_>[底末终内])"
    rf"|(?<=[、,至到\-—–~～和及])(?P<only>{N})\s?日"
)
RANGE = re.compile(r"\s?(?:起|开始)?\s?[-—–~～至到]{1,2}\s?")
SPOKEN = {"明年": 1, "次年": 1, "来年": 1}
SEASON = re.compile(
    r"\s?(?:[春夏秋冬]季|学[年期]|开学|[寒暑]假|[主前后]?汛期?|春节|清明|中秋|国庆|元旦|高考|中考)[^,。;\d]{0,8}前"
)
BEFORE = re.compile(r"\s?(?:以|之)?前")
PAST = re.compile(r"的|已|出生|建成|竣工|登记|投入|取得|参加")
COUNT = r"(?:\d{1,3}|[一二两三四五六七八九十]{1,3})"
SPAN = rf"(?P<count>{COUNT})\s?(?P<of>个?工作日|年|个?月|日|天|周|个?星期)"
ISSUE = r"[自从]?(?:本?(?:方案|意见|文件|通知|清单))?(?:印发|下发|发布|发文)(?:之?日)?(?:起|后|以后)[,的]?\s?"
# A time without a date: 限期2个月, 自印发之日起30日内, 一年内, 5个工作日内
RELATIVE = re.compile(rf"(?P<from>{ISSUE})?(?:限期|限时|限)?(?:在|于)?{SPAN}(?:以内|之内|内)?")
SINCE_ISSUE = re.compile(rf"(?:{ISSUE}(?=[^,。;]{{2,8}}内)|限[期时]){SPAN}(?:以内|之内|内)?")
LIMITED = re.compile(r"限期|限时|限|[在于]")
RECURRING = re.compile(r"[每各](?:个?月|个?季度?|半年|年度?|周|个?星期|日|天|旬|两?个?月)(?!村)")


@dataclass
class Deadline:
    """What a deadline says: ``doubts`` are codes of remarks, with the passage."""

    dates: list = field(default_factory=list)
    long_term: bool = False
    doubts: list = field(default_factory=list)  # (code, start, end) or (code, start, end, params)


def read_deadline(text, start=0, end=None, *, year=None, folded=None, issued_on=None):
    """Read the deadline that stands in ``text[start:end]``; ``year`` stands in for one that is elided.

    A time such as 限期2个月 counts from ``issued_on``, and a doubt says so.

    >>> [str(d.due_on) for d in read_deadline("2022年6月30日、12月31日前取得阶段性成效").dates]
    ['2022-06-30', '2022-12-31']
    """
    folded = fold(text) if folded is None else folded
    end = len(text) if end is None else end
    deadline = Deadline(long_term=bool(LONG_TERM.search(folded, start, end)))
    _fill(deadline, text, folded, list(PHRASE.finditer(folded, start, end)), year)
    if not deadline.dates and (match := relative(folded, start, end)):
        _count(deadline, text, match, issued_on)
    return deadline


def relative(folded, start, end):
    """Return the match of a time without a date that opens the passage: 限期2个月, 一年内, 自印发之日起30日内."""
    while start < end and folded[start] in " ,;、":
        start += 1
    match = RELATIVE.match(folded, start, end)
    if not match:
        return None
    said = match.group()
    return match if said.endswith("内") or match["from"] or LIMITED.match(said) else None


def _count(deadline, text, match, issued_on):
    """Add the date that a time comes to. Working days need a calendar of holidays: they stay as text."""
    start, end = match.span()
    if "工作" in match["of"] or issued_on is None:
        deadline.doubts.append(("not_counted", start, end))
        return
    try:
        due = _later(issued_on, number(match["count"]), match["of"][-1])
    except (OverflowError, TypeError, ValueError):
        deadline.doubts.append(("not_counted", start, end))
        return
    printed = text[start:end]
    deadline.dates.append(ReadDate(due, printed, start, end))
    params = {"printed": printed, "issued_on": issued_on.isoformat()}
    deadline.doubts.append(("counted_from_issue", start, end, params))


def _later(day, count, unit):
    if unit in "日天":
        return day + datetime.timedelta(days=count)
    if unit in "周期":
        return day + datetime.timedelta(weeks=count)
    months = day.month - 1 + count * (12 if unit == "年" else 1)
    year, month = day.year + months // 12, months % 12 + 1
    return datetime.date(year, month, min(day.day, calendar.monthrange(year, month)[1]))


def read_prose(text, folded, start, end, *, year=None, issued_on=None):
    """Read dates out of a sentence: those with a year or month that say "before" (前), and times as 限期1个月."""
    matches = [
        match
        for match in PHRASE.finditer(folded, start, end)
        if (before := BEFORE.match(folded, match.end(), end))
        and not PAST.match(folded, before.end())
        and not _recurs(folded, match.start())
        and not _only_year(match)
    ]
    deadline = Deadline()
    _fill(deadline, text, folded, matches, year)
    for match in SINCE_ISSUE.finditer(folded, start, end):
        _count(deadline, text, match, issued_on)
    return deadline


def _recurs(folded, at):
    return folded[max(at - 1, 0) : at] in ("每", "各") or folded[max(at - 2, 0) : at] in (
        "每年",
        "每月",
        "每周",
    )


def _only_year(match):
    return not any(
        match[name]
        for name in ("m2", "month", "half", "quarter", "close", "bare", "half_", "quarter_", "close_")
    )


def _fill(deadline, text, folded, matches, year):
    previous, start_year = None, year
    for index, match in enumerate(matches):
        if _recurs(folded, match.start()):
            continue
        due, doubt = _date(match, year, previous, start_year, folded)
        following = matches[index + 1].start() if index + 1 < len(matches) else None
        if due is None:
            if doubt:
                deadline.doubts.append((doubt, match.start(), match.end()))
            continue
        year, previous = due.year, due
        if following is not None and RANGE.fullmatch(folded, match.end(), following):
            continue
        if doubt:
            deadline.doubts.append((doubt, match.start(), match.end()))
        start, end = match.span()
        while end > start and folded[end - 1].isspace():
            end -= 1
        deadline.dates.append(ReadDate(due, text[start:end], start, end))


def _date(match, year, previous, base, folded):
    """Return (date or None, code of a doubt or None)."""
    get = lambda name: match[name] or (match[name + "_"] if name + "_" in match.groupdict() else None)  # noqa: E731
    if match["only"]:
        return _exact(previous.year, previous.month, number(match["only"])) if previous else (None, None)
    if match["y2"]:
        year, month, day = int(match["y2"]), int(match["m2"]), match["d2"]
        return _exact(year, month, int(day)) if day else _end_of_month(year, month, None)
    if match["year"]:
        year = number(match["year"])
    elif match["spoken"]:
        since = year if match["spoken"] == "次年" else base  # the year after the one just named
        year = since and since + SPOKEN.get(match["spoken"], 0)
    if not year:
        return None, "no_year"
    if _only_year(match) and SEASON.match(folded, match.end()):
        return None, "not_counted"  # 2024年春季学期开学前
    return _within(year, get, match, folded)


def _within(year, get, match, folded):
    if get("month"):
        month = number(get("month"))
        if get("day"):
            return _exact(year, month, number(get("day")))
        if get("ten") in ("上", "中"):
            return _exact(year, month, 10 if get("ten") == "上" else 20)
        vague = not get("last") and not get("ten") and BEFORE.match(folded, match.end())
        return _end_of_month(year, month, "vague_before" if vague else None)
    if get("half"):
        return _exact(year, 6 if get("half") == "上" else 12, 31 if get("half") == "下" else 30)
    if get("quarter"):
        return _end_of_month(year, number(get("quarter")) * 3, None)
    return _exact(year, 12, 31, None if get("close") else "only_year")


def _exact(year, month, day, doubt=None):
    if not 1 <= month <= 12 or not 1900 <= year <= 2999 or not 1 <= day <= 31:
        return None, "impossible_date"
    last = calendar.monthrange(year, month)[1]
    if day > last:  # 6月31日 is meant as the end of June
        return datetime.date(year, month, last), "impossible_date"
    return datetime.date(year, month, day), doubt


def _end_of_month(year, month, doubt):
    if not 1 <= month <= 12 or not 1900 <= year <= 2999:
        return None, "impossible_date"
    return datetime.date(year, month, calendar.monthrange(year, month)[1]), doubt
