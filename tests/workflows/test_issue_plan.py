"""Issuing a plan (交办): every measure at once, one entry, the clocks start."""

from datetime import date, datetime

from django.db import connection
from django.test import TestCase
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from cases.errors import NoRight, NotReady, WrongState
from cases.ledger import visible_measures
from cases.models import LogEntry, Round
from cases.models.plan import PlanState
from cases.states import MeasureState
from permissions import clock
from permissions.models import Role
from tests.factories import make_measure, make_office, make_plan, make_unit, member
from workflows.door import perform

FRIDAY = datetime(2026, 11, 20, 9)


class IssueCase(TestCase):
    @classmethod
    def setUpTestData(cls):
        cls.office = make_office()
        cls.head = member(cls.office, Role.OFFICE_HEAD)
        cls.unit = make_unit(cls.office)

    def plan(self, measures=2, **fields):
        fields = {
            "state": PlanState.DRAFT,
            "opened_at": None,
            "ends_on": None,
            "issued_on": date(2026, 11, 16),
            **fields,
        }
        plan = make_plan(self.office, **fields)
        for _number in range(measures):
            make_measure(plan, state=MeasureState.DRAFT, lead=self.unit, checkpoints=[date(2027, 3, 31)])
        return plan

    def issue(self, plan, actor=None):
        with clock.at(FRIDAY):
            return perform(plan.pk, "issue_plan", actor=actor or self.head).subject


class IssuePlanTests(IssueCase):
    def test_every_measure_is_issued_and_must_be_claimed_within_three_working_days(self):
        plan = self.issue(self.plan())
        self.assertEqual(
            set(plan.measures.values_list("state", "claim_due_on", "row_version")),
            {(MeasureState.ISSUED, date(2026, 11, 25), 2)},
        )
        self.assertEqual(list(Round.objects.values_list("number", "closed_at")), [(1, None)] * 2)
        self.assertEqual((plan.state, plan.ends_on), (PlanState.ISSUED, date(2027, 3, 31)))

    def test_a_plan_without_dates_ends_with_its_year(self):
        plan = self.plan(measures=0)
        make_measure(plan, state=MeasureState.DRAFT, lead=self.unit, checkpoints=[])
        self.assertEqual(self.issue(plan).ends_on, date(2026, 12, 31))

    def test_one_entry_stands_for_all(self):
        plan = self.issue(self.plan(3))
        entry = LogEntry.objects.get()
        self.assertEqual((entry.act, entry.object_id), ("issue_plan", plan.pk))
        self.assertIn('"measures":3', entry.body)

    def test_units_see_their_measures_from_then_on(self):
        plan, handler = self.plan(), member(self.unit, Role.HANDLER)
        self.assertEqual(visible_measures(handler).count(), 0)
        self.issue(plan)
        self.assertEqual(visible_measures(handler).count(), 2)

    def test_refused_twice_without_duty_without_measures_and_by_the_clerk(self):
        plan = self.plan()
        with self.assertRaises(NoRight):
            self.issue(plan, member(self.office, Role.OFFICE_CLERK))
        plan.measures.first().duties.all().delete()
        with self.assertRaisesMessage(NotReady, plan.measures.first().number):
            self.issue(plan)
        with self.assertRaises(NotReady):
            self.issue(self.plan(0))
        plan.measures.first().delete()
        self.issue(plan)
        with self.assertRaises(WrongState):
            self.issue(plan)

    def test_statements_do_not_grow_with_the_measures(self):
        counts = []
        for measures in (1, 12):
            plan = self.plan(measures)
            with CaptureQueriesContext(connection) as queries:
                self.issue(plan)
            counts.append(len(queries))
        self.assertEqual(counts[0], counts[1])


class IssuePlanPageTests(IssueCase):
    def url(self, plan):
        return reverse("workflows:issue_plan", args=[plan.pk])

    def test_the_head_issues_from_the_page(self):
        self.client.force_login(self.head)
        plan = self.plan()
        page = self.client.get(self.url(plan))
        self.assertEqual((page.context["measures"], page.context["units"]), (2, 1))
        answer = self.client.post(self.url(plan), {"row_version": 1, "key": "k"})
        self.assertRedirects(answer, plan.get_absolute_url())
        plan.refresh_from_db()
        self.assertEqual(plan.state, PlanState.ISSUED)

    def test_units_in_which_nobody_can_sign_in_are_named_beforehand(self):
        plan = self.plan()
        self.client.force_login(self.head)
        self.assertContains(self.client.get(self.url(plan)), "尚无可登录的人员")
        member(self.unit, Role.HANDLER)
        self.assertNotContains(self.client.get(self.url(plan)), "尚无可登录的人员")

    def test_the_clerk_does_not_get_the_page_and_an_issued_plan_refuses(self):
        plan = self.plan()
        self.client.force_login(member(self.office, Role.OFFICE_CLERK))
        self.assertEqual(self.client.get(self.url(plan)).status_code, 403)
        self.client.force_login(self.head)
        self.client.post(self.url(plan), {})
        self.assertEqual(self.client.post(self.url(plan), {}).status_code, 409)
