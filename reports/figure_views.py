"""The rows behind one figure of a report, as it counted them."""

import json
from urllib.parse import urlencode

from django.core.paginator import Paginator
from django.http import Http404
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.utils.translation import gettext_lazy as _
from django.views.generic import TemplateView

from reports import compose, drill
from reports.figure_presenters import FILING_KEYS, LEDGER, LEVELS
from reports.figures import named
from reports.scope import visible_reports

ROWS = 100  # on one page


class FigureView(TemplateView):
    """``?of=``: which figure; ``unit``, ``problem``, ``level``: of which part; ``rest``: the rows that do not count."""

    template_name = "reports/figure.html"

    def get_context_data(self, **kwargs):
        report = get_object_or_404(
            visible_reports(self.request.user).select_related("office", "period__plan"), pk=self.kwargs["pk"]
        )
        query = self.request.GET
        snapshot, key = _data(report), query.get("of", "total")
        chosen = {name: query[name] for name in ("unit", "problem", "level") if name in query}
        found = drill.drill(snapshot, key, chosen) if "by_problem" in snapshot or key in FILING_KEYS else None
        figure = next((row for row in named(snapshot["figures"]) if row["key"] == key), None)
        if found is None or figure is None:
            raise Http404
        return super().get_context_data(
            report=report,
            figure=figure,
            part=" · ".join(_named_part(chosen)),
            as_of=snapshot["as_of"],
            ledger_url=_ledger_url(report, key) if not chosen else "",
            **rows_of(query, found),
            crumbs=[
                {"label": _("Monthly reports"), "url": reverse("reports:reports")},
                {"label": f"{report.period.month:%Y-%m}", "url": report.get_absolute_url()},
                {"label": figure["label"]},
            ],
            **kwargs,
        )


def rows_of(query, found) -> dict:
    """What the template shows of a ``Drill``: one page of the rows that count, or of the rest."""
    rows = found.others if query.get("rest") else found.counted
    page = Paginator(rows, ROWS).get_page(query.get("page"))
    return {
        "kind": found.kind,
        "tabs": _tabs(query, found),
        "page_obj": page,
        "pages": page.paginator.get_elided_page_range(page.number),
    }


def _data(report):
    """The frozen data; of a report that is still being composed those of now."""
    return json.loads(report.snapshot) if report.snapshot else compose.snapshot(report)


def _named_part(chosen):
    return [str(LEVELS.get(value, value)) if name == "level" else value for name, value in chosen.items()]


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
