"""What a person changes about a reading before it is confirmed: pure functions, proposal in, new proposal out.

A measure is named by its order (from 1, over the whole plan), a problem by its position (from 1). Bad input raises
``CannotEdit`` with a sentence and changes nothing. What a person typed has an empty passage where the source does not
print it: ``start == end``, or ``text[start:end] == printed``.
"""

import copy
from itertools import pairwise

from .cleaning import (
    MAX_DEADLINE,
    OF_DATES,
    OF_UNITS,
    CannotEdit,
    _,
    dates_once,
    deadline_in,
    drop_remarks,
    free_label,
    has_units,
    joined,
    line_of,
    once,
    own_units,
    place_of,
    problem_of,
    say_again,
    settle,
    sources_of,
    sub_items,
    text_of,
    trimmed,
    units_in,
    write_fields,
)
from .proposal import ProposedMeasure, ProposedProblem, Reporting

ENDED = "。；;！？!?\n"
OF_CLAUSES = {
    "clause_not_read",
    "bracket_not_closed",
    "text_after_clause",
    "unit_in_sentence",
    "rule_for_all",
}
MAX_HEADING = 20  # of a problem


def edit(proposal, operation, **arguments):
    """Return the proposal after one of ``OPERATIONS``; the given one stays as it is."""
    changed = copy.deepcopy(proposal)
    OPERATIONS[operation](changed, **arguments)
    for number, problem in enumerate(changed.problems, start=1):
        problem.number = number
    say_again(changed)
    return changed


# Operations -------------------------------------------------------------------------------------------


def set_measure(proposal, measure, **fields):
    """Write the given fields (see ``_write``); the others stay."""
    problem, index = place_of(proposal, measure)
    write_fields(proposal, problem, problem.measures[index], fields)


def set_problem(proposal, problem, *, label, text, sources):
    found = problem_of(proposal, problem)
    found.label, found.text = line_of(label, MAX_HEADING), text_of(text)
    found.sources = sources_of(sources)


def set_header(
    proposal, *, title, document_number="", issuer="", issued_on=None, reporting_months=(), reporting_day=None
):
    months = sorted(set(reporting_months))
    if bool(months) != bool(reporting_day):
        raise CannotEdit(_("Reports need both: the months in which they are due, and the day of the month."))
    if months and not (set(months) <= set(range(1, 13)) and 1 <= reporting_day <= 31):
        raise CannotEdit(_("Months go from 1 to 12 and days from 1 to 31."))
    proposal.title = line_of(title, 300) or None
    proposal.document_number = line_of(document_number, 60) or None
    proposal.issuer = line_of(issuer, 200) or None
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
            part.label = free_label(whole.label, number, taken)
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
    if has_units(one) != has_units(other):
        own_units(problem, one)
        own_units(problem, other)
    one.text = one.text + ("" if one.text[-1:] in ENDED else "；") + other.text
    one.start, one.end = min(one.start, other.start), max(one.end, other.end)
    one.lead_units = once(one.lead_units + other.lead_units)
    leads = {unit.printed for unit in one.lead_units}
    one.responsible_units = [
        unit for unit in once(one.responsible_units + other.responsible_units) if unit.printed not in leads
    ]
    one.people = once(one.people + other.people)
    one.checkpoints = dates_once(one.checkpoints + other.checkpoints)
    one.long_term = one.long_term or other.long_term
    one.open_ended = one.open_ended or other.open_ended
    one.doubts = list(dict.fromkeys(one.doubts + other.doubts))
    for name in ("deadline_text", "goal", "group_lead"):
        setattr(one, name, joined(getattr(one, name), getattr(other, name)))
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
    write_fields(proposal, holder, measure, {"text": "", **fields})


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
        0, line_of(label, MAX_HEADING), "problem", text_of(text), place, place, sources=sources_of(sources)
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
    start, end = trimmed(proposal.text, start, end)
    ROLES[role](proposal, problem, found, start, end)
    drop_remarks(proposal, OF_CLAUSES, start, end)


def _mark_lead(proposal, problem, measure, start, end):
    units = units_in(proposal, start, end)
    own_units(problem, measure)
    names = {unit.printed for unit in units}
    measure.lead_units = once(measure.lead_units + units)
    measure.responsible_units = [u for u in measure.responsible_units if u.printed not in names]
    settle(measure, OF_UNITS, measure.lead_units)


def _mark_responsible(proposal, problem, measure, start, end):
    units = units_in(proposal, start, end)
    own_units(problem, measure)
    names = {unit.printed for unit in units}
    measure.lead_units = [u for u in measure.lead_units if u.printed not in names]
    measure.responsible_units = once(measure.responsible_units + units)
    settle(measure, OF_UNITS, measure.responsible_units)


def _mark_deadline(proposal, problem, measure, start, end):
    if end - start > MAX_DEADLINE:
        raise CannotEdit(_("This passage is too long for a deadline."))
    read = deadline_in(proposal, proposal.text, start, end)
    measure.deadline_text = proposal.text[start:end]
    measure.checkpoints, measure.long_term = dates_once(read.dates), read.long_term
    settle(measure, OF_DATES, ())
    drop_remarks(proposal, OF_DATES, measure.start, measure.end)


def _mark_text(proposal, problem, measure, start, end):
    measure.text, measure.start, measure.end = text_of(proposal.text[start:end]), start, end


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
