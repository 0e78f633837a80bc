"""What the figures need to know of each measure: as it is now, as it was at a past moment, or as a report froze it."""

import json
from collections import defaultdict
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from django.db.models import FilteredRelation, Q

from cases import deadlines
from cases.models import Checkpoint, Duty, DutyRole, LogEntry
from cases.states import OPEN_STATES, MeasureState
from permissions import clock

ISSUED_STATES = (*OPEN_STATES, MeasureState.CLOSED)
CLAIMED_STATES = (
    MeasureState.RECTIFYING,
    MeasureState.SUBMITTED,
    MeasureState.VERIFIED,
    MeasureState.CLOSED,
)


@dataclass(frozen=True)
class MeasureFacts:
    """One measure. ``units``: those that act, leads or, where the plan names none, all.

    Ids; in early reports, which kept none, names.
    """

    pk: int | None
    state: str
    claimed: bool  # by every acting unit, those named later by an amendment included
    follow_up: bool
    issued_on: date | None
    checkpoints: tuple[deadlines.CheckpointDates, ...]
    units: tuple = ()
    problem: object = None
    source_level: str = ""

    def is_on_schedule(self, today):
        return deadlines.is_on_schedule(self.checkpoints, today=today, issued_on=self.issued_on)

    def is_completed(self):
        return deadlines.is_completed(self.checkpoints)

    def is_overdue(self, today):
        due = deadlines.next_due(self.checkpoints, issued_on=self.issued_on)
        return self.state in OPEN_STATES and due is not None and due < today

    def is_overdue_on_original(self, today):
        due = deadlines.next_original_due(self.checkpoints, issued_on=self.issued_on)
        return self.state in OPEN_STATES and due is not None and due < today

    def is_extended(self):
        return any(c.due_on > c.original_due_on for c in self.checkpoints)

    def is_born_overdue(self):
        return any(deadlines.is_born_overdue(c, self.issued_on) for c in self.checkpoints)


# Now --------------------------------------------------------------------------------------------------


def facts_of(measures) -> list[MeasureFacts]:
    """The facts of a queryset of measures, withdrawn and unissued ones apart, in the plan's order. Three queries."""
    rows = _rows(measures.filter(state__in=ISSUED_STATES))
    return [_fact(pk, row) for pk, row in rows.items()]


def _rows(measures):
    """{pk: what is counted of it, in the shape of ``cases.counted``}. Three queries."""
    first = FilteredRelation("rounds", condition=Q(rounds__number=1))
    found = measures.annotate(first=first).order_by("plan_id", "order", "pk")
    names = ("state", "follow_up_months", "problem_id", "plan__issued_on", "problem__source_level")
    rows = {
        pk: {
            "state": state,
            "follow_up": months is not None,
            "problem": problem,
            "issued_on": issued_on,
            "source_level": level,
            "opened_at": opened_at,
            "steps": [],
            "acting": [],
            "waits": False,
        }
        for pk, state, months, problem, issued_on, level, opened_at in found.values_list(
            "pk", *names, "first__opened_at"
        )
    }
    _add_duties(rows, measures)
    steps = Checkpoint.objects.filter(measure__in=measures.order_by().values("pk")).order_by("due_on", "pk")
    for pk, *dates in steps.values_list("measure_id", "due_on", "original_due_on", "met_on"):
        rows[pk]["steps"].append(dates)
    return rows


def _add_duties(rows, measures):
    duties = Duty.objects.filter(measure__in=measures.order_by().values("pk")).order_by("order", "pk")
    found = defaultdict(list)
    for pk, role, unit_id, claimed_at in duties.values_list("measure_id", "role", "unit_id", "claimed_at"):
        found[pk].append((role, unit_id, claimed_at))
    for pk, all_of_it in found.items():
        acts = [duty for duty in all_of_it if duty[0] == DutyRole.LEAD] or all_of_it
        rows[pk]["acting"] = [unit_id for _role, unit_id, _at in acts]
        rows[pk]["waits"] = any(at is None for _role, _unit, at in acts)


def _fact(pk, row):
    return MeasureFacts(
        pk,
        row["state"],
        row["state"] in CLAIMED_STATES and not row["waits"],
        row["follow_up"] and row["state"] == MeasureState.CLOSED,
        row["issued_on"],
        tuple(deadlines.CheckpointDates(*dates) for dates in row["steps"]),
        tuple(row["acting"]),
        row["problem"],
        row["source_level"],
    )


# Then -------------------------------------------------------------------------------------------------


def facts_at(measures, moments) -> dict[datetime, list[MeasureFacts]]:
    """{moment: the facts as they were then}: everything recorded after it is taken back. Four queries for all.

    A measure counts from its first round on, and until it was withdrawn.
    """
    rows = _rows(measures.exclude(state=MeasureState.DRAFT))
    levels = {row["problem"]: row["source_level"] for row in rows.values()}
    entries = _entries_since(measures, min(moments))
    found, facts = {}, {}
    for moment in sorted(moments, reverse=True):
        while entries and entries[-1][0] > moment:
            _at, pk, body = entries.pop()
            _take_back(rows[pk], body, levels)
            facts.pop(pk, None)
        for pk, row in rows.items():
            if pk not in facts:
                facts[pk] = _fact(pk, row)
        found[moment] = [
            facts[pk]
            for pk, row in rows.items()
            if row["state"] in ISSUED_STATES and row["opened_at"] and row["opened_at"] <= moment
        ]
    return found


def _entries_since(measures, moment):
    """[(moment, measure pk, body)] of the entries after it that changed what is counted, in order. One query."""
    # The text of a moment begins with its day, in whichever zone it was written: no zone is a whole day away.
    since = (moment - timedelta(days=1)).date().isoformat()
    rows = measures.exclude(state=MeasureState.DRAFT).order_by()
    entries = LogEntry.objects.filter(measure__in=rows.values("pk"), at__gte=since)
    moved = Q(object_type="measure", body__contains='"to":')
    entries = entries.filter(moved | Q(body__contains='"was":')).order_by("sequence")
    return [
        (datetime.fromisoformat(at), pk, json.loads(body))
        for at, pk, body in entries.values_list("at", "measure_id", "body")
    ]


def _take_back(row, body, levels):
    if "to" in body and "from" in body:
        row["state"] = body["from"]
    was = body.get("was", {})
    row |= {name: value for name, value in was.items() if name != "steps"}
    row["source_level"] = levels.get(row["problem"], row["source_level"])
    if "steps" in was:
        row["steps"] = [[_day(text) for text in step] for step in was["steps"]]


def _day(text):
    return date.fromisoformat(text) if text else None


# As frozen --------------------------------------------------------------------------------------------

DATES = ("due_on", "original_due_on", "met_on")  # of a checkpoint, in the order of ``CheckpointDates``


def dates_of(checkpoint) -> dict:
    """A checkpoint as frozen data keep it, each date in ISO form or None."""
    dates = {name: getattr(checkpoint, name) for name in DATES}
    return {name: day.isoformat() if day else None for name, day in dates.items()}


def facts_in(snapshot) -> list[MeasureFacts]:
    """The facts that a report's own ledger gives, one for each of its rows in their order; see ``compose.SCHEMA``."""
    issued_on = _day(snapshot["plan"]["issued_on"])
    return [
        MeasureFacts(
            None,
            row["state"],
            row["claimed"],
            row["follow_up"],
            issued_on,
            tuple(deadlines.CheckpointDates(*(_day(c[name]) for name in DATES)) for c in row["checkpoints"]),
            tuple(row.get("acting_unit_ids", row["acting_units"])),  # two units may have one name
            f"{row['problem_label']}{row['problem_text']}",
            row["source_level"],
        )
        for row in snapshot["ledger"]
    ]


def end_of(day: date) -> datetime:
    """The last moment of a day of the county."""
    return datetime.combine(day, datetime.max.time(), tzinfo=clock.COUNTY_ZONE)
