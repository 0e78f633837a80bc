from django.test import override_settings
from django.urls import reverse

from cases.errors import NoRight, NotReady, WrongState
from cases.models import Notice, SignOffKind
from cases.states import MeasureState
from permissions import clock
from permissions.models import Role
from permissions.roles import appoint
from tests.factories import make_evidence, make_person, make_progress, make_unit, member
from tests.workflows.life import LifeTestCase
from workflows import contents, desk
from workflows.dossier import Dossier
from workflows.sections import rounds
from workflows.turns import turn_of

S = MeasureState
OTHER_HANDS = "%s already acted on this measure in this round; somebody else must take this step."


class RequestVerificationTests(LifeTestCase):
    def test_the_request_waits_for_the_head(self):
        measure = self.ready()
        self.do(measure, "request_verification", self.handler, note="全部完成")
        signed = measure.rounds.get().sign_offs.get()
        self.assertEqual(
            (signed.kind, signed.person, signed.unit, signed.attempt, signed.note),
            (SignOffKind.REQUEST, self.handler, self.unit, 1, "全部完成"),
        )
        self.assertEqual(measure.state, S.RECTIFYING)

    def test_progress_and_evidence_come_first(self):
        measure = self.measure()
        self.assertEqual(
            self.refused(NotReady, measure, "request_verification", self.handler),
            "Enter first what your unit has done: it has reported no progress in this round.",
        )
        make_progress(measure, self.unit)
        self.assertEqual(
            self.refused(NotReady, measure, "request_verification", self.handler),
            "Attach at least one piece of evidence before asking for verification.",
        )
        make_evidence(measure, self.unit)
        self.do(measure, "request_verification", self.handler)

    @override_settings(XIAOHAO_EVIDENCE_REQUIRED=False)
    def test_an_office_may_waive_the_evidence(self):
        measure = self.measure()
        make_progress(measure, self.unit)
        self.do(measure, "request_verification", self.handler)

    def test_progress_of_another_unit_does_not_count(self):
        other = make_unit(self.office)
        measure = self.measure(lead=[self.unit, other])
        make_progress(measure, other)
        make_evidence(measure, other)
        text = self.refused(NotReady, measure, "request_verification", self.handler)
        self.assertEqual(
            text, "Enter first what your unit has done: it has reported no progress in this round."
        )

    def test_a_unit_asks_once_per_attempt(self):
        measure = self.ready()
        self.do(measure, "request_verification", self.handler)
        text = self.refused(NotReady, measure, "request_verification", self.handler)
        self.assertEqual(text, "Verification has been requested already; now the unit head approves it.")

    def test_states_and_rights(self):
        for state in sorted(set(S) - {S.RECTIFYING, S.DRAFT}):
            measure = self.measure(state=state)
            with self.subTest(state=state):
                self.refused(WrongState, measure, "request_verification", self.handler)
        measure = self.ready()
        for person in (self.head, self.clerk, self.office_head, self.leader, self.auditor):
            self.refused(NoRight, measure, "request_verification", person)


class SubmitTests(LifeTestCase):
    def requested(self, **kwargs):
        measure = self.ready(**kwargs)
        self.do(measure, "request_verification", self.handler)
        return measure

    def test_the_heads_approval_brings_the_measure_to_the_office(self):
        measure = self.requested()
        self.do(measure, "submit", self.head)
        self.assertEqual(measure.state, S.SUBMITTED)
        self.assertEqual(measure.checkpoints.get().reported_on, clock.today())

    def test_joint_leads_must_all_sign(self):
        other = make_unit(self.office)
        measure = self.requested(lead=[self.unit, other])
        self.do(measure, "submit", self.head)
        self.assertEqual(measure.state, S.RECTIFYING)
        self.assertIsNone(measure.checkpoints.get().reported_on)
        self.do(measure, "request_verification", member(other, Role.HANDLER))
        self.do(measure, "submit", member(other, Role.UNIT_HEAD))
        self.assertEqual(measure.state, S.SUBMITTED)

    def test_without_a_lead_every_responsible_unit_signs(self):
        other = make_unit(self.office)
        measure = self.requested(lead=(), responsible=[self.unit, other])
        self.do(measure, "submit", self.head)
        self.assertEqual(measure.state, S.RECTIFYING)
        self.do(measure, "request_verification", member(other, Role.HANDLER))
        self.do(measure, "submit", member(other, Role.UNIT_HEAD))
        self.assertEqual(measure.state, S.SUBMITTED)

    def test_nothing_is_approved_that_was_not_requested(self):
        text = self.refused(NotReady, self.ready(), "submit", self.head)
        self.assertEqual(text, "Your unit has no request for verification that waits for approval.")

    def test_whoever_asked_cannot_approve(self):
        appoint(self.handler, self.unit, Role.UNIT_HEAD)
        measure = self.requested()
        text = self.refused(NotReady, measure, "submit", self.handler)
        self.assertEqual(text, OTHER_HANDS % "李文波")

    def test_whoever_approved_for_one_unit_cannot_ask_for_another(self):
        other = make_unit(self.office)
        measure = self.requested(lead=[self.unit, other])
        self.do(measure, "submit", self.head)
        appoint(self.head, other, Role.HANDLER)
        self.assertEqual(
            self.refused(NotReady, measure, "request_verification", self.head), OTHER_HANDS % "赵长河"
        )

    def test_the_separation_holds_over_the_attempts_of_a_round(self):
        measure = self.requested()
        self.do(measure, "submit", self.head)
        self.do(measure, "return_for_rework", self.clerk, reason="照片不清")
        second = make_person(Role.HANDLER, self.unit)
        appoint(self.handler, self.unit, Role.UNIT_HEAD)
        self.do(measure, "request_verification", second)
        text = self.refused(NotReady, measure, "submit", self.handler)
        self.assertEqual(text, OTHER_HANDS % "李文波")
        self.do(measure, "submit", self.head)
        self.assertEqual(measure.state, S.SUBMITTED)

    def test_a_second_head_cannot_approve_again(self):
        measure = self.requested(lead=[self.unit, make_unit(self.office)])
        self.do(measure, "submit", self.head)
        text = self.refused(NotReady, measure, "submit", make_person(Role.UNIT_HEAD, self.unit))
        self.assertEqual(text, "Your unit has no request for verification that waits for approval.")

    def test_states_and_rights(self):
        for state in sorted(set(S) - {S.RECTIFYING, S.DRAFT}):
            measure = self.measure(state=state)
            with self.subTest(state=state):
                self.refused(WrongState, measure, "submit", self.head)
        measure = self.requested()
        for person in (self.handler, self.clerk, self.office_head, self.leader, self.auditor):
            self.refused(NoRight, measure, "submit", person)


class SendBackRequestTests(LifeTestCase):
    NO_REQUEST = "Your unit has no request for verification that waits for approval."

    def requested(self, **kwargs):
        measure = self.ready(**kwargs)
        self.do(measure, "request_verification", self.handler, note="全部完成")
        return measure

    def sent_back(self, measure=None, **kwargs):
        measure = measure or self.requested(**kwargs)
        self.do(measure, "send_back_request", self.head, reason="请补充水质检测报告")
        return measure

    def test_the_handler_asks_again_in_the_same_attempt(self):
        measure = self.sent_back()
        opened = measure.rounds.get()
        self.assertEqual((measure.state, opened.attempt), (S.RECTIFYING, 1))
        self.assertEqual(
            [(s.kind, s.person, s.unit, s.note, bool(s.withdrawn_at)) for s in opened.sign_offs.all()],
            [
                (SignOffKind.REQUEST, self.handler, self.unit, "全部完成", True),
                (SignOffKind.SEND_BACK, self.head, self.unit, "请补充水质检测报告", False),
            ],
        )
        self.assertEqual(self.refused(NotReady, measure, "submit", self.head), self.NO_REQUEST)
        text = self.refused(NotReady, measure, "return_for_rework", self.clerk, reason="缺")
        self.assertEqual(text, "Nothing has been sent that could be returned.")
        self.do(measure, "request_verification", self.handler)
        self.do(measure, "submit", self.head)
        self.assertEqual(measure.state, S.SUBMITTED)

    def test_it_may_be_sent_back_more_than_once_but_not_twice_at_a_time(self):
        measure = self.sent_back()
        text = self.refused(NotReady, measure, "send_back_request", self.head, reason="再补充")
        self.assertEqual(text, self.NO_REQUEST)
        self.do(measure, "request_verification", self.handler)
        self.sent_back(measure)
        self.assertEqual(measure.rounds.get().sign_offs.count(), 4)

    def test_a_double_click_sends_back_once(self):
        measure = self.requested()
        form = {"reason": "缺材料", "version": measure.row_version, "key": "one"}
        first = self.do(measure, "send_back_request", self.head, **form)
        second = self.do(measure, "send_back_request", self.head, **form)
        self.assertEqual((second.repeated, second.entry), (True, first.entry))
        self.assertEqual(measure.rounds.get().sign_offs.count(), 2)

    def test_signatures_of_joint_leads_stay(self):
        other = make_unit(self.office)
        measure = self.requested(lead=[self.unit, other])
        self.do(measure, "request_verification", member(other, Role.HANDLER))
        self.do(measure, "submit", member(other, Role.UNIT_HEAD))
        self.sent_back(measure)
        self.assertIn(
            f"the head of {self.unit.name} sent the request back",
            turn_of(Dossier(self.handler, measure.pk)).sentence,
        )
        self.do(measure, "request_verification", self.handler)
        self.do(measure, "submit", self.head)
        self.assertEqual(measure.state, S.SUBMITTED)

    def test_a_head_of_two_leads_decides_on_the_request_that_waits(self):
        first, both = make_unit(self.office), make_person(Role.UNIT_HEAD, self.unit)
        appoint(both, first, Role.UNIT_HEAD)
        measure = self.requested(lead=[first, self.unit])
        self.do(measure, "send_back_request", both, reason="缺材料")
        self.assertEqual(measure.rounds.get().sign_offs.last().unit, self.unit)
        self.do(measure, "request_verification", self.handler)
        self.do(measure, "submit", both)
        self.assertEqual(measure.rounds.get().sign_offs.last().unit, self.unit)

    def test_nobody_sends_back_a_request_of_their_own(self):
        appoint(self.handler, self.unit, Role.UNIT_HEAD)
        measure = self.requested()
        text = self.refused(NotReady, measure, "send_back_request", self.handler, reason="缺")
        self.assertEqual(
            text, "You asked for verification yourself; another head of your unit decides on the request."
        )

    def test_whoever_asked_keeps_that_part_although_it_was_sent_back(self):
        measure = self.sent_back()
        appoint(self.handler, self.unit, Role.UNIT_HEAD)
        self.do(measure, "request_verification", make_person(Role.HANDLER, self.unit))
        self.assertEqual(self.refused(NotReady, measure, "submit", self.handler), OTHER_HANDS % "李文波")
        self.do(measure, "send_back_request", self.handler, reason="仍缺材料")

    def test_states_and_rights(self):
        for state in sorted(set(S) - {S.RECTIFYING, S.DRAFT}):
            with self.subTest(state=state):
                measure = self.measure(state=state)
                self.refused(WrongState, measure, "send_back_request", self.head, reason="缺")
        measure = self.requested()
        for person in (self.handler, self.clerk, self.office_head, self.leader, self.auditor):
            self.refused(NoRight, measure, "send_back_request", person, reason="缺")

    def test_the_handler_is_told_and_finds_the_reason(self):
        measure = self.sent_back()
        notice = Notice.objects.get(kind="send_back_request")
        self.assertEqual((notice.person, notice.params["reason"]), (self.handler, "请补充水质检测报告"))
        queues = desk.queues(self.handler, today=clock.today())
        self.assertEqual(
            [(item.pk, item.step, item.reason) for item in queues[desk.REWORK].items],
            [(measure.pk, "request_verification", "请补充水质检测报告")],
        )
        self.assertEqual([queues[name].count for name in (desk.REPORT, desk.DECIDE)], [0, 0])
        self.do(measure, "request_verification", self.handler)
        self.assertEqual(desk.queues(self.handler, today=clock.today())[desk.REWORK].count, 0)

    def test_the_round_shows_what_was_asked_and_sent_back_and_the_check_rests_on_what_counts(self):
        measure = self.sent_back()
        self.do(measure, "request_verification", self.handler, note="已补充")
        [shown] = rounds.section(Dossier(self.handler, measure.pk))[0]["attempts"]
        self.assertEqual(
            [(row["what"], row["text"], row["facts"]) for row in shown["signatures"]],
            [
                ("Requested verification", "全部完成", "was sent back and counts no more"),
                ("Sent back to the handler", "请补充水质检测报告", ""),
                ("Requested verification", "已补充", ""),
            ],
        )
        self.do(measure, "submit", self.head)
        check = {"method": "SITE", "visited_on": clock.today(), "findings": "属实"}
        self.do(measure, "verify", self.clerk, **check)
        said = contents.verification(measure.rounds.get().verifications.get())["sign_offs"]
        self.assertEqual(
            [(one["kind"], one["note"]) for one in said], [("REQUEST", "已补充"), ("SUBMIT", "")]
        )

    def test_the_page_wants_a_reason_and_is_offered_only_while_a_request_waits(self):
        measure, head = self.requested(), self.head
        self.client.force_login(head)
        url = reverse("workflows:send_back_request", args=[measure.pk])
        self.assertContains(self.client.get(measure.get_absolute_url()), url)
        form = {"row_version": measure.row_version, "key": "one", "reason": ""}
        self.assertEqual(self.client.post(url, form).status_code, 400)
        page = self.client.post(url, {**form, "reason": "缺材料"}, follow=True)
        self.assertContains(page, "缺材料")
        self.assertNotContains(page, f'href="{url}"')
