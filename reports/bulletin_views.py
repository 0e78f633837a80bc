"""The page of a bulletin, and the rows behind its figures."""

import json
from urllib.parse import urlencode

from django.http import Http404
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.utils.translation import gettext_lazy as _
from django.views.generic import TemplateView

from cases.digits import whole
from cases.ledger import visible_measures
from cases.models import Measure
from cases.states import MeasureState
from permissions.access import access_of
from permissions.models import Unit
from reports import bulletin as composing
from reports.documents import bulletin as printed
from reports.documents.statistics import figure_value
from reports.drill import drill_bulletin
from reports.figure_views import DrilledRows
from reports.figures import named
from reports.models import MentionKind, ReportState
from reports.paper_views import PaperView, is_of_office
from reports.presenters import is_early
from reports.scope import visible_bulletins, visible_mentions

# What decides the places, as the head of a column.
RATES = {
    "on_schedule": _("On schedule"),
    "completed": _("Completed"),
    "on_time": _("Met on time"),
    "closed_out": _("Closed out"),
}
GOOD_TONE = {MentionKind.GOOD: "success", MentionKind.YELLOW: "warning", MentionKind.LATE: "warning"}


class BulletinView(PaperView):
    """One bulletin: its text and lists, beside what every signed paper shows; the answers of the units it names."""

    kind, template_name = "bulletin", "reports/bulletin.html"
    files = (("pdf", _("Bulletin, PDF")), ("docx", _("Bulletin for editing, Word")))

    def get_context_data(self, **kwargs):
        bulletin, user = self.object, self.request.user
        access = access_of(user)
        of_office = is_of_office(access, bulletin)
        shown = _data(bulletin)
        ahead = printed.units_not_due(shown)
        key = printed.ranked_by(shown)["key"]
        mentions = [_mention(row, access) for row in _mentions(user, bulletin)]
        asked = [row for row in mentions if row["asks"]]
        return super().get_context_data(
            shown=shown,
            **printed.chapters_of(shown),
            figures=_figures(bulletin, shown, of_office),
            rankings=[_ranking(bulletin, row, key, of_office, ahead) for row in shown["rankings"]],
            lists=_lists(user, shown),
            mentions=mentions,
            own=[row for row in mentions if row["acts"]],
            asked=len(asked),
            answered=sum(row["answered"] for row in asked),
            is_early=is_early(shown),
            **kwargs,
        )


def _data(bulletin):
    """The frozen data; of a bulletin that is still being composed those of now."""
    return json.loads(bulletin.snapshot) if bulletin.snapshot else composing.snapshot(bulletin)


def _url(bulletin, key, **part):
    return f"{reverse('reports:bulletin_figure', args=[bulletin.pk])}?{urlencode({'of': key, **part})}"


def _figures(bulletin, shown, of_office):
    """A unit reads the figures; their rows are measures of others."""
    rows = named(shown["figures"])
    return [{**row, "url": _url(bulletin, row["key"]) if of_office else ""} for row in rows]


def _ranking(bulletin, ranking, key, of_office, ahead):
    """``key``: of the figure that decides the places. ``ahead``: ids of the units that may still file in time."""

    def rate(row, name):
        url = _url(bulletin, name, unit=row["unit_id"]) if of_office and row[name]["whole"] else ""
        return {"value": figure_value(row[name]) if row[name]["whole"] else "", "url": url}

    return {
        **ranking,
        "heading": RATES[key],
        "rows": [
            {
                **row,
                "deciding": rate(row, key),
                "filed": rate(row, "filed_on_time"),
                "is_ahead": row["unit_id"] in ahead,
            }
            for row in ranking["rows"]
        ],
    }


def _lists(user, shown):
    """Red and yellow list with links to the measures that the person sees. One query."""
    ids = [row["id"] for name in ("red", "yellow") for row in shown[name]]
    seen = set(visible_measures(user).filter(pk__in=ids).values_list("pk", flat=True))
    return [
        {
            "light": light,
            "label": label,
            "days": days,
            "rows": [{**row, "seen": row["id"] in seen} for row in shown[name]],
        }
        for name, light, label, days in (
            ("red", "RED", _("Red list"), _("Days overdue")),
            ("yellow", "YELLOW", _("Yellow list"), _("Days left")),
        )
    ]


# Who is named -------------------------------------------------------------------------------------------


def _mentions(user, bulletin):
    rows = visible_mentions(user).filter(bulletin=bulletin)
    return rows.select_related("bulletin", "unit", "received_by", "answered_by").defer("bulletin__snapshot")


def _mention(mention, access):
    return {
        "unit": mention.unit.name,
        "reasons": [
            {"label": MentionKind(one).label, "tone": GOOD_TONE.get(one, "danger")} for one in mention.reasons
        ],
        "row": mention,
        "answered": mention.answered_at is not None,
        "asks": mention.asks_for_answer,
        "acts": _acts(mention) if access.has("answer_bulletin", mention.unit_id) else [],
    }


def _acts(mention):
    """What a person of the unit may still do; an answer may be given anew until the bulletin is replaced."""
    if mention.bulletin.state != ReportState.ISSUED:
        return []
    answer = _("Change the answer") if mention.answered_at else _("Answer")
    acts = [
        ("answer_mention", answer, "primary" if mention.asks_for_answer and not mention.answered_at else "")
    ]
    if mention.received_at is None:
        acts.insert(0, ("receive_mention", _("Sign for it"), "" if mention.asks_for_answer else "primary"))
    return [
        {"url": reverse(f"workflows:{act}", args=[mention.pk]), "label": label, "kind": kind}
        for act, label, kind in acts
    ]


# Figures ------------------------------------------------------------------------------------------------


class BulletinFigureView(DrilledRows, TemplateView):
    """``?of=``: which figure; ``unit``: of that unit alone; ``rest``: the rows that do not count. For the office."""

    template_name = "reports/figure.html"

    def get_context_data(self, **kwargs):
        user, query = self.request.user, self.request.GET
        found = visible_bulletins(user).select_related("office", "period__plan")
        bulletin = get_object_or_404(found.defer("period__plan__text"), pk=self.kwargs["pk"])
        if not is_of_office(access_of(user), bulletin):
            raise Http404
        snapshot, key, unit = _data(bulletin), query.get("of", "total"), whole(query.get("unit", ""))
        rows = drill_bulletin(snapshot, key, unit)
        figure = next((row for row in named(snapshot["figures"]) if row["key"] == key), None)
        if rows is None or figure is None:
            raise Http404
        context = self.rows_of(rows)
        if rows.kind != "filings":
            _complete(context["page_obj"])
        return super().get_context_data(
            figure=figure,
            part=str(Unit.objects.filter(pk=unit).first() or "") if unit else "",
            as_of=snapshot["as_of"],
            **context,
            crumbs=[
                {"label": _("Bulletins"), "url": reverse("reports:bulletins")},
                {"label": str(bulletin.period), "url": bulletin.get_absolute_url()},
                {"label": figure["label"]},
            ],
            **kwargs,
        )


def _complete(page):
    """The words of the measures on the page, which a bulletin does not carry. One query."""
    measures = Measure.objects.in_bulk([row["id"] for row in page.object_list])
    page.object_list = [
        {
            **row,
            "measure": measures[row["id"]].text,
            "deadline_text": measures[row["id"]].deadline_text,
            "state_label": MeasureState(row["state"]).label,
            "overdue": "overdue" in row["is"],
        }
        for row in page.object_list
        if row["id"] in measures
    ]
