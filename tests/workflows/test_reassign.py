from datetime import datetime, timedelta

from django.urls import reverse

from cases.errors import NoRight, NotReady, NotVisible, WrongState
from cases.models import Extension, ExtensionState, InputRequest, PastDuty, SignOffKind
from cases.states import MeasureState
from permissions import clock
from permissions.models import Role, UnitGroup
from permissions.roles import sync_roles
from tests.factories import (
    day,
    make_evidence,
    make_office,
    make_person,
    make_progress,
    make_sign_off,
    make_unit,
    png,
)
from tests.workflows.life import LifeTestCase
from tests.workflows.test_disputes import units
from workflows import desk
from workflows.dossier import Dossier
from workflows.sections import rounds
from workflows.turns import turn_of

S = MeasureState
REASON = {"reason": "机构改革，职责划转。"}


class ReassignTests(LifeTestCase):
    @classmethod
    def setUpTestData(cls):
        super().setUpTestData()
        cls.other = make_unit(cls.office, "县住建局")
        cls.neighbour = make_person(Role.HANDLER, cls.other)

    def reassign(self, measure, *leads, responsible=(), by=None):
        data = {"leads": units(*leads), "responsible": units(*responsible), **REASON}
        return self.do(measure, "reassign", by or self.clerk, **data)

    def duties(self, measure):
        return [(d.unit, d.role, bool(d.claimed_at)) for d in measure.duties.select_related("unit")]

    def test_a_unit_that_comes_back_claims_asks_and_signs_anew(self):
        measure = self.measure(lead=[self.unit, self.other])
        make_progress(measure, self.unit)
        make_evidence(measure, self.unit)
        third = make_unit(self.office, "县林业局")
        self.do(measure, "request_verification", self.handler, note="头一次")
        self.do(measure, "submit", self.head)
        self.reassign(measure, third, self.other)
        self.reassign(measure, self.unit, self.other)
        self.do(measure, "claim", self.handler)
        with self.assertRaisesMessage(NotReady, "no request"):
            self.do(measure, "submit", self.head)
        another = make_person(Role.HANDLER, self.unit)
        self.do(measure, "request_verification", another, note="再次申请")
        head = make_person(Role.UNIT_HEAD, self.unit)
        waits = desk.queues(head, today=clock.today())[desk.DECIDE].items
        self.assertEqual([(item.pk, item.step) for item in waits], [(measure.pk, "submit")])
        self.do(measure, "submit", head)
        [signatures] = [
            row["attempts"][0]["signatures"] for row in rounds.section(Dossier(self.clerk, measure.pk))
        ]
        void = [bool(row["facts"]) for row in signatures]
        self.assertEqual(void, [True, True, False, False])
        self.client.force_login(self.clerk)
        self.assertContains(self.client.get(measure.get_absolute_url()), "单位已调整")

    def test_a_request_that_was_sent_back_and_made_anew_is_answered_also_when_its_unit_leaves(self):
        measure = self.measure()
        make_progress(measure, self.unit)
        make_evidence(measure, self.unit)
        self.do(measure, "request_verification", self.handler)
        self.do(measure, "send_back_request", self.head, reason="缺材料")
        self.assertIn(measure.pk, self.waits_for(self.handler, desk.REWORK))
        self.do(measure, "request_verification", self.handler)
        self.reassign(measure, self.other)
        self.reassign(measure, self.unit)
        self.do(measure, "claim", self.handler)
        self.assertNotIn(measure.pk, self.waits_for(self.handler, desk.REWORK))
        sentence = str(turn_of(Dossier(self.handler, measure.pk)).sentence)
        self.assertEqual(sentence, "县水利局 must rectify it and ask for verification")

    def waits_for(self, person, queue):
        person.__dict__.pop("_access", None)
        return [item.pk for item in desk.queues(person, today=clock.today())[queue].items]

    def test_the_old_holder_loses_sight_at_once_and_the_new_one_claims(self):
        measure = self.measure()
        evidence = make_evidence(measure, self.unit)
        with clock.at(datetime(2026, 11, 20, 9, 0)):
            self.reassign(measure, self.other)
        self.assertEqual((measure.state, measure.claim_due_on), (S.ISSUED, day("2026-11-25")))
        self.assertEqual(self.duties(measure), [(self.other, "LEAD", False)])
        past = PastDuty.objects.get()
        self.assertEqual(
            (past.unit, past.role, past.successor, past.ended_by, past.claimed_by, past.reason),
            (self.unit, "LEAD", self.other, self.clerk, self.handler, REASON["reason"]),
        )
        self.refused(NotVisible, measure, "enter_progress", self.handler, progress="好")
        self.client.force_login(self.handler)
        for url in (measure.get_absolute_url(), evidence.get_absolute_url()):
            self.assertEqual(self.client.get(url).status_code, 404)
        self.assertNotContains(self.client.get(reverse("cases:ledger")), measure.text)
        self.do(measure, "claim", self.neighbour)
        self.assertEqual(measure.state, S.RECTIFYING)

    def test_the_trail_names_who_left_and_who_came(self):
        measure = self.measure()
        body = self.reassign(measure, self.other).entry.body
        self.assertIn('"lead_units":[["县水利局"],["县住建局"]]', body.replace(" ", ""))
        self.assertIn(REASON["reason"], body)

    def test_who_stays_keeps_the_claim_and_goes_on_working(self):
        measure = self.measure()
        self.reassign(measure, self.unit, self.other)
        self.assertEqual(measure.state, S.RECTIFYING)
        self.assertEqual(self.duties(measure), [(self.unit, "LEAD", True), (self.other, "LEAD", False)])
        self.do(measure, "attach_evidence", self.handler, files=[("图.png", png())])

    def test_without_new_units_no_clock_begins(self):
        measure = self.measure(lead=[self.unit, self.other])
        due = measure.claim_due_on
        self.reassign(measure, self.unit)
        self.assertEqual((measure.claim_due_on, measure.state), (due, S.RECTIFYING))

    def test_the_last_unit_that_was_awaited_leaves(self):
        measure = self.measure(state=S.ISSUED, lead=[self.unit, self.other])
        self.do(measure, "claim", self.handler)
        self.reassign(measure, self.unit)
        self.assertEqual(measure.state, S.RECTIFYING)

    def test_the_last_head_that_was_awaited_leaves(self):
        measure = self.ready(lead=[self.unit, self.other])
        self.do(measure, "request_verification", self.handler)
        self.do(measure, "submit", self.head)
        self.assertEqual(measure.state, S.RECTIFYING)
        self.reassign(measure, self.unit)
        self.assertEqual(measure.state, S.SUBMITTED)
        self.assertEqual(measure.checkpoints.get().reported_by, self.head)

    def test_a_responsible_unit_that_becomes_lead_has_to_claim(self):
        measure = self.measure(responsible=self.other)
        self.reassign(measure, self.other, responsible=[self.unit])
        self.assertEqual(
            (measure.state, self.duties(measure)),
            (S.ISSUED, [(self.other, "LEAD", False), (self.unit, "RESPONSIBLE", True)]),
        )
        self.assertFalse(PastDuty.objects.exists())

    def test_a_collective_becomes_a_duty_for_each_member(self):
        towns = [make_unit(self.office) for _ in range(3)]
        group = UnitGroup.objects.create(office=self.office, name="各乡镇")
        group.members.set(towns)
        measure = self.measure()
        data = {"leads": units(self.unit), "responsible": [f"group:{group.pk}"], **REASON}
        self.do(measure, "reassign", self.clerk, **data)
        self.assertEqual(
            {d.unit for d in measure.duties.filter(role="RESPONSIBLE", group=group, printed="各乡镇")},
            set(towns),
        )

    def test_one_unit_in_the_place_of_another(self):
        third = make_unit(self.office)
        measure = self.measure(lead=[self.unit, third], responsible=make_unit(self.office))
        swap = {"from_unit": self.unit.pk, "to_unit": self.other.pk, **REASON}
        self.do(measure, "reassign", self.clerk, **swap)
        self.assertEqual(self.duties(measure)[:2], [(self.other, "LEAD", False), (third, "LEAD", True)])
        self.refused(NotReady, measure, "reassign", self.clerk, **swap)

    def test_open_work_goes_to_the_successor(self):
        third = make_unit(self.office)
        measure = self.measure(responsible=third)
        asked = {
            "office": self.office,
            "measure": measure,
            "due_on": clock.today(),
            "asked_by": self.handler,
            "asked_at": clock.now(),
        }
        row = InputRequest.objects.create(from_unit=self.unit, to_unit=third, **asked)
        extension = Extension.objects.create(
            office=self.office, measure=measure, checkpoint=measure.checkpoints.get(), unit=self.unit, number=1,
            old_due_on=clock.today(), new_due_on=clock.today() + timedelta(days=9), reason="雨季",
            interim_measures="围挡", requested_by=self.handler, requested_at=clock.now(),
        )  # fmt: skip
        self.reassign(measure, self.other, responsible=[third])
        row.refresh_from_db()
        extension.refresh_from_db()
        self.assertEqual((row.from_unit, row.cancelled_at), (self.other, None))
        self.assertEqual((extension.state, extension.decision), (ExtensionState.LAPSED, REASON["reason"]))
        self.reassign(measure, self.other)
        row.refresh_from_db()
        self.assertIsNotNone(row.cancelled_at)

    def test_what_is_with_the_office_is_returned_first(self):
        for state in (S.SUBMITTED, S.VERIFIED):
            measure = self.measure(state=state)
            with self.subTest(state=state):
                text = self.refused(
                    NotReady, measure, "reassign", self.clerk, leads=units(self.other), **REASON
                )
                self.assertEqual(
                    text,
                    "This measure waits for the office. Return it first; then units and parts can change.",
                )
        for state in (S.CLOSED, S.WITHDRAWN):
            self.refused(
                WrongState,
                self.measure(state=state),
                "reassign",
                self.clerk,
                leads=units(self.other),
                **REASON,
            )

    def test_a_draft_changes_hands_without_any_clock(self):
        measure = self.measure(state=S.DRAFT)
        self.reassign(measure, self.other)
        self.assertEqual((measure.state, measure.claim_due_on), (S.DRAFT, None))

    def test_refused_without_units_with_foreign_ones_or_without_change(self):
        measure = self.measure()
        foreign = make_unit(make_office())
        self.assertEqual(
            self.refused(NotReady, measure, "reassign", self.clerk, **REASON),
            "Choose at least one unit that answers for the measure.",
        )
        for choice in (units(foreign), units(self.office.unit), ["unit:x"]):
            self.refused(NotReady, measure, "reassign", self.clerk, leads=choice, **REASON)
        text = self.refused(NotReady, measure, "reassign", self.clerk, leads=units(self.unit), **REASON)
        self.assertIn("nothing to re-assign", text)

    def test_only_the_office(self):
        measure = self.measure()
        for person in (self.handler, self.head, self.leader, self.auditor):
            with self.subTest(person=person):
                self.refused(NoRight, measure, "reassign", person, leads=units(self.other), **REASON)

    def test_signatures_of_a_unit_that_left_do_not_count(self):
        measure = self.ready(lead=[self.unit, self.other])
        opened = measure.rounds.get()
        make_sign_off(opened, self.unit, self.handler, SignOffKind.REQUEST)
        make_sign_off(opened, self.unit, self.head, SignOffKind.SUBMIT)
        self.reassign(measure, self.other)
        self.assertEqual(measure.state, S.RECTIFYING)


class CoordinatorTests(LifeTestCase):
    def test_one_of_several_leads_coordinates(self):
        other, third = make_unit(self.office), make_unit(self.office)
        measure = self.measure(lead=[self.unit, other])
        self.do(measure, "name_coordinator", self.clerk, unit=other.pk)
        self.do(measure, "name_coordinator", self.clerk, unit=self.unit.pk)
        self.assertEqual(measure.duties.get(coordinates=True).unit, self.unit)
        for unit in (self.unit, third):
            self.refused(NotReady, measure, "name_coordinator", self.clerk, unit=unit.pk)

    def test_each_lead_still_signs_for_itself(self):
        other = make_unit(self.office)
        measure = self.ready(lead=[self.unit, other])
        self.do(measure, "name_coordinator", self.clerk, unit=self.unit.pk)
        self.do(measure, "request_verification", self.handler)
        self.do(measure, "submit", self.head)
        self.assertEqual(measure.state, S.RECTIFYING)

    def test_a_single_lead_needs_none(self):
        measure = self.measure()
        text = self.refused(NotReady, measure, "name_coordinator", self.clerk, unit=self.unit.pk)
        self.assertEqual(text, "Only one unit leads this measure, so there is nothing to coordinate.")


class SeparationTests(LifeTestCase):
    """Who had a part in the round does not judge it, wherever they serve by now."""

    check = {"method": "PAPER", "visited_on": None, "findings": "属实"}

    def verify(self, measure, person):
        data = {**self.check, "visited_on": clock.today()}
        return self.refused(NotReady, measure, "verify", person, **data)

    def moved(self):
        """A person who served in the lead unit until yesterday and is the office's clerk today."""
        person = make_person(Role.OFFICE_CLERK, self.office)
        today = clock.today()
        person.memberships.create(
            unit=self.unit,
            role=Role.HANDLER,
            starts_on=today - timedelta(days=90),
            ends_on=today - timedelta(days=1),
        )
        return person

    def test_whoever_moved_from_the_lead_unit_to_the_office_does_not_verify(self):
        text = self.verify(self.measure(state=S.SUBMITTED), self.moved())
        self.assertIn("served in a unit that had a duty on it", text)

    def test_who_left_the_unit_before_the_round_may(self):
        person = self.moved()
        person.memberships.filter(unit=self.unit).update(
            starts_on=clock.today() - timedelta(days=300), ends_on=clock.today() - timedelta(days=200)
        )
        measure = self.measure(state=S.SUBMITTED)
        self.do(measure, "verify", person, **{**self.check, "visited_on": clock.today()})
        self.assertEqual(measure.state, S.VERIFIED)

    def test_nor_whoever_worked_on_it_under_another_appointment(self):
        deputy = make_person(Role.HANDLER, self.unit)
        measure = self.ready()
        self.do(measure, "enter_progress", deputy, progress="好")
        deputy.memberships.all().delete()
        self.do(measure, "request_verification", self.handler)
        self.do(measure, "submit", self.head)
        clerk = make_person(Role.OFFICE_CLERK, self.office)
        deputy.memberships.create(unit=self.office.unit, role=Role.OFFICE_CLERK, starts_on=clock.today())
        sync_roles(deputy)
        self.assertIn("you worked on the measure", self.verify(measure, deputy))
        self.do(measure, "verify", clerk, **{**self.check, "visited_on": clock.today()})

    def test_nor_anybody_of_a_unit_that_left_in_mid_round(self):
        other = make_unit(self.office)
        both = make_person(Role.OFFICE_CLERK, self.office)
        both.memberships.create(unit=self.unit, role=Role.UNIT_HEAD, starts_on=clock.today())
        measure = self.measure()
        self.do(measure, "reassign", self.clerk, leads=units(other), reason="划转")
        handler, head = make_person(Role.HANDLER, other), make_person(Role.UNIT_HEAD, other)
        self.do(measure, "claim", handler)
        make_progress(measure, other)
        make_evidence(measure, other)
        self.do(measure, "request_verification", handler)
        self.do(measure, "submit", head)
        self.assertIn("a unit that had a duty on it", self.verify(measure, both))
