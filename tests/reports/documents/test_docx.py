import io
import re
import zipfile

import docx
from django.test import SimpleTestCase
from docx.oxml.ns import qn

from reports.documents import statistics, word
from reports.documents.docx import monthly_report_docx
from reports.proof import canonical, digest
from tests.reports.documents import sample

MM = 36000


class MonthlyReportTests(SimpleTestCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.issue = sample.issue() | {"upward": True}
        cls.content = monthly_report_docx(sample.snapshot(), cls.issue)
        cls.document = docx.Document(io.BytesIO(cls.content))
        with zipfile.ZipFile(io.BytesIO(cls.content)) as parts:
            cls.xml = "".join(parts.read(name).decode() for name in parts.namelist() if name.endswith(".xml"))

    def of_style(self, style):
        return [p.text for p in self.document.paragraphs if p.style.name == style]

    def test_every_part_carries_its_style(self):
        table = (
            (word.MARK, sample.OFFICE),
            (word.NUMBER, "清整改办〔2026〕11号\t签发人：陈国平"),
            (word.ADDRESSEE, "县委、县人民政府，县领导小组："),
            (word.HEADING_1, "二、整改过程中发现的问题"),
            (word.HEADING_2, f"（二）{sample.PROBLEMS[1]}"),
            (word.BODY, "特此报告。"),
            (word.ANNEX_NOTE, "附件：1. 2026年11月整改台账"),
            (word.SIGNATURE, "2026年11月22日"),
            (word.ANNEX_HEAD, "附件3"),
            (word.CAPTION, "表2　各问题整改进度"),
        )
        for style, text in table:
            with self.subTest(style):
                self.assertIn(text, self.of_style(style))
        (title,) = self.of_style("Title")
        self.assertEqual(title.replace("\n", ""), sample.snapshot()["title"])

    def test_styles_name_the_official_fonts_and_no_theme(self):
        faces = {
            word.BODY: word.FANGSONG, "Title": word.TITLE, word.MARK: word.TITLE, word.HEADING_1: word.HEI,
            word.HEADING_2: word.KAI, word.CELL: word.SONG,
        }  # fmt: skip
        for name, face in faces.items():
            fonts = self.document.styles[name].element.rPr.rFonts
            with self.subTest(name):
                self.assertEqual(
                    {fonts.get(qn(f"w:{key}")) for key in ("ascii", "hAnsi", "eastAsia")}, {face}
                )
                self.assertFalse([key for key in fonts.attrib if "Theme" in key])

    def test_pages_have_the_margins_of_the_standard_and_no_grid(self):
        upright, across, parts, units = self.document.sections
        edges = ("top_margin", "right_margin", "bottom_margin", "left_margin")
        for section in (upright, across, parts, units):
            wanted = word.ACROSS if section is across else word.UPRIGHT
            self.assertEqual([round(getattr(section, edge) / MM) for edge in edges], list(wanted))
        self.assertEqual(round(across.page_width / MM), 297)
        self.assertNotIn("docGrid", self.xml)
        self.assertIn("<w:mirrorMargins/>", self.xml)
        self.assertIn("PAGE", upright.even_page_footer._element.xml)

    def test_the_ledger_has_every_measure_under_its_problem_with_a_repeated_head(self):
        ledger = self.document.tables[1]._tbl
        rows = ["".join(t.text or "" for t in row.iter(qn("w:t"))) for row in ledger.iter(qn("w:tr"))]
        self.assertEqual(len(rows), 1 + 9 + 40)
        self.assertEqual(sum(row.startswith("问题（") for row in rows), 9)
        self.assertEqual(len(list(ledger.iter(qn("w:tblHeader")))), 1)
        self.assertEqual(len(list(ledger.iter(qn("w:cantSplit")))), 50)
        self.assertEqual(len(list(ledger.iter(qn("w:gridCol")))), 8)

    def test_the_digest_of_the_data_stands_in_the_properties_and_in_print(self):
        data_digest = digest(canonical(sample.snapshot()))
        self.assertIn(f"data_digest={data_digest}", self.document.core_properties.keywords)
        self.assertIn(f"数据摘要（SHA-256）：{data_digest}", self.of_style(word.NOTE))

    def test_the_same_data_give_the_same_bytes(self):
        self.assertEqual(monthly_report_docx(sample.snapshot(), self.issue), self.content)

    def test_figures_are_those_of_the_snapshot(self):
        cells = [cell.text for cell in self.document.tables[0].columns[1].cells]
        self.assertEqual(cells[1:3], ["7/40 = 17.5%", "13/40 = 32.5%"])
        self.assertEqual(cells[-1], "0/0（不计算比例）")

    def test_the_statistics_are_those_of_the_printed_report(self):
        made = [
            [[cell.text for cell in row.cells] for row in table.rows] for table in self.document.tables[2:5]
        ]
        for rows, table in zip(made, statistics.tables(sample.snapshot()), strict=True):
            self.assertEqual(rows, [list(table.head), *table.rows])

    def test_what_users_type_is_text_and_not_markup(self):
        data = sample.snapshot()
        data["texts"]["opening"] = "甲\x0b\x1b<w:p>&乙"
        data["ledger"][0]["measure"] = "<w:tc>\x00&"
        made = docx.Document(io.BytesIO(monthly_report_docx(data, sample.issue(data))))
        self.assertIn("<w:p>&乙", [p.text for p in made.paragraphs])
        self.assertEqual(made.tables[1].rows[2].cells[1].text, "<w:tc>&")

    def test_an_empty_month_and_a_draft_without_number_can_be_written(self):
        data = sample.snapshot()
        data.update(ledger=[], by_unit=[], filings=[], figures=[])
        data["texts"] = {"opening": "", "progress": [], "difficulties": [], "next_steps": []}
        text = "\n".join(p.text for p in docx.Document(io.BytesIO(monthly_report_docx(data, {}))).paragraphs)
        self.assertEqual(len(re.findall("无。", text)), 3)
        self.assertIn("（未编号）", text)
