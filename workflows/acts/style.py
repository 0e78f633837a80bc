"""The act on how an office's papers look."""

from django.utils.translation import gettext_lazy as _

from cases.errors import NotReady
from permissions.models import Office
from reports import style
from reports.documents import engine, pdf, specimen
from reports.models import PaperStyle
from workflows.acts.imports import own_offices, permit_office
from workflows.acts.papers import CLOSE_OUT_WORD
from workflows.acts.rules import decide
from workflows.door import Act, register
from workflows.instruments import SERIES_WORDS

FIELDS = (*style.TEXTS, "sealed", "number_rule", "ledger_columns")


def longest(name) -> int:
    return PaperStyle._meta.get_field(name).max_length


def set_paper_style(knock):
    """Decide how papers look from now on: ``values`` {name: value, empty for the default}; names left out stay.

    ``seen``: the version of the style that was looked at, 0 where there was none. What was made before stays as it is.
    """
    office, values = knock.subject, knock.data["values"]
    row = PaperStyle.objects.filter(office=office).first() or PaperStyle(office=office, row_version=0)
    check(office, values, knock.today)
    decide(knock, row, {name: values[name] for name in FIELDS if name in values})


def check(office, values, day):
    """Refuse what could not be printed, or would be taken for another series of numbers."""
    style.check(values)
    for name in {*style.TEXTS, "number_rule"} & values.keys():
        if len(values[name]) > longest(name):
            raise NotReady(_("“%(words)s” is too long."), words=values[name])
    word = values.get("number_rule", "").partition("〔")[0]
    series = (*SERIES_WORDS.values(), CLOSE_OUT_WORD)
    if taken := next((one for one in series if word.endswith(one)), None):
        raise NotReady(_("Numbers with “%(word)s” before the year are a series of their own."), word=taken)
    row = PaperStyle(**{name: values[name] for name in FIELDS if name in values})
    made = specimen.specimen(None, style.of_row(row, office), office, day=day)
    if missing := pdf.unprintable(*made):
        raise NotReady(engine.GlyphMissing(missing).reader_message)


register(Act("set_paper_style", Office, own_offices, permit_office("set_rules"), set_paper_style))
