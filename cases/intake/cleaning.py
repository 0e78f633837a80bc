"""What the corrections of a reading stand on: finding places, cleaning what was typed, passages, remarks said again."""

import copy
import datetime
import re

from .dates import read_deadline
from .limits import MAX_NAME
from .names import split_names
from .proposal import ReadDate, ReadUnit
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
OF_UNITS = {"no_clause", "by_numbering", "bracket_not_closed", "bare_beside_keyed"}
MAX_TEXT, MAX_DEADLINE = 20_000, 500
MAX_LABEL = 40  # of a measure


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


# Fields -----------------------------------------------------------------------------------------------


def write_fields(proposal, problem, measure, fields):
    """``label text goal deadline_text long_term lead responsible dates``; ``dates`` None: read from the deadline."""
    unknown = set(fields) - {
        "label", "text", "goal", "deadline_text", "long_term", "lead", "responsible", "dates",
    }  # fmt: skip
    if unknown:
        raise TypeError(f"a measure has no {sorted(unknown)}")
    if "text" in fields:
        measure.text = text_of(fields["text"])
    if "label" in fields:
        measure.label = line_of(fields["label"], MAX_LABEL)
    if "goal" in fields:
        measure.goal = (fields["goal"] or "").strip()[:MAX_TEXT] or None
    if "lead" in fields or "responsible" in fields:
        _write_units(proposal, problem, measure, fields)
    if "deadline_text" in fields:
        measure.deadline_text = line_of(fields["deadline_text"], MAX_DEADLINE) or None
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
        return once(
            [known.get(name) or ReadUnit(name, *_find(proposal, name, measure, span)) for name in names]
        )

    measure.lead_units, measure.responsible_units = placed(lead), placed(responsible)
    settle(measure, OF_UNITS, measure.lead_units + measure.responsible_units)


def _write_dates(proposal, problem, measure, dates):
    drop_remarks(proposal, OF_DATES, measure.start, measure.end)
    span = _span(proposal, problem, measure)
    if dates is None:
        read = deadline_in(proposal, measure.deadline_text or "")
        measure.checkpoints = dates_once(
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
    measure.checkpoints = dates_once(written)
    settle(measure, OF_DATES, measure.checkpoints)


def settle(measure, codes, values):
    """What a person wrote or marked is no longer doubtful."""
    measure.doubts = [code for code in measure.doubts if code not in {*codes, "unclear"}]
    for value in values:
        value.doubt = None


def line_of(value, limit):
    value = " ".join((value or "").split())
    if len(value) > limit:
        raise CannotEdit(
            _("“%(start)s…” is longer than %(limit)s characters."), start=value[:20], limit=limit
        )
    return value


def text_of(value):
    value = (value or "").replace("\r\n", "\n").strip()
    if not value:
        raise CannotEdit(_("The text must not be empty."))
    if len(value) > MAX_TEXT:
        raise CannotEdit(
            _("“%(start)s…” is longer than %(limit)s characters."), start=value[:20], limit=MAX_TEXT
        )
    return value


def _name(value):
    value = line_of(value, MAX_NAME)
    if not value:
        raise CannotEdit(_("The name of a unit must not be empty."))
    return value


def sources_of(sources):
    return list(dict.fromkeys(line for source in sources if (line := line_of(source, 100))))


# Passages ---------------------------------------------------------------------------------------------


def _span(proposal, problem, measure):
    """The part of the source in which the clause of a measure can stand: to the next measure or the problem's end."""
    following = [other.start for other in problem.measures if other.start > measure.start]
    return measure.start, max(measure.end, min([problem.end, *following]))


def deadline_in(proposal, *text):
    """Read a deadline as the reader does: an elided year and a counted time go by the date of issue."""
    issued_on = proposal.issued_on
    return read_deadline(*text, year=issued_on and issued_on.year, issued_on=issued_on)


def _find(proposal, words, measure, span):
    """Where the source prints these words for the measure; an empty passage at its start when it does not."""
    at = proposal.text.find(words, *span) if words else -1
    return (at, at + len(words)) if at >= 0 else (measure.start, measure.start)


def trimmed(text, start, end):
    while start < end and MARKED.match(text[start]):
        start += 1
    while end > start and text[end - 1] in " \n\t\u3000、，,；;。:：":
        end -= 1
    if start == end:
        raise CannotEdit(_("Select a passage of the source text first."))
    return start, end


def units_in(proposal, start, end):
    names = split_names(proposal.text, fold(proposal.text), start, end)
    units = [unit for unit in names.units if NAME.search(unit.printed)]
    if not units:
        raise CannotEdit(_("No name of a unit was found in the selected passage."))
    return units


# Units and dates --------------------------------------------------------------------------------------


def has_units(measure):
    return bool(measure.lead_units or measure.responsible_units)


def own_units(problem, measure):
    """A measure that takes its units from the problem gets them as its own, so that adding one loses none."""
    if not has_units(measure):
        measure.lead_units = copy.deepcopy(problem.lead_units)
        measure.responsible_units = copy.deepcopy(problem.responsible_units)


def once(units):
    return list({unit.printed: unit for unit in reversed(units)}.values())[::-1]


def dates_once(dates):
    first = {}
    for date in dates:
        first.setdefault(date.due_on, date)
    return sorted(first.values(), key=lambda date: date.due_on)


def joined(one, other):
    return "；".join(dict.fromkeys(part for part in (one, other) if part)) or None


def free_label(label, number, taken):
    while (found := f"{label[: MAX_LABEL - 5]}-{number}") in taken:
        number += 1
    taken.add(found)
    return found


# Remarks ----------------------------------------------------------------------------------------------


def drop_remarks(proposal, codes, start, end):
    proposal.remarks = [
        remark
        for remark in proposal.remarks
        if remark.code not in codes or remark.end <= start or remark.start >= end
    ]


def say_again(proposal):
    """What is so by the proposal itself is said anew; what only the source shows stays until it is settled."""
    kept = [remark for remark in proposal.remarks if remark.code not in DERIVED]
    proposal.remarks = []
    Remarks(proposal, "", [], []).collect()
    proposal.remarks = sorted(
        kept + proposal.remarks, key=lambda remark: (remark.start, remark.end, remark.code)
    )
