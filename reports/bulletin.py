"""From figures and facts to the bulletin (通报): the clerk's draft, and the snapshot that everybody signs.

The words here are the bulletin's own and Chinese in every language of the screens. It holds what it names, not the
whole ledger: every unit of the plan reads it.
"""

import json
from collections import defaultdict

from django.db.models import F, Max
from django.utils import translation

from cases import deadlines
from cases.models import Checkpoint, Duty, Instrument, InstrumentKind, Measure
from cases.presenters import OWN_YELLOW, light_of, shortened
from cases.questions import light
from cases.rules import rules_of
from cases.states import Light
from permissions import clock
from permissions.models import Unit, UnitKind
from reports import compose, figures, frozen
from reports.breakdown import counts
from reports.case_facts import facts_beside
from reports.drill import due_steps
from reports.facts import ISSUED_STATES, facts_of
from reports.figures import Rate
from reports.filings import standing
from reports.models import Bulletin, Filing, MentionKind, Punctuality
from reports.ranking import BASES, ranked, rule_of

SCHEMA = "xiaohao.bulletin/1"
CASES = ("good", "bad")
FIGURES = (
    "total",
    "claimed",
    "on_schedule",
    "completed",
    "closed_out",
    "in_follow_up",
    "overdue",
)
LISTED_TEXT = 60  # characters of a measure that a list prints
WHOSE = "部门计其牵头的措施，方案未明确牵头单位的计其负责的措施；乡镇（街道）计其牵头和负责的措施。"
TOWNS = {UnitKind.TOWN, UnitKind.VILLAGE}
# (key, what it ranks, as the paper prints it).
RANKINGS = (("departments", "部门"), ("towns", "乡镇（街道）"))


# The draft ----------------------------------------------------------------------------------------------


def draft_texts(period) -> dict:
    """The texts that the clerk starts from: {opening, requirements, good, bad}. Two queries.

    The last two hold the clerk's words on each case chosen, {measure: text}; there are none yet.
    """
    month = f"{period.month.year}年{period.month.month}月"
    return {
        "opening": f"按照“一月一调度、一月一通报”的要求，现将《{period.plan.title}》{month}落实情况通报如下。",
        "requirements": _requirements(period),
        "good": {},
        "bad": {},
    }


def _requirements(period):
    """Nobody is asked for reasons where there is nothing to give reasons for."""
    red = light(Light.RED, clock.today())
    is_red = Measure.objects.filter(red, plan=period.plan_id).exists()
    blamed = {Punctuality.LATE, Punctuality.MISSING} & {row["status"] for row in standing(period)}
    return "\n".join(
        [
            "压实整改责任。"
            + (
                "红灯措施的责任单位要逐项查明原因，明确完成时限和责任人，自收到本通报之日起5个工作日内书面答复。"
                if is_red
                else "各责任单位要逐项落实完成时限和责任人，临近时限的措施要倒排工期。"
            ),
            "严格按时报送。"
            + (
                "迟报、未报的单位要说明原因，自下期起按时限和要求报送。"
                if blamed
                else "各单位下期要继续按时限和要求报送。"
            ),
            "加快整改进度。各单位要对照存在问题举一反三，确保各项整改措施按期完成。",
        ]
    )


# The snapshot -------------------------------------------------------------------------------------------


def snapshot(bulletin) -> dict:
    """All figures, lists and texts of the bulletin as of now. Constant number of queries (see tests).

    This is what freezes when the bulletin leaves the clerk. Every figure is a part of ``rows`` or of ``filings``.
    """
    with translation.override("zh-hans"):
        period, today = bulletin.period, clock.today()
        measures = Measure.objects.filter(plan=period.plan_id)
        facts, filed = facts_of(measures), standing(period)
        units = _Units(facts, measures)
        basis = BASES[rules_of(bulletin.office).ranked_by]
        counted = _figures(facts, filed, basis, today)
        lists = _lists(measures, facts, units, today)
        parts = {
            "figures": counted,
            "basis": rule_of(basis, WHOSE),
            "ranked_by": {"key": basis.key, "name": basis.name},
            "rankings": [_ranking(key, label, units, filed, basis, today) for key, label in RANKINGS],
            **lists,
            "filings": [_filing(row) for row in filed],
            "named": _named(bulletin),
            "cases": _cases(bulletin, units, today),
        }
        return {
            **frozen.about(
                bulletin,
                schema=SCHEMA,
                title=title_of(period),
                addressees=units.addressees(),
                measures=len(facts),
                today=today,
            ),
            "texts": {
                "opening": f"{bulletin.texts.get('opening', '')}\n{compose.summary(counted, today)}",
                "requirements": bulletin.texts.get("requirements", ""),
            },
            **parts,
            "mentions": _mentions(parts),
            "rows": units.rows(basis, today),
        }


def title_of(period) -> str:
    """《…整改方案》 → 关于…整改工作2026年11月进展情况的通报"""
    return f"关于{frozen.subject_of(period.plan)}整改工作{period.month.year}年{period.month.month}月进展情况的通报"


class _Units:
    """Which measures count for which unit. Two queries."""

    def __init__(self, facts, measures):
        self.facts = {fact.pk: fact for fact in facts}
        counted = defaultdict(dict)  # {unit: {measure: fact}}, each in the plan's order
        for fact in facts:
            for unit_id in fact.units:
                counted[unit_id][fact.pk] = fact
        # What a town is only responsible for counts for it, too: it seldom leads.
        duties = Duty.objects.filter(measure__in=measures.order_by().values("pk"), unit__kind__in=TOWNS)
        for measure_id, unit_id in duties.values_list("measure_id", "unit_id"):
            if measure_id in self.facts:
                counted[unit_id][measure_id] = self.facts[measure_id]
        self.counted = counted
        self.counting = defaultdict(list)  # {measure: units}
        for unit_id in sorted(counted):
            for measure_id in counted[unit_id]:
                self.counting[measure_id].append(unit_id)
        self.units = {unit.pk: unit for unit in Unit.objects.filter(pk__in=counted).order_by("order", "pk")}
        self.numbers = {}

    def of(self, key):
        """The units of one ranking, by directory order."""
        return [unit for unit in self.units.values() if (unit.kind in TOWNS) == (key == "towns")]

    def names(self, fact):
        return [self.units[pk].name for pk in fact.units]

    def addressees(self):
        words = (
            "各有关乡镇（街道）" if self.of("towns") else "",
            "各有关部门" if self.of("departments") else "",
        )
        return "、".join(filter(None, words)) or "各有关单位"

    def rows(self, basis, today):
        """[{id, number, units, acting_units, state, is}]: for which units (ids) each measure counts, and as what.

        Where checkpoints decide the places, also {checkpoints}: those that were due.
        """
        tests = [(key, test) for key, _label, _formula, test in figures.SHARES if key in FIGURES]
        return [
            {
                "id": pk,
                "number": self.numbers[pk],
                "units": self.counting[pk],
                "acting_units": self.names(fact),
                "state": fact.state,
                "is": [key for key, test in tests if test(fact, today)],
                **({"checkpoints": due_steps(fact, today)} if basis.key == "on_time" else {}),
            }
            for pk, fact in self.facts.items()
        ]


def _figures(facts, filed, basis, today):
    wanted = {*FIGURES, basis.key}
    shares = [figure for figure in figures.figures(facts, today=today) if figure.key in wanted]
    return [figure.as_dict() for figure in [*shares, *figures.filing_figures(row["status"] for row in filed)]]


def _ranking(key, label, units, filed, basis, today):
    """{key, label, rows: [{place, unit, unit_id, …, filed_on_time}]}, each rate {part, whole, percent}.

    The rate that decides is under the key of its figure, see ``ranked_by`` of the snapshot.
    """
    statuses = {row["unit"].pk: row["status"] for row in filed}
    counted = {unit.pk: counts(units.counted[unit.pk].values(), today=today) for unit in units.of(key)}

    def deciding(unit):
        return basis.rate(counted[unit.pk])

    def filed_on_time(unit):
        status = statuses.get(unit.pk)
        return Rate(int(status == Punctuality.ON_TIME), int(status in Punctuality.values))

    return {
        "key": key,
        "label": label,
        "rows": [
            {
                "place": place,
                "unit": unit.name,
                "unit_id": unit.pk,
                basis.key: _rate(deciding(unit)),
                "filed_on_time": _rate(filed_on_time(unit)),
            }
            for place, unit in ranked(units.of(key), deciding, filed_on_time)
        ],
    }


def _rate(rate):
    return {
        "part": rate.part,
        "whole": rate.whole,
        "percent": None if rate.percent is None else str(rate.percent),
    }


def _lists(measures, facts, units, today):
    """{red, yellow}: measures by their light, the most urgent first. One query."""
    found = {"red": [], "yellow": []}
    names = {Light.RED: "red", Light.YELLOW: "yellow"}
    texts = {pk: row for pk, *row in measures.values_list("pk", "number", "text", OWN_YELLOW)}
    for fact in facts:
        number, text, own_yellow = texts[fact.pk]
        units.numbers[fact.pk] = number
        due_on = deadlines.next_due(fact.checkpoints, issued_on=fact.issued_on)
        name = names.get(light_of(fact.state, due_on, own_yellow, today=today))
        if name is None:
            continue
        found[name].append(
            {
                "id": fact.pk,
                "number": number,
                "text": shortened(text, LISTED_TEXT),
                "units": units.names(fact),
                "unit_ids": list(fact.units),
                "due_on": due_on.isoformat(),
                "days": abs((due_on - today).days),
            }
        )
    return {name: sorted(rows, key=lambda row: row["due_on"]) for name, rows in found.items()}


def _filing(row):
    first = row["first"]
    return {
        "unit": row["unit"].name,
        "unit_id": row["unit"].pk,
        "status": row["status"],
        "filed_at": clock.local(first.filed_at).isoformat() if first else None,
    }


# The ladder ---------------------------------------------------------------------------------------------


def _named(bulletin):
    """Units that the ladder brought into this bulletin, each with the instrument that says so. Three queries.

    Shape: [{unit, unit_id, document_number, matter, days, answered}]; ``days``: past the date when it was issued.
    Each instrument is named once: what was issued after the last bulletin left the clerk belongs to this one.
    """
    plan = bulletin.period.plan_id
    earlier = Bulletin.objects.filter(period__plan=plan, period__month__lt=bulletin.period.month)
    since = earlier.exclude(snapshot="").aggregate(last=Max("drafted_at"))["last"]
    rows = Instrument.objects.filter(
        office=bulletin.office_id, kind=InstrumentKind.BULLETIN, issued_at__lte=clock.now()
    )
    rows = rows.filter(issued_at__gt=since) if since else rows
    rows = list(rows.select_related("unit", "measure").order_by("issued_at", "pk"))
    months = dict(
        Filing.objects.filter(pk__in=[_row_of(row) for row in rows if row.measure is None], period__plan=plan)
        .values_list("pk", "period__month")
    )  # fmt: skip
    return [
        {
            "unit": row.unit.name,
            "unit_id": row.unit_id,
            "document_number": row.document_number,
            "matter": _matter(row, months),
            "days": (clock.local(row.issued_at).date() - row.due_on).days,
            "answered": row.answered_at is not None,
        }
        for row in rows
        if (row.measure.plan_id == plan if row.measure else _row_of(row) in months)
    ]


def _row_of(instrument):
    """The row that its cause is about, as in "FILING:12:2026-11-10"."""
    return int(instrument.cause.split(":")[1])


def _matter(instrument, months):
    if instrument.measure:
        return f"{instrument.measure.number}{shortened(instrument.measure.text, LISTED_TEXT)}"
    month = months[_row_of(instrument)]
    return f"{month.year}年{month.month}月整改情况报送"


# Cases --------------------------------------------------------------------------------------------------


def _cases(bulletin, units, today):
    """{good, bad}: [{id, number, text, units, unit_ids, facts, words}] in the order chosen; see ``case_facts``."""
    chosen = {name: [pk for pk in bulletin.chosen.get(name, []) if pk in units.facts] for name in CASES}
    every = [pk for pks in chosen.values() for pk in pks]
    measures, beside = Measure.objects.in_bulk(every), facts_beside(every, bulletin.period, today)
    return {
        name: [
            {
                "id": pk,
                "number": measures[pk].number,
                "text": measures[pk].text,
                "units": units.names(units.facts[pk]),
                "unit_ids": list(units.facts[pk].units),
                "facts": beside[pk],
                "words": bulletin.texts.get(name, {}).get(str(pk), ""),
            }
            for pk in pks
        ]
        for name, pks in chosen.items()
    }


def cases_of(bulletin, today) -> dict:
    """The cases chosen so far, for the page on which the office puts its words to them."""
    measures = Measure.objects.filter(plan=bulletin.period.plan_id)
    return _cases(bulletin, _Units(facts_of(measures), measures), today)


def suggested(period, today, *, limit=20) -> dict[str, list[int]]:
    """Measures that could be cases, {good, bad}: met early in this period; longest overdue. Two queries."""
    steps = Checkpoint.objects.filter(measure__plan=period.plan_id, measure__state__in=ISSUED_STATES)
    early = steps.filter(met_on__gt=clock.local(period.opens_at).date(), met_on__lte=F("original_due_on"))
    late = steps.filter(met_on=None, due_on__lt=today, measure__next_due_on__lt=today)
    return {
        "good": _firsts(early.order_by("-met_on", "pk"), limit),
        "bad": _firsts(late.order_by("due_on", "pk"), limit),
    }


def _firsts(steps, limit):
    return list(dict.fromkeys(steps.values_list("measure_id", flat=True)[: limit * 3]))[:limit]


# Who is named -------------------------------------------------------------------------------------------


def _mentions(parts):
    """[{unit, unit_id, reasons}] of every unit named for something, in the order in which the paper names them."""
    found = {}

    def name(unit_id, unit, reason):
        reasons = found.setdefault(unit_id, {"unit_id": unit_id, "unit": unit, "reasons": []})["reasons"]
        if reason not in reasons:
            reasons.append(reason)

    for ranking in parts["rankings"]:
        for row in last_of(ranking["rows"]):
            name(row["unit_id"], row["unit"], MentionKind.LAST.value)
    for kind, rows in _lists_of_units(parts):
        for row in rows:
            for unit_id, unit in zip(row["unit_ids"], row["units"], strict=True):
                name(unit_id, unit, kind.value)
    for row in parts["named"]:
        name(row["unit_id"], row["unit"], MentionKind.LADDER.value)
    for row in parts["filings"]:
        if row["status"] in (Punctuality.LATE, Punctuality.MISSING):
            name(row["unit_id"], row["unit"], row["status"])
    return list(found.values())


def _lists_of_units(parts):
    return (
        (MentionKind.RED, parts["red"]),
        (MentionKind.YELLOW, parts["yellow"]),
        (MentionKind.GOOD, parts["cases"]["good"]),
        (MentionKind.BAD, parts["cases"]["bad"]),
    )


def mentions_in(bulletin) -> list[dict]:
    """The units that a frozen bulletin names: [{unit, unit_id, reasons}]."""
    return json.loads(bulletin.snapshot)["mentions"]


def last_of(rows) -> list[dict]:
    """The units at the end of a ranking: who shares the last place, unless it is the first, too."""
    places = [row["place"] for row in rows if row["place"] is not None]
    last = max(places, default=1)
    return [row for row in rows if row["place"] == last] if last > 1 else []
