"""The review in a real browser: what is edited can be taken back, over a reload, and what is left is confirmed."""

import pytest
from django.test import override_settings

from cases.models import ImportDraft, LogEntry, Plan
from permissions import clock
from tests.browser.test_journey import BrowserCase, plan_text


@pytest.mark.browser
@override_settings(MEDIA_URL="/media/")
class ReviewTests(BrowserCase):
    def test_edit_undo_over_a_reload_and_confirm(self):
        document = self.folder / "plan.txt"
        document.write_text(plan_text(clock.today()), encoding="utf-8")
        with self.signed_in("clerk") as page:
            self.go(page, "/plans/import/")
            page.set_input_files("main [name=file]", document)
            self.send(page)
            self.edit(page, text="改过的措施。")
            self.edit(page, goal="一个目标。")
            page.reload()
            self.assertIn("改过的措施。", page.locator("#m-1").inner_text())
            self.assertEqual(page.locator("#undo ol li").count(), 2)
            page.keyboard.press("Control+z")
            page.locator("#undo ol li").nth(1).wait_for(state="detached")
            page.locator("#undo [value=undo]").click()
            page.locator("#undo [value=undo]").wait_for(state="detached")
            self.assertIn("更换老旧管网", page.locator("#m-1").inner_text())
            page.locator("#undo [value=redo]").click()
            page.locator("#undo [value=undo]").wait_for()
            self.send(page)
        measure = Plan.objects.get().measures.get()
        self.assertEqual((measure.text, measure.goal), ("改过的措施。", ""))
        acts = list(LogEntry.objects.order_by("sequence").values_list("act", flat=True))
        edits = ["edit_draft"] * 2 + ["undo_edit"] * 2 + ["redo_edit"]
        self.assertEqual(acts, ["read_plan", *edits, "confirm_import"])

    def test_a_document_read_by_mistake_is_discarded(self):
        document = self.folder / "plan.txt"
        document.write_text(plan_text(clock.today()), encoding="utf-8")
        with self.signed_in("clerk") as page:
            self.go(page, "/plans/import/")
            page.set_input_files("main [name=file]", document)
            self.send(page)
            page.locator("main a[href$='/discard/']").click()
            self.send(page)
            self.assertIn("弃用", page.locator("main").inner_text())
        self.assertFalse(ImportDraft.objects.exists())

    def edit(self, page, **fields):
        page.locator("#m-1 a[href*='set_measure']").click()
        form = page.locator("#set-measure-1")
        for name, value in fields.items():
            form.locator(f"[name={name}]").fill(value)
        form.locator("button[type=submit]").click()
        form.wait_for(state="detached")
        page.locator("#undo [value=undo]").wait_for()
