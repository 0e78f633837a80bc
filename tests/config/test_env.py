"""The readers of environment variables: what they accept, and what they say about the rest."""

import os
from pathlib import Path
from unittest import TestCase
from unittest.mock import patch

from django.core.exceptions import ImproperlyConfigured

from config import env


class ReaderTests(TestCase):
    def given(self, value):
        return patch.dict(os.environ, {"XIAOHAO_TRIED": value})

    def test_flags(self):
        for value, expected in [("1", True), ("yes", True), ("ON", True), ("0", False), ("no", False)]:
            with self.subTest(value), self.given(value):
                self.assertIs(env.flag("XIAOHAO_TRIED", not expected), expected)

    def test_a_variable_set_to_nothing_counts_as_not_set(self):
        with self.given(" "):
            self.assertEqual(env.text("XIAOHAO_TRIED", "default"), "default")
            self.assertIs(env.flag("XIAOHAO_TRIED", True), True)
            self.assertEqual(env.number("XIAOHAO_TRIED", 7), 7)

    def test_hours(self):
        for value, start, until in [("20:00-08:00", "20:00", "08:00"), ("0", "00:00", "00:00")]:
            with self.subTest(value), self.given(value):
                self.assertEqual(env.hours("XIAOHAO_TRIED", "12:00-13:00"), {"from": start, "to": until})

    def test_a_wrong_value_is_refused_by_name_and_with_the_cure(self):
        table = [
            (env.flag, "maybe", {}, "Set it to 1 or 0"),
            (env.number, "many", {"default": 1}, "not a whole number"),
            (env.number, "0", {"default": 1, "least": 1}, "at least 1"),
            (env.choice, "PERHAPS", {"default": "FLAG", "of": ("FLAG", "REFUSE")}, "none of FLAG, REFUSE"),
            (env.time_of_day, "8.30", {"default": "08:30"}, "Write it as 08:30"),
            (env.hours, "evening", {"default": "0"}, "Write it as 20:00-08:00"),
            (env.hours, "20:00-25:00", {"default": "0"}, "Write it as 20:00-08:00"),
            (env.database, "mysql://host/name", {"default": ""}, "postgresql://USER:PASSWORD@HOST:PORT/NAME"),
            (env.database, "postgresql://host:port/name", {"default": ""}, "HOST:5432"),
        ]
        for reader, value, arguments, cure in table:
            with self.subTest(value), self.given(value), self.assertRaises(ImproperlyConfigured) as caught:
                reader("XIAOHAO_TRIED", **arguments)
            self.assertIn("XIAOHAO_TRIED", str(caught.exception))
            self.assertIn(cure, str(caught.exception))

    def test_words_are_split_at_commas(self):
        with self.given("a.example, b.example,"):
            self.assertEqual(env.words("XIAOHAO_TRIED"), ["a.example", "b.example"])


class DatabaseTests(TestCase):
    def read(self, url):
        with patch.dict(os.environ, {"XIAOHAO_TRIED": url}):
            return env.database("XIAOHAO_TRIED", "")

    def test_sqlite(self):
        for url in ("sqlite:////srv/a%20b/db.sqlite3", "sqlite:///srv/a%20b/db.sqlite3"):
            with self.subTest(url):
                self.assertEqual(self.read(url)["NAME"], Path("/srv/a b/db.sqlite3"))

    def test_sqlite_keeps_writers_apart_and_acknowledged_commits(self):
        options = self.read("sqlite:////srv/db.sqlite3")["OPTIONS"]
        self.assertEqual(options["transaction_mode"], "IMMEDIATE")
        self.assertIn("synchronous=FULL", options["init_command"])

    def test_postgresql(self):
        read = self.read("postgresql://user:p%40ss@db.example:6432/xiaohao")
        found = {key: read[key] for key in ("NAME", "USER", "PASSWORD", "HOST", "PORT")}
        self.assertEqual(
            found,
            {"NAME": "xiaohao", "USER": "user", "PASSWORD": "p@ss", "HOST": "db.example", "PORT": "6432"},
        )
