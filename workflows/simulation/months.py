"""The months of a simulated year: filings on time, late, missing and sent back; reports refused, signed and issued."""

from datetime import timedelta

from cases import deadlines
from permissions import clock
from reports.filing_rows import prefilled_rows
from reports.filings import due_moment, month_by_rule
from reports.models import Filing, FilingState, MonthlyReport
from workflows.simulation import texts

LATE, MISSING, RETURNED, SENT_BACK = 2, 1, 1, 1  # units of a month, the first month on


def begin(year):
    """One script for every month that the plan asks for and that ends within the year."""
    plan = year.plan
    month = month_by_rule(plan, clock_of(plan), year.rules())
    number = 0
    while month <= year.clockwork.end:
        if not plan.reporting_months or month.month in plan.reporting_months:
            opens = max(month, deadlines.add_workdays(plan.issued_on, 1))
            if opens <= _due_day(year, month):
                year.start(_month(year, month, number), opens)
                number += 1
        month = deadlines.add_months(month, 1)


def clock_of(plan):
    """The moment of issue, in which the first month begins to count."""
    return clock.local(plan.opened_at)


def _due_day(year, month):
    return due_moment(year.plan, month, year.rules()).date()


def _month(year, month, number):
    plan, due = year.plan, _due_day(year, month)
    period = year.do(plan, "open_period", None, month=month).subject
    filings = list(period.filings.select_related("unit").order_by("unit__order", "unit_id"))
    chosen = year.rng.sample(filings, min(len(filings), LATE + MISSING + RETURNED + SENT_BACK))
    late, missing = chosen[:LATE], chosen[LATE : LATE + MISSING]
    returned, sent_back = chosen[LATE + MISSING : LATE + MISSING + RETURNED], chosen[-SENT_BACK:]
    for filing in filings:
        if filing in missing and len(filings) > MISSING:
            continue
        day = deadlines.add_workdays(due, year.rng.randint(1, 2)) if filing in late else None
        script = _filing(
            year, filing.unit, period, returned=filing in returned, sent_back=filing in sent_back
        )
        year.start(script, day or due - timedelta(days=year.rng.randint(1, 4)))
    yield deadlines.add_workdays(due, 4)
    year.do(period, "close_period", None)
    for filing in period.filings.filter(state=FilingState.FILED):
        if not filing.is_with_lead:
            year.do(filing, "accept_filing", year.clerk())
    yield 1
    yield from _report(year, period, number)


def _latest(period, unit):
    return Filing.objects.filter(period=period, unit=unit).order_by("-revision").first()


def _submit(year, period, unit):
    filing = _latest(period, unit)
    rows = prefilled_rows(filing)
    for row in rows:
        if row["role"] == "LEAD" and not row["progress"].strip():
            row["progress"] = (
                f"{row['number']}按序时推进，本月{texts.VERBS[row['measure'] % len(texts.VERBS)]}。"
            )
    year.do(filing, "submit_filing", year.handler(unit), rows=rows)


def _filing(year, unit, period, *, returned, sent_back):
    """The handler writes, the head signs; sometimes one of them, or the office, wants it again."""
    if _latest(period, unit).state == FilingState.WITHDRAWN:  # its last measure went to others meanwhile
        return
    _submit(year, period, unit)
    if sent_back:
        year.do(
            _latest(period, unit), "send_back_filing", year.head(unit), reason="数据与上月不衔接，请核对。"
        )
        _submit(year, period, unit)
    year.do(_latest(period, unit), "approve_filing", year.head(unit))
    if returned:
        yield 1
        filed = _latest(period, unit)
        if filed.state == FilingState.FILED and not filed.is_with_lead:
            year.do(filed, "return_filing", year.clerk(), reason="下步措施不具体，请补充。")
            _submit(year, period, unit)
            year.do(_latest(period, unit), "approve_filing", year.head(unit))


def _report(year, period, number):
    """Composed, refused once by the head and once by the leader, then signed and issued."""
    year.do(period, "compose_report", year.clerk())
    report = MonthlyReport.objects.get(period=period)
    year.do(report, "submit_report", year.clerk())
    if number == 1:
        yield 1
        _refuse(year, report, year.office_head)
    yield 1
    year.do(report, "review_report", year.office_head)
    if number == 2:
        yield 1
        _refuse(year, report, year.leader)
        year.do(report, "review_report", year.office_head)
    yield 1
    year.do(report, "sign_report", year.leader)
    yield 1
    year.print_report(report)


def _refuse(year, report, person):
    year.do(report, "refuse_report", person, reason="请补充逾期任务的原因分析。")
    report.refresh_from_db()
    opening = f"{report.texts['opening']}逾期任务已逐项分析原因。"
    year.do(report, "edit_report", year.clerk(), texts={"opening": opening})
    year.do(report, "submit_report", year.clerk())
