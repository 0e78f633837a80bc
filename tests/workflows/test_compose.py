"""The clerk's page of the texts: what is missing, said twice, filed since, and changed by another clerk."""

from datetime import datetime

from django.test import SimpleTestCase

from permissions import clock
from permissions.models import Role
from reports import texts
from reports.compose import against_last_month
from reports.models import MonthlyReport
from tests.factories import make_measure, make_person, member
from tests.reports.issued import issue
from tests.workflows.test_reports_pages import ENGLISH, ReportPageCase
from workflows.door import perform

LONG = "完成水源地排查并设立界桩界碑三百二十块，建立巡查台账"


class TwinTests(SimpleTestCase):
    TEXT = (
        f"措施(1)：{LONG}。（县水利局）\n措施(2)：召开调度会议两次。（县财政局）\n"
        f"措施(3)：{LONG}等。（县财政局、县水利局）"
    )

    def test_paragraphs_that_say_nearly_the_same_are_found_whatever_their_number_and_unit(self):
        [(first, second, percent)] = texts.twins(self.TEXT)
        self.assertEqual((first, second), (0, 2))
        self.assertGreaterEqual(percent, 92)

    def test_short_paragraphs_are_alike_by_themselves(self):
        self.assertEqual(texts.twins("措施(1)：按序时推进。（甲）\n措施(2)：按序时推进。（乙）"), [])

    def test_the_one_that_stays_speaks_for_both(self):
        self.assertEqual(
            texts.keep_one(self.TEXT, 0, 2),
            f"措施(1)、(3)：{LONG}。（县水利局、县财政局）\n措施(2)：召开调度会议两次。（县财政局）",
        )

    def test_a_typed_paragraph_without_number_or_unit_is_kept_as_it_is(self):
        self.assertEqual(texts.keep_one(f"{LONG}。\n1.{LONG}。", 0, 1), f"{LONG}。")

    def test_measures_are_compared_with_themselves_wherever_they_stand(self):
        before, after = texts.compared(
            "措施(1)：甲事。（甲）\n措施(2)：乙事。（乙）", "措施(2)：乙事。（乙）\n措施(3)：丙事。（丙）"
        )
        self.assertEqual([text for changed, text in before if changed], ["措施(1)：甲事。（甲）"])
        self.assertEqual([text for changed, text in after if changed], ["措施(3)：丙事。（丙）"])


class EditCase(ReportPageCase):
    @classmethod
    def setUpTestData(cls):
        super().setUpTestData()
        cls.colleague = make_person(Role.OFFICE_CLERK, cls.office, name="周敏")

    @property
    def block(self):
        return f"progress_{self.measure.problem_id}"

    def page_data(self, **typed):
        """What a browser sends of the page as it stands, with some texts typed anew."""
        form = self.get(self.clerk, "edit_report").context["form"]
        sent = {name: form[name].value() for name in form.fields}
        return sent | typed

    def notes(self, page):
        rows = [row for section in page.context["chapters"] for row in section["rows"]]
        return {row["name"]: row["notes"] for row in rows}

    def file_again(self, text):
        """A further revision of the unit's filing is accepted after the report was composed."""
        first = self.period.filings.get(unit=self.water)
        again = self.period.filings.create(office=self.office, unit=self.water, revision=2, rows=first.rows)
        row = {"measure": self.measure.pk, "progress": text, "difficulties": "", "next_steps": ""}
        with clock.at(datetime(2026, 11, 12, 9)):
            perform(again.pk, "submit_filing", actor=member(self.water, Role.HANDLER), rows=[row])
            perform(again.pk, "approve_filing", actor=member(self.water, Role.UNIT_HEAD))
            perform(again.pk, "accept_filing", actor=self.clerk)


class ComposePageTests(EditCase):
    def test_it_names_who_is_missing_returned_waiting_and_late(self):
        MonthlyReport.objects.all().delete()
        page = self.get(self.clerk, "compose_report", self.period.pk)
        groups = {str(g["label"]): [f.unit.name for f in g["filings"]] for g in page.context["groups"]}
        self.assertEqual(groups, {"Not filed:": ["县交通运输局"]})
        with clock.at(datetime(2026, 11, 9, 9)):
            page = self.client.get(page.request["PATH_INFO"], headers=ENGLISH)
        groups = {str(g["label"]): [f.unit.name for f in g["filings"]] for g in page.context["groups"]}
        self.assertEqual(groups, {"Not filed yet, the due moment is ahead:": ["县交通运输局"]})
        row = {"measure": self.other.pk, "progress": "已完工。", "difficulties": "", "next_steps": ""}
        filing = self.period.filings.get(unit=self.roads)
        with clock.at(datetime(2026, 11, 12, 9)):
            perform(filing.pk, "submit_filing", actor=member(self.roads, Role.HANDLER), rows=[row])
            perform(filing.pk, "approve_filing", actor=member(self.roads, Role.UNIT_HEAD))
        page = self.get(self.clerk, "compose_report", self.period.pk)
        groups = {str(g["label"]): [f.unit.name for f in g["filings"]] for g in page.context["groups"]}
        self.assertEqual(groups, {"Filed, not accepted yet:": ["县交通运输局"]})
        self.assertEqual([f.unit.name for f in page.context["late"]], ["县交通运输局"])

    def test_statements_do_not_grow_with_the_blocks(self):
        few = self.statements()
        for _number in range(4):
            make_measure(self.plan, lead=self.water)
        self.assertEqual(self.statements(), few)

    def statements(self):
        from django.db import connection
        from django.test.utils import CaptureQueriesContext

        self.client.force_login(self.clerk)
        with CaptureQueriesContext(connection) as queries:
            self.get(self.clerk, "edit_report")
        return len(queries)


class OutdatedTests(EditCase):
    def test_a_filing_accepted_later_marks_its_block_and_only_that(self):
        self.assertFalse(
            any(n["is_outdated"] for n in self.notes(self.get(self.clerk, "edit_report")).values())
        )
        self.file_again("已划定水源地15处。")
        page = self.get(self.clerk, "edit_report")
        marked = {name for name, n in self.notes(page).items() if n["is_outdated"]}
        self.assertEqual(
            marked, {self.block, f"difficulties_{self.problem_id}", f"next_steps_{self.problem_id}"}
        )
        self.assertContains(page, "15")
        self.assertContains(self.get_report(), "3 blocks of the texts are outdated")

    def get_report(self):
        with clock.at(datetime(2026, 11, 20, 9)):
            return self.client.get(self.report.get_absolute_url(), headers={"accept-language": "en"})

    def test_one_click_takes_the_new_text_and_saves_what_was_typed_beside(self):
        self.file_again("已划定水源地15处。")
        data = self.page_data(opening="新开头。", do=f"take:{self.block}")
        answer = self.post(self.clerk, "edit_report", **data)
        self.assertIn(f"#b-{self.block}", answer.url)
        found = self.fresh().texts
        self.assertEqual(
            (found["opening"], found["progress"][0]["text"]),
            ("新开头。", "措施(1)：已划定水源地15处。（县水利局）"),
        )
        self.assertFalse(self.notes(self.get(self.clerk, "edit_report"))[self.block]["is_outdated"])

    def test_the_clerk_may_leave_their_own(self):
        self.file_again("已划定水源地15处。")
        self.post(
            self.clerk, "edit_report", **self.page_data(**{self.block: "我的。", "do": f"seen:{self.block}"})
        )
        self.assertEqual(self.fresh().texts["progress"][0]["text"], "我的。")
        self.assertFalse(self.notes(self.get(self.clerk, "edit_report"))[self.block]["is_outdated"])

    def test_what_is_kept_for_this_is_not_frozen(self):
        with clock.at(datetime(2026, 11, 20, 9)):
            self.do("submit_report", self.clerk)
        self.assertNotIn("drawn", self.fresh().snapshot)


class TwinPageTests(EditCase):
    def test_one_click_keeps_one_of_two(self):
        text = f"措施(1)：{LONG}。（县水利局）\r\n措施(2)：{LONG}。（县财政局）"
        self.post(self.clerk, "edit_report", **self.page_data(**{self.block: text}))
        [twin] = self.notes(self.get(self.clerk, "edit_report"))[self.block]["twins"]
        self.post(self.clerk, "edit_report", **self.page_data(do=twin["do"]))
        self.assertEqual(
            self.fresh().texts["progress"][0]["text"], f"措施(1)、(2)：{LONG}。（县水利局、县财政局）"
        )

    def test_a_button_that_the_page_never_had_saves_the_texts_and_keeps_both(self):
        text = f"措施(1)：{LONG}。（县水利局）\n措施(2)：{LONG}。（县财政局）"
        for asked in ("", self.block, f"{self.block}:a:b", f"{self.block}:0:7", "opening:0:1"):
            with self.subTest(asked):
                data = self.page_data(**{self.block: text, "do": f"keep_one:{asked}"})
                self.assertEqual(self.post(self.clerk, "edit_report", **data).status_code, 302)
                self.assertEqual(self.fresh().texts["progress"][0]["text"], text)


class TwoClerksTests(EditCase):
    def test_both_texts_are_seen_and_neither_is_lost(self):
        mine, theirs = (
            self.page_data(**{self.block: "林晓写的。"}),
            self.page_data(**{self.block: "周敏写的。"}, opening="周敏的开头。"),
        )
        self.post(self.colleague, "edit_report", **theirs)
        page = self.post(self.clerk, "edit_report", **mine)
        self.assertEqual(page.status_code, 409)
        form = page.context["form"]
        self.assertEqual(form[self.block].value(), "林晓写的。")
        self.assertEqual(self.notes(page)[self.block]["theirs"], "周敏写的。")
        self.assertContains(page, "周敏写的。", status_code=409)
        # What only the other clerk touched is theirs without a question.
        self.assertEqual((form["opening"].value(), page.context["opening_theirs"]), ("周敏的开头。", None))
        again = {name: form[name].value() for name in form.fields}
        self.assertEqual(self.post(self.clerk, "edit_report", **again).status_code, 302)
        found = self.fresh().texts
        self.assertEqual((found["opening"], found["progress"][0]["text"]), ("周敏的开头。", "林晓写的。"))

    def test_a_report_that_left_meanwhile_keeps_the_typed_text_on_the_page(self):
        mine = self.page_data(**{self.block: "林晓写的。"}) | {"row_version": ""}
        self.post(self.colleague, "submit_report", row_version=1)
        page = self.post(self.clerk, "edit_report", **mine)
        self.assertContains(page, "林晓写的。", status_code=409)


class LastMonthTests(EditCase):
    def test_each_block_stands_beside_what_the_last_report_said(self):
        issue(self.report, clerk=self.clerk, head=self.head, leader=self.leader)
        with clock.at(datetime(2026, 12, 2, 9)):
            december = datetime(2026, 12, 1).date()
            period = perform(self.plan.pk, "open_period", actor=self.clerk, month=december).subject
            report = perform(period.pk, "compose_report", actor=self.clerk).subject
        page = self.get(self.clerk, "edit_report", report.pk)
        last = self.notes(page)[self.block]["last"]
        self.assertEqual(
            "".join(text for _changed, text in last["then"]), "措施(1)：已划定水源地12处。（县水利局）"
        )
        with clock.at(datetime(2026, 12, 9, 9)):
            shown = self.client.get(report.get_absolute_url()).context["shown"]["month_on_month"]
        frozen = self.fresh().snapshot
        self.assertEqual(shown["month"], "2026-11")
        opening = self.client.get(report.get_absolute_url()).context["opening"][-1]
        self.assertIn("与上期（数据截至2026年11月20日）相比，", opening)
        self.assertIn(f'"as_of":"{shown["as_of"]}"', frozen)


class BadInputTests(EditCase):
    def test_a_paragraph_of_ten_thousand_characters_is_kept_whole(self):
        long = "整" * 10_000
        self.post(self.clerk, "edit_report", **self.page_data(**{self.block: long}))
        self.assertEqual(self.fresh().texts["progress"][0]["text"], long)

    def test_what_is_too_long_or_no_text_is_refused_with_a_sentence(self):
        table = [("整" * 20_001, "at most 20000"), ("坏\x00字", "Null characters")]
        for text, sentence in table:
            with self.subTest(sentence):
                page = self.post(self.clerk, "edit_report", **self.page_data(**{self.block: text}))
                self.assertContains(page, sentence, status_code=400)

    def test_control_characters_and_rare_names_are_printed_or_named(self):
        typed = self.page_data(**{self.block: "联系人：䶮㛃鿍\x07，Wi-Fi 5G覆盖。"})
        self.post(self.clerk, "edit_report", **typed)
        self.assertEqual(self.post(self.clerk, "submit_report").status_code, 302)

    def test_the_month_before_is_compared_in_a_sentence(self):
        rows = [
            {"key": "closed_out", "change": 2},
            {"key": "overdue", "change": -1},
            {"key": "total", "change": 3},
        ]
        found = {"as_of": "2026-10-12", "rows": rows}
        self.assertEqual(
            against_last_month(found),
            "与上期（数据截至2026年10月12日）相比，已销号增加2项，逾期减少1项。",
        )
        still = {"as_of": "2026-10-12", "rows": [{"key": "closed_out", "change": 0}]}
        self.assertIn("没有增减", against_last_month(still))
        self.assertEqual(against_last_month(None), "")

    def test_a_month_without_any_filing_has_every_problem_with_its_counts(self):
        with clock.at(datetime(2026, 12, 2, 9)):
            december = datetime(2026, 12, 1).date()
            period = perform(self.plan.pk, "open_period", actor=self.clerk, month=december).subject
            report = perform(period.pk, "compose_report", actor=self.clerk).subject
            self.assertEqual([b["text"] for b in report.texts["progress"]], [""])
            self.client.force_login(self.clerk)
            page = self.client.get(report.get_absolute_url())
            perform(report.pk, "submit_report", actor=self.clerk)
        self.assertContains(page, "共有整改措施2项")
        self.assertContains(page, "无。", 2)
