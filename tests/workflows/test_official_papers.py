"""Making papers about one thing: frozen once, numbered without gaps, printed by the worker, shown to who may see it."""

import json
from datetime import timedelta

from django.urls import reverse

from cases import files
from cases.errors import NoRight, NotReady, NotVisible
from cases.models import ChainHead, Instrument, LogEntry
from permissions import clock
from permissions.models import Role
from reports import verification
from reports.documents import forms, official
from reports.models import Filing, Paper
from reports.proof import digest
from tests.factories import make_person, make_unit
from tests.workflows.pages import PageTestCase
from workflows import contents, integrity, jobs
from workflows.door import perform
from workflows.models import Job, JobState


class PapersTestCase(PageTestCase):
    def setUp(self):
        super().setUp()
        self.closed = self.measure(state="CLOSED", long_term=True)
        self.round = self.closed.rounds.get()

    def make(self, actor=None, act="print_close_out", row=None):
        return perform((row or self.round).pk, act, actor=actor or self.clerk)

    def print(self, paper):
        """What the worker does, with bytes of our own in place of the printed ones."""
        stored = files.store(paper.office_id, f"paper {paper.pk}".encode(), "application/pdf")
        perform(paper.pk, "keep_paper", actor=None, pdf=stored.pk)
        return Paper.objects.get(pk=paper.pk)


class MakingTests(PapersTestCase):
    def test_it_freezes_what_holds_now_under_one_digest_and_the_head_of_the_record(self):
        head = ChainHead.objects.get(office=self.office)
        outcome = self.make()
        paper = Paper.objects.get()
        frozen = json.loads(paper.snapshot)
        self.assertEqual(paper.digest, digest(paper.snapshot))
        self.assertEqual(frozen["log"], {"count": head.sequence, "head": head.hash})
        self.assertEqual(frozen["content"]["round"]["closed_by"], self.office_head.name)
        self.assertEqual([one["kind"] for one in frozen["content"]["sign_offs"]], ["REQUEST", "SUBMIT"])
        self.assertEqual(frozen["content"]["evidence"][0]["name"], "整改前后对比.png")
        body = json.loads(outcome.entry.body)
        self.assertEqual((body["digest"], body["revision"]), (paper.digest, 1))
        self.assertEqual(outcome.entry.measure_id, self.closed.pk)

    def test_a_signature_that_counts_no_more_says_so(self):
        self.round.sign_offs.filter(kind="REQUEST").update(withdrawn_at=clock.now())
        content = contents.close_out(self.round)
        said = str(
            next(cell for row in forms.close_out(content) for cell in row if cell.label == "申请和审核")
        )
        self.assertEqual(said.count("后不再有效"), 1)

    def test_a_paper_that_still_holds_is_not_made_again(self):
        first, second = self.make(), self.make(actor=self.office_head)
        self.assertEqual((second.repeated, second.subject), (True, first.subject))
        self.assertEqual(Paper.objects.count(), 1)
        self.assertEqual(LogEntry.objects.filter(act="print_close_out").count(), 1)
        self.assertEqual(Job.objects.filter(key=f"paper:{first.subject.pk}").count(), 1)

    def test_of_a_changed_thing_the_next_revision_keeps_the_number_and_the_earlier_paper(self):
        first = self.print(self.make().subject)
        self.closed.follow_up_months = 6
        self.closed.save()
        second = self.make().subject
        self.assertEqual([first.key[-1], second.key[-1]], ["1", "2"])
        self.assertEqual(second.document_number, first.document_number)
        self.assertEqual(json.loads(second.snapshot)["revision"], 2)
        self.assertEqual(Paper.objects.get(pk=first.pk).snapshot, first.snapshot)
        self.assertEqual(verification.check_file(files.read(first.pdf)).verdict, verification.GENUINE)
        self.print(second)
        self.assertEqual(verification.check_file(files.read(first.pdf)).verdict, verification.SUPERSEDED)

    def test_the_check_of_everything_covers_papers(self):
        paper = self.print(self.make().subject)
        self.assertEqual(integrity.check_office(self.office).wrong, [])
        Paper.objects.filter(pk=paper.pk).update(snapshot=paper.snapshot.replace("到位", "不到位"))
        [wrong] = integrity.check_office(self.office).wrong
        self.assertIn(paper.key, wrong)

    def test_close_outs_are_numbered_in_their_own_series_without_gaps(self):
        other = self.measure(state="CLOSED").rounds.get()
        numbers = [self.make().subject.document_number, self.make(row=other).subject.document_number]
        year = clock.today().year
        self.assertEqual(numbers, [f"清整改办销号〔{year}〕{n}号" for n in (1, 2)])

    def test_what_is_not_done_yet_has_no_paper(self):
        open_round = self.measure().rounds.get()
        with self.assertRaises(NotReady):
            self.make(row=open_round)
        self.assertEqual(Paper.objects.count(), 0)

    def test_who_only_reads_makes_none_and_who_sees_nothing_finds_nothing(self):
        with self.assertRaises(NoRight):
            self.make(actor=self.auditor)
        with self.assertRaises(NotVisible):
            self.make(actor=make_person(Role.HANDLER, make_unit(self.office)))
        self.assertEqual(Paper.objects.count(), 0)

    def test_no_unit_makes_what_goes_out_under_the_office_s_red_head(self):
        with self.assertRaises(NoRight):
            self.make(actor=self.handler)
        self.client.force_login(self.handler)
        page = self.client.get(reverse("workflows:measure_papers", args=[self.closed.pk]))
        self.assertContains(page, "the office makes it")
        self.assertContains(page, "Make the paper", count=1)  # the record of the check
        check = self.round.verifications.get()
        self.assertEqual(
            self.make(actor=self.handler, act="print_verification", row=check).subject.kind, "VERIFICATION"
        )

    def test_the_worker_prints_it_once(self):
        paper = self.make().subject
        job = Job.objects.get(key=f"paper:{paper.pk}")
        jobs.execute(job.pk)
        paper.refresh_from_db()
        content = files.read(paper.pdf)
        self.assertEqual(content, official.render_paper(json.loads(paper.snapshot)))
        jobs.print_paper(job, paper_id=paper.pk)  # delivered again
        self.assertEqual(LogEntry.objects.filter(act="keep_paper").count(), 1)
        job.refresh_from_db()
        self.assertEqual(job.state, JobState.DONE)

        found = verification.check_file(content)
        self.assertEqual((found.verdict, found.paper), (verification.GENUINE, paper))
        self.assertEqual(verification.check_file(content + b" ").verdict, verification.ALTERED)

    def test_a_character_without_a_glyph_stops_it_before_it_takes_a_number(self):
        self.round.close_out_note = "同意\U0010fffd"
        self.round.save()
        with self.assertRaises(NotReady):
            self.make()
        self.assertEqual(Paper.objects.count(), 0)


class OtherKindTests(PapersTestCase):
    """The same for what is no close-out: who sees it, and what it takes over."""

    def test_a_verification_names_the_digests_that_were_looked_at(self):
        check = self.round.verifications.get()
        content = json.loads(self.make(act="print_verification", row=check).subject.snapshot)["content"]
        self.assertCountEqual([one["sha256"] for one in content["evidence"]], check.evidence_digests)
        close_out = contents.close_out(self.round)
        self.assertEqual(content["evidence"], close_out["evidence"])  # in the same order
        self.assertIsNone(content["returned"])

    def test_an_extension_shows_who_said_what_and_what_is_still_open(self):
        measure = self.measure()
        step = measure.checkpoints.get()
        asked = {"checkpoint": step.pk, "reason": "雨", "interim_measures": "围挡"}
        new_due_on = step.due_on + timedelta(days=9)
        perform(measure.pk, "request_extension", actor=self.handler, new_due_on=new_due_on, **asked)
        row = measure.extensions.get()
        first = json.loads(self.make(act="print_extension", row=row).subject.snapshot)["content"]
        needed = {key: box["needed"] for key, box in first["opinions"].items()}
        self.assertEqual(needed, {"unit_head": True, "office_head": True, "leader": False})
        perform(row.pk, "refuse_extension", actor=self.head, reason="按期完成")
        later = json.loads(self.make(act="print_extension", row=row).subject.snapshot)
        boxes = later["content"]["opinions"]
        self.assertEqual(later["revision"], 2)
        self.assertEqual(
            (boxes["unit_head"]["agreed"], boxes["unit_head"]["by"], boxes["unit_head"]["note"]),
            (False, self.head.name, "按期完成"),
        )
        self.assertFalse(boxes["office_head"]["needed"])

    def test_an_instrument_keeps_its_own_number_and_day(self):
        row = self.order()
        paper = self.make(act="print_instrument", row=row, actor=self.office_head).subject
        self.assertEqual(paper.document_number, "清整改办督办〔2026〕7号")
        self.assertEqual(json.loads(paper.snapshot)["issued_on"], clock.today().isoformat())
        with self.assertRaises(NotReady):
            self.make(
                act="print_instrument", row=self.order(state="PROPOSED", issued_at=None), actor=self.clerk
            )

    def test_what_comes_back_makes_no_other_paper_of_an_instrument(self):
        row = self.order(recipients=[{"role": role, "name": "某人"} for role in ("OFFICE_HEAD", "LEADER")])
        before = contents.instrument(row)
        row.state, row.received_by, row.received_at = "ANSWERED", self.handler, clock.now()
        row.answer, row.answered_by, row.answered_at = "已办。", self.head, clock.now()
        row.save()
        self.assertEqual(contents.instrument(row), before)
        self.assertEqual(before["copies"], ["领导小组领导"])  # no person, and not the office that sends it

    def order(self, **fields):
        number = Instrument.objects.count()
        return Instrument.objects.create(
            office=self.office,
            unit=self.unit,
            measure=self.closed,
            kind="ORDER",
            cause_kind="MANUAL",
            cause=f"MANUAL:{number}",
            rung=0,
            due_on=clock.today(),
            proposed_at=clock.now(),
            text="请办理。",
            **{
                "state": "ISSUED",
                "issued_at": clock.now(),
                "document_number": "清整改办督办〔2026〕7号" if not number else "",
                **fields,
            },
        )


class PageTests(PapersTestCase):
    def papers(self, person, name="measure_papers", row=None):
        self.client.force_login(person)
        return self.client.get(reverse(f"workflows:{name}", args=[(row or self.closed).pk]))

    def test_made_from_the_page_then_fetched(self):
        page = self.papers(self.clerk)
        self.assertContains(page, "Make the paper", count=2)
        url = reverse("workflows:print_close_out", args=[self.round.pk])
        self.assertContains(page, url)
        self.assertRedirects(
            self.client.post(url), f"{self.closed.get_absolute_url()}#papers", fetch_redirect_response=False
        )
        self.assertContains(self.papers(self.head), "being printed")
        paper = self.print(Paper.objects.get())
        self.assertContains(self.papers(self.auditor), reverse("workflows:paper", args=[paper.pk]))
        response = self.client.get(reverse("workflows:paper", args=[paper.pk]))
        self.assertEqual(b"".join(response.streaming_content), f"paper {paper.pk}".encode())
        self.client.force_login(make_person(Role.HANDLER, make_unit(self.office)))
        self.assertEqual(self.client.get(reverse("workflows:paper", args=[paper.pk])).status_code, 404)

    def test_a_job_that_failed_says_so_and_is_asked_again(self):
        paper = self.make().subject
        Job.objects.update(state=JobState.FAILED, message="没有字体")
        self.assertContains(self.papers(self.clerk), "没有字体")
        self.client.post(reverse("workflows:print_close_out", args=[self.round.pk]))
        self.assertEqual(Job.objects.get(key=f"paper:{paper.pk}").state, JobState.QUEUED)

    def test_the_list_costs_the_same_however_much_there_is(self):
        few = self.statements(self.clerk, lambda: self.papers(self.clerk))
        self.make()
        check = self.round.verifications.get()
        self.print(self.make(act="print_verification", row=check).subject)
        check.pk, check.attempt = None, 2
        check.save()
        many = self.statements(self.clerk, lambda: self.papers(self.clerk))
        self.assertLessEqual(many, few + 1)  # the jobs of what is not printed yet

    def test_the_page_that_checks_papers_says_what_it_is(self):
        paper = self.print(self.make().subject)
        self.client.force_login(self.auditor)
        page = self.client.post(reverse("reports:verify"), {"text": paper.pdf.sha256})
        for words in ("Genuine", "Close-out notice", paper.document_number, paper.digest):
            self.assertContains(page, words)

    def test_a_paper_bears_the_name_of_the_office_and_that_of_a_filing_its_unit(self):
        papers = Paper(office=self.office), Paper(office=self.office, filing=Filing(unit=self.unit))
        found = [verification.Finding(verification.GENUINE, paper).issued_by for paper in papers]
        self.assertEqual(found, [self.office.name, self.unit.name])

    def test_the_page_of_the_measure_asks_for_its_papers(self):
        self.client.force_login(self.clerk)
        page = self.client.get(self.closed.get_absolute_url())
        self.assertContains(page, reverse("workflows:measure_papers", args=[self.closed.pk]))
