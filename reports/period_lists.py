"""Months and the filings of a month as spreadsheets of what their pages show."""

from django.utils.formats import date_format
from django.utils.translation import gettext_lazy as _

from reports.filings import NOT_DUE
from reports.lists import Cell, Column, Exported, number
from reports.models import Punctuality

# As the chips of ``_filing_status.html`` say it.
STATUS = {
    Punctuality.ON_TIME.value: _("On time"),
    Punctuality.LATE.value: _("Late"),
    Punctuality.MISSING.value: _("Not filed"),
    NOT_DUE: _("Not due yet"),
}


def _status(cell, otherwise=None):
    return STATUS[cell["status"]] if cell["status"] else otherwise or cell["label"]


class MonthsExport(Exported):
    """Units × months of every plan, each plan's own months; a month that another plan has stays empty."""

    heading = _("Filing periods")

    def exported_columns(self, context):
        return [
            Column(_("Plan"), 36),
            Column(_("Unit"), 24),
            *(Column(_name(day), 12) for day in _months(context)),
        ]

    def exported_rows(self, context):
        days = _months(context)
        for entry in context["maps"]:
            for row in entry["rows"]:
                cells = dict(zip((period.month for period in entry["months"]), row["cells"], strict=True))
                found = [cells.get(day) for day in days]
                yield [
                    Cell(entry["plan"].title),
                    Cell(row["unit"].name),
                    *(Cell(_status(cell) if cell else None) for cell in found),
                ]


def _months(context):
    """The latest first."""
    return sorted({period.month for entry in context["maps"] for period in entry["months"]}, reverse=True)


def _name(month):
    return date_format(month, "YEAR_MONTH_FORMAT")


class FilingsExport(Exported):
    """The filings of one month."""

    columns = (
        Column(_("Unit"), 28),
        Column(_("Punctuality"), 14),
        Column(_("State"), 22),
        Column(_("Filed at"), 18),
        Column(_("Approved by"), 14),
        number(_("Revision")),
    )

    @property
    def heading(self):
        return _("Filings of %(month)s") % {"month": self.object}

    def exported_rows(self, context):
        for row in context["rows"]:
            yield [
                Cell(row["unit"]),
                Cell(_status(row, _("not due yet"))),
                Cell(row["state"]),
                Cell(row["filed_at"]),
                Cell(row["by"]),
                Cell(row["revision"]),
            ]
