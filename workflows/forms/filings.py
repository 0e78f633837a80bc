"""Opening a month, filling in a filing, and the reason for sending one back."""

from django import forms
from django.utils.formats import date_format
from django.utils.translation import gettext_lazy as _

from reports.filings import PARTS
from workflows.forms.acting import ActForm

LABELS = {
    "progress": _("Progress of rectification"),
    "difficulties": _("Problems found on the way"),
    "next_steps": _("Next steps"),
}


class OpenPeriodForm(ActForm):
    month = forms.TypedChoiceField(label=_("Month"))

    def __init__(self, *args, months, **kwargs):
        super().__init__(*args, **kwargs)
        field, known = self.fields["month"], {month.isoformat(): month for month in months}
        field.choices = [(iso, date_format(m, "YEAR_MONTH_FORMAT")) for iso, m in known.items()]
        field.coerce = known.get


class RemindUnitsForm(ActForm):
    """``units``: all for whose filing the office waits; none chosen means all of them."""

    units = forms.TypedMultipleChoiceField(
        label=_("Units that have not filed"),
        coerce=int,
        empty_value=None,
        required=False,
        widget=forms.CheckboxSelectMultiple,
    )

    def __init__(self, *args, units, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["units"].choices = [(unit.pk, unit.name) for unit in units]


class ReasonForm(ActForm):
    reason = forms.CharField(
        label=_("Reason"),
        max_length=2000,
        widget=forms.Textarea(attrs={"rows": 4}),
        help_text=_("Say what is missing or wrong, and what is needed. The reason is kept in the record."),
    )


class FilingForm(ActForm):
    """Three texts for each measure. ``rows`` as ``reports.filings.prefilled_rows`` gives them."""

    def __init__(self, *args, rows, **kwargs):
        super().__init__(*args, **kwargs)
        self.rows = rows
        for row in rows:
            for part in PARTS:
                self.fields[f"{part}_{row['measure']}"] = forms.CharField(
                    label=LABELS[part],
                    required=False,
                    max_length=5000,
                    initial=row[part],
                    widget=forms.Textarea(attrs={"rows": 4}),
                )

    def items(self):
        """[{row, fields}] for the page."""
        return [
            {"row": row, "fields": [self[f"{part}_{row['measure']}"] for part in PARTS]} for row in self.rows
        ]

    def act_data(self):
        """Only what the page really sent: a measure that came in since then keeps its pre-filled text."""
        return {
            "rows": [
                {
                    "measure": row["measure"],
                    **{part: self.cleaned_data[f"{part}_{row['measure']}"] for part in PARTS},
                }
                for row in self.rows
                if f"progress_{row['measure']}" in self.data
            ]
        }
