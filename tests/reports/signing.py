"""Offices that sign with a certificate, and papers small enough to be signed a hundred times."""

import functools
import sys
import tempfile
from contextlib import contextmanager
from datetime import datetime
from io import BytesIO
from pathlib import Path
from unittest import mock

import pydyf
from django.test import override_settings

from permissions import clock
from reports import certificates
from reports.documents import safely

PASSPHRASE = "清河-2026"
HOLDER = "清河县整改办（试用）"
FIRST_DAY, DAYS = datetime(2026, 1, 1), 365
IN_TIME = datetime(2026, 11, 20, 9)

# Writes one and the same PDF for every paper, and anything for the other files.
PRINTER = """
import json, sys
order = json.load(open(sys.argv[1] + "/order.json"))
for paper in order["papers"]:
    open(sys.argv[1] + "/" + paper["name"], "wb").write({small!r} if "pdf" in paper["name"] else b"PK")
    print(json.dumps({{"name": paper["name"], "share": 1}}), flush=True)
"""


@functools.cache
def trial(holder=HOLDER, first_day=FIRST_DAY) -> bytes:
    """A certificate that holds for a year, usually 2026. Made once: its key takes a while."""
    with clock.at(first_day):
        return certificates.make_trial("office", holder, passphrase=PASSPHRASE, days=DAYS)


@contextmanager
def signing(*codes, offices=(), made=None):
    """A folder with a certificate for each office; gives the folder."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        for code in codes:
            (folder / f"{code}.p12").write_bytes(made or trial())
        with override_settings(
            XIAOHAO_SIGNING_DIR=name,
            XIAOHAO_SIGNING_OFFICES=list(offices),
            XIAOHAO_SIGNING_PASSPHRASE=PASSPHRASE,
        ):
            yield folder


@functools.cache
def small_pdf(text="x") -> bytes:
    """A whole PDF of one empty page; what is after ``text`` is its author."""
    document = pydyf.PDF()
    document.info["Author"] = pydyf.String(text)
    document.add_page(
        pydyf.Dictionary(
            {"Type": "/Page", "Parent": document.pages.reference, "MediaBox": pydyf.Array([0, 0, 595, 842])}
        )
    )
    output = BytesIO()
    document.write(output)
    return output.getvalue()


def printing(small):
    """A printer of its own process, as the real one."""
    return mock.patch.object(safely, "COMMAND", [sys.executable, "-c", PRINTER.format(small=small)])
