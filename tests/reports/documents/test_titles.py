from django.test import SimpleTestCase

from reports.documents.frame import MARK_WIDTH, mark_style
from reports.documents.titles import clauses, phrases, shortened, split_title, width

TITLES = (
    "清河县考核评估反馈问题整改工作2026年11月情况报告",
    "清河县2025年度巩固拓展脱贫攻坚成果同乡村振兴有效衔接考核评估反馈问题整改工作2026年11月情况报告",
    "安宁市乡村振兴领域专项巡察反馈问题整改工作2026年6月情况报告",
    "关于中央生态环境保护督察反馈意见整改落实进展情况的报告",
)


class SplitTitleTests(SimpleTestCase):
    def test_a_short_title_stays_on_one_line(self):
        self.assertEqual(split_title("2026年11月整改台账"), ["2026年11月整改台账"])

    def test_lines_fit_tear_no_date_and_form_a_trapezium_or_a_diamond(self):
        for title in TITLES:
            lines = split_title(title)
            widths = [width(line) for line in lines]
            peak = widths.index(max(widths))
            with self.subTest(lines=lines):
                self.assertEqual("".join(lines), title)
                self.assertLessEqual(max(widths), 19)
                shape = (sorted(widths), sorted(widths, reverse=True))
                diamond = sorted(widths[: peak + 1]) == widths[: peak + 1] and widths[peak:] == sorted(
                    widths[peak:], reverse=True
                )
                self.assertTrue(widths in shape or diamond)
                self.assertFalse(
                    any(line[0] in "年月日的和同、，" for line in lines[1:]) and "同" not in title
                )
                self.assertFalse(any(line.endswith(("2025", "2026年1", "11", "领导小")) for line in lines))

    def test_phrases_end_where_words_end_and_lose_nothing(self):
        self.assertEqual(
            phrases(TITLES[1]),
            ["清河县2025年度", "巩固拓展", "脱贫攻坚", "成果", "同乡村振兴", "有效衔接", "考核评估", "反馈问题",
             "整改工作", "2026年11月", "情况报告"],
        )  # fmt: skip
        self.assertEqual(phrases("关于的报告"), ["关于的报告"])
        self.assertEqual("".join(phrases(TITLES[3])), TITLES[3])

    def test_a_title_without_any_word_is_cut_by_width(self):
        lines = split_title("的" * 50)
        self.assertEqual([len(line) for line in lines], [19, 19, 12])

    def test_a_very_long_title_takes_no_long_time_and_loses_nothing(self):
        title = "关于" + "巩固拓展脱贫攻坚成果" * 12 + "的报告"
        self.assertEqual("".join(split_title(title)), title)


class MarkTests(SimpleTestCase):
    def test_a_mark_never_leaves_the_type_area(self):
        for mark in (
            "清河县文件",
            "清河县整改工作领导小组办公室",
            "清河县巩固拓展脱贫攻坚成果同乡村振兴有效衔接工作领导小组办公室",
        ):
            size, scale = mark_style(mark)
            with self.subTest(mark):
                self.assertLessEqual(len(mark) * size * scale, MARK_WIDTH + 0.1)
                self.assertLessEqual(size, 50)


class ShortenedTests(SimpleTestCase):
    def test_cut_text_says_so(self):
        self.assertEqual(shortened("县农业农村局", 6), "县农业农村局")
        self.assertEqual(shortened("县人力资源和社会保障局", 6), "县人力资源…")


class ClausesTests(SimpleTestCase):
    TEXT = "更新老旧供水管网86公里，优先安排漏损率超过20%的管段，分批验收。"

    def test_whole_clauses_are_kept_and_what_is_left_out_leaves_its_mark(self):
        self.assertEqual(clauses(self.TEXT, 20), "更新老旧供水管网86公里……")
        self.assertEqual(clauses(self.TEXT, 30), "更新老旧供水管网86公里，优先安排漏损率超过20%的管段……")
        self.assertEqual(clauses(self.TEXT, 80), self.TEXT.rstrip("。"))
        self.assertEqual(clauses("立行立改", 80), "立行立改")

    def test_a_first_clause_that_is_too_long_is_cut(self):
        self.assertEqual(clauses(self.TEXT, 6), "更新老旧供…")
        self.assertEqual(clauses("", 6), "")
