"""The rows of a unit's filing: what it saved, else what it entered in the month, beside what the record knows."""

from collections import defaultdict

from django.db.models import Count, Exists, OuterRef, Q, Subquery
from django.db.models.functions import Coalesce

from cases import deadlines
from cases.ledger import acting_duties
from cases.models import Checkpoint, Duty, DutyRole, Evidence, ProgressEntry, Receiver
from cases.presenters import plain_amount
from permissions import clock
from reports.filings import reported_measures
from reports.models import Filing, FilingState

PARTS = ("progress", "difficulties", "next_steps")
NO_CHANGE = "本月无变化：%s"  # as it is printed in every paper
# What the record knows of a measure in the month; kept with the row when it is saved, so that papers print it.
FACTS = ("late", "amount", "checkpoints", "evidence")


def prefilled_rows(filing):
    """The filing's rows: what was saved, else what the unit entered during the period. Five queries.

    Shape: [{measure, number, text, role, progress, difficulties, next_steps, last_month}] in the plan's order;
    several entries of a month are joined, oldest first. ``last_month``: {part: text} that the unit filed then; None
    where it said nothing.
    Where there are any also: late, [days (ISO) of what was entered only afterwards (补录)]; amount, "8213/10000 户"
    reached in all by the unit; checkpoints, [{due_on, reported_on, met_on}] (ISO or None) of the month; evidence, the
    number of the month's files. ``unchanged``: the reason for "no change", which is the progress then; ``aside``: what
    else was typed there.
    """
    saved = {row["measure"]: row for row in filing.rows}
    entered, late, amounts = _entries(filing)
    before, checkpoints = _last_filed(filing), _checkpoints(filing)
    rows = []
    for pk, number, text, role, target, counted, evidence in _duties(filing):
        source = saved.get(pk) or entered.get(pk) or {}
        facts = {
            "late": late.get(pk),
            "amount": _amount(amounts.get(pk), target, counted),
            "checkpoints": checkpoints.get(pk),
            "evidence": evidence,
        }
        last = before.get(pk)
        rows.append(
            {
                "measure": pk,
                "number": number,
                "text": text,
                "role": role,
                **{part: source.get(part, "") for part in PARTS},
                **{name: source[name] for name in ("unchanged", "aside") if name in source},
                **{name: facts[name] for name in FACTS if facts[name]},
                "last_month": {part: last.get(part) for part in PARTS}
                if last and any(map(last.get, PARTS))
                else None,
            }
        )
    return rows


def _duties(filing):
    """(measure, number, text, role, target, what is counted, files of the month) of each measure. One query."""
    files = (
        Evidence.objects.filter(
            measure=OuterRef("measure"), unit=filing.unit_id, withdrawn_at=None, replaced_by=None,
            uploaded_at__gt=filing.period.opens_at, uploaded_at__lte=filing.period.due_at,
        )
        .order_by()
        .values("measure")
        .annotate(count=Count("pk"))
        .values("count")
    )  # fmt: skip
    duties = Duty.objects.filter(unit=filing.unit_id, measure__in=reported_measures(filing.period))
    return (
        duties.annotate(files=Coalesce(Subquery(files), 0))
        .order_by("measure__order")
        .values_list(
            "measure_id",
            "measure__number",
            "measure__text",
            "role",
            "measure__target_amount",
            "measure__target_unit",
            "files",
        )
    )


def _entries(filing):
    """({measure: {part: text}}, {measure: [days of late entries]}, {measure: amount}) of the unit's. One query."""
    entries = ProgressEntry.objects.filter(
        unit=filing.unit_id, period=filing.period.month, measure__plan=filing.period.plan_id
    ).order_by("recorded_at", "pk")
    found: dict[int, dict[str, str]] = defaultdict(lambda: dict.fromkeys(PARTS, ""))
    late: dict[int, list[str]] = {}
    amounts = {}
    for measure_id, day, at, amount, *parts in entries.values_list(
        "measure_id", "happened_on", "recorded_at", "amount", *PARTS
    ):
        if deadlines.is_late_entry(day, at, clock.COUNTY_ZONE) and day.isoformat() not in late.get(
            measure_id, ()
        ):
            late.setdefault(measure_id, []).append(day.isoformat())
        if amount is not None:
            amounts[measure_id] = amount
        for part, text in zip(PARTS, parts, strict=True):
            if text and text not in found[measure_id][part]:
                found[measure_id][part] = f"{found[measure_id][part]}\n{text}".strip()
    return found, late, amounts


def _amount(amount, target, counted):
    return (
        None
        if amount is None or target is None
        else f"{plain_amount(amount)}/{plain_amount(target)} {counted}"
    )


def _checkpoints(filing):
    """{measure: [{due_on, reported_on, met_on}]} of what was due, reported or met in the month. One query."""
    days = [clock.local(moment).date() for moment in (filing.period.opens_at, filing.period.due_at)]
    within = Q(pk__in=[])
    for name in ("due_on", "reported_on", "met_on"):
        within |= Q(**{f"{name}__gt": days[0], f"{name}__lte": days[1]})
    rows = Checkpoint.objects.filter(
        within, measure__plan=filing.period.plan_id, measure__duties__unit=filing.unit_id
    )
    found = defaultdict(list)
    for pk, *dates in rows.order_by("due_on").values_list("measure_id", "due_on", "reported_on", "met_on"):
        named = zip(("due_on", "reported_on", "met_on"), dates, strict=True)
        found[pk].append({name: day and day.isoformat() for name, day in named})
    return found


def _last_filed(filing):
    last = (
        Filing.objects.filter(
            unit=filing.unit_id, period__plan=filing.period.plan_id, period__month__lt=filing.period.month
        )
        .exclude(filed_at=None)
        .order_by("-period__month", "-revision")
        .first()
    )
    return {row["measure"]: row for row in last.rows} if last else {}


def put_in(row, typed):
    """Put what was typed for a measure over its row. ``typed``: {part: text} and, ticked, unchanged with its reason."""
    row.update({part: str(typed.get(part, "")).replace("\r\n", "\n").strip() for part in PARTS})
    row.pop("aside", None)
    row.pop("unchanged", None)
    if typed.get("unchanged"):
        reason = str(typed.get("reason", "")).strip()
        row |= {"unchanged": reason, "aside": row["progress"]}
        row["progress"] = NO_CHANGE % reason if reason else ""


def missing(row):
    """The field that a filing cannot be sent without: ``reason`` of "no change", ``progress`` of what the unit leads.

    "" when nothing is missing.
    """
    if row.get("unchanged") == "":
        return "reason"
    return "progress" if row["role"] == DutyRole.LEAD and not row["progress"].strip() else ""


# Units that lead nothing may file to the lead units ------------------------------------------------------


def goes_to_lead(filing, rules) -> bool:
    """The office wants it so, and the unit acts in no measure of the month. One query where it is asked."""
    if rules.responsible_files_to != Receiver.LEAD:
        return False
    acts = Exists(acting_duties().filter(unit=filing.unit_id))
    return not reported_measures(filing.period).filter(acts).exists()


def received_texts(filing):
    """{measure: [{unit, progress, difficulties, next_steps}]} that responsible units filed to this lead. One query.

    Of all measures of those units; the lead is shown those that it leads.
    """
    leads = Duty.objects.filter(unit=filing.unit_id, role=DutyRole.LEAD).values("measure")
    helpers = Duty.objects.filter(measure__in=leads, role=DutyRole.RESPONSIBLE).values("unit")
    filed = Filing.objects.filter(
        period=filing.period_id, receiver=Receiver.LEAD, state=FilingState.FILED, unit__in=helpers
    )
    found = defaultdict(list)
    for sent in filed.select_related("unit"):
        for row in sent.rows:
            if any(row.get(part) for part in PARTS):
                found[row["measure"]].append(
                    {"unit": sent.unit.name, **{part: row.get(part, "") for part in PARTS}}
                )
    return found
