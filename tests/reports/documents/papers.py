"""Papers rendered once per test process: one costs seconds."""

import functools

from reports.documents.pdf import render_monthly_report
from tests.reports.documents import sample


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
