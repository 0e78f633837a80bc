"""What was changed can be taken back step by step, and done again."""

import json
from unittest import TestCase

from hypothesis import given, settings
from hypothesis import strategies as st

from cases.intake.cleaning import CannotEdit
from cases.intake.editing import edit
from cases.intake.history import KEPT, NothingToMove, applied, difference, edits_of, moved, recorded
from cases.intake.proposal import Proposal
from tests.cases.intake.test_editing import READ, STEPS

VALUES = st.recursive(
    st.none() | st.booleans() | st.integers(0, 3) | st.sampled_from("ab"),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.sampled_from("xyz"), inner, max_size=3),
    max_leaves=12,
)


def plain(proposal):
    return json.loads(json.dumps(proposal.to_dict()))


def without_edits(stored):
    return {name: value for name, value in stored.items() if name != "edits"}


def after(steps, stored):
    """What a draft keeps after these edits, and the readings on the way; refused ones leave it as it is."""
    readings = [without_edits(stored)]
    for operation, arguments in steps:
        proposal = Proposal.from_dict(stored)
        try:
            changed = edit(proposal, operation, **arguments)
        except CannotEdit:
            continue
        stored = json.loads(
            json.dumps(recorded(stored, plain(proposal), plain(changed), operation=operation))
        )
        if readings[-1] != without_edits(stored):
            readings.append(without_edits(stored))
    return stored, readings


class HistoryTests(TestCase):
    @settings(max_examples=80, deadline=None)
    @given(st.lists(STEPS, max_size=8))
    def test_all_steps_back_is_the_first_reading_and_all_forth_the_last(self, steps):
        stored, readings = after(steps, plain(READ))
        for back, way in ((True, readings[-2::-1]), (False, readings[1:])):
            for expected in way:
                stored, _step = moved(stored, without_edits(stored), back=back)
                self.assertEqual(without_edits(stored), expected)
            with self.assertRaises(NothingToMove):
                moved(stored, without_edits(stored), back=back)

    def test_a_new_edit_forgets_what_was_undone(self):
        stored, _ = after([("remove_measure", {"measure": 1})], plain(READ))
        stored, step = moved(stored, without_edits(stored), back=True)
        self.assertEqual(step["operation"], "remove_measure")
        stored, _ = after([("remove_measure", {"measure": 2})], stored)
        self.assertEqual([len(steps) for steps in edits_of(stored).values()], [1, 0])

    def test_an_edit_that_changes_nothing_is_no_step(self):
        first = READ.measures[0]
        stored, _ = after([("set_measure", {"measure": 1, "text": first.text})], plain(READ))
        self.assertEqual(edits_of(stored), {"done": [], "undone": []})

    def test_the_newest_are_kept_and_each_is_small_beside_the_text(self):
        texts = [("set_measure", {"measure": 1, "text": f"第{n}稿。"}) for n in range(KEPT + 5)]
        stored, readings = after(texts, plain(READ))
        done = edits_of(stored)["done"]
        self.assertEqual(len(done), KEPT)
        self.assertLess(max(len(json.dumps(step)) for step in done), 400)
        self.assertEqual(moved(stored, readings[-1], back=True)[0]["problems"], readings[-2]["problems"])

    def test_a_problem_added_before_others_is_a_small_step(self):
        stored, _ = after([("add_problem", {"after": 1, "label": "新", "text": "新问题。"})], plain(READ))
        self.assertLess(len(json.dumps(edits_of(stored)["done"][0])), 200)
        back, _step = moved(stored, without_edits(stored), back=True)
        self.assertEqual(without_edits(back), plain(READ))

    def test_a_step_that_does_not_fit_the_reading_is_refused(self):
        stored, _ = after([("set_measure", {"measure": 3, "text": "新。"})], plain(READ))
        with self.assertRaises(NothingToMove):
            moved(stored, without_edits(stored) | {"problems": []}, back=True)

    @given(VALUES, VALUES)
    def test_a_difference_leads_from_the_one_to_the_other(self, one, other):
        found = difference(one, other)
        self.assertEqual(found is None, one == other)
        if found is not None:
            self.assertEqual(applied(json.loads(json.dumps(found)), one), other)
