from cases.errors import NoRight, NotReady, WrongState
from cases.models import SignOffKind
from cases.states import MeasureState
from permissions import clock
from tests.workflows.life import LifeTestCase

S = MeasureState


class ReturnForReworkTests(LifeTestCase):
    def back(self, measure, actor=None, reason="请补充水质检测报告"):
        return self.do(measure, "return_for_rework", actor or self.clerk, reason=reason)

    def test_from_every_state_in_which_something_was_sent(self):
        requested = self.ready()
        self.do(requested, "request_verification", self.handler)
        for measure in (requested, self.measure(state=S.SUBMITTED), self.measure(state=S.VERIFIED)):
            with self.subTest(state=measure.state):
                self.back(measure)
                self.assertEqual((measure.state, measure.rounds.get().attempt), (S.RECTIFYING, 2))

    def test_what_was_sent_stays_readable_as_the_first_attempt(self):
        measure = self.measure(state=S.SUBMITTED)
        self.back(measure)
        signed = measure.rounds.get().sign_offs
        kinds = [(s.attempt, s.kind, s.person) for s in signed.order_by("pk")]
        self.assertEqual(
            kinds,
            [
                (1, SignOffKind.REQUEST, self.handler),
                (1, SignOffKind.SUBMIT, self.head),
                (1, SignOffKind.RETURN, self.clerk),
            ],
        )
        self.assertEqual(signed.get(kind=SignOffKind.RETURN).note, "请补充水质检测报告")
        self.assertEqual(measure.evidence.count(), 1)

    def test_what_the_request_reported_and_its_verification_confirmed_is_open_again(self):
        for state in (S.SUBMITTED, S.VERIFIED):
            measure = self.measure(state=state)
            self.back(measure)
            checkpoint = measure.checkpoints.get()
            with self.subTest(state=state):
                self.assertEqual((checkpoint.reported_on, checkpoint.met_on), (None, None))
                measure.refresh_from_db()
                self.assertEqual(measure.next_due_on, checkpoint.due_on)

    def test_a_step_reported_or_confirmed_by_itself_stays(self):
        measure = self.measure(state=S.VERIFIED)
        measure.checkpoints.update(reported_attempt=None, met_attempt=None)
        self.back(measure)
        self.assertIsNotNone(measure.checkpoints.get().met_on)

    def test_the_next_attempt_goes_all_the_way(self):
        measure = self.measure(state=S.SUBMITTED)
        self.back(measure)
        self.do(measure, "request_verification", self.handler)
        self.do(measure, "submit", self.head)
        today = clock.today()
        self.do(measure, "verify", self.clerk, method="SITE", visited_on=today, findings="已到位")
        self.do(measure, "close_out", self.office_head)
        self.assertEqual((measure.state, measure.rounds.get().attempt), (S.CLOSED, 2))

    def test_the_same_reason_twice_is_two_attempts(self):
        measure = self.measure(state=S.SUBMITTED)
        self.back(measure)
        self.do(measure, "request_verification", self.handler)
        self.back(measure)
        self.assertEqual(measure.rounds.get().attempt, 3)

    def test_nothing_sent_nothing_returned(self):
        text = self.refused(NotReady, self.ready(), "return_for_rework", self.clerk, reason="缺材料")
        self.assertEqual(text, "Nothing has been sent that could be returned.")

    def test_returning_does_not_bar_from_verifying_or_closing_later(self):
        measure = self.measure(state=S.SUBMITTED)
        self.back(measure, self.office_head)
        self.do(measure, "request_verification", self.handler)
        self.do(measure, "submit", self.head)
        self.do(measure, "verify", self.clerk, method="PAPER", visited_on=clock.today(), findings="属实")
        self.do(measure, "close_out", self.office_head)
        self.assertEqual(measure.state, S.CLOSED)

    def test_states_and_rights(self):
        for state in (S.ISSUED, S.DISPUTED, S.CLOSED, S.WITHDRAWN):
            measure = self.measure(state=state)
            with self.subTest(state=state):
                self.refused(WrongState, measure, "return_for_rework", self.clerk, reason="缺材料")
        measure = self.measure(state=S.SUBMITTED)
        for person in (self.handler, self.head, self.leader, self.auditor):
            self.refused(NoRight, measure, "return_for_rework", person, reason="缺材料")
