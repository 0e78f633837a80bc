"""The people of one office and one unit, for tests of a measure's life through the door."""

from django.test import TestCase
from django.utils import translation

from permissions.models import Role
from tests.factories import (
    make_evidence,
    make_measure,
    make_office,
    make_person,
    make_plan,
    make_progress,
    make_unit,
)
from workflows.door import perform


class LifeTestCase(TestCase):
    """One office housed in a department, one lead unit, one person in each role. Messages in English."""

    @classmethod
    def setUpTestData(cls):
        cls.office = make_office(housed_in="县农业农村局")
        cls.housing = cls.office.unit.parent
        cls.plan = make_plan(cls.office)
        cls.unit = make_unit(cls.office, "县水利局")
        cls.handler = make_person(Role.HANDLER, cls.unit, name="李文波")
        cls.head = make_person(Role.UNIT_HEAD, cls.unit, name="赵长河")
        cls.clerk = make_person(Role.OFFICE_CLERK, cls.office, name="林晓")
        cls.office_head = make_person(Role.OFFICE_HEAD, cls.office, name="王建国")
        cls.leader = make_person(Role.LEADER, cls.office, name="高志远")
        cls.auditor = make_person(Role.AUDITOR, cls.office)

    def setUp(self):
        self.enterContext(translation.override("en"))

    def measure(self, **kwargs):
        """A measure that the unit leads; its people act where its state implies that somebody did."""
        people = {"handler": self.handler, "head": self.head, "clerk": self.clerk, "closer": self.office_head}
        return make_measure(self.plan, **{"lead": self.unit, **people, **kwargs})

    def ready(self, **kwargs):
        """In rectification, with the progress and the evidence that a request for verification needs."""
        measure = self.measure(**kwargs)
        for duty in measure.duties.all():
            make_progress(measure, duty.unit)
            make_evidence(measure, duty.unit)
        return measure

    def do(self, measure, act, actor, **data):
        outcome = perform(measure.pk, act, actor=actor, **data)
        measure.refresh_from_db()
        return outcome

    def refused(self, error, measure, act, actor, **data):
        """The sentence with which the act is refused; the measure is as it was before."""
        before = (measure.row_version, measure.state, measure.trail.count())
        with self.assertRaises(error) as caught:
            perform(measure.pk, act, actor=actor, **data)
        measure.refresh_from_db()
        self.assertEqual((measure.row_version, measure.state, measure.trail.count()), before)
        return str(caught.exception)
