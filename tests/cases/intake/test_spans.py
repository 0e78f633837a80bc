"""Deadlines that are no dates: 限期2个月, 一年内, 每季度, 分阶段; where a list of units ends in one, it is no unit."""

import datetime
from unittest import TestCase

from cases.intake import read_plan
from cases.intake.dates import read_deadline

ISSUED = datetime.date(2025, 3, 12)
SPANS = {
    "限期2个月": "2025-05-12",
    "限期30日": "2025-04-11",
    "限期两个月完成": "2025-05-12",
    "一年内": "2026-03-12",
    "3年内": "2028-03-12",
    "2周内": "2025-03-26",
    "自印发之日起30日内": "2025-04-11",
    "自本方案印发之日起3个月": "2025-06-12",
    "印发后3个月内": "2025-06-12",
}
LAST_PARTS = (
    "限期2个月",
    "限期15日",
    "一年内",
    "2个工作日内",
    "自印发之日起30日内",
    "自印发之日起3个月内完成",
    "每月",
    "每季度推进",
    "每半年",
    "每年开展一次",
    "分阶段推进",
    "持续推进",
    "长期",
    "长期坚持",
    "立行立改",
    "即知即改",
    "立即",
)
LONG_TERM = {"持续推进", "长期", "长期坚持"}
PLAN = """南溪区关于企业服务的任务分工方案
2025年3月12日
一、优化服务
1.建立台账。（区工信局、区发改局；2025年二季度完成）
2.上门走访。（区人社局、区行政审批局{mark}{last}）
"""


class SpanTests(TestCase):
    def test_counted_from_the_date_of_issue_with_a_remark(self):
        for phrase, due in SPANS.items():
            with self.subTest(phrase=phrase):
                read = read_deadline(phrase, year=2025, issued_on=ISSUED)
                self.assertEqual([str(item.due_on) for item in read.dates], [due])
                self.assertEqual([doubt[0] for doubt in read.doubts], ["counted_from_issue"])
                self.assertEqual(phrase[read.dates[0].start : read.dates[0].end], read.dates[0].printed)

    def test_the_last_day_of_a_shorter_month(self):
        read = read_deadline("限期1个月", issued_on=datetime.date(2025, 1, 31))
        self.assertEqual(str(read.dates[0].due_on), "2025-02-28")

    def test_kept_as_text_without_a_date_of_issue_or_in_working_days(self):
        for phrase, issued_on in (("限期2个月", None), ("5个工作日内", ISSUED)):
            read = read_deadline(phrase, year=2025, issued_on=issued_on)
            self.assertEqual(([], ["not_counted"]), (read.dates, [doubt[0] for doubt in read.doubts]))

    def test_a_length_of_time_that_sets_no_limit_is_none(self):
        for phrase in ("长期坚持", "每2个月一次", "3年", "自反馈之日起30日内"):
            self.assertEqual(read_deadline(phrase, year=2025, issued_on=ISSUED).dates, [])


class LastPartTests(TestCase):
    def test_the_end_of_a_list_is_a_deadline_and_no_unit(self):
        for last in LAST_PARTS:
            for mark in "；，、":
                with self.subTest(last=last, mark=mark):
                    measure = self.read(last, mark).measures[1]
                    units = [unit.printed for unit in measure.lead_units + measure.responsible_units]
                    self.assertEqual(units, ["区人社局", "区行政审批局"])
                    self.assertEqual(measure.deadline_text, last)
                    self.assertEqual(measure.long_term, last in LONG_TERM)

    def test_what_is_counted_says_how(self):
        plan = self.read("限期2个月")
        self.assertEqual([str(item.due_on) for item in plan.measures[1].checkpoints], ["2025-05-12"])
        self.assertFalse(plan.measures[1].certain)
        remark = next(item for item in plan.remarks if item.code == "counted_from_issue")
        self.assertEqual(plan.text[remark.start : remark.end], "限期2个月")
        self.assertIn("2025-03-12", str(remark))

    def test_quarter_and_half_year_take_the_year_of_issue(self):
        for last, due in (("三季度完成", "2025-09-30"), ("上半年", "2025-06-30"), ("二季度", "2025-06-30")):
            measure = self.read(last).measures[1]
            self.assertEqual([str(item.due_on) for item in measure.checkpoints], [due])

    def test_a_span_in_a_sentence_counts_only_where_it_says_so(self):
        text = (
            PLAN.format(mark="", last="")
            + "3.自印发之日起30日内完成再造。\n4.一年内培训10人。\n5.限期1个月拆除。\n"
        )
        self.assertEqual(
            [[str(item.due_on) for item in measure.checkpoints] for measure in read(text).measures[2:]],
            [["2025-04-11"], [], ["2025-04-12"]],
        )

    def read(self, last, mark="；"):
        return read(PLAN.format(mark=mark, last=last))


def read(text):
    return read_plan(text.encode(), "plan.txt")
