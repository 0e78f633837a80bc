"""The plan without a document: it gathers what an office registers one at a time or takes over from another."""

from typing import NamedTuple

from django.conf import settings
from django.db.models import FilteredRelation, OuterRef, Q, Subquery

from cases.models import Measure, Plan, PlanKind, Problem
from cases.models.plan import PlanState
from permissions.models import UnitKind


def plan_of(office, *, now, today):
    """The office's standing plan, locked; the first matter creates it. Two queries, more the first time."""
    plan, _created = Plan.objects.select_for_update().get_or_create(
        office=office,
        kind=PlanKind.STANDING,
        defaults={
            "title": f"{office}日常问题台账",
            "issued_on": today,
            "state": PlanState.ISSUED,
            "opened_at": now,
            "text": "",
            "reporting_day": settings.XIAOHAO_FILING_DAY,
        },
    )
    return plan


def with_unit(office) -> Plan | None:
    """The standing plan of the office (id), locked, with the office and its own ``office_unit``; None before the first
    matter. One query.
    """
    own_unit = FilteredRelation("office__units", condition=Q(office__units__kind=UnitKind.OFFICE))
    plans = Plan.objects.select_for_update(of=("self",)).annotate(office_unit=own_unit)
    return plans.select_related("office", "office_unit").filter(office=office, kind=PlanKind.STANDING).first()


class Last(NamedTuple):
    """The highest numbers that a plan has given, 0 where none."""

    problem: int
    order: int


def last_numbers(plan) -> Last:
    """To be asked when the plan is locked, so that nobody gives the next ones meanwhile. One query."""
    problems = Problem.objects.filter(plan=OuterRef("pk")).order_by("-number").values("number")
    measures = Measure.objects.filter(plan=OuterRef("pk")).order_by("-order").values("order")
    found = Plan.objects.filter(pk=plan.pk).values_list(Subquery(problems[:1]), Subquery(measures[:1])).get()
    return Last(*(number or 0 for number in found))


def add_problem(plan, last, **fields):
    """The next problem of the plan, numbered through; ``last``: of ``last_numbers``."""
    number = last.problem + 1
    return Problem.objects.create(
        office_id=plan.office_id, plan=plan, number=number, label=f"{number}.", **fields
    )


def deadline_text(dates, long_term) -> str:
    """The deadline as a plan would print it, always in Chinese like the text around it."""
    parts = [f"{date.year}年{date.month}月{date.day}日前" for date in sorted(set(dates))]
    return "，".join(filter(None, ["、".join(parts), "长期坚持" if long_term else ""]))
