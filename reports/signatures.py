"""Signatures of an office's certificate in a PDF (PAdES, level B-B): put there, and looked at again.

pyHanko, which does the work, is loaded only here and only where an office signs. Nothing is asked of the internet.
"""

import hashlib
import io
from dataclasses import dataclass
from datetime import datetime

from cryptography.exceptions import UnsupportedAlgorithm

from permissions import clock
from reports import offline_check
from reports.certificates import Certificate
from reports.proof import digest

FIELD = "OfficeSignature"


@dataclass(frozen=True)
class Signature:
    """What a file's signature shows by itself. ``certificate``: SHA-256 of the certificate that it carries."""

    certificate: str
    is_intact: bool  # what it covers is what was signed, with the key of that certificate
    covers_all: bool  # nothing was added before, between or after


def signed(papers: dict[str, bytes], certificate: Certificate, *, at: datetime) -> tuple[dict, dict]:
    """Sign PDFs, {name: bytes}: those with the signature, and what the record keeps of it, JSON-able.

    {holder, issuer, serial, certificate, valid_from, valid_until, signed_at, unsigned: {name: {sha256, size}}}. What
    was printed can be printed again with the same digest; a signature never comes out the same twice.
    Errors: Unusable, as ``sign``; ValueError when the outcome is not what was wanted.
    """
    done = {name: sign(pdf, certificate, at=at) for name, pdf in papers.items()}
    wanted = Signature(certificate.fingerprint, is_intact=True, covers_all=True)
    for name, pdf in papers.items():
        if not done[name].startswith(pdf) or examine(done[name]) != wanted:
            raise ValueError(f"The signature of {name} does not hold.")
    return done, {
        **certificate.facts(),
        "signed_at": clock.local(at).isoformat(),
        "unsigned": {name: {"sha256": digest(pdf), "size": len(pdf)} for name, pdf in papers.items()},
    }


def sign(pdf: bytes, certificate: Certificate, *, at: datetime) -> bytes:
    """The same bytes with a certified, invisible signature behind them; it allows no later change.

    Error: Unusable when the certificate does not hold at that moment.
    """
    # Loaded only where an office signs.
    from pyhanko.pdf_utils.incremental_writer import IncrementalPdfFileWriter
    from pyhanko.sign import fields, signers

    certificate.expect_valid(at)
    meta = signers.PdfSignatureMetadata(
        field_name=FIELD,
        md_algorithm="sha256",
        subfilter=fields.SigSeedSubFilter.PADES,
        certify=True,
        docmdp_permissions=fields.MDPPerm.NO_CHANGES,
        name=certificate.holder,
    )
    key = signers.SimpleSigner.load_pkcs12_data(certificate.data, (), certificate.passphrase)

    class AtThisMoment(signers.PdfSigner):
        def init_signing_session(self, *args, **kwargs):
            session = super().init_signing_session(*args, **kwargs)
            session.system_time = at  # by the clock of the office, as everything
            return session

    return AtThisMoment(meta, signer=key).sign_pdf(IncrementalPdfFileWriter(io.BytesIO(pdf))).getvalue()


def examine(data: bytes) -> Signature | None:
    """What the last signature in a file shows, or None where there is none that can be read.

    The file is searched, not opened as a PDF: anybody may put one forward.
    """
    found = offline_check.signature_in(data)
    if found is None:
        return None
    # Loaded only where there is a signature.
    from asn1crypto import cms
    from pyhanko.sign.validation.errors import SignatureValidationError
    from pyhanko.sign.validation.generic_cms import validate_sig_integrity

    held, covered, covers_all = found
    damaged = (ArithmeticError, AttributeError, LookupError, NotImplementedError, StopIteration)
    try:
        content = cms.ContentInfo.load(held)["content"]
        signer = content["signer_infos"][0]
        serial = signer["sid"].chosen["serial_number"].native
        carried = (one.chosen for one in content["certificates"])
        certificate = next(one for one in carried if one.serial_number == serial)
        intact, valid = validate_sig_integrity(signer, certificate, "data", bytes.fromhex(covered))
        fingerprint = hashlib.sha256(certificate.dump()).hexdigest()
    except (*damaged, TypeError, ValueError, SignatureValidationError, UnsupportedAlgorithm):
        return None
    return Signature(fingerprint, intact and valid, covers_all)
