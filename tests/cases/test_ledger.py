import io
from datetime import timedelta
from unittest.mock import patch
from urllib.parse import quote

from django.urls import reverse
from openpyxl import load_workbook

from cases import files
from cases.filters import LedgerFilter, asked
from cases.ledger import visible_evidence, visible_measures, visible_plans
from cases.presenters import bar, bracket_of, light_of, short_date
from cases.states import Light, MeasureState
from permissions import clock
from permissions.models import Role, UnitKind
from tests.factories import (
    make_evidence,
    make_measure,
    make_office,
    make_person,
    make_plan,
    make_problem,
    make_unit,
)
from tests.workflows.pages import PageTestCase

S = MeasureState
LEDGER = "cases:ledger"


class ScopeTests(PageTestCase):
    def test_a_unit_sees_where_it_or_a_unit_below_has_a_duty(self):
        station = make_unit(self.office, "县水利局供水站", parent=self.unit)
        own, shared, below = (
            self.measure(),
            self.measure(lead=make_unit(self.office), responsible=self.unit),
            self.measure(lead=station),
        )
        self.measure(lead=make_unit(self.office))
        self.measure(state=S.DRAFT)
        self.assertEqual(set(visible_measures(self.handler)), {own, shared, below})
        person_below = make_person(Role.HANDLER, station)
        self.assertEqual(set(visible_measures(person_below)), {below})

    def test_an_office_sees_its_own_and_the_offices_below(self):
        town_office = make_office(parent=self.office)
        own, below = self.measure(state=S.DRAFT), make_measure(make_plan(town_office))
        make_measure(make_plan(make_office()))
        for person in (self.clerk, self.office_head, self.leader, self.auditor):
            self.assertEqual(set(visible_measures(person)), {own, below})
        self.assertEqual(set(visible_measures(make_person(Role.OFFICE_CLERK, town_office))), {below})

    def test_administrators_see_no_business(self):
        measure = self.measure(state=S.SUBMITTED)
        for role in (Role.SYSTEM_ADMINISTRATOR, Role.SECURITY_ADMINISTRATOR, Role.AUDIT_ADMINISTRATOR):
            person = make_person(role, self.office)
            seen = [visible_measures(person), visible_plans(person), visible_evidence(person)]
            self.assertEqual([rows.count() for rows in seen], [0, 0, 0])
        self.assertTrue(measure.evidence.exists())


class LedgerPageTests(PageTestCase):
    def ask(self, person=None, **query):
        self.client.force_login(person or self.clerk)
        return self.client.get(reverse(LEDGER), query)

    def pks(self, **query):
        return [row.pk for row in self.ask(**query).context["rows"]]

    def test_the_official_columns(self):
        late = clock.today() - timedelta(days=3)
        self.measure(checkpoints=[late], responsible=[make_unit(self.office, "县财政局")])
        row = self.ask().context["rows"][0]
        self.assertEqual(
            (
                row.number,
                row.problem_label,
                row.leads,
                row.responsible,
                row.state_label,
                row.light_label,
                row.remark,
            ),
            ("(一)(1)", "(一)", "县水利局", "县财政局", "Rectifying", "Red light", "3 days overdue"),
        )

    def test_an_extended_deadline_says_until_when_beside_the_printed_clause(self):
        measure = self.measure()
        step = measure.checkpoints.get()
        step.due_on = step.original_due_on + timedelta(days=30)
        step.save()
        expected = f"{measure.deadline_text} (extended to {short_date(step.due_on)})"
        self.assertEqual(self.ask().context["rows"][0].deadline, expected)

    def test_a_problem_is_printed_once_for_the_measures_below_it(self):
        self.measure(), self.measure()
        self.assertEqual([row.repeats for row in self.ask().context["rows"]], [False, True])

    def test_every_question_has_exactly_its_answer(self):
        today = clock.today()
        make_problem(self.plan)
        problem = make_problem(self.plan, text="耕地保护不力。", source_level="PROVINCE")
        other_plan = make_plan(self.office)
        finance = make_unit(self.office, "县财政局")
        red = self.measure(checkpoints=[today - timedelta(days=1)])
        yellow = self.measure(checkpoints=[today + timedelta(days=1)], text="清理撂荒耕地")
        green = self.measure(checkpoints=[today + timedelta(days=60)], problem=problem, responsible=finance)
        closed = self.measure(state=S.CLOSED, long_term=True)
        elsewhere = make_measure(other_plan, lead=finance, checkpoints=[])
        everything = {red.pk, yellow.pk, green.pk, closed.pk, elsewhere.pk}
        table = [
            ({}, everything),
            ({"plan": other_plan.pk}, {elsewhere.pk}),
            ({"plan": self.plan.pk, "problem": problem.pk}, {green.pk}),
            ({"unit": finance.pk}, {green.pk, elsewhere.pk}),
            ({"state": "CLOSED"}, {closed.pk}),
            ({"source": "PROVINCE"}, {green.pk}),
            ({"light": "RED"}, {red.pk}),
            ({"light": "YELLOW"}, {yellow.pk}),
            ({"light": "GREEN"}, {green.pk}),
            ({"light": "NONE"}, {closed.pk, elsewhere.pk}),
            ({"due": "overdue"}, {red.pk}),
            ({"due": "7"}, {yellow.pk}),
            ({"due": "90"}, {yellow.pk, green.pk}),
            ({"due": "undated"}, {elsewhere.pk}),
            ({"long_term": "on"}, {closed.pk}),
            ({"q": "撂荒"}, {yellow.pk}),
            ({"q": "耕地保护"}, {green.pk}),
            ({"q": "没有这样的词"}, set()),
            ({"unit": finance.pk, "light": "GREEN"}, {green.pk}),
        ]
        for query, expected in table:
            with self.subTest(query=query):
                self.assertEqual(set(self.pks(**query)), expected)

    def test_the_light_asked_for_is_the_light_shown(self):
        today = clock.today()
        for days in (-1, 0, 1, 4, 5, 6, 7, 8, 9, 30):
            self.measure(checkpoints=[today + timedelta(days=days)])
        self.measure(state=S.CLOSED), self.measure(checkpoints=[]), self.measure(state=S.VERIFIED)
        for light in Light:
            with self.subTest(light=light):
                found = asked(visible_measures(self.clerk), {"light": light}, today=today)
                shown = [
                    m.pk
                    for m in visible_measures(self.clerk)
                    if light_of(m.state, m.next_due_on, None, today=today) == light
                ]
                self.assertEqual({m.pk for m in found}, set(shown))

    def test_what_is_not_understood_is_left_out(self):
        measure = self.measure()
        for query in (
            {"plan": "x"},
            {"plan": "999999"},
            {"state": "BOGUS"},
            {"sort": "password"},
            {"page": "-3"},
        ):
            with self.subTest(query=query):
                self.assertEqual(self.pks(**query), [measure.pk])

    def test_a_filter_cannot_feel_for_foreign_rows(self):
        foreign = make_measure(make_plan(make_office()), text="外县措施")
        self.client.force_login(self.clerk)
        form = LedgerFilter({}, user=self.clerk)
        choices = {name: dict(form.fields[name].choices) for name in ("plan", "problem", "unit")}
        self.assertNotIn(foreign.plan_id, choices["plan"])
        self.assertNotIn(foreign.problem_id, choices["problem"])
        self.assertNotIn(foreign.duties.get().unit_id, choices["unit"])
        self.assertEqual(self.pks(q="外县措施"), [])

    def test_sorting(self):
        today = clock.today()
        last = self.measure(checkpoints=[today + timedelta(days=50)])
        first = self.measure(checkpoints=[today + timedelta(days=5)])
        undated = self.measure(checkpoints=[], state=S.CLOSED)
        table = [
            ("number", [last, first, undated]),
            ("-number", [undated, first, last]),
            ("due", [first, last, undated]),
            ("-due", [last, first, undated]),
            ("state", [last, first, undated]),
            ("-state", [undated, last, first]),
        ]
        for sort, expected in table:
            with self.subTest(sort=sort):
                self.assertEqual(self.pks(sort=sort), [measure.pk for measure in expected])

    def test_sorting_by_lead_goes_by_the_directory(self):
        later, earlier = make_unit(self.office), self.unit
        second, first = self.measure(lead=later), self.measure(lead=earlier)
        self.assertEqual(self.pks(sort="lead"), [first.pk, second.pk])
        self.assertEqual(self.pks(sort="-lead"), [second.pk, first.pk])

    def test_pages_of_fifty_do_not_overlap(self):
        for _ in range(53):
            self.measure(handler=self.handler)
        first, second = self.pks(), self.pks(page=2)
        self.assertEqual((len(first), len(second), len({*first, *second})), (50, 3, 53))

    def test_chips_take_one_question_away(self):
        self.measure()
        response = self.ask(state="RECTIFYING", light="GREEN", sort="due")
        chips = response.context["active_filters"]
        self.assertEqual(
            [(str(c["label"]), str(c["value"]), c["remove_url"]) for c in chips],
            [
                ("State", "Rectifying", "?light=GREEN&sort=due"),
                ("Light", "Green light", "?state=RECTIFYING&sort=due"),
            ],
        )

    def test_a_list_of_problems_that_nobody_can_read_is_not_offered(self):
        measure = self.measure()
        make_problem(self.plan)
        with patch("cases.filters.MOST_PROBLEMS", 1):
            field = self.ask(problem=measure.problem_id).context["form"]["problem"]
            self.assertTrue(field.is_hidden)
            self.assertEqual(len(self.ask(problem=measure.problem_id).context["rows"]), 1)
            self.assertEqual(len(field.field.choices), 2)
        self.assertFalse(self.ask().context["form"]["problem"].is_hidden)

    def test_the_sheet_knows_the_new_questions(self):
        wanted, _other = self.measure(important=True), self.measure()
        self.client.force_login(self.clerk)
        response = self.client.get(reverse("workflows:ledger_xlsx"), {"only": "important"})
        sheet = load_workbook(io.BytesIO(response.content)).active
        texts = [cell.value for row in sheet.iter_rows() for cell in row]
        self.assertIn(wanted.text, texts)
        self.assertNotIn(_other.text, texts)

    def test_statements_do_not_grow(self):
        self.measure()
        people = (self.handler, self.clerk, self.auditor)
        urls = [
            reverse(LEDGER),
            reverse(LEDGER) + "?sort=-lead&state=RECTIFYING",
            reverse("cases:plans"),
            self.plan.get_absolute_url(),
            reverse("workflows:ledger_xlsx"),
        ]

        def counts():
            return [
                self.statements(person, lambda url=url: self.client.get(url))
                for person in people
                for url in urls
            ]

        few = counts()
        self.assertLessEqual(max(few), 11)
        for _ in range(30):
            self.measure(responsible=make_unit(self.office))
        self.assertEqual(counts(), few)

    def test_a_full_page_stays_small(self):
        units = [make_unit(self.office, f"清河县某某镇人民政府{n}") for n in range(2)]
        for _ in range(50):
            text = "督促各乡镇逐村排查农村饮用水水源地，划定保护范围，落实管护责任。" * 2
            self.measure(text=text, responsible=units)
        self.client.defaults["HTTP_ACCEPT_LANGUAGE"] = "zh-hans"
        self.assertLess(len(self.ask().content), 70_000)


class ExportTests(PageTestCase):
    def test_the_sheet_is_exactly_what_the_page_shows(self):
        self.measure(state=S.CLOSED)
        shown = self.measure(text="=1+1 清理排查", responsible=make_unit(self.office, "县财政局"))
        self.client.force_login(self.clerk)
        response = self.client.get(reverse("workflows:ledger_xlsx"), {"state": "RECTIFYING"})
        self.assertEqual(
            (response["Content-Type"], response["X-Content-Type-Options"]),
            ("application/vnd.openxmlformats-officedocument.spreadsheetml.sheet", "nosniff"),
        )
        sheet = load_workbook(io.BytesIO(response.content)).active
        rows = [tuple(cell.value for cell in row) for row in sheet.iter_rows(min_row=2)]
        self.assertEqual(len(rows), 2)
        self.assertEqual(rows[1][0], shown.number)
        self.assertEqual(
            rows[1][2:7], ("=1+1 清理排查", "县水利局", "县财政局", shown.deadline_text, "Rectifying")
        )
        self.assertEqual(sheet.cell(3, 3).data_type, "s")

    def test_rows_of_several_plans_name_theirs(self):
        other = make_plan(self.office, title="另一个整改方案")
        measure, more = make_measure(other, lead=self.unit), self.measure()
        self.client.force_login(self.clerk)
        page, one = (self.client.get(reverse(LEDGER), question) for question in ({}, {"plan": other.pk}))
        plans = {row.pk: row.plan for row in page.context["rows"]}
        self.assertEqual(plans, {measure.pk: other.title, more.pk: self.plan.title})
        self.assertContains(page, '<span class="sub muted">另一个整改方案</span>')
        self.assertEqual([row.plan for row in one.context["rows"]], [""])
        for question, is_named in (({}, True), ({"plan": other.pk}, False)):
            response = self.client.get(reverse("workflows:ledger_xlsx"), question)
            sheet = load_workbook(io.BytesIO(response.content)).active
            headings = [cell.value for row in sheet.iter_rows(max_row=2) for cell in row]
            self.assertEqual("Plan" in headings, is_named)

    def test_too_many_rows_are_refused_with_a_way_out(self):
        self.measure()
        self.client.force_login(self.clerk)
        with patch("workflows.views.exports.MOST_ROWS", 0):
            response = self.client.get(reverse("workflows:ledger_xlsx"))
        self.assertContains(response, "Ask for one plan or one unit.", status_code=409)

    def test_foreign_rows_are_not_in_it(self):
        make_measure(make_plan(make_office()))
        self.client.force_login(self.handler)
        response = self.client.get(reverse("workflows:ledger_xlsx"))
        sheet = load_workbook(io.BytesIO(response.content)).active
        self.assertEqual(sheet.max_row, 2)


class PlanPageTests(PageTestCase):
    def get(self, person, plan=None):
        self.client.force_login(person)
        return self.client.get((plan or self.plan).get_absolute_url())

    def test_the_office_reads_all_a_unit_its_own_part(self):
        own, other = (
            self.measure(text="本单位的措施"),
            self.measure(lead=make_unit(self.office), text="别家的措施"),
        )
        office, unit = self.get(self.clerk), self.get(self.handler)
        self.assertContains(office, other.text)
        self.assertContains(unit, own.text)
        self.assertNotContains(unit, other.text)
        self.assertContains(unit, "Shown are the measures in which your unit has a duty.")

    def test_a_long_plan_shows_the_measures_of_a_problem_when_it_is_opened(self):
        late, other = self.measure(checkpoints=[clock.today() - timedelta(days=2)]), self.measure()
        with patch("cases.views.FOLD", 1):
            page = self.get(self.clerk)
            self.assertNotContains(page, late.text)
            self.assertContains(page, "Search in this plan")
            problem = page.context["problems"][0]
            self.assertEqual((problem.count, problem.late_count), (2, 1))
            part = self.client.get(reverse("cases:plan_problem", args=[problem.pk]))
            self.assertContains(part, late.text)
            self.assertContains(part, other.text)
            whole = self.client.get(f"{self.plan.get_absolute_url()}?whole=1")
            self.assertContains(whole, late.text)
        self.assertEqual(page.context["overdue_count"], self.get(self.clerk).context["overdue_count"])

    def test_a_unit_opens_only_its_own_part(self):
        own, foreign = (
            self.measure(text="本单位的措施"),
            self.measure(lead=make_unit(self.office), text="别家的措施"),
        )
        self.client.force_login(self.handler)
        part = self.client.get(reverse("cases:plan_problem", args=[own.problem_id]))
        self.assertContains(part, own.text)
        self.assertNotContains(part, foreign.text)
        self.client.force_login(make_person(Role.HANDLER, make_unit(self.office)))
        gone = self.client.get(reverse("cases:plan_problem", args=[own.problem_id]))
        self.assertEqual(gone.status_code, 404)

    def test_a_group_is_printed_with_its_number_and_lead_words_once(self):
        for sub in ("一是", "二是"):
            self.measure(label=f"(4){sub}", group_lead="健全管护机制。", text=f"{sub}的内容。")
        clauses = self.get(self.clerk).context["problems"][0].measures
        self.assertEqual(
            [(c.group_lead, c.label) for c in clauses], [("(4)健全管护机制。", "一是"), ("", "二是")]
        )

    def test_the_bracket_reads_as_printed(self):
        measure = self.measure(responsible=[make_unit(self.office, "甲镇"), make_unit(self.office, "乙镇")])
        measure.duties.filter(role="RESPONSIBLE").update(printed="各乡镇")
        duties = list(measure.duties.select_related("unit"))
        self.assertEqual(
            bracket_of(duties, "长期坚持"), "〔牵头单位：县水利局；责任单位：各乡镇；整改时限：长期坚持〕"
        )

    def test_only_the_head_of_the_office_is_offered_to_issue(self):
        draft = make_plan(self.office, state="DRAFT", opened_at=None)
        make_measure(draft, state=S.DRAFT, lead=self.unit)
        offered = {
            p.pk: self.get(p, draft).context["may_issue"]
            for p in (self.clerk, self.office_head, self.auditor)
        }
        self.assertEqual(offered, {self.clerk.pk: False, self.office_head.pk: True, self.auditor.pk: False})
        self.assertEqual(self.get(self.handler, draft).status_code, 404)

    def test_the_bar_adds_up(self):
        segments = bar({"CLOSED": 1, "RECTIFYING": 1, "ISSUED": 1, "WITHDRAWN": 5})
        self.assertEqual(sum(segment["length"] for segment in segments), 1000)
        self.assertEqual([segment["start"] for segment in segments], [0, 333, 666])
        self.assertEqual(bar({}), [])


class FileTests(PageTestCase):
    def get(self, person, evidence, **headers):
        self.client.force_login(person)
        return self.client.get(evidence.get_absolute_url(), **headers)

    def test_bytes_come_as_a_download_under_their_chinese_name(self):
        measure = self.measure()
        evidence = make_evidence(measure, self.unit, name="整改前后对比.png")
        response = self.get(self.clerk, evidence)
        self.assertEqual(
            {name: response[name] for name in ("Content-Type", "X-Content-Type-Options", "ETag")},
            {
                "Content-Type": "image/png",
                "X-Content-Type-Options": "nosniff",
                "ETag": f'"{evidence.file.sha256}"',
            },
        )
        self.assertEqual(
            response["Content-Disposition"], f"attachment; filename*=utf-8''{quote('整改前后对比.png')}"
        )
        self.assertIn("private", response["Cache-Control"])
        self.assertTrue(b"".join(response.streaming_content).startswith(b"\x89PNG"))

    def test_a_known_digest_is_not_sent_again(self):
        evidence = make_evidence(self.measure(), self.unit)
        response = self.get(self.clerk, evidence, HTTP_IF_NONE_MATCH=f'"{evidence.file.sha256}"')
        self.assertEqual((response.status_code, response.content), (304, b""))

    def test_foreign_evidence_is_not_found_even_with_its_digest(self):
        foreign = make_evidence(make_measure(make_plan(make_office())))
        for person in (self.handler, self.clerk, make_person(Role.HANDLER, make_unit(self.office))):
            with self.subTest(person=person):
                response = self.get(person, foreign, HTTP_IF_NONE_MATCH=f'"{foreign.file.sha256}"')
                self.assertEqual(response.status_code, 404)

    def test_a_file_gone_from_disk_is_not_found(self):
        evidence = make_evidence(self.measure(), self.unit)
        files.path_of(evidence.file.sha256).unlink()
        self.assertEqual(self.get(self.clerk, evidence).status_code, 404)

    def test_the_plans_document_is_for_its_office(self):
        self.measure()
        self.plan.source = files.store(self.office.pk, b"%PDF-1.7 plan", "application/pdf")
        self.plan.source_name = "整改方案.pdf"
        self.plan.save()
        url = reverse("cases:plan_source", args=[self.plan.pk])
        found = {}
        for person in (self.clerk, self.auditor, self.handler, make_person(Role.OFFICE_CLERK)):
            self.client.force_login(person)
            response = self.client.get(url)
            found[person.pk] = response.status_code
            list(response)  # a file must be read to its end, or it stays open
        self.assertEqual(list(found.values()), [200, 200, 404, 404])


class PlansPageTests(PageTestCase):
    def test_counts_are_of_what_the_person_sees(self):
        self.measure(state=S.CLOSED)
        self.measure(checkpoints=[clock.today() - timedelta(days=1)])
        self.measure(lead=make_unit(self.office, kind=UnitKind.TOWN))
        figures = {}
        for person in (self.clerk, self.handler):
            self.client.force_login(person)
            plan = self.client.get(reverse("cases:plans")).context["plans"][0]["figures"]
            figures[person.pk] = (plan["measures"], plan["closed"], plan["overdue"])
        self.assertEqual(figures, {self.clerk.pk: (3, 1, 1), self.handler.pk: (2, 1, 1)})

    def test_an_empty_list_says_what_to_do(self):
        clerk = make_person(Role.OFFICE_CLERK, make_office())
        self.client.force_login(clerk)
        page = self.client.get(reverse("cases:plans"))
        self.assertContains(page, "There is no plan yet.")
        self.assertContains(page, "Import a plan")
