from django.test import TestCase, override_settings
from django.urls import reverse

from permissions.models import Role
from tests.factories import make_person, make_unit


class SignInTests(TestCase):
    def setUp(self):
        self.client.defaults["HTTP_ACCEPT_LANGUAGE"] = "en"
        self.person = make_person(Role.HANDLER, make_unit(name="县水利局"), name="李文波", username="handler")
        self.person.set_password("long-enough-7")
        self.person.save()

    def log_in(self, password="long-enough-7", **data):
        return self.client.post(
            reverse("permissions:login"), {"username": "handler", "password": password, **data}
        )

    def test_leads_to_the_desk_that_names_person_and_unit(self):
        self.assertRedirects(self.log_in(), reverse("workflows:desk"))
        self.assertContains(self.client.get(reverse("workflows:desk")), "李文波")
        self.assertContains(self.client.get(reverse("workflows:desk")), "Handler 县水利局")

    def test_a_wrong_password_gets_a_sentence(self):
        self.assertContains(self.log_in("wrong"), "This name and password do not match.")

    @override_settings(XIAOHAO_WRONG_PASSWORDS_PER_HOUR=2)
    def test_who_guesses_waits_and_nobody_else_does(self):
        for _ in range(2):
            self.log_in("wrong")
        stopped = self.log_in()
        self.assertContains(stopped, "Too many wrong passwords", status_code=429)
        other = make_person(Role.HANDLER, make_unit(name="县财政局"), username="other")
        other.set_password("long-enough-7")
        other.save()
        self.assertEqual(self.log_in(username="other").status_code, 302)
        self.client.logout()
        self.assertEqual(self.log_in(username="HANDLER").status_code, 429)
        elsewhere = self.client.post(
            reverse("permissions:login"),
            {"username": "handler", "password": "long-enough-7"},
            REMOTE_ADDR="10.0.0.9",
        )
        self.assertEqual(elsewhere.status_code, 302)

    @override_settings(XIAOHAO_WRONG_PASSWORDS_PER_HOUR=1)
    def test_an_empty_form_is_no_guess(self):
        self.log_in("")
        self.assertEqual(self.log_in().status_code, 302)

    def test_never_leads_to_a_foreign_host(self):
        self.assertRedirects(self.log_in(next="//evil.example/"), reverse("workflows:desk"))

    def test_the_wanted_page_comes_after_signing_in(self):
        answer = self.client.get(reverse("cases:ledger"))
        self.assertRedirects(answer, f"{reverse('permissions:login')}?next={reverse('cases:ledger')}")
        self.assertRedirects(self.log_in(next=reverse("cases:ledger")), reverse("cases:ledger"))

    def test_logging_out_needs_a_form(self):
        self.client.force_login(self.person)
        self.assertEqual(self.client.get(reverse("permissions:logout")).status_code, 405)
        self.client.post(reverse("permissions:logout"))
        self.assertRedirects(
            self.client.get(reverse("workflows:desk")), f"{reverse('permissions:login')}?next=/"
        )

    def test_the_language_can_be_changed(self):
        self.client.force_login(self.person)
        self.client.post(reverse("permissions:language"), {"language": "zh-hans", "next": "/"})
        self.assertContains(self.client.get("/"), 'lang="zh-hans"')

    def test_pages_may_run_no_foreign_code(self):
        policy = self.client.get(reverse("permissions:login"))["Content-Security-Policy"]
        self.assertIn("default-src 'self'", policy)
        self.assertNotIn("unsafe", policy)
