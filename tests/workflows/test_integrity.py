"""``verify`` compares the states of the measures with the record, and names the first that differs."""

import json
from datetime import datetime

from django.db import connection

from cases import triggers
from cases.models import LogEntry, Measure
from permissions import clock
from permissions.models import Role
from tests.factories import make_person
from tests.workflows.test_import import ImportCase, accepted, read
from workflows.door import perform
from workflows.integrity import check_office


class StatesTests(ImportCase):
    @classmethod
    def setUpTestData(cls):
        super().setUpTestData()
        cls.enterClassContext(clock.at(datetime(2026, 5, 25, 9, 0)))
        head, handler = make_person(Role.OFFICE_HEAD, cls.office), make_person(Role.HANDLER, cls.water)
        draft = read(cls.office, cls.clerk)
        cls.plan = perform(draft.pk, "confirm_import", actor=cls.clerk, units=accepted(draft)).subject
        perform(cls.plan.pk, "issue_plan", actor=head)
        cls.first, *cls.others = cls.plan.measures.order_by("order")
        perform(cls.first.pk, "claim", actor=handler)
        perform(cls.first.pk, "enter_progress", actor=handler, progress="已完成现场踏勘。")

    def wrong(self):
        return check_office(self.office).wrong

    def set_state(self, measure, state):
        """As somebody with the database's password would."""
        Measure.objects.filter(pk=measure.pk).update(state=state)

    def test_what_went_through_the_door_agrees(self):
        self.assertEqual(self.wrong(), [])

    def test_a_state_that_no_act_gave_is_named_with_the_act_that_gave_another(self):
        self.set_state(self.first, "VERIFIED")
        [sentence] = self.wrong()
        self.assertIn(f"Measure {self.first.number} is VERIFIED, but Entry", sentence)
        self.assertIn("(claim at 2026-05-25", sentence)
        self.assertIn("made it RECTIFYING.", sentence)

    def test_a_state_set_back_is_named_too(self):
        self.set_state(self.first, "ISSUED")
        self.assertIn("is ISSUED, but Entry", self.wrong()[0])

    def test_a_measure_that_nobody_touched_since_its_issue_is_compared(self):
        self.set_state(self.others[0], "WITHDRAWN")
        number = self.others[0].number
        self.assertEqual(
            self.wrong(), [f"Measure {number} is WITHDRAWN, but no act of the record made it so."]
        )

    def test_the_first_difference_is_named_and_the_others_counted(self):
        for measure in (self.first, *self.others[:2]):
            self.set_state(measure, "SUBMITTED")
        [sentence] = self.wrong()
        self.assertTrue(sentence.startswith(f"Measure {self.first.number} is SUBMITTED"), sentence)
        self.assertTrue(sentence.endswith("2 more measures differ."), sentence)

    def test_an_act_that_begins_where_none_had_ended_is_named(self):
        """Somebody moved the state beside the record, and then an act was done from there."""
        self.set_state(self.first, "VERIFIED")
        returned = {"reason": "复查不符。"}
        with self.assertRaisesMessage(Exception, "Nothing has been sent"):
            perform(self.first.pk, "return_for_rework", actor=self.clerk, **returned)
        perform(self.first.pk, "withdraw", actor=make_person(Role.OFFICE_HEAD, self.office), reason="撤销。")
        self.assertEqual(len(self.wrong()), 1)
        self.assertIn("begins with VERIFIED, but Entry", self.wrong()[0])
        self.assertIn("ended with RECTIFYING.", self.wrong()[0])

    def test_a_body_that_is_no_json_any_more_is_the_chain_s_finding(self):
        entry = LogEntry.objects.get(act="claim")
        self.assertEqual(json.loads(entry.body)["to"], "RECTIFYING")
        with triggers.lifted(connection), connection.cursor() as cursor:
            cursor.execute("UPDATE cases_logentry SET body = %s WHERE id = %s", ['{"to": broken', entry.pk])
        self.assertIn("was changed", self.wrong()[0])
