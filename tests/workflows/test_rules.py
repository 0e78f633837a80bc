"""An office's parameters, checklist and robots: who sets them, what is refused, what the record says."""

import json
from importlib import import_module

from django.conf import settings
from django.db import connection
from django.db.migrations.loader import MigrationLoader
from django.test import TestCase, override_settings
from django.urls import reverse

from cases.errors import NoRight, NotReady, NotVisible, Stale
from cases.models import EvidenceRequirement, OfficeRules
from cases.rules import rules_of
from permissions.models import Office, Role
from tests.factories import make_office, make_unit, member
from workflows import outbox
from workflows.door import perform
from workflows.models import Channel, Delivery, DeliveryState
from workflows.sealing import unseal

LADDER = [
    {"days": -3, "kind": "REMINDER", "to": ["HANDLER"]},
    {"days": 5, "kind": "ORDER", "to": ["UNIT_HEAD", "OFFICE_HEAD"]},
]
ROBOT = "https://robots.example/send?key=geheim"


class RulesCase(TestCase):
    @classmethod
    def setUpTestData(cls):
        cls.office = make_office()
        cls.head = member(cls.office, Role.OFFICE_HEAD)

    def setUp(self):
        self.client.force_login(self.head)

    def perform(self, act, actor=None, **data):
        return perform(self.office.pk, act, actor=actor or self.head, **data)

    def rules(self):
        return rules_of(Office.objects.get(pk=self.office.pk))

    def url(self, name):
        return reverse(f"workflows:{name}", args=[self.office.pk])


class SetRulesTests(RulesCase):
    def test_the_head_decides_and_the_record_keeps_both_values(self):
        outcome = self.perform("set_rules", values={"claim_workdays": 2, "late_extension": "REFUSE"}, seen=0)
        self.assertEqual((self.rules().claim_workdays, self.rules().late_extension), (2, "REFUSE"))
        body = json.loads(outcome.entry.body)
        self.assertEqual(body["changed"], {"claim_workdays": [None, 2], "late_extension": ["", "REFUSE"]})
        self.perform("set_rules", values={"claim_workdays": None}, seen=1)
        self.assertEqual(self.rules().claim_workdays, 3)

    def test_nobody_else_of_the_office_may_and_others_see_nothing(self):
        for role in (Role.OFFICE_CLERK, Role.LEADER, Role.AUDITOR):
            with self.subTest(role), self.assertRaises(NoRight):
                self.perform("set_rules", actor=member(self.office, role), values={"claim_workdays": 2})
        with self.assertRaises(NotVisible):
            self.perform("set_rules", actor=member(make_office(), Role.OFFICE_HEAD), values={})

    def test_two_heads_at_once_do_not_overwrite_each_other(self):
        self.perform("set_rules", values={"claim_workdays": 2}, seen=0)
        with self.assertRaises(Stale):
            self.perform("set_rules", values={"claim_workdays": 5}, seen=0)
        self.assertEqual(self.rules().claim_workdays, 2)

    def test_nothing_changed_is_said_so(self):
        with self.assertRaisesMessage(NotReady, "Nothing was changed."):
            self.perform("set_rules", values={"claim_workdays": None})

    def test_a_ladder_that_cannot_be_climbed_is_refused(self):
        step = {"days": 5, "kind": "ORDER", "to": ["UNIT_HEAD"]}
        for ladder, words in (
            ([step, {**step, "kind": "INTERVIEW"}], "same day"),
            ([{**step, "days": 400}], "between -180 and 365"),
            ([{**step, "to": []}], "who hears of it"),
            ([{**step, "to": ["AUDITOR"]}], "who hears of it"),
            ([{**step, "days": 0}], "only reminders"),
            ([step, {**step, "days": 6, "kind": "REMINDER"}], "only rises"),
        ):
            with self.subTest(words), self.assertRaisesMessage(NotReady, words):
                self.perform("set_rules", values={"ladder": ladder})
        self.perform("set_rules", values={"ladder": LADDER})
        self.assertEqual([step.days for step in self.rules().ladder], [-3, 5])


class PageTests(RulesCase):
    def test_every_parameter_stands_there_with_its_default(self):
        OfficeRules.objects.create(office=self.office, claim_workdays=8)
        page = self.client.get(reverse("workflows:own_rules"), follow=True, headers={"accept-language": "en"})
        rows = {str(row["label"]): row for row in page.context["parameters"]}
        self.assertEqual(len(rows), 14)
        claim = rows["Time to claim, working days"]
        self.assertEqual((claim["value"], claim["default"], claim["is_own"]), (8, 3, True))

    def test_the_form_sets_and_empties(self):
        seen = self.client.get(self.url("set_rules")).context["form"].initial
        self.assertEqual(seen["seen"], 0)
        sent = {"seen": 0, "verify_workdays": "6", "evidence_required": "0", "quiet_from": "21:00"}
        self.assertEqual(self.client.post(self.url("set_rules"), sent).status_code, 400)
        answer = self.client.post(self.url("set_rules"), {**sent, "quiet_to": "07:30"})
        self.assertRedirects(answer, self.url("rules"))
        rules = self.rules()
        self.assertEqual((rules.verify_workdays, rules.evidence_required), (6, False))
        self.assertEqual(f"{rules.quiet.start:%H:%M}-{rules.quiet.until:%H:%M}", "21:00-07:30")
        self.client.post(self.url("set_rules"), {"seen": 1})
        self.assertEqual((self.rules().verify_workdays, self.rules().evidence_required), (10, True))

    def test_the_filing_rules_are_set_in_the_words_of_an_office(self):
        sent = {"due_day": "NEXT", "responsible_files_to": "LEAD", "filing_reminders": "0，3、10"}
        sent["ranked_by"] = "ON_TIME"
        self.assertRedirects(self.client.post(self.url("set_rules"), {"seen": 0, **sent}), self.url("rules"))
        rules = self.rules()
        self.assertEqual((rules.due_day, rules.responsible_files_to), ("NEXT", "LEAD"))
        self.assertEqual(rules.ranked_by, "ON_TIME")
        self.assertEqual(rules.filing_reminders, (10, 3, 0))
        form = self.client.get(self.url("set_rules")).context["form"]
        self.assertEqual(form["filing_reminders"].value(), "10、3、0")
        for text in ("x", "5、21", "-1", "1、2、3、4、5、6、7"):
            with self.subTest(text):
                answer = self.client.post(self.url("set_rules"), {"seen": 1, "filing_reminders": text})
                self.assertEqual(answer.status_code, 400)
        self.client.post(self.url("set_rules"), {"seen": 1, "filing_reminders": "-"})
        self.assertEqual(self.rules().filing_reminders, ())
        self.client.post(self.url("set_rules"), {"seen": 2})
        self.assertEqual((self.rules().filing_reminders, self.rules().due_day), ((5, 2, 0), "STAYS"))

    def post_ladder(self, steps, **more):
        data = {"steps-TOTAL_FORMS": len(steps), "steps-INITIAL_FORMS": 0, "seen": 0, **more}
        for number, step in enumerate(steps):
            data |= {f"steps-{number}-{name}": value for name, value in step.items()}
        return self.client.post(self.url("set_ladder"), data)

    def test_the_ladder_is_edited_as_a_table(self):
        page = self.client.get(self.url("set_ladder"))
        self.assertEqual(len(page.context["form"].steps.forms), 9 + 3)
        empty = {"days": "", "kind": "REMINDER"}
        self.assertEqual(self.post_ladder([*LADDER, empty]).status_code, 302)
        self.assertEqual([step.kind for step in self.rules().ladder], ["REMINDER", "ORDER"])
        self.assertEqual(self.post_ladder(LADDER, seen=1, default="on").status_code, 302)
        self.assertEqual(len(self.rules().ladder), 9)

    def test_a_wrong_ladder_is_answered_with_the_reason_and_what_was_typed(self):
        answer = self.post_ladder([{**LADDER[1], "days": 0}])
        self.assertContains(answer, "ORDER", status_code=409)
        answer = self.post_ladder([{"days": 4, "kind": "ORDER"}])
        self.assertEqual(answer.status_code, 400)


class ChecklistTests(RulesCase):
    def test_a_line_is_added_once_and_taken_off(self):
        self.client.post(self.url("add_requirement"), {"label": "整改前后照片", "important_only": "on"})
        line = EvidenceRequirement.objects.get(office=self.office)
        self.assertEqual((line.label, line.important_only, line.ended_on), ("整改前后照片", True, None))
        again = self.client.post(self.url("add_requirement"), {"label": "整改前后照片"})
        self.assertEqual(again.status_code, 409)
        self.client.post(self.url("end_requirement"), {"requirement": line.pk})
        line.refresh_from_db()
        self.assertIsNotNone(line.ended_on)
        self.perform("add_requirement", label="整改前后照片")


@override_settings(XIAOHAO_WEBHOOK_HOSTS=["robots.example"])
class ChannelTests(RulesCase):
    def add(self, **data):
        return self.perform(
            "add_channel", **{"kind": "DINGTALK", "name": "督办群", "url": ROBOT, "secret": "SEC1", **data}
        )

    def test_address_and_secret_stay_out_of_record_and_page(self):
        outcome = self.add(unit=make_unit(self.office).pk)
        page = self.client.get(self.url("rules"))
        for text in (outcome.entry.body, page.content.decode()):
            self.assertIn("robots.example", text)
            self.assertNotIn("geheim", text)
            self.assertNotIn("SEC1", text)

    def in_the_database(self):
        with connection.cursor() as cursor:
            cursor.execute("SELECT url, secret FROM workflows_channel")
            return cursor.fetchone()

    def test_address_and_secret_are_encrypted_at_rest(self):
        self.add()
        for token, text in zip(self.in_the_database(), (ROBOT, "SEC1"), strict=True):
            self.assertNotIn(text, token)
            self.assertEqual(unseal(token), text)
        channel = Channel.objects.get()
        self.assertEqual((channel.url, channel.secret, channel.host), (ROBOT, "SEC1", "robots.example"))
        self.add(secret="", name="另一群")
        self.assertEqual(Channel.objects.get(name="另一群").secret, "")

    def test_when_the_key_has_changed_it_is_said_and_written_anew(self):
        self.add()
        row = Delivery.objects.create(
            office=self.office, key="k", kind="DINGTALK", channel=Channel.objects.get(), payload={"text": "x"},
            not_before="2026-11-01T00:00Z", created_at="2026-11-01T00:00Z",
        )  # fmt: skip
        with override_settings(SECRET_KEY="another key of this installation, quite as long as the first"):
            self.assertIsNone(Channel.objects.get().url)
            self.client.force_login(self.head)
            self.assertContains(self.client.get(self.url("rules")), outbox.unreadable())
            outbox.deliver()
            row.refresh_from_db()
            self.assertEqual((row.state, row.error), (DeliveryState.WAITING, outbox.unreadable()))
            pk = Channel.objects.get().pk
            form = {"channel": pk, "url": "https://robots.example/neu", "secret": "SEC2"}
            self.assertRedirects(self.client.post(self.url("renew_channel"), form), self.url("rules"))
            channel = Channel.objects.get()
            self.assertEqual((channel.url, channel.secret), ("https://robots.example/neu", "SEC2"))
            page = self.client.get(self.url("rules"))
            self.assertNotContains(page, "XIAOHAO_SECRET_KEY")
            for text in ("/neu", "SEC2"):
                self.assertNotContains(page, text)
                self.assertNotContains(self.client.get(self.url("renew_channel")), text)

    def test_a_former_key_that_the_settings_still_name_opens_it(self):
        self.add()
        with override_settings(SECRET_KEY="n" * 50, SECRET_KEY_FALLBACKS=[settings.SECRET_KEY]):
            self.assertEqual(Channel.objects.get().url, ROBOT)

    def test_only_an_allowed_host_is_written_anew(self):
        self.add()
        data = {"channel": Channel.objects.get().pk, "url": "https://elsewhere.example/x", "secret": ""}
        with self.assertRaises(NotReady):
            self.perform("renew_channel", **data)
        self.assertEqual(Channel.objects.get().url, ROBOT)

    def test_what_stood_there_in_plain_text_is_sealed_by_the_migration(self):
        self.add()
        migration = import_module("workflows.migrations.0004_sealed_channels")
        plain = MigrationLoader(connection).project_state(("workflows", "0003_month")).apps
        plain.get_model("workflows", "Channel").objects.update(url=ROBOT, secret="SEC1")
        self.assertEqual(self.in_the_database(), (ROBOT, "SEC1"))
        migration.seal(plain, None)
        self.assertEqual([unseal(token) for token in self.in_the_database()], [ROBOT, "SEC1"])
        migration.unseal(plain, None)
        self.assertEqual(self.in_the_database(), (ROBOT, "SEC1"))

    def test_only_hosts_that_the_installation_allows(self):
        for url in (
            "https://elsewhere.example/x",
            "http://robots.example/x",
            "https://robots.example@elsewhere.example/x",
            "https://user@robots.example/x",
        ):
            with self.subTest(url), self.assertRaises(NotReady):
                self.add(url=url)
        self.assertFalse(Channel.objects.exists())

    def test_a_unit_of_another_office_is_refused(self):
        with self.assertRaises(NotReady):
            self.add(unit=make_unit(make_office()).pk)

    def test_a_robot_is_stopped_and_started(self):
        self.add()
        channel = Channel.objects.get()
        for active in (False, True):
            self.client.post(self.url("switch_channel"), {"channel": channel.pk})
            channel.refresh_from_db()
            self.assertIs(channel.is_active, active)

    def test_what_was_given_up_is_shown_and_sent_again(self):
        self.add()
        row = Delivery.objects.create(
            office=self.office, key="k", kind="DINGTALK", channel=Channel.objects.get(), payload={"text": "x"},
            state=DeliveryState.FAILED, attempts=8, not_before="2026-11-01T00:00Z", created_at="2026-11-01T00:00Z",
            error="gateway is down",
        )  # fmt: skip
        self.assertContains(self.client.get(self.url("rules")), "gateway is down")
        self.client.post(self.url("send_again"), {})
        row.refresh_from_db()
        self.assertEqual((row.state, row.attempts, row.error), (DeliveryState.WAITING, 0, ""))
