"""Lists as pages and as spreadsheets: ``?export=xlsx`` is exactly what the page shows, of all its pages."""

from dataclasses import dataclass
from datetime import date, datetime

from django.core.paginator import Paginator
from django.http import HttpResponse
from django.utils.formats import date_format
from django.utils.http import content_disposition_header
from django.utils.translation import gettext_lazy as _
from django.views.generic import TemplateView

from cases.errors import NotReady
from cases.media import XLSX
from permissions import clock
from reports.documents.xlsx import table_xlsx

PAGE = 50
NONE = "—"
MOST_ROWS = 20_000  # a few seconds of one web process
TOO_MANY = _("More than %(count)s rows are too many for one sheet. Ask for one plan or one unit.")


@dataclass(frozen=True)
class Column:
    heading: str
    width: int = 16  # characters in the spreadsheet
    css: str = ""


def number(heading):
    return Column(heading, 10, "number")


@dataclass(frozen=True)
class Cell:
    """What stands in one column of a row. ``acts``: (words, address) of buttons, which a spreadsheet has not."""

    value: object = None  # text, number, date or moment
    url: str = ""
    note: str = ""  # a small line below
    tone: str | None = None  # of a chip
    is_late: bool = False
    acts: tuple = ()

    @property
    def shown(self):
        return shown(self.value)

    @property
    def is_none(self):
        """Nothing to say: a phone leaves it out."""
        return self.shown == NONE and not self.note and not self.acts

    @property
    def exported(self):
        return f"{self.shown} {self.note}" if self.note else self.shown


def shown(value):
    """A value as every list shows it; numbers stay numbers."""
    if isinstance(value, datetime):
        return clock.local(value).strftime("%Y-%m-%d %H:%M")
    if isinstance(value, date):
        return date_format(value, "SHORT_DATE_FORMAT")
    if isinstance(value, int):
        return value
    return NONE if value is None or str(value) == "" else str(value)


def spreadsheet(title, columns, rows) -> HttpResponse:
    """A list to be downloaded. ``columns``: (heading, width); ``rows``: lists of texts and numbers, or a generator.

    Errors: NotReady above MOST_ROWS.
    """
    rows = list(rows)
    if len(rows) > MOST_ROWS:
        raise NotReady(TOO_MANY, count=MOST_ROWS)
    day = clock.today()
    headings = [(str(heading), width) for heading, width in columns]
    response = HttpResponse(table_xlsx(f"{title} {day:%Y-%m-%d}", headings, rows), content_type=XLSX)
    response["Content-Disposition"] = content_disposition_header(True, f"{title}{day:%Y%m%d}.xlsx")
    response["X-Content-Type-Options"] = "nosniff"
    return response


class Exported:
    """A page with a list on it: subclasses give its ``heading``, ``columns`` and, as lists of ``Cell``, its rows."""

    heading = ""
    columns: tuple[Column, ...] = ()

    @property
    def exports(self):
        return self.request.GET.get("export") == "xlsx"

    def exported_columns(self, context):
        return self.columns

    def exported_rows(self, context):
        """Every row that the page shows, on whatever page of it; ``context`` is that of the page."""
        raise NotImplementedError

    def render_to_response(self, context, **kwargs):
        if not self.exports:
            return super().render_to_response(context, **kwargs)
        columns = [(column.heading, column.width) for column in self.exported_columns(context)]
        rows = ([cell.exported for cell in row] for row in self.exported_rows(context))
        return spreadsheet(self.heading, columns, rows)

    def paged(self, rows, size=PAGE):
        """{page_obj, pages} for ``_pagination.html``; for a spreadsheet all rows are one page."""
        paginator = Paginator(rows, MOST_ROWS + 1 if self.exports else size)
        page = paginator.get_page(self.request.GET.get("page"))
        pages = list(paginator.get_elided_page_range(page.number, on_each_side=2, on_ends=1))
        return {"page_obj": page, "pages": pages}


class ListPage(Exported, TemplateView):
    """A list by ``list.html``: its rows, the filters above them and both ways out."""

    def found(self):
        """The rows asked for, in their order. Lazy."""
        raise NotImplementedError

    def row(self, item) -> list[Cell]:
        raise NotImplementedError

    def get_context_data(self, **kwargs):
        paged = self.paged(self.found())
        rows = [self.row(item) for item in paged["page_obj"].object_list]
        table = [list(zip(self.columns, row, strict=True)) for row in rows]
        return super().get_context_data(
            **{"heading": self.heading, "columns": self.columns, "rows": table, **paged, **kwargs}
        )

    def exported_rows(self, context):
        return [[cell for _column, cell in row] for row in context["rows"]]
