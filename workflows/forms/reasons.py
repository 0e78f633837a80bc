"""The one question of acts that send something back, drop or correct it."""

from django.utils.translation import gettext_lazy as _

from workflows.forms.acting import ActForm
from workflows.forms.measures import text

LONGEST = 2000  # characters


class ReasonForm(ActForm):
    reason = text(_("Reason"), max_length=LONGEST)


class ReworkForm(ActForm):
    """Somebody goes on by these words."""

    reason = text(
        _("Reason"),
        max_length=LONGEST,
        help_text=_("Say what is missing or wrong, and what is needed. The reason is kept in the record."),
    )
