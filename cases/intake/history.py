"""What was changed about a reading, so that it can be taken back and done again. Pure: plain data in, plain data out.

The steps live with the reading itself, under ``edits``: ``done`` and ``undone``, the newest last. A step is what its
caller says of it plus ``back``, the difference that leads to the reading on its other side.

A difference names its kind first: ["=", value] stands in place of what is there, ["{", {key: difference}] goes into a
dict, ["[", start, end, items] puts items in place of a slice of a list, ["@", index, difference] goes into one item.
"""

from .editing import place_of, problem_of

KEPT = 100  # steps: so many that nobody meets the end, so few that a draft stays small


class NothingToMove(Exception):
    """There is no step in this direction, or the reading is no longer the one that the step belongs to."""


def name_of(proposal, *, measure=None, problem=None, after=None, role=None) -> str:
    """What a person calls the measure or problem that an operation is about: （一）（2）; empty for the document."""
    if order := measure or (problem and after):
        holder, index = place_of(proposal, order)
        label = holder.measures[index].label
        return f"{holder.label}{label}" if label else str(order)
    number = problem or after
    return (number and (problem_of(proposal, number).label or str(number))) or ""


def edits_of(stored) -> dict:
    """{"done": [step], "undone": [step]} of what a draft keeps."""
    return stored.get("edits") or {"done": [], "undone": []}


def recorded(stored, before, after, **said) -> dict:
    """Return ``after`` with the step that led to it; what was undone before cannot be done again then.

    ``stored`` is what the draft keeps, ``before`` and ``after`` are readings as ``Proposal.to_dict`` gives them.
    """
    edits, back = edits_of(stored), difference(_numbered(after, 0), _numbered(before, 0))
    if back is None:
        return after | {"edits": edits}
    return after | {"edits": {"done": [*edits["done"], said | {"back": back}][-KEPT:], "undone": []}}


def moved(stored, reading, *, back) -> tuple[dict, dict]:
    """(what to keep, step) after the last step was taken back, or with ``back=False`` done again."""
    edits = edits_of(stored)
    source, target = ("done", "undone") if back else ("undone", "done")
    if not edits[source]:
        raise NothingToMove
    *left, step = edits[source]
    try:
        there = applied(step["back"], _numbered(reading, 0))
    except (KeyError, IndexError, TypeError) as strange:
        raise NothingToMove from strange
    turned = step | {"back": difference(there, _numbered(reading, 0))}
    return _numbered(there, 1) | {"edits": {source: left, target: [*edits[target], turned]}}, turned


def _numbered(reading, step):
    """With the problems counted from 1, or all 0: else a problem more would make all after it different."""
    problems = [problem | {"number": at * step} for at, problem in enumerate(reading["problems"], start=1)]
    return reading | {"problems": problems}


def difference(old, new):
    """What makes ``new`` out of ``old``; None where they are equal."""
    if old == new:
        return None
    if isinstance(old, dict) and isinstance(new, dict) and old.keys() == new.keys():
        return ["{", {key: found for key in old if (found := difference(old[key], new[key])) is not None}]
    if isinstance(old, list) and isinstance(new, list):
        return _of_lists(old, new)
    return ["=", new]


def _of_lists(old, new):
    shorter = min(len(old), len(new))
    start = next((at for at in range(shorter) if old[at] != new[at]), shorter)
    left = shorter - start
    tail = next((at for at in range(left) if old[-1 - at] != new[-1 - at]), left)
    if len(old) == len(new) == start + tail + 1:
        return ["@", start, difference(old[start], new[start])]
    return ["[", start, len(old) - tail, new[start : len(new) - tail]]


def applied(found, value):
    """Return ``value`` with the difference applied; the given one stays as it is."""
    kind, *rest = found
    if kind == "=":
        return rest[0]
    if kind == "{":
        return value | {key: applied(inner, value[key]) for key, inner in rest[0].items()}
    if kind == "@":
        at, inner = rest
        return [*value[:at], applied(inner, value[at]), *value[at + 1 :]]
    start, end, items = rest
    return [*value[:start], *items, *value[end:]]
