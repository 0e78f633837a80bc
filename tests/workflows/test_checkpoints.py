from django.test import TestCase
from django.utils import translation

from cases.errors import NoRight, NotReady
from permissions import clock
from permissions.models import Role
from permissions.roles import appoint
from tests.factories import make_measure, make_office, make_person, make_plan, make_unit, member, png
from tests.workflows.life import LifeTestCase
from workflows import desk
from workflows.door import perform


class ConfirmCheckpointTests(TestCase):
    """A dated step counts as met when somebody else than its unit has looked."""

    def setUp(self):
        self.enterContext(translation.override("en"))
        self.office = make_office(housed_in="县农业农村局")
        self.plan = make_plan(self.office)
        self.unit = make_unit(self.office)
        self.handler, self.clerk = member(self.unit, Role.HANDLER), member(self.office, Role.OFFICE_CLERK)

    def reported(self, lead, handler):
        measure = make_measure(self.plan, lead=lead)
        checkpoint = measure.checkpoints.get()
        perform(measure.pk, "report_checkpoint", actor=handler, checkpoint=checkpoint.pk)
        return measure, checkpoint

    def confirm(self, measure, checkpoint, actor):
        perform(measure.pk, "confirm_checkpoint", actor=actor, checkpoint=checkpoint.pk)
        checkpoint.refresh_from_db()

    def test_the_office_confirms_and_the_day_of_the_report_counts(self):
        measure, checkpoint = self.reported(self.unit, self.handler)
        self.confirm(measure, checkpoint, self.clerk)
        self.assertEqual(checkpoint.met_on, checkpoint.reported_on)
        self.assertEqual(checkpoint.reported_by, self.handler)

    def test_nobody_of_a_unit_with_a_duty_confirms(self):
        appoint(self.handler, self.office.unit, Role.OFFICE_CLERK)
        measure, checkpoint = self.reported(self.unit, self.handler)
        with self.assertRaisesMessage(NotReady, "own unit has a duty"):
            self.confirm(measure, checkpoint, self.handler)

    def test_a_step_of_the_department_that_houses_the_office_needs_the_designated_unit(self):
        housing = self.office.unit.parent
        measure, checkpoint = self.reported(housing, member(housing, Role.HANDLER))
        with self.assertRaisesMessage(NotReady, "has not designated one"):
            self.confirm(measure, checkpoint, self.clerk)
        self.plan.verifier_unit = make_unit(self.office, "县审计局")
        self.plan.save()
        self.confirm(measure, checkpoint, make_person(Role.HANDLER, self.plan.verifier_unit))
        self.assertIsNotNone(checkpoint.met_on)


class RefuseCheckpointTests(LifeTestCase):
    def reported(self, **data):
        measure = self.measure()
        step = measure.checkpoints.get()
        self.do(measure, "report_checkpoint", self.handler, checkpoint=step.pk, **data)
        return measure, step

    def test_a_file_that_counts_already_refuses_the_report_and_says_what_to_do(self):
        measure, data = self.measure(), png()
        self.do(measure, "attach_evidence", self.handler, files=[("照片.png", data)])
        step = measure.checkpoints.get()
        sent = {"checkpoint": step.pk, "note": "主体完工"}
        files = [("副本.png", data), ("完工.png", png())]
        text = self.refused(NotReady, measure, "report_checkpoint", self.handler, **sent, files=files)
        self.assertIn("Nothing was sent: leave this file out", text)
        step.refresh_from_db()
        self.assertEqual((step.reported_on, measure.evidence.count()), (None, 1))
        self.do(measure, "report_checkpoint", self.handler, **sent, files=files[1:])

    def test_a_report_carries_what_was_reached_and_what_proves_it(self):
        _measure, step = self.reported(note="主体完工", files=[("完工.png", png())])
        step.refresh_from_db()
        self.assertEqual(
            (step.report_note, [e.name for e in step.evidence.all()]), ("主体完工", ["完工.png"])
        )

    def test_sent_back_it_is_open_again_with_the_reason_until_it_is_reported_anew(self):
        measure, step = self.reported()
        self.do(measure, "refuse_checkpoint", self.clerk, checkpoint=step.pk, reason="无现场照片")
        step.refresh_from_db()
        self.assertEqual((step.reported_on, step.reported_by, step.refusal), (None, None, "无现场照片"))
        queues = desk.queues(self.handler, today=clock.today())
        waiting = [(item.step, item.reason) for item in queues[desk.REWORK].items]
        self.assertEqual(waiting, [("report_checkpoint", "无现场照片")])
        self.assertEqual(queues[desk.REPORT].count, 0)
        self.do(measure, "report_checkpoint", self.handler, checkpoint=step.pk)
        step.refresh_from_db()
        self.assertEqual(step.refusal, "")

    def test_only_what_is_reported_and_not_confirmed(self):
        measure, step = self.reported()
        data = {"checkpoint": step.pk, "reason": "缺"}
        self.refused(NoRight, measure, "refuse_checkpoint", self.handler, **data)
        self.do(measure, "confirm_checkpoint", self.clerk, checkpoint=step.pk)
        self.assertIn(
            "confirmed already", self.refused(NotReady, measure, "refuse_checkpoint", self.clerk, **data)
        )
        fresh = self.measure()
        data["checkpoint"] = fresh.checkpoints.get().pk
        self.assertIn("not reported", self.refused(NotReady, fresh, "refuse_checkpoint", self.clerk, **data))
