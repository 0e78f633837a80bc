"""What the month leaves behind: periods and filings, signed papers, other papers. One file per concept."""

from reports.models.paper import DocumentCounter, Paper, PaperKind, PaperStyle
from reports.models.period import Filing, FilingState, Punctuality, ReportingPeriod, TypedFiling
from reports.models.report import Bulletin, Mention, MentionKind, MonthlyReport, ReportState, SignedPaper

__all__ = [
    "Bulletin",
    "DocumentCounter",
    "Filing",
    "FilingState",
    "Mention",
    "MentionKind",
    "MonthlyReport",
    "Paper",
    "PaperKind",
    "PaperStyle",
    "Punctuality",
    "ReportState",
    "ReportingPeriod",
    "SignedPaper",
    "TypedFiling",
]
