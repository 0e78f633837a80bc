"""Choosing a document, and deciding what its printed names stand for."""

import hashlib

from django import forms
from django.forms.utils import flatatt
from django.utils.html import format_html, format_html_join
from django.utils.safestring import mark_safe
from django.utils.translation import gettext, ngettext
from django.utils.translation import gettext_lazy as _

from cases.intake.units import TO_CHOOSE, new_unit
from permissions.models import UnitKind
from workflows.forms.acting import ActForm

NEW_KINDS = [
    (kind.value, kind.label)
    for kind in (UnitKind.DEPARTMENT, UnitKind.TOWN, UnitKind.VILLAGE, UnitKind.OTHER)
]


def field_key(printed):
    """Fields go by the name itself: by position, a form sent late would decide about another name."""
    return hashlib.sha256(printed.encode()).hexdigest()[:12]


class PlainSelect(forms.Select):
    """A select written in one go: Django renders a template per option, and this page has some thousand."""

    def render(self, name, value, attrs=None, renderer=None):
        groups = ((label, self._options(rows, value)) for label, rows in self.choices)
        inside = format_html_join("", '<optgroup label="{}">{}</optgroup>', groups)
        return format_html('<select name="{}"{}>{}</select>', name, flatatt(attrs or {}), inside)

    def _options(self, rows, value):
        return format_html_join(
            "",
            '<option value="{}"{}>{}</option>',
            ((key, mark_safe(" selected") if str(key) == str(value) else "", label) for key, label in rows),
        )


class UploadForm(ActForm):
    office = forms.ModelChoiceField(label=_("For which office"), queryset=None, empty_label=None)
    file = forms.FileField(
        label=_("Plan document"),
        help_text=_(
            "Word, PDF with text, Excel or CSV ledger, saved web page, or plain text. It is only read; nothing "
            "becomes a plan before you confirm."
        ),
        required=False,
        allow_empty_file=True,  # the reader says what is wrong with an empty one
        max_length=None,
    )
    pasted = forms.CharField(
        label=_("Or paste the text"),
        required=False,
        strip=False,
        widget=forms.Textarea(attrs={"rows": 4}),
    )

    def __init__(self, *args, offices, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["office"].queryset = offices
        rows = list(offices)
        if len(rows) == 1:
            self.fields["office"].widget = forms.HiddenInput()
            self.initial["office"] = rows[0].pk

    def clean(self):
        cleaned = super().clean()
        given = [name for name in ("file", "pasted") if cleaned.get(name)]
        if not given and "file" not in self.errors:
            self.add_error("file", _("Choose a document, or paste its text."))
        if len(given) == 2:
            self.add_error("pasted", _("There is a document and a text. Leave one of them out."))
        return cleaned

    def document(self):
        """(name, size, bytes to be read when asked for) of what was given."""
        if upload := self.cleaned_data.get("file"):
            return upload.name, upload.size, upload.read
        content = self.cleaned_data["pasted"].encode()
        return f"{gettext('Pasted text')}.txt", len(content), lambda: content


class ConfirmForm(ActForm):
    """One choice per printed name. ``names``: [{printed, match}], ``directory`` a ``units.Directory``."""

    issued_on = forms.DateField(
        label=_("Date of issue"),
        required=False,
        widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
    )
    looks_first = True  # nothing is taken over from guesses at which nobody has looked

    def __init__(self, *args, matches, directory, nameless=(), **kwargs):
        super().__init__(*args, **kwargs)
        self.matches, self.directory, self.nameless = matches, directory, nameless
        units = [(f"unit:{unit.pk}", unit.name) for unit in directory.units.values()]
        groups = [(f"group:{pk}", name) for name, pk in directory.groups.items()]
        for printed, match in matches.items():
            self._add_name(field_key(printed), printed, match, units, groups)
        guessed = sum(not match.certain for match in matches.values())
        if guessed and self.looks_first:
            words = ngettext(
                "I have looked at the name that needed a decision; import it as chosen.",
                "I have looked at the %(count)s names that needed a decision; import them as chosen.",
                guessed,
            )
            missing = _("Look first at the names that need your decision, then tick this.")
            self.fields["looked_at"] = forms.BooleanField(
                label=words % {"count": guessed}, error_messages={"required": missing}
            )
        for order, label in nameless:
            self.fields[f"assigned_{order}"] = forms.TypedChoiceField(
                label=label,
                choices=[
                    ("", _("Choose a unit")),
                    *((pk, unit.name) for pk, unit in directory.units.items()),
                ],
                coerce=int,
                empty_value=None,
                required=False,
            )

    def _add_name(self, key, printed, match, units, groups):
        new = [("new", _("New unit “%(name)s”") % {"name": _new_of(printed, match)["new"]})]
        collective = [("collective", _("New collective “%(name)s”") % {"name": printed})]
        choices = [(_("New"), new + collective), (_("Units of the directory"), units)]
        initial = _value_of(match.choice)
        if match.reason in TO_CHOOSE:  # likely enough to be shown first, not to be taken unseen
            nearest = [("", _("Choose")), *(row for row in units if row[0] == initial)]
            choices, initial = [(_("Nearest"), nearest), *choices], ""
        if groups:
            choices.append((_("Collectives of the directory"), groups))
        self.fields[f"unit_{key}"] = forms.ChoiceField(
            label=printed, choices=choices, initial=initial, widget=PlainSelect
        )
        if "new" in match.choice:
            self.fields[f"kind_{key}"] = forms.ChoiceField(
                label=_("Kind of “%(name)s”") % {"name": printed},
                choices=NEW_KINDS,
                initial=match.choice["kind"],
                required=False,  # without it the kind is as proposed
            )
        if "new_group" in match.choice:
            self.fields[f"members_{key}"] = forms.TypedMultipleChoiceField(
                label=_("Members of “%(name)s”") % {"name": printed},
                choices=[(pk, unit.name) for pk, unit in self._towns_first()],
                initial=match.choice["members"],
                coerce=int,
                required=False,
                widget=forms.CheckboxSelectMultiple(attrs={"class": "picks"}),
            )

    def _towns_first(self):
        return sorted(self.directory.units.items(), key=lambda item: item[1].kind != UnitKind.TOWN)

    def rows(self):
        """[{printed, match, unit, kind, members}] for the page; the last two are None where they do not apply."""
        return [
            {
                "printed": printed,
                "match": match,
                **{
                    part: self[name] if (name := f"{part}_{field_key(printed)}") in self.fields else None
                    for part in ("unit", "kind", "members")
                },
            }
            for printed, match in self.matches.items()
        ]

    def assigned_fields(self):
        return [self[f"assigned_{order}"] for order, _label in self.nameless]

    def act_data(self):
        return {
            "units": self.chosen_units(),
            "issued_on": self.cleaned_data["issued_on"],
            "assigned": self.chosen_for_nameless(),
        }

    def chosen_units(self):
        return {
            printed: self._choice(field_key(printed), printed, match)
            for printed, match in self.matches.items()
        }

    def chosen_for_nameless(self):
        return {
            order: self.cleaned_data[f"assigned_{order}"]
            for order, _label in self.nameless
            if self.cleaned_data[f"assigned_{order}"]
        }

    def decided(self):
        """{printed name: choice} of every name for which something usable was sent; for a form half filled in."""
        self.is_valid()
        return {
            printed: self._choice(field_key(printed), printed, match)
            for printed, match in self.matches.items()
            if all(f"{part}_{field_key(printed)}" not in self.errors for part in ("unit", "kind", "members"))
        }

    def _choice(self, key, printed, match):
        value = self.cleaned_data[f"unit_{key}"]
        kind, _colon, pk = value.partition(":")
        if pk:
            return {kind: int(pk)}
        if value == "new":
            proposed = _new_of(printed, match)
            return proposed | {"kind": self.cleaned_data.get(f"kind_{key}") or proposed["kind"]}
        return {"new_group": printed, "members": self._members(key)}

    def _members(self, key):
        """What was marked; a name that was not proposed as a collective takes all towns."""
        name = f"members_{key}"
        if name in self.fields:
            return self.cleaned_data[name]
        return [pk for pk, unit in self.directory.units.items() if unit.kind == UnitKind.TOWN]


def _new_of(printed, match):
    """The new unit that the name would become: as proposed, or as far as its form tells."""
    for choice in (match.choice, match.otherwise or {}):
        if "new" in choice:
            return choice
    return new_unit(printed)


def _value_of(choice):
    if "unit" in choice:
        return f"unit:{choice['unit']}"
    if "group" in choice:
        return f"group:{choice['group']}"
    return "new" if "new" in choice else "collective"
