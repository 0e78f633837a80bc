"""Forms of the roads beside the straight one: disputes, units, parts, grade, versions, public notice, relapse."""

from django import forms
from django.utils.translation import gettext_lazy as _

from cases.digits import whole
from cases.models import DutyRole
from workflows.forms.inputs import coming_day
from workflows.forms.measures import FilesField, MeasureActForm, text
from workflows.forms.problems import DATES, NO_LEAD, MeasureForm, typed, unit_choices, unit_picks
from workflows.sections import follow_up, roads

REASON = _("Reason")
MOST_PARTS = 12


def reason(help_text=""):
    return text(REASON, rows=3, help_text=help_text)


def grade():
    return forms.TypedChoiceField(
        label=_("Grade"),
        coerce=lambda value: value == "1",
        choices=[
            ("1", _("Important: the leader closes it out")),
            ("0", _("Ordinary: the office's head closes it out")),
        ],
        widget=forms.RadioSelect,
    )


def sent_choices(form, *names):
    """What was sent may be chosen: whether it is still there is for the door to say, inside its lock."""
    for name in names:
        values = form.data.getlist(form.add_prefix(name)) if form.is_bound else []
        form.fields[name].choices = [(value, value) for value in values]


class OneOfForm(MeasureActForm):
    """Choose one row of the measure; ``name`` is the field, ``rows(dossier)`` gives the choices."""

    name = None

    def rows(self, dossier):
        raise NotImplementedError

    def show(self, dossier):
        super().show(dossier)
        rows = self.rows(dossier)
        self.fields[self.name].widget.choices = rows
        if len(rows) == 1:
            self.fields[self.name].initial = rows[0][0]


class RaiseDisputeForm(MeasureActForm):
    reason = reason(_("Why this is not your unit's business: the division of duties, the place, the law."))
    proposed_unit = forms.CharField(
        label=_("Who should do it"), required=False, max_length=100, help_text=_("If you know.")
    )


class SettleDisputeForm(OneOfForm):
    name, preset = "dispute", ("dispute",)
    dispute = forms.IntegerField(label=_("Dispute"), widget=forms.RadioSelect)
    settlement = text(_("Decision"), rows=3, help_text=_("Why it stays with the unit; the unit reads this."))

    def rows(self, dossier):
        return [(row.pk, f"{row.unit}：{row.reason}") for row in dossier.disputes if not row.outcome]


class ReassignForm(MeasureActForm):
    leads = unit_picks(_("Lead units"))
    responsible = unit_picks(_("Responsible units"), NO_LEAD)
    reason = reason(_("The units that leave and that come read this in the trail."))

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        sent_choices(self, "leads", "responsible")

    def show(self, dossier):
        super().show(dossier)
        units, both = unit_choices([dossier.measure.office_id])
        chosen = {role: [f"unit:{d.unit_id}" for d in dossier.duties if d.role == role] for role in DutyRole}
        for name, role in (("leads", DutyRole.LEAD), ("responsible", DutyRole.RESPONSIBLE)):
            self.fields[name].initial = chosen[role]
        self.fields["leads"].choices = _chosen_first(units, chosen[DutyRole.LEAD])
        first = _chosen_first(units, chosen[DutyRole.RESPONSIBLE])
        self.fields["responsible"].choices = first if both is units else [(both[1][0], first), both[0]]


def _chosen_first(choices, chosen):
    return sorted(choices, key=lambda choice: choice[0] not in chosen)


class NameCoordinatorForm(OneOfForm):
    name = "unit"
    unit = forms.IntegerField(label=_("Lead unit"), widget=forms.RadioSelect)

    def rows(self, dossier):
        return [(d.unit_id, d.unit.name) for d in dossier.duties if d.role == "LEAD" and not d.coordinates]


class SplitForm(MeasureActForm):
    """``parts`` are forms of their own; their number travels in ``count``."""

    reason = reason(_("Why one measure cannot hold it; it stays readable with the original."))
    count = forms.IntegerField(widget=forms.HiddenInput, min_value=2, max_value=MOST_PARTS, initial=2)

    def __init__(self, *args, parts=(), **kwargs):
        super().__init__(*args, **kwargs)
        self._set_parts(parts or [{}] * self._count())

    def _count(self):
        return min(max(whole(str(self.data.get("count", ""))) or 2, 2), MOST_PARTS)

    def _set_parts(self, parts):
        data = self.data if self.is_bound else None
        options = {"choices": ([], []), "empty_permitted": True, "use_required_attribute": False}
        self.parts = [
            MeasureForm(data, prefix=f"m{number}", initial=initial, **options)
            for number, initial in enumerate(parts)
        ]
        for part in self.parts:
            sent_choices(part, "leads", "responsible")

    def show(self, dossier):
        super().show(dossier)
        choices = unit_choices([dossier.measure.office_id])
        for part in self.parts:
            part.fields["leads"].choices, part.fields["responsible"].choices = choices
        if not self.is_bound and not any(part.initial for part in self.parts):
            days = [step.due_on for step in dossier.checkpoints if step.met_on is None]
            for part in self.parts:
                part.initial = {
                    **dict(zip(DATES, days, strict=False)),
                    "long_term": dossier.measure.long_term,
                }

    def with_one_more(self):
        """The same page, unchecked, with an empty part added."""
        parts = [typed(part) for part in self.parts] + [{}]
        initial = {name: self.data.get(name, "") for name in ("reason", "row_version")}
        return SplitForm(initial={**initial, "count": len(parts[:MOST_PARTS])}, parts=parts[:MOST_PARTS])

    def filled(self):
        return [part for part in self.parts if part.has_changed()]

    def clean(self):
        data = super().clean()
        if len(self.filled()) < 2:
            raise forms.ValidationError(_("Fill in at least two parts."))
        if [part for part in self.filled() if not part.is_valid()]:  # a list, so that each shows its errors
            raise forms.ValidationError(_("Not saved yet. Please correct what is marked below."))
        return data

    def act_data(self):
        return {"reason": self.cleaned_data["reason"], "parts": [part.entry() for part in self.filled()]}


class MergeForm(MeasureActForm):
    into = forms.IntegerField(
        label=_("Into which measure"),
        widget=forms.Select,
        help_text=_(
            "Its units and dates stay as they are; re-assign it if the units of this one shall help."
        ),
    )
    reason = reason()

    def show(self, dossier):
        super().show(dossier)
        self.fields["into"].widget.choices = [("", "—"), *roads.merge_choices(dossier)]


class TransferForm(MeasureActForm):
    office = forms.IntegerField(
        label=_("Office that takes it over"),
        widget=forms.Select,
        help_text=_(
            "It finds the measure among its problems that wait to be issued, and gives it to its units."
        ),
    )
    reason = reason()

    def show(self, dossier):
        super().show(dossier)
        self.fields["office"].widget.choices = [("", "—"), *dossier.other_offices]


class WithdrawForm(MeasureActForm):
    reason = reason(_("On whose decision; the document, if there is one."))


class SetGradeForm(MeasureActForm):
    important = grade()
    whole_problem = forms.BooleanField(
        label=_("Also all other measures of this problem that are not closed out"), required=False
    )
    reason = reason()

    def show(self, dossier):
        super().show(dossier)
        self.fields["important"].initial = "0" if dossier.measure.important else "1"


class OwnFileForm(OneOfForm):
    name, preset = "evidence", ("evidence",)
    evidence = forms.IntegerField(label=_("File"), widget=forms.RadioSelect)

    def rows(self, dossier):
        return [(row.pk, row.name) for row in roads.own_files(dossier)]


class WithdrawEvidenceForm(OwnFileForm):
    reason = text(REASON, rows=2, max_length=200, help_text=_("The file stays readable with it."))


class ReplaceEvidenceForm(OwnFileForm):
    files = FilesField(label=_("New version"), help_text=_("One file; the old one stays readable."))
    note = text(_("Note"), required=False, rows=2, max_length=200, help_text=_("What has changed."))


class PublishResultForm(MeasureActForm):
    where = forms.CharField(
        label=_("Where it is published"), max_length=200, help_text=_("Notice board, web page, address.")
    )


class RecordObjectionForm(MeasureActForm):
    text = text(
        _("Objection"), rows=4, help_text=_("What was said, when and in which way; no private names.")
    )


class SettleObjectionForm(MeasureActForm):
    settlement = text(_("What came of it"), rows=4)


class RelapseForm(MeasureActForm):
    found_by = forms.ChoiceField(label=_("Found by"), choices=roads.SOURCES.items(), widget=forms.RadioSelect)
    reason = text(
        _("What has relapsed"), rows=4, help_text=_("The next round opens with it; the units read this.")
    )
    due_on = coming_day(
        _("New deadline"), help_text=_("For the new round; the dates met before stay as they are.")
    )

    @classmethod
    def known(cls, dossier):
        found = follow_up.relapse_found(dossier)
        return dict(zip(("found_by", "reason"), found, strict=True)) if found else {}


ROAD_FORMS = {
    "raise_dispute": RaiseDisputeForm,
    "settle_dispute": SettleDisputeForm,
    "reassign": ReassignForm,
    "name_coordinator": NameCoordinatorForm,
    "split": SplitForm,
    "merge": MergeForm,
    "transfer": TransferForm,
    "withdraw": WithdrawForm,
    "set_grade": SetGradeForm,
    "withdraw_evidence": WithdrawEvidenceForm,
    "replace_evidence": ReplaceEvidenceForm,
    "publish_result": PublishResultForm,
    "record_objection": RecordObjectionForm,
    "settle_objection": SettleObjectionForm,
    "relapse": RelapseForm,
}
