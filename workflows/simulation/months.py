"""The months of a simulated year: filings on time, late, missing and sent back; signed papers refused and issued."""

from datetime import timedelta

from cases import deadlines
from permissions import clock
from reports.bulletin import suggested
from reports.filing_rows import prefilled_rows
from reports.filings import due_moment, month_by_rule
from reports.models import Bulletin, Filing, FilingState, MonthlyReport
from workflows.simulation import texts

BULLETINS = (1, 3)  # the months that have one
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
    if number == 0:
        yield deadlines.add_workdays(due, -1)
        year.do(period, "remind_units", year.clerk())
    yield deadlines.add_workdays(due, 4)
    year.do(period, "close_period", None)
    for filing in period.filings.filter(state=FilingState.FILED):
        if not filing.is_with_lead:
            year.do(filing, "accept_filing", year.clerk())
    yield 1
    yield from _report(year, period, number)
    if number in BULLETINS:
        yield from _bulletin(year, period, number)


def _latest(period, unit):
    return Filing.objects.filter(period=period, unit=unit).order_by("-revision").first()


def _submit(year, period, unit, act="submit_filing"):
    filing = _latest(period, unit)
    rows = prefilled_rows(filing)
    for row in rows:
        if row["role"] == "LEAD" and not row["progress"].strip():
            row["progress"] = (
                f"{row['number']}按序时推进，本月{texts.VERBS[row['measure'] % len(texts.VERBS)]}。"
            )
    year.do(filing, act, year.handler(unit), rows=rows)


def _filing(year, unit, period, *, returned, sent_back):
    """The handler writes, the head signs; sometimes one of them, or the office, wants it again."""
    if _latest(period, unit).state == FilingState.WITHDRAWN:  # its last measure went to others meanwhile
        return
    if sent_back:
        _submit(year, period, unit, "save_filing")
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
    """Composed, refused in one month by the head and in one by the leader, then signed and issued."""
    year.do(period, "compose_report", year.clerk())
    report = MonthlyReport.objects.get(period=period)
    if number == 0:
        year.do(report, "recompose_report", year.clerk())
    yield from _signed(year, report, refused_by={1: year.office_head, 2: year.leader}.get(number))


def _bulletin(year, period, number):
    """Composed with a good and a bad case, signed, issued, and answered by the first unit that it asks."""
    year.do(period, "compose_bulletin", year.clerk())
    bulletin = Bulletin.objects.get(period=period)
    chosen = suggested(period, year.clockwork.today, limit=1)
    year.do(bulletin, "edit_bulletin", year.clerk(), chosen=chosen)
    refused_by = {BULLETINS[0]: year.office_head, BULLETINS[1]: year.leader}[number]
    issued = yield from _signed(year, bulletin, refused_by=refused_by)
    if not issued:
        return
    yield 2
    asked = [row for row in bulletin.mentions.select_related("unit") if row.asks_for_answer]
    for row in asked[:1]:
        year.do(row, "answer_mention", year.head(row.unit), answer="已认真对照整改，补报有关材料。")
    for row in asked[1:3]:
        year.do(row, "receive_mention", year.handler(row.unit))


def _signed(year, paper, *, refused_by):
    """From the clerk to its issue, refused once by whoever is named. Returns whether it was printed, and so issued."""
    kind = paper.kind
    year.do(paper, f"submit_{kind}", year.clerk())
    yield 1
    if refused_by == year.office_head:
        _refuse(year, paper, refused_by)
        yield 1
    year.do(paper, f"review_{kind}", year.office_head)
    yield 1
    if refused_by == year.leader:
        _refuse(year, paper, refused_by)
        year.do(paper, f"review_{kind}", year.office_head)
        yield 1
    year.do(paper, f"sign_{kind}", year.leader)
    yield 1
    return year.print_out(kind, paper)


def _refuse(year, paper, person):
    year.do(paper, f"refuse_{paper.kind}", person, reason="请补充逾期任务的原因分析。")
    paper.refresh_from_db()
    opening = f"{paper.texts['opening']}逾期任务已逐项分析原因。"
    year.do(paper, f"edit_{paper.kind}", year.clerk(), texts={"opening": opening})
    year.do(paper, f"submit_{paper.kind}", year.clerk())
