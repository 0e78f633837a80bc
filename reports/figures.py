"""Every number of pages, spreadsheets and papers. A figure keeps its two counts and its formula.

The rules about dates are those of ``cases.deadlines``; here they are only counted. Source: design §2.
"""

from collections import Counter
from dataclasses import dataclass
from datetime import date
from decimal import ROUND_HALF_UP, Decimal

from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from cases import deadlines
from cases.states import MeasureState
from reports.facts import MeasureFacts
from reports.filings import NOT_DUE
from reports.models import Punctuality


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
        "behind",
        _("Behind schedule"),
        _("some checkpoint due by this day not met ÷ measures issued"),
        lambda fact, today: not fact.is_on_schedule(today),
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
    return [*shares, *step_shares(facts, today=today)]


def is_due(fact, checkpoint, due_on, today) -> bool:
    """Due by ``today`` and to be answered for: steps dated before the issue of the plan are nobody's fault."""
    return due_on <= today and not deadlines.is_born_overdue(checkpoint, fact.issued_on)


# Shares of the checkpoints that were due by a day: (key, label, formula, the date that counts).
STEP_SHARES = (
    (
        "on_time",
        _("Checkpoints met on time"),
        _("met by their original date ÷ checkpoints due by this day, those dated before the issue apart"),
        lambda checkpoint: checkpoint.original_due_on,
    ),
    (
        # By the dates that count now: an extension that was granted gives its step more time.
        "on_time_as_approved",
        _("Checkpoints met by the approved date"),
        _(
            "met by their date with extensions ÷ checkpoints due by this day with extensions, those dated before the "
            "issue apart"
        ),
        lambda checkpoint: checkpoint.due_on,
    ),
)


def steps(facts, date_of, *, today):
    """(position of the measure, checkpoint, whether met by its date) of every checkpoint due by ``today``."""
    for position, fact in enumerate(facts):
        for checkpoint in fact.checkpoints:
            due_on = date_of(checkpoint)
            if is_due(fact, checkpoint, due_on, today):
                yield position, checkpoint, checkpoint.met_on is not None and checkpoint.met_on <= due_on


def step_shares(facts, *, today) -> list[Figure]:
    found = []
    for key, label, formula, date_of in STEP_SHARES:
        met = [is_met for _position, _checkpoint, is_met in steps(facts, date_of, today=today)]
        found.append(Figure(sum(met), len(met), key=key, label=label, formula=formula))
    return found


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
