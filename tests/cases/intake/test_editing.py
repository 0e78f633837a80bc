"""A person changes what was read: each operation, its refusals, and what holds after any sequence of them."""

import copy
import datetime
from unittest import TestCase

from hypothesis import given, settings
from hypothesis import strategies as st

from cases.intake import read_plan
from cases.intake.cleaning import CannotEdit, measure_of, sub_items
from cases.intake.editing import OPERATIONS, edit
from cases.intake.proposal import Proposal

TEXT = """青山县2026年度巡察反馈问题整改方案
2026年5月20日
二、存在问题及整改措施
针对2个方面问题共制定3条整改措施。
（一）农村供水保障不到位。部分村组季节性缺水。
整改措施：（1）全面排查供水管网。一是建立问题清单；二是更新老旧管网；三是落实管护责任。
〔牵头单位：县水利局；责任单位：县财政局，各乡镇党委和政府；整改时限：2026年6月30日、12月31日前〕
（2）加强水质监测。
〔牵头单位：县卫生健康局；责任单位：县水利局；整改时限：2026年9月30日前，长期坚持〕
（二）项目管理不规范。
整改措施：（1）完善项目库，由县审计局配合县发展改革局于2026年8月底前完成。
〔牵头单位：县发展和改革局；整改时限：2026年3月31日前〕
"""
READ = read_plan(TEXT.encode(), "方案.txt")


def day(text):
    return datetime.date.fromisoformat(text)


def names(units):
    return [unit.printed for unit in units]


def passage(words):
    start = READ.text.index(words)
    return {"start": start, "end": start + len(words)}


class EditingCase(TestCase):
    def refused(self, words, operation, **arguments):
        before = copy.deepcopy(READ)
        with self.assertRaises(CannotEdit) as caught:
            edit(READ, operation, **arguments)
        self.assertIn(words, str(caught.exception))
        self.assertEqual(READ, before)


class MeasureTests(EditingCase):
    def test_written_fields_change_and_the_others_stay(self):
        new = measure_of(edit(READ, "set_measure", measure=2, label="（二）", text="加强监测。"), 2)
        old = measure_of(READ, 2)
        self.assertEqual((new.label, new.text), ("（二）", "加强监测。"))
        self.assertEqual((new.lead_units, new.checkpoints), (old.lead_units, old.checkpoints))

    def test_a_name_keeps_its_passage_and_a_typed_one_is_looked_for_in_the_source(self):
        new = measure_of(
            edit(
                READ, "set_measure", measure=3, lead=["县发展和改革局", "县审计局"], responsible=["县公安局"]
            ),
            3,
        )
        self.assertEqual([READ.text[u.start : u.end] for u in new.lead_units], ["县发展和改革局", "县审计局"])
        self.assertEqual(
            (new.responsible_units[0].start, new.responsible_units[0].end), (new.start, new.start)
        )

    def test_dates_are_taken_as_written_or_read_from_the_deadline(self):
        written = measure_of(edit(READ, "set_measure", measure=2, dates=[day("2026-10-31")]), 2)
        self.assertEqual([d.due_on for d in written.checkpoints], [day("2026-10-31")])
        read = edit(READ, "set_measure", measure=2, deadline_text="7月底前、2027年1月31日前", dates=None)
        self.assertEqual(
            [d.due_on for d in measure_of(read, 2).checkpoints], [day("2026-07-31"), day("2027-01-31")]
        )

    def test_remarks_follow_what_was_changed(self):
        self.assertIn("born_overdue", [remark.code for remark in READ.remarks])
        new = edit(READ, "set_measure", measure=3, dates=[day("2026-08-31")], lead=[], responsible=[])
        codes = [remark.code for remark in new.remarks]
        self.assertEqual(("born_overdue" in codes, "no_units" in codes), (False, True))

    def test_a_lead_stays_lead(self):
        new = measure_of(edit(READ, "set_measure", measure=1, responsible=["县水利局", "县财政局"]), 1)
        self.assertEqual((names(new.lead_units), names(new.responsible_units)), (["县水利局"], ["县财政局"]))

    def test_bad_fields_are_refused(self):
        self.refused("no longer there", "set_measure", measure=9, text="好")
        self.refused("must not be empty", "set_measure", measure=1, text="  ")
        self.refused("longer than", "set_measure", measure=1, lead=["长" * 80])
        self.refused("year, month and day", "set_measure", measure=1, dates=["2026-10-31"])

    def test_added_after_another_it_stands_there(self):
        new = edit(
            READ, "add_measure", problem=1, after=1, label="（1之2）", text="新增。", lead=["县水利局"]
        )
        self.assertEqual([m.text[:2] for m in new.problems[0].measures], ["全面", "新增", "加强"])
        self.assertEqual(len(new.measures), 4)
        self.refused("no longer there", "add_measure", problem=2, after=1, text="新增。")

    def test_removed_it_is_gone(self):
        self.assertEqual(
            [m.label for m in edit(READ, "remove_measure", measure=1).measures], ["（2）", "（1）"]
        )


class DivideTests(EditingCase):
    def test_sub_items_become_measures_with_the_same_units_and_dates(self):
        new = edit(READ, "split_measure", measure=1)
        parts = new.problems[0].measures[:4]
        self.assertEqual(
            [part.text for part in parts],
            ["全面排查供水管网。", "一是建立问题清单；", "二是更新老旧管网；", "三是落实管护责任。"],
        )
        self.assertEqual({tuple(names(part.lead_units)) for part in parts}, {("县水利局",)})
        self.assertEqual([len(part.checkpoints) for part in parts], [2, 2, 2, 2])
        self.assertEqual([part.label for part in parts], ["（1）", "（1）-2", "（1）-3", "（1）-4"])
        for part in parts:
            self.assertIn(part.text, new.text[part.start : part.end])

    def test_only_real_sub_items_count(self):
        text = "一是抓好落实；二是否定之否定；统一是要求，三是收尾。"
        self.assertEqual(sub_items(text), [text.index("三是")])

    def test_at_a_position(self):
        parts = edit(READ, "split_measure", measure=1, positions=[9]).problems[0].measures
        self.assertEqual([part.text[:4] for part in parts], ["全面排查", "一是建立", "加强水质"])
        self.refused("no place", "split_measure", measure=2)
        self.refused("within its text", "split_measure", measure=1, positions=[999])
        self.refused("words of its own", "split_measure", measure=1, positions=[0])

    def test_divided_and_merged_again_it_is_what_it_was(self):
        new = edit(READ, "split_measure", measure=1, positions=[9])
        again = edit(new, "merge_measures", measure=1)
        self.assertEqual(again.to_dict(), edit(READ, "set_measure", measure=1).to_dict())

    def test_merged_they_have_what_either_had(self):
        one = edit(READ, "merge_measures", measure=1).problems[0].measures[0]
        self.assertEqual(names(one.lead_units), ["县水利局", "县卫生健康局"])
        self.assertEqual(names(one.responsible_units), ["县财政局", "各乡镇党委和政府"])
        self.assertEqual((len(one.checkpoints), one.long_term), (3, True))
        self.refused("last measure", "merge_measures", measure=2)


class ProblemTests(EditingCase):
    def test_fields(self):
        new = edit(
            READ, "set_problem", problem=2, label="（三）", text="管理。", sources=["市级", " ", "市级"]
        )
        self.assertEqual(
            (new.problems[1].label, new.problems[1].text, new.problems[1].sources),
            ("（三）", "管理。", ["市级"]),
        )

    def test_added_and_removed_and_numbered_anew(self):
        new = edit(READ, "add_problem", label="（新）", text="新问题。", after=1)
        self.assertEqual(
            [(p.number, p.text[:2]) for p in new.problems], [(1, "农村"), (2, "新问"), (3, "项目")]
        )
        self.assertEqual(len(edit(new, "remove_problem", problem=2).problems), 2)
        self.refused("still has measures", "remove_problem", problem=1)
        self.refused("no longer there", "remove_problem", problem=0)

    def test_the_header(self):
        fields = {"title": "新方案", "issuer": "县委", "document_number": "青〔2026〕1号"}
        new = edit(
            READ,
            "set_header",
            **fields,
            issued_on=day("2026-05-21"),
            reporting_months=[7, 6],
            reporting_day=5,
        )
        self.assertEqual((new.title, new.issued_on), ("新方案", day("2026-05-21")))
        self.assertEqual((new.reporting.months, new.reporting.day), ([6, 7], 5))
        self.refused("both", "set_header", title="新", reporting_months=[6])
        self.refused("1 to 31", "set_header", title="新", reporting_months=[6], reporting_day=32)


class MarkTests(EditingCase):
    def test_units_of_a_passage(self):
        new = measure_of(edit(READ, "mark", measure=3, role="responsible", **passage("县审计局")), 3)
        self.assertEqual(
            (names(new.lead_units), names(new.responsible_units)), (["县发展和改革局"], ["县审计局"])
        )
        other = measure_of(edit(READ, "mark", measure=1, role="lead", **passage("，各乡镇党委和政府；")), 1)
        self.assertEqual(names(other.lead_units), ["县水利局", "各乡镇党委和政府"])
        self.assertEqual(names(other.responsible_units), ["县财政局"])

    def test_a_deadline(self):
        new = measure_of(edit(READ, "mark", measure=3, role="deadline", **passage("2026年8月底前")), 3)
        self.assertEqual(
            (new.deadline_text, [d.due_on for d in new.checkpoints]), ("2026年8月底前", [day("2026-08-31")])
        )

    def test_the_text(self):
        new = measure_of(edit(READ, "mark", measure=3, role="text", **passage("完善项目库")), 3)
        self.assertEqual((new.text, READ.text[new.start : new.end]), ("完善项目库", "完善项目库"))

    def test_bad_passages_are_refused(self):
        self.refused("Select a passage", "mark", measure=1, start=5, end=5, role="lead")
        self.refused("Select a passage", "mark", measure=1, start=0, end=99999, role="lead")
        self.refused("Choose what", "mark", measure=1, start=0, end=9, role="owner")
        self.refused("No name of a unit", "mark", measure=1, role="lead", **passage("〕\n（2）"))

    def test_what_came_from_the_problem_stays_when_a_unit_is_added(self):
        inherited = copy.deepcopy(READ)
        measure = inherited.problems[1].measures[0]
        inherited.problems[1].lead_units, measure.lead_units = measure.lead_units, []
        new = measure_of(edit(inherited, "mark", measure=3, role="responsible", **passage("县审计局")), 3)
        self.assertEqual(
            (names(new.lead_units), names(new.responsible_units)), (["县发展和改革局"], ["县审计局"])
        )


# Any sequence -----------------------------------------------------------------------------------------

NUMBERS = st.integers(-1, 8)
WORDS = st.sampled_from(["", "新措施。", "一是甲；二是乙。", "县水利局", "县公安局", "𠮷县\n局", "长" * 90])
UNITS = st.lists(st.sampled_from(["县水利局", "县财政局", "县公安局", ""]), max_size=3)
DATES = st.none() | st.lists(st.dates(), max_size=3)
OFFSETS = st.integers(-2, len(READ.text) + 2)


def step(*operations, optional=None, **arguments):
    return st.tuples(st.sampled_from(operations), st.fixed_dictionaries(arguments, optional=optional or {}))


FIELDS = {
    "label": WORDS, "text": WORDS, "goal": WORDS, "deadline_text": WORDS, "long_term": st.booleans(),
    "lead": UNITS, "responsible": UNITS, "dates": DATES,
}  # fmt: skip
POSITIONS = st.none() | st.lists(st.integers(-1, 40), max_size=3)
MONTHS = st.lists(NUMBERS, max_size=2)
MAYBE = st.none() | NUMBERS
MARKS = st.sampled_from(["lead", "responsible", "deadline", "text"])
STEPS = st.one_of(
    step("set_measure", measure=NUMBERS, optional=FIELDS),
    step("set_problem", problem=NUMBERS, label=WORDS, text=WORDS, sources=UNITS),
    step("split_measure", measure=NUMBERS, positions=POSITIONS),
    step("merge_measures", "remove_measure", measure=NUMBERS),
    step("add_measure", problem=NUMBERS, after=MAYBE, optional=FIELDS),
    step("add_problem", label=WORDS, text=WORDS, after=MAYBE),
    step("remove_problem", problem=NUMBERS),
    step("mark", measure=NUMBERS, start=OFFSETS, end=OFFSETS, role=MARKS),
    step("set_header", title=WORDS, reporting_months=MONTHS, reporting_day=MAYBE),
)


def broken(proposal):
    """What does not hold, in words; empty when all is well."""
    size, wrong = len(proposal.text), []
    wrong += ["numbers"] * (
        [p.number for p in proposal.problems] != list(range(1, len(proposal.problems) + 1))
    )
    holders = [*proposal.problems, *proposal.measures]
    wrong += [f"passage {h.start}-{h.end}" for h in holders if not 0 <= h.start <= h.end <= size]
    wrong += ["empty text" for holder in holders if not holder.text.strip()]
    for holder in holders:
        items = [*holder.lead_units, *holder.responsible_units, *getattr(holder, "checkpoints", ())]
        wrong += [
            f"{item.printed} is not at {item.start}-{item.end}"
            for item in items
            if not (0 <= item.start <= item.end <= size)
            or (item.start < item.end and proposal.text[item.start : item.end] != item.printed)
        ]
        units = names(holder.lead_units + holder.responsible_units)
        wrong += [f"twice {units}"] * (len(units) != len(set(units)))
    for measure in proposal.measures:
        days = [date.due_on for date in measure.checkpoints]
        wrong += [f"dates {days}"] * (days != sorted(set(days)))
    wrong += [r.code for r in proposal.remarks if not 0 <= r.start <= r.end <= size]
    return wrong


class AnySequenceTests(TestCase):
    def test_every_operation_is_tried(self):
        self.assertEqual(broken(READ), [])
        self.assertEqual(len(OPERATIONS), 10)

    @settings(max_examples=200, deadline=None)
    @given(st.lists(STEPS, max_size=12))
    def test_whatever_is_done_the_proposal_stays_whole(self, steps):
        proposal = READ
        for operation, arguments in steps:
            before = proposal.to_dict()
            try:
                changed = edit(proposal, operation, **arguments)
            except CannotEdit as refused:
                self.assertTrue(str(refused))
                changed = proposal
            self.assertEqual(proposal.to_dict(), before)
            proposal = changed
            self.assertEqual(broken(proposal), [])
            self.assertEqual(Proposal.from_dict(proposal.to_dict()), proposal)
