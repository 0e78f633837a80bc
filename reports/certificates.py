"""The certificates with which offices sign their papers: one PKCS#12 file for each, in a folder outside the database.

``XIAOHAO_SIGNING_DIR`` names the folder; without it nobody signs. There an office with the code ``qinghe`` has the
file ``qinghe.p12`` and its passphrase in ``qinghe.pass``, or all have theirs in ``XIAOHAO_SIGNING_PASSPHRASE``. An
office that is to sign and cannot issues nothing: no paper leaves unsigned in silence.
"""

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path

from cryptography import x509
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.serialization import pkcs12
from cryptography.x509.oid import NameOID
from django.conf import settings
from django.utils.translation import gettext_lazy as _

from cases.errors import NotReady
from cases.presenters import short_date
from permissions import clock
from permissions.models import Office

WARN_DAYS = 30  # calendar days before its end that a certificate is spoken of
TRIAL_KEY_BITS = 3072
NAMES = (NameOID.COMMON_NAME, NameOID.ORGANIZATION_NAME)


class Unusable(NotReady):
    """The office is to sign and cannot; the text says why and what to do."""


@dataclass(frozen=True)
class Certificate:
    """One office's certificate with its key. ``fingerprint``: SHA-256 of the certificate, as in its signatures."""

    holder: str
    issuer: str
    serial: str  # hexadecimal
    fingerprint: str
    valid_from: datetime
    valid_until: datetime
    data: bytes = field(repr=False)  # the PKCS#12 file
    passphrase: bytes | None = field(repr=False)

    def expect_valid(self, at):
        """Error: Unusable when it does not hold at the moment ``at``."""
        for wrong, text, moment in (
            (at >= self.valid_until, _EXPIRED, self.valid_until),
            (at < self.valid_from, _TOO_EARLY, self.valid_from),
        ):
            if wrong:
                raise Unusable(text, holder=self.holder, date=short_date(clock.local(moment).date()))

    def is_ending(self, at) -> bool:
        """Valid, but not for much longer."""
        return self.valid_from <= at < self.valid_until <= at + timedelta(days=WARN_DAYS)

    def facts(self) -> dict:
        """What the record keeps of it, JSON-able."""
        return {
            "holder": self.holder,
            "issuer": self.issuer,
            "serial": self.serial,
            "certificate": self.fingerprint,
            "valid_from": clock.local(self.valid_from).isoformat(),
            "valid_until": clock.local(self.valid_until).isoformat(),
        }


def signs(code: str) -> bool:
    """Whether the office of this code is to sign its papers."""
    named = settings.XIAOHAO_SIGNING_OFFICES
    return bool(settings.XIAOHAO_SIGNING_DIR) and (not named or code in named)


def path_of(code: str) -> Path:
    return Path(settings.XIAOHAO_SIGNING_DIR) / f"{code}.p12"


def codes() -> list[str]:
    """Of the offices that sign. One query where the settings name none."""
    if not settings.XIAOHAO_SIGNING_DIR:
        return []
    return settings.XIAOHAO_SIGNING_OFFICES or list(
        Office.objects.order_by("pk").values_list("code", flat=True)
    )


def for_issue(office) -> Certificate | None:
    """The certificate for the office's next paper; None where it signs none. Error: Unusable."""
    if not signs(office.code):
        return None
    certificate = certificate_of(office.code)
    certificate.expect_valid(clock.now())
    return certificate


def certificate_of(code: str) -> Certificate:
    """Read the office's certificate, whether it still holds or not. Error: Unusable."""
    path = path_of(code)
    passphrase = _passphrase(path)
    try:
        data = path.read_bytes()
    except FileNotFoundError:
        raise _unusable(_MISSING, path) from None
    except OSError:
        raise _unusable(_UNREADABLE, path) from None
    try:
        key, found, _others = pkcs12.load_key_and_certificates(data, passphrase)
    except (ValueError, TypeError, UnsupportedAlgorithm):
        raise _unusable(_CLOSED, path) from None
    if found is None or not isinstance(key, rsa.RSAPrivateKey | ec.EllipticCurvePrivateKey):
        raise _unusable(_NO_KEY, path)
    return Certificate(
        holder=_name(found.subject),
        issuer=_name(found.issuer),
        serial=f"{found.serial_number:x}",
        fingerprint=found.fingerprint(hashes.SHA256()).hex(),
        valid_from=found.not_valid_before_utc,
        valid_until=found.not_valid_after_utc,
        data=data,
        passphrase=passphrase,
    )


_MISSING = _(
    "The office signs its papers, but its certificate %(file)s is missing. Nothing is issued until the system "
    "administrator has put it in place; then start again."
)
_UNREADABLE = _(
    "The office signs its papers, but the program may not read %(file)s. Nothing is issued until the system "
    "administrator has given it access; then start again."
)
_CLOSED = _(
    "The office's certificate %(file)s does not open: its passphrase is wrong, or the file is damaged. Nothing is "
    "issued until the system administrator has corrected it; then start again."
)
_NO_KEY = _(
    "The office's certificate %(file)s cannot sign: it comes without its key, or the key is neither RSA nor EC. "
    "Nothing is issued until the system administrator has exported it anew; then start again."
)
_EXPIRED = _(
    "The office's certificate (%(holder)s) expired on %(date)s. Nothing is issued until the system administrator has "
    "put a new one in place; then start again."
)
_TOO_EARLY = _(
    "The office's certificate (%(holder)s) holds from %(date)s only. Nothing is issued before, unless the system "
    "administrator puts another one in place; then start again."
)


def _unusable(text, path):
    return Unusable(text, file=path.name)


def _passphrase(path) -> bytes | None:
    try:
        text = path.with_suffix(".pass").read_text(encoding="utf-8").rstrip("\r\n")
    except FileNotFoundError:
        text = settings.XIAOHAO_SIGNING_PASSPHRASE
    except (OSError, UnicodeDecodeError):
        raise _unusable(_UNREADABLE, path.with_suffix(".pass")) from None
    return text.encode() or None


def _name(name: x509.Name) -> str:
    """Who it is, in one line."""
    found = (part for kind in NAMES for part in name.get_attributes_for_oid(kind))
    return next((str(part.value) for part in found), name.rfc4514_string())


def make_trial(code: str, holder: str, *, passphrase: str, days: int) -> bytes:
    """PKCS#12 bytes of a certificate that its holder has signed: for trials, since nobody vouches for it."""
    key = rsa.generate_private_key(public_exponent=65537, key_size=TRIAL_KEY_BITS)
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, holder[:64])])
    start = clock.now()
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(start)
        .not_valid_after(start + timedelta(days=days))
        .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        .add_extension(_signing_only(), critical=True)
        .sign(key, hashes.SHA256())
    )
    lock = serialization.BestAvailableEncryption(passphrase.encode())
    return pkcs12.serialize_key_and_certificates(code.encode(), key, made, None, lock)


def _signing_only():
    others = (
        "key_encipherment data_encipherment key_agreement key_cert_sign crl_sign encipher_only decipher_only"
    )
    return x509.KeyUsage(
        digital_signature=True, content_commitment=True, **dict.fromkeys(others.split(), False)
    )
