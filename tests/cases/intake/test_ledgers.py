"""The same invented ledger as Word table, spreadsheet, comma-separated text, pasted cells and saved page."""

import datetime
import io
from unittest import TestCase, mock

import openpyxl
from docx import Document

from cases.intake import IntakeRefused, limits, read_plan
from cases.intake.tables import ABOVE, LEFT, table_lines

from . import forms

TITLE = "青山县2024年生态环境问题整改台账"
HEADER = ["序号", "存在问题", "整改目标", "整改措施", "牵头单位", "责任单位", "整改时限", "责任领导", "备注"]
ROWS = [
    [
        "1",
        "河道污染。部分河段水质不达标。",
        "水质达标",
        "开展排查，建立台账。",
        "县生态环境分局",
        "县水务局、各乡镇",
        "2024年6月30日前",
        "张三",
        "",
    ],
    ["", "", "", "新建污水管网12公里。", "县住房城乡建设局", "县财政局", "2024年12月底前", "李四", "省级"],
    [
        "2",
        "工地扬尘管控不力。",
        "六个百分百",
        "加强巡查，从严处罚。",
        "县住房城乡建设局",
        "县城管局",
        "长期坚持",
        "王五",
        "",
    ],
]
EXPECTED = [
    (
        "问题1",
        "河道污染。部分河段水质不达标。",
        [
            ("", "开展排查，建立台账。", ["县生态环境分局"], ["县水务局", "各乡镇"], ["2024-06-30"], False),
            ("", "新建污水管网12公里。", ["县住房城乡建设局"], ["县财政局"], ["2024-12-31"], False),
        ],
    ),
    (
        "问题2",
        "工地扬尘管控不力。",
        [("", "加强巡查，从严处罚。", ["县住房城乡建设局"], ["县城管局"], [], True)],
    ),
]
WHOLE = [[TITLE, *[""] * 8], HEADER, *ROWS]


def in_word(rows, merge=True):
    document, buffer = Document(), io.BytesIO()
    document.add_paragraph(TITLE)
    grid = document.add_table(rows=0, cols=len(HEADER))
    for row in rows:
        for cell, text in zip(grid.add_row().cells, row, strict=True):
            cell.text = text
    for column in (0, 1, 2) if merge else ():
        grid.cell(1, column).merge(grid.cell(2, column))
    document.save(buffer)
    return buffer.getvalue()


def on_page():
    rows = [HEADER, ROWS[0], [None, None, None, *ROWS[1][3:]], ROWS[2]]
    table = forms.as_html_table(rows, {(1, 0): 2, (1, 1): 2, (1, 2): 2})
    return forms.SITE.format(charset="utf-8", body=f"<p>{TITLE}</p>{table}").encode()


class LedgerTests(TestCase):
    def assert_read(self, data, name, expected=EXPECTED):
        proposal = read_plan(data, name)
        self.assertEqual(forms.essence(proposal), expected)
        for measure in proposal.measures:
            for item in [*measure.lead_units, *measure.responsible_units, *measure.checkpoints]:
                self.assertEqual(proposal.text[item.start : item.end], item.printed)
        return proposal

    def test_every_form_of_the_same_ledger(self):
        merged = ["A1:I1", "A3:A4", "B3:B4", "C3:C4"]
        files = {
            "word.docx": in_word([HEADER, *ROWS]),
            "sheet.xlsx": forms.as_xlsx(WHOLE, merged=merged),
            "unmerged.xlsx": forms.as_xlsx(WHOLE),
            "sheet.csv": forms.as_csv(WHOLE),
            "gb.csv": forms.as_csv(WHOLE, "gb18030"),
            "page.html": on_page(),
            "pasted.txt": "\r\n".join([TITLE, *("\t".join(row) for row in [HEADER, *ROWS])]).encode(),
        }
        for name, data in files.items():
            with self.subTest(name=name):
                proposal = self.assert_read(data, name)
                self.assertEqual(proposal.title, TITLE)
                self.assertEqual(proposal.problems[0].goal, "水质达标")
                self.assertEqual([unit.printed for unit in proposal.measures[1].people], ["李四"])
                self.assertEqual({remark.code for remark in proposal.remarks}, {"no_issue_date"})

    def test_in_a_pdf_the_ruled_lines_make_the_cells(self):
        rows = [HEADER, ROWS[0], [None, None, None, *ROWS[1][3:]], ROWS[2]]
        table = forms.as_html_table(rows, {(1, 0): 2, (1, 1): 2, (1, 2): 2})
        self.assert_read(forms.as_pdf(f"<p>{TITLE}</p>{table}<p>二、工作要求</p>"), "ledger.pdf")

    def test_a_table_over_several_pages_of_a_pdf(self):
        measure = "开展排查整治，建立台账，逐一销号，向社会公开，接受群众监督" * 3 + "。"
        rows = [
            [str(number), f"第{number}个问题。", "达标", measure, "县水务局", "县财政局", "立行立改", "", ""]
            for number in range(1, 16)
        ]
        table = forms.as_html_table([HEADER, *rows]).replace("<tr>", "<thead><tr>", 1)
        table = table.replace("</tr>", "</tr></thead>", 1)
        paper = read_plan(forms.as_pdf(f"<p>{TITLE}</p>{table}"), "ledger.pdf")
        sheet = read_plan(forms.as_xlsx([[TITLE, *[""] * 8], HEADER, *rows]), "ledger.xlsx")
        self.assertEqual(forms.essence(paper), forms.essence(sheet))

    def test_headings_in_any_order_and_other_words(self):
        header = ["完成时限（年月）", "配合单位", "牵头部门", "整改任务", "反馈问题", "No."]
        row = ["2024年5月底前", "县财政局", "县水务局", "拆除违建。", "乱占河道。", "1"]
        proposal = self.assert_read(
            forms.as_xlsx([header, row, ["2024年7月底前", "", "县公安局", "严查盗采。", "非法采砂。", "2"]]),
            "a.xlsx",
            [
                (
                    "问题1",
                    "乱占河道。",
                    [("", "拆除违建。", ["县水务局"], ["县财政局"], ["2024-05-31"], False)],
                ),
                ("问题2", "非法采砂。", [("", "严查盗采。", ["县公安局"], [], ["2024-07-31"], False)]),
            ],
        )
        self.assertEqual(proposal.kind, "rectification_plan")

    def test_values_are_read_as_the_sheet_shows_them(self):
        row = [
            1,
            "超标。",
            "达标率95%",
            "整治。",
            "县水务局",
            "县财政局",
            datetime.date(2024, 6, 30),
            "",
            0.5,
        ]
        measure = read_plan(forms.as_xlsx([HEADER, row]), "a.xlsx").measures[0]
        self.assertEqual([str(item.due_on) for item in measure.checkpoints], ["2024-06-30"])
        self.assertEqual(measure.deadline_text, "2024年6月30日")

    def test_a_merged_unit_holds_for_each_measure(self):
        rows = [HEADER, ROWS[0], ["", "", "", "新建管网。", "", "", "", "", ""], ROWS[2]]
        merged = [f"{letter}2:{letter}3" for letter in "ABCEFGH"]
        first = read_plan(forms.as_xlsx(rows, merged=merged), "a.xlsx").problems[0]
        self.assertEqual(
            [[unit.printed for unit in measure.responsible_units] for measure in first.measures],
            [["县水务局", "各乡镇"]] * 2,
        )
        self.assertEqual([len(measure.checkpoints) for measure in first.measures], [1, 1])

    def test_an_empty_unit_is_asked_for_and_not_guessed(self):
        rows = [HEADER, ROWS[0], ["", "", "", "新建管网。", "", "", "", "", ""]]
        proposal = read_plan(forms.as_xlsx(rows), "a.xlsx")
        self.assertEqual(proposal.measures[1].lead_units + proposal.measures[1].responsible_units, [])
        self.assertIn("no_units", {remark.code for remark in proposal.remarks})

    def test_one_measure_in_several_rows(self):
        rows = [HEADER, ROWS[0], ["", "", "", "", "", "县公安局", "", "", ""]]
        measure = read_plan(forms.as_xlsx(rows, merged=["B2:B3", "D2:D3"]), "a.xlsx").measures
        self.assertEqual(len(measure), 1)
        self.assertEqual(
            [unit.printed for unit in measure[0].responsible_units], ["县水务局", "各乡镇", "县公安局"]
        )

    def test_headings_in_two_rows(self):
        rows = [
            ["序号", "问题", "整改措施", "责任分工", LEFT, "整改时限"],
            [ABOVE, ABOVE, ABOVE, "牵头单位", "配合单位", ABOVE],
            ["1", "扬尘", "巡查", "县住建局", "县城管局", "立行立改"],
        ]
        self.assertEqual(
            list(table_lines(rows)),
            [
                "问题1：扬尘",
                "整改措施：巡查",
                "牵头单位：县住建局",
                "配合单位：县城管局",
                "整改时限：立行立改",
            ],
        )

    def test_headings_that_come_again_and_rows_between(self):
        rows = [HEADER, ["一、党的建设方面", *[LEFT] * 8], ROWS[0], HEADER, ROWS[2]]
        lines = list(table_lines(rows))
        self.assertEqual(lines[0], "一、党的建设方面")
        self.assertEqual([line for line in lines if line.startswith("问题")][1], "问题2：工地扬尘管控不力。")

    def test_problems_with_numbers_of_their_own(self):
        rows = [
            ["问题", "整改措施", "责任单位"],
            ["（一）甲。", "1.查。\n2.改。", "县水务局"],
            ["（二）乙。", "改。", "县财政局"],
        ]
        problems = read_plan(forms.as_xlsx([[TITLE, "", ""], *rows]), "a.xlsx").problems
        self.assertEqual(
            [(item.label, item.text, len(item.measures)) for item in problems],
            [("（一）", "甲。", 2), ("（二）", "乙。", 1)],
        )

    def test_a_column_nobody_knows_is_kept_beside_the_clause(self):
        rows = [["问题", "整改措施", "责任单位", "奖惩"], ["甲。", "改。", "县水务局", "通报"]]
        text = read_plan(forms.as_xlsx([[TITLE, "", "", ""], *rows]), "a.xlsx").text
        self.assertIn("备注：奖惩 通报", text)

    def test_tasks(self):
        rows = [["序号", "工作任务", "牵头单位", "完成时限"], ["1", "新建学校", "县教体局", "2024年12月底前"]]
        proposal = read_plan(forms.as_xlsx([["青山县重点任务清单", "", "", ""], *rows]), "a.xlsx")
        self.assertEqual([(item.text, item.label) for item in proposal.measures], [("新建学校", "1．")])

    def test_tasks_and_what_is_done_for_them(self):
        rows = [
            ["序号", "重点任务", "具体举措", "牵头单位", "完成时间"],
            ["一", "提升服务", "1.建设大厅", "县政务局", "2024年底前"],
            ["", "", "2.优化流程", "县财政局", "持续推进"],
            ["二", "改善环境", "1.新建公园", "县住建局", "2024年9月"],
        ]
        proposal = read_plan(forms.as_xlsx(rows, merged=["A2:A3", "B2:B3"]), "a.xlsx")
        self.assertEqual(
            [(item.text, [measure.text for measure in item.measures]) for item in proposal.problems],
            [("提升服务", ["建设大厅", "优化流程"]), ("改善环境", ["新建公园"])],
        )

    def test_numbers_are_those_that_the_table_prints(self):
        header = ["序号", "问题", "整改措施", "责任单位"]
        rows = [
            ["3", "甲。", "改。", "县水务局"],
            ["4", "（1）乙。", "改。", "县水务局"],
            ["", "丙。", "改。", "县水务局"],
        ]
        problems = read_plan(forms.as_xlsx([header, *rows]), "a.xlsx").problems
        self.assertEqual([item.label for item in problems], ["问题3", "问题4", "问题5"])

    def test_a_goal_behind_a_problem_that_lists(self):
        header = ["问题", "整改目标", "整改措施", "责任单位"]
        rows = [["一是学习不够。\n二是调研不实。", "提高", "改。", "县委办"]]
        problem = read_plan(forms.as_xlsx([header, *rows]), "a.xlsx").problems[0]
        self.assertEqual((problem.text, problem.goal), ("一是学习不够。\n二是调研不实。", "提高"))

    def test_hidden_sheets_are_left_out(self):
        book, buffer = openpyxl.load_workbook(io.BytesIO(forms.as_xlsx(WHOLE))), io.BytesIO()
        book.create_sheet("选项").append(["整改措施：无"])
        book["选项"].sheet_state = "hidden"
        book.save(buffer)
        self.assert_read(buffer.getvalue(), "a.xlsx")

    def test_more_rows_than_a_ledger_has_are_refused_and_not_cut(self):
        rows = [HEADER, *[ROWS[0]] * 30]
        with mock.patch.object(limits, "MAX_ROWS", 20):
            for name, data in (("a.xlsx", forms.as_xlsx(rows)), ("a.csv", forms.as_csv(rows))):
                with self.subTest(name=name), self.assertRaises(IntakeRefused) as caught:
                    read_plan(data, name)
                self.assertEqual(caught.exception.code, "too_complex")

    def test_a_sheet_without_a_ledger(self):
        with self.assertRaises(IntakeRefused) as caught:
            read_plan(forms.as_xlsx([["姓名", "电话"], ["张三", "123"]]), "a.xlsx")
        self.assertEqual(caught.exception.code, "not_a_plan")
