"""What an amendment changes, as finished rows for its page: chips, marked words, what follows from a change.

Pure: a ``Comparison`` in, values out; no query.
"""

from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from cases.intake.amend import Kind, marks, moved_dates
from cases.intake.confirm import printed_duties
from cases.models import DutyRole, Problem
from cases.presenters import reporting_words
from cases.states import MeasureState
from workflows.amendment import REPORTING, who_answers

CHIPS = {
    Kind.TEXT: (_("wording"), "info"),
    Kind.UNITS: (_("units"), "info"),
    Kind.DATES: (_("dates"), "warning"),
    Kind.NEW: (_("new"), "success"),
    Kind.GONE: (_("gone"), "danger"),
}
ROLES = ((DutyRole.LEAD, _("Lead unit")), (DutyRole.RESPONSIBLE, _("Responsible units")))
SENT = {MeasureState.SUBMITTED, MeasureState.VERIFIED}


def rows_of(comparison, checked) -> list[dict]:
    """[{label, heading, is_new, rows, same}] by problem; problems of which nothing changes are left out."""
    found = [_reporting_section(comparison, checked)] if comparison.reporting else []
    for section in comparison.sections:
        rows = [_row(comparison, change, checked) for change in section.changes if change.kinds]
        if section.is_reworded:
            rows.insert(0, _problem_row(section, checked))
        if rows:
            heading = section.new or section.old
            same = sum(not change.kinds for change in section.changes)
            found.append(
                {
                    "id": section.id,
                    "label": heading.label,
                    "heading": Problem(text=heading.text).heading,
                    "is_new": section.old is None,
                    "rows": rows,
                    "same": same,
                }
            )
    return found


def _reporting_section(comparison, checked):
    old, new = marks(*map(reporting_words, comparison.reporting))
    row = {
        "id": REPORTING,
        "number": gettext("Monthly filing due"),
        "chips": [],
        "old": [{"label": "", "pieces": old}],
        "new": [{"label": "", "pieces": new}],
        "notes": [gettext("Months that are open keep their filing day; the new rule holds for those after.")],
        "may_accept": True,
        "is_checked": REPORTING in checked,
    }
    return {
        "id": REPORTING,
        "label": "",
        "heading": gettext("About the plan"),
        "is_new": False,
        "rows": [row],
        "same": 0,
    }


def _problem_row(section, checked):
    old, new = marks(section.old.text, section.new.text)
    return {
        "id": section.id,
        "number": gettext("Problem"),
        "chips": [_chip(Kind.TEXT)],
        "old": [{"label": "", "pieces": old}],
        "new": [{"label": "", "pieces": new}],
        "notes": [],
        "may_accept": True,
        "is_checked": section.id in checked,
    }


def _chip(kind):
    label, tone = CHIPS[kind]
    return {"label": label, "tone": tone}


def _row(comparison, change, checked):
    old, new = _parts(comparison, change)
    shown = change.new or change.old
    return {
        "id": change.id,
        "number": shown.number,
        "was": change.old.number if change.is_renumbered else "",
        "chips": [_chip(kind) for kind in change.kinds],
        "old": old,
        "new": new,
        "notes": _notes(comparison, change),
        "may_accept": not comparison.is_closed(change),
        "is_checked": change.id in checked,
    }


# The two columns --------------------------------------------------------------------------------------


def _parts(comparison, change):
    """(old, new): each a list of {label, pieces}. What did not change is shown once, without marks."""
    if change.old is None:
        return [], _whole(change.new, _printed(comparison, change.new.key))
    if change.new is None:
        measure = comparison.measures[change.old.key]
        return _whole(change.old, _standing(measure)), []
    old, new = [], []
    for label, before, after in _pairs(comparison, change):
        old.append({"label": label, "pieces": before})
        new.append({"label": label, "pieces": after})
    return old, new


def _pairs(comparison, change):
    yield "", *marks(change.old.text, change.new.text)
    if change.old.goal != change.new.goal:
        yield _("Goal"), *marks(change.old.goal, change.new.goal)
    if Kind.UNITS in change.kinds:
        standing = _standing(comparison.measures[change.old.key])
        printed = _printed(comparison, change.new.key)
        for role, label in ROLES:
            before, after = standing[role], printed[role]
            if before or after:
                yield label, _listed(before, after), _listed(after, before)
    if Kind.DATES in change.kinds:
        yield _("Deadline"), *marks(change.old.deadline_text, change.new.deadline_text)
        gone, added = moved_dates(change.old, change.new)
        days = sorted({*change.old.dates, *change.old.met})
        yield (
            _("Dates"),
            _pieces([(day in gone, f"{day:%Y-%m-%d}") for day in days]),
            _pieces([(day in added, f"{day:%Y-%m-%d}") for day in change.new.dates]),
        )


def _whole(row, units):
    parts = [{"label": "", "pieces": [(False, row.text)]}]
    for role, label in ROLES:
        if units[role]:
            parts.append({"label": label, "pieces": _listed(units[role], units[role])})
    if row.deadline_text:
        parts.append({"label": _("Deadline"), "pieces": [(False, row.deadline_text)]})
    return parts


def _standing(measure):
    """{role: {who: name}} of the plan; a collective is named once."""
    found = {role: {} for role, _label in ROLES}
    for duty in measure.known_duties:
        found[duty.role].setdefault(who_answers(duty), duty.printed if duty.group_id else duty.unit.name)
    return found


def _printed(comparison, place):
    """{role: {who: name}} of the document."""
    found = {role: {} for role, _label in ROLES}
    for role, unit in printed_duties(*comparison.read[place]):
        who = comparison.who(unit.printed)
        if who not in found[DutyRole.LEAD]:
            found[role].setdefault(who, unit.printed)
    return found


def _listed(names, others):
    return _pieces([(who not in others, name) for who, name in names.items()])


def _pieces(items):
    """Marked or not, with the Chinese comma between them as papers print it."""
    pieces = []
    for is_changed, text in items:
        pieces += [(False, "、"), (is_changed, text)]
    return pieces[1:] or [(False, "—")]


# What follows -----------------------------------------------------------------------------------------


def _notes(comparison, change):
    if change.old is None:
        return []
    measure = comparison.measures[change.old.key]
    if comparison.is_closed(change):
        return [gettext("It is closed out and stays as it was closed.")]
    if change.kinds == (Kind.GONE,):
        return [
            gettext("Accepted, it closes as withdrawn, with this document as the reason; nothing is deleted.")
        ]
    notes = []
    if Kind.DATES in change.kinds:
        notes += _date_notes(change)
    if Kind.UNITS in change.kinds:
        notes += _unit_notes(comparison, change, measure)
    if measure.state in SENT:
        notes.append(
            gettext("It is already in the state “%(state)s”: return it if the change asks for more work.")
            % {"state": measure.get_state_display()}
        )
    return notes


def _date_notes(change):
    gone, added = moved_dates(change.old, change.new)
    notes = []
    if gone or added:
        notes.append(gettext("Changed by amendment, not an extension: the old date stays on record."))
    if met := [day for day in change.old.met if day not in change.new.dates]:
        days = "、".join(f"{day:%Y-%m-%d}" for day in met)
        notes.append(gettext("Met already, so it stays: %(days)s.") % {"days": days})
    return notes


def _unit_notes(comparison, change, measure):
    standing, printed = _standing(measure), _printed(comparison, change.new.key)
    leads = [n for who, n in printed[DutyRole.LEAD].items() if who not in standing[DutyRole.LEAD]]
    kept = {who for units in printed.values() for who in units}
    left = [n for units in standing.values() for who, n in units.items() if who not in kept]
    notes = []
    if leads and measure.state != MeasureState.DRAFT:
        notes.append(
            gettext("%(units)s must claim it; until then it stays in the state “%(state)s”.")
            % {"units": "、".join(leads), "state": measure.get_state_display()}
        )
    if left:
        notes.append(
            gettext("%(units)s lose their duty at once; what they entered stays.")
            % {"units": "、".join(left)}
        )
    return notes
