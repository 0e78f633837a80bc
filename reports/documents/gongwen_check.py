"""Measure a finished paper against GB/T 9704-2012 and say, rule by rule, what was expected and what was found.

Only what the standard demands fails. What it calls usual (一般), recommended (推荐) or what follows from it by
calculation warns. A rule about a part that a paper may lack (签发人, 附件) is left out when the part is not there.
Nothing here knows how the paper was made: it is read back with PDFium.
"""

from reports.documents.checks import measured, parts, sheet
from reports.documents.checks.anatomy import Paper
from reports.documents.checks.verdicts import Finding

# Parts that some papers rightly lack: a form has no red head, an inner paper counts by the month.
PARTS = ("head", "number", "imprint", "signature", "numbers")
LACKS = {"internal": ("number",)}


def check(content: bytes, *, without=()) -> list[Finding]:
    """Every rule that applies to the paper, in the order of the standard.

    ``without``: names of ``PARTS`` that this kind of paper does not have. Errors: measured.Unreadable.
    """
    paper = Paper(measured.read(content))
    findings = [*sheet.page(paper), *sheet.type_area(paper), *sheet.lines(paper)]
    if "head" not in without:
        findings += [*parts.mark(paper, content)]
        if "number" not in without:
            findings += [*parts.number(paper)]
    findings += [
        *parts.title(paper),
        *parts.addressee(paper),
        *parts.headings(paper),
        *parts.annex_note(paper),
    ]
    if "signature" not in without:
        findings += [*parts.signature(paper)]
    findings += [*parts.annexes(paper)]
    if "imprint" not in without:
        findings += [*parts.imprint(paper)]
    if "numbers" not in without:
        findings += [*sheet.page_numbers(paper)]
    return [*findings, *sheet.text(paper)]
