"""What every acting form carries: the version that was looked at, and the key that makes a double click one act."""

import uuid

from django import forms

from cases.errors import Stale


def new_key():
    return uuid.uuid4().hex


class ActForm(forms.Form):
    row_version = forms.IntegerField(widget=forms.HiddenInput, required=False)
    key = forms.CharField(widget=forms.HiddenInput, max_length=64, required=False, initial=new_key)

    def act_data(self):
        """What the act itself takes."""
        return {
            name: value for name, value in self.cleaned_data.items() if name not in {"row_version", "key"}
        }

    def knock(self):
        """How the door is to be asked: the version seen and the key of this form."""
        return {"version": self.cleaned_data["row_version"], "key": self.cleaned_data["key"] or None}

    def words_of(self, refused):
        """The refusal's sentence; it speaks of typed text only where there is some."""
        return (
            refused.untyped if isinstance(refused, Stale) and not self.visible_fields() else refused.message
        )

    def renew(self, row_version):
        """After a refusal: the typed text stays, and sending again is a new act on what is there now."""
        self.data = self.data.copy()
        self.data[self.add_prefix("row_version")] = "" if row_version is None else row_version
        self.data[self.add_prefix("key")] = new_key()
