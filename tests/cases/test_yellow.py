"""How near a date turns the light yellow is each office's own decision, wherever the light is shown."""

from django.db import connection
from django.test import TestCase
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from cases import deadlines, questions
from cases.models import Measure, OfficeRules
from cases.presenters import light_html
from cases.states import Light
from permissions import clock
from permissions.models import Role
from reports import board, compose
from tests.factories import make_measure, make_office, make_person, make_plan, make_unit, month_to_open
from workflows import desk, desk_presenters
from workflows.door import perform


class YellowTests(TestCase):
    @classmethod
    def setUpTestData(cls):
        """A city with two counties: one turns yellow ten working days ahead, the other follows the default of five."""
        cls.city = make_office()
        cls.early, cls.usual = make_office(parent=cls.city), make_office(parent=cls.city)
        OfficeRules.objects.create(office=cls.early, yellow_workdays=10)
        due_on = deadlines.add_workdays(clock.today(), 8)
        cls.measures = [
            make_measure(make_plan(office), lead=make_unit(office), checkpoints=[due_on])
            for office in (cls.early, cls.usual)
        ]
        cls.leader = make_person(Role.LEADER, cls.city)

    def page(self, name, *args, query=""):
        self.client.force_login(self.leader)
        return self.client.get(f"{reverse(name, args=args)}?{query}")

    def test_the_conditions_and_the_rule_agree_for_every_number_of_days(self):
        measure = self.measures[0]
        for days in (None, 1, 7, 8, 30):
            OfficeRules.objects.filter(office=self.early).update(yellow_workdays=days)
            expected = deadlines.light(
                measure.state,
                measure.next_due_on,
                today=clock.today(),
                yellow_workdays=5 if days is None else days,
            )
            found = [
                light
                for light in Light
                if Measure.objects.filter(questions.light(light, clock.today()), pk=measure.pk).exists()
            ]
            with self.subTest(days):
                self.assertEqual(found, [expected])

    def test_the_ledger_its_filter_and_the_board(self):
        early, usual = self.measures
        lights = {row.pk: row.light_html for row in self.page("cases:ledger").context["rows"]}
        self.assertEqual(lights, {early.pk: light_html("YELLOW"), usual.pk: light_html("GREEN")})
        for light, measure in (("YELLOW", early), ("GREEN", usual)):
            filtered = self.page("cases:ledger", query=f"light={light}").context["rows"]
            self.assertEqual([row.pk for row in filtered], [measure.pk])
        rows = board.by_unit(Measure.objects.order_by(), today=clock.today())
        self.assertEqual(sorted(counts["YELLOW"] for _pk, _name, counts in rows), [0, 1])

    def test_the_measure_and_the_plan(self):
        for measure, light in zip(self.measures, ("YELLOW", "GREEN"), strict=True):
            with self.subTest(light):
                self.assertContains(self.page("workflows:measure", measure.pk), light_html(light), html=True)
                self.assertContains(self.page("cases:plan", measure.plan_id), light_html(light), html=True)

    def test_the_desk(self):
        found = []
        for measure in self.measures:
            handler = make_person(Role.HANDLER, measure.duties.get().unit)
            queues = desk.queues(handler, today=clock.today())
            items = [item for queue in queues.values() for item in queue.items]
            found.append([desk_presenters._light(item, clock.today()) for item in items])
        self.assertEqual(found, [[("", Light.YELLOW)], [("", Light.GREEN)]])

    def test_the_report(self):
        for measure, light in zip(self.measures, ("YELLOW", "GREEN"), strict=True):
            clerk = make_person(Role.OFFICE_CLERK, measure.office)
            month = month_to_open(measure.plan)
            period = perform(measure.plan_id, "open_period", actor=clerk, month=month).subject
            report = perform(period.pk, "compose_report", actor=clerk).subject
            with self.subTest(light):
                self.assertEqual([row["light"] for row in compose.snapshot(report)["ledger"]], [light])

    def test_it_costs_no_statement_more(self):
        counts = []
        self.page("workflows:board")  # what is read once for all
        for _with_rules_and_without in range(2):
            with CaptureQueriesContext(connection) as statements:
                self.page("cases:ledger")
                self.page("workflows:board")
            counts.append(len(statements))
            OfficeRules.objects.all().delete()
        self.assertEqual(counts[0], counts[1])
