"""A unit with fifteen measures files its month in a real browser: clicks are counted, nothing is typed twice."""

from datetime import timedelta

import pytest
from django.test import override_settings

from permissions import clock
from permissions.models import Role, User
from reports.models import Filing, FilingState, TypedFiling
from tests.browser.test_journey import BrowserCase
from tests.factories import make_measure, make_plan, make_progress, member, month_to_open
from workflows.door import perform

MEASURES = 15
MOST_CLICKS = 6


@pytest.mark.browser
@override_settings(MEDIA_URL="/media/")
class FilingTests(BrowserCase):
    def setUp(self):
        super().setUp()
        self.handler = User.objects.get(username="handler")
        self.plan = make_plan(self.office)
        for _number in range(MEASURES):
            measure = make_measure(
                self.plan, lead=self.water, handler=self.handler, checkpoints=[clock.today() + timedelta(60)]
            )
            make_progress(measure, self.water, author=self.handler, progress=f"{measure.number}已完成。")
        clerk = member(self.office, Role.OFFICE_CLERK)
        month = month_to_open(self.plan)
        self.period = perform(self.plan.pk, "open_period", actor=clerk, month=month).subject
        self.filing = self.period.filings.get(unit=self.water)

    def click(self, locator):
        self.clicks += 1
        locator.click()

    def test_from_the_desk_to_sent_in_few_clicks_and_without_typing(self):
        self.clicks = 0
        with self.signed_in("handler") as page:
            self.click(page.locator(f"main a[href='/filings/{self.filing.pk}/edit/']").first)
            self.assertEqual(page.locator("main textarea[name^=progress_]").count(), MEASURES)
            self.click(page.locator("main button[name=send]"))
            page.wait_for_url(f"**/filings/{self.filing.pk}/")
        print(f"\nfiling of {MEASURES} measures: {self.clicks} clicks from the desk to sent")
        self.filing.refresh_from_db()
        self.assertEqual(self.filing.state, FilingState.SUBMITTED)
        self.assertEqual(
            {row["progress"] for row in self.filing.rows},
            {f"{r['number']}已完成。" for r in self.filing.rows},
        )
        self.assertLessEqual(self.clicks, MOST_CLICKS)

    def test_typing_is_kept_by_itself_and_restored_on_the_next_visit(self):
        with self.signed_in("handler") as page:
            here = f"/filings/{self.filing.pk}/edit/"
            self.go(page, here)
            first = page.locator("main textarea").first
            first.fill("边写边存的一段话。")
            page.locator("#typed:has-text('已暂存')").wait_for()
            self.go(page, here)  # no question about leaving: what was typed is kept
            self.assertEqual(page.locator("main textarea").first.input_value(), "边写边存的一段话。")
            self.assertTrue(page.locator("main .alert--info:has-text('已恢复')").is_visible())
            box = page.locator("main input[name^=unchanged_]").nth(1)
            reason = page.locator("main input[name^=reason_]").nth(1)
            self.assertFalse(reason.is_visible())
            box.check()
            reason.fill("等待批复。")
            page.locator("#typed:has-text('已暂存')").wait_for()
            page.context.clear_cookies(name="sessionid")
            reason.fill("等待上级批复。")
            page.locator("#typed:has-text('暂存未成功')").wait_for()
            self.assertTrue(box.is_visible())
        row = TypedFiling.objects.get().rows[1]
        self.assertEqual((row["unchanged"], row["reason"]), (True, "等待批复。"))
        self.assertEqual(Filing.objects.get(pk=self.filing.pk).rows, [])
