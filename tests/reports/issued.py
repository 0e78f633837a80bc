"""An issued report for tests, with small files in place of the printed ones: printing is tested elsewhere."""

from datetime import datetime

from cases import files
from permissions import clock
from reports.models import MonthlyReport
from workflows.door import perform

DOCX = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


def pdf_bytes(report, text="正文"):
    """Not a whole PDF, but with the metadata by which a report names itself."""
    return (
        f"%PDF-1.7\n<x:xmpmeta><pdf:Keywords>data_digest={report.digest}</pdf:Keywords></x:xmpmeta>\n{text}\n%%EOF"
    ).encode()


def issue(report, *, clerk, head, leader, at=datetime(2026, 11, 20, 9)):
    """Submit, review, sign, number and issue; returns the report as it then stands."""
    with clock.at(at):
        perform(report.pk, "submit_report", actor=clerk)
        perform(report.pk, "review_report", actor=head)
        perform(report.pk, "sign_report", actor=leader)
        perform(report.pk, "number_report", actor=None)
        report = MonthlyReport.objects.get(pk=report.pk)
        pdf = files.store(report.office_id, pdf_bytes(report), "application/pdf")
        xlsx = files.store(report.office_id, f"PK ledger {report.pk}".encode(), XLSX)
        internal = files.store(report.office_id, pdf_bytes(report, "内部情况"), "application/pdf")
        docx = files.store(report.office_id, f"PK paper {report.pk}".encode(), DOCX)
        made = {"pdf": pdf.pk, "xlsx": xlsx.pk, "internal_pdf": internal.pk, "docx": docx.pk}
        perform(report.pk, "issue_report", actor=None, **made)
    return MonthlyReport.objects.get(pk=report.pk)
