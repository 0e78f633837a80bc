from datetime import timedelta
from decimal import Decimal

from cases.errors import NoRight, NotReady, WrongState
from cases.models import Duty, InputRequest, Measure
from cases.states import MeasureState
from permissions import clock
from permissions.models import Role, UnitGroup
from tests.factories import make_person, make_progress, make_unit, png
from tests.workflows.life import LifeTestCase
from tests.workflows.pages import PageTestCase
from workflows import desk
from workflows.dossier import Dossier
from workflows.sections import inputs

S = MeasureState


class SharedWork(LifeTestCase):
    """A lead and two towns that share the measure."""

    def setUp(self):
        super().setUp()
        self.towns = [make_unit(self.office, name) for name in ("城关镇", "石桥镇")]
        self.clerks = [make_person(Role.HANDLER, town) for town in self.towns]
        self.due_on = clock.today() + timedelta(days=5)
        self.shared = self.measure(responsible=self.towns)

    def ask(self, *towns, **data):
        data = {
            "units": [t.pk for t in towns or self.towns],
            "question": "请报户厕改造数。",
            "due_on": self.due_on,
            **data,
        }
        self.do(self.shared, "ask_input", self.handler, **data)
        return {r.to_unit_id: r for r in self.shared.input_requests.all()}

    def answer(self, number, request, **data):
        data = {"progress": f"{self.towns[number]}已完成改造。", **data}
        return self.do(self.shared, "answer_input", self.clerks[number], request=request.pk, **data)

    def waits(self, person, queue):
        person.__dict__.pop("_access", None)
        return {item.step for item in desk.queues(person, today=clock.today())[queue].items}


class AskInputTests(SharedWork):
    def test_each_unit_gets_a_request_with_the_inner_date(self):
        requests = self.ask()
        self.assertEqual(set(requests), {town.pk for town in self.towns})
        first = requests[self.towns[0].pk]
        self.assertEqual(
            (first.from_unit, first.due_on, first.asked_by), (self.unit, self.due_on, self.handler)
        )
        self.assertEqual(self.shared.trail.count(), 1)

    def test_all_responsible_units_at_once_but_none_twice_and_no_other_lead(self):
        other_lead = make_unit(self.office)
        self.shared = self.measure(lead=[self.unit, other_lead], responsible=self.towns)
        due = {"due_on": self.due_on}
        self.do(self.shared, "ask_input", self.handler, units=[self.towns[0].pk], **due)
        self.do(self.shared, "ask_input", self.handler, everyone=True, **due)
        asked = list(self.shared.input_requests.order_by("pk").values_list("to_unit", flat=True))
        self.assertEqual(asked, [town.pk for town in self.towns])
        text = self.refused(NotReady, self.shared, "ask_input", self.handler, everyone=True, **due)
        self.assertIn("Every responsible unit has been asked already", text)

    def test_only_units_with_a_duty_and_never_oneself(self):
        for unit in (make_unit(self.office), self.unit):
            text = self.refused(
                NotReady,
                self.shared,
                "ask_input",
                self.handler,
                units=[unit.pk],
                question="",
                due_on=self.due_on,
            )
            self.assertIn("Only other units with a duty", text)

    def test_a_past_day_and_an_unanswered_request_are_refused(self):
        data = {"units": [self.towns[0].pk], "question": ""}
        yesterday = clock.today() - timedelta(days=1)
        text = self.refused(NotReady, self.shared, "ask_input", self.handler, due_on=yesterday, **data)
        self.assertIn("This day is past", text)
        self.ask(self.towns[0])
        text = self.refused(NotReady, self.shared, "ask_input", self.handler, due_on=self.due_on, **data)
        self.assertIn("not answered yet: 城关镇", text)

    def test_only_a_lead_asks_and_only_while_rectifying(self):
        data = {"units": [self.towns[1].pk], "question": "", "due_on": self.due_on}
        self.refused(NoRight, self.shared, "ask_input", self.clerks[0], **data)
        self.refused(NoRight, self.shared, "ask_input", self.clerk, **data)
        submitted = self.measure(state=S.SUBMITTED, responsible=self.towns)
        self.refused(WrongState, submitted, "ask_input", self.handler, **data)

    def test_a_request_taken_back_can_be_asked_anew(self):
        request = self.ask(self.towns[0])[self.towns[0].pk]
        self.refused(NoRight, self.shared, "cancel_input", self.clerks[0], request=request.pk)
        self.do(self.shared, "cancel_input", self.handler, request=request.pk)
        self.ask(self.towns[0])
        self.assertEqual(InputRequest.objects.filter(cancelled_at=None).count(), 1)


class AnswerInputTests(SharedWork):
    def test_progress_amount_and_files_are_one_act_in_the_units_own_name(self):
        self.do(self.shared, "set_target", self.clerk, amount=Decimal(10000), unit="户")
        request = self.ask()[self.towns[0].pk]
        self.answer(0, request, difficulties="缺材料", amount=Decimal(812), files=[("户厕.png", png())])
        request.refresh_from_db()
        entry = request.answer
        self.assertEqual(
            (entry.unit, entry.amount, entry.difficulties), (self.towns[0], Decimal(812), "缺材料")
        )
        self.assertEqual([e.unit for e in entry.evidence.all()], [self.towns[0]])
        self.assertIsNotNone(request.answered_at)

    def test_nobody_answers_for_another_unit_or_twice(self):
        requests = self.ask()
        request = requests[self.towns[0].pk]
        data = {"request": request.pk, "progress": "好"}
        self.refused(NoRight, self.shared, "answer_input", self.clerks[1], **data)
        self.answer(0, request)
        self.assertIn(
            "answered this already",
            self.refused(NotReady, self.shared, "answer_input", self.clerks[0], **data),
        )

    def test_a_request_on_another_measure_does_not_count(self):
        request = self.ask()[self.towns[0].pk]
        other = self.measure(responsible=self.towns)
        data = {"request": request.pk, "progress": "好"}
        self.assertIn(
            "no such request", self.refused(NotReady, other, "answer_input", self.clerks[0], **data)
        )

    def test_a_refused_answer_leaves_no_half(self):
        request = self.ask()[self.towns[0].pk]
        data = {"request": request.pk, "progress": "好", "amount": Decimal(1), "files": [("图.png", png())]}
        self.assertIn(
            "no target", self.refused(NotReady, self.shared, "answer_input", self.clerks[0], **data)
        )
        self.assertEqual((self.shared.progress.count(), self.shared.evidence.count()), (0, 0))


class MergeInputsTests(SharedWork):
    def test_the_lead_takes_answers_over_and_they_stay_as_written(self):
        requests = self.ask()
        for number, town in enumerate(self.towns):
            self.answer(number, requests[town.pk])
        rows = [row.pk for row in requests.values()]
        self.do(self.shared, "merge_inputs", self.handler, requests=rows, progress="两镇均已完成。")
        texts = dict(self.shared.progress.values_list("unit__name", "progress"))
        self.assertEqual(
            texts,
            {"城关镇": "城关镇已完成改造。", "石桥镇": "石桥镇已完成改造。", "县水利局": "两镇均已完成。"},
        )
        self.assertFalse(InputRequest.objects.filter(merged_at=None).exists())
        data = {"requests": rows, "progress": "再来"}
        self.assertIn(
            "not been taken over", self.refused(NotReady, self.shared, "merge_inputs", self.handler, **data)
        )

    def test_whoever_comes_in_the_leads_place_takes_the_answers_over(self):
        request, other = self.ask()[self.towns[0].pk], make_unit(self.office)
        self.answer(0, request)
        swap = {"from_unit": self.unit.pk, "to_unit": other.pk, "reason": "分工调整"}
        self.do(self.shared, "reassign", self.clerk, **swap)
        newcomer = make_person(Role.HANDLER, other)
        self.do(self.shared, "claim", newcomer)
        self.do(self.shared, "merge_inputs", newcomer, requests=[request.pk], progress="各单位均已完成。")
        request.refresh_from_db()
        self.assertEqual((request.from_unit, request.merged_by), (other, newcomer))

    def test_what_is_not_answered_cannot_be_taken_over(self):
        request = self.ask()[self.towns[0].pk]
        data = {"requests": [request.pk], "progress": "好"}
        self.assertIn(
            "not been taken over", self.refused(NotReady, self.shared, "merge_inputs", self.handler, **data)
        )
        self.refused(NoRight, self.shared, "merge_inputs", self.clerks[0], **data)


class DeskTests(SharedWork):
    def test_asked_units_then_the_lead_have_it_on_their_desks(self):
        requests = self.ask()
        self.assertEqual(self.waits(self.clerks[0], desk.REPORT), {"answer_input"})
        self.assertEqual(self.waits(self.handler, desk.REPORT), {"enter_progress"})
        self.answer(0, requests[self.towns[0].pk])
        self.assertEqual(self.waits(self.clerks[0], desk.REPORT), set())
        self.assertEqual(self.waits(self.clerks[1], desk.REPORT), {"answer_input"})
        self.assertEqual(self.waits(self.handler, desk.REPORT), {"merge_inputs"})
        row = requests[self.towns[0].pk]
        self.do(self.shared, "merge_inputs", self.handler, requests=[row.pk], progress="好")
        self.assertEqual(self.waits(self.handler, desk.REPORT), set())

    def test_the_inner_date_is_the_one_shown(self):
        self.ask()
        queue = desk.queues(self.clerks[0], today=clock.today())[desk.REPORT]
        self.assertEqual((queue.count, queue.nearest), (1, self.due_on))


class AmountTests(SharedWork):
    def amounts(self):
        return inputs.amounts(Dossier(self.handler, self.shared.pk))

    def test_done_is_the_sum_of_what_each_unit_entered_last(self):
        self.do(self.shared, "set_target", self.clerk, amount=Decimal(10000), unit="户")
        for unit, amount in ((self.towns[0], 3000), (self.towns[0], 4200), (self.towns[1], 4013)):
            make_progress(self.shared, unit, amount=Decimal(amount))
        found = self.amounts()
        self.assertEqual((found["done"], found["target"], found["percent"]), ("8213", "10000", 82))

    def test_less_than_before_and_more_than_the_target_are_pointed_out(self):
        self.do(self.shared, "set_target", self.clerk, amount=Decimal(5000), unit="户")
        for unit, amount in ((self.towns[0], 4200), (self.towns[0], 3000), (self.towns[1], 1000)):
            make_progress(self.shared, unit, amount=Decimal(amount))
        found = self.amounts()
        self.assertEqual([row["fell_from"] for row in found["rows"]], ["", "4200"])
        self.assertFalse(found["above"])
        make_progress(self.shared, self.towns[1], amount=Decimal(2001))
        self.assertTrue(self.amounts()["above"])
        self.client.force_login(self.handler)
        page = self.client.get(self.shared.get_absolute_url())
        self.assertContains(page, "少于上次填报的 4200")
        self.assertContains(page, "已超过目标数")

    def test_without_a_target_nothing_is_counted(self):
        self.assertIsNone(self.amounts())
        data = {"progress": "好", "amount": Decimal(5)}
        self.assertIn(
            "no target", self.refused(NotReady, self.shared, "enter_progress", self.handler, **data)
        )

    def test_a_lead_names_a_target_once_and_the_office_corrects_it(self):
        data = {"amount": Decimal(100), "unit": "亩"}
        self.refused(NoRight, self.shared, "set_target", self.clerks[0], **data)
        self.do(self.shared, "set_target", self.handler, **data)
        lower = {"amount": Decimal(50), "unit": "亩"}
        self.assertIn(
            "has a target already", self.refused(NotReady, self.shared, "set_target", self.handler, **lower)
        )
        self.do(self.shared, "set_target", self.clerk, **lower)
        self.assertEqual(self.shared.target_amount, Decimal(50))


class PageTests(PageTestCase, SharedWork):
    def page(self, person):
        self.client.force_login(person)
        return self.client.get(self.shared.get_absolute_url())

    def test_a_collective_says_how_many_answered_and_who_did_not(self):
        group = UnitGroup.objects.create(office=self.office, name="各镇")
        Duty.objects.filter(measure=self.shared, unit__in=self.towns).update(group=group, printed="各镇")
        requests = self.ask()
        self.answer(0, requests[self.towns[0].pk])
        page = self.page(self.handler)
        self.assertContains(page, "1 of 2 answered")
        self.assertContains(page, "not yet: 石桥镇")
        self.assertContains(page, "1 of 2 reported this month")

    def test_from_asking_to_taking_over_through_the_pages(self):
        today, due = clock.today().isoformat(), self.due_on.isoformat()
        form = {"units": [t.pk for t in self.towns], "question": "请报数", "due_on": due}
        self.assertEqual(self.post(self.handler, self.shared, "ask_input", **form).status_code, 302)
        for number, town in enumerate(self.towns):
            request = self.shared.input_requests.get(to_unit=town)
            self.client.force_login(self.clerks[number])
            page = self.client.get(self.act_url(self.shared, "answer_input"))
            self.assertContains(page, f'value="{request.pk}"')
            self.shared.refresh_from_db()
            form = {"request": request.pk, "progress": f"{town}已完成。", "happened_on": today}
            self.assertEqual(
                self.post(self.clerks[number], self.shared, "answer_input", **form).status_code, 302
            )
        self.client.force_login(self.handler)
        page = self.client.get(self.act_url(self.shared, "merge_inputs"))
        self.assertContains(page, "城关镇：城关镇已完成。\n石桥镇：石桥镇已完成。")
        self.shared.refresh_from_db()
        rows = list(self.shared.input_requests.values_list("pk", flat=True))
        form = {"requests": rows, "progress": "合并", "happened_on": today}
        self.assertEqual(self.post(self.handler, self.shared, "merge_inputs", **form).status_code, 302)
        self.assertContains(self.page(self.handler), "taken over")

    def test_the_form_asks_all_of_them_by_one_tick_and_somebody_at_least(self):
        form = {"due_on": self.due_on.isoformat(), "question": "请报数"}
        self.assertEqual(self.post(self.handler, self.shared, "ask_input", **form).status_code, 400)
        answer = self.post(self.handler, self.shared, "ask_input", everyone="on", **form)
        self.assertEqual(answer.status_code, 302)
        self.assertEqual(self.shared.input_requests.count(), 2)

    def test_the_words_beside_an_amount_stay_after_an_error(self):
        Measure.objects.filter(pk=self.shared.pk).update(target_amount=86, target_unit="公里")
        self.client.force_login(self.handler)
        for page in (
            self.client.get(self.act_url(self.shared, "enter_progress")),
            self.post(self.handler, self.shared, "enter_progress", progress=""),
        ):
            self.assertContains(page, "in 公里", status_code=page.status_code)

    def test_statements_stay_within_fifteen_however_many_units(self):
        today, due = clock.today().isoformat(), self.due_on.isoformat()

        def counts():
            self.shared.refresh_from_db()
            requests = self.ask()
            open_ones = self.shared.input_requests.filter(answered_at=None, cancelled_at=None)
            mine = open_ones.get(to_unit=self.towns[0])
            self.answer(0, mine)
            second = open_ones.get(to_unit=self.towns[1])
            acts = [
                (
                    "answer_input",
                    self.clerks[1],
                    {"request": second.pk, "progress": "好", "happened_on": today},
                ),
                (
                    "merge_inputs",
                    self.handler,
                    {"requests": [mine.pk], "progress": "好", "happened_on": today},
                ),
                ("ask_input", self.handler, {"units": [self.towns[0].pk], "due_on": due}),
            ]
            found = {}
            for act, person, form in acts:
                self.shared.refresh_from_db()
                url = self.act_url(self.shared, act)
                form |= {"row_version": self.shared.row_version, "key": f"{act}{self.shared.row_version}"}
                found[act] = self.statements(person, lambda u=url, f=form: self.client.post(u, f))
            self.shared.input_requests.filter(answered_at=None).update(cancelled_at=clock.now())
            return found, len(requests)

        few, _count = counts()
        self.assertEqual({act: count for act, count in few.items() if count > 15}, {})
        for _ in range(8):
            unit = make_unit(self.office)
            Duty.objects.create(
                office=self.office,
                measure=self.shared,
                unit=unit,
                role="RESPONSIBLE",
                order=9,
                printed=unit.name,
            )
        self.assertEqual(counts()[0], few)
