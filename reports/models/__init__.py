"""What the month leaves behind: periods and filings, signed papers, other papers. One file per concept."""

from reports.models.paper import DocumentCounter, Paper, PaperKind, PaperStyle
from reports.models.period import Filing, FilingState, Punctuality, ReportingPeriod, TypedFiling
from reports.models.report import (
    SIGNED_PAPERS,
    Bulletin,
    Mention,
    MentionKind,
    MonthlyReport,
    ReportState,
    SignedPaper,
)

__all__ = [
    "SIGNED_PAPERS",
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
