"""The life of one measure on one page, written from the design and apart from the code that it checks.

``LifeModel`` says who may do what now (``allows``) and what that changes (``do``). It has no database, no clock and
no import of ours; units are letters, the office is "O". ``tests/test_life_model.py`` holds the product against it.
"""

from dataclasses import dataclass, field
from typing import NamedTuple

OFFICE = "O"
MOST_EXTENSIONS = 2  # of one measure, as an office has it that decides nothing else
OPEN = {"ISSUED", "DISPUTED", "RECTIFYING", "SUBMITTED", "VERIFIED"}
UNIT_ROLES, CHIEFS = {"HANDLER", "UNIT_HEAD"}, {"OFFICE_CLERK", "OFFICE_HEAD"}
# Whose turn it is on a request for a later date: the head of the unit that asks, the office's head, the leader.
TURNS = {"REQUESTED": "UNIT_HEAD", "APPROVED": "OFFICE_HEAD", "SIGNING": "LEADER"}
# act → the roles that may, the states in which. Unit acts are done for the person's own unit.
UNIT_ACTS = {
    "claim": ({"HANDLER"}, {"ISSUED", "RECTIFYING"}),
    "raise_dispute": (UNIT_ROLES, {"ISSUED", "DISPUTED", "RECTIFYING"}),
    "enter_progress": ({"HANDLER"}, OPEN - {"DISPUTED"}),
    "attach_evidence": ({"HANDLER"}, {"RECTIFYING"}),
    "request_verification": ({"HANDLER"}, {"RECTIFYING"}),
    "submit": ({"UNIT_HEAD"}, {"RECTIFYING"}),
    "send_back_request": ({"UNIT_HEAD"}, {"RECTIFYING"}),
    "report_checkpoint": ({"HANDLER"}, {"RECTIFYING"}),
    "request_extension": ({"HANDLER"}, {"RECTIFYING"}),
    "ask_input": ({"HANDLER"}, {"RECTIFYING"}),
    "cancel_input": ({"HANDLER"}, {"RECTIFYING"}),
    "answer_input": ({"HANDLER"}, {"RECTIFYING"}),
    "merge_inputs": ({"HANDLER"}, {"RECTIFYING"}),
    "approve_extension": ({"UNIT_HEAD"}, OPEN),
}
OFFICE_ACTS = {
    "settle_dispute": (CHIEFS, {"DISPUTED", "RECTIFYING"}),
    "reassign": (CHIEFS, {"ISSUED", "DISPUTED", "RECTIFYING"}),
    "split": (CHIEFS, {"ISSUED", "DISPUTED", "RECTIFYING"}),
    "merge": (CHIEFS, {"ISSUED", "DISPUTED", "RECTIFYING"}),
    "transfer": ({"OFFICE_HEAD"}, {"ISSUED", "DISPUTED", "RECTIFYING"}),
    "confirm_checkpoint": ({"OFFICE_CLERK"}, {"RECTIFYING", "SUBMITTED"}),
    "refuse_checkpoint": ({"OFFICE_CLERK"}, {"RECTIFYING", "SUBMITTED"}),
    "decide_extension": ({"OFFICE_HEAD"}, OPEN),
    "sign_extension": ({"LEADER"}, OPEN),
    "verify": ({"OFFICE_CLERK"}, {"SUBMITTED"}),
    "return_for_rework": (CHIEFS, {"RECTIFYING", "SUBMITTED", "VERIFIED"}),
    "set_grade": ({"OFFICE_HEAD", "LEADER"}, OPEN),
    "close_out": ({"OFFICE_HEAD", "LEADER"}, {"VERIFIED"}),
    "relapse": (CHIEFS, {"CLOSED"}),
    "withdraw": ({"OFFICE_HEAD"}, OPEN),
}
EITHER = {"refuse_extension": ({*TURNS.values()}, OPEN)}
ACTS = UNIT_ACTS | OFFICE_ACTS | EITHER


class Person(NamedTuple):
    name: str
    posts: tuple  # ((role, unit), …): one person may hold several

    def units(self, roles):
        return {unit for role, unit in self.posts if role in roles}


@dataclass
class Extension:
    """A later date of the step that is asked for; whoever took a turn takes no other."""

    unit: str
    hands: set
    turn: str = "REQUESTED"


@dataclass
class Step:
    """The one dated step of the round. ``by_request``, ``by_verification``: undone when the office returns it."""

    reporter: str | None = None
    met: bool = False
    by_request: bool = False
    by_verification: bool = False
    later: Extension | None = None

    def meet(self):
        self.met, self.later = True, None  # nobody decides any more on a later date


@dataclass
class LifeModel:
    leads: set
    responsible: set
    state: str = "ISSUED"
    important: bool = False
    claimed: set = field(default_factory=set)
    disputes: set = field(default_factory=set)
    # Of the round: units with progress, files, units that ever had a duty in it, {person: steps taken}.
    reported: set = field(default_factory=set)
    has_evidence: bool = False
    had: set = field(default_factory=set)
    hands: dict = field(default_factory=dict)
    # Of the attempt.
    requested: set = field(default_factory=set)
    asked_by: dict = field(default_factory=dict)  # {unit: whoever asked for verification last}
    signed: set = field(default_factory=set)
    step: Step = field(default_factory=Step)
    granted: int = 0  # extensions of the measure
    # (unit that asked for input, unit that owes it), (…, unit whose answer is not taken over)
    asked: set = field(default_factory=set)
    answered: set = field(default_factory=set)

    def __post_init__(self):
        self.had |= self.units

    @property
    def units(self):
        return self.leads | self.responsible

    @property
    def acting(self):
        """Where the plan names no lead every responsible unit acts as a lead does."""
        return self.leads or self.responsible

    def place(self, act, person):
        """For whom the person would act: their unit with a duty, or the office."""
        homes = set() if act in OFFICE_ACTS else self.units
        return min(person.units(ACTS[act][0]) & (homes if act in UNIT_ACTS else homes | {OFFICE}), default="")

    def allows(self, act, person, **data):
        unit = self.place(act, person)
        return self.state in ACTS[act][1] and bool(unit) and getattr(self, f"may_{act}")(person, unit, **data)

    def fresh(self, person, step):
        """Who requests, signs, verifies and closes are four people over the whole round, whatever the attempt."""
        return not self.hands.get(person.name, set()) - {step}

    def may_claim(self, _person, unit):
        return unit in self.acting - self.claimed - self.disputes

    may_raise_dispute = may_claim

    def may_enter_progress(self, _person, _unit):
        return True

    may_attach_evidence = may_withdraw = may_relapse = may_split = may_merge = may_transfer = (
        may_enter_progress
    )

    def may_request_verification(self, person, unit):
        ready = unit in (self.acting & self.claimed & self.reported) - self.requested and self.has_evidence
        return ready and self.fresh(person, "request_verification")

    def may_submit(self, person, unit):
        return unit in self.acting & self.requested - self.signed and self.fresh(person, "submit")

    def may_send_back_request(self, person, unit):
        """Whoever may decide at all: who took another step in the round sends back, only not a request of their own."""
        return unit in self.acting & self.requested - self.signed and self.asked_by[unit] != person.name

    def may_settle_dispute(self, _person, _unit, about):
        return about in self.disputes

    def may_reassign(self, _person, _unit, old, new):
        return old in self.units and new not in self.units

    def may_verify(self, person, _unit):
        return not person.units(UNIT_ROLES) & self.had and self.fresh(person, "verify")

    def may_return_for_rework(self, _person, _unit):
        return bool(self.requested)

    def may_report_checkpoint(self, _person, unit):
        return unit in self.acting and self.step.reporter is None

    def may_request_extension(self, person, unit):
        free = not self.step.met and not self.step.later and self.granted < MOST_EXTENSIONS
        return free and self.may_report_checkpoint(person, unit)

    def may_refuse_extension(self, person, _unit):
        later = self.step.later
        place = later and (later.unit if later.turn == "REQUESTED" else OFFICE)
        return bool(later) and place in person.units({TURNS[later.turn]}) and person.name not in later.hands

    def may_approve_extension(self, person, unit):
        return self.may_refuse_extension(person, unit) and self.step.later.turn == "REQUESTED"

    def may_decide_extension(self, person, unit):
        return self.may_refuse_extension(person, unit) and self.step.later.turn == "APPROVED"

    def may_sign_extension(self, person, unit):
        return self.may_refuse_extension(person, unit) and self.step.later.turn == "SIGNING"

    def may_refuse_checkpoint(self, person, _unit):
        return (
            self.step.reporter is not None and not self.step.met and not person.units(UNIT_ROLES) & self.units
        )

    def may_confirm_checkpoint(self, person, unit):
        return self.may_refuse_checkpoint(person, unit) and self.step.reporter != person.name

    def may_ask_input(self, _person, unit, about):
        return unit in self.acting and about in self.units - {unit} and (unit, about) not in self.asked

    def may_answer_input(self, _person, unit, asker, own):
        return own == unit and (asker, own) in self.asked

    def may_cancel_input(self, _person, unit, asker, own):
        return unit in self.acting and asker == unit and (asker, own) in self.asked

    def may_merge_inputs(self, _person, unit, asker, own):
        return unit in self.acting and asker == unit and (asker, own) in self.answered

    def may_set_grade(self, person, _unit, important):
        return important != self.important and (important or bool(person.units({"LEADER"})))

    def may_close_out(self, person, _unit):
        closes = person.units({"LEADER"} if self.important else {"OFFICE_HEAD", "LEADER"})
        return bool(closes) and self.fresh(person, "close_out")

    def do(self, act, person, **data):
        unit = self.place(act, person)
        if act in {"request_verification", "submit", "verify", "close_out"}:
            self.hands.setdefault(person.name, set()).add(act)
        if act == "request_verification":
            self.asked_by[unit] = person.name
        if act == "report_checkpoint":
            self.step.reporter = person.name
        if act == "request_extension":
            self.step.later = Extension(unit, {person.name})
        elif act.endswith("_extension"):
            self.step.later.hands.add(person.name)
        getattr(self, f"do_{act}")(unit, **data)

    def stand(self):
        """Where a measure stands that is with its units: work goes on where it had begun for somebody."""
        if self.state == "RECTIFYING" and self.acting & self.claimed:
            if not self.signed >= self.acting:
                return "RECTIFYING"
            if self.step.reporter is None:  # who asks for verification says that every step is reached
                self.step.reporter, self.step.by_request = "", True
            return "SUBMITTED"
        return "DISPUTED" if self.disputes else "ISSUED" if self.acting - self.claimed else "RECTIFYING"

    def do_claim(self, unit):
        self.claimed.add(unit)
        self.state = self.stand()

    def do_raise_dispute(self, unit):
        self.disputes.add(unit)
        self.state = self.stand()

    def do_settle_dispute(self, _unit, about):
        self.disputes.discard(about)
        self.state = self.stand()

    def do_reassign(self, _unit, old, new):
        for side in (self.leads, self.responsible):
            if old in side:
                side.symmetric_difference_update({old, new})
        for gone in (self.claimed, self.disputes, self.requested, self.signed):
            gone.discard(old)
        self.had |= {new}
        self.asked = {tuple(new if unit == old else unit for unit in pair) for pair in self.asked}
        # Answers stay their units' own; whoever comes takes them over, except what it answered itself before.
        self.answered = {(new if one == old and two != new else one, two) for one, two in self.answered}
        if self.step.later and self.step.later.unit == old:
            self.step.later = None
        self.state = self.stand()

    def do_report_checkpoint(self, _unit):
        self.step.by_request = False

    def do_confirm_checkpoint(self, _unit):
        self.step.meet()

    def do_refuse_checkpoint(self, _unit):
        self.step.reporter, self.step.by_request = None, False

    def do_request_extension(self, _unit):
        """``do`` says who asks."""

    def do_approve_extension(self, _unit):
        self.step.later.turn = "APPROVED"

    def do_decide_extension(self, unit):
        if self.granted:  # the leader signs from the second one on
            self.step.later.turn = "SIGNING"
        else:
            self.do_sign_extension(unit)

    def do_sign_extension(self, _unit):
        self.step.later, self.granted = None, self.granted + 1

    def do_refuse_extension(self, _unit):
        self.step.later = None

    def do_ask_input(self, unit, about):
        self.asked.add((unit, about))

    def do_answer_input(self, _unit, asker, own):
        self.asked.discard((asker, own))
        self.answered.add((asker, own))
        self.reported.add(own)

    def do_cancel_input(self, _unit, asker, own):
        self.asked.discard((asker, own))

    def do_merge_inputs(self, unit, asker, own):
        self.answered.discard((asker, own))
        self.reported.add(unit)

    def do_enter_progress(self, unit):
        self.reported.add(unit)

    def do_attach_evidence(self, _unit):
        self.has_evidence = True

    def do_request_verification(self, unit):
        self.requested.add(unit)

    def do_send_back_request(self, unit):
        self.requested.discard(unit)

    def do_submit(self, unit):
        self.signed.add(unit)
        self.state = self.stand()

    def do_verify(self, _unit):
        self.state = "VERIFIED"
        if not self.step.met and self.step.reporter is not None:
            self.step.meet()
            self.step.by_verification = True

    def do_return_for_rework(self, _unit):
        self.state, self.requested, self.signed = "RECTIFYING", set(), set()
        if self.step.by_verification:
            self.step.met = self.step.by_verification = False
        if self.step.by_request:
            self.step.reporter, self.step.by_request = None, False

    def do_set_grade(self, _unit, important):
        self.important = important

    def do_close_out(self, _unit):
        self.state, self.step.later = "CLOSED", None

    def do_relapse(self, _unit):
        self.state, self.had, self.hands = "RECTIFYING", set(self.units), {}
        self.requested, self.signed, self.reported, self.has_evidence = set(), set(), set(), False
        self.step, self.asked = Step(), set()

    def do_withdraw(self, _unit):
        self.state = "WITHDRAWN"

    do_split = do_merge = do_transfer = do_withdraw
