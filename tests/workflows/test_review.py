"""What the review page says about a reading: how sure the reader is, what to look at, what became of each row."""

import io
from unittest import TestCase

import openpyxl
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse

from cases.intake import read_plan
from cases.models import ImportDraft, Plan
from tests.workflows.test_import import TEXT, ImportCase, form_values
from workflows import review
from workflows.amendment import Comparison
from workflows.door import perform


def tree(proposal):
    doubts = review.Doubts.of(proposal)
    found = review.tree_of(proposal, {}, proposal.issued_on, review.window_of(proposal), doubts)
    return doubts, [measure for problem in found for measure in problem["measures"]]


def proposed(text=TEXT):
    """Without the slip of the text, a unit that is named twice."""
    return read_plan(text.replace("县财政局，县水利局", "县财政局").encode(), "方案.txt")


class DoubtTests(TestCase):
    def test_a_plain_reading_has_nothing_to_look_at(self):
        doubts, measures = tree(proposed())
        self.assertEqual((doubts.look, doubts.common), (frozenset(), frozenset()))
        self.assertEqual([(m["sure"], m["reasons"], m["look"]) for m in measures], [(None, [], False)] * 4)

    def test_a_doubt_is_marked_with_its_degree_and_reason(self):
        read = proposed()
        read.measures[1].doubts = ["no_clause"]
        read.measures[2].checkpoints[0].doubt = "only_year"
        doubts, measures = tree(read)
        self.assertEqual(doubts.look, {2, 3})
        self.assertEqual([m["sure"] and m["sure"]["tone"] for m in measures], [None, "warning", "info", None])
        self.assertEqual(len(measures[1]["reasons"]), 1)
        self.assertEqual(measures[2]["dates"][0]["doubt"], measures[2]["reasons"][0])

    def test_what_most_measures_share_is_said_once_and_singles_none_out(self):
        more = "".join(
            f"（{n}）第{n}项。\n〔牵头单位：县水利局；整改时限：2026年9月30日前〕\n" for n in range(3, 6)
        )
        read = proposed(TEXT.replace("（二）项目", more + "（二）项目"))
        for measure in read.measures[:-1]:
            measure.lead_units[0].doubt = "bare_list"
        read.measures[0].doubts = ["no_clause"]
        doubts, measures = tree(read)
        self.assertEqual((doubts.common, doubts.look), ({"bare_list"}, {1}))
        self.assertEqual(len(review.common_doubts(doubts)), 1)
        self.assertEqual([len(m["reasons"]) for m in measures], [1, 0, 0, 0, 0, 0, 0])
        self.assertEqual([bool(m["common"]) for m in measures], [True] * 6 + [False])

    def test_a_passage_that_was_not_read_is_looked_at_where_it_stands(self):
        read = proposed(TEXT.replace("整改时限：2026年3月31日前", "整改时限：2026年2月30日前"))
        doubts, measures = tree(read)
        self.assertEqual(doubts.look, {3})
        self.assertTrue(measures[2]["look"])


class SheetTests(ImportCase):
    def setUp(self):
        self.client.force_login(self.clerk)
        self.client.cookies["django_language"] = "en"

    def filled_template(self, *rows):
        answer = self.client.get(reverse("workflows:import_template"))
        book = openpyxl.load_workbook(io.BytesIO(answer.content))
        for row in rows:
            book.worksheets[0].append(row)
        stream = io.BytesIO()
        book.save(stream)
        return SimpleUploadedFile("台账.xlsx", stream.getvalue())

    def upload(self, file):
        url = reverse("workflows:import")
        return self.client.post(url, {"file": file, "office": self.office.pk}, follow=True)

    def test_the_template_filled_in_and_imported_tells_what_became_of_each_row(self):
        page = self.upload(
            self.filled_template(
                ("1", "河堤破损。", "修复河堤。", "县水利局", "城关镇", "2027年3月31日前，长期坚持"),
                (None, None, "每月巡查。", "县水利局", None, "2027年6月30日前"),
                ("2", "路灯不亮。", "更换路灯。", "城关镇", "县水利局", "立行立改"),
                ("说明：以上均须按期完成", None, None, None, None, None),
            )
        )
        told = page.context["sheet_rows"]
        rows = [row for row in told["rows"] if row["number"]]
        self.assertEqual(
            [(row["number"], [m["href"] for m in row["measures"]]) for row in rows],
            [(1, []), (2, ["#m-1"]), (3, ["#m-2"]), (4, ["#m-3"]), (5, [])],
        )
        self.assertEqual([str(row["label"]) for row in rows], ["Skipped", "Read", "Read", "Read", "Skipped"])
        self.assertTrue(rows[0]["reason"] and rows[4]["reason"])
        self.assertContains(page, "Row by row")
        self.client.post(page.request["PATH_INFO"], form_values(page))
        self.assertEqual(Plan.objects.get().measures.count(), 3)

    def test_an_edit_keeps_the_links_right(self):
        row = ("1", "河堤破损。", "修复河堤。", "县水利局", "城关镇", "2027年3月31日前")
        self.upload(
            self.filled_template(row, ("2", "路灯不亮。", "更换路灯。", "城关镇", None, "2027年底前"))
        )
        draft = ImportDraft.objects.get()
        url = reverse("workflows:import_edit", args=[draft.pk])
        page = self.client.post(url, {"do": "remove_measure:1"}, headers={"HX-Request": "true"})
        rows = {row["number"]: row for row in page.context["sheet_rows"]["rows"]}
        self.assertEqual(rows[2]["measures"], [])
        self.assertEqual([m["href"] for m in rows[3]["measures"]], ["#m-1"])
        self.assertContains(page, 'id="rows" hx-swap-oob="true"')

    def test_a_text_has_no_rows(self):
        page = self.upload(SimpleUploadedFile("方案.txt", TEXT.encode()))
        self.assertIsNone(page.context["sheet_rows"])
        self.assertNotContains(page, "Row by row")


class LaterVersionTests(ImportCase):
    """A later version of a plan waits as such: it is compared, never confirmed, and done once it was applied."""

    def test_the_desk_and_the_list_lead_to_the_comparison_until_it_is_applied(self):
        self.client.force_login(self.clerk)
        plan = self.confirm()
        later = TEXT.replace("更新老旧管网", "更新老旧管网和泵站").encode()
        draft = perform(plan.pk, "read_amendment", actor=self.clerk, file_name="新版.txt", data=later).subject
        review_url = reverse("workflows:import_review", args=[draft.pk])
        desk, listed = (self.client.get(reverse(f"workflows:{name}")) for name in ("desk", "import"))
        for page in (desk, listed):
            self.assertContains(page, draft.get_absolute_url())
            self.assertNotContains(page, review_url + '"')
        self.assertRedirects(self.client.get(review_url), draft.get_absolute_url())
        perform(
            draft.pk,
            "apply_amendment",
            actor=self.clerk,
            accepted=Comparison(draft, plan).acceptable,
            units={},
            plan_version=plan.row_version,
        )
        self.assertNotContains(self.client.get(reverse("workflows:desk")), draft.get_absolute_url())
