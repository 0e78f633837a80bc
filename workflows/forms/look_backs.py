"""Drawing a sample of closed measures, and ending a plan. The rules stand in ``workflows.acts.look_backs``."""

from django import forms
from django.utils.translation import gettext_lazy as _

from workflows.forms.acting import ActForm
from workflows.forms.inputs import coming_day
from workflows.forms.measures import text


class DrawForm(ActForm):
    title = forms.CharField(label=_("Title"), max_length=200)
    plan = forms.TypedChoiceField(
        label=_("Plan"),
        coerce=int,
        empty_value=None,
        required=False,
        help_text=_("Empty: all plans of the office."),
    )
    closed_from = forms.DateField(
        label=_("Closed out from"),
        required=False,
        widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
    )
    closed_to = coming_day(_("Closed out until"))
    share = forms.IntegerField(
        label=_("Share in per cent"),
        min_value=1,
        max_value=100,
        initial=20,
        help_text=_("Of every lead unit and grade, rounded up: at least one measure of each."),
    )
    due_on = coming_day(_("To be looked at by"))
    seed = forms.CharField(
        label=_("Seed"),
        max_length=40,
        required=False,
        help_text=_("Leave it empty for a new one, or enter one that was drawn in public. It is printed."),
    )

    def __init__(self, *args, plans, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["plan"].choices = [("", _("All plans")), *plans]


class EndPlanForm(ActForm):
    ends_on = forms.DateField(
        label=_("The plan ends on"),
        widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
        help_text=_("After this day no follow-up falls due. Records made stay as they are."),
    )
    reason = text(_("Reason"), rows=3)
