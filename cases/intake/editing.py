"""What a person changes about a reading before it is confirmed: pure functions, proposal in, new proposal out.

A measure is named by its order (from 1, over the whole plan), a problem by its position (from 1). Bad input raises
``CannotEdit`` with a sentence and changes nothing. What a person typed has an empty passage where the source does not
print it: ``start == end``, or ``text[start:end] == printed``.
"""

import copy
import datetime
import re
from itertools import pairwise

from .dates import read_deadline
from .limits import MAX_NAME
from .names import split_names
from .proposal import ProposedMeasure, ProposedProblem, ReadDate, ReadUnit, Reporting
from .remarks import SENTENCES, Remarks
from .text import fold


def _(sentence):  # only marks the sentence for makemessages
    return sentence


class CannotEdit(Exception):
    """What was asked for is not possible; ``message`` is a msgid with named parameters."""

    def __init__(self, message, **params):
        super().__init__(message % params if params else message)
        self.message, self.params = message, params


# A new sub-item: 一是…; 二是…, where the one before has ended.
SUB_ITEM = re.compile(r"(?<=[。；;，,：:\n])\s*(?=[一二三四五六七八九十]{1,3}是(?!否|非))")
ENDED = "。；;！？!?\n"
NAME = re.compile(r"[^\W\d_]{2}")
MARKED = re.compile(r"^[\s、，,；;。:：〔〕()（）]+|[\s、，,；;。:：〔〕()（）]+$")
# Said again after each change, because a change may settle them or bring them up.
DERIVED = {
    code
    for code in SENTENCES
    if code.startswith(("total_", "no_", "born_")) or code in ("nobody", "unit_twice")
} - {"no_year"}
OF_DATES = {
    "no_year",
    "impossible_date",
    "vague_before",
    "only_year",
    "date_in_sentence",
    "counted_from_issue",
    "not_counted",
}
OF_CLAUSES = {
    "clause_not_read",
    "bracket_not_closed",
    "text_after_clause",
    "unit_in_sentence",
    "rule_for_all",
}
OF_UNITS = {"no_clause", "by_numbering", "bracket_not_closed", "bare_beside_keyed"}
MAX_TEXT, MAX_DEADLINE = 20_000, 500
MAX_LABEL, MAX_HEADING = 40, 20  # of a measure, of a problem


def edit(proposal, operation, **arguments):
    """Return the proposal after one of ``OPERATIONS``; the given one stays as it is."""
    changed = copy.deepcopy(proposal)
    OPERATIONS[operation](changed, **arguments)
    for number, problem in enumerate(changed.problems, start=1):
        problem.number = number
    _say_again(changed)
    return changed


# Finding ----------------------------------------------------------------------------------------------


def place_of(proposal, order):
    """(problem, index of the measure in it) of the measure with this order."""
    left = order
    for problem in proposal.problems:
        if 1 <= left <= len(problem.measures):
            return problem, left - 1
        left -= len(problem.measures)
    raise CannotEdit(_("This measure is no longer there. Reload the page to see what is."))


def measure_of(proposal, order):
    problem, index = place_of(proposal, order)
    return problem.measures[index]


def problem_of(proposal, number):
    if not 1 <= number <= len(proposal.problems):
        raise CannotEdit(_("This problem is no longer there. Reload the page to see what is."))
    return proposal.problems[number - 1]


def sub_items(text) -> list[int]:
    """Positions in the text of a measure at which its sub-items (二是…) begin."""
    return [match.end() for match in SUB_ITEM.finditer(text) if text[: match.end()].strip()]


# Operations -------------------------------------------------------------------------------------------


def set_measure(proposal, measure, **fields):
    """Write the given fields (see ``_write``); the others stay."""
    problem, index = place_of(proposal, measure)
    _write(proposal, problem, problem.measures[index], fields)


def set_problem(proposal, problem, *, label, text, sources):
    found = problem_of(proposal, problem)
    found.label, found.text = _line(label, MAX_HEADING), _text(text)
    found.sources = _sources(sources)


def set_header(
    proposal, *, title, document_number="", issuer="", issued_on=None, reporting_months=(), reporting_day=None
):
    months = sorted(set(reporting_months))
    if bool(months) != bool(reporting_day):
        raise CannotEdit(_("Reports need both: the months in which they are due, and the day of the month."))
    if months and not (set(months) <= set(range(1, 13)) and 1 <= reporting_day <= 31):
        raise CannotEdit(_("Months go from 1 to 12 and days from 1 to 31."))
    proposal.title = _line(title, 300) or None
    proposal.document_number = _line(document_number, 60) or None
    proposal.issuer = _line(issuer, 200) or None
    proposal.issued_on = issued_on
    old = proposal.reporting
    if not months:
        proposal.reporting = None
    elif old is None:
        proposal.reporting = Reporting(months, reporting_day, None, [], None, "")
    else:
        old.months, old.day = months, reporting_day


def split_measure(proposal, measure, positions=None):
    """Divide a measure at these positions of its text, or at its sub-items; every part has its units and dates."""
    problem, index = place_of(proposal, measure)
    whole = problem.measures[index]
    cuts = sorted(set(sub_items(whole.text) if positions is None else positions))
    if not cuts:
        raise CannotEdit(_("There is no place at which this measure could be divided."))
    if cuts[0] < 0 or cuts[-1] > len(whole.text):
        raise CannotEdit(_("A measure can only be divided within its text."))
    bounds = [0, *cuts, len(whole.text)]
    texts = [whole.text[a:b].strip() for a, b in pairwise(bounds)]
    if not all(texts):
        raise CannotEdit(_("Each part of a divided measure needs words of its own."))
    taken = {other.label for other in problem.measures}
    parts, begin = [], whole.start
    for number, text in enumerate(texts, start=1):
        part = copy.deepcopy(whole)
        part.text = text
        if number > 1:
            part.label = _free_label(whole.label, number, taken)
        parts.append(part)
    for part, following in pairwise(parts):
        at = proposal.text.find(following.text, begin, whole.end)
        if at > begin:  # else the text was edited and all parts keep the passage of the whole
            part.start, part.end = begin, at
            following.start = begin = at
    problem.measures[index : index + 1] = parts


def merge_measures(proposal, measure):
    """Put a measure and the next one of the same problem together; what either had, the one has."""
    problem, index = place_of(proposal, measure)
    if index + 1 == len(problem.measures):
        raise CannotEdit(_("This is the last measure of its problem: there is no next one to merge it with."))
    one, other = problem.measures[index : index + 2]
    if _has_units(one) != _has_units(other):
        _own_units(problem, one)
        _own_units(problem, other)
    one.text = one.text + ("" if one.text[-1:] in ENDED else "；") + other.text
    one.start, one.end = min(one.start, other.start), max(one.end, other.end)
    one.lead_units = _once(one.lead_units + other.lead_units)
    leads = {unit.printed for unit in one.lead_units}
    one.responsible_units = [
        unit for unit in _once(one.responsible_units + other.responsible_units) if unit.printed not in leads
    ]
    one.people = _once(one.people + other.people)
    one.checkpoints = _dates_once(one.checkpoints + other.checkpoints)
    one.long_term = one.long_term or other.long_term
    one.open_ended = one.open_ended or other.open_ended
    one.doubts = list(dict.fromkeys(one.doubts + other.doubts))
    for name in ("deadline_text", "goal", "group_lead"):
        setattr(one, name, _joined(getattr(one, name), getattr(other, name)))
    one.deadline_text = one.deadline_text and one.deadline_text[:MAX_DEADLINE]
    del problem.measures[index + 1]


def add_measure(proposal, problem, after=None, **fields):
    """Add a measure at the end of a problem, or after the one with the order ``after``."""
    holder = problem_of(proposal, problem)
    index = len(holder.measures)
    if after:
        beside, at = place_of(proposal, after)
        if beside is not holder:
            raise CannotEdit(_("This measure is no longer there. Reload the page to see what is."))
        index = at + 1
    place = holder.measures[index - 1].end if index else min(holder.end, len(proposal.text))
    measure = ProposedMeasure("", "", place, place)
    holder.measures.insert(index, measure)
    _write(proposal, holder, measure, {"text": "", **fields})


def remove_measure(proposal, measure):
    problem, index = place_of(proposal, measure)
    del problem.measures[index]


def add_problem(proposal, *, label, text, sources=(), after=None):
    """Add a problem at the end, or after the one in this position."""
    index = len(proposal.problems)
    if after:
        problem_of(proposal, after)
        index = after
    place = proposal.problems[index - 1].end if index else 0
    problem = ProposedProblem(
        0, _line(label, MAX_HEADING), "problem", _text(text), place, place, sources=_sources(sources)
    )
    proposal.problems.insert(index, problem)


def remove_problem(proposal, problem):
    if problem_of(proposal, problem).measures:
        raise CannotEdit(_("A problem that still has measures cannot be removed. Remove its measures first."))
    del proposal.problems[problem - 1]


def mark(proposal, measure, start, end, role):
    """Make a passage of the source the lead or responsible units, the deadline or the text of a measure."""
    if role not in ROLES:
        raise CannotEdit(_("Choose what the passage is: lead unit, responsible unit, deadline or text."))
    problem, index = place_of(proposal, measure)
    found = problem.measures[index]
    if not 0 <= start < end <= len(proposal.text):
        raise CannotEdit(_("Select a passage of the source text first."))
    start, end = _trimmed(proposal.text, start, end)
    ROLES[role](proposal, problem, found, start, end)
    _drop_remarks(proposal, OF_CLAUSES, start, end)


def _mark_lead(proposal, problem, measure, start, end):
    units = _units_in(proposal, start, end)
    _own_units(problem, measure)
    names = {unit.printed for unit in units}
    measure.lead_units = _once(measure.lead_units + units)
    measure.responsible_units = [u for u in measure.responsible_units if u.printed not in names]
    _settle(measure, OF_UNITS, measure.lead_units)


def _mark_responsible(proposal, problem, measure, start, end):
    units = _units_in(proposal, start, end)
    _own_units(problem, measure)
    names = {unit.printed for unit in units}
    measure.lead_units = [u for u in measure.lead_units if u.printed not in names]
    measure.responsible_units = _once(measure.responsible_units + units)
    _settle(measure, OF_UNITS, measure.responsible_units)


def _mark_deadline(proposal, problem, measure, start, end):
    if end - start > MAX_DEADLINE:
        raise CannotEdit(_("This passage is too long for a deadline."))
    read = _deadline(proposal, proposal.text, start, end)
    measure.deadline_text = proposal.text[start:end]
    measure.checkpoints, measure.long_term = _dates_once(read.dates), read.long_term
    _settle(measure, OF_DATES, ())
    _drop_remarks(proposal, OF_DATES, measure.start, measure.end)


def _deadline(proposal, *text):
    """Read a deadline as the reader does: an elided year and a counted time go by the date of issue."""
    issued_on = proposal.issued_on
    return read_deadline(*text, year=issued_on and issued_on.year, issued_on=issued_on)


def _mark_text(proposal, problem, measure, start, end):
    measure.text, measure.start, measure.end = _text(proposal.text[start:end]), start, end


ROLES = {
    "lead": _mark_lead,
    "responsible": _mark_responsible,
    "deadline": _mark_deadline,
    "text": _mark_text,
}
OPERATIONS = {
    operation.__name__: operation
    for operation in (
        set_measure,
        set_problem,
        set_header,
        split_measure,
        merge_measures,
        add_measure,
        remove_measure,
        add_problem,
        remove_problem,
        mark,
    )
}


# Fields -----------------------------------------------------------------------------------------------


def _write(proposal, problem, measure, fields):
    """``label text goal deadline_text long_term lead responsible dates``; ``dates`` None: read from the deadline."""
    unknown = set(fields) - {
        "label", "text", "goal", "deadline_text", "long_term", "lead", "responsible", "dates",
    }  # fmt: skip
    if unknown:
        raise TypeError(f"a measure has no {sorted(unknown)}")
    if "text" in fields:
        measure.text = _text(fields["text"])
    if "label" in fields:
        measure.label = _line(fields["label"], MAX_LABEL)
    if "goal" in fields:
        measure.goal = (fields["goal"] or "").strip()[:MAX_TEXT] or None
    if "lead" in fields or "responsible" in fields:
        _write_units(proposal, problem, measure, fields)
    if "deadline_text" in fields:
        measure.deadline_text = _line(fields["deadline_text"], MAX_DEADLINE) or None
    if "long_term" in fields:
        measure.long_term = bool(fields["long_term"])
    if "dates" in fields:
        _write_dates(proposal, problem, measure, fields["dates"])


def _write_units(proposal, problem, measure, fields):
    """A lead stays lead: who is named in both lists stands in the first only, once one of them is changed."""
    before = tuple(
        [unit.printed for unit in units] for units in (measure.lead_units, measure.responsible_units)
    )
    lead = [_name(name) for name in fields.get("lead", before[0])]
    responsible = [_name(name) for name in fields.get("responsible", before[1])]
    if (lead, responsible) == before:
        return
    responsible = [name for name in responsible if name not in lead]
    known = {unit.printed: unit for unit in measure.lead_units + measure.responsible_units}
    span = _span(proposal, problem, measure)

    def placed(names):
        return _once(
            [known.get(name) or ReadUnit(name, *_find(proposal, name, measure, span)) for name in names]
        )

    measure.lead_units, measure.responsible_units = placed(lead), placed(responsible)
    _settle(measure, OF_UNITS, measure.lead_units + measure.responsible_units)


def _write_dates(proposal, problem, measure, dates):
    _drop_remarks(proposal, OF_DATES, measure.start, measure.end)
    span = _span(proposal, problem, measure)
    if dates is None:
        read = _deadline(proposal, measure.deadline_text or "")
        measure.checkpoints = _dates_once(
            [ReadDate(d.due_on, d.printed, *_find(proposal, d.printed, measure, span)) for d in read.dates]
        )
        return
    known = {date.due_on: date for date in measure.checkpoints}
    written = []
    for due_on in dates:
        if not isinstance(due_on, datetime.date) or not 1900 <= due_on.year <= 2999:
            raise CannotEdit(_("A date is written as year, month and day: 2026-06-30."))
        written.append(
            known.get(due_on) or ReadDate(due_on, due_on.isoformat(), measure.start, measure.start)
        )
    measure.checkpoints = _dates_once(written)
    _settle(measure, OF_DATES, measure.checkpoints)


def _settle(measure, codes, values):
    """What a person wrote or marked is no longer doubtful."""
    measure.doubts = [code for code in measure.doubts if code not in {*codes, "unclear"}]
    for value in values:
        value.doubt = None


def _line(value, limit):
    value = " ".join((value or "").split())
    if len(value) > limit:
        raise CannotEdit(
            _("“%(start)s…” is longer than %(limit)s characters."), start=value[:20], limit=limit
        )
    return value


def _text(value):
    value = (value or "").replace("\r\n", "\n").strip()
    if not value:
        raise CannotEdit(_("The text must not be empty."))
    if len(value) > MAX_TEXT:
        raise CannotEdit(
            _("“%(start)s…” is longer than %(limit)s characters."), start=value[:20], limit=MAX_TEXT
        )
    return value


def _name(value):
    value = _line(value, MAX_NAME)
    if not value:
        raise CannotEdit(_("The name of a unit must not be empty."))
    return value


def _sources(sources):
    return list(dict.fromkeys(line for source in sources if (line := _line(source, 100))))


# Passages ---------------------------------------------------------------------------------------------


def _span(proposal, problem, measure):
    """The part of the source in which the clause of a measure can stand: to the next measure or the problem's end."""
    following = [other.start for other in problem.measures if other.start > measure.start]
    return measure.start, max(measure.end, min([problem.end, *following]))


def _find(proposal, words, measure, span):
    """Where the source prints these words for the measure; an empty passage at its start when it does not."""
    at = proposal.text.find(words, *span) if words else -1
    return (at, at + len(words)) if at >= 0 else (measure.start, measure.start)


def _trimmed(text, start, end):
    while start < end and MARKED.match(text[start]):
        start += 1
    while end > start and text[end - 1] in " \n\t\u3000、，,；;。:：":
        end -= 1
    if start == end:
        raise CannotEdit(_("Select a passage of the source text first."))
    return start, end


def _units_in(proposal, start, end):
    names = split_names(proposal.text, fold(proposal.text), start, end)
    units = [unit for unit in names.units if NAME.search(unit.printed)]
    if not units:
        raise CannotEdit(_("No name of a unit was found in the selected passage."))
    return units


# Units and dates --------------------------------------------------------------------------------------


def _has_units(measure):
    return bool(measure.lead_units or measure.responsible_units)


def _own_units(problem, measure):
    """A measure that takes its units from the problem gets them as its own, so that adding one loses none."""
    if not _has_units(measure):
        measure.lead_units = copy.deepcopy(problem.lead_units)
        measure.responsible_units = copy.deepcopy(problem.responsible_units)


def _once(units):
    return list({unit.printed: unit for unit in reversed(units)}.values())[::-1]


def _dates_once(dates):
    first = {}
    for date in dates:
        first.setdefault(date.due_on, date)
    return sorted(first.values(), key=lambda date: date.due_on)


def _joined(one, other):
    return "；".join(dict.fromkeys(part for part in (one, other) if part)) or None


def _free_label(label, number, taken):
    while (found := f"{label[: MAX_LABEL - 5]}-{number}") in taken:
        number += 1
    taken.add(found)
    return found


# Remarks ----------------------------------------------------------------------------------------------


def _drop_remarks(proposal, codes, start, end):
    proposal.remarks = [
        remark
        for remark in proposal.remarks
        if remark.code not in codes or remark.end <= start or remark.start >= end
    ]


def _say_again(proposal):
    """What is so by the proposal itself is said anew; what only the source shows stays until it is settled."""
    kept = [remark for remark in proposal.remarks if remark.code not in DERIVED]
    proposal.remarks = []
    Remarks(proposal, "", [], []).collect()
    proposal.remarks = sorted(
        kept + proposal.remarks, key=lambda remark: (remark.start, remark.end, remark.code)
    )
