"""A program that writes papers for bin/verapdf: printed, signed, internal, and one of more than 300 pages."""

import sys
from pathlib import Path

import django

MANY = 1600  # rows


def main(report, signed, internal, long):
    django.setup()
    # Only now: what follows needs the tables.
    from permissions import clock
    from reports import certificates, signatures
    from reports.documents.pdf import INTERNAL, render_monthly_report
    from tests.reports.documents import papers, sample
    from tests.reports.signing import IN_TIME, signing

    Path(report).write_bytes(papers.issued())
    with signing("qinghe"), clock.at(IN_TIME):
        certificate = certificates.certificate_of("qinghe")
        Path(signed).write_bytes(signatures.sign(papers.issued(), certificate, at=clock.now()))
    Path(internal).write_bytes(render_monthly_report(sample.snapshot(), sample.issue(), edition=INTERNAL))
    data = sample.long_report(MANY)
    Path(long).write_bytes(render_monthly_report(data, sample.issue(data)))


if __name__ == "__main__":
    main(*sys.argv[1:])
