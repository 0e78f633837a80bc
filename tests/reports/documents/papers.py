"""Papers rendered once per test process: one costs seconds. Run as a program: writes some for bin/verapdf."""

import functools
import sys
from pathlib import Path

from reports.documents.pdf import INTERNAL, render_monthly_report
from tests.reports.documents import sample

MANY = 1600  # rows: more than 300 pages


@functools.cache
def issued() -> bytes:
    return render_monthly_report(sample.snapshot(), sample.issue())


@functools.cache
def draft() -> bytes:
    """A short draft of a month in which nothing was filed yet."""
    data = sample.snapshot()
    data["ledger"], data["by_unit"], data["filings"] = data["ledger"][:6], data["by_unit"][:3], []
    data["texts"]["progress"] = []
    return render_monthly_report(data, {}, draft=True)


def main(report, internal, long):
    Path(report).write_bytes(issued())
    Path(internal).write_bytes(render_monthly_report(sample.snapshot(), sample.issue(), edition=INTERNAL))
    data = sample.long_report(MANY)
    Path(long).write_bytes(render_monthly_report(data, sample.issue(data)))


if __name__ == "__main__":
    import django

    django.setup()
    main(*sys.argv[1:])
