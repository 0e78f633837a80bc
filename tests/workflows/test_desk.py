from datetime import datetime, timedelta

from cases.states import MeasureState
from permissions import clock
from permissions.models import Role
from tests.factories import make_measure, make_office, make_person, make_plan, make_progress, make_unit
from tests.workflows.life import LifeTestCase
from workflows import desk

S = MeasureState


class QueueTests(LifeTestCase):
    def found(self, person):
        """{queue: {(measure pk, step)}} of what waits for the person."""
        person.__dict__.pop("_access", None)
        queues = desk.queues(person, today=clock.today())
        return {name: {(item.pk, item.step) for item in queue.items} for name, queue in queues.items()}

    def assert_waits(self, person, **expected):
        everything = {name: set() for name in (desk.CLAIM, desk.REPORT, desk.DECIDE, desk.REWORK)}
        self.assertEqual(self.found(person), everything | expected)

    def test_to_claim_until_the_own_unit_has_claimed(self):
        other = make_unit(self.office)
        measure = self.measure(state=S.ISSUED, lead=[self.unit, other])
        self.measure(state=S.ISSUED, lead=other, responsible=self.unit)  # the lead claims, not we
        self.assert_waits(self.handler, claim={(measure.pk, "claim")})
        self.do(measure, "claim", self.handler)
        self.assert_waits(self.handler)

    def test_without_a_lead_every_responsible_unit_has_it_to_claim(self):
        measure = self.measure(state=S.ISSUED, lead=(), responsible=[make_unit(self.office), self.unit])
        self.assert_waits(self.handler, claim={(measure.pk, "claim")})

    def test_to_report_until_this_month_has_an_entry(self):
        measure = self.measure()
        self.assert_waits(self.handler, report={(measure.pk, "enter_progress")})
        make_progress(measure, self.unit)
        self.assert_waits(self.handler)

    def test_an_entry_of_last_month_does_not_count_for_this_one(self):
        self.plan.reporting_day = 10
        self.plan.save()
        with clock.at(datetime(2026, 11, 10, 12, 0)):
            measure = self.measure()
            self.do(measure, "enter_progress", self.handler, progress="好")
            self.assert_waits(self.handler)
        with clock.at(datetime(2026, 11, 11, 0, 0)):
            self.assert_waits(self.handler, report={(measure.pk, "enter_progress")})

    def test_a_near_date_stays_on_the_desk_although_reported(self):
        measure = self.measure(checkpoints=[clock.today() + timedelta(days=1)])
        make_progress(measure, self.unit)
        self.assert_waits(self.handler, report={(measure.pk, "enter_progress")})

    def test_a_request_waits_for_the_head_and_no_longer_for_the_handler(self):
        measure = self.ready()
        self.do(measure, "request_verification", self.handler)
        self.assert_waits(self.handler)
        self.assert_waits(self.head, decide={(measure.pk, "submit")})
        self.do(measure, "submit", self.head)
        self.assert_waits(self.head)
        self.assert_waits(self.clerk, decide={(measure.pk, "verify")})

    def test_verified_waits_for_the_head_of_the_office_important_for_the_leader(self):
        plain, important = self.measure(state=S.VERIFIED), self.measure(state=S.VERIFIED, important=True)
        self.assert_waits(self.office_head, decide={(plain.pk, "close_out")})
        self.assert_waits(self.leader, decide={(important.pk, "close_out")})

    def test_nothing_waits_for_who_acted_in_another_capacity(self):
        self.measure(state=S.VERIFIED, clerk=self.office_head)
        self.assert_waits(self.office_head)

    def test_a_reported_step_waits_for_the_clerk(self):
        measure = self.measure()
        make_progress(measure, self.unit)
        self.do(measure, "report_checkpoint", self.handler, checkpoint=measure.checkpoints.get().pk)
        self.assert_waits(self.clerk, decide={(measure.pk, "confirm_checkpoint")})

    def test_returned_until_it_is_sent_again(self):
        measure = self.measure(state=S.SUBMITTED)
        self.do(measure, "return_for_rework", self.clerk, reason="缺材料")
        self.assert_waits(self.handler, rework={(measure.pk, "rework")})
        self.assert_waits(self.office_head, rework={(measure.pk, "rework")})
        self.do(measure, "request_verification", self.handler)
        self.assert_waits(self.handler)
        self.assert_waits(self.head, decide={(measure.pk, "submit")})

    def test_the_office_sees_what_is_unclaimed_and_overdue(self):
        unclaimed = self.measure(state=S.ISSUED)
        late = self.measure(checkpoints=[clock.today() - timedelta(days=1)])
        self.measure(checkpoints=[clock.today()])
        self.assert_waits(self.auditor, claim={(unclaimed.pk, "claim")}, report={(late.pk, "overdue")})

    def test_a_designated_unit_verifies_where_the_offices_own_department_has_a_duty(self):
        unit = make_unit(self.office)
        inspector = make_person(Role.HANDLER, unit)
        self.plan.verifier_unit = unit
        self.plan.save()
        measure = self.measure(state=S.SUBMITTED, lead=self.housing)
        self.assert_waits(inspector, decide={(measure.pk, "verify")})
        self.assert_waits(self.clerk)

    def test_foreign_measures_wait_for_nobody_here(self):
        foreign = make_plan(make_office())
        for state in (S.ISSUED, S.RECTIFYING, S.SUBMITTED, S.VERIFIED):
            make_measure(foreign, state=state)
        for person in (self.handler, self.head, self.clerk, self.office_head, self.leader, self.auditor):
            self.assert_waits(person)

    def test_counts_go_on_beyond_the_rows_and_the_nearest_date_is_first(self):
        days = [clock.today() + timedelta(days=n) for n in (40, 9, 30, 20, 50, 60, 70)]
        for day in days:
            self.measure(checkpoints=[day])
        queue = desk.queues(self.handler, today=clock.today())[desk.REPORT]
        self.assertEqual((queue.count, queue.nearest), (7, min(days)))
        self.assertEqual([item.due_on for item in queue.items], sorted(days)[: desk.FIRST])

    def test_every_waiting_step_is_one_that_the_page_offers(self):
        """The desk asks the database, the page asks the rectification: they must agree."""
        from workflows.dossier import Dossier  # beside the desk only in this comparison

        requested = self.ready()
        self.do(requested, "request_verification", self.handler)
        for state in (S.ISSUED, S.RECTIFYING, S.SUBMITTED, S.VERIFIED):
            self.measure(state=state)
            self.measure(state=state, important=True)
        for person in (self.handler, self.head, self.clerk, self.office_head, self.leader):
            waiting = self.found(person)
            for pk, step in waiting[desk.DECIDE] | (waiting[desk.CLAIM] if person == self.handler else set()):
                with self.subTest(person=person, step=step):
                    self.assertIsNone(Dossier(person, pk).refusal(step))


class ChangesTests(LifeTestCase):
    def test_newest_first_by_others_and_only_what_is_visible(self):
        mine, foreign = self.measure(), make_measure(make_plan(make_office()))
        self.do(mine, "enter_progress", self.handler, progress="好")
        self.do(
            foreign, "enter_progress", make_person(Role.HANDLER, foreign.duties.get().unit), progress="好"
        )
        self.do(mine, "report_checkpoint", self.handler, checkpoint=mine.checkpoints.get().pk)
        entries = desk.recent_entries(self.clerk)
        self.assertEqual(
            [(e.act, e.measure) for e in entries], [("report_checkpoint", mine), ("enter_progress", mine)]
        )
        self.assertEqual(desk.recent_entries(self.handler), [])
