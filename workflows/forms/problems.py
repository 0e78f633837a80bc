"""One problem with any number of measures. The rules stand in ``workflows.acts.problems``."""

from django import forms
from django.utils.translation import gettext_lazy as _

from cases.digits import whole
from cases.states import SourceLevel
from permissions.models import Unit, UnitGroup, UnitKind
from workflows.forms.acting import ActForm
from workflows.forms.measures import text

MOST_MEASURES = 50
DATES = ("first_date", "second_date", "third_date")
NO_LEAD = _("Without a lead unit every responsible unit acts as one.")


def unit_choices(office_ids):
    """(units, units and collectives) as choices "unit:PK" and "group:PK". Two queries."""
    rows = Unit.objects.filter(office__in=office_ids).exclude(kind=UnitKind.OFFICE)
    units = [(f"unit:{pk}", name) for pk, name in rows.values_list("pk", "name")]
    groups = (
        UnitGroup.objects.filter(office__in=office_ids, members__isnull=False).distinct().order_by("name")
    )
    groups = [(f"group:{pk}", name) for pk, name in groups.values_list("pk", "name")]
    both = [(_("Collectives"), groups), (_("Units"), units)] if groups else units
    return units, both


def unit_picks(label, help_text=""):
    """Units to tick: a list of boxes, because nobody finds out that several are chosen with Ctrl held down."""
    return forms.MultipleChoiceField(
        label=label,
        required=False,
        help_text=help_text,
        widget=forms.CheckboxSelectMultiple(attrs={"class": "picks"}),
    )


def _date(label):
    return forms.DateField(
        label=label, required=False, widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")
    )


class MeasureForm(forms.Form):
    """One measure. Left wholly empty it does not count."""

    text = text(_("Measure"), rows=3)
    leads = unit_picks(_("Lead units"))
    responsible = unit_picks(_("Responsible units"), NO_LEAD)
    first_date = _date(_("Deadline"))
    second_date = _date(_("Further deadline"))
    third_date = _date(_("Further deadline"))
    long_term = forms.BooleanField(label=_("Keep up in the long term"), required=False)

    def __init__(self, *args, choices, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["leads"].choices, self.fields["responsible"].choices = choices

    def clean(self):
        data = super().clean()
        if not data.get("leads") and not data.get("responsible") and "leads" not in self.errors:
            self.add_error("leads", _("Choose at least one unit that answers for the measure."))
        if not self.dates() and not data.get("long_term") and not any(name in self.errors for name in DATES):
            self.add_error(
                "first_date", _("Give a deadline, or say that the measure is kept up in the long term.")
            )
        return data

    def dates(self):
        return [self.cleaned_data[name] for name in DATES if self.cleaned_data.get(name)]

    def entry(self):
        return {
            "text": self.cleaned_data["text"],
            "leads": self.cleaned_data["leads"],
            "responsible": self.cleaned_data["responsible"],
            "dates": self.dates(),
            "long_term": self.cleaned_data["long_term"],
        }

    def date_fields(self):
        return [self[name] for name in DATES]

    def unit_fields(self):
        return [self["leads"], self["responsible"]]


def typed(form):
    """What was typed into a form, unchecked, as initial values of a new one."""
    return {
        name: field.widget.value_from_datadict(form.data, form.files, form.add_prefix(name))
        for name, field in form.fields.items()
        if name != "key"
    }


class ProblemForm(ActForm):
    """``measures`` are forms of their own; their number travels in ``count``."""

    office = forms.ModelChoiceField(label=_("For which office"), queryset=None, empty_label=None)
    count = forms.IntegerField(widget=forms.HiddenInput, min_value=1, max_value=MOST_MEASURES, initial=1)
    source_level = forms.ChoiceField(label=_("Found by"), choices=SourceLevel.choices)
    source_document = forms.CharField(
        label=_("Document"),
        required=False,
        max_length=200,
        help_text=_("Title or number of the paper in which the problem was pointed out."),
    )
    reported_on = _date(_("Pointed out on"))
    text = text(
        _("Problem"),
        rows=4,
        help_text=_("One or two sentences. The units read this text, so leave out names of private persons."),
    )
    issue_now = forms.BooleanField(label=_("Issue the measures to their units at once"), required=False)

    def __init__(self, *args, offices, may_issue=False, measures=(), **kwargs):
        super().__init__(*args, **kwargs)
        rows = list(offices)
        self.fields["office"].queryset = offices
        if len(rows) == 1:
            self.fields["office"].widget = forms.HiddenInput()
            self.initial["office"] = rows[0].pk
        if not may_issue:
            del self.fields["issue_now"]
        choices = unit_choices([office.pk for office in rows])
        data = self.data if self.is_bound else None
        self.measures = [
            MeasureForm(
                data,
                choices=choices,
                prefix=f"m{number}",
                initial=initial,
                empty_permitted=True,
                use_required_attribute=False,
            )
            for number, initial in enumerate(measures or [{}] * self._count())
        ]

    def _count(self):
        """How many measures the page showed; without a number it is one."""
        return min(whole(str(self.data.get("count", ""))) or 1, MOST_MEASURES)

    def filled(self):
        """The measures into which something was typed."""
        return [form for form in self.measures if form.has_changed()]

    def clean(self):
        data = super().clean()
        if not self.filled():
            raise forms.ValidationError(_("A problem needs at least one measure."))
        if [form for form in self.filled() if not form.is_valid()]:  # a list, so that each shows its errors
            raise forms.ValidationError(_("Not saved yet. Please correct what is marked below."))
        return data

    def with_one_more(self):
        """(initial values, initial values of each measure): the same page with an empty measure added."""
        measures = [typed(form) for form in self.measures]
        if len(measures) < MOST_MEASURES:
            measures.append({})
        return {**typed(self), "count": len(measures)}, measures

    def act_data(self):
        data = super().act_data()
        del data["count"], data["office"]
        return {**data, "measures": [form.entry() for form in self.filled()]}

    def head_fields(self):
        return [self[name] for name in ("source_level", "source_document", "reported_on")]
