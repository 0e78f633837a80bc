from datetime import timedelta

from cases.errors import NoRight, NotReady, NotVisible, WrongState
from cases.models import Checkpoint, Ending, LogEntry, Measure, PlanKind
from cases.states import MeasureState
from permissions import clock
from permissions.models import Role
from tests.factories import make_measure, make_office, make_person, make_plan, make_unit, member
from tests.workflows.life import LifeTestCase
from tests.workflows.test_disputes import units
from workflows.integrity import check_office
from workflows.trail import trail_entry

S = MeasureState
REASON = {"reason": "两家单位各管一段。"}


class SplitTests(LifeTestCase):
    @classmethod
    def setUpTestData(cls):
        super().setUpTestData()
        cls.other = make_unit(cls.office)

    def part(self, unit, *days, text="完成河道清淤。", **fields):
        return {
            "text": text, "leads": units(unit), "responsible": [], "dates": list(days),
            "long_term": not days, **fields,
        }  # fmt: skip

    def split(self, measure, *parts):
        return self.do(measure, "split", self.clerk, parts=list(parts), **REASON)

    def halve(self, measure):
        due = measure.checkpoints.get().due_on
        self.split(measure, self.part(self.unit, due), self.part(self.other, due))

    def test_each_part_is_issued_with_its_own_units_and_the_original_stays_readable(self):
        measure, later = self.measure(), self.measure()
        due = measure.checkpoints.get().due_on
        self.split(measure, self.part(self.unit, due), self.part(self.other, due, long_term=True))
        first, second = measure.parts.order_by("order")
        self.assertEqual(
            [(p.number, p.label, p.state, p.plan, p.problem) for p in (first, second)],
            [
                (f"{measure.number}-{n}", f"{measure.label}-{n}", S.ISSUED, self.plan, measure.problem)
                for n in (1, 2)
            ],
        )
        self.assertEqual((measure.state, measure.ended_as), (S.WITHDRAWN, Ending.SPLIT))
        later.refresh_from_db()
        orders = [measure.order, first.order, second.order, later.order]
        self.assertEqual(orders, list(range(measure.order, measure.order + 4)))
        self.assertEqual((first.next_due_on, second.next_due_on), (due, due))
        self.assertIsNotNone(first.claim_due_on)
        self.do(first, "claim", self.handler)
        self.do(second, "claim", make_person(Role.HANDLER, self.other))
        self.assertEqual((first.state, second.state), (S.RECTIFYING, S.RECTIFYING))
        self.assertEqual(measure.rounds.get().closed_by, self.clerk)

    def test_every_part_has_a_trail_of_its_own_in_an_unbroken_chain(self):
        measure = self.measure()
        self.halve(measure)
        for part in measure.parts.all():
            self.assertEqual(part.trail.get().act, "split_off")
        self.assertEqual(check_office(self.office).wrong, [])

    def test_a_part_keeps_the_original_date_of_the_step_it_takes_over(self):
        measure = self.measure()
        day = clock.today() + timedelta(days=120)
        measure.checkpoints.update(due_on=day)  # an extension was granted
        original = measure.checkpoints.get().original_due_on
        sooner = day - timedelta(days=60)
        self.split(measure, self.part(self.unit, day), self.part(self.other, sooner))
        found = Checkpoint.objects.filter(measure__origin=measure).values_list("due_on", "original_due_on")
        self.assertEqual(set(found), {(day, original), (sooner, sooner)})

    def test_no_part_lies_behind_the_last_date(self):
        measure = self.measure()
        day = measure.checkpoints.get().due_on + timedelta(days=1)
        parts = [self.part(self.unit, day), self.part(self.other, day)]
        text = self.refused(NotReady, measure, "split", self.clerk, parts=parts, **REASON)
        self.assertIn("A later date needs an extension.", text)

    def test_where_all_dates_are_met_a_part_may_be_kept_up_in_the_long_term_alone(self):
        measure = self.measure(long_term=True)
        measure.checkpoints.update(met_on=clock.today())
        self.split(measure, self.part(self.unit), self.part(self.other))
        self.assertEqual({part.next_due_on for part in measure.parts.all()}, {None})

    def test_a_date_before_the_plan_is_kept_where_it_is_the_measures_own(self):
        day = self.plan.issued_on - timedelta(days=1)
        measure = self.measure(checkpoints=[day])
        self.split(measure, self.part(self.unit, day), self.part(self.other, day))
        self.assertEqual(Checkpoint.objects.filter(measure__origin=measure, due_on=day).count(), 2)

    def test_incomplete_parts_are_named(self):
        measure = self.measure()
        good = self.part(self.unit, measure.checkpoints.get().due_on)
        table = [
            ([good], "at least two"),
            ([good, {**good, "text": " "}], "Part 2 has no text."),
            ([{**good, "leads": []}, good], "Part 1 has no unit that answers for it."),
            ([good, {**good, "dates": []}], "Part 2 needs a deadline, or"),
            ([good, {**good, "dates": [], "long_term": True}], "the measure has one that was not met yet"),
            (
                [good, {**good, "dates": [self.plan.issued_on - timedelta(days=1)]}],
                "before the plan was issued",
            ),
        ]
        for parts, words in table:
            with self.subTest(words):
                text = self.refused(NotReady, measure, "split", self.clerk, parts=parts, **REASON)
                self.assertIn(words, text)

    def test_a_dispute_is_settled_by_splitting(self):
        measure = self.measure(state=S.ISSUED)
        self.do(measure, "raise_dispute", self.handler, reason="只管一半")
        self.halve(measure)
        self.assertEqual(measure.disputes.get().outcome, "SPLIT")

    def test_only_the_office_and_only_what_is_with_the_units(self):
        parts = {"parts": [self.part(self.unit), self.part(self.other)], **REASON}
        for person in (self.handler, self.head, self.leader, self.auditor):
            self.refused(NoRight, self.measure(), "split", person, **parts)
        self.refused(NotReady, self.measure(state=S.SUBMITTED), "split", self.clerk, **parts)
        self.refused(WrongState, self.measure(state=S.CLOSED), "split", self.clerk, **parts)


class MergeTests(LifeTestCase):
    def test_it_ends_and_the_other_takes_it_in(self):
        measure, other = self.measure(), self.measure(state=S.ISSUED)
        self.do(measure, "merge", self.clerk, into=other.pk, **REASON)
        self.assertEqual(
            (measure.state, measure.ended_as, measure.merged_into), (S.WITHDRAWN, Ending.MERGED, other)
        )
        self.assertEqual([entry.act for entry in other.trail.all()], ["take_in"])
        other.refresh_from_db()
        self.assertEqual((other.state, other.duties.get().unit), (S.ISSUED, self.unit))

    def test_only_into_an_open_one_of_the_same_plan(self):
        measure = self.measure()
        elsewhere = make_measure(make_plan(self.office), lead=self.unit)
        for other in (measure, self.measure(state=S.CLOSED), self.measure(state=S.WITHDRAWN), elsewhere):
            with self.subTest(other=other):
                text = self.refused(NotReady, measure, "merge", self.clerk, into=other.pk, **REASON)
                self.assertEqual(text, "Choose another measure of the same plan that is still open.")


class TransferTests(LifeTestCase):
    @classmethod
    def setUpTestData(cls):
        super().setUpTestData()
        cls.city = make_office("city")
        cls.city_clerk = member(cls.city, Role.OFFICE_CLERK)
        cls.city_head = member(cls.city, Role.OFFICE_HEAD)

    def test_the_other_office_gives_it_to_its_units_and_issues_it(self):
        measure = self.measure(long_term=True)
        self.do(measure, "transfer", self.office_head, office=self.city.pk, reason="属市级事权")
        taken = Measure.objects.get(origin=measure)
        self.assertEqual((measure.state, measure.ended_as), (S.WITHDRAWN, Ending.TRANSFERRED))
        self.assertEqual(
            (taken.office, taken.plan.kind, taken.state, taken.text, taken.long_term),
            (self.city, PlanKind.STANDING, S.DRAFT, measure.text, True),
        )
        self.assertEqual(taken.problem.text, measure.problem.text)
        self.assertEqual(
            [(c.due_on, c.original_due_on) for c in taken.checkpoints.all()],
            [(c.due_on, c.original_due_on) for c in measure.checkpoints.all()],
        )
        unit = make_unit(self.city)
        self.do(taken, "reassign", self.city_clerk, leads=units(unit), reason="分工")
        self.do(taken.problem, "issue_problem", self.city_head)
        taken.refresh_from_db()
        self.assertEqual(taken.state, S.ISSUED)
        self.do(taken, "claim", make_person(Role.HANDLER, unit))
        self.assertEqual(taken.state, S.RECTIFYING)

    def test_the_trail_says_to_which_office_and_from_which(self):
        measure = self.measure()
        self.do(measure, "transfer", self.office_head, office=self.city.pk, reason="属市级事权")
        for row, office in ((measure, self.city), (Measure.objects.get(origin=measure), self.office)):
            self.assertIn(str(office), trail_entry(row.trail.latest("pk"))["text"])

    def test_both_records_tell_of_it(self):
        measure = self.measure()
        self.do(measure, "transfer", self.office_head, office=self.city.pk, reason="属市级事权")
        acts = LogEntry.objects.order_by("office_id").values_list("office", "act")
        self.assertEqual(list(acts), [(self.office.pk, "transfer"), (self.city.pk, "take_over")])
        self.assertEqual([check_office(office).wrong for office in (self.office, self.city)], [[], []])

    def test_neither_office_sees_into_the_other(self):
        measure = self.measure()
        self.do(measure, "transfer", self.office_head, office=self.city.pk, reason="属市级事权")
        taken = Measure.objects.get(origin=measure)
        self.client.force_login(self.clerk)
        self.assertEqual(self.client.get(measure.get_absolute_url()).status_code, 200)
        self.assertEqual(self.client.get(taken.get_absolute_url()).status_code, 404)
        self.client.force_login(self.city_clerk)
        self.assertEqual(self.client.get(taken.get_absolute_url()).status_code, 200)
        self.refused(NotVisible, measure, "reassign", self.city_clerk, leads=[], reason="x")

    def test_not_to_itself_and_not_by_a_clerk(self):
        measure = self.measure()
        self.refused(NotReady, measure, "transfer", self.office_head, office=self.office.pk, reason="x")
        self.refused(NoRight, measure, "transfer", self.clerk, office=self.city.pk, reason="x")


class WithdrawTests(LifeTestCase):
    def test_the_office_head_drops_a_measure_in_any_state_before_close_out(self):
        for state in (S.ISSUED, S.RECTIFYING, S.SUBMITTED, S.VERIFIED):
            measure = self.measure(state=state)
            with self.subTest(state=state):
                self.do(measure, "withdraw", self.office_head, reason="上级取消")
                self.assertEqual((measure.state, measure.ended_as), (S.WITHDRAWN, Ending.DROPPED))
                self.assertEqual(measure.rounds.get().close_out_note, "上级取消")

    def test_not_by_a_clerk_not_when_closed(self):
        self.refused(NoRight, self.measure(), "withdraw", self.clerk, reason="x")
        self.refused(WrongState, self.measure(state=S.CLOSED), "withdraw", self.office_head, reason="x")


class GradeTests(LifeTestCase):
    def test_an_important_measure_is_closed_out_by_the_leader(self):
        measure = self.measure(state=S.VERIFIED)
        self.do(measure, "set_grade", self.office_head, important=True, reason="群众反映强烈")
        self.assertTrue(measure.important)
        self.refused(NotReady, measure, "close_out", self.office_head)
        self.do(measure, "close_out", self.leader)

    def test_only_the_leader_takes_the_mark_away(self):
        measure = self.measure(important=True)
        text = self.refused(NotReady, measure, "set_grade", self.office_head, important=False, reason="降级")
        self.assertIn("Only the leader", text)
        self.do(measure, "set_grade", self.leader, important=False, reason="降级")
        self.assertFalse(measure.important)

    def test_the_grade_of_a_whole_problem(self):
        measure, other, closed = self.measure(), self.measure(state=S.SUBMITTED), self.measure(state=S.CLOSED)
        data = {"important": True, "reason": "上级挂牌", "whole_problem": True}
        self.do(measure, "set_grade", self.office_head, **data)
        graded = Measure.objects.filter(important=True).values_list("pk", flat=True)
        self.assertEqual(set(graded), {measure.pk, other.pk})
        self.assertEqual([entry.act for entry in other.trail.all()], ["set_grade"])
        self.assertEqual(closed.trail.count(), 0)
        self.assertEqual(check_office(self.office).wrong, [])
        self.refused(NotReady, measure, "set_grade", self.office_head, **data)

    def test_the_same_grade_twice_is_no_act(self):
        self.refused(NotReady, self.measure(), "set_grade", self.leader, important=False, reason="x")
        for person in (self.handler, self.head, self.clerk, self.auditor):
            self.refused(NoRight, self.measure(), "set_grade", person, important=True, reason="x")
