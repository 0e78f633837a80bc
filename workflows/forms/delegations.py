"""Naming a deputy (委托代办)."""

from django import forms
from django.utils.translation import gettext_lazy as _

from permissions import clock
from workflows.forms.acting import ActForm


def _day(label, **kwargs):
    return forms.DateField(
        label=label, widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"), **kwargs
    )


class NameDeputyForm(ActForm):
    deputy = forms.TypedChoiceField(
        label=_("Deputy"),
        coerce=int,
        help_text=_("A colleague of the same unit who does not hold this role."),
    )
    starts_on = _day(_("From"), initial=clock.today)
    ends_on = _day(_("Until"), help_text=_("This day included."))
    reason = forms.CharField(
        label=_("Reason"), max_length=200, help_text=_("For example: on leave, at a training course.")
    )

    def __init__(self, *args, people, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["deputy"].choices = [("", "—"), *((person.pk, str(person)) for person in people)]
