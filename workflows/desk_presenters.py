"""Finished values for the desk: the four queues with their counts, dates and rows. No query."""

from functools import partial

from django.urls import reverse
from django.utils.http import urlencode
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from cases import deadlines
from cases.presenters import in_days, light_html, light_of, short_date, shortened
from cases.queues import DESK_QUEUES, DeskQueue
from cases.states import MeasureState
from permissions.access import access_of
from workflows import desk

S = MeasureState
STEP_NAMES = {
    "claim": _("to be claimed"),
    "enter_progress": _("progress is due"),
    "overdue": "",
    "rework": _("rework"),
    "request_verification": _("sent back by your unit's head"),
    "submit": _("approve the request"),
    "verify": _("verify"),
    "close_out": _("close out"),
    "confirm_checkpoint": _("confirm a checkpoint"),
    "report_checkpoint": _("a checkpoint was sent back"),
    "answer_input": _("answer the lead unit"),
    "merge_inputs": _("answers to take over"),
    "record_follow_up": _("follow-up is due"),
    "follow_up_missed": _("follow-up missed"),
    "record_look_back": _("look back"),
    "relapse": _("said to have relapsed"),
    "settle_dispute": _("settle the dispute"),
    "publish_result": _("publish the result"),
    "settle_objection": _("settle the objections to the notice"),
}
QUEUES = (
    (desk.CLAIM, _("To claim"), _("Nothing is waiting to be claimed.")),
    (desk.REPORT, _("To report"), _("No progress is due.")),
    (desk.DECIDE, _("To approve, verify or close out"), _("Nothing waits for your decision.")),
    (desk.REWORK, _("Returned"), _("Nothing was returned.")),
)
# The office does not claim or report: it looks at what is late.
OFFICE_WORDS = {
    desk.CLAIM: (_("Not yet claimed"), _("Every issued measure is claimed.")),
    desk.REPORT: (_("Overdue with the units"), _("Nothing is overdue.")),
    desk.REWORK: (_("Returned, in rework"), _("Nothing is in rework.")),
}


def queues(found, *, today, of_office):
    """The four queues, always in this order; an empty one keeps its place. Each leads to its rows in the ledger."""
    ledger = reverse("cases:ledger")
    rows = []
    for name, title, empty in QUEUES:
        queue = found[name]
        title, empty = OFFICE_WORDS.get(name, (title, empty)) if of_office else (title, empty)
        rows.append(
            {
                "name": name,
                "title": title,
                "empty": empty,
                "count": queue.count,
                "nearest": _nearest(name, queue, today),
                "items": [_item(item, today) for item in queue.items],
                "url": f"{ledger}?{urlencode({'desk': name, 'sort': 'due'})}",
                "is_due": queue.nearest is not None and name != desk.DECIDE and queue.nearest < today,
            }
        )
    return rows


def of_office(user):
    """Whether the desk is the office's: of somebody who stands in no unit that has duties."""
    return not access_of(user).duty_unit_ids


def _register():
    """The ledger asks for a queue by its name and calls it by its title."""
    for name, title, _empty in QUEUES:
        words = {False: title, True: OFFICE_WORDS.get(name, (title,))[0]}
        DESK_QUEUES[name] = DeskQueue(
            title=lambda user, words=words: words[of_office(user)],
            condition=partial(desk.waits_in, name),
        )


_register()


def _nearest(name, queue, today):
    if queue.nearest is None:
        return gettext("no date") if queue.count else ""
    if name == desk.DECIDE and queue.items[0].state in {S.SUBMITTED, S.VERIFIED}:
        return gettext("longest waiting since %(day)s") % {"day": short_date(queue.nearest)}
    day = {"day": short_date(queue.nearest), "left": in_days(queue.nearest, today=today)}
    if name == desk.CLAIM:
        return gettext("claim by %(day)s, %(left)s") % day
    return gettext("nearest date %(day)s, %(left)s") % day


def _light(item, today):
    """(name, light): a claim has a clock and a light of its own, which is named; the measure's has no name ("")."""
    if item.step == "claim" and item.due_on:
        return gettext("clock of the claim"), deadlines.claim_clock(item.due_on, today=today).light
    return "", light_of(item.state, item.next_due_on, item.own_yellow, today=today)


def _item(item, today):
    light_of_what, light = _light(item, today)
    decided = item.state in {S.SUBMITTED, S.VERIFIED}
    if decided and item.due_on:
        due = gettext("since %(day)s") % {"day": short_date(item.due_on)}
    elif item.step == "claim" and item.due_on:
        left = in_days(item.due_on, today=today)
        due = gettext("claim by %(day)s, %(left)s") % {"day": short_date(item.due_on), "left": left}
    else:
        due = in_days(item.due_on, today=today) if item.due_on else ""
    return {
        "url": reverse("workflows:measure", args=[item.pk]),
        "text": shortened(item.text, 90),
        "number": item.number,
        "step": STEP_NAMES[item.step],
        "reason": shortened(item.reason, 90),
        "due": due,
        "is_late": not decided and item.due_on is not None and item.due_on < today,
        "light_of": light_of_what,
        "light_html": light_html(light),
    }
