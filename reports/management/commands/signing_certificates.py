"""Show with which certificate each office signs its papers, or make one for trials."""

import os
import secrets
from pathlib import Path

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError
from django.utils import translation

from permissions.models import Office
from reports import certificates
from reports.checks import fault


class Command(BaseCommand):
    help = (
        "Show which office signs with which certificate, its holder and validity; exit 1 if one cannot sign, or soon "
        "will not."
    )
    requires_system_checks = ()

    def add_arguments(self, parser):
        parser.add_argument("--make-trial", metavar="CODE", help="make a self-signed one for this office")
        parser.add_argument("--days", type=int, default=365, help="how long the trial one holds")

    def handle(self, *, make_trial, days, **options):
        if not settings.XIAOHAO_SIGNING_DIR:
            raise CommandError(
                "No office signs with a certificate: XIAOHAO_SIGNING_DIR names no folder. See README, Certificates."
            )
        if make_trial:
            self._make(make_trial, days)
        with translation.override("en"):
            faults = [self._show(code) for code in certificates.codes()]
        if any(faults):
            raise CommandError("Not every office that signs has a certificate that holds; see above.")

    def _show(self, code):
        wrong = fault(code)
        try:
            facts = certificates.certificate_of(code).facts()
        except certificates.Unusable:
            self.stdout.write(f"{code}\t{wrong}")
            return wrong
        self.stdout.write(
            f"{code}\t{facts['holder']}\tby {facts['issuer']}\t"
            f"{facts['valid_from'][:10]} to {facts['valid_until'][:10]}\tSHA-256 {facts['certificate']}"
        )
        if wrong:
            self.stdout.write(f"\t{wrong}")
        return wrong

    def _make(self, code, days):
        office = Office.objects.filter(code=code).first()
        if office is None:
            raise CommandError(f"There is no office with the code {code}.")
        path = certificates.path_of(code)
        if path.exists():
            raise CommandError(f"{path} is there already; take it away first.")
        passphrase = secrets.token_urlsafe(24)
        made = certificates.make_trial(code, office.name, passphrase=passphrase, days=days)
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        _write_private(path, made)
        _write_private(path.with_suffix(".pass"), passphrase.encode())
        self.stdout.write(f"{path} is made, for trials only: nobody but its holder vouches for it.")


def _write_private(path: Path, content: bytes):
    """For its owner alone from the first byte on."""
    with open(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
        file.write(content)
