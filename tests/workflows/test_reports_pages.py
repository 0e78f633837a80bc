"""Pages that act on the monthly report, and the progress of its printing."""

from datetime import datetime

from django.urls import reverse

from permissions import clock
from permissions.models import Role
from reports.models import MonthlyReport, ReportState
from tests.factories import make_office, make_person, member
from tests.reports.issued import issue
from tests.workflows.test_monthly_report import ReportCase
from workflows import jobs
from workflows.models import Job, JobState

AT = datetime(2026, 11, 20, 9)
ENGLISH = {"accept-language": "en"}


class ReportPageCase(ReportCase):
    def get(self, person, name, pk=None):
        self.client.force_login(person)
        with clock.at(AT):
            return self.client.get(reverse(f"workflows:{name}", args=[pk or self.report.pk]), headers=ENGLISH)

    def post(self, person, name, pk=None, **data):
        self.client.force_login(person)
        with clock.at(AT):
            url = reverse(f"workflows:{name}", args=[pk or self.report.pk])
            return self.client.post(url, data, headers=ENGLISH)

    def state(self):
        return self.fresh().state


STOPPED = "Start the printing again: nothing was issued"


class ReportActPageTests(ReportPageCase):
    def test_composing_says_whose_texts_will_be_missing(self):
        MonthlyReport.objects.all().delete()
        page = self.get(self.clerk, "compose_report", self.period.pk)
        missing = [filing.unit.name for group in page.context["groups"] for filing in group["filings"]]
        self.assertEqual((page.context["accepted"], missing), (1, ["县交通运输局"]))
        answer = self.post(self.clerk, "compose_report", self.period.pk)
        self.assertRedirects(answer, MonthlyReport.objects.get().get_absolute_url())

    def test_composing_twice_is_refused_with_a_sentence(self):
        page = self.post(self.clerk, "compose_report", self.period.pk)
        self.assertContains(page, "exists already", status_code=409)

    def test_the_clerk_edits_blocks_and_nothing_else(self):
        page = self.get(self.clerk, "edit_report")
        pk = self.measure.problem_id
        self.assertEqual(
            page.context["form"][f"progress_{pk}"].value(), "措施(1)：已划定水源地12处。（县水利局）"
        )
        self.post(
            self.clerk,
            "edit_report",
            row_version=1,
            opening="开头。",
            **{f"progress_{pk}": "新文。", f"difficulties_{pk}": "无。"},
        )
        texts = self.fresh().texts
        self.assertEqual((texts["opening"], texts["progress"][0]["text"]), ("开头。", "新文。"))
        self.assertEqual(
            texts["next_steps"][0]["text"], "措施(1)：争取资金。（县水利局）"
        )  # not sent, so not changed

    def test_a_stale_edit_keeps_the_text(self):
        page = self.post(self.clerk, "edit_report", row_version=9, opening="不能丢")
        self.assertContains(page, "不能丢", status_code=409)

    def test_the_clerk_reads_once_more_what_would_freeze(self):
        page = self.get(self.clerk, "submit_report")
        self.assertContains(page, "已划定水源地12处")
        self.assertContains(page, "not frozen yet")
        self.assertEqual([row["unit"] for row in page.context["missing"]], ["县交通运输局"])

    def test_the_way_to_the_signature_page_by_page(self):
        self.post(self.clerk, "submit_report", row_version=1)
        digest = self.fresh().digest
        self.assertContains(self.get(self.head, "review_report"), digest)
        self.post(self.head, "review_report", row_version=2)
        self.assertContains(self.get(self.leader, "sign_report"), digest)
        self.post(self.leader, "sign_report", row_version=3)
        self.assertEqual((self.state(), self.fresh().digest), (ReportState.SIGNED, digest))

    def test_head_and_leader_may_send_it_back_with_a_reason(self):
        self.post(self.clerk, "submit_report")
        self.assertEqual(self.post(self.head, "refuse_report", reason="").status_code, 400)
        self.post(self.head, "refuse_report", reason="文字再精炼。")
        self.assertEqual((self.state(), self.fresh().return_reason), (ReportState.DRAFT, "文字再精炼。"))

    def test_wrong_role_403_wrong_state_409_stranger_404(self):
        auditor = member(self.office, Role.AUDITOR)
        stranger = make_person(Role.OFFICE_CLERK, make_office())
        for name in (
            "edit_report",
            "recompose_report",
            "submit_report",
            "review_report",
            "sign_report",
            "refuse_report",
        ):
            with self.subTest(name=name):
                self.assertEqual(self.get(auditor, name).status_code, 403)
                self.assertEqual(self.post(auditor, name, reason="x").status_code, 403)
                self.assertEqual(self.get(stranger, name).status_code, 404)
        self.assertEqual(self.post(self.head, "review_report").status_code, 409)
        self.assertEqual(self.post(self.leader, "sign_report").status_code, 409)
        self.assertEqual(self.state(), ReportState.DRAFT)

    def test_an_issued_report_is_corrected_by_the_next_revision(self):
        issue(self.report, clerk=self.clerk, head=self.head, leader=self.leader)
        page = self.get(self.clerk, "revise_report")
        self.assertContains(page, "As issued")
        self.assertNotContains(page, "Look at this before the report is issued")
        answer = self.post(self.clerk, "revise_report", reason="更正数据")
        second = MonthlyReport.objects.get(revision=2)
        self.assertRedirects(answer, second.get_absolute_url())


class JobPageTests(ReportPageCase):
    def job(self, **fields):
        Job.objects.filter(key=f"report:{self.report.pk}").update(**fields)
        return self.get(self.clerk, "report_job")

    def setUp(self):
        for person, act in ((self.clerk, "submit"), (self.head, "review"), (self.leader, "sign")):
            self.post(person, f"{act}_report")

    def test_the_page_asks_again_until_the_report_is_issued(self):
        fragment = self.job(state=JobState.RUNNING, percent=80)
        self.assertContains(fragment, 'value="80"')
        self.assertContains(fragment, "80%")
        self.assertContains(fragment, "every 1s")
        MonthlyReport.objects.filter(pk=self.report.pk).update(state=ReportState.DRAFT)
        self.assertEqual(self.get(self.clerk, "report_job")["HX-Refresh"], "true")

    def test_a_failure_is_told_in_the_readers_words_and_can_be_tried_again(self):
        fragment = self.job(state=JobState.FAILED, message="字体缺字：𠮷", error="Traceback …")
        self.assertContains(fragment, "字体缺字：𠮷")
        self.assertNotContains(fragment, "Traceback")
        self.assertNotContains(fragment, "every 1s")
        self.assertEqual(self.waits(self.head), [(STOPPED, self.report.get_absolute_url())])
        self.post(self.clerk, "retry_report")
        self.assertEqual(self.waits(self.head), [])
        self.assertEqual(Job.objects.get(key=f"report:{self.report.pk}").state, JobState.QUEUED)

    def test_only_who_works_on_the_report_may_try_again(self):
        self.job(state=JobState.FAILED)
        self.assertEqual(self.post(member(self.office, Role.AUDITOR), "retry_report").status_code, 403)
        self.assertEqual(Job.objects.get(key=f"report:{self.report.pk}").state, JobState.FAILED)

    def test_the_printing_is_cancelled_and_started_again(self):
        self.assertContains(self.job(state=JobState.RUNNING, percent=40), "/cancel/")
        self.assertEqual(self.post(member(self.office, Role.AUDITOR), "cancel_report").status_code, 403)
        self.post(self.clerk, "cancel_report")
        job = Job.objects.get(key=f"report:{self.report.pk}")
        self.assertEqual(job.state, JobState.CANCELLED)
        fragment = self.get(self.clerk, "report_job")
        self.assertContains(fragment, "/retry/")
        self.assertNotContains(fragment, "every 1s")
        jobs.execute(job.pk)
        self.assertEqual(self.state(), ReportState.SIGNED)
        self.post(self.clerk, "retry_report")
        job.refresh_from_db()
        self.assertEqual((job.state, job.percent), (JobState.QUEUED, 0))

    def test_an_auditor_sees_the_progress_and_no_button(self):
        self.job(state=JobState.RUNNING)
        fragment = self.get(member(self.office, Role.AUDITOR), "report_job")
        self.assertNotContains(fragment, "<button")
