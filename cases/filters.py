"""What a reader may ask of the ledger: each question is a GET parameter, so every list has an address.

A value that is not among the choices is left out, never an error: old links keep working.
"""

from dataclasses import dataclass, field
from datetime import date
from urllib.parse import urlencode

from django import forms
from django.db.models import Case, Exists, F, IntegerField, OuterRef, Q, Subquery, Value, When
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from cases import questions
from cases.digits import whole
from cases.ledger import visible_measures, visible_plans
from cases.models import Duty, DutyRole, Problem
from cases.presenters import LIGHT_NAMES
from cases.queues import DESK_QUEUES
from cases.states import MeasureState, SourceLevel
from permissions.access import access_of
from permissions.models import Unit, UnitKind

ANY = ("", _("All"))
STATE_ORDER = [
    MeasureState.ISSUED, MeasureState.DISPUTED, MeasureState.RECTIFYING, MeasureState.SUBMITTED,
    MeasureState.VERIFIED, MeasureState.CLOSED, MeasureState.WITHDRAWN, MeasureState.DRAFT,
]  # fmt: skip
DUE_WINDOWS = [
    ("overdue", _("Overdue")),
    ("7", _("Within 7 days")),
    ("30", _("Within 30 days")),
    ("90", _("Within 90 days")),
    ("undated", _("No open date")),
]
MOST_PROBLEMS = 200  # in the list of choices
SORTS = ("number", "-number", "lead", "-lead", "due", "-due", "state", "-state")


def search_field(placeholder="", max_length=60):
    """The words to look for; “/” on any page jumps to it."""
    return forms.CharField(
        label=_("Search"),
        required=False,
        max_length=max_length,
        widget=forms.TextInput(attrs={"type": "search", "data-search": "", "placeholder": placeholder}),
    )


class LedgerFilter(forms.Form):
    """The questions. Choices are limited to what the person may see, so a filter cannot feel for foreign rows."""

    q = search_field(_("Problem or measure"))
    plan = forms.TypedChoiceField(label=_("Plan"), required=False, coerce=int, empty_value=None)
    problem = forms.TypedChoiceField(label=_("Problem"), required=False, coerce=int, empty_value=None)
    unit = forms.TypedChoiceField(label=_("Unit"), required=False, coerce=int, empty_value=None)
    state = forms.ChoiceField(
        label=_("State"), required=False, choices=[ANY, *((s.value, s.label) for s in STATE_ORDER)]
    )
    light = forms.ChoiceField(
        label=_("Light"),
        required=False,
        choices=[ANY, *((key.value, name) for key, name in LIGHT_NAMES.items())],
    )
    source = forms.ChoiceField(
        label=_("Found by"),
        required=False,
        choices=[ANY, *SourceLevel.choices, (questions.NO_LEVEL, _("Level not given"))],
    )
    due = forms.ChoiceField(label=_("Due"), required=False, choices=[ANY, *DUE_WINDOWS])
    only = forms.ChoiceField(
        label=pgettext_lazy("ledger", "Only"),
        required=False,
        choices=[ANY, *((name, words) for name, (words, _condition) in questions.ONLY.items())],
    )
    # Asked by the board's links.
    lead = forms.TypedChoiceField(
        label=_("Lead unit"), required=False, coerce=int, empty_value=None, widget=forms.HiddenInput
    )
    day = forms.DateField(label=_("Checkpoint on"), required=False, widget=forms.HiddenInput)
    # Asked by the desk's links.
    desk = forms.ChoiceField(label=_("On my desk"), required=False, widget=forms.HiddenInput)
    long_term = forms.BooleanField(label=_("Long-term only"), required=False)
    sort = forms.ChoiceField(
        required=False, choices=[(name, name) for name in SORTS], widget=forms.HiddenInput
    )

    def __init__(self, data, *, user):
        super().__init__(data)
        self.plans, has_levels = _plans(user)
        self.fields["desk"].choices = [
            ANY,
            *((name, queue.title(user)) for name, queue in DESK_QUEUES.items()),
        ]
        if not has_levels:
            self.fields["source"].widget = forms.HiddenInput()
        self.fields["plan"].choices = [ANY, *self.plans.items()]
        self.fields["unit"].choices = self.fields["lead"].choices = [ANY, *_units(user)]
        chosen = data.get("plan") or (str(next(iter(self.plans))) if len(self.plans) == 1 else "")
        problems, are_all = _problems(self.plans, chosen, data.get("problem", ""))
        self.fields["problem"].choices = [ANY, *problems]
        if not are_all:  # a list that nobody can read through; the words of a problem find it sooner
            self.fields["problem"].widget = forms.HiddenInput()
        if len(self.plans) < 2:
            self.fields["plan"].widget = forms.HiddenInput()
        self.full_clean()

    def chosen(self):
        """{name: value} of the questions that were asked and understood."""
        return {name: value for name, value in self.cleaned_data.items() if value not in ("", None, False)}


def _plans(user):
    """({pk: title} of the visible plans, latest first, whether any problem says which level reported it). One query."""
    levels = Exists(Problem.objects.filter(plan=OuterRef("pk")).exclude(source_level=""))
    rows = visible_plans(user).filter(Exists(Problem.objects.filter(plan=OuterRef("pk"))))
    rows = list(rows.annotate(levels=levels).order_by("-pk").values_list("pk", "title", "levels"))
    return {pk: title for pk, title, _levels in rows}, any(levels for _pk, _title, levels in rows)


def _problems(plans, chosen, asked):
    """([(pk, name)] of one plan, whether that is all of them): "(一)" of three plans side by side would mislead.

    With more than MOST_PROBLEMS only the one that is asked for. No query where no plan is chosen, else one.
    """
    asked, chosen = whole(asked), whole(chosen)
    wanted = Q(pk=asked)
    if chosen in plans:
        wanted |= Q(plan=chosen)
    elif asked is None:
        return [], True
    rows = Problem.objects.filter(wanted, plan__in=list(plans)).order_by("-plan_id", "number")
    rows = list(rows.values_list("pk", "label", "text")[: MOST_PROBLEMS + 1])
    are_all = len(rows) <= MOST_PROBLEMS
    if not are_all:
        rows = Problem.objects.filter(pk=asked, plan__in=list(plans))
        rows = [(row.pk, row.label, row.text) for row in rows]
    return [(pk, str(Problem(label=label, text=text))) for pk, label, text in rows], are_all


def _units(user):
    """[(pk, name)] of units with a duty that the person may see. One query."""
    access = access_of(user)
    if access.own_office_ids:
        has_duty = Exists(Duty.objects.filter(unit=OuterRef("pk")))
        units = Unit.objects.filter(has_duty, office__in=access.offices()).exclude(kind=UnitKind.OFFICE)
    else:
        units = Unit.objects.filter(
            pk__in=Duty.objects.filter(measure__in=visible_measures(user)).values("unit")
        )
    return list(units.order_by("order", "pk").values_list("pk", "name"))


# From questions to rows ---------------------------------------------------------------------------------


def asked(measures, chosen: dict, *, today: date):
    """The rows that answer the questions. Lazy."""
    return measures.filter(questions.condition(chosen, today=today))


def ordered(measures, sort):
    """Every order ends with the key, so pages never overlap."""
    name, backwards = sort.lstrip("-"), sort.startswith("-")
    if name == "due":
        due = F("next_due_on")
        return measures.order_by(due.desc(nulls_last=True) if backwards else due.asc(nulls_last=True), "pk")
    if name == "state":
        place = [When(state=state, then=Value(i)) for i, state in enumerate(STATE_ORDER)]
        measures = measures.annotate(place=Case(*place, output_field=IntegerField()))
        return measures.order_by("-place" if backwards else "place", "-plan_id", "order")
    if name == "lead":
        lead = Duty.objects.filter(measure=OuterRef("pk"), role=DutyRole.LEAD).order_by("order")
        lead = Subquery(lead.values("unit__order")[:1])
        place = lead.desc(nulls_last=True) if backwards else lead.asc(nulls_last=True)
        return measures.order_by(place, "-plan_id", "order")
    return measures.order_by("-plan_id", "-order" if backwards else "order")


# What the page shows of the questions -------------------------------------------------------------------


@dataclass(frozen=True)
class Heading:
    """A column that may be sorted by: where its link leads and how it is sorted now."""

    url: str
    aria: str  # "ascending", "descending" or ""
    icon: str = field(default="up-down")


def headings(query, sort):
    """{name: Heading}; ``query`` is the request's QueryDict."""
    found = {}
    for name in ("number", "lead", "due", "state"):
        now = {name: "ascending", f"-{name}": "descending"}.get(sort or "number", "")
        url = _with(query, sort=f"-{name}" if now == "ascending" else name)
        found[name] = Heading(url, now, now or "up-down")
    return found


def active_filters(form, query):
    """[{label, value, remove_url}] for the chips."""
    chips = []
    for name, value in form.chosen().items():
        if name == "sort":
            continue
        one_field = form.fields[name]
        names = {str(key): text for key, text in getattr(one_field, "choices", ())}
        text = _("yes") if value is True else names.get(str(value), value)
        chips.append({"label": one_field.label, "value": text, "remove_url": _with(query, **{name: None})})
    return chips


def asked_only(query):
    """The query without its unanswered questions, as a fresh QueryDict."""
    query = query.copy()
    for name in [name for name, value in query.items() if not value]:
        del query[name]
    return query


def view_of(query) -> str:
    """The questions and the order as a saved view keeps them: sorted, so that the same view has one name."""
    asked = {name: value for name, value in query.items() if value and name in LedgerFilter.base_fields}
    return urlencode(sorted(asked.items()))


def _with(query, **changes):
    query = asked_only(query)
    query.pop("page", None)
    for name, value in changes.items():
        query.pop(name, None)
        if value is not None:
            query[name] = value
    return f"?{query.urlencode()}"
