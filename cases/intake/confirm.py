"""A confirmed proposal → rows: plan, problems, measures, duties and checkpoints. A fixed number of queries.

Called by the act ``confirm_import`` inside its transaction; nothing here asks for rights.
"""

from dataclasses import dataclass, field
from itertools import chain

from django.conf import settings
from django.utils.translation import gettext_lazy as _

from cases.errors import NotReady
from cases.models import Checkpoint, Duty, DutyRole, Measure, Plan, PlanKind, Problem, one_duty_per_unit
from permissions.models import Office, Unit, UnitAlias, UnitGroup, UnitKind


@dataclass
class Names:
    """What each printed name stands for: its units in order, and the group they were named through."""

    units: dict[str, list[Unit]] = field(default_factory=dict)
    groups: dict[str, UnitGroup] = field(default_factory=dict)
    created: list[Unit] = field(default_factory=list)
    stand_ins: list[str] = field(default_factory=list)  # collectives nobody belongs to yet


def printed_names(proposal) -> list[str]:
    """Every unit name of the document once, in the order of its first appearance."""
    names = {}
    for problem in proposal.problems:
        for holder in (problem, *problem.measures):
            for unit in (*holder.lead_units, *holder.responsible_units):
                names.setdefault(unit.printed, None)
    return list(names)


def without_unit(proposal) -> list[int]:
    """Positions (from 1, over the whole plan) of the measures for which the document names nobody."""
    pairs = [(problem, measure) for problem in proposal.problems for measure in problem.measures]
    return [order for order, pair in enumerate(pairs, start=1) if not printed_duties(*pair)]


def confirm(draft, proposal, *, choices, issued_on=None, assigned=None):
    """Create the plan that the document describes.

    ``choices``: {printed name: choice}, see ``units.Match``; ``assigned``: {position: unit pk} for measures for
    which the document names no unit. Shape: (Plan, Names). Errors: NotReady that names what is missing; the
    caller's transaction then takes back everything.
    """
    names = resolve(draft.office, choices, printed_names(proposal))
    helpers = assigned_units(draft.office, assigned)
    plan = _plan(draft, proposal, issued_on)
    problems = Problem.objects.bulk_create(_problems(plan, proposal))
    pairs = [
        (row, problem, measure)
        for row, problem in zip(problems, proposal.problems, strict=True)
        for measure in problem.measures
    ]
    measures = [measure_of(plan, row, order, read) for order, (row, _p, read) in enumerate(pairs, start=1)]
    duties = [
        duties_of(measure, problem, read, names, helpers.get(measure.order))
        for measure, (_row, problem, read) in zip(measures, pairs, strict=True)
    ]
    checkpoints = [
        checkpoints_of(measure, read) for measure, (*_both, read) in zip(measures, pairs, strict=True)
    ]
    _refuse_nameless(measures, duties)
    for measure, dates in zip(measures, checkpoints, strict=True):
        measure.refresh_next_due(dates)
    Measure.objects.bulk_create(measures)
    Duty.objects.bulk_create(chain.from_iterable(duties))
    Checkpoint.objects.bulk_create(chain.from_iterable(checkpoints))
    return plan, names


def _refuse_nameless(measures, duties):
    if nameless := [measure.number for measure, own in zip(measures, duties, strict=True) if not own]:
        raise NotReady(
            _("The document names no unit for these measures: %(numbers)s. Choose a unit for each of them."),
            numbers="、".join(nameless),
        )


# Names ------------------------------------------------------------------------------------------------


def resolve(office, choices, wanted) -> Names:
    """Turn the choices into units, creating what is new and remembering each decision as an alias."""
    if missing := [name for name in wanted if name not in choices]:
        raise NotReady(_("Choose what these names stand for: %(names)s."), names="、".join(missing))
    # Two imports of one office at once would both create the same new unit.
    Office.objects.select_for_update(no_key=True).get(pk=office.pk)
    units = {unit.pk: unit for unit in Unit.objects.filter(office=office)}
    groups = {
        group.pk: group for group in UnitGroup.objects.filter(office=office).prefetch_related("members")
    }
    chosen = {name: choices[name] for name in wanted}
    names = Names()
    by_name = _create_units(office, chosen, units, groups, names)
    by_group = _create_groups(office, chosen, units, groups, by_name)
    for name, choice in chosen.items():
        if "unit" in choice:
            names.units[name] = [_pick(units, choice["unit"], name)]
        elif "new" in choice:
            names.units[name] = [by_name[choice["new"].strip()]]
        else:
            group = by_group[choice["new_group"].strip()] if "new_group" in choice else _pick(
                groups, choice["group"], name
            )  # fmt: skip
            names.groups[name] = group
            names.units[name] = group.known_members or [by_name[group.name]]
    _remember(office, chosen, names)
    return names


def _pick(rows, pk, name):
    if pk not in rows:
        raise NotReady(_("What was chosen for “%(name)s” is no longer there. Choose again."), name=name)
    return rows[pk]


def _create_units(office, chosen, units, groups, names):
    """{name: Unit} of the directory with the new ones; a collective without members gets one to stand for it."""
    by_name = {unit.name: unit for unit in units.values()}
    wanted = {}
    for printed, choice in chosen.items():
        if "new" in choice:
            name, kind = choice["new"].strip(), choice.get("kind", UnitKind.DEPARTMENT)
        elif "new_group" in choice and not choice.get("members"):
            name, kind = choice["new_group"].strip(), UnitKind.OTHER
            names.stand_ins.append(name)
        elif choice.get("group") in groups and not groups[choice["group"]].members.all():
            name, kind = groups[choice["group"]].name, UnitKind.OTHER
            names.stand_ins.append(name)
        else:
            continue
        if not name or len(name) > 100 or kind not in UnitKind.values or kind == UnitKind.OFFICE:
            raise NotReady(_("“%(name)s” cannot become a unit like this. Choose again."), name=printed)
        if name not in by_name:
            wanted.setdefault(name, Unit(office=office, name=name, kind=kind))
    last = max((unit.order for unit in units.values()), default=0)
    for order, unit in enumerate(wanted.values(), start=last + 1):
        unit.order = order
    names.created = Unit.objects.bulk_create(wanted.values())
    return by_name | {unit.name: unit for unit in names.created}


def _create_groups(office, chosen, units, groups, by_name):
    """{name: UnitGroup} with ``known_members`` filled in, for the new ones and the chosen old ones."""
    members = {}
    for printed, choice in chosen.items():
        if "new_group" in choice:
            picked = [_pick(units, pk, printed) for pk in choice.get("members") or ()]
            members[choice["new_group"].strip()] = picked or [by_name[choice["new_group"].strip()]]
    for group in groups.values():
        group.known_members = list(group.members.all())
    existing = {group.name: group for group in groups.values()}
    new = UnitGroup.objects.bulk_create(
        UnitGroup(office=office, name=name) for name in members if name not in existing
    )
    for group in new:
        group.known_members = members[group.name]
    through = UnitGroup.members.through
    through.objects.bulk_create(
        through(unitgroup_id=group.pk, unit_id=unit.pk) for group in new for unit in group.known_members
    )
    return existing | {group.name: group for group in new}


def _remember(office, chosen, names):
    """A printed name that a person mapped to one unit is known the next time."""
    decided = {
        printed: units[0]
        for printed, units in names.units.items()
        if printed not in names.groups and units[0].name != printed and len(printed) <= 100
    }
    UnitAlias.objects.bulk_create(
        [UnitAlias(office=office, unit=unit, name=printed) for printed, unit in decided.items()],
        update_conflicts=True,
        unique_fields=["office", "name"],
        update_fields=["unit"],
    )


# Rows -------------------------------------------------------------------------------------------------


def cut(text, model, name):
    """The text as long as its column: SQLite would take more, PostgreSQL would refuse the whole import."""
    return (text or "")[: model._meta.get_field(name).max_length]


def _plan(draft, proposal, issued_on):
    reporting = proposal.reporting
    return Plan.objects.create(
        office_id=draft.office_id,
        title=cut(proposal.title or draft.source_name, Plan, "title"),
        kind=PlanKind.TASKS if proposal.kind == "task_assignment" else PlanKind.PLAN,
        document_number=cut(proposal.document_number, Plan, "document_number"),
        issuer=cut(proposal.issuer, Plan, "issuer"),
        issued_on=issued_on or proposal.issued_on,
        text=proposal.text,
        source_id=draft.source_id,
        source_name=draft.source_name,
        stated_totals=proposal.stated_totals,
        reporting_months=list(reporting.months) if reporting else [],
        reporting_day=reporting.day if reporting else settings.XIAOHAO_FILING_DAY,
        reporting_recipient=cut(reporting.recipient if reporting else "", Plan, "reporting_recipient"),
    )


def _problems(plan, proposal):
    return [
        Problem(
            office_id=plan.office_id,
            plan=plan,
            number=number,  # in the order of the document; the printed number is in the label
            label=cut(read.label, Problem, "label"),
            text=read.text,
            sources=list(read.sources),
            start=read.start,
            end=read.end,
        )
        for number, read in enumerate(proposal.problems, start=1)
    ]


def measure_of(plan, problem, order, read):
    """The unsaved measure that the document describes."""
    return Measure(
        office_id=plan.office_id,
        plan=plan,
        problem=problem,
        order=order,
        label=cut(read.label, Measure, "label"),
        number=cut(problem.label + read.label, Measure, "number") or str(order),
        group_lead=read.group_lead or "",
        text=read.text,
        goal=read.goal or "",
        deadline_text=cut(read.deadline_text, Measure, "deadline_text"),
        long_term=read.long_term,
        start=read.start,
        end=read.end,
    )


def printed_duties(problem, measure):
    """[(role, ReadUnit)] of the measure, or of its problem where the measure itself names nobody."""
    for holder in (measure, problem):
        found = [(DutyRole.LEAD, unit) for unit in holder.lead_units]
        found += [(DutyRole.RESPONSIBLE, unit) for unit in holder.responsible_units]
        if found:
            return found
    return []


def duties_of(measure, read_problem, read, names, helper):
    """Unsaved duties, one per unit; of ``helper`` where the document names nobody."""
    printed = printed_duties(read_problem, read)
    of_measure = {"office_id": measure.office_id, "measure": measure}
    if not printed and helper:
        return [
            Duty(
                **of_measure,
                unit=helper,
                role=DutyRole.RESPONSIBLE,
                order=1,
                printed=helper.name,
            )
        ]
    return one_duty_per_unit(
        Duty(
            **of_measure,
            unit=unit,
            role=role,
            group=names.groups.get(unit_read.printed),
            printed=cut(unit_read.printed, Duty, "printed"),
            start=unit_read.start,
            end=unit_read.end,
        )
        for role, unit_read in printed
        for unit in names.units[unit_read.printed]
    )


def assigned_units(office, assigned):
    if not assigned:
        return {}
    units = Unit.objects.filter(office=office).in_bulk(set(assigned.values()))
    return {order: units[pk] for order, pk in assigned.items() if pk in units}


def checkpoints_of(measure, read):
    """One unsaved checkpoint per date, in order."""
    dates = {}
    for date in read.checkpoints:
        dates.setdefault(date.due_on, date)
    return [
        Checkpoint(
            office_id=measure.office_id,
            measure=measure,
            due_on=due_on,
            original_due_on=due_on,
            printed=cut(date.printed, Checkpoint, "printed"),
            start=date.start,
            end=date.end,
        )
        for due_on, date in sorted(dates.items())
    ]
