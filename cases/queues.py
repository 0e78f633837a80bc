"""The queues of the desk as a question to the ledger: ``workflows.desk`` knows what waits, and tells it here."""

from collections.abc import Callable
from dataclasses import dataclass


@dataclass(frozen=True)
class DeskQueue:
    title: Callable  # user → words
    condition: Callable  # (user, today=date) → Q on Measure


DESK_QUEUES: dict[str, DeskQueue] = {}  # by name, in the order of the desk


def on_desk(measures, chosen: dict, user, *, today):
    """The rows that stand in the queue which ``chosen`` names; all of them where it names none. Lazy."""
    queue = DESK_QUEUES.get(chosen.get("desk"))
    return measures.filter(queue.condition(user, today=today)) if queue else measures
