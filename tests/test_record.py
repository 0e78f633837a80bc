"""The record is only ever added to; and whoever reaches around the database is found by ``manage.py verify``."""

import io
import json
from datetime import datetime

from django.core.management import CommandError, call_command
from django.db import DatabaseError, connection, transaction
from django.test import TestCase

from cases import files, triggers
from cases.models import ChainHead, Checkpoint, LogEntry
from cases.models.log import GENESIS, chain_hash
from permissions import clock
from permissions.models import Role
from reports.models import MonthlyReport
from tests.factories import day, make_measure, make_office, make_plan, make_unit, member
from tests.reports.issued import issue
from tests.workflows.test_monthly_report import ReportCase
from workflows.door import perform
from workflows.integrity import check_office
from workflows.record import Said, heads_of, write_entries, write_entry


class RecordCase(TestCase):
    @classmethod
    def setUpTestData(cls):
        cls.office = make_office("record")
        cls.unit = make_unit(cls.office)
        cls.handler = member(cls.unit, Role.HANDLER)
        cls.measure = make_measure(make_plan(cls.office), lead=cls.unit)
        for number in range(1, 6):
            with clock.at(datetime(2026, 11, number, 9)):
                perform(cls.measure.pk, "enter_progress", actor=cls.handler, progress=f"第{number}次进展。")

    def raw(self, statement, *values):
        with connection.cursor() as cursor:
            cursor.execute(statement, values)

    def tamper(self, statement, *values):
        """As somebody with the database's password would: the triggers lifted, then put back."""
        with triggers.lifted(connection):
            self.raw(statement, *values)

    def wrong(self):
        return check_office(self.office).wrong


class ChainTests(RecordCase):
    def test_every_entry_follows_the_one_before_and_the_head_is_the_last(self):
        entries = list(LogEntry.objects.filter(office=self.office).order_by("sequence"))
        self.assertEqual([entry.sequence for entry in entries], [1, 2, 3, 4, 5])
        self.assertEqual(
            [entry.prev for entry in entries], [GENESIS, *[entry.hash for entry in entries[:-1]]]
        )
        self.assertEqual([entry.hash for entry in entries], [entry.expected_hash() for entry in entries])
        head = ChainHead.objects.get(office=self.office)
        self.assertEqual((head.sequence, head.hash), (5, entries[-1].hash))

    def test_offices_have_chains_of_their_own(self):
        other = make_office()
        measure = make_measure(make_plan(other), lead=make_unit(other))
        perform(
            measure.pk,
            "enter_progress",
            actor=member(measure.duties.first().unit, Role.HANDLER),
            progress="甲",
        )
        self.assertEqual(LogEntry.objects.get(office=other).prev, GENESIS)
        self.assertEqual((check_office(other).wrong, self.wrong()), ([], []))

    def test_an_act_that_is_taken_back_leaves_no_entry(self):
        before = LogEntry.objects.count()
        with self.assertRaises(ValueError), transaction.atomic():
            perform(self.measure.pk, "enter_progress", actor=self.handler, progress="甲")
            raise ValueError
        self.assertEqual((LogEntry.objects.count(), self.wrong()), (before, []))


class AppendOnlyTests(RecordCase):
    """What the database itself refuses, whoever asks."""

    def refused(self, statement, *values):
        with self.assertRaises(DatabaseError), transaction.atomic():
            self.raw(statement, *values)

    def test_an_entry_cannot_be_changed_or_removed(self):
        self.refused("UPDATE cases_logentry SET body = '{}' WHERE sequence = 3")
        self.refused("UPDATE cases_logentry SET actor_id = NULL WHERE sequence = 3")
        self.refused("DELETE FROM cases_logentry WHERE sequence = 5")
        self.refused("DELETE FROM cases_logentry")
        with self.assertRaises(DatabaseError), transaction.atomic():
            LogEntry.objects.all().update(act="close_out")
        self.assertEqual(self.wrong(), [])

    def test_an_entry_cannot_be_put_in_with_a_wrong_predecessor_or_hash(self):
        for prev, sequence, wrong_hash in (("1" * 64, 6, None), (None, 6, "2" * 64), (None, 9, None)):
            with self.subTest(prev=prev, sequence=sequence), self.assertRaises(DatabaseError):
                self.add_by_hand(prev=prev, sequence=sequence, wrong_hash=wrong_hash)

    def add_by_hand(self, *, prev, sequence, wrong_hash):
        fields = {
            "prev": prev or ChainHead.objects.get(office=self.office).hash,
            "sequence": sequence,
            "at": clock.now().isoformat(),
            "act": "claim",
            "object_type": "measure",
            "object_id": self.measure.pk,
            "body": "{}",
        }
        right = chain_hash(office=self.office.pk, actor=None, **fields)
        with transaction.atomic():
            LogEntry.objects.create(office=self.office, hash=wrong_hash or right, **fields)

    def test_an_issued_original_date_stays(self):
        checkpoint = self.measure.checkpoints.get()
        with self.assertRaises(DatabaseError), transaction.atomic():
            Checkpoint.objects.filter(pk=checkpoint.pk).update(original_due_on=day("2030-01-01"))

    def test_an_issued_checkpoint_is_neither_removed_nor_moved_to_another_measure(self):
        checkpoint = self.measure.checkpoints.get()
        with self.assertRaises(DatabaseError), transaction.atomic():
            Checkpoint.objects.filter(pk=checkpoint.pk).delete()
        draft = make_measure(self.measure.plan, state="DRAFT")
        with self.assertRaises(DatabaseError), transaction.atomic():
            Checkpoint.objects.filter(pk=checkpoint.pk).update(measure=draft)

    def test_all_triggers_are_in_place(self):
        self.assertEqual(triggers.present(connection), set(triggers.NAMES))
        self.assertEqual(triggers.check_triggers(None, ["default"]), [])


class TamperingTests(RecordCase):
    """With the triggers lifted anything can be written; ``verify`` names the first entry that is wrong."""

    def test_a_changed_entry_is_named(self):
        body = json.loads(LogEntry.objects.get(sequence=3).body) | {"text": "改过的进展。"}
        self.tamper("UPDATE cases_logentry SET body = %s WHERE sequence = 3", json.dumps(body))
        self.assertEqual(len(self.wrong()), 1)
        self.assertIn("Entry 3 (enter_progress", self.wrong()[0])
        self.assertIn("was changed", self.wrong()[0])

    def test_every_hashed_field_counts(self):
        changes = {"at": "2020-01-01T00:00:00+00:00", "act": "close_out", "object_id": 99, "actor_id": None}
        for column, value in changes.items():
            with self.subTest(column=column), transaction.atomic():
                self.tamper(f"UPDATE cases_logentry SET {column} = %s WHERE sequence = 2", value)
                self.assertIn("Entry 2 (", self.wrong()[0])
                transaction.set_rollback(True)

    def test_a_changed_entry_with_its_hash_made_anew_betrays_itself_in_the_next(self):
        entry = LogEntry.objects.get(sequence=2)
        entry.body = "{}"
        self.tamper(
            "UPDATE cases_logentry SET body = %s, hash = %s WHERE sequence = 2", "{}", entry.expected_hash()
        )
        self.assertIn("Entry 3 (enter_progress", self.wrong()[0])
        self.assertIn("does not follow", self.wrong()[0])

    def test_a_missing_entry_is_named(self):
        self.tamper("DELETE FROM cases_logentry WHERE sequence = 4")
        self.assertIn("Entry 4 is missing", self.wrong()[0])

    def test_a_cut_end_differs_from_the_head(self):
        self.tamper("DELETE FROM cases_logentry WHERE sequence = 5")
        self.assertEqual(len(self.wrong()), 1)
        self.assertIn("The head says 5 entries", self.wrong()[0])

    def test_the_command_fails_with_the_finding_and_passes_when_all_is_well(self):
        out = io.StringIO()
        call_command("verify", office="record", stdout=out)
        self.assertTrue(out.getvalue().startswith("OK record: 5 entries"))
        self.tamper("UPDATE cases_logentry SET act = 'claim' WHERE sequence = 1")
        with self.assertRaises(CommandError):
            call_command("verify", office="record", stdout=out)
        self.assertIn("Entry 1 (claim", out.getvalue())

    def test_an_unknown_office_is_told(self):
        with self.assertRaisesMessage(CommandError, "no office"):
            call_command("verify", office="nowhere")


class PapersTests(ReportCase):
    """Files and issued reports, against what the record says of them."""

    def setUp(self):
        self.issued = issue(self.report, clerk=self.clerk, head=self.head, leader=self.leader)

    def wrong(self):
        return check_office(self.office).wrong

    def test_all_is_well_after_an_issue(self):
        found = check_office(self.office)
        self.assertEqual((found.wrong, found.reports, found.files), ([], 1, 4))

    def test_a_changed_or_missing_file_is_named(self):
        path = files.path_of(self.issued.pdf.sha256)
        path.write_bytes(path.read_bytes() + b" ")
        self.assertIn("changed on disk", self.wrong()[0])
        path.unlink()
        self.assertIn("missing on disk", self.wrong()[0])

    def test_changed_data_of_a_report_are_found(self):
        snapshot = self.issued.snapshot.replace("已划定", "未划定")
        MonthlyReport.objects.filter(pk=self.issued.pk).update(snapshot=snapshot)
        self.assertIn("not those that were signed", self.wrong()[0])

    def test_a_report_under_another_file_is_found(self):
        other = files.store(self.office.pk, b"%PDF-1.7 other", "application/pdf")
        MonthlyReport.objects.filter(pk=self.issued.pk).update(pdf=other)
        self.assertIn("names other files", self.wrong()[0])

    def test_a_chain_written_anew_no_longer_has_the_head_of_the_paper(self):
        with triggers.lifted(connection):
            entries = list(LogEntry.objects.filter(office=self.office).order_by("sequence"))
            prev = GENESIS
            for entry in entries:
                entry.prev, entry.body = prev, entry.body.replace("县", "区")
                prev = entry.hash = entry.expected_hash()
            LogEntry.objects.bulk_update(entries, ["prev", "body", "hash"])
            ChainHead.objects.filter(office=self.office).update(hash=prev)
        self.assertEqual(len(self.wrong()), 1)
        self.assertIn("no longer has the head that the paper carries", self.wrong()[0])


class HeadTests(TestCase):
    """The heads that were read beforehand serve as long as nobody has moved one."""

    def setUp(self):
        self.one, self.two = make_office(), make_office()
        for office in (self.one, self.two):
            self.write(office)

    def said(self, *offices):
        return {office.pk: [Said("x", office, {}), Said("y", office, {})] for office in offices}

    def write(self, *offices, heads=()):
        return write_entries(self.said(*offices), actor=None, now=clock.now(), heads=heads)

    def chains(self):
        self.assertEqual([check_office(office).wrong for office in (self.one, self.two)], [[], []])
        return [list(office.log.order_by("sequence")) for office in (self.one, self.two)]

    def test_heads_that_stayed_where_they_were_save_a_statement(self):
        heads = heads_of([self.one.pk, self.two.pk])
        with self.assertNumQueries(2 + 2):  # and the savepoint of more than one
            self.write(self.one, self.two, heads=heads)
        heads = heads_of([self.one.pk])
        with self.assertNumQueries(2):
            self.write(self.one, heads=heads)
        self.assertEqual([len(chain) for chain in self.chains()], [6, 4])

    def test_a_head_that_was_moved_meanwhile_is_read_again(self):
        heads = heads_of([self.one.pk])
        self.write(self.one)
        self.write(self.one, heads=heads)
        self.assertEqual([len(chain) for chain in self.chains()], [6, 2])

    def test_of_two_heads_none_is_moved_when_one_was(self):
        for moved in (self.one, self.two):
            heads = heads_of([self.one.pk, self.two.pk])
            self.write(moved)
            self.write(self.one, self.two, heads=heads)
        self.assertEqual([len(chain) for chain in self.chains()], [8, 8])

    def test_heads_of_other_offices_than_those_written_to_do_not_serve(self):
        self.write(self.one, heads=heads_of([self.one.pk, self.two.pk]))
        self.write(self.one, self.two, heads=heads_of([self.one.pk]))
        self.assertEqual([len(chain) for chain in self.chains()], [6, 4])

    def test_the_heads_tell_whether_what_was_asked_finds_a_row(self):
        entries = LogEntry.objects.filter(office=self.two)
        [head] = heads_of([self.one.pk], there=entries, not_there=entries.filter(act="z"))
        self.assertEqual((head.there, head.not_there), (True, False))


class EntryTests(TestCase):
    def test_what_is_written_in_simulated_time_says_so(self):
        office = make_office()
        with clock.at(datetime(2026, 1, 1)), transaction.atomic():
            marked = write_entry(
                office_id=office.pk, actor=None, act="x", subject=office, body={}, now=clock.now()
            )
        plain = write_entry(
            office_id=office.pk, actor=None, act="x", subject=office, body={}, now=clock.now()
        )
        self.assertEqual([json.loads(entry.body).get("simulated") for entry in (marked, plain)], [True, None])
