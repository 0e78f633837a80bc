"""An issued paper for tests, with small files in place of the printed ones: printing is tested elsewhere."""

from datetime import datetime

from cases import files
from cases.media import DOCX, PDF, XLSX
from permissions import clock
from workflows.acts.signed_papers import kind_of
from workflows.door import perform


def pdf_bytes(paper, text="正文"):
    """Not a whole PDF, but with the metadata by which a paper names itself."""
    return (
        f"%PDF-1.7\n<x:xmpmeta><pdf:Keywords>data_digest={paper.digest}</pdf:Keywords></x:xmpmeta>\n{text}\n%%EOF"
    ).encode()


def issue(paper, *, clerk, head, leader, at=datetime(2026, 11, 20, 9)):
    """Submit, review, sign, number and issue; returns the report or bulletin as it then stands."""
    kind = paper.kind
    with clock.at(at):
        perform(paper.pk, f"submit_{kind}", actor=clerk)
        perform(paper.pk, f"review_{kind}", actor=head)
        perform(paper.pk, f"sign_{kind}", actor=leader)
        perform(paper.pk, f"number_{kind}", actor=None)
        paper.refresh_from_db()
        small = {
            "pdf": (pdf_bytes(paper), PDF),
            "xlsx": (f"PK ledger {paper.pk}".encode(), XLSX),
            "internal_pdf": (pdf_bytes(paper, "内部情况"), PDF),
            "docx": (f"PK {kind} {paper.pk}".encode(), DOCX),
        }
        made = {
            name: files.store(paper.office_id, *small[name]).pk
            for name in (*paper.proved, *kind_of(paper).also)
        }
        perform(paper.pk, f"issue_{kind}", actor=None, **made)
    return type(paper).objects.get(pk=paper.pk)
