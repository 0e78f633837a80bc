"""The texts of a monthly report: plain text, one block per problem and chapter."""

import re

from django import forms
from django.utils.translation import gettext_lazy as _

from reports.presenters import PART_LABELS
from reports.proof import digest
from reports.texts import SECTIONS, keep_one, name_of, twins
from workflows.forms.acting import ActForm

LONGEST = 20000
TWINS = re.compile(r"([a-z_]+_[0-9]+):([0-9]{1,6}):([0-9]{1,6})")  # a block and two of its paragraphs


class TextsForm(ActForm):
    """``pairs``: {section: [(block, what the filings say now)]} of the blocks on the page, see ``texts.beside``.

    Beside each text goes what it was when the page was read, so that a clash with somebody else's change is told from
    a text that only they changed.
    """

    opening = forms.CharField(
        label=_("Opening"),
        required=False,
        max_length=5000,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text=_("The sentence of figures is added by the system and cannot be changed."),
    )

    def __init__(self, *args, opening, pairs, **kwargs):
        super().__init__(*args, **kwargs)
        self.pairs = pairs
        self.saved = {"opening": opening}
        for section, blocks in pairs.items():
            for block, _now in blocks:
                name = name_of(section, block)
                self.saved[name] = block["text"]
                self.fields[name] = forms.CharField(
                    label=f"{block['problem']}{block['heading']}",
                    required=False,
                    max_length=LONGEST,
                    widget=forms.Textarea(attrs={"rows": min(12, 2 + len(block["text"]) // 50)}),
                )
        for name, text in self.saved.items():
            self.fields[name].initial = text
            self.fields[_was(name)] = forms.CharField(
                widget=forms.HiddenInput, required=False, initial=digest(text)[:16]
            )

    def clean(self):
        """A browser sends other line ends than were stored."""
        cleaned = super().clean()
        return cleaned | {name: cleaned[name].replace("\r\n", "\n") for name in self.saved if name in cleaned}

    def act_data(self):
        """Texts by problem, and only those that the page really sent: the blocks may have changed since."""
        do, _colon, what = self.data.get("do", "").partition(":")
        return {
            "texts": self._typed(what if do == "keep_one" else ""),
            **{name: [what] for name in ("take", "seen") if do == name},
        }

    def _typed(self, shortened):
        """``shortened``: "progress_12:0:3", the block of which two paragraphs become one."""
        cleaned = {name: text for name, text in self.cleaned_data.items() if name in self.data}
        if found := TWINS.fullmatch(shortened):
            name, pair = found[1], (int(found[2]), int(found[3]))
            if pair in [(one, other) for one, other, _percent in twins(cleaned.get(name, ""))]:
                cleaned[name] = keep_one(cleaned[name], *pair)
        return {
            "opening": cleaned.get("opening", self.saved["opening"]),
            **{
                section: {
                    block["problem_id"]: cleaned[name_of(section, block)]
                    for block, _now in self.pairs[section]
                    if name_of(section, block) in cleaned
                }
                for section in SECTIONS
            },
        }

    def settle(self):
        """After somebody else saved: what only they changed is taken over. {name: their text} of the clashes."""
        clashes, self.data = {}, self.data.copy()
        for name, theirs in self.saved.items():
            was, mine = self.data.get(_was(name)), self.data.get(name, "").replace("\r\n", "\n")
            if was in (None, digest(theirs)[:16]) or mine == theirs:
                continue
            if digest(mine)[:16] == was:
                self.data[name] = theirs
            else:
                clashes[name] = theirs
            self.data[_was(name)] = digest(theirs)[:16]
        return clashes


def _was(name):
    return f"was_{name}"


def chapters(form, notes) -> list[dict]:
    """[{key, label, rows: [{field, was, notes}]}] for the page. ``notes``: {name of a block: what stands beside it}."""
    return [
        {
            "key": section,
            "label": PART_LABELS[section],
            "rows": [
                {
                    "name": name_of(section, block),
                    "field": form[name_of(section, block)],
                    "was": form[_was(name_of(section, block))],
                    "notes": notes[name_of(section, block)],
                }
                for block, _now in form.pairs[section]
            ],
        }
        for section in SECTIONS
    ]
