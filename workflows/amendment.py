"""A later version of a plan document beside the plan: both as rows of ``cases.intake.amend``, and what they give.

The page shows it, the act applies it; both ask the same comparison. Reads only.
"""

from functools import cached_property

from cases.intake.amend import Heading, Kind, Row, compare
from cases.intake.confirm import cut, printed_duties, printed_names, without_unit
from cases.intake.proposal import Proposal
from cases.intake.units import Directory, propose
from cases.models import Checkpoint, Duty, DutyRole, Measure, Plan
from cases.states import MeasureState

REPORTING = "reporting"  # name of the row that stands for the plan's reporting rule


class Comparison:
    """The document of ``draft`` beside its plan. Seven queries, however long both are.

    ``measures``: {pk: Measure} without withdrawn ones, each with ``known_duties`` and ``known_checkpoints``;
    ``lock`` holds them until the transaction ends.
    """

    def __init__(self, draft, plan, *, lock=False):
        self.draft, self.plan = draft, plan
        self.proposal = Proposal.from_dict(draft.proposal)
        rows = Measure.objects.filter(plan=plan).exclude(state=MeasureState.WITHDRAWN).order_by("pk")
        self.measures = {row.pk: row for row in (rows.select_for_update() if lock else rows)}
        self.problems = {problem.pk: problem for problem in plan.problems.all()}
        for measure in self.measures.values():
            measure.plan, measure.known_duties, measure.known_checkpoints = plan, [], []
        duties = Duty.objects.filter(measure__plan=plan).select_related("unit").order_by("order", "pk")
        for duty in duties:
            if measure := self.measures.get(duty.measure_id):
                measure.known_duties.append(duty)
        for checkpoint in Checkpoint.objects.filter(measure__plan=plan).order_by("due_on", "pk"):
            if measure := self.measures.get(checkpoint.measure_id):
                measure.known_checkpoints.append(checkpoint)

    @cached_property
    def directory(self):
        return Directory.of(self.draft.office)

    @cached_property
    def matches(self):
        return propose(self.draft.office, printed_names(self.proposal), self.directory)

    @cached_property
    def read(self):
        """{place in the document, from 1: (ProposedProblem, ProposedMeasure)}"""
        pairs = [(problem, measure) for problem in self.proposal.problems for measure in problem.measures]
        return dict(enumerate(pairs, start=1))

    @cached_property
    def read_problems(self):
        return dict(enumerate(self.proposal.problems, start=1))

    @cached_property
    def sections(self):
        old_rows = sorted(self.measures.values(), key=lambda measure: measure.order)
        return compare(
            [Heading(problem.pk, problem.label, problem.text) for problem in self.problems.values()],
            [_standing(measure) for measure in old_rows],
            [Heading(key, problem.label, problem.text) for key, problem in self.read_problems.items()],
            self._read_rows(),
        )

    @property
    def changes(self):
        return [change for section in self.sections for change in section.changes]

    @cached_property
    def reporting(self):
        """(rule as it stands, rule of the document), or None where they agree or the document states none.

        A rule is {months, day, recipient}; months [1 … 12], empty for every month.
        """
        read, plan = self.proposal.reporting, self.plan
        if read is None:
            return None
        old = {
            "months": list(plan.reporting_months),
            "day": plan.reporting_day,
            "recipient": plan.reporting_recipient,
        }
        recipient = cut(read.recipient, Plan, "reporting_recipient") or plan.reporting_recipient
        new = {"months": list(read.months), "day": read.day, "recipient": recipient}
        return None if old == new else (old, new)

    @cached_property
    def acceptable(self):
        """Names of the rows that a person may accept: what is not the same, and not closed out already."""
        rows = [REPORTING] if self.reporting else []
        rows += [c.id for c in self.changes if c.kinds and not self.is_closed(c)]
        return [*rows, *(section.id for section in self.sections if section.is_reworded)]

    def is_closed(self, change):
        return change.old is not None and self.measures[change.old.key].state == MeasureState.CLOSED

    def names_for(self, accepted):
        """Printed names that the accepted rows need a unit for, in the order of the document."""
        names = {}
        for change in self.changes:
            if change.id in accepted and {Kind.NEW, Kind.UNITS} & set(change.kinds):
                names |= dict.fromkeys(
                    unit.printed for _r, unit in printed_duties(*self.read[change.new.key])
                )
        return list(names)

    def is_known(self, printed):
        """The name stands for a unit or collective of the directory beyond doubt: nobody is asked."""
        match = self.matches[printed]
        return match.certain and bool({"unit", "group"} & set(match.choice))

    def nameless(self):
        """[place] of new measures for which the document names nobody."""
        new = {change.new.key for change in self.changes if change.kinds == (Kind.NEW,)}
        return [place for place in without_unit(self.proposal) if place in new]

    def who(self, printed):
        """What is equal for two spellings of the same unit or collective."""
        choice = self.matches[printed].choice
        kind = next((kind for kind in ("unit", "group") if kind in choice), None)
        return f"{kind}:{choice[kind]}" if kind else printed

    def _read_rows(self):
        home = {id(problem): key for key, problem in self.read_problems.items()}
        return [
            Row(
                key=place,
                problem=home[id(problem)],
                number=cut(problem.label + measure.label, Measure, "number") or str(place),
                text=measure.text,
                goal=measure.goal or "",
                deadline_text=cut(measure.deadline_text, Measure, "deadline_text"),
                long_term=measure.long_term,
                units=self._units(printed_duties(problem, measure)),
                dates=tuple(sorted({date.due_on for date in measure.checkpoints})),
            )
            for place, (problem, measure) in self.read.items()
        ]

    def _units(self, printed):
        """A lead that is named again among the others stays lead, as at the import."""
        found = [(role, self.who(unit.printed)) for role, unit in printed]
        leads = {who for role, who in found if role == DutyRole.LEAD}
        return frozenset(pair for pair in found if pair[0] == DutyRole.LEAD or pair[1] not in leads)


def who_answers(duty):
    """As ``Comparison.who``: the collective through which the unit was named, or the unit."""
    return f"group:{duty.group_id}" if duty.group_id else f"unit:{duty.unit_id}"


def _standing(measure):
    """A date is the one that was printed: an extension is no change of the document."""
    return Row(
        key=measure.pk,
        problem=measure.problem_id,
        number=measure.number,
        text=measure.text,
        goal=measure.goal,
        deadline_text=measure.deadline_text,
        long_term=measure.long_term,
        units=frozenset((str(duty.role), who_answers(duty)) for duty in measure.known_duties),
        dates=tuple(c.original_due_on for c in measure.known_checkpoints if not c.met_on),
        met=tuple(c.original_due_on for c in measure.known_checkpoints if c.met_on),
    )
