"""Whole documents in forms of many offices are read as a person reads them, and every clause is accounted for."""

from unittest import TestCase

from cases.intake import read_plan
from cases.intake.accounting import accounting

from . import documents


def read(name):
    return read_plan(documents.document(name), f"{name}.txt")


class DocumentTests(TestCase):
    maxDiff = None

    def test_each_document(self):
        for name in documents.NAMES:
            with self.subTest(name=name):
                wanted = documents.expected(name)
                proposal = read(name)
                self.assertEqual(documents.found(proposal, wanted), wanted)

    def test_every_clause_is_read_or_reported(self):
        for name in documents.NAMES:
            with self.subTest(name=name):
                proposal = read(name)
                self.assertEqual(accounting(proposal), [])
                for remark in proposal.remarks:
                    self.assertTrue(str(remark))

    def test_stated_totals_are_compared(self):
        codes = {remark.code for remark in read("people-in-brackets").remarks}
        self.assertEqual(codes & {"total_problems", "total_measures"}, {"total_measures"})

    def test_a_chapter_without_clauses_among_others_is_a_guess(self):
        first, second, *_ = read("chapter-without-clauses").problems
        self.assertEqual([measure.sure.name for measure in first.measures], ["SURE"] * 2)
        self.assertEqual([measure.reasons for measure in second.measures], [["no_clause"]] * 3)

    def test_a_bare_list_beside_clauses_with_words_is_a_guess(self):
        measures = read("bare-beside-keyed").measures
        self.assertEqual([measure.sure.name for measure in measures[:3]], ["SURE", "GUESS", "SURE"])
        self.assertEqual(measures[1].reasons, ["bare_beside_keyed"])


TAIL = """青山县数字经济工作任务分工方案
一、重点任务
1.建设算力中心。（县大数据局、县财政局，县税务局。排在{rule}的为牵头单位，下同）
2.培育企业。（县工信局、县科技局）
二、示范创建
1.评选示范企业。
2.组织观摩。
三、保障措施
1.加强领导。
"""


class RuleTests(TestCase):
    def test_the_first_leads_alone_where_the_rule_says_the_first(self):
        for rule, leads in (("第一位", ["县大数据局"]), ("首位", ["县大数据局", "县财政局"])):
            with self.subTest(rule=rule):
                first, second = read_plan(TAIL.format(rule=rule).encode(), "plan.txt").measures
                self.assertEqual([unit.printed for unit in first.lead_units], leads)
                self.assertEqual(
                    (first.reasons, first.sure.name, second.sure.name), (["first_group"], "LIKELY", "SURE")
                )

    def test_a_chapter_of_tasks_behind_the_others_is_only_reported(self):
        proposal = read_plan(TAIL.format(rule="首位").encode(), "plan.txt")
        (remark,) = [remark for remark in proposal.remarks if remark.code == "chapter_not_read"]
        self.assertEqual(proposal.text[remark.start : remark.end], "二、示范创建")
