"""The page on which a unit writes its filing: what is filled in already, kept while typing, and never lost."""

from datetime import date, datetime, timedelta
from decimal import Decimal

from cases.models import Checkpoint, LogEntry, Notice, OfficeRules, Receiver
from permissions import clock
from permissions.models import Role
from reports.filing_rows import prefilled_rows
from reports.filings import standing
from reports.models import FilingState, TypedFiling
from tests.factories import make_evidence, make_measure, make_person, make_unit, member
from tests.workflows.test_filings import IN_TIME
from tests.workflows.test_filings_pages import ENGLISH, FilingPageCase
from workflows.approvals import open_tasks
from workflows.door import perform


class FactsTests(FilingPageCase):
    def test_the_record_s_facts_stand_with_each_measure_and_in_what_is_filed(self):
        self.measure.target_amount, self.measure.target_unit = Decimal(10000), "户"
        self.measure.save()
        with clock.at(datetime(2026, 11, 5, 9)):
            make_evidence(self.measure, self.water)
            make_evidence(self.measure, self.water)
            make_evidence(self.measure, self.town)
        with clock.at(datetime(2026, 10, 5, 9)):
            make_evidence(self.measure, self.water)
        self.enter(datetime(2026, 11, 6, 9), "好", amount=Decimal("8213.00"))
        Checkpoint.objects.filter(measure=self.measure).update(
            due_on=date(2026, 11, 8), met_on=date(2026, 11, 7)
        )
        page = self.get(self.handler, "edit_filing")
        self.assertContains(page, "reached in all: 8213/10000 户")
        self.assertContains(page, "2 pieces of evidence this month")
        self.assertContains(page, f"/measures/{self.measure.pk}/#h-evidence")
        self.assertContains(page, "met on")
        self.post(self.handler, "edit_filing", send="", row_version=1, **self.texts())
        (row,) = self.fresh().rows
        self.assertEqual((row["amount"], row["evidence"]), ("8213/10000 户", 2))
        self.assertEqual([dates["met_on"] for dates in row["checkpoints"]], ["2026-11-07"])
        self.assertContains(self.get(self.head, "approve_filing"), "8213/10000 户")

    def test_last_month_s_three_texts_stand_beside(self):
        self.post(
            self.handler, "edit_filing", send="", row_version=1,
            **{**self.texts("上月进展。"), f"next_steps_{self.measure.pk}": "上月下步。"},
        )  # fmt: skip
        self.do("approve_filing", self.head)
        with clock.at(datetime(2026, 12, 1, 8)):
            december = perform(self.plan.pk, "open_period", actor=self.clerk, month=date(2026, 12, 1)).subject
        second = december.filings.get(unit=self.water)
        page = self.get(self.handler, "edit_filing", second, at=datetime(2026, 12, 2))
        self.assertContains(page, "上月进展。")
        self.assertContains(page, "上月下步。")
        self.assertEqual(prefilled_rows(second)[0]["progress"], "")


class NoChangeTests(FilingPageCase):
    def send(self, button, reason, version=1, **more):
        ticked = {f"unchanged_{self.measure.pk}": "on", f"reason_{self.measure.pk}": reason}
        data = {**self.texts("", **more), **ticked, button: "", "row_version": version}
        return self.post(self.handler, "edit_filing", **data)

    def test_no_change_with_its_reason_counts_as_filled_in(self):
        self.send("send", "等待上级批复。")
        (row,) = self.fresh().rows
        self.assertEqual(
            (row["progress"], row["unchanged"]), ("本月无变化：等待上级批复。", "等待上级批复。")
        )
        self.assertEqual(self.fresh().state, FilingState.SUBMITTED)

    def test_without_a_reason_it_may_be_saved_but_not_sent(self):
        self.send("save", "")
        self.assertEqual(self.fresh().rows[0]["unchanged"], "")
        page = self.send("send", "", version=2)
        self.assertContains(page, "Give the reason why nothing changed", status_code=409)

    def test_what_was_typed_as_progress_comes_back_when_the_tick_is_taken_away(self):
        progress = {f"progress_{self.measure.pk}": "写了一半"}
        self.send("save", "等待批复。", **progress)
        self.assertEqual(self.fresh().rows[0]["progress"], "本月无变化：等待批复。")
        form = self.get(self.handler, "edit_filing").context["form"]
        values = [form[f"{name}_{self.measure.pk}"].value() for name in ("progress", "unchanged", "reason")]
        self.assertEqual(values, ["写了一半", True, "等待批复。"])
        self.post(self.handler, "edit_filing", save="", row_version=2, **self.texts("写完了"))
        self.assertEqual(
            {"progress": "写完了"},
            {k: v for k, v in self.fresh().rows[0].items() if k in ("progress", "unchanged", "aside")},
        )


class TypedTests(FilingPageCase):
    def keep(self, text, version=1, person=None, **more):
        data = {"row_version": version, **self.texts(text), **more}
        return self.post(person or self.handler, "keep_typed", **data)

    def page(self, person=None):
        return self.get(person or self.handler, "edit_filing")

    def value(self, page, name="progress"):
        return page.context["form"][f"{name}_{self.measure.pk}"].value()

    def test_what_is_typed_is_kept_for_its_person_and_is_no_act(self):
        entries = LogEntry.objects.count()
        self.assertContains(self.keep("打字到一半"), "kept at 10:00")
        self.assertEqual((self.fresh().rows, self.fresh().row_version), ([], 1))
        self.assertEqual(LogEntry.objects.count(), entries)
        page = self.page()
        self.assertEqual(self.value(page), "打字到一半")
        self.assertContains(page, "Restored what you typed at 2026-11-09 10:00")
        with clock.at(IN_TIME):
            colleague = make_person(Role.HANDLER, self.water)
        self.assertEqual(self.value(self.page(colleague)), "")

    def test_saving_ends_it_and_discarding_shows_what_is_saved(self):
        self.keep("甲")
        self.post(self.handler, "edit_filing", save="", row_version=1, **self.texts("甲乙"))
        self.assertFalse(TypedFiling.objects.exists())
        self.keep("丙", version=2)
        self.assertRedirects(self.post(self.handler, "keep_typed", discard=""), self.url("edit_filing"))
        self.assertEqual(self.value(self.page()), "甲乙")

    def test_typed_over_a_version_that_moved_is_offered_beside_what_was_saved(self):
        self.keep("我打的字")
        with clock.at(IN_TIME):
            colleague = make_person(Role.HANDLER, self.water)
        self.post(colleague, "edit_filing", save="", row_version=1, **self.texts("同事保存的"))
        self.assertContains(self.keep("我打的字"), "somebody saved the filing meanwhile")
        page = self.page()
        self.assertEqual(self.value(page), "同事保存的")
        offers = page.context["items"][0]["fields"][0]["offers"]
        self.assertEqual([offer["text"] for offer in offers], ["我打的字"])
        self.assertContains(page, "What you typed and did not save")

    def test_a_stale_send_shows_what_the_other_saved_beside_the_typed_text(self):
        self.post(self.handler, "edit_filing", save="", row_version=1, **self.texts("先保存的"))
        page = self.post(self.handler, "edit_filing", save="", row_version=1, **self.texts("后来的"))
        self.assertContains(page, "后来的", status_code=409)
        self.assertContains(page, "What was saved meanwhile", status_code=409)
        self.assertContains(page, "先保存的", status_code=409)

    def test_what_was_typed_equal_to_what_is_saved_is_not_spoken_of(self):
        self.post(self.handler, "edit_filing", save="", row_version=1, **self.texts("一行\n两行"))
        self.keep("一行\r\n两行", version=1)
        page = self.page()
        self.assertEqual((page.context["restored_at"], page.context["moved_at"]), (None, None))

    def test_a_filing_that_was_sent_keeps_no_more_and_says_so(self):
        self.submit()
        self.assertContains(self.keep("太晚了", version=2), "Not kept")
        self.assertFalse(TypedFiling.objects.exists())

    def test_a_page_that_names_no_version_keeps_nothing(self):
        for version in ("", "x", "9" * 30):
            with self.subTest(version):
                self.assertContains(self.keep("甲", version=version), "Not kept")
        self.assertFalse(TypedFiling.objects.exists())


class LeadReceivesTests(FilingPageCase):
    @classmethod
    def setUpTestData(cls):
        super().setUpTestData()
        OfficeRules.objects.create(office=cls.office, responsible_files_to=Receiver.LEAD)
        cls.town_handler, cls.town_head = member(cls.town, Role.HANDLER), member(cls.town, Role.UNIT_HEAD)
        cls.of_town = cls.period.filings.get(unit=cls.town)

    def file_of_town(self, progress="镇里做了三件事。"):
        rows = [{"measure": self.measure.pk, "progress": progress, "difficulties": "缺资金。"}]
        self.do("submit_filing", self.town_handler, filing=self.of_town, rows=rows)
        return self.do("approve_filing", self.town_head, filing=self.of_town)

    def test_with_its_head_s_approval_it_is_filed_and_final(self):
        filing = self.file_of_town()
        self.assertEqual(
            (filing.state, filing.receiver, filing.is_final), (FilingState.FILED, Receiver.LEAD, True)
        )
        self.assertFalse(open_tasks({"accept_filing": [self.office.unit.pk]}).exists())
        for act in ("accept_filing", "return_filing"):
            page = self.post(self.clerk, act, self.of_town, row_version=filing.row_version, reason="x")
            self.assertContains(page, "went to the lead units", status_code=409)
        self.client.force_login(self.clerk)
        page = self.client.get(self.of_town.get_absolute_url(), headers=ENGLISH)
        self.assertContains(page, "Filed to the lead units")
        self.assertEqual(page.context["acts"], [])

    def test_the_lead_finds_its_texts_beside_its_own(self):
        self.file_of_town()
        page = self.get(self.handler, "edit_filing")
        offers = [shown["offers"] for shown in page.context["items"][0]["fields"]]
        self.assertEqual(
            [[offer["text"] for offer in of] for of in offers], [["镇里做了三件事。"], ["缺资金。"], []]
        )
        self.assertContains(page, "河口镇")
        self.assertContains(page, "Take over")

    def test_the_lead_is_told_with_the_month_and_the_office_as_ever(self):
        self.file_of_town()
        told = Notice.objects.filter(kind="approve_filing").values_list("person__username", "url")
        people = {self.handler.username, self.clerk.username}
        self.assertEqual(set(told), {(name, self.period.get_absolute_url()) for name in people})

    def test_the_figures_of_the_month_count_it_the_same(self):
        self.file_of_town()
        rows = {
            row["unit"]: row["status"] for row in standing(self.period, at=self.period.due_at + timedelta(1))
        }
        self.assertEqual(rows, {self.town: "ON_TIME", self.water: "MISSING"})

    def test_a_unit_that_leads_anything_files_to_the_office(self):
        make_measure(self.plan, lead=self.town)
        rows = [{"measure": pk, "progress": "好"} for pk in self.plan.measures.values_list("pk", flat=True)]
        self.do("submit_filing", self.town_handler, filing=self.of_town, rows=rows)
        filing = self.do("approve_filing", self.town_head, filing=self.of_town)
        self.assertEqual((filing.receiver, filing.is_final), (Receiver.OFFICE, False))

    def test_nobody_else_s_texts_are_shown(self):
        stranger = make_unit(self.office, "县教育局")
        other = make_measure(self.plan, lead=stranger, responsible=[self.town])
        with clock.at(datetime(2026, 11, 8)):
            rows = [{"measure": other.pk, "progress": "只给教育局的。"}]
            self.do("submit_filing", self.town_handler, filing=self.of_town, rows=rows)
            self.do("approve_filing", self.town_head, filing=self.of_town)
        self.assertNotContains(self.get(self.handler, "edit_filing"), "只给教育局的。")


class BadInputTests(FilingPageCase):
    TEXTS = {
        "control characters": "一\x07二\x1b[31m三\u2028四",
        "a very long paragraph": "整" * 10_000,
        "emoji": "完成😀👨‍👩‍👧",
        "rare names": "䶮㛃鿍𠮷",
    }

    def test_whatever_is_typed_is_kept_saved_sent_and_shown(self):
        version = 1
        for name, text in self.TEXTS.items():
            with self.subTest(name):
                self.assertEqual(
                    self.post(
                        self.handler, "keep_typed", row_version=version, **self.texts(text)
                    ).status_code,
                    200,
                )
                self.assertEqual(self.get(self.handler, "edit_filing").status_code, 200)
                self.post(self.handler, "edit_filing", save="", row_version=version, **self.texts(text))
                version += 1
                self.assertEqual(self.fresh().rows[0]["progress"], text)
        self.post(
            self.handler, "edit_filing", send="", row_version=version, **self.texts(self.TEXTS["rare names"])
        )
        self.assertContains(self.get(self.head, "approve_filing"), "䶮㛃鿍𠮷")

    def test_a_text_that_is_refused_is_told_with_the_text_in_its_field(self):
        for text, words in (("整" * 20_001, "20000"), ("一\0二", "Null characters")):
            with self.subTest(words):
                page = self.post(self.handler, "edit_filing", send="", row_version=1, **self.texts(text))
                self.assertContains(page, words, status_code=400)
                self.assertContains(page, text, status_code=400)
        self.assertContains(
            self.post(self.handler, "keep_typed", row_version=1, **self.texts("一\0二")), "kept"
        )
        self.assertEqual(TypedFiling.objects.get().rows[0]["progress"], "一二")
