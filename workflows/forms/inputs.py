"""Forms of shared work: asking other units and answering, and the target in numbers."""

from django import forms
from django.utils.translation import gettext_lazy as _

from cases.digits import whole
from workflows.forms.measures import EnterProgressForm, FilesField, MeasureActForm, text
from workflows.sections import inputs


def coming_day(label, *, help_text=""):
    return forms.DateField(
        label=label,
        help_text=help_text,
        widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
    )


class AskInputForm(MeasureActForm):
    everyone = forms.BooleanField(
        label=_("All responsible units at once"),
        required=False,
        help_text=_("Whoever still owes an answer is not asked again."),
    )
    units = forms.TypedMultipleChoiceField(
        label=_("Units to ask"), coerce=int, required=False, widget=forms.CheckboxSelectMultiple
    )
    question = text(
        _("What you need"), required=False, rows=3, help_text=_("The same words go to every unit asked.")
    )
    due_on = coming_day(
        _("Answer by"), help_text=_("An inner date between the units; it changes no deadline of the plan.")
    )

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        if self.is_bound:  # which units may be asked is for the door to say, inside its lock
            sent = [pk for pk in self.data.getlist(self.add_prefix("units")) if whole(pk)]
            self.fields["units"].choices = [(pk, pk) for pk in sent]

    def show(self, dossier):
        self.fields["units"].choices = inputs.units_to_ask(dossier)

    def clean(self):
        data = super().clean()
        if not data.get("units") and not data.get("everyone") and "units" not in self.errors:
            self.add_error("units", _("Choose units to ask, or all responsible ones at once."))
        return data


class RequestForm(MeasureActForm):
    """Which request. The rule knows whose it is; here only those are offered that the act could be about."""

    act = None
    preset = ("request",)
    request = forms.IntegerField(label=_("Request"), widget=forms.RadioSelect)

    def show(self, dossier):
        super().show(dossier)
        rows = dossier.requests_for(self.act)
        self.fields["request"].widget.choices = [(row.pk, inputs.words_of(row)) for row in rows]
        if len(rows) == 1:
            self.fields["request"].initial = rows[0].pk


class CancelInputForm(RequestForm):
    act = "cancel_input"


class AnswerInputForm(RequestForm, EnterProgressForm):
    act = "answer_input"
    files = FilesField(
        label=_("Evidence"), required=False, help_text=_("Photos, PDF, Word or Excel; several at once.")
    )
    field_order = ("request",)


class MergeInputsForm(EnterProgressForm):
    requests = forms.TypedMultipleChoiceField(
        label=_("Answers to take over"), coerce=int, widget=forms.CheckboxSelectMultiple
    )
    field_order = ("requests",)

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        if self.is_bound:
            sent = [pk for pk in self.data.getlist(self.add_prefix("requests")) if whole(pk)]
            self.fields["requests"].choices = [(pk, pk) for pk in sent]

    def show(self, dossier):
        super().show(dossier)
        rows = dossier.requests_for("merge_inputs")
        self.fields["requests"].choices = [(row.pk, row.to_unit.name) for row in rows]
        self.fields["requests"].initial = [row.pk for row in rows]
        self["progress"].help_text = _(
            "The answers, one after the other: make one text of them. What the units wrote stays as it is."
        )
        for name, words in inputs.merged_texts(rows).items():
            self.fields[name].initial = words


class SetTargetForm(MeasureActForm):
    amount = forms.DecimalField(label=_("Amount"), max_digits=14, decimal_places=2, min_value=0)
    unit = forms.CharField(
        label=_("Unit of counting"),
        max_length=20,
        help_text=_("What is counted, such as households (户) or kilometres (公里)."),
    )

    def show(self, dossier):
        self.fields["amount"].initial = inputs.plain_amount(dossier.measure.target_amount)
        self.fields["unit"].initial = dossier.measure.target_unit


INPUT_FORMS = {
    "ask_input": AskInputForm,
    "cancel_input": CancelInputForm,
    "answer_input": AnswerInputForm,
    "merge_inputs": MergeInputsForm,
    "set_target": SetTargetForm,
}
