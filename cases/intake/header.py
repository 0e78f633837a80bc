"""What a document says about itself: title, issuer, number, date, totals."""

import datetime
import re

from .numerals import number

CN = "[一二三四五六七八九十]{1,3}"
DATE = (
    r"(?P<y>(?:19|20)\d\d|二[〇零○][〇零○一二三四五六七八九]{2})\s?年"
    rf"\s?(?P<m>\d{{1,2}}|{CN})\s?月\s?(?P<d>\d{{1,2}}|{CN})\s?日"
)
NAME = r"[\u4e00-\u9fff][\u4e00-\u9fff()、]{2,60}?"
SIGNED = re.compile(
    rf"(?:^|(?<=[\s(]))(?P<names>{NAME}(?:[ \n]{{1,4}}{NAME}){{0,3}})\s{{0,60}}\(?{DATE}\)?(?=\s|$)",
    re.MULTILINE,
)
DATED = re.compile(rf"{DATE}\s?(?:印发|发布|公布|下发|发文)")
ALONE = re.compile(rf"^[ (]*{DATE}[ )]*$", re.MULTILINE)
LABELLED_DATE = re.compile(
    rf"(?:成文|发文|印发|发布|公布)(?:日期|时间)\s?:\s?(?:{DATE}|(?P<y2>20\d\d)[-/.](?P<m2>\d{{1,2}})[-/.](?P<d2>\d{{1,2}}))"
)
LABELLED_ISSUER = re.compile(r"^\s*(?:发布|发文|印发|制定)(?:机构|机关|单位)\s?:\s?(\S{3,60})", re.MULTILINE)
DOCUMENT_NUMBER = re.compile(
    r"(?:^|(?<=[\s:(]))([\u4e00-\u9fff]{1,14}(?:\(?[\u4e00-\u9fff]{0,4}\)?))\((?:19|20)\d\d\)\s?第?\d{1,4}号",
    re.MULTILINE,
)
LETTERHEAD = re.compile(r"[会局府委组室院]文件$|^\S{2,14}[(〔\[]\d{4}[)〕\]]\s?第?\d{1,4}号$")
BODY_END = re.compile(
    r"(?:局|委|办|部|厅|院|会|公司|集团|政府|中心|领导小组|办公室|指挥部|委员会|专班|队|处|社|联|校|所|站|组)$"
)
TITLE_END = re.compile(
    r"(?:方案|意见|办法|清单|计划|台账|分工表?|(?:分解|明细|汇总|销号|责任|推进)表|一览表|任务表|措施|报告|分解|通知|细则|(?<=.{8})任务|任务书|责任书|规定|安排|决定|要点)(?:\([^()\n]{1,20}\))?$"
)
ISSUED = re.compile(r"^.{0,60}?关于(?:印发|转发|下发)(?P<name>[^《》\n]{6,100})的通知$")
ATTACHED = re.compile(r"附(?:件|表)\s?[\d一二三四五六七八九十]{0,3}\s?[:：]?")
QUOTED = re.compile(r"(?:印发|转发|下发|发布|公布)\s?《")
STOPS = re.compile(r"[。;!?]")
PROBLEMS = re.compile(
    r"(?P<n>\d{1,4}|[一二三四五六七八九十百]{1,5})\s?(?:个|项|条|类|(?:大)?方面)(?:方面|大类)?(?:的)?[^。,;:\n\d]{0,12}?问题"
    r"|问题\s?(?:共|总?计)?(?P<m>\d{1,4}|[一二三四五六七八九十百]{1,5})\s?(?:个|项|条)"
)
MEASURES = re.compile(
    r"(?:制定|制订|提出|明确|细化|形成|确定|列出|分解|落实|共计?|合计|总计)"
    r"(?:[^。;\n\d]{0,14}?\d{1,4}\s?(?:个|项|类|大|条)[^。;\n\d]{0,8}?(?=[\d,、]|问题|方面)){0,3}[^。;\n\d]{0,14}?"
    r"(?P<n>\d{1,4}|[一二三四五六七八九十百]{1,5})\s?(?:条|项|个)[^。,;:\n\d]{0,8}?(?:措施|任务|举措)"
    r"|(?:制定|制订|提出|明确|细化|形成|确定|列出|共计?|合计|总计)[^。;\n\d]{0,10}?(?:措施|任务|举措)"
    r"(?P<m>\d{1,4}|[一二三四五六七八九十百]{1,5})\s?(?:条|项|个)"
)
COUNTED = re.compile(r"针对|反馈|梳理|指出|共|涉及|聚焦|对照|归纳|整改")


def read_header(text, folded, first_problem, first_label):
    """Return {title, issuer, document_number, issued_on, stated_totals}; None where the text does not say.

    ``first_problem`` is the offset where the problems begin: what stands before is about the document;
    ``first_label`` that of the first numbered heading: the title stands before it.
    """
    head = min(len(folded), first_problem, 6000)
    issuer, issued_on = _signature(text, folded, head)
    return {
        "title": _title(text, folded, head, first_label),
        "issuer": issuer,
        "document_number": _document_number(text, folded, head),
        "issued_on": issued_on,
        "stated_totals": _totals(folded, min(first_problem, 20000)),
    }


def _title(text, folded, head, first_label):
    """The name inside 关于印发《…》的通知, else the first lines up to one that ends like a title."""
    if match := QUOTED.search(folded, 0, min(head, 600)):
        start = match.end()
        end = _closing(folded, start)
        if end and TITLE_END.search(re.sub(r"\s", "", folded[start:end])):
            return re.sub(r"\s+", "", text[start:end])
    lines = [line for line in text[: first_label or max(head, 200)].split("\n")[:12] if line.strip()]
    for at, line in enumerate(lines[:8]):
        if len(line) > 80 or STOPS.search(line) or LETTERHEAD.search(_plain(line)):
            continue
        for count in (1, 2, 3):
            whole = re.sub(r"\s+", "", "".join(lines[at : at + count]))
            if len(whole) > 120:
                break
            whole = ATTACHED.sub("", re.sub(r"^(?:标题|名称)[:：]", "", whole), count=1)
            if issued := ISSUED.match(whole):
                whole = issued["name"]
            if TITLE_END.search(_plain(whole)) and not BODY_END.search(_plain(lines[at].strip())):
                return whole
    return None


def _plain(text):
    return text.replace("（", "(").replace("）", ")")


def _closing(folded, start):
    depth = 1
    for at in range(start, min(len(folded), start + 200)):
        depth += (folded[at] == "《") - (folded[at] == "》")
        if depth == 0:
            return at
    return None


def _signature(text, folded, head):
    """The name above the first date that stands alone, in the letter at the front, else at the end."""
    for start, end in ((0, head), (max(head, len(folded) - 600), len(folded))):
        for match in SIGNED.finditer(folded, start, end):
            names = [
                name for name in re.split(r"\s+", text[match.start("names") : match.end("names")]) if name
            ]
            while names and not all(BODY_END.search(name) for name in names):
                names.pop(0)  # the last words of the letter may stand on the line before
            if names and (day := _day(match)):
                return "、".join(names), day
    day = next(
        (
            _day(match)
            for pattern in (DATED, ALONE, LABELLED_DATE)
            if (match := pattern.search(folded, 0, head))
        ),
        None,
    )
    issuer = LABELLED_ISSUER.search(folded, 0, head)
    return (text[issuer.start(1) : issuer.end(1)] if issuer else None), day or _last_day(folded, head)


def _last_day(folded, head):
    match = ALONE.search(folded, max(head, len(folded) - 300))
    return _day(match) if match else None


def _day(match):
    groups = match.groupdict()
    values = [
        groups["y"] or groups.get("y2"),
        groups["m"] or groups.get("m2"),
        groups["d"] or groups.get("d2"),
    ]
    try:
        return datetime.date(*(number(value) for value in values))
    except (ValueError, TypeError):
        return None


def _document_number(text, folded, head):
    """The document's own number: it opens a line or a bracket on it; one after 》 belongs to another document."""
    for match in DOCUMENT_NUMBER.finditer(folded, 0, head):
        line = folded[folded.rfind("\n", 0, match.start()) + 1 : match.start()]
        if not line.strip(" (") or line.rstrip(" :").endswith(("文号", "字号")):
            return text[match.start() : match.end()]
    return None


def _totals(folded, end):
    """The numbers of problems and measures that the document itself claims, each None where it does not."""
    start = max(0, end - 20000)
    measures = MEASURES.search(folded, start, end)
    problems = None
    for match in PROBLEMS.finditer(folded, start, end):
        sentence = folded[
            max(folded.rfind("。", 0, match.start()), folded.rfind("\n", 0, match.start()))
            + 1 : match.start()
        ]
        if COUNTED.search(sentence[-60:]):
            problems = match
            break
    if not measures and not problems:
        return None
    return {
        "problems": number(problems["n"] or problems["m"]) if problems else None,
        "measures": number(measures["n"] or measures["m"]) if measures else None,
    }
