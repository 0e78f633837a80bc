"""What the figures count of a measure beside its state, in the shape in which the record keeps it. Pure.

An act that changes any of it writes what was so before into its entry (``was``, only what changed; the state stands
there as ``from``). So a past month is counted by taking back, from the latest to the first, what came after it.
"""

from cases.ledger import acting


def of(*, duties=None, checkpoints=None, **plain) -> dict:
    """``{acting, waits}`` of duties, ``{steps}`` of checkpoints, ``{follow_up, problem}`` of a measure's columns."""
    found = {}
    if duties is not None:
        acts = acting(duties)
        found["acting"] = [duty.unit_id for duty in acts]
        found["waits"] = any(duty.claimed_at is None for duty in acts)
    if checkpoints is not None:
        found["steps"] = sorted(
            [_iso(c.due_on), _iso(c.original_due_on), _iso(c.met_on)]
            for c in checkpoints
            if c.superseded_on is None
        )
    if "follow_up_months" in plain:
        found["follow_up"] = plain["follow_up_months"] is not None
    if "problem_id" in plain:
        found["problem"] = plain["problem_id"]
    return found


def before(then: dict, now: dict) -> dict:
    """What of ``then`` is no longer so."""
    return {name: value for name, value in then.items() if name in now and now[name] != value}


def _iso(day):
    return day.isoformat() if day else None
