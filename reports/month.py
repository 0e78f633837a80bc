"""The month's numbers: every figure whole and part by part, as of now or of a past moment, beside the month before."""

import json

from cases.models import Measure
from cases.rules import rules_of
from permissions import clock
from reports import breakdown, figures
from reports.facts import facts_at
from reports.figures import Rate
from reports.filings import standing
from reports.models import Punctuality, ReportState
from reports.ranking import BASES, ranked, rule_of

WHOSE = "各单位计其牵头的措施，方案未明确牵头单位的计其负责的措施。"


def counted(report, facts, rows, today) -> dict:
    """What a report counts. ``rows``: the units' filings as ``reports.filings.standing`` gives them. Constant queries.

    Shape: {figures, by_unit, rank_basis, by_problem, by_source_level, month_on_month}, see ``reports.breakdown``.
    """
    now = _figures(facts, rows, today)
    statuses = {row["unit"].pk: row["status"] for row in rows}
    units = breakdown.by_unit(facts, today=today)
    units = [{**row, "filing": statuses.get(row["unit_id"], "")} for row in units]
    basis = BASES[rules_of(report.office).ranked_by]
    places = {row["unit_id"]: place for place, row in ranked(units, basis.rate, _filed_on_time)}
    return {
        "figures": now,
        "by_unit": [{**row, "place": places[row["unit_id"]]} for row in units],
        "rank_basis": rule_of(basis, WHOSE),
        "by_problem": breakdown.by_problem(facts, today=today),
        "by_source_level": breakdown.by_source_level(facts, today=today),
        "month_on_month": _beside_last_month(report.period, now),
    }


def _filed_on_time(row):
    return Rate(int(row["filing"] == Punctuality.ON_TIME), int(row["filing"] in Punctuality.values))


def figures_at(period, moment) -> list[dict]:
    """The figures of a month as they were at a past moment, by the record. Five queries."""
    facts = facts_at(Measure.objects.filter(plan=period.plan_id), [moment])[moment]
    return _figures(facts, standing(period, at=moment), clock.local(moment).date())


def _figures(facts, rows, today):
    found = figures.figures(facts, today=today) + figures.filing_figures(row["status"] for row in rows)
    return [figure.as_dict() for figure in found]


def _beside_last_month(period, now):
    """{month, as_of, rows}, None in a plan's first month. As of the last report's data, else of its due moment."""
    before = period.plan.periods.filter(month__lt=period.month).order_by("-month").first()
    if before is None:
        return None
    report = before.reports.filter(state=ReportState.ISSUED).order_by("-revision").first()
    if report:
        frozen = json.loads(report.snapshot)
        as_of, last = frozen["as_of"], frozen["figures"]
    else:
        as_of = clock.local(before.due_at).date().isoformat()
        last = figures_at(before, min(before.due_at, clock.now()))
    rows = breakdown.month_on_month(now, last)
    return {"month": f"{before.month:%Y-%m}", "as_of": as_of, "rows": rows}
