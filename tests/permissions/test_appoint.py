from io import StringIO

from django.core.management import CommandError, call_command
from django.test import TestCase
from django.urls import reverse

from permissions.models import Membership, Role, User
from tests.factories import make_office, make_person


class AppointTests(TestCase):
    def appoint(self, *arguments):
        out = StringIO()
        call_command("appoint", *arguments, stdout=out)
        return out.getvalue()

    def test_makes_account_unit_and_membership_and_prints_a_first_password(self):
        make_office("qinghe")
        said = self.appoint("li", "--name=李文波", "--office=qinghe", "--unit=县水利局", "--role=handler")
        membership = Membership.objects.get()
        found = (str(membership.person), membership.unit.name, membership.role)
        self.assertEqual(found, ("李文波", "县水利局", "HANDLER"))
        password = said.split("First password: ")[1].split()[0]
        self.assertTrue(self.client.login(username="li", password=password))

    def test_says_what_is_wrong(self):
        make_office("qinghe")
        table = [
            (("li", "--office=nowhere", "--role=HANDLER"), "Offices: qinghe"),
            (("li", "--office=qinghe", "--role=AUDITOR"), "--name"),
            (("li", "--name=李", "--office=qinghe", "--role=HANDLER"), "does not fit this unit"),
        ]
        for arguments, words in table:
            with self.subTest(arguments=arguments), self.assertRaisesMessage(CommandError, words):
                self.appoint(*arguments)
        self.assertFalse(User.objects.exists())

    def test_sync_roles_may_run_again(self):
        make_person(Role.HANDLER)
        out = StringIO()
        call_command("sync_roles", stdout=out)
        self.assertEqual(out.getvalue(), "0 grants added, 0 removed.\n")


class PasswordTests(TestCase):
    def test_one_changes_ones_own(self):
        person = make_person(Role.HANDLER)
        person.set_password("the-old-one-77")
        person.save()
        self.client.force_login(person)
        new = "quite-a-new-one-88"
        typed = {"old_password": "the-old-one-77", "new_password1": new, "new_password2": new}
        self.assertRedirects(self.client.post(reverse("permissions:password"), typed), "/")
        person.refresh_from_db()
        self.assertTrue(person.check_password(new))

    def test_a_wrong_old_one_is_told(self):
        person = make_person(Role.HANDLER)
        self.client.force_login(person)
        page = self.client.post(reverse("permissions:password"), {"old_password": "x"})
        self.assertIn("old_password", page.context["form"].errors)
