"""The plan reader: a document → what it says, as a proposal that a person confirms.

Doors: ``read_plan_safely`` for what a person hands in; ``read_plan`` does the same in this process. Pure: no Django,
no database, no request (``units`` and ``confirm`` lead from here to the tables).
Steps: bytes → text (``source`` chooses ``text``, ``docx``, ``sheet``, ``webpage`` or ``pdf``; ``tables`` for ledgers,
``rows`` for what became of the rows of a spreadsheet)
→ labels, fields, clauses (``blocks``, ``clauses``) → tree (``outline``) → problems and measures (``grammar``,
``reader``). Nothing in it knows a place, a body or a document; only words of form (``words``).
"""

from . import limits
from .proposal import Proposal, ProposedMeasure, ProposedProblem, ReadDate, ReadUnit, Remark, SheetRow
from .reader import read_text
from .refusals import IntakeRefused, refuse
from .rows import judged
from .safely import read_plan_safely
from .source import read_source

__all__ = [
    "IntakeRefused",
    "Proposal",
    "ProposedMeasure",
    "ProposedProblem",
    "ReadDate",
    "ReadUnit",
    "Remark",
    "SheetRow",
    "read_plan",
    "read_plan_safely",
]


def read_plan(data, filename, *, max_size=limits.MAX_FILE):
    """Read a plan document.

    Shape: a Proposal whose passages index into its ``text``. The kind of file is told by its content, the name only
    serves the messages. Errors: IntakeRefused, with a sentence that says what to do.
    """
    source = read_source(data, filename, max_size=max_size)
    proposal = read_text(source.text)
    if not proposal.measures:
        raise refuse("not_a_plan", filename=filename)
    proposal.rows = judged(source.rows, proposal)
    return proposal
