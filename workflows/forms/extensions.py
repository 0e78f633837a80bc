"""Forms about a later date (延期)."""

from django import forms
from django.utils.translation import gettext_lazy as _

from cases.models import ExtensionState
from cases.presenters import in_days, short_date
from cases.rules import rules_of
from workflows.forms.acting import ActForm
from workflows.forms.measures import MeasureActForm, text
from workflows.sections import extensions


class RequestExtensionForm(MeasureActForm):
    preset = ("checkpoint",)
    checkpoint = forms.IntegerField(label=_("Checkpoint"), widget=forms.RadioSelect)
    new_due_on = forms.DateField(
        label=_("New date"), widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")
    )
    reason = text(_("Reason"), rows=4, help_text=_("Why the date cannot be met, in facts."))
    interim_measures = text(
        _("Interim measures"), rows=4, help_text=_("What keeps the matter in hand until the new date.")
    )

    def show(self, dossier):
        steps = extensions.open_steps(dossier)
        field = self.fields["checkpoint"]
        field.widget.choices = [
            (step.pk, f"{short_date(step.due_on)} · {in_days(step.due_on, today=dossier.today)}")
            for step in steps
        ]
        if len(steps) == 1:
            field.initial = steps[0].pk
        self._show_limits(rules_of(dossier.measure.office))
        self._start_from_refused(dossier, steps)

    def _show_limits(self, rules):
        if rules.extension_cap_days:
            self["new_due_on"].help_text = _(
                "At most %(days)s days after the original date; the original date stays on record."
            ) % {"days": rules.extension_cap_days}

    def _start_from_refused(self, dossier, steps):
        """Asking again does not mean typing again: the texts of the last refused request stand in the form."""
        open_pks = {step.pk for step in steps}
        refused = [
            row
            for row in dossier.extensions
            if row.state == ExtensionState.REFUSED and row.checkpoint_id in open_pks
        ]
        if refused and dossier.extensions[-1] is refused[-1]:
            self.fields["reason"].initial = refused[-1].reason
            self.fields["interim_measures"].initial = refused[-1].interim_measures


class DecideExtensionForm(ActForm):
    note = forms.CharField(
        label=_("Note"), required=False, max_length=2000, widget=forms.Textarea(attrs={"rows": 3})
    )


class RefuseExtensionForm(ActForm):
    reason = text(_("Reason"), max_length=2000, help_text=_("Why the date stays; the unit reads this."))


EXTENSION_FORMS = {"request_extension": RequestExtensionForm}
