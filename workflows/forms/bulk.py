"""What one act on many measures needs to know, the same for all of them."""

from django import forms
from django.utils.translation import gettext_lazy as _

from permissions.models import Unit, UnitKind
from workflows.forms.measures import text
from workflows.forms.roads import grade


def _words(label, help_text="", *, required=True):
    return text(label, rows=3, required=required, help_text=help_text, max_length=1000)


class BulkForm(forms.Form):
    """``measures``: queryset of those chosen (instruments where these are issued)."""

    def __init__(self, *args, measures, **kwargs):
        super().__init__(*args, **kwargs)
        self.measures = measures

    def act_data(self):
        return dict(self.cleaned_data)


class ReassignForm(BulkForm):
    from_unit = forms.TypedChoiceField(label=_("Unit that leaves"), coerce=int)
    to_unit = forms.TypedChoiceField(
        label=_("Unit that comes"),
        coerce=int,
        help_text=_("It takes the same part in each measure: leads where the other led."),
    )
    reason = _words(_("Reason"), _("The units that leave and that come read this in the trail."))

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        units = Unit.objects.exclude(kind=UnitKind.OFFICE).order_by("order", "pk")
        leaves = units.filter(pk__in=self.measures.order_by().values("duties__unit"))
        comes = units.filter(office__in=self.measures.order_by().values("office"))
        self.fields["from_unit"].choices = [("", "—"), *leaves.values_list("pk", "name")]
        self.fields["to_unit"].choices = [("", "—"), *comes.values_list("pk", "name")]


class RemindForm(BulkForm):
    text = _words(
        _("Words of the reminder"),
        _("Every unit that leads one of the measures gets one reminder for each of them."),
    )


class GrantForm(BulkForm):
    note = _words(_("Note"), required=False)


class RefuseForm(BulkForm):
    reason = _words(_("Reason"))


class GradeForm(BulkForm):
    important = grade()
    reason = _words(_("Reason"))


BULK_FORMS = {
    "confirm_checkpoint": BulkForm,
    "grant_extension": GrantForm,
    "refuse_extension": RefuseForm,
    "remind": RemindForm,
    "reassign": ReassignForm,
    "set_grade": GradeForm,
    "issue_instrument": BulkForm,
}
