"""An installation with its triggers in place takes the migrations of a later version."""

import pytest
from django.core.management import call_command
from django.db import connection
from django.test import TransactionTestCase

from cases import triggers


@pytest.mark.slow
class UpgradeTests(TransactionTestCase):
    """SQLite refuses to remake a table that a trigger speaks of; a new database, without any, would not notice."""

    def test_the_place_of_a_measure_goes_back_and_forth(self):
        self.addCleanup(call_command, "migrate", verbosity=0)
        for step in (["cases", "0009"], []):
            call_command("migrate", *step, verbosity=0)
            self.assertEqual(triggers.present(connection), set(triggers.NAMES))
