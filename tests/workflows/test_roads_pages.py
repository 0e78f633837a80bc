from datetime import timedelta

from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from cases.models import OfficeRules, PublicNotice
from cases.states import MeasureState
from permissions import clock
from tests.factories import make_measure, make_office, make_unit, png
from tests.workflows.pages import PageTestCase
from tests.workflows.test_disputes import units
from workflows import desk
from workflows.door import perform

S = MeasureState


class RoadPageTests(PageTestCase):
    def page(self, measure, person):
        self.client.force_login(person)
        return self.client.get(measure.get_absolute_url())

    def offered(self, measure, person):
        choices = self.page(measure, person).context["choices"]
        return {c["url"].rstrip("/").rsplit("/", 1)[1] for c in choices if not c["reason"]}

    def test_a_dispute_from_the_unit_to_the_office_and_back(self):
        measure = self.measure(state=S.ISSUED)
        self.assertEqual(self.offered(measure, self.handler), {"claim", "enter-progress", "raise-dispute"})
        self.post(self.handler, measure, "raise_dispute", reason="不属我局职责", proposed_unit="县住建局")
        measure.refresh_from_db()
        page = self.page(measure, self.clerk)
        self.assertContains(page, "The office must decide on the dispute of 县水利局")
        self.assertContains(page, "不属我局职责")
        [row] = page.context["roads"]["disputes"]
        self.assertEqual(
            [way["url"].split("/")[3] for way in row["ways"]], ["settle-dispute", "reassign", "split"]
        )
        folded = {c["url"].split("/")[3] for c in page.context["choices"] if c["is_further"]}
        self.assertFalse(folded & {"reassign", "split"})
        waiting = desk.queues(self.clerk, today=clock.today())[desk.DECIDE]
        self.assertEqual([(item.pk, item.step) for item in waiting.items], [(measure.pk, "settle_dispute")])
        dispute = measure.disputes.get().pk
        self.post(self.clerk, measure, "settle_dispute", dispute=dispute, settlement="按三定方案属你局职责")
        measure.refresh_from_db()
        self.assertEqual(measure.state, S.ISSUED)
        self.assertContains(self.page(measure, self.handler), "按三定方案属你局职责")

    def test_the_form_of_re_assignment_begins_with_the_present_units(self):
        other = make_unit(self.office)
        measure = self.measure(responsible=other)
        self.client.force_login(self.clerk)
        form = self.client.get(self.act_url(measure, "reassign")).context["form"]
        self.assertEqual(
            (form.fields["leads"].initial, form.fields["responsible"].initial),
            (units(self.unit), units(other)),
        )
        self.assertEqual(form.fields["leads"].choices[0][0], units(self.unit)[0])
        sent = {"leads": units(other), "responsible": units(self.unit), "reason": "职责划转"}
        answer = self.post(self.clerk, measure, "reassign", **sent)
        self.assertRedirects(answer, measure.get_absolute_url())
        page = self.page(measure, self.clerk)
        self.assertContains(page, "职责划转")
        self.assertContains(page, "县水利局 → ")

    def test_without_units_the_page_says_so_and_keeps_what_was_typed(self):
        measure = self.measure()
        answer = self.post(self.clerk, measure, "reassign", reason="职责划转")
        self.assertContains(answer, "Choose at least one unit", status_code=409)
        self.assertContains(answer, "职责划转", status_code=409)

    def part(self, number, unit, text="清淤"):
        due = (clock.today() + timedelta(days=30)).isoformat()
        return {f"m{number}-text": text, f"m{number}-leads": units(unit), f"m{number}-first_date": due}

    def test_split_with_a_third_part_asked_for_on_the_way(self):
        measure = self.measure()
        sent = {
            "reason": "各管一段",
            "count": 2,
            **self.part(0, self.unit),
            **self.part(1, self.unit, "护岸"),
        }
        more = self.post(self.clerk, measure, "split", more="", **sent)
        self.assertContains(more, "护岸")
        self.assertContains(more, "各管一段")
        self.assertEqual(len(more.context["form"].parts), 3)
        self.assertEqual(measure.parts.count(), 0)
        answer = self.post(self.clerk, measure, "split", **{**sent, "count": 3})
        self.assertRedirects(answer, measure.get_absolute_url())
        self.assertEqual([p.text for p in measure.parts.order_by("order")], ["清淤", "护岸"])
        page = self.page(measure, self.clerk)
        self.assertContains(page, "Split: its parts go on in its place.")
        self.assertContains(page, f"{measure.number}-2")

    def test_an_incomplete_part_is_marked(self):
        measure = self.measure()
        sent = {"reason": "各管一段", "count": 2, **self.part(0, self.unit), "m1-text": "护岸"}
        answer = self.post(self.clerk, measure, "split", **sent)
        self.assertContains(answer, "Choose at least one unit that answers", status_code=400)
        self.assertEqual(measure.parts.count(), 0)

    def test_every_form_of_the_office_does_its_act(self):
        make_office("city")
        target, other = self.measure(), make_unit(self.office)
        joint = self.measure(lead=[self.unit, other])
        due = (clock.today() + timedelta(days=30)).isoformat()
        city = make_measure(lead=make_unit()).office
        table = [
            (self.clerk, joint, "name_coordinator", {"unit": other.pk}),
            (self.clerk, self.measure(), "merge", {"into": target.pk, "reason": "重复"}),
            (self.office_head, self.measure(), "transfer", {"office": city.pk, "reason": "市级事权"}),
            (self.office_head, self.measure(), "withdraw", {"reason": "上级取消"}),
            (self.office_head, self.measure(), "set_grade", {"important": "1", "reason": "群众反映强烈"}),
            (
                self.clerk,
                self.measure(state=S.CLOSED),
                "relapse",
                {"reason": "反弹", "found_by": "LOOK_BACK", "due_on": due},
            ),
        ]
        for person, measure, act, data in table:
            with self.subTest(act=act):
                self.client.force_login(person)
                self.assertEqual(self.client.get(self.act_url(measure, act)).status_code, 200)
                answer = self.post(person, measure, act, **data)
                self.assertRedirects(answer, measure.get_absolute_url())
                self.assertEqual(measure.trail.first().act, act)

    def test_the_joint_leads_see_how_far_each_has_come(self):
        other = make_unit(self.office)
        measure = self.ready(lead=[self.unit, other])
        self.do(measure, "request_verification", self.handler)
        steps = [u["step"] for d in self.page(measure, self.handler).context["duties"] for u in d["units"]]
        self.assertEqual([str(step) for step in steps], ["requested", "at work"])
        self.do(measure, "submit", self.head)
        steps = [u["step"] for d in self.page(measure, self.handler).context["duties"] for u in d["units"]]
        self.assertEqual(str(steps[0]), "signed by its head")

    def test_files_carry_their_own_acts_for_their_own_unit_only(self):
        measure = self.ready()
        row = measure.evidence.get()
        url = f"{self.act_url(measure, 'withdraw_evidence')}?evidence={row.pk}"
        self.assertContains(self.page(measure, self.handler), url)
        self.assertNotContains(self.page(measure, self.clerk), url)
        self.assertEqual(self.client.get(url).status_code, 403)
        self.post(self.handler, measure, "withdraw_evidence", evidence=row.pk, reason="传错")
        self.assertContains(self.page(measure, self.clerk), "withdrawn")

    def test_the_public_notice_on_page_and_desk(self):
        OfficeRules.objects.create(office=self.office, public_notice_days=5)
        measure = self.measure(state=S.VERIFIED)

        def steps(person):
            queue = desk.queues(person, today=clock.today())[desk.DECIDE]
            return [item.step for item in queue.items if item.pk == measure.pk]

        self.assertEqual((steps(self.clerk), steps(self.office_head)), (["publish_result"], []))
        self.assertContains(self.page(measure, self.office_head), "its result must be published before")
        self.post(self.clerk, measure, "publish_result", where="村务公开栏")
        page = self.page(measure, self.office_head)
        self.assertContains(page, "村务公开栏")
        self.assertContains(page, "it is closed out when that time is over")
        measure.refresh_from_db()
        self.post(self.clerk, measure, "record_objection", text="河边仍有垃圾")
        self.assertEqual(steps(self.clerk), ["settle_objection"])
        PublicNotice.objects.update(
            opened_on=clock.today() - timedelta(days=9), ends_on=clock.today() - timedelta(days=1)
        )
        measure.refresh_from_db()
        self.post(self.clerk, measure, "settle_objection", settlement="已核实清理")
        self.assertEqual((steps(self.clerk), steps(self.office_head)), ([], ["close_out"]))

    def test_the_claim_has_a_light_of_its_own(self):
        today = clock.today()
        late = self.measure(state=S.ISSUED, claim_due_on=today - timedelta(days=1))
        self.assertContains(self.page(late, self.handler), "1 day overdue")
        self.assertTrue(self.page(late, self.handler).context["claim"]["is_late"])
        self.client.force_login(self.handler)
        ledger = self.client.get(reverse("cases:ledger"))
        self.assertContains(ledger, "claim: 1 day overdue")
        queue = self.client.get(reverse("workflows:desk")).context["queues"][0]
        self.assertIn("Red light", queue["items"][0]["light_html"])


class StatementTests(PageTestCase):
    """Acts beside the straight road: their statements do not grow with measures, units or parts."""

    LIMITS = {
        "raise_dispute": 10,
        "settle_dispute": 11,
        "reassign": 15,
        "name_coordinator": 10,
        "set_grade": 7,
        "replace_evidence": 15,
        "withdraw_evidence": 12,
        "relapse": 13,
        "withdraw": 13,
        "merge": 14,
        "split": 20,
    }

    def acts(self):
        other = make_unit(self.office)
        disputed = self.measure(state=S.ISSUED)
        self.do(disputed, "raise_dispute", self.handler, reason="x")
        ready = self.ready()
        row = ready.evidence.get().pk
        withdrawn = self.ready()
        due = clock.today() + timedelta(days=30)
        part = {
            "text": "清淤", "leads": units(self.unit), "responsible": [], "dates": [due], "long_term": False,
        }  # fmt: skip
        return [
            ("raise_dispute", self.handler, self.measure(state=S.ISSUED), {"reason": "x"}),
            (
                "settle_dispute",
                self.clerk,
                disputed,
                {"dispute": disputed.disputes.get().pk, "settlement": "x"},
            ),
            ("reassign", self.clerk, self.measure(), {"leads": units(other), "reason": "x"}),
            ("name_coordinator", self.clerk, self.measure(lead=[self.unit, other]), {"unit": other.pk}),
            ("set_grade", self.office_head, self.measure(), {"important": True, "reason": "x"}),
            ("replace_evidence", self.handler, ready, {"evidence": row, "files": [("图.png", png())]}),
            (
                "withdraw_evidence",
                self.handler,
                withdrawn,
                {"evidence": withdrawn.evidence.get().pk, "reason": "x"},
            ),
            ("relapse", self.clerk, self.measure(state=S.CLOSED), {"reason": "x", "due_on": due}),
            ("withdraw", self.office_head, self.measure(), {"reason": "x"}),
            ("merge", self.clerk, self.measure(), {"into": self.measure().pk, "reason": "x"}),
            ("split", self.clerk, self.measure(), {"parts": [part] * 3, "reason": "x"}),
        ]

    def counts(self):
        found = {}
        for act, actor, measure, data in self.acts():
            with CaptureQueriesContext(connection) as queries:
                perform(
                    measure.pk,
                    act,
                    actor=actor,
                    version=measure.row_version,
                    key=f"{act}{measure.pk}",
                    **data,
                )
            found[act] = sum("SAVEPOINT" not in query["sql"] for query in queries)
        return found

    def test_however_many_measures_and_units(self):
        few = self.counts()
        self.assertEqual({act: count for act, count in few.items() if count > self.LIMITS[act]}, {})
        for _ in range(20):
            self.measure(responsible=[make_unit(self.office), make_unit(self.office)])
        self.assertEqual(self.counts(), few)
