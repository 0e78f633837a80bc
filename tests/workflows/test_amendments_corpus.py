"""Later versions of real documents: what was changed in them is what the comparison says, no more and no less.

``PLAN_DOCUMENTS`` names the folder of the documents; without it nothing is tested here.
"""

import json
import os
import re
from datetime import date, datetime
from pathlib import Path
from unittest import skipUnless

from django.test import TestCase
from django.utils import translation

from cases.errors import Stale
from cases.intake.proposal import Proposal
from cases.intake.units import accept
from cases.models import Checkpoint, LogEntry, Plan, PlanRevision
from cases.states import MeasureState
from permissions import clock
from permissions.models import Role
from tests.factories import make_evidence, make_office, make_person, make_progress
from tests.workflows.test_import import accepted, read
from workflows.amendment import Comparison
from workflows.differences import rows_of
from workflows.door import perform

S = MeasureState
CORPUS = Path(os.environ.get("PLAN_DOCUMENTS") or "nowhere")
LABEL = re.compile(r"(\D*?)(\d+|[一二三四五六七八九十]+)([)）.．、]*)")
DIGITS = "一二三四五六七八九十"
BRACKETS = "〕）)】]"
NEW_UNIT, NEW_TEXT = "市档案馆", "逐项整理归档材料并编制目录，由专人负责保管和利用。"
DAY = date(2031, 9, 30)


class LaterVersion:
    """The text of a document with one change of each kind in it. ``changed``: {kind: place of the measure}."""

    def __init__(self, proposal):
        self.proposal, self.edits, self.changed, self.renumbered = proposal, [], {}, set()
        self.measures = proposal.measures
        home = {id(m): problem.number for problem in proposal.problems for m in problem.measures}
        self.groups = [(home[id(m)], m.group_lead, m.label.rpartition("（")[0]) for m in self.measures]
        self.used = set()
        self._swap()
        self._add()
        self._drop()
        self._edit("TEXT", lambda m: "。" in m.text[20:], self._reword)
        self._edit("UNITS", lambda m: m.responsible_units and m.raw_bracket, self._rename_unit)
        self._edit("DATES", lambda m: self._is_bracketed(m), self._move_date)

    @property
    def text(self):
        text = self.proposal.text
        for start, end, words in sorted(self.edits, reverse=True):
            text = text[:start] + words + text[end:]
        return text

    def _slice(self, measure):
        return self.proposal.text[measure.start : measure.end]

    def _is_bracketed(self, measure):
        return self._slice(measure)[-1] in BRACKETS and measure.raw_bracket

    def _stretch(self, length):
        """Places of the first unused measures that follow each other in one group, not at its very beginning."""
        for first in range(1, len(self.measures) - length + 1):
            places = range(first, first + length)
            group = {self.groups[place] for place in (first - 1, *places)}
            if len(group) == 1 and not self.used & set(places):
                self.used |= set(places)
                return list(places)
        raise AssertionError("no such measures")

    def _label(self, measure):
        return LABEL.match(self._slice(measure))

    def _swap(self):
        one, other = self._stretch(2)
        bodies = []
        for place in (one, other):
            measure = self.measures[place]
            begin = measure.start + self._label(measure).end()
            bodies.append((begin, measure.end, self.proposal.text[begin : measure.end]))
        self.edits += [(*bodies[0][:2], bodies[1][2]), (*bodies[1][:2], bodies[0][2])]
        self.renumbered |= {one, other}

    def _add(self):
        """Before a measure whose number, like those after it, goes up by one."""
        place = self._stretch(1)[0]
        measure, label = self.measures[place], self._label(self.measures[place])
        bracket = measure.raw_bracket or f"（责任单位：{NEW_UNIT}）"
        between = self.proposal.text[
            measure.start - 1
        ]  # a line of its own, or a blank where the document runs on
        self.edits.append((measure.start, measure.start, f"{label[0]}{NEW_TEXT}{bracket}{between}"))
        for later in range(place, len(self.measures)):
            if self.groups[later] != self.groups[place]:
                break
            self._bump(later)

    def _bump(self, place):
        measure, label = self.measures[place], self._label(self.measures[place])
        number = label[2]
        after = str(int(number) + 1) if number.isdecimal() else DIGITS[DIGITS.index(number) + 1]
        begin = measure.start + len(label[1])
        self.edits.append((begin, begin + len(number), after))
        self.renumbered.add(place)
        self.used.add(place)

    def _drop(self):
        place = self._stretch(1)[0]
        measure = self.measures[place]
        self.edits.append((measure.start, measure.end, ""))
        self.changed["GONE"] = place

    def _edit(self, kind, fits, change):
        free = (place for place in range(len(self.measures)) if place not in self.used)
        place = next(place for place in free if fits(self.measures[place]))
        self.used.add(place)
        self.changed[kind] = place
        change(self.measures[place])

    def _reword(self, measure):
        stop = self.proposal.text.index("。", measure.start + 20)
        self.edits.append((stop, stop, "，并逐项建立工作清单"))

    def _rename_unit(self, measure):
        unit = measure.responsible_units[-1]
        self.edits.append((unit.start, unit.end, NEW_UNIT))

    def _move_date(self, measure):
        words = f"{DAY.year}年{DAY.month}月{DAY.day}日"
        if measure.checkpoints:
            first = measure.checkpoints[0]
            self.edits.append((first.start, first.end, words))
        else:
            self.edits.append((measure.end - 1, measure.end - 1, f"；完成时限：{words}前"))


@skipUnless(CORPUS.is_dir(), "PLAN_DOCUMENTS is not set")
class CorpusTests(TestCase):
    def setUp(self):
        self.enterContext(translation.override("en"))
        self.enterContext(clock.at(datetime(2026, 6, 15, 9, 0)))

    def imported(self, path):
        """The document as an issued plan whose measures are all at work, with progress and evidence."""
        self.office = make_office()
        self.clerk, self.other = (make_person(Role.OFFICE_CLERK, self.office) for _ in range(2))
        draft = read(self.office, self.clerk, path.read_bytes(), path.name)
        nameless = {}
        plan = perform(
            draft.pk, "confirm_import", actor=self.clerk, units=accepted(draft), assigned=nameless
        ).subject
        perform(plan.pk, "issue_plan", actor=make_person(Role.OFFICE_HEAD, self.office))
        self.measures = list(plan.measures.order_by("order"))
        self.done = [make_progress(m) for m in self.measures] + [make_evidence(m) for m in self.measures]
        return plan, LaterVersion(Proposal.from_dict(draft.proposal))

    def amend(self, plan, text, actor):
        data = {"file_name": "修订.txt", "data": text.encode()}
        return perform(plan.pk, "read_amendment", actor=actor, **data).subject

    def compared(self, plan, draft):
        return Comparison(draft, Plan.objects.get(pk=plan.pk))

    def apply(self, draft, rows, actor, **data):
        found = self.compared(draft.amends, draft)
        data = {"accepted": rows, "units": accept(found.matches), **data}
        return perform(draft.pk, "apply_amendment", actor=actor, **data).subject

    def test_unchanged_it_says_nothing(self):
        for path in sorted(CORPUS.glob("*.txt")):
            plan, _later = self.imported(path)
            found = self.compared(plan, self.amend(plan, path.read_text(), self.clerk))
            with self.subTest(path.name):
                self.assertEqual(found.acceptable, [])
                self.assertFalse([c for c in found.changes if c.is_renumbered])

    def test_changed_it_says_exactly_that_and_is_applied_in_two_portions(self):
        for path in sorted(CORPUS.glob("*.txt")):
            plan, later = self.imported(path)
            with self.subTest(path.name):
                self.follow(plan, later)

    def follow(self, plan, later):
        rows = {kind: f"m{self.measures[place].pk}" for kind, place in later.changed.items()}
        first = self.amend(plan, later.text, self.clerk)
        second = self.amend(plan, later.text, self.other)
        found = self.compared(plan, first)
        [new] = [change for change in found.changes if change.kinds == ("NEW",)]
        self.assertEqual(
            {change.id: "+".join(change.kinds) for change in found.changes if change.kinds},
            {row: kind for kind, row in rows.items()} | {new.id: "NEW"},
        )
        self.assertEqual(
            {change.old.key for change in found.changes if change.is_renumbered},
            {self.measures[place].pk for place in later.renumbered},
        )
        self.assertEqual(new.new.text, NEW_TEXT)
        self.assertFalse([section for section in found.sections if section.is_reworded])
        self.assert_notes(found, rows)
        seen = plan.row_version
        self.apply(first, [rows["DATES"], rows["GONE"]], self.clerk)
        self.assert_first_portion(later, rows)
        self.assert_second_is_no_act(first)
        with self.assertRaises(Stale):  # the other clerk still looks at the plan as it was
            self.apply(second, [rows["TEXT"], rows["UNITS"], new.id], self.other, plan_version=seen)
        rest = self.compared(plan, second)
        self.assertEqual(set(rest.acceptable), {rows["TEXT"], rows["UNITS"], new.id})
        self.apply(second, rest.acceptable, self.other)
        self.assertEqual(self.compared(plan, self.amend(plan, later.text, self.clerk)).acceptable, [])
        self.assertEqual(plan.measures.count(), len(self.measures) + 1)
        for row in self.done:  # progress and evidence stay as they were
            self.assertTrue(type(row).objects.filter(pk=row.pk, measure=row.measure_id).exists())

    def assert_notes(self, found, rows):
        notes = {row["id"]: " ".join(row["notes"]) for s in rows_of(found, set()) for row in s["rows"]}
        self.assertIn("not an extension", notes[rows["DATES"]])
        self.assertIn("closes as withdrawn", notes[rows["GONE"]])

    def assert_first_portion(self, later, rows):
        moved, gone = (self.measures[later.changed[kind]] for kind in ("DATES", "GONE"))
        every = Checkpoint.with_superseded.filter(measure=moved)
        before = [c.due_on for c in later.measures[later.changed["DATES"]].checkpoints[:1]]
        self.assertEqual([c.due_on for c in every if c.superseded_on], before)
        self.assertEqual(every.get(due_on=DAY).original_due_on, DAY)
        gone.refresh_from_db()
        last = gone.trail.order_by("-sequence").first()
        self.assertEqual((gone.state, last.act), (S.WITHDRAWN, "withdraw"))
        reason = json.loads(last.body)["reason"]
        self.assertIn(gone.plan.title, reason)
        self.assertEqual(gone.rounds.get().close_out_note, reason)

    def assert_second_is_no_act(self, draft):
        before = (PlanRevision.objects.count(), LogEntry.objects.filter(measure__isnull=False).count())
        self.apply(draft, [], self.other)
        after = (PlanRevision.objects.count(), LogEntry.objects.filter(measure__isnull=False).count())
        self.assertEqual(after, before)
