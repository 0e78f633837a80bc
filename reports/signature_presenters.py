"""Finished values for the signature of an office's certificate: who signed, whether it holds, and what that means."""

from django.utils.translation import gettext_lazy as _

from permissions import clock
from reports import verification

SENTENCES = {
    verification.HOLDS: _("It covers the whole document, and nothing was changed after it."),
    verification.CHANGED: _("The file was changed after it was signed."),
    verification.ADDED_TO: _("Something was added to the file after it was signed."),
    verification.FOREIGN: _("It was made with another certificate than the one in the record of the issue."),
    verification.MISSING: _(
        "The paper was issued with a signature, but this file has none that can be read."
    ),
}


def shown(paper, status) -> dict | None:
    """``status``: what ``verification`` says of it; None where the paper has no signature."""
    if not status:
        return None
    kept = paper.signature
    return {
        "is_valid": status == verification.HOLDS,
        "sentence": SENTENCES[status],
        "holder": kept["holder"],
        "issuer": kept["issuer"],
        "is_trial": kept["issuer"] == kept["holder"],
        "signed_at": clock.local(kept["signed_at"]),
        "valid_from": clock.local(kept["valid_from"]),
        "valid_until": clock.local(kept["valid_until"]),
        "unsigned": kept["unsigned"]["pdf"]["sha256"],
    }
