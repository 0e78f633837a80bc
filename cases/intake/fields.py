"""Clauses that stand in fields, 责任单位：…, mostly on lines of their own; fields in a row are one clause."""

import re
from itertools import pairwise

from .clauses import Clause, add_list
from .limits import MAX_NAME
from .words import CLAUSE_ROLES, UNIT_END

SAME = re.compile(r"[同如]上(?:述|面|条|项)?|同前")
MAX_VALUE = 200  # characters of a line that may be the value of the field above it


def field_clauses(text, lines, fields, stops):
    """Return the clauses that stand in fields (责任单位：…), fields in a row being one clause.

    ``stops`` are the offsets, sorted, where something else begins.
    """
    clauses = []
    for current, end in _ends(lines, fields, stops):
        if current.role not in CLAUSE_ROLES:
            continue
        clause = Clause(current.start, end, current.opens_line, bracket=False)
        add_list(clause, current.role, text, lines.folded, current.end, end)
        clauses.append(clause)
    return clauses


def merge_rows(clauses, folded):
    """Put clauses together between which nothing but punctuation stands."""
    out = []
    for clause in sorted(clauses, key=lambda item: item.start):
        if out and _is_one(out[-1], clause, folded):
            out[-1].merge(clause)
        else:
            out.append(clause)
    return out


def same_as_above(clauses, folded):
    """Put what the clause before says in place of 同上."""
    for before, clause in pairwise(clauses):
        for role in ("lead", "responsible", "people"):
            units = getattr(clause, role)
            if len(units) == 1 and SAME.fullmatch(units[0].printed.strip()):
                setattr(clause, role, list(getattr(before, role)))
        if len(clause.deadlines) == 1 and SAME.fullmatch(folded, *clause.deadlines[0]):
            clause.deadlines = list(before.deadlines)
    return clauses


def _is_one(clause, following, folded):
    if following.start - clause.end > 40 or folded[clause.end : following.start].strip(" \n;,。.、"):
        return False
    if clause.bracket and not following.bracket and following.own_line:
        return False  # a line behind the bracket of the last item may be for all items
    return not (clause.lead and following.lead and following.bracket)


def _ends(lines, fields, stops):
    """Yield each field with the end of its value: the line end, the next field or the next stop."""
    stop = 0
    for index, current in enumerate(fields):
        end = _first_line(lines, current)
        while _goes_on(lines, end):
            end = lines.end_of(end + 1)
        if index + 1 < len(fields):
            end = min(end, fields[index + 1].start)
        while stop < len(stops) and stops[stop] < current.end:
            stop += 1
        if stop < len(stops):
            end = min(end, stops[stop])
        yield current, _value_end(lines.folded, current, end)


def _first_line(lines, current):
    """The end of the line with the value; that is the next line where the name of the field fills its own."""
    end = lines.end_of(max(current.end - 1, 0))
    if (
        current.role in CLAUSE_ROLES
        and not lines.folded[current.end : end].strip(" :")
        and current.opens_line
    ):
        following = lines.end_of(end + 1) if end + 1 < len(lines.folded) else end
        if following - end <= MAX_VALUE:
            return following
    return lines.end_of(current.end) if current.end <= end else end


def _goes_on(lines, end):
    """A value broken after 、 or ， goes on in the next line; after ； where that line holds nothing but units."""
    if end + 1 >= len(lines.folded):
        return False
    last = lines.folded[max(end - 1, 0)]
    if last == ";":
        following = lines.folded[end + 1 : min(lines.end_of(end + 1), end + 1 + MAX_VALUE)]
        return all(
            len(name) <= MAX_NAME and UNIT_END.search(name.strip()) for name in re.split("[、,;]", following)
        )
    return last in "、,"


def _value_end(folded, current, end):
    """Units end with the sentence; what follows a full stop is no name."""
    if current.role in ("lead", "responsible", "people"):
        stop = folded.find("。", current.end, end)
        end = stop + 1 if stop >= 0 else end
    while end > current.end and folded[end - 1] in " \n":
        end -= 1
    return end
