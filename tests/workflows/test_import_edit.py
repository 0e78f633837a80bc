"""A draft is changed before it is confirmed: through the act, the page, the lock, and with what was decided kept."""

from datetime import timedelta
from unittest import mock

from django.db import connection
from django.test import override_settings
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import translation

from cases.errors import NoRight, NotReady, NotVisible, Stale
from cases.intake.proposal import Proposal
from cases.models import Checkpoint, Duty, ImportDraft, LogEntry, Plan, StoredFile
from permissions import clock
from permissions.models import Role, Unit
from tests.factories import make_office, make_person, make_unit, member
from tests.workflows.test_import import TEXT, ImportCase, accepted, form_values, read
from workflows import review
from workflows.door import perform
from workflows.forms.imports import field_key


class EditCase(ImportCase):
    def setUp(self):
        self.draft = read(self.office, self.clerk)
        self.other = make_person(Role.OFFICE_CLERK, self.office)

    def edit(self, operation, actor=None, **arguments):
        self.draft = perform(
            self.draft.pk, "edit_draft", actor=actor or self.clerk, operation=operation, **arguments
        ).subject
        return self.proposal

    @property
    def proposal(self):
        return Proposal.from_dict(ImportDraft.objects.get(pk=self.draft.pk).proposal)


class EditTests(EditCase):
    def test_the_confirmed_plan_is_the_edited_one(self):
        self.edit(
            "set_measure", measure=1, text="重新排查供水管网。", lead=["县水利局", "县审计局"], responsible=[]
        )
        self.edit("merge_measures", measure=3)
        self.edit("set_header", title="新方案", document_number="青整改〔2026〕2号", issued_on=None)
        plan = self.confirm(self.draft)
        self.assertEqual((plan.title, plan.document_number), ("新方案", "青整改〔2026〕2号"))
        self.assertEqual(
            [m.text for m in plan.measures.all()],
            ["重新排查供水管网。", "更新老旧管网。", "完善项目库。开展项目检查。"],
        )
        first = plan.measures.all()[0]
        self.assertEqual(
            [(duty.unit.name, duty.role) for duty in Duty.objects.filter(measure=first)],
            [("县水利局", "LEAD"), ("县审计局", "LEAD")],
        )
        self.assertEqual(Checkpoint.objects.filter(measure__plan=plan).count(), 4)

    def test_each_edit_is_a_new_version_and_one_log_entry_without_the_text(self):
        self.edit("set_measure", measure=1, text="机密。")
        entry = LogEntry.objects.get(act="edit_draft")
        self.assertEqual(self.draft.row_version, 2)
        self.assertIn('"operation":"set_measure"', entry.body)
        self.assertNotIn("机密", entry.body)

    def test_bad_input_changes_nothing(self):
        before = self.proposal
        with translation.override("en"), self.assertRaisesMessage(NotReady, "must not be empty"):
            self.edit("set_measure", measure=1, text="")
        self.assertEqual(self.proposal, before)
        self.assertIsNone(ImportDraft.objects.get().edited_by)

    def test_only_the_clerk_of_the_office_may_edit(self):
        with self.assertRaises(NoRight):
            self.edit("remove_measure", member(self.office, Role.OFFICE_HEAD), measure=1)
        with self.assertRaises(NotVisible):
            self.edit("remove_measure", make_person(Role.OFFICE_CLERK, make_office()), measure=1)

    def test_a_stale_form_is_refused_and_a_confirmed_draft_too(self):
        self.edit("remove_measure", measure=1)
        with self.assertRaises(Stale):
            self.edit("remove_measure", version=1, measure=1)
        self.confirm(self.draft)
        with translation.override("en"), self.assertRaisesMessage(NotReady, "was confirmed"):
            self.edit("remove_measure", measure=1)


class LockTests(EditCase):
    def test_who_edits_first_holds_the_draft_for_a_while(self):
        start = clock.now()
        with clock.at(start):
            self.edit("remove_measure", measure=1)
            for act, data in (
                ("edit_draft", {"operation": "remove_measure", "measure": 1}),
                ("save_choices", {"choices": {}}),
                ("confirm_import", {"units": accepted(self.draft)}),
            ):
                with self.subTest(act), self.assertRaisesMessage(NotReady, str(self.clerk)):
                    perform(self.draft.pk, act, actor=self.other, **data)
        with clock.at(start + timedelta(minutes=9)):
            self.edit("remove_measure", measure=1)
        with clock.at(start + timedelta(minutes=18)), self.assertRaises(NotReady):
            self.edit("remove_measure", self.other, measure=1)
        with clock.at(start + timedelta(minutes=20)):
            self.edit("remove_measure", self.other, measure=1)
            self.assertEqual(self.draft.edited_by, self.other)

    @override_settings(XIAOHAO_EDIT_MINUTES=3)
    def test_the_time_is_a_setting(self):
        start = clock.now()
        with clock.at(start):
            self.edit("remove_measure", measure=1)
        self.assertEqual(self.draft.edited_until, start + timedelta(minutes=3))

    @translation.override("en")
    def test_others_see_who_edits_and_can_only_look(self):
        self.edit("remove_measure", measure=1)
        self.client.force_login(self.other)
        self.client.cookies["django_language"] = "en"
        page = self.client.get(self.draft.get_absolute_url())
        until = clock.local(self.draft.edited_until).strftime("%H:%M")
        self.assertContains(page, f"{self.clerk} is editing until {until}")
        self.assertNotContains(page, "set_measure")
        self.client.force_login(self.clerk)
        self.assertContains(self.client.get(self.draft.get_absolute_url()), "set_measure:1")


class PageCase(EditCase):
    def setUp(self):
        super().setUp()
        self.client.force_login(self.clerk)
        self.client.cookies["django_language"] = "en"
        self.review = self.draft.get_absolute_url()
        self.url = reverse("workflows:import_edit", args=[self.draft.pk])

    def form(self, do):
        page = self.client.get(self.url, {"do": do})
        return {**form_values(page), "do": do}

    def post(self, data, htmx=False, **more):
        headers = {"HX-Request": "true"} if htmx else {}
        return self.client.post(self.url, {**data, **more}, headers=headers)


class EditPageTests(PageCase):
    def test_a_form_sent_back_unchanged_changes_nothing(self):
        before = self.proposal
        for do in ("set_header", "set_problem:p1", "set_measure:1", "set_measure:2", "set_measure:4"):
            with self.subTest(do):
                self.assertEqual(self.post(self.form(do)).status_code, 302)
                self.assertEqual(self.proposal, before)

    def test_a_measure_is_edited_and_the_page_comes_back_to_it(self):
        form = self.form("set_measure:2") | {
            "lead": "县水利局\n县审计局",
            "dates": "2026-07-31、2026年8月31日",
        }
        self.assertRedirects(self.post(form), f"{self.review}#m-2", fetch_redirect_response=False)
        measure = self.proposal.measures[1]
        self.assertEqual([u.printed for u in measure.lead_units], ["县水利局", "县审计局"])
        self.assertEqual([str(d.due_on) for d in measure.checkpoints], ["2026-07-31", "2026-08-31"])

    def test_dates_follow_a_changed_deadline_unless_they_were_written(self):
        self.post(self.form("set_measure:3") | {"deadline_text": "2026年9月底前"})
        self.assertEqual([str(d.due_on) for d in self.proposal.measures[2].checkpoints], ["2026-09-30"])
        self.post(self.form("set_measure:3") | {"deadline_text": "年底", "dates": "2026-12-30"})
        self.assertEqual([str(d.due_on) for d in self.proposal.measures[2].checkpoints], ["2026-12-30"])

    def test_bad_fields_come_back_with_what_was_typed(self):
        page = self.post(self.form("set_measure:2") | {"dates": "夏天", "text": "新词"})
        self.assertContains(page, "year, month and day", status_code=400)
        self.assertContains(page, "新词", status_code=400)

    def test_an_empty_line_divides_and_words_must_stay(self):
        form = self.form("split_measure:1")
        text = form["text"]
        self.post(form | {"text": text.replace("，", "，\n\n", 1)})
        self.assertEqual(
            [m.text for m in self.proposal.measures[:2]], ["全面排查供水管网，", "建立问题清单。"]
        )
        page = self.post(self.form("split_measure:3") | {"text": "别的词"})
        self.assertContains(page, "Only divide the text", status_code=400)

    def test_added_merged_and_removed(self):
        self.post(self.form("add_measure:1") | {"text": "补充。", "lead": "县水利局"})
        self.assertEqual(
            [m.text[:2] for m in self.proposal.measures], ["全面", "补充", "更新", "完善", "开展"]
        )
        self.post({"do": "merge_measures:1"})
        self.post({"do": "remove_measure:2"})
        self.assertEqual([m.text[:2] for m in self.proposal.measures], ["全面", "完善", "开展"])
        self.post(self.form("add_problem:p1") | {"label": "（新）", "text": "新问题。"})
        self.assertRedirects(
            self.post({"do": "add_measure:p2", "text": "新措施。"}),
            f"{self.review}#m-2",
            fetch_redirect_response=False,
        )
        self.assertEqual([len(p.measures) for p in self.proposal.problems], [1, 1, 2])
        self.assertContains(self.post({"do": "remove_problem:p2"}), "still has measures", status_code=409)

    def test_a_passage_is_marked(self):
        start = TEXT.index("开展项目检查")
        data = {"do": "mark:text", "measure": 4, "start": start, "end": start + 2}
        self.post(data)
        self.assertEqual(self.proposal.measures[3].text, "开展")
        page = self.post({"do": "mark:lead", "measure": "", "start": "", "end": ""})
        self.assertContains(page, "Select a passage", status_code=400)

    def test_with_htmx_only_what_changed_comes_back(self):
        page = self.post(self.form("set_measure:2") | {"text": "只换这里。"}, htmx=True)
        self.assertContains(page, "只换这里。")
        self.assertContains(page, 'id="counts" hx-swap-oob="true"')
        self.assertContains(page, 'name="row_version" value="2"')
        self.assertNotContains(page, "<html")
        self.assertEqual((page["HX-Retarget"], page["HX-Reswap"]), ("#tree", "innerHTML"))
        self.assertIn("m-2", page["HX-Trigger-After-Settle"])

    def test_the_page_of_one_edit_needs_no_script(self):
        self.client.force_login(self.clerk)
        url, do = reverse("workflows:import_edit", args=[self.draft.pk]), {"do": "set_measure:1"}
        self.assertNotContains(self.client.get(url, do), "hx-post")
        self.assertContains(self.client.get(url, do, headers={"HX-Request": "true"}), 'hx-target="#tree"')

    def test_a_stale_form_keeps_what_was_typed(self):
        form = self.form("set_measure:2") | {"text": "我的话。"}
        self.edit("set_measure", measure=1, text="别的话。")
        for htmx in (False, True):
            page = self.post(form, htmx=htmx)
            self.assertContains(page, "我的话。", status_code=409)
            self.assertContains(page, "while you were typing", status_code=409)
        self.assertEqual(page["HX-Retarget"], "#set-measure-2")
        self.assertEqual(self.post({"do": "remove_measure:1", "row_version": 1}).status_code, 409)

    def test_what_is_no_operation_or_no_longer_there_is_not_found(self):
        for do in (
            "drop_table",
            "set_measure",
            "set_measure:x",
            "set_measure:99",
            "mark:owner",
            "set_problem:p9",
        ):
            with self.subTest(do):
                self.assertEqual(self.client.get(self.url, {"do": do}).status_code, 404)
        self.assertEqual(self.post({"do": "merge_measures:99"}).status_code, 409)

    def test_statements_of_the_edit_form_and_of_the_answer_are_few(self):
        with self.assertNumQueries(6):
            self.client.get(self.url, {"do": "set_measure:1"})
        counts = []
        for _round in range(2):
            with CaptureQueriesContext(connection) as queries:
                self.post({"do": "remove_measure:1"}, htmx=True)
            counts.append(len(queries))
        self.assertEqual(counts[0], counts[1])


class ChoicesTests(PageCase):
    def setUp(self):
        super().setUp()
        self.choices = reverse("workflows:import_choices", args=[self.draft.pk])

    def values(self, printed, value):
        page = self.client.get(self.review)
        return {**form_values(page), f"unit_{field_key(printed)}": value}

    def kept(self):
        return ImportDraft.objects.get().choices

    def test_a_decision_waits_on_the_page_until_it_is_taken_back(self):
        data = self.values("县财政局", f"unit:{self.water.pk}")
        self.assertRedirects(self.client.post(self.choices, {**data, "save": "yes"}), f"{self.review}#units")
        self.assertEqual(self.kept(), {"县财政局": {"unit": self.water.pk}})
        page = self.client.get(self.review)
        match = page.context["form"].matches["县财政局"]
        self.assertEqual((match.reason, match.certain), ("decided", True))
        self.client.post(self.choices, self.values("县财政局", "new"))
        self.assertEqual(self.kept(), {})

    def test_it_survives_an_edit_and_goes_into_the_plan(self):
        self.client.post(self.choices, self.values("县财政局", f"unit:{self.water.pk}"))
        self.post({"do": "remove_measure:1"})
        page = self.client.get(self.review)
        self.client.post(self.review, form_values(page))
        plan = Plan.objects.get()
        self.assertEqual(plan.measures.count(), 3)
        self.assertFalse(Unit.objects.filter(name="县财政局").exists())

    def test_with_htmx_it_says_so_and_a_stale_page_is_refused(self):
        data = self.values("县财政局", f"unit:{self.water.pk}")
        self.assertContains(self.client.post(self.choices, data, headers={"HX-Request": "true"}), "Saved.")
        self.edit("remove_measure", measure=1)
        data = data | {name: "new" for name in data if name.startswith("unit_")}
        self.assertEqual(self.client.post(self.choices, data).status_code, 409)

    def test_a_stale_page_keeps_what_was_chosen_by_name_not_by_position(self):
        data = self.values("县财政局", f"unit:{self.water.pk}")
        self.edit("set_measure", measure=1, lead=["县审计局"])  # another name now stands first
        for url in (self.review, self.choices):
            page = self.client.post(url, {**data, "save": "yes"})
            self.assertContains(page, "while you were typing", status_code=409)
            chosen = {printed: match.choice for printed, match in page.context["form"].matches.items()}
            self.assertEqual(chosen["县财政局"], {"unit": self.water.pk})
            self.assertEqual(chosen["县审计局"], {"new": "县审计局", "kind": "DEPARTMENT"})
        self.client.post(self.review, form_values(page))
        self.assertEqual(Plan.objects.get().measures.first().duties.first().unit.name, "县审计局")

    def test_a_decision_whose_unit_is_gone_is_forgotten(self):
        gone = make_unit(self.office, "县撤并局")
        self.client.post(self.choices, self.values("县财政局", f"unit:{gone.pk}"))
        gone.delete()
        self.assertEqual(self.client.get(self.review).context["form"].matches["县财政局"].reason, "new")

    def test_a_near_name_has_to_be_chosen(self):
        self.water.name = "县水力局"
        self.water.save()
        page = self.client.get(self.review)
        match = page.context["form"].matches["县水利局"]
        self.assertEqual((match.reason, match.choice), ("sound", {"unit": self.water.pk}))
        self.assertContains(page, "Nearest")
        self.assertEqual(self.client.post(self.review, form_values(page)).status_code, 400)
        self.client.post(self.choices, self.values("县水利局", f"unit:{self.water.pk}"))
        self.client.post(self.review, form_values(self.client.get(self.review)))
        self.assertEqual(Plan.objects.count(), 1)


class LongPlanTests(PageCase):
    def test_a_long_plan_comes_in_pages_of_tree_and_source(self):
        with mock.patch.object(review, "PER_PAGE", 2):
            first, second = (self.client.get(self.review, {"page": page}) for page in (1, 2))
            answer = self.post({"do": "set_measure:3", "text": "第三条。"})
            self.assertTrue(answer.url.endswith("?page=2#m-3"))
        self.assertContains(first, 'id="m-2"')
        self.assertNotContains(first, 'id="m-3"')
        self.assertContains(first, "更新老旧管网")
        self.assertNotContains(first, "（2）开展项目检查")
        self.assertContains(second, 'id="s-3"')
        self.assertNotContains(second, 'id="m-2"')
        texts = [
            "\n".join("".join(p.text for p in line["pieces"]) for line in page.context["lines"])
            for page in (first, second)
        ]
        self.assertEqual("\n".join(texts), self.proposal.text)


class UndoTests(PageCase):
    def test_undo_names_what_it_takes_back_over_reloads_and_people(self):
        first = self.proposal
        self.edit("set_measure", measure=2, text="改过的。")
        self.edit("remove_measure", measure=1)
        page = self.client.get(self.review)
        self.assertContains(page, "Undo: measure （一）（1） removed")
        self.assertContains(page, "2 changes since the reading")
        self.post({"do": "undo"})
        self.assertContains(self.client.get(self.review), "Redo: measure （一）（1） removed")
        with clock.at(clock.now() + timedelta(hours=1)):  # the lock has ended: another clerk goes on
            self.client.force_login(self.other)
            self.client.cookies["django_language"] = "en"
            self.assertContains(self.client.get(self.review), "Undo: measure （一）（2） changed")
            self.assertRedirects(
                self.post({"do": "undo"}), f"{self.review}#m-2", fetch_redirect_response=False
            )
        self.assertEqual(self.proposal, first)

    def test_redo_goes_forth_until_something_else_is_changed(self):
        self.edit("remove_measure", measure=3)
        after = self.proposal
        for do in ("undo", "redo"):
            self.post({"do": do})
        self.assertEqual(self.proposal, after)
        self.post({"do": "undo"})
        self.edit("set_header", title="新标题")
        self.assertContains(self.post({"do": "redo"}), "Nothing was taken back", status_code=409)

    def test_with_htmx_the_answer_says_what_was_taken_back(self):
        self.edit("add_problem", after=1, label="（新）", text="新问题。")
        page = self.post({"do": "undo"}, htmx=True)
        self.assertContains(page, "Taken back: problem added after （一）")
        self.assertContains(page, 'id="undo" hx-swap-oob="true"')
        self.assertIn("p-1", page["HX-Trigger-After-Settle"])

    def test_there_is_nothing_to_undo_in_a_fresh_reading_nor_for_who_may_not_edit(self):
        self.assertNotContains(self.client.get(self.review), 'value="undo"')
        self.assertContains(self.post({"do": "undo"}), "no change left", status_code=409)
        self.edit("remove_measure", measure=1)
        with self.assertRaises(NoRight):
            perform(self.draft.pk, "undo_edit", actor=member(self.office, Role.AUDITOR))
        with self.assertRaises(NotReady):
            perform(self.draft.pk, "undo_edit", actor=self.other)

    def test_each_move_is_a_version_and_an_entry_and_stale_ones_are_refused(self):
        self.edit("remove_measure", measure=1)
        self.assertEqual(self.post({"do": "undo", "row_version": 1}).status_code, 409)
        self.post({"do": "undo", "row_version": 2})
        entry = LogEntry.objects.get(act="undo_edit")
        self.assertIn('"operation":"remove_measure"', entry.body)
        self.assertEqual(ImportDraft.objects.get().row_version, 3)

    def test_the_confirmed_plan_is_what_is_left_after_undoing(self):
        self.edit("remove_measure", measure=1)
        self.edit("remove_measure", measure=1)
        self.post({"do": "undo"})
        self.client.post(self.review, form_values(self.client.get(self.review)))
        self.assertEqual(Plan.objects.get().measures.count(), 3)

    def test_a_plan_that_was_taken_back_can_still_be_undone(self):
        self.edit("remove_measure", measure=1)
        plan = self.confirm(self.draft)
        perform(plan.pk, "discard_plan", actor=self.clerk)
        self.post({"do": "undo"})
        self.assertEqual(len(self.proposal.measures), 4)


class DiscardTests(PageCase):
    def setUp(self):
        super().setUp()
        self.discard = reverse("workflows:discard_draft", args=[self.draft.pk])

    def test_it_asks_first_and_then_only_the_record_and_the_file_are_left(self):
        self.edit("remove_measure", measure=1)
        page = self.client.get(self.discard)
        self.assertEqual((page.context["measures"], page.context["changes"]), (3, 1))
        answer = self.client.post(self.discard, form_values(page), follow=True)
        self.assertRedirects(answer, reverse("workflows:import"))
        self.assertContains(answer, "was discarded")
        self.assertFalse(ImportDraft.objects.exists())
        entry = LogEntry.objects.get(act="discard_draft")
        self.assertEqual(entry.object_id, self.draft.pk)
        self.assertIn(self.draft.source_name, entry.body)
        self.assertIn(StoredFile.objects.get().sha256, entry.body)

    def test_a_confirmed_one_is_not_offered_and_refused_at_the_door(self):
        self.confirm(self.draft)
        self.assertEqual(self.client.get(self.discard).status_code, 404)
        with self.assertRaisesMessage(NotReady, "confirmed"), translation.override("en"):
            perform(self.draft.pk, "discard_draft", actor=self.clerk)

    def test_while_somebody_else_edits_or_after_a_change_nobody_saw_it_stays(self):
        values = form_values(self.client.get(self.discard))
        self.edit("remove_measure", actor=self.other, measure=1)
        self.assertEqual(self.client.post(self.discard, values).status_code, 409)
        with self.assertRaises(NotReady):
            perform(self.draft.pk, "discard_draft", actor=self.clerk)
        self.assertTrue(ImportDraft.objects.exists())

    def test_the_list_says_who_reads_which_how_old_it_is_and_where_it_stands(self):
        listed = reverse("workflows:import")
        with clock.at(clock.now() + timedelta(days=3)):
            page = self.client.get(listed)
            self.assertContains(page, "3 days ago")
            self.assertContains(page, "Waiting for confirmation")
            self.assertContains(page, self.discard)
            self.edit("remove_measure", actor=self.other, measure=1)
            page = self.client.get(listed)
            self.assertContains(page, f"{self.other} is editing until")
            self.assertNotContains(page, self.discard)
            self.confirm(perform(self.draft.pk, "undo_edit", actor=self.other).subject, actor=self.other)
        page = self.client.get(listed)
        self.assertContains(page, "Confirmed")
        self.assertNotContains(page, self.discard)


class ConfirmedTwiceTests(PageCase):
    def test_a_second_confirmation_finds_the_first_and_leaves_no_entry(self):
        first = self.confirm(self.draft)
        outcome = perform(self.draft.pk, "confirm_import", actor=self.other, version=1, units={})
        self.assertEqual((outcome.subject, outcome.repeated), (first, True))
        self.assertEqual(LogEntry.objects.filter(act="confirm_import").count(), 1)

    def test_a_page_that_was_open_meanwhile_leads_to_the_plan(self):
        values = form_values(self.client.get(self.review))
        plan = self.confirm(self.draft)
        self.assertRedirects(self.client.post(self.review, values), plan.get_absolute_url())
        self.assertEqual(LogEntry.objects.filter(act="confirm_import").count(), 1)

    def test_taken_back_and_confirmed_again_it_is_a_new_confirmation(self):
        perform(self.confirm(self.draft).pk, "discard_plan", actor=self.clerk)
        self.confirm(self.draft)
        self.assertEqual(LogEntry.objects.filter(act="confirm_import").count(), 2)
