"""Conflicting acts by processes of their own, at the same moment, on a real database.

Two acts that exclude each other: exactly one wins. Two that are lawful one after the other: they come in some order.
Never anything but a refusal, and never half an act: the record, verified after every pair, says what the rows say.
Five times each in every run, a hundred times in ``bin/test --all``; only pairs that met are counted.
"""

import json
import multiprocessing
import traceback
from contextlib import suppress
from datetime import timedelta
from math import inf
from time import monotonic
from uuid import uuid4

import pytest
from django.db import connections
from django.test import TransactionTestCase

from cases.errors import Refused
from cases.models import Instrument, Measure
from cases.states import MeasureState as S
from cases.supervision import Cause
from permissions import clock
from permissions.models import Role, User
from reports.models import FilingState, ReportState
from tests.factories import (
    make_evidence,
    make_measure,
    make_office,
    make_person,
    make_plan,
    make_progress,
    make_sign_off,
    make_unit,
    member,
    month_to_open,
    png,
)
from workflows.door import perform
from workflows.integrity import check_office

FORK = multiprocessing.get_context("fork")
WON, REFUSED, BROKEN = "won", "refused", "broken"


def race(*knocks):
    """Let every knock, (pk, act, person, data), happen at once in its own process.

    Shape: [(outcome, what is said)], and whether all had begun before the first was done.
    """
    connections.close_all()  # a child that inherits an open connection would talk into its parent's
    barrier, answers = FORK.Barrier(len(knocks)), FORK.Queue()
    children = [
        FORK.Process(target=_knock, args=(n, knock, barrier, answers)) for n, knock in enumerate(knocks)
    ]
    for child in children:
        child.start()
    found = dict(answers.get(timeout=60) for _ in children)
    for child in children:
        child.join(timeout=60)
    outcomes, times = zip(*(found[number] for number in range(len(knocks))), strict=True)
    return outcomes, met(times)


def met(times):
    """Of [(began, ended)]: all had begun before the first was done."""
    return max(began for began, _ended in times) < min(ended for _began, ended in times)


def _knock(number, knock, barrier, answers):
    pk, act, person, data = knock
    began = inf
    try:
        actor = User.objects.get(pk=person.pk)  # its connection is open before anybody begins
        barrier.wait(timeout=30)
        began = monotonic()
        perform(pk, act, actor=actor, key=uuid4().hex, **data)
        answer = WON, act
    except Refused as refused:
        answer = REFUSED, f"{refused.status} {refused}" if hasattr(refused, "status") else str(refused)
    except BaseException:  # what a page would answer with 500: the parent fails with it
        answer = BROKEN, traceback.format_exc()
    ended = monotonic()
    connections.close_all()
    answers.put((number, (answer, (began, ended))))


class ProcessRaces(TransactionTestCase):
    times = 5

    def setUp(self):
        self.office = make_office()
        self.plan = make_plan(self.office)
        self.unit, self.other = make_unit(self.office), make_unit(self.office)
        self.handler, self.head = member(self.unit, Role.HANDLER), member(self.unit, Role.UNIT_HEAD)
        self.second_handler = make_person(Role.HANDLER, self.unit)
        self.clerk, self.clerk2 = (make_person(Role.OFFICE_CLERK, self.office) for _ in range(2))
        self.chief, self.leader = member(self.office, Role.OFFICE_HEAD), member(self.office, Role.LEADER)
        self.people = {"handler": self.handler, "head": self.head, "clerk": self.clerk, "closer": self.chief}

    def measure(self, state, **kwargs):
        return make_measure(self.plan, state=state, **{"lead": self.unit, **self.people, **kwargs})

    def requested(self):
        """In rectification, asked for, and waiting for the unit's head."""
        measure = self.measure(S.RECTIFYING)
        make_progress(measure, self.unit)
        make_evidence(measure, self.unit)
        make_sign_off(measure.rounds.get(), self.unit, self.handler, "REQUEST")
        return measure

    def tries(self):
        """As many as it takes until ``times`` pairs met: on a busy machine one is done before the other begins."""
        self.met = 0
        for _ in range(10 * self.times):
            yield
            if self.met == self.times:
                return
        self.fail(f"Only {self.met} of {10 * self.times} pairs met.")

    def runs(self, make, *, winners=(1,)):
        """``make()`` gives (measure or None, knocks): raced, then rows, record and number of winners are compared."""
        for _ in self.tries():
            measure, knocks = make()
            before = measure.trail.count() if measure else 0
            outcomes, has_met = race(*knocks)
            self.met += has_met
            self.assertNotIn(BROKEN, [kind for kind, _said in outcomes], outcomes)
            won = [kind for kind, _said in outcomes].count(WON)
            self.assertIn(won, winners, outcomes)
            self.assertEqual(check_office(self.office).wrong, [], outcomes)
            if measure:
                self.assertEqual(measure.trail.count() - before, won, outcomes)
            yield measure and Measure.objects.get(pk=measure.pk), [kind == WON for kind, _said in outcomes]

    def test_head_approves_and_office_returns(self):
        def make():
            m = self.requested()
            return m, [
                (m.pk, "submit", self.head, {}),
                (m.pk, "return_for_rework", self.clerk, {"reason": "佐证不足"}),
            ]

        # The office may return what was submitted a moment before; what was returned cannot be approved.
        for measure, (_approved, returned) in self.runs(make, winners=(1, 2)):
            self.assertEqual(measure.state, S.RECTIFYING if returned else S.SUBMITTED)
            self.assertEqual(measure.rounds.get().attempt, 2 if returned else 1)

    def test_head_submits_and_office_re_assigns(self):
        def make():
            m = self.requested()
            swap = {"reason": "职责调整", "from_unit": self.unit.pk, "to_unit": self.other.pk}
            return m, [(m.pk, "submit", self.head, {}), (m.pk, "reassign", self.clerk, swap)]

        for measure, (submitted, _reassigned) in self.runs(make):
            self.assertEqual(measure.duties.get().unit, self.unit if submitted else self.other)
            self.assertEqual(measure.state, S.SUBMITTED if submitted else S.ISSUED)

    def test_office_verifies_and_returns(self):
        def make():
            m = self.measure(S.SUBMITTED)
            return m, [
                self.verify(m, self.clerk),
                (m.pk, "return_for_rework", self.clerk2, {"reason": "不符"}),
            ]

        for measure, (verified, returned) in self.runs(make, winners=(1, 2)):
            self.assertEqual(measure.state, S.RECTIFYING if returned else S.VERIFIED)
            self.assertEqual(measure.rounds.get().verifications.count(), verified)

    def verify(self, measure, person):
        check = {"method": "SITE", "visited_on": clock.today(), "findings": "现场查看，整改到位。"}
        return measure.pk, "verify", person, check

    def test_head_submits_and_handler_replaces_evidence(self):
        """What is verified is what was there when the head signed: nothing changes once it is with the office."""

        def make():
            m = self.requested()
            new = {"evidence": m.rounds.get().evidence.get().pk, "files": [("新照片.png", png())]}
            return m, [(m.pk, "submit", self.head, {}), (m.pk, "replace_evidence", self.handler, new)]

        for measure, (submitted, replaced) in self.runs(make, winners=(1, 2)):
            self.assertTrue(submitted)
            self.assertEqual(measure.rounds.get().evidence.count(), 2 if replaced else 1)

    def test_two_persons_verify(self):
        def make():
            m = self.measure(S.SUBMITTED)
            return m, [self.verify(m, self.clerk), self.verify(m, self.clerk2)]

        for measure, _won in self.runs(make):
            self.assertEqual(measure.rounds.get().verifications.count(), 1)

    def test_two_close_outs(self):
        def make():
            m = self.measure(S.VERIFIED)
            return m, [(m.pk, "close_out", self.chief, {}), (m.pk, "close_out", self.leader, {})]

        for measure, (by_chief, _by_leader) in self.runs(make):
            self.assertEqual(measure.rounds.get().closed_by, self.chief if by_chief else self.leader)

    def test_unit_claims_and_disputes(self):
        def make():
            m = self.measure(S.ISSUED)
            return m, [
                (m.pk, "claim", self.handler, {}),
                (m.pk, "raise_dispute", self.second_handler, {"reason": "不属于本单位职责"}),
            ]

        for measure, (claimed, _disputed) in self.runs(make):
            self.assertEqual(measure.state, S.RECTIFYING if claimed else S.DISPUTED)
            self.assertEqual(measure.disputes.count(), 0 if claimed else 1)

    def test_office_keeps_and_unit_claims(self):
        def make():
            m = self.measure(S.ISSUED)
            perform(m.pk, "raise_dispute", actor=self.handler, reason="不属于本单位职责")
            kept = {"dispute": m.disputes.get().pk, "settlement": "仍由你单位负责"}
            return m, [(m.pk, "settle_dispute", self.clerk, kept), (m.pk, "claim", self.second_handler, {})]

        # Kept first it can be claimed at once; a claim of what is still disputed is refused.
        for measure, (kept, claimed) in self.runs(make, winners=(1, 2)):
            self.assertTrue(kept)
            self.assertEqual(measure.state, S.RECTIFYING if claimed else S.ISSUED)

    def test_measure_is_withdrawn_and_closed_out(self):
        def make():
            m = self.measure(S.VERIFIED)
            gone = {"reason": "政策调整"}
            return m, [(m.pk, "withdraw", self.chief, gone), (m.pk, "close_out", self.leader, {})]

        for measure, (withdrawn, _closed) in self.runs(make):
            self.assertEqual(measure.state, S.WITHDRAWN if withdrawn else S.CLOSED)

    def test_measure_is_merged_and_submitted(self):
        into = self.measure(S.RECTIFYING)

        def make():
            m = self.requested()
            joined = {"into": into.pk, "reason": "内容相同"}
            return m, [(m.pk, "merge", self.clerk, joined), (m.pk, "submit", self.head, {})]

        for measure, (merged, _submitted) in self.runs(make):
            self.assertEqual(measure.state, S.WITHDRAWN if merged else S.SUBMITTED)

    def test_two_measures_merge_into_each_other(self):
        """Each is locked by its own act and wanted by the other's: one of them must lose, and none may hang."""

        def make():
            a, b = self.measure(S.RECTIFYING), self.measure(S.RECTIFYING)
            knocks = [
                (one.pk, "merge", self.clerk, {"into": two.pk, "reason": "内容相同"})
                for one, two in ((a, b), (b, a))
            ]
            self.pair = a, b
            return None, knocks

        for _none, _won in self.runs(make):
            states = sorted(Measure.objects.get(pk=one.pk).state for one in self.pair)
            self.assertEqual(states, [S.RECTIFYING, S.WITHDRAWN])

    def test_two_offices_hand_a_measure_to_each_other(self):
        """Each act writes into both records: both are done, and both chains hold."""
        other = make_office()
        plan, unit, chief = make_plan(other), make_unit(other), member(other, Role.OFFICE_HEAD)

        def make():
            mine, theirs = self.measure(S.ISSUED), make_measure(plan, state=S.ISSUED, lead=unit)
            knocks = [
                (mine.pk, "transfer", self.chief, {"office": other.pk, "reason": "属地变更"}),
                (theirs.pk, "transfer", chief, {"office": self.office.pk, "reason": "属地变更"}),
            ]
            return None, knocks

        for _none, _won in self.runs(make, winners=(2,)):
            self.assertEqual(check_office(other).wrong, [])
        self.assertEqual(Measure.objects.filter(state=S.DRAFT).count(), Measure.objects.count() / 2)

    def test_two_measures_of_one_office_are_claimed(self):
        """Nobody is in the other's way but in the record, which takes one after the other."""

        def make():
            a, b = self.measure(S.ISSUED), self.measure(S.ISSUED)
            return None, [(a.pk, "claim", self.handler, {}), (b.pk, "claim", self.second_handler, {})]

        for _none, _won in self.runs(make, winners=(2,)):
            self.assertFalse(Measure.objects.filter(state=S.ISSUED).exists())

    def test_office_confirms_and_refuses_a_checkpoint(self):
        def make():
            m = self.measure(S.RECTIFYING)
            step = m.checkpoints.get()
            perform(m.pk, "report_checkpoint", actor=self.handler, checkpoint=step.pk)
            return m, [
                (m.pk, "confirm_checkpoint", self.clerk, {"checkpoint": step.pk}),
                (m.pk, "refuse_checkpoint", self.clerk2, {"checkpoint": step.pk, "reason": "未完成"}),
            ]

        for measure, (confirmed, _refused) in self.runs(make):
            self.assertEqual(measure.checkpoints.get().met_on is not None, confirmed)

    def test_extension_is_granted_and_measure_withdrawn(self):
        def make():
            m = self.measure(S.RECTIFYING)
            row = self.extension(m)
            self.old = row.old_due_on
            return None, [
                (row.pk, "decide_extension", self.chief, {}),
                (m.pk, "withdraw", make_person(Role.OFFICE_HEAD, self.office), {"reason": "政策调整"}),
            ]

        for _none, (granted, withdrawn) in self.runs(make, winners=(1, 2)):
            measure = Measure.objects.order_by("-pk").first()
            self.assertTrue(withdrawn)
            row = measure.extensions.get()
            self.assertEqual(row.state, "GRANTED" if granted else "LAPSED")
            self.assertEqual(measure.checkpoints.get().due_on, row.new_due_on if granted else self.old)

    def test_extension_is_granted_and_refused(self):
        def make():
            m = self.measure(S.RECTIFYING)
            row, second = self.extension(m), make_person(Role.OFFICE_HEAD, self.office)
            return None, [
                (row.pk, "decide_extension", self.chief, {}),
                (row.pk, "refuse_extension", second, {"reason": "理由不充分"}),
            ]

        for _none, (granted, _refused) in self.runs(make):
            row = Measure.objects.order_by("-pk").first().extensions.get()
            self.assertEqual(row.state, "GRANTED" if granted else "REFUSED")

    def extension(self, measure):
        """Asked for and approved by the unit's head; the office decides."""
        step = measure.checkpoints.get()
        asked = {"reason": "连续降雨", "interim_measures": "分段施工"}
        new = step.due_on + timedelta(days=20)
        perform(
            measure.pk, "request_extension", actor=self.handler, checkpoint=step.pk, new_due_on=new, **asked
        )
        row = measure.extensions.get()
        perform(row.pk, "approve_extension", actor=self.head)
        return row

    def test_one_instrument_is_issued_twice(self):
        second = make_person(Role.OFFICE_HEAD, self.office)

        def make():
            m = self.measure(S.RECTIFYING, checkpoints=[clock.today()])
            cause = Cause("CHECKPOINT", m.checkpoints.get().pk, clock.today(), self.unit.pk)
            row = Instrument.objects.create(
                office=self.office, measure=m, unit=self.unit, kind="ORDER", cause_kind=cause.kind, rung=7,
                cause=cause.name, due_on=cause.due_on, text="请限期整改。", proposed_at=clock.now(),
            )  # fmt: skip
            return None, [(row.pk, "issue_instrument", person, {}) for person in (self.chief, second)]

        for _none, _won in self.runs(make):
            pass
        numbers = [n for (n,) in Instrument.objects.order_by("pk").values_list("document_number")]
        self.assertEqual(len(set(numbers)), len(numbers))
        self.assertTrue(all(numbers))

    def test_head_approves_and_sends_back_a_filing(self):
        self.measure(S.RECTIFYING)
        period = perform(
            self.plan.pk, "open_period", actor=self.clerk, month=month_to_open(self.plan)
        ).subject
        filing, second = period.filings.get(unit=self.unit), make_person(Role.UNIT_HEAD, self.unit)

        def make():
            rows = [{"measure": m.pk, "progress": "已完成。"} for m in self.plan.measures.all()]
            latest = period.filings.order_by("-revision").first()
            if latest.state == FilingState.FILED:
                perform(latest.pk, "return_filing", actor=self.clerk, reason="请补充。")
                latest = period.filings.order_by("-revision").first()
            with suppress(Refused):  # what was sent back is a draft again, and sent once more
                perform(latest.pk, "submit_filing", actor=self.handler, rows=rows)
            self.filing = latest
            return None, [
                (latest.pk, "approve_filing", self.head, {}),
                (latest.pk, "send_back_filing", second, {"reason": "数据不一致"}),
            ]

        for _none, (approved, _back) in self.runs(make):
            filing = type(filing).objects.get(pk=self.filing.pk)
            self.assertEqual(filing.state, FilingState.FILED if approved else FilingState.DRAFT)

    def test_office_returns_an_accepted_filing_while_the_report_leaves(self):
        measure = self.measure(S.RECTIFYING)
        month = month_to_open(self.plan)
        period = perform(self.plan.pk, "open_period", actor=self.clerk, month=month).subject
        report = perform(period.pk, "compose_report", actor=self.clerk).subject

        def make():
            filing = period.filings.order_by("-revision").first()
            if filing.state == FilingState.DRAFT:
                rows = [{"measure": measure.pk, "progress": "已完成。"}]
                perform(filing.pk, "submit_filing", actor=self.handler, rows=rows)
                perform(filing.pk, "approve_filing", actor=self.head)
                perform(filing.pk, "accept_filing", actor=self.clerk)
            if type(report).objects.get().state == ReportState.REVIEW:
                perform(report.pk, "refuse_report", actor=self.chief, reason="请核对")
            return None, [
                (filing.pk, "return_filing", self.clerk2, {"reason": "数据不一致"}),
                (report.pk, "submit_report", self.clerk, {}),
            ]

        # It goes out in any case: with the text of a filing that stays, or naming the unit that is still at work.
        for _none, (returned, left) in self.runs(make, winners=(1, 2)):
            self.assertTrue(left)
            self.assertEqual(bool(json.loads(type(report).objects.get().snapshot)["waiting"]), returned)


@pytest.mark.slow
class ManyProcessRaces(ProcessRaces):
    times = 100
