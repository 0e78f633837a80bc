"""The texts of a monthly report: plain text, one block per problem and chapter."""

from django import forms
from django.utils.translation import gettext_lazy as _

from reports.compose import SECTIONS
from workflows.forms.acting import ActForm
from workflows.forms.filings import LABELS


class TextsForm(ActForm):
    opening = forms.CharField(
        label=_("Opening"),
        required=False,
        max_length=5000,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text=_("The sentence of figures is added by the system and cannot be changed."),
    )

    def __init__(self, *args, texts, **kwargs):
        super().__init__(*args, **kwargs)
        self.texts = texts
        self.fields["opening"].initial = texts.get("opening", "")
        for section in SECTIONS:
            for block in texts.get(section, []):
                self.fields[f"{section}_{block['problem_id']}"] = forms.CharField(
                    label=f"{block['problem']}{block['heading']}",
                    required=False,
                    max_length=20000,
                    initial=block["text"],
                    widget=forms.Textarea(attrs={"rows": 5}),
                )

    def sections(self):
        """[{label, fields}] for the page."""
        return [
            {
                "label": LABELS[section],
                "fields": [self[f"{section}_{pk}"] for pk in self._problems(section)],
            }
            for section in SECTIONS
        ]

    def _problems(self, section):
        return [block["problem_id"] for block in self.texts.get(section, [])]

    def act_data(self):
        """Texts by problem, and only those that the page really sent: the blocks may have changed since."""
        cleaned = self.cleaned_data
        return {
            "texts": {
                "opening": cleaned["opening"],
                **{
                    section: {
                        pk: cleaned[f"{section}_{pk}"]
                        for pk in self._problems(section)
                        if f"{section}_{pk}" in self.data
                    }
                    for section in SECTIONS
                },
            }
        }
