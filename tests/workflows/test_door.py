from datetime import timedelta

from cases.errors import NoRight, NotVisible, Stale
from cases.models import LogEntry, ProgressEntry
from cases.states import MeasureState
from permissions import clock
from permissions.models import Membership, Role
from tests.factories import make_measure, make_office, make_person, make_plan
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
