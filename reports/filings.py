"""A month's filings: when they are due, which measures they cover, and where each unit stands."""

from datetime import datetime

from django.db.models import Q

from cases import deadlines
from cases.models import Duty, LogEntry, Measure
from cases.rules import rules_of
from cases.states import OPEN_STATES, MeasureState
from permissions import clock
from reports.models import FilingState, MonthlyReport, Punctuality, ReportState


def month_by_rule(plan, moment, rules):
    """First day of the reporting month to which the plan's filing day alone assigns the moment."""
    return deadlines.period_of(moment, plan.reporting_day, clock.COUNTY_ZONE, moves=rules.due_day_moves)


def due_moment(plan, month, rules):
    """When the plan's filings of a month (its first day) are due, as the office's rules stand now."""
    return deadlines.due_moment(
        month.year, month.month, plan.reporting_day, clock.COUNTY_ZONE, moves=rules.due_day_moves
    )


def month_of_record(plan, moment, office):
    """First day of the reporting month that a record made at ``moment`` belongs to. ``office``: the plan's.

    A month that was opened keeps its due moment when an amendment changes the plan's filing day or the office its
    rules, so what is open decides before the rule does, and nothing is recorded into a month that is over. A query
    only for amended plans and offices with rules of their own.
    """
    month = month_by_rule(plan, moment, rules_of(office))
    if plan.revision == 1 and not hasattr(office, "rules"):
        return month
    opened = plan.periods.filter(opens_at__lt=moment).order_by("-due_at").values_list("month", "due_at")
    for opened_month, due_at in opened[:2][::-1]:
        if due_at >= moment:
            return opened_month
        month = max(month, deadlines.add_months(opened_month, 1))
    return month


def reported_measures(period):
    """Measures that are reported in the period: open ones, and those closed out within it. Lazy."""
    opened_on = clock.local(period.opens_at).date()
    return Measure.objects.filter(plan=period.plan_id).filter(
        Q(state__in=OPEN_STATES) | Q(state=MeasureState.CLOSED, closed_on__gt=opened_on)
    )


def units_that_owe(period):
    """Ids of the units with a live duty, by directory order. One query."""
    duties = Duty.objects.filter(measure__in=reported_measures(period))
    return list(duties.order_by("unit__order", "unit_id").values_list("unit_id", flat=True).distinct())


WITH_THE_UNIT = (FilingState.DRAFT, FilingState.SUBMITTED)  # so the office waits for it


def waiting_filings(period):
    """The filings for which the office waits, by directory order. One query."""
    return [row["filing"] for row in standing(period) if row["filing"].state in WITH_THE_UNIT]


def reminded_today(filings, today):
    """{filing id: when the office reminded its unit by hand on that day}. One query."""
    entries = LogEntry.objects.filter(
        act="remind_filing", object_type="filing", object_id__in=[filing.pk for filing in filings]
    )
    moments = {pk: clock.local(at) for pk, at in entries.order_by("sequence").values_list("object_id", "at")}
    return {pk: at for pk, at in moments.items() if at.date() == today}


NOT_DUE = "NOT_DUE"  # nothing filed, but the due moment lies ahead


def standing(period, filings=None, at=None):
    """Where each unit stands: [{unit, filing, first, status}] by directory order. One query.

    ``filings`` narrows it to those that a person may see; ``at`` asks for a past moment, as far as punctuality goes.

    ``filing`` is the latest revision, ``first`` the one that decides the punctuality for ever: a rework asked for
    by the office does not turn an on-time filing into a late one. Nobody is missing before the due moment, and a
    unit that owes none any more has no row.
    """
    rows: dict[int, dict] = {}
    filings = (period.filings.all() if filings is None else filings).exclude(state=FilingState.WITHDRAWN)
    filings = filings.select_related("unit", "drafted_by", "approved_by")
    for filing in filings.order_by("unit__order", "unit_id", "revision"):
        row = rows.setdefault(filing.unit_id, {"unit": filing.unit, "first": None})
        row["filing"] = filing
        if row["first"] is None and filing.filed_at and (at is None or filing.filed_at <= at):
            row["first"] = filing
    unfiled = Punctuality.MISSING if (at or clock.now()) > period.due_at else NOT_DUE
    for row in rows.values():
        row["status"] = row["first"].punctuality if row["first"] else unfiled
    return list(rows.values())


def reported_in(filing, reports=None):
    """The report that has left the clerk with the text of an accepted filing, or None. Two queries at most.

    Only the latest revision counts: while a correction is composed, what it is made of may still be corrected.
    ``reports`` may lock them.
    """
    reports = MonthlyReport.objects if reports is None else reports
    latest = reports.filter(period=filing.period_id).defer("snapshot").order_by("-revision").first()
    if latest is None or latest.state == ReportState.DRAFT:
        return None
    accepting = LogEntry.objects.filter(object_type="filing", object_id=filing.pk, act="accept_filing")
    at = accepting.order_by("-sequence").values_list("at", flat=True).first()
    return None if at and datetime.fromisoformat(at) > latest.drafted_at else latest


def accepted(period):
    """The accepted filing of each unit, latest revision, by directory order. One query."""
    found = {}
    filings = period.filings.filter(state=FilingState.ACCEPTED).select_related("unit")
    for filing in filings.order_by("unit__order", "unit_id", "revision"):
        found[filing.unit_id] = filing
    return list(found.values())
