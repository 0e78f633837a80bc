import io
import json
from datetime import date, timedelta

import openpyxl
from django.urls import reverse

from cases import deadlines
from cases.errors import NoRight, NotReady, NotVisible
from cases.intake import read_plan
from cases.ledger import visible_measures
from cases.media import XLSX
from cases.models import Duty, LogEntry, Measure, Plan, PlanKind, Problem, Round
from cases.models.plan import PlanState
from cases.states import MeasureState
from permissions import clock
from permissions.models import Role, UnitGroup
from permissions.roles import appoint
from reports.documents.xlsx import import_template
from tests.factories import make_office, make_person, make_unit
from tests.workflows.life import LifeTestCase
from tests.workflows.pages import PageTestCase
from workflows import papers
from workflows.door import perform

REASONS = {
    "no text": ({"text": " "}, "Say what the problem is."),
    "no level": ({"source_level": "MOON"}, "Choose who found the problem."),
    "no measure": ({"measures": []}, "A problem needs at least one measure."),
    "tomorrow": ({"reported_on": date(2999, 1, 1)}, "has not come yet"),
}
MEASURE_REASONS = {
    "no text": ({"text": ""}, "Measure 1 has no text."),
    "no unit": ({"leads": []}, "Measure 1 has no unit that answers for it."),
    "no deadline": ({"dates": []}, "Measure 1 needs a deadline"),
    "past": ({"dates": [date(2020, 1, 1)]}, "Measure 1 would be overdue at once"),
    "no such unit": ({"leads": ["unit:0"]}, "no longer in the directory"),
    "no unit at all": ({"leads": ["nonsense"]}, "no longer in the directory"),
}


class ProblemCase:
    def entry(self, **changes):
        due = clock.today() + timedelta(days=60)
        return {
            "text": "修复破损河堤。",
            "leads": [f"unit:{self.unit.pk}"],
            "responsible": [],
            "dates": [due],
            "long_term": False,
            **changes,
        }

    def registered(self, actor=None, measures=None, **data):
        data = {"text": "河堤破损。", "source_level": "AUDIT", **data}
        measures = [self.entry()] if measures is None else measures
        return perform(
            self.office.pk, "register_problem", actor=actor or self.clerk, measures=measures, **data
        ).subject

    def both_hands(self):
        """A person who is clerk and head of office at once may register and issue."""
        person = make_person(Role.OFFICE_CLERK, self.office)
        appoint(person, self.office.unit, Role.OFFICE_HEAD)
        return person


class RegisterProblemTests(ProblemCase, LifeTestCase):
    def test_the_first_problem_makes_the_standing_plan_and_the_second_joins_it(self):
        problems = [self.registered(), self.registered(text="路灯不亮。")]
        plan = Plan.objects.get(kind=PlanKind.STANDING)
        self.assertEqual((plan.office, plan.state), (self.office, PlanState.ISSUED))
        self.assertEqual([p.plan for p in problems], [plan, plan])
        self.assertEqual([p.label for p in problems], ["1.", "2."])
        numbers = list(plan.measures.order_by("order").values_list("order", "number", "state"))
        self.assertEqual(numbers, [(1, "1.(1)", "DRAFT"), (2, "2.(1)", "DRAFT")])

    def test_source_and_deadlines_are_kept_and_printed(self):
        one, two = clock.today() + timedelta(days=30), clock.today() + timedelta(days=60)
        measure = self.registered(
            source_document="审计报告",
            reported_on=clock.today(),
            measures=[self.entry(dates=[two, one], long_term=True)],
        ).measures.get()
        self.assertEqual(
            (measure.problem.source_level, measure.problem.source_document), ("AUDIT", "审计报告")
        )
        self.assertEqual(list(measure.checkpoints.values_list("due_on", flat=True)), [one, two])
        self.assertEqual(measure.next_due_on, one)
        self.assertEqual(
            measure.deadline_text,
            f"{one.year}年{one.month}月{one.day}日前、{two.year}年{two.month}月{two.day}日前，长期坚持",
        )

    def test_a_collective_answers_by_its_members_and_a_lead_stays_lead(self):
        towns = [make_unit(self.office, name) for name in ("石桥镇", "柳林镇")]
        group = UnitGroup.objects.create(office=self.office, name="各乡镇")
        group.members.set([*towns, self.unit])
        self.registered(measures=[self.entry(responsible=[f"group:{group.pk}"])])
        self.assertEqual(
            list(Duty.objects.values_list("unit__name", "role", "printed")),
            [
                ("县水利局", "LEAD", "县水利局"),
                ("石桥镇", "RESPONSIBLE", "各乡镇"),
                ("柳林镇", "RESPONSIBLE", "各乡镇"),
            ],
        )

    def test_an_incomplete_problem_is_refused_whole(self):
        for name, (data, sentence) in REASONS.items():
            with self.subTest(name), self.assertRaisesMessage(NotReady, sentence):
                self.registered(**data)
        for name, (changes, sentence) in MEASURE_REASONS.items():
            with self.subTest(name), self.assertRaisesMessage(NotReady, sentence):
                self.registered(measures=[self.entry(**changes)])
        foreign = make_unit(make_office())
        with self.assertRaises(NotReady):
            self.registered(measures=[self.entry(leads=[f"unit:{foreign.pk}"])])
        self.assertEqual((Problem.objects.count(), LogEntry.objects.count()), (0, 0))

    def test_a_deadline_before_today_is_taken_where_an_older_document_set_it(self):
        today = clock.today()
        due, older, younger = (today - timedelta(days=n) for n in (5, 30, 4))
        entry = self.entry(dates=[due, today + timedelta(days=9)])
        for document, dated in (("", older), ("审计报告", None), ("审计报告", younger), (" ", older)):
            with self.subTest(document=document, dated=dated), self.assertRaisesMessage(NotReady, "name the"):
                self.registered(measures=[entry], source_document=document, reported_on=dated)
        problem = self.registered(
            measures=[self.entry(), entry], source_document="审计报告", reported_on=older
        )
        second = problem.measures.get(label="(2)")
        self.assertEqual(second.checkpoints.count(), 2)
        # Born overdue: the standing plan began with this problem, and nobody is blamed for what lay before it.
        self.assertEqual(second.next_due_on, today + timedelta(days=9))
        body = json.loads(LogEntry.objects.order_by("-sequence").first().body)
        self.assertEqual(body["passed_deadlines"], {"2": f"{due}"})

    def test_only_the_clerk_of_the_office_registers(self):
        for person in (self.office_head, self.leader, self.auditor):
            with self.subTest(str(person)), self.assertRaises(NoRight):
                self.registered(actor=person)
        for person in (self.handler, make_person(Role.OFFICE_CLERK)):
            with self.subTest(str(person)), self.assertRaises(NotVisible):
                self.registered(actor=person)

    def test_one_act_makes_one_entry_and_the_same_key_one_problem(self):
        first, second = (
            perform(
                self.office.pk, "register_problem", actor=self.clerk, key="k",
                text="河堤破损。", source_level="CITY", measures=[self.entry()],
            )
            for _ in range(2)
        )  # fmt: skip
        self.assertEqual((first.subject, second.repeated), (second.subject, True))
        self.assertEqual(LogEntry.objects.get().act, "register_problem")


class IssueProblemTests(ProblemCase, LifeTestCase):
    def issue(self, problem, actor=None):
        return perform(problem.pk, "issue_problem", actor=actor or self.office_head)

    def test_the_head_issues_the_measures_of_one_problem_and_they_live_like_all_others(self):
        problem, other = self.registered(), self.registered()
        self.assertEqual(visible_measures(self.handler).count(), 0)
        self.issue(problem)
        measure = visible_measures(self.handler).get()
        self.assertEqual((measure.problem, measure.state), (problem, MeasureState.ISSUED))
        self.assertIsNotNone(measure.claim_due_on)
        self.assertEqual(Round.objects.get().measure, measure)
        perform(measure.pk, "claim", actor=self.handler)
        measure.refresh_from_db()
        self.assertEqual(measure.state, MeasureState.RECTIFYING)
        self.assertEqual(other.measures.get().state, MeasureState.DRAFT)
        month = deadlines.period_of(clock.now(), problem.plan.reporting_day, clock.COUNTY_ZONE)
        period = perform(problem.plan_id, "open_period", actor=self.clerk, month=month).subject
        self.assertEqual([filing.unit for filing in period.filings.all()], [self.unit])

    def test_until_then_it_waits_on_the_desk_of_the_head(self):
        problem = self.registered()
        waiting = {
            str(person): [p.task for p in papers.waiting(person, today=clock.today())]
            for person in (self.office_head, self.clerk, self.leader)
        }
        self.assertEqual(
            waiting,
            {str(self.office_head): ["Issue the measures"], str(self.clerk): [], str(self.leader): []},
        )
        self.issue(problem)
        self.assertEqual(papers.waiting(self.office_head, today=clock.today()), [])

    def test_refused_twice_to_the_clerk_and_to_those_who_do_not_see_it(self):
        problem = self.registered()
        with self.assertRaises(NoRight):
            self.issue(problem, self.clerk)
        with self.assertRaises(NotVisible):
            self.issue(problem, self.handler)
        self.issue(problem)
        with self.assertRaisesMessage(NotReady, "issued already"):
            self.issue(problem)

    def test_issued_at_once_only_by_whoever_may_issue(self):
        with self.assertRaises(NoRight):
            self.registered(issue_now=True)
        self.assertEqual(Problem.objects.count(), 0)
        problem = self.registered(actor=self.both_hands(), issue_now=True)
        self.assertEqual(problem.measures.get().state, MeasureState.ISSUED)


class ProblemPageTests(ProblemCase, PageTestCase):
    def setUp(self):
        super().setUp()
        self.client.force_login(self.clerk)
        self.url = reverse("workflows:register_problem")

    def form(self, count=1, **changes):
        due = clock.today() + timedelta(days=60)
        return {
            "key": "k",
            "office": self.office.pk,
            "count": count,
            "text": "河堤破损。",
            "source_level": "PATROL",
            "m0-text": "修复破损河堤。",
            "m0-leads": [f"unit:{self.unit.pk}"],
            "m0-first_date": due.isoformat(),
            **changes,
        }

    def test_another_measure_keeps_what_was_typed_and_saves_nothing(self):
        page = self.client.post(self.url, self.form(more="", **{"m0-first_date": "no date"}))
        self.assertEqual((page.status_code, Problem.objects.count()), (200, 0))
        form = page.context["form"]
        self.assertEqual(len(form.measures), 2)
        self.assertContains(page, "修复破损河堤。")
        self.assertEqual(form.measures[0]["leads"].value(), [f"unit:{self.unit.pk}"])
        self.assertContains(page, "checked", count=1)
        self.assertNotContains(page, "errorlist")

    def test_the_clerk_registers_and_an_empty_measure_does_not_count(self):
        page = self.client.post(self.url, self.form(count=2, **{"m1-text": ""}))
        problem = Problem.objects.get()
        self.assertRedirects(page, f"{problem.plan.get_absolute_url()}#p-{problem.pk}")
        self.assertEqual(problem.measures.count(), 1)
        self.assertNotContains(self.client.get(problem.plan.get_absolute_url()), "Issue the measures")

    def test_what_is_missing_is_said_beside_its_measure(self):
        page = self.client.post(self.url, self.form(count=2, **{"m1-text": "巡查。"}))
        self.assertContains(page, "Choose at least one unit", count=1, status_code=400)
        self.assertContains(page, "Give a deadline", count=1, status_code=400)
        past = self.client.post(self.url, self.form(**{"m0-first_date": "2020-01-01"}))
        self.assertContains(past, "would be overdue at once", status_code=409)
        self.assertContains(past, "修复破损河堤。", status_code=409)

    def test_a_deadline_that_an_older_document_set_is_taken_with_a_warning(self):
        due, older = (clock.today() - timedelta(days=n) for n in (5, 30))
        sent = self.form(
            source_document="审计报告", reported_on=older.isoformat(), **{"m0-first_date": due.isoformat()}
        )
        page = self.client.post(self.url, sent, follow=True)
        self.assertEqual(Problem.objects.count(), 1)
        self.assertContains(page, f"when the problem was registered: (1) {due}")
        self.assertNotContains(
            self.client.post(self.url, self.form(key="k2"), follow=True), "when the problem was registered"
        )

    def test_a_number_of_measures_that_no_page_shows_is_not_believed(self):
        for count in ("", "-1", "99999999999", "51", "x"):
            with self.subTest(count):
                self.assertEqual(self.client.post(self.url, self.form(count=count)).status_code, 400)
        self.assertEqual(Problem.objects.count(), 0)

    def test_the_head_issues_from_the_plan(self):
        problem = self.registered()
        self.client.force_login(self.office_head)
        url = reverse("workflows:issue_problem", args=[problem.pk])
        self.assertContains(self.client.get(problem.plan.get_absolute_url()), url)
        page = self.client.get(url)
        self.assertContains(page, "县水利局")
        answer = self.client.post(url, self.hidden(page))
        self.assertRedirects(answer, f"{problem.plan.get_absolute_url()}#p-{problem.pk}")
        self.assertEqual(Measure.objects.get().state, MeasureState.ISSUED)
        self.assertEqual(self.client.post(url, {}).status_code, 409)

    def test_only_who_may_issue_is_offered_to_issue_at_once(self):
        self.assertNotContains(self.client.get(self.url), 'name="issue_now"')
        self.client.force_login(self.both_hands())
        self.assertContains(self.client.get(self.url), 'name="issue_now"')

    def test_the_trail_of_a_measure_says_who_registered_and_issued_it(self):
        problem = self.registered()
        perform(problem.pk, "issue_problem", actor=self.office_head)
        page = self.client.get(problem.measures.get().get_absolute_url())
        self.assertEqual(
            [entry["act"] for entry in page.context["trail"]],
            ["issued the measures", "registered the problem"],
        )


class ImportTemplateTests(PageTestCase):
    def test_the_clerk_downloads_columns_and_the_names_of_the_own_directory(self):
        make_unit(make_office(), "外县水利局")
        self.client.force_login(self.clerk)
        answer = self.client.get(reverse("workflows:import_template"))
        self.assertEqual(answer["Content-Type"], XLSX)
        book = openpyxl.load_workbook(io.BytesIO(answer.content))
        sheet, names = book.worksheets
        self.assertEqual(
            [cell.value for cell in sheet[1]],
            ["序号", "问题", "整改措施", "牵头单位", "责任单位", "整改时限"],
        )
        self.assertEqual(names.sheet_state, "hidden")
        self.assertEqual([row[0] for row in names.iter_rows(values_only=True)], ["县农业农村局", "县水利局"])
        lists = [rule for rule in sheet.data_validations.dataValidation if rule.type == "list"]
        self.assertEqual(
            sorted((str(rule.sqref), rule.formula1) for rule in lists),
            [("D2:D1001", "单位!$A$1:$A$2"), ("E2:E1001", "单位!$A$1:$A$2")],
        )

    def test_filled_in_it_is_read_as_it_was_meant(self):
        book = openpyxl.load_workbook(io.BytesIO(import_template(["县水利局", "石桥镇"])))
        for row in (
            ("1", "河堤破损。", "修复河堤。", "县水利局", "石桥镇", "2027年3月31日前，长期坚持"),
            (None, None, "每月巡查。", "县水利局", None, "每月"),
            ("2", "路灯不亮。", "更换路灯。", "石桥镇", "县水利局、石桥镇", "立行立改"),
        ):
            book.worksheets[0].append(row)
        filled = io.BytesIO()
        book.save(filled)
        problems = read_plan(filled.getvalue(), "台账.xlsx").problems
        self.assertEqual(
            [
                (problem.text, measure.text, [unit.printed for unit in measure.lead_units])
                for problem in problems
                for measure in problem.measures
            ],
            [
                ("河堤破损。", "修复河堤。", ["县水利局"]),
                ("河堤破损。", "每月巡查。", ["县水利局"]),
                ("路灯不亮。", "更换路灯。", ["石桥镇"]),
            ],
        )

    def test_an_empty_directory_and_a_dangerous_name_do_no_harm(self):
        for units in ((), ("=1+1", "@SUM(A1)")):
            book = openpyxl.load_workbook(io.BytesIO(import_template(units)))
            found = [cell for row in book["单位"].iter_rows() for cell in row if cell.value]
            self.assertEqual([(c.value, c.data_type) for c in found], [(name, "s") for name in units])
