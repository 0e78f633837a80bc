"""Two people at once: exactly one wins, the other is told why, and nothing is done by half."""

from concurrent.futures import ThreadPoolExecutor, wait
from threading import Barrier
from time import monotonic, sleep
from unittest.mock import patch
from uuid import uuid4

from django.db import connection, transaction
from django.test import TransactionTestCase, skipUnlessDBFeature

from cases.errors import Refused
from cases.models import ChainHead, LogEntry, Measure
from cases.states import MeasureState as S
from permissions import clock
from permissions.models import Role, User
from reports.models import Filing, FilingState
from tests.factories import (
    make_measure,
    make_office,
    make_person,
    make_plan,
    make_unit,
    member,
    month_to_open,
)
from workflows import owing
from workflows.door import perform
from workflows.integrity import check_office
from workflows.models import ApprovalTask
from workflows.record import write_entry


def at_once(*calls):
    """Run the calls at the same moment, each on its own connection: [result or refusal] in their order."""
    barrier = Barrier(len(calls))

    def run(call):
        try:
            barrier.wait(timeout=10)
            return call()
        except Refused as refused:
            return refused
        finally:
            connection.close()

    with ThreadPoolExecutor(len(calls)) as pool:
        return list(pool.map(run, calls))


def again(person):
    """The person as another request would load them."""
    return User.objects.get(pk=person.pk)


class RaceTests(TransactionTestCase):
    def setUp(self):
        self.office = make_office()
        self.plan = make_plan(self.office)
        self.unit = make_unit(self.office)

    def wins(self, results):
        return sum(1 for result in results if not isinstance(result, Refused))

    def act(self, pk, act, person, **data):
        actor, data = again(person), {"key": uuid4().hex, **data}
        return lambda: perform(pk, act, actor=actor, **data)

    def test_close_out_against_return(self):
        measure = make_measure(self.plan, state=S.VERIFIED, lead=self.unit)
        head, clerk = member(self.office, Role.OFFICE_HEAD), make_person(Role.OFFICE_CLERK, self.office)
        results = at_once(
            self.act(measure.pk, "close_out", head, version=measure.row_version),
            self.act(measure.pk, "return_for_rework", clerk, version=measure.row_version, reason="复查不符"),
        )
        self.assertEqual(self.wins(results), 1)
        closed = not isinstance(results[0], Refused)
        self.assertEqual(Measure.objects.get(pk=measure.pk).state, S.CLOSED if closed else S.RECTIFYING)
        self.assertEqual(measure.rounds.get().closed_at is not None, closed)
        self.assertEqual(LogEntry.objects.filter(measure=measure).count(), 1)

    def test_one_form_sent_twice_at_the_same_moment_is_one_act(self):
        measure = make_measure(self.plan, state=S.ISSUED, lead=self.unit)
        handler = member(self.unit, Role.HANDLER)
        results = at_once(
            *[self.act(measure.pk, "claim", handler, key="double", version=1) for _ in range(2)]
        )
        self.assertEqual(self.wins(results), 2)
        self.assertEqual(sorted(result.repeated for result in results), [False, True])
        self.assertEqual(LogEntry.objects.filter(measure=measure).count(), 1)

    def test_two_heads_approve_one_filing(self):
        make_measure(self.plan, lead=self.unit)
        clerk, handler = member(self.office, Role.OFFICE_CLERK), member(self.unit, Role.HANDLER)
        heads = [make_person(Role.UNIT_HEAD, self.unit) for _ in range(2)]
        month = month_to_open(self.plan)
        period = perform(self.plan.pk, "open_period", actor=clerk, month=month).subject
        filing = period.filings.get()
        rows = [{"measure": self.plan.measures.get().pk, "progress": "已完成。"}]
        perform(filing.pk, "submit_filing", actor=handler, rows=rows)
        results = at_once(*[self.act(filing.pk, "approve_filing", head) for head in heads])
        self.assertEqual(self.wins(results), 1)
        self.assertEqual(Filing.objects.get(pk=filing.pk).state, FilingState.FILED)
        self.assertEqual(ApprovalTask.objects.filter(owner_permission="accept_filing").count(), 1)

    def test_a_filing_that_is_sent_while_its_unit_loses_its_last_duty_is_sent_or_refused(self):
        measure = make_measure(self.plan, lead=self.unit)
        clerk, handler = member(self.office, Role.OFFICE_CLERK), member(self.unit, Role.HANDLER)
        month = month_to_open(self.plan)
        filing = perform(self.plan.pk, "open_period", actor=clerk, month=month).subject.filings.get()
        rows, move = [{"measure": measure.pk, "progress": "已完成。"}], owing._move
        send = self.act(filing.pk, "submit_filing", handler, rows=rows)
        other = make_unit(self.office)

        def send_meanwhile(filings):
            sent.append(pool.submit(at_once, send))
            wait(sent, timeout=1)  # it has to wait for this act, or it is done before what follows
            move(filings)

        sent = []
        with ThreadPoolExecutor(1) as pool, patch.object(owing, "_move", send_meanwhile):
            perform(
                measure.pk,
                "reassign",
                actor=clerk,
                leads=[f"unit:{other.pk}"],
                responsible=[],
                reason="调整。",
            )
        [result] = sent[0].result()
        refused = isinstance(result, Refused)
        expected = FilingState.WITHDRAWN if refused else FilingState.SUBMITTED
        self.assertEqual(Filing.objects.get(pk=filing.pk).state, expected)

    @skipUnlessDBFeature("has_select_for_update_nowait")
    def test_two_measures_that_merge_are_locked_in_one_order(self):
        """Or two that merge into each other would wait for each other: the second stays free until the first is had."""
        first, second = (make_measure(self.plan, lead=self.unit) for _ in range(2))
        clerk = member(self.office, Role.OFFICE_CLERK)
        merge = self.act(second.pk, "merge", clerk, into=first.pk, reason="内容相同。")
        with ThreadPoolExecutor(1) as pool:
            with transaction.atomic():
                Measure.objects.select_for_update().get(pk=first.pk)
                merging = pool.submit(at_once, merge)
                self.wait_for_somebody_to_wait()
                with transaction.atomic():
                    Measure.objects.select_for_update(nowait=True).get(pk=second.pk)
            self.assertEqual(self.wins(merging.result(timeout=30)), 1)
        self.assertEqual(Measure.objects.get(pk=second.pk).merged_into, first)

    def wait_for_somebody_to_wait(self):
        """Until another connection waits for a row that this one has locked."""
        ends = monotonic() + 30
        while monotonic() < ends:
            with connection.cursor() as cursor:
                cursor.execute("SELECT bool_or(pg_backend_pid() = ANY(pg_blocking_pids(pid))) FROM pg_locks")
                if cursor.fetchone()[0]:
                    return
            sleep(0.01)
        self.fail("nobody waits for a row")

    def test_acts_of_one_office_keep_one_unbroken_chain(self):
        measures = [make_measure(self.plan, state=S.ISSUED, lead=self.unit) for _ in range(6)]
        handler = member(self.unit, Role.HANDLER)
        results = at_once(*[self.act(measure.pk, "claim", handler) for measure in measures])
        self.assertEqual(self.wins(results), 6)
        entries = list(LogEntry.objects.filter(office=self.office).order_by("sequence"))
        self.assertEqual([e.sequence for e in entries], [1, 2, 3, 4, 5, 6])
        self.assertEqual([e.prev for e in entries[1:]], [e.hash for e in entries[:-1]])
        self.assertEqual(ChainHead.objects.get(office=self.office).hash, entries[-1].hash)

    @skipUnlessDBFeature("has_select_for_update_nowait")
    def test_an_act_whose_record_goes_on_meanwhile_follows_what_came_first(self):
        measure = make_measure(self.plan, state=S.ISSUED, lead=self.unit)
        claim = self.act(measure.pk, "claim", member(self.unit, Role.HANDLER))
        with ThreadPoolExecutor(1) as pool:
            with transaction.atomic():
                first = write_entry(
                    office_id=self.office.pk,
                    actor=None,
                    act="x",
                    subject=self.office,
                    body={},
                    now=clock.now(),
                )
                claiming = pool.submit(at_once, claim)
                self.wait_for_somebody_to_wait()
            [outcome] = claiming.result(timeout=30)
        self.assertEqual((outcome.entry.sequence, outcome.entry.prev), (first.sequence + 1, first.hash))
        self.assertEqual(check_office(self.office).wrong, [])
