import ast
import copy
import json
import subprocess
import sys
import tempfile
from pathlib import Path

from django.test import SimpleTestCase

from cases.models.log import chain_hash
from permissions import clock
from reports import offline_check, proof, signatures
from reports.certificates import certificate_of
from reports.documents import gongwen_check
from reports.documents.xlsx import ledger_xlsx
from tests.reports.documents import papers, sample
from tests.reports.signing import HOLDER, IN_TIME, signing

SCRIPT = Path(offline_check.__file__)
LABELS = {
    "pdf": "PDF digest",
    "data": "Data digest",
    "metadata": "PDF metadata",
    "attachments": "Data attached",
    "chain": "Log chain",
    "issue": "The entry of the issue",
    "signed": "Drafted, reviewed and signed",
    "ledger": "Ledger XLSX digest",
}
SIGNED = {**LABELS, "certificate": "The certificate's signature"}


def make_entry(prev, sequence, act, body, actor=3, object_type="monthlyreport"):
    fields = {
        "prev": prev,
        "office": 1,
        "sequence": sequence,
        "at": f"2026-11-22T02:0{sequence - 812}:00+00:00",
        "actor": actor,
        "act": act,
        "object_type": object_type,
        "object_id": 7,
        "body": proof.canonical(body),
    }
    return {**fields, "body_sha256": proof.digest(fields["body"]), "hash": chain_hash(**fields)}


def make_proof(pdf, ledger, signature=None):
    issue = sample.issue()
    first = make_entry(
        issue["log"]["head"], 813, "number_report", {"document_number": issue["document_number"]}
    )
    other = make_entry(first["hash"], 814, "claim", {"note": "另一件事"}, object_type="measure")
    files = {"pdf": proof.digest(pdf), "xlsx": proof.digest(ledger)}
    body = {"data_digest": issue["data_digest"], "files": files}
    if signature:
        body["signature"] = signature
    last = make_entry(other["hash"], 815, "issue_report", body, actor=None)
    return proof.proof_file(
        snapshot_text=proof.canonical(sample.snapshot()),
        issue=issue,
        files=files,
        pdf_size=len(pdf),
        signature=signature,
        entries=[first, other, last],
    )


def rehash(entries):
    """Make a forged chain consistent in itself again."""
    for before, entry in zip([None, *entries], entries, strict=False):
        entry["prev"] = before["hash"] if before else entry["prev"]
        if entry["body"] is not None:
            entry["body_sha256"] = proof.digest(entry["body"])
        entry["hash"] = offline_check.chain_hash(**{key: entry[key] for key in offline_check.CHAINED})


class ProofCase(SimpleTestCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.pdf = papers.issued()
        cls.ledger = ledger_xlsx(sample.snapshot(), sample.issue())
        cls.genuine = make_proof(cls.pdf, cls.ledger)

    def setUp(self):
        self.proof = copy.deepcopy(self.genuine)
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = Path(folder.name)

    def check(self, pdf=None, ledger=None):
        """Run the script as an auditor does, without anything but Python; return exit code and failed lines."""
        (self.folder / "report.pdf").write_bytes(pdf or self.pdf)
        (self.folder / "report.proof.json").write_text(json.dumps(self.proof), encoding="utf-8")
        (self.folder / "ledger.xlsx").write_bytes(ledger or self.ledger)
        run = subprocess.run(
            [sys.executable, "-I", "-S", SCRIPT, "report.pdf", "report.proof.json", "ledger.xlsx"],
            cwd=self.folder,
            capture_output=True,
            encoding="utf-8",
        )
        self.assertEqual(run.stderr, "")
        self.output = run.stdout
        failed = [line for line in run.stdout.splitlines() if line.startswith("FAILED")]
        return run.returncode, {key for key, label in SIGNED.items() for line in failed if label in line}


class OfflineCheckTests(ProofCase):
    def test_a_genuine_report_passes_every_check(self):
        self.assertEqual(self.check(), (0, set()), getattr(self, "output", ""))
        self.assertEqual(self.output.count("OK    "), len(LABELS))

    def test_one_flipped_byte_in_the_pdf_is_found(self):
        altered = bytearray(self.pdf)
        altered[len(altered) // 2] ^= 1
        code, failed = self.check(pdf=bytes(altered))
        self.assertEqual(code, 1)
        self.assertLessEqual({"pdf", "issue"}, failed)

    def test_a_changed_figure_in_the_proof_is_found(self):
        self.proof["data"]["text"] = self.proof["data"]["text"].replace('"part":7', '"part":9')
        self.assertEqual(self.check(), (1, {"data", "attachments", "issue"}))

    def test_a_swapped_snapshot_with_a_fitting_digest_is_found(self):
        other = self.proof["data"]["text"].replace('"part":7', '"part":9')
        self.proof["data"] = {"sha256": proof.digest(other), "text": other}
        self.proof["issue"]["data_digest"] = proof.digest(other)
        self.assertEqual(self.check(), (1, {"metadata", "attachments", "issue"}))

    def test_an_altered_log_entry_is_found(self):
        self.proof["entries"][1]["body"] = proof.canonical({"note": "什么也没有"})
        self.assertEqual(self.check(), (1, {"chain"}))
        self.assertIn("814", self.output)

    def test_a_missing_log_entry_is_found(self):
        del self.proof["entries"][1]
        self.assertEqual(self.check(), (1, {"chain"}))

    def test_a_chain_forged_from_another_head_is_found(self):
        self.proof["entries"][0]["prev"] = "0" * 64
        rehash(self.proof["entries"])
        self.assertEqual(self.check(), (1, {"chain"}))

    def test_a_missing_or_exchanged_signature_is_found(self):
        self.proof["issue"]["signed_by"] = {}
        self.assertEqual(self.check(), (1, {"attachments", "signed"}))
        self.proof = copy.deepcopy(self.genuine)
        self.proof["issue"]["signed_by"]["name"] = self.proof["issue"]["reviewed_by"]["name"]
        self.assertEqual(self.check(), (1, {"attachments", "signed"}))

    def test_another_ledger_is_found(self):
        self.assertEqual(self.check(ledger=b"PK"), (1, {"ledger"}))

    def test_unreadable_files_end_with_a_sentence(self):
        for broken in ([], {}, {"schema": offline_check.SCHEMA}, {"schema": "other/1"}):
            self.proof = broken
            with self.subTest(broken):
                self.assertEqual(self.check(), (2, set()))
                self.assertIn("CANNOT CHECK", self.output)

    def test_it_needs_python_3_8_and_its_standard_library_only(self):
        tree = ast.parse(SCRIPT.read_text(encoding="utf-8"), feature_version=(3, 8))
        imported = {
            alias.name for node in ast.walk(tree) if isinstance(node, ast.Import) for alias in node.names
        }
        self.assertEqual([node for node in ast.walk(tree) if isinstance(node, ast.ImportFrom)], [])
        self.assertLessEqual(imported, sys.stdlib_module_names)


class SignedProofTests(ProofCase):
    """A printed paper with the signature of the office's certificate, checked without the system."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        with signing("qinghe"), clock.at(IN_TIME):
            signed, cls.signature = signatures.signed(
                {"pdf": cls.pdf}, certificate_of("qinghe"), at=clock.now()
            )
        cls.pdf = signed["pdf"]
        cls.genuine = make_proof(cls.pdf, cls.ledger, cls.signature)

    def proved(self, pdf=None, **changed):
        """The proof of a forger who also rewrote the record: only the signature itself is left to tell."""
        self.proof = make_proof(pdf or self.pdf, self.ledger, {**self.signature, **changed})
        return self.check(pdf=pdf)

    def test_a_genuine_paper_passes_every_check_and_names_the_holder(self):
        self.assertEqual(self.check(), (0, set()), getattr(self, "output", ""))
        self.assertEqual(self.output.count("OK    "), len(SIGNED))
        self.assertIn(f"{HOLDER}，2026-11-20T09:00:00+08:00", self.output)

    def test_what_was_changed_or_added_after_the_signature_is_found(self):
        altered = bytearray(self.pdf)
        altered[len(altered) // 3] ^= 1
        self.assertIn("certificate", self.proved(bytes(altered))[1])
        self.assertIn("签名后文件有改动", self.output)
        self.assertEqual(self.proved(self.pdf + b"\n"), (1, {"certificate"}))
        self.assertIn("未覆盖全文", self.output)

    def test_a_signature_that_was_taken_away_is_found(self):
        size = self.signature["unsigned"]["pdf"]["size"]
        self.assertEqual(self.proved(self.pdf[:size]), (1, {"certificate"}))
        self.proof = {key: value for key, value in self.genuine.items() if key != "signature"}
        self.assertEqual(self.check(), (1, {"issue"}))

    def test_another_certificate_or_another_file_under_it_is_found(self):
        self.assertEqual(self.proved(certificate="0" * 64), (1, {"certificate"}))
        other = {"pdf": {**self.signature["unsigned"]["pdf"], "sha256": "0" * 64}}
        self.assertEqual(self.proved(unsigned=other), (1, {"certificate"}))

    def test_the_signed_paper_conforms_as_the_printed_one_does(self):
        printed, signed = (
            [(finding.rule, finding.verdict) for finding in gongwen_check.check(paper)]
            for paper in (papers.issued(), self.pdf)
        )
        self.assertEqual(printed, signed)


class ProofTests(ProofCase):
    def test_the_page_checks_with_the_same_rules(self):
        checks = proof.verify_bytes(self.pdf, self.proof, self.ledger)
        self.assertEqual([check.ok for check in checks], [True] * len(LABELS))
        checks = proof.verify_bytes(self.pdf + b" ", self.proof)
        self.assertEqual(
            {check.label for check in checks if not check.ok}, {checks[0].label, checks[5].label}
        )

    def test_data_other_than_signed_get_no_proof(self):
        with self.assertRaises(ValueError):
            proof.proof_file(
                snapshot_text="{}",
                issue=sample.issue(),
                files={},
                pdf_size=0,
                entries=[],
            )

    def test_both_homes_of_the_chain_formula_agree(self):
        for actor in (None, "", 5):
            fields = (
                "0" * 64,
                1,
                2,
                "2026-11-22T02:00:00+00:00",
                actor,
                "claim",
                "measure",
                4,
                '{"a":"一|二"}',
            )
            with self.subTest(actor=actor):
                digested = (*fields[:-1], proof.digest(fields[-1]))
                self.assertEqual(offline_check.chain_hash(*digested), chain_hash(*fields))

    def test_entries_of_other_matters_come_without_their_text(self):
        made = make_proof(papers.issued(), b"ledger")
        self.assertEqual([entry["body"] is None for entry in made["entries"]], [False, True, False])

    def test_canonical_data_do_not_depend_on_order(self):
        self.assertEqual(proof.canonical({"b": 1, "a": ["一"]}), '{"a":["一"],"b":1}')
        self.assertEqual(proof.digest("一"), proof.digest("一".encode()))

    def test_moments_are_read_as_the_system_writes_them(self):
        table = ("2026-11-22T10:05:00+08:00", "2026-11-22T02:05:00Z", "2026-11-22 02:05:00.0+00:00")
        self.assertEqual({offline_check.moment(text) for text in table}, {offline_check.moment(table[0])})
        with self.assertRaises(ValueError):
            offline_check.moment("yesterday")
