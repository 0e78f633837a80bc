from datetime import datetime, timedelta
from unittest import mock

import pytest
from django.db import transaction
from django.urls import reverse

from cases import views
from cases.errors import Refused
from cases.presenters import light_html
from cases.states import MeasureState
from permissions import clock
from permissions.access import access_of
from permissions.models import Role
from permissions.roles import appoint
from tests.factories import (
    make_measure,
    make_office,
    make_person,
    make_plan,
    make_progress,
    make_sign_off,
    make_unit,
)
from tests.workflows.life import LifeTestCase
from workflows import desk
from workflows.door import perform

S = MeasureState
ENGLISH = {"Accept-Language": "en"}


class QueueTests(LifeTestCase):
    def found(self, person):
        """{queue: {(measure pk, step)}} of what waits for the person."""
        person.__dict__.pop("_access", None)
        queues = desk.queues(person, today=clock.today())
        return {name: {(item.pk, item.step) for item in queue.items} for name, queue in queues.items()}

    def assert_waits(self, person, **expected):
        everything = {name: set() for name in (desk.CLAIM, desk.REPORT, desk.DECIDE, desk.REWORK)}
        self.assertEqual(self.found(person), everything | expected)

    def test_to_claim_until_the_own_unit_has_claimed(self):
        other = make_unit(self.office)
        measure = self.measure(state=S.ISSUED, lead=[self.unit, other])
        self.measure(state=S.ISSUED, lead=other, responsible=self.unit)  # the lead claims, not we
        self.assert_waits(self.handler, claim={(measure.pk, "claim")})
        self.do(measure, "claim", self.handler)
        self.assert_waits(self.handler)

    def test_without_a_lead_every_responsible_unit_has_it_to_claim(self):
        measure = self.measure(state=S.ISSUED, lead=(), responsible=[make_unit(self.office), self.unit])
        self.assert_waits(self.handler, claim={(measure.pk, "claim")})

    def test_to_report_until_this_month_has_an_entry(self):
        measure = self.measure()
        self.assert_waits(self.handler, report={(measure.pk, "enter_progress")})
        make_progress(measure, self.unit)
        self.assert_waits(self.handler)

    def test_an_entry_of_last_month_does_not_count_for_this_one(self):
        self.plan.reporting_day = 10
        self.plan.save()
        with clock.at(datetime(2026, 11, 10, 12, 0)):
            measure = self.measure()
            self.do(measure, "enter_progress", self.handler, progress="好")
            self.assert_waits(self.handler)
        with clock.at(datetime(2026, 11, 11, 0, 0)):
            self.assert_waits(self.handler, report={(measure.pk, "enter_progress")})

    def test_a_near_date_stays_on_the_desk_although_reported(self):
        measure = self.measure(checkpoints=[clock.today() + timedelta(days=1)])
        make_progress(measure, self.unit)
        self.assert_waits(self.handler, report={(measure.pk, "enter_progress")})

    def test_a_request_waits_for_the_head_and_no_longer_for_the_handler(self):
        measure = self.ready()
        self.do(measure, "request_verification", self.handler)
        self.assert_waits(self.handler)
        self.assert_waits(self.head, decide={(measure.pk, "submit")})
        self.do(measure, "submit", self.head)
        self.assert_waits(self.head)
        self.assert_waits(self.clerk, decide={(measure.pk, "verify")})

    def test_verified_waits_for_the_head_of_the_office_important_for_the_leader(self):
        plain, important = self.measure(state=S.VERIFIED), self.measure(state=S.VERIFIED, important=True)
        self.assert_waits(self.office_head, decide={(plain.pk, "close_out")})
        self.assert_waits(self.leader, decide={(important.pk, "close_out")})

    def test_nothing_waits_for_who_acted_in_another_capacity(self):
        self.measure(state=S.VERIFIED, clerk=self.office_head)
        self.assert_waits(self.office_head)

    def test_a_reported_step_waits_for_the_clerk(self):
        measure = self.measure()
        make_progress(measure, self.unit)
        self.do(measure, "report_checkpoint", self.handler, checkpoint=measure.checkpoints.get().pk)
        self.assert_waits(self.clerk, decide={(measure.pk, "confirm_checkpoint")})

    def test_returned_until_it_is_sent_again(self):
        measure = self.measure(state=S.SUBMITTED)
        self.do(measure, "return_for_rework", self.clerk, reason="缺材料")
        self.assert_waits(self.handler, rework={(measure.pk, "rework")})
        self.assert_waits(self.office_head, rework={(measure.pk, "rework")})
        self.do(measure, "request_verification", self.handler)
        self.assert_waits(self.handler)
        self.assert_waits(self.head, decide={(measure.pk, "submit")})

    def test_the_office_sees_what_is_unclaimed_and_overdue(self):
        unclaimed = self.measure(state=S.ISSUED)
        late = self.measure(checkpoints=[clock.today() - timedelta(days=1)])
        self.measure(checkpoints=[clock.today()])
        self.assert_waits(self.auditor, claim={(unclaimed.pk, "claim")}, report={(late.pk, "overdue")})

    def test_what_is_overdue_stays_so_until_somebody_has_claimed_it(self):
        """A measure that was re-assigned or disputed has its old date; the light beside it says whose it is."""
        late = {"checkpoints": [clock.today() - timedelta(days=1)]}
        moved = self.measure(claim_due_on=clock.today() + timedelta(days=9), **late)
        others = {"leads": [f"unit:{make_unit(self.office).pk}"], "responsible": []}
        self.do(moved, "reassign", self.clerk, **others, reason="职责划转。")
        disputed = self.measure(state=S.DISPUTED, **late)
        self.measure(state=S.SUBMITTED, **late)  # with the office
        self.assert_waits(
            self.auditor,
            claim={(moved.pk, "claim")},
            report={(moved.pk, "overdue"), (disputed.pk, "overdue")},
        )
        self.client.force_login(self.auditor)
        page = self.client.get(reverse("workflows:desk"), headers=ENGLISH)
        claim, report = (page.context["queues"][i]["items"] for i in (0, 1))
        self.assertEqual(
            [(i["light_of"], i["light_html"]) for i in claim], [("clock of the claim", light_html("GREEN"))]
        )
        self.assertEqual({(i["light_of"], i["light_html"]) for i in report}, {("", light_html("RED"))})
        self.assertContains(page, f"<span>clock of the claim {light_html('GREEN')}</span>", html=True)

    def test_a_designated_unit_verifies_where_the_offices_own_department_has_a_duty(self):
        unit = make_unit(self.office)
        inspector = make_person(Role.HANDLER, unit)
        self.plan.verifier_unit = unit
        self.plan.save()
        measure = self.measure(state=S.SUBMITTED, lead=self.housing)
        self.assert_waits(inspector, decide={(measure.pk, "verify")})
        self.assert_waits(self.clerk)

    def test_foreign_measures_wait_for_nobody_here(self):
        foreign = make_plan(make_office())
        for state in (S.ISSUED, S.RECTIFYING, S.SUBMITTED, S.VERIFIED):
            make_measure(foreign, state=state)
        for person in (self.handler, self.head, self.clerk, self.office_head, self.leader, self.auditor):
            self.assert_waits(person)

    def test_counts_go_on_beyond_the_rows_and_the_nearest_date_is_first(self):
        days = [clock.today() + timedelta(days=n) for n in (40, 9, 30, 20, 50, 60, 70)]
        for day in days:
            self.measure(checkpoints=[day])
        queue = desk.queues(self.handler, today=clock.today())[desk.REPORT]
        self.assertEqual((queue.count, queue.nearest), (7, min(days)))
        self.assertEqual([item.due_on for item in queue.items], sorted(days)[: desk.FIRST])

    def test_every_waiting_step_is_one_that_the_page_offers(self):
        """The desk asks the database, the page asks the rectification: they must agree."""
        from workflows.dossier import Dossier  # beside the desk only in this comparison

        requested = self.ready()
        self.do(requested, "request_verification", self.handler)
        for state in (S.ISSUED, S.RECTIFYING, S.SUBMITTED, S.VERIFIED):
            self.measure(state=state)
            self.measure(state=state, important=True)
        for person in (self.handler, self.head, self.clerk, self.office_head, self.leader):
            waiting = self.found(person)
            for pk, step in waiting[desk.DECIDE] | (waiting[desk.CLAIM] if person == self.handler else set()):
                with self.subTest(person=person, step=step):
                    self.assertIsNone(Dossier(person, pk).refusal(step))


class Constellations(LifeTestCase):
    """Measures in every state that waits, and everybody to whom they may fall."""

    @classmethod
    def setUpTestData(cls):
        super().setUpTestData()
        cls.second = make_unit(cls.office, "县住建局")
        cls.designated = make_unit(cls.office, "县审计局")
        cls.people = {name: make_person(*roles[0], name=name) for name, roles in cls.roles().items()}
        for name, roles in cls.roles().items():
            for role, unit in roles[1:]:
                appoint(cls.people[name], unit, role)

    @classmethod
    def roles(cls):
        """{name: [(role, unit)]}: everybody alone, and those who hold two offices at once."""
        own = cls.office.unit
        H, U, C, B, L = Role.HANDLER, Role.UNIT_HEAD, Role.OFFICE_CLERK, Role.OFFICE_HEAD, Role.LEADER
        return {
            "handler": [(H, cls.unit)],
            "head": [(U, cls.unit)],
            "both in the unit": [(H, cls.unit), (U, cls.unit)],
            "handler of two": [(H, cls.unit), (H, cls.second)],
            "head of two": [(U, cls.unit), (U, cls.second)],
            "clerk": [(C, own)],
            "office head": [(B, own)],
            "leader": [(L, own)],
            "clerk and office head": [(C, own), (B, own)],
            "clerk of the housing department": [(C, own), (H, cls.housing)],
            "clerk and unit head": [(C, own), (U, cls.unit)],
            "office head and leader": [(B, own), (L, own)],
            "designated": [(H, cls.designated)],
            "designated head with a duty": [(H, cls.designated), (U, cls.unit)],
        }

    def constellations(self):
        """Measures in every state that waits, with every person in every capacity."""
        designating = make_plan(self.office, verifier_unit=self.designated)
        leads = ([self.unit], [self.unit, self.second], [self.housing], [])
        for plan in (self.plan, designating):
            for lead in leads:
                where = {"plan": plan, "lead": lead, "responsible": [self.designated] if not lead else []}
                for state in (S.ISSUED, S.RECTIFYING, S.SUBMITTED, S.VERIFIED):
                    yield {**where, "state": state}
                yield {**where, "state": S.VERIFIED, "important": True}
        for person in self.people.values():
            for capacity in ("handler", "head", "clerk"):
                yield {"state": S.VERIFIED, capacity: person}
                yield {"state": S.SUBMITTED, capacity: person}
            yield {"state": S.SUBMITTED, "attempt": 2, "clerk": person}  # returned it, may still verify
            yield {"state": S.RECTIFYING, "asked_by": person}
            yield {"state": S.RECTIFYING, "asked_by": self.handler, "sent_back_to": person}
            yield {"state": S.RECTIFYING, "reported_by": person}
        yield {"state": S.RECTIFYING, "later_lead": True}
        yield {"state": S.RECTIFYING, "reported_by": self.handler, "lead": [self.housing]}

    def build(
        self, plan=None, asked_by=None, reported_by=None, later_lead=False, sent_back_to=None, **fields
    ):
        people = {"handler": self.handler, "head": self.head, "clerk": self.clerk, "closer": self.office_head}
        measure = make_measure(plan or self.plan, **{"lead": self.unit, **people, **fields})
        if sent_back_to:
            request = make_sign_off(measure.rounds.get(), self.unit, sent_back_to, "REQUEST")
            request.withdrawn_at = clock.now()
            request.save()
            make_sign_off(measure.rounds.get(), self.unit, self.head, "SEND_BACK")
        if asked_by:
            make_sign_off(measure.rounds.get(), self.unit, asked_by, "REQUEST")
        if reported_by:
            measure.checkpoints.update(reported_on=clock.today(), reported_by=reported_by)
        if later_lead:
            measure.duties.create(
                office=self.office, unit=self.second, role="LEAD", order=9, printed=self.second.name
            )
        return measure


class DeskAndDoorTests(Constellations):
    """Row by row: what waits for a person's decision is what the door lets that person do, no more and no less."""

    ACTS = {  # step: (states in which it is tried, data)
        "claim": ({S.ISSUED, S.RECTIFYING}, {}),
        "submit": ({S.RECTIFYING}, {}),
        "send_back_request": ({S.RECTIFYING}, {"reason": "缺材料"}),
        "confirm_checkpoint": ({S.RECTIFYING}, {}),
        "verify": ({S.SUBMITTED}, {"method": "PAPER", "visited_on": None, "findings": "属实。"}),
        "close_out": ({S.VERIFIED}, {}),
    }

    def may(self, person, measure, step):
        _states, data = self.ACTS[step]
        data = {name: clock.today() if name == "visited_on" else value for name, value in data.items()}
        if step == "confirm_checkpoint":
            data["checkpoint"] = measure.checkpoints.first().pk
        if step == "submit" and self.may(person, measure, "send_back_request"):
            return True  # a request waits for whoever may approve it or send it back
        with transaction.atomic():
            try:
                perform(measure.pk, step, actor=person, **data)
            except Refused:
                return False
            finally:
                transaction.set_rollback(True)
        return True

    def claims_for_all_units(self, person):
        access = access_of(person)
        return not access.own_office_ids and set(access.rights.get("claim_measure", ())) == set(
            access.duty_unit_ids
        )

    @pytest.mark.slow
    def test_the_desk_is_what_the_door_allows(self):
        self.assertGreater(self.compare(self.constellations()), 200)

    def test_a_fifth_of_it_in_every_run(self):
        self.assertGreater(self.compare(list(self.constellations())[::5]), 20)

    def compare(self, constellations):
        """How often the door lets somebody in, asked of everybody on every measure."""
        measures = [self.build(**found) for found in constellations]
        allowed = 0
        for name, person in self.people.items():
            with mock.patch.object(desk, "FIRST", 10_000):
                queues = desk.queues(person, today=clock.today())
            waiting = {(item.pk, item.step) for q in (desk.CLAIM, desk.DECIDE) for item in queues[q].items}
            for step, (states, _data) in self.ACTS.items():
                if step == "send_back_request":
                    continue  # waits as "submit"
                if step == "claim" and not self.claims_for_all_units(person):
                    continue  # shown to heads and the office as well: nothing waits unseen
                for measure in measures:
                    if measure.state not in states:
                        continue
                    may = self.may(person, measure, step)
                    allowed += may
                    if name == "leader" and step == "close_out" and not measure.important:
                        may = False  # a leader may, but it waits for the head of the office
                    with self.subTest(person=name, step=step, measure=str(measure), state=measure.state):
                        self.assertEqual((measure.pk, step) in waiting, may)
        return allowed


class LinkTests(Constellations):
    """The link under a queue leads to exactly the rows that the queue counts."""

    def rows_behind(self, person, queue):
        self.client.force_login(person)
        response = self.client.get(queue["url"])
        return {row.pk for row in response.context["rows"]}, response.context["count"]

    def test_each_queue_leads_to_its_rows_and_no_others(self):
        for found in list(self.constellations())[::7]:
            self.build(**found)
        for days in (-3, 3, 40):
            self.measure(checkpoints=[clock.today() + timedelta(days=days)])
        self.build(state=S.RECTIFYING, attempt=2)
        shown = set()
        for name, person in self.people.items():
            with mock.patch.object(desk, "FIRST", 10_000):
                waiting = desk.queues(person, today=clock.today())
            self.client.force_login(person)
            for queue in self.client.get(reverse("workflows:desk")).context["queues"]:
                pks = {item.pk for item in waiting[queue["name"]].items}
                with self.subTest(person=name, queue=queue["name"]), mock.patch.object(views, "PAGE", 10_000):
                    self.assertEqual(self.rows_behind(person, queue), (pks, len(pks)))
                    shown |= {queue["name"]} if pks else set()
        self.assertEqual(shown, {desk.CLAIM, desk.REPORT, desk.DECIDE, desk.REWORK})

    def test_the_ledger_says_which_queue_it_shows(self):
        for person, words in ((self.handler, "To report"), (self.clerk, "Overdue with the units")):
            self.client.force_login(person)
            page = self.client.get(reverse("cases:ledger"), {"desk": "report"}, headers=ENGLISH)
            with self.subTest(words):
                self.assertEqual([str(chip["value"]) for chip in page.context["active_filters"]], [words])


class ChangesTests(LifeTestCase):
    def test_newest_first_by_others_and_only_what_is_visible(self):
        mine, foreign = self.measure(), make_measure(make_plan(make_office()))
        self.do(mine, "enter_progress", self.handler, progress="好")
        self.do(
            foreign, "enter_progress", make_person(Role.HANDLER, foreign.duties.get().unit), progress="好"
        )
        self.do(mine, "report_checkpoint", self.handler, checkpoint=mine.checkpoints.get().pk)
        entries = desk.recent_entries(self.clerk)
        self.assertEqual(
            [(e.act, e.measure) for e in entries], [("report_checkpoint", mine), ("enter_progress", mine)]
        )
        self.assertEqual(desk.recent_entries(self.handler), [])
