"""The plan without a document: it gathers what an office registers one at a time or takes over from another."""

from django.conf import settings
from django.db.models import Max

from cases.models import Plan, PlanKind, Problem
from cases.models.plan import PlanState


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


def add_problem(plan, **fields):
    """The next problem of the plan, numbered through."""
    number = (plan.problems.aggregate(last=Max("number"))["last"] or 0) + 1
    return Problem.objects.create(
        office_id=plan.office_id, plan=plan, number=number, label=f"{number}.", **fields
    )


def deadline_text(dates, long_term) -> str:
    """The deadline as a plan would print it, always in Chinese like the text around it."""
    parts = [f"{date.year}年{date.month}月{date.day}日前" for date in sorted(set(dates))]
    return "，".join(filter(None, ["、".join(parts), "长期坚持" if long_term else ""]))
