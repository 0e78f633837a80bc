"""What happened to a signed paper on its way: who sent it on, who sent it back and why, who signed it."""

import json

from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from cases.models import LogEntry
from cases.presenters import who_acted
from permissions import clock

# Act without the name of the kind → (what the reader sees somebody did, tone).
STEPS = {
    "compose": (_("composed it"), ""),
    "submit": (_("sent it for review"), "info"),
    "refuse": (_("sent it back"), "warning"),
    "review": (_("passed it on to the leader"), "info"),
    "sign": (_("signed the paper"), "success"),
    "issue": (_("issued the paper"), "success"),
    "revise": (_("began a correction"), "warning"),
}


def steps_of(paper) -> list[dict]:
    """Entries for ``_trail.html``, the latest first. One query."""
    shown = {f"{verb}_{paper.kind}": words for verb, words in STEPS.items()}
    entries = LogEntry.objects.filter(
        object_type=paper._meta.model_name, object_id=paper.pk, office=paper.office_id, act__in=shown
    )
    return [_step(entry, *shown[entry.act]) for entry in entries.order_by("-sequence")]


def _step(entry, act, tone):
    body = json.loads(entry.body)
    version = body.get("version", 1)  # counts the refusals before
    return {
        "actor": who_acted(entry, body),
        "act": act,
        "at": clock.local(entry.at),
        "text": gettext("version %(n)s") % {"n": version} if version > 1 else body.get("reason", ""),
        "tone": tone,
    }
