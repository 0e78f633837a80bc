"""Notices: who is told of an act, once, in its own transaction; the bell and the list."""

from datetime import date, datetime, timedelta
from unittest.mock import patch

from django.core import mail as mail_box
from django.test import TestCase, override_settings
from django.urls import reverse

from cases.errors import Refused
from cases.models import LogEntry, Notice, OfficeRules, Plan
from cases.states import MeasureState
from permissions import clock
from permissions.models import Delegation, Membership, Role, User
from permissions.roles import ROLE_RIGHTS, appoint
from tests.factories import make_measure, make_office, make_person, make_plan, make_unit, member
from tests.workflows.life import LifeTestCase
from workflows import desk, jobs, notices, outbox
from workflows.door import ACTS, perform
from workflows.tellings import BESIDE, TELLINGS

S = MeasureState


class TellTests(LifeTestCase):
    def told(self, act=None):
        rows = Notice.objects.filter(kind=act) if act else Notice.objects.all()
        return {row.person for row in rows.select_related("person")}

    def test_a_request_is_told_to_the_head_of_that_unit_and_to_nobody_else(self):
        make_person(Role.UNIT_HEAD, make_unit(self.office))
        self.do(self.ready(), "request_verification", self.handler)
        self.assertEqual(self.told("request_verification"), {self.head})

    def test_a_return_is_told_to_the_unit_with_its_reason(self):
        measure = self.measure(state=S.SUBMITTED)
        self.do(measure, "return_for_rework", self.clerk, reason="缺少验收材料")
        self.assertIn(self.handler, self.told("return_for_rework"))
        row = Notice.objects.filter(kind="return_for_rework").first()
        self.assertIn("缺少验收材料", notices.line_of(row))
        self.assertIn(measure.number, notices.line_of(row))
        self.assertEqual((row.measure, row.url), (measure, measure.get_absolute_url()))

    def test_whoever_acts_is_not_told(self):
        measure = self.measure(state=S.VERIFIED)
        self.do(measure, "close_out", self.office_head)
        self.assertEqual(self.told(), {self.handler})

    def test_an_important_measure_waits_for_the_leader(self):
        check = {"method": "PAPER", "visited_on": clock.today(), "findings": "属实"}
        self.do(self.measure(state=S.SUBMITTED, important=True), "verify", self.clerk, **check)
        self.assertEqual(self.told("verify"), {self.leader})

    def test_a_refused_act_tells_nobody(self):
        with self.assertRaises(Refused):
            self.do(self.measure(state=S.ISSUED), "return_for_rework", self.clerk, reason="x")
        self.assertFalse(Notice.objects.exists())

    def test_the_same_form_sent_twice_tells_once(self):
        measure = self.ready()
        for _time in range(2):
            perform(measure.pk, "request_verification", actor=self.handler, key="one")
        self.assertEqual(Notice.objects.count(), 1)

    def test_an_act_that_cannot_be_recorded_leaves_no_notice(self):
        with patch("workflows.door.write_entries", side_effect=RuntimeError), self.assertRaises(RuntimeError):
            self.do(self.ready(), "request_verification", self.handler)
        self.assertFalse(
            Notice.objects.exists() or LogEntry.objects.filter(act="request_verification").exists()
        )

    def test_people_who_left_or_are_locked_out_are_not_told(self):
        self.head.is_active = False
        self.head.save()
        self.do(self.ready(), "request_verification", self.handler)
        self.assertFalse(Notice.objects.exists())


class RoadsTests(LifeTestCase):
    """Whoever loses, takes over or gets a part of a measure learns it; each by a link that opens for them."""

    @classmethod
    def setUpTestData(cls):
        super().setUpTestData()
        cls.other = make_unit(cls.office, "县财政局")
        cls.newcomer = make_person(Role.HANDLER, cls.other)

    def told(self, act):
        return {row.person: row.url for row in Notice.objects.filter(kind=act).select_related("person")}

    def opens(self, person, url):
        self.client.force_login(person)
        return self.client.get(url, follow=True).status_code

    def test_who_leaves_and_who_comes_at_a_reassignment(self):
        measure = self.measure()
        units = {"leads": [f"unit:{self.other.pk}"], "responsible": []}
        self.do(measure, "reassign", self.clerk, reason="职责调整", **units)
        told = self.told("reassign")
        self.assertEqual(told, {self.newcomer: measure.get_absolute_url(), self.handler: ""})

    def test_the_units_of_a_split_measure_and_of_its_parts(self):
        day = clock.today() + timedelta(days=30)
        measure = self.measure(checkpoints=[day])
        parts = [
            {
                "text": text,
                "leads": [f"unit:{unit.pk}"],
                "responsible": [],
                "dates": [day],
                "long_term": False,
            }
            for text, unit in (("甲", self.unit), ("乙", self.other))
        ]
        self.do(measure, "split", self.office_head, parts=parts, reason="分头落实")
        told = self.told("split")
        self.assertEqual(set(told), {self.handler, self.newcomer})
        for person, url in told.items():
            self.assertEqual(self.opens(person, url), 200)
            self.assertContains(self.client.get(url), f"{measure.number}-")

    def test_a_transfer_is_told_on_both_sides(self):
        taker = make_office()
        clerk = member(taker, Role.OFFICE_CLERK)
        measure = self.measure()
        self.do(measure, "transfer", self.office_head, office=taker.pk, reason="属地变更")
        self.assertEqual(set(self.told("transfer")), {self.handler})
        [(person, url)] = self.told("take_over").items()
        self.assertEqual((person, self.opens(person, url)), (clerk, 200))
        row = Notice.objects.get(kind="take_over")
        self.assertEqual((row.office, row.params["reason"]), (taker, "属地变更"))

    def test_a_merged_measure_is_told_to_its_units_and_to_those_that_take_it_in(self):
        first, second = self.measure(), self.measure(lead=self.other)
        self.do(first, "merge", self.clerk, into=second.pk, reason="内容重复")
        self.assertEqual(self.told("merge"), {self.handler: first.get_absolute_url()})
        self.assertEqual(self.told("take_in"), {self.newcomer: second.get_absolute_url()})

    def test_a_published_result_and_an_objection(self):
        OfficeRules.objects.create(office=self.office, public_notice_days=5)
        measure = self.measure(state=S.VERIFIED)
        self.do(measure, "publish_result", self.clerk, where="县政府网站")
        self.assertEqual(set(self.told("publish_result")), {self.handler})
        self.do(measure, "record_objection", self.clerk, text="水质未达标")
        self.assertIn(self.office_head, self.told("record_objection"))
        self.do(measure, "settle_objection", self.clerk, settlement="已复测")
        self.assertIn(self.office_head, self.told("settle_objection"))

    def test_a_dispute_raised_and_settled(self):
        measure = self.measure(state=S.ISSUED)
        self.do(measure, "raise_dispute", self.head, reason="非本单位职责", proposed_unit="县财政局")
        self.assertIn(self.clerk, self.told("raise_dispute"))
        dispute = measure.disputes.get().pk
        self.do(measure, "settle_dispute", self.office_head, dispute=dispute, settlement="三定方案已明确")
        self.assertIn(self.handler, self.told("settle_dispute"))


class DeputyTests(LifeTestCase):
    """Whoever stands in for somebody hears of it, and meanwhile of all that the other would have to do."""

    def stand_in(self, begins=0):
        today = clock.today()
        days = {"starts_on": today + timedelta(days=begins), "ends_on": today + timedelta(days=7)}
        post = self.head.memberships.get()
        data = {"deputy": self.handler.pk, "reason": "外出培训", **days}
        return perform(post.pk, "name_deputy", actor=self.head, **data).subject

    def heard(self, kind):
        return set(Notice.objects.filter(kind=kind).values_list("person", flat=True))

    def test_the_deputy_hears_of_the_delegation_and_of_its_end(self):
        row = self.stand_in()
        self.assertEqual(self.heard("name_deputy"), {self.handler.pk})
        line = notices.line_of(Notice.objects.get(kind="name_deputy"))
        for part in (self.head.name, "单位负责人", "外出培训", f"{clock.today():%Y-%m-%d}"):
            self.assertIn(part, line)
        perform(row.pk, "revoke_delegation", actor=self.handler)
        self.assertEqual(self.heard("revoke_delegation"), {self.head.pk})

    def test_what_waits_for_the_head_is_told_to_the_deputy_too_while_it_holds(self):
        colleague = make_person(Role.HANDLER, self.unit)
        for begins, revoked, hears in ((0, False, True), (2, False, False), (0, True, False)):
            row = self.stand_in(begins)
            if revoked:
                perform(row.pk, "revoke_delegation", actor=self.head)
            Notice.objects.all().delete()
            self.do(self.ready(), "request_verification", colleague)
            with self.subTest(begins=begins, revoked=revoked):
                heard = {self.head.pk, self.handler.pk} if hears else {self.head.pk}
                self.assertEqual(self.heard("request_verification"), heard)
            Delegation.objects.all().delete()

    def test_the_deputy_has_the_paper_on_the_desk_and_the_reminder_of_the_ladder(self):
        measure = self.measure(checkpoints=[clock.today() - timedelta(days=1)])
        Plan.objects.filter(pk=self.plan.pk).update(issued_on=clock.today() - timedelta(days=90))
        self.stand_in()
        jobs.climb_ladders()
        self.assertEqual(self.heard("remind"), {self.head.pk, self.handler.pk, self.clerk.pk})
        requested = self.ready()
        self.do(requested, "request_verification", make_person(Role.HANDLER, self.unit))
        queue = desk.queues(self.handler, today=clock.today())[desk.DECIDE]
        self.assertEqual([(item.pk, item.step) for item in queue.items], [(requested.pk, "submit")])
        self.assertNotEqual(measure.pk, requested.pk)

    def test_who_left_the_unit_hears_nothing_any_more(self):
        self.stand_in()
        elsewhere, yesterday = make_unit(self.office), clock.today() - timedelta(days=1)
        appoint(self.handler, elsewhere, Role.HANDLER)
        Membership.objects.filter(person=self.handler, unit=self.unit).update(ends_on=yesterday)
        self.do(self.ready(), "request_verification", make_person(Role.HANDLER, self.unit))
        self.assertEqual(self.heard("request_verification"), {self.head.pk})

    @override_settings(
        EMAIL_HOST="mail.example", EMAIL_BACKEND="django.core.mail.backends.locmem.EmailBackend"
    )
    def test_the_deputy_s_mail_of_the_day_names_it(self):
        User.objects.filter(pk=self.handler.pk).update(email="li@example.cn")
        with clock.at(datetime(2026, 11, 23, 15)):
            self.stand_in()
            self.do(self.ready(), "request_verification", make_person(Role.HANDLER, self.unit))
        with clock.at(datetime(2026, 11, 24, 9)):
            outbox.deliver()
        [mail] = mail_box.outbox
        self.assertEqual(mail.to, ["li@example.cn"])
        self.assertIn("外出培训", mail.body)
        self.assertEqual(mail.body.count("\n2. "), 1)


class TableTests(TestCase):
    def test_every_line_is_an_act_there_is(self):
        self.assertEqual(set(TELLINGS) - set(ACTS), set())
        self.assertEqual(set(BESIDE) & set(ACTS), set())

    def test_every_right_it_names_belongs_to_some_role(self):
        held = set().union(*ROLE_RIGHTS.values())
        for codename in ("receive_instrument", "issue_instrument", "accept_filing", "sign_report"):
            self.assertIn(codename, held)


class PapersTests(TestCase):
    def test_a_plan_is_told_to_every_unit_and_a_month_to_every_unit_that_files(self):
        office = make_office()
        unit, other = make_unit(office), make_unit(office)
        handler, outsider = member(unit, Role.HANDLER), member(other, Role.HANDLER)
        plan = make_plan(office, state="DRAFT", opened_at=None, issued_on=date(2026, 10, 1))
        make_measure(plan, state=S.DRAFT, lead=unit, checkpoints=[date(2027, 3, 1)])
        with clock.at(datetime(2026, 11, 2, 9)):
            perform(plan.pk, "issue_plan", actor=member(office, Role.OFFICE_HEAD))
            perform(plan.pk, "open_period", actor=None, month=date(2026, 11, 1))
        self.assertEqual(set(handler.notices.values_list("kind", flat=True)), {"issue_plan", "open_period"})
        opened = handler.notices.get(kind="open_period")
        self.assertIn("2026年11月", notices.line_of(opened))  # kept in the county's language
        self.assertFalse(outsider.notices.exists())


class PageTests(LifeTestCase):
    def setUp(self):
        self.do(self.ready(), "request_verification", self.handler)
        self.client.force_login(self.head)

    def test_the_bell_counts_and_the_list_opens_and_marks(self):
        self.assertEqual(str(self.client.get("/").context["bell"]), "1")
        page = self.client.get(reverse("workflows:notices"))
        [row] = page.context["rows"]
        self.assertTrue(row["is_new"])
        answer = self.client.post(reverse("workflows:open_notice", args=[row["pk"]]))
        self.assertRedirects(answer, row["url"], fetch_redirect_response=False)
        self.assertEqual(str(self.client.get("/").context["bell"]), "")

    def test_all_are_marked_at_once(self):
        self.client.post(reverse("workflows:read_notices"))
        self.assertFalse(Notice.objects.filter(read_at=None).exists())

    def test_nobody_opens_another_s_notice(self):
        row = Notice.objects.get()
        self.client.force_login(self.handler)
        self.assertEqual(self.client.post(reverse("workflows:open_notice", args=[row.pk])).status_code, 404)
        self.client.post(reverse("workflows:read_notices"))
        row.refresh_from_db()
        self.assertIsNone(row.read_at)
