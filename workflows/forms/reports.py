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
            for number, block in enumerate(texts.get(section, [])):
                self.fields[f"{section}_{number}"] = forms.CharField(
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
                "fields": [self[f"{section}_{number}"] for number in range(len(self.texts.get(section, [])))],
            }
            for section in SECTIONS
        ]

    def act_data(self):
        cleaned = self.cleaned_data
        return {
            "texts": {
                "opening": cleaned["opening"],
                **{
                    section: [
                        cleaned[f"{section}_{number}"] for number in range(len(self.texts.get(section, [])))
                    ]
                    for section in SECTIONS
                },
            }
        }
