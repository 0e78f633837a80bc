from django.test import override_settings

from cases.errors import NoRight, NotReady, WrongState
from cases.models import SignOffKind
from cases.states import MeasureState
from permissions import clock
from permissions.models import Role
from permissions.roles import appoint
from tests.factories import make_evidence, make_person, make_progress, make_unit, member
from tests.workflows.life import LifeTestCase

S = MeasureState
OTHER_HANDS = "%s already acted on this measure in this round; somebody else must take this step."


class RequestVerificationTests(LifeTestCase):
    def test_the_request_waits_for_the_head(self):
        measure = self.ready()
        self.do(measure, "request_verification", self.handler, note="全部完成")
        signed = measure.rounds.get().sign_offs.get()
        self.assertEqual(
            (signed.kind, signed.person, signed.unit, signed.attempt, signed.note),
            (SignOffKind.REQUEST, self.handler, self.unit, 1, "全部完成"),
        )
        self.assertEqual(measure.state, S.RECTIFYING)

    def test_progress_and_evidence_come_first(self):
        measure = self.measure()
        self.assertEqual(
            self.refused(NotReady, measure, "request_verification", self.handler),
            "Enter what was done before asking for verification: there is no progress yet.",
        )
        make_progress(measure, self.unit)
        self.assertEqual(
            self.refused(NotReady, measure, "request_verification", self.handler),
            "Attach at least one piece of evidence before asking for verification.",
        )
        make_evidence(measure, self.unit)
        self.do(measure, "request_verification", self.handler)

    @override_settings(XIAOHAO_EVIDENCE_REQUIRED=False)
    def test_an_office_may_waive_the_evidence(self):
        measure = self.measure()
        make_progress(measure, self.unit)
        self.do(measure, "request_verification", self.handler)

    def test_progress_of_another_unit_does_not_count(self):
        other = make_unit(self.office)
        measure = self.measure(lead=[self.unit, other])
        make_progress(measure, other)
        make_evidence(measure, other)
        text = self.refused(NotReady, measure, "request_verification", self.handler)
        self.assertEqual(
            text, "Enter what was done before asking for verification: there is no progress yet."
        )

    def test_a_unit_asks_once_per_attempt(self):
        measure = self.ready()
        self.do(measure, "request_verification", self.handler)
        text = self.refused(NotReady, measure, "request_verification", self.handler)
        self.assertEqual(text, "Verification has been requested already; now the unit head approves it.")

    def test_states_and_rights(self):
        for state in sorted(set(S) - {S.RECTIFYING, S.DRAFT}):
            measure = self.measure(state=state)
            with self.subTest(state=state):
                self.refused(WrongState, measure, "request_verification", self.handler)
        measure = self.ready()
        for person in (self.head, self.clerk, self.office_head, self.leader, self.auditor):
            self.refused(NoRight, measure, "request_verification", person)


class SubmitTests(LifeTestCase):
    def requested(self, **kwargs):
        measure = self.ready(**kwargs)
        self.do(measure, "request_verification", self.handler)
        return measure

    def test_the_heads_approval_brings_the_measure_to_the_office(self):
        measure = self.requested()
        self.do(measure, "submit", self.head)
        self.assertEqual(measure.state, S.SUBMITTED)
        self.assertEqual(measure.checkpoints.get().reported_on, clock.today())

    def test_joint_leads_must_all_sign(self):
        other = make_unit(self.office)
        measure = self.requested(lead=[self.unit, other])
        self.do(measure, "submit", self.head)
        self.assertEqual(measure.state, S.RECTIFYING)
        self.assertIsNone(measure.checkpoints.get().reported_on)
        self.do(measure, "request_verification", member(other, Role.HANDLER))
        self.do(measure, "submit", member(other, Role.UNIT_HEAD))
        self.assertEqual(measure.state, S.SUBMITTED)

    def test_without_a_lead_every_responsible_unit_signs(self):
        other = make_unit(self.office)
        measure = self.requested(lead=(), responsible=[self.unit, other])
        self.do(measure, "submit", self.head)
        self.assertEqual(measure.state, S.RECTIFYING)
        self.do(measure, "request_verification", member(other, Role.HANDLER))
        self.do(measure, "submit", member(other, Role.UNIT_HEAD))
        self.assertEqual(measure.state, S.SUBMITTED)

    def test_nothing_is_approved_that_was_not_requested(self):
        text = self.refused(NotReady, self.ready(), "submit", self.head)
        self.assertEqual(text, "Your unit has no request for verification that waits for approval.")

    def test_whoever_asked_cannot_approve(self):
        appoint(self.handler, self.unit, Role.UNIT_HEAD)
        measure = self.requested()
        text = self.refused(NotReady, measure, "submit", self.handler)
        self.assertEqual(text, OTHER_HANDS % "李文波")

    def test_whoever_approved_for_one_unit_cannot_ask_for_another(self):
        other = make_unit(self.office)
        measure = self.requested(lead=[self.unit, other])
        self.do(measure, "submit", self.head)
        appoint(self.head, other, Role.HANDLER)
        self.assertEqual(
            self.refused(NotReady, measure, "request_verification", self.head), OTHER_HANDS % "赵长河"
        )

    def test_the_separation_holds_over_the_attempts_of_a_round(self):
        measure = self.requested()
        self.do(measure, "submit", self.head)
        self.do(measure, "return_for_rework", self.clerk, reason="照片不清")
        second = make_person(Role.HANDLER, self.unit)
        appoint(self.handler, self.unit, Role.UNIT_HEAD)
        self.do(measure, "request_verification", second)
        text = self.refused(NotReady, measure, "submit", self.handler)
        self.assertEqual(text, OTHER_HANDS % "李文波")
        self.do(measure, "submit", self.head)
        self.assertEqual(measure.state, S.SUBMITTED)

    def test_a_second_head_cannot_approve_again(self):
        measure = self.requested(lead=[self.unit, make_unit(self.office)])
        self.do(measure, "submit", self.head)
        text = self.refused(NotReady, measure, "submit", make_person(Role.UNIT_HEAD, self.unit))
        self.assertEqual(text, "Your unit has no request for verification that waits for approval.")

    def test_states_and_rights(self):
        for state in sorted(set(S) - {S.RECTIFYING, S.DRAFT}):
            measure = self.measure(state=state)
            with self.subTest(state=state):
                self.refused(WrongState, measure, "submit", self.head)
        measure = self.requested()
        for person in (self.handler, self.clerk, self.office_head, self.leader, self.auditor):
            self.refused(NoRight, measure, "submit", person)
