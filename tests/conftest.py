"""What holds for every test: a fast hasher, no network, and a log that only its own flush may empty."""

import ipaddress
import socket
from contextlib import ExitStack

import hypothesis
import pytest
from django.conf import settings
from django.db import connections
from django.test import TransactionTestCase
from django.utils import translation

_connect = socket.socket.connect
_connect_ex = socket.socket.connect_ex
_flush = TransactionTestCase._fixture_teardown


def pytest_configure():
    # A busy machine is no fault of the example that it met.
    hypothesis.settings.register_profile("untimed", deadline=None)
    hypothesis.settings.load_profile("untimed")
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
    socket.socket.connect = _guarded(_connect)
    socket.socket.connect_ex = _guarded(_connect_ex)
    TransactionTestCase._fixture_teardown = _flush_with_log


def pytest_addoption(parser):
    parser.addoption(
        "--database-only", action="store_true", help="leave out the tests that cannot touch the database"
    )


def pytest_collection_modifyitems(config, items):
    if not config.getoption("--database-only"):
        return
    kept = [item for item in items if may_touch_database(item)]
    config.hook.pytest_deselected(items=[item for item in items if not may_touch_database(item)])
    items[:] = kept


def may_touch_database(item):
    """Everywhere else Django and pytest-django refuse a connection."""
    test_case = item.cls is not None and issubclass(item.cls, TransactionTestCase)
    return test_case or item.get_closest_marker("django_db") or "db" in item.fixturenames


def pytest_unconfigure():
    socket.socket.connect = _connect
    socket.socket.connect_ex = _connect_ex
    TransactionTestCase._fixture_teardown = _flush


def _guarded(connect):
    def guarded(sock, address):
        if sock.family in (socket.AF_INET, socket.AF_INET6) and not _is_local(address[0]):
            pytest.fail(f"A test reached for the network: {address[0]}:{address[1]}", pytrace=True)
        return connect(sock, address)

    return guarded


def _is_local(host: str) -> bool:
    if host in ("", "localhost"):
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def _flush_with_log(self):
    """Empty the tables after a test that really committed; nothing else may empty the log."""
    # Inside the function: pytest loads this file before Django is ready for anything of ours.
    from cases import triggers

    with ExitStack() as stack:
        for connection in connections.all():
            stack.enter_context(triggers.lifted(connection))
        _flush(self)


@pytest.fixture(autouse=True)
def _english():
    """Rules are compared with the English sentences of the code; pages still answer in the county's language."""
    with translation.override("en"):
        yield
