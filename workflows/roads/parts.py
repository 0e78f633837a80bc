"""One measure becomes several, several become one, or another office takes it over. Nothing ever disappears."""

from django.db.models import F
from django.utils.translation import gettext_lazy as _

from cases.errors import NotReady
from cases.models import Checkpoint, DisputeOutcome, Duty, DutyRole, Ending, Measure, Round
from cases.states import OPEN_STATES
from permissions.models import Unit, UnitKind
from workflows import standing
from workflows.directory import Directory
from workflows.record import Said, digest_of
from workflows.roads import disputes, ending, extensions, inputs

MOST_PARTS = 12


def end(rectification, ended_as, reason, *, outcome=DisputeOutcome.ENDED):
    """The measure goes on no more: its round is frozen, what was open on it is closed with the reason."""
    measure = rectification.measure
    measure.ended_as = ended_as
    if rectification.was in OPEN_STATES:
        ending.freeze_open_round(rectification, reason)
        _end_open_matters(rectification, outcome, reason)
    rectification.details["reason"] = reason


def _end_open_matters(rectification, outcome, reason):
    measure, matters = rectification.measure, rectification.open_matters
    if "disputes" in matters:
        disputes.end_open(rectification, outcome, reason)
    if "input_requests" in matters:
        inputs.end_open(measure, now=rectification.now)
    if "extensions" in matters:
        extensions.end_open(measure.extensions.all(), now=rectification.now, reason=reason)


# Split ------------------------------------------------------------------------------------------------


def split(rectification, *, parts, reason):
    """``parts``: [{text, leads, responsible, dates, long_term}], as a problem is registered; each is issued at once.

    A part keeps the original date of the step whose date it takes over, and none lies behind the measure's last date.
    """
    if not 2 <= len(parts) <= MOST_PARTS:
        raise NotReady(_("Split it into at least two and at most %(most)s parts."), most=MOST_PARTS)
    _refuse_incomplete(rectification, parts)
    measure = rectification.measure
    choices = [choice for part in parts for choice in (*part["leads"], *part["responsible"])]
    directory = Directory(measure.office_id, choices)
    _make_room(measure, len(parts))
    rows = [_part(measure, number, part) for number, part in enumerate(parts, start=1)]
    dates = [_dates(rectification, row, part["dates"]) for row, part in zip(rows, parts, strict=True)]
    issue(rectification, rows, dates)
    Duty.objects.bulk_create(
        duty
        for row, part in zip(rows, parts, strict=True)
        for duty in directory.duties(row, part["leads"], part["responsible"])
    )
    end(rectification, Ending.SPLIT, reason, outcome=DisputeOutcome.SPLIT)
    rectification.details["numbers"] = [row.number for row in rows]
    rectification.tell(
        Said(
            "split_off", row, {"after": digest_of(row), "numbers": [measure.number], "text": row.text}, row.pk
        )
        for row in rows
    )


def _refuse_incomplete(rectification, parts):
    last = max((c.due_on for c in rectification.checkpoints), default=None)
    is_open = any(c.met_on is None for c in rectification.checkpoints)
    for number, part in enumerate(parts, start=1):
        if not part["text"].strip():
            raise NotReady(_("Part %(number)s has no text."), number=number)
        if not part["leads"] and not part["responsible"]:
            raise NotReady(_("Part %(number)s has no unit that answers for it."), number=number)
        if not part["dates"] and not part["long_term"]:
            raise NotReady(
                _("Part %(number)s needs a deadline, or is to be kept up in the long term."), number=number
            )
        if is_open and not part["dates"]:  # or what is overdue would be so no more
            raise NotReady(
                _("Part %(number)s needs a deadline: the measure has one that was not met yet."),
                number=number,
            )
        if days := _before_the_plan(rectification, part["dates"]):
            raise NotReady(
                _("Part %(number)s would be due on %(day)s, before the plan was issued. Check the year."),
                number=number,
                day=min(days),
            )
        if last and any(day > last for day in part["dates"]):
            raise NotReady(
                _(
                    "Part %(number)s would end after %(day)s, the last date of the measure. "
                    "A later date needs an extension."
                ),
                number=number,
                day=last,
            )


def _before_the_plan(rectification, days):
    """Those that lie before it and are no dates of the measure itself: nobody would ever be blamed for them."""
    issued_on = rectification.measure.plan.issued_on
    own = {day for c in rectification.checkpoints for day in (c.due_on, c.original_due_on)}
    return [day for day in days if issued_on and day < issued_on and day not in own]


def _make_room(measure, count):
    """Parts stand right behind what they are parts of."""
    behind = Measure.objects.filter(plan=measure.plan_id, order__gt=measure.order)
    behind.update(order=F("order") + count)


def _part(measure, number, part):
    return Measure(
        office_id=measure.office_id,
        plan=measure.plan,
        problem_id=measure.problem_id,
        order=measure.order + number,
        label=f"{measure.label}-{number}"[-40:],
        number=f"{measure.number}-{number}"[-60:],
        group_lead=measure.group_lead,
        text=part["text"].strip(),
        goal=measure.goal,
        deadline_text=standing.deadline_text(part["dates"], part["long_term"]),
        long_term=part["long_term"],
        important=measure.important,
        origin=measure,
    )


def _dates(rectification, row, days):
    original = {c.due_on: c.original_due_on for c in rectification.checkpoints}
    found = [
        Checkpoint(office_id=row.office_id, measure=row, due_on=day, original_due_on=original.get(day, day))
        for day in sorted(set(days))
    ]
    row.refresh_next_due(found)
    return found


def issue(rectification, rows, dates):
    """Write the new rows as issued, each with its first round and its dates. Three statements."""
    for row in rows:
        row.office = rectification.measure.office
        type(rectification)(
            row, actor=rectification.actor, access=rectification.access, now=rectification.now
        ).issue()
    Measure.objects.bulk_create(rows)
    Round.objects.bulk_create(
        Round(office_id=row.office_id, measure=row, number=1, opened_at=rectification.now) for row in rows
    )
    Checkpoint.objects.bulk_create(checkpoint for found in dates for checkpoint in found)


# Merge ------------------------------------------------------------------------------------------------


def merge(rectification, *, into, reason):
    """The measure goes into another open one of the same plan, whose units and dates stay as they are."""
    measure = rectification.measure
    other = measure.locked_with.get(into)
    if other is None or other.plan_id != measure.plan_id or other.state not in OPEN_STATES:
        raise NotReady(_("Choose another measure of the same plan that is still open."))
    measure.merged_into = other
    end(rectification, Ending.MERGED, reason)
    rectification.details["numbers"] = [other.number]
    said = {"after": digest_of(other), "numbers": [measure.number], "reason": reason, "text": measure.text}
    rectification.tell([Said("take_in", other, said, other.pk)])


# Hand over --------------------------------------------------------------------------------------------


def transfer(rectification, *, office, reason):
    """Another office takes the measure over: a draft in its standing plan, which it gives to units and issues.

    Until then its own unit holds the duty, so that the measure is in somebody's hands at every moment.
    """
    measure = rectification.measure
    taken = _taken_over(rectification, *_taker(rectification, office))
    end(rectification, Ending.TRANSFERRED, reason)
    rectification.details |= {"office": str(taken.office), "numbers": [taken.number]}
    body = {"after": digest_of(taken), "office": str(measure.office), "numbers": [measure.number]}
    rectification.tell([Said("take_over", taken, {**body, "reason": reason, "text": taken.text}, taken.pk)])


def _taker(rectification, office):
    """(own unit of the office, its standing plan). The first matter an office takes over makes the plan."""
    plan = standing.with_unit(office)
    units = Unit.objects.select_related("office").filter(kind=UnitKind.OFFICE, office=office)
    unit = plan.office_unit if plan else units.first()
    if unit is None or unit.office_id == rectification.measure.office_id:
        raise NotReady(_("Choose the office that takes the measure over."))
    return unit, plan or standing.plan_of(unit.office, now=rectification.now, today=rectification.today)


def _taken_over(rectification, unit, plan):
    measure, taker = rectification.measure, plan.office
    old, last = measure.problem, standing.last_numbers(plan)
    problem = standing.add_problem(
        plan,
        last,
        text=old.text,
        sources=old.sources,
        source_level=old.source_level,
        source_document=(old.source_document or measure.plan.document_number or measure.plan.title)[:200],
        reported_on=old.reported_on,
    )
    taken = Measure(
        office=taker,
        plan=plan,
        problem=problem,
        order=last.order + 1,
        label="(1)",
        number=f"{problem.label}(1)",
        text=measure.text,
        goal=measure.goal,
        deadline_text=measure.deadline_text,
        long_term=measure.long_term,
        important=measure.important,
        target_amount=measure.target_amount,
        target_unit=measure.target_unit,
        origin=measure,
    )
    dates = [
        Checkpoint(
            office=taker,
            measure=taken,
            due_on=c.due_on,
            original_due_on=c.original_due_on,
            met_on=c.met_on,
            printed=c.printed,
        )
        for c in rectification.checkpoints
    ]
    taken.refresh_next_due(dates)
    taken.save()
    Checkpoint.objects.bulk_create(dates)
    Duty.objects.create(
        office=taker, measure=taken, unit=unit, role=DutyRole.LEAD, order=1, printed=unit.name
    )
    return taken
