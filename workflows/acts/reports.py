"""Acts on the monthly report: compose and edit its texts. The rest of its way stands in ``signed_papers``."""

from django.utils.translation import gettext_lazy as _

from cases.errors import NotReady
from reports import compose, texts
from reports.documents import pdf
from reports.models import MonthlyReport, ReportingPeriod, ReportState
from reports.scope import visible_periods, visible_reports
from workflows.acts.signed_papers import Kind, expect, permit, register_kind, save
from workflows.approvals import MonthlyReportFlow
from workflows.door import Act, register


def compose_report(knock):
    """Start the month's report from the accepted filings."""
    period = knock.subject
    if period.reports.exists():
        raise NotReady(_("The report of this month exists already. Open it and go on there."))
    report = MonthlyReport.objects.create(
        office_id=period.office_id,
        period=period,
        texts=texts.draft_texts(period),
        drafted_by=knock.actor,
        drafted_at=knock.now,
    )
    knock.details = {"month": f"{period.month:%Y-%m}"}
    return report


def edit_report(knock):
    """Change the text blocks; figures and ledger are never typed.

    ``take``, ``seen``: names of outdated blocks whose new text is taken, or looked at and left as it is.
    """
    report, take, seen = knock.subject, knock.data.get("take", ()), knock.data.get("seen", ())
    expect(report, ReportState.DRAFT)
    fresh = texts.draft_texts(report.period) if take or seen else None
    report.texts = texts.merged(report.texts, knock.data["texts"], fresh, take=take, seen=seen)
    save(report)


def recompose_report(knock):
    """Take the texts anew from the filings accepted by now; what was typed in the draft is replaced."""
    report = knock.subject
    expect(report, ReportState.DRAFT)
    report.texts = texts.draft_texts(report.period)
    save(report)


register_kind(
    Kind(
        model=MonthlyReport,
        flow=MonthlyReportFlow,
        visible=visible_reports,
        snapshot=compose.snapshot,
        unprintable=pdf.unprintable,
        # 报告 goes up: the number to the left, the signatory to the right
        issue_values=lambda style: {**style.issue_values(), "upward": True},
        also=("internal_pdf", "docx"),
    )
)
register(Act("compose_report", ReportingPeriod, visible_periods, permit("compose_report"), compose_report))
for _name, _apply in (("edit_report", edit_report), ("recompose_report", recompose_report)):
    register(Act(_name, MonthlyReport, visible_reports, permit("compose_report"), _apply))
