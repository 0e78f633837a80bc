"""What could not be read or looks odd, as remarks for the person who confirms the import."""

import re
from bisect import bisect_right

from .accounting import accounting
from .header import DATE
from .proposal import Remark
from .words import AT_ONCE


def _(sentence):  # only marks the sentence for makemessages
    return sentence


SENTENCES = {
    "clause_not_read": _("This passage looks like a responsibility clause but was not understood."),
    "bracket_not_closed": _("The bracket of this clause is not closed; it was read to the end of its line."),
    "total_problems": _("The document speaks of %(stated)s problems, %(found)s were read."),
    "total_measures": _("The document speaks of %(stated)s measures, %(found)s were read."),
    "no_lead": _("No lead unit is printed for measure %(measure)s of problem %(problem)s."),
    "no_leads": _("The document names no lead unit for any measure."),
    "nobody": _("The document names no unit for any measure."),
    "no_dates": _("The document prints no date for any measure."),
    "no_units": _("No unit at all is printed for measure %(measure)s of problem %(problem)s."),
    "no_date": _("No date is printed for measure %(measure)s of problem %(problem)s."),
    "born_overdue": _("Measure %(measure)s of problem %(problem)s is due before the plan was issued."),
    "chapter_not_read": _(
        "This chapter has no responsibility clause, while others have: no measure was read from it."
    ),
    "no_measures": _("Problem %(problem)s has no measure."),
    "no_year": _("This date has no year, and the document gives none: it was left out."),
    "impossible_date": _("This day does not exist in the calendar; check the date."),
    "vague_before": _("“Before” a month was read as before its end; check the date."),
    "only_year": _("Only a year is printed here; its last day was taken."),
    "counted_from_issue": _(
        "“%(printed)s” was counted from the date of issue, %(issued_on)s; check the date."
    ),
    "not_counted": _("This time could not be counted into a date; it was kept as text."),
    "unit_in_sentence": _("This unit stands in the sentence of the measure, not in a responsibility clause."),
    "rule_for_all": _(
        "This sentence names units for the measures as a whole: they were added to each of them."
    ),
    "date_in_sentence": _("This date stands in the sentence of the measure, not in a deadline clause."),
    "unit_twice": _("%(unit)s is both lead unit and responsible unit of measure %(measure)s."),
    "no_issue_date": _("No date of issue was found."),
    "text_after_clause": _("This text follows the clause of a measure and was not read as part of it."),
}
DAY = re.compile(DATE)
CLAUSE_WORDS = re.compile(r"牵头(?:单位|部门)?\s?:|(?:责任|配合|参与)(?:单位|部门)\s?:|(?:整改|完成)时限\s?:")


class Remarks:
    """Adds the remarks to a proposal. ``doubts`` are (code, start, end) that came up while reading."""

    def __init__(self, proposal, folded, clauses, doubts):
        self.proposal, self.folded, self.clauses, self.doubts = proposal, folded, clauses, doubts
        # What is so for every measure is said once.
        self.leadless = not any(measure.lead_units for measure in proposal.measures)
        self.nobody = self.leadless and not any(measure.responsible_units for measure in proposal.measures)
        self.dateless = all(_has_no_date(measure) for measure in proposal.measures)

    def add(self, code, start, end, **params):
        self.proposal.remarks.append(Remark(code, SENTENCES[code], params, start, end))

    def collect(self):
        self._document()
        for problem in self.proposal.problems:
            if not problem.measures:
                self.add(
                    "no_measures", problem.start, min(problem.end, problem.start + 60), problem=_name(problem)
                )
            for measure in problem.measures:
                self._measure(problem, measure)
        for code, start, end, *params in self.doubts:
            self.add(code, start, end, **(params[0] if params else {}))
        self._clauses()
        for start, end in accounting(self.proposal, self.folded):
            self.add("clause_not_read", start, end)
        self.proposal.remarks.sort(key=lambda remark: (remark.start, remark.end, remark.code))

    def _document(self):
        proposal = self.proposal
        totals = proposal.stated_totals or {}
        for key, found in (("problems", len(proposal.problems)), ("measures", len(proposal.measures))):
            if totals.get(key) not in (None, found):
                self.add(f"total_{key}", 0, 0, stated=totals[key], found=found)
        if proposal.issued_on is None:
            self.add("no_issue_date", 0, 0)
        if self.nobody:
            self.add("nobody", 0, 0)
        elif self.leadless:
            self.add("no_leads", 0, 0)
        if self.dateless:
            self.add("no_dates", 0, 0)

    def _measure(self, problem, measure):
        names = {"measure": measure.label or "—", "problem": _name(problem)}
        passage = (measure.start, measure.end)
        if not measure.lead_units and not measure.responsible_units:
            if not self.nobody:
                self.add("no_units", *passage, **names)
        elif not measure.lead_units and not self.leadless:
            self.add("no_lead", *passage, **names)
        if _has_no_date(measure) and not self.dateless:
            self.add("no_date", *passage, **names)
        issued = self.proposal.issued_on
        if issued and measure.checkpoints and measure.checkpoints[0].due_on < issued:
            first = measure.checkpoints[0]
            self.add("born_overdue", first.start, first.end, **names)
        lead = {unit.printed for unit in measure.lead_units}
        for unit in measure.responsible_units:
            if unit.printed in lead:
                self.add("unit_twice", unit.start, unit.end, unit=unit.printed, measure=names["measure"])

    def _clauses(self):
        """Clauses that no measure or problem took in, and words of a clause that made none."""
        starts = [problem.start for problem in self.proposal.problems]
        for clause in self.clauses:
            if not clause.closed:
                self.add("bracket_not_closed", clause.start, clause.end)
            at = bisect_right(starts, clause.start) - 1
            if at < 0 and clause.own_line and DAY.search(self.folded, clause.start, clause.end):
                continue  # （2023年5月8日） or （县司法局 2023年5月8日） below the title
            says = clause.has_units or clause.deadlines or clause.people
            if says and (at < 0 or clause.start >= self.proposal.problems[at].end):
                self.add("clause_not_read", clause.start, clause.end)
        taken = sorted((clause.start, clause.end) for clause in self.clauses)
        at = 0
        for match in CLAUSE_WORDS.finditer(self.folded):
            while at < len(taken) and taken[at][1] <= match.start():
                at += 1
            if at == len(taken) or match.start() < taken[at][0]:
                end = self.folded.find("\n", match.start())
                self.add("clause_not_read", match.start(), end if end >= 0 else len(self.folded))


def _name(problem):
    return problem.label or str(problem.number)


def _has_no_date(measure):
    at_once = AT_ONCE.search(measure.deadline_text or "")
    return not measure.checkpoints and not measure.long_term and not at_once
