"""A signature in a PDF: what it covers, what breaks it, and that a second program agrees."""

import io
import random

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import BestAvailableEncryption, pkcs12
from cryptography.x509.oid import NameOID
from django.test import SimpleTestCase
from pyhanko.keys.internal import translate_pyca_cryptography_cert_to_asn1
from pyhanko.pdf_utils.reader import PdfFileReader
from pyhanko.sign.diff_analysis import ModificationLevel
from pyhanko.sign.validation import validate_pdf_signature
from pyhanko.sign.validation.status import SignatureCoverageLevel
from pyhanko_certvalidator import ValidationContext

from permissions import clock
from reports import certificates, offline_check, signatures
from reports.proof import digest
from tests.reports.signing import IN_TIME, PASSPHRASE, signing, small_pdf, trial


def elliptic() -> bytes:
    key, name = (
        ec.generate_private_key(ec.SECP256R1()),
        x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "EC")]),
    )
    builder = x509.CertificateBuilder(name, name, key.public_key(), x509.random_serial_number())
    with clock.at(IN_TIME):
        start = clock.now()
    made = (
        builder.not_valid_before(start).not_valid_after(start.replace(year=2027)).sign(key, hashes.SHA256())
    )
    return pkcs12.serialize_key_and_certificates(
        None, key, made, None, BestAvailableEncryption(PASSPHRASE.encode())
    )


def certificate(made=None):
    with signing("qinghe", made=made):
        return certificates.certificate_of("qinghe")


class SignatureTests(SimpleTestCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.certificate, cls.pdf = certificate(), small_pdf()
        with clock.at(IN_TIME):
            cls.signed = signatures.sign(cls.pdf, cls.certificate, at=clock.now())
        cls.good = signatures.Signature(cls.certificate.fingerprint, is_intact=True, covers_all=True)

    def test_the_file_as_printed_stays_as_it_was_under_the_signature(self):
        self.assertTrue(self.signed.startswith(self.pdf))
        self.assertEqual(signatures.examine(self.signed), self.good)

    def test_every_flipped_byte_of_what_is_covered_breaks_it(self):
        for place in (0, len(self.pdf) // 2, len(self.pdf) + 40, len(self.signed) - 2):
            altered = bytearray(self.signed)
            altered[place] ^= 1
            found = signatures.examine(bytes(altered))
            with self.subTest(place):
                self.assertFalse(found and found.is_intact)

    def test_what_is_added_behind_it_is_not_covered(self):
        found = signatures.examine(self.signed + b"\n% more")
        self.assertEqual((found.is_intact, found.covers_all), (True, False))

    def test_a_signature_with_another_certificate_is_told_apart(self):
        with clock.at(IN_TIME):
            other = signatures.sign(self.pdf, certificate(elliptic()), at=clock.now())
        found = signatures.examine(other)
        self.assertTrue(found.is_intact and found.covers_all)
        self.assertNotEqual(found.certificate, self.certificate.fingerprint)

    def held(self):
        """Where the hexadecimal text of the signature begins, and its length without the zeros behind it."""
        held, _covered, _all = offline_check.signature_in(self.signed)
        text = held.rstrip(b"\0").hex().encode()
        return self.signed.lower().index(text), len(text)

    def test_a_file_without_one_or_with_rubbish_in_its_place_has_none(self):
        place, length = self.held()
        emptied = self.signed[:place] + b"0" * length + self.signed[place + length :]
        for spoilt in (self.pdf, b"", self.signed[:-800], emptied):
            with self.subTest(len(spoilt)):
                self.assertIsNone(signatures.examine(spoilt))

    def test_damage_of_the_signature_itself_is_an_answer_and_no_fault(self):
        chance, (place, length) = random.Random(7), self.held()
        for _attempt in range(60):
            altered = bytearray(self.signed)
            altered[place + chance.randrange(length)] = chance.choice(b"0123456789abcdef")
            with self.subTest(altered[place : place + length]):
                found = signatures.examine(bytes(altered))
                self.assertIn(found and found.is_intact, (None, True, False))

    def test_signed_twice_the_printed_file_has_one_digest_and_the_signed_ones_two(self):
        with clock.at(IN_TIME):
            runs = [
                signatures.signed({"pdf": self.pdf}, self.certificate, at=clock.now()) for _run in range(2)
            ]
        kept = [record for _files, record in runs]
        self.assertEqual(kept[0], kept[1])
        self.assertEqual(kept[0]["unsigned"], {"pdf": {"sha256": digest(self.pdf), "size": len(self.pdf)}})
        self.assertEqual(kept[0]["signed_at"], "2026-11-20T09:00:00+08:00")
        self.assertEqual(len({digest(files["pdf"]) for files, _record in runs} | {digest(self.pdf)}), 3)

    def test_an_expired_certificate_signs_nothing(self):
        with clock.at(IN_TIME.replace(year=2027)), self.assertRaises(certificates.Unusable):
            signatures.sign(self.pdf, self.certificate, at=clock.now())

    def test_the_whole_validation_of_pyhanko_agrees(self):
        _key, found, _others = pkcs12.load_key_and_certificates(trial(), PASSPHRASE.encode())
        [embedded] = PdfFileReader(io.BytesIO(self.signed)).embedded_signatures
        with clock.at(IN_TIME):
            context = ValidationContext(
                trust_roots=[translate_pyca_cryptography_cert_to_asn1(found)],
                allow_fetching=False,
                moment=clock.now(),
            )
            status = validate_pdf_signature(embedded, context)
            self.assertEqual(status.signer_reported_dt, clock.now())
        self.assertTrue(status.bottom_line, status.pretty_print_details())
        self.assertEqual(status.coverage, SignatureCoverageLevel.ENTIRE_FILE)
        self.assertEqual(status.modification_level, ModificationLevel.NONE)
        self.assertEqual(embedded.sig_object["/SubFilter"], "/ETSI.CAdES.detached")
