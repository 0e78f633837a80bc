from cases.errors import NoRight, NotReady, NotVisible, WrongState
from cases.states import MeasureState
from permissions.models import Role
from permissions.roles import appoint
from tests.factories import make_person, make_unit
from tests.workflows.life import LifeTestCase

S = MeasureState


class ClaimTests(LifeTestCase):
    def test_the_lead_units_claim_begins_the_work(self):
        measure = self.measure(state=S.ISSUED)
        self.do(measure, "claim", self.handler)
        duty = measure.duties.get()
        self.assertEqual((measure.state, duty.claimed_by), (S.RECTIFYING, self.handler))

    def test_joint_leads_must_all_claim(self):
        other = make_unit(self.office)
        measure = self.measure(state=S.ISSUED, lead=[self.unit, other])
        self.do(measure, "claim", self.handler)
        self.assertEqual(measure.state, S.ISSUED)
        self.do(measure, "claim", make_person(Role.HANDLER, other))
        self.assertEqual(measure.state, S.RECTIFYING)

    def test_a_unit_claims_once(self):
        measure = self.measure(state=S.ISSUED, lead=[self.unit, make_unit(self.office)])
        self.do(measure, "claim", self.handler)
        text = self.refused(NotReady, measure, "claim", self.handler)
        self.assertEqual(text, "Your unit has already claimed this measure.")

    def test_without_a_lead_every_responsible_unit_claims(self):
        other = make_unit(self.office)
        measure = self.measure(state=S.ISSUED, lead=(), responsible=[self.unit, other])
        self.do(measure, "claim", self.handler)
        self.assertEqual(measure.state, S.ISSUED)
        self.do(measure, "claim", make_person(Role.HANDLER, other))
        self.assertEqual(measure.state, S.RECTIFYING)

    def test_a_responsible_unit_beside_a_lead_does_not_claim(self):
        other = make_unit(self.office)
        measure = self.measure(state=S.ISSUED, lead=other, responsible=self.unit)
        self.refused(NoRight, measure, "claim", self.handler)

    def test_a_person_of_two_lead_units_claims_for_one_after_the_other(self):
        other = make_unit(self.office)
        both = make_person(Role.HANDLER, self.unit)
        appoint(both, other, Role.HANDLER)
        measure = self.measure(state=S.ISSUED, lead=[self.unit, other])
        self.do(measure, "claim", both)
        self.do(measure, "claim", both)
        self.assertEqual(measure.state, S.RECTIFYING)

    def test_a_lead_named_later_claims_while_the_others_are_at_work(self):
        other = make_unit(self.office)
        measure = self.measure()
        self.refused(NotReady, measure, "claim", self.handler)
        measure.duties.create(office=self.office, unit=other, role="LEAD", order=2, printed=other.name)
        self.do(measure, "claim", make_person(Role.HANDLER, other))
        self.assertEqual(measure.state, S.RECTIFYING)
        self.assertFalse(measure.duties.filter(claimed_at=None).exists())

    def test_refused_in_every_other_state(self):
        for state in sorted(set(S) - {S.ISSUED, S.DRAFT, S.RECTIFYING}):
            measure = self.measure(state=state)
            with self.subTest(state=state):
                text = self.refused(WrongState, measure, "claim", self.handler)
                self.assertIn(f"“{S(state).label}”", text)

    def test_a_draft_is_not_even_visible_to_its_unit(self):
        self.refused(NotVisible, self.measure(state=S.DRAFT), "claim", self.handler)

    def test_only_a_handler_of_the_unit_claims(self):
        measure = self.measure(state=S.ISSUED)
        for person in (self.head, self.clerk, self.office_head, self.leader, self.auditor):
            with self.subTest(person=person):
                self.refused(NoRight, measure, "claim", person)
        self.refused(NotVisible, measure, "claim", make_person(Role.HANDLER, make_unit(self.office)))
