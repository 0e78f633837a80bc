"""Every figure counted again, by other lines than the product's, from what a reader holds in hand.

From the spreadsheet's last two sheets, and from the data attached to the PDF; both equal the page and what is printed.
"""

import io
import json
import re
from functools import cached_property

import openpyxl
import pypdfium2
import pytest

from cases.models import OfficeRules
from permissions import clock
from reports import compose
from reports.breakdown import month_on_month
from reports.documents import statistics
from reports.documents.pdf import render_monthly_report
from reports.documents.xlsx import ledger_xlsx
from reports.figures import Rate
from reports.models import MonthlyReport
from tests.reports.test_drill import AT, Scene


def recount(measures, steps, issued_on, as_of):
    """{key: (part, whole)}. ``measures``: {number: (state, claimed, follow_up)}; ``steps``: [(number, three dates)]."""
    of = {number: [step[1:] for step in steps if step[0] == number] for number in measures}
    mine = {n: [s for s in of[n] if s[0] >= issued_on] for n in measures}  # not dated before the issue
    late = {n: [s for s in mine[n] if s[2] is None] for n in measures}
    is_open = {
        n for n, (state, _claimed, _follow_up) in measures.items() if state not in {"CLOSED", "已销号"}
    }
    sets = {
        "total": set(measures),
        "claimed": {n for n, row in measures.items() if row[1]},
        "in_follow_up": {n for n, row in measures.items() if row[2]},
        "closed_out": set(measures) - is_open,
        "behind": {n for n in measures if any(current <= as_of for _o, current, _m in late[n])},
        "completed": {n for n in measures if of[n] and all(met for _o, _c, met in of[n])},
        "overdue": {n for n in is_open if any(current < as_of for _o, current, _m in late[n])},
        "overdue_on_original": {n for n in is_open if any(original < as_of for original, _c, _m in late[n])},
        "extended": {n for n in measures if any(current > original for original, current, _m in of[n])},
        "born_overdue": {n for n in measures if len(mine[n]) < len(of[n])},
    }
    sets["on_schedule"] = set(measures) - sets["behind"]
    found = {key: (len(rows), len(measures)) for key, rows in sets.items()}
    for key, place in (("on_time", 0), ("on_time_as_approved", 1)):
        due = [step for rows in mine.values() for step in rows if step[place] <= as_of]
        found[key] = (sum(1 for step in due if step[2] and step[2] <= step[place]), len(due))
    return found


class RecountTests(Scene):
    def setUp(self):
        super().setUp()
        with clock.at(AT):
            self.report = self.do("submit_report", self.clerk)
        self.snapshot = json.loads(self.report.snapshot)
        self.frozen = {row["key"]: (row["part"], row["whole"]) for row in self.snapshot["figures"]}

    @cached_property
    def book(self):
        return openpyxl.load_workbook(io.BytesIO(ledger_xlsx(self.snapshot, {})))

    def rows(self, name):
        return list(self.book[name].iter_rows(min_row=3, values_only=True))

    def of_measures(self):
        return {key: value for key, value in self.frozen.items() if "filed" not in key}

    def test_from_the_spreadsheet(self):
        as_of, issued_on = re.findall(r"\d{4}-\d{2}-\d{2}", self.book["时限节点"]["A1"].value)
        measures = {row[0]: (row[4], row[5] == "是", row[6] == "是") for row in self.rows("统计底数")}
        steps = [
            (number, original, current, met or None)
            for number, original, current, met in self.rows("时限节点")
        ]
        self.assertEqual(recount(measures, steps, issued_on, as_of), self.of_measures())

    def test_the_spreadsheet_prints_the_same_with_the_formula_as_text(self):
        printed = {row[0]: row for row in self.rows("指标汇总")}
        for row in self.snapshot["figures"]:
            with self.subTest(row["key"]):
                self.assertEqual(printed[row["label"]][1:3], (row["part"], row["whole"]))
                self.assertEqual(printed[row["label"]][4], row["formula"])
        parts = [row for row in self.rows("分项统计") if row[0] == "单位"]
        self.assertEqual(
            [(row[1], row[3]) for row in parts],
            [(u["unit"], u["measures"]) for u in self.snapshot["by_unit"]],
        )

    def test_the_page_shows_the_same(self):
        page = self.page(self.leader, "report", self.report.pk).context
        self.assertEqual({row["key"]: (row["part"], row["whole"]) for row in page["figures"]}, self.frozen)

    def test_the_parts_make_up_the_whole(self):
        """By problem and by level each measure counts once; by unit once for each of its leads."""
        for name in ("by_problem", "by_source_level"):
            for key in ("closed_out", "overdue", "behind", "completed", "on_time"):
                with self.subTest(name, key=key):
                    self.assertEqual(sum(row[key] for row in self.snapshot[name]), self.frozen[key][0])
        acting = [unit for row in self.snapshot["ledger"] for unit in row["acting_units"]]
        self.assertEqual(
            {u["unit"]: u["measures"] for u in self.snapshot["by_unit"]}, {u: acting.count(u) for u in acting}
        )

    def test_the_printed_tables_from_the_spreadsheet(self):
        """By problem, by level, and beside the month before: the cells of the paper, counted from the last sheets."""
        [day] = re.findall(r"数据截至(\S+?)，", self.book["时限节点"]["A1"].value)
        [issued_on] = re.findall(r"方案(\S+?)印发", self.book["时限节点"]["A1"].value)
        tables = {table.head[0]: table for table in statistics.tables(self.snapshot)}
        self.assertEqual(list(tables), ["问题", "问题来源"])
        names = {
            "问题": lambda row: f"{row[0][: row[0].index('）') + 1]}{row[1]}",
            "问题来源": lambda row: row[2],
        }
        for head, name_of in names.items():
            parts = {}
            for row in self.rows("统计底数"):
                parts.setdefault(name_of(row), {})[row[0]] = (row[4], row[5] == "是", row[6] == "是")
            found = {name: self.cells(measures, issued_on, day) for name, measures in parts.items()}
            self.assertEqual({row[0]: row[1:] for row in tables[head].rows}, found)

    def cells(self, measures, issued_on, day):
        steps = [(*row[:3], row[3] or None) for row in self.rows("时限节点") if row[0] in measures]
        found = recount(measures, steps, issued_on, day)
        found["measures"] = found["total"]
        return [
            "/".join(map(str, found[key])) if key == "on_time" else str(found[key][0])
            for key in statistics.COUNTS
        ]

    def test_the_printed_comparison_is_the_difference_of_two_counts(self):
        last = [
            {**row, "part": abs(row["part"] + at % 3 - 1)} for at, row in enumerate(self.snapshot["figures"])
        ]
        rows = month_on_month(self.snapshot["figures"], last)
        table = statistics.tables({"month_on_month": {"as_of": "2026-10-20", "rows": rows}})[0]
        for row in table.rows:
            (now, whole), (before, _whole) = (
                map(int, re.match(r"(\d+)/(\d+)", cell).groups()) for cell in row[1:3]
            )
            self.assertEqual(int(row[3]), now - before)
            if whole:
                shares = [Rate(part, whole).percent for part in (now, before)]
                self.assertEqual(float(row[4]), float(shares[0] - shares[1]))
        self.assertEqual([row[0] for row in table.rows], [row["label"] for row in last])

    def test_who_had_not_filed_yet_stands_beside_nobody_of_the_month_before(self):
        last = [row for row in self.snapshot["figures"] if row["key"] != "not_yet_filed"]
        ahead = {"key": "not_yet_filed", "label": "尚未报送", "part": 3, "whole": 4, "percent": "75.0"}
        [row] = month_on_month([ahead], last)
        whole = next(row["whole"] for row in last if row["key"] == "not_filed")
        found = (row["last_part"], row["last_whole"], row["change"], row["change_points"])
        self.assertEqual(found, (0, whole, 3, "75.0"))
        self.assertEqual(month_on_month([ahead], []), [])

    def test_places_are_shared_and_skipped(self):
        rows = self.snapshot["by_unit"]
        self.assertEqual(sorted(row["place"] for row in rows)[0], 1)
        self.assertIn("名次并列", self.snapshot["rank_basis"])
        OfficeRules.objects.create(office=self.office, ranked_by="CLOSED_OUT")
        with clock.at(AT):
            now = compose.snapshot(MonthlyReport.objects.get(pk=self.report.pk))
        rates = [(-row["closed_out"] / row["measures"], row["place"]) for row in now["by_unit"]]
        self.assertEqual(sorted(rates), sorted(rates, key=lambda pair: pair[1]))
        self.assertIn("名次先看销号率", now["rank_basis"])

    @pytest.mark.slow  # prints a whole report
    def test_from_the_data_in_the_pdf_which_prints_the_same(self):
        document = pypdfium2.PdfDocument(render_monthly_report(self.snapshot, {}, draft=True))
        attached = [document.get_attachment(i) for i in range(document.count_attachments())]
        [data] = [bytes(file.get_data()) for file in attached if file.get_name() == "data.json"]
        data = json.loads(data)
        measures = {
            (row["problem_text"], row["number"]): (row["state"], row["claimed"], row["follow_up"])
            for row in data["ledger"]
        }
        steps = [
            ((row["problem_text"], row["number"]), c["original_due_on"], c["due_on"], c["met_on"])
            for row in data["ledger"]
            for c in row["checkpoints"]
        ]
        self.assertEqual(
            recount(measures, steps, data["plan"]["issued_on"], data["as_of"]), self.of_measures()
        )
        text = "".join(page.get_textpage().get_text_range() for page in document)
        for row in self.snapshot["figures"]:
            with self.subTest(row["key"]):
                self.assertIn(f"{row['part']}/{row['whole']}", text)
        for table in statistics.tables(self.snapshot):
            for row in table.rows:
                self.assertIn(" ".join(row[1:]), text)
