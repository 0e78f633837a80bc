"""An office's parameters: what each changes stands beside it; an empty field means the installation's default."""

import re

from django import forms
from django.conf import settings
from django.utils.translation import gettext_lazy as _

from cases.digits import whole
from cases.models import InstrumentKind
from cases.rules import CHOICES, DEFAULTS, LADDER_ROLES, MOST_YELLOW
from permissions.models import Role
from workflows.forms.acting import ActForm
from workflows.models import ChannelKind

# Name → (what it is called, what it changes, least, most).
NUMBERS = {
    "claim_workdays": (
        _("Time to claim, working days"),
        _("From the day on which a measure is issued or re-assigned until its unit must have claimed it."),
        1,
        30,
    ),
    "verify_workdays": (
        _("Time to verify, working days"),
        _("From the last unit head's signature until the office must have verified the measure."),
        1,
        60,
    ),
    "yellow_workdays": (
        _("Yellow light, working days before the date"),
        _("So near to its date a measure that is not closed has a yellow light, wherever it is shown."),
        1,
        MOST_YELLOW,
    ),
    "follow_up_months": (
        _("Follow-up every … months"),
        _("How often a long-term measure is looked at again after close-out, where nothing else is chosen."),
        1,
        12,
    ),
    "public_notice_days": (
        _("Public notice, calendar days"),
        _("How long a result is shown to the public before close-out. 0: close-out needs no public notice."),
        0,
        90,
    ),
    "extension_cap_days": (
        _("Extension in all, calendar days"),
        _("No extension goes further than this beyond the original date. 0: no cap."),
        0,
        1000,
    ),
    "extension_limit": (
        _("Extensions of one measure"),
        _("How many may be granted. 0: as many as are granted."),
        0,
        20,
    ),
}
# The same of what is chosen from a few: name → (what it is called, what it changes).
CHOSEN = {
    "late_extension": (
        _("Requests for extension after the date"),
        _("What happens to a request that comes when the date has passed already."),
    ),
    "due_day": (
        _("A filing day on which nobody works"),
        _("What becomes of a filing day on a weekend or public holiday; months that are open keep theirs."),
    ),
    "responsible_files_to": (
        _("Units that lead nothing file to"),
        _(
            "With the lead units, their filing is final once their own head approves it; the lead takes it over."
        ),
    ),
    "ranked_by": (
        _("Rate that decides places"),
        _("By it report and bulletin rank the units; what has left the clerk stays as it is."),
    ),
}
REMINDERS = (
    _("Reminders before the filing day, working days"),
    _("Handlers of units that have not filed are reminded on these days; 0 is the filing day itself."),
)
MOST_REMINDERS, LONGEST_REMINDER = 6, 20
YES_NO = {True: _("Yes"), False: _("No")}


def default_of(name):
    """The installation's default in the reader's words."""
    return shown(name, getattr(settings, DEFAULTS[name]))


def shown(name, value):
    """A parameter's value, as the settings and ``of_row`` give it, in the reader's words."""
    if name in CHOICES:
        return CHOICES[name](value).label
    if name == "filing_reminders":
        return "、".join(str(days) for days in value) or _("none")
    if name == "quiet":
        return _("none") if value["from"] == value["to"] else f"{value['from']}–{value['to']}"
    return YES_NO[value] if isinstance(value, bool) else value


class RulesForm(ActForm):
    """``seen`` is the version of the rules that was looked at."""

    seen = forms.IntegerField(widget=forms.HiddenInput, required=False)

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        for name, (label, explained, least, most) in NUMBERS.items():
            self.fields[name] = forms.IntegerField(
                label=label,
                help_text=self._help(name, explained),
                min_value=least,
                max_value=most,
                required=False,
            )
        for name, (label, explained) in CHOSEN.items():
            self.fields[name] = forms.ChoiceField(
                label=label,
                help_text=explained,
                choices=[("", self._as_default(name)), *CHOICES[name].choices],
                required=False,
            )
        self.fields["filing_reminders"] = forms.CharField(
            label=REMINDERS[0],
            help_text=_("%(help)s For example 5、2、0; a dash for no reminder.")
            % {"help": self._help("filing_reminders", REMINDERS[1])},
            max_length=60,
            required=False,
        )
        self.fields["evidence_required"] = forms.TypedChoiceField(
            label=_("Evidence is required"),
            help_text=_("Without any piece of evidence a unit cannot ask for verification."),
            choices=[("", self._as_default("evidence_required")), ("1", _("Yes")), ("0", _("No"))],
            coerce=lambda value: value == "1",
            empty_value=None,
            required=False,
        )
        clock = forms.TimeInput(attrs={"type": "time"}, format="%H:%M")
        self.fields["quiet_from"] = forms.TimeField(
            label=_("Quiet hours from"),
            help_text=self._help("quiet", _("No mail and no chat message goes out in the quiet hours.")),
            widget=clock,
            required=False,
        )
        self.fields["quiet_to"] = forms.TimeField(
            label=_("Quiet hours until"),
            help_text=_("The same time in both fields: no quiet hours."),
            widget=clock,
            required=False,
        )

    def _help(self, name, explained):
        return _("%(explained)s Left empty: %(default)s.") % {
            "explained": explained,
            "default": default_of(name),
        }

    def _as_default(self, name):
        return _("as the installation: %(default)s") % {"default": default_of(name)}

    def clean_filing_reminders(self):
        """[days], [] for a dash, None for the installation's."""
        text = self.cleaned_data["filing_reminders"].strip()
        if not text:
            return None
        parts = [] if text in {"-", "—", "–"} else re.split(r"[\s,，、;；]+", text.strip("，、,"))
        days = {whole(part, LONGEST_REMINDER) for part in parts}
        if None in days:
            raise forms.ValidationError(
                _("Write working days from 0 to %(longest)s, for example 5、2、0.")
                % {"longest": LONGEST_REMINDER}
            )
        if len(days) > MOST_REMINDERS:
            raise forms.ValidationError(_("At most %(most)s reminders.") % {"most": MOST_REMINDERS})
        return sorted(days, reverse=True)

    def clean(self):
        data = super().clean()
        if bool(data.get("quiet_from")) != bool(data.get("quiet_to")):
            self.add_error("quiet_to", _("Quiet hours need both their beginning and their end."))
        return data

    def act_data(self):
        data = super().act_data()
        seen, start, until = data.pop("seen"), data.pop("quiet_from"), data.pop("quiet_to")
        data["quiet"] = {"from": f"{start:%H:%M}", "to": f"{until:%H:%M}"} if start and until else None
        return {"values": data, "seen": seen}


def initial_of(row):
    """What the form shows for stored rules (or none yet)."""
    if row is None:
        return {"seen": 0}
    evidence = {True: "1", False: "0", None: ""}[row.evidence_required]
    quiet = row.quiet or {}
    return {
        **{name: getattr(row, name) for name in NUMBERS},
        **{name: getattr(row, name) for name in CHOSEN},
        "filing_reminders": _written(row.filing_reminders),
        "evidence_required": evidence,
        "quiet_from": quiet.get("from"),
        "quiet_to": quiet.get("to"),
        "seen": row.row_version,
    }


def _written(reminders):
    """As one writes them into the field."""
    return "" if reminders is None else "、".join(str(days) for days in reminders) or "-"


EMPTY_STEPS = 3  # rows at the end in which further steps can be written


class StepForm(forms.Form):
    """One rung; a row without a day is none."""

    days = forms.IntegerField(label=_("Days from the date"), required=False)
    kind = forms.ChoiceField(label=_("What is sent"), choices=InstrumentKind.choices)
    to = forms.MultipleChoiceField(
        label=_("Who hears of it"),
        choices=[(role.value, role.label) for role in Role if role in LADDER_ROLES],
        widget=forms.CheckboxSelectMultiple,
        required=False,
    )

    def clean(self):
        data = super().clean()
        if data.get("days") is not None and not data.get("to"):
            self.add_error("to", _("Choose at least one who hears of it."))
        return data


StepFormSet = forms.formset_factory(StepForm, extra=EMPTY_STEPS, max_num=40, absolute_max=40)


class LadderForm(ActForm):
    """The ladder as a table. ``default`` goes back to the installation's."""

    seen = forms.IntegerField(widget=forms.HiddenInput, required=False)
    default = forms.BooleanField(
        label=_("Use the installation's ladder instead"),
        required=False,
    )

    def __init__(self, *args, steps=(), **kwargs):
        super().__init__(*args, **kwargs)
        initial = [{"days": s.days, "kind": s.kind, "to": list(s.to)} for s in steps]
        self.steps = StepFormSet(self.data if self.is_bound else None, prefix="steps", initial=initial)

    def is_valid(self):
        return super().is_valid() and self.steps.is_valid()

    def act_data(self):
        seen, default = self.cleaned_data["seen"], self.cleaned_data["default"]
        rows = [row for row in self.steps.cleaned_data if row and row.get("days") is not None]
        ladder = [{name: row[name] for name in ("days", "kind", "to")} for row in rows]
        return {"values": {"ladder": None if default else ladder}, "seen": seen}


class RequirementForm(ActForm):
    label = forms.CharField(
        label=_("What must be there"), max_length=60, help_text=_("For example: photos before and after.")
    )
    important_only = forms.BooleanField(label=_("Only for important measures"), required=False)


class EndRequirementForm(ActForm):
    requirement = forms.TypedChoiceField(
        label=_("Which line"), coerce=int, widget=forms.RadioSelect, choices=()
    )

    def __init__(self, *args, lines=(), **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["requirement"].choices = [(line.pk, line.label) for line in lines]


def robot_address():
    return forms.URLField(
        label=_("Address of the robot"),
        max_length=500,
        assume_scheme="https",
        help_text=_("Copied from the chat group. It is kept encrypted, and no page shows it again."),
        widget=forms.URLInput(attrs={"autocomplete": "off"}),
    )


def robot_secret():
    return forms.CharField(
        label=_("Secret of the signature"),
        max_length=200,
        required=False,
        help_text=_("DingTalk and Feishu give one when the robot is to check signatures."),
        widget=forms.PasswordInput(attrs={"autocomplete": "off"}, render_value=True),
    )


class ChannelForm(ActForm):
    kind = forms.ChoiceField(
        label=_("Kind of robot"),
        choices=[choice for choice in ChannelKind.choices if choice[0] != ChannelKind.EMAIL],
    )
    name = forms.CharField(
        label=_("Name of the group"),
        max_length=60,
        help_text=_("As the chat group is called, for this page only."),
    )
    url = robot_address()
    secret = robot_secret()
    unit = forms.TypedChoiceField(
        label=_("For which unit's matters"), coerce=int, empty_value=None, required=False, choices=()
    )

    def __init__(self, *args, units=(), **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["unit"].choices = [("", _("for all of them")), *((u.pk, u.name) for u in units)]


class RenewChannelForm(ActForm):
    channel = forms.TypedChoiceField(label=_("Which robot"), coerce=int, widget=forms.RadioSelect, choices=())
    url = robot_address()
    secret = robot_secret()

    def __init__(self, *args, channels=(), **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["channel"].choices = [(row.pk, row.name) for row in channels]


class SwitchChannelForm(ActForm):
    channel = forms.TypedChoiceField(label=_("Which robot"), coerce=int, widget=forms.RadioSelect, choices=())

    def __init__(self, *args, channels=(), **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["channel"].choices = [(row.pk, _state_of(row)) for row in channels]


def _state_of(channel):
    words = _("%(name)s: stop it") if channel.is_active else _("%(name)s: start it again")
    return words % {"name": channel.name}
