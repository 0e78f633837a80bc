"""The monthly report as a Word document for further editing. The signed PDF stays the record; this says so itself."""

import datetime

from reports.documents import annex, frame, monthly, statistics, word
from reports.documents.text import clean_text, full_width
from reports.documents.titles import split_title
from reports.proof import canonical, digest

EDITABLE = "本文档供编辑使用，不作为印发文本；以签发的PDF为准。"
FIGURE_WIDTHS = (38, 40, 78)
FIGURE_HEAD = ("指标", "数量和比例", "计算口径")
UNIT_WIDTHS = (9, 36, 10, 11, 11, 11, 10, 12, 22, 24)
UNIT_HEAD = ("序号", "单位", "措施", "已销号", "已完成", "达到序时", "逾期", "报送", "报送时间", "拟稿、审签")
TYPE_AREA = 27.6  # characters of 16 points


def monthly_report_docx(snapshot, issue) -> bytes:
    """The report with real styles, official font names and the digest of its data in the properties.

    The same snapshot and issue give the same bytes.
    """
    document = begin(snapshot, issue)
    _body(document, snapshot)
    names = monthly.annexes(snapshot)
    end(document, snapshot, issue, [one["name"] for one in names.values()], monthly.replaces(snapshot))
    _ledger(document, snapshot, names)
    _statistics(document, snapshot, names)
    _units(document, snapshot, names)
    imprint(document, snapshot, issue)
    return word.save(document, day_of(snapshot, issue))


def begin(snapshot, issue):
    """A document with its properties, its head and its title."""
    mark = clean_text(issue.get("mark") or snapshot["office"]["name"])
    document = word.new_document(*frame.mark_style(mark))
    _set_properties(document, snapshot, issue)
    _add_head(document, snapshot, issue, mark)
    return document


def day_of(snapshot, issue):
    return datetime.datetime.fromisoformat(
        (issue.get("issued_on") or f"{snapshot['period']['month']}-01")[:10]
    )


def _set_properties(document, snapshot, issue):
    data_digest, day = digest(canonical(snapshot)), day_of(snapshot, issue)
    about = document.core_properties
    about.title, about.author = (
        clean_text(snapshot["title"])[:255],
        clean_text(snapshot["office"]["name"])[:255],
    )
    about.subject, about.last_modified_by = clean_text(issue.get("document_number")), "Xiaohao"
    about.keywords = frame.keywords(data_digest, issue.get("log"))
    about.comments, about.language, about.revision = EDITABLE, "zh-CN", 1
    about.created = about.modified = day


def add(document, text, style):
    return document.add_paragraph(clean_text(text), style=style)


def paragraphs(document, text, more=""):
    lines = [line.strip() for line in clean_text(text).split("\n") if line.strip()]
    for number, line in enumerate(lines, 1):
        add(document, line + (more if number == len(lines) else ""), word.BODY)


def _add_head(document, snapshot, issue, mark):
    add(document, mark, word.MARK)
    number = add(document, issue.get("document_number") or "（未编号）", word.NUMBER)
    if issue.get("upward"):
        # To a higher office: the number one character from the left, the signatory one from the right.
        number.alignment = word.ALIGN.LEFT
        word.indent(number._p.get_or_add_pPr(), first=word.CHARACTER)  # the rule keeps its full width
        word.right_tab(number, TYPE_AREA - 1)
        number.add_run(f"\t{clean_text(issue.get('signatory_label') or frame.SIGNATORY)}：")
        name = number.add_run(frame.signers(issue)[2]["name"])
        word.run_font(name, word.KAI)
    title = document.add_paragraph(style="Title")
    for at, line in enumerate(split_title(clean_text(snapshot["title"]))):
        run = title.add_run(line)
        if at:
            run._r.insert(0, word.OxmlElement("w:br"))
    if snapshot["addressees"]:
        add(document, f"{clean_text(snapshot['addressees'])}：", word.ADDRESSEE)


def _body(document, snapshot):
    paragraphs(document, snapshot["texts"]["opening"])
    for at, (key, heading) in enumerate(monthly.SECTIONS):
        add(document, heading, word.HEADING_1)
        if at == 0 and snapshot["figures"]:
            figures(document, snapshot["figures"], monthly.figures_line(monthly.annexes(snapshot)))
        for item in snapshot["texts"][key]:
            add(document, f"{full_width(item['problem'])}{clean_text(item['heading'])}", word.HEADING_2)
            units = monthly.unnamed_units(item)
            paragraphs(document, item["text"], f"（{units}）" if units else "")
        if not snapshot["texts"][key]:
            add(document, "无。", word.BODY)


def figures(document, rows, line):
    add(document, line, word.BODY)
    add(document, "表1　整改工作主要数据", word.CAPTION)
    cells = [[clean_text(f["label"]), statistics.figure_value(f), clean_text(f["formula"])] for f in rows]
    word.table(document, FIGURE_WIDTHS, FIGURE_HEAD, cells)


def end(document, snapshot, issue, annexes, note):
    """Closing words, note of the annexes, signature and date; the page of the signature holds text of the body."""
    if issue.get("upward"):
        add(document, "特此报告。", word.BODY)
    document.paragraphs[-1].paragraph_format.keep_with_next = True
    for at, name in enumerate(annexes):
        line = add(document, f"{'' if at else '附件：'}{at + 1}. {name}", word.ANNEX_NOTE)
        hanging = 1.2 if at else 4.2
        word.indent(
            line._p.get_or_add_pPr(), left=int(6.2 * word.CHARACTER), first=-int(hanging * word.CHARACTER)
        )
        if not at:
            line.paragraph_format.space_before = word.Pt(word.LINE)
    block = frame.signature(issue, snapshot["office"]["name"])
    start = TYPE_AREA - block.room - block.width
    for at, line in enumerate((*block.lines, block.date)):
        signed = add(document, line, word.SIGNATURE)
        word.indent(signed._p.get_or_add_pPr(), left=int((start + block.shift(at)) * word.CHARACTER))
        if not at:
            signed.paragraph_format.space_before = word.Pt(word.LINE * (2 if block.sealed else 1))
    signed.paragraph_format.keep_with_next = False
    if note:
        add(document, note, word.BODY)


def annex_head(document, label, name):
    add(document, label, word.ANNEX_HEAD)
    add(document, name, word.ANNEX_TITLE)


def _ledger(document, snapshot, names):
    word.new_section(document, across=True)
    annex_head(document, **names["ledger"])
    columns = annex.columns_in(snapshot)
    widths = annex.ledger_widths(snapshot["ledger"], columns)
    widths["number"] += 3  # Word needs more room than the page for （1） on one line
    widths["measure"] -= 3
    rows, problem = [], None
    for row in snapshot["ledger"]:
        label = f"问题{full_width(row['problem_label'])}{clean_text(row['problem_text'])}"
        if label != problem:
            rows.append(label)
            problem = label
        rows.append([_cell(row, column) for column in columns])
    word.table(document, list(widths.values()), [column.heading for column in columns], rows or ["无"])


def _cell(row, column):
    return full_width(row["number"]) if column.name == "number" else annex.cell_text(row, column)


def _statistics(document, snapshot, names):
    if "statistics" not in names:
        return
    word.new_section(document, across=False)
    annex_head(document, **names["statistics"])
    for table in statistics.tables(snapshot):
        add(document, table.caption, word.CAPTION)
        word.table(document, [millimetres for _name, millimetres in table.widths], table.head, table.rows)
        for note in table.notes:
            add(document, note, word.NOTE)


def _units(document, snapshot, names):
    word.new_section(document, across=False)
    annex_head(document, **names["units"])
    rows = [
        [row["number"], row["unit"], *row["counts"], row["status"], row["filed_at"], row["people"]]
        for row in monthly.unit_rows(snapshot)
    ]
    word.table(document, UNIT_WIDTHS, UNIT_HEAD, rows or ["无"])
    add(
        document,
        "注：措施计入牵头单位，方案未明确牵头单位的计入责任单位；有几个单位的，在各单位分别计数。“—”表示没有措施或没有报送。",
        word.NOTE,
    )


def imprint(document, snapshot, issue):
    for line in (EDITABLE, f"数据摘要（SHA-256）：{digest(canonical(snapshot))}"):
        add(document, line, word.NOTE)
    printed_by = clean_text(issue.get("printed_by") or snapshot["office"]["name"])
    rows = [(printed_by, f"{frame.date_of(issue)}印发")]
    if copies := clean_text(issue.get("copies_to")).rstrip("。"):
        rows.insert(0, (f"抄送：{copies}。", ""))
    word.imprint_table(document, rows)
