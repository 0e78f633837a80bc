"""From filings and facts to the monthly report: the clerk's draft, and the snapshot that everybody signs.

The words here are the report's own and Chinese in every language of the screens.
"""

from collections import defaultdict
from datetime import date

from django.utils import translation

from cases.models import Duty, DutyRole, Measure, Problem, ProgressEntry
from cases.presenters import OWN_YELLOW, light_of
from cases.states import MeasureState
from permissions import clock
from reports import frozen
from reports.facts import ISSUED_STATES, dates_of, facts_of
from reports.filings import accepted, standing
from reports.month import counted
from reports.style import style_of
from reports.texts import SECTIONS, written

SCHEMA = "xiaohao.monthly-report/2"
COMPARED = {"on_schedule": "达到序时进度", "completed": "已完成", "closed_out": "已销号", "overdue": "逾期"}
PRINTED = {DutyRole.LEAD: "lead_units", DutyRole.RESPONSIBLE: "responsible_units"}
MEASURE_COLUMNS = (
    "pk", "problem__label", "problem__text",
    "label", "text", "deadline_text", "long_term", "next_due_on", OWN_YELLOW,
)  # fmt: skip


def snapshot(report) -> dict:
    """All rows, figures and texts of the report as of now. Constant number of queries (see tests).

    This is what freezes when the report leaves the clerk. Labels are Chinese, whatever the screen shows.
    """
    with translation.override("zh-hans"):
        period = report.period
        style, today = style_of(report.office), clock.today()
        facts = facts_of(Measure.objects.filter(plan=period.plan_id))
        rows = standing(period)
        counts = counted(report, facts, rows, today)
        return {
            **frozen.about(
                report,
                schema=SCHEMA,
                title=title_of(period),
                addressees=style.addressees,
                measures=len(facts),
                today=today,
            ),
            "texts": texts_with_figures(report.texts, counts, today),
            **counts,
            "filings": [filing_row(row) for row in rows],
            "waiting": waiting_units(rows),
            "ledger": ledger_rows(period, facts, counts["by_unit"], today),
            "ledger_columns": list(style.ledger_columns),
        }


def texts_with_figures(texts, counts, today) -> dict:
    """The clerk's texts with the sentences that only the system writes: the opening's, and one for each problem."""
    by_problem = {row["problem_id"]: row for row in counts["by_problem"]}
    progress = [
        {
            **block,
            "text": "\n".join(
                filter(None, (_of_problem(by_problem.get(block["problem_id"])), block["text"]))
            ),
        }
        for block in texts.get("progress", [])
    ]
    return {
        "opening": (
            f"{texts.get('opening', '')}\n{summary(counts['figures'], today)}"
            f"{against_last_month(counts['month_on_month'])}"
        ),
        **{section: written(texts.get(section, [])) for section in SECTIONS},
        "progress": written(progress),
    }


def against_last_month(found) -> str:
    """The sentence beside the month before; empty in a plan's first month. ``found``: see ``reports.month``."""
    if found is None:
        return ""
    changes = {row["key"]: row["change"] for row in found["rows"] if row["key"] in COMPARED}
    words = [
        f"{COMPARED[key]}{'增加' if change > 0 else '减少'}{abs(change)}项"
        for key, change in changes.items()
        if change
    ]
    day = date.fromisoformat(found["as_of"])
    since = f"与上期（数据截至{day.year}年{day.month}月{day.day}日）相比，"
    return f"{since}{'，'.join(words) if words else '上述各项没有增减'}。"


def _of_problem(row):
    if row is None:
        return ""
    return (
        f"共有整改措施{row['measures']}项，其中达到序时进度{row['on_schedule']}项，已完成{row['completed']}项，"
        f"已销号{row['closed_out']}项，逾期{row['overdue']}项。"
    )


def waiting_units(rows) -> list[str]:
    """Units whose filing the office has not accepted, so that their texts are missing. ``rows``: see ``standing``."""
    return [row["unit"].name for row in rows if row["first"] and not row["filing"].is_final]


def title_of(period) -> str:
    """《…整改方案》 → …整改工作2026年11月情况报告"""
    return f"{frozen.subject_of(period.plan)}整改工作{period.month.year}年{period.month.month}月情况报告"


def summary(figures, today) -> str:
    """The sentence of figures that opens the report; the clerk cannot change it."""
    n = {figure["key"]: figure["part"] for figure in figures}
    ahead = n.get("not_yet_filed", 0)
    owed = n["filed_on_time"] + n["filed_late"] + n["not_filed"] + ahead
    return (
        f"截至{today.year}年{today.month}月{today.day}日，方案确定的{n['total']}项整改措施中，已认领{n['claimed']}项，"
        f"达到序时进度{n['on_schedule']}项，已完成{n['completed']}项，已销号{n['closed_out']}项"
        f"（其中转入长期坚持{n['in_follow_up']}项），逾期{n['overdue']}项。"
        f"本期应报送单位{owed}个，按时报送{n['filed_on_time']}个，迟报{n['filed_late']}个，未报{n['not_filed']}个"
        + (f"，另有{ahead}个单位未到报送截止时间。" if ahead else "。")
    )


def filing_row(row):
    """One row of ``reports.filings.standing`` as papers and pages print it."""
    first = row["first"]
    return {
        "unit": row["unit"].name,
        "unit_id": row["unit"].pk,
        "status": row["status"],
        "filed_at": clock.local(first.filed_at).isoformat() if first else None,
        "drafted_by": str(first.drafted_by) if first else None,
        "approved_by": str(first.approved_by) if first else None,
    }


def ledger_rows(period, facts, units, today) -> list[dict]:
    """The ledger annex, one row per measure in the plan's order. Three queries.

    From these rows alone every figure can be counted again: see ``reports.facts.facts_in``.
    """
    by_pk = {fact.pk: fact for fact in facts}
    names = {row["unit_id"]: row["unit"] for row in units}
    measures = Measure.objects.filter(plan=period.plan_id, state__in=ISSUED_STATES)
    printed = _printed(measures)
    progress, headings = _month_progress(period), {}
    rows = []
    for pk, label, text, *columns in measures.order_by("order").values_list(*MEASURE_COLUMNS):
        fact = by_pk.get(pk)
        if fact is None:  # issued since the facts were read
            continue
        if text not in headings:
            headings[text] = Problem(text=text).heading
        rows.append(
            {
                "problem_label": label,
                "problem_text": headings[text],
                **_of_measure(fact, *columns, today=today),
                **printed[pk],
                "progress": progress.get(pk, ""),
                "acting_units": [names[unit] for unit in fact.units],
                "acting_unit_ids": list(fact.units),
            }
        )
    return rows


def _of_measure(fact, label, text, deadline_text, long_term, next_due_on, own_yellow, *, today):
    light = light_of(fact.state, next_due_on, own_yellow, today=today)
    return {
        "number": label,
        "measure": text,
        "deadline_text": deadline_text,
        "checkpoints": [dates_of(checkpoint) for checkpoint in fact.checkpoints],
        "long_term": long_term,
        "state": fact.state,
        "state_label": str(MeasureState(fact.state).label),
        "light": light.value,
        "light_label": str(light.label),
        "overdue": light == "RED",
        "source_level": fact.source_level,
        "claimed": fact.claimed,
        "follow_up": fact.follow_up,
    }


def _printed(measures):
    """{measure pk: {lead_units, responsible_units}} as the plan prints them. One query."""
    found = defaultdict(lambda: {name: [] for name in PRINTED.values()})
    duties = Duty.objects.filter(measure__in=measures.order_by().values("pk")).order_by("order", "pk")
    for pk, role, printed in duties.values_list("measure_id", "role", "printed"):
        units = found[pk][PRINTED[role]]
        if printed not in units:  # a collective once, not each of its members
            units.append(printed)
    return found


def printed_units(measure, role):
    """Units as the plan prints them: a collective once, not each of its members."""
    return list(dict.fromkeys(duty.printed for duty in measure.duties.all() if duty.role == role))


def _month_progress(period):
    """{measure: what the accepted filings say of it}, the lead units first; else what was entered in the month."""
    said = [
        (row.get("role") == DutyRole.LEAD, row["measure"], row.get("progress", "").strip(), filing.unit.name)
        for filing in accepted(period)
        for row in filing.rows
    ]
    if not any(text for _leads, _measure, text, _unit in said):
        entries = ProgressEntry.objects.filter(measure__plan=period.plan_id, period=period.month)
        columns = ("measure_id", "progress", "unit__name")
        said = [(False, *row) for row in entries.order_by("recorded_at", "pk").values_list(*columns)]
    found = defaultdict(lambda: defaultdict(dict))  # measure → text → its units in order
    for _leads, measure, text, unit in sorted(said, key=lambda one: not one[0]):
        if text:
            found[measure][text][unit] = True
    return {measure: _as_said(texts) for measure, texts in found.items()}


def _as_said(texts) -> str:
    """A line for each text; where several units speak, each line says who."""
    if len({unit for units in texts.values() for unit in units}) == 1:
        return "\n".join(texts)
    return "\n".join(f"{'、'.join(units)}：{text}" for text, units in texts.items())
