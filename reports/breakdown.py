"""The same figures part by part: by unit, by problem, by level that found it; and against the month before."""

from collections import defaultdict

from django.utils.translation import gettext_lazy as _

from cases.models import Problem
from cases.states import SourceLevel
from permissions.models import Unit
from reports.figures import SHARES, Rate, step_shares

UNKNOWN_LEVEL = _("Level not given")


def by_unit(facts, *, today) -> list[dict]:
    """[{unit, unit_id, measures, …}] of the units that act, by directory order. One query.

    A measure with several leads counts once for each of them; where the plan names none, for every unit with a duty.
    """
    groups = defaultdict(list)
    for fact in facts:
        for unit in fact.units:
            groups[unit].append(fact)
    units = Unit.objects.filter(pk__in=groups).order_by("order", "pk").values_list("pk", "name")
    return [{"unit": name, "unit_id": pk, **counts(groups[pk], today=today)} for pk, name in units]


def by_problem(facts, *, today) -> list[dict]:
    """[{problem, heading, problem_id, measures, …}] in the plan's order. One query."""
    groups = _grouped(facts, "problem")
    rows = Problem.objects.filter(pk__in=groups).order_by("plan_id", "number").only("label", "text")
    return [
        {
            "problem": row.label,
            "heading": row.heading,
            "problem_id": row.pk,
            **counts(groups[row.pk], today=today),
        }
        for row in rows
    ]


def by_source_level(facts, *, today) -> list[dict]:
    """[{source_level, label, measures, …}] from the highest level down; "" where the plan does not say. No query."""
    groups = _grouped(facts, "source_level")
    levels = [*SourceLevel.choices, ("", UNKNOWN_LEVEL)]
    return [
        {"source_level": level, "label": str(label), **counts(groups[level], today=today)}
        for level, label in levels
        if groups.get(level)
    ]


def _grouped(facts, name):
    groups = defaultdict(list)
    for fact in facts:
        groups[getattr(fact, name)].append(fact)
    return groups


def counts(facts, *, today) -> dict:
    """Every figure of these measures as its part; the whole is ``measures``, for ``on_time`` it is ``steps_due``."""
    found = {key: sum(1 for fact in facts if test(fact, today)) for key, _label, _formula, test in SHARES}
    found["measures"] = found.pop("total")
    on_time = step_shares(facts, today=today)[0]
    return found | {"on_time": on_time.part, "steps_due": on_time.whole}


def month_on_month(now: list[dict], last: list[dict]) -> list[dict]:
    """Figures (as dicts) beside those of the month before, by key: [{…, last_part, last_whole, last_percent, change,
    change_points}].

    ``change`` counts, ``change_points`` is in percentage points, None where either share has no whole. Figures that
    were not counted then are left out; that nobody was yet to file is not said where it is so, and counts as none.
    """
    before = {row["key"]: row for row in last}
    if whole := before.get("not_filed", {}).get("whole"):
        none = Rate(0, whole)
        before.setdefault("not_yet_filed", {"part": 0, "whole": whole, "percent": str(none.percent)})
    return [_beside(row, before[row["key"]]) for row in now if row["key"] in before]


def _beside(row, before):
    shares = Rate(row["part"], row["whole"]).percent, Rate(before["part"], before["whole"]).percent
    points = None if None in shares else str(shares[0] - shares[1])
    return {
        **row,
        "last_part": before["part"],
        "last_whole": before["whole"],
        "last_percent": before["percent"],
        "change": row["part"] - before["part"],
        "change_points": points,
    }
