"""Rows of a ledger → lines in the words that the grammar knows, 问题1：… 整改措施：… 责任单位：…

The columns are known by their headings, in any order, wherever in the table the headings stand. A cell is its text,
or ABOVE or LEFT where it is part of a merged one.
"""

import csv
import datetime
import enum
import io
import re
from itertools import chain

from . import limits
from .numerals import chinese
from .refusals import refuse
from .words import CLAUSE_ROLES, LEAD_RULE, role_of


class Merged(enum.Enum):
    ABOVE = 1
    LEFT = 2


class Part(enum.Enum):
    """What a row is to its table."""

    TITLE = "title"  # or a note, above the headings
    HEADINGS = "headings"
    AGAIN = "again"  # the headings on the next page
    NOTE = "note"  # one cell over the whole width: a heading between rows, a note below them
    CONTENT = "content"
    PLAIN = "plain"  # of a table without known headings


ABOVE, LEFT = Merged.ABOVE, Merged.LEFT
BREAKS = re.compile(r"[、，,；;]?\s*\n\s*")
SPACES = re.compile(r"\s+")
REMARK_IN_NAME = re.compile(r"[(（【\[].{0,30}?[)）】\]]|[*＊:：]")
SERIAL = re.compile(r"(?:序号|编号|问题编号|措施编号|项目|No\.?)", re.IGNORECASE)
ABOUT = re.compile(r"类[型别]|来源|性质|领域|分类|属性|层级|状态|情况|进展|结果|数量?$|是否|备注|说明")
PROBLEM = re.compile(r"问题|表现")
TASK = re.compile(r"任务|措施|事项|内容|举措|工作")
SPOKEN = (  # headings that are no word of the grammar, by what they contain; the first that fits
    ("deadline", re.compile(r"时限|期限|(?:完成|办结|整改|销号|截止).{0,2}(?:时间|日期)|时间节点")),
    ("lead", re.compile(r"牵头|主办|主责")),
    ("people", re.compile(r"领导|责任人|负责人|联系人")),
    (
        "responsible",
        re.compile(
            r"(?:责任|配合|协办|承办|落实|实施|整改).{0,3}(?:单位|部门|主体|科室)|^责任(?:清单|分工|落实)?$"
        ),
    ),
    ("goal", re.compile(r"目标|标准|要求$")),
)
ORDER = (
    "task",
    "problem",
    "detail",
    "source",
    "goal",
    "measures",
    "lead",
    "responsible",
    "people",
    "deadline",
    "other",
)
NAMES = {
    "detail": "主要表现",
    "source": "问题来源",
    "goal": "整改目标",
    "measures": "整改措施",
    "lead": "牵头单位",
    "responsible": "责任单位",
    "people": "责任人",
    "deadline": "整改时限",
    "other": "备注",
}
HEADING_LENGTH = 20
SEARCHED_ROWS = 15  # titles and notes stand above the headings, seldom more than five rows
NOTE = re.compile(r"(?:注|备注|附注|(?:填表|填报)?说明)\s*[:：\d]")
TOTAL = re.compile(r"[合总小共]\s*计[:：]?")
SIGNED = re.compile(
    r"(?:填报|填表|制表|编制|审核|审签|复核|联系|报送|单位负责|主管|分管|主要负责|经办)[^:：，。]{0,8}[:：]"
)
DAY = re.compile(r"((?:19|20)\d\d)[-/.]?(\d\d?)[-/.]?(\d\d?)(?: 0?0:00(?::00)?)?")
COUNTED_DAY = re.compile(r"[345]\d{4}")  # days since 1899-12-30, which is how a spreadsheet stores a date
FIRST_DAY = datetime.date(1899, 12, 30)
OWN_NUMBER = re.compile(r"(?:问题)?\s*[(（]?\s*(\d{1,3})\s*[)）]?\s*[.．、:：]?(?!\d)\s*")
OWN_LABEL = re.compile(r"[(（][一二三四五六七八九十百]{1,4}[)）]|[一二三四五六七八九十百]{1,4}、")


def table_lines(rows):
    """Yield the lines of a table; one without known headings gives its cells as they are."""
    return chain.from_iterable(lines for _part, lines in table_parts(rows))


def table_parts(rows, before=None):
    """Yield (part of the table, lines) for each row, in order; ``before`` are the headings of a table it goes on."""
    at, below = find_header(rows)
    if at is not None:
        yield from ((Part.TITLE, [_plain_row(row)]) for row in rows[:at])
        yield from ((Part.HEADINGS, []) for _row in rows[at:below])
        yield from _Ledger(_whole_header(rows, at, below)).parts(rows[below:])
    elif before and goes_on(rows, before):
        yield from _Ledger(before).parts(rows)
    else:
        yield from ((Part.PLAIN, [_plain_row(row)]) for row in rows)


def headings(rows):
    """Return the headings of a table, None where it has no known ones."""
    at, below = find_header(rows)
    return None if at is None else _whole_header(rows, at, below)


def goes_on(rows, header):
    """Say whether rows without headings count on in the columns of the table before: 续表."""
    serial = next((at for at, (role, _) in enumerate(_columns(header)) if role == "serial"), None)
    if serial is None or not rows or len(rows[0]) > len(header) or len(rows[0]) <= serial:
        return False
    first = rows[0][serial]
    return (
        isinstance(first, str)
        and first.isdecimal()
        and sum(isinstance(cell, str) and bool(cell) for cell in rows[0]) > 2
    )


def csv_rows(text, filename):
    """Return the rows of a comma-separated table; also of one that semicolons or tabs separate. None for no table."""
    head = text[:2000]
    delimiter = max(",;\t，", key=head.count)
    try:
        rows = list(csv.reader(io.StringIO(text), delimiter=delimiter))
    except csv.Error:  # a cell of more than 128 kB: no table
        return None
    if len(rows) > limits.MAX_ROWS:
        raise refuse("too_complex", filename=filename)
    return rows


def with_tables(text):
    """Return a text in which tables that were pasted from Word or Excel (tabs between the cells) are lines."""
    lines, out, at = text.split("\n"), [], 0
    while at < len(lines):
        cells = lines[at].count("\t")
        if cells >= 2 and find_header([lines[at].split("\t"), []])[0] == 0:
            rows, used = _pasted_rows(lines[at:])
            out.extend(table_lines(rows))
            at += used
        else:
            out.append(lines[at])
            at += 1
    return "\n".join(out)


def _pasted_rows(lines):
    """Read rows up to the first that has a single cell; a cell in quotes may hold line ends."""
    rows, used = [], 0
    reader = csv.reader((line + "\n" for line in lines), delimiter="\t")
    try:
        for row in reader:
            if len(row) < 2:
                break
            rows.append(row)
            used = reader.line_num
    except csv.Error:
        pass
    return rows, max(used, 1)


def _plain_row(row):
    return "\t".join(cell for cell in row if isinstance(cell, str) and cell)


def find_header(rows):
    """Return (first, one past the last) row of the headings, (None, None) where no row has two known ones."""
    for at, row in enumerate(rows[: min(SEARCHED_ROWS, max(0, len(rows) - 1))]):
        roles = [role for role, _ in _columns(row) if role]
        known = {role for role in roles if role not in ("serial", "other")}
        if len(known) >= 2 and known & {"problem", "measures"}:
            return at, at + (2 if _is_second_row(row, rows[at + 1]) else 1)
    return None, None


def role_of_heading(name):
    """Return the role of a column by its heading; "serial" for 序号, None where it is not known."""
    return _role(_name(name))[0]


def known_heading(cell):
    """Say whether a cell is the heading of a column that tells of problems, measures, units or times."""
    return isinstance(cell, str) and _role(_name(cell))[0] not in (None, "serial", "other")


def _is_second_row(row, following):
    """Say whether 责任单位 stands above 牵头单位 and 配合单位, and the headings go on in the next row."""
    under = [
        (at, cell) for at, cell in enumerate(following[: len(row)]) if isinstance(cell, str) and cell.strip()
    ]
    known = [_role(_name(cell))[0] in CLAUSE_ROLES for _at, cell in under]
    if not any(known):
        return False
    if LEFT in row:
        spanned = {at for at, cell in enumerate(row) if cell is LEFT or row[at + 1 : at + 2] == [LEFT]}
        return all(at in spanned and len(cell) <= HEADING_LENGTH for at, cell in under) or all(known)
    # In a file without merged cells the second name of a group has nothing above it.
    return all(known) and any(row[at] == "" for at, _cell in under)


def _whole_header(rows, at, below):
    header = list(rows[at])
    if below - at == 2:
        for column, cell in enumerate(rows[at + 1][: len(header)]):
            if isinstance(cell, str) and cell:
                header[column] = cell
    return header


def _columns(header):
    """Return (role or None, name) for each column."""
    return [_role(_name(cell)) if isinstance(cell, str) else (None, "") for cell in header]


def _name(cell):
    return REMARK_IN_NAME.sub("", SPACES.sub("", cell))


def _role(name):
    if not name or len(name) > HEADING_LENGTH:
        return None, name
    if SERIAL.fullmatch(name):
        return "serial", name
    if role := role_of(name):
        return role, name
    if ABOUT.search(name):
        return "other", ""
    for role, pattern in SPOKEN:
        if pattern.search(name):
            return role, ""
    role = "problem" if PROBLEM.search(name) else "measures" if TASK.search(name) else None
    return role, ""


def _is_foot(cells):
    """A total, the names below a form, a note on it: read as a row, each would be a problem."""
    filled = [cell.strip() for cell in cells if isinstance(cell, str) and cell.strip()]
    if not filled:
        return False
    is_note = len(filled) == 1 and NOTE.match(filled[0])
    return bool(is_note or TOTAL.fullmatch(filled[0]) or all(map(SIGNED.match, filled)))


class _Ledger:
    """Writes the rows below the headings. ``opening`` is the role whose cells begin something new."""

    def __init__(self, header):
        self.header = [_name(cell) if isinstance(cell, str) else "" for cell in header]
        columns = _columns(header)
        self.roles, self.names = [role for role, _ in columns], [name for _, name in columns]
        self._one_problem_column()
        self.opening = next((role for role in ("problem", "task") if role in self.roles), "measures")
        self.order = sorted(
            (at for at, role in enumerate(self.roles) if role != "serial"),
            key=lambda at: ORDER.index(self.roles[at] or "other"),
        )
        self.serial = 0

    def _one_problem_column(self):
        """Of 反馈问题 and 具体问题 the second only describes the first."""
        columns = [at for at, role in enumerate(self.roles) if role == "problem"]
        for at in columns[1:]:
            self.roles[at], self.names[at] = "detail", ""
        if not columns and "detail" in self.roles:
            self.roles[self.roles.index("detail")] = "problem"
        # 重点任务 beside 具体举措: the first is what the measures serve.
        if "problem" not in self.roles and self.roles.count("measures") > 1:
            self.roles[self.roles.index("measures")] = "task"

    def parts(self, rows):
        last = [""] * len(self.roles)
        self.own_labels = self._has_own_labels(rows)
        for row in rows:
            cells = [*row, *[""] * (len(self.roles) - len(row))]
            if self._repeats_header(cells):
                yield Part.AGAIN, []
                continue
            if _is_foot(cells):
                yield Part.NOTE, [_plain_row(cells)] if LEAD_RULE.search(_plain_row(cells)) else []
                continue
            if self._is_heading(cells):
                yield Part.NOTE, [_plain_row(cells)]
                continue
            whole = [self._value(cell, last, at) for at, cell in enumerate(cells[: len(self.roles)])]
            last = [value if value is not None else before for value, before in zip(whole, last, strict=True)]
            further = (cell for cell in cells[len(self.roles) :] if isinstance(cell, str) and cell)
            yield Part.CONTENT, [*self._row_lines(cells, whole), *further]

    def _value(self, cell, last, at):
        if cell is ABOVE:
            return last[at]
        return None if cell is LEFT else cell

    def _repeats_header(self, cells):
        """Headings come again on every page and sheet."""
        pairs = [
            (_name(cell), name)
            for cell, name in zip(cells, self.header, strict=False)
            if isinstance(cell, str)
        ]
        return sum(bool(name) and cell == name for cell, name in pairs) >= 2

    def _is_heading(self, cells):
        """A row with one cell over its whole width is a heading or a note."""
        filled = [at for at, cell in enumerate(cells) if isinstance(cell, str) and cell.strip()]
        if len(filled) != 1 or ABOVE in cells:
            return False
        role = self.roles[filled[0]] if filled[0] < len(self.roles) else None
        return LEFT in cells or role in ("serial", None)

    def _has_own_labels(self, rows):
        at = self.roles.index("problem") if "problem" in self.roles else None
        cells = [
            row[at]
            for row in rows
            if at is not None and at < len(row) and isinstance(row[at], str) and row[at]
        ]
        return bool(cells) and all(OWN_LABEL.match(cell) for cell in cells)

    def _row_lines(self, cells, whole):
        opens = any(isinstance(cells[at], str) and cells[at] for at in self._at(self.opening))
        if opens:
            self._count(cells)
        # A cell merged over several rows holds for each measure in them, but is said once per measure.
        begins = opens or any(isinstance(cells[at], str) and cells[at] for at in self._at("measures"))
        for at in self.order:
            role, value = self.roles[at], whole[at]
            carried = cells[at] is ABOVE
            if not value or (carried and not (begins and role in CLAUSE_ROLES and role != "other")):
                continue
            yield self._line(at, role, value, opens)

    def _count(self, cells):
        """Go on to the number that the table prints, where it prints one that goes on."""
        printed = [cells[at] for at in self._at("serial") if isinstance(cells[at], str)]
        printed += [match[1] for at in self._at("problem") if (match := self._own_number(cells[at]))]
        numbers = [int(one) for one in printed if one.isdecimal() and len(one) < 4]
        self.serial = next((number for number in numbers if number > self.serial), self.serial + 1)

    def _own_number(self, cell):
        return OWN_NUMBER.match(cell) if isinstance(cell, str) else None

    def _line(self, at, role, value, opens):
        if role == "task":
            return f"{chinese(self.serial)}、{OWN_LABEL.sub('', value, count=1)}" if opens else value
        if role == "problem":
            return self._problem(value) if opens else value
        if role == "measures" and self.opening == "measures":
            return f"{self.serial}．{OWN_NUMBER.sub('', value, count=1)}"
        if role is None or (role == "other" and not self.names[at]):
            value = f"{self.header[at]} {value}".strip()
        if role == "deadline":
            value = _day(value)
        if role in CLAUSE_ROLES or role is None:
            value = BREAKS.sub("、", value)  # units and dates below each other are a list
        return (self.names[at] or NAMES[role or "other"]) + "：" + value

    def _problem(self, value):
        if self.own_labels:
            return value
        own = OWN_NUMBER.match(value)
        return f"问题{self.serial}：{value[own.end() :] if own and own.end() < len(value) else value}"

    def _at(self, role):
        return (at for at, one in enumerate(self.roles) if one == role)


def _day(value):
    """Return a date as words where a cell holds nothing but one, in the form of a spreadsheet."""
    if COUNTED_DAY.fullmatch(value):
        day = FIRST_DAY + datetime.timedelta(days=int(value))
        return f"{day.year}年{day.month}月{day.day}日"
    if (match := DAY.fullmatch(value)) and (len(value) == 8) == value.isdecimal():
        year, month, day = map(int, match.groups())
        return f"{year}年{month}月{day}日"
    return value
