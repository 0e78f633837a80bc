"""How sure the reader is: three degrees, each doubt with its reason, also of drafts saved before there were three."""

from unittest import TestCase

from cases.intake import Proposal, editing, read_plan
from cases.intake.certainty import DEGREES, REASONS, Sure, least_sure_first, sure_of

PLAN = """青山县河道整改方案
2025年3月12日
一、存在问题
（一）河道污染。
整改措施：
1.排查。（牵头单位：县水务局；整改时限：2025年6月30日前）
2.县城管局要清运垃圾。
3.拆除。（责任单位：县水务局；整改时限：限期2个月）
4.于2025年10月底前补植。（牵头单位：县林业局）
5.宣传。
"""


def read(text=PLAN):
    return read_plan(text.encode(), "plan.txt")


class DegreeTests(TestCase):
    def test_each_measure_says_how_sure_and_why(self):
        self.assertEqual(
            [(measure.sure.name, measure.reasons) for measure in read().measures],
            [
                ("SURE", []),
                ("LIKELY", ["unit_in_sentence"]),
                ("LIKELY", ["counted_from_issue"]),
                ("GUESS", ["date_in_sentence"]),
                ("GUESS", ["no_clause"]),
            ],
        )

    def test_a_doubt_stays_with_the_value_it_is_about(self):
        measures = read().measures
        self.assertEqual(measures[1].responsible_units[0].doubt, "unit_in_sentence")
        self.assertEqual(measures[2].checkpoints[0].doubt, "counted_from_issue")
        self.assertIsNone(measures[2].responsible_units[0].doubt)

    def test_every_doubt_has_a_degree_and_a_sentence(self):
        self.assertEqual(set(DEGREES), set(REASONS))
        self.assertEqual(
            least_sure_first(["only_year", None, "no_year", "only_year"]), ["no_year", "only_year"]
        )
        self.assertIs(sure_of([]), Sure.SURE)

    def test_it_is_in_the_exchange_form(self):
        found = read().to_json()["problems"][0]["measures"]
        self.assertEqual([item["sure"] for item in found], ["sure", "likely", "likely", "guess", "guess"])
        self.assertEqual(found[3]["reasons"], ["date_in_sentence"])


class DraftTests(TestCase):
    def test_a_draft_saved_with_two_degrees_is_still_read(self):
        data = read().to_dict()
        for measure in data["problems"][0]["measures"]:
            del measure["doubts"]
            measure["certain"] = measure["label"] != "1."
            for value in [*measure["lead_units"], *measure["responsible_units"], *measure["checkpoints"]]:
                del value["doubt"]
        measures = Proposal.from_dict(data).measures
        self.assertEqual(measures[0].doubts, ["unclear"])
        self.assertEqual([measure.sure.name for measure in measures[1:]], ["SURE"] * 4)

    def test_what_a_person_wrote_is_no_longer_doubtful(self):
        proposal = read()
        editing.set_measure(proposal, 5, lead=["县委宣传部"])
        self.assertEqual(proposal.measures[4].reasons, [])
        start = proposal.text.index("2025年10月底前")
        editing.mark(proposal, 4, start, start + 9, "deadline")
        self.assertEqual(proposal.measures[3].reasons, [])
