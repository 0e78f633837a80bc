from datetime import datetime

from cases.errors import NoRight, NotReady, NotVisible, WrongState
from cases.models import DisputeOutcome, PastDuty
from cases.states import MeasureState
from permissions import clock
from permissions.models import Role
from tests.factories import day, make_person, make_unit
from tests.workflows.life import LifeTestCase

S = MeasureState
REASON = {"reason": "不属我局职责范围。"}


def units(*rows):
    return [f"unit:{row.pk}" for row in rows]


class DisputeTests(LifeTestCase):
    def disputed(self, **kwargs):
        measure = self.measure(state=S.ISSUED, **kwargs)
        self.do(measure, "raise_dispute", self.handler, **REASON, proposed_unit="县住建局")
        return measure

    def test_a_unit_disputes_before_it_claims(self):
        measure = self.disputed()
        dispute = measure.disputes.get()
        self.assertEqual(
            (measure.state, dispute.unit, dispute.proposed_unit, dispute.raised_by, dispute.outcome),
            (S.DISPUTED, self.unit, "县住建局", self.handler, ""),
        )

    def test_handler_and_head_may_nobody_else(self):
        measure = self.measure(state=S.ISSUED)
        for person in (self.clerk, self.office_head, self.leader, self.auditor):
            with self.subTest(person=person):
                self.refused(NoRight, measure, "raise_dispute", person, **REASON)
        self.do(measure, "raise_dispute", self.head, **REASON)
        self.assertEqual(measure.state, S.DISPUTED)

    def test_once_claimed_or_disputed_it_is_too_late(self):
        other = make_unit(self.office)
        measure = self.measure(state=S.ISSUED, lead=[self.unit, other])
        self.do(measure, "claim", self.handler)
        text = self.refused(NotReady, measure, "raise_dispute", self.handler, **REASON)
        self.assertIn("ask the office to re-assign it", text)
        neighbour = make_person(Role.HANDLER, other)
        self.do(measure, "raise_dispute", neighbour, **REASON)
        self.refused(NotReady, measure, "raise_dispute", neighbour, **REASON)
        self.assertEqual((measure.state, measure.disputes.count()), (S.DISPUTED, 1))

    def test_nobody_claims_while_the_office_has_not_decided(self):
        other = make_unit(self.office)
        measure = self.disputed(lead=[self.unit, other])
        self.refused(WrongState, measure, "claim", make_person(Role.HANDLER, other))

    def test_a_lead_named_later_does_not_stop_the_others(self):
        other = make_unit(self.office)
        neighbour = make_person(Role.HANDLER, other)
        measure = self.measure()
        measure.duties.create(office=self.office, unit=other, role="LEAD", order=2, printed=other.name)
        self.do(measure, "raise_dispute", neighbour, **REASON)
        self.assertEqual(measure.state, S.RECTIFYING)
        text = self.refused(NotReady, measure, "claim", neighbour)
        self.assertIn("the office decides first", text)
        self.do(measure, "enter_progress", self.handler, progress="好")
        dispute = measure.disputes.get().pk
        self.do(measure, "settle_dispute", self.clerk, dispute=dispute, settlement="按三定方案")
        self.do(measure, "claim", neighbour)
        self.assertEqual(measure.state, S.RECTIFYING)

    def test_refused_from_every_other_state(self):
        for state in sorted(set(S) - {S.ISSUED, S.DISPUTED, S.RECTIFYING, S.DRAFT}):
            measure = self.measure(state=state)
            with self.subTest(state=state):
                self.refused(WrongState, measure, "raise_dispute", self.handler, **REASON)

    def test_kept_with_the_unit_the_time_for_the_claim_begins_anew(self):
        measure = self.disputed()
        with clock.at(datetime(2026, 11, 20, 9, 0)):  # a Friday
            self.do(
                measure,
                "settle_dispute",
                self.clerk,
                dispute=measure.disputes.get().pk,
                settlement="属其职责",
            )
        dispute = measure.disputes.get()
        self.assertEqual((measure.state, measure.claim_due_on), (S.ISSUED, day("2026-11-25")))
        self.assertEqual(
            (dispute.outcome, dispute.settled_by, dispute.settlement),
            (DisputeOutcome.KEPT, self.clerk, "属其职责"),
        )
        self.do(measure, "claim", self.handler)
        self.assertEqual(measure.state, S.RECTIFYING)

    def test_two_disputes_are_settled_one_by_one(self):
        other = make_unit(self.office)
        measure = self.disputed(lead=[self.unit, other])
        self.do(measure, "raise_dispute", make_person(Role.HANDLER, other), **REASON)
        for dispute, state in zip(measure.disputes.all(), (S.DISPUTED, S.ISSUED), strict=True):
            data = {"dispute": dispute.pk, "settlement": "维持"}
            self.do(measure, "settle_dispute", self.office_head, **data)
            self.assertEqual(measure.state, state)
        self.refused(WrongState, measure, "settle_dispute", self.clerk, **data)

    def test_a_unit_does_not_settle_its_own_dispute(self):
        measure = self.disputed()
        dispute = measure.disputes.get().pk
        for person in (self.handler, self.head, self.leader, self.auditor):
            with self.subTest(person=person):
                self.refused(NoRight, measure, "settle_dispute", person, dispute=dispute, settlement="是")

    def test_re_assigned_the_dispute_is_over_and_the_new_unit_claims(self):
        other = make_unit(self.office)
        measure = self.disputed()
        self.do(measure, "reassign", self.clerk, leads=units(other), reason="职责调整")
        dispute = measure.disputes.get()
        self.assertEqual((dispute.outcome, measure.state), (DisputeOutcome.REASSIGNED, S.ISSUED))
        self.assertEqual(PastDuty.objects.get(measure=measure).successor, other)
        self.refused(NotVisible, measure, "claim", self.handler)
        self.do(measure, "claim", make_person(Role.HANDLER, other))
        self.assertEqual(measure.state, S.RECTIFYING)

    def test_withdrawn_the_dispute_ends_with_the_measure(self):
        measure = self.disputed()
        self.do(measure, "withdraw", self.office_head, reason="上级取消")
        self.assertEqual(measure.disputes.get().outcome, DisputeOutcome.ENDED)
