"""Standing in for a colleague who is away (委托代办): what it gives, what it never gives, when it ends."""

import json
from datetime import timedelta

from django.core.exceptions import ValidationError
from django.urls import reverse
from django.utils import translation

from cases.errors import NoRight, NotReady, NotVisible
from cases.states import MeasureState
from permissions import clock
from permissions.access import Access
from permissions.models import Delegation, Membership, Role, UnitGrant
from permissions.roles import ROLE_RIGHTS, appoint, sync_roles
from tests.factories import make_person, make_unit
from tests.workflows.pages import PageTestCase
from workflows.door import perform

S = MeasureState


class DelegationTestCase(PageTestCase):
    @classmethod
    def setUpTestData(cls):
        super().setUpTestData()
        cls.post = cls.head.memberships.get()

    def name(self, deputy, *, post=None, actor=None, days=7, begins=0, **data):
        post = post or self.post
        today = clock.today()
        data = {"starts_on": today + timedelta(days=begins), "ends_on": today + timedelta(days=days), **data}
        actor = actor or post.person
        return perform(
            post.pk, "name_deputy", actor=actor, deputy=deputy.pk, reason="外出培训", **data
        ).subject

    def not_named(self, deputy, error=NotReady, **data):
        before = (Delegation.objects.count(), UnitGrant.objects.count())
        with self.assertRaises(error) as caught:
            self.name(deputy, **data)
        self.assertEqual((Delegation.objects.count(), UnitGrant.objects.count()), before)
        return str(caught.exception)

    def rights(self, person):
        return {(codename, unit) for codename, units in Access(person.pk).rights.items() for unit in units}

    def of_role(self, role, unit):
        return {(codename, unit.pk) for codename in ROLE_RIGHTS[role]}


class RightsTests(DelegationTestCase):
    def test_the_deputy_gets_the_rights_of_this_role_in_this_unit_and_nothing_else(self):
        own = self.of_role(Role.HANDLER, self.unit)
        self.assertEqual(self.rights(self.handler), own)
        self.name(self.handler)
        self.assertEqual(self.rights(self.handler), own | self.of_role(Role.UNIT_HEAD, self.unit))
        self.assertEqual(self.rights(self.head), self.of_role(Role.UNIT_HEAD, self.unit))

    def test_it_holds_from_its_first_day_to_its_last(self):
        own = self.of_role(Role.HANDLER, self.unit)
        both = own | self.of_role(Role.UNIT_HEAD, self.unit)
        self.name(self.handler, begins=2, days=3)
        for days, expected in ((0, own), (1, own), (2, both), (3, both), (4, own)):
            with self.subTest(days=days), clock.at(clock.now() + timedelta(days=days)):
                sync_roles()
                self.assertEqual(self.rights(self.handler), expected)

    def test_it_is_over_after_its_last_day_also_before_the_daily_run(self):
        self.name(self.handler, days=1)
        with clock.at(clock.now() + timedelta(days=2)):
            self.assertEqual(self.rights(self.handler), self.of_role(Role.HANDLER, self.unit))

    def test_it_ends_at_once_with_the_role_of_whoever_lent_it(self):
        self.name(self.handler)
        own, yesterday = self.of_role(Role.HANDLER, self.unit), clock.today() - timedelta(days=1)
        Membership.objects.filter(pk=self.post.pk).update(ends_on=yesterday)
        self.assertEqual(self.rights(self.handler), own)
        sync_roles(self.handler)
        self.assertEqual(UnitGrant.objects.filter(user=self.handler).count(), len(own))

    def test_it_ends_at_once_when_whoever_lent_it_or_the_deputy_is_shut_out(self):
        self.name(self.handler)
        self.head.is_active = False
        self.head.save()
        self.assertEqual(self.rights(self.handler), self.of_role(Role.HANDLER, self.unit))

    def test_it_ends_at_once_when_the_deputy_leaves_the_unit(self):
        elsewhere = make_unit(self.office)
        self.name(self.handler)
        appoint(self.handler, elsewhere, Role.HANDLER)
        Membership.objects.filter(person=self.handler, unit=self.unit).update(
            ends_on=clock.today() - timedelta(days=1)
        )
        self.assertEqual(self.rights(self.handler), self.of_role(Role.HANDLER, elsewhere))
        sync_roles(self.handler)
        self.assertEqual(
            set(UnitGrant.objects.filter(user=self.handler).values_list("content_object", flat=True)),
            {elsewhere.pk},
        )

    def test_both_ends_may_end_it(self):
        for actor in (self.head, self.handler):
            row = self.name(self.handler)
            perform(row.pk, "revoke_delegation", actor=actor)
            self.assertEqual(self.rights(self.handler), self.of_role(Role.HANDLER, self.unit))
            with self.assertRaises(NotReady):
                perform(row.pk, "revoke_delegation", actor=actor)

    def test_one_query_for_everything_about_a_deputy(self):
        self.name(self.handler)
        with self.assertNumQueries(1):
            access = Access(self.handler.pk)
            _ = access.memberships, access.rights, access.roles, access.has("approve_filing", self.unit.pk)


class NeverWiderTests(DelegationTestCase):
    def test_what_was_lent_is_not_lent_on(self):
        self.name(self.handler)
        other = make_person(Role.HANDLER, self.unit)
        self.not_named(other, NotVisible, actor=self.handler)
        mine = self.handler.memberships.get()
        third = make_person(Role.UNIT_HEAD, self.unit)
        self.name(third, post=mine)
        self.assertEqual(
            self.rights(third),
            self.of_role(Role.HANDLER, self.unit) | self.of_role(Role.UNIT_HEAD, self.unit),
        )

    def test_only_a_colleague_of_the_same_unit_without_the_role_stands_in(self):
        sentence = "Only a colleague who serves in the same unit and does not hold this role can stand in."
        strangers = (
            make_person(Role.HANDLER, make_unit(self.office)),
            make_person(Role.HANDLER, make_unit(self.office, parent=self.unit)),
            make_person(Role.UNIT_HEAD, self.unit),
            self.clerk,
            self.head,
            make_person(),
        )
        for person in strangers:
            with self.subTest(person=person):
                self.assertEqual(self.not_named(person), sentence)

    def test_the_three_administrators_stay_apart(self):
        clerk_post = self.clerk.memberships.get()
        for role in (Role.SYSTEM_ADMINISTRATOR, Role.SECURITY_ADMINISTRATOR, Role.AUDIT_ADMINISTRATOR):
            admin = make_person(role, self.office)
            with self.subTest(role=role):
                self.assertIn("administrator holds no second role", self.not_named(admin, post=clerk_post))
                self.assertIn("administrator", self.not_named(self.clerk, post=admin.memberships.get()))

    def test_a_deputy_is_not_made_administrator_meanwhile(self):
        self.name(self.office_head, post=self.clerk.memberships.get(), begins=3)
        self.office_head.memberships.update(ends_on=clock.today() - timedelta(days=1))
        with self.assertRaises(ValidationError):
            appoint(self.office_head, self.office.unit, Role.SYSTEM_ADMINISTRATOR)

    def test_whoever_audits_changes_nothing_as_a_deputy_either(self):
        sentence = self.not_named(self.auditor, post=self.clerk.memberships.get())
        self.assertIn("Whoever audits changes nothing", sentence)
        self.assertIn("Whoever audits", self.not_named(self.clerk, post=self.auditor.memberships.get()))

    def test_days_are_checked(self):
        self.assertIn("days that have passed", self.not_named(self.handler, begins=-1))
        self.assertIn("before the first", self.not_named(self.handler, begins=3, days=2))
        self.name(self.handler, begins=2, days=5)
        other = make_person(Role.HANDLER, self.unit)
        self.assertIn(f"{self.handler.name} stands in for you", self.not_named(other, begins=5, days=9))
        self.name(other, begins=6, days=9)


class HandsTests(DelegationTestCase):
    def test_a_deputy_counts_as_themselves(self):
        measure = self.ready()
        self.name(self.handler)
        self.do(measure, "request_verification", self.handler)
        self.assertIn("already acted", self.refused(NotReady, measure, "submit", self.handler))
        self.do(measure, "submit", self.head)
        self.assertEqual(measure.state, S.SUBMITTED)

    def test_whoever_verified_does_not_close_out_for_the_head(self):
        self.name(self.clerk, post=self.office_head.memberships.get())
        self.assertIn(
            "already acted", self.refused(NotReady, self.measure(state=S.VERIFIED), "close_out", self.clerk)
        )
        by_another = self.measure(state=S.VERIFIED, clerk=make_person(Role.OFFICE_CLERK, self.office))
        self.do(by_another, "close_out", self.clerk)
        self.assertEqual(by_another.state, S.CLOSED)

    def test_without_a_live_delegation_the_right_is_gone(self):
        row = self.name(self.handler)
        measure = self.ready()
        self.do(measure, "request_verification", make_person(Role.HANDLER, self.unit))
        perform(row.pk, "revoke_delegation", actor=self.head)
        self.refused(NoRight, measure, "submit", self.handler)

    def test_the_record_says_for_whom(self):
        row = self.name(self.handler)
        measure = self.ready()
        self.do(measure, "request_verification", make_person(Role.HANDLER, self.unit))
        self.do(measure, "submit", self.handler)
        body = json.loads(measure.trail.order_by("-sequence").first().body)
        expected = [{"delegation": row.pk, "name": self.head.name, "role": "UNIT_HEAD"}]
        self.assertEqual(body["on_behalf_of"], expected)
        self.do(self.measure(), "enter_progress", self.handler, progress="好")
        self.client.force_login(self.handler)
        with translation.override("zh-hans"):
            page = self.client.get(measure.get_absolute_url(), headers={"accept-language": "zh-hans"})
        self.assertContains(page, f"{self.handler.name}（代{self.head.name}）")

    def test_what_the_deputy_may_do_anyway_is_not_said_to_be_for_another(self):
        self.name(self.handler)
        measure = self.measure()
        outcome = self.do(measure, "enter_progress", self.handler, progress="好")
        self.assertNotIn("on_behalf_of", json.loads(outcome.entry.body))

    def test_naming_and_ending_stand_in_the_record_of_the_office(self):
        row = self.name(self.handler)
        perform(row.pk, "revoke_delegation", actor=self.head)
        entries = self.office.log.filter(object_type="delegation", object_id=row.pk).order_by("sequence")
        self.assertEqual([entry.act for entry in entries], ["name_deputy", "revoke_delegation"])
        self.assertEqual(json.loads(entries[0].body)["deputy"], self.handler.name)


class PageTests(DelegationTestCase):
    def test_a_role_is_lent_and_taken_back_on_the_pages(self):
        url = reverse("workflows:name_deputy", args=[self.post.pk])
        self.client.force_login(self.head)
        self.assertContains(self.client.get(reverse("workflows:delegations")), url)
        form, today = self.hidden(self.client.get(url)), clock.today()
        data = {"deputy": self.handler.pk, "starts_on": f"{today}", "ends_on": f"{today}", "reason": "休假"}
        for _twice in range(2):
            self.assertRedirects(self.client.post(url, {**form, **data}), reverse("workflows:delegations"))
        row = Delegation.objects.get()
        end = reverse("workflows:revoke_delegation", args=[row.pk])
        self.client.force_login(self.handler)
        self.assertContains(self.client.get(reverse("workflows:delegations")), end)
        self.assertContains(self.client.get(reverse("workflows:desk")), f"Unit head for {self.head.name}")
        self.assertRedirects(self.client.post(end), reverse("workflows:delegations"))
        self.assertNotContains(self.client.get(reverse("workflows:delegations")), end)

    def test_only_people_who_can_stand_in_are_offered(self):
        self.client.force_login(self.head)
        page = self.client.get(reverse("workflows:name_deputy", args=[self.post.pk]))
        self.assertContains(page, f'<option value="{self.handler.pk}">')
        self.assertNotContains(page, f'<option value="{self.clerk.pk}">')

    def test_whoever_administers_or_audits_is_not_offered(self):
        post = self.clerk.memberships.get()
        apart = [
            make_person(role, self.office) for role in (Role.SYSTEM_ADMINISTRATOR, Role.AUDIT_ADMINISTRATOR)
        ]
        self.client.force_login(self.clerk)
        page = self.client.get(reverse("workflows:name_deputy", args=[post.pk]))
        self.assertContains(page, f'<option value="{self.office_head.pk}">')
        for person in (*apart, self.auditor):
            self.assertNotContains(page, f'<option value="{person.pk}">')
        own = apart[0].memberships.get()
        self.client.force_login(apart[0])
        page = self.client.get(reverse("workflows:name_deputy", args=[own.pk]))
        self.assertContains(page, "Nobody else serves in this unit")
