"""Pages on the way of a signed paper, report and bulletin alike, and the progress of its printing."""

import json

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import path, reverse
from django.utils.translation import gettext_lazy as _
from django.views import View
from django_htmx.http import HttpResponseClientRefresh

from cases.errors import NoRight
from permissions.access import access_of
from reports import presenters
from reports.documents import bulletin
from reports.models import ReportState
from reports.paper_views import LISTS, papers_of
from reports.presenters import has_office_right
from workflows import jobs
from workflows.acts.signed_papers import KINDS
from workflows.forms.reasons import ReworkForm
from workflows.models import Job, JobState
from workflows.views.acting import ActView

# Kind → (the template of its text, what that needs of the frozen data).
PREVIEWS = {
    "report": ("reports/_report_preview.html", presenters.paper),
    "bulletin": (
        "reports/_bulletin_preview.html",
        lambda data: {
            "shown": data,
            "is_early": presenters.is_early(data),
            **bulletin.chapters_of(data),
        },
    ),
}


class PaperActView(ActView):
    """One act on a signed paper with its own short page. ``verb`` and ``kind`` make the act's name."""

    kind = verb = None
    template_name = "workflows/filing_act.html"
    title = submit = note = None
    danger = False

    @property
    def act(self):
        return f"{self.verb}_{self.kind}"

    def get_queryset(self):
        return papers_of(self.request.user, self.kind).select_related("office", "period__plan")

    def shown(self):
        """The data whose text stands below the form: those that are frozen."""
        return json.loads(self.subject.snapshot) if self.subject.snapshot else None

    def get_context_data(self, **kwargs):
        paper, data = self.subject, self.shown()
        preview, values = PREVIEWS[self.kind]
        return super().get_context_data(
            **({"preview": preview, **values(data)} if data else {}),
            paper=paper,
            report=paper,
            title=self.title,
            subtitle=f"{paper.period} · {paper.period.plan.title}",
            note=self.note,
            submit=self.submit or self.title,
            danger=self.danger,
            back_url=paper.get_absolute_url(),
            crumbs=[
                {"label": LISTS[self.kind]["heading"], "url": reverse(f"reports:{self.kind}s")},
                {"label": str(paper.period), "url": paper.get_absolute_url()},
                {"label": self.title},
            ],
            **kwargs,
        )


class SubmitView(PaperActView):
    verb, title = "submit", _("Send for review")
    done = _("Sent to the head of office. Figures, lists and texts are frozen from now on.")
    note = _(
        "Figures, lists and texts are frozen now; head and leader sign the digest of exactly these data."
    )

    def shown(self):
        """What would freeze now: the clerk reads it once more as the head will."""
        return super().shown() or KINDS[self.kind].snapshot(self.subject)


class ReviewView(PaperActView):
    verb, title = "review", _("Pass on to the leader")
    done = _("Passed on to the leader for signature.")
    note = _("You put your name to the data with the digest below.")


class SignView(PaperActView):
    verb, title, submit = "sign", _("Sign the paper"), _("Sign")
    done = _("Signed. The paper is being numbered and printed; this takes a few seconds.")
    note = _(
        "You put your name to the data with the digest below. The paper is then numbered, printed and issued."
    )


class RefuseView(PaperActView):
    verb, form_class, title, danger = "refuse", ReworkForm, _("Send back"), True
    done = _("It is back with the clerk.")


class ReviseView(PaperActView):
    verb, form_class, title = "revise", ReworkForm, _("Correct by a new revision")
    done = _("The new revision is open. When it is issued it replaces the earlier one.")
    note = _(
        "The issued paper stays as it is and stays downloadable; the new revision names what it replaces."
    )


class JobView(View):
    """The progress of numbering and printing, asked for again every second."""

    kind = None

    def get(self, request, pk):
        paper = get_object_or_404(papers_of(request.user, self.kind).only("pk", "state", "office_id"), pk=pk)
        if paper.state != ReportState.SIGNED:
            return HttpResponseClientRefresh()
        job = Job.objects.filter(key=f"{self.kind}:{pk}").first()
        context = {
            "title": _("The paper is being issued"),
            "url": request.path,
            "job": _shown(job),
        }
        if _may_issue(request.user, paper, self.kind):
            verb = "retry" if _is_over(job) else "cancel"
            context[f"{verb}_url"] = reverse(f"workflows:{verb}_{self.kind}", args=[pk])
        return render(request, "_job.html", context)


def _is_over(job):
    return job is None or job.state in (JobState.FAILED, JobState.CANCELLED)


def _may_issue(person, paper, kind):
    rights = (f"{verb}_{kind}" for verb in ("compose", "review", "sign"))
    access = access_of(person)
    return any(has_office_right(access, right, paper.office_id) for right in rights)


def _shown(job):
    if job is None:
        return {"is_over": True, "error": _("The worker knows nothing of this paper. Start it again.")}
    return {
        "is_over": _is_over(job),
        "note": _("Nothing was issued. The paper stays signed and can be issued again.")
        if job.state == JobState.CANCELLED
        else "",
        "done": job.percent,
        "total": 100,
        "text": f"{job.get_state_display()} {job.percent}%"
        if job.state == JobState.RUNNING
        else job.get_state_display(),
        "error": (job.message or _("The document could not be made."))
        if job.state == JobState.FAILED
        else "",
    }


class IssueJobView(View):
    """Something done with the job that issues a signed paper."""

    kind = None

    def post(self, request, pk):
        paper = get_object_or_404(papers_of(request.user, self.kind), pk=pk)
        if not _may_issue(request.user, paper, self.kind):
            raise PermissionDenied(NoRight.text)
        if paper.state == ReportState.SIGNED:
            self.act(paper)
        return redirect(paper)


class RetryView(IssueJobView):
    """Ask the worker again after it gave up; it goes on with the number that was already given."""

    def act(self, paper):
        jobs.submit_issue(paper)
        messages.info(self.request, _("The worker was asked again."))


class CancelView(IssueJobView):
    """Stop the printing; the worker notices at its next step."""

    def act(self, paper):
        if jobs.cancel(jobs.issue_key(paper)):
            messages.info(self.request, _("The printing was cancelled."))


def _urls(kind):
    views = {view.verb: view for view in (SubmitView, ReviewView, SignView, RefuseView, ReviseView)}
    return [
        *(
            path(f"{kind}s/<int:pk>/{verb}/", view.as_view(kind=kind), name=f"{verb}_{kind}")
            for verb, view in views.items()
        ),
        path(f"{kind}s/<int:pk>/job/", JobView.as_view(kind=kind), name=f"{kind}_job"),
        path(f"{kind}s/<int:pk>/cancel/", CancelView.as_view(kind=kind), name=f"cancel_{kind}"),
        path(f"{kind}s/<int:pk>/retry/", RetryView.as_view(kind=kind), name=f"retry_{kind}"),
    ]


urlpatterns = [*_urls("report"), *_urls("bulletin")]
