"""The bulletin as a Word document for further editing; the signed PDF stays the record, see ``docx``."""

from reports.documents import bulletin, docx, word
from reports.documents.text import clean_text, full_width

RANKING_WIDTHS = (14, 62, 40, 40)
LIGHT_WIDTHS, LIGHT_COLUMNS = (10, 19, 56, 31, 22, 18), ("序号", "编号", "整改措施", "牵头单位", "时限")


def bulletin_docx(snapshot, issue) -> bytes:
    """The same snapshot and issue give the same bytes."""
    document = docx.begin(snapshot, issue)
    _body(document, snapshot)
    names = bulletin.annexes(snapshot)
    docx.end(document, snapshot, issue, names, bulletin.replaces(snapshot))
    word.new_section(document, across=False)
    docx.annex_head(document, "附件1", names[0])
    for table in bulletin.ranking_tables(snapshot):
        docx.add(document, table["caption"], word.CAPTION)
        head, rows = bulletin.ranking_head(snapshot), [list(row.values()) for row in table["rows"]]
        word.table(document, RANKING_WIDTHS, head, rows)
    docx.add(document, bulletin.ranking_rule(snapshot), word.NOTE)
    word.new_section(document, across=False)
    docx.annex_head(document, "附件2", names[1])
    for label, days, rows in bulletin.light_lists(snapshot):
        docx.add(document, f"{label}措施（{len(rows)}项）", word.CAPTION)
        cells = [_light(number, row) for number, row in enumerate(rows, 1)]
        word.table(document, LIGHT_WIDTHS, (*LIGHT_COLUMNS, days), cells or ["无"])
    docx.imprint(document, snapshot, issue)
    return word.save(document, docx.day_of(snapshot, issue))


def _body(document, snapshot):
    docx.paragraphs(document, snapshot["texts"]["opening"])
    for chapter in bulletin.chapters(snapshot):
        docx.add(document, chapter["heading"], word.HEADING_1)
        if chapter["figures"]:
            docx.figures(document, snapshot["figures"], *chapter["paragraphs"])
            continue
        for paragraph in chapter["paragraphs"]:
            docx.add(document, paragraph, word.BODY)
        for case in chapter["cases"]:
            docx.add(document, case["heading"], word.HEADING_2)
            for paragraph in case["paragraphs"]:
                docx.add(document, paragraph, word.BODY)


def _light(number, row):
    units = clean_text("、".join(row["units"]))
    return [number, full_width(row["number"]), clean_text(row["text"]), units, row["due_on"], row["days"]]
