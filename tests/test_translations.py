"""Every sentence has its Chinese, and nothing else is in the catalogue."""

import re
from unittest import TestCase

from config import catalogue

CHINESE = re.compile(r"[\u3400-\u9fff]")
LATIN = re.compile(r"[A-Za-z]")


class CatalogueTests(TestCase):
    maxDiff = None

    def test_no_entry_is_missing_empty_fuzzy_or_stale(self):
        found = catalogue.problems()
        if found:
            self.fail(f"{len(found)} faults, bin/messages check names all:\n" + "\n".join(found[:20]))

    def test_keys_are_english(self):
        """A Chinese term may be quoted in a sentence, but a key in Chinese has no English to switch to."""
        keys = [str(message.id) for message in catalogue.extract() if message.id]
        chinese = [key for key in keys if len(CHINESE.findall(key)) > len(LATIN.findall(key)) / 2]
        self.assertEqual(chinese, [])

    def test_faults_are_recognised(self):
        message = catalogue.Message
        table = [
            ("empty", message("Close out", string="")),
            ("fuzzy", message("Close out", string="销号", flags=["fuzzy"])),
            ("placeholder of the English sentence lost", message("%(name)s signed", string="已签")),
            (
                "placeholder that the English sentence does not have",
                message("Signed by %(name)s", string="%(who)s 已签"),
            ),
        ]
        for fault, entry in table:
            with self.subTest(fault):
                self.assertIn(fault, list(catalogue._faults(entry, stale=False)))
