"""The sentence that says who reports to whom, every month, by which day, about what."""

import re

from .proposal import Reporting

MONTHLY = re.compile(
    r"(?:每个?月|逐月|按月)(?:的)?\s?(?:(?P<day>\d{1,2})\s?[日号]|(?P<last>月?底|末))(?:之|以)?前?"
)
SPAN = re.compile(
    r"(?:(?:\d{4}|本|今)\s?年)?\s?(?P<from>\d{1,2})\s?月?(?:份)?\s?[-—–~～至到]{1,2}\s?(?:(?:\d{4}|次|翌|明)\s?年)?\s?(?P<to>\d{1,2})\s?月"
)
SEND = re.compile(r"(?:上报|报送|报告|呈报|报备|填报|反馈|报)")
CONTENTS = re.compile(r"(?:内容)?(?:主要)?(?:包括|包含|含)\s?:?(?P<list>[^()。;\n]{2,120})")
RECIPIENT = re.compile(
    r"(?:报送|上报|呈报|至|到|给|送|报)(?P<name>[\u4e00-\u9fff]{2,40}(?:\([^()\n]{1,30}\))?)(?=$|[。;,\n]|备案|汇总)"
)
TOWARDS = re.compile(r"向(?P<name>[\u4e00-\u9fff]{2,40}?)(?:上报|报送|报告|反馈|书面报告)")
WHAT = re.compile(r"(?:情况|进展|进度|报告|材料|总结|信息|台账|清单|报表)$")
LAST_WORDS = re.compile(r"等(?:情况|内容|方面)?$")


def read_reporting(text, folded):
    """Return the monthly duty to report, None where the document has none."""
    for match in MONTHLY.finditer(folded):
        start, end = _sentence(folded, match.start())
        if not SEND.search(folded, match.end(), end):
            continue
        sentence_start, start = start, _reporter_start(folded, start, match.start())
        return Reporting(
            months=_months(folded, start, end),
            day=int(match["day"]) if match["day"] else 31,
            recipient=_recipient(text, folded, match.end(), end)
            or _recipient(text, folded, sentence_start, match.start()),
            contents=_contents(text, folded, match.end(), end),
            reporter=_reporter(text, folded, start, match.start()),
            raw=text[start:end].strip(),
        )
    return None


def _sentence(folded, at):
    start = max(folded.rfind(c, max(0, at - 400), at) for c in "。;\n") + 1
    depth, end = 0, at
    while end < len(folded) and end - at < 500:
        c = folded[end]
        depth += (c == "(") - (c == ")")
        if c == "\n" or (c in "。;" and depth <= 0):
            break
        end += 1
    return start, end


def _reporter_start(folded, start, at):
    """The part of the sentence that holds the reporter: the one with the months, or the one before 每月."""
    span = SPAN.search(folded, start, at)
    stop = span.start() if span else at
    while stop > start and folded[stop - 1] in " ,、于":
        stop -= 1
    return max(start, folded.rfind(",", start, stop) + 1)


def _months(folded, start, end):
    span = SPAN.search(folded, start, end)
    if not span:
        return list(range(1, 13))
    first, last = int(span["from"]), int(span["to"])
    if not (1 <= first <= 12 and 1 <= last <= 12):
        return list(range(1, 13))
    # 8月至次年4月 goes on over the new year.
    return list(range(first, last + 1)) if first <= last else [*range(first, 13), *range(1, last + 1)]


def _recipient(text, folded, start, end):
    matches = [*TOWARDS.finditer(folded, start, end)] or [*RECIPIENT.finditer(folded, start, end)]
    matches = [match for match in matches if not WHAT.search(match["name"])]  # 报送整改情况 names nobody
    return text[matches[-1].start("name") : matches[-1].end("name")] if matches else None


def _contents(text, folded, start, end):
    match = CONTENTS.search(folded, start, end)
    if not match:
        return []
    words = LAST_WORDS.sub("", text[match.start("list") : match.end("list")].strip())
    return [word.strip() for word in re.split(r"[、，,]", words) if word.strip()]


def _reporter(text, folded, start, at):
    span = SPAN.search(folded, start, at)
    words = text[start : span.start() if span else at].strip(" ，,、于从")
    words = re.sub(r"(?:要|应|应当|需|须|必须|请)$", "", words)
    return words if 2 <= len(words) <= 40 else None
