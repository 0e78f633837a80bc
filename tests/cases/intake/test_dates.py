"""A table of deadline phrases and the dates they mean."""

from unittest import TestCase

from cases.intake.dates import read_deadline

PHRASES = {
    "2022年12月31日前取得阶段性成效,长期坚持": (["2022-12-31"], True),
    "2022年6月30日、12月31日前取得阶段性成效": (["2022-06-30", "2022-12-31"], False),
    "2022年6月30日、9月30日、11月30日前": (["2022-06-30", "2022-09-30", "2022-11-30"], False),
    "2022年6月15日、30日前": (["2022-06-15", "2022-06-30"], False),
    "2022年11月底、次年3月底前": (["2022-11-30", "2023-03-31"], False),
    "2024年2月底前": (["2024-02-29"], False),
    "2024年2月末": (["2024-02-29"], False),
    "２０２４年９月３０日前": (["2024-09-30"], False),
    "2026 年 12 月 31 日前": (["2026-12-31"], False),
    "2024年9月": (["2024-09-30"], False),
    "2024年10月上旬": (["2024-10-10"], False),
    "2024年10月中旬前": (["2024-10-20"], False),
    "2024年10月下旬": (["2024-10-31"], False),
    "2024年底前": (["2024-12-31"], False),
    "2024年年底前": (["2024-12-31"], False),
    "2024年内": (["2024-12-31"], False),
    "2025年": (["2025-12-31"], False),
    "2024年上半年": (["2024-06-30"], False),
    "2024年第三季度": (["2024-09-30"], False),
    "2024年第三、四季度": (["2024-09-30", "2024-12-31"], False),
    "2024年三至四季度": (["2024-12-31"], False),
    "2024年春季学期开学前": ([], False),
    "2024.6.30": (["2024-06-30"], False),
    "2024-06-30前": (["2024-06-30"], False),
    "2024/6/30": (["2024-06-30"], False),
    "2024.12": (["2024-12-31"], False),
    "二〇二四年十二月三十一日前": (["2024-12-31"], False),
    "年底前": (["2023-12-31"], False),
    "6月底前": (["2023-06-30"], False),
    "今年10月底前": (["2023-10-31"], False),
    "明年3月底前": (["2024-03-31"], False),
    "2024年6月1日至9月30日": (["2024-09-30"], False),
    "2024年6月—9月": (["2024-09-30"], False),
    "2024年6月1日-30日": (["2024-06-30"], False),
    "2024年6月至2025年3月": (["2025-03-31"], False),
    "2023—2025年": (["2025-12-31"], False),
    "立行立改": ([], False),
    "即知即改,长期坚持": ([], True),
    "持续坚持": ([], True),
    "常态化推进": ([], True),
    "每月10日前": ([], False),
    "印发后3个月内": ([], False),
    "": ([], False),
}


class DeadlineTests(TestCase):
    def test_phrases(self):
        for phrase, expected in PHRASES.items():
            with self.subTest(phrase=phrase):
                deadline = read_deadline(phrase, year=2023)
                self.assertEqual(
                    ([str(item.due_on) for item in deadline.dates], deadline.long_term), expected
                )
                for item in deadline.dates:
                    self.assertEqual(phrase[item.start : item.end], item.printed)

    def test_a_day_that_does_not_exist_is_doubted(self):
        deadline = read_deadline("2024年6月31日前")
        self.assertEqual([str(item.due_on) for item in deadline.dates], ["2024-06-30"])
        self.assertEqual(deadline.doubts, [("impossible_date", 0, 10)])

    def test_a_month_that_does_not_exist_is_left_out(self):
        deadline = read_deadline("2024年13月1日前")
        self.assertEqual((deadline.dates, deadline.doubts), ([], [("impossible_date", 0, 10)]))

    def test_no_year_anywhere_is_doubted(self):
        self.assertEqual(read_deadline("6月底前").doubts, [("no_year", 0, 3)])

    def test_a_year_alone_is_read_as_its_end_with_doubt(self):
        self.assertEqual(read_deadline("2025年").doubts, [("only_year", 0, 5)])

    def test_before_a_month_is_read_as_its_end_with_doubt(self):
        deadline = read_deadline("2024年9月前")
        self.assertEqual([str(item.due_on) for item in deadline.dates], ["2024-09-30"])
        self.assertEqual([code for code, _, _ in deadline.doubts], ["vague_before"])
