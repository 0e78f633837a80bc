"""The register of what the public reports (群众反映): scope, steps, likeness, and what a receipt number may show."""

import secrets
import unicodedata
from dataclasses import dataclass
from datetime import datetime

from django.db.models import Exists, OuterRef, Q
from django.db.models.functions import Coalesce

from cases.models import Feedback, FeedbackState, Measure, Problem
from cases.states import OPEN_STATES, MeasureState
from permissions.access import access_of

S = FeedbackState
# Act → (states in which it is possible, state afterwards). The door's acts and the pages both read this.
STEPS = {
    "take_feedback": ({S.REGISTERED}, S.IN_HAND),
    "link_duplicate": ({S.REGISTERED, S.IN_HAND}, S.IN_HAND),
    "register_problem": ({S.REGISTERED, S.IN_HAND}, S.IN_HAND),
    "take_back_link": ({S.IN_HAND, S.ANSWERED}, S.IN_HAND),
    "answer_feedback": ({S.REGISTERED, S.IN_HAND, S.ANSWERED}, S.ANSWERED),
    "settle_feedback": ({S.IN_HAND, S.ANSWERED}, S.CLOSED),
}
RECEIPT_LETTERS = "23456789ABCDEFGHJKMNPQRSTUVWXYZ"  # without 0 O, 1 I L
RECEIPT_LENGTH = 10
COMPARED = 2000  # latest reports and problems, and characters of each
ALIKE_PERCENT = 60
CANDIDATES = 5


def visible_feedback(user):
    """Reports to the person's offices and those below them; nothing for a unit. Lazy.

    ``rectified``: every measure of its problem, or of that of the report it repeats, is closed out or withdrawn.
    """
    return with_rectification(Feedback.objects.filter(office__in=access_of(user).offices()))


def with_rectification(feedback):
    problem = Coalesce("problem_id", "duplicate_of__problem_id")
    measures = Measure.objects.filter(problem=OuterRef("matter"))
    over = (MeasureState.CLOSED, MeasureState.WITHDRAWN)
    return feedback.annotate(matter=problem).annotate(
        rectified=Exists(measures.filter(state=MeasureState.CLOSED))
        & ~Exists(measures.exclude(state__in=over))
    )


def may_follow(act, feedback) -> bool:
    """The act is possible in the state of the report."""
    return feedback.state in STEPS[act][0]


def new_receipt() -> str:
    """A number that nobody can guess and nobody misreads."""
    while True:
        receipt = "".join(secrets.choice(RECEIPT_LETTERS) for _ in range(RECEIPT_LENGTH))
        if not Feedback.objects.filter(receipt=receipt).exists():
            return receipt


def receipt_of(typed: str) -> str:
    """A receipt number as somebody typed it: small letters, blanks and hyphens do not matter."""
    return "".join(letter for letter in typed.upper() if letter in RECEIPT_LETTERS)


# Likeness -----------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Candidate:
    """Something known that reads like the new report."""

    kind: str  # "feedback" or "problem"
    pk: int
    name: str  # receipt number, or the problem's label
    text: str
    url: str
    percent: int

    @property
    def value(self):
        return f"{self.kind}:{self.pk}"


def similar_matters(office_id, content, *, without=None) -> list[Candidate]:
    """Open reports and open problems of the office that read like ``content``, the most alike first. Two queries.

    ``without``: a report that is not compared with itself.
    """
    wanted = _grams(content)
    if not wanted:
        return []
    reports = Feedback.objects.filter(office=office_id, duplicate_of=None).exclude(state=S.CLOSED)
    open_measures = Measure.objects.filter(
        problem=OuterRef("pk"), state__in=[MeasureState.DRAFT, *OPEN_STATES]
    )
    problems = Problem.objects.filter(Q(Exists(open_measures)), office=office_id).select_related("plan")
    found = [
        Candidate("feedback", row.pk, row.receipt, row.content, row.get_absolute_url(), percent)
        for row in reports.exclude(pk=without).order_by("-pk")[:COMPARED]
        if (percent := _likeness(wanted, _grams(row.content))) >= ALIKE_PERCENT
    ]
    found += [
        Candidate(
            "problem", row.pk, row.label, row.text, f"{row.plan.get_absolute_url()}#p-{row.pk}", percent
        )
        for row in problems.defer("plan__text").order_by("-pk")[:COMPARED]
        if (percent := _likeness(wanted, _grams(row.text))) >= ALIKE_PERCENT
    ]
    return sorted(found, key=lambda candidate: -candidate.percent)[:CANDIDATES]


def _grams(text):
    """The runs of three letters of a text without marks, blanks and width."""
    letters = "".join(
        letter for letter in unicodedata.normalize("NFKC", text[:COMPARED]).casefold() if letter.isalnum()
    )
    return {letters[at : at + 3] for at in range(len(letters) - 2)}


def _likeness(one, other) -> int:
    """How much of the shorter text stands in the other, percent 0–100; a text of a few letters is like nothing."""
    shorter = min(len(one), len(other))
    return 100 * len(one & other) // shorter if shorter >= 4 else 0


# What a receipt number shows ----------------------------------------------------------------------------


@dataclass(frozen=True)
class PublicState:
    """All that anybody with the receipt number may see: neither the person nor what was written."""

    receipt: str
    state: str
    state_label: str
    received_at: datetime
    answer: str
    answered_at: datetime | None
    is_repeat: bool  # handled together with an earlier report of the same matter
    rectified: bool


def public_state(receipt) -> PublicState | None:
    """A repeated report without an answer of its own shows the answer to the first one. One query."""
    found = (
        with_rectification(Feedback.objects.filter(receipt=receipt)).select_related("duplicate_of").first()
    )
    if found is None:
        return None
    answered = found.duplicate_of if found.duplicate_of and not found.answer else found
    return PublicState(
        receipt=found.receipt,
        state=found.state,
        state_label=found.get_state_display(),
        received_at=found.received_at,
        answer=answered.answer,
        answered_at=answered.answered_at,
        is_repeat=found.duplicate_of_id is not None,
        rectified=found.rectified,
    )
