"""The rows behind one figure of a report, as it counted them."""

import json
from datetime import datetime
from urllib.parse import urlencode

from django.http import Http404
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.utils.translation import gettext_lazy as _
from django.views.generic import TemplateView

from cases.digits import whole
from reports import compose, drill
from reports.figure_presenters import FILING_KEYS, LEDGER, LEVELS
from reports.figures import named
from reports.lists import Cell, Column, Exported
from reports.period_lists import STATUS
from reports.scope import visible_reports

ROWS = 100  # on one page
MEASURE = (
    Column(_("Number"), 12),
    Column(_("Measure"), 50),
    Column(_("Lead unit"), 24),
    Column(_("State"), 14),
)
COLUMNS = {
    "filings": (Column(_("Unit"), 28), Column(_("Punctuality"), 14), Column(_("Filed at"), 18)),
    "measures": (*MEASURE, Column(_("Deadline"), 30)),
    "steps": (*MEASURE, Column(_("Original date"), 14), Column(_("Due on"), 14), Column(_("Met on"), 14)),
}


class DrilledRows(Exported):
    """The rows of a ``Drill`` as ``figure.html`` shows them: those that count, or with ``rest`` those that do not."""

    def rows_of(self, found) -> dict:
        query = self.request.GET
        rows = found.others if query.get("rest") else found.counted
        return {"kind": found.kind, "tabs": _tabs(query, found), **self.paged(rows, ROWS)}

    def exported_columns(self, context):
        return COLUMNS[context["kind"]]

    def exported_rows(self, context):
        self.heading = context["figure"]["label"]
        return (_cells(row, context["kind"]) for row in context["page_obj"].object_list)


class FigureView(DrilledRows, TemplateView):
    """``?of=``: which figure; ``unit``, ``problem``, ``level``: of which part; ``rest``: the rows that do not count."""

    template_name = "reports/figure.html"

    def get_context_data(self, **kwargs):
        report = get_object_or_404(
            visible_reports(self.request.user).select_related("office", "period__plan"), pk=self.kwargs["pk"]
        )
        query = self.request.GET
        snapshot, key = _data(report), query.get("of", "total")
        chosen = {name: query[name] for name in ("problem", "level") if name in query}
        unit_id = whole(query["unit"]) if "unit" in query else None
        if "unit" in query:
            chosen["unit"] = drill.unit_in(snapshot, unit_id)
        found = drill.drill(snapshot, key, chosen) if "by_problem" in snapshot or key in FILING_KEYS else None
        figure = next((row for row in named(snapshot["figures"]) if row["key"] == key), None)
        if found is None or figure is None:
            raise Http404
        return super().get_context_data(
            report=report,
            figure=figure,
            part=" · ".join(filter(None, (drill.name_in(snapshot, unit_id), *_named_part(query)))),
            as_of=snapshot["as_of"],
            ledger_url=_ledger_url(report, key) if not chosen else "",
            **self.rows_of(found),
            crumbs=[
                {"label": _("Monthly reports"), "url": reverse("reports:reports")},
                {"label": str(report.period), "url": report.get_absolute_url()},
                {"label": figure["label"]},
            ],
            **kwargs,
        )


def _cells(row, kind):
    if kind == "filings":
        filed_at = datetime.fromisoformat(row["filed_at"]) if row["filed_at"] else None
        return [Cell(row["unit"]), Cell(STATUS[row["status"]]), Cell(filed_at)]
    state = f"{row['state_label']} {_('Overdue')}" if row["overdue"] else row["state_label"]
    cells = [
        Cell(f"{row['problem_label']}{row['number']}"),
        Cell(row["measure"]),
        Cell("、".join(row["acting_units"])),
        Cell(state),
    ]
    if kind != "steps":
        return [*cells, Cell(row["deadline_text"])]
    step = row["checkpoint"]
    return [*cells, Cell(step["original_due_on"]), Cell(step["due_on"]), Cell(step["met_on"])]


def _data(report):
    """The frozen data; of a report that is still being composed those of now."""
    return json.loads(report.snapshot) if report.snapshot else compose.snapshot(report)


def _named_part(query):
    level = query.get("level")
    return query.get("problem"), level is not None and str(LEVELS.get(level, level))


def _ledger_url(report, key):
    """The same question asked of the ledger as it is now, where it has one."""
    if key not in LEDGER:
        return ""
    return f"{reverse('cases:ledger')}?{urlencode({'plan': report.period.plan_id, **LEDGER[key]})}"


def _tabs(query, found):
    addresses = {}
    for name in ("counted", "others"):
        asked = query.copy()
        asked.pop("page", None)
        asked.pop("rest", None)
        if name == "others":
            asked["rest"] = "1"
        addresses[name] = f"?{asked.urlencode()}"
    rest = bool(query.get("rest"))
    return [
        {"label": _("Counted"), "url": addresses["counted"], "active": not rest, "count": len(found.counted)},
        {"label": _("Not counted"), "url": addresses["others"], "active": rest, "count": len(found.others)},
    ]
