from datetime import datetime, timedelta

from cases.models import Instrument
from cases.models.plan import PlanState
from permissions import clock
from reports.models import Filing
from tests.factories import day, make_plan
from tests.workflows.life import LifeTestCase
from workflows import papers
from workflows.door import perform

NOON = datetime(2026, 11, 5, 12, 0)


class WaitingPaperTests(LifeTestCase):
    def setUp(self):
        super().setUp()
        self.enterContext(clock.at(NOON))
        self.plan.reporting_day = 10
        self.plan.save()
        self.measure()

    def open(self):
        perform(self.plan.pk, "open_period", actor=self.clerk, month=day("2026-11-01"))
        return Filing.objects.get(unit=self.unit)

    def tasks(self, person):
        person.__dict__.pop("_access", None)
        return [(p.task, p.subject, p.due_on) for p in papers.waiting(person, today=clock.today())]

    def test_a_filing_goes_from_handler_to_head_to_office(self):
        filing, due = self.open(), day("2026-11-10")
        row = {"measure": self.plan.measures.get().pk, "progress": "好", "difficulties": "", "next_steps": ""}
        self.assertEqual(self.tasks(self.handler), [("Write the filing", "县水利局 November 2026", due)])
        perform(filing.pk, "submit_filing", actor=self.handler, rows=[row])
        self.assertEqual(self.tasks(self.handler), [])
        self.assertEqual(self.tasks(self.head), [("Approve the filing", "县水利局 November 2026", due)])
        perform(filing.pk, "approve_filing", actor=self.head)
        self.assertEqual(self.tasks(self.head), [])
        self.assertIn(("Accept the filing", "县水利局 November 2026", due), self.tasks(self.clerk))

    def test_a_filing_sent_back_waits_once_and_says_so(self):
        filing = self.open()
        row = {"measure": self.plan.measures.get().pk, "progress": "好", "difficulties": "", "next_steps": ""}
        perform(filing.pk, "submit_filing", actor=self.handler, rows=[row])
        perform(filing.pk, "send_back_filing", actor=self.head, reason="写具体些")
        self.assertEqual([task for task, _subject, _due in self.tasks(self.handler)], ["Rework the filing"])

    def test_the_clerk_composes_and_sees_who_has_not_filed(self):
        self.open()
        self.assertEqual(
            self.tasks(self.clerk),
            [("Compose the report", "November 2026 · 1 unit has not filed", day("2026-11-10"))],
        )

    def test_after_the_day_it_is_late(self):
        self.open()
        with clock.at(NOON + timedelta(days=6)):
            self.assertEqual([p.is_late for p in papers.waiting(self.handler, today=clock.today())], [True])

    def test_a_confirmed_plan_waits_for_the_head_of_the_office(self):
        plan = make_plan(self.office, state=PlanState.DRAFT, opened_at=None)
        self.assertEqual(self.tasks(self.office_head), [("Issue the plan", plan.title, None)])
        self.assertEqual(self.tasks(self.clerk), [])

    def test_nothing_waits_for_who_only_reads(self):
        self.open()
        self.assertEqual(self.tasks(self.auditor), [])

    def test_what_the_desk_has_no_room_for_is_counted(self):
        for number in range(papers.LATEST + 3):
            Instrument.objects.create(
                office=self.office,
                unit=self.unit,
                measure=self.plan.measures.get(),
                kind="ORDER",
                state="ANSWERED",
                cause_kind="MANUAL",
                cause=f"MANUAL:{number}",
                rung=0,
                due_on=clock.today(),
                proposed_at=clock.now(),
                text="请办理。",
            )
        waits = self.tasks(self.clerk)
        self.assertEqual(len(waits), papers.LATEST)
        self.assertIn(("See what else waits", "4 more matters of supervision", None), waits)
