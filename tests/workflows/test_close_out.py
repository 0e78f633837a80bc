from datetime import datetime

from cases.errors import NoRight, NotReady, WrongState
from cases.states import MeasureState
from permissions import clock
from permissions.models import Role
from permissions.roles import appoint
from tests.factories import day, make_evidence, make_person
from tests.workflows.life import LifeTestCase

S = MeasureState


class CloseOutTests(LifeTestCase):
    def test_closes_the_measure_and_freezes_its_round(self):
        measure = self.measure(state=S.VERIFIED)
        # 30 minutes past midnight in the county, still the day before in UTC.
        with clock.at(datetime(2026, 12, 1, 0, 30)):
            self.do(measure, "close_out", self.office_head, note="同意销号")
        closed = measure.rounds.get()
        self.assertEqual((measure.state, measure.closed_on), (S.CLOSED, day("2026-12-01")))
        self.assertEqual((closed.closed_by, closed.close_out_note), (self.office_head, "同意销号"))
        self.assertFalse(measure.in_follow_up)

    def test_a_long_term_measure_goes_into_follow_up(self):
        measure = self.measure(state=S.VERIFIED, long_term=True)
        self.do(measure, "close_out", self.office_head)
        self.assertEqual((measure.in_follow_up, measure.follow_up_months), (True, 3))

    def test_whoever_verified_does_not_close_out(self):
        measure = self.measure(state=S.VERIFIED, clerk=self.office_head)
        text = self.refused(NotReady, measure, "close_out", self.office_head)
        self.assertEqual(
            text, "王建国 already acted on this measure in this round; somebody else must take this step."
        )

    def test_whoever_verified_an_earlier_attempt_does_not_close_out_either(self):
        appoint(self.clerk, self.office.unit, Role.OFFICE_HEAD)
        measure = self.measure(state=S.VERIFIED)
        self.do(measure, "return_for_rework", self.office_head, reason="再查")
        self.do(measure, "request_verification", self.handler)
        self.do(measure, "submit", self.head)
        verifier = make_person(Role.OFFICE_CLERK, self.office)
        self.do(measure, "verify", verifier, method="PAPER", visited_on=clock.today(), findings="属实")
        text = self.refused(NotReady, measure, "close_out", self.clerk)
        self.assertEqual(
            text, "林晓 already acted on this measure in this round; somebody else must take this step."
        )
        self.do(measure, "close_out", self.office_head)

    def test_evidence_changed_since_it_was_verified(self):
        measure = self.measure(state=S.VERIFIED)
        make_evidence(measure, self.unit)
        text = self.refused(NotReady, measure, "close_out", self.office_head)
        self.assertEqual(
            text, "The evidence has changed since it was verified. Return the measure and verify it again."
        )

    def test_an_important_measure_is_the_leaders(self):
        measure = self.measure(state=S.VERIFIED, important=True)
        text = self.refused(NotReady, measure, "close_out", self.office_head)
        self.assertEqual(text, "This measure is marked important: the leader closes it out.")
        self.do(measure, "close_out", self.leader)

    def test_refused_in_every_state_but_verified(self):
        for state in sorted(set(S) - {S.VERIFIED}):
            measure = self.measure(state=state)
            with self.subTest(state=state):
                text = self.refused(WrongState, measure, "close_out", self.office_head)
                self.assertIn(f"“{S(state).label}”", text)

    def test_only_head_or_leader(self):
        measure = self.measure(state=S.VERIFIED)
        for person in (self.handler, self.head, self.clerk, self.auditor):
            with self.subTest(person=person):
                text = self.refused(NoRight, measure, "close_out", person)
                self.assertEqual(text, "Your role does not include this act on this item.")
