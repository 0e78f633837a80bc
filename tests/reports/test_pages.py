"""Reading pages of months, filings and reports, the downloads, and the check of a paper."""

import json
from datetime import datetime

from django.core.cache import cache
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test import override_settings
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from cases import files
from permissions import clock
from permissions.models import Role
from permissions.roles import appoint
from reports import proof
from reports.models import FilingState, ReportState
from tests.factories import make_measure, make_office, make_person, make_unit, member
from tests.reports.issued import issue, pdf_bytes
from tests.workflows.test_monthly_report import ReportCase
from workflows.door import perform

ENGLISH = {"accept-language": "en"}


class PageCase(ReportCase):
    def issue(self):
        return issue(self.report, clerk=self.clerk, head=self.head, leader=self.leader)

    def page(self, person, name, *args, status=200, at=datetime(2026, 11, 20, 9)):
        self.client.force_login(person)
        with clock.at(at):
            page = self.client.get(reverse(f"reports:{name}", args=args), headers=ENGLISH)
        self.assertEqual(page.status_code, status)
        return page

    def statements(self, name, *args, person=None):
        self.client.force_login(person or self.clerk)
        with CaptureQueriesContext(connection) as queries:
            self.assertEqual(self.client.get(reverse(f"reports:{name}", args=args)).status_code, 200)
        return len(queries)

    def grow(self):
        """More units, measures and filings in the same month."""
        for _number in range(4):
            unit = make_unit(self.office)
            make_measure(self.plan, lead=unit, responsible=[make_unit(self.office)])
            self.period.filings.create(office=self.office, unit=unit)


class PeriodPageTests(PageCase):
    def test_the_office_sees_every_unit_and_who_has_not_filed(self):
        page = self.page(self.clerk, "period", self.period.pk)
        rows = [(row["unit"], row["status"], row["state"]) for row in page.context["rows"]]
        self.assertEqual(rows, [("县水利局", "ON_TIME", "Accepted"), ("县交通运输局", "MISSING", "Drafting")])
        self.assertEqual(page.context["crumbs"][-1]["label"], "November 2026")

    def test_before_the_due_moment_nobody_is_missing_yet(self):
        page = self.page(self.clerk, "period", self.period.pk, at=datetime(2026, 11, 10, 23))
        self.assertEqual([row["status"] for row in page.context["rows"]], ["ON_TIME", ""])
        self.assertEqual(str(page.context["figures"][-1].label), "Not filed yet")

    def test_reminding_has_a_column_only_while_somebody_can_be_reminded(self):
        self.assertTrue(self.page(self.clerk, "period", self.period.pk).context["has_reminders"])
        self.period.filings.update(state=FilingState.ACCEPTED)
        self.assertFalse(self.page(self.clerk, "period", self.period.pk).context["has_reminders"])

    def test_a_unit_sees_its_own_row_only(self):
        page = self.page(member(self.roads, Role.HANDLER), "period", self.period.pk)
        self.assertEqual([row["unit"] for row in page.context["rows"]], ["县交通运输局"])
        self.assertEqual(page.context["figures"], [])
        overview = self.page(member(self.roads, Role.HANDLER), "periods")
        self.assertEqual([row["unit"] for row in overview.context["maps"][0]["rows"]], [self.roads])

    def test_who_serves_another_office_counts_nothing_from_the_one_filing_they_see(self):
        handler = make_person(Role.OFFICE_CLERK, make_office())
        appoint(handler, self.roads, Role.HANDLER, starts_on=datetime(2026, 1, 1).date())
        page = self.page(handler, "period", self.period.pk)
        self.assertEqual([row["unit"] for row in page.context["rows"]], ["县交通运输局"])
        self.assertEqual(page.context["figures"], [])

    def test_the_overview_has_a_cell_for_every_unit_and_month(self):
        entry = self.page(self.clerk, "periods").context["maps"][0]
        self.assertEqual(
            [(row["unit"].name, row["cells"][0]["status"]) for row in entry["rows"]],
            [("县水利局", "ON_TIME"), ("县交通运输局", "MISSING")],
        )
        self.assertIn("open_url", entry)
        self.assertNotIn("open_url", self.page(self.leader, "periods").context["maps"][0])

    def test_strangers_find_nothing(self):
        stranger = make_person(Role.OFFICE_CLERK, make_office())
        self.page(stranger, "period", self.period.pk, status=404)
        self.page(stranger, "filing", self.period.filings.first().pk, status=404)
        self.assertEqual(self.page(stranger, "periods").context["maps"], [])

    def test_statements_do_not_grow(self):
        filing = self.period.filings.get(unit=self.water)
        pages = [("periods",), ("period", self.period.pk), ("filing", filing.pk), ("reports",)]
        before = [self.statements(*page) for page in pages]
        self.grow()
        self.assertEqual([self.statements(*page) for page in pages], before)
        self.assertLessEqual(max(before), 10)


class FilingPageTests(PageCase):
    def test_it_shows_what_was_filed_and_who_signed(self):
        page = self.page(self.clerk, "filing", self.period.filings.get(unit=self.water).pk)
        self.assertContains(page, "已划定水源地12处。")
        self.assertContains(page, str(member(self.water, Role.UNIT_HEAD)))

    def test_a_draft_is_its_units_own_until_the_head_approves_it(self):
        handler = member(self.roads, Role.HANDLER)
        filing = self.period.filings.get(unit=self.roads)
        rows = [{"measure": self.other.pk, "progress": "还没定稿。"}]
        with clock.at(datetime(2026, 11, 9, 9)):
            perform(filing.pk, "save_filing", actor=handler, rows=rows)
        self.assertContains(self.page(handler, "filing", filing.pk), "还没定稿。")
        shown = self.page(self.clerk, "filing", filing.pk)
        self.assertNotContains(shown, "还没定稿。")
        self.assertContains(shown, "own until its head approves it")

    def test_another_units_filing_is_not_found(self):
        pk = self.period.filings.get(unit=self.water).pk
        self.page(member(self.roads, Role.HANDLER), "filing", pk, status=404)

    def test_each_is_offered_what_the_state_and_the_right_allow(self):
        filing = self.period.filings.get(unit=self.roads)
        handler, head = member(self.roads, Role.HANDLER), member(self.roads, Role.UNIT_HEAD)

        def offered(person):
            acts = self.page(person, "filing", filing.pk).context["acts"]
            return [act["url"].rstrip("/").rsplit("/", 1)[-1] for act in acts]

        self.assertEqual((offered(handler), offered(head), offered(self.clerk)), (["edit"], [], []))
        row = {"measure": self.other.pk, "progress": "已开工。"}
        with clock.at(datetime(2026, 11, 9, 9)):
            perform(filing.pk, "submit_filing", actor=handler, rows=[row])
        self.assertEqual((offered(handler), offered(head)), ([], ["send-back", "approve"]))
        with clock.at(datetime(2026, 11, 9, 9)):
            perform(filing.pk, "approve_filing", actor=head)
        self.assertEqual(
            (offered(head), offered(self.clerk), offered(self.leader)), ([], ["return", "accept"], [])
        )


class ReportPageTests(PageCase):
    def test_a_draft_says_who_is_missing_and_prints_the_formulas(self):
        page = self.page(self.clerk, "report", self.report.pk)
        self.assertEqual([row["unit"] for row in page.context["missing"]], ["县交通运输局"])
        self.assertContains(page, "closed out ÷ measures issued")
        self.assertContains(page, "已划定水源地12处")

    def test_the_steps_follow_the_state(self):
        def steps():
            return [
                step["status"] for step in self.page(self.clerk, "report", self.report.pk).context["steps"]
            ]

        self.assertEqual(steps(), ["current", "todo", "todo", "todo"])
        self.do("submit_report", self.clerk)
        self.assertEqual(steps(), ["done", "current", "todo", "todo"])
        self.do("review_report", self.head)
        self.do("sign_report", self.leader)
        self.assertEqual(steps(), ["done", "done", "done", "current"])

    def test_a_report_holds_everybodys_measures_so_units_do_not_see_it(self):
        self.issue()
        self.page(member(self.water, Role.HANDLER), "report", self.report.pk, status=404)

    @override_settings(XIAOHAO_CIRCULATE_REPORTS=True)
    def test_where_reports_are_circulated_units_see_the_issued_ones(self):
        handler = member(self.water, Role.HANDLER)
        self.page(handler, "report", self.report.pk, status=404)
        self.issue()
        page = self.page(handler, "report", self.report.pk)
        self.assertEqual(page.context["acts"], [])
        self.assertContains(self.page(handler, "reports"), self.fresh().document_number)

    @override_settings(XIAOHAO_CIRCULATE_REPORTS=True)
    def test_its_office_reads_who_sent_it_back_and_why_and_units_do_not(self):
        self.do("submit_report", self.clerk)
        self.do("refuse_report", self.head, reason="口径不一致")
        self.issue()
        trail = self.page(self.clerk, "report", self.report.pk).context["trail"]
        self.assertEqual(
            [(step["actor"], step["act"], step["text"]) for step in reversed(trail)],
            [
                (str(self.clerk), "composed it", ""),
                (str(self.clerk), "sent it for review", ""),
                (str(self.head), "sent it back", "口径不一致"),
                (str(self.clerk), "sent it for review", "version 2"),
                (str(self.head), "passed it on to the leader", ""),
                (str(self.leader), "signed the paper", ""),
                ("The system", "issued the paper", ""),
            ],
        )
        handler = member(self.water, Role.HANDLER)
        self.assertEqual(self.page(handler, "report", self.report.pk).context["trail"], [])

    def test_the_auditor_reads_everything_and_is_offered_nothing(self):
        page = self.page(member(self.office, Role.AUDITOR), "report", self.report.pk)
        self.assertEqual((page.context["acts"], page.context["downloads"]), ([], []))

    def test_statements_are_few_and_do_not_grow(self):
        draft = self.statements("report", self.report.pk)
        self.grow()
        self.assertEqual(self.statements("report", self.report.pk), draft)
        self.issue()
        self.assertLessEqual(max(draft, self.statements("report", self.report.pk)), 17)


PAPERS = ("report_pdf", "report_ledger", "report_internal", "report_docx", "report_proof", "report_data")


class DownloadTests(PageCase):
    def download(self, name, person=None):
        self.client.force_login(person or member(self.office, Role.AUDITOR))
        return self.client.get(reverse(f"reports:{name}", args=[self.report.pk]))

    def body(self, answer):
        return b"".join(answer.streaming_content) if answer.streaming else answer.content

    def test_the_auditor_gets_exactly_the_frozen_bytes_as_attachments(self):
        report = self.issue()
        expected = {
            "report_pdf": files.read(report.pdf),
            "report_ledger": files.read(report.xlsx),
            "report_internal": files.read(report.internal_pdf),
            "report_docx": files.read(report.docx),
            "report_data": report.snapshot.encode(),
        }
        for name, content in expected.items():
            with self.subTest(name=name):
                answer = self.download(name)
                self.assertEqual(self.body(answer), content)
                self.assertTrue(answer["Content-Disposition"].startswith("attachment; filename*=utf-8''"))
                self.assertEqual(answer["X-Content-Type-Options"], "nosniff")

    def test_the_proof_file_runs_from_the_printed_head_to_the_issue(self):
        report = self.issue()
        found = json.loads(self.body(self.download("report_proof")))
        self.assertEqual([entry["act"] for entry in found["entries"]], ["number_report", "issue_report"])
        self.assertEqual(found["entries"][0]["prev"], report.issue["log"]["head"])
        self.assertEqual(proof.digest(found["data"]["text"]), report.digest)

    def test_nothing_can_be_downloaded_before_the_issue_or_from_outside(self):
        for name in PAPERS:
            self.assertEqual(self.download(name).status_code, 404)
        self.issue()
        stranger = make_person(Role.AUDITOR, make_office())
        outside = make_person(Role.HANDLER, make_unit(self.office))
        for person in (stranger, outside):
            for name in PAPERS:
                with self.subTest(name=name, person=person):
                    self.assertEqual(self.download(name, person).status_code, 404)

    def test_the_script_is_the_one_that_is_tested(self):
        self.client.force_login(self.clerk)
        answer = self.client.get(reverse("reports:offline_check"))
        self.assertTrue(answer.content.startswith(b"#!/usr/bin/env python3"))


class VerifyPageTests(PageCase):
    def ask(self, person=None, **data):
        self.client.force_login(person or make_person(Role.HANDLER, make_unit(make_office())))
        return self.send(**data)

    def send(self, **data):
        return self.client.post(reverse("reports:verify"), data, headers=ENGLISH)

    def verdict(self, **data):
        page = self.ask(**data)
        self.assertEqual(page.status_code, 200)
        return page.context["findings"][0]["of"].verdict

    def upload(self, content):
        return SimpleUploadedFile("report.pdf", content, "application/pdf")

    def test_the_issued_bytes_are_genuine_and_one_byte_less_is_altered(self):
        report = self.issue()
        content = files.read(report.pdf)
        self.assertEqual(self.verdict(file=self.upload(content)), "genuine")
        self.assertEqual(self.verdict(file=self.upload(content[:-1])), "altered")
        self.assertEqual(self.verdict(file=self.upload(b"%PDF-1.7 something else")), "unknown")

    def test_numbers_and_digests_may_be_typed(self):
        report = self.issue()
        typed = report.document_number.replace("〔", "[").replace("〕", "]")
        for text in (report.pdf.sha256.upper(), report.xlsx.sha256, report.internal_pdf.sha256):
            with self.subTest(text=text):
                self.assertEqual(self.verdict(text=text), "genuine")
        for text in (typed, report.digest):  # a forger copies these from the paper
            with self.subTest(text=text):
                self.assertEqual(self.verdict(text=text), "known")
        for text in ("清整改办〔2020〕99号", "0" * 64, "abc"):
            with self.subTest(text=text):
                self.assertEqual(self.verdict(text=text), "unknown")

    def test_every_part_is_held_against_its_own_digest(self):
        report = self.issue()
        parts = {name: files.read(getattr(report, name)) for name in ("pdf", "xlsx", "internal_pdf")}
        for name, content in (parts | {"data": report.snapshot.encode()}).items():
            with self.subTest(part=name):
                found = self.ask(file=self.upload(content)).context["findings"][0]["of"]
                self.assertEqual(
                    (found.verdict, found.held_against["sha256"]), ("genuine", proof.digest(content))
                )

    def test_a_replaced_report_is_called_superseded(self):
        first = self.issue()
        self.report = self.do("revise_report", self.clerk, reason="更正")
        second = self.issue()
        page = self.ask(file=self.upload(files.read(first.pdf)))
        self.assertEqual(page.context["findings"][0]["of"].verdict, "superseded")
        self.assertContains(page, second.document_number)

    def test_a_paper_that_is_not_issued_is_unknown_even_when_it_names_itself(self):
        self.do("submit_report", self.clerk)
        self.assertEqual(self.verdict(file=self.upload(pdf_bytes(self.fresh()))), "unknown")

    def test_who_may_not_see_the_report_learns_office_and_date_only(self):
        report = self.issue()
        page = self.ask(text=report.document_number)
        self.assertContains(page, report.office.name)
        self.assertNotContains(page, report.get_absolute_url())
        self.assertNotContains(page, "水源地")
        self.assertContains(self.ask(self.clerk, text=report.document_number), report.get_absolute_url())

    def test_nothing_empty_or_too_large_is_looked_at(self):
        self.assertEqual(self.ask().status_code, 400)
        self.assertContains(self.ask(file=self.upload(b"")), "is empty", status_code=400)
        with override_settings(XIAOHAO_EVIDENCE_MAX_MB=1):
            page = self.ask(file=self.upload(b"x" * (1024 * 1024 + 1)))
        self.assertContains(page, "larger than 1 MB", status_code=400)

    def test_whoever_has_the_file_needs_no_account(self):
        report = self.issue()
        self.client.logout()
        page = self.send(file=self.upload(files.read(report.pdf)))
        self.assertEqual(page.context["findings"][0]["of"].verdict, "genuine")
        self.assertContains(page, report.document_number)
        self.assertNotContains(page, report.get_absolute_url())
        self.assertContains(self.client.get(reverse("permissions:login")), reverse("reports:verify"))

    def test_without_an_account_numbers_cannot_be_tried(self):
        report = self.issue()
        self.client.logout()
        page = self.send(text=report.document_number)
        self.assertContains(page, "Choose the file", status_code=400)
        self.assertNotContains(page, report.signed_by, status_code=400)
        self.assertNotIn("text", page.context["form"].fields)

    @override_settings(XIAOHAO_CHECKS_PER_HOUR=2)
    def test_a_visitor_has_so_many_checks_an_hour_and_an_account_any(self):
        cache.clear()
        self.client.logout()
        answers = [self.send(file=self.upload(b"%PDF-1.7")).status_code for _ in range(3)]
        self.assertEqual(answers, [200, 200, 429])
        self.assertEqual(self.ask(file=self.upload(b"%PDF-1.7")).status_code, 200)

    @override_settings(XIAOHAO_CHECKS_PER_HOUR=0)
    def test_an_installation_may_want_an_account(self):
        self.client.logout()
        for answer in (self.client.get(reverse("reports:verify")), self.send(file=self.upload(b"%PDF-1.7"))):
            self.assertEqual(answer.status_code, 302)
        self.assertNotContains(self.client.get(reverse("permissions:login")), reverse("reports:verify"))


class StateTests(PageCase):
    def test_a_superseded_report_stays_downloadable(self):
        first = self.issue()
        self.report = self.do("revise_report", self.clerk, reason="更正")
        self.issue()
        first.refresh_from_db()
        self.assertEqual(first.state, ReportState.SUPERSEDED)
        page = self.page(self.clerk, "report", first.pk)
        self.assertEqual([step["status"] for step in page.context["steps"]], ["done"] * 4)
        self.assertTrue(page.context["downloads"])
