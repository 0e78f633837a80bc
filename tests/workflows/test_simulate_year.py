"""A simulated year: the scheduler by itself, the first weeks in every run, the whole year among the slow tests."""

import json
import random
from datetime import date
from io import StringIO

import pytest
from django.core.management import CommandError, call_command
from django.test import SimpleTestCase, TestCase

from cases.models import LogEntry, Measure
from cases.states import MeasureState
from permissions import clock
from permissions.models import Office, User
from workflows.door import ACTS
from workflows.integrity import check_office
from workflows.simulation import roads
from workflows.simulation.clockwork import Clockwork


class ClockworkTests(SimpleTestCase):
    def play(self, *scripts, until=date(2026, 7, 31)):
        clockwork, seen = Clockwork(date(2026, 6, 1), until, random.Random(7)), []
        for script in scripts:
            clockwork.start(script(seen))
        return clockwork.run(), seen

    def test_scripts_take_turns_in_the_order_of_their_days_under_the_clock_of_the_day(self):
        def slow(seen):
            yield date(2026, 6, 30)
            seen.append(("slow", clock.today()))

        def quick(seen):
            for _ in range(2):
                seen.append(("quick", clock.today()))
                yield 3

        moments, seen = self.play(slow, quick)
        self.assertEqual(
            seen, [("quick", date(2026, 6, 2)), ("quick", date(2026, 6, 5)), ("slow", date(2026, 6, 30))]
        )
        self.assertEqual(moments, 5)
        self.assertFalse(clock.is_simulated())

    def test_a_day_that_has_come_means_tomorrow_and_nothing_happens_after_the_last_day(self):
        def late(seen):
            yield date(2026, 1, 1)
            seen.append(clock.today())
            yield date(2026, 8, 1)
            seen.append("never")

        _moments, seen = self.play(late)
        self.assertEqual(seen, [date(2026, 6, 3)])


class SimulateYearTests(TestCase):
    def run_command(self, **options):
        out = StringIO()
        call_command("simulate_year", stdout=out, **options)
        return out.getvalue()

    def test_the_first_weeks_hold_in_the_record_and_the_roads_not_taken_are_named(self):
        with self.assertRaisesMessage(CommandError, "Roads that were never taken: ") as caught:
            self.run_command(days=20, render=0)
        self.assertIn("close out", str(caught.exception))
        self.assertNotIn("enter progress,", str(caught.exception))
        office = Office.objects.get(code="simulated")
        self.assertEqual(check_office(office).wrong, [])
        bodies = [
            json.loads(body) for body in LogEntry.objects.filter(office=office).values_list("body", flat=True)
        ]
        self.assertTrue(bodies and all(body["simulated"] for body in bodies))
        self.assertFalse(User.objects.filter(simulated=False).exists())

    def test_an_unknown_office_is_named(self):
        with self.assertRaisesMessage(CommandError, "no office with the code 'atlantis'"):
            self.run_command(office="atlantis")

    @pytest.mark.slow
    def test_a_year_takes_every_road_and_leaves_a_consistent_record(self):
        said = self.run_command()
        office = Office.objects.get(code="simulated")
        taken = roads.counted(office)
        self.assertEqual([road for road in taken if not taken[road]], [])
        done = set(LogEntry.objects.filter(office=office).values_list("act", flat=True))
        self.assertEqual(set(ACTS) - done, roads.APART)
        self.assertGreaterEqual(taken["months with a bulletin that a unit answered"], 2)
        self.assertEqual(check_office(office).wrong, [])
        self.assertIn("acts of", said)
        measures = Measure.objects.filter(office=office)
        self.assertFalse(measures.filter(state=MeasureState.DRAFT).exists())
        for measure in measures.select_related("plan"):
            before = measure.next_due_on
            measure.refresh_next_due(measure.checkpoints.all())
            self.assertEqual(measure.next_due_on, before, measure.number)
