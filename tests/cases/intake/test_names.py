"""Printed lists of units, and the brackets and fields they stand in."""

from unittest import TestCase

from cases.intake.names import split_names
from cases.intake.reader import read_text
from cases.intake.text import fold

LISTS = {
    "县水务局": ["县水务局"],
    "县水务局、县财政局，县教育局；县民政局": ["县水务局", "县财政局", "县教育局", "县民政局"],
    "县水务局 县财政局": ["县水务局", "县财政局"],
    "县水务局、县财政局、县水务局": ["县水务局", "县财政局"],
    "县发展和改革局(县商务局)、县财政局": ["县发展和改革局(县商务局)", "县财政局"],
    "各街道党工委和办事处,县农业农村局": ["各街道党工委和办事处", "县农业农村局"],
    "县水务局和县财政局": ["县水务局", "县财政局"],
    "县水务局及各乡镇": ["县水务局及各乡镇"],
    "驻村工作队员派驻县、乡党委和政府,县教育局": ["驻村工作队员派驻县、乡党委和政府", "县教育局"],
    "市教育局，各区、县级市": ["市教育局", "各区、县级市"],
    "各县区、各园区": ["各县区", "各园区"],
    "各县（市、区）人民政府、县水务局": ["各县（市、区）人民政府", "县水务局"],
    "青河镇、石桥镇": ["青河镇", "石桥镇"],
    "县水务局。": ["县水务局"],
    "石门镇党委、政府，县水务局": ["石门镇党委、政府", "县水务局"],
    "青山县委、县政府": ["青山县委", "县政府"],
    "青山县委、县政府，石桥县委、县政府": ["青山县委、县政府", "石桥县委、县政府"],
    "县委、县政府、青山县委、县政府": ["县委", "县政府", "青山县委、县政府"],
    "县水务局会同县财政局": ["县水务局", "县财政局"],
    "无": [],
    "": [],
}
OPEN = {
    "县水务局、县财政局等": ["县水务局", "县财政局"],
    "县水务局、县财政局等部门": ["县水务局", "县财政局"],
    "县水务局、县财政局等有关单位": ["县水务局", "县财政局"],
    "县水务局、县财政局等12个部门": ["县水务局", "县财政局"],
    "县水务局等,各乡镇": ["县水务局", "各乡镇"],
}
CLAUSES = {
    "〔牵头单位:县水务局;责任单位:县财政局;整改时限:2024年5月底前〕": (["县水务局"], ["县财政局"]),
    "【牵头单位：县水务局；责任单位：县财政局】": (["县水务局"], ["县财政局"]),
    "（牵头单位：县水务局，配合单位：县财政局，各乡镇）": (["县水务局"], ["县财政局", "各乡镇"]),
    "(牵头单位:县水务局:责任单位:县财政局)": (["县水务局"], ["县财政局"]),
    "〔牵头单位：县水务局；责任单位：县财政局)": (["县水务局"], ["县财政局"]),
    "（牵头单位 县水务局 责任单位 县财政局）": (["县水务局"], ["县财政局"]),
    "（责任单位：县水务局、县财政局，2024年6月底前）": ([], ["县水务局", "县财政局"]),
    "（责任单位：县水务局（牵头）、县财政局）": (["县水务局"], ["县财政局"]),
    "（责任单位：县水务局牵头，县财政局、县教育局配合）": (["县水务局"], ["县财政局", "县教育局"]),
    "（县水务局牵头，县财政局配合）": (["县水务局"], ["县财政局"]),
    "（县水务局、县财政局按职责分工负责）": ([], ["县水务局", "县财政局"]),
    "（由县水务局牵头，县财政局、县教育局参与，2024年底前完成）": (["县水务局"], ["县财政局", "县教育局"]),
    "（县水务局、县财政局）": ([], ["县水务局", "县财政局"]),
    "（主办单位：县水务局；协办单位：县财政局）": (["县水务局"], ["县财政局"]),
    "（牵头责任单位：县水务局；配合部门：县财政局；整改完成时限：2024年5月）": (["县水务局"], ["县财政局"]),
    "（责任领导：张三；责任单位：县水务局；督办单位：县委督查室）": ([], ["县水务局"]),
}
NO_CLAUSES = (
    "（含渔药、兽药）",
    "（以下简称办法）",
    "（云河湖组〔2024〕2号）",
    "（65岁以上老年人、孕产妇）",
    "（见附件）",
)


def names(units):
    return [unit.printed for unit in units]


class ListTests(TestCase):
    def test_lists(self):
        for text, expected in (LISTS | OPEN).items():
            with self.subTest(text=text):
                found = split_names(text, fold(text), 0, len(text))
                self.assertEqual((names(found.units), found.open_ended), (expected, text in OPEN))
                for unit in found.units:
                    self.assertEqual(text[unit.start : unit.end], unit.printed)


class ClauseTests(TestCase):
    def test_brackets_before_and_after_the_full_stop(self):
        for bracket, expected in CLAUSES.items():
            for sentence in (f"1.清理河道。{bracket}", f"1.清理河道{bracket}。"):
                with self.subTest(sentence=sentence):
                    (measure,) = read_text(f"一、任务\n{sentence}\n").measures
                    self.assertEqual((names(measure.lead_units), names(measure.responsible_units)), expected)
                    self.assertEqual(measure.text.rstrip("。"), "清理河道")
                    self.assertEqual(measure.raw_bracket, bracket)

    def test_brackets_that_are_none(self):
        for bracket in NO_CLAUSES:
            with self.subTest(bracket=bracket):
                self.assertEqual(read_text(f"一、任务\n1.清理河道{bracket}。\n").measures, [])
