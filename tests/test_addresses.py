"""What anybody may write behind an address: every question that any page reads, with answers that fit nothing.

The questions are not listed here: a first visit to each page records which ones it asks.
"""

from unittest import mock
from urllib.parse import urlencode

import pytest
from django.http import QueryDict
from django.test import SimpleTestCase, TestCase
from django.urls import reverse

from cases.digits import LARGEST, whole
from permissions import clock
from tests.test_access_matrix import NOON, TABLE, World

LONGEST = "9" * 4301  # from here on Python makes no number of digits but an error
# Too long for the databases; a digit that is none; no text; days from which none can be counted.
ODD = ("9" * 30, "²", "\0", "-1", "0001-01-01", "9999-12-31")
# Pages that ask nothing before one of these is answered.
FIRST = {
    "workflows:bulk": "act=reassign&row=1",
    "workflows:import_edit": "do=set_measure:1",
    "reports:figure": "of=total",
    "reports:bulletin_figure": "of=total",
}
# No page, or printed anew at each visit.
LEFT_OUT = {"permissions:logout", "workflows:specimen", "workflows:specimen_picture"}
PAGES = {name for name, row in TABLE.items() if not row.post} - LEFT_OUT
# Where most is asked; the slow test visits all the others.
ASKING = FIRST.keys() | {
    "cases:ledger",
    "workflows:board",
    "workflows:supervision",
    "workflows:feedback_list",
}


class Recording(QueryDict):
    """Remembers which questions were read."""

    read: set = set()

    def __getitem__(self, name):
        self.read.add(name)
        return super().__getitem__(name)

    def __contains__(self, name):
        self.read.add(name)
        return super().__contains__(name)

    def getlist(self, name, default=None):
        self.read.add(name)
        return super().getlist(name, default)


def odd_answers(names):
    """[{question: answer}]: the longest number to each alone, then each of the others once, to all in turn."""
    yield from ({name: LONGEST} for name in names)
    for start in range(0, len(ODD) if names else 0, len(names) or 1):
        yield dict(zip(names, (ODD * 4)[start:], strict=False))


class AddressTests(TestCase):
    @classmethod
    def setUpTestData(cls):
        with clock.at(NOON):
            cls.world = World()

    def setUp(self):
        self.enterContext(clock.at(NOON))

    def visit(self, name, questions):
        row = TABLE[name]
        url = reverse(name, args=[getattr(self.world, row.subject).pk] if row.subject else [])
        response = self.client.get(f"{url}?{questions}")
        if response.streaming:
            list(response)  # read to its end, or the file stays open
        self.assertLess(response.status_code, 500)

    def read_by(self, name):
        """Names of the questions that the page reads."""
        Recording.read = set()
        with mock.patch("django.core.handlers.wsgi.QueryDict", Recording):
            self.visit(name, FIRST.get(name, ""))
        return sorted(Recording.read)

    def walk(self, names):
        """Every question of these pages, answered oddly: {name: questions}."""
        asked = {}
        for name in sorted(names, key=lambda name: TABLE[name].may):  # each person signs in once
            self.client.force_login(self.world.people[TABLE[name].may[0]])
            asked[name] = self.read_by(name)
            first = dict(QueryDict(FIRST.get(name, "")).items())
            for odd in odd_answers(asked[name]):
                with self.subTest(name, odd=str(odd)[:60]):
                    self.visit(name, urlencode({**first, **odd}))
        return asked

    def test_no_question_makes_a_list_fall(self):
        asked = self.walk(ASKING)
        self.assertLess({"page", "plan", "problem", "q", "due"}, set(asked["cases:ledger"]))
        self.assertIn("unit", asked["reports:bulletin_figure"])
        self.assertIn("row", asked["workflows:bulk"])

    @pytest.mark.slow
    def test_no_question_makes_any_other_page_fall(self):
        asked = self.walk(PAGES - ASKING)
        self.assertIn("checkpoint", asked["workflows:confirm_checkpoint"])


class WholeTests(SimpleTestCase):
    def test_only_digits_that_fit_are_a_number(self):
        for text, number in (
            ("0", 0),
            ("０12", 12),
            (str(LARGEST), LARGEST),
            (str(LARGEST + 1), None),
            (LONGEST, None),
            ("", None),
            ("-1", None),
            ("²", None),
            ("1.0", None),
        ):
            with self.subTest(text[:30]):
                self.assertEqual(whole(text), number)
        self.assertEqual([whole("20", 20), whole("21", 20)], [20, None])
