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
from cases.models import Checkpoint, Dispute, InputRequest, Measure
from permissions import clock
from permissions.models import Role
from permissions.roles import appoint
from reports.facts import facts_at, facts_of
from tests.factories import make_measure, make_office, make_person, make_plan, make_unit, png
from tests.life_model import ACTS, OFFICE, OFFICE_ACTS, LifeModel, Person
from workflows.door import perform

POSTS = {
    "handler of A": [("HANDLER", "A")],
    "second handler of A": [("HANDLER", "A")],
    "head of A": [("UNIT_HEAD", "A")],
    "handler and head of B": [("HANDLER", "B"), ("UNIT_HEAD", "B")],
    "head of B": [("UNIT_HEAD", "B")],
    "handler of C": [("HANDLER", "C")],
    "head of C": [("UNIT_HEAD", "C")],
    "handler of D": [("HANDLER", "D")],
    "head of D": [("UNIT_HEAD", "D")],
    "clerk": [("OFFICE_CLERK", OFFICE)],
    "clerk who also handles in A": [("OFFICE_CLERK", OFFICE), ("HANDLER", "A")],
    "clerk and head of the office": [("OFFICE_CLERK", OFFICE), ("OFFICE_HEAD", OFFICE)],
    "head of the office": [("OFFICE_HEAD", OFFICE)],
    "leader": [("LEADER", OFFICE)],
    "auditor": [("AUDITOR", OFFICE)],
}
PEOPLE = [Person(name, tuple(posts)) for name, posts in POSTS.items()]
UNITS = "ABCD"
# (leads, responsible units) that a measure begins with; nobody leads the second one
DUTIES = [("A", "C"), ("", "AB"), ("AB", "C"), ("A", "")]
# From the end of the straight road to its beginning: whatever is lawful first leads on.
STRAIGHT = [
    "relapse", "close_out", "verify", "submit", "request_verification", "attach_evidence", "enter_progress", "claim",
]  # fmt: skip
SENT = [
    ("claim", "handler of A", {}),
    ("enter_progress", "handler of A", {}),
    ("attach_evidence", "handler of A", {}),
    ("request_verification", "handler of A", {}),
]
SUBMITTED = [*SENT, ("submit", "head of A", {})]
VERIFIED = [*SUBMITTED, ("verify", "clerk", {})]
CLOSED = [*VERIFIED, ("close_out", "head of the office", {})]
A_LEADS, BOTH_LEAD = ("A", "C"), ("AB", "C")
OTHER = {"old": "B", "new": "D"}
# ((leads, responsible), the steps that lead there)
SITUATIONS = [
    (A_LEADS, []),
    (("", "AB"), [("claim", "handler of A", {})]),
    (A_LEADS, [("raise_dispute", "head of A", {})]),
    (BOTH_LEAD, [("claim", "handler of A", {}), ("raise_dispute", "handler and head of B", {})]),
    (A_LEADS, SENT),
    (BOTH_LEAD, [("claim", "handler and head of B", {}), *SENT]),
    # Work has begun, then a unit comes that has not claimed; it does everything but that.
    (
        BOTH_LEAD,
        [
            ("claim", "handler and head of B", {}),
            *SENT,
            ("reassign", "clerk", OTHER),
            ("enter_progress", "handler of D", {}),
        ],
    ),
    (
        BOTH_LEAD,
        [("claim", "handler and head of B", {}), *SUBMITTED, ("reassign", "clerk", OTHER)],
    ),
    (
        BOTH_LEAD,
        [
            ("claim", "handler and head of B", {}),
            *SENT,
            ("reassign", "clerk", OTHER),
            ("raise_dispute", "handler of D", {}),
            ("enter_progress", "handler of D", {}),
        ],
    ),
    # The step is reported, a later date or an answer is asked for; in the last one the unit that asked is replaced.
    (A_LEADS, [*SENT[:1], ("report_checkpoint", "clerk who also handles in A", {})]),
    (
        A_LEADS,
        [*SENT[:1], ("request_extension", "handler of A", {}), ("ask_input", "handler of A", {"about": "C"})],
    ),
    (
        A_LEADS,
        [
            *SENT[:1],
            ("request_extension", "handler of A", {}),
            ("ask_input", "handler of A", {"about": "C"}),
            ("report_checkpoint", "clerk who also handles in A", {}),
            ("reassign", "clerk", {"old": "A", "new": "D"}),
            ("claim", "handler of D", {}),
        ],
    ),
    (A_LEADS, [*SENT, ("send_back_request", "head of A", {})]),
    # One lead has signed; the request of the other was sent back and made again by a handler who is its head, too.
    (
        BOTH_LEAD,
        [
            *SUBMITTED[:1],
            ("claim", "handler and head of B", {}),
            *SUBMITTED[1:],
            ("enter_progress", "handler and head of B", {}),
            ("request_verification", "handler and head of B", {}),
            ("send_back_request", "head of B", {}),
            ("request_verification", "handler and head of B", {}),
        ],
    ),
    (A_LEADS, SUBMITTED),
    (A_LEADS, [*SUBMITTED, ("return_for_rework", "head of the office", {})]),
    (A_LEADS, VERIFIED),
    (A_LEADS, [*VERIFIED, ("set_grade", "head of the office", {"important": True})]),
    (A_LEADS, [*VERIFIED, ("return_for_rework", "clerk", {}), *SENT[-1:]]),
    (A_LEADS, CLOSED),
    (A_LEADS, [*CLOSED, ("relapse", "clerk", {})]),
    (A_LEADS, [("withdraw", "head of the office", {})]),
]
STATES = ["ISSUED", "DISPUTED", "RECTIFYING", "SUBMITTED", "VERIFIED", "CLOSED", "WITHDRAWN"]


def every_knock(model):
    """(act, person, data) for everybody and everything that can be asked of the door."""
    choices = {
        "settle_dispute": [{"about": unit} for unit in UNITS],
        "reassign": [
            {"old": old, "new": new}
            for old in UNITS
            for new in UNITS
            if new not in model.units and new != old
        ],
        "set_grade": [{"important": True}, {"important": False}],
        "ask_input": [{"about": unit} for unit in UNITS],
        "answer_input": [{"asker": one, "own": other} for one in UNITS for other in UNITS if one != other],
    }
    return [(act, person, data) for act in ACTS for person in PEOPLE for data in choices.get(act, [{}])]


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
        self.do(*knock)

    def do(self, act, person, data):
        """A lawful act succeeds, and both stand in the same state after it."""
        self.world.covered[self.model.state, act, True] += 1
        self.knock(act, person, data)
        self.model.do(act, person, **data)
        state = self.measure().state
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
        try:
            self.knock(act, person, data)
        except Refused:
            assert self.standing() == before, ("a refused act left a trace", act, person, data)
        else:
            raise AssertionError(("a forbidden act succeeded", act, person, data, self.model))
        self.world.covered[self.model.state, act, False] += 1

    def try_and_take_back(self, act, person, data):
        """Whatever the model says of this knock the product does; then both are as they were."""
        model, self.trying = copy.deepcopy(self.model), True
        with transaction.atomic():
            if self.model.allows(act, person, **data):
                self.do(act, person, data)
            else:
                self.be_refused(act, person, data)
            transaction.set_rollback(True)
        self.model, self.trying = model, False

    def knock(self, act, person, data):
        actor = self.world.people[person.name]
        with transaction.atomic():
            perform(self.pk, act, actor=actor, **getattr(self, f"data_of_{act}", dict)(**data))

    def measure(self):
        return Measure.objects.get(pk=self.pk)

    def standing(self):
        measure = self.measure()
        return measure.state, measure.row_version, measure.trail.count(), measure.duties.count()

    # What the acts ask for ----------------------------------------------------------------------------

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

    def data_of_answer_input(self, asker, own):
        units = {"from_unit": self.world.units[asker], "to_unit": self.world.units[own]}
        asked = InputRequest.objects.filter(measure=self.pk, answered_at=None, cancelled_at=None, **units)
        return {"request": asked.values_list("pk", flat=True).first() or 0, "progress": "已完成。"}

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
        self.sweep(random.Random(7), per_act=1)

    @pytest.mark.slow
    def test_in_every_state_most_people_knock_for_every_act(self):
        self.sweep(random.Random(8), per_act=15)

    @pytest.mark.slow
    def test_many_long_lives(self):
        self.walk(100, 40, database=None)

    def sweep(self, rng, *, per_act):
        """Each situation in its own savepoint, each knock in another: lawful ones succeed, all others are refused."""
        for duties, steps in SITUATIONS:
            life = type("LifeInThisOffice", (Life,), {"world": self.world})()
            life.start(*duties)
            for act, name, data in steps:
                life.do(act, next(p for p in PEOPLE if p.name == name), data)
            for act in ACTS:
                known = any((life.model.state, act, done) in self.world.covered for done in (True, False))
                if per_act == 1 and known and rng.random() > 0.15:
                    continue  # in every run each act in each state, and some of them in further situations
                knocks = [knock for knock in every_knock(life.model) if knock[0] == act]
                for knock in knocks if len(knocks) <= per_act else rng.sample(knocks, per_act):
                    life.try_and_take_back(*knock)
            life.teardown()
        print("\n" + self.world.report())
        knocked = {(state, act) for state, act, _done in self.world.covered}
        self.assertEqual({(state, act) for state in STATES for act in ACTS} - knocked, set())

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
