"""Word documents: text as printed, list numbers, tables, tracked changes."""

import io
from unittest import TestCase

from docx import Document
from docx.oxml import parse_xml
from docx.oxml.ns import nsdecls, qn

from cases.intake import read_plan
from cases.intake.source import source_text

from . import plans


def as_bytes(document):
    buffer = io.BytesIO()
    document.save(buffer)
    return buffer.getvalue()


def from_lines(text):
    document = Document()
    for line in text.split("\n"):
        document.add_paragraph(line)
    return as_bytes(document)


def numbered(levels, paragraphs):
    """A document whose numbers exist only in its numbering: ``levels`` (format, text), (level, text) paragraphs."""
    document = Document()
    numbering = document.part.numbering_part.element
    rows = "".join(
        f'<w:lvl w:ilvl="{at}"><w:start w:val="1"/><w:numFmt w:val="{form}"/><w:lvlText w:val="{text}"/></w:lvl>'
        for at, (form, text) in enumerate(levels)
    )
    numbering.insert(
        0, parse_xml(f'<w:abstractNum {nsdecls("w")} w:abstractNumId="77">{rows}</w:abstractNum>')
    )
    numbering.append(parse_xml(f'<w:num {nsdecls("w")} w:numId="77"><w:abstractNumId w:val="77"/></w:num>'))
    for level, text in paragraphs:
        properties = document.add_paragraph(text)._p.get_or_add_pPr()
        if level is not None:
            properties.append(
                parse_xml(f'<w:numPr {nsdecls("w")}><w:ilvl w:val="{level}"/><w:numId w:val="77"/></w:numPr>')
            )
    return as_bytes(document)


def table(header, rows):
    document = Document()
    document.add_paragraph("青山县问题整改台账")
    grid = document.add_table(rows=0, cols=len(header))
    for row in [header, *rows]:
        for cell, text in zip(grid.add_row().cells, row, strict=True):
            cell.text = text
    return document, grid


def duties(measure):
    return [unit.printed for unit in measure.lead_units], [unit.printed for unit in measure.responsible_units]


class DocxTests(TestCase):
    def test_the_same_text_gives_the_same_proposal(self):
        for name in ("WHOLE", "FIELDS", "TASKS", "WRAPPED", "ONE_LINE"):
            with self.subTest(name=name):
                text = getattr(plans, name)
                expected = read_plan(text.encode(), "plan.txt").to_json()
                self.assertEqual(read_plan(from_lines(text), "plan.docx").to_json(), expected)

    def test_the_kind_is_told_by_content(self):
        self.assertEqual(len(read_plan(from_lines(plans.WHOLE), "plan.txt").measures), 7)
        self.assertEqual(len(read_plan(plans.WHOLE.encode(), "plan.docx").measures), 7)

    def test_numbers_that_only_the_numbering_holds(self):
        data = numbered(
            [("chineseCounting", "%1、"), ("chineseCounting", "（%2）"), ("decimal", "%3.")],
            [
                (None, "青山县整改方案"),
                (0, "存在问题"),
                (1, "巡查不力。"),
                (None, "整改措施："),
                (2, "加强巡查。（责任单位：县水务局）"),
                (2, "建立台账。（责任单位：县财政局）"),
                (1, "宣传不够。"),
                (None, "整改措施："),
                (2, "加强宣传。（责任单位：县委宣传部）"),
            ],
        )
        plan = read_plan(data, "plan.docx")
        self.assertEqual(
            [(item.label, item.text) for item in plan.problems],
            [("（一）", "巡查不力。"), ("（二）", "宣传不够。")],
        )
        self.assertEqual([item.label for item in plan.measures], ["1.", "2.", "1."])

    def test_number_formats(self):
        forms = {
            "decimal": "12",
            "chineseCountingThousand": "十二",
            "decimalEnclosedCircleChinese": "⑫",
            "upperLetter": "L",
        }
        for form, expected in forms.items():
            with self.subTest(form=form):
                text = source_text(numbered([(form, "%1、")], [(0, "项")] * 12), "plan.docx")
                self.assertEqual(text.split("\n")[-1], expected + "、项")

    def test_tracked_changes_are_read_as_accepted(self):
        document = Document()
        paragraph = document.add_paragraph("青山县")._p
        w = nsdecls("w")
        paragraph.append(parse_xml(f"<w:ins {w}><w:r><w:t>整改</w:t></w:r></w:ins>"))
        paragraph.append(parse_xml(f"<w:del {w}><w:r><w:delText>工作</w:delText></w:r></w:del>"))
        paragraph.append(parse_xml(f"<w:moveFrom {w}><w:r><w:t>旧</w:t></w:r></w:moveFrom>"))
        paragraph.append(
            parse_xml(f"<w:r {w}><w:t>方案</w:t><w:br/><w:t>甲</w:t><w:tab/><w:t>乙</w:t></w:r>")
        )
        paragraph.get_or_add_pPr().append(parse_xml(f"<w:rPr {w}><w:del/></w:rPr>"))
        document.add_paragraph("丙")
        self.assertEqual(source_text(as_bytes(document), "a.docx"), "青山县整改方案\n甲\t乙丙")

    def test_table_of_problems(self):
        header = ["序号", "反馈问题", "整改目标", "整改措施", "牵头单位", "责任单位", "整改时限"]
        rows = [
            [
                "1",
                "河道污染",
                "达标",
                "1.排查。\n2.建管网。",
                "县生态环境分局",
                "县水务局\n各乡镇",
                "2024年12月底前",
            ],
            ["2", "扬尘", "达标", "加强巡查", "县住房城乡建设局", "县城管局", "长期坚持"],
        ]
        first, second = read_plan(as_bytes(table(header, rows)[0]), "plan.docx").problems
        self.assertEqual((first.text, first.goal), ("河道污染", "达标"))
        self.assertEqual([item.text for item in first.measures], ["排查。", "建管网。"])
        self.assertEqual(duties(first.measures[1]), (["县生态环境分局"], ["县水务局", "各乡镇"]))
        self.assertTrue(second.measures[0].long_term)

    def test_table_with_a_merged_problem(self):
        header = ["序号", "存在问题", "整改措施", "责任单位", "完成时限"]
        rows = [
            ["1", "河道污染", "排查", "县水务局", "2024年12月底前"],
            ["", "", "建管网", "县住建局", "2024年10月底前"],
        ]
        document, grid = table(header, [*rows, ["2", "扬尘", "巡查", "县城管局", "长期坚持"]])
        grid.cell(1, 1).merge(grid.cell(2, 1))
        first, second = read_plan(as_bytes(document), "plan.docx").problems
        self.assertEqual([duties(item)[1] for item in first.measures], [["县水务局"], ["县住建局"]])
        self.assertEqual(
            [str(item.checkpoints[0].due_on) for item in first.measures], ["2024-12-31", "2024-10-31"]
        )
        self.assertEqual(len(second.measures), 1)

    def test_table_of_tasks(self):
        rows = [
            ["1", "新建学校", "县教体局", "2024年12月底前"],
            ["2", "改造卫生院", "县卫健局", "2024年10月底前"],
        ]
        document, _ = table(["序号", "工作任务", "牵头单位", "完成时限"], rows)
        plan = read_plan(as_bytes(document), "plan.docx")
        self.assertEqual(
            [(item.text, duties(item)[0]) for item in plan.measures],
            [("新建学校", ["县教体局"]), ("改造卫生院", ["县卫健局"])],
        )

    def test_a_broken_numbering_is_left_out(self):
        document = Document()
        paragraph = document.add_paragraph("一、任务")._p.get_or_add_pPr()
        paragraph.append(parse_xml(f'<w:numPr {nsdecls("w")}><w:numId w:val="no"/></w:numPr>'))
        document.part.numbering_part.element.find(qn("w:num")).set(qn("w:numId"), "no")
        self.assertIn("一、任务", source_text(as_bytes(document), "a.docx"))
