"""Spreadsheets of the lists whose pages belong to ``cases``: the ledger and the plans."""

from django.db.models import Q
from django.urls import path
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from django.views import View

from cases.errors import NotReady
from cases.views import Ledger, PlansView
from permissions.access import access_of
from permissions.models import Office
from reports.documents import ledger as paper
from reports.lists import MOST_ROWS, TOO_MANY, shown, spreadsheet
from reports.style import style_of

# Columns of the page by the names they have on paper: heading and attribute of a row. What a page has not, it does
# not export.
PAGE_COLUMNS = {
    "number": (_("No."), "number"),
    "problem": (_("Problem"), "problem"),
    "measure": (_("Measure"), "text"),
    "lead": (_("Lead unit"), "leads"),
    "responsible": (_("Responsible units"), "responsible"),
    "deadline": (_("Deadline"), "deadline"),
    "state": (_("State"), "state_label"),
    "light": (_("Light"), "light_label"),
}

PLAN_COLUMN = (_("Plan"), "plan", 40)  # before them where rows of several plans stand together


def columns_for(user):
    """Names of the columns in the order of the person's office; the official order for who works with several."""
    access = access_of(user)
    own = Q(pk__in=access.own_office_ids) | Q(units__in=access.duty_unit_ids)
    offices = list(Office.objects.filter(own).distinct().select_related("paper_style")[:2])
    names = style_of(offices[0]).ledger_columns if len(offices) == 1 else paper.DEFAULT
    return [name for name in names if name in PAGE_COLUMNS]


class LedgerXlsxView(View):
    """The ledger as a spreadsheet: exactly the rows of the page with the same address."""

    def get(self, request):
        ledger = Ledger(request.user, request.GET)
        if ledger.measures.count() > MOST_ROWS:
            raise NotReady(TOO_MANY, count=MOST_ROWS)
        columns = [
            (*PAGE_COLUMNS[name], paper.COLUMNS[name].characters) for name in columns_for(request.user)
        ]
        if ledger.is_of_several_plans:
            columns.insert(0, PLAN_COLUMN)
        rows = ledger.rows(ledger.measures, whole_text=True)
        return spreadsheet(
            gettext("Ledger of rectification"),
            [(heading, width) for heading, _attribute, width in columns],
            ([getattr(row, attribute) for _heading, attribute, _width in columns] for row in rows),
        )


class PlansXlsxView(PlansView):
    """The plans as a spreadsheet: the rows of their page, with the figures behind the bar."""

    columns = (
        (_("Plan"), 40),
        (_("Office"), 20),
        (_("Document number"), 20),
        (_("Issued on"), 14),
        (_("Measures"), 10),
        (_("Closed out"), 10),
        (_("Overdue"), 10),
        (_("State of rectification"), 40),
    )

    def render_to_response(self, context, **kwargs):
        return spreadsheet(gettext("Plans"), self.columns, (self.row(**row) for row in context["plans"]))

    def row(self, plan, figures, segments, is_draft):
        counts = (figures["measures"], figures["closed"], figures["overdue"])
        states = "、".join(f"{part['label']} {part['count']}" for part in segments if part["count"])
        issued = gettext("not yet issued") if is_draft else shown(plan.issued_on)
        return [plan.title, str(plan.office), shown(plan.document_number), issued, *counts, states]


urlpatterns = [
    path("ledger.xlsx", LedgerXlsxView.as_view(), name="ledger_xlsx"),
    path("plans.xlsx", PlansXlsxView.as_view(), name="plans_xlsx"),
]
