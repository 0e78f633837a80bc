"""The plan reader: a document → what it says, as a proposal that a person confirms.

Door: ``read_plan``. Pure: no Django, no database, no request (``units`` and ``confirm`` lead from here to the tables).
Steps: bytes → text (``text``, ``docx``) → labels, fields, clauses (``blocks``, ``clauses``) → tree (``outline``) →
problems and measures (``grammar``, ``reader``). Nothing in it knows a place, a body or a document; only words of form
(``words``).
"""

from . import limits
from .proposal import Proposal, ProposedMeasure, ProposedProblem, ReadDate, ReadUnit, Remark
from .reader import read_text
from .refusals import IntakeRefused, refuse
from .source import source_text

__all__ = [
    "IntakeRefused",
    "Proposal",
    "ProposedMeasure",
    "ProposedProblem",
    "ReadDate",
    "ReadUnit",
    "Remark",
    "read_plan",
]


def read_plan(data, filename, *, max_size=limits.MAX_FILE):
    """Read a plan document.

    Shape: a Proposal whose passages index into its ``text``. The kind of file is told by its content, the name only
    serves the messages. Errors: IntakeRefused, with a sentence that says what to do.
    """
    proposal = read_text(source_text(data, filename, max_size=max_size))
    if not proposal.measures:
        raise refuse("not_a_plan", filename=filename)
    return proposal
