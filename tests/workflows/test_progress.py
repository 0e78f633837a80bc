from datetime import date, datetime, timedelta

from cases.errors import NoRight, NotReady, NotVisible, WrongState
from cases.states import MeasureState
from permissions import clock
from permissions.models import Role
from tests.factories import day, make_person, make_unit
from tests.workflows.life import LifeTestCase

S = MeasureState


class EnterProgressTests(LifeTestCase):
    def enter(self, measure, actor=None, **data):
        return self.do(
            measure, "enter_progress", actor or self.handler, **{"progress": "已铺设管网三公里", **data}
        )

    def test_keeps_the_three_parts_and_leaves_the_state(self):
        measure = self.measure(state=S.RECTIFYING)
        self.enter(measure, difficulties="管材涨价", next_steps="下月通水")
        entry = measure.progress.get()
        parts = (entry.progress, entry.difficulties, entry.next_steps, entry.unit, entry.author)
        self.assertEqual(parts, ("已铺设管网三公里", "管材涨价", "下月通水", self.unit, self.handler))
        self.assertEqual((measure.state, measure.row_version), (S.RECTIFYING, 2))

    def test_the_moment_of_recording_decides_the_month(self):
        self.plan.reporting_day = 10
        self.plan.save()
        for moment, month in (
            (datetime(2026, 11, 10, 23, 59, 59), date(2026, 11, 1)),
            (datetime(2026, 11, 11, 0, 0), date(2026, 12, 1)),
            (datetime(2026, 12, 31, 12, 0), date(2027, 1, 1)),
        ):
            measure = self.measure(state=S.RECTIFYING)
            with self.subTest(moment=moment), clock.at(moment):
                self.enter(measure)
                self.assertEqual(measure.progress.get().period, month)

    def test_an_earlier_day_is_a_late_entry_of_this_month(self):
        measure = self.measure(state=S.RECTIFYING)
        with clock.at(datetime(2026, 11, 22, 9, 0)):
            outcome = self.enter(measure, happened_on=day("2026-09-01"))
        entry = measure.progress.get()
        self.assertEqual((entry.happened_on, entry.period), (day("2026-09-01"), day("2026-12-01")))
        self.assertIn('"happened_on":"2026-09-01"', outcome.entry.body)

    def test_the_future_is_refused(self):
        measure = self.measure(state=S.RECTIFYING)
        tomorrow = clock.today() + timedelta(days=1)
        text = self.refused(
            NotReady, measure, "enter_progress", self.handler, progress="好", happened_on=tomorrow
        )
        self.assertEqual(
            text, "What has not happened yet cannot be entered as done: choose today or an earlier day."
        )

    def test_a_responsible_unit_reports_too(self):
        measure = self.measure(state=S.RECTIFYING, lead=make_unit(self.office), responsible=self.unit)
        self.enter(measure)
        self.assertEqual(measure.progress.get().unit, self.unit)

    def test_allowed_while_the_measure_is_open_and_issued(self):
        for state in (S.ISSUED, S.RECTIFYING, S.SUBMITTED, S.VERIFIED):
            measure = self.measure(state=state)
            before = measure.progress.count()
            with self.subTest(state=state):
                self.enter(measure)
                self.assertEqual(measure.progress.count(), before + 1)

    def test_refused_in_every_other_state(self):
        for state in (S.DISPUTED, S.CLOSED, S.WITHDRAWN):
            measure = self.measure(state=state)
            with self.subTest(state=state):
                self.refused(WrongState, measure, "enter_progress", self.handler, progress="好")

    def test_only_a_handler_of_a_duty_unit_enters(self):
        measure = self.measure(state=S.RECTIFYING)
        for person in (self.head, self.clerk, self.office_head, self.leader, self.auditor):
            with self.subTest(person=person):
                self.refused(NoRight, measure, "enter_progress", person, progress="好")
        stranger = make_person(Role.HANDLER, make_unit(self.office))
        self.refused(NotVisible, measure, "enter_progress", stranger, progress="好")


class CheckpointTests(LifeTestCase):
    def test_reported_by_the_unit_confirmed_by_the_office_for_the_day_of_the_report(self):
        first, last = clock.today() + timedelta(days=10), clock.today() + timedelta(days=99)
        measure = self.measure(state=S.RECTIFYING, checkpoints=[first, last])
        step = measure.checkpoints.first()
        self.do(measure, "report_checkpoint", self.handler, checkpoint=step.pk)
        with clock.at(clock.now() + timedelta(days=3)):
            self.do(measure, "confirm_checkpoint", self.clerk, checkpoint=step.pk)
        step.refresh_from_db()
        self.assertEqual((step.reported_on, step.met_on), (clock.today(), clock.today()))
        self.assertEqual(measure.next_due_on, last)

    def test_each_step_is_reported_and_confirmed_once(self):
        measure = self.measure(state=S.RECTIFYING)
        step = measure.checkpoints.get().pk
        self.assertEqual(
            self.refused(NotReady, measure, "confirm_checkpoint", self.clerk, checkpoint=step),
            "The unit has not reported this checkpoint yet.",
        )
        self.do(measure, "report_checkpoint", self.handler, checkpoint=step)
        self.assertEqual(
            self.refused(NotReady, measure, "report_checkpoint", self.handler, checkpoint=step),
            "This checkpoint has been reported already.",
        )
        self.do(measure, "confirm_checkpoint", self.clerk, checkpoint=step)
        self.assertEqual(
            self.refused(NotReady, measure, "confirm_checkpoint", self.clerk, checkpoint=step),
            "This checkpoint has been confirmed already.",
        )

    def test_a_step_of_another_measure_is_refused(self):
        measure, other = self.measure(state=S.RECTIFYING), self.measure(state=S.RECTIFYING)
        step = other.checkpoints.get().pk
        text = self.refused(NotReady, measure, "report_checkpoint", self.handler, checkpoint=step)
        self.assertEqual(text, "This measure has no such checkpoint. Reload the page.")

    def test_states_and_rights(self):
        for state in sorted(set(S) - {S.RECTIFYING, S.DRAFT}):
            measure = self.measure(state=state)
            step = measure.checkpoints.get().pk
            with self.subTest(state=state):
                self.refused(WrongState, measure, "report_checkpoint", self.handler, checkpoint=step)
                if state != S.SUBMITTED:
                    self.refused(WrongState, measure, "confirm_checkpoint", self.clerk, checkpoint=step)
        measure = self.measure(state=S.RECTIFYING)
        step = measure.checkpoints.get().pk
        self.refused(NoRight, measure, "report_checkpoint", self.clerk, checkpoint=step)
        for person in (self.handler, self.head, self.office_head, self.leader, self.auditor):
            self.refused(NoRight, measure, "confirm_checkpoint", person, checkpoint=step)
