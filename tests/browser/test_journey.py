"""The main job in a real browser: a plan document → claim → close-out → filing → signed report → checked PDF."""

import os
import subprocess
import sys
import tempfile
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path

import pytest
from django.contrib.staticfiles.testing import StaticLiveServerTestCase
from django.test import override_settings
from playwright.sync_api import sync_playwright

from cases.models import Measure, Plan
from cases.states import MeasureState as S
from permissions import clock
from permissions.models import Role
from reports.models import MonthlyReport, ReportState
from tests.factories import make_measure, make_office, make_person, make_plan, make_unit
from workflows import jobs
from workflows.models import Job

PASSWORD = "a-long-password-for-the-journey"
FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-sync",
    "--no-first-run",
]
PNG = bytes.fromhex(
    "89504e470d0a1a0a0000000d4948445200000001000000010802000000907753de0000000c49444154"
    "789c63f8cfc000000301010018dd8db00000000049454e44ae426082"
)


def plan_text(today):
    due = today + timedelta(days=60)
    return f"""清河县农村供水督查反馈问题整改方案
清河县农村供水整改工作领导小组
{today.year}年{today.month}月{today.day}日
一、总体要求
压实责任，确保整改到位。
二、存在问题及整改措施
针对1个方面问题共制定1条整改措施。
（一）农村供水保障不稳定。部分管网老化，枯水期水压不足。
整改措施：（1）更换老旧管网，落实管护责任。
〔牵头单位：县水利局；责任单位：石桥镇人民政府；整改时限：{due.year}年{due.month}月{due.day}日前取得阶段性成效，长期坚持〕
三、整改要求
各单位每月28日前报送整改情况报告（内容包括整改进展情况、整改过程中发现的问题、下步工作措施）至县整改办。
"""


class BrowserCase(StaticLiveServerTestCase):
    """A small county with a person for each role, and their pages."""

    def setUp(self):
        self.office = make_office("qinghe", name="清河县农村供水整改工作领导小组办公室")
        self.water = make_unit(self.office, "县水利局")
        make_unit(self.office, "石桥镇人民政府", kind="TOWN")
        for username, role, unit in [
            ("clerk", Role.OFFICE_CLERK, self.office),
            ("officehead", Role.OFFICE_HEAD, self.office),
            ("leader", Role.LEADER, self.office),
            ("auditor", Role.AUDITOR, self.office),
            ("handler", Role.HANDLER, self.water),
            ("unithead", Role.UNIT_HEAD, self.water),
        ]:
            person = make_person(role, unit, username=username)
            person.set_password(PASSWORD)
            person.save()
        self.sessions = {}
        self.folder = Path(self.enterContext(tempfile.TemporaryDirectory()))
        playwright = self.enterContext(sync_playwright())
        self.browser = playwright.chromium.launch(
            executable_path=os.environ.get("CHROMIUM", "/usr/bin/chromium"), args=FLAGS
        )
        self.addCleanup(self.browser.close)

    @contextmanager
    def signed_in(self, username):
        """A page of that person; anything the browser's console calls an error fails the journey."""
        context = self.browser.new_context(locale="zh-CN", viewport={"width": 1440, "height": 900})
        context.set_default_timeout(15_000)
        page, errors = context.new_page(), []
        page.on("console", lambda message: errors.append(message.text) if message.type == "error" else None)
        page.on("pageerror", lambda error: errors.append(str(error)))
        if username in self.sessions:
            context.add_cookies(self.sessions[username])
            page.goto(self.live_server_url)
        else:
            self.sign_in(page, username)
            self.sessions[username] = context.cookies()
        yield page
        self.assertEqual(errors, [], username)
        context.close()

    def sign_in(self, page, username):
        page.goto(f"{self.live_server_url}/login/")
        page.fill("[name=username]", username)
        page.fill("[name=password]", PASSWORD)
        page.press("[name=password]", "Enter")
        page.wait_for_url(f"{self.live_server_url}/")

    def go(self, page, path):
        response = page.goto(f"{self.live_server_url}{path}")
        self.assertEqual(response.status, 200, path)

    def act(self, page, start, act, **fields):
        """From the page ``start`` follow the link to the act, fill in its form and send it."""
        self.go(page, start)
        page.locator(f"main a[href*='/{act}/']").first.click()
        self.fill(page, **fields)

    def fill(self, page, **fields):
        for name, value in fields.items():
            page.locator(f"main [name='{name}']").fill(value)
        self.send(page)

    def send(self, page):
        """Press the form's button and land on another page: a refused form would stay."""
        before = page.url
        page.locator(
            "main form[method=post] button[type=submit].btn--primary, main button[form].btn--primary"
        ).first.click()
        page.wait_for_url(lambda url: url != before)


@pytest.mark.browser
@override_settings(
    MEDIA_URL="/media/"
)  # Django's test server would else answer /reports/… from the working folder
class JourneyTests(BrowserCase):
    def state(self, measure):
        return Measure.objects.get(pk=measure.pk).state

    def test_from_the_document_to_the_checked_report(self):
        measure = self.import_and_issue()
        self.rectify(measure)
        self.verify_and_close(measure)
        report = self.report_the_month(measure.plan)
        self.audit(report)

    def test_text_sent_after_the_session_ended_waits_behind_the_sign_in(self):
        measure = make_measure(make_plan(self.office), lead=self.water)
        here = f"/measures/{measure.pk}/enter-progress/"
        with self.signed_in("handler") as page:
            self.go(page, here)
            page.locator("main [name=progress]").fill("写了半天的进展。")
            page.context.clear_cookies(name="sessionid")
            page.locator("main form[method=post] .btn--primary[type=submit]").first.click()
            page.fill("[name=username]", "handler")
            page.fill("[name=password]", PASSWORD)
            page.press("[name=password]", "Enter")
            page.wait_for_url(f"{self.live_server_url}{here}")
            self.assertEqual(page.locator("main [name=progress]").input_value(), "写了半天的进展。")
            self.assertTrue(page.locator("#kept").is_visible())
            self.send(page)
        self.assertEqual(measure.progress.get().progress, "写了半天的进展。")

    def import_and_issue(self):
        document = self.folder / "plan.txt"
        document.write_text(plan_text(clock.today()), encoding="utf-8")
        with self.signed_in("clerk") as page:
            self.go(page, "/plans/import/")
            page.set_input_files("main [name=file]", document)
            self.send(page)
            self.assertEqual(page.locator("main mark").first.is_visible(), True)
            self.send(page)
        plan = Plan.objects.get()
        with self.signed_in("officehead") as page:
            self.act(page, f"/plans/{plan.pk}/", "issue")
        measure = plan.measures.get()
        self.assertEqual(measure.state, S.ISSUED)
        return measure

    def rectify(self, measure):
        here, photo = f"/measures/{measure.pk}/", self.folder / "管网更换后.png"
        photo.write_bytes(PNG)
        with self.signed_in("handler") as page:
            page.locator(f"main a[href='{here}']").first.click()  # from the desk
            self.act(page, here, "claim")
            self.assertEqual(self.state(measure), S.RECTIFYING)
            self.act(page, here, "enter-progress", progress="更换管网12公里。", next_steps="做好验收。")
            self.go(page, here)
            page.locator("main a[href*='/attach-evidence/']").first.click()
            page.set_input_files("main [name=files]", photo)
            self.send(page)
            self.act(page, here, "request-verification")
        with self.signed_in("unithead") as page:
            self.act(page, here, "submit")
        self.assertEqual(self.state(measure), S.SUBMITTED)

    def verify_and_close(self, measure):
        here = f"/measures/{measure.pk}/"
        with self.signed_in("clerk") as page:
            self.go(page, here)
            page.locator("main a[href*='/verify/']").first.click()
            page.locator("main [name=method][value=SITE]").check()
            self.fill(page, findings="现场查看属实。")
        with self.signed_in("officehead") as page:
            self.act(page, here, "close-out")
            self.assertIn("已销号", page.locator("main").inner_text())
        self.assertEqual(self.state(measure), S.CLOSED)

    def report_the_month(self, plan):
        with self.signed_in("clerk") as page:
            self.go(page, f"/plans/{plan.pk}/open-period/")
            self.send(page)
        period = plan.periods.get()
        filing = period.filings.get(unit=self.water)
        with self.signed_in("handler") as page:
            self.go(page, f"/filings/{filing.pk}/edit/")
            typed = page.locator("main textarea").first.input_value()
            self.assertEqual(typed, "更换管网12公里。")  # nothing is typed twice
            before = page.url
            page.locator("main button[name=send]").click()
            page.wait_for_url(lambda url: url != before)
        for username, act in [("unithead", "approve"), ("clerk", "accept")]:
            with self.signed_in(username) as page:
                self.act(page, f"/filings/{filing.pk}/", act)
        with self.signed_in("clerk") as page:
            self.act(page, f"/periods/{period.pk}/", "compose")
            report = MonthlyReport.objects.get()
            self.act(page, f"/reports/{report.pk}/", "submit")
        for username, act in [("officehead", "review"), ("leader", "sign")]:
            with self.signed_in(username) as page:
                self.act(page, f"/reports/{report.pk}/", act)
        jobs.execute(Job.objects.get().pk)
        report.refresh_from_db()
        self.assertEqual(report.state, ReportState.ISSUED)
        return report

    def audit(self, report):
        with self.signed_in("auditor") as page:
            self.go(page, f"/reports/{report.pk}/")
            self.assertIn(report.pdf.sha256, page.locator("main").inner_text().replace("\n", ""))
            for name in ("report.pdf", "proof.json", "ledger.xlsx", "offline_check.py"):
                with page.expect_download() as download:
                    page.locator(f"main a[href$='{name}']").first.click()
                download.value.save_as(self.folder / name)
        genuine = self.check_offline()
        self.assertEqual(genuine.returncode, 0, genuine.stdout + genuine.stderr)
        pdf = self.folder / "report.pdf"
        changed = bytearray(pdf.read_bytes())
        changed[len(changed) // 2] ^= 1
        pdf.write_bytes(changed)
        self.assertEqual(self.check_offline().returncode, 1)

    def check_offline(self):
        files = [str(self.folder / name) for name in ("report.pdf", "proof.json", "ledger.xlsx")]
        script = str(self.folder / "offline_check.py")
        return subprocess.run([sys.executable, "-I", "-S", script, *files], capture_output=True, text=True)
