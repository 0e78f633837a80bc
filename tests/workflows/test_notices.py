"""Notices: who is told of an act, once, in its own transaction; the bell and the list."""

from datetime import date, datetime
from unittest.mock import patch

from django.test import TestCase
from django.urls import reverse

from cases.errors import Refused
from cases.models import LogEntry, Notice
from cases.states import MeasureState
from permissions import clock
from permissions.models import Role
from permissions.roles import ROLE_RIGHTS
from tests.factories import make_measure, make_office, make_person, make_plan, make_unit, member
from tests.workflows.life import LifeTestCase
from workflows import notices
from workflows.door import ACTS, perform

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


class TableTests(TestCase):
    def test_every_line_is_an_act_there_is(self):
        self.assertEqual(set(notices.TELLINGS) - set(ACTS), set())

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
