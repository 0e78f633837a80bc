"""What is written about an instrument of supervision. The rules stand in ``workflows.acts.supervision``."""

from django import forms
from django.utils.translation import gettext_lazy as _

from cases.filters import search_field
from cases.models import InstrumentKind, InstrumentState
from workflows.forms.acting import ActForm
from workflows.forms.measures import text
from workflows.instruments import ANSWER_DAYS


def answer_day():
    return forms.DateField(
        label=_("Answer by"),
        required=False,
        widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
        help_text=_("Left empty: %(days)s calendar days after it is issued.") % {"days": ANSWER_DAYS},
    )


class WordingForm(ActForm):
    text = text(_("Words"), rows=8)
    answer_due_on = answer_day()


class SuperviseForm(ActForm):
    kind = forms.ChoiceField(
        label=_("What is sent"), choices=InstrumentKind.choices, initial=InstrumentKind.ORDER
    )
    unit = forms.TypedChoiceField(label=_("To which unit"), coerce=int, choices=())
    text = text(_("Words"), rows=6)
    answer_due_on = answer_day()

    def __init__(self, *args, duties=(), **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["unit"].choices = [(duty.unit_id, duty.unit.name) for duty in duties]


class AnswerInstrumentForm(ActForm):
    answer = text(_("Answer"), rows=8)


class SettleInstrumentForm(ActForm):
    effect = text(_("What it brought about"))


class InstrumentFilterForm(forms.Form):
    """Reminders are many and ask for no answer, so they stand in the list only when asked for."""

    ANY = "any"
    q = search_field()
    kind = forms.ChoiceField(
        label=_("Kind"),
        required=False,
        choices=[("", _("all but reminders")), (ANY, _("all")), *InstrumentKind.choices],
    )
    state = forms.ChoiceField(
        label=_("State"),
        required=False,
        choices=[("", _("all")), ("OPEN", _("to be answered")), *InstrumentState.choices],
    )
