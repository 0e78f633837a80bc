from datetime import timedelta

from django.db import connection
from django.test.utils import CaptureQueriesContext

from cases.errors import NoRight, NotVisible, Stale
from cases.models import LogEntry, ProgressEntry
from cases.states import MeasureState
from permissions import clock
from permissions.models import Membership, Role
from tests.factories import make_measure, make_office, make_person, make_plan, make_unit, png
from tests.workflows.life import LifeTestCase
from workflows.door import perform

S = MeasureState


class RepeatTests(LifeTestCase):
    def test_the_same_key_twice_is_one_act(self):
        measure = self.measure()
        first = perform(measure.pk, "enter_progress", actor=self.handler, key="k1", version=1, progress="好")
        again = perform(measure.pk, "enter_progress", actor=self.handler, key="k1", version=1, progress="好")
        self.assertEqual((first.repeated, again.repeated), (False, True))
        self.assertEqual(again.entry, first.entry)
        self.assertEqual((ProgressEntry.objects.count(), measure.trail.count()), (1, 1))

    def test_a_known_key_gives_nothing_to_who_has_no_right(self):
        measure = self.measure()
        self.do(measure, "enter_progress", self.handler, key="k1", progress="好")
        self.refused(NoRight, measure, "enter_progress", self.head, key="k1", progress="好")


class StaleTests(LifeTestCase):
    def test_names_who_was_quicker_and_when(self):
        measure = self.measure()
        moment = clock.now()
        with clock.at(moment):
            self.do(measure, "enter_progress", self.handler, version=1, progress="甲")
        colleague = make_person(Role.HANDLER, self.unit)
        text = self.refused(Stale, measure, "enter_progress", colleague, version=1, progress="乙")
        self.assertEqual(
            text,
            f"李文波 changed this at {clock.local(moment):%H:%M} while you were typing. Your text is kept below: "
            "compare it with the new state and send it again.",
        )

    def test_with_the_new_version_it_goes_through(self):
        measure = self.measure()
        self.do(measure, "enter_progress", self.handler, version=1, progress="甲")
        self.do(measure, "enter_progress", self.handler, version=2, progress="乙")
        self.assertEqual(measure.row_version, 3)

    def test_a_refused_act_leaves_the_version(self):
        measure = self.measure(state=S.ISSUED)
        self.refused(NoRight, measure, "claim", self.head, version=1)
        self.assertEqual(measure.row_version, 1)


class ScopeAndRightTests(LifeTestCase):
    def test_a_foreign_measure_does_not_exist(self):
        foreign = make_measure(make_plan(make_office()))
        for person in (self.handler, self.head, self.clerk, self.office_head, self.leader, self.auditor):
            with self.subTest(person=person):
                text = self.refused(NotVisible, foreign, "enter_progress", person, progress="好")
                self.assertEqual(text, "There is nothing here that you may see.")

    def test_a_post_that_has_ended_gives_no_right_even_before_the_grants_are_synced(self):
        measure = self.measure()
        Membership.objects.filter(person=self.handler).update(ends_on=clock.today() - timedelta(days=1))
        self.refused(NotVisible, measure, "enter_progress", self.handler, progress="好")

    def test_the_right_is_read_anew_at_each_knock(self):
        measure = self.measure()
        self.do(measure, "enter_progress", self.handler, progress="好")
        Membership.objects.filter(person=self.handler).delete()
        self.refused(NotVisible, measure, "enter_progress", self.handler, progress="好")

    def test_the_system_does_no_act_on_a_measure(self):
        with self.assertRaises(NoRight):
            perform(self.measure().pk, "close_out", actor=None)

    def test_an_unknown_act_is_a_programmers_error(self):
        with self.assertRaises(KeyError):
            perform(self.measure().pk, "delete", actor=self.handler)


class RecordTests(LifeTestCase):
    def test_every_act_leaves_one_chained_entry(self):
        measure = self.measure(state=S.ISSUED)
        self.do(measure, "claim", self.handler)
        self.do(measure, "enter_progress", self.handler, progress="好")
        first, second = LogEntry.objects.filter(measure=measure).order_by("sequence")
        self.assertEqual((first.act, second.act), ("claim", "enter_progress"))
        self.assertEqual((second.prev, second.sequence), (first.hash, first.sequence + 1))
        self.assertEqual([first.expected_hash(), second.expected_hash()], [first.hash, second.hash])
        self.assertIn('"from":"ISSUED"', first.body)
        self.assertIn('"actor_name":"李文波"', first.body)

    def test_offices_have_chains_of_their_own(self):
        other = make_measure(make_plan(make_office()), state=S.ISSUED)
        unit = other.duties.get().unit
        self.do(self.measure(state=S.ISSUED), "claim", self.handler)
        outcome = self.do(other, "claim", make_person(Role.HANDLER, unit))
        self.assertEqual((outcome.entry.office, outcome.entry.sequence), (other.office, 1))


class StatementTests(LifeTestCase):
    """Statements of one act inside the door, the same whether the plan has few or many measures."""

    LIMITS = {
        "claim": 9,
        "enter_progress": 9,
        "attach_evidence": 13,
        "report_checkpoint": 11,
        "confirm_checkpoint": 12,
        "request_verification": 14,
        "submit": 14,
        "return_for_rework": 14,
        "verify": 15,
        "close_out": 11,
    }

    def acts(self):
        """[(act, actor, measure, data)], each on a fresh measure."""
        today = clock.today()
        requested = self.ready()
        self.do(requested, "request_verification", self.handler)
        reported = self.measure()
        step = reported.checkpoints.get()
        self.do(reported, "report_checkpoint", self.handler, checkpoint=step.pk)
        fresh = self.measure()
        return [
            ("claim", self.handler, self.measure(state=S.ISSUED), {}),
            ("enter_progress", self.handler, self.measure(), {"progress": "好"}),
            ("attach_evidence", self.handler, self.measure(), {"files": [("图.png", png())]}),
            ("report_checkpoint", self.handler, fresh, {"checkpoint": fresh.checkpoints.get().pk}),
            ("confirm_checkpoint", self.clerk, reported, {"checkpoint": step.pk}),
            ("request_verification", self.handler, self.ready(), {}),
            ("submit", self.head, requested, {}),
            ("return_for_rework", self.clerk, self.measure(state=S.SUBMITTED), {"reason": "缺材料"}),
            (
                "verify",
                self.clerk,
                self.measure(state=S.SUBMITTED),
                {"method": "SITE", "visited_on": today, "findings": "属实"},
            ),
            ("close_out", self.office_head, self.measure(state=S.VERIFIED), {}),
        ]

    def counts(self):
        found = {}
        for act, actor, measure, data in self.acts():
            with CaptureQueriesContext(connection) as queries:
                perform(
                    measure.pk,
                    act,
                    actor=actor,
                    version=measure.row_version,
                    key=f"{act}{measure.pk}",
                    **data,
                )
            found[act] = sum("SAVEPOINT" not in query["sql"] for query in queries)
        return found

    def test_every_act_stays_within_its_statements_however_many_measures(self):
        few = self.counts()
        self.assertEqual({act: count for act, count in few.items() if count > self.LIMITS[act]}, {})
        for _ in range(30):
            make_measure(self.plan, lead=self.unit, responsible=make_unit(self.office))
        self.assertEqual(self.counts(), few)
