"""Pages that act on months and filings: what is sent, what is kept, what is refused."""

from datetime import datetime, timedelta

from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from cases.models import LogEntry
from permissions import clock
from permissions.models import Role
from reports.models import Filing, FilingState, ReportingPeriod
from tests.factories import make_measure, member
from tests.workflows.test_filings import IN_TIME, FilingCase
from workflows.door import perform

ENGLISH = {"accept-language": "en"}


class FilingPageCase(FilingCase):
    def url(self, name, filing=None):
        return reverse(f"workflows:{name}", args=[(filing or self.filing).pk])

    def get(self, person, name, filing=None, at=IN_TIME):
        self.client.force_login(person)
        with clock.at(at):
            return self.client.get(self.url(name, filing), headers=ENGLISH)

    def post(self, person, name, filing=None, at=IN_TIME, **data):
        self.client.force_login(person)
        with clock.at(at):
            return self.client.post(self.url(name, filing), data, headers=ENGLISH)

    def texts(self, progress="已完成水源地划定。", **more):
        pk = self.measure.pk
        return {f"progress_{pk}": progress, f"difficulties_{pk}": "", f"next_steps_{pk}": "", **more}

    def fresh(self):
        return Filing.objects.get(pk=self.filing.pk)


class EditFilingPageTests(FilingPageCase):
    def test_it_is_pre_filled_from_what_was_entered(self):
        self.enter(datetime(2026, 11, 5, 9), "已完成水源地划定。", difficulties="资金不足。")
        page = self.get(self.handler, "edit_filing")
        self.assertEqual(
            [shown["field"].value() for item in page.context["items"] for shown in item["fields"]],
            ["已完成水源地划定。", "资金不足。", ""],
        )

    def test_saving_keeps_the_texts_and_stays_on_the_page(self):
        answer = self.post(self.handler, "edit_filing", save="", row_version=1, **self.texts("初稿"))
        self.assertRedirects(answer, self.url("edit_filing"))
        self.assertEqual((self.fresh().rows[0]["progress"], self.fresh().state), ("初稿", FilingState.DRAFT))

    def test_sending_hands_it_to_the_head(self):
        answer = self.post(self.handler, "edit_filing", send="", row_version=1, **self.texts())
        self.assertRedirects(answer, self.filing.get_absolute_url())
        self.assertEqual((self.fresh().state, self.fresh().drafted_by), (FilingState.SUBMITTED, self.handler))

    def test_an_empty_progress_is_refused_and_the_other_texts_are_kept(self):
        texts = self.texts("", **{f"next_steps_{self.measure.pk}": "下月完成。"})
        page = self.post(self.handler, "edit_filing", send="", row_version=1, **texts)
        self.assertContains(page, "Still empty", status_code=409)
        self.assertContains(page, "下月完成。", status_code=409)
        self.assertEqual(self.fresh().rows, [])

    def test_who_writes_after_the_due_moment_reads_that_it_counts_as_late(self):
        late, words = self.period.due_at + timedelta(minutes=1), "filed now it counts as late"
        self.assertNotContains(self.get(self.handler, "edit_filing"), words)
        self.assertContains(self.get(self.handler, "edit_filing", at=late), words)
        Filing.objects.filter(pk=self.filing.pk).update(revision=2)  # what the first was stays
        self.assertNotContains(self.get(self.handler, "edit_filing", at=late), words)

    def test_what_must_still_be_filled_in_is_counted_marked_and_named_by_its_measure(self):
        field, pk = f"progress_{self.measure.pk}", self.measure.pk
        self.assertEqual(self.get(self.handler, "edit_filing").context["missing"], 1)
        page = self.post(self.handler, "edit_filing", send="", row_version=1, **self.texts(""))
        self.assertEqual(
            (page.context["missing"], list(page.context["form"].errors)), (1, [field, "__all__"])
        )
        link = f'<a href="#id_{field}">{self.measure.number} Progress of rectification</a>'
        self.assertContains(page, link, html=True, status_code=409)
        unsaid = self.texts("做了一半。", **{f"unchanged_{pk}": "on", f"reason_{pk}": ""})
        page = self.post(self.handler, "edit_filing", send="", row_version=1, **unsaid)
        self.assertEqual(list(page.context["form"].errors), [f"reason_{pk}", "__all__"])
        self.assertContains(page, "做了一半。", status_code=409)

    def test_a_stale_page_keeps_the_text_and_can_be_sent_again(self):
        self.post(self.handler, "edit_filing", save="", row_version=1, **self.texts("甲"))
        page = self.post(self.handler, "edit_filing", save="", row_version=1, **self.texts("乙"))
        self.assertContains(page, "乙", status_code=409)
        self.assertContains(page, str(self.handler), status_code=409)
        version, key = (page.context["form"][name].value() for name in ("row_version", "key"))
        self.post(self.handler, "edit_filing", save="", row_version=version, key=key, **self.texts("乙"))
        self.assertEqual(self.fresh().rows[0]["progress"], "乙")

    def test_a_double_click_is_one_act(self):
        for _click in range(2):
            self.post(self.handler, "edit_filing", send="", row_version=1, key="once", **self.texts())
        self.assertEqual(LogEntry.objects.filter(act="submit_filing").count(), 1)

    def test_a_measure_that_came_in_meanwhile_keeps_its_pre_filled_text(self):
        texts = self.texts("甲")
        other = make_measure(self.plan, lead=self.water)
        with clock.at(datetime(2026, 11, 8, 9)):
            perform(other.pk, "enter_progress", actor=self.handler, progress="新增措施已启动。")
        self.post(self.handler, "edit_filing", save="", row_version=1, **texts)
        self.assertEqual([row["progress"] for row in self.fresh().rows], ["甲", "新增措施已启动。"])

    def test_who_has_no_right_gets_403_and_who_sees_nothing_404(self):
        self.assertEqual(self.get(self.head, "edit_filing").status_code, 403)
        self.assertEqual(self.get(self.clerk, "edit_filing").status_code, 403)
        self.assertEqual(self.get(member(self.town, Role.HANDLER), "edit_filing").status_code, 404)
        page = self.post(self.head, "edit_filing", save="", **self.texts("不该保存"))
        self.assertContains(page, "不该保存", status_code=403)

    def test_statements_do_not_grow_with_the_measures(self):
        counts = []
        for _round in range(2):
            self.client.force_login(self.handler)
            with CaptureQueriesContext(connection) as queries:
                self.client.get(self.url("edit_filing"))
            counts.append(len(queries))
            for _number in range(3):
                make_measure(self.plan, lead=self.water)
        self.assertEqual(counts[0], counts[1])
        self.assertLessEqual(counts[0], 11)


class FilingActPageTests(FilingPageCase):
    def test_head_and_office_take_their_steps_from_the_pages(self):
        self.submit()
        self.assertEqual(self.get(self.head, "approve_filing").status_code, 200)
        self.post(self.head, "approve_filing", row_version=2)
        self.assertEqual((self.fresh().state, self.fresh().punctuality), (FilingState.FILED, "ON_TIME"))
        self.post(self.clerk, "accept_filing", row_version=3)
        self.assertEqual(self.fresh().state, FilingState.ACCEPTED)

    def test_sending_back_needs_a_reason_that_the_handler_then_reads(self):
        self.submit()
        self.assertEqual(self.post(self.head, "send_back_filing", row_version=2, reason="").status_code, 400)
        self.post(self.head, "send_back_filing", row_version=2, reason="请写明户数。")
        self.assertContains(self.get(self.handler, "edit_filing"), "请写明户数。")

    def test_a_return_by_the_office_opens_the_next_revision(self):
        self.submit()
        self.do("approve_filing", self.head)
        self.post(self.clerk, "return_filing", row_version=3, reason="数据不一致。")
        states = self.period.filings.filter(unit=self.water).values_list("revision", "state")
        self.assertEqual(list(states), [(1, FilingState.RETURNED), (2, FilingState.DRAFT)])
        second = self.period.filings.get(unit=self.water, revision=2)
        self.assertContains(self.get(self.handler, "edit_filing", second), "数据不一致。")

    def test_refused_in_the_wrong_state_with_its_sentence_and_the_reason_kept(self):
        page = self.post(self.clerk, "return_filing", row_version=1, reason="理由不能丢")
        self.assertContains(page, "理由不能丢", status_code=409)
        self.assertContains(page, "Drafting", status_code=409)

    def test_wrong_role_403_foreign_unit_404(self):
        self.submit()
        for person, status in (
            (self.handler, 403),
            (self.clerk, 403),
            (member(self.town, Role.UNIT_HEAD), 404),
        ):
            with self.subTest(person=person):
                self.assertEqual(self.get(person, "approve_filing").status_code, status)
                self.assertEqual(self.post(person, "approve_filing").status_code, status)
        self.assertEqual(self.fresh().state, FilingState.SUBMITTED)


class OpenPeriodPageTests(FilingPageCase):
    def test_months_that_are_open_are_not_offered_again(self):
        page = self.get(self.clerk, "open_period", self.plan)
        months = [iso for iso, _label in page.context["form"].fields["month"].choices]
        self.assertNotIn("2026-11-01", months)
        self.assertIn("2026-12-01", months)

    def test_opening_a_month_makes_its_filings(self):
        answer = self.post(self.clerk, "open_period", self.plan, month="2026-12-01")
        period = ReportingPeriod.objects.get(month="2026-12-01")
        self.assertRedirects(answer, period.get_absolute_url())
        self.assertEqual(period.filings.count(), 2)

    def test_a_month_that_is_not_offered_is_refused(self):
        self.assertEqual(self.post(self.clerk, "open_period", self.plan, month="2026-11-01").status_code, 400)
        self.assertEqual(self.get(self.leader, "open_period", self.plan).status_code, 403)

    @property
    def leader(self):
        return member(self.office, Role.LEADER)


class PeriodPageTests(FilingPageCase):
    def page(self, person, at=IN_TIME):
        self.client.force_login(person)
        with clock.at(at):
            return self.client.get(self.period.get_absolute_url(), headers=ENGLISH)

    def test_the_office_reminds_with_one_click_and_sees_when(self):
        self.assertEqual(self.page(self.clerk).context["to_remind"], 2)
        answer = self.post(self.clerk, "remind_units", self.period, units=self.town.pk)
        self.assertRedirects(answer, self.period.get_absolute_url())
        page = self.page(self.clerk)
        self.assertEqual(page.context["to_remind"], 1)
        self.assertContains(page, "reminded at 10:00")
        again = self.post(self.clerk, "remind_units", self.period, units=self.town.pk)
        self.assertContains(again, "once a day", status_code=409)

    def test_units_see_the_month_without_buttons(self):
        page = self.page(self.handler)
        self.assertNotContains(page, "/remind/")
        self.assertEqual(len(page.context["rows"]), 1)

    def test_who_reworks_a_returned_filing_is_told_apart(self):
        self.submit()
        self.do("approve_filing", self.head)
        self.do("return_filing", self.clerk, reason="缺少数据。")
        rows = {row["unit"]: row for row in self.page(self.clerk).context["rows"]}
        self.assertEqual(str(rows["县水利局"]["state"]), "Returned, being reworked")
        self.assertEqual(rows["县水利局"]["status"], "ON_TIME")
        self.assertIn("remind", rows["县水利局"])
