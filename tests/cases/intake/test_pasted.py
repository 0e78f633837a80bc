"""Text pasted with its line ends, and tables pasted with one cell per line."""

from unittest import TestCase

from cases.intake import read_plan
from cases.intake.stacked import with_stacked_tables
from cases.intake.wrapped import unwrapped

from . import documents, plans

LONG = """青山县河湖管护问题整改方案
一、加强巡河管护，落实县乡村三级河长责任，对发现的
问题及时交办、限时办结，巡河率和问题办结率均达到百
分之百。
责任单位：县水务局、县自然资源局、县农业农村局、各乡
镇人民政府
二、开展河道清淤疏浚，优先整治青河、石桥河等重点河
段，完成清淤疏浚12公里，恢复河道行洪能力，保障汛期
安全。
三、加强水质监测，在主要河流交界断面增设自动监测站
点，监测数据每月向社会公开一次。
"""
CELLS = ["序号", "存在问题", "整改措施", "责任单位", "整改时限"]
ROWS = [
    "1",
    "河道有垃圾。",
    "清理垃圾。",
    "县水务局、",
    "县城管局",
    "2024年6月底前",
    "2",
    "水质差。",
    "建站。",
]
ROWS += ["开展监测。", "县水务局", "立行立改"]


class WrappedTests(TestCase):
    def test_lines_that_the_edge_broke_are_put_together(self):
        lines = unwrapped(LONG).split("\n")
        self.assertEqual(
            [line[:6] for line in lines if line],
            ["青山县河湖管", "一、加强巡河", "责任单位：县", "二、开展河道", "三、加强水质"],
        )
        self.assertTrue(lines[2].endswith("各乡镇人民政府"))

    def test_text_that_nobody_wrapped_stays(self):
        for text in (plans.WHOLE, plans.FIELDS, "", "一行\n两行\n"):
            self.assertEqual(unwrapped(text), text)

    def test_a_field_below_a_full_line_is_no_part_of_it(self):
        text = "\n".join(
            f"{'青山县开展巡河' * 3}工作\n责任单位：县水务局、县自然资源局、县公安局" for _ in range(9)
        )
        self.assertEqual(unwrapped(text), text)


class StackedTests(TestCase):
    def test_rows_are_told_by_their_numbers(self):
        first, second = read_plan(
            "\n".join(["整改清单", *CELLS, *ROWS, "注：略"]).encode(), "plan.txt"
        ).problems
        (measure,) = first.measures
        self.assertEqual([unit.printed for unit in measure.responsible_units], ["县水务局", "县城管局"])
        self.assertEqual([str(day.due_on) for day in measure.checkpoints], ["2024-06-30"])
        self.assertEqual([measure.text for measure in second.measures], ["建站。\n开展监测。"])

    def test_what_does_not_fit_the_headings_stays(self):
        for rows in (["1", "河道有垃圾。"], ["1", "a", "b", "c", "d", "2", "e", "f", "g", "h"], []):
            text = "\n".join([*CELLS, *rows])
            self.assertEqual(with_stacked_tables(text), text)

    def test_a_note_below_the_last_row_stays_below(self):
        text = with_stacked_tables("\n".join([*CELLS, *ROWS, "注：略"]))
        self.assertTrue(text.endswith("\n注：略"))

    def test_the_cost_is_linear(self):
        text = "\n".join("序号" for _ in range(20_000))
        self.assertEqual(with_stacked_tables(text), text)

    def test_no_other_document_is_touched(self):
        for name in documents.NAMES:
            if name != "cells-as-lines":
                text = documents.document(name).decode()
                self.assertEqual(with_stacked_tables(text), text)
