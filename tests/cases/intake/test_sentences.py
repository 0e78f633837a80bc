"""Units that no clause names: the subject of a sentence, and the rule that names some for all measures."""

from unittest import TestCase

from cases.intake import read_plan

PLAN = """南溪区关于企业服务的任务分工方案
2025年3月12日
{rule}
一、优化服务
1.建立台账。（区工信局、区发改局）
2.{sentence}
3.清理拖欠。（区财政局、区税务局）
"""
SUBJECTS = {
    "压减时限。区行政审批局要会同区住建局，完成流程再造。": ([], ["区行政审批局", "区住建局"]),
    "市水务局负责清理河道。": ([], ["市水务局"]),
    "由市教育局牵头，市财政局配合，建立制度。": (["市教育局"], ["市财政局"]),
    "市教育局、市财政局牵头，各乡镇政府配合。": (["市教育局", "市财政局"], ["各乡镇政府"]),
    "市发展和改革委员会要牵头制定细则。": (["市发展和改革委员会"], []),
    "县委组织部和县人社局要选派干部。": ([], ["县委组织部", "县人社局"]),
    "青河镇要加强巡查；石桥乡要清理垃圾。": ([], ["青河镇", "石桥乡"]),
    "县水务局要会同县公安局开展执法。": ([], ["县水务局", "县公安局"]),
    "区工信局要走访企业。": ([], ["区工信局"]),
    "各镇街负责组织实施。": ([], ["各镇街"]),
}
NOBODY = (
    "产业布局要优化。",
    "党员干部要主动服务。",
    "各部门要提高认识。",
    "全县教育局要行动。",
    "市场主体要守信。",
    "要求市水务局报送材料。",
    "县水务局负责人要到场。",
    "县水务局负责的项目要提速。",
    "督促市水务局负责整改。",
    "市政府要求加快进度。",
    "以人民为中心要贯穿始终。",
    "加强与市水务局、市财政局配合。",
    "城乡要统筹，县水务局要落实。",
)


def read(sentence="走访企业。", rule=""):
    return read_plan(PLAN.format(sentence=sentence, rule=rule).encode(), "plan.txt")


def duties(measure):
    return tuple(
        [unit.printed for unit in units] for units in (measure.lead_units, measure.responsible_units)
    )


class SubjectTests(TestCase):
    def test_the_subject_of_a_sentence_is_responsible_with_doubt(self):
        for sentence, expected in SUBJECTS.items():
            with self.subTest(sentence=sentence):
                plan = read(sentence)
                measure = plan.measures[1]
                self.assertEqual(duties(measure), expected)
                self.assertFalse(measure.certain)
                self.assertIn("unit_in_sentence", [remark.code for remark in plan.remarks])
                for unit in measure.lead_units + measure.responsible_units:
                    self.assertEqual(plan.text[unit.start : unit.end], unit.printed)

    def test_nobody_is_guessed(self):
        for sentence in NOBODY:
            with self.subTest(sentence=sentence):
                self.assertEqual(duties(read(sentence).measures[1]), ([], []))

    def test_a_clause_stands_above_the_sentence(self):
        plan = read("市水务局要清理河道。（区住建局、区城管局）")
        self.assertEqual(duties(plan.measures[1]), ([], ["区住建局", "区城管局"]))


class RuleForAllTests(TestCase):
    def test_its_units_are_added_to_every_measure(self):
        for rule in (
            "以下任务均需各镇街、区总工会落实，不再列出。",
            "以下措施均需各镇街、区总工会分别落实,不再一一列出。",
            "各项任务均由各镇街、区总工会共同负责，文中不再逐一列出。",
        ):
            with self.subTest(rule=rule):
                plan = read(rule=rule)
                self.assertEqual(
                    [duties(measure) for measure in plan.measures],
                    [
                        ([], ["区工信局", "区发改局", "各镇街", "区总工会"]),
                        ([], ["各镇街", "区总工会"]),
                        ([], ["区财政局", "区税务局", "各镇街", "区总工会"]),
                    ],
                )
                unit = plan.measures[0].responsible_units[2]
                self.assertEqual((plan.text[unit.start : unit.end], unit.printed), ("各镇街", "各镇街"))
                self.assertIn("rule_for_all", [remark.code for remark in plan.remarks])

    def test_beside_the_rule_that_the_first_leads(self):
        plan = read(rule="以下任务均需各镇街落实，不再列出。排在第一位的为牵头单位。")
        self.assertEqual(duties(plan.measures[0]), (["区工信局"], ["区发改局", "各镇街"]))

    def test_it_is_only_for_what_follows(self):
        plan = read(sentence="走访企业。\n二、强化监管\n以下任务均需各镇街落实，不再列出。")
        self.assertEqual(duties(plan.measures[0]), ([], ["区工信局", "区发改局"]))
        self.assertEqual(duties(plan.measures[-1]), ([], ["区财政局", "区税务局", "各镇街"]))
