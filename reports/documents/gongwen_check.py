"""Measure a finished paper against GB/T 9704-2012 and say, rule by rule, what was expected and what was found.

Only what the standard demands fails. What it calls usual (一般), recommended (推荐) or what follows from it by
calculation warns. A rule about a part that a paper may lack (签发人, 附件) is left out when the part is not there.
Nothing here knows how the paper was made: it is read back with PDFium.
"""

from reports.documents.checks import measured, parts, sheet
from reports.documents.checks.anatomy import Paper
from reports.documents.checks.verdicts import Finding

# Parts that some papers rightly lack: a form has no red head, an inner paper counts by the month.
PARTS = ("head", "number", "text", "imprint", "signature", "numbers")
FORM = ("head", "text", "imprint", "signature")
LACKS = {
    "internal": ("number",),
    "verification": FORM,
    "extension": FORM,
    "filing": ("head", "imprint"),
    "reminder": ("imprint",),  # a letter (10.1)
}
INTERNAL_TITLE = "内部情况"


def lacks(content: bytes) -> tuple[str, ...]:
    """Names of ``PARTS`` that a paper of this product rightly lacks, by what it says of itself; none of any other.

    Errors: measured.Unreadable.
    """
    title, data = measured.title_and_data(content)
    kind = str(data.get("kind", "")).lower()
    if kind == "instrument" and data["content"]["kind"] == "REMINDER" and not data["content"]["copies"]:
        kind = "reminder"
    if "period" in data and title.endswith(INTERNAL_TITLE):
        kind = "internal"
    return LACKS.get(kind, ())


def check(content: bytes, *, without=()) -> list[Finding]:
    """Every rule that applies to the paper, in the order of the standard.

    ``without``: names of ``PARTS`` that this kind of paper does not have. Errors: measured.Unreadable.
    """
    paper = Paper(measured.read(content))
    has = {part: part not in without for part in PARTS}
    head = (
        [*parts.mark(paper, content), *(parts.number(paper) if has["number"] else ())] if has["head"] else []
    )
    if has["text"]:
        text = [*parts.addressee(paper), *parts.headings(paper), *parts.annex_note(paper)]
        area = [*sheet.type_area(paper), *sheet.lines(paper)]
    else:
        text, area = [], sheet.form(paper)
    return [
        *sheet.page(paper),
        *area,
        *head,
        *parts.title(paper),
        *text,
        *(parts.signature(paper) if has["signature"] else ()),
        *parts.annexes(paper),
        *(parts.imprint(paper) if has["imprint"] else ()),
        *(sheet.page_numbers(paper) if has["numbers"] else ()),
        *sheet.text(paper),
    ]
