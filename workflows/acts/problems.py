"""Acts on problems that an office registers one at a time: register with measures, hand the measures out."""

from django.conf import settings
from django.db.models import Max
from django.utils.translation import gettext_lazy as _

from cases.errors import NotReady, WrongState
from cases.ledger import visible_measures
from cases.models import Checkpoint, Duty, DutyRole, Measure, Plan, PlanKind, Problem
from cases.models.plan import PlanState
from cases.states import MeasureState, SourceLevel
from permissions.models import Office, Unit, UnitGroup
from workflows.acts.feedback import matter_of
from workflows.acts.imports import issue_measures, own_offices, permit_office
from workflows.door import Act, register


def register_problem(knock):
    """Add one problem with its measures to the office's standing plan, which the first one creates.

    ``measures``: [{text, leads, responsible, dates, long_term}]; units as "unit:PK" or "group:PK".
    ``feedback``: the report by the public that becomes this problem. ``issue_now`` also hands the measures out.
    """
    office, data = knock.subject, knock.data
    feedback = matter_of(knock, data["feedback"]) if data.get("feedback") else None
    _refuse_incomplete(knock)
    problem = _new_problem(_standing_plan(knock), data)
    measures = _add_measures(problem, data["measures"], Directory(office))
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


class Directory:
    """What the choices of a form stand for, within one office. Three queries."""

    def __init__(self, office):
        self.units = Unit.objects.in_bulk(list(office.units.values_list("pk", flat=True)))
        groups = UnitGroup.objects.filter(office=office).prefetch_related("members")
        self.groups = {group.pk: group for group in groups}

    def resolve(self, choice):
        """(printed name, group or None, units). Errors: NotReady when the choice is no longer there."""
        kind, _colon, pk = choice.partition(":")
        rows = {"unit": self.units, "group": self.groups}.get(kind, {})
        row = rows.get(int(pk)) if pk.isdecimal() else None
        if row is None:
            raise NotReady(_("A chosen unit is no longer in the directory. Choose again."))
        if kind == "unit":
            return row.name, None, [row]
        if not row.members.all():
            raise NotReady(_("“%(name)s” has no members who could answer for a measure."), name=row.name)
        return row.name, row, list(row.members.all())


def _standing_plan(knock):
    """The door holds the office's row, so two first problems cannot make two plans."""
    office = knock.subject
    plan, _created = Plan.objects.get_or_create(
        office=office,
        kind=PlanKind.STANDING,
        defaults={
            "title": f"{office}日常问题台账",
            "issued_on": knock.today,
            "state": PlanState.ISSUED,
            "opened_at": knock.now,
            "text": "",
            "reporting_day": settings.XIAOHAO_FILING_DAY,
        },
    )
    return plan


def _new_problem(plan, data):
    number = (plan.problems.aggregate(last=Max("number"))["last"] or 0) + 1
    return Problem.objects.create(
        office_id=plan.office_id,
        plan=plan,
        number=number,
        label=f"{number}.",
        text=data["text"].strip(),
        source_level=data["source_level"],
        source_document=data.get("source_document") or "",
        reported_on=data.get("reported_on"),
    )


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
        duties += _duties(measure, entry, directory)
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
        deadline_text=deadline_text(entry["dates"], entry["long_term"]),
        long_term=entry["long_term"],
    )


def deadline_text(dates, long_term) -> str:
    """The deadline as a plan would print it, always in Chinese like the text around it."""
    parts = [f"{date.year}年{date.month}月{date.day}日前" for date in sorted(set(dates))]
    return "，".join(filter(None, ["、".join(parts), "长期坚持" if long_term else ""]))


def _duties(measure, entry, directory):
    """One duty per unit: a lead stays lead, and who is named twice answers once."""
    rows = {}
    for role, choices in ((DutyRole.LEAD, entry["leads"]), (DutyRole.RESPONSIBLE, entry["responsible"])):
        for printed, group, units in map(directory.resolve, choices):
            for unit in units:
                rows.setdefault(
                    unit.pk,
                    Duty(
                        office_id=measure.office_id,
                        measure=measure,
                        unit=unit,
                        role=role,
                        order=len(rows) + 1,
                        group=group,
                        printed=printed,
                    ),
                )
    return list(rows.values())


def issue_problem(knock):
    """Hand the waiting measures of one problem to their units (交办); its plan has been issued long ago."""
    problem = knock.subject
    if problem.plan.state != PlanState.ISSUED:
        raise WrongState(state=problem.plan.get_state_display())
    waiting = problem.measures.filter(state=MeasureState.DRAFT)
    if not waiting.exists():
        raise NotReady(_("All measures of this problem have been issued already."))
    knock.details = {"measures": len(issue_measures(knock, waiting))}


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
