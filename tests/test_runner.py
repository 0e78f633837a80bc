"""What tests/conftest.py promises to every other test."""

import socket

import pytest
from django.conf import settings
from django.db import connection
from django.test import SimpleTestCase, TransactionTestCase

from cases import triggers
from tests.conftest import may_touch_database


class RunnerTests(SimpleTestCase):
    def test_a_test_cannot_reach_the_network(self):
        # An address reserved for documentation; the guard answers before anything is sent.
        refused = pytest.raises(pytest.fail.Exception, match="reached for the network")
        with socket.socket() as sock, refused:
            sock.connect(("192.0.2.1", 80))

    def test_files_go_to_a_folder_of_this_process(self):
        self.assertIn("xiaohao-test-", str(settings.DATA_DIR))
        self.assertTrue(settings.DATA_DIR.is_dir())


class FlushTests(TransactionTestCase):
    def test_the_log_is_guarded_again_after_a_flush(self):
        self._fixture_teardown()
        self.assertEqual(triggers.present(connection), set(triggers.NAMES))


def test_only_what_cannot_touch_the_database_is_left_out_of_its_stage(request):
    """This very function has no connection; the classes above say what they have."""
    assert not may_touch_database(request.node)
    for item in request.session.items:
        if item.cls in (RunnerTests, FlushTests):
            assert may_touch_database(item) == (item.cls is FlushTests)
