"""Is this the paper that an office issued? By the bytes of a PDF, or by a number or digest that somebody typed.

Anybody with an account may ask; the answer says what the paper itself prints and nothing more of its content.
"""

import re
from dataclasses import dataclass

from django.db.models import Q

from cases.models import LogEntry
from reports import offline_check, proof
from reports.models import MonthlyReport, ReportState

GENUINE, SUPERSEDED, ALTERED, UNKNOWN = "genuine", "superseded", "altered", "unknown"
KNOWN = "known"  # such a report was issued, but no file was compared: a forger can copy a number
DIGEST = re.compile(r"[0-9a-f]{64}")
BRACKETS = str.maketrans("[](){}（）【】［］", "〔〕〔〕〔〕〔〕〔〕〔〕")


@dataclass(frozen=True)
class Finding:
    """``verdict``; the report it is about, if any; and the digest of what was put forward, if it was a file."""

    verdict: str
    report: MonthlyReport | None = None
    digest: str = ""

    @property
    def is_ledger(self):
        return bool(self.report and self.report.xlsx and self.report.xlsx.sha256 == self.digest)


def issue_entry(report):
    """The entry of the record by which the report was issued, or None. One query."""
    entries = LogEntry.objects.filter(
        office=report.office_id, object_type="monthlyreport", object_id=report.pk
    )
    return entries.filter(act="issue_report").first()


def proof_entries(report):
    """The stretch of the record from the head that the paper prints up to the entry of its issue. Two queries."""
    last = issue_entry(report)
    if last is None:
        return []
    printed = report.issue["log"]["count"]
    entries = LogEntry.objects.filter(
        office=report.office_id, sequence__gt=printed, sequence__lte=last.sequence
    )
    return list(entries.order_by("sequence"))


def check_file(data: bytes) -> Finding:
    """A PDF (or its ledger): the exact bytes are known, or it names a report of ours but was changed. Two queries."""
    digest = proof.digest(data)
    if report := _issued(_by_file(digest)).first():
        return Finding(_verdict(report), report, digest)
    named = offline_check.printed_marks(data).get("data_digest", "")
    if DIGEST.fullmatch(named) and (report := _issued(Q(digest=named)).first()):
        return Finding(ALTERED, report, digest)
    return Finding(UNKNOWN, digest=digest)


def check_text(text: str) -> list[Finding]:
    """The digest of a file that somebody took, or what a paper prints: its number or data digest. Two queries.

    Only the first compares a file. A number may belong to several offices.
    """
    text = re.sub(r"\s", "", text)
    if DIGEST.fullmatch(text.lower()):
        asked = text.lower()
        if rows := list(_issued(_by_file(asked))[:5]):
            return [Finding(_verdict(report), report, asked) for report in rows]
        rows = _issued(Q(digest=asked))
    else:
        rows = _issued(Q(document_number=text.translate(BRACKETS)))
    return [Finding(KNOWN, report) for report in rows[:5]] or [Finding(UNKNOWN)]


def _by_file(digest):
    """The papers that are proved. The Word document is made to be changed, so it is none of them."""
    return Q(pdf__sha256=digest) | Q(xlsx__sha256=digest) | Q(internal_pdf__sha256=digest)


def _issued(condition):
    return (
        MonthlyReport.objects.filter(condition, state__in=[ReportState.ISSUED, ReportState.SUPERSEDED])
        .select_related("office", "pdf", "xlsx", "signed_by", "replaced_by")
        .defer("snapshot", "replaced_by__snapshot")
    )


def _verdict(report):
    return SUPERSEDED if report.state == ReportState.SUPERSEDED else GENUINE
