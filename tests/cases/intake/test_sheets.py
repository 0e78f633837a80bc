"""Spreadsheets as offices really keep them: notes below, dates in every form, headings in two rows, several sheets."""

import io
from unittest import TestCase

import openpyxl

from cases.intake import read_plan

from . import forms

HEADER = ["序号", "存在问题", "整改措施", "责任单位", "整改时限"]
FIRST = ["1", "河道污染。", "开展排查。", "县水务局", "2024年6月30日前"]
SECOND = ["2", "工地扬尘。", "加强巡查。", "县城管局", "长期坚持"]


def texts(proposal):
    return [measure.text for measure in proposal.measures]


class FootTests(TestCase):
    def test_totals_names_and_notes_below_are_no_problems(self):
        feet = [
            ["合计", "2个问题", "2条措施", "", ""],
            ["填表人：张三", "", "审核人：李四", "", "联系电话：1"],
            ["备注：1.本表每月25日前报送。2.整改时限为红色的已超期。"],
            ["", "说明：未列问题另行印发。"],
        ]
        for foot in feet:
            for name, data in (
                ("a.xlsx", forms.as_xlsx([HEADER, FIRST, SECOND, foot])),
                ("a.csv", forms.as_csv([HEADER, FIRST, SECOND, foot])),
            ):
                with self.subTest(foot=foot, name=name):
                    proposal = read_plan(data, name)
                    self.assertEqual(texts(proposal), ["开展排查。", "加强巡查。"])
                    self.assertEqual(proposal.rows[-1].state, "skipped")

    def test_a_rule_in_a_note_counts(self):
        first = [*FIRST[:3], "县水务局、县财政局", FIRST[4]]
        note = ["注：责任单位中列在首位的为牵头单位。"]
        measure = read_plan(forms.as_xlsx([HEADER, first, note]), "a.xlsx").measures[0]
        self.assertEqual([unit.printed for unit in measure.lead_units], ["县水务局"])


class DateTests(TestCase):
    def test_dates_as_they_are_stored(self):
        forms_of_a_day = (
            45473,
            "45473",
            "20240630",
            "2024-06-30",
            "2024/6/30",
            "2024.6.30",
            "2024-6-30 00:00:00",
        )
        for value in forms_of_a_day:
            with self.subTest(value=value):
                measure = read_plan(forms.as_xlsx([HEADER, [*FIRST[:4], value]]), "a.xlsx").measures[0]
                self.assertEqual([str(item.due_on) for item in measure.checkpoints], ["2024-06-30"])

    def test_a_number_that_is_no_day_stays(self):
        for value in ("12345678", "20241399", "99999"):
            with self.subTest(value=value):
                measure = read_plan(forms.as_xlsx([HEADER, [*FIRST[:4], value]]), "a.xlsx").measures[0]
                self.assertEqual(measure.checkpoints, [])


class HeadingTests(TestCase):
    upper = ["序号", "存在\n问题", "整改\n措施", "责任分工", "", "整改时限", ""]
    lower = ["", "", "", "牵头单位", "配合单位", "完成时限", "长期"]
    row = [1, "甲。", "改。", "县水务局", "县财政局", "2024年5月底前", ""]

    def assert_units(self, data, name):
        measure = read_plan(data, name).measures[0]
        self.assertEqual([unit.printed for unit in measure.lead_units], ["县水务局"])
        self.assertEqual([unit.printed for unit in measure.responsible_units], ["县财政局"])

    def test_groups_of_columns(self):
        merged = ["A3:A4", "B3:B4", "C3:C4", "D3:E3", "F3:G3", "A1:G1", "A2:G2"]
        rows = [["附件2"], ["青山县整改清单"], self.upper, self.lower, self.row]
        self.assert_units(forms.as_xlsx(rows, merged=merged), "a.xlsx")

    def test_groups_in_a_file_without_merged_cells(self):
        rows = [[*self.upper[:5], "整改时限"], [*self.lower[:5], ""], self.row[:6]]
        self.assert_units(forms.as_csv(rows), "a.csv")

    def test_numbers_that_are_formulas(self):
        rows = [HEADER, ["=ROW()-1", *FIRST[1:]], ["=ROW()-1", *SECOND[1:]]]
        self.assertEqual(texts(read_plan(forms.as_xlsx(rows), "a.xlsx")), ["开展排查。", "加强巡查。"])

    def test_errors_of_formulas_are_no_text(self):
        book = openpyxl.load_workbook(io.BytesIO(forms.as_xlsx([HEADER, FIRST])))
        book.active["D2"] = "#REF!"
        self.assertNotIn("#REF!", read_plan(saved(book), "a.xlsx").text)


class SheetTests(TestCase):
    def test_sheets_follow_each_other_and_one_without_headings_goes_on(self):
        book = openpyxl.Workbook()
        parts = {
            "党建": [["党建方面"], HEADER, FIRST],
            "民生": [["民生方面"], HEADER, SECOND],
            "续表": [["3", "占道经营。", "疏堵结合。", "县城管局", "立行立改"]],
            "电话": [["张三", "1"], ["李四", "2"]],
        }
        for title, rows in parts.items():
            sheet = book.create_sheet(title)
            for row in rows:
                sheet.append(row)
        proposal = read_plan(saved(book), "a.xlsx")
        self.assertEqual(texts(proposal), ["开展排查。", "加强巡查。", "疏堵结合。"])
        states = [
            (row.sheet, row.state) for row in proposal.rows if row.state == "read" or row.sheet == "电话"
        ]
        self.assertEqual(
            states,
            [("党建", "read"), ("民生", "read"), ("续表", "read"), ("电话", "skipped"), ("电话", "skipped")],
        )

    def test_hidden_columns_count_where_their_heading_is_known(self):
        book = openpyxl.load_workbook(io.BytesIO(forms.as_xlsx([[*HEADER, "内部记录"], [*FIRST, "密"]])))
        for letter in "DF":
            book.active.column_dimensions[letter].hidden = True
        text = read_plan(saved(book), "a.xlsx").text
        self.assertIn("责任单位：县水务局", text)
        self.assertNotIn("密", text)

    def test_what_separates_the_cells_of_a_text(self):
        row = ["1", "河道,水库污染。", "排查,建账。", "县水务局,县财政局", "2024年6月30日前"]
        for mark in ";\t":
            for encoding in ("utf-8", "gb18030", "utf-16"):
                with self.subTest(mark=mark, encoding=encoding):
                    data = "\r\n".join(mark.join(cells) for cells in (HEADER, row)).encode(encoding)
                    measure = read_plan(data, "a.csv").measures[0]
                    self.assertEqual(len(measure.responsible_units), 2)


def saved(book):
    buffer = io.BytesIO()
    book.save(buffer)
    return buffer.getvalue()
