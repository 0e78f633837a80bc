"""Pages that act on the monthly report, and the progress of its printing."""

import json

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import path, reverse
from django.utils.translation import gettext_lazy as _
from django.views import View
from django_htmx.http import HttpResponseClientRefresh

from cases.errors import NoRight
from permissions import clock
from permissions.access import access_of
from reports import presenters
from reports.filings import standing
from reports.models import FilingState, Punctuality, ReportState
from reports.presenters import has_office_right
from reports.scope import visible_periods, visible_reports
from workflows import jobs
from workflows.forms.filings import ReasonForm
from workflows.models import Job, JobState
from workflows.views.acting import ActView


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
                {"label": f"{period.month:%Y-%m}", "url": period.get_absolute_url()},
                {"label": _("Compose the report")},
            ],
            **kwargs,
        )


class ReportActView(ActView):
    """One act on a report with its own short page."""

    template_name = "workflows/filing_act.html"
    title = submit = note = None
    danger = False

    def get_queryset(self):
        reports = visible_reports(self.request.user).select_related("office", "period__plan")
        return reports.defer("period__plan__text")

    def get_context_data(self, **kwargs):
        report = self.subject
        frozen = presenters.paper(json.loads(report.snapshot)) if report.snapshot else {}
        return super().get_context_data(
            **frozen,
            report=report,
            title=self.title,
            subtitle=f"{report.period.month:%Y-%m} · {report.period.plan.title}",
            note=self.note,
            submit=self.submit or self.title,
            danger=self.danger,
            back_url=report.get_absolute_url(),
            crumbs=[
                {"label": _("Monthly reports"), "url": reverse("reports:reports")},
                {"label": f"{report.period.month:%Y-%m}", "url": report.get_absolute_url()},
                {"label": self.title},
            ],
            **kwargs,
        )


class RecomposeReportView(ReportActView):
    act, title, danger = "recompose_report", _("Compose anew"), True
    done = _("The texts were taken anew from the accepted filings.")
    note = _("All texts are taken anew from the filings accepted by now. What was typed here is replaced.")


class SubmitReportView(ReportActView):
    act, title = "submit_report", _("Send for review")
    done = _("Sent to the head of office. Figures, ledger and texts are frozen from now on.")
    note = _(
        "Figures, ledger and texts are frozen now; head and leader sign the digest of exactly these data."
    )


class ReviewReportView(ReportActView):
    act, title = "review_report", _("Pass on to the leader")
    done = _("Passed on to the leader for signature.")
    note = _("You put your name to the data with the digest below.")


class SignReportView(ReportActView):
    act, title, submit = "sign_report", _("Sign the report"), _("Sign")
    done = _("Signed. The report is being numbered and printed; this takes a few seconds.")
    note = _(
        "You put your name to the data with the digest below. The report is then numbered, printed and issued."
    )


class RefuseReportView(ReportActView):
    act, form_class, title, danger = "refuse_report", ReasonForm, _("Send back"), True
    done = _("The report is back with the clerk.")


class ReviseReportView(ReportActView):
    act, form_class, title = "revise_report", ReasonForm, _("Correct by a new revision")
    done = _("The new revision is open. When it is issued it replaces the earlier one.")
    note = _(
        "The issued report stays as it is and stays downloadable; the new revision names what it replaces."
    )


class ReportJobView(View):
    """The progress of numbering and printing, asked for again every second."""

    def get(self, request, pk):
        report = get_object_or_404(visible_reports(request.user).only("pk", "state"), pk=pk)
        if report.state != ReportState.SIGNED:
            return HttpResponseClientRefresh()
        job = Job.objects.filter(key=f"report:{pk}").first()
        context = {
            "title": _("The report is being issued"),
            "url": request.path,
            "job": _shown(job),
            "retry_url": reverse("workflows:retry_report", args=[pk]) if _has_failed(job) else None,
        }
        return render(request, "workflows/_report_job.html", context)


def _has_failed(job):
    return job is None or job.state == JobState.FAILED


def _shown(job):
    if job is None:
        return {"is_over": True, "error": _("The worker knows nothing of this report. Start it again.")}
    return {
        "is_over": job.state == JobState.FAILED,
        "done": job.percent,
        "total": 100,
        "text": job.get_state_display(),
        "error": (job.message or _("The document could not be made."))
        if job.state == JobState.FAILED
        else "",
    }


class RetryReportView(View):
    """Ask the worker again after it gave up; it goes on with the number that was already given."""

    def post(self, request, pk):
        report = get_object_or_404(visible_reports(request.user), pk=pk)
        access = access_of(request.user)
        if not any(
            has_office_right(access, right, report.office_id)
            for right in ("compose_report", "review_report", "sign_report")
        ):
            raise PermissionDenied(NoRight.text)
        if report.state == ReportState.SIGNED:
            jobs.submit(
                f"report:{pk}", "workflows.jobs.issue_report", office_id=report.office_id, report_id=report.pk
            )
            messages.info(request, _("The worker was asked again."))
        return redirect(report)


urlpatterns = [
    path("periods/<int:pk>/compose/", ComposeReportView.as_view(), name="compose_report"),
    path("reports/<int:pk>/recompose/", RecomposeReportView.as_view(), name="recompose_report"),
    path("reports/<int:pk>/submit/", SubmitReportView.as_view(), name="submit_report"),
    path("reports/<int:pk>/review/", ReviewReportView.as_view(), name="review_report"),
    path("reports/<int:pk>/sign/", SignReportView.as_view(), name="sign_report"),
    path("reports/<int:pk>/refuse/", RefuseReportView.as_view(), name="refuse_report"),
    path("reports/<int:pk>/revise/", ReviseReportView.as_view(), name="revise_report"),
    path("reports/<int:pk>/job/", ReportJobView.as_view(), name="report_job"),
    path("reports/<int:pk>/retry/", RetryReportView.as_view(), name="retry_report"),
]
