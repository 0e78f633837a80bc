"""Whole documents in forms of many offices are read as a person reads them, and every clause is accounted for."""

from unittest import TestCase

from cases.intake import read_plan
from cases.intake.accounting import accounting

from . import documents


class DocumentTests(TestCase):
    maxDiff = None

    def test_each_document(self):
        for name in documents.NAMES:
            with self.subTest(name=name):
                wanted = documents.expected(name)
                proposal = read_plan(documents.document(name), f"{name}.txt")
                self.assertEqual(documents.found(proposal, wanted), wanted)

    def test_every_clause_is_read_or_reported(self):
        for name in documents.NAMES:
            with self.subTest(name=name):
                proposal = read_plan(documents.document(name), f"{name}.txt")
                self.assertEqual(accounting(proposal), [])
                for remark in proposal.remarks:
                    self.assertTrue(str(remark))
