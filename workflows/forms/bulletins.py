"""The texts of a bulletin and the choice of its cases."""

import re

from django import forms
from django.utils.translation import gettext_lazy as _

from reports.bulletin import CASES
from workflows.forms.acting import ActForm
from workflows.forms.measures import text

CHOICE = re.compile(r"case_([0-9]{1,18})")


class BulletinTextsForm(ActForm):
    opening = text(
        _("Opening"),
        rows=3,
        required=False,
        max_length=5000,
        help_text=_("The sentence of figures is added by the system and cannot be changed."),
    )
    requirements = text(
        _("Requirements"),
        rows=6,
        required=False,
        max_length=20000,
        help_text=_("Each paragraph is printed under a number, its first sentence as the heading."),
    )

    def __init__(self, *args, cases, **kwargs):
        """``cases``: {good: [case], bad: [case]} as the bulletin shows them now."""
        super().__init__(*args, **kwargs)
        self.shown = cases
        for name in CASES:
            for case in cases[name]:
                self.fields[f"{name}_{case['id']}"] = forms.CharField(
                    label=_("Words of the office"),
                    required=False,
                    max_length=20000,
                    initial=case["words"],
                    widget=forms.Textarea(attrs={"rows": 4}),
                )

    def cases(self):
        """[{label, rows: [(case, field)]}] for the page."""
        labels = {"good": _("Good cases"), "bad": _("Bad cases")}
        return [
            {
                "label": labels[name],
                "rows": [(case, self[f"{name}_{case['id']}"]) for case in self.shown[name]],
            }
            for name in CASES
        ]

    def act_data(self):
        cleaned = self.cleaned_data
        words = {
            name: {case["id"]: cleaned[f"{name}_{case['id']}"] for case in self.shown[name]} for name in CASES
        }
        return {"texts": {"opening": cleaned["opening"], "requirements": cleaned["requirements"], **words}}


class ChooseCasesForm(ActForm):
    """``case_PK``: good, bad or nothing, for every measure that the page showed, those chosen before among them."""

    def chosen(self):
        found = {name: [] for name in CASES}
        for name, value in self.data.items():
            if (match := CHOICE.fullmatch(name)) and value in found:
                found[value].append(int(match[1]))
        return found

    def act_data(self):
        return {"chosen": self.chosen()}
