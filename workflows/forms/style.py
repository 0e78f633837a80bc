"""How an office's papers look: each part with what it is on the paper; an empty field means the default."""

from django import forms
from django.utils.translation import gettext_lazy as _

from cases.errors import NotReady
from permissions import clock
from reports.documents import ledger
from workflows.acts import style as act
from workflows.forms.acting import ActForm

# Name → (what it is called, what it is on the paper), in the order of the paper.
PARTS = {
    "head": (_("Mark of the issuing office"), _("The red words at the head of a report.")),
    "bulletin_head": (_("Mark on bulletins"), _("The red words at the head of a bulletin.")),
    "number_rule": (
        _("Rule of the document number"),
        _(
            "{year} and {number} stand for the year and the running number; the counter goes on after a change."
        ),
    ),
    "signatory_label": (
        _("Word before the signatory"),
        _("On papers to a higher office, beside the number."),
    ),
    "addressees": (_("Addressees"), _("To whom the report goes, without the colon.")),
    "sign_off": (_("Signature of the office"), _("The name at the end of the text, above the date.")),
    "copies_to": (_("Copies to"), _("Named in the imprint on the last page.")),
    "printed_by": (_("Printing office"), _("In the last line of the imprint, beside the date.")),
}
SEAL = {
    True: _("With room for a seal: the name is centred on the date"),
    False: _("Without a seal: the name stands two characters from the right"),
}


class StyleForm(ActForm):
    """``seen`` is the version of the style that was looked at; ``style`` is what holds, ``default`` what would."""

    seen = forms.IntegerField(widget=forms.HiddenInput, required=False)

    def __init__(self, *args, office, style, default, **kwargs):
        super().__init__(*args, **kwargs)
        self.office, self.shown = office, style.ledger_columns
        for name, (label, explained) in PARTS.items():
            self.fields[name] = forms.CharField(
                label=label,
                help_text=_help(explained, getattr(default, name)),
                max_length=act.longest(name),
                required=False,
            )
        self.fields["sealed"] = forms.TypedChoiceField(
            label=_("Seal"),
            choices=[("1", SEAL[True]), ("", SEAL[False])],
            coerce=bool,
            empty_value=False,
            required=False,
            widget=forms.RadioSelect,
        )
        for name, column in ledger.COLUMNS.items():
            self.fields[f"column_{name}"] = forms.IntegerField(
                label=column.heading, min_value=1, max_value=len(ledger.COLUMNS), required=False
            )

    def parts(self):
        return [self[name] for name in (*PARTS, "sealed")]

    def columns(self):
        """The places of the columns, those of the ledger first."""
        names = (*self.shown, *(name for name in ledger.COLUMNS if name not in self.shown))
        return [self[f"column_{name}"] for name in names]

    def clean(self):
        data = super().clean()
        if not self.errors:
            data["ledger_columns"] = self._ordered(data)
            try:
                act.check(self.office, self._values(data), clock.today())
            except NotReady as refused:
                self.add_error(None, str(refused))
        return data

    def _ordered(self, data):
        """Names in the order of their places. A column that moves up goes before the one that has its place."""

        def place(name):
            old, new = self.shown.index(name) + 1 if name in self.shown else len(data), data[f"column_{name}"]
            return new, (new > old) - (new < old)

        chosen = [name for name in ledger.COLUMNS if data.get(f"column_{name}")]
        names = sorted(chosen, key=place)
        return [] if tuple(names) == ledger.DEFAULT else names

    def _values(self, data):
        return {name: data[name] for name in act.FIELDS}

    def act_data(self):
        return {"values": self._values(self.cleaned_data), "seen": self.cleaned_data["seen"]}


def _help(explained, default):
    return _("%(explained)s Left empty: %(default)s.") % {
        "explained": explained,
        "default": default or _("nothing is printed"),
    }


def initial_of(row, style):
    """What the form shows for a stored style (or none yet)."""
    places = {f"column_{name}": place for place, name in enumerate(style.ledger_columns, 1)}
    values = {name: getattr(row, name) for name in PARTS} if row else {}
    return {**values, **places, "sealed": "1" if style.sealed else "", "seen": row.row_version if row else 0}
