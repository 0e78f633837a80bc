"""Forms after close-out: follow-up of what goes on for years, its cadence, and looking back."""

from django import forms
from django.utils.translation import gettext_lazy as _

from cases.models import Finding
from cases.presenters import in_days, short_date
from workflows.forms.measures import CADENCES, FilesField, MeasureActForm, day, text
from workflows.sections import follow_up


def _finding():
    return forms.ChoiceField(label=_("Finding"), choices=Finding.choices, widget=forms.RadioSelect)


class RecordFollowUpForm(MeasureActForm):
    due_on = forms.DateField(label=_("For the date"), widget=forms.RadioSelect)
    finding = _finding()
    text = text(
        _("How it stands"), rows=5, help_text=_("What was looked at and what keeps the result alive.")
    )
    files = FilesField(label=_("Evidence"), required=False)

    def show(self, dossier):
        dates = follow_up.dates_to_record(dossier)
        self.fields["due_on"].widget.choices = [
            (f"{on:%Y-%m-%d}", f"{short_date(on)} · {in_days(on, today=dossier.today)}") for on in dates
        ]
        if dates:
            self.fields["due_on"].initial = f"{follow_up.nearest(dates, dossier.today):%Y-%m-%d}"


class SetCadenceForm(MeasureActForm):
    months = forms.TypedChoiceField(
        label=_("How often the unit reports"), coerce=int, choices=CADENCES, widget=forms.RadioSelect
    )

    def show(self, dossier):
        self.fields["months"].initial = dossier.measure.follow_up_months


class RecordLookBackForm(MeasureActForm):
    preset = ("item",)
    item = forms.IntegerField(label=_("Look-back"), widget=forms.RadioSelect)
    finding = _finding()
    visited_on = day(_("Looked at on"))
    text = text(_("What was found"), rows=5)
    files = FilesField(label=_("Photos and papers"), required=False)

    def show(self, dossier):
        rows = [row for row in dossier.look_backs if not row.finding]
        self.fields["item"].widget.choices = [(row.pk, row.look_back.title) for row in rows]
        if len(rows) == 1:
            self.fields["item"].initial = rows[0].pk


FOLLOW_UP_FORMS = {
    "record_follow_up": RecordFollowUpForm,
    "set_cadence": SetCadenceForm,
    "record_look_back": RecordLookBackForm,
}
