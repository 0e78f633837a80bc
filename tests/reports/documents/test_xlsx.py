import csv
import io
import re

import openpyxl
from django.test import SimpleTestCase

from reports.documents import annex, charts, ledger, monthly
from reports.documents.xlsx import ledger_xlsx, table_xlsx
from reports.proof import canonical, digest
from tests.reports.documents import sample

DANGEROUS = ("=1+1", "+1", "-1", "@SUM(A1)", "=cmd|' /C calc'!A0", "http://example.test", "1-2")


def reopened(content):
    return openpyxl.load_workbook(io.BytesIO(content)).active


class LedgerTests(SimpleTestCase):
    def test_rows_and_official_columns_come_back_as_written(self):
        data = sample.snapshot()
        sheet = reopened(ledger_xlsx(data, sample.issue()))
        rows = [[cell or "" for cell in row] for row in sheet.iter_rows(min_row=2, values_only=True)]
        self.assertEqual(
            rows[0],
            ["序号", "问题", "整改措施", "牵头单位", "责任单位", "整改时限", "状态", "亮灯", "本月进展"],
        )
        self.assertEqual(rows[1:], [ledger.cells(row, ledger.columns_of(data)) for row in data["ledger"]])
        self.assertEqual(len(rows), 41)

    def test_head_stays_in_view_and_prints_on_every_page_with_the_digest(self):
        sheet = reopened(ledger_xlsx(sample.snapshot(), sample.issue()))
        self.assertEqual(sheet.freeze_panes, "B3")
        self.assertEqual(sheet.print_title_rows, "$1:$2")
        self.assertEqual(sheet.page_setup.orientation, "landscape")
        self.assertIn(digest(canonical(sample.snapshot())), sheet.oddFooter.left.text)

    def test_what_looks_like_a_formula_stays_text(self):
        data = sample.snapshot()
        for row, text in zip(data["ledger"], DANGEROUS, strict=False):
            row["progress"] = text
        sheet = reopened(ledger_xlsx(data, sample.issue(data)))
        cells = [sheet.cell(3 + number, 9) for number in range(len(DANGEROUS))]
        self.assertEqual([cell.value for cell in cells], list(DANGEROUS))
        self.assertEqual({cell.data_type for cell in cells}, {"s"})
        self.assertEqual({cell.hyperlink for cell in cells}, {None})

    def test_the_same_data_give_the_same_bytes(self):
        self.assertEqual(
            ledger_xlsx(sample.snapshot(), sample.issue()), ledger_xlsx(sample.snapshot(), sample.issue())
        )

    def test_a_draft_without_number_or_date_has_a_ledger_too(self):
        self.assertEqual(reopened(ledger_xlsx(sample.snapshot(), {})).max_row, 42)


class CsvTests(SimpleTestCase):
    def test_no_cell_starts_a_formula(self):
        data = sample.snapshot()
        data["ledger"][0]["progress"] = "=1+1"
        rows = list(csv.reader(io.StringIO(ledger.ledger_csv(data).decode("utf-8-sig"))))
        self.assertEqual(rows[1][8], "'=1+1")


class TableTests(SimpleTestCase):
    def test_numbers_stay_numbers_and_all_else_is_text(self):
        rows = [["=1+1", 3, 2.5, None, True]]
        sheet = reopened(table_xlsx("清单", [("甲", 10), ("乙", 8), ("丙", 8), ("丁", 8), ("戊", 8)], rows))
        self.assertEqual([cell.value for cell in sheet[3]], ["=1+1", 3, 2.5, "", "True"])
        self.assertEqual(sheet["A3"].data_type, "s")
        self.assertEqual(sheet["A1"].value, "清单")

    def test_an_empty_list_of_one_column_is_a_table(self):
        self.assertEqual(reopened(table_xlsx("清单", [("甲", 10)], [])).max_row, 2)

    def test_the_sheet_is_named_after_the_list_as_far_as_a_sheet_can_be(self):
        for title, name in (
            ("督办 2026-11-23", "督办 2026-11-23"),
            ("甲/乙:[丙]'?*", "甲乙丙"),
            ("字" * 40, "字" * 31),
        ):
            self.assertEqual(reopened(table_xlsx(title, [("甲", 10)], [])).title, name)

    def test_the_same_rows_give_the_same_bytes(self):
        self.assertEqual(table_xlsx("清单", [("甲", 9)], [["一"]]), table_xlsx("清单", [("甲", 9)], [["一"]]))


class PaperRowsTests(SimpleTestCase):
    def test_units_are_printed_after_a_text_that_does_not_name_them(self):
        item = {"problem": "(一)", "heading": "问题", "text": "困难。（县水务局）", "units": ["县水务局"]}
        self.assertEqual(monthly._section("二、", [item])["entries"][0]["units"], "")
        item["text"] = "困难。"
        self.assertEqual(monthly._section("二、", [item])["entries"][0]["units"], "县水务局")

    def test_a_row_taller_than_a_page_is_printed_in_pieces(self):
        row = {**sample.ledger()[0], "progress": "进" * 800}
        columns = annex.columns_in({})
        widths = {**annex.ledger_widths([], columns), "progress": 66}
        (group,) = annex.ledger_groups([row], columns, widths)
        pieces = [
            dict(zip([column.name for column in columns], piece, strict=True)) for piece in group["rows"]
        ]
        self.assertEqual([piece["number"]["text"] for piece in pieces], ["（1）", "（1）续", "（1）续"])
        self.assertEqual("".join(piece["progress"]["text"] for piece in pieces), "进" * 800)
        self.assertEqual([piece["lead"]["text"] for piece in pieces][1:], ["", ""])
        self.assertEqual(["light" in piece["light"] for piece in pieces], [True, False, False])

    def test_columns_fill_the_sheet_and_follow_the_texts(self):
        columns = annex.columns_in({})
        least = {column.name: column.millimetres for column in columns}
        keys = ("measure", "deadline_text", "progress")
        short = {**dict.fromkeys(keys, "短"), "lead_units": ["短"], "responsible_units": ["短"]}
        long_progress = annex.ledger_widths([{**short, "progress": "进" * 300}], columns)
        many_units = annex.ledger_widths([{**short, "responsible_units": ["县水务局"] * 30}], columns)
        spare = annex.TYPE_AREA - sum(least.values())
        self.assertEqual(long_progress, {**least, "progress": least["progress"] + spare})
        self.assertEqual(many_units, {**least, "responsible": least["responsible"] + spare})
        self.assertEqual(sum(annex.ledger_widths([], columns).values()), annex.TYPE_AREA)

    def test_every_choice_of_columns_fits_the_sheet(self):
        for names in (ledger.REQUIRED, list(ledger.COLUMNS)):
            columns = annex.columns_in({"ledger_columns": names})
            with self.subTest(names=names):
                widths = annex.ledger_widths(sample.ledger(), columns)
                self.assertEqual(sum(widths.values()), annex.TYPE_AREA)

    def test_the_office_decides_which_columns_the_ledger_has_and_in_which_order(self):
        data = {**sample.snapshot(), "ledger_columns": ["number", "lead", "measure", "problem", "original"]}
        sheet = reopened(ledger_xlsx(data, sample.issue(data)))
        self.assertEqual(
            [cell.value for cell in sheet[2]], ["序号", "牵头单位", "整改措施", "问题", "原定时限"]
        )
        self.assertEqual(sheet["E3"].value, "2026-12-31")
        first = ledger.ledger_csv(data).decode("utf-8-sig").splitlines()[0]
        self.assertEqual(first, "序号,牵头单位,整改措施,问题,原定时限")

    def test_the_chart_tells_its_numbers_to_those_who_cannot_see_it(self):
        unit = {
            "unit": "县<水务>局",
            "measures": 5,
            "closed_out": 1,
            "completed": 2,
            "on_schedule": 3,
            "overdue": 1,
        }
        (drawing,) = charts.unit_progress([unit], families='"Noto Serif CJK SC"')
        self.assertIn("<title>县&lt;水务&gt;局牵头5项，已销号1项，逾期1项</title>", drawing)
        self.assertIn("1/5", drawing)

    def test_the_chart_makes_room_for_long_names_and_stays_as_wide_as_it_is(self):
        units = [
            {"unit": name, "measures": 5, "closed_out": 1, "overdue": 1}
            for name in ("县水务局", "县人力资源和社会保障事业发展中心")
        ]
        (drawing,) = charts.unit_progress(units, families="serif")
        self.assertIn(">县人力资源和社会保障事业发展中心</text>", drawing)
        self.assertIn(f'width="{charts.WIDTH}pt"', drawing)
        ends = [
            float(x) + float(w)
            for x, w in re.findall(r'<rect x="([\d.]+)" y="\d+" width="([\d.]+)"', drawing)
        ]
        self.assertLess(max(ends), charts.WIDTH - 30)

    def test_of_nothing_there_is_no_chart(self):
        self.assertEqual(charts.unit_progress([], families="serif"), [])
