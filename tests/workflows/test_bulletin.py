"""The bulletin by its rules: what it names, whose hands it goes through, how it is issued, and the answers."""

import json
from datetime import UTC, date, datetime

from django.test import TestCase
from django.utils import translation

from cases import files
from cases.errors import NoRight, NotReady, NotVisible, WrongState
from cases.models import Instrument, LogEntry, Measure, Notice, OfficeRules
from permissions import clock
from permissions.models import Role, UnitKind
from reports import bulletin as composing
from reports.documents import bulletin
from reports.models import Bulletin, Mention, MonthlyReport, ReportState
from reports.proof import digest
from reports.ranking import BASES
from tests.factories import make_measure, make_office, make_person, make_plan, make_unit, member
from tests.reports.issued import issue
from workflows import jobs
from workflows.door import perform
from workflows.models import Job, JobState

NOVEMBER, NOON = date(2026, 11, 1), datetime(2026, 11, 12, 12)


class BulletinCase(TestCase):
    """Three departments and two towns in November 2026: water met its date, roads and the first town did not."""

    @classmethod
    def setUpTestData(cls):
        cls.office = make_office()
        cls.plan = make_plan(cls.office, title="清河县2026年督查反馈问题整改方案", issued_on=date(2026, 7, 1))
        cls.water, cls.roads, cls.farms = (
            make_unit(cls.office, f"县{name}局") for name in ("水利", "交通", "农业")
        )
        cls.towns = [make_unit(cls.office, name, kind=UnitKind.TOWN) for name in ("东镇", "西镇")]
        met, missed, near = date(2026, 11, 5), date(2026, 10, 20), date(2026, 11, 16)
        cls.good = make_measure(cls.plan, lead=cls.water, checkpoints=[met], text="划定水源保护范围。")
        cls.good.checkpoints.update(met_on=date(2026, 11, 1))
        Measure.objects.filter(pk=cls.good.pk).update(next_due_on=None)
        cls.bad = make_measure(cls.plan, lead=cls.roads, responsible=[cls.towns[0]], checkpoints=[missed])
        cls.near = make_measure(cls.plan, lead=cls.farms, responsible=[cls.towns[1]], checkpoints=[near])
        cls.clerk, cls.head, cls.leader = (
            member(cls.office, role) for role in (Role.OFFICE_CLERK, Role.OFFICE_HEAD, Role.LEADER)
        )
        with clock.at(datetime(2026, 11, 1, 8)):
            cls.period = perform(cls.plan.pk, "open_period", actor=cls.clerk, month=NOVEMBER).subject
        cls.file(cls.water, datetime(2026, 11, 9, 9))
        cls.file(cls.farms, datetime(2026, 11, 11, 9))
        with clock.at(NOON):
            cls.bulletin = perform(cls.period.pk, "compose_bulletin", actor=cls.clerk).subject

    @classmethod
    def file(cls, unit, at):
        filing = cls.period.filings.get(unit=unit)
        rows = [
            {"measure": pk, "progress": "推进中。"} for pk in unit.duties.values_list("measure", flat=True)
        ]
        with clock.at(at):
            perform(filing.pk, "submit_filing", actor=member(unit, Role.HANDLER), rows=rows)
            perform(filing.pk, "approve_filing", actor=member(unit, Role.UNIT_HEAD))

    def setUp(self):
        self.enterContext(translation.override("en"))
        self.enterContext(clock.at(NOON))

    def do(self, act, actor, pk=None, **data):
        return perform(pk or self.bulletin.pk, act, actor=actor, **data).subject

    def fresh(self):
        return Bulletin.objects.get(pk=self.bulletin.pk)

    def sign(self):
        self.do("submit_bulletin", self.clerk)
        self.do("review_bulletin", self.head)
        self.do("sign_bulletin", self.leader)
        return Job.objects.get(key=f"bulletin:{self.bulletin.pk}")

    def snapshot(self):
        return composing.snapshot(self.fresh())


class SnapshotTests(BulletinCase):
    def test_departments_and_towns_are_ranked_apart(self):
        found = {
            ranking["key"]: [(row["place"], row["unit"]) for row in ranking["rows"]]
            for ranking in self.snapshot()["rankings"]
        }
        self.assertEqual(
            found,
            {
                # On schedule are water and farms; water filed on time, farms late.
                "departments": [(1, "县水利局"), (2, "县农业局"), (3, "县交通局")],
                "towns": [(1, "西镇"), (2, "东镇")],
            },
        )

    def test_the_office_decides_which_rate_ranks(self):
        rules = OfficeRules.objects.create(office=self.office)
        table = {
            "COMPLETED": [(1, "县水利局"), (2, "县交通局"), (2, "县农业局")],
            # The date of farms is still to come.
            "ON_TIME": [(1, "县水利局"), (2, "县交通局"), (None, "县农业局")],
            "CLOSED_OUT": [(1, "县水利局"), (2, "县交通局"), (2, "县农业局")],
        }
        for ranked_by, places in table.items():
            OfficeRules.objects.filter(pk=rules.pk).update(ranked_by=ranked_by)
            snapshot = self.snapshot()
            rows = snapshot["rankings"][0]["rows"]
            with self.subTest(ranked_by):
                self.assertEqual([(row["place"], row["unit"]) for row in rows], places)
                self.assertIn(BASES[ranked_by].formula, snapshot["basis"])
                self.assertIn(snapshot["ranked_by"]["key"], {figure["key"] for figure in snapshot["figures"]})
                self.assertEqual(
                    bulletin.ranking_tables(snapshot)[0]["rows"][1]["deciding"].split()[0], "0/1"
                )

    def test_each_rate_keeps_its_two_counts(self):
        [first, *_others] = self.snapshot()["rankings"][0]["rows"]
        self.assertEqual(first["on_schedule"], {"part": 1, "whole": 1, "percent": "100.0"})
        self.assertEqual(first["filed_on_time"], {"part": 1, "whole": 1, "percent": "100.0"})

    def test_red_and_yellow_lists_by_the_lights_of_the_day(self):
        snapshot = self.snapshot()
        rows = {
            name: [(row["id"], row["units"], row["days"]) for row in snapshot[name]]
            for name in ("red", "yellow")
        }
        self.assertEqual(
            rows, {"red": [(self.bad.pk, ["县交通局"], 23)], "yellow": [(self.near.pk, ["县农业局"], 4)]}
        )

    def test_reasons_are_asked_for_only_where_there_is_something_to_explain(self):
        asked = composing.draft_texts(self.period)["requirements"]
        self.assertIn("红灯措施的责任单位要逐项查明原因", asked)
        self.assertIn("迟报、未报的单位要说明原因", asked)
        Measure.objects.filter(pk=self.bad.pk).update(next_due_on=None)
        self.period.filings.update(punctuality="ON_TIME", filed_at=datetime(2026, 11, 9, 9, tzinfo=UTC))
        with clock.at(NOON):
            asked = composing.draft_texts(self.period)["requirements"]
        self.assertNotIn("说明原因", asked)
        self.assertNotIn("红灯", asked)

    def test_pages_say_that_units_may_still_file(self):
        early = datetime(2026, 11, 2, 9)
        self.period.filings.update(state="DRAFT", filed_at=None, punctuality="")
        with clock.at(early):
            self.client.force_login(self.clerk)
            pages = [self.client.get(f"/bulletins/{self.bulletin.pk}/submit/")]
            self.do("submit_bulletin", self.clerk)
            pages.append(self.client.get(f"/bulletins/{self.bulletin.pk}/"))
            self.client.force_login(self.head)
            pages.append(self.client.get(f"/bulletins/{self.bulletin.pk}/review/"))
        for page, words in zip(pages, ("仍可按时报送", "未到截止时间", "仍可按时报送"), strict=True):
            self.assertContains(page, words)

    def test_every_figure_is_a_part_of_its_rows(self):
        snapshot = self.snapshot()
        for figure in snapshot["figures"]:
            rows = [row for row in snapshot["rows"] if figure["key"] in row["is"]]
            filed = {"filed_on_time": "ON_TIME", "filed_late": "LATE", "not_filed": "MISSING"}.get(
                figure["key"]
            )
            late = [row for row in snapshot["filings"] if row["status"] == filed]
            with self.subTest(figure=figure["key"]):
                self.assertEqual(figure["part"], len(late if filed else rows))
                self.assertEqual(figure["whole"], len(snapshot["filings"] if filed else snapshot["rows"]))

    def test_who_is_named_and_for_what(self):
        self.do("edit_bulletin", self.clerk, chosen={"good": [self.good.pk], "bad": [self.bad.pk]})
        named = {row["unit"]: row["reasons"] for row in self.snapshot()["mentions"]}
        self.assertEqual(
            named,
            {
                "县交通局": ["LAST", "RED", "BAD", "MISSING"],
                "东镇": ["LAST", "MISSING"],
                "西镇": ["MISSING"],
                "县农业局": ["YELLOW", "LATE"],
                "县水利局": ["GOOD"],
            },
        )

    def test_a_case_stands_beside_what_the_record_knows_of_it(self):
        chosen = {"good": [self.good.pk], "bad": [self.bad.pk]}
        self.do("edit_bulletin", self.clerk, chosen=chosen)
        self.do("edit_bulletin", self.clerk, texts={"good": {self.good.pk: "早动手。"}})
        cases = self.snapshot()["cases"]
        self.assertEqual(cases["good"][0]["facts"][0], "时限2026年11月5日，2026年11月1日提前4天完成。")
        self.assertEqual(cases["good"][0]["words"], "早动手。")
        self.assertEqual(cases["bad"][0]["facts"][0], "时限2026年10月20日，逾期23天未完成。")

    def test_statements_do_not_grow_with_measures_and_units(self):
        def chosen(*measures):
            self.do("edit_bulletin", self.clerk, chosen={"good": [m.pk for m in measures], "bad": []})
            return self.fresh()

        first = chosen(self.good)
        with self.assertNumQueries(STATEMENTS):
            composing.snapshot(first)
        more = [make_measure(self.plan, lead=make_unit(self.office)) for _number in range(4)]
        second = chosen(self.good, *more)
        with self.assertNumQueries(STATEMENTS):
            composing.snapshot(second)


STATEMENTS = 21


class LadderTests(BulletinCase):
    def instrument(self, at, number, unit=None):
        return Instrument.objects.create(
            office=self.office,
            kind="BULLETIN",
            state="ISSUED",
            cause_kind="CHECKPOINT",
            cause=f"CHECKPOINT:{number}:2026-10-20",
            rung=15,
            measure=self.bad,
            unit=unit or self.roads,
            due_on=date(2026, 10, 20),
            document_number=f"清整改办通报〔2026〕{number}号",
            proposed_at=at,
            issued_at=at,
        )

    def test_whom_the_ladder_named_stands_in_it_with_the_instrument(self):
        self.instrument(clock.now(), 1)
        snapshot = self.snapshot()
        [row] = snapshot["named"]
        self.assertEqual(
            (row["unit"], row["document_number"][-8:], row["days"]), ("县交通局", "〔2026〕1号", 23)
        )
        self.assertIn("LADDER", {m["unit"]: m["reasons"] for m in snapshot["mentions"]}["县交通局"])

    def test_each_instrument_is_named_in_one_month_only(self):
        self.instrument(clock.now(), 1)
        self.do("submit_bulletin", self.clerk)
        with clock.at(datetime(2026, 12, 2, 9)):
            later = self.instrument(clock.now(), 2)
            period = perform(self.plan.pk, "open_period", actor=self.clerk, month=date(2026, 12, 1)).subject
            following = perform(period.pk, "compose_bulletin", actor=self.clerk).subject
            named = composing.snapshot(following)["named"]
        self.assertEqual([row["document_number"] for row in named], [later.document_number])

    def test_another_plan_is_another_matter(self):
        other = make_measure(make_plan(self.office), lead=self.roads)
        Instrument.objects.filter(pk=self.instrument(clock.now(), 1).pk).update(measure=other)
        self.assertEqual(self.snapshot()["named"], [])


class ComposeTests(BulletinCase):
    def test_a_second_bulletin_of_the_month_is_refused(self):
        with self.assertRaisesMessage(NotReady, "exists already"):
            self.do("compose_bulletin", self.clerk, self.period.pk)

    def test_no_case_is_good_and_bad_or_of_another_plan(self):
        foreign = make_measure(make_plan(self.office)).pk
        for chosen, message in (
            ({"good": [self.bad.pk], "bad": [self.bad.pk]}, "either a good case or a bad one"),
            ({"good": [foreign]}, "no longer part of the plan"),
        ):
            with self.subTest(chosen=chosen), self.assertRaisesMessage(NotReady, message):
                self.do("edit_bulletin", self.clerk, chosen=chosen)

    def test_words_on_a_measure_that_is_no_case_any_more_go(self):
        self.do("edit_bulletin", self.clerk, chosen={"good": [self.good.pk]})
        self.do(
            "edit_bulletin",
            self.clerk,
            texts={"good": {self.good.pk: "好。", self.bad.pk: "?"}, "opening": "开。"},
        )
        self.assertEqual(self.fresh().texts["good"], {str(self.good.pk): "好。"})
        self.do("edit_bulletin", self.clerk, chosen={"good": []})
        self.assertEqual((self.fresh().texts["good"], self.fresh().texts["opening"]), ({}, "开。"))


class WayTests(BulletinCase):
    def test_wrong_hands_and_wrong_states(self):
        table = [
            ("submit_bulletin", self.head, NoRight),
            ("review_bulletin", self.head, WrongState),
            ("sign_bulletin", self.leader, WrongState),
            ("sign_bulletin", self.head, NoRight),
            ("edit_bulletin", make_person(Role.AUDITOR, self.office), NoRight),
            ("issue_bulletin", self.leader, NoRight),  # only the worker issues
            ("revise_bulletin", self.clerk, WrongState),
        ]
        for act, actor, refusal in table:
            with self.subTest(act=act, actor=actor), self.assertRaises(refusal):
                self.do(act, actor, texts={}, pdf=1)

    def test_refused_by_the_leader_it_goes_round_again_as_the_next_version(self):
        self.do("submit_bulletin", self.clerk)
        self.do("review_bulletin", self.head)
        refused = self.do("refuse_bulletin", self.leader, reason="典型不够典型。")
        self.assertEqual((refused.state, refused.version, refused.digest), (ReportState.DRAFT, 2, ""))
        self.sign()
        self.assertEqual(self.fresh().state, ReportState.SIGNED)

    def test_all_sign_the_digest_that_froze_when_it_left_the_clerk(self):
        self.sign()
        bulletin = self.fresh()
        self.assertEqual(bulletin.digest, digest(bulletin.snapshot))
        entries = LogEntry.objects.filter(act__in=["submit_bulletin", "review_bulletin", "sign_bulletin"])
        self.assertEqual({json.loads(entry.body)["digest"] for entry in entries}, {bulletin.digest})


class IssueTests(BulletinCase):
    def test_a_worker_killed_after_numbering_leaves_one_bulletin_and_every_unit_is_told_once(self):
        job = self.sign()
        perform(self.bulletin.pk, "number_bulletin", actor=None)
        numbered = self.fresh()
        jobs.execute(job.pk)
        Job.objects.filter(pk=job.pk).update(state=JobState.QUEUED)
        jobs.execute(job.pk)  # delivered twice
        issued = self.fresh()
        self.assertEqual(
            (issued.state, issued.document_number, issued.issue),
            (ReportState.ISSUED, numbered.document_number, numbered.issue),
        )
        pdf = files.read(issued.pdf)
        self.assertTrue(pdf.startswith(b"%PDF-") and issued.digest.encode() in pdf)
        entry = LogEntry.objects.get(act="issue_bulletin")
        self.assertEqual(json.loads(entry.body)["files"], {"pdf": issued.pdf.sha256})
        self.assertEqual(
            {mention.unit.name: mention.reasons for mention in issued.mentions.all()},
            {one["unit"]: one["reasons"] for one in json.loads(issued.snapshot)["mentions"]},
        )
        told = Notice.objects.filter(kind="issue_bulletin", person=member(self.roads, Role.HANDLER))
        self.assertEqual(told.count(), 1)

    def test_report_and_bulletin_draw_from_one_series_of_numbers(self):
        report = perform(self.period.pk, "compose_report", actor=self.clerk).subject
        issue(report, clerk=self.clerk, head=self.head, leader=self.leader)
        self.sign()
        perform(self.bulletin.pk, "number_bulletin", actor=None)
        self.assertEqual(MonthlyReport.objects.get().document_number[-3:], "〕1号")
        self.assertEqual(self.fresh().document_number[-3:], "〕2号")


class AnswerTests(BulletinCase):
    def setUp(self):
        super().setUp()
        self.sign()
        perform(self.bulletin.pk, "number_bulletin", actor=None)
        pdf = files.store(self.office.pk, b"%PDF-", "application/pdf")
        perform(self.bulletin.pk, "issue_bulletin", actor=None, pdf=pdf.pk)
        self.mention = Mention.objects.get(unit=self.roads)

    def test_the_unit_signs_for_it_and_answers(self):
        handler, head = member(self.roads, Role.HANDLER), member(self.roads, Role.UNIT_HEAD)
        self.do("receive_mention", handler, self.mention.pk)
        answered = self.do("answer_mention", head, self.mention.pk, answer="已调整工期。")
        self.assertEqual(
            (answered.received_by, answered.answered_by, answered.answer), (handler, head, "已调整工期。")
        )
        with self.assertRaisesMessage(NotReady, "signed for this bulletin already"):
            self.do("receive_mention", handler, self.mention.pk)

    def test_an_answer_signs_for_it(self):
        answered = self.do("answer_mention", member(self.roads, Role.HANDLER), self.mention.pk, answer="好。")
        self.assertIsNotNone(answered.received_at)

    def test_nobody_answers_for_another_unit(self):
        for person, refusal in ((member(self.water, Role.HANDLER), NotVisible), (self.clerk, NoRight)):
            with self.subTest(person=person), self.assertRaises(refusal):
                self.do("answer_mention", person, self.mention.pk, answer="x")

    def test_a_correction_keeps_cases_and_asks_anew(self):
        second = self.do("revise_bulletin", self.clerk, reason="更正")
        self.assertEqual(
            (second.revision, second.replaces_id, second.texts), (2, self.bulletin.pk, self.fresh().texts)
        )
        self.bulletin = second
        self.sign()
        perform(second.pk, "number_bulletin", actor=None)
        pdf = files.store(self.office.pk, b"%PDF-2", "application/pdf")
        perform(second.pk, "issue_bulletin", actor=None, pdf=pdf.pk)
        with self.assertRaises(WrongState):
            self.do("answer_mention", member(self.roads, Role.HANDLER), self.mention.pk, answer="晚了。")
        self.assertEqual(json.loads(self.fresh().snapshot)["replaces"]["document_number"][-3:], "〕1号")
