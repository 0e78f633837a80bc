"""Papers of an office that signs with its certificate: from the worker to the page that checks them.

Printing is not the point here: a small program stands in for it; ``test_proof`` signs a printed one.
"""

import json
from datetime import datetime

from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse

from cases import files
from cases.models import LogEntry, StoredFile
from permissions import clock
from reports import signatures, verification
from reports.certificates import certificate_of
from reports.models import Paper, ReportState
from reports.proof import digest
from tests.reports.signing import HOLDER, IN_TIME, printing, signing, small_pdf, trial
from tests.reports.test_pages import ENGLISH, PageCase
from tests.workflows.test_official_papers import PapersTestCase
from workflows import integrity, jobs
from workflows.models import Job, JobState


def naming(data_digest):
    """A PDF whose metadata name the data, as every paper does."""
    return small_pdf(f"<x:xmpmeta><pdf:Keywords>data_digest={data_digest}</pdf:Keywords></x:xmpmeta>")


class SigningCase(PageCase):
    def setUp(self):
        super().setUp()
        self.enterContext(clock.at(IN_TIME))
        for act, person in (("submit", self.clerk), ("review", self.head), ("sign", self.leader)):
            self.do(f"{act}_report", person)
        self.job = Job.objects.get(key=f"report:{self.report.pk}")

    def work(self):
        """What the worker does; the report and the state of its job afterwards."""
        with printing(naming(self.fresh().digest)):
            jobs.execute(self.job.pk)
        self.job.refresh_from_db()
        return self.fresh(), self.job.state

    def issued(self):
        with signing(self.office.code):
            report, state = self.work()
        self.assertEqual((report.state, state), (ReportState.ISSUED, JobState.DONE))
        return report

    def recorded(self):
        return json.loads(LogEntry.objects.get(act="issue_report").body)


class IssueTests(SigningCase):
    def test_both_papers_are_signed_and_both_digests_kept(self):
        report = self.issued()
        printed = naming(report.digest)
        for name in ("pdf", "internal_pdf"):
            with self.subTest(name):
                content = files.read(getattr(report, name))
                self.assertTrue(content.startswith(printed))
                self.assertEqual(
                    report.signature["unsigned"][name], {"sha256": digest(printed), "size": len(printed)}
                )
                self.assertTrue(signatures.examine(content).is_intact)
        self.assertEqual(files.read(report.xlsx), b"PK")
        self.assertEqual(
            (report.signature["holder"], report.signature["signed_at"][:10]), (HOLDER, "2026-11-20")
        )

    def test_the_record_names_the_delivered_file_and_its_signature(self):
        report = self.issued()
        self.assertEqual(self.recorded()["files"]["pdf"], report.pdf.sha256)
        self.assertEqual(self.recorded()["signature"], report.signature)
        self.assertEqual(integrity.check_office(self.office).wrong, [])
        type(report).objects.filter(pk=report.pk).update(signature={**report.signature, "holder": "other"})
        [wrong] = integrity.check_office(self.office).wrong
        self.assertIn("another signature", wrong)

    def test_an_office_that_does_not_sign_issues_as_ever(self):
        with signing(offices=["another"]):
            report, _state = self.work()
        self.assertEqual((report.state, report.signature), (ReportState.ISSUED, None))
        self.assertEqual(files.read(report.pdf), naming(report.digest))
        self.assertNotIn("signature", self.recorded())

    def test_without_a_certificate_that_holds_nothing_is_issued_and_nothing_lost(self):
        table = (
            ((), IN_TIME, "is missing"),
            ((self.office.code,), datetime(2027, 2, 1), "expired on 2027-01-01"),
        )
        for codes, moment, words in table:
            with self.subTest(words), signing(*codes), clock.at(moment):
                report, state = self.work()
                self.assertEqual(
                    (report.state, report.document_number, state), ("SIGNED", "", JobState.FAILED)
                )
                self.assertIn(words, self.job.message)
                page = self.page(self.leader, "report", report.pk, at=moment)
                self.assertIsNone(page.context["signature"])
                job = self.client.get(reverse("workflows:report_job", args=[report.pk]), headers=ENGLISH)
                self.assertContains(job, words)
                self.assertContains(job, reverse("workflows:retry_report", args=[report.pk]))
                self.client.post(reverse("workflows:retry_report", args=[report.pk]), headers=ENGLISH)
        self.assertEqual(StoredFile.objects.count(), 0)
        self.assertTrue(self.issued().document_number.endswith("〕1号"))


class ShownTests(SigningCase):
    def test_the_page_says_who_signed_and_that_it_holds(self):
        report = self.issued()
        page = self.page(self.clerk, "report", report.pk)
        self.assertTrue(page.context["signature"]["is_valid"])
        for words in (HOLDER, "It covers the whole document", report.signature["unsigned"]["pdf"]["sha256"]):
            self.assertContains(page, words)
        files.path_of(report.pdf.sha256).write_bytes(b"%PDF something else")
        self.assertFalse(self.page(self.clerk, "report", report.pk).context["signature"]["is_valid"])

    def test_an_uploaded_paper_is_told_from_one_that_was_touched(self):
        report = self.issued()
        content = files.read(report.pdf)
        flipped = bytearray(content)
        flipped[20] ^= 1
        with signing("other", made=trial("另一机关")):
            printed = naming(report.digest)
            other = signatures.sign(printed, certificate_of("other"), at=clock.now())
        table = (
            (content, "genuine", "It covers the whole document"),
            (bytes(flipped), "altered", "The file was changed after it was signed."),
            (content + b"\n", "altered", "Something was added"),
            (other, "altered", "another certificate"),
            (printed, "altered", "none that can be read"),
        )
        for data, verdict, words in table:
            with self.subTest(words):
                page = self.upload(data)
                self.assertEqual(page.context["findings"][0]["of"].verdict, verdict)
                self.assertContains(page, words)
                self.assertContains(page, HOLDER)
        ledger = self.upload(files.read(report.xlsx)).context["findings"][0]
        self.assertEqual((ledger["of"].verdict, ledger["signature"]), (verification.GENUINE, None))

    def upload(self, data):
        self.client.force_login(self.clerk)
        file = SimpleUploadedFile("report.pdf", data, "application/pdf")
        return self.client.post(reverse("reports:verify"), {"file": file}, headers=ENGLISH)


class PaperTests(PapersTestCase):
    def work(self, paper):
        with printing(small_pdf()):
            jobs.execute(Job.objects.get(key=f"paper:{paper.pk}").pk)
        return Paper.objects.get(pk=paper.pk)

    def test_a_paper_of_the_office_is_signed_and_its_page_says_so(self):
        with clock.at(IN_TIME):
            paper = self.make().subject
            with signing(self.office.code):
                paper = self.work(paper)
        self.assertEqual(paper.signature["holder"], HOLDER)
        self.assertEqual(verification.check_file(files.read(paper.pdf)).signature, verification.HOLDS)
        self.assertEqual(integrity.check_office(self.office).wrong, [])
        self.client.force_login(self.clerk)
        page = self.client.get(reverse("workflows:measure_papers", args=[self.closed.pk]), headers=ENGLISH)
        self.assertContains(page, f"signed with the certificate of {HOLDER}")

    def test_without_its_certificate_it_waits_and_is_printed_when_asked_again(self):
        with clock.at(IN_TIME):
            paper = self.make().subject
            with signing():
                self.assertIsNone(self.work(paper).pdf_id)
                self.assertEqual(Job.objects.get(key=f"paper:{paper.pk}").state, JobState.FAILED)
            self.client.force_login(self.clerk)
            self.client.post(reverse("workflows:print_close_out", args=[self.round.pk]))
            with signing(self.office.code):
                self.assertEqual(self.work(paper).signature["holder"], HOLDER)
