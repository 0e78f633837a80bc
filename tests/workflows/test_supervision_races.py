"""The ladder and the outbox whatever restarts: two runs at once, a killed run, two heads at one proposal."""

from datetime import timedelta
from unittest.mock import patch

from django.test import TransactionTestCase, override_settings

from cases.errors import Refused
from cases.models import Instrument, InstrumentKind, LogEntry, Notice
from permissions import clock
from permissions.models import Role
from tests.factories import make_measure, make_office, make_person, make_plan, make_unit, member
from tests.workflows.test_races import again, at_once
from workflows import jobs, outbox
from workflows.door import perform
from workflows.models import Channel, ChannelKind, Delivery, DeliveryState

K = InstrumentKind


class LadderRaceTests(TransactionTestCase):
    def setUp(self):
        self.office = make_office()
        self.unit = make_unit(self.office)
        member(self.unit, Role.HANDLER)
        today = clock.today()
        plan = make_plan(self.office, issued_on=today - timedelta(days=100))
        for _number in range(4):
            make_measure(plan, lead=self.unit, checkpoints=[today - timedelta(days=20)])

    def found(self):
        return sorted(Instrument.objects.values_list("measure", "rung"))

    def expected(self):
        measures = set(Instrument.objects.values_list("measure", flat=True))
        return sorted((pk, rung) for pk in measures for rung in (1, 15))

    def test_two_runs_at_the_same_moment_take_each_step_once(self):
        at_once(*[jobs.climb_ladders] * 3)
        self.assertEqual(len(self.found()), 8)
        self.assertEqual(self.found(), self.expected())
        self.assertEqual(LogEntry.objects.filter(act="climb_ladder").count(), 1)
        numbers = Instrument.objects.filter(kind=K.REMINDER).values_list("document_number", flat=True)
        self.assertEqual(len(set(numbers)), 4)
        self.assertEqual(Notice.objects.filter(kind="remind").count(), 4)

    def test_a_run_that_was_killed_leaves_nothing_and_the_next_one_does_all(self):
        with (
            patch("workflows.door.write_entries", side_effect=KeyboardInterrupt),
            self.assertRaises(KeyboardInterrupt),
        ):
            jobs.climb_ladders()
        self.assertEqual((self.found(), Notice.objects.count()), ([], 0))
        jobs.climb_ladders()
        self.assertEqual(self.found(), self.expected())
        numbers = Instrument.objects.filter(kind=K.REMINDER).values_list("document_number", flat=True)
        self.assertTrue(all("〕" in number for number in numbers))
        self.assertTrue(any(number.endswith("〕1号") for number in numbers))  # the killed run left no gap

    def test_one_office_that_fails_does_not_stop_the_others(self):
        other = make_office()
        unit = make_unit(other)
        due = clock.today() - timedelta(days=20)
        make_measure(make_plan(other, issued_on=due - timedelta(days=9)), lead=unit, checkpoints=[due])

        def refuse_first(pk, act, **data):
            if pk == self.office.pk:
                raise Refused
            return perform(pk, act, **data)

        with patch("workflows.door.perform", refuse_first):
            jobs.climb_ladders()
        self.assertEqual(set(Instrument.objects.values_list("office", flat=True)), {other.pk})

    def test_two_heads_at_one_proposal_and_numbers_without_gaps(self):
        jobs.climb_ladders()
        heads = [make_person(Role.OFFICE_HEAD, self.office) for _ in range(2)]
        orders = list(Instrument.objects.filter(kind=K.BULLETIN).order_by("pk"))
        results = at_once(*[self.issuing(orders[0], head) for head in heads])
        self.assertEqual(sum(isinstance(result, Refused) for result in results), 1)
        at_once(self.issuing(orders[1], heads[0]), self.issuing(orders[2], heads[1]))
        numbers = Instrument.objects.filter(kind=K.BULLETIN, issued_at__isnull=False)
        found = sorted(number.split("〕")[1] for number in numbers.values_list("document_number", flat=True))
        self.assertEqual(found, ["1号", "2号", "3号"])

    def issuing(self, row, head):
        actor = again(head)
        return lambda: perform(row.pk, "issue_instrument", actor=actor, version=row.row_version)

    def test_issue_against_a_cause_that_goes(self):
        """The ladder ends a proposal while the head issues it: its cause has gone, so it is never issued."""
        jobs.climb_ladders()
        order = Instrument.objects.filter(kind=K.BULLETIN).first()
        order.measure.checkpoints.update(met_on=clock.today())
        at_once(self.issuing(order, make_person(Role.OFFICE_HEAD, self.office)), jobs.climb_ladders)
        jobs.climb_ladders()  # the first run may have found the row busy
        order.refresh_from_db()
        self.assertEqual((order.state, order.document_number), ("LAPSED", ""))

    def test_what_was_issued_since_the_ladder_looked_stays_issued(self):
        jobs.climb_ladders()
        seen = Instrument.objects.filter(kind=K.BULLETIN).first()
        self.issuing(seen, make_person(Role.OFFICE_HEAD, self.office))()
        with patch("workflows.acts.supervision.due_now", return_value=([], [seen])):
            perform(self.office.pk, "climb_ladder", actor=None)
        self.assertEqual(Instrument.objects.get(pk=seen.pk).state, "ISSUED")


@override_settings(XIAOHAO_WEBHOOK_HOSTS=["robots.example"])
class OutboxRaceTests(TransactionTestCase):
    def test_two_workers_send_each_message_once(self):
        office = make_office()
        handler = member(make_unit(office), Role.HANDLER)
        now = clock.now()
        channel = Channel.objects.create(
            office=office, kind=ChannelKind.WECOM, name="群", url="https://robots.example/x"
        )
        outbox.begin(channel, now - timedelta(hours=1))
        for number in range(30):
            Notice.objects.create(
                office=office, person=handler, key=f"n{number}", kind="remind", created_at=now,
                params={"what": "督" * 300 + str(number)},
            )  # fmt: skip
        sent = []
        with (
            patch(
                "workflows.outbox.post",
                lambda url, body: sent.append(body["text"]["content"]) or {"errcode": 0},
            ),
            patch("workflows.outbox.after_quiet", lambda moment, quiet: moment),
        ):
            at_once(*[outbox.deliver] * 3)
        self.assertEqual(sorted(len(text) for text in sent), sorted(len(text) for text in set(sent)))
        self.assertEqual(sum(text.count("\n") + 1 for text in sent), 30)
        self.assertFalse(Delivery.objects.exclude(state=DeliveryState.SENT).exists())
