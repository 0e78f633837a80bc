"""Every number of pages, spreadsheets and papers. A figure keeps its two counts and its formula.

The rules about dates are those of ``cases.deadlines``; here they are only counted. Source: design §2.
"""

from collections import Counter
from dataclasses import dataclass
from datetime import date
from decimal import ROUND_HALF_UP, Decimal

from django.db.models import Exists
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from cases import deadlines
from cases.ledger import acting_duties
from cases.models import Checkpoint, Duty, DutyRole
from cases.states import OPEN_STATES, MeasureState
from reports.filings import NOT_DUE
from reports.models import Punctuality

ISSUED_STATES = (*OPEN_STATES, MeasureState.CLOSED)
CLAIMED_STATES = (
    MeasureState.RECTIFYING,
    MeasureState.SUBMITTED,
    MeasureState.VERIFIED,
    MeasureState.CLOSED,
)


@dataclass(frozen=True)
class Rate:
    """``part`` of ``whole``; ``percent`` (0–100, one decimal) is None when the whole is 0."""

    part: int
    whole: int

    @property
    def percent(self) -> Decimal | None:
        if not self.whole:
            return None
        share = Decimal(100 * self.part) / Decimal(self.whole)
        return share.quantize(Decimal("0.1"), rounding=ROUND_HALF_UP)


@dataclass(frozen=True)
class Figure(Rate):
    key: str = ""
    label: str = ""
    formula: str = ""

    def as_dict(self):
        percent = None if self.percent is None else str(self.percent)
        return {
            "key": self.key,
            "label": str(self.label),
            "part": self.part,
            "whole": self.whole,
            "percent": percent,
            "formula": str(self.formula),
        }


@dataclass(frozen=True)
class MeasureFacts:
    """What the figures need to know of one measure."""

    pk: int
    state: str
    claimed: bool  # by every acting unit, those named later by an amendment included
    follow_up: bool
    issued_on: date | None
    checkpoints: tuple[deadlines.CheckpointDates, ...]

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


def facts_of(measures) -> list[MeasureFacts]:
    """The facts of a queryset of measures, withdrawn and unissued ones apart. Two queries."""
    dates: dict[int, list] = {}
    rows = Checkpoint.objects.filter(measure__in=measures.values("pk")).order_by("due_on")
    for measure_id, *row in rows.values_list("measure_id", "due_on", "original_due_on", "met_on"):
        dates.setdefault(measure_id, []).append(deadlines.CheckpointDates(*row))
    waits = Exists(acting_duties().filter(claimed_at=None))
    found = measures.filter(state__in=ISSUED_STATES).annotate(waits=waits).order_by("plan_id", "order")
    return [
        MeasureFacts(
            pk,
            state,
            state in CLAIMED_STATES and not waits,
            months is not None and state == MeasureState.CLOSED,
            issued_on,
            tuple(dates.get(pk, ())),
        )
        for pk, state, waits, months, issued_on in found.values_list(
            "pk", "state", "waits", "follow_up_months", "plan__issued_on"
        )
    ]


# Figures that are a share of all issued measures, as papers print them: (key, label, formula, test of one measure
# on a day).
SHARES = (
    (
        "total",
        _("Measures issued"),
        _("all measures of the plan but withdrawn ones"),
        lambda fact, today: True,
    ),
    (
        "claimed",
        _("Claimed"),
        _("claimed by all lead units ÷ measures issued"),
        lambda fact, today: fact.claimed,
    ),
    (
        "on_schedule",
        _("On schedule"),
        _("every checkpoint due by this day met ÷ measures issued"),
        lambda fact, today: fact.is_on_schedule(today),
    ),
    (
        "completed",
        _("Completed"),
        _("every dated checkpoint met and confirmed ÷ measures issued"),
        lambda fact, today: fact.is_completed(),
    ),
    (
        "closed_out",
        _("Closed out"),
        _("closed out ÷ measures issued"),
        lambda fact, today: fact.state == MeasureState.CLOSED,
    ),
    (
        "in_follow_up",
        _("In follow-up"),
        _("closed out with a follow-up cadence ÷ measures issued"),
        lambda fact, today: fact.follow_up,
    ),
    (
        "overdue",
        _("Overdue"),
        _("open, with a checkpoint past its current date and not met ÷ measures issued"),
        lambda fact, today: fact.is_overdue(today),
    ),
    (
        "overdue_on_original",
        _("Overdue on original dates"),
        _("open, with a checkpoint past its original date and not met ÷ measures issued"),
        lambda fact, today: fact.is_overdue_on_original(today),
    ),
    (
        "extended",
        _("Extended"),
        _("with a checkpoint whose date was extended ÷ measures issued"),
        lambda fact, today: fact.is_extended(),
    ),
    (
        "born_overdue",
        _("Dated before issue"),
        _("with a checkpoint dated before the plan was issued ÷ measures issued"),
        lambda fact, today: fact.is_born_overdue(),
    ),
)


def figures(facts: list[MeasureFacts], *, today: date) -> list[Figure]:
    """The measures' figures in the order in which papers print them. No query."""
    shares = [
        Figure(
            sum(1 for fact in facts if test(fact, today)), len(facts), key=key, label=label, formula=formula
        )
        for key, label, formula, test in SHARES
    ]
    return [*shares, on_time(facts, today=today), on_time_as_approved(facts, today=today)]


def on_time(facts, *, today) -> Figure:
    """Share of the checkpoints originally due by ``today`` that were met by that date; born-overdue ones apart."""
    due = [
        c
        for fact in facts
        for c in fact.checkpoints
        if c.original_due_on <= today and not deadlines.is_born_overdue(c, fact.issued_on)
    ]
    met = sum(1 for c in due if c.met_on is not None and c.met_on <= c.original_due_on)
    return Figure(
        met,
        len(due),
        key="on_time",
        label=_("Checkpoints met on time"),
        formula=_(
            "met by their original date ÷ checkpoints due by this day, those dated before the issue apart"
        ),
    )


def on_time_as_approved(facts, *, today) -> Figure:
    """The same by the dates that count now: an extension that was granted gives its step more time."""
    due = [
        c
        for fact in facts
        for c in fact.checkpoints
        if c.due_on <= today and not deadlines.is_born_overdue(c, fact.issued_on)
    ]
    met = sum(1 for c in due if c.met_on is not None and c.met_on <= c.due_on)
    return Figure(
        met,
        len(due),
        key="on_time_as_approved",
        label=_("Checkpoints met by the approved date"),
        formula=_(
            "met by their date with extensions ÷ checkpoints due by this day with extensions, those dated before the "
            "issue apart"
        ),
    )


def filing_figures(punctualities) -> list[Figure]:
    """On time, late and missing among the units that owe a filing. ``punctualities``: iterable of codes.

    Before the due moment units that have not filed are counted apart: they are not missing yet.
    """
    counts = Counter(punctualities)
    whole = sum(counts.values())
    rows = [
        (
            Punctuality.ON_TIME,
            "filed_on_time",
            _("Filed on time"),
            _("filed by the due moment ÷ units that owe a filing"),
        ),
        (
            Punctuality.LATE,
            "filed_late",
            _("Filed late"),
            _("filed after the due moment ÷ units that owe a filing"),
        ),
        (Punctuality.MISSING, "not_filed", _("Not filed"), _("nothing filed ÷ units that owe a filing")),
    ]
    if counts[NOT_DUE]:
        formula = _("nothing filed, due moment ahead ÷ units that owe a filing")
        rows.append((NOT_DUE, "not_yet_filed", _("Not filed yet"), formula))
    return [
        Figure(counts[code], whole, key=key, label=label, formula=formula)
        for code, key, label, formula in rows
    ]


def named(frozen: list[dict]) -> list[dict]:
    """Frozen figures under the names of the reader's language; a Chinese reader gets them as they were frozen."""
    if (get_language() or "").startswith("zh"):
        return frozen
    known = {figure.key: figure for figure in [*figures([], today=date.min), *filing_figures([NOT_DUE])]}
    return [
        {**row, "label": known[row["key"]].label, "formula": known[row["key"]].formula}
        if row["key"] in known
        else row
        for row in frozen
    ]


def by_lead_unit(measures, facts, *, today) -> list[dict]:
    """[{unit, measures, closed_out, completed, on_schedule, overdue}] by directory order. One query.

    A measure with several leads counts once for each of them.
    """
    by_pk = {fact.pk: fact for fact in facts}
    rows: dict[tuple, dict] = {}
    duties = Duty.objects.filter(measure__in=measures.values("pk"), role=DutyRole.LEAD)
    for unit_id, name, order, measure_id in duties.values_list(
        "unit_id", "unit__name", "unit__order", "measure_id"
    ):
        if measure_id not in by_pk:
            continue
        fact = by_pk[measure_id]
        row = rows.setdefault(
            (order, unit_id),
            {"unit": name, "measures": 0, "closed_out": 0, "completed": 0, "on_schedule": 0, "overdue": 0},
        )
        row["measures"] += 1
        row["closed_out"] += fact.state == MeasureState.CLOSED
        row["completed"] += fact.is_completed()
        row["on_schedule"] += fact.is_on_schedule(today)
        row["overdue"] += fact.is_overdue(today)
    return [rows[key] for key in sorted(rows)]
