"""Real plans with labels, in the folder that PLAN_DOCUMENTS names. The invented plans cover the same rules."""

import importlib.util
import io
import json
import os
import unittest
from pathlib import Path

from docx import Document

from cases.intake import read_plan

from . import forms

FOLDER = os.environ.get("PLAN_DOCUMENTS")


def load_scorer():
    spec = importlib.util.spec_from_file_location("score", Path(FOLDER) / "score.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def read(name):
    path = Path(FOLDER) / f"{name}.txt"
    return read_plan(path.read_bytes(), path.name)


def expected(name):
    return json.loads((Path(FOLDER) / f"{name}.expected.json").read_text(encoding="utf-8"))


@unittest.skipUnless(FOLDER, "PLAN_DOCUMENTS is not set: the labelled plans were not read.")
class CorpusTests(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.names = sorted(path.name.split(".")[0] for path in Path(FOLDER).glob("*.expected.json"))
        cls.proposals = {name: read(name) for name in cls.names}

    def test_scores(self):
        scorer = load_scorer()
        for name, proposal in self.proposals.items():
            with self.subTest(name=name):
                found = scorer.score(proposal.to_json(), expected(name))
                matched, predicted, wanted = found["measures"]
                self.assertEqual((matched, predicted), (wanted, wanted))
                self.assertEqual(found["problems"][0], found["problems"][2])
                self.assertEqual(found["all_right"], wanted)
                self.assertEqual([key for key, right in found["header"].items() if not right], [])

    def test_counts_of_the_whole_plan(self):
        plan = self.proposals["anning-2021"]
        measures = plan.measures
        self.assertEqual((len(plan.problems), len(measures)), (12, 52))
        self.assertEqual(sum(len(item.checkpoints) for item in measures), 56)
        self.assertEqual(sum(item.long_term for item in measures), 46)
        self.assertEqual(sum(item.checkpoints[0].due_on < plan.issued_on for item in measures), 11)
        self.assertEqual(sum(len(item.lead_units) > 1 for item in measures), 1)
        self.assertEqual([remark.code for remark in plan.remarks], ["born_overdue"] * 11)

    def test_header_and_every_field_of_the_whole_plan(self):
        found, wanted = self.proposals["anning-2021"].to_json(), expected("anning-2021")
        for key in ("title", "issuer", "document_number", "issued_on", "kind", "stated_totals", "reporting"):
            self.assertEqual(found[key], wanted[key], key)
        for problem, labelled in zip(found["problems"], wanted["problems"], strict=True):
            for key in ("number", "label", "text", "sources"):
                self.assertEqual(problem[key], labelled[key])
            for measure, label in zip(problem["measures"], labelled["measures"], strict=True):
                for key in ("label", "text_start", "deadline_text", "raw_bracket"):
                    self.assertEqual(measure[key], label[key])
                self.assertEqual(measure["group_lead"], label.get("group_lead"))

    def test_passages(self):
        for name, proposal in self.proposals.items():
            with self.subTest(name=name):
                for measure in proposal.measures:
                    for item in [*measure.lead_units, *measure.responsible_units, *measure.checkpoints]:
                        self.assertEqual(proposal.text[item.start : item.end], item.printed)
                        self.assertTrue(measure.start <= item.start < item.end <= measure.end)

    def test_the_same_text_as_docx(self):
        for name, proposal in self.proposals.items():
            with self.subTest(name=name):
                document, buffer = Document(), io.BytesIO()
                for line in proposal.text.split("\n"):
                    document.add_paragraph(line)
                document.save(buffer)
                self.assertEqual(read_plan(buffer.getvalue(), f"{name}.docx").to_json(), proposal.to_json())

    def test_the_same_text_as_pdf(self):
        """With running heads, page numbers and wrapped lines."""
        for name, proposal in self.proposals.items():
            with self.subTest(name=name):
                found = read_plan(forms.as_pdf(forms.paragraphs(proposal.text)), f"{name}.pdf")
                self.assertEqual(forms.essence(found), forms.essence(proposal))
                for key in (
                    "title",
                    "issuer",
                    "document_number",
                    "issued_on",
                    "stated_totals",
                    "kind",
                    "reporting",
                ):
                    self.assertEqual(getattr(found, key), getattr(proposal, key), key)
