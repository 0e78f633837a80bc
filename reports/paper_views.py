"""Pages and downloads of the signed papers of the month, report and bulletin alike."""

import json

from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.utils.formats import date_format
from django.utils.functional import cached_property
from django.utils.http import content_disposition_header
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from django.views.generic import DetailView, View

from cases.views import served
from permissions.access import access_of
from reports import (
    bulletin,
    compose,
    offline_check,
    paper_trail,
    presenters,
    proof,
    signature_presenters,
    verification,
)
from reports.lists import Cell, Column, ListPage
from reports.models import ReportState
from reports.scope import VISIBLE_PAPERS

JSON = "application/json; charset=utf-8"
PEOPLE = ("drafted_by", "reviewed_by", "signed_by")
# Column of a stored file → (its address, ending, what its name says beside the title).
FILES = {
    "pdf": ("pdf", "pdf", ""),
    "xlsx": ("ledger", "xlsx", ""),
    "internal_pdf": ("internal", "pdf", "内部情况"),
    "docx": ("docx", "docx", ""),
}
LISTS = {
    "report": {
        "heading": _("Monthly reports"),
        "subheading": _("Issued reports are frozen; each can be downloaded and checked."),
        "empty": _("No report yet"),
        "empty_text": _(
            "The office composes it from the accepted filings of a month; once issued it stands here."
        ),
    },
    "bulletin": {
        "heading": _("Bulletins"),
        "subheading": _("Who stands where, month by month; units that are named sign for it and answer."),
        "empty": _("No bulletin yet"),
        "empty_text": _("The office composes it from the figures of a month; once issued it stands here."),
    },
}
TITLES = {"report": compose.title_of, "bulletin": bulletin.title_of}


def papers_of(user, kind):
    """Papers of one kind in scope, without the long texts that no list shows. Lazy."""
    return VISIBLE_PAPERS[kind](user).defer("period__plan__text")


def is_of_office(access, paper):
    """Of the office that issues it or of one above: they read how it came about, units what it says."""
    own = paper.office_id in access.own_office_ids
    return own or access.offices().filter(pk=paper.office_id).exists()


class PapersView(ListPage):
    """All papers of one kind in scope, the latest first."""

    kind, template_name = None, "reports/papers.html"
    columns = (
        Column(_("Month"), 16),
        Column(_("Document number"), 24, "nowrap"),
        Column(_("Plan"), 44),
        Column(_("State"), 16),
        Column(_("Signed by"), 12),
        Column(_("Issued on"), 16, "nowrap"),
        Column(_("Download"), 10),
    )

    @property
    def heading(self):
        return LISTS[self.kind]["heading"]

    def found(self):
        return (
            papers_of(self.request.user, self.kind)
            .select_related("period__plan", "office", "signed_by")
            .defer("snapshot", "period__plan__text")
            .order_by("-period__month", "-period_id", "-revision")
        )

    def row(self, item):
        revision = gettext("revision %(n)s") % {"n": item.revision} if item.revision > 1 else ""
        pdf = reverse(f"reports:{self.kind}_pdf", args=[item.pk]) if item.pdf_id else ""
        return [
            Cell(
                date_format(item.period.month, "YEAR_MONTH_FORMAT"),
                url=item.get_absolute_url(),
                note=revision,
            ),
            Cell(item.document_number),
            Cell(item.period.plan.title),
            Cell(item.get_state_display(), tone=presenters.PAPER_TONES[item.state]),
            Cell(item.signed_by),
            Cell(item.issued_on),
            Cell("PDF" if pdf else "", url=pdf),
        ]

    def get_context_data(self, **kwargs):
        return super().get_context_data(**{**LISTS[self.kind], **kwargs})


class PaperView(DetailView):
    """One paper: where it stands, who signed, what may be downloaded. Subclasses say ``kind`` and ``files``."""

    kind = None
    files = ()  # (column, label) of what may be downloaded
    context_object_name = "paper"

    def get_queryset(self):
        return (
            papers_of(self.request.user, self.kind)
            .select_related(
                "period__plan",
                "office__paper_style",
                "office__rules",
                "replaces",
                "replaced_by",
                *dict(self.files),
                *PEOPLE,
            )
            .defer("period__plan__text", "replaces__snapshot", "replaced_by__snapshot")
        )

    def get_context_data(self, **kwargs):
        paper, user = self.object, self.request.user
        access = access_of(user)
        revisions = VISIBLE_PAPERS[self.kind](user).filter(period=paper.period_id).defer("snapshot", "texts")
        signed = paper.state == ReportState.SIGNED
        return super().get_context_data(
            steps=presenters.paper_steps(paper),
            tone=presenters.PAPER_TONES[paper.state],
            sign_offs=presenters.sign_offs(paper),
            trail=paper_trail.steps_of(paper) if is_of_office(access, paper) else [],
            signature=signature_presenters.shown(paper, verification.signature_on_file(paper)),
            acts=presenters.paper_acts(paper, access),
            downloads=self._downloads(paper),
            job_url=reverse(f"workflows:{self.kind}_job", args=[paper.pk]) if signed else None,
            revisions=revisions.order_by("revision"),
            crumbs=[
                {"label": LISTS[self.kind]["heading"], "url": reverse(f"reports:{self.kind}s")},
                {"label": str(paper.period)},
            ],
            **kwargs,
        )

    def _downloads(self, paper):
        """[{url, label, size}] of what exists: papers after the issue, data from the moment they are frozen."""
        found = [(FILES[name][0], label, getattr(paper, name)) for name, label in self.files]
        found = [(name, label, stored.size) for name, label, stored in found if stored]
        if paper.pdf_id:
            found.append(("proof", _("Proof file, JSON"), None))
        if paper.snapshot:
            found.append(("data", _("Data, JSON"), len(paper.snapshot.encode())))
        rows = [
            {"url": reverse(f"reports:{self.kind}_{name}", args=[paper.pk]), "label": label, "size": size}
            for name, label, size in found
        ]
        if paper.pdf_id:
            script = _("Offline check, Python script")
            rows.append({"url": reverse("reports:offline_check"), "label": script})
        return rows


# Downloads --------------------------------------------------------------------------------------------


class PaperDownload(View):
    """Something of a paper that the person may see; anything else is not found."""

    kind = None
    related = ()

    @cached_property
    def paper(self):
        papers = papers_of(self.request.user, self.kind).select_related("period__plan", *self.related)
        return get_object_or_404(papers, pk=self.kwargs["pk"])

    def stem(self):
        number = self.paper.document_number or f"r{self.paper.revision}"
        return f"{TITLES[self.kind](self.paper.period)}（{number}）"


class PaperFile(PaperDownload):
    """One of its stored files, by the name of its ``column``."""

    column = None

    def get(self, request, pk):
        stored = getattr(self.paper, self.column)
        if stored is None:
            raise Http404
        _name, ending, about = FILES[self.column]
        return served(request, stored, f"{self.stem()}{about}.{ending}")


class PaperData(PaperDownload):
    """The frozen data, byte for byte what the digest was taken of."""

    def get(self, request, pk):
        if not self.paper.snapshot:
            raise Http404
        return attached(self.paper.snapshot, f"{self.stem()}.data.json", JSON)


class PaperProof(PaperDownload):
    """What an auditor needs beside the PDF: data, sign-offs and the log from the printed head to the issue."""

    related = ("pdf",)

    def get(self, request, pk):
        paper = self.paper
        entries = verification.proof_entries(paper)
        if not entries or not paper.pdf_id:
            raise Http404
        found = proof.proof_file(
            snapshot_text=paper.snapshot,
            issue=paper.issue,
            files={name: getattr(paper, name).sha256 for name in verification.proved_files(paper)},
            pdf_size=paper.pdf.size,
            signature=paper.signature,
            entries=[entry.as_dict() for entry in entries],
        )
        text = json.dumps(found, ensure_ascii=False, indent=1)
        return attached(text, f"{self.stem()}.proof.json", JSON)


class OfflineCheck(View):
    """The script that checks a downloaded paper without this system."""

    def get(self, request):
        with open(offline_check.__file__, "rb") as script:
            return attached(script.read(), "offline_check.py", "text/x-python; charset=utf-8")


def attached(content, name, media_type):
    response = HttpResponse(content, content_type=media_type)
    response["Content-Disposition"] = content_disposition_header(as_attachment=True, filename=name)
    return guarded(response)


def guarded(response):
    response["X-Content-Type-Options"] = "nosniff"
    response["Cache-Control"] = "private, no-cache"
    return response
