"""What the record knows of a measure that the bulletin holds up as a case: dates, close-out, returns, instruments."""

from collections import defaultdict

from django.db.models import Count, Prefetch, Q

from cases.models import Instrument, InstrumentKind, Measure, Round
from cases.presenters import shortened
from cases.states import MeasureState
from reports.filings import accepted

STEPS_SHOWN = 3
REPORTED = 200  # characters of what a unit reported


def facts_beside(pks, period, today) -> dict[int, list[str]]:
    """{measure: sentences} in the words of an official paper. Six queries for any number of measures."""
    measures = (
        Measure.objects.filter(pk__in=pks)
        .annotate(files=Count("evidence", filter=Q(evidence__withdrawn_at=None, evidence__replaced_by=None)))
        .prefetch_related(
            "checkpoints", Prefetch("rounds", queryset=Round.objects.only("measure", "number", "attempt"))
        )
    )
    issued, reported = _issued(pks), _reported(period)
    return {
        measure.pk: [
            *_steps(measure, today),
            *_standing(measure),
            *_sent_back(measure),
            *_sentence("、".join(issued[measure.pk]), "已下发督办文书："),
            *_sentence(reported.get(measure.pk), "本期报送："),
        ]
        for measure in measures
    }


def _issued(pks):
    """{measure: numbers of what was issued because of it}; a reminder is none of the office's decisions."""
    found = defaultdict(list)
    rows = Instrument.objects.filter(measure__in=pks, issued_at__isnull=False)
    rows = rows.exclude(kind=InstrumentKind.REMINDER).order_by("issued_at", "pk")
    for measure_id, number in rows.values_list("measure_id", "document_number"):
        found[measure_id].append(number)
    return found


def _reported(period):
    """{measure: the first progress that an accepted filing of the month gives}."""
    found = {}
    for filing in accepted(period):
        for row in filing.rows:
            if text := row.get("progress", "").strip():
                found.setdefault(row["measure"], shortened(text.replace("\n", ""), REPORTED))
    return found


def _steps(measure, today):
    """The steps that are due or met, and the next one; of many the last ones."""
    steps = sorted(measure.checkpoints.all(), key=lambda step: (step.due_on, step.pk))
    settled = [step for step in steps if step.due_on <= today or step.met_on]
    ahead = [step for step in steps if step not in settled][:1]
    return [_step(step, today) for step in (settled + ahead)[-STEPS_SHOWN:]]


def _step(step, today):
    extended = f"（原定{_day(step.original_due_on)}）" if step.due_on > step.original_due_on else ""
    due = f"时限{_day(step.due_on)}{extended}"
    if step.met_on is None:
        days = (step.due_on - today).days
        return f"{due}，逾期{-days}天未完成。" if days < 0 else f"{due}，尚余{days}天。"
    days = (step.due_on - step.met_on).days
    early = f"提前{days}天" if days > 0 else f"逾期{-days}天" if days else "按期"
    return f"{due}，{_day(step.met_on)}{early}完成。"


def _standing(measure):
    if measure.state == MeasureState.CLOSED:
        follow_up = "，转入长期坚持" if measure.follow_up_months else ""
        yield f"{_day(measure.closed_on)}销号{follow_up}。"
    else:
        yield f"目前状态：{measure.get_state_display()}。"
    if measure.files:
        yield f"已提交佐证材料{measure.files}份。"


def _sent_back(measure):
    rounds = list(measure.rounds.all())
    if returns := sum(one.attempt - 1 for one in rounds):
        yield f"核查退回{returns}次。"
    if len(rounds) > 1:
        yield f"出现反弹，已进入第{len(rounds)}轮整改。"


def _sentence(text, before):
    return [f"{before}{text.rstrip('。')}。"] if text else []


def _day(day):
    return f"{day.year}年{day.month}月{day.day}日"
