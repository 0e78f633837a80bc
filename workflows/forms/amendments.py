"""Choosing a later version of a plan document, and accepting its changes row by row."""

from django import forms
from django.utils.translation import gettext_lazy as _

from workflows.forms.acting import ActForm
from workflows.forms.imports import ConfirmForm


class AmendUploadForm(ActForm):
    file = forms.FileField(
        label=_("Later version of the document"),
        help_text=_(
            "The whole plan as it now reads, in any form that can be imported. It is only compared; nothing "
            "changes before you accept it row by row."
        ),
        allow_empty_file=True,  # the reader says what is wrong with an empty one
        max_length=None,
    )

    def act_data(self):
        upload = self.cleaned_data["file"]
        return {"file_name": upload.name, "data": upload.read()}


class AmendForm(ConfirmForm):
    """One box per changed row, and a choice per name that such a row needs a unit for."""

    looks_first = False  # each change is looked at for itself
    issued_on = None
    plan_version = forms.IntegerField(widget=forms.HiddenInput)
    accepted = forms.MultipleChoiceField(required=False)

    def __init__(self, *args, acceptable, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["accepted"].choices = [(name, name) for name in acceptable]

    def checked(self):
        """Names of the boxes that are ticked: as sent, or as proposed."""
        return set(self["accepted"].value() or ())

    def renew(self, row_version, plan_version=None):
        super().renew(row_version)
        self.data[self.add_prefix("plan_version")] = plan_version

    def act_data(self):
        return {
            "accepted": self.cleaned_data["accepted"],
            "plan_version": self.cleaned_data["plan_version"],
            "units": self.chosen_units(),
            "assigned": self.chosen_for_nameless(),
        }
