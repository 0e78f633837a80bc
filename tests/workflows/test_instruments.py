"""One instrument from proposal to effect: who does what, in which state, and what the pages show."""

import json
from datetime import date, datetime, timedelta

from django.db import transaction
from django.test import TestCase
from django.urls import reverse
from django.utils import translation

from cases.errors import NoRight, NotReady, NotVisible, WrongState
from cases.models import (
    Checkpoint,
    Instrument,
    InstrumentKind,
    InstrumentState,
    LogEntry,
    Measure,
    Notice,
)
from cases.states import MeasureState
from permissions import clock
from permissions.models import Role
from tests.factories import make_measure, make_office, make_person, make_plan, make_unit, member
from workflows import jobs, papers
from workflows.door import perform
from workflows.instruments import BLANK, CAUSE_GONE

S, K = InstrumentState, InstrumentKind
TODAY = datetime(2026, 11, 23, 10)
DUE = date(2026, 11, 15)


class InstrumentCase(TestCase):
    @classmethod
    def setUpTestData(cls):
        with clock.at(TODAY - timedelta(days=60)):
            cls.office = make_office()
            cls.unit = make_unit(cls.office)
            cls.handler, cls.unit_head = (member(cls.unit, role) for role in (Role.HANDLER, Role.UNIT_HEAD))
            cls.clerk, cls.head, cls.leader = (
                member(cls.office, role) for role in (Role.OFFICE_CLERK, Role.OFFICE_HEAD, Role.LEADER)
            )
            cls.plan = make_plan(cls.office, issued_on=date(2026, 9, 1))
            cls.measure = make_measure(cls.plan, lead=cls.unit, checkpoints=[DUE])
        with clock.at(TODAY):
            jobs.climb_ladders()
        cls.order = Instrument.objects.get(kind=K.ORDER)

    def setUp(self):
        self.enterContext(clock.at(TODAY))

    def do(self, act, actor, **data):
        outcome = perform(self.order.pk, act, actor=actor, **data)
        self.order.refresh_from_db()
        return outcome

    def issued(self):
        self.do("issue_instrument", self.head)
        return self.order


class InterviewTests(InstrumentCase):
    def setUp(self):
        super().setUp()
        with clock.at(TODAY + timedelta(days=30)):
            jobs.climb_ladders()
        self.order = Instrument.objects.get(kind=K.INTERVIEW)

    def test_it_is_not_issued_before_it_names_time_and_place(self):
        self.assertEqual(self.order.text.count(BLANK), 2)
        with self.assertRaisesMessage(NotReady, BLANK):
            self.do("issue_instrument", self.head)
        with self.assertRaisesMessage(NotReady, BLANK):
            self.do("issue_instrument", self.head, text=self.order.text.replace(BLANK, "明天9时", 1))
        text = self.order.text.replace(BLANK, "明天9时", 1).replace(BLANK, "县政府二楼会议室")
        self.do("prepare_instrument", self.clerk, text=text)
        self.assertEqual(self.issued().text, text)

    def test_it_is_offered_for_itself_not_in_a_list_to_issue_together(self):
        self.order.pk, self.order.cause = None, f"{self.order.cause}x"
        self.order.save()
        offered = {paper.url for paper in papers.waiting(self.head, today=clock.today())}
        interviews = {row.get_absolute_url() for row in Instrument.objects.filter(kind=K.INTERVIEW)}
        self.assertEqual((len(interviews), interviews - offered), (2, set()))
        self.client.force_login(self.head)
        page = self.client.get(reverse("workflows:supervision"), {"kind": K.INTERVIEW})
        self.assertEqual(page.context["together_url"], "")

    def test_nor_is_one_that_the_head_words_without_the_ladder(self):
        data = {"kind": K.INTERVIEW, "unit": self.unit.pk, "text": f"请于{BLANK}到会。"}
        with self.assertRaisesMessage(NotReady, BLANK):
            perform(self.measure.pk, "supervise", actor=self.head, **data)


class LifeTests(InstrumentCase):
    def test_the_days_it_counts_go_on_until_it_is_issued_unless_somebody_worded_it(self):
        words = self.order.text
        with clock.at(TODAY + timedelta(days=3)):
            self.client.force_login(self.head)
            page = self.client.get(reverse("workflows:issue_instrument", args=[self.order.pk]))
            self.issued()
        self.assertEqual(page.context["form"].initial["text"], self.order.text)
        self.assertEqual(self.order.text, words.replace("8天", "11天"))
        self.assertNotEqual(self.order.text, words)

    def test_it_is_issued_exactly_as_long_as_the_ladder_would_keep_it(self):
        """What ends a proposal in the next run of the ladder ends it for the head at once."""
        steps, measures = Checkpoint.objects.all(), Measure.objects.all()
        for ends, change in (
            (False, lambda: None),
            (False, lambda: steps.update(reported_on=DUE)),  # its ladder rests
            (True, lambda: steps.update(met_on=DUE)),
            (True, lambda: steps.update(due_on=DUE + timedelta(days=30))),
            (True, lambda: steps.update(superseded_on=DUE)),
            (True, lambda: measures.update(state=MeasureState.CLOSED, closed_on=DUE)),
            (True, lambda: self.measure.duties.all().delete()),
            (True, lambda: perform(self.measure.pk, "withdraw", actor=self.head, reason="依文件撤销")),
        ):
            with self.subTest(ends=ends), transaction.atomic():
                change()
                if ends:
                    with self.assertRaisesMessage(NotReady, "The cause has gone"):
                        self.issued()
                else:
                    with transaction.atomic():
                        self.assertEqual(self.issued().state, S.ISSUED)
                        transaction.set_rollback(True)
                jobs.climb_ladders()
                self.order.refresh_from_db()
                self.assertEqual(self.order.state, S.LAPSED if ends else S.PROPOSED)
                transaction.set_rollback(True)
            self.order.refresh_from_db()

    def test_from_proposal_to_effect(self):
        self.do("prepare_instrument", self.clerk, text="请立即整改。", answer_due_on=date(2026, 11, 30))
        self.do("issue_instrument", self.head)
        self.assertEqual(self.order.document_number, f"{self.office.number_prefix}督办〔2026〕1号")
        self.assertEqual((self.order.text, self.order.answer_due_on), ("请立即整改。", date(2026, 11, 30)))
        self.do("receive_instrument", self.handler)
        self.assertEqual((self.order.state, self.order.received_by), (S.RECEIVED, self.handler))
        self.do("answer_instrument", self.unit_head, answer="十二月五日前完成。")
        self.do("settle_instrument", self.clerk, effect="已完成整改。")
        self.assertEqual((self.order.state, self.order.effect), (S.SETTLED, "已完成整改。"))
        acts = LogEntry.objects.filter(object_type="instrument", object_id=self.order.pk).order_by("sequence")
        self.assertEqual(
            [(entry.act, entry.measure_id is not None) for entry in acts],
            [
                ("propose_instrument", False),
                ("prepare_instrument", False),
                ("issue_instrument", True),
                ("receive_instrument", True),
                ("answer_instrument", True),
                ("settle_instrument", True),
            ],
        )

    def test_without_words_of_its_own_the_proposed_ones_go_out_with_a_week_to_answer(self):
        text = self.order.text
        self.issued()
        self.assertEqual((self.order.text, self.order.answer_due_on), (text, date(2026, 11, 30)))
        for part in (self.measure.number, "8", "2026"):
            self.assertIn(part, text)

    def test_an_answer_signs_for_what_nobody_signed_for(self):
        self.issued()
        self.do("answer_instrument", self.handler, answer="已安排。")
        self.assertEqual((self.order.received_by, self.order.state), (self.handler, S.ANSWERED))

    def test_what_is_dismissed_keeps_its_reason_and_is_not_proposed_again(self):
        self.do("dismiss_instrument", self.head, reason="已电话催办")
        jobs.climb_ladders()
        self.assertEqual((self.order.state, self.order.effect), (S.DISMISSED, "已电话催办"))
        self.assertEqual(Instrument.objects.filter(kind=K.ORDER).count(), 1)

    def test_every_act_only_in_its_states(self):
        legal = {
            "prepare_instrument": {S.PROPOSED},
            "issue_instrument": {S.PROPOSED},
            "dismiss_instrument": {S.PROPOSED},
            "receive_instrument": {S.ISSUED},
            "answer_instrument": {S.ISSUED, S.RECEIVED},
            "settle_instrument": {S.ISSUED, S.RECEIVED, S.ANSWERED},
        }
        data = {"text": "x", "reason": "x", "answer": "x", "effect": "x"}
        for act, states in legal.items():
            actor = self.handler if act in ("receive_instrument", "answer_instrument") else self.head
            for state in sorted(set(S) - states):
                Instrument.objects.filter(pk=self.order.pk).update(state=state, issued_at=TODAY.astimezone())
                with self.subTest(act, state=state), self.assertRaises(WrongState):
                    self.do(act, actor, **data)

    def test_who_may(self):
        with self.assertRaises(NotVisible):  # what is only proposed is not there for the unit
            self.do("receive_instrument", self.handler)
        for actor in (self.clerk, self.leader):
            with self.assertRaises(NoRight):
                self.do("issue_instrument", actor)
        self.issued()
        for actor in (self.head, self.clerk):
            with self.assertRaises(NoRight):
                self.do("answer_instrument", actor, answer="x")
        with self.assertRaises(NotVisible):
            self.do("receive_instrument", make_person(Role.HANDLER, make_unit(self.office)))
        with self.assertRaises(NoRight):
            self.do("settle_instrument", self.handler, effect="x")

    def test_a_day_to_answer_by_in_the_past_and_empty_words_are_refused(self):
        for data in ({"text": "x", "answer_due_on": date(2026, 11, 22)}, {"text": "  "}):
            with self.assertRaises(NotReady):
                self.do("prepare_instrument", self.clerk, **data)

    def test_numbers_run_per_kind_and_year(self):
        self.issued()
        with clock.at(datetime(2026, 12, 1, 9)):
            jobs.climb_ladders()
        with clock.at(datetime(2027, 1, 4, 9)):
            jobs.climb_ladders()
            rows = Instrument.objects.filter(state=S.PROPOSED).order_by("rung")
            for row in rows:
                words = row.text.replace(BLANK, "1月5日9时")
                perform(row.pk, "issue_instrument", actor=self.head, text=words)
        numbers = Instrument.objects.exclude(kind=K.REMINDER).order_by("rung")
        self.assertEqual(
            [
                n.removeprefix(self.office.number_prefix)
                for n in numbers.values_list("document_number", flat=True)
            ],
            ["督办〔2026〕1号", "通报〔2027〕1号", "约谈〔2027〕1号"],
        )


class ByHandTests(InstrumentCase):
    def test_the_head_issues_one_without_the_ladder(self):
        for number in (1, 2):
            row = perform(
                self.measure.pk,
                "supervise",
                actor=self.head,
                kind="ORDER",
                unit=self.unit.pk,
                text=f"第{number}次。",
            ).subject
            self.assertEqual((row.state, row.cause), (S.ISSUED, f"MANUAL:{self.measure.pk}:{number}"))
        self.assertTrue(row.document_number.endswith("督办〔2026〕2号"))
        self.assertEqual(
            set(row.notices.values_list("person", flat=True)), {self.handler.pk, self.unit_head.pk}
        )
        jobs.climb_ladders()
        row.refresh_from_db()
        self.assertEqual(row.state, S.ISSUED)

    def test_nobody_else_and_no_unit_without_a_duty(self):
        data = {"kind": "ORDER", "text": "x", "unit": self.unit.pk}
        for actor in (self.clerk, self.leader, self.handler):
            with self.assertRaises(NoRight):
                perform(self.measure.pk, "supervise", actor=actor, **data)
        with self.assertRaises(NotReady):
            perform(
                self.measure.pk, "supervise", actor=self.head, **{**data, "unit": make_unit(self.office).pk}
            )


class TogetherTests(InstrumentCase):
    """Several causes of one unit on one day: one line on the desk, one list, a number for each."""

    @classmethod
    def setUpTestData(cls):
        super().setUpTestData()
        cls.others = [make_measure(cls.plan, lead=cls.unit, checkpoints=[DUE]) for _number in range(2)]
        make_measure(cls.plan, lead=make_unit(cls.office), checkpoints=[DUE])
        with clock.at(TODAY):
            jobs.climb_ladders()

    def papers(self, person):
        self.client.force_login(person)
        return self.client.get(reverse("workflows:desk")).context["papers"]

    def list_of(self, person):
        """The page behind the desk's one line for all three."""
        [url] = [paper.url for paper in self.papers(person) if "?" in paper.url]
        return self.client.get(url)

    def test_the_desk_offers_them_as_one_list(self):
        self.assertEqual(len(self.papers(self.head)), 2)
        results = self.list_of(self.head).context["results"]
        self.assertEqual({result.row.what for result in results}, {f"{self.unit} · {K.ORDER.label}"})
        self.assertEqual(len(results), 3)
        self.assertFalse(Instrument.objects.filter(kind=K.ORDER, state=S.ISSUED).exists())

    def test_only_the_head_is_asked_to_issue_them(self):
        with translation.override("en"):
            asked = {
                person: {paper.task for paper in papers.waiting(person, today=clock.today())}
                for person in (self.head, self.clerk)
            }
        self.assertEqual(asked[self.head], {"Issue an instrument", "Issue 3 instruments"})
        self.assertEqual(
            asked[self.clerk],
            {
                "Prepare an instrument: the head issues it",
                "Prepare 3 instruments: the head issues them",
            },
        )

    def test_issued_together_each_has_a_number_of_its_own(self):
        url, issued = (
            reverse("workflows:issue_together"),
            Instrument.objects.filter(kind=K.ORDER, state=S.ISSUED),
        )
        for mode in ("allowed", "together"):
            sent = {"run": mode, "key": mode, "rows": self.list_of(self.head).context["sealed"]}
            with self.subTest(mode), transaction.atomic():
                self.assertEqual(self.client.post(url, sent).context["done"], 3)
                self.assertTrue(all(r.repeated for r in self.client.post(url, sent).context["results"]))
                self.assertEqual(len(set(issued.values_list("document_number", flat=True))), 3)
                transaction.set_rollback(True)

    def test_one_that_changed_meanwhile_is_refused_by_itself(self):
        page = self.list_of(self.head)
        self.do("dismiss_instrument", self.head, reason="已办结")
        sent = {"run": "allowed", "rows": page.context["sealed"]}
        answer = self.client.post(reverse("workflows:issue_together"), sent)
        self.assertEqual((answer.context["done"], answer.context["refused"]), (2, 1))

    def test_one_whose_cause_has_gone_is_refused_by_itself(self):
        self.measure.checkpoints.update(met_on=DUE)
        page = self.list_of(self.head)
        sent = {"run": "allowed", "rows": page.context["sealed"]}
        answer = self.client.post(reverse("workflows:issue_together"), sent)
        self.assertEqual((answer.context["done"], answer.context["refused"]), (2, 1))
        self.order.refresh_from_db()
        self.assertEqual(self.order.state, S.PROPOSED)

    def test_all_that_the_ledger_shows_are_no_instruments(self):
        """The ledger's rows are measures; their keys say nothing here."""
        self.client.force_login(self.head)
        asked = {"which": "all", "query": ""}
        page = self.client.get(reverse("workflows:issue_together"), asked)
        self.assertEqual((page.context.get("results"), page.context["pks"]), (None, []))

    def test_a_clerk_sees_the_list_and_may_not_issue(self):
        self.assertEqual(len(self.list_of(self.clerk).context["rows"]), 3)
        self.assertEqual(self.client.get(reverse("workflows:issue_together")).status_code, 403)

    def test_what_is_gone_is_said(self):
        [url] = [paper.url for paper in self.papers(self.head) if "?" in paper.url]
        Instrument.objects.filter(state=S.PROPOSED).update(state=S.LAPSED)
        page = self.client.get(url)
        self.assertEqual((page.status_code, page.context["step"]), (200, "form"))
        self.assertContains(page, page.context["nothing"][0])


class PageTests(InstrumentCase):
    def get(self, person, name, *args, **query):
        self.client.force_login(person)
        return self.client.get(reverse(f"workflows:{name}", args=args), query)

    def test_the_list_shows_the_office_what_is_proposed_and_the_unit_only_what_was_sent(self):
        def shown(person, **query):
            return [row.kind for row in self.get(person, "supervision", **query).context["page_obj"]]

        self.assertEqual(shown(self.head), [K.ORDER])
        self.assertEqual(shown(self.handler), [])
        self.assertEqual(shown(self.handler, kind="any"), [K.REMINDER])
        self.issued()
        self.assertEqual(shown(self.handler), [K.ORDER])
        self.assertEqual(shown(self.handler, state="OPEN", q="督办"), [K.ORDER])
        self.assertEqual(shown(self.head, state="PROPOSED"), [])

    def test_each_count_leads_to_its_rows(self):
        for count in self.get(self.head, "supervision").context["counts"]:
            rows = self.client.get(count["url"]).context["rows"]
            if count["label"] != "Answer overdue":
                self.assertEqual(len(rows), count["value"], count["label"])

    def test_the_page_offers_what_the_door_allows(self):
        def offered(person):
            page = self.get(person, "instrument", self.order.pk)
            return [choice["url"].split("/")[-2] for choice in page.context["choices"]]

        self.assertEqual(offered(self.head), ["issue", "prepare", "dismiss"])
        self.assertEqual(offered(self.clerk), ["prepare"])
        self.assertEqual(offered(self.leader), [])
        with transaction.atomic():
            self.measure.checkpoints.update(met_on=DUE)
            self.assertEqual((offered(self.head), offered(self.clerk)), (["dismiss"], []))
            self.assertContains(self.get(self.head, "instrument", self.order.pk), CAUSE_GONE)
            transaction.set_rollback(True)
        self.assertNotContains(self.get(self.head, "instrument", self.order.pk), CAUSE_GONE)
        self.issued()
        self.assertEqual(offered(self.handler), ["receive", "answer"])
        self.assertEqual(offered(self.head), ["settle"])

    def test_the_forms_do_it_and_reading_marks_the_notice(self):
        self.client.force_login(self.head)
        url = reverse("workflows:issue_instrument", args=[self.order.pk])
        self.assertIn(self.measure.number, self.client.get(url).context["form"].initial["text"])
        self.client.post(url, {"text": "请整改。", "answer_due_on": "2026-12-01"})
        self.order.refresh_from_db()
        self.assertEqual((self.order.state, self.order.text), (S.ISSUED, "请整改。"))
        self.assertTrue(
            Notice.objects.filter(person=self.handler, instrument=self.order, read_at=None).exists()
        )
        page = self.get(self.handler, "instrument", self.order.pk)
        self.assertContains(page, "请整改。")
        self.assertFalse(
            Notice.objects.filter(person=self.handler, instrument=self.order, read_at=None).exists()
        )
        answer = self.client.post(
            reverse("workflows:answer_instrument", args=[self.order.pk]), {"answer": "好。"}
        )
        self.assertRedirects(answer, self.order.get_absolute_url())

    def test_by_hand_from_the_page(self):
        self.client.force_login(self.head)
        url = reverse("workflows:supervise", args=[self.measure.pk])
        self.assertContains(self.client.get(url), self.unit.name)
        self.client.post(url, {"kind": "INTERVIEW", "unit": self.unit.pk, "text": "请到会。"})
        row = Instrument.objects.get(kind=K.INTERVIEW)
        body = json.loads(LogEntry.objects.get(act="supervise").body)
        self.assertEqual((row.state, body["document_number"]), (S.ISSUED, row.document_number))
