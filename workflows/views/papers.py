"""Official papers about one thing: the place on its page where they are made and fetched, and the file itself."""

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.db.models import Q
from django.http import Http404
from django.shortcuts import get_object_or_404, redirect
from django.urls import path, reverse
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from django.views import View
from django.views.generic import TemplateView

from cases.errors import NoRight, NotVisible, Refused
from cases.ledger import visible_extensions, visible_measures
from cases.models import Verification
from cases.views import served
from permissions.access import access_of
from reports.documents.official import title_in
from reports.models import Paper
from reports.scope import visible_filings
from workflows.acts.papers import KINDS, ask_to_print, may_make
from workflows.door import perform
from workflows.instruments import TITLES, visible_instruments
from workflows.models import Job, JobState


def visible_papers(user):
    """Who may see the measure, instrument or filing may see its papers. Lazy."""
    return Paper.objects.filter(
        Q(measure__in=visible_measures(user))
        | Q(instrument__in=visible_instruments(user))
        | Q(filing__in=visible_filings(user))
    )


def of_measure(user, pk):
    """Close-out notices of closed rounds and the records of verifications, the newest first. Three queries."""
    measure = get_object_or_404(visible_measures(user).select_related("plan").defer("plan__text"), pk=pk)
    rounds = measure.rounds.exclude(closed_at=None).order_by("-number")
    checks = Verification.objects.filter(round__measure=measure).select_related("round").order_by("-at")
    named = gettext("Close-out notice, round %(number)s")
    checked = gettext("Verification record, round %(number)s, request %(attempt)s")
    return measure, [
        *(("print_close_out", row.pk, named % {"number": row.number}) for row in rounds),
        *(
            ("print_verification", row.pk, checked % {"number": row.round.number, "attempt": row.attempt})
            for row in checks
        ),
    ]


def of_extension(user, pk):
    row = get_object_or_404(visible_extensions(user).select_related("measure"), pk=pk)
    return row, [("print_extension", row.pk, gettext("Extension approval form"))]


def of_instrument(user, pk):
    row = get_object_or_404(visible_instruments(user), pk=pk)
    return row, [("print_instrument", row.pk, TITLES[row.kind])] if row.issued_at else []


def of_filing(user, pk):
    row = get_object_or_404(visible_filings(user).select_related("unit", "period"), pk=pk)
    return row, [("print_filing", row.pk, gettext("Filing as a document"))] if row.filed_at else []


class PapersView(TemplateView):
    """The papers of one thing: fetched into its page, or a short page of its own without scripts."""

    template_name = "workflows/papers.html"
    things = None  # (user, pk) → (the thing, [(act, pk, label)])

    def get_context_data(self, **kwargs):
        user = self.request.user
        thing, makeable = self.things(user, self.kwargs["pk"])
        rows = rows_of(thing, makeable, access_of(user))
        return super().get_context_data(
            rows=rows,
            url=self.request.path,
            is_making=any(paper["is_making"] for row in rows for paper in row["papers"]),
            crumbs=[
                {"label": str(thing), "url": thing.get_absolute_url()},
                {"label": _("Official papers")},
            ],
            **kwargs,
        )


def rows_of(thing, makeable, access):
    """[{label, make_url, by_office, papers}], the newest paper first; ``make_url`` is "" for who may not make one.

    Two queries.
    """
    starts = {f"{KINDS[act].kind}:{pk}:": (act, pk, label) for act, pk, label in makeable}
    papers = _papers(thing.office_id, starts)
    states = {
        job.key: job for job in Job.objects.filter(key__in=[f"paper:{p.pk}" for p in papers if not p.pdf_id])
    }
    return [
        {
            "label": label,
            "make_url": reverse(f"workflows:{act}", args=[pk])
            if may_make(access, KINDS[act], thing.office_id)
            else "",
            "by_office": KINDS[act].by_office,
            "papers": [
                _shown(paper, states.get(f"paper:{paper.pk}"))
                for paper in papers
                if paper.key.startswith(start)
            ],
        }
        for start, (act, pk, label) in starts.items()
    ]


def _papers(office_id, starts):
    if not starts:
        return []
    condition = Q(pk__in=[])
    for start in starts:
        condition |= Q(key__startswith=start)
    rows = (
        Paper.objects.filter(condition, office=office_id).select_related("pdf", "made_by").defer("snapshot")
    )
    return list(rows.order_by("-pk"))


def _shown(paper, job):
    failed = paper.pdf_id is None and (job is None or job.state in (JobState.FAILED, JobState.CANCELLED))
    return {
        "paper": paper,
        "url": reverse("workflows:paper", args=[paper.pk]) if paper.pdf_id else "",
        "is_making": paper.pdf_id is None and not failed,
        "certificate": paper.signature["holder"] if paper.signature else "",
        "error": (job.message if job else "") or gettext("The document could not be made.") if failed else "",
    }


class MakePaperView(View):
    """Have the paper of one thing made; one that still holds is not made again."""

    act = None

    def post(self, request, pk):
        back = self.back_to(pk)
        try:
            outcome = perform(pk, self.act, actor=request.user)
        except NotVisible as refused:
            raise Http404 from refused
        except NoRight as refused:
            raise PermissionDenied(NoRight.text) from refused
        except Refused as refused:
            messages.error(request, refused.message)
            return redirect(back)
        paper = outcome.subject
        if outcome.repeated and paper.pdf_id:
            messages.info(request, _("Nothing has changed since: the paper there is the newest."))
        elif outcome.repeated:
            ask_to_print(paper)
        return redirect(back)

    def back_to(self, pk):
        kind = KINDS[self.act]
        row = get_object_or_404(kind.visible(self.request.user).select_related(*kind.related), pk=pk)
        thing = row if hasattr(row, "get_absolute_url") else kind.about(row)
        return f"{thing.get_absolute_url()}#papers"


class PaperFileView(View):
    """The file, for whoever may see what it is about."""

    def get(self, request, pk):
        paper = get_object_or_404(visible_papers(request.user).select_related("pdf"), pk=pk)
        if paper.pdf is None:
            raise Http404
        name = "".join(
            part for part in (title_in(paper.snapshot), f"（{paper.document_number}）") if part != "（）"
        )
        return served(request, paper.pdf, f"{name}.pdf")


urlpatterns = [
    path("measures/<int:pk>/papers/", PapersView.as_view(things=of_measure), name="measure_papers"),
    path("extensions/<int:pk>/papers/", PapersView.as_view(things=of_extension), name="extension_papers"),
    path("supervision/<int:pk>/papers/", PapersView.as_view(things=of_instrument), name="instrument_papers"),
    path("filings/<int:pk>/papers/", PapersView.as_view(things=of_filing), name="filing_papers"),
    *(
        path(f"papers/{kind.kind.lower()}/<int:pk>/make/", MakePaperView.as_view(act=act), name=act)
        for act, kind in KINDS.items()
    ),
    path("papers/<int:pk>/paper.pdf", PaperFileView.as_view(), name="paper"),
]
