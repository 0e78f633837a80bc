"""Text → lines, and the marks in it: labels (一、 (1) ① 一是) and fields (整改措施： 责任单位：)."""

import re
from bisect import bisect_right
from dataclasses import dataclass
from itertools import pairwise

from .numerals import number
from .words import ALONE, BOXED, CLAUSE_ROLES, FIELD, SPACED, UNIT_END, role_in

CN = "[一二三四五六七八九十百]{1,5}"
FAULT = "(?:(?:整改|反馈|具体|存在)?问题|(?:风险)?隐患|短板|(?:反馈|审议|整改)意见)"
LABEL = re.compile(
    rf"(?P<chapter>第(?:{CN}|\d{{1,2}})(?:章|部分|篇)[、.:\s]?)"
    rf"|(?P<cn_paren>\( ?(?:{CN}) ?\)[、.,:]?|[㈠-㈩])"
    rf"|(?P<shi>{CN}是(?!否))"
    rf"|(?P<ordinal>第(?:{CN})[,、:](?!\d))"
    r"|(?P<first>(?:首先|其次|再次|再者|最后)[,、:])"
    rf"|(?P<cn>{CN}[、.])"
    r"|(?P<paren>\( ?\d{1,3} ?\)[、.,:]?|[⑴-⒇])"
    r"|(?P<before_digit>(?<=\n)\d{1,2}[.、](?=\d{1,4}\s?[个名家处座起条项辆户所宗件]))"
    r"|(?P<decimal>\d{1,2}(?:\.\d{1,2}){1,3}(?![\d.%])[、\s]?(?=\s*[\u4e00-\u9fff“《])(?!\s*[万亿个倍元米公平吨户人%]))"
    r"|(?P<dot>\d{1,3}[.、](?!(?!20\d\d\s?年)\d)|[⒈-⒛])"
    r"|(?P<half>\d{1,3}\)[、.]?)"
    r"|(?P<circle>[①-⑳❶-❿])"
    rf"|(?P<problem>{FAULT} ?(?:{CN}|\d{{1,3}}) ?(?:[:、.]|(?=\n))|\( ?{FAULT} ?(?:{CN}|\d{{1,3}}) ?\)[:、.]?"
    rf"|第 ?(?:{CN}|\d{{1,3}}) ?(?:项|(?:个|类)问题)[、.: ])"
    rf"|(?P<measure>(?:整改|具体|工作)?(?:措施|任务|事项) ?(?:{CN}|\d{{1,3}}) ?[:、.])"
)
# How high a style usually stands; a document may nest otherwise, then its own order counts.
RANK = {
    "chapter": 0,
    "cn": 1,
    "cn_paren": 2,
    "problem": 3,
    "dot": 4,
    "decimal": 5,
    "decimal3": 5.5,
    "decimal4": 5.7,
    "half": 6,
    "measure": 6,
    "paren": 7,
    "circle": 8,
    "ordinal": 9,
    "first": 9,
    "shi": 10,
}
RUNNING = frozenset({"shi", "ordinal", "first"})  # enumerations inside a sentence
DIGITS = re.compile(rf"{CN}|\d+|[㈠-㈩⑴-⒇⒈-⒛①-⑳❶-❿]")
WORDS = {"首先": 1, "其次": 2, "再次": 3, "再者": 3}
ENDS = frozenset("。;:!?)”》")
BULLETS = " -—–―•●○■□◆◇▪▲★※➢►"
BULLET = re.compile(rf"[{BULLETS}]{{0,40}}")
SPACE = re.compile(r"\s{0,200}")
TASK = re.compile(r"(?:任务|事项)[ :)]*$")
PAGE = re.compile(r"[-—–\s]*\d{1,4}[-—–\s]*$")
INDENT = re.compile(r" {0,200}")


@dataclass
class Label:
    style: str
    value: int
    start: int
    end: int
    inline: bool


@dataclass
class Field:
    role: str
    start: int
    end: int
    opens_line: bool


class Lines:
    """The lines of a text by offset; ``folded`` is the text in one spelling (see text.fold)."""

    def __init__(self, text, folded):
        self.text, self.folded = text, folded
        self.starts = [0] + [at + 1 for at, c in enumerate(folded) if c == "\n"]

    def start_of(self, at):
        return self.starts[bisect_right(self.starts, at) - 1]

    def end_of(self, at):
        index = bisect_right(self.starts, at)
        return self.starts[index] - 1 if index < len(self.starts) else len(self.folded)

    def opens(self, at):
        """Say whether only spaces and a bullet stand before ``at`` on its line."""
        return (
            not self.folded[self.start_of(at) : at].strip(BULLETS) if at - self.start_of(at) < 40 else False
        )

    def bullet(self, at):
        """Return where the bullet before ``at`` stands, ``at`` where there is none."""
        start = self.start_of(at)
        return start if at > start and not self.folded[start:at].strip(BULLETS) else at


def find_fields(lines, taken):
    """Return the fields outside ``taken`` (sorted spans), by offset."""
    folded, fields = lines.folded, []
    for match in FIELD.finditer(folded):
        if _inside(taken, match.start()):
            continue
        opens = lines.opens(match.start()) or _after_label(lines, match.start())
        role, start = role_in(match), match.start()
        if (
            opens
            or _before(folded, start) in " 。;!)"
            or (fields and _goes_on(folded, fields[-1], role, start))
        ):
            fields.append(Field(role, lines.bullet(start) if opens else start, match.end(), opens))
    for match in SPACED.finditer(folded):
        if lines.opens(match.start()) and not _inside(taken, match.start()):
            fields.append(Field(role_in(match), match.start(), match.end(), True))
    fields.extend(item for item in _headings(lines) if not _inside(taken, item.start))
    fields.sort(key=lambda field: field.start)
    return fields


def _goes_on(folded, last, role, at):
    """Whether a clause goes on behind a comma or, by a slip, behind the last unit.

    牵头单位：县水务局，完成时限：2024年6月底前 or 牵头单位：县水务局责任单位：县财政局
    """
    return (
        (_before(folded, at) == "," or UNIT_END.search(folded, max(last.end, at - 30), at))
        and role in CLAUSE_ROLES
        and last.role in CLAUSE_ROLES
        and not re.search(r"[。\n]", folded[last.end : at])
    )


def _after_label(lines, at):
    start = lines.start_of(at)
    return at - start < 40 and bool(LABEL.fullmatch(lines.folded[start:at].strip()))


def _headings(lines):
    """Yield the fields whose name fills a line of its own, or stands in a bracket at its start."""
    for match in BOXED.finditer(lines.folded):
        if lines.opens(match.start()):
            yield Field(role_in(match), match.start(), match.end(), True)
    for start in lines.starts:
        match = ALONE.match(lines.folded, INDENT.match(lines.folded, start).end())
        if match and match.start() < lines.end_of(start):
            yield Field(role_in(match), match.start(), match.end(), True)


def absorb(lines, labels, fields):
    """Take the labels away that only count fields: 1.整改目标：… 2.整改措施：… 3.责任单位：…

    Returns (labels, fields). A label before 问题： stays, except where its successor counts another field.
    """
    by_start = {field.start: field for field in fields}
    roles = []
    for label in labels:
        field = by_start.get(label.end)
        if label.style in ("cn", "chapter"):
            field = None  # 二、整改措施 is a chapter
        elif field is None and (match := ALONE.match(lines.folded, label.end)) and _is_field(match):
            field = Field(role_in(match), match.start(), match.end(), True)
        roles.append(field)
    kept, added = [], []
    for at, (label, field) in enumerate(zip(labels, roles, strict=True)):
        following = roles[at + 1] if at + 1 < len(roles) else None
        is_problem = field is not None and field.role in ("problem", "detail")
        if field is None or (is_problem and (following is None or following.role in ("problem", "detail"))):
            kept.append(label)
            continue
        field.start = label.start
        field.opens_line = lines.opens(label.start)
        if label.end not in by_start:
            added.append(field)
    return kept, sorted([*fields, *added], key=lambda item: item.start)


def find_labels(lines, fields, taken):
    """Return the labels outside ``taken``, by offset.

    At the start of a line, after a field and after another label any label counts. Within a line it has to
    follow the end of a sentence or a space, and to begin a count or go on with one.
    """
    folded, labels = lines.folded, []
    after = {
        SPACE.match(folded, field.end).end()
        for field in fields
        if field.role in ("measures", "problem", "goal")
    }
    last, at, block = {}, 0, None
    while match := LABEL.search(folded, at):
        start, at = match.start(), match.start() + 1
        value = _value(match, last)
        if not value or _inside(taken, start):
            continue
        style = _depth(match) if match.lastgroup == "decimal" else match.lastgroup
        if style == "before_digit":  # 6．3个项目 is the sixth item where the fifth stands before it
            style = "dot"
            if last.get("dot") != value - 1:
                continue
        follows = labels and labels[-1].end == start and style not in ("problem", "measure")
        opens = lines.opens(start) or start in after or follows
        # (1) inside the item (3) only lists things: a new count does not begin in an item of its own style.
        restarts = value == 1 and style == block
        if opens or (not restarts and _may_stand(style, value, folded, start, last)):
            block = style if opens else block
            at, last[style] = match.end(), value
            labels.append(Label(style, value, start, _body_start(folded, match.end()), not opens))
    return labels


def details_as_problems(lines, labels, fields):
    """Let 问题描述： open a problem where the document has no other word or label for one."""
    if any(label.style == "problem" for label in labels) or any(field.role == "problem" for field in fields):
        return
    for field in fields:
        if field.role == "detail" and "问题" in lines.folded[field.start : field.end]:
            field.role = "problem"


def tasks_as_problems(lines, labels, fields):
    """Let 整改任务：… be a problem where each one comes before a 整改措施：… and nothing else names problems."""
    if any(label.style == "problem" for label in labels) or any(field.role == "problem" for field in fields):
        return
    announced = [field for field in fields if field.role == "measures"]
    is_task = [TASK.search(lines.folded, one.start, one.end) is not None for one in announced]
    alternate = all(one != following for one, following in pairwise(is_task))
    if sum(is_task) > 1 and is_task[0] and not is_task[-1] and alternate:
        for field, task in zip(announced, is_task, strict=True):
            field.role = "problem" if task else field.role


def announce_problems(labels, fields):
    """Count 整改任务一：… as a problem where 整改措施： follows it before any other item."""
    marks = sorted(
        [(label.start, label) for label in labels]
        + [(field.start, field) for field in fields if field.role in ("measures", "problem")],
        key=lambda mark: mark[0],
    )
    counted = [(one, following) for (_, one), (_, following) in pairwise(marks) if isinstance(one, Label)]
    tasks = [(one, following) for one, following in counted if one.style == "measure"]
    announcing = [
        one for one, following in tasks if isinstance(following, Field) and following.role == "measures"
    ]
    if len(announcing) * 2 > len(tasks):
        for label in labels:
            if label.style == "measure":
                label.style = "problem"


def _value(match, last):
    """The number of a label; 最后 only ends a count that has begun."""
    if match.lastgroup == "first":
        return WORDS.get(match.group()[:2]) or (last.get("first") and last["first"] + 1)
    digits = DIGITS.findall(match.group())
    return number(digits[-1] if match.lastgroup == "decimal" else digits[0])


def _depth(match):
    """1.1 and 1.1.1 are two styles: what has more numbers stands below."""
    points = match.group().strip("、 ").count(".")
    return "decimal" if points == 1 else f"decimal{points + 1}"


def _body_start(folded, at):
    body = SPACE.match(folded, at).end()
    return at if "\n" in folded[at:body] else body


def _is_field(match):
    return role_in(match) in CLAUSE_ROLES or match.group().startswith("整改")


def _may_stand(style, value, folded, start, last):
    before = _before(folded, start)
    if style in ("problem", "measure", "chapter") or style.startswith("decimal"):
        return False
    if before not in " 。;:!?)”":
        return False
    return value == 1 or last.get(style) == value - 1


def _before(folded, at):
    return folded[at - 1] if at else "\n"


def _inside(spans, at):
    index = bisect_right(spans, (at, float("inf"))) - 1
    return index >= 0 and spans[index][0] <= at < spans[index][1]


def joined(text, start, end):
    """Return a passage as prose: a line broken in mid-sentence is put together, page numbers go."""
    out = ""
    for line in text[start:end].split("\n"):
        line = line.strip()
        if not line or PAGE.match(line):
            continue
        wrapped = out and len(out.rsplit("\n", 1)[-1]) >= 18 and out[-1] not in "。；;：:！？!?）)”》"
        out += line if wrapped or not out else "\n" + line
    return out
