from datetime import timedelta

from cases.errors import NoRight, NotReady, NotVisible, WrongState
from cases.states import MeasureState
from permissions import clock
from permissions.models import Role
from permissions.roles import appoint
from tests.factories import make_evidence, make_person, make_unit
from tests.workflows.life import LifeTestCase

S = MeasureState


def record(**fields):
    return {"method": "SITE", "visited_on": clock.today(), "findings": "现场属实", **fields}


class VerifyTests(LifeTestCase):
    def test_the_record_names_the_evidence_by_its_digests(self):
        measure = self.measure(state=S.SUBMITTED)
        make_evidence(measure, self.unit)
        outcome = self.do(measure, "verify", self.clerk, **record())
        check = measure.rounds.get().verifications.get()
        digests = sorted(measure.evidence.values_list("file__sha256", flat=True))
        self.assertEqual(
            (check.verifier, check.unit, check.evidence_digests), (self.clerk, self.office.unit, digests)
        )
        self.assertEqual(len(digests), 2)
        self.assertTrue(all(digest in outcome.entry.body for digest in digests))
        self.assertEqual(measure.state, S.VERIFIED)

    def test_it_confirms_every_step_as_of_the_day_it_was_reported(self):
        measure = self.measure(state=S.SUBMITTED)
        reported = measure.checkpoints.get().reported_on
        self.do(measure, "verify", self.clerk, **record())
        self.assertEqual((measure.checkpoints.get().met_on, measure.next_due_on), (reported, None))

    def test_a_visit_in_the_future_is_refused(self):
        measure = self.measure(state=S.SUBMITTED)
        later = clock.today() + timedelta(days=1)
        text = self.refused(NotReady, measure, "verify", self.clerk, **record(visited_on=later))
        self.assertEqual(text, "The visit lies in the future: enter the day on which you were there.")

    def test_nobody_of_a_duty_unit_verifies(self):
        appoint(self.clerk, self.unit, Role.HANDLER)
        text = self.refused(NotReady, self.measure(state=S.SUBMITTED), "verify", self.clerk, **record())
        self.assertEqual(text, "Your own unit has a duty on this measure, so somebody else must verify it.")

    def test_whoever_signed_in_the_round_does_not_verify(self):
        other = make_unit(self.office)
        measure = self.measure(state=S.SUBMITTED, lead=other, handler=self.clerk)
        text = self.refused(NotReady, measure, "verify", self.clerk, **record())
        self.assertEqual(
            text, "林晓 already acted on this measure in this round; somebody else must take this step."
        )

    def test_the_same_verifier_may_verify_the_second_attempt(self):
        measure = self.measure(state=S.VERIFIED)
        self.do(measure, "return_for_rework", self.office_head, reason="再查")
        self.do(measure, "request_verification", self.handler)
        self.do(measure, "submit", self.head)
        self.do(measure, "verify", self.clerk, **record())
        self.assertEqual(measure.rounds.get().verifications.count(), 2)

    def test_states_and_rights(self):
        for state in sorted(set(S) - {S.SUBMITTED}):
            measure = self.measure(state=state)
            with self.subTest(state=state):
                self.refused(WrongState, measure, "verify", self.clerk, **record())
        measure = self.measure(state=S.SUBMITTED)
        for person in (self.handler, self.head, self.office_head, self.leader, self.auditor):
            self.refused(NoRight, measure, "verify", person, **record())


class DesignatedVerifierTests(LifeTestCase):
    """The department that houses the office has a duty, so the office itself must not verify."""

    def setUp(self):
        super().setUp()
        self.inspector_unit = make_unit(self.office, "县审计局")
        self.inspector = make_person(Role.HANDLER, self.inspector_unit)

    def test_without_a_designated_unit_the_reason_is_given(self):
        measure = self.measure(state=S.SUBMITTED, responsible=self.housing)
        text = self.refused(NotReady, measure, "verify", self.clerk, **record())
        self.assertEqual(
            text,
            "The department that houses the office has a duty on this measure, so another unit must verify it. "
            "The leader has not designated one for this plan.",
        )

    def test_the_designated_unit_verifies_and_the_office_may_not(self):
        self.plan.verifier_unit = self.inspector_unit
        self.plan.save()
        measure = self.measure(state=S.SUBMITTED, lead=self.housing)
        self.refused(NoRight, measure, "verify", self.clerk, **record())
        self.do(measure, "verify", self.inspector, **record())
        self.assertEqual(measure.rounds.get().verifications.get().unit, self.inspector_unit)

    def test_the_designated_unit_has_no_say_in_other_measures(self):
        self.plan.verifier_unit = self.inspector_unit
        self.plan.save()
        measure = self.measure(state=S.SUBMITTED)
        self.refused(NotVisible, measure, "verify", self.inspector, **record())
