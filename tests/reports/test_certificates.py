"""The certificates of offices: which sign, what is wrong with a file, and what the checks and the command say."""

from datetime import datetime, timedelta
from io import StringIO

from cryptography import x509
from cryptography.hazmat.primitives.serialization import BestAvailableEncryption, pkcs12
from django.core.management import CommandError, call_command
from django.test import SimpleTestCase, TestCase, override_settings
from django.utils import translation

from permissions import clock
from reports import certificates
from reports.checks import certificates_hold
from tests.factories import make_office
from tests.reports.signing import DAYS, FIRST_DAY, HOLDER, IN_TIME, PASSPHRASE, signing, trial

END = FIRST_DAY + timedelta(days=DAYS)


def without_key() -> bytes:
    _key, found, _others = pkcs12.load_key_and_certificates(trial(), PASSPHRASE.encode())
    others = [pkcs12.PKCS12Certificate(found, None)]
    lock = BestAvailableEncryption(PASSPHRASE.encode())
    return pkcs12.serialize_key_and_certificates(
        None, None, None, [other.certificate for other in others], lock
    )


class CertificateTests(SimpleTestCase):
    def setUp(self):
        self.enterContext(translation.override("en"))

    def test_nobody_signs_without_a_folder_and_then_all_or_those_named(self):
        table = (
            ("", [], False),
            ("", ["qinghe"], False),
            ("/x", [], True),
            ("/x", ["qinghe"], True),
            ("/x", ["a"], False),
        )
        for folder, named, signs in table:
            with (
                self.subTest(folder=folder, named=named),
                override_settings(XIAOHAO_SIGNING_DIR=folder, XIAOHAO_SIGNING_OFFICES=named),
            ):
                self.assertIs(certificates.signs("qinghe"), signs)

    def test_it_says_who_holds_it_and_how_long(self):
        with signing("qinghe"):
            found = certificates.certificate_of("qinghe")
        self.assertEqual((found.holder, found.issuer), (HOLDER, HOLDER))
        facts = found.facts()
        self.assertEqual(
            (facts["valid_from"], facts["valid_until"][:10]), ("2026-01-01T00:00:00+08:00", "2027-01-01")
        )
        self.assertNotIn(PASSPHRASE, repr(found))

    def test_the_passphrase_lies_beside_it_or_is_one_for_all(self):
        with signing("qinghe") as folder:
            (folder / "qinghe.pass").write_text(PASSPHRASE + "\n", encoding="utf-8")
            with override_settings(XIAOHAO_SIGNING_PASSPHRASE="of another"):
                self.assertEqual(certificates.certificate_of("qinghe").holder, HOLDER)

    def test_what_is_wrong_with_the_file_is_said(self):
        table = {
            "qinghe.p12 is missing": lambda path: path.unlink(),
            "may not read qinghe.p12": lambda path: (path.unlink(), path.mkdir()),
            "may not read qinghe.pass": lambda path: path.with_suffix(".pass").mkdir(),
            "qinghe.p12 does not open": lambda path: path.with_suffix(".pass").write_text("wrong"),
            "does not open: its passphrase is wrong, or": lambda path: path.write_bytes(trial()[:900]),
            "qinghe.p12 cannot sign": lambda path: path.write_bytes(without_key()),
        }
        for words, spoil in table.items():
            with self.subTest(words), signing("qinghe") as folder:
                spoil(folder / "qinghe.p12")
                with self.assertRaisesMessage(certificates.Unusable, words):
                    certificates.certificate_of("qinghe")

    def test_it_holds_from_its_first_moment_to_its_last(self):
        second = timedelta(seconds=1)
        table = (
            (FIRST_DAY - second, "holds from 2026-01-01 only", False),
            (FIRST_DAY, "", False),
            (END - timedelta(days=30) - second, "", False),
            (END - timedelta(days=30), "", True),
            (END - second, "", True),
            (END, "expired on 2027-01-01", False),
        )
        with signing("qinghe"):
            found = certificates.certificate_of("qinghe")
        for moment, words, is_ending in table:
            with self.subTest(moment), clock.at(moment):
                self.assertIs(found.is_ending(clock.now()), is_ending)
                if words:
                    with self.assertRaisesMessage(certificates.Unusable, words):
                        found.expect_valid(clock.now())
                else:
                    found.expect_valid(clock.now())

    def test_a_trial_one_may_sign_and_nothing_else(self):
        _key, found, _others = pkcs12.load_key_and_certificates(trial(), PASSPHRASE.encode())
        usage = found.extensions.get_extension_for_class(x509.KeyUsage).value
        self.assertTrue(usage.digital_signature and usage.content_commitment)
        self.assertFalse(usage.key_cert_sign or usage.key_encipherment)


class WatchTests(TestCase):
    """The system check and the command."""

    def setUp(self):
        self.office = make_office()

    def warnings(self, moment=IN_TIME):
        with clock.at(moment):
            return [warning.msg for warning in certificates_hold(None)]

    def command(self, *arguments, moment=IN_TIME):
        output = StringIO()
        with clock.at(moment):
            call_command("signing_certificates", *arguments, stdout=output)
        return output.getvalue()

    def test_the_check_is_silent_where_nobody_signs_and_while_all_is_well(self):
        self.assertEqual(self.warnings(), [])
        with signing(self.office.code):
            self.assertEqual(self.warnings(), [])

    def test_the_check_names_the_office_that_cannot_sign_or_soon_will_not(self):
        with signing():
            [missing] = self.warnings()
        with signing(self.office.code, offices=[self.office.code, "below"]):
            [other] = self.warnings()
        with signing(self.office.code):
            [ending], [over] = self.warnings(datetime(2026, 12, 20)), self.warnings(datetime(2027, 2, 1))
        self.assertIn(f"{self.office.code}: The office signs its papers, but", missing)
        self.assertIn("below: The office signs its papers, but its certificate below.p12", other)
        self.assertIn(f"({HOLDER}) expires on 2027-01-01", ending)
        self.assertIn("expired on", over)

    def test_the_command_shows_holder_and_validity(self):
        with signing(self.office.code):
            shown = self.command()
        for words in (self.office.code, HOLDER, "2026-01-01 to 2027-01-01", "SHA-256 "):
            self.assertIn(words, shown)

    def test_the_command_fails_where_one_cannot_sign(self):
        with self.assertRaisesMessage(CommandError, "XIAOHAO_SIGNING_DIR names no folder"):
            self.command()
        with signing(), self.assertRaisesMessage(CommandError, "Not every office"):
            self.command()

    def test_the_command_makes_one_for_trials_that_nobody_else_may_read(self):
        with signing() as folder:
            shown = self.command("--make-trial", self.office.code, "--days", "60")
            made = [folder / f"{self.office.code}{ending}" for ending in (".p12", ".pass")]
            self.assertEqual([path.stat().st_mode & 0o777 for path in made], [0o600, 0o600])
            self.assertIn(self.office.name, shown)
            with self.assertRaisesMessage(CommandError, "is there already"):
                self.command("--make-trial", self.office.code)
            with self.assertRaisesMessage(CommandError, "no office with the code nowhere"):
                self.command("--make-trial", "nowhere")
