"""Pages that show months, filings and a report, and the check of a paper."""

import json

from django.conf import settings
from django.contrib.auth.views import redirect_to_login
from django.urls import reverse
from django.utils.translation import gettext_lazy as _
from django.views.generic import DetailView, FormView, TemplateView

from cases.ledger import visible_plans
from cases.models import Measure
from cases.models.plan import PlanState
from permissions import clock
from permissions.access import access_of
from permissions.visitors import takes_one_more
from reports import compose, figure_presenters, presenters, signature_presenters, texts, verification
from reports import figures as counting
from reports.facts import facts_of
from reports.filing_rows import prefilled_rows
from reports.filings import reminded_today, reported_in, standing
from reports.forms import VerifyForm
from reports.models import FilingState, ReportState
from reports.month import counted
from reports.paper_views import PaperView, is_of_office
from reports.period_lists import FilingsExport, MonthsExport
from reports.scope import VISIBLE_PAPERS, visible_bulletins, visible_filings, visible_periods, visible_reports
from reports.style import style_of


class PeriodsView(MonthsExport, TemplateView):
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


class PeriodView(FilingsExport, DetailView):
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
        bulletin = (
            visible_bulletins(user).filter(period=period).defer("snapshot").order_by("-revision").first()
        )
        may_compose = presenters.has_office_right(access, "compose_report", period.office_id)
        may_remind = presenters.has_office_right(access, "accept_filing", period.office_id)
        reminded = reminded_today([row["filing"] for row in where], clock.today()) if may_remind else None
        rows = presenters.period_rows(where, period, now, reminded)
        return super().get_context_data(
            rows=rows,
            has_reminders=any(row.keys() & {"remind", "reminded_at"} for row in rows),
            to_remind=sum("remind" in row for row in rows),
            withdrawn=filings.filter(state=FilingState.WITHDRAWN).defer("rows"),
            figures=counting.filing_figures(row["status"] for row in where)
            if is_of_office(access, period)
            else [],  # who sees only some of the filings counts nothing
            is_over=now > period.due_at,
            report=report,
            compose_url=None
            if report or not may_compose
            else reverse("workflows:compose_report", args=[period.pk]),
            bulletin=bulletin,
            bulletin_url=None
            if bulletin or not presenters.has_office_right(access, "compose_bulletin", period.office_id)
            else reverse("workflows:compose_bulletin", args=[period.pk]),
            crumbs=[
                {"label": _("Filing periods"), "url": reverse("reports:periods")},
                {"label": str(period)},
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
        access = access_of(self.request.user)
        reported = self._reported(access)
        return super().get_context_data(
            rows=presenters.filing_rows([] if private else prefilled_rows(filing) if draft else filing.rows),
            private=private,
            revisions=revisions if len(revisions) > 1 else [],
            newer=revisions[-1] if revisions[-1].pk != filing.pk else None,
            state=presenters.filing_state(filing),
            tone=presenters.FILING_TONES[filing.state],
            **presenters.shown_status(first, filing, period, clock.now()),
            acts=presenters.filing_acts(filing, access, reported),
            reported=reported,
            crumbs=[
                {"label": _("Filing periods"), "url": reverse("reports:periods")},
                {"label": str(period), "url": period.get_absolute_url()},
                {"label": filing.unit.name},
            ],
            **kwargs,
        )

    def _reported(self, access):
        """To whoever could return an accepted filing: the report for which it is too late. Two queries there."""
        may_return = presenters.has_office_right(access, "accept_filing", self.object.office_id)
        return reported_in(self.object) if may_return and self.object.state == FilingState.ACCEPTED else None


def _is_own(filing, access):
    """A draft is its unit's own business until the head has approved it; the office sees that it is being written."""
    return bool({filing.unit_id, filing.unit.parent_id} & access.duty_unit_ids)


class ReportView(PaperView):
    """One report: its figures and texts, beside what every signed paper shows."""

    kind, template_name = "report", "reports/report.html"
    files = (
        ("pdf", _("Report, PDF")),
        ("xlsx", _("Ledger, XLSX")),
        ("internal_pdf", _("Internal report, PDF")),
        ("docx", _("Report for editing, Word")),
    )

    def get_context_data(self, **kwargs):
        report = self.object
        shown = json.loads(report.snapshot) if report.snapshot else _unfrozen(report)
        return super().get_context_data(
            **presenters.paper(shown),
            report=report,
            figures=figure_presenters.figure_rows(report, shown),
            tables=figure_presenters.tables(report, shown),
            last_month=figure_presenters.last_month(shown),
            outdated=_outdated(report, access_of(self.request.user)),
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
    counts = counted(report, facts_of(Measure.objects.filter(plan=period.plan_id)), rows, today)
    return {
        "title": compose.title_of(period),
        "addressees": style_of(report.office).addressees,
        "texts": compose.texts_with_figures(report.texts, counts, today),
        **counts,
        "filings": [compose.filing_row(row) for row in rows],
        "waiting": compose.waiting_units(rows),
    }


# Check a paper ----------------------------------------------------------------------------------------


class VerifyView(FormView):
    """Is this paper genuine? For anybody who has it; nothing is stored.

    Without an account only files are checked: numbers could be tried one after the other.
    """

    form_class, template_name = VerifyForm, "reports/verify.html"

    def dispatch(self, request, *args, **kwargs):
        if not (request.user.is_authenticated or settings.XIAOHAO_CHECKS_PER_HOUR):
            return redirect_to_login(request.get_full_path())
        return super().dispatch(request, *args, **kwargs)

    def get_form_kwargs(self):
        return {**super().get_form_kwargs(), "file_only": not self.request.user.is_authenticated}

    def form_valid(self, form):
        if not (self.request.user.is_authenticated or self._takes_one_more()):
            form.add_error(
                None, _("So many papers were checked from here within an hour. Try again later, or log in.")
            )
            return self.render_to_response(self.get_context_data(form=form), status=429)
        file = form.cleaned_data["file"]
        if file:
            findings = [verification.check_file(file.read())]
        else:
            findings = verification.check_text(form.cleaned_data["text"])
        seen = self._seen([finding.paper for finding in findings if finding.paper])
        context = self.get_context_data(
            form=form,
            findings=[
                {
                    "of": finding,
                    "linked": finding.paper in seen,
                    "signature": signature_presenters.shown(finding.paper, finding.signature),
                }
                for finding in findings
            ],
            name=file.name if file else form.cleaned_data["text"],
        )
        return self.render_to_response(context)

    def _takes_one_more(self):
        return takes_one_more(self.request, "verify", settings.XIAOHAO_CHECKS_PER_HOUR)

    def _seen(self, papers):
        """Those of the signed papers that the person may open. A query for each kind."""
        if not self.request.user.is_authenticated:
            return set()
        kinds = {paper.kind for paper in papers} & VISIBLE_PAPERS.keys()
        ids = {kind: [paper.pk for paper in papers if paper.kind == kind] for kind in kinds}
        return {
            paper
            for kind in kinds
            for paper in VISIBLE_PAPERS[kind](self.request.user).filter(pk__in=ids[kind]).only("pk")
        }

    def form_invalid(self, form):
        return self.render_to_response(self.get_context_data(form=form), status=400)

    def get_context_data(self, **kwargs):
        return super().get_context_data(limit_mb=settings.XIAOHAO_EVIDENCE_MAX_MB, **kwargs)
