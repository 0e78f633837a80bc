"""Input of the units that share a measure (分办): a lead unit asks, they answer, the lead takes the answers over."""

from django.utils.translation import gettext_lazy as _

from cases.errors import NoRight, NotReady
from cases.models import DutyRole, InputRequest
from workflows.roads import evidence, progress


def ask(rectification, *, units, question, due_on, everyone):
    """One request for each of ``units`` (ids), all with the same question and inner date.

    ``everyone``: all responsible units that do not owe an answer already, whoever they are by now.
    """
    own = rectification.unit_for("ask_input")
    waiting = {r.to_unit_id for r in rectification.input_requests if r.from_unit_id == own.pk and is_open(r)}
    asked = _others(rectification, own, waiting) if everyone else _with_a_duty(rectification, units, own)
    if due_on < rectification.today:
        raise NotReady(_("This day is past: give the units a date by which they can still answer."))
    if again := [unit for unit in asked if unit.pk in waiting]:
        raise NotReady(
            _("Already asked and not answered yet: %(units)s. Take the first request back to ask anew."),
            units=_names(again),
        )
    InputRequest.objects.bulk_create(
        InputRequest(
            office_id=rectification.measure.office_id,
            measure=rectification.measure,
            from_unit=own,
            to_unit=unit,
            question=question,
            due_on=due_on,
            asked_by=rectification.actor,
            asked_at=rectification.now,
        )
        for unit in asked
    )
    rectification.details |= {
        "unit": own.name,
        "units": [unit.name for unit in asked],
        "text": question,
        "due_on": due_on.isoformat(),
    }


def _others(rectification, own, waiting):
    shares = [d.unit for d in rectification.duties if d.role == DutyRole.RESPONSIBLE and d.unit_id != own.pk]
    found = [unit for unit in shares if unit.pk not in waiting]
    if not found:
        raise NotReady(_("Every responsible unit has been asked already and owes its answer."))
    return found


def _with_a_duty(rectification, wanted, own):
    wanted = {int(pk) for pk in wanted}
    found = [d.unit for d in rectification.duties if d.unit_id in wanted and d.unit_id != own.pk]
    if not found or len(found) != len(wanted):
        raise NotReady(_("Only other units with a duty on this measure can be asked. Reload the page."))
    return found


def answer(rectification, *, request, files, **entry):
    """Progress, amount and evidence of the asked unit in one act, in the unit's own name."""
    row = _request(rectification, request)
    if not rectification.access.has("answer_input", row.to_unit_id):
        raise NoRight
    if not is_open(row):
        raise NotReady(_("Your unit has answered this already. Enter further progress on its own."))
    row.answer = progress.record(rectification, row.to_unit, **entry)
    row.answered_at = rectification.now
    row.save(update_fields=["answer", "answered_at"])
    if files:
        evidence.keep(rectification, row.to_unit, files, entry=row.answer)
    rectification.details["units"] = [row.from_unit.name]


def merge(rectification, *, requests, **entry):
    """The lead's own entry made of the answers; they stay as written and say that they were taken over."""
    rows = [_request(rectification, pk) for pk in requests]
    if any(not rectification.access.has("ask_input", row.from_unit_id) for row in rows):
        raise NoRight
    if not rows or any(not is_to_merge(row) for row in rows) or len({row.from_unit_id for row in rows}) > 1:
        raise NotReady(_("Choose answers to your unit that have not been taken over yet."))
    for row in rows:
        row.merged_at, row.merged_by = rectification.now, rectification.actor
    InputRequest.objects.bulk_update(rows, ["merged_at", "merged_by"])
    progress.record(rectification, rows[0].from_unit, **entry)
    rectification.details["units"] = [row.to_unit.name for row in rows]


def cancel(rectification, *, request):
    """Take back a request that nobody has answered."""
    row = _request(rectification, request)
    if not rectification.access.has("ask_input", row.from_unit_id):
        raise NoRight
    if not is_open(row):
        raise NotReady(_("This request has been answered already, so it stays."))
    row.cancelled_at = rectification.now
    row.save(update_fields=["cancelled_at"])
    rectification.details |= {"unit": row.from_unit.name, "units": [row.to_unit.name]}


def end_open(measure, *, now):
    """Nobody answers any more what was asked in a round that is over, or of a measure that has ended."""
    InputRequest.objects.filter(measure=measure, answered_at=None, cancelled_at=None).update(cancelled_at=now)


def is_open(row):
    return row.answered_at is None and row.cancelled_at is None


def is_to_merge(row):
    return row.answered_at is not None and row.merged_at is None


def _request(rectification, pk):
    row = next((r for r in rectification.input_requests if r.pk == int(pk)), None)
    if row is None:
        raise NotReady(_("There is no such request on this measure any more. Reload the page."))
    return row


def _names(units):
    return "、".join(unit.name for unit in units)
