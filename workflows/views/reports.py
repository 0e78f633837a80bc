"""Pages that compose the monthly report; its way to the signature stands in ``signed_papers``."""

from django.urls import path, reverse
from django.utils.translation import gettext_lazy as _

from permissions import clock
from reports import presenters
from reports.filings import standing
from reports.models import FilingState, Punctuality
from reports.scope import visible_periods
from workflows.views.acting import ActView
from workflows.views.signed_papers import PaperActView


class ComposeReportView(ActView):
    """Start the month's report; the page says whose texts will be missing."""

    act, template_name = "compose_report", "workflows/report_compose.html"
    done = _("The report was composed from the accepted filings. Check the texts, then send it for review.")

    def get_queryset(self):
        return visible_periods(self.request.user).select_related("plan", "office").defer("plan__text")

    def get_context_data(self, **kwargs):
        period = self.subject
        rows = standing(period)
        return super().get_context_data(
            period=period,
            is_over=clock.now() > period.due_at,
            accepted=sum(row["filing"].state == FilingState.ACCEPTED for row in rows),
            units=len(rows),
            groups=presenters.not_in_the_report(rows),
            late=[row["filing"] for row in rows if row["status"] == Punctuality.LATE],
            back_url=period.get_absolute_url(),
            crumbs=[
                {"label": _("Filing periods"), "url": reverse("reports:periods")},
                {"label": str(period), "url": period.get_absolute_url()},
                {"label": _("Compose the report")},
            ],
            **kwargs,
        )


class ReportActView(PaperActView):
    kind = "report"


class RecomposeReportView(ReportActView):
    verb, title, danger = "recompose", _("Compose anew"), True
    done = _("The texts were taken anew from the accepted filings.")
    note = _("All texts are taken anew from the filings accepted by now. What was typed here is replaced.")


urlpatterns = [
    path("periods/<int:pk>/compose/", ComposeReportView.as_view(), name="compose_report"),
    path("reports/<int:pk>/recompose/", RecomposeReportView.as_view(), name="recompose_report"),
]
