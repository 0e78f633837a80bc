"""How sure the reader is of what it read: three degrees, and for each doubt its reason.

A value without a doubt is SURE: the document prints it in words that mean nothing else. A doubt has a code; the code
gives the degree (``sure_of``) and the sentence for the person who looks (``REASONS``).
"""

import enum


class Sure(enum.IntEnum):
    """LIKELY: read by a rule that holds for nearly every plan. GUESS: the form allows another reading."""

    GUESS = 1
    LIKELY = 2
    SURE = 3


def _(sentence):  # only marks the sentence for makemessages
    return sentence


DEGREES = {
    "bare_list": Sure.LIKELY,
    "bracket_not_closed": Sure.LIKELY,
    "counted_from_issue": Sure.LIKELY,
    "only_year": Sure.LIKELY,
    "rule_for_all": Sure.LIKELY,
    "unit_in_sentence": Sure.LIKELY,
    "vague_before": Sure.LIKELY,
    "by_numbering": Sure.LIKELY,
    "first_group": Sure.LIKELY,
    "not_counted": Sure.LIKELY,
    "no_clause": Sure.GUESS,
    "bare_beside_keyed": Sure.GUESS,
    "date_in_sentence": Sure.GUESS,
    "impossible_date": Sure.GUESS,
    "no_year": Sure.GUESS,
    "unclear": Sure.GUESS,
}
REASONS = {
    "bare_list": _("The bracket holds only names: they were taken as responsible units."),
    "bracket_not_closed": _("The bracket of the clause is not closed."),
    "counted_from_issue": _("The time was counted from the date of issue."),
    "only_year": _("Only a year is printed; its last day was taken."),
    "rule_for_all": _("The unit is named once for the measures as a whole."),
    "unit_in_sentence": _("Read from the sentence that says who does it, not from a responsibility clause."),
    "vague_before": _("“Before” a month was read as before its end."),
    "by_numbering": _("The document has no responsibility clauses: the lowest numbered items were taken."),
    "first_group": _("The first unit leads, and several stand before the first comma."),
    "not_counted": _("The time could not be counted into a date."),
    "no_clause": _("Other measures have a responsibility clause, this passage has none."),
    "bare_beside_keyed": _(
        "The bracket holds only names, while others say who leads and who is responsible."
    ),
    "date_in_sentence": _("The date stands in the sentence, not in a deadline clause."),
    "impossible_date": _("This day does not exist in the calendar."),
    "no_year": _("The date has no year."),
    "unclear": _("The reader was not certain of this measure."),
}


def sure_of(codes):
    """Return the degree that these doubts leave; SURE where there is none.

    >>> sure_of([None, "only_year"]).name
    'LIKELY'
    """
    return min((DEGREES.get(code, Sure.GUESS) for code in codes if code), default=Sure.SURE)


def least_sure_first(codes):
    """Return the doubts once each, what weighs most first."""
    return sorted(dict.fromkeys(code for code in codes if code), key=lambda code: sure_of([code]))
