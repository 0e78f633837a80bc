"""A later version of a plan beside the plan as it stands: a table of what happened → what is said."""

from datetime import date
from unittest import TestCase

from cases.intake.amend import Change, Heading, Kind, Row, compare, marks, moved_dates

JUNE, SEPTEMBER, DECEMBER = date(2026, 6, 30), date(2026, 9, 30), date(2026, 12, 31)
WATER, PROJECTS = "农村供水保障不到位。部分村组季节性缺水。", "项目管理不规范。"
PIPES = "全面排查供水管网，建立问题清单，逐项销号。"
RENEW = "更新老旧管网，落实管护责任。"
LIBRARY = "完善项目库，加强前期论证。"
LEAD = ("LEAD", "unit:1")


def row(key, text, number="（一）（1）", problem=1, **fields):
    return Row(key, problem, number, text, **{"units": frozenset({LEAD}), "dates": (JUNE,), **fields})


def problems():
    return [Heading(1, "（一）", WATER), Heading(2, "（二）", PROJECTS)]


def said(sections):
    """{problem: [(id, kinds)]} of what is not the same."""
    return {
        (section.new or section.old).label: [
            (change.id, "+".join(change.kinds)) for change in section.changes if change.kinds
        ]
        for section in sections
    }


def beside(old, new, new_problems=None):
    return compare(problems(), old, new_problems or problems(), new)


class KindTests(TestCase):
    def test_one_measure_and_what_became_of_it(self):
        old = row(7, PIPES, met=(date(2026, 5, 31),))
        table = [
            ("the same", row(1, PIPES), ""),
            ("other width and punctuation", row(1, "全面排查供水管网,建立问题清单,逐项销号"), ""),
            ("renumbered", row(1, PIPES, "（一）（9）"), ""),
            ("reworded", row(1, PIPES.replace("清单", "台账")), "TEXT"),
            ("another goal", row(1, PIPES, goal="全面达标"), "TEXT"),
            ("another unit", row(1, PIPES, units=frozenset({("LEAD", "unit:2")})), "UNITS"),
            ("another role", row(1, PIPES, units=frozenset({("RESPONSIBLE", "unit:1")})), "UNITS"),
            ("nobody named any more", row(1, PIPES, units=frozenset()), ""),
            ("later", row(1, PIPES, dates=(SEPTEMBER,)), "DATES"),
            ("one more date", row(1, PIPES, dates=(JUNE, SEPTEMBER)), "DATES"),
            ("no date", row(1, PIPES, dates=()), "DATES"),
            ("a date met long ago is printed still", row(1, PIPES, dates=(date(2026, 5, 31), JUNE)), ""),
            ("for ever", row(1, PIPES, long_term=True), "DATES"),
            ("other words for the deadline", row(1, PIPES, deadline_text="立行立改"), "DATES"),
            (
                "everything",
                row(1, PIPES + "每月通报。", units=frozenset({("LEAD", "unit:2")}), dates=(DECEMBER,)),
                "TEXT+UNITS+DATES",
            ),
        ]
        for name, new, kinds in table:
            with self.subTest(name):
                [section] = beside([old], [new])
                self.assertEqual([("m7", kinds)], [(c.id, "+".join(c.kinds)) for c in section.changes])

    def test_new_and_gone_keep_their_places(self):
        old = [row(1, PIPES), row(2, RENEW, "（一）（2）"), row(3, LIBRARY, "（二）（1）", 2)]
        new = [
            row(1, RENEW),
            row(2, "组建应急送水队伍。", "（一）（2）"),
            row(3, LIBRARY, "（二）（1）", 2),
        ]
        self.assertEqual(said(beside(old, new)), {"（一）": [("m1", "GONE"), ("n2", "NEW")], "（二）": []})

    def test_a_problem_that_is_gone_or_new_is_a_section_of_its_own(self):
        old = [row(1, PIPES), row(3, LIBRARY, "（二）（1）", 2)]
        headings = [
            Heading(1, "（一）", WATER),
            Heading(2, "（二）", "财经纪律执行不严。存在超标准接待问题。"),
        ]
        new = [row(1, PIPES), row(2, "开展接待费专项审计。", "（二）（1）", 2)]
        sections = beside(old, new, headings)
        self.assertEqual(
            [(s.old and s.old.key, s.new and s.new.key, [c.id for c in s.changes]) for s in sections],
            [(1, 1, ["m1"]), (2, None, ["m3"]), (None, 2, ["n2"])],
        )

    def test_a_measure_that_moved_to_another_problem_is_the_same(self):
        old = [row(1, PIPES), row(2, LIBRARY, "（二）（1）", 2)]
        new = [row(1, LIBRARY, "（二）（1）", 2), row(2, PIPES, "（二）（2）", 2)]
        [second] = beside(old, new)
        self.assertEqual(
            [(c.id, c.kinds, c.is_renumbered) for c in second.changes], [("m2", (), False), ("m1", (), True)]
        )

    def test_the_words_of_a_problem_may_change(self):
        headings = [Heading(1, "（一）", WATER.replace("部分", "多数")), Heading(2, "（二）", PROJECTS)]
        [section] = beside([row(1, PIPES)], [row(1, PIPES)], headings)
        self.assertTrue(section.is_reworded)


class MatchTests(TestCase):
    def test_equal_words_under_several_problems_stay_where_they_are(self):
        same = "建立长效机制。"
        old = [row(1, same), row(2, same, "（二）（1）", 2)]
        new = [row(1, same, "（一）（4）"), row(2, same, "（二）（3）", 2)]
        pairs = [(c.old.key, c.new.key) for section in beside(old, new) for c in section.changes]
        self.assertEqual(pairs, [(1, 1), (2, 2)])

    def test_a_reworded_one_is_found_by_its_words_not_by_its_number(self):
        old = [row(1, PIPES), row(2, RENEW, "（一）（2）")]
        new = [row(1, RENEW + "明确专人。"), row(2, PIPES + "明确专人。", "（一）（2）")]
        pairs = [(c.old.key, c.new.key) for section in beside(old, new) for c in section.changes]
        self.assertEqual(pairs, [(2, 1), (1, 2)])

    def test_other_words_under_the_same_number_are_another_measure(self):
        self.assertEqual(
            said(beside([row(1, PIPES)], [row(1, "举办干部培训班，提高业务能力。")])),
            {"（一）": [("m1", "GONE"), ("n1", "NEW")]},
        )

    def test_every_row_is_in_exactly_one_change_and_twice_gives_the_same(self):
        old = [row(n, f"第{n}项：{PIPES * (n % 3 + 1)}", f"（一）（{n}）") for n in range(1, 40)]
        new = [row(n, f"第{n + 2}项：{PIPES * (n % 4 + 1)}", f"（一）（{n}）") for n in range(1, 35)]
        first, again = beside(old, new), beside(old, new)
        changes = [change for section in first for change in section.changes]
        self.assertEqual(first, again)
        self.assertEqual(sorted(c.old.key for c in changes if c.old), [r.key for r in old])
        self.assertEqual(sorted(c.new.key for c in changes if c.new), [r.key for r in new])
        self.assertEqual(len({change.id for change in changes}), len(changes))


class DateTests(TestCase):
    def test_what_no_longer_holds_and_what_is_new(self):
        table = [
            ((JUNE,), (), (SEPTEMBER,), ([JUNE], [SEPTEMBER])),
            ((JUNE, DECEMBER), (), (JUNE, DECEMBER), ([], [])),
            ((DECEMBER,), (JUNE,), (JUNE, SEPTEMBER), ([DECEMBER], [SEPTEMBER])),
            ((), (JUNE,), (SEPTEMBER,), ([], [SEPTEMBER])),
            ((JUNE,), (), (SEPTEMBER, SEPTEMBER), ([JUNE], [SEPTEMBER])),
        ]
        for dates, met, new, expected in table:
            with self.subTest(dates=dates, met=met, new=new):
                self.assertEqual(
                    moved_dates(row(1, "", dates=dates, met=met), row(1, "", dates=new)), expected
                )


class MarkTests(TestCase):
    def test_pieces_put_together_are_the_texts_and_only_what_differs_is_marked(self):
        before, after = marks("更新老旧管网，6月底前完成。", "更新全部老旧管网，9月底前完成。")
        self.assertEqual("".join(text for _changed, text in before), "更新老旧管网，6月底前完成。")
        self.assertEqual("".join(text for _changed, text in after), "更新全部老旧管网，9月底前完成。")
        self.assertEqual([text for changed, text in before if changed], ["6"])
        self.assertEqual([text for changed, text in after if changed], ["全部", "9"])

    def test_a_number_is_marked_as_a_whole(self):
        before, after = marks("管网86公里，2026年11月26日前", "管网112公里，2026年12月31日前")
        self.assertEqual([text for changed, text in before if changed], ["86", "11月26"])
        self.assertEqual([text for changed, text in after if changed], ["112", "12月31"])

    def test_one_that_is_empty(self):
        self.assertEqual(marks("", "新"), ([(True, "")], [(True, "新")]))
        self.assertEqual(marks("同", "同"), ([(False, "同")], [(False, "同")]))


class ChangeTests(TestCase):
    def test_its_name_does_not_depend_on_the_other_rows(self):
        self.assertEqual(Change((Kind.GONE,), row(5, PIPES), None).id, "m5")
        self.assertEqual(Change((Kind.NEW,), None, row(5, PIPES)).id, "n5")
