import re
from datetime import timedelta

from django.urls import reverse

from cases.models import Instrument, LogEntry, Measure, SavedView
from permissions import clock
from permissions.models import Role
from tests.factories import make_measure, make_office, make_person, make_unit
from tests.workflows.pages import PageTestCase
from workflows import bulk
from workflows.door import perform

BULK = "workflows:bulk"
SEALED = re.compile(r'name="(key|rows)" value="([^"]*)"')


class BulkTestCase(PageTestCase):
    @classmethod
    def setUpTestData(cls):
        super().setUpTestData()
        cls.other = make_unit(cls.office, "县财政局")

    def preview(self, person, act, measures, **data):
        self.client.force_login(person)
        rows = [measure.pk for measure in measures]
        return self.client.post(reverse(BULK), {"act": act, "row": rows, **data})

    def run_it(self, page, act, mode="allowed"):
        return self.client.post(
            reverse(BULK), {"act": act, "run": mode, **dict(SEALED.findall(page.content.decode()))}
        )

    def said(self, page):
        """{(measure pk, what): refusal, "" where allowed or done}"""
        return {(r.row.measure_id, r.row.what): r.refusal for r in page.context["results"]}

    def entries(self, act):
        return LogEntry.objects.filter(act=act).count()

    def reported(self, **kwargs):
        measure = self.measure(**kwargs)
        measure.checkpoints.update(reported_on=clock.today())
        return measure


class PreviewTests(BulkTestCase):
    def test_it_says_for_each_row_what_the_door_would_say_and_changes_nothing(self):
        ready, nothing = self.reported(), self.measure()
        own = self.reported(lead=self.housing)
        before = list(Measure.objects.order_by("pk").values())
        page = self.preview(self.clerk, "confirm_checkpoint", [ready, nothing, own])
        due = f"{ready.checkpoints.get().due_on}"
        said = self.said(page)
        self.assertEqual(said[ready.pk, due], "")
        self.assertEqual(said[nothing.pk, ""], "No checkpoint of this measure waits to be confirmed.")
        self.assertIn("another unit must verify it", said[own.pk, due])
        self.assertEqual(list(Measure.objects.order_by("pk").values()), before)
        self.assertEqual(LogEntry.objects.count(), 0)
        self.assertContains(page, "Only the 1 allowed one")

    def test_a_form_that_is_not_filled_in_comes_back(self):
        page = self.preview(self.clerk, "reassign", [self.measure()], reason="")
        self.assertEqual(page.status_code, 400)
        self.assertContains(page, "This field is required", status_code=400)

    def test_only_whoever_has_a_right_is_offered_anything(self):
        self.measure()
        for person, names in (
            (self.handler, []),
            (self.clerk, ["confirm_checkpoint", "reassign"]),
            (self.office_head, ["grant_extension", "refuse_extension", "remind", "reassign", "set_grade"]),
            (self.leader, ["grant_extension", "refuse_extension", "set_grade"]),
            (self.auditor, []),
        ):
            self.client.force_login(person)
            page = self.client.get(reverse("cases:ledger"))
            self.assertEqual([act.name for act in page.context["bulk_acts"]], names)
            status = self.client.get(reverse(BULK)).status_code
            self.assertEqual(status, 200 if names else 403)
        self.client.force_login(self.leader)
        self.assertEqual(self.client.post(reverse(BULK), {"act": "reassign"}).status_code, 403)

    def test_foreign_measures_are_left_out(self):
        foreign = make_measure(lead=make_unit(make_office()))
        page = self.preview(self.clerk, "confirm_checkpoint", [self.reported(), foreign])
        self.assertNotIn(foreign.pk, {pk for pk, _what in self.said(page)})

    def test_all_that_match_means_the_rows_of_the_ledger(self):
        wanted = {self.reported().pk, self.reported().pk}
        self.measure()
        self.client.force_login(self.clerk)
        query = {"act": "confirm_checkpoint", "which": "all", "query": "only=reported"}
        page = self.client.get(reverse(BULK), query)
        self.assertEqual(set(page.context["pks"]), wanted)

    def test_too_many_are_refused_with_the_limit(self):
        for _ in range(3):
            self.reported()
        limit, bulk.MOST = bulk.MOST, 2
        self.addCleanup(setattr, bulk, "MOST", limit)
        self.client.force_login(self.clerk)
        page = self.client.get(reverse(BULK), {"act": "confirm_checkpoint", "which": "all"})
        self.assertContains(page, "More than 2 measures at once are too many.")


class DoingTests(BulkTestCase):
    def test_only_the_allowed_ones_each_with_its_own_entry(self):
        first, second, refused = self.reported(), self.reported(), self.measure()
        page = self.preview(self.clerk, "confirm_checkpoint", [first, second, refused])
        result = self.run_it(page, "confirm_checkpoint")
        self.assertEqual([r.done for r in result.context["results"]], [True, True, False])
        self.assertEqual(self.entries("confirm_checkpoint"), 2)
        self.assertTrue(all(m.checkpoints.get().met_on for m in (first, second)))

    def test_sending_it_again_does_nothing_twice(self):
        measures = [self.reported(), self.reported()]
        page = self.preview(self.clerk, "confirm_checkpoint", measures)
        self.run_it(page, "confirm_checkpoint")
        again = self.run_it(page, "confirm_checkpoint")
        self.assertEqual([r.repeated for r in again.context["results"]], [True, True])
        self.assertEqual(self.entries("confirm_checkpoint"), 2)

    def test_all_or_nothing_leaves_nothing_when_one_changed_meanwhile(self):
        measures = [self.reported(), self.reported()]
        page = self.preview(self.clerk, "confirm_checkpoint", measures)
        Measure.objects.filter(pk=measures[1].pk).update(row_version=7)
        result = self.run_it(page, "confirm_checkpoint", "together")
        self.assertContains(result, "Nothing was done")
        self.assertEqual(self.entries("confirm_checkpoint"), 0)
        self.assertFalse(any(m.checkpoints.get().met_on for m in measures))
        self.run_it(page, "confirm_checkpoint")  # each by itself: the unchanged one goes through
        self.assertEqual(self.entries("confirm_checkpoint"), 1)

    def test_all_or_nothing_does_all(self):
        measures = [self.reported(), self.reported()]
        page = self.preview(self.clerk, "confirm_checkpoint", measures)
        self.assertTrue(self.run_it(page, "confirm_checkpoint", "together").context["kept"])
        self.assertEqual(self.entries("confirm_checkpoint"), 2)

    def test_what_was_previewed_cannot_be_changed_or_lent(self):
        page = self.preview(self.clerk, "confirm_checkpoint", [self.reported()])
        self.assertEqual(self.run_it(page, "reassign").status_code, 409)
        self.client.force_login(make_person(Role.OFFICE_CLERK, self.office))
        self.assertEqual(self.run_it(page, "confirm_checkpoint").status_code, 409)
        self.assertEqual(self.entries("confirm_checkpoint"), 0)

    def test_several_steps_of_one_measure(self):
        measure = self.reported(checkpoints=[clock.today(), clock.today() + timedelta(days=40)])
        page = self.preview(self.clerk, "confirm_checkpoint", [measure])
        self.run_it(page, "confirm_checkpoint")
        self.assertEqual(self.entries("confirm_checkpoint"), 2)


class ActsTests(BulkTestCase):
    def test_reassign_from_one_unit_to_another(self):
        ours, joint = self.measure(), self.measure(lead=[self.unit, self.other])
        theirs = self.measure(lead=self.other)
        page = self.preview(
            self.clerk, "reassign", [ours, theirs, joint],
            from_unit=self.unit.pk, to_unit=self.other.pk, reason="机构改革。",
        )  # fmt: skip
        change = "县水利局 → 县财政局"
        self.assertEqual(self.said(page)[ours.pk, change], "")
        self.assertEqual(
            self.said(page)[theirs.pk, change], "The unit that leaves has no duty on this measure."
        )
        self.assertEqual([result.done for result in page.context["results"]], [True, True, False])
        self.run_it(page, "reassign")
        self.assertEqual([d.unit for d in ours.duties.all()], [self.other])
        self.assertEqual(ours.past_duties.get().unit, self.unit)

    def test_remind_reaches_each_lead_of_each_measure(self):
        first, second = self.measure(), self.measure(lead=[self.unit, self.other])
        page = self.preview(self.office_head, "remind", [first, second], text="请按时完成。")
        self.run_it(page, "remind")
        found = Instrument.objects.values_list("measure_id", "unit_id", "kind")
        self.assertEqual(
            set(found),
            {
                (first.pk, self.unit.pk, "REMINDER"),
                (second.pk, self.unit.pk, "REMINDER"),
                (second.pk, self.other.pk, "REMINDER"),
            },
        )

    def test_before_a_request_for_a_later_date_lapses_the_preview_says_so(self):
        measure = self.measure()
        step = measure.checkpoints.get()
        self.do(
            measure, "request_extension", self.handler, checkpoint=step.pk, reason="汛期", interim_measures="巡查",
            new_due_on=step.due_on + timedelta(days=20),
        )  # fmt: skip
        swap = {"from_unit": self.unit.pk, "to_unit": self.other.pk, "reason": "机构改革。"}
        page = self.preview(self.clerk, "reassign", [measure], **swap)
        self.assertContains(page, "县水利局 → 县财政局; its request for a later date lapses")

    def test_nobody_is_reminded_of_what_is_with_the_office_or_done(self):
        waiting = [self.measure(state=state) for state in ("SUBMITTED", "VERIFIED", "CLOSED")]
        kept = self.measure(state="CLOSED", long_term=True, follow_up_months=3)
        page = self.preview(self.office_head, "remind", [*waiting, kept], text="请按时完成。")
        refused = {pk for (pk, _what), refusal in self.said(page).items() if refusal}
        self.assertEqual(refused, {measure.pk for measure in waiting})
        self.run_it(page, "remind")
        self.assertIsNone(Instrument.objects.get().answer_due_on)

    def test_set_the_grade(self):
        first, second = self.measure(), self.measure(important=True)
        page = self.preview(self.leader, "set_grade", [first, second], important="1", reason="群众反映强烈。")
        self.assertEqual(bool(self.said(page)[second.pk, ""]), True)
        self.run_it(page, "set_grade")
        first.refresh_from_db()
        self.assertTrue(first.important)

    def test_extensions_are_granted_by_whose_turn_it_is(self):
        due, none = self.measure(), self.measure()
        handler, head, boss = self.handler, self.head, self.office_head
        step = due.checkpoints.get()
        new = step.due_on + timedelta(days=20)
        self.do(
            due, "request_extension", handler,
            checkpoint=step.pk, new_due_on=new, reason="汛期", interim_measures="巡查",
        )  # fmt: skip
        extension = due.extensions.get()
        self.assertEqual(self.said(self.preview(boss, "grant_extension", [due])), {
            (due.pk, ""): "No extension of this measure waits for you."
        })  # fmt: skip
        perform(extension.pk, "approve_extension", actor=head)
        page = self.preview(boss, "grant_extension", [due, none], note="同意。")
        self.run_it(page, "grant_extension")
        step.refresh_from_db()
        self.assertEqual((step.due_on, due.extensions.get().state), (new, "GRANTED"))


class InputTests(BulkTestCase):
    def test_all_of_a_question_that_was_not_understood_is_nothing(self):
        self.measure()
        self.client.force_login(self.office_head)
        for query, words in (("light=GREEN", "1 measure chosen"), ("light=green", "No measure is chosen.")):
            page = self.client.get(reverse(BULK), {"act": "remind", "which": "all", "query": query})
            self.assertContains(page, words)

    def test_a_number_that_no_row_has_is_no_row(self):
        self.client.force_login(self.clerk)
        page = self.client.get(reverse(BULK), {"act": "remind", "row": "9" * 4400})
        self.assertContains(page, "No measure is chosen.")


class CostTests(BulkTestCase):
    def test_a_row_costs_what_the_act_costs(self):
        def cost(count):
            measures = [self.reported() for _ in range(count)]
            return self.statements(
                self.clerk,
                lambda: self.client.post(
                    reverse(BULK), {"act": "confirm_checkpoint", "row": [m.pk for m in measures]}
                ),
            )

        one, three = cost(1), cost(3)
        self.assertLessEqual((three - one) / 2, 20)


class SavedViewTests(PageTestCase):
    def test_a_view_is_saved_shown_as_a_tab_and_deleted(self):
        self.measure()
        self.client.force_login(self.clerk)
        ledger = reverse("cases:ledger")
        self.assertContains(self.client.get(f"{ledger}?state=RECTIFYING"), "Save this view")
        saved = self.client.post(
            reverse("workflows:save_view"), {"name": "在办", "query": "state=RECTIFYING&page=3&x=1"}
        )
        self.assertRedirects(saved, f"{ledger}?state=RECTIFYING")
        page = self.client.get(f"{ledger}?state=RECTIFYING")
        self.assertEqual([(t["label"], t["active"]) for t in page.context["tabs"]][1:], [("在办", True)])
        view = SavedView.objects.get()
        self.client.post(reverse("workflows:delete_view", args=[view.pk]))
        self.assertFalse(SavedView.objects.exists())

    def test_the_same_name_is_replaced_and_nobody_else_sees_it(self):
        self.client.force_login(self.clerk)
        for query in ("light=RED", "light=YELLOW"):
            self.client.post(reverse("workflows:save_view"), {"name": "急", "query": query})
        self.assertEqual(SavedView.objects.get().query, "light=YELLOW")
        self.client.force_login(self.office_head)
        self.assertEqual(self.client.get(reverse("cases:ledger")).context["tabs"], [])
        gone = self.client.post(reverse("workflows:delete_view", args=[SavedView.objects.get().pk]))
        self.assertEqual(gone.status_code, 404)

    def test_nothing_is_saved_without_a_name_or_a_question(self):
        self.client.force_login(self.clerk)
        for data in ({"name": "", "query": "light=RED"}, {"name": "空", "query": "x=1"}):
            self.client.post(reverse("workflows:save_view"), data)
        self.assertFalse(SavedView.objects.exists())
