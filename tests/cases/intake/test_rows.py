"""What became of each row of a spreadsheet."""

import io
from unittest import TestCase

import openpyxl
from hypothesis import given, settings
from hypothesis import strategies as st

from cases.intake import Proposal, ProposedProblem, read_plan
from cases.intake.rows import (
    EMPTY,
    GOES_ON,
    HIDDEN,
    HIDDEN_SHEET,
    NO_MEASURE,
    OF_PROBLEM,
    WHY_SKIPPED,
    FoundRow,
    Sheet,
    judged,
    sheets_text,
)
from cases.intake.tables import Part
from cases.intake.text import clean

from . import forms

HEADER = ["序号", "存在问题", "整改措施", "责任单位", "整改时限"]
FIRST = ["1", "河道污染。", "开展排查。", "县水务局", "2024年6月30日前"]
SECOND = ["2", "工地扬尘。", "加强巡查。", "县城管局", "长期坚持"]


def told(proposal):
    return [(row.row, row.state, row.reason) for row in proposal.rows]


class RowTests(TestCase):
    def test_every_row_is_told(self):
        rows = [
            ["青山县整改台账"],
            HEADER,
            FIRST,
            ["", "", "新建管网。", "县住建局", "立行立改"],
            ["", "", "", "县财政局", ""],
            [],
            HEADER,
            SECOND,
            ["注：本表每月报送。"],
        ]
        read = read_plan(forms.as_xlsx(rows), "a.xlsx")
        skipped = [(number, "skipped", WHY_SKIPPED[part]) for number, part in
                   ((1, Part.TITLE), (2, Part.HEADINGS), (7, Part.AGAIN), (9, Part.NOTE))]  # fmt: skip
        expected = [
            *skipped[:2], (3, "read", ""), (4, "read", ""), (5, "joined", GOES_ON), (6, "skipped", EMPTY),
            skipped[2], (8, "read", ""), skipped[3],
        ]  # fmt: skip
        self.assertEqual(told(read), expected)
        self.assertEqual(told(read_plan(forms.as_csv(rows), "a.csv")), expected)
        self.assertEqual(read.rows[2].sheet, "Sheet")
        self.assertEqual(read.rows[2].excerpt, "1 | 河道污染。 | 开展排查。 | 县水务局 | 2024年6月30日前")

    def test_the_passage_of_a_row_holds_its_measures(self):
        rows = [HEADER, FIRST, ["", "", "1.新建。\n2.改建。", "县住建局", "立行立改"], SECOND]
        read = read_plan(forms.as_xlsx(rows), "a.xlsx")
        held = [
            [measure.text for measure in read.measures if row.start <= measure.start < row.end]
            for row in read.rows
        ]
        self.assertEqual(held, [[], ["开展排查。"], ["新建。", "改建。"], ["加强巡查。"]])

    def test_hidden_rows_are_read_and_hidden_sheets_are_not(self):
        book = openpyxl.load_workbook(io.BytesIO(forms.as_xlsx([HEADER, FIRST, SECOND])))
        book.active.row_dimensions[3].hidden = True
        book.create_sheet("选项").append(["县水务局"])
        book["选项"].sheet_state = "hidden"
        buffer = io.BytesIO()
        book.save(buffer)
        read = read_plan(buffer.getvalue(), "a.xlsx")
        self.assertEqual(len(read.measures), 2)
        self.assertEqual(told(read)[1:], [(2, "read", ""), (3, "read", HIDDEN), (0, "skipped", HIDDEN_SHEET)])

    def test_a_problem_without_a_measure_says_so(self):
        found = [
            FoundRow("", 2, Part.CONTENT, "", 0, 8, False),
            FoundRow("", 3, Part.CONTENT, "", 9, 15, False),
        ]
        problems = [ProposedProblem(1, "", "problem", "工地扬尘。", 0, 15)]
        rows = judged(found, Proposal(text="x" * 15, problems=problems))
        self.assertEqual(
            [(row.state, row.reason) for row in rows], [("read", NO_MEASURE), ("joined", OF_PROBLEM)]
        )

    def test_other_documents_have_no_rows(self):
        text = "\t".join(HEADER) + "\n" + "\t".join(FIRST)
        self.assertEqual(read_plan(text.encode(), "a.txt").rows, [])

    def test_they_survive_saving_and_older_drafts_have_none(self):
        read = read_plan(forms.as_csv([HEADER, FIRST]), "a.csv")
        saved = read.to_dict()
        self.assertEqual(Proposal.from_dict(saved), read)
        del saved["rows"]
        self.assertEqual(Proposal.from_dict(saved).rows, [])

    @settings(deadline=None)
    @given(st.lists(st.lists(st.text(max_size=20) | st.sampled_from(HEADER), max_size=6), max_size=12))
    def test_the_text_is_clean_and_its_passages_follow_each_other(self, rows):
        text, found = sheets_text([Sheet("", list(enumerate(rows, 1)))])
        self.assertEqual(clean(text), text)
        self.assertEqual([row.number for row in found], list(range(1, len(rows) + 1)))
        at = 0
        for row in found:
            self.assertTrue(at <= row.start <= row.end <= max(at, len(text)))
            at = row.end
