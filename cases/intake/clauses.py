"""Responsibility clauses: who leads, who is responsible, until when. In a bracket or on lines of their own."""

import re
from dataclasses import dataclass, field

from .blocks import INDENT, LABEL
from .dates import PHRASE, RECURRING, read_deadline, relative
from .limits import MAX_CLAUSE
from .names import EACH_OF, split_names
from .words import AT_ONCE, CLAUSE_ROLES, IN_STAGES, KEY, LONG_TERM, UNIT_END, role_in

LEAD_VERB = re.compile(
    r"(?:分别|共同|联合)?(?:总?牵头|主办|主责)(?:负责|组织|落实|抓总|实施|办理|推进|抓落实)*(?:落实)?$"
)
DUTY_VERB = re.compile(
    r"(?:等(?:有关|相关)?(?:部门|单位)?|(?<!各)(?:有关|相关)(?:部门|单位))?"
    r"(?:按照?(?:各自)?(?:职责|职能)(?:分工)?|分别|共同|具体|分工|协同|根据职责)*"
    r"(?:负责|配合|参与|参加|协助|协办|协同|支持|承办|实施|落实|统筹|督促指导|督导|督办|监督指导|指导)(?:落实|实施|推进|做好|组织实施)?$"
)
# 责任单位:牵头单位县水务局,配合单位县公安局
NESTED = re.compile(
    r"(?<=[:,;、 ])(?:(?P<lead>牵头|主办|主责)|配合|协办|协助|参与|责任)(?:责任)?(?:单位|部门) ?:?(?=[^:,;、。\s()])"
)
SAYS_DUTY = re.compile(rf"{LEAD_VERB.pattern}|(?<!主要)(?:负责|配合|协助|参与)(?:落实|实施)?$")
SECOND_NAME = re.compile(r"(?:局|委|办|室|组|部)$")
ALSO = re.compile(r"并且?|且|同时|此后|之?后|[再需]")  # …前完成,并长期坚持
DONE = re.compile(
    r"(?:前|内|底|末|起|间)?(?:完成|取得|见效|到位|销号|落实|实施|整改|启动|办结|达到|持续|长期)"
)


@dataclass
class Clause:
    """One clause with its place; ``own_line`` says that it stands on a line of its own."""

    start: int
    end: int
    own_line: bool
    bracket: bool
    closed: bool = True
    lead: list = field(default_factory=list)
    responsible: list = field(default_factory=list)
    people: list = field(default_factory=list)
    deadlines: list = field(default_factory=list)  # (start, end) of the passages
    open_ended: bool = False
    first_group: int = 0  # units of ``responsible`` before the first comma
    keyed: bool = True
    doubt: str | None = None  # why the reader is not sure that it is a clause, or of the roles in it

    @property
    def has_units(self):
        return bool(self.lead or self.responsible)

    def add(self, role, text, folded, start, end):
        if role == "deadline":
            start, end = _strip(folded, start, end)
            if start < end:
                self.deadlines.append((start, end))
        elif role in ("lead", "responsible", "people"):
            self._add_names(role, split_names(text, folded, start, end), folded)

    def _add_names(self, role, names, folded):
        self.open_ended = self.open_ended or (names.open_ended and role != "people")
        if role == "responsible" and not self.responsible:
            self.first_group = names.first_group
        for unit, own in zip(names.units, names.roles, strict=True):
            units = getattr(self, own or role)
            if role != "people" and unit is names.units[-1] and is_deadline(folded, unit.start, unit.end):
                self.deadlines.append((unit.start, unit.end))  # 县水务局、县财政局、长期
            elif all(unit.printed != other.printed for other in units):
                units.append(unit)

    def merge(self, other):
        """Take in the clause that follows at once: two brackets in a row are one clause."""
        self.end = other.end
        for name in ("lead", "responsible", "people"):
            known = {unit.printed for unit in getattr(self, name)}
            getattr(self, name).extend(unit for unit in getattr(other, name) if unit.printed not in known)
        self.deadlines += other.deadlines
        self.open_ended |= other.open_ended
        self.first_group = self.first_group or other.first_group
        self.keyed |= other.keyed

    def lead_by_rule(self, *, single):
        """Apply "the unit named first leads" where the clause itself names no lead.

        Where several stand before the first comma they lead together, unless the rule speaks of the first
        (``single``); either is likely, no more.
        """
        if not self.lead and self.responsible:
            count = 1 if single else max(1, self.first_group)
            self.lead, self.responsible = self.responsible[:count], self.responsible[count:]
            if self.first_group > 1:
                for unit in self.lead:
                    unit.doubt = "first_group"


def find_brackets(lines, starts_item):
    """Return (start, end, closed) of the outermost brackets and of those nested in unclosed ones.

    A bracket may run over a line end, but not into a line that starts an item (``starts_item(offset)``).
    """
    folded, stack, found = lines.folded, [], []
    for at, c in enumerate(folded):
        if c == "(":
            stack.append(at)
        elif c == ")" and stack:
            found.append((stack.pop(), at + 1, True))
        elif c == "\n" and stack and (starts_item(at + 1) or at - stack[0] > MAX_CLAUSE):
            found.extend((start, lines.end_of(start), False) for start in stack[:3])
            stack.clear()
    found.extend((start, lines.end_of(start), False) for start in stack[:3])
    found.sort(key=lambda item: (item[0], -item[1]))
    return [item for item in found if item[1] - item[0] <= MAX_CLAUSE]


def bracket_clauses(text, lines, brackets):
    """Return the brackets that are clauses, by offset.

    A list of names without any key word or verb counts where that is how the document names units; elsewhere, with
    doubt, where it holds several units and stands alone in its item.
    """
    clauses, last = [], 0
    for start, end, closed in brackets:
        if start < last:
            continue
        clause = _keyed(text, lines, start, end, closed)
        if clause is None and closed:
            clause = _spoken(text, lines, start, end)
        if clause is not None:
            clauses.append(clause)
            last = end
    told = sum(clause.keyed for clause in clauses)
    bare = sum(clause.has_units and not clause.keyed for clause in clauses)
    for clause in clauses:
        if clause.has_units and not clause.keyed:
            clause.doubt = "bare_list" if bare > told else "bare_beside_keyed"
    return [
        clause
        for at, clause in enumerate(clauses)
        if clause.doubt != "bare_beside_keyed" or _is_alone(clauses, at, lines)
    ]


def _is_alone(clauses, at, lines):
    """Whether a list of units is the only clause of its item, and holds nothing but several complete names."""
    clause = clauses[at]
    units = clause.lead + clause.responsible
    before = clauses[at - 1].end if at else 0
    after = clauses[at + 1].start if at + 1 < len(clauses) else len(lines.folded)
    return (
        len(units) > 1
        and all(UNIT_END.search(unit.printed) or EACH_OF.match(unit.printed) for unit in units)
        and _has_item(lines, before, clause.start)
        and _has_item(lines, clause.end, after)
    )


def _has_item(lines, start, end):
    """Whether an item opens a line between two clauses; so does the beginning and the end of the text."""
    if not start or end == len(lines.folded):
        return True
    at = lines.end_of(start) + 1
    while at <= end:
        if LABEL.match(lines.folded, INDENT.match(lines.folded, at).end()):
            return True
        at = lines.end_of(at) + 1
    return False


def _strip(folded, start, end):
    while start < end and folded[start] in " :;,。、\n":
        start += 1
    while end > start and folded[end - 1] in " :;,。、\n":
        end -= 1
    return start, end


def _content(folded, start, end, closed):
    if closed:
        return start + 1, end - 1
    while end > start + 1 and folded[end - 1] in " )\n":
        end -= 1
    return start + 1, end


def _keyed(text, lines, start, end, closed):
    """Read 〔牵头单位:…;责任单位:…;整改时限:…〕. What stands before the first key is read by itself."""
    folded = lines.folded
    begin, stop = _content(folded, start, end, closed)
    keys = _keys(folded, begin, stop)
    if not keys or not any(role in CLAUSE_ROLES[:4] for _, _, role in keys):
        return None
    if not closed and keys[0][0] != begin:
        return None  # an open bracket before the clause must not swallow it
    clause = Clause(start, end, lines.opens(start), bracket=True, closed=closed)
    for at, (_, value, role) in enumerate(keys):
        upto = keys[at + 1][0] if at + 1 < len(keys) else stop
        rest = _sentence(folded, value, upto) if role != "deadline" else upto
        rest = _leave_deadline(clause, folded, value, rest) if role in ("lead", "responsible") else rest
        add_list(clause, role, text, folded, value, rest)
    if _strip(folded, begin, keys[0][0])[0] < keys[0][0]:
        _read_segments(clause, text, folded, begin, keys[0][0])
    return clause if clause.has_units or clause.deadlines or clause.people else None


def _keys(folded, begin, stop):
    """Return (start, start of the value, role) of the key words that open a part of the bracket."""
    keys = []
    for match in KEY.finditer(folded, begin, stop):
        parted = match.start() == begin or folded[match.start() - 1] in " ;,。:、\n"
        slip = keys and match.group().endswith(":") and UNIT_END.search(folded, keys[-1][1], match.start())
        if parted or slip:
            keys.append((match.start(), match.end(), role_in(match)))
    return keys


def add_list(clause, role, text, folded, start, end):
    """Add a value; 责任单位:县水务局牵头,县公安局配合 says the roles in its list."""
    verbs = role == "responsible" and any(
        SAYS_DUTY.search(folded, max(begin, stop - 24), stop) for begin, stop in _segments(folded, start, end)
    )
    if nested := _nested(role, folded, start, end):
        for begin, stop, inner in nested:
            clause.add(inner, text, folded, begin, stop)
    elif verbs:
        _read_segments(clause, text, folded, start, end)
    else:
        clause.add(role, text, folded, start, end)


def _nested(role, folded, start, end):
    """Return (start, end, role) of the parts of 责任单位:牵头单位县水务局,配合单位县公安局; [] where it has none."""
    words = list(NESTED.finditer(folded, start, end)) if role == "responsible" else []
    if not words or folded[start : words[0].start()].strip(" :"):
        return []
    ends = [word.start() for word in words[1:]] + [end]
    return [
        (word.end(), stop, "lead" if word["lead"] else "responsible")
        for word, stop in zip(words, ends, strict=True)
    ]


def _sentence(folded, start, end):
    stop = folded.find("。", start, end)
    return stop if stop >= 0 else end


def _leave_deadline(clause, folded, start, end):
    """Cut a deadline without key word off the end of a list: 责任单位:县水务局;2024年6月底前."""
    for begin, stop in _segments(folded, start, end):
        if begin > start and is_deadline(folded, begin, stop):
            clause.deadlines.append(_strip(folded, begin, end))
            return begin
    return end


def _spoken(text, lines, start, end):
    """Read a bracket without key words: 县水务局牵头,县财政局配合 · 县水务局、县财政局 · 2024年6月底前完成."""
    folded = lines.folded
    if not _ends_sentence(lines, start, end):
        return None
    clause = Clause(start, end, lines.opens(start), bracket=True, keyed=False)
    complete = _read_segments(clause, text, folded, start + 1, end - 1)
    if not complete or not (clause.has_units or clause.deadlines):
        return None
    if clause.has_units and not (_look_like_units(clause) and (clause.keyed or _is_list(clause, folded))):
        return None
    return clause


def spoken_clause(text, folded, start, end):
    """Read the roles that a sentence gives in words; None where it gives none to what looks like units."""
    clause = Clause(start, end, own_line=False, bracket=False, keyed=False)
    complete = _read_segments(clause, text, folded, start, end)
    return clause if complete and clause.keyed and clause.has_units and _look_like_units(clause) else None


def _is_list(clause, folded):
    """Names alone are only read at the end of an item, and 领导小组办公室(县水务局) is one name."""
    if len(clause.responsible) == 1 and SECOND_NAME.search(folded, max(0, clause.start - 3), clause.start):
        return False
    end = clause.end
    while end < len(folded) and folded[end] in "。; ":
        end += 1
    return end >= len(folded) or folded[end] in "\n(" or bool(LABEL.match(folded, end))


def _ends_sentence(lines, start, end):
    folded = lines.folded
    following = folded[end : end + 1]
    if following in ("", "\n", "(", "。", ";"):
        return True
    return following == " " and folded[start - 1 : start] in ("。", ";", " ", ")")


def _look_like_units(clause):
    names = [unit.printed for unit in clause.lead + clause.responsible]
    good = sum(len(name) > 2 and bool(UNIT_END.search(name) or EACH_OF.match(name)) for name in names)
    return good * 10 >= len(names) * 6


def _read_segments(clause, text, folded, start, end):
    """Read "names… verb" parts into ``clause``; return False when a part is neither names nor a deadline."""
    pending = start
    stop = _sentence(folded, start, end)
    for begin, upto in _segments(folded, start, stop):
        if is_deadline(folded, begin, upto):
            _flush(clause, "responsible", text, folded, pending, begin)
            clause.deadlines.append(_strip(folded, begin, upto))
            pending = upto
            continue
        for role, verb in (("lead", LEAD_VERB), ("responsible", DUTY_VERB)):
            if match := verb.search(folded, max(begin, upto - 24), upto):
                _flush(clause, role, text, folded, pending, match.start())
                clause.keyed = True
                pending = upto
                break
    _flush(clause, "responsible", text, folded, pending, stop)
    return stop - start < 800


def _segments(folded, start, end):
    depth, begin = 0, start
    for at in range(start, end):
        c = folded[at]
        if c == "(":
            depth += 1
        elif c == ")":
            depth = max(0, depth - 1)
        elif c in ",;" and depth == 0:
            yield begin, at
            begin = at + 1
    yield begin, end


def _flush(clause, role, text, folded, start, end):
    start, end = _strip(folded, start, end)
    if start < end:
        clause.add(role, text, folded, start, end)


def is_deadline(folded, start, end):
    """A part that is little else than a date or 长期坚持."""
    start, end = _strip(folded, start, end)
    match = PHRASE.search(folded, start, end)
    if match:
        rest = end - start - (match.end() - match.start())
        return match.start() - start <= 6 and (rest <= 8 or bool(DONE.search(folded, match.end(), end)))
    if (match := relative(folded, start, end)) and end - match.end() <= 8:
        return True
    if also := ALSO.match(folded, start, end):
        start = also.end()
    words = any(pattern.match(folded, start, end) for pattern in (LONG_TERM, AT_ONCE, RECURRING, IN_STAGES))
    return words and end - start <= 14 and not UNIT_END.search(folded, start, end)


def read_deadlines(clause, text, folded, year, issued_on=None):
    """Return the Deadline of each passage of the clause, in order."""
    results = []
    for start, end in clause.deadlines:
        results.append(read_deadline(text, start, end, year=year, folded=folded, issued_on=issued_on))
        if results[-1].dates:
            year = results[-1].dates[-1].due_on.year
    return results
