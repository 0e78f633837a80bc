"""What was changed by hand in a document under review, told in the reader's language."""

from datetime import datetime

from django.utils.translation import gettext_lazy as _

from cases.intake.history import edits_of

TITLES = {
    "set_header": _("Title, number, dates"),
    "set_problem": _("Edit the problem"),
    "add_problem": _("Add a problem"),
    "remove_problem": _("Remove the problem"),
    "set_measure": _("Edit the measure"),
    "add_measure": _("Add a measure"),
    "split_measure": _("Split the measure"),
    "merge_measures": _("Merge with the next measure"),
    "remove_measure": _("Remove the measure"),
    "mark": _("Use a passage of the source"),
    "undo": _("Undo"),
    "redo": _("Redo"),
}
STEPS = {
    "set_header": _("title, number and dates changed"),
    "set_problem": _("problem %(name)s changed"),
    "add_problem": _("problem added after %(name)s"),
    "remove_problem": _("problem %(name)s removed"),
    "set_measure": _("measure %(name)s changed"),
    "add_measure": _("measure added after %(name)s"),
    "split_measure": _("measure %(name)s split"),
    "merge_measures": _("measure %(name)s merged with the next"),
    "remove_measure": _("measure %(name)s removed"),
    "mark": _("passage used for measure %(name)s: %(role)s"),
}
ROLES = {
    "lead": _("Lead unit"),
    "responsible": _("Responsible unit"),
    "deadline": _("Deadline"),
    "text": _("Text"),
}
LISTED = 20  # changes told at once; all of them can be taken back


def told_step(step):
    """What an edit did, in the reader's language."""
    role = ROLES.get(step["places"].get("role"), "")
    return str(STEPS[step["operation"]]) % {"name": step["name"] or "—", "role": role}


def edits_told(stored) -> dict:
    """{undo, redo: the step that would be moved, or None, count, steps}; a step: {text, by, at}, newest first."""
    edits = edits_of(stored)
    done = [
        {"text": told_step(step), "by": step["by"], "at": datetime.fromisoformat(step["at"])}
        for step in edits["done"][: -LISTED - 1 : -1]
    ]
    undone = edits["undone"]
    return {
        "undo": done[0] if done else None,
        "redo": told_step(undone[-1]) if undone else None,
        "count": len(edits["done"]),
        "steps": done,
    }
