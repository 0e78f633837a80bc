"""The rows behind a figure of a report: counted from the report's own data by the tests that made the figure. Pure."""

from dataclasses import dataclass
from datetime import date

from reports import figures
from reports.facts import DATES, dates_of, facts_in
from reports.filings import NOT_DUE
from reports.models import Punctuality

FILINGS = {
    "filed_on_time": Punctuality.ON_TIME,
    "filed_late": Punctuality.LATE,
    "not_filed": Punctuality.MISSING,
    "not_yet_filed": NOT_DUE,
}
SHARES = {key: test for key, _label, _formula, test in figures.SHARES}
STEPS = {key: date_of for key, _label, _formula, date_of in figures.STEP_SHARES}


@dataclass(frozen=True)
class Drill:
    """``counted`` are the rows of the figure's part, ``others`` the rest of its whole; rows of the snapshot.

    ``kind``: "measures", "steps" (each a ledger row with its ``checkpoint``) or "filings".
    """

    kind: str
    counted: list[dict]
    others: list[dict]


def drill(snapshot, key, chosen) -> Drill | None:
    """``chosen``: {unit, problem, level} as far as only a part is asked for; the unit as ``unit_in`` gives it.

    None for an unknown figure.
    """
    if key in FILINGS:
        rows = [
            row
            for row in snapshot["filings"]
            if chosen.get("unit") in (None, row.get("unit_id", row["unit"]))
        ]
        return _split("filings", rows, [row["status"] == FILINGS[key] for row in rows])
    today = date.fromisoformat(snapshot["as_of"])
    pairs = zip(snapshot["ledger"], facts_in(snapshot), strict=True)
    pairs = [(row, fact) for row, fact in pairs if _is_chosen(fact, chosen)]
    if key in SHARES:
        return _split(
            "measures", [row for row, _fact in pairs], [SHARES[key](fact, today) for _row, fact in pairs]
        )
    if key in STEPS:
        found = list(figures.steps([fact for _row, fact in pairs], STEPS[key], today=today))
        rows = [{**pairs[position][0], "checkpoint": _of(step)} for position, step, _is_met in found]
        return _split("steps", rows, [is_met for _position, _step, is_met in found])
    return None


def unit_in(snapshot, unit_id):
    """By what the rows of the data know a unit: its id, or its name in reports that keep no ids."""
    keeps_ids = all("acting_unit_ids" in row for row in snapshot["ledger"])
    return unit_id if keeps_ids else name_in(snapshot, unit_id)


def name_in(snapshot, unit_id) -> str:
    """The unit's name as the data have it; empty where they do not have it."""
    rows = [*snapshot.get("by_unit", ()), *snapshot["filings"]]
    return next((row["unit"] for row in rows if row.get("unit_id") == unit_id), "")


def drill_bulletin(snapshot, key, unit_id=None) -> Drill | None:
    """The same of a bulletin, whose rows say themselves what they count as. ``unit_id``: of that unit alone."""
    if key in FILINGS:
        rows = [row for row in snapshot["filings"] if unit_id in (None, row["unit_id"])]
        return _split("filings", rows, [row["status"] == FILINGS[key] for row in rows])
    rows = [row for row in snapshot["rows"] if unit_id in (None, *row["units"])]
    if key == "on_time" and all("checkpoints" in row for row in rows):
        steps = [{**row, "checkpoint": _dates(step)} for row in rows for step in row["checkpoints"]]
        return _split("steps", steps, [step["is_met"] for row in rows for step in row["checkpoints"]])
    if key not in SHARES:
        return None
    return _split("measures", rows, [key in row["is"] for row in rows])


def due_steps(fact, today) -> list[dict]:
    """What a bulletin keeps of the steps whose original date had come: [{due_on, original_due_on, met_on, is_met}]."""
    found = figures.steps([fact], STEPS["on_time"], today=today)
    return [{**dates_of(step), "is_met": is_met} for _position, step, is_met in found]


def _dates(step):
    return {name: date.fromisoformat(step[name]) if step[name] else None for name in DATES}


def _is_chosen(fact, chosen):
    return (
        chosen.get("unit") in (None, *fact.units)
        and chosen.get("problem") in (None, fact.problem)
        and chosen.get("level") in (None, fact.source_level)
    )


def _split(kind, rows, tests):
    pairs = list(zip(rows, tests, strict=True))
    return Drill(kind, [row for row, is_in in pairs if is_in], [row for row, is_in in pairs if not is_in])


def _of(step):
    return {name: getattr(step, name) for name in DATES}
