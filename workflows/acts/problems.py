"""Acts on problems that an office registers one at a time: register with measures, hand the measures out."""

from django.db.models import Max
from django.utils.translation import gettext_lazy as _

from cases.errors import NotReady, WrongState
from cases.ledger import visible_measures
from cases.models import Checkpoint, Duty, Measure, Problem
from cases.models.plan import PlanState
from cases.states import MeasureState, SourceLevel
from permissions.models import Office
from workflows import standing
from workflows.acts.feedback import matter_of
from workflows.acts.imports import issue_measures, own_offices, permit_office
from workflows.directory import Directory
from workflows.door import Act, register
from workflows.owing import keep_filings


def register_problem(knock):
    """Add one problem with its measures to the office's standing plan, which the first one creates.

    ``measures``: [{text, leads, responsible, dates, long_term}]; units as "unit:PK" or "group:PK".
    ``feedback``: the report by the public that becomes this problem. ``issue_now`` also hands the measures out.
    """
    office, data = knock.subject, knock.data
    feedback = matter_of(knock, data["feedback"]) if data.get("feedback") else None
    _refuse_incomplete(knock)
    problem = _new_problem(office, knock, data)
    measures = _add_measures(problem, data["measures"], _directory(office, data["measures"]))
    if data.get("issue_now"):
        knock.require("issue_plan", office.unit.pk)
        issue_measures(knock, problem.measures.all())
    if feedback:
        feedback.problem = problem
        feedback.save(update_fields=["problem", "state", "row_version"])
    past = passed_deadlines(data, knock.today)
    knock.details = {
        "measures": len(measures),
        **({"passed_deadlines": {str(number): f"{day}" for number, day in past.items()}} if past else {}),
        "issued": bool(data.get("issue_now")),
        "source": problem.source_level,
        **({"feedback": feedback.pk} if feedback else {}),
    }
    return problem


def _refuse_incomplete(knock):
    data = knock.data
    if not data["text"].strip():
        raise NotReady(_("Say what the problem is."))
    if data["source_level"] not in SourceLevel.values:
        raise NotReady(_("Choose who found the problem."))
    if data.get("reported_on") and data["reported_on"] > knock.today:
        raise NotReady(_("The problem cannot have been reported on a day that has not come yet."))
    if not data["measures"]:
        raise NotReady(_("A problem needs at least one measure."))
    for number, measure in enumerate(data["measures"], start=1):
        if not measure["text"].strip():
            raise NotReady(_("Measure %(number)s has no text."), number=number)
        if not measure["leads"] and not measure["responsible"]:
            raise NotReady(_("Measure %(number)s has no unit that answers for it."), number=number)
        if not measure["dates"] and not measure["long_term"]:
            raise NotReady(
                _("Measure %(number)s needs a deadline, or is to be kept up in the long term."), number=number
            )
    _refuse_unexplained(data, knock.today)


def passed_deadlines(data, today) -> dict:
    """{number of the measure, from 1: its first deadline before today}; late from the start."""
    firsts = {number: min(m["dates"]) for number, m in enumerate(data["measures"], start=1) if m["dates"]}
    return {number: day for number, day in firsts.items() if day < today}


def _refuse_unexplained(data, today):
    """A deadline may have passed only where a named document, no younger than the deadline, has set it."""
    document, dated = (data.get("source_document") or "").strip(), data.get("reported_on")
    for number, day in passed_deadlines(data, today).items():
        if not (document and dated and dated <= day):
            raise NotReady(
                _(
                    "Measure %(number)s would be overdue at once: choose a deadline from today on, or name the "
                    "document that set it, with its date."
                ),
                number=number,
            )


def _new_problem(office, knock, data):
    """The door holds the office's row, so two first problems cannot make two plans."""
    plan = standing.plan_of(office, now=knock.now, today=knock.today)
    return standing.add_problem(
        plan,
        standing.last_numbers(plan),
        text=data["text"].strip(),
        source_level=data["source_level"],
        source_document=data.get("source_document") or "",
        reported_on=data.get("reported_on"),
    )


def _directory(office, entries):
    return Directory(office.pk, [c for entry in entries for c in (*entry["leads"], *entry["responsible"])])


def _add_measures(problem, entries, directory):
    plan = problem.plan
    first = (plan.measures.aggregate(last=Max("order"))["last"] or 0) + 1
    measures, duties, checkpoints = [], [], []
    for position, entry in enumerate(entries):
        measure = _measure(problem, first + position, f"({position + 1})", entry)
        own = [
            Checkpoint(office_id=plan.office_id, measure=measure, due_on=date, original_due_on=date)
            for date in sorted(set(entry["dates"]))
        ]
        measure.refresh_next_due(own)
        measures.append(measure)
        checkpoints += own
        duties += directory.duties(measure, entry["leads"], entry["responsible"])
    Measure.objects.bulk_create(measures)
    Duty.objects.bulk_create(duties)
    Checkpoint.objects.bulk_create(checkpoints)
    return measures


def _measure(problem, order, label, entry):
    return Measure(
        office_id=problem.office_id,
        plan=problem.plan,
        problem=problem,
        order=order,
        label=label,
        number=f"{problem.label}{label}",
        text=entry["text"].strip(),
        deadline_text=standing.deadline_text(entry["dates"], entry["long_term"]),
        long_term=entry["long_term"],
    )


def issue_problem(knock):
    """Hand the waiting measures of one problem to their units (交办); its plan has been issued long ago."""
    problem = knock.subject
    if problem.plan.state != PlanState.ISSUED:
        raise WrongState(state=problem.plan.get_state_display())
    waiting = problem.measures.filter(state=MeasureState.DRAFT)
    if not waiting.exists():
        raise NotReady(_("All measures of this problem have been issued already."))
    knock.details = {"measures": len(issue_measures(knock, waiting))}
    keep_filings(knock, problem.plan_id)


def visible_problems(user):
    """Problems with at least one visible measure. Lazy."""
    return Problem.objects.filter(pk__in=visible_measures(user).values("problem_id"))


register(Act("register_problem", Office, own_offices, permit_office("register_problem"), register_problem))
register(
    Act(
        "issue_problem",
        Problem,
        visible_problems,
        permit_office("issue_plan"),
        issue_problem,
        related=("plan", "office"),
    )
)
