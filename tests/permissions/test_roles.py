from datetime import timedelta

from django.core.exceptions import ValidationError
from django.test import TestCase
from django.utils import translation

from permissions import clock
from permissions.access import Access, NotAllowed, access_of, fresh_access, require, units_where
from permissions.models import Membership, Role, Unit, UnitGrant
from permissions.roles import ADMINISTRATORS, OFFICE_ROLES, ROLE_RIGHTS, UNIT_ROLES, appoint, sync_roles
from tests.factories import make_office, make_person, make_unit


class RoleTableTests(TestCase):
    def test_all_nine_roles_are_told_apart(self):
        self.assertEqual(set(ROLE_RIGHTS), set(Role))
        self.assertEqual(UNIT_ROLES | OFFICE_ROLES | ADMINISTRATORS, set(Role))
        self.assertFalse(UNIT_ROLES & OFFICE_ROLES or ADMINISTRATORS & (UNIT_ROLES | OFFICE_ROLES))

    def test_every_right_of_the_table_is_declared_on_the_unit_and_the_other_way_round(self):
        declared = {codename for codename, _name in Unit._meta.permissions}
        self.assertEqual(set().union(*ROLE_RIGHTS.values()), declared)

    def test_what_must_never_meet_in_one_role(self):
        """Design §1: what each must never be able to do."""
        for first, second in (
            ("request_verification", "submit_measure"),
            ("verify_measure", "close_out_measure"),
            ("compose_report", "review_report"),
            ("review_report", "sign_report"),
            ("draft_filing", "approve_filing"),
            ("draft_filing", "accept_filing"),
        ):
            with self.subTest(first=first, second=second):
                self.assertFalse([role for role, rights in ROLE_RIGHTS.items() if {first, second} <= rights])
        self.assertEqual(ROLE_RIGHTS[Role.AUDITOR], {"read_office"})
        business = set().union(*(ROLE_RIGHTS[role] for role in UNIT_ROLES | OFFICE_ROLES))
        for role in ADMINISTRATORS:
            self.assertFalse(ROLE_RIGHTS[role] & business)


class AppointTests(TestCase):
    def setUp(self):
        self.enterContext(translation.override("en"))
        self.office = make_office()
        self.unit = make_unit(self.office)
        self.person = make_person()

    def refused(self, unit, role):
        with self.assertRaises(ValidationError) as caught:
            appoint(self.person, unit, role)
        self.assertFalse(Membership.objects.filter(unit=unit, role=role).exists())
        return caught.exception.messages

    def test_no_two_of_the_three_administrators_in_one_person(self):
        appoint(self.person, self.office.unit, Role.SYSTEM_ADMINISTRATOR)
        for role in ADMINISTRATORS - {Role.SYSTEM_ADMINISTRATOR} | OFFICE_ROLES:
            with self.subTest(role=role):
                self.assertEqual(
                    self.refused(self.office.unit, role),
                    ["An administrator holds no second role, neither business nor administration."],
                )

    def test_no_administrator_beside_a_business_role(self):
        appoint(self.person, self.unit, Role.HANDLER)
        self.refused(self.office.unit, Role.AUDIT_ADMINISTRATOR)

    def test_roles_fit_their_units(self):
        for role in OFFICE_ROLES | ADMINISTRATORS:
            with self.subTest(role=role):
                self.assertEqual(
                    self.refused(self.unit, role),
                    ["This role does not fit this unit: office roles are held in the office only."],
                )
        self.refused(self.office.unit, Role.HANDLER)

    def test_twice_is_once(self):
        first = appoint(self.person, self.unit, Role.HANDLER)
        self.assertEqual(appoint(self.person, self.unit, Role.HANDLER), first)
        self.assertEqual(UnitGrant.objects.filter(user=self.person).count(), len(ROLE_RIGHTS[Role.HANDLER]))


class SyncTests(TestCase):
    def test_grants_follow_the_memberships_whatever_happened_to_them(self):
        person = make_person(Role.HANDLER, make_unit())
        grants = UnitGrant.objects.filter(user=person)
        self.assertEqual(sync_roles(), (0, 0))
        grants.first().delete()
        self.assertEqual(sync_roles(), (1, 0))
        person.memberships.update(ends_on=clock.today() - timedelta(days=1))
        self.assertEqual(sync_roles(), (0, len(ROLE_RIGHTS[Role.HANDLER])))
        self.assertFalse(grants.exists())

    def test_a_forged_grant_is_taken_away(self):
        unit = make_unit()
        person = make_person(Role.UNIT_HEAD, unit)
        genuine = UnitGrant.objects.filter(user=person).first()
        handler = make_person(Role.HANDLER, unit)
        claim = UnitGrant.objects.get(user=handler, permission__codename="claim_measure").permission
        UnitGrant.objects.create(user=person, permission=claim, content_object=unit)
        self.assertEqual(sync_roles(person), (0, 1))
        self.assertTrue(UnitGrant.objects.filter(pk=genuine.pk).exists())

    def test_costs_the_same_for_few_and_many(self):
        make_person(Role.HANDLER)
        with self.assertNumQueries(5):
            sync_roles()
        for _ in range(5):
            make_person(Role.HANDLER)
        with self.assertNumQueries(5):
            sync_roles()


class AccessTests(TestCase):
    def test_one_query_for_everything_about_a_person(self):
        person = make_person(Role.HANDLER, make_unit())
        with self.assertNumQueries(1):
            access = Access(person.pk)
            _ = access.memberships, access.rights, access.roles, access.own_unit_ids, access.duty_unit_ids

    def test_a_grant_without_a_live_membership_gives_nothing(self):
        person = make_person(Role.HANDLER, make_unit())
        person.memberships.update(ends_on=clock.today() - timedelta(days=1))
        self.assertEqual((Access(person.pk).rights, Access(person.pk).memberships), ({}, []))

    def test_a_membership_without_the_grant_gives_nothing_either(self):
        person = make_person(Role.HANDLER, make_unit())
        UnitGrant.objects.filter(user=person).delete()
        self.assertEqual(Access(person.pk).rights, {})

    def test_a_grant_of_another_role_in_the_same_unit_is_not_backed(self):
        unit = make_unit()
        head, handler = make_person(Role.UNIT_HEAD, unit), make_person(Role.HANDLER, unit)
        claim = UnitGrant.objects.get(user=handler, permission__codename="claim_measure").permission
        UnitGrant.objects.create(user=head, permission=claim, content_object=unit)
        self.assertFalse(Access(head.pk).has("claim_measure"))

    def test_the_last_day_counts_the_day_after_does_not_the_first_day_does(self):
        person, unit = make_person(), make_unit()
        today = clock.today()
        membership = appoint(person, unit, Role.HANDLER, starts_on=today)
        for starts, ends, expected in ((0, 0, True), (-9, 0, True), (-9, -1, False), (1, None, False)):
            membership.starts_on = today + timedelta(days=starts)
            membership.ends_on = None if ends is None else today + timedelta(days=ends)
            membership.save()
            with self.subTest(starts=starts, ends=ends):
                self.assertEqual(Access(person.pk).has("claim_measure", unit.pk), expected)

    def test_a_locked_account_has_no_rights(self):
        person = make_person(Role.HANDLER, make_unit())
        person.is_active = False
        person.save()
        self.assertEqual(Access(person.pk).rights, {})

    def test_rights_stay_on_their_unit(self):
        office = make_office()
        own, other = make_unit(office), make_unit(office)
        person = make_person(Role.HANDLER, own)
        self.assertEqual(units_where(person, "claim_measure"), {own.pk})
        require(person, "claim_measure", own.pk)
        with self.assertRaises(NotAllowed):
            require(person, "claim_measure", other.pk)
        with self.assertRaises(NotAllowed):
            require(person, "verify_measure", own.pk)

    def test_remembered_for_a_request_read_anew_at_the_door(self):
        person = make_person(Role.HANDLER, make_unit())
        remembered = access_of(person)
        self.assertTrue(remembered.rights)
        person.memberships.all().delete()
        self.assertIs(access_of(person), remembered)
        self.assertEqual(fresh_access(person).rights, {})

    def test_units_and_offices_reach_two_levels_down(self):
        top = make_office()
        middle, low = make_office(parent=top), None
        low = make_office(parent=middle)
        lowest = make_office(parent=low)
        clerk = make_person(Role.OFFICE_CLERK, top)
        self.assertEqual(set(access_of(clerk).offices()), {top, middle, low})
        self.assertNotIn(lowest, access_of(clerk).offices())
        bureau = make_unit(top)
        station = make_unit(top, parent=bureau)
        post = make_unit(top, parent=station)
        handler = make_person(Role.HANDLER, bureau)
        self.assertEqual(set(access_of(handler).units()), {bureau, station, post})
