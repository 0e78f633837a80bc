"""Pages that show months, filings and reports, the downloads, and the check of a paper."""

import json

from django.conf import settings
from django.core.paginator import Paginator
from django.http import FileResponse, Http404, HttpResponse
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.utils.functional import cached_property
from django.utils.http import content_disposition_header
from django.utils.translation import gettext_lazy as _
from django.views.generic import DetailView, FormView, TemplateView, View

from cases import files
from cases.ledger import visible_plans
from cases.models import Measure
from cases.models.plan import PlanState
from permissions import clock
from permissions.access import access_of
from reports import compose, figure_presenters, offline_check, presenters, proof, texts, verification
from reports import figures as counting
from reports.facts import facts_of
from reports.filing_rows import prefilled_rows
from reports.filings import reminded_today, standing
from reports.forms import VerifyForm
from reports.models import FilingState, ReportState
from reports.month import counted
from reports.scope import visible_filings, visible_periods, visible_reports
from reports.style import style_of

JSON = "application/json; charset=utf-8"
PAPERS = ("pdf", "xlsx", "internal_pdf", "docx")


class PeriodsView(TemplateView):
    """Units × months: who filed on time, late, or not at all. Seven statements."""

    template_name = "reports/periods.html"

    def get_context_data(self, **kwargs):
        user = self.request.user
        access = access_of(user)
        plans = list(visible_plans(user).filter(state=PlanState.ISSUED).defer("text"))
        periods = list(
            visible_periods(user).order_by("-month")[: presenters.MONTHS_SHOWN * max(len(plans), 1)]
        )
        filings = (
            visible_filings(user)
            .filter(period__in=[period.pk for period in periods])
            .select_related("unit")
            .defer("rows")
            .order_by("unit__order", "unit_id", "revision")
        )
        maps = presenters.heat_map(plans, periods, filings, clock.now())
        for entry in maps:
            if presenters.has_office_right(access, "open_period", entry["plan"].office_id):
                entry["open_url"] = reverse("workflows:open_period", args=[entry["plan"].pk])
        return super().get_context_data(maps=maps, **kwargs)


class PeriodView(DetailView):
    """One month: where each unit stands, and what the office may do next."""

    template_name, context_object_name = "reports/period.html", "period"

    def get_queryset(self):
        return visible_periods(self.request.user).select_related("plan").defer("plan__text")

    def get_context_data(self, **kwargs):
        period, user, access = self.object, self.request.user, access_of(self.request.user)
        filings = visible_filings(user).filter(period=period).select_related("unit")
        where = standing(period, filings)
        now = clock.now()
        report = visible_reports(user).filter(period=period).defer("snapshot").order_by("-revision").first()
        may_compose = presenters.has_office_right(access, "compose_report", period.office_id)
        may_remind = presenters.has_office_right(access, "accept_filing", period.office_id)
        reminded = reminded_today([row["filing"] for row in where], clock.today()) if may_remind else None
        rows = presenters.period_rows(where, period, now, reminded)
        return super().get_context_data(
            rows=rows,
            may_remind=may_remind,
            to_remind=sum("remind" in row for row in rows),
            withdrawn=filings.filter(state=FilingState.WITHDRAWN).defer("rows"),
            figures=counting.filing_figures(row["status"] for row in where) if access.own_office_ids else [],
            is_over=now > period.due_at,
            report=report,
            compose_url=None
            if report or not may_compose
            else reverse("workflows:compose_report", args=[period.pk]),
            crumbs=[
                {"label": _("Filing periods"), "url": reverse("reports:periods")},
                {"label": f"{period.month:%Y-%m}"},
            ],
            **kwargs,
        )


class FilingView(DetailView):
    """A unit's filing as it stands, with the acts that the person may do on it."""

    template_name, context_object_name = "reports/filing.html", "filing"

    def get_queryset(self):
        return (
            visible_filings(self.request.user)
            .select_related("unit", "period__plan", "drafted_by", "approved_by")
            .defer("period__plan__text")
        )

    def get_context_data(self, **kwargs):
        filing = self.object
        period = filing.period
        revisions = list(
            visible_filings(self.request.user)
            .filter(period=period, unit=filing.unit)
            .defer("rows")
            .order_by("revision")
        )
        first = next((other for other in revisions if other.filed_at), None)
        private = filing.filed_at is None and not _is_own(filing, access_of(self.request.user))
        draft = filing.state == FilingState.DRAFT
        return super().get_context_data(
            rows=presenters.filing_rows([] if private else prefilled_rows(filing) if draft else filing.rows),
            private=private,
            revisions=revisions if len(revisions) > 1 else [],
            newer=revisions[-1] if revisions[-1].pk != filing.pk else None,
            state=presenters.filing_state(filing),
            tone=presenters.FILING_TONES[filing.state],
            **presenters.shown_status(first, filing, period, clock.now()),
            acts=presenters.filing_acts(filing, access_of(self.request.user)),
            crumbs=[
                {"label": _("Filing periods"), "url": reverse("reports:periods")},
                {"label": f"{period.month:%Y-%m}", "url": period.get_absolute_url()},
                {"label": filing.unit.name},
            ],
            **kwargs,
        )


def _is_own(filing, access):
    """A draft is its unit's own business until the head has approved it; the office sees that it is being written."""
    return bool({filing.unit_id, filing.unit.parent_id} & access.duty_unit_ids)


class ReportsView(TemplateView):
    """All monthly reports in scope, the latest first."""

    template_name = "reports/reports.html"

    def get_context_data(self, **kwargs):
        rows = (
            visible_reports(self.request.user)
            .select_related("period__plan", "office", "signed_by")
            .defer("snapshot", "period__plan__text")
            .order_by("-period__month", "-period_id", "-revision")
        )
        page = Paginator(rows, 50).get_page(self.request.GET.get("page"))
        for report in page.object_list:
            report.tone = presenters.REPORT_TONES[report.state]
        return super().get_context_data(
            page_obj=page, pages=page.paginator.get_elided_page_range(page.number), **kwargs
        )


class ReportView(DetailView):
    """One report: where it stands, its figures and texts, who signed, what may be downloaded."""

    template_name, context_object_name = "reports/report.html", "report"

    def get_queryset(self):
        people = ("drafted_by", "reviewed_by", "signed_by")
        return (
            visible_reports(self.request.user)
            .select_related("period__plan", "office", "replaces", "replaced_by", *PAPERS, *people)
            .defer("period__plan__text", "replaces__snapshot", "replaced_by__snapshot")
        )

    def get_context_data(self, **kwargs):
        report, access = self.object, access_of(self.request.user)
        shown = json.loads(report.snapshot) if report.snapshot else _unfrozen(report)
        revisions = (
            visible_reports(self.request.user).filter(period=report.period_id).defer("snapshot", "texts")
        )
        acts = presenters.report_acts(report, access)
        return super().get_context_data(
            **presenters.paper(shown),
            figures=figure_presenters.figure_rows(report, shown),
            tables=figure_presenters.tables(report, shown),
            steps=presenters.report_steps(report),
            tone=presenters.REPORT_TONES[report.state],
            sign_offs=presenters.sign_offs(report),
            acts=acts,
            outdated=_outdated(report, access),
            downloads=_downloads(report),
            is_issued=report.state in (ReportState.ISSUED, ReportState.SUPERSEDED),
            job_url=reverse("workflows:report_job", args=[report.pk])
            if report.state == ReportState.SIGNED
            else None,
            revisions=revisions.order_by("revision"),
            crumbs=[
                {"label": _("Monthly reports"), "url": reverse("reports:reports")},
                {"label": f"{report.period.month:%Y-%m}"},
            ],
            **kwargs,
        )


def _outdated(report, access):
    """Blocks of a draft that the filings have left behind, for whoever edits it. Three queries there."""
    may_edit = presenters.has_office_right(access, "compose_report", report.office_id)
    if report.state != ReportState.DRAFT or not may_edit:
        return 0
    return texts.outdated(report.texts, texts.draft_texts(report.period))


def _unfrozen(report):
    """What a draft shows: today's figures and the texts so far, in the shape of the snapshot. Three queries."""
    period, today = report.period, clock.today()
    rows = standing(period)
    counts = counted(period, facts_of(Measure.objects.filter(plan=period.plan_id)), rows, today)
    return {
        "title": compose.title_of(period),
        "addressees": style_of(report.office).addressees,
        "texts": compose.texts_with_figures(report.texts, counts, today),
        **counts,
        "filings": [compose.filing_row(row) for row in rows],
        "waiting": compose.waiting_units(rows),
    }


def _downloads(report):
    """[{url, label, note}] of what exists: papers after the issue, data from the moment they are frozen."""
    found = []
    if report.pdf_id:
        found += [
            ("report_pdf", _("Report, PDF"), report.pdf.size),
            ("report_ledger", _("Ledger, XLSX"), report.xlsx.size if report.xlsx else None),
        ]
        # Reports of earlier versions of the product have neither.
        found += [
            (name, label, paper.size)
            for name, label, paper in (
                ("report_internal", _("Internal report, PDF"), report.internal_pdf),
                ("report_docx", _("Report for editing, Word"), report.docx),
            )
            if paper
        ]
        found += [
            ("report_proof", _("Proof file, JSON"), None),
        ]
    if report.snapshot:
        found.append(("report_data", _("Data, JSON"), len(report.snapshot.encode())))
    rows = [
        {"url": reverse(f"reports:{name}", args=[report.pk]), "label": label, "size": size}
        for name, label, size in found
    ]
    if report.pdf_id:
        rows.append({"url": reverse("reports:offline_check"), "label": _("Offline check, Python script")})
    return rows


# Downloads --------------------------------------------------------------------------------------------


class ReportDownload(View):
    """A file of a report that the person may see; anything else is not found."""

    @cached_property
    def report(self):
        reports = visible_reports(self.request.user).select_related("period__plan", *PAPERS)
        return get_object_or_404(reports.defer("period__plan__text"), pk=self.kwargs["pk"])

    def stem(self):
        number = self.report.document_number or f"r{self.report.revision}"
        return f"{compose.title_of(self.report.period)}（{number}）"

    def stored(self, row, ending):
        if row is None:
            raise Http404
        response = FileResponse(
            files.path_of(row.sha256).open("rb"),
            as_attachment=True,
            filename=f"{self.stem()}.{ending}",
            content_type=row.media_type,
        )
        response["ETag"] = f'"{row.sha256}"'
        return guarded(response)


class ReportPdf(ReportDownload):
    def get(self, request, pk):
        return self.stored(self.report.pdf, "pdf")


class ReportLedger(ReportDownload):
    def get(self, request, pk):
        return self.stored(self.report.xlsx, "xlsx")


class ReportDocx(ReportDownload):
    def get(self, request, pk):
        return self.stored(self.report.docx, "docx")


class ReportInternal(ReportDownload):
    def stem(self):
        return f"{super().stem()}内部情况"

    def get(self, request, pk):
        return self.stored(self.report.internal_pdf, "pdf")


class ReportData(ReportDownload):
    """The frozen data, byte for byte what the digest was taken of."""

    def get(self, request, pk):
        if not self.report.snapshot:
            raise Http404
        return attached(self.report.snapshot, f"{self.stem()}.data.json", JSON)


class ReportProof(ReportDownload):
    """What an auditor needs beside the PDF: data, sign-offs and the log from the printed head to the issue."""

    def get(self, request, pk):
        report = self.report
        entries = verification.proof_entries(report)
        if not entries or not report.pdf_id:
            raise Http404
        found = proof.proof_file(
            snapshot_text=report.snapshot,
            issue=report.issue,
            pdf_sha256=report.pdf.sha256,
            xlsx_sha256=report.xlsx.sha256,
            pdf_size=report.pdf.size,
            entries=[entry.as_dict() for entry in entries],
        )
        text = json.dumps(found, ensure_ascii=False, indent=1)
        return attached(text, f"{self.stem()}.proof.json", JSON)


class OfflineCheck(View):
    """The script that checks a downloaded report without this system."""

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


# Check a paper ----------------------------------------------------------------------------------------


class VerifyView(FormView):
    """Is this paper genuine? For anybody with an account; nothing is stored."""

    form_class, template_name = VerifyForm, "reports/verify.html"

    def form_valid(self, form):
        file = form.cleaned_data["file"]
        if file:
            findings = [verification.check_file(file.read())]
        else:
            findings = verification.check_text(form.cleaned_data["text"])
        mine = visible_reports(self.request.user).filter(pk__in=[f.report.pk for f in findings if f.report])
        seen = set(mine.values_list("pk", flat=True))
        context = self.get_context_data(
            form=form,
            findings=[
                {"of": finding, "linked": finding.report and finding.report.pk in seen}
                for finding in findings
            ],
            name=file.name if file else form.cleaned_data["text"],
        )
        return self.render_to_response(context)

    def form_invalid(self, form):
        return self.render_to_response(self.get_context_data(form=form), status=400)

    def get_context_data(self, **kwargs):
        return super().get_context_data(limit_mb=settings.XIAOHAO_EVIDENCE_MAX_MB, **kwargs)
