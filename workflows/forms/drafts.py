"""Changing what was read: one form per operation, each says what the act ``edit_draft`` takes."""

import re
from datetime import date
from itertools import pairwise

from django import forms
from django.utils.translation import gettext_lazy as _

from cases.intake.cleaning import CannotEdit, measure_of, problem_of, sub_items
from workflows.forms.acting import ActForm

DAY = re.compile(r"(\d{4})\s?[-./年]\s?(\d{1,2})\s?[-./月]\s?(\d{1,2})\s?日?")
BETWEEN = re.compile(r"[\s、,，;；]*")
MONTHS = re.compile(r"(\d{1,2})(?:\s?[-–—~至到]\s?(\d{1,2}))?")


class LinesField(forms.CharField):
    """Several values, one per line: unlike a comma, a line end is part of no name."""

    def __init__(self, **kwargs):
        super().__init__(required=False, widget=forms.Textarea(attrs={"rows": 2}), **kwargs)

    def prepare_value(self, value):
        return "\n".join(value) if isinstance(value, list | tuple) else value

    def clean(self, value):
        return [line.strip() for line in super().clean(value).splitlines() if line.strip()]


class DaysField(forms.CharField):
    def prepare_value(self, value):
        return "、".join(map(str, value)) if isinstance(value, list | tuple) else value

    def clean(self, value):
        value = super().clean(value)
        if BETWEEN.fullmatch(DAY.sub("", value)) is None:
            raise forms.ValidationError(_("Write each date as year, month and day: 2026-06-30."))
        try:
            return [date(*map(int, match.groups())) for match in DAY.finditer(value)]
        except ValueError as impossible:
            raise forms.ValidationError(
                _("One of these days does not exist in the calendar.")
            ) from impossible


class MonthsField(forms.CharField):
    """ "6-12" or "3、6、9、12"."""

    def prepare_value(self, value):
        return "、".join(map(str, value)) if isinstance(value, list | tuple) else value

    def clean(self, value):
        value = super().clean(value)
        if BETWEEN.fullmatch(MONTHS.sub("", value).replace("月", "")) is None:
            raise forms.ValidationError(_("Write the months as numbers: 6-12, or 3、6、9、12."))
        spans = [(int(first), int(last or first)) for first, last in MONTHS.findall(value)]
        return sorted({month for first, last in spans for month in range(first, last + 1)})


class DraftForm(ActForm):
    """``place``: what is changed, see ``workflows.views.drafts.Place``; ``proposal``: what it is part of."""

    def __init__(self, *args, proposal, place, version, **kwargs):
        self.proposal, self.place, self.version = proposal, place, version
        super().__init__(*args, **kwargs)
        try:
            self.before = self.read()
        except CannotEdit:
            if not self.is_bound:
                raise
            self.before = {}  # gone meanwhile: the door says so, and what was typed stays

    def read(self):
        """What stands in the fields at first."""
        return {}

    def get_initial_for_field(self, field, field_name):
        if field_name in self.before:
            return self.before[field_name]
        return super().get_initial_for_field(field, field_name)

    def act_data(self):
        return {**self.place.arguments, **super().act_data()}


class MoveForm(DraftForm):
    """Merge, remove: nothing to fill in."""


class MarkForm(DraftForm):
    measure, start, end = (
        forms.IntegerField(widget=forms.HiddenInput, required=False) for _hidden in range(3)
    )

    def clean(self):
        if any(self.cleaned_data.get(name) is None for name in ("measure", "start", "end")):
            raise forms.ValidationError(_("Select a passage of the source text, and the measure it is for."))


class HeaderForm(DraftForm):
    title = forms.CharField(label=_("Title"), max_length=300)
    document_number = forms.CharField(label=_("Document number"), max_length=60, required=False)
    issuer = forms.CharField(label=_("Issued by"), max_length=200, required=False)
    issued_on = forms.DateField(
        label=_("Date of issue"),
        required=False,
        widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
    )
    reporting_months = MonthsField(label=_("Months in which units report"), required=False)
    reporting_day = forms.IntegerField(
        label=_("Day of the month by which they report"), min_value=1, max_value=31, required=False
    )

    def read(self):
        proposal, reporting = self.proposal, self.proposal.reporting
        names = ("title", "document_number", "issuer", "issued_on")
        return {name: getattr(proposal, name) for name in names} | {
            "reporting_months": reporting.months if reporting else "",
            "reporting_day": reporting.day if reporting else None,
        }


class ProblemForm(DraftForm):
    label = forms.CharField(label=_("Number"), max_length=20, required=False)
    text = forms.CharField(label=_("Problem"), widget=forms.Textarea(attrs={"rows": 4}))
    sources = LinesField(label=_("Who found it"), help_text=_("One per line."))

    def read(self):
        if self.place.operation != "set_problem":
            return {}
        problem = problem_of(self.proposal, self.place.number)
        return {name: getattr(problem, name) for name in ("label", "text", "sources")}


class MeasureForm(DraftForm):
    label = forms.CharField(label=_("Number"), max_length=40, required=False)
    text = forms.CharField(label=_("Measure"), widget=forms.Textarea(attrs={"rows": 5}))
    goal = forms.CharField(label=_("Goal"), required=False, widget=forms.Textarea(attrs={"rows": 2}))
    lead = LinesField(label=_("Lead unit"), help_text=_("One per line."))
    responsible = LinesField(label=_("Responsible units"), help_text=_("One per line."))
    deadline_text = forms.CharField(label=_("Deadline as printed"), max_length=500, required=False)
    dates = DaysField(
        label=_("Dates"),
        required=False,
        help_text=_("2026-06-30、2026-12-31. Left as they are, they follow a changed deadline."),
    )
    long_term = forms.BooleanField(label=_("Long-term"), required=False)

    @property
    def is_new(self):
        return self.place.operation == "add_measure"

    def read(self):
        if self.is_new:
            return {}
        found = measure_of(self.proposal, self.place.number)
        return {
            name: getattr(found, name) for name in ("label", "text", "goal", "deadline_text", "long_term")
        } | {
            "lead": [unit.printed for unit in found.lead_units],
            "responsible": [unit.printed for unit in found.responsible_units],
            "dates": [item.due_on for item in found.checkpoints],
        }

    def act_data(self):
        data, before = super().act_data(), self.before
        same = list(data["dates"]) == list(before.get("dates", ()))
        if same and data["deadline_text"] != (before.get("deadline_text") or ""):
            data["dates"] = None
        return data


class SplitForm(DraftForm):
    text = forms.CharField(
        label=_("Measure"),
        widget=forms.Textarea(attrs={"rows": 10}),
        help_text=_(
            "Each part stands in a paragraph of its own: an empty line divides. Change nothing else."
        ),
    )

    def read(self):
        text = measure_of(self.proposal, self.place.number).text
        bounds = [0, *sub_items(text), len(text)]
        return {"text": "\n\n".join(text[a:b].strip() for a, b in pairwise(bounds))}

    def clean_text(self):
        """The positions at which the empty lines divide the text as it was read."""
        written = self.cleaned_data["text"]
        if self.cleaned_data.get("row_version") not in (None, self.version):
            return []  # the door says who changed it; what is compared here is no longer what was seen
        whole = measure_of(self.proposal, self.place.number).text
        parts = [part for part in re.split(r"\s*\n\s*\n\s*", written.replace("\r\n", "\n").strip()) if part]
        letters = [at for at, character in enumerate(whole) if not character.isspace()]
        counts = [sum(not character.isspace() for character in part) for part in parts]
        if "".join("".join(parts).split()) != "".join(whole.split()):
            raise forms.ValidationError(
                _("Only divide the text here; its words are changed by “Edit”, before or afterwards.")
            )
        return [letters[sum(counts[:number])] for number in range(1, len(counts))]

    def act_data(self):
        data = super().act_data()
        data["positions"] = data.pop("text")
        return data
