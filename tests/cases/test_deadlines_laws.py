"""What must hold of any measure, whatever its dates and events."""

from dataclasses import replace
from datetime import date, timedelta

from django.test import SimpleTestCase
from hypothesis import assume, given
from hypothesis import strategies as st

from cases import deadlines
from cases.deadlines import LADDER, CheckpointDates, Event, EventKind
from cases.states import OPEN_STATES, Light, MeasureState

K = EventKind
ISSUED = date(2026, 1, 15)
WORSE = {Light.GREEN: 0, Light.YELLOW: 1, Light.RED: 2}
DAYS = st.dates(date(2025, 12, 1), date(2027, 3, 31))
PLANS = st.lists(DAYS, max_size=4, unique=True)
YELLOW = st.integers(0, 10)


@st.composite
def lives(draw, kinds=tuple(K)):
    """(dates of the plan, events): events name its dates, each other's new dates, or a date that never stood."""
    dates = draw(PLANS)
    named = st.sampled_from([*dates, date(2026, 2, 28)])
    event = st.builds(Event, st.sampled_from(kinds), DAYS, due_on=named, new_due_on=DAYS)
    return dates, draw(st.lists(event, max_size=6))


def at(dates, events, today, yellow=5):
    return deadlines.standing_on(dates, events, today=today, issued_on=ISSUED, yellow_workdays=yellow)


class ExtensionTests(SimpleTestCase):
    @given(lives(), st.data(), DAYS)
    def test_an_extension_never_erases_what_is_late_on_the_original_date(self, life, data, today):
        dates, events = life
        assume(dates)
        due = data.draw(st.sampled_from(dates))
        granted = Event(
            K.EXTENDED, data.draw(DAYS), due, due + timedelta(days=data.draw(st.integers(1, 400)))
        )
        place = data.draw(st.integers(0, len(events)))
        before, after = (
            at(dates, events, today),
            at(dates, [*events[:place], granted, *events[place:]], today),
        )
        same = (
            "days_late_on_original",
            "is_born_overdue",
            "is_completed",
            "is_undated",
            "awaits_confirmation",
        )
        for name in same:
            self.assertEqual(getattr(after, name), getattr(before, name), name)

    @given(lives(), DAYS)
    def test_original_dates_are_those_of_the_plan_and_its_amendments(self, life, today):
        dates, events = life
        found = deadlines.replay(dates, events, today=today)
        amended = {event.new_due_on for event in events if event.kind == K.SUPERSEDED}
        self.assertLessEqual({c.original_due_on for c in found.checkpoints}, {*dates, *amended})

    @given(lives(kinds=(K.REPORTED, K.MET, K.CLOSED, K.REOPENED, K.FOLLOWED_UP)), DAYS)
    def test_without_extensions_both_counts_are_the_same(self, life, today):
        found = at(*life, today)
        self.assertEqual(found.days_late, found.days_late_on_original)


class UndatedTests(SimpleTestCase):
    """长期坚持 alone."""

    @given(st.lists(st.builds(Event, st.sampled_from(sorted({*K} - {K.SUPERSEDED})), DAYS, DAYS, DAYS)), DAYS)
    def test_is_never_overdue_whatever_happens(self, events, today):
        found = at([], events, today)
        self.assertEqual((found.light, found.days_late, found.days_late_on_original), (Light.NONE, 0, 0))
        self.assertEqual((found.next_due_on, found.is_on_schedule, found.is_undated), (None, True, True))
        self.assertFalse(found.is_completed)


class UnrelatedEventTests(SimpleTestCase):
    @given(lives(), st.data(), DAYS)
    def test_changes_nothing(self, life, data, today):
        dates, events = life
        strange = date(2028, 2, 29)
        tomorrow = today + timedelta(days=1)
        event = data.draw(
            st.one_of(
                st.builds(
                    Event, st.sampled_from([K.REPORTED, K.MET, K.EXTENDED]), DAYS, st.just(strange), DAYS
                ),
                st.builds(Event, st.just(K.FOLLOWED_UP), DAYS),
                st.builds(
                    Event,
                    st.sampled_from(list(K)),
                    st.just(tomorrow),
                    st.sampled_from([*dates, strange]),
                    DAYS,
                ),
            )
        )
        place = data.draw(st.integers(0, len(events)))
        self.assertEqual(
            at(dates, [*events[:place], event, *events[place:]], today), at(dates, events, today)
        )

    @given(lives(), DAYS, st.randoms(use_true_random=False))
    def test_the_order_in_which_days_are_told_does_not_matter(self, life, today, random):
        dates, events = life
        assume(len({event.on for event in events}) == len(events))
        shuffled = random.sample(events, len(events))
        self.assertEqual(at(random.sample(dates, len(dates)), shuffled, today), at(dates, events, today))


class TimeTests(SimpleTestCase):
    @given(PLANS, DAYS, st.integers(0, 200), YELLOW)
    def test_without_events_lights_only_get_worse(self, dates, today, later, yellow):
        first, then = at(dates, [], today, yellow), at(dates, [], today + timedelta(days=later), yellow)
        self.assertEqual(first.next_due_on, then.next_due_on)
        if first.next_due_on is None:
            self.assertEqual((first.light, then.light), (Light.NONE, Light.NONE))
            return
        self.assertLessEqual(WORSE[first.light], WORSE[then.light])
        self.assertEqual(first.days_left - then.days_left, later)
        self.assertGreaterEqual(first.workdays_left, then.workdays_left)
        self.assertLessEqual(first.days_late, then.days_late)
        self.assertGreaterEqual(first.is_on_schedule, then.is_on_schedule)

    @given(lives(), DAYS, st.integers(0, 200), YELLOW)
    def test_a_past_day_looks_as_it_did(self, life, today, later, yellow):
        """What happens later never changes how a day that is over was seen."""
        dates, events = life
        known = [event for event in events if event.on <= today]
        self.assertEqual(at(dates, events, today, yellow), at(dates, known, today, yellow))

    @given(lives(), DAYS, YELLOW)
    def test_red_overdue_and_days_left_are_one_thing(self, life, today, yellow):
        found = at(*life, today, yellow)
        self.assertEqual(found.light == Light.RED, found.is_overdue)
        self.assertEqual(found.is_overdue, found.days_left is not None and found.days_left < 0)
        self.assertEqual(found.light == Light.NONE, found.next_due_on is None)
        if found.is_overdue:
            self.assertFalse(found.is_on_schedule)
            self.assertFalse(found.is_completed)
            self.assertEqual(found.days_late, -found.days_left)

    @given(PLANS, DAYS, st.sampled_from(sorted(set(MeasureState) - set(OPEN_STATES))))
    def test_nothing_is_due_unless_the_measure_is_open(self, dates, today, state):
        rows = [CheckpointDates(day, day) for day in dates]
        found = deadlines.standing(state, rows, today=today, issued_on=ISSUED, yellow_workdays=5)
        self.assertEqual((found.light, found.next_due_on, found.days_late), (Light.NONE, None, 0))
        self.assertFalse(found.is_overdue_on_original)

    @given(st.dates(date(2025, 1, 1), date(2026, 1, 14)), DAYS)
    def test_a_date_before_the_issue_is_never_blamed(self, born, today):
        found = at([born], [], today)
        self.assertTrue(found.is_born_overdue)
        self.assertEqual((found.days_late, found.days_late_on_original), (0, 0))
        self.assertTrue(found.is_on_schedule)


class LadderTests(SimpleTestCase):
    LADDERS = st.lists(st.integers(-40, 40), max_size=8)

    @given(DAYS, LADDERS, DAYS, st.integers(0, 60), st.booleans())
    def test_rungs_never_repeat_and_only_grow(self, due, ladder, today, later, workdays):
        def passed(day):
            return deadlines.rungs_due(due, ladder, today=day, met=False, in_workdays=workdays)

        first, then = passed(today), passed(today + timedelta(days=later))
        self.assertEqual(len({rung.days for rung in then}), len(then))
        self.assertEqual(
            [replace(rung, is_latest=False) for rung in first],
            [replace(rung, is_latest=False) for rung in then[: len(first)]],
        )
        self.assertEqual([rung.is_latest for rung in then], [False] * (len(then) - 1) + [True] * bool(then))
        self.assertEqual(sorted(then, key=lambda rung: rung.on), list(then))

    @given(DAYS, DAYS)
    def test_a_job_that_runs_daily_and_one_that_slept_see_the_same_rungs(self, due, today):
        seen = set()
        for back in range(60, -1, -1):
            day = today - timedelta(days=back)
            seen |= {rung.days for rung in deadlines.rungs_due(due, today=day, met=False)}
        self.assertEqual(seen, {rung.days for rung in deadlines.rungs_due(due, today=today, met=False)})

    def test_steps_are_calendar_days_unless_asked_otherwise(self):
        due = date(2026, 10, 12)
        found = deadlines.rungs_due(due, [-7], today=due, met=False)
        self.assertEqual([rung.on for rung in found], [date(2026, 10, 5)])

    @given(DAYS, DAYS, st.booleans())
    def test_a_met_checkpoint_has_no_ladder(self, due, today, workdays):
        self.assertEqual(deadlines.rungs_due(due, LADDER, today=today, met=True, in_workdays=workdays), ())


class FollowUpTests(SimpleTestCase):
    ENDS = st.none() | DAYS

    @given(DAYS, st.integers(1, 6), st.dictionaries(st.integers(1, 8), DAYS), DAYS, ENDS)
    def test_every_date_is_told_once_and_in_order(self, closed, months, records, today, ends):
        done = {deadlines.add_months(closed, months * number): day for number, day in records.items()}
        found = deadlines.follow_ups(closed, months=months, today=today, done=done, ends_on=ends)
        told = [row.due_on for row in found.past] + [found.next_due_on] * (found.next_due_on is not None)
        self.assertEqual(told, [deadlines.add_months(closed, months * n) for n in range(1, len(told) + 1)])
        until = max([*told, today])
        dates = deadlines.follow_up_dates(closed, months=months, until=until, ends_on=ends)
        self.assertEqual(dates, told)
        for row in found.past:
            self.assertEqual(row.done_on, done.get(row.due_on) if not row.is_missed else None)
            self.assertTrue(row.due_on < today if row.is_missed else row.done_on <= today)
        if found.next_due_on:
            self.assertGreaterEqual(found.next_due_on, today)

    @given(DAYS, st.integers(1, 6), DAYS, ENDS)
    def test_a_record_for_the_date_named_settles_it(self, closed, months, today, ends):
        before = deadlines.follow_ups(closed, months=months, today=today, ends_on=ends)
        assume(before.to_record_on)
        done = {before.to_record_on: today}
        after = deadlines.follow_ups(closed, months=months, today=today, done=done, ends_on=ends)
        self.assertIn(deadlines.FollowUp(before.to_record_on, today), after.past)
        self.assertNotEqual(after.to_record_on, before.to_record_on)

    def test_a_cadence_of_no_months_is_a_mistake_of_the_caller(self):
        with self.assertRaises(ValueError):
            deadlines.follow_ups(ISSUED, months=0, today=ISSUED)
