from datetime import datetime, timedelta
from io import StringIO

from django.core.management import CommandError, call_command
from django.urls import reverse

from cases.errors import NoRight, NotReady, WrongState
from cases.models import FollowUp, LookBackItem, Round, SignOff
from cases.states import MeasureState
from permissions import clock
from permissions.models import Role
from tests.factories import day, make_measure, make_person, make_plan, make_unit, png
from tests.workflows.life import LifeTestCase
from tests.workflows.pages import PageTestCase
from workflows import desk
from workflows.door import perform
from workflows.dossier import Dossier

S = MeasureState
CLOSED = datetime(2026, 1, 15, 10, 0)


class FollowUpTestCase(LifeTestCase):
    """A long-term measure closed out on 15 January 2026 with a quarterly cadence."""

    def setUp(self):
        super().setUp()
        with clock.at(CLOSED):
            self.kept = self.measure(state=S.VERIFIED, long_term=True)
            self.do(self.kept, "close_out", self.office_head, follow_up_months=3)
        self.plan.issued_on, self.plan.ends_on = day("2025-06-01"), day("2027-12-31")
        self.plan.save()

    def at(self, text):
        self.enterContext(clock.at(datetime.fromisoformat(f"{text}T09:00")))

    def record(self, due_on, finding="HELD", **data):
        data = {"due_on": day(due_on), "finding": finding, "text": "巡查正常。", **data}
        return self.do(self.kept, "record_follow_up", self.handler, **data)

    def steps(self, person, queue):
        person.__dict__.pop("_access", None)
        return {item.step for item in desk.queues(person, today=clock.today())[queue].items}


class CadenceTests(FollowUpTestCase):
    def test_close_out_takes_the_chosen_cadence_or_the_offices_rule(self):
        self.assertEqual((self.kept.follow_up_months, self.kept.closed_on), (3, day("2026-01-15")))
        plain = self.measure(state=S.VERIFIED, long_term=True)
        self.do(plain, "close_out", self.office_head)
        self.assertEqual(plain.follow_up_months, 3)
        dated = self.measure(state=S.VERIFIED)
        self.do(dated, "close_out", self.office_head, follow_up_months=1)
        self.assertIsNone(dated.follow_up_months)

    def test_another_cadence_counts_from_the_day_it_was_set(self):
        self.at("2026-05-20")
        self.do(self.kept, "set_cadence", self.clerk, months=1)
        self.assertEqual((self.kept.follow_up_months, self.kept.follow_up_from), (1, day("2026-05-20")))
        self.assertIn('"missed":["2026-04-15"]', self.kept.trail.order_by("-pk")[0].body.replace(" ", ""))
        self.record("2026-06-20")
        text = self.refused(
            NotReady,
            self.kept,
            "record_follow_up",
            self.handler,
            due_on=day("2026-07-15"),
            finding="HELD",
            text="好",
        )
        self.assertIn("No record is due", text)

    def test_a_record_made_ahead_settles_no_date_of_a_new_cadence(self):
        self.at("2026-04-10")
        self.record("2026-04-15")
        self.do(self.kept, "set_cadence", self.clerk, months=1)
        self.assertEqual(self.kept.follow_up_from, day("2026-04-15"))

    def test_only_the_office_and_only_what_is_offered(self):
        self.refused(NoRight, self.kept, "set_cadence", self.handler, months=1)
        self.refused(NotReady, self.kept, "set_cadence", self.clerk, months=5)
        self.refused(WrongState, self.measure(), "set_cadence", self.clerk, months=1)


class RecordTests(FollowUpTestCase):
    def test_a_record_belongs_to_a_date_of_the_cadence_and_is_made_once(self):
        self.at("2026-04-14")
        self.record("2026-04-15", files=[("巡查.png", png())])
        row = FollowUp.objects.get()
        self.assertEqual((row.unit, row.finding, row.files.count()), (self.unit, "HELD", 1))
        data = {"due_on": day("2026-04-15"), "finding": "HELD", "text": "好"}
        self.assertIn(
            "made already", self.refused(NotReady, self.kept, "record_follow_up", self.handler, **data)
        )
        self.refused(NoRight, self.kept, "record_follow_up", self.clerk, **data)

    def test_a_missed_one_can_be_made_up_for_and_stays_visible_as_late(self):
        self.at("2026-08-01")
        self.assertEqual(self.steps(self.auditor, desk.REPORT), {"follow_up_missed"})
        self.assertEqual(self.steps(self.handler, desk.REPORT), {"record_follow_up"})
        for due_on in ("2026-07-15", "2026-04-15"):
            self.record(due_on)
        self.assertEqual(self.steps(self.auditor, desk.REPORT), set())
        self.assertEqual(self.steps(self.handler, desk.REPORT), set())

    def test_the_end_of_the_plan_ends_the_follow_ups(self):
        self.at("2026-05-01")
        perform(self.plan.pk, "end_plan", actor=self.clerk, ends_on=day("2026-07-14"), reason="考核结束")
        self.plan.refresh_from_db()
        self.assertEqual(self.plan.ends_on, day("2026-07-14"))
        self.record("2026-04-15")
        self.at("2026-12-01")
        self.assertEqual(self.steps(self.auditor, desk.REPORT), set())
        data = {"due_on": day("2026-07-15"), "finding": "HELD", "text": "好"}
        self.refused(NotReady, self.kept, "record_follow_up", self.handler, **data)

    def test_a_failed_one_waits_for_the_office_until_it_holds_again(self):
        self.at("2026-04-15")
        self.record("2026-04-15", finding="FAILED")
        self.assertEqual(self.steps(self.clerk, desk.DECIDE), {"relapse"})
        self.at("2026-07-15")
        self.record("2026-07-15")
        self.assertEqual(self.steps(self.clerk, desk.DECIDE), set())

    def test_a_relapse_begins_anew_and_old_records_stay(self):
        self.at("2026-04-15")
        self.record("2026-04-15", finding="FAILED")
        self.do(
            self.kept,
            "relapse",
            self.clerk,
            reason="复查反弹",
            due_on=day("2026-06-30"),
            found_by="FOLLOW_UP",
        )
        self.assertEqual((self.kept.state, FollowUp.objects.count()), (S.RECTIFYING, 1))
        self.assertEqual(self.steps(self.clerk, desk.DECIDE), set())


class LookBackTests(PageTestCase):
    def drawn(self, share=100, **data):
        data = {
            "title": "第一次回头看",
            "share": share,
            "closed_to": clock.today(),
            "due_on": clock.today() + timedelta(days=30),
            **data,
        }
        return perform(self.office.pk, "draw_look_back", actor=self.clerk, **data).subject

    def closed(self, **fields):
        return self.measure(state=S.CLOSED, **fields)

    def test_a_share_of_each_lead_unit_and_grade(self):
        other = make_unit(self.office, "县住建局")
        for _ in range(5):
            self.closed()
            self.closed(lead=other)
        self.closed(important=True)
        self.measure()
        sample = self.drawn(share=20, seed="2026-11")
        strata = sorted(sample.items.values_list("stratum", flat=True))
        self.assertEqual(strata, ["县住建局 · 一般", "县水利局 · 一般", "县水利局 · 重要"])
        self.assertEqual((len(sample.population), sample.seed), (11, "2026-11"))

    def test_only_the_window_and_the_plan_asked_for(self):
        inside = self.closed()
        make_measure(make_plan(self.office), state=S.CLOSED, lead=self.unit)
        sample = self.drawn(plan=self.plan.pk, closed_from=clock.today())
        self.assertEqual([item.measure for item in sample.items.all()], [inside])
        with self.assertRaisesMessage(NotReady, "nothing to draw from"):
            self.drawn(closed_to=clock.today() - timedelta(days=1))

    def test_what_was_found_stands_on_the_measure_and_in_the_form_of_the_next_round(self):
        measure, inspector = self.closed(), make_person(Role.OFFICE_CLERK, self.office)
        first, second = self.drawn(), self.drawn(title="第二次回头看")
        closed_on = f"{measure.closed_on:%Y-%m-%d}"
        data = {"finding": "FAILED", "visited_on": clock.today(), "text": "围栏被拆。"}
        self.do(measure, "record_look_back", inspector, item=first.items.get().pk, **data)
        self.client.force_login(self.office_head)
        self.assertContains(self.client.get(measure.get_absolute_url()), "Looking back: it has relapsed")
        form = self.client.get(self.act_url(measure, "relapse")).context["form"]
        self.assertEqual((form["found_by"].value(), form["reason"].value()), ("LOOK_BACK", "围栏被拆。"))
        again = {"reason": "围栏被拆。", "due_on": clock.today() + timedelta(days=30)}
        self.do(measure, "relapse", self.office_head, **again)
        self.assertContains(self.client.get(measure.get_absolute_url()), "open again")
        for sample, words in ((first, "Has relapsed"), (second, "open again")):
            page = self.client.get(sample.get_absolute_url())
            self.assertContains(page, closed_on)
            self.assertContains(page, words)
        self.assertContains(self.client.get(reverse("workflows:look_backs")), "1 / 1", count=2)

    def test_the_command_draws_the_same_again_and_notices_another(self):
        for _ in range(12):
            self.closed()
        sample, out = self.drawn(share=25), StringIO()
        call_command("draw_sample", str(sample.pk), stdout=out)
        self.assertIn("The same 3 of 12 measures", out.getvalue())
        LookBackItem.objects.filter(pk=sample.items.first().pk).delete()
        with self.assertRaisesMessage(CommandError, "Differs from what was kept"):
            call_command("draw_sample", str(sample.pk), stdout=StringIO())

    def test_whoever_put_their_name_to_the_round_does_not_look_back_and_neither_does_a_duty_unit(self):
        """In the door, on the page and on the desk alike: who asked, approved, returned, verified or closed out."""
        measure, officer = self.closed(), make_person(Role.OFFICE_CLERK, self.office)
        item, last = self.drawn().items.get(), measure.rounds.get()
        # An earlier attempt is of the same round.
        Round.objects.filter(pk=last.pk).update(attempt=2)
        SignOff.objects.create(
            office=self.office, round=last, attempt=1, unit=self.office.unit, person=officer, kind="RETURN",
            at=clock.now(),
        )  # fmt: skip
        data = {"item": item.pk, "finding": "HELD", "visited_on": clock.today(), "text": "仍然有效"}
        inspector = make_person(Role.OFFICE_CLERK, self.office)
        judges = [self.clerk, self.office_head, officer]
        for person, sees_it in [*((one, False) for one in judges), (inspector, True)]:
            with self.subTest(person):
                if not sees_it:
                    text = self.refused(NotReady, measure, "record_look_back", person, **data)
                    self.assertIn("signed, verified or closed out", text)
                refusal = Dossier(person, measure.pk).refusal("record_look_back")
                self.assertEqual(refusal is None, sees_it)
                queues = desk.queues(person, today=clock.today()).values()
                steps = {one.step for queue in queues for one in queue.items}
                self.assertEqual("record_look_back" in steps, sees_it)
        self.refused(NoRight, measure, "record_look_back", self.handler, **data)
        self.do(measure, "record_look_back", inspector, **data, files=[("现场.png", png())])
        item.refresh_from_db()
        self.assertEqual((item.finding, item.checked_by, item.files.count()), ("HELD", inspector, 1))
        self.refused(NotReady, measure, "record_look_back", inspector, **data)

    def test_a_hand_in_an_earlier_round_does_not_count(self):
        measure = self.closed()
        Round.objects.filter(measure=measure).update(number=2, closed_by=self.leader)
        opened = {"office": self.office, "measure": measure, "opened_at": clock.now()}
        Round.objects.create(**opened, number=1, closed_at=clock.now(), closed_by=self.office_head)
        self.drawn()
        self.assertIsNone(Dossier(self.office_head, measure.pk).refusal("record_look_back"))

    def test_pages_from_drawing_to_the_finding(self):
        measure = self.closed()
        inspector = make_person(Role.OFFICE_CLERK, self.office)
        self.client.force_login(inspector)
        today = clock.today().isoformat()
        form = {"title": "回头看", "share": 50, "closed_to": today, "due_on": today, "key": "k"}
        page = self.client.post(reverse("workflows:draw_look_back"), form, follow=True)
        sample = measure.look_back_items.get().look_back
        self.assertContains(page, sample.seed)
        self.assertContains(self.client.get(reverse("workflows:look_backs")), "0 / 1")
        url = f"{self.act_url(measure, 'record_look_back')}?item={sample.items.get().pk}"
        self.assertContains(self.client.get(sample.get_absolute_url()), url)
        self.assertEqual(self.client.get(url).status_code, 200)
        form = {"item": sample.items.get().pk, "finding": "FAILED", "visited_on": today, "text": "又有堆放"}
        self.assertEqual(self.post(inspector, measure, "record_look_back", **form).status_code, 302)
        self.assertContains(
            self.client.get(sample.get_absolute_url()), reverse("workflows:relapse", args=[measure.pk])
        )
        self.assertContains(self.client.get(measure.get_absolute_url()), "又有堆放")

    def test_statements_do_not_grow_with_the_sample(self):
        def counts():
            sample = self.drawn()
            pages = [
                reverse("workflows:look_backs"),
                sample.get_absolute_url(),
                reverse("workflows:draw_look_back"),
            ]
            return [self.statements(self.clerk, lambda url=url: self.client.get(url)) for url in pages]

        self.closed()
        few = counts()
        self.assertLessEqual(max(few), 10)
        for _ in range(6):
            self.closed()
        self.assertEqual(counts(), few)


class MeasurePageTests(PageTestCase, FollowUpTestCase):
    def test_missed_made_and_next_stand_in_one_list(self):
        self.at("2026-08-01")
        self.record("2026-07-15")
        self.client.force_login(self.auditor)
        page = self.client.get(self.kept.get_absolute_url())
        rows = page.context["follow_up"]["rows"]
        self.assertEqual(
            [(row["due_on"], str(row["label"])) for row in rows],
            [(day("2026-10-15"), "next"), (day("2026-07-15"), "Holds"), (day("2026-04-15"), "missed")],
        )
        self.assertEqual(rows[1]["was_late"], True)

    def test_the_form_offers_what_is_open_and_chooses_the_nearest(self):
        self.at("2026-08-01")
        self.client.force_login(self.handler)
        page = self.client.get(self.act_url(self.kept, "record_follow_up"))
        self.assertEqual(page.context["form"].fields["due_on"].initial, "2026-07-15")
        form = {"due_on": "2026-04-15", "finding": "HELD", "text": "补记"}
        self.assertEqual(self.post(self.handler, self.kept, "record_follow_up", **form).status_code, 302)

    def test_files_are_shown_by_the_names_they_were_handed_in_with(self):
        self.at("2026-08-01")
        self.record("2026-07-15", files=[("巡查记录.png", png())])
        self.client.force_login(self.handler)
        self.assertContains(self.client.get(self.kept.get_absolute_url()), "巡查记录.png</a>")

    def test_acts_stay_within_fifteen_statements(self):
        self.at("2026-08-01")
        forms = {
            "record_follow_up": (self.handler, {"due_on": "2026-04-15", "finding": "HELD", "text": "好"}),
            "set_cadence": (self.clerk, {"months": 6}),
        }
        for act, (person, form) in forms.items():
            self.kept.refresh_from_db()
            form |= {"row_version": self.kept.row_version, "key": act}
            url = self.act_url(self.kept, act)
            with self.subTest(act):
                self.assertLessEqual(
                    self.statements(person, lambda u=url, f=form: self.client.post(u, f)), 15
                )
