"""A later version of the plan's document: read, compared, accepted row by row, applied at once."""

import json
import re
from datetime import datetime

from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import IntegrityError, connection, transaction
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import translation

from cases.errors import BadFile, NoRight, NotReady, NotVisible, Stale
from cases.filters import asked
from cases.intake.amend import plain
from cases.intake.units import accept
from cases.models import Checkpoint, ImportDraft, LogEntry, Measure, Plan, PlanRevision, Round, SignOff
from cases.states import MeasureState
from permissions import clock
from permissions.models import Role, Unit
from reports import figures
from reports.facts import facts_of
from tests.factories import (
    day,
    make_evidence,
    make_office,
    make_person,
    make_plan,
    make_progress,
    member,
)
from tests.workflows.test_import import TEXT, ImportCase, accepted, read
from workflows import desk
from workflows.amendment import Comparison
from workflows.door import perform
from workflows.integrity import check_office
from workflows.record import digest_of

S = MeasureState
LATER = TEXT.replace("的通知", "（修订）的通知")
CLAUSE = (
    "〔牵头单位：县水利局；责任单位：各乡镇党委和政府；整改时限：2026年6月30日前取得阶段性成效，长期坚持〕"
)
RENEW = (
    "（2）更新老旧管网。\n〔牵头单位：县水利局、县发展改革局；责任单位：县财政局，县水利局；"
    "整改时限：2026年6月30日、12月31日前〕\n"
)
LIBRARY = "（1）完善项目库。\n〔牵头单位：县发展和改革局；责任单位：县财政局；整改时限：2026年3月31日前〕\n"
HIDDEN = re.compile(r'<input type="hidden" name="(row_version|key|plan_version)" value="([^"]*)"')


class AmendCase(ImportCase):
    """An issued plan of two problems and four measures, read from ``TEXT``; the first measure is being rectified."""

    @classmethod
    def setUpTestData(cls):
        super().setUpTestData()
        cls.head = make_person(Role.OFFICE_HEAD, cls.office)
        with clock.at(datetime(2026, 5, 25, 9, 0)):
            draft = read(cls.office, cls.clerk)
            cls.plan = perform(draft.pk, "confirm_import", actor=cls.clerk, units=accepted(draft)).subject
            perform(cls.plan.pk, "issue_plan", actor=cls.head)
            cls.handler = make_person(Role.HANDLER, cls.water)
            cls.first, cls.second, cls.third, cls.fourth = cls.plan.measures.order_by("order")
            perform(cls.first.pk, "claim", actor=cls.handler)
        for row in (cls.plan, cls.first):
            row.refresh_from_db()

    def setUp(self):
        self.enterContext(clock.at(datetime(2026, 6, 15, 9, 0)))
        self.enterContext(translation.override("en"))

    def amend(self, text, actor=None):
        data = {"file_name": "修订.txt", "data": text.encode()}
        return perform(self.plan.pk, "read_amendment", actor=actor or self.clerk, **data).subject

    def kinds(self, draft):
        changes = Comparison(draft, Plan.objects.get(pk=self.plan.pk)).changes
        return {change.id: "+".join(change.kinds) for change in changes if change.kinds}

    def apply(self, draft, rows=None, *, actor=None, **data):
        """Accept ``rows`` (all of them by default) with the units as proposed."""
        found = Comparison(draft, Plan.objects.get(pk=self.plan.pk))
        data = {
            "units": accept(found.matches),
            "accepted": found.acceptable if rows is None else rows,
            **data,
        }
        revision = perform(draft.pk, "apply_amendment", actor=actor or self.clerk, **data).subject
        for measure in (self.first, self.second, self.third, self.fourth, self.plan):
            measure.refresh_from_db()
        return revision

    def change(self, old, new):
        self.assertIn(old, LATER)
        return self.amend(LATER.replace(old, new))

    def last_said(self, measure):
        entry = measure.trail.order_by("-sequence").first()
        return entry.act, json.loads(entry.body)


class ReadTests(AmendCase):
    def test_a_later_version_is_read_beside_the_plan_and_changes_nothing(self):
        draft = self.amend(LATER)
        self.assertEqual((draft.amends, draft.plan), (self.plan, None))
        self.assertEqual(self.kinds(draft), {})
        self.assertEqual(LogEntry.objects.order_by("-sequence").first().act, "read_amendment")
        self.assertEqual((Plan.objects.count(), Measure.objects.count()), (1, 4))

    def test_it_cannot_be_confirmed_as_a_plan_of_its_own(self):
        draft = self.amend(LATER)
        with self.assertRaisesMessage(NotReady, "later version"):
            perform(draft.pk, "confirm_import", actor=self.clerk, units={})
        own = read(self.office, self.clerk, LATER)
        with self.assertRaisesMessage(NotReady, "a plan of its own"):
            perform(own.pk, "apply_amendment", actor=self.clerk, accepted=[], units={})

    def test_what_cannot_be_read_leaves_nothing_behind(self):
        with self.assertRaises(BadFile):
            self.amend("天气很好。")
        self.assertFalse(ImportDraft.objects.filter(amends=self.plan).exists())

    def test_problems_registered_one_at_a_time_have_no_document(self):
        standing = make_plan(self.office, kind="STANDING")
        with self.assertRaisesMessage(NotReady, "no document"):
            perform(standing.pk, "read_amendment", actor=self.clerk, file_name="a.txt", data=LATER.encode())

    def test_clerk_and_head_of_the_office_may_and_nobody_else(self):
        self.amend(LATER, self.head)
        for person in (self.handler, member(self.office, Role.LEADER), member(self.office, Role.AUDITOR)):
            with self.assertRaises(NoRight):
                self.amend(LATER, person)
        with self.assertRaises(NotVisible):
            self.amend(LATER, make_person(Role.OFFICE_CLERK, make_office()))


class TextTests(AmendCase):
    def test_new_words_replace_the_old_and_everything_done_stays(self):
        entry = make_progress(self.first, self.water)
        evidence = make_evidence(self.first, self.water)
        draft = self.change("全面排查供水管网，建立问题清单。", "全面排查供水管网，建立问题清单和责任清单。")
        self.assertEqual(self.kinds(draft), {f"m{self.first.pk}": "TEXT"})
        version = self.first.row_version
        self.apply(draft)
        self.assertEqual(self.first.text, "全面排查供水管网，建立问题清单和责任清单。")
        self.assertEqual((self.first.state, self.first.row_version), (S.RECTIFYING, version + 1))
        self.assertEqual((self.first.progress.get(), self.first.evidence.get()), (entry, evidence))
        self.assertEqual(self.first.rounds.get().closed_at, None)

    def test_the_trail_says_before_and_after_and_names_the_document(self):
        draft = self.change("建立问题清单。", "建立问题清单和台账。")
        revision = self.apply(draft)
        act, body = self.last_said(self.first)
        self.assertEqual((act, body["after"]), ("amend_measure", digest_of(self.first)))
        words = "全面排查供水管网，建立问题清单"
        self.assertEqual(body["changed"], {"text": [f"{words}。", f"{words}和台账。"]})
        self.assertIn("《青山县2026年度巡察反馈问题整改方案》 2026-05-20", body["document"])
        self.assertEqual(revision.changes[0]["before"], {"text": f"{words}。"})
        self.assertEqual(check_office(self.office).wrong, [])

    def test_the_plan_counts_the_revision_and_the_record_has_one_entry_for_it(self):
        version = self.plan.row_version
        revision = self.apply(self.change("建立问题清单。", "建立问题清单和台账。"))
        self.assertEqual((revision.number, self.plan.revision, self.plan.row_version), (2, 2, version + 1))
        last = LogEntry.objects.order_by("-sequence").first()
        self.assertEqual(
            (last.act, last.object_type, last.object_id), ("apply_amendment", "planrevision", revision.pk)
        )
        self.assertEqual(json.loads(last.body)["changes"], {"TEXT": 1})

    def test_what_is_not_accepted_stays(self):
        draft = self.amend(
            LATER.replace("建立问题清单。", "建立问题清单和台账。").replace(
                "完善项目库。", "完善项目库和专家库。"
            )
        )
        self.apply(draft, [f"m{self.third.pk}"])
        self.assertEqual(
            (self.first.text, self.third.text), ("全面排查供水管网，建立问题清单。", "完善项目库和专家库。")
        )

    def test_the_words_of_a_problem_change_with_its_own_row(self):
        problem = self.plan.problems.first()
        draft = self.change("部分村组季节性缺水", "多数村组季节性缺水")
        self.assertEqual(Comparison(draft, self.plan).acceptable, [f"p{problem.pk}"])
        self.apply(draft)
        problem.refresh_from_db()
        self.assertIn("多数村组", problem.text)

    def test_applied_again_the_document_has_nothing_left_to_say(self):
        text = LATER.replace("建立问题清单。", "建立问题清单和台账。").replace(
            "长期坚持〕\n（2）", "2027年6月30日前〕\n（2）"
        )
        text = text.replace(
            LIBRARY, "（1）开展业务培训。\n〔牵头单位：县教育局；整改时限：2026年9月30日前〕\n"
        )
        self.apply(self.amend(text))
        self.assertEqual(self.kinds(self.amend(text)), {})


class DateTests(AmendCase):
    def later(self, clause="2026年9月30日前取得阶段性成效，长期坚持"):
        return self.change(CLAUSE, CLAUSE.replace("2026年6月30日前取得阶段性成效，长期坚持", clause))

    def dates(self, measure):
        rows = Checkpoint.with_superseded.filter(measure=measure).order_by("original_due_on")
        return [(f"{c.original_due_on}", f"{c.due_on}", c.superseded_on is not None) for c in rows]

    def test_a_changed_date_supersedes_the_old_step_and_is_no_extension(self):
        draft = self.later()
        self.assertEqual(self.kinds(draft), {f"m{self.first.pk}": "DATES"})
        self.apply(draft)
        self.assertEqual(
            self.dates(self.first),
            [("2026-06-30", "2026-06-30", True), ("2026-09-30", "2026-09-30", False)],
        )
        self.assertEqual(
            Checkpoint.with_superseded.get(measure=self.first, superseded_on=clock.today()).due_on,
            day("2026-06-30"),
        )
        self.assertEqual(self.first.next_due_on, day("2026-09-30"))
        self.assertEqual(self.first.deadline_text, "2026年9月30日前取得阶段性成效，长期坚持")
        self.assertEqual(self.last_said(self.first)[1]["changed"]["dates"], [["2026-06-30"], ["2026-09-30"]])

    def test_overdue_goes_by_the_new_date(self):
        self.apply(self.later())
        table = [("2026-07-01", False), ("2026-09-30", False), ("2026-10-01", True)]
        for today, overdue in table:
            [facts] = facts_of(Measure.objects.filter(pk=self.first.pk))
            with self.subTest(today):
                self.assertEqual(facts.is_overdue(day(today)), overdue)
                self.assertEqual(facts.is_overdue_on_original(day(today)), overdue)

    def test_the_kept_next_date_is_what_the_checkpoints_say(self):
        self.apply(self.later())
        for measure in self.plan.measures.select_related("plan"):
            kept = measure.next_due_on
            measure.refresh_next_due(measure.checkpoints.all())
            self.assertEqual(measure.next_due_on, kept)

    def test_a_step_that_was_met_stays(self):
        met = self.second.checkpoints.get(due_on=day("2026-06-30"))
        Checkpoint.objects.filter(pk=met.pk).update(met_on=day("2026-06-10"))
        self.apply(self.change("整改时限：2026年6月30日、12月31日前", "整改时限：2026年10月31日前"))
        self.assertEqual(
            self.dates(self.second),
            [
                ("2026-06-30", "2026-06-30", False),
                ("2026-10-31", "2026-10-31", False),
                ("2026-12-31", "2026-12-31", True),
            ],
        )
        self.assertEqual(self.second.next_due_on, day("2026-10-31"))

    def test_what_the_unit_reported_of_the_step_still_holds(self):
        self.first.checkpoints.update(reported_on=day("2026-06-12"))
        self.apply(self.later())
        self.assertEqual(self.first.checkpoints.get().reported_on, day("2026-06-12"))

    def test_an_extension_is_no_change_of_the_document(self):
        self.first.checkpoints.update(due_on=day("2026-08-31"))
        self.assertEqual(self.kinds(self.amend(LATER)), {})

    def test_the_original_date_of_a_step_is_still_refused_by_the_database(self):
        self.apply(self.later())
        for row in Checkpoint.with_superseded.filter(measure=self.first):
            with self.assertRaises(IntegrityError), transaction.atomic():
                Checkpoint.with_superseded.filter(pk=row.pk).update(original_due_on=day("2027-01-01"))

    def test_the_plan_ends_with_its_last_date(self):
        self.apply(self.later("2027年3月31日前"))
        self.assertEqual(self.plan.ends_on, day("2027-03-31"))


class UnitTests(AmendCase):
    def test_a_new_lead_must_claim_and_the_measure_keeps_its_state(self):
        draft = self.change(CLAUSE, CLAUSE.replace("县水利局；", "县水利局、县住建局；"))
        self.assertEqual(self.kinds(draft), {f"m{self.first.pk}": "UNITS"})
        self.apply(draft)
        claims = {d.unit.name: d.claimed_at is not None for d in self.first.duties.filter(role="LEAD")}
        self.assertEqual((claims, self.first.state), ({"县水利局": True, "县住建局": False}, S.RECTIFYING))
        perform(self.first.pk, "claim", actor=make_person(Role.HANDLER, Unit.objects.get(name="县住建局")))
        self.assertFalse(self.first.duties.filter(role="LEAD", claimed_at=None).exists())

    def test_a_later_lead_has_it_to_claim_on_the_desk_with_a_clock_of_its_own(self):
        self.apply(self.change(CLAUSE, CLAUSE.replace("县水利局；", "县水利局、县住建局；")))
        later = make_person(Role.HANDLER, Unit.objects.get(name="县住建局"))
        waits = {"claim": [(self.first.pk, "claim", day("2026-06-18"))], "report": []}
        self.assertEqual(self.desk(later), waits)
        self.assertIn((self.first.pk, "claim", day("2026-06-18")), self.desk(self.clerk)["claim"])
        self.assertIn((self.first.pk, "enter_progress", day("2026-06-30")), self.desk(self.handler)["report"])
        self.assertEqual(
            self.last_said(self.first)[1]["changed"]["claim_due_on"], ["2026-05-28", "2026-06-18"]
        )
        perform(self.first.pk, "claim", actor=later)
        self.assertEqual(self.desk(later)["claim"], [])
        self.assertEqual([item[1] for item in self.desk(later)["report"]], ["enter_progress"])

    def test_a_unit_that_is_gone_leaves_a_past_duty_and_its_dispute_is_over(self):
        self.first.duties.update(claimed_at=None)
        Measure.objects.filter(pk=self.first.pk).update(state=S.ISSUED)
        perform(self.first.pk, "raise_dispute", actor=self.handler, reason="不属我局职责")
        self.apply(self.change(CLAUSE, CLAUSE.replace("县水利局；", "县住建局；")))
        self.first.refresh_from_db()
        past = self.first.past_duties.get()
        self.assertEqual(
            (past.unit.name, past.ended_by, self.first.state), ("县水利局", self.clerk, S.ISSUED)
        )
        self.assertEqual(self.first.disputes.get().outcome, "REASSIGNED")

    def test_the_count_of_claimed_measures_and_the_ledger_know_of_the_later_lead(self):
        self.apply(self.change(CLAUSE, CLAUSE.replace("县水利局；", "县水利局、县住建局；")))
        later = make_person(Role.HANDLER, Unit.objects.get(name="县住建局"))

        def claimed():
            facts = facts_of(Measure.objects.filter(plan=self.plan))
            return {f.key: f.part for f in figures.figures(facts, today=clock.today())}["claimed"]

        def listed():
            found = asked(Measure.objects.all(), {"only": "unclaimed"}, today=clock.today())
            return set(found.values_list("pk", flat=True))

        every = {m.pk for m in (self.first, self.second, self.third, self.fourth)}
        self.assertEqual((claimed(), listed()), (0, every))
        perform(self.first.pk, "claim", actor=later)
        self.assertEqual((claimed(), listed()), (1, every - {self.first.pk}))

    def test_a_unit_that_left_and_no_later_lead_leave_the_claim_clock_alone(self):
        due = self.first.claim_due_on
        self.apply(self.change(CLAUSE, CLAUSE.replace("各乡镇党委和政府", "县财政局")))
        self.assertEqual(self.first.claim_due_on, due)

    def desk(self, person):
        queues = desk.queues(person, today=clock.today())
        items = {name: [(i.pk, i.step, i.due_on) for i in queue.items] for name, queue in queues.items()}
        return {name: items[name] for name in (desk.CLAIM, desk.REPORT)}

    def test_a_unit_that_is_gone_loses_its_duty_and_sight_at_once(self):
        town = make_person(Role.HANDLER, self.towns[0])
        make_progress(self.first, self.towns[0])
        self.apply(self.change(CLAUSE, CLAUSE.replace("各乡镇党委和政府", "县财政局")))
        names = [duty.unit.name for duty in self.first.duties.order_by("order")]
        self.assertEqual(names, ["县水利局", "县财政局"])
        with self.assertRaises(NotVisible):
            perform(self.first.pk, "enter_progress", actor=town, progress="好")
        self.assertEqual(self.first.progress.count(), 1)
        changed = self.last_said(self.first)[1]["changed"]
        self.assertEqual(changed["responsible_units"], [["城关镇", "柳溪乡"], ["县财政局"]])

    def test_a_unit_that_a_later_version_names_again_asks_for_verification_anew(self):
        make_progress(self.first, self.water)
        make_evidence(self.first, self.water)
        perform(self.first.pk, "request_verification", actor=self.handler)
        self.apply(self.change(CLAUSE, CLAUSE.replace("县水利局；", "县住建局；")))
        self.assertFalse(SignOff.objects.filter(round__measure=self.first, withdrawn_at=None).exists())
        self.apply(self.amend(LATER))
        perform(self.first.pk, "claim", actor=self.handler)
        perform(self.first.pk, "request_verification", actor=make_person(Role.HANDLER, self.water))
        self.assertEqual(SignOff.objects.filter(round__measure=self.first).count(), 2)

    def test_where_only_a_unit_was_awaited_that_left_the_work_begins(self):
        perform(self.second.pk, "claim", actor=self.handler)
        self.assertEqual(Measure.objects.get(pk=self.second.pk).state, S.ISSUED)
        self.apply(
            self.change(
                "县水利局、县发展改革局；责任单位：县财政局，县水利局", "县水利局；责任单位：县财政局"
            )
        )
        self.assertEqual(self.second.state, S.RECTIFYING)
        self.assertEqual(self.last_said(self.second)[1]["to"], "RECTIFYING")

    def test_where_only_a_head_was_awaited_that_left_the_last_signer_has_reported_the_steps(self):
        second = self.second.pk
        people = {unit: (make_person(Role.HANDLER, unit), make_person(Role.UNIT_HEAD, unit)) for unit in (
            self.water, Unit.objects.get(name="县发展和改革局")
        )}  # fmt: skip
        for handler, _head in people.values():
            perform(second, "claim", actor=handler)
            perform(second, "enter_progress", actor=handler, progress="好")
        handler, head = people[self.water]
        make_evidence(self.second, self.water)
        perform(second, "request_verification", actor=handler)
        with clock.at(datetime(2026, 6, 16, 9, 0)):
            perform(second, "submit", actor=head)
        with clock.at(datetime(2026, 6, 20, 9, 0)):
            self.apply(self.change("县水利局、县发展改革局；", "县水利局；"))
        self.assertEqual(self.second.state, S.SUBMITTED)
        reported = self.second.checkpoints.values_list("reported_by", "reported_on", "reported_attempt")
        self.assertEqual(set(reported), {(head.pk, day("2026-06-16"), 1)})
        self.assertEqual(self.last_said(self.second)[1]["to"], "SUBMITTED")

    def test_another_spelling_of_the_unit_is_no_change(self):
        self.assertEqual(self.kinds(self.change("县水利局、县发展改革局", "县水利局、县发展和改革局")), {})

    def test_a_collective_to_which_nobody_belongs_yet_is_found_again_as_itself(self):
        text = LATER.replace(CLAUSE, CLAUSE.replace("各乡镇党委和政府", "各行业主管部门"))
        self.apply(self.amend(text))
        duty = self.first.duties.get(role="RESPONSIBLE")
        self.assertEqual((duty.group.name, duty.unit.name), ("各行业主管部门", "各行业主管部门"))
        self.assertEqual(self.kinds(self.amend(text)), {})

    def test_a_name_without_a_choice_is_refused_and_nothing_is_saved(self):
        draft = self.change(CLAUSE, CLAUSE.replace("县水利局；", "县住建局；"))
        with self.assertRaisesMessage(NotReady, "县住建局"):
            self.apply(draft, units={})
        self.assertFalse(PlanRevision.objects.exists() or Unit.objects.filter(name="县住建局").exists())


class DocumentTests(AmendCase):
    """What the later document says of the plan itself: its number and the rule for the monthly reports."""

    def later(self, rule="7月至9月，每月15日前向县整改办报送整改情况报告。", number="青整办〔2026〕8号"):
        text = LATER.replace("6月至12月，每月10日前报送整改情况报告至县整改办。", rule)
        text = text.replace("建立问题清单。", "建立问题清单和台账。")
        return self.amend(f"{number}\n{text}" if number else text)

    def rule(self):
        return (self.plan.reporting_months, self.plan.reporting_day, self.plan.reporting_recipient)

    def test_an_accepted_rule_holds_from_then_on(self):
        draft = self.later()
        found = Comparison(draft, self.plan)
        self.assertEqual(found.acceptable, ["reporting", f"m{self.first.pk}"])
        revision = self.apply(draft)
        self.assertEqual(self.rule(), ([7, 8, 9], 15, "县整改办"))
        [change] = [row for row in revision.changes if row["kind"] == ["REPORTING"]]
        self.assertEqual((change["before"]["day"], change["after"]["day"]), (10, 15))
        said = json.loads(LogEntry.objects.order_by("-sequence").first().body)["reporting"]
        self.assertEqual((said[0]["months"], said[1]["months"]), ([6, 7, 8, 9, 10, 11, 12], [7, 8, 9]))
        self.assertEqual(Comparison(self.later(), self.plan).acceptable, [])

    def test_one_that_is_not_accepted_or_not_stated_changes_nothing(self):
        before = self.rule()
        self.apply(self.later(), [f"m{self.first.pk}"])
        self.assertEqual(self.rule(), before)
        self.assertIsNone(Comparison(self.later(rule=""), self.plan).reporting)
        self.assertIsNone(Comparison(self.amend(LATER), self.plan).reporting)

    def test_an_open_month_keeps_its_day_and_its_filings_and_the_next_follows_the_rule(self):
        june = perform(self.plan.pk, "open_period", actor=self.clerk, month=day("2026-07-01")).subject
        filings = list(june.filings.values())
        self.apply(self.later())
        june.refresh_from_db()
        self.assertEqual(f"{clock.local(june.due_at):%Y-%m-%d}", "2026-07-10")
        self.assertEqual(list(june.filings.values()), filings)
        with self.assertRaisesMessage(NotReady, "no report in this month"):
            perform(self.plan.pk, "open_period", actor=self.clerk, month=day("2026-10-01"))
        september = perform(self.plan.pk, "open_period", actor=self.clerk, month=day("2026-09-01")).subject
        self.assertEqual(f"{clock.local(september.due_at):%Y-%m-%d}", "2026-09-15")

    def test_the_plan_shows_the_latest_number_and_rule_with_all_versions(self):
        self.apply(self.later())
        self.apply(self.later_again())
        self.client.defaults["HTTP_ACCEPT_LANGUAGE"] = "en"
        self.client.force_login(self.clerk)
        page = self.client.get(self.plan.get_absolute_url())
        self.assertEqual(self.plan.document_number, "青整办〔2026〕9号")
        versions = page.context["versions"]
        self.assertEqual(
            [v.document_number for v in versions], ["青整办〔2026〕9号", "青整办〔2026〕8号", ""]
        )
        self.assertEqual(
            [dict(v.changes) for v in versions],
            [
                {"Document number": 1, "Wording changed": 1},
                {"Document number": 1, "Monthly filing due": 1, "Wording changed": 1},
                {},
            ],
        )
        self.assertContains(
            page, "day 15 of the months 7、8、9, to 县整改办", count=2
        )  # the fact, the version
        self.assertContains(page, "As it was issued")
        self.assertContains(page, self.plan.source.sha256)

    def later_again(self):
        text = LATER.replace(
            "6月至12月，每月10日前报送整改情况报告至县整改办。",
            "7月至9月，每月15日前向县整改办报送整改情况报告。",
        ).replace("项目库。", "项目库和清单。")
        text = text.replace("建立问题清单。", "建立问题清单和台账。")
        return self.amend(f"青整办〔2026〕9号\n{text}")

    def test_every_passage_that_is_kept_still_shows_what_it_stands_for(self):
        text = LATER.replace("建立问题清单。", "建立问题清单和台账。").replace(
            "县水利局、县发展改革局；", "县水利局、县发展和改革局、县教育局；"
        )
        text = text.replace("整改时限：2026年3月31日前", "整改时限：2026年9月30日前").replace(
            "部分村组", "村组"
        )
        self.apply(self.amend("青整办〔2026〕8号\n" + text))
        source, kept = self.plan.text, 0
        self.assertTrue(source.startswith("青山县关于印发"))
        rows = [(p.text, p) for p in self.plan.problems.all()]
        for measure in self.plan.measures.all():
            rows.append((measure.text, measure))
            rows += [(row.printed, row) for row in (*measure.duties.all(), *measure.checkpoints.all())]
        for words, row in rows:
            if row.start is not None:
                kept += 1
                with self.subTest(row=row):
                    self.assertIn(plain(words), plain(source[row.start : row.end]))
        self.assertGreater(kept, len(rows) // 2)
        self.assertEqual((self.first.start, self.third.checkpoints.get().start), (None, None))

    def test_what_the_page_says_of_the_rule(self):
        self.client.defaults["HTTP_ACCEPT_LANGUAGE"] = "en"
        self.client.force_login(self.clerk)
        page = self.client.get(self.later().get_absolute_url())
        [row] = page.context["sections"][0]["rows"]
        self.assertEqual((row["id"], row["is_checked"]), ("reporting", True))
        self.assertContains(page, "Months that are open keep their filing day")


class NewAndGoneTests(AmendCase):
    ADDED = "（2）组建应急送水队伍。\n〔牵头单位：县水利局；责任单位：县应急局；整改时限：2026年8月31日前〕\n"

    def with_added(self):
        return self.change("（2）更新老旧管网。", self.ADDED + "（3）更新老旧管网。")

    def test_a_new_measure_is_issued_with_its_round_and_claim_clock(self):
        draft = self.with_added()
        self.assertEqual(list(self.kinds(draft).values()), ["NEW"])
        self.apply(draft)
        new = Measure.objects.get(text__startswith="组建应急")
        self.assertEqual((new.state, new.number, new.order), (S.ISSUED, "（一）（2）", 2))
        self.assertEqual((new.rounds.count(), new.claim_due_on), (1, day("2026-06-18")))
        self.assertEqual([d.unit.name for d in new.duties.order_by("order")], ["县水利局", "县应急局"])
        self.assertEqual(new.next_due_on, day("2026-08-31"))
        act, body = self.last_said(new)
        self.assertEqual((act, body["after"]), ("add_measure", digest_of(new)))
        perform(new.pk, "claim", actor=self.handler)

    def test_the_others_take_the_numbers_of_the_document(self):
        self.apply(self.with_added())
        numbers = list(self.plan.measures.order_by("order").values_list("number", flat=True))
        self.assertEqual(numbers, ["（一）（1）", "（一）（2）", "（一）（3）", "（二）（1）", "（二）（2）"])
        self.assertEqual(
            self.last_said(self.second)[1]["changed"], {"number": ["（一）（2）", "（一）（3）"]}
        )

    def test_a_new_one_that_is_not_accepted_is_not_made(self):
        draft = self.amend(
            LATER.replace("（2）更新", self.ADDED + "（3）更新").replace("建立问题清单。", "建立台账。")
        )
        self.apply(draft, [f"m{self.first.pk}"])
        self.assertEqual(self.plan.measures.count(), 4)

    def test_a_new_problem_comes_with_its_first_measure(self):
        more = (
            "（三）财经纪律执行不严。存在超标准接待。\n整改措施：（1）开展专项审计。\n"
            "〔牵头单位：县审计局；整改时限：2026年9月30日前〕\n三、整改要求"
        )
        self.apply(self.change("三、整改要求", more))
        problem = self.plan.problems.last()
        self.assertEqual((problem.number, problem.label), (3, "（三）"))
        self.assertEqual(problem.measures.get().duties.get().unit.name, "县审计局")

    def test_a_new_measure_for_which_nobody_is_named_asks_for_a_unit(self):
        draft = self.change("（2）更新老旧管网。", "（2）组建应急送水队伍。\n（3）更新老旧管网。")
        with self.assertRaisesMessage(NotReady, "（一）（2）"):
            self.apply(draft)
        [place] = Comparison(draft, self.plan).nameless()
        self.apply(draft, assigned={place: self.water.pk})
        self.assertEqual(Measure.objects.get(text__startswith="组建").duties.get().unit, self.water)

    def test_a_measure_that_is_gone_is_withdrawn_with_the_document_as_reason(self):
        draft = self.change(RENEW, "")
        self.assertEqual(self.kinds(draft), {f"m{self.second.pk}": "GONE"})
        self.apply(draft)
        round_ = self.second.rounds.get()
        self.assertEqual(self.second.state, S.WITHDRAWN)
        self.assertEqual((round_.closed_by, round_.closed_at), (self.clerk, clock.now()))
        self.assertIn("整改方案", round_.close_out_note)
        act, body = self.last_said(self.second)
        self.assertEqual((act, body["reason"], body["to"]), ("withdraw", round_.close_out_note, "WITHDRAWN"))

    def test_no_figure_counts_what_was_withdrawn(self):
        self.apply(self.change(RENEW, ""))
        facts = facts_of(Measure.objects.filter(plan=self.plan))
        self.assertEqual({fact.pk for fact in facts}, {self.first.pk, self.third.pk, self.fourth.pk})
        self.assertEqual(self.client_page().context["measure_count"], 3)

    def client_page(self):
        self.client.force_login(self.clerk)
        return self.client.get(self.plan.get_absolute_url())

    def test_what_is_gone_stays_where_nobody_accepts_it(self):
        draft = self.amend(LATER.replace(RENEW, "").replace("建立问题清单。", "建立台账。"))
        self.apply(draft, [f"m{self.first.pk}"])
        self.assertEqual(self.second.state, S.ISSUED)

    def test_withdrawn_from_every_state_before_closing(self):
        for state in (S.ISSUED, S.RECTIFYING, S.SUBMITTED, S.VERIFIED):
            with self.subTest(state), transaction.atomic():
                Measure.objects.filter(pk=self.second.pk).update(state=state)
                self.apply(self.change(RENEW, ""))
                self.assertEqual(self.second.state, S.WITHDRAWN)
                transaction.set_rollback(True)

    def test_what_is_closed_out_stays_as_it_was_closed(self):
        Measure.objects.filter(pk=self.second.pk).update(state=S.CLOSED, closed_on=clock.today())
        for text in (LATER.replace(RENEW, ""), LATER.replace("更新老旧管网", "更新全部老旧管网")):
            draft = self.amend(text)
            self.assertEqual(Comparison(draft, self.plan).acceptable, [])
            with self.assertRaises(NotReady):
                self.apply(draft, [f"m{self.second.pk}"])

    def test_a_later_amendment_leaves_the_withdrawn_ones_in_their_place(self):
        self.apply(self.change(RENEW, ""))
        self.apply(self.amend(LATER.replace(RENEW, "").replace("完善项目库。", "完善项目库和专家库。")))
        orders = list(self.plan.measures.order_by("order").values_list("pk", flat=True))
        self.assertEqual(orders, [self.first.pk, self.second.pk, self.third.pk, self.fourth.pk])
        self.assertEqual(self.plan.revision, 3)

    def test_before_the_plan_is_issued_new_measures_wait_with_the_others(self):
        Round.objects.filter(measure__plan=self.plan).delete()
        Measure.objects.filter(plan=self.plan).update(state=S.DRAFT)
        Plan.objects.filter(pk=self.plan.pk).update(state="DRAFT", opened_at=None)
        self.apply(self.amend(LATER.replace(RENEW, self.ADDED)))
        perform(self.plan.pk, "issue_plan", actor=self.head)
        states = list(self.plan.measures.order_by("order").values_list("state", flat=True))
        self.assertEqual(sorted(states), [S.ISSUED] * 4 + [S.WITHDRAWN])


class DoorTests(AmendCase):
    def setUp(self):
        super().setUp()
        self.draft = self.change("建立问题清单。", "建立台账。")

    def test_applied_twice_it_is_the_same_revision(self):
        first = self.apply(self.draft)
        count = LogEntry.objects.filter(measure=self.first).count()
        again = perform(self.draft.pk, "apply_amendment", actor=self.clerk, accepted=[], units={})
        self.assertEqual((again.subject, PlanRevision.objects.count()), (first, 1))
        self.assertEqual(LogEntry.objects.filter(measure=self.first).count(), count)

    def test_a_plan_that_was_amended_meanwhile_is_refused_by_the_name_of_who_did(self):
        seen = self.plan.row_version
        other = self.change("完善项目库。", "完善项目库和专家库。")
        self.apply(other, actor=self.head)
        with self.assertRaisesMessage(Stale, self.head.name):
            self.apply(self.draft, plan_version=seen)

    def test_rows_that_are_none_are_refused(self):
        with self.assertRaises(NotReady):
            self.apply(self.draft, ["m999999"])
        with self.assertRaisesMessage(NotReady, "at least one"):
            self.apply(self.draft, [])

    def test_the_right_and_the_scope(self):
        for role, error in ((Role.LEADER, NoRight), (Role.AUDITOR, NoRight)):
            with self.assertRaises(error):
                self.apply(self.draft, actor=member(self.office, role))
        for stranger in (self.handler, make_person(Role.OFFICE_CLERK, make_office())):
            with self.assertRaises(NotVisible):
                self.apply(self.draft, actor=stranger)

    def test_statements_do_not_grow_with_the_plan(self):
        part = "（{n}）第{n}项长效措施。\n〔牵头单位：县水利局；整改时限：2026年{month}月30日前〕\n"
        counts = []
        for month, size in ((9, 5), (10, 40)):
            more = "".join(part.format(n=n, month=month) for n in range(3, 3 + size))
            draft = self.amend(LATER.replace("（二）项目", more + "（二）项目"))
            with CaptureQueriesContext(connection) as queries:
                self.apply(draft, [r for r, k in self.kinds(draft).items() if k != "GONE"])
            counts.append(sum("SAVEPOINT" not in query["sql"] for query in queries))
        self.assertLessEqual(counts[1], counts[0] + 12)


class PageTests(AmendCase):
    def setUp(self):
        super().setUp()
        self.client.defaults["HTTP_ACCEPT_LANGUAGE"] = "en"
        self.client.force_login(self.clerk)
        text = LATER.replace("建立问题清单。", "建立台账。").replace(RENEW, "")
        text = text.replace(
            "牵头单位：县发展和改革局；责任单位：县财政局", "牵头单位：县住建局；责任单位：县财政局"
        )
        self.draft = self.amend(text)
        self.url = self.draft.get_absolute_url()

    def form(self, page, **data):
        return dict(HIDDEN.findall(page.content.decode())) | data

    def test_the_plan_page_leads_to_it_only_for_those_who_may(self):
        address = reverse("workflows:amend_plan", args=[self.plan.pk])
        self.assertContains(self.client.get(self.plan.get_absolute_url()), address)
        for role in (Role.LEADER, Role.AUDITOR):
            self.client.force_login(member(self.office, role))
            self.assertNotContains(self.client.get(self.plan.get_absolute_url()), address)
            self.assertEqual(self.client.get(address).status_code, 403)

    def test_uploaded_it_leads_to_the_comparison(self):
        address = reverse("workflows:amend_plan", args=[self.plan.pk])
        page = self.client.get(address)
        upload = SimpleUploadedFile("修订.txt", LATER.encode())
        answer = self.client.post(address, self.form(page, file=upload))
        self.assertRedirects(answer, ImportDraft.objects.latest("pk").get_absolute_url())

    def test_a_bad_file_gets_its_sentence(self):
        address = reverse("workflows:amend_plan", args=[self.plan.pk])
        upload = SimpleUploadedFile("天气.txt", "天气很好。".encode())
        answer = self.client.post(address, self.form(self.client.get(address), file=upload))
        self.assertContains(answer, "No rectification measure", status_code=400)

    def test_everything_is_proposed_but_what_would_end_a_measure(self):
        page = self.client.get(self.url)
        rows = [row for section in page.context["sections"] for row in section["rows"]]
        self.assertEqual(
            {row["id"]: row["is_checked"] for row in rows},
            {f"m{self.first.pk}": True, f"m{self.second.pk}": False, f"m{self.third.pk}": True},
        )
        self.assertContains(page, "<del>问题清单</del>", html=False)
        self.assertContains(page, "<ins>台账</ins>")
        self.assertContains(page, "县住建局 must claim it")
        self.assertEqual([row["printed"] for row in page.context["unit_rows"]], ["县住建局"])

    def test_accepted_it_is_applied_and_the_plan_shows_its_revision(self):
        page = self.client.get(self.url)
        rows = [f"m{self.first.pk}", f"m{self.third.pk}"]
        names = {
            field.html_name: field.value() for field in page.context["form"] if field.value() is not None
        }
        answer = self.client.post(self.url, {**names, **self.form(page), "accepted": rows}, follow=True)
        self.assertRedirects(answer, self.plan.get_absolute_url())
        self.assertContains(answer, "Revision 2")
        self.assertEqual(Measure.objects.get(pk=self.first.pk).text, "全面排查供水管网，建立台账。")
        trail = self.client.get(self.first.get_absolute_url())
        self.assertContains(trail, "changed it by an amendment of the plan")
        self.assertRedirects(self.client.get(self.url), self.plan.get_absolute_url())

    def test_a_stale_page_is_refused_and_keeps_what_was_ticked(self):
        page = self.client.get(self.url)
        names = {
            field.html_name: field.value() for field in page.context["form"] if field.value() is not None
        }
        self.apply(self.change("开展项目检查。", "开展项目检查和抽查。"), actor=self.head)
        sent = {**names, **self.form(page), "accepted": [f"m{self.first.pk}"]}
        answer = self.client.post(self.url, sent)
        self.assertContains(answer, self.head.name, status_code=409)
        checked = [r["id"] for s in answer.context["sections"] for r in s["rows"] if r["is_checked"]]
        self.assertEqual(checked, [f"m{self.first.pk}"])
        self.assertEqual(self.client.post(self.url, {**sent, **self.form(answer)}).status_code, 302)

    def test_who_may_not_apply_reads(self):
        auditor = member(self.office, Role.AUDITOR)
        page = self.client.get(self.url)
        self.client.force_login(auditor)
        self.assertNotContains(self.client.get(self.url), 'name="accepted"')
        names = {
            field.html_name: field.value() for field in page.context["form"] if field.value() is not None
        }
        answer = self.client.post(self.url, {**names, **self.form(page), "accepted": [f"m{self.first.pk}"]})
        self.assertEqual(answer.status_code, 403)

    def test_another_office_finds_nothing(self):
        self.client.force_login(make_person(Role.OFFICE_CLERK, make_office()))
        for url in (self.url, reverse("workflows:amend_plan", args=[self.plan.pk])):
            self.assertEqual(self.client.get(url).status_code, 404)

    def test_a_foreign_looking_document_is_questioned(self):
        draft = self.amend(
            TEXT[: TEXT.index("（一）")] + "（一）其他。\n整改措施：（1）另行部署。\n〔牵头单位：县水利局〕\n"
        )
        self.assertContains(self.client.get(draft.get_absolute_url()), "Is it a version of this plan?")

    def test_the_measure_page_says_that_a_date_was_changed_by_amendment(self):
        self.apply(self.change(CLAUSE, CLAUSE.replace("2026年6月30日", "2026年9月30日")))
        self.assertContains(self.client.get(self.first.get_absolute_url()), "by amendment, not an extension")
