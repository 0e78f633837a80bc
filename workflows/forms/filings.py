"""Opening a month, reminding its units, and filling in a filing."""

import re
from collections import defaultdict

from django import forms
from django.utils.formats import date_format
from django.utils.translation import gettext_lazy as _

from reports.filing_rows import PARTS, missing, put_in
from reports.presenters import PART_LABELS
from workflows.forms.acting import ActForm

NAMES = (*PARTS, "unchanged", "reason")  # of the fields of a measure
FIELD = re.compile(rf"({'|'.join(NAMES)})_([0-9]+)")
LONGEST = 20_000  # characters of one text


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


class FilingForm(ActForm):
    """Three texts for each measure, or that nothing changed and why. ``rows`` as ``prefilled_rows`` gives them."""

    def __init__(self, *args, rows, **kwargs):
        super().__init__(*args, **kwargs)
        self.rows, self.offers = rows, defaultdict(list)
        for row in rows:
            pk, texts = row["measure"], texts_of(row)
            for part in PARTS:
                self.fields[f"{part}_{pk}"] = forms.CharField(
                    label=PART_LABELS[part],
                    required=False,
                    max_length=LONGEST,
                    initial=texts[part],
                    widget=forms.Textarea(attrs={"rows": 4}),
                )
            self.fields[f"unchanged_{pk}"] = forms.BooleanField(
                label=_("No change this month"), required=False, initial=texts["unchanged"]
            )
            self.fields[f"reason_{pk}"] = forms.CharField(
                label=_("Why nothing changed"), required=False, max_length=500, initial=texts["reason"]
            )
            for name in NAMES:  # fifteen measures have the same labels: a list of errors says which
                field = self.fields[f"{name}_{pk}"]
                field.full_label = f"{row['number']} {field.label}"

    def items(self):
        """[{row, fields: [{field, offers}], unchanged, reason}] for the page."""
        return [
            {
                "row": row,
                "fields": [self._shown(f"{part}_{row['measure']}") for part in PARTS],
                **{name: self._shown(f"{name}_{row['measure']}") for name in ("unchanged", "reason")},
            }
            for row in self.rows
        ]

    def _shown(self, name):
        return {"field": self[name], "offers": self.offers[name]}

    def _here(self, name):
        """What the field shows. A bound field would remember its first initial value."""
        field = self.fields[name]
        return _plain(self[name].value() if self.is_bound else self.get_initial_for_field(field, name))

    def differs(self, typed):
        """Something was typed that the fields do not say. ``typed``: {name of the field: value}."""
        return any(name in self.fields and value != self._here(name) for name, value in typed.items())

    def shown_rows(self):
        """The rows with what stands in the fields now."""
        rows = [dict(row) for row in self.rows]
        for row in rows:
            put_in(row, {name: self._here(f"{name}_{row['measure']}") or "" for name in NAMES})
        return rows

    def mark_missing(self):
        """At each field that a filing cannot be sent without, say so."""
        for row in self.shown_rows():
            if name := missing(row):
                field = f"{name}_{row['measure']}"
                self.add_error(field, self.fields[field].error_messages["required"])

    def restore(self, typed):
        """Show what was typed and not saved."""
        self.initial |= {name: value for name, value in typed.items() if name in self.fields}

    def offer(self, texts, label, *, adds=False):
        """Put texts beside the fields that say otherwise, each with the button that takes it over. Says if any.

        ``texts``: {name of the field: text}; ``adds``: it is put below what stands there, not in its place.
        """
        found = False
        for name, text in texts.items():
            here = self._here(name) if name in self.fields else None
            if here is None or not isinstance(text, str) or _plain(text) in ("", here):
                continue
            if not adds or _plain(text) not in here:
                self.offers[name].append({"label": label, "text": _plain(text), "adds": adds})
                found = True
        return found

    def act_data(self):
        """Only what the page really sent: a measure that came in since then keeps its pre-filled text."""
        return {
            "rows": [
                {
                    "measure": row["measure"],
                    **{name: self.cleaned_data[f"{name}_{row['measure']}"] for name in NAMES},
                }
                for row in self.rows
                if f"progress_{row['measure']}" in self.data
            ]
        }


def texts_of(row):
    """What the form shows of a saved row: the parts, whether nothing changed, and why."""
    unchanged = "unchanged" in row
    texts = {part: row.get(part, "") for part in PARTS}
    if unchanged:
        texts["progress"] = row.get("aside", "")
    return {**texts, "unchanged": unchanged, "reason": row.get("unchanged", "")}


def typed_rows(data):
    """[{measure, progress, difficulties, next_steps, unchanged, reason}] as a page sent it, unchecked."""
    rows: dict[str, dict] = defaultdict(dict)
    for name, value in data.items():
        if found := FIELD.fullmatch(name):
            rows[found[2]][found[1]] = _plain(value.replace("\0", ""))  # NUL fits no database
    return [
        {"measure": int(pk), **row, "unchanged": "unchanged" in row}
        for pk, row in rows.items()
        if "progress" in row and len(pk) < 19
    ]


def fields_of(rows):
    """{name of the field: value} of rows as the form names its fields."""
    return {f"{name}_{row['measure']}": row[name] for row in rows for name in NAMES if name in row}


def _plain(value):
    """As it is compared: browsers send line ends in two ways."""
    return value.replace("\r\n", "\n").strip() if isinstance(value, str) else value
