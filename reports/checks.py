"""System check: whether every office that signs its papers can."""

from django.core.checks import Warning as CheckWarning
from django.db import DatabaseError
from django.utils import translation

from cases.presenters import short_date
from permissions import clock
from reports import certificates


def certificates_hold(app_configs, **kwargs):
    """Warn only: an office that cannot sign issues nothing, but everything else goes on. In English, as all checks."""
    try:
        codes = certificates.codes()
    except DatabaseError:
        return []  # before the first migrate there are no offices
    with translation.override("en"):
        found = ((code, fault(code)) for code in codes)
        return [
            CheckWarning(f"{code}: {wrong}", hint="See manage.py signing_certificates.", id="reports.W001")
            for code, wrong in found
            if wrong
        ]


def fault(code) -> str:
    """What is wrong with the certificate of an office, or will be soon."""
    try:
        certificate = certificates.certificate_of(code)
        certificate.expect_valid(clock.now())
    except certificates.Unusable as refused:
        return str(refused)
    if certificate.is_ending(clock.now()):
        last = short_date(clock.local(certificate.valid_until).date())
        return f"The office's certificate ({certificate.holder}) expires on {last}."
    return ""
