"""The product against the model of a measure's life: same state, same allowed acts, no forbidden act succeeds.

Hypothesis walks through lives by itself: in every step it picks a lawful or an unlawful knock at the door. More of
them run in ``bin/test --all``; ``pytest -s`` prints which states × acts were covered.
"""

import copy
import random
from collections import Counter
from datetime import timedelta

import pytest
from django.db import transaction
from django.test import TestCase
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, precondition, rule, run_state_machine_as_test

from cases.errors import Refused
from cases.models import Checkpoint, Dispute, Extension, InputRequest, Measure
from permissions import clock
from permissions.models import Role
from permissions.roles import appoint
from reports.facts import facts_at, facts_of
from tests.factories import make_measure, make_office, make_person, make_plan, make_unit, png
from tests.life_model import ACTS, OFFICE, OFFICE_ACTS, LifeModel
from tests.life_situations import (
    ASKING,
    AT_WORK,
    BEFORE_WORK,
    DUTIES,
    ENDS,
    PEOPLE,
    POSTS,
    SITUATIONS,
    STATES,
    STRAIGHT,
    UNITS,
    WITH_THE_OFFICE,
    every_knock,
)
from workflows.door import perform


class World:
    """One office with its units and people, made once; each life is taken back by its savepoint."""

    def __init__(self):
        self.office = make_office()
        self.plan = make_plan(self.office)
        self.units = {letter: make_unit(self.office, f"县{letter}局") for letter in UNITS}
        self.people, since = {}, clock.today() - timedelta(days=400)
        for name, posts in POSTS.items():
            self.people[name] = make_person(name=name)
            for role, unit in posts:
                home = self.office.unit if unit == OFFICE else self.units[unit]
                appoint(self.people[name], home, Role(role), starts_on=since)
        self.covered = Counter()
        self.open_one = make_measure(self.plan, state="RECTIFYING", lead=self.units["A"])
        self.other_office = make_office()

    def report(self):
        """How many of the states × acts were knocked at, lawfully or not."""
        rows = [f"{'state × act':<24}" + " ".join(f"{state[:9]:>10}" for state in STATES)]
        for act in ACTS:
            cells = (f"{self.covered[s, act, True]}/{self.covered[s, act, False]}" for s in STATES)
            rows.append(f"{act:<24}" + " ".join(f"{cell:>10}" for cell in cells))
        return "\n".join([*rows, "done / refused"])


class Life(RuleBasedStateMachine):
    world = None  # set by the test: hypothesis makes a machine for each life

    def __init__(self):
        super().__init__()
        self.savepoint = transaction.atomic()
        self.savepoint.__enter__()
        self.begun = False
        self.past = {}  # {moment: what the figures counted then}
        self.trying = False  # what is tried is taken back, so it has no past

    def teardown(self):
        self.the_past_is_still_what_it_was()
        transaction.set_rollback(True)
        self.savepoint.__exit__(None, None, None)

    @precondition(lambda self: not self.begun)
    @rule(duties=st.sampled_from(DUTIES), along=st.integers(0, 14))
    def begin(self, duties, along):
        """A measure that has come ``along`` so many steps: walking at random would hardly ever reach the end."""
        self.start(*duties)
        for _ in range(along):
            self.lead_on()

    def start(self, leads, responsible):
        self.begun, self.model = True, LifeModel(set(leads), set(responsible))
        units = self.world.units
        self.pk = make_measure(
            self.world.plan,
            state="ISSUED",
            lead=[units[letter] for letter in leads],
            responsible=[units[letter] for letter in responsible],
        ).pk

    def lead_on(self):
        for act in STRAIGHT:
            if act == "attach_evidence" and self.model.has_evidence:
                continue
            for person in PEOPLE:
                done = act == "enter_progress" and person.units({"HANDLER"}) <= self.model.reported
                if not done and self.model.allows(act, person):
                    return self.do(act, person, {})
        return None

    @precondition(lambda self: self.begun)
    @rule(data=st.data())
    def do_what_is_lawful(self, data):
        lawful = [(a, p, d) for a, p, d in every_knock(self.model) if self.model.allows(a, p, **d)]
        if not lawful:
            return
        # An act first and then who does it, or the acts that many people may do would crowd out the others.
        act = data.draw(st.sampled_from(sorted({knock[0] for knock in lawful})), label="act")
        knock = data.draw(st.sampled_from([knock for knock in lawful if knock[0] == act]), label="who")
        # What would end the life is taken back, or most lives would end at once.
        (self.try_and_take_back if act in ENDS else self.do)(*knock)

    def do(self, act, person, data):
        """A lawful act succeeds, and both stand in the same state after it."""
        self.world.covered[self.model.state, act, True] += 1
        self.knock(act, person, data)
        self.model.do(act, person, **data)
        state = Measure.objects.values_list("state", flat=True).get(pk=self.pk)
        assert state == self.model.state, (act, person, data, state, self.model)
        if not self.trying:
            self.past[clock.now()] = facts_of(Measure.objects.filter(pk=self.pk))

    def the_past_is_still_what_it_was(self):
        if self.past:
            found = facts_at(Measure.objects.filter(pk=self.pk), list(self.past))
            assert found == self.past, (found, self.past)

    @precondition(lambda self: self.begun)
    @rule(data=st.data())
    def be_refused_what_is_not(self, data):
        act = data.draw(st.sampled_from(sorted(ACTS)), label="act")
        unlawful = [
            k for k in every_knock(self.model) if k[0] == act and not self.model.allows(act, k[1], **k[2])
        ]
        if unlawful:
            self.be_refused(*data.draw(st.sampled_from(unlawful), label="who"))

    def be_refused(self, act, person, data):
        before = self.standing()
        self.refuse(act, person, data)
        assert self.standing() == before, ("a refused act left a trace", act, person, data)

    def refuse(self, act, person, data):
        try:
            self.knock(act, person, data)
        except Refused:
            self.world.covered[self.model.state, act, False] += 1
        else:
            raise AssertionError(("a forbidden act succeeded", act, person, data, self.model))

    def try_and_take_back(self, act, person, data):
        """Whatever the model says of this knock the product does; then both are as they were."""
        if not self.model.allows(act, person, **data):
            return self.refuse(act, person, data)
        model, self.trying = copy.deepcopy(self.model), True
        with transaction.atomic():
            self.do(act, person, data)
            transaction.set_rollback(True)
        self.model, self.trying = model, False

    def knock(self, act, person, data):
        subject = getattr(self, f"subject_of_{act}", lambda: self.pk)()
        data = getattr(self, f"data_of_{act}", dict)(**data)
        perform(subject, act, actor=self.world.people[person.name], **data)

    def measure(self):
        return Measure.objects.get(pk=self.pk)

    def standing(self):
        measure = self.measure()
        extensions = measure.extensions.values_list("state", flat=True)
        return measure.state, measure.row_version, measure.trail.count(), *extensions

    # What the acts ask for ----------------------------------------------------------------------------

    def subject_of_approve_extension(self):
        return Extension.objects.filter(measure=self.pk).values_list("pk", flat=True).last() or 0

    subject_of_decide_extension = subject_of_sign_extension = subject_of_approve_extension
    subject_of_refuse_extension = subject_of_approve_extension

    def data_of_raise_dispute(self):
        return {"reason": "不属于本单位职责。"}

    def data_of_enter_progress(self):
        return {"progress": "已完成现场踏勘。"}

    def data_of_attach_evidence(self):
        return {"files": [("现场照片.png", png())]}

    def data_of_settle_dispute(self, about):
        dispute = Dispute.objects.filter(measure=self.pk, unit=self.world.units[about], outcome="").first()
        return {"dispute": dispute.pk if dispute else 0, "settlement": "仍由你单位负责。"}

    def data_of_reassign(self, old, new):
        units = self.world.units
        return {"reason": "分工调整。", "from_unit": units[old].pk, "to_unit": units[new].pk}

    def data_of_verify(self):
        return {"method": "SITE", "visited_on": clock.today(), "findings": "整改到位。"}

    def data_of_return_for_rework(self):
        return {"reason": "佐证不足。"}

    def data_of_send_back_request(self):
        return {"reason": "材料不全。"}

    def data_of_set_grade(self, important):
        return {"important": important, "reason": "群众反映集中。"}

    def data_of_relapse(self):
        rounds = self.measure().rounds.count()
        return {"reason": "反弹。", "due_on": clock.today() + timedelta(days=100 + rounds)}

    def data_of_withdraw(self):
        return {"reason": "政策调整。"}

    def last_step(self):
        return Checkpoint.objects.filter(measure=self.pk, superseded_on=None).latest("pk")

    def data_of_report_checkpoint(self):
        return {"checkpoint": self.last_step().pk}

    data_of_confirm_checkpoint = data_of_report_checkpoint

    def data_of_refuse_checkpoint(self):
        return {"checkpoint": self.last_step().pk, "reason": "未达到目标。"}

    def data_of_request_extension(self):
        step = self.last_step()
        new = {"checkpoint": step.pk, "new_due_on": max(step.due_on, clock.today()) + timedelta(days=10)}
        return {**new, "reason": "汛期。", "interim_measures": "先行围挡。"}

    def data_of_ask_input(self, about):
        return {"units": [self.world.units[about].pk], "due_on": clock.today() + timedelta(days=5)}

    def data_of_refuse_extension(self):
        return {"reason": "理由不充分。"}

    def requests(self, asker, own, **fields):
        units = {"from_unit": self.world.units[asker], "to_unit": self.world.units[own]}
        rows = InputRequest.objects.filter(measure=self.pk, cancelled_at=None, **units, **fields)
        return list(rows.values_list("pk", flat=True))

    def data_of_cancel_input(self, asker, own):
        return {"request": next(iter(self.requests(asker, own, answered_at=None)), 0)}

    def data_of_answer_input(self, asker, own):
        return {**self.data_of_cancel_input(asker, own), "progress": "已完成。"}

    def data_of_merge_inputs(self, asker, own):
        found = self.requests(asker, own, answered_at__isnull=False, merged_at=None)
        return {"requests": found, "progress": "各单位均已完成。"}

    def data_of_split(self):
        part = {"leads": [f"unit:{self.world.units['B'].pk}"], "responsible": [], "long_term": False}
        dates = [self.last_step().due_on]
        return {"parts": [{"text": text, "dates": dates, **part} for text in "甲乙"], "reason": "分头落实。"}

    def data_of_merge(self):
        return {"into": self.world.open_one.pk, "reason": "内容重复。"}

    def data_of_transfer(self):
        return {"office": self.world.other_office.pk, "reason": "属地变更。"}


class LifeModelTests(TestCase):
    @classmethod
    def setUpTestData(cls):
        cls.world = World()

    def walk(self, lives, steps, **options):
        machine = type("LifeInThisOffice", (Life,), {"world": self.world})
        calm = [HealthCheck.too_slow, HealthCheck.data_too_large, HealthCheck.filter_too_much]
        run_state_machine_as_test(
            machine,
            settings=settings(
                max_examples=lives,
                stateful_step_count=steps,
                deadline=None,
                suppress_health_check=calm,
                **options,
            ),
        )
        print("\n" + self.world.report())

    def test_the_product_lives_as_the_model_says(self):
        self.walk(8, 15, derandomize=True, database=None)
        self.assertEqual({state for state, _act, _done in self.world.covered} - set(STATES), set())

    def test_in_every_state_some_people_knock_for_every_act(self):
        self.sweep(random.Random(7), SITUATIONS, per_act=1)
        knocked = {(state, act) for state, act, _done in self.world.covered}
        self.assertEqual({(state, act) for state in STATES for act in ACTS} - knocked, set())

    @pytest.mark.slow
    def test_before_work_most_people_knock_for_every_act(self):
        self.sweep(random.Random(8), BEFORE_WORK, per_act=9)

    @pytest.mark.slow
    def test_at_work_most_people_knock_for_every_act(self):
        self.sweep(random.Random(8), AT_WORK, per_act=9)

    @pytest.mark.slow
    def test_while_something_is_asked_most_people_knock_for_every_act(self):
        self.sweep(random.Random(8), ASKING, per_act=9)

    @pytest.mark.slow
    def test_with_the_office_most_people_knock_for_every_act(self):
        self.sweep(random.Random(8), WITH_THE_OFFICE, per_act=9)

    @pytest.mark.slow
    def test_many_long_lives(self):
        self.walk(100, 40, database=None)

    def sweep(self, rng, situations, *, per_act):
        """Each situation in its own savepoint: lawful knocks succeed and are taken back, all others are refused."""
        for duties, steps in situations:
            life = type("LifeInThisOffice", (Life,), {"world": self.world})()
            life.start(*duties)
            for act, name, data in steps:
                life.do(act, next(p for p in PEOPLE if p.name == name), data)
            self.knock_at(life, rng, per_act)
            life.teardown()
        print("\n" + self.world.report())

    def knock_at(self, life, rng, per_act):
        """All that are refused leave no trace; that is looked at once for each act."""
        before, every = life.standing(), every_knock(life.model)
        for act in ACTS:
            knocks = [knock for knock in every if knock[0] == act]
            lawful = [knock for knock in knocks if life.model.allows(act, knock[1], **knock[2])]
            unlawful = [knock for knock in knocks if knock not in lawful]
            in_time = life.model.state in ACTS[act][1]  # else the state alone forbids it to everybody
            for found, most in ((lawful, per_act // 3), (unlawful, per_act if in_time else per_act // 2)):
                known = (life.model.state, act, found is lawful) in self.world.covered
                if per_act == 1 and known and rng.random() > 0.03:
                    continue
                for knock in rng.sample(found, min(len(found), most or 1)):
                    life.try_and_take_back(*knock)
            self.assertEqual(life.standing(), before, act)

    def test_office_acts_are_for_the_office_alone(self):
        """A slip in the model's table would make the walk agree with a hole: rights are told apart here."""
        units_only = [
            person for person in PEOPLE if not person.units({"OFFICE_CLERK", "OFFICE_HEAD", "LEADER"})
        ]
        model = LifeModel({"A"}, set(), state="VERIFIED")
        for act in OFFICE_ACTS:
            data = {"settle_dispute": {"about": "A"}, "reassign": {"old": "A", "new": "D"}}.get(act, {})
            data = {"important": True} if act == "set_grade" else data
            self.assertFalse(any(model.allows(act, person, **data) for person in units_only), act)
