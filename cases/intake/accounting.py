"""Full accounting: which passages look like a responsibility clause and were neither read nor remarked on."""

import re
from bisect import bisect_right

from .text import fold
from .words import CLAUSE_ROLES, FIELD, UNIT_END, role_in

ASKED = tuple(role for role in CLAUSE_ROLES if role != "other")
END = re.compile(r"[。)\n]")
EMPTY = re.compile(r"[\s、,;.。:()—\-/无—]*")
BRACKET = re.compile(r"\(([^()\n]{5,300})\)(?=[。;\n]|$)")
NAMES = re.compile(r"[、,;]")
ABOUT_A_WHOLE = {"no_lead", "no_units", "no_date", "no_measures"}  # they name a measure, none of its clauses
PREFIX = 4  # characters that tell one deadline from another


def accounting(proposal, folded=None):
    """Return (start, end) of every clause with a value of which nothing was read and nothing was said.

    A clause is a field such as 责任单位：… or 整改时限：…, or a bracket of units at the end of a sentence. It is read
    where a unit, a person or a date of the proposal lies in it, or a measure prints it as its deadline; said, where a
    remark touches it. Linear in the text.
    """
    folded = fold(proposal.text) if folded is None else folded
    known = _Spans(_passages(proposal))
    deadlines = {
        piece[:PREFIX]
        for measure in proposal.measures
        for piece in (measure.deadline_text or "").split(" | ")
    }
    left = []
    for start, value, end, role in [*_clauses(folded), *_lists(folded)]:
        if known.touches(start, end):
            continue
        if (
            role == "deadline"
            and proposal.text[value:end].strip(" ：:，,；;、。")[:PREFIX].rstrip() in deadlines
        ):
            continue
        left.append((start, end))
    return sorted(left)


def _clauses(folded):
    """Yield (start, start of the value, end, role) of the fields that have a value."""
    matches = [match for match in FIELD.finditer(folded) if role_in(match) in ASKED]
    for at, match in enumerate(matches):
        following = matches[at + 1].start() if at + 1 < len(matches) else len(folded)
        begin = match.end()
        end = _value_end(folded, begin, following)
        if EMPTY.fullmatch(folded, begin, end) and folded[end : end + 1] == "\n":
            begin = end + 1  # the value stands on the next line
            end = _value_end(folded, begin, following)
        while end > begin and folded[end - 1] in " ;,、":
            end -= 1
        if begin < end and not EMPTY.fullmatch(folded, begin, end):
            yield match.start(), begin, end, role_in(match)


def _lists(folded):
    """Yield the brackets that hold nothing but several units."""
    for match in BRACKET.finditer(folded):
        names = NAMES.split(match[1])
        if len(names) > 1 and all(3 <= len(name) <= 20 and UNIT_END.search(name) for name in names):
            yield match.start(), match.start(1), match.end(1), "responsible"


def _value_end(folded, begin, following):
    found = END.search(folded, begin, following)
    return found.start() if found else max(begin, following)


def _passages(proposal):
    for problem in proposal.problems:
        yield from problem.lead_units + problem.responsible_units
        for measure in problem.measures:
            yield from measure.lead_units + measure.responsible_units + measure.people + measure.checkpoints
    yield from (remark for remark in proposal.remarks if remark.code not in ABOUT_A_WHOLE)


class _Spans:
    """Passages of which one can ask whether any of them touches a place."""

    def __init__(self, items):
        spans = sorted((item.start, item.end) for item in items if item.start < item.end)
        self.starts = [start for start, _ in spans]
        self.reach, far = [], 0
        for _, end in spans:
            far = max(far, end)
            self.reach.append(far)

    def touches(self, start, end):
        at = bisect_right(self.starts, end - 1) - 1
        return at >= 0 and self.reach[at] > start
