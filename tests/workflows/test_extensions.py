"""A later date for one step (延期): who decides, in which order, within which limits, and what it does to the dates."""

from datetime import timedelta

from django.db import connection
from django.test.utils import CaptureQueriesContext

from cases.errors import NoRight, NotReady, NotVisible, WrongState
from cases.models import Checkpoint, Extension, OfficeRules
from cases.models.rules import LateExtension
from cases.presenters import short_date
from cases.states import MeasureState
from permissions import clock
from permissions.models import Role
from permissions.roles import appoint
from tests.factories import make_person, make_unit
from tests.workflows.life import LifeTestCase
from tests.workflows.pages import PageTestCase
from workflows import papers
from workflows.door import perform
from workflows.models import ApprovalTask


class ExtensionTestCase(LifeTestCase):
    def step(self, measure):
        return measure.checkpoints.get()

    def ask(self, measure, *, days=30, step=None, actor=None, **data):
        """Ask for ``days`` more than the present date."""
        step = step or self.step(measure)
        data = {"reason": "汛期无法施工", "interim_measures": "先行围挡", **data}
        new_due_on = step.due_on + timedelta(days=days)
        self.do(
            measure,
            "request_extension",
            actor or self.handler,
            checkpoint=step.pk,
            new_due_on=new_due_on,
            **data,
        )
        return measure.extensions.get(number=measure.extensions.count())

    def asking(self, measure, *, step=None, **data):
        step = step or self.step(measure)
        data = {
            "new_due_on": step.due_on + timedelta(days=30),
            "reason": "雨",
            "interim_measures": "无",
            **data,
        }
        return self.refused(NotReady, measure, "request_extension", self.handler, checkpoint=step.pk, **data)

    def act(self, extension, act, actor, **data):
        outcome = perform(extension.pk, act, actor=actor, **data)
        extension.refresh_from_db()
        return outcome

    def not_done(self, error, extension, act, actor, **data):
        before = (extension.state, extension.row_version)
        with self.assertRaises(error) as caught:
            perform(extension.pk, act, actor=actor, **data)
        extension.refresh_from_db()
        self.assertEqual((extension.state, extension.row_version), before)
        return str(caught.exception)

    def granted(self, measure, **kwargs):
        extension = self.ask(measure, **kwargs)
        self.act(extension, "approve_extension", self.head)
        self.act(extension, "decide_extension", self.office_head)
        if extension.state == "SIGNING":
            self.act(extension, "sign_extension", self.leader)
        return extension

    def waiting(self, person):
        return [paper.task for paper in papers.waiting(person, today=clock.today()) if "xten" in paper.task]


class WayTests(ExtensionTestCase):
    def test_the_first_is_granted_by_the_head_of_the_office(self):
        measure = self.measure()
        original = self.step(measure).due_on
        extension = self.ask(measure)
        self.assertEqual((extension.number, extension.state, extension.late), (1, "REQUESTED", False))
        self.act(extension, "approve_extension", self.head)
        self.assertEqual((self.step(measure).due_on, extension.state), (original, "APPROVED"))
        self.act(extension, "decide_extension", self.office_head, note="同意")
        step = self.step(measure)
        self.assertEqual((step.due_on, step.original_due_on), (original + timedelta(days=30), original))
        measure.refresh_from_db()
        self.assertEqual((extension.state, measure.next_due_on), ("GRANTED", step.due_on))

    def test_the_second_on_the_same_measure_needs_the_leader(self):
        measure = self.measure()
        self.granted(measure)
        before = self.step(measure).due_on
        second = self.ask(measure, days=10)
        self.act(second, "approve_extension", self.head)
        self.act(second, "decide_extension", self.office_head)
        self.assertEqual((second.state, self.step(measure).due_on), ("SIGNING", before))
        self.act(second, "sign_extension", self.leader)
        self.assertEqual((second.state, self.step(measure).due_on), ("GRANTED", second.new_due_on))

    def test_a_refused_one_counts_for_nothing_and_stays(self):
        measure = self.measure()
        first = self.ask(measure)
        self.act(first, "refuse_extension", self.head, reason="理由不充分")
        self.assertEqual(
            (first.state, first.decision, first.refused_by), ("REFUSED", "理由不充分", self.head)
        )
        second = self.granted(measure)
        self.assertEqual((second.number, second.state, second.signed_by), (2, "GRANTED", None))
        self.assertEqual(measure.extensions.count(), 2)

    def test_each_turn_may_refuse_and_the_date_stays(self):
        for acts in (["head"], ["head", "office_head"], ["head", "office_head", "leader"]):
            measure = self.measure()
            if len(acts) == 3:
                self.granted(measure)
            due_on = self.step(measure).due_on
            extension = self.ask(measure, days=5)
            for name, act in zip(acts[:-1], ("approve_extension", "decide_extension"), strict=False):
                self.act(extension, act, getattr(self, name))
            with self.subTest(acts[-1]):
                self.act(extension, "refuse_extension", getattr(self, acts[-1]), reason="不同意")
                self.assertEqual((extension.state, self.step(measure).due_on), ("REFUSED", due_on))
                open_steps = ApprovalTask.objects.filter(process__extension=extension, status="NEW")
                self.assertEqual(open_steps.count(), 0)

    def test_each_step_lies_on_the_desk_of_whoever_takes_it(self):
        extension = self.ask(self.measure())
        people = (self.head, self.office_head, self.leader)
        self.assertEqual([self.waiting(p) for p in people], [["Approve the extension"], [], []])
        [paper] = papers.waiting(self.head, today=clock.today())
        before, after = (short_date(day) for day in (extension.old_due_on, extension.new_due_on))
        self.assertEqual(paper.dates, f"due {before}, to be extended to {after}")
        self.act(extension, "approve_extension", self.head)
        self.assertEqual([self.waiting(p) for p in people], [[], ["Decide on the extension"], []])
        self.act(extension, "decide_extension", self.office_head)
        self.assertEqual([self.waiting(p) for p in people], [[], [], []])

    def test_every_step_is_told_in_the_trail_of_the_measure(self):
        measure = self.measure()
        self.granted(measure)
        acts = list(measure.trail.order_by("sequence").values_list("act", flat=True))
        self.assertEqual(acts, ["request_extension", "approve_extension", "decide_extension"])


class HandsTests(ExtensionTestCase):
    def test_requester_approver_decider_and_signer_are_different_persons(self):
        everything = make_person(Role.HANDLER, self.unit)
        appoint(everything, self.unit, Role.UNIT_HEAD)
        for role in (Role.OFFICE_HEAD, Role.LEADER):
            appoint(everything, self.office.unit, role)
        measure = self.measure()
        self.granted(measure)
        extension = self.ask(measure, actor=everything)
        sentence = "You took an earlier step of this extension yourself; somebody else must take this one."
        self.assertEqual(self.not_done(NotReady, extension, "approve_extension", everything), sentence)
        self.act(extension, "approve_extension", self.head)
        self.assertEqual(self.not_done(NotReady, extension, "decide_extension", everything), sentence)
        self.act(extension, "decide_extension", self.office_head)
        self.assertEqual(self.not_done(NotReady, extension, "sign_extension", everything), sentence)
        self.assertEqual(self.waiting(everything), [])

    def test_others_have_no_right_and_strangers_see_nothing(self):
        extension = self.ask(self.measure())
        stranger = make_person(Role.UNIT_HEAD, make_unit(self.office))
        for actor in (self.handler, self.clerk, self.office_head, self.auditor):
            self.not_done(NoRight, extension, "approve_extension", actor)
        for actor in (self.handler, self.clerk, self.office_head, self.leader):
            self.not_done(NoRight, extension, "refuse_extension", actor, reason="不")
        self.not_done(NotVisible, extension, "approve_extension", stranger)

    def test_nobody_comes_before_their_turn_or_after_the_end(self):
        extension = self.ask(self.measure())
        self.not_done(WrongState, extension, "decide_extension", self.office_head)
        self.not_done(WrongState, extension, "sign_extension", self.leader)
        self.act(extension, "refuse_extension", self.head, reason="不")
        self.not_done(WrongState, extension, "approve_extension", self.head)
        self.not_done(WrongState, extension, "refuse_extension", self.head, reason="不")

    def test_only_a_lead_asks_and_only_while_it_is_at_work(self):
        helper = make_unit(self.office)
        measure = self.measure(responsible=helper)
        data = {
            "checkpoint": self.step(measure).pk,
            "new_due_on": clock.today(),
            "reason": "雨",
            "interim_measures": "无",
        }
        self.refused(NoRight, measure, "request_extension", make_person(Role.HANDLER, helper), **data)
        for state in sorted(set(MeasureState) - {MeasureState.RECTIFYING, MeasureState.DRAFT}):
            measure = self.measure(state=state)
            data["checkpoint"] = self.step(measure).pk
            with self.subTest(state=state):
                self.refused(WrongState, measure, "request_extension", self.handler, **data)


class LimitTests(ExtensionTestCase):
    def rules(self, **fields):
        OfficeRules.objects.update_or_create(office=self.office, defaults=fields)

    def test_a_late_request_is_flagged_or_refused_as_the_office_decides(self):
        yesterday = clock.today() - timedelta(days=1)
        self.rules(late_extension=LateExtension.FLAG)
        self.assertTrue(self.ask(self.measure(checkpoints=[yesterday])).late)
        self.rules(late_extension=LateExtension.REFUSE)
        self.assertEqual(
            self.asking(self.measure(checkpoints=[yesterday])),
            "The date has passed. The office accepts requests for an extension only before it.",
        )
        self.assertFalse(self.ask(self.measure(checkpoints=[clock.today()])).late)

    def test_a_date_that_had_passed_at_issue_is_nobodys_delay(self):
        self.rules(late_extension=LateExtension.REFUSE, extension_cap_days=0)
        before_issue = self.plan.issued_on - timedelta(days=1)
        measure = self.measure(checkpoints=[before_issue])
        self.assertFalse(self.ask(measure, days=400).late)

    def test_the_cap_counts_from_the_original_date(self):
        self.rules(extension_cap_days=40, extension_limit=0)
        measure = self.measure()
        original = self.step(measure).original_due_on
        self.granted(measure, days=30)
        self.assertEqual(
            self.asking(measure, new_due_on=original + timedelta(days=41)),
            f"The new date may lie at most 40 days after the original one, which was {original:%Y-%m-%d}.",
        )
        self.assertEqual(self.granted(measure, days=10).new_due_on, original + timedelta(days=40))

    def test_the_limit_counts_what_was_granted_on_the_measure(self):
        self.rules(extension_limit=1)
        today = clock.today()
        measure = self.measure(checkpoints=[today + timedelta(days=50), today + timedelta(days=90)])
        first, second = measure.checkpoints.all()
        waiting = self.ask(measure, step=second)
        self.act(waiting, "approve_extension", self.head)
        self.granted_other(measure, first)
        sentence = "1 extensions of this measure have been granted; the office's rules allow no more."
        self.assertEqual(self.asking(measure, step=first), sentence)
        self.assertEqual(self.not_done(NotReady, waiting, "decide_extension", self.office_head), sentence)
        self.act(waiting, "refuse_extension", self.office_head, reason="已达上限")

    def granted_other(self, measure, step):
        extension = self.ask(measure, step=step)
        self.act(extension, "approve_extension", self.head)
        self.act(extension, "decide_extension", self.office_head)

    def test_the_new_date_lies_ahead_and_after_the_present_one(self):
        measure = self.measure()
        step = self.step(measure)
        sentence = "The new date must lie ahead, and after the present one."
        self.assertEqual(self.asking(measure, new_due_on=step.due_on), sentence)
        late = self.measure(checkpoints=[clock.today() - timedelta(days=9)])
        self.assertEqual(self.asking(late, new_due_on=clock.today()), sentence)

    def test_nobody_grants_a_date_that_has_passed_meanwhile(self):
        extension = self.ask(self.measure(checkpoints=[clock.today() + timedelta(days=1)]), days=1)
        self.act(extension, "approve_extension", self.head)
        with clock.at(clock.now() + timedelta(days=5)):
            sentence = self.not_done(NotReady, extension, "decide_extension", self.office_head)
        self.assertIn("The new date has passed meanwhile.", sentence)

    def test_one_request_at_a_time_for_a_step_that_is_open(self):
        measure = self.measure()
        self.ask(measure)
        self.assertEqual(
            self.asking(measure),
            "An extension of this checkpoint is asked for already and waits for a decision.",
        )
        reported = self.measure()
        self.do(reported, "report_checkpoint", self.handler, checkpoint=self.step(reported).pk)
        self.assertIn("has been reported as reached", self.asking(reported))
        self.assertIn("no such checkpoint", self.asking(reported, step=self.step(measure)))


class LapseTests(ExtensionTestCase):
    def assert_lapsed(self, extension):
        extension.refresh_from_db()
        self.assertEqual(extension.state, "LAPSED")
        self.assertEqual([self.waiting(p) for p in (self.head, self.office_head)], [[], []])
        self.not_done(WrongState, extension, "approve_extension", self.head)

    def test_with_the_step_that_is_met(self):
        measure = self.measure()
        extension = self.ask(measure)
        self.do(measure, "report_checkpoint", self.handler, checkpoint=self.step(measure).pk)
        self.do(measure, "confirm_checkpoint", self.clerk, checkpoint=self.step(measure).pk)
        self.assert_lapsed(extension)
        self.assertIn('"lapsed_extensions":[1]', measure.trail.last().body)

    def test_with_the_verification_of_the_whole_measure(self):
        measure = self.ready()
        extension = self.ask(measure)
        self.do(measure, "request_verification", self.handler)
        self.do(measure, "submit", self.head)
        self.do(measure, "verify", self.clerk, method="SITE", visited_on=clock.today(), findings="属实")
        self.assert_lapsed(extension)

    def test_with_the_close_out_of_a_measure_whose_step_was_not_found_reached(self):
        measure = self.ready()
        extension = self.ask(measure)
        self.do(measure, "request_verification", self.handler)
        self.do(measure, "submit", self.head)
        self.do(measure, "refuse_checkpoint", self.clerk, checkpoint=self.step(measure).pk, reason="未达标")
        self.do(measure, "verify", self.clerk, method="SITE", visited_on=clock.today(), findings="属实")
        self.do(measure, "close_out", self.office_head)
        self.assert_lapsed(extension)

    def test_with_the_unit_that_leaves(self):
        other, measure = make_unit(self.office), self.measure()
        extension = self.ask(measure)
        self.do(measure, "reassign", self.clerk, from_unit=self.unit.pk, to_unit=other.pk, reason="职责调整")
        extension.refresh_from_db()
        self.assertEqual((extension.state, extension.decision), ("LAPSED", "职责调整"))
        self.assertEqual(self.waiting(self.head), [])

    def test_with_the_measure_that_is_withdrawn(self):
        measure = self.measure()
        extension = self.ask(measure)
        self.do(measure, "withdraw", self.office_head, reason="任务取消")
        self.assert_lapsed(extension)


class CostTests(ExtensionTestCase):
    def counted(self, ask):
        with CaptureQueriesContext(connection) as queries:
            ask()
        return sum("SAVEPOINT" not in query["sql"] for query in queries)

    def test_statements_of_the_steps(self):
        measure = self.measure()
        counts = [self.counted(lambda: self.ask(measure))]
        extension = measure.extensions.get()
        for act, actor in (("approve_extension", self.head), ("decide_extension", self.office_head)):
            counts.append(self.counted(lambda act=act, actor=actor: self.act(extension, act, actor)))
        self.assertEqual([count for count in counts if count > 35], [], counts)
        self.assertEqual(Checkpoint.objects.count(), 1)
        self.assertEqual(Extension.objects.count(), 1)


class PageTests(PageTestCase, ExtensionTestCase):
    def test_a_handler_asks_on_the_page_of_the_measure(self):
        measure = self.measure()
        step = self.step(measure)
        url = f"{self.act_url(measure, 'request_extension')}?checkpoint={step.pk}"
        self.client.force_login(self.handler)
        self.assertContains(self.client.get(measure.get_absolute_url()), url)
        form = self.hidden(self.client.get(url))
        new_due_on = step.due_on + timedelta(days=20)
        data = {
            "checkpoint": step.pk,
            "reason": "汛期",
            "interim_measures": "围挡",
            "new_due_on": f"{new_due_on}",
        }
        response = self.post(self.handler, measure, "request_extension", form, **data)
        self.assertRedirects(response, measure.get_absolute_url())
        page = self.client.get(measure.get_absolute_url())
        self.assertContains(page, measure.extensions.get().get_absolute_url())
        self.assertNotContains(page, url)

    def test_the_pages_of_a_request_lead_through_to_the_new_date(self):
        extension = self.ask(self.measure())
        page = extension.get_absolute_url()
        for person, name in ((self.head, "approve"), (self.office_head, "decide")):
            self.client.force_login(person)
            self.assertContains(self.client.get(page), f"{page}{name}/")
            form = self.hidden(self.client.get(f"{page}{name}/"))
            self.assertRedirects(self.client.post(f"{page}{name}/", form), page)
            self.assertNotContains(self.client.get(page), f"{page}{name}/")
        self.client.force_login(self.handler)
        response = self.client.get(page)
        for words in (self.head.name, self.office_head.name, "Granted", "汛期无法施工", "先行围挡"):
            self.assertContains(response, words)

    def test_a_refusal_keeps_what_was_typed(self):
        extension = self.ask(self.measure())
        self.act(extension, "approve_extension", self.head)
        self.client.force_login(self.head)
        response = self.client.post(f"{extension.get_absolute_url()}refuse/", {"reason": "我再想想"})
        self.assertEqual(response.status_code, 403)
        self.client.force_login(self.office_head)
        url = f"{extension.get_absolute_url()}refuse/"
        response = self.client.post(url, {"reason": "不符合条件", "row_version": 1})
        self.assertContains(response, "不符合条件", status_code=409)
        self.assertRedirects(self.client.post(url, {"reason": "不符合条件"}), extension.get_absolute_url())

    def test_asking_anew_starts_from_the_refused_request(self):
        measure = self.measure()
        self.act(self.ask(measure), "refuse_extension", self.head, reason="写清楚")
        self.client.force_login(self.handler)
        self.assertContains(self.client.get(self.act_url(measure, "request_extension")), "汛期无法施工")

    def test_statements_of_the_measure_do_not_grow_with_its_requests(self):
        measure = self.measure()

        def ask():
            return self.client.get(measure.get_absolute_url())

        self.granted(measure)
        before = self.statements(self.handler, ask)
        self.granted(measure, days=2)
        self.assertEqual(self.statements(self.handler, ask), before)
