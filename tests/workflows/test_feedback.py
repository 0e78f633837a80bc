import json
from datetime import timedelta

from django.core.cache import cache
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import SimpleTestCase, override_settings
from django.urls import reverse

from cases import files
from cases.errors import BadFile, NoRight, NotReady, NotVisible, WrongState
from cases.feedback import (
    RECEIPT_LETTERS,
    new_receipt,
    public_state,
    receipt_of,
    similar_matters,
    visible_feedback,
)
from cases.models import Feedback, LogEntry, Problem
from cases.states import MeasureState, SourceLevel
from permissions import clock
from permissions.models import Role
from tests.factories import make_measure, make_office, make_person, make_problem, png
from tests.workflows.life import LifeTestCase
from tests.workflows.pages import PageTestCase
from workflows import papers
from workflows.door import perform

WATER = "我们村的自来水从上周起一直浑浊，水里有泥沙，老人孩子不敢喝，请尽快派人查看。"
PERSON, CONTACT = "欧阳秋实", "13900000000"


class FeedbackCase:
    def report(self, content=WATER, actor=None, **data):
        data = {"channel": "PHONE", "person": PERSON, "contact": CONTACT, **data}
        return perform(
            self.office.pk, "register_feedback", actor=actor or self.clerk, content=content, **data
        ).subject

    def act(self, feedback, act, actor=None, **data):
        perform(feedback.pk, act, actor=actor or self.clerk, **data)
        feedback.refresh_from_db()
        return feedback

    def problem_of(self, feedback):
        due = clock.today() + timedelta(days=60)
        measure = {
            "text": "更换滤料。",
            "leads": [f"unit:{self.unit.pk}"],
            "responsible": [],
            "dates": [due],
            "long_term": False,
        }
        return perform(
            self.office.pk,
            "register_problem",
            actor=self.clerk,
            text="自来水浑浊。",
            source_level=SourceLevel.PUBLIC,
            measures=[measure],
            feedback=feedback.pk,
        ).subject


class RegisterFeedbackTests(FeedbackCase, LifeTestCase):
    def test_a_report_is_kept_with_a_receipt_and_leaves_no_person_in_the_log(self):
        feedback = self.report(attachment=("水样.png", png()))
        self.assertEqual((feedback.state, feedback.person), ("REGISTERED", PERSON))
        self.assertTrue(files.is_intact(feedback.attachment))
        entry = LogEntry.objects.get()
        self.assertEqual((entry.act, entry.object_id), ("register_feedback", feedback.pk))
        self.assertEqual(json.loads(entry.body)["channel"], "PHONE")
        for secret in (PERSON, CONTACT, WATER):
            self.assertNotIn(secret, entry.body)

    def test_refused_without_content_with_a_bad_file_and_to_others(self):
        with self.assertRaisesMessage(NotReady, "Say what is reported."):
            self.report(" ")
        with self.assertRaises(BadFile):
            self.report(attachment=("run.exe", b"MZ"))
        for person in (self.office_head, self.leader, self.auditor):
            with self.subTest(str(person)), self.assertRaises(NoRight):
                self.report(actor=person)
        with self.assertRaises(NotVisible):
            self.report(actor=self.handler)
        self.assertEqual((Feedback.objects.count(), LogEntry.objects.count()), (0, 0))

    def test_the_system_registers_what_comes_over_the_public_page(self):
        feedback = perform(self.office.pk, "register_feedback", actor=None, content=WATER).subject
        self.assertEqual((feedback.channel, feedback.registered_by), ("WEB", None))

    def test_the_office_and_the_one_above_see_it_and_no_unit_does(self):
        below = make_office(parent=self.office)
        feedback = perform(below.pk, "register_feedback", actor=None, content=WATER).subject
        for person in (self.clerk, self.auditor):
            self.assertEqual(visible_feedback(person).get(), feedback)
        for person in (self.handler, self.head, make_person(Role.OFFICE_CLERK)):
            self.assertFalse(visible_feedback(person).exists())


class FeedbackStepsTests(FeedbackCase, LifeTestCase):
    def test_each_act_in_each_state(self):
        allowed = {
            "take_feedback": {"REGISTERED"},
            "link_duplicate": {"REGISTERED", "IN_HAND"},
            "take_back_link": {"IN_HAND", "ANSWERED"},
            "answer_feedback": {"REGISTERED", "IN_HAND", "ANSWERED"},
            "settle_feedback": {"IN_HAND", "ANSWERED"},
        }
        data = {
            "link_duplicate": {"known": "feedback:0"},
            "take_back_link": {"reason": "不是同一件事。"},
            "answer_feedback": {"answer": "已处理。"},
        }
        for act, states in allowed.items():
            for state in ("REGISTERED", "IN_HAND", "ANSWERED", "CLOSED"):
                feedback = self.report()
                Feedback.objects.filter(pk=feedback.pk).update(state=state)
                with self.subTest(act=act, state=state):
                    try:
                        perform(feedback.pk, act, actor=self.clerk, **data.get(act, {}))
                        refused = False
                    except NotReady:
                        refused = False  # the state is right, something else is missing
                    except WrongState:
                        refused = True
                    self.assertEqual(refused, state not in states)

    def test_answered_and_settled_with_who_was_held_to_account(self):
        feedback = self.report()
        with self.assertRaisesMessage(NotReady, "Answer the report before"):
            self.act(self.act(feedback, "take_feedback"), "settle_feedback")
        self.act(feedback, "answer_feedback", answer="已更换滤料。")
        self.assertEqual((feedback.state, feedback.answer), ("ANSWERED", "已更换滤料。"))
        self.act(feedback, "settle_feedback", accountability="对供水站负责人提醒谈话。")
        self.assertEqual((feedback.state, feedback.accountability), ("CLOSED", "对供水站负责人提醒谈话。"))
        self.assertEqual(feedback.row_version, 4)

    def test_only_clerks_of_the_office_act(self):
        feedback = self.report()
        for person, error in ((self.office_head, NoRight), (self.auditor, NoRight), (self.head, NotVisible)):
            with self.subTest(str(person)), self.assertRaises(error):
                self.act(feedback, "take_feedback", person)
        with self.assertRaises(NoRight):
            perform(feedback.pk, "take_feedback", actor=None)

    def test_a_repeat_goes_with_the_first_report_and_never_in_a_chain(self):
        first, second, third = (self.report() for _ in range(3))
        self.act(second, "link_duplicate", known=f"feedback:{first.pk}")
        self.act(third, "link_duplicate", known=f"feedback:{second.pk}")
        self.assertEqual([second.duplicate_of, third.duplicate_of], [first, first])
        for feedback, known, sentence in (
            (first, f"feedback:{second.pk}", "cannot repeat itself"),
            (first, f"feedback:{self.report().pk}", "Other reports are linked"),
            (second, f"feedback:{first.pk}", "linked already"),
            (self.report(), "feedback:0", "no such report"),
            (self.report(), "office:1", "no such report"),
            (self.report(), "problem:x", "no such report"),
        ):
            with self.subTest(sentence), self.assertRaisesMessage(NotReady, sentence):
                self.act(feedback, "link_duplicate", known=known)
        self.act(second, "settle_feedback")
        self.assertEqual(second.state, "CLOSED")

    def test_a_wrong_link_is_taken_back_with_its_reason_and_the_report_goes_on(self):
        first, repeat, made = (self.report() for _ in range(3))
        problem = self.problem_of(made)
        made.refresh_from_db()
        self.act(repeat, "link_duplicate", known=f"feedback:{first.pk}")
        for feedback, kind, known in ((made, "problem", problem), (repeat, "feedback", first)):
            with self.subTest(kind):
                for missing, sentence in (("", "Say why"), (" ", "Say why")):
                    with self.assertRaisesMessage(NotReady, sentence):
                        self.act(feedback, "take_back_link", reason=missing)
                self.act(feedback, "answer_feedback", answer="正在办理。")
                self.act(feedback, "take_back_link", reason="地点不同。")
                self.assertEqual((feedback.problem, feedback.duplicate_of), (None, None))
                self.assertEqual((feedback.state, feedback.answer), ("IN_HAND", "正在办理。"))
                body = json.loads(LogEntry.objects.order_by("-sequence").first().body)
                self.assertEqual(
                    (body[kind], body["reason"], body["note"]), (known.pk, "地点不同。", str(known))
                )
                with self.assertRaisesMessage(NotReady, "not linked to anything"):
                    self.act(feedback, "take_back_link", reason="地点不同。")
                self.act(feedback, "link_duplicate", known=f"problem:{problem.pk}")
        self.assertEqual(problem.measures.count(), 1)

    def test_what_belongs_to_another_office_is_not_linked(self):
        elsewhere = make_problem()
        with self.assertRaisesMessage(NotReady, "no such report"):
            self.act(self.report(), "link_duplicate", known=f"problem:{elsewhere.pk}")

    def test_a_report_becomes_a_problem_and_is_rectified_with_its_measures(self):
        feedback = self.report()
        problem = self.problem_of(feedback)
        repeat = self.report(known=f"feedback:{feedback.pk}")
        feedback.refresh_from_db()
        self.assertEqual((feedback.problem, feedback.state, repeat.state), (problem, "IN_HAND", "IN_HAND"))
        with self.assertRaisesMessage(NotReady, "linked already"):
            self.problem_of(feedback)
        self.act(feedback, "answer_feedback", answer="正在整改。")
        with self.assertRaisesMessage(NotReady, "still being rectified"):
            self.act(feedback, "settle_feedback")
        self.assertEqual(set(visible_feedback(self.clerk).values_list("rectified", flat=True)), {False})
        problem.measures.update(state=MeasureState.CLOSED, closed_on=clock.today())
        self.assertEqual(set(visible_feedback(self.clerk).values_list("rectified", flat=True)), {True})
        self.assertEqual(self.act(feedback, "settle_feedback").state, "CLOSED")

    def test_withdrawn_measures_alone_rectify_nothing(self):
        feedback = self.report()
        self.problem_of(feedback).measures.update(state=MeasureState.WITHDRAWN)
        self.assertFalse(visible_feedback(self.clerk).get().rectified)

    def test_a_report_of_another_office_cannot_become_a_problem(self):
        foreign = perform(make_office().pk, "register_feedback", actor=None, content=WATER).subject
        with self.assertRaises(NotVisible):
            self.problem_of(foreign)
        self.assertEqual(Problem.objects.count(), 0)


class LikenessTests(FeedbackCase, LifeTestCase):
    def alike(self, content, **kwargs):
        return [candidate.value for candidate in similar_matters(self.office.pk, content, **kwargs)]

    def test_marks_blanks_and_a_few_other_words_do_not_hide_what_is_the_same(self):
        feedback = self.report()
        for content in (
            WATER,
            WATER.replace("，", " , "),
            "你好！" + WATER.replace("上周", "本周"),
            WATER[:24],
        ):
            with self.subTest(content):
                self.assertEqual(self.alike(content), [f"feedback:{feedback.pk}"])

    def test_another_matter_settled_repeated_and_foreign_reports_are_not_offered(self):
        settled, first = self.report(), self.report()
        Feedback.objects.filter(pk=settled.pk).update(state="CLOSED")
        self.report(known=f"feedback:{first.pk}")
        perform(make_office().pk, "register_feedback", actor=None, content=WATER)
        self.assertEqual(self.alike(WATER), [f"feedback:{first.pk}"])
        self.assertEqual(self.alike(WATER, without=first.pk), [])
        for content in ("学校门口的路灯已经坏了两个月，晚上孩子放学很危险。", "水", ""):
            self.assertEqual(self.alike(content), [])

    def test_open_problems_are_offered_and_finished_ones_are_not(self):
        problem = make_problem(self.plan, text=WATER)
        make_measure(self.plan, problem=problem, lead=self.unit)
        self.assertEqual(self.alike(WATER), [f"problem:{problem.pk}"])
        problem.measures.update(state=MeasureState.CLOSED, closed_on=clock.today())
        self.assertEqual(self.alike(WATER), [])


class ReceiptTests(LifeTestCase):
    def test_a_receipt_has_no_letters_that_look_alike_and_is_never_the_same(self):
        receipts = {new_receipt() for _ in range(200)}
        self.assertEqual(len(receipts), 200)
        self.assertEqual({len(receipt) for receipt in receipts}, {10})
        self.assertFalse(set("".join(receipts)) - set(RECEIPT_LETTERS))
        self.assertFalse(set(RECEIPT_LETTERS) & set("0O1IL"))

    def test_blanks_and_small_letters_do_not_matter(self):
        self.assertEqual(receipt_of(" abcde-23 456 "), "ABCDE23456")
        self.assertIsNone(public_state("ABCDE23456"))


class FeedbackPageTests(FeedbackCase, PageTestCase):
    def page(self, person, feedback):
        self.client.force_login(person)
        return self.client.get(feedback.get_absolute_url())

    def test_name_contact_and_attachment_are_shown_to_clerks_only(self):
        feedback = self.report(attachment=("水样.png", png()))
        file_url = reverse("workflows:feedback_file", args=[feedback.pk])
        page = self.page(self.clerk, feedback)
        for shown in (PERSON, CONTACT, file_url):
            self.assertContains(page, shown)
        for person in (self.auditor, self.office_head, self.leader):
            page = self.page(person, feedback)
            self.assertContains(page, WATER)
            for hidden in (PERSON, CONTACT, file_url):
                self.assertNotContains(page, hidden)
            self.assertEqual(self.client.get(file_url).status_code, 403)
            listed = self.client.get(reverse("workflows:feedback_list"))
            self.assertContains(listed, feedback.receipt)
            self.assertNotContains(listed, PERSON)

    def test_the_register_is_found_by_text_and_state_and_costs_the_same_for_each_length(self):
        water, lamp = self.report(), self.report("路灯不亮，晚上危险。")
        self.act(lamp, "take_feedback")
        self.client.force_login(self.auditor)
        url = reverse("workflows:feedback_list")

        def found(query):
            return list(self.client.get(url, query).context["page_obj"])

        self.assertEqual(found({}), [lamp, water])
        self.assertEqual(found({"q": "自来水"}), [water])
        self.assertEqual(found({"q": water.receipt.lower()}), [water])
        self.assertEqual(found({"state": "IN_HAND"}), [lamp])
        self.assertEqual(found({"q": PERSON}), [])
        before = self.statements(self.auditor, lambda: self.client.get(url))
        self.report(known=f"feedback:{water.pk}")
        self.assertEqual(self.statements(self.auditor, lambda: self.client.get(url)), before)

    def test_only_office_people_have_the_register_in_their_navigation(self):
        url = reverse("workflows:feedback_list")
        for person, shown in ((self.clerk, True), (self.auditor, True), (self.handler, False)):
            self.client.force_login(person)
            nav = [entry["url"] for entry in self.client.get(reverse("cases:plans")).context["nav"]]
            self.assertEqual(url in nav, shown)

    def test_a_new_report_waits_on_the_desks_of_the_clerks(self):
        feedback = self.report()
        for person, tasks in ((self.clerk, ["Look into a report by the public"]), (self.auditor, [])):
            found = [paper.task for paper in papers.waiting(person, today=clock.today())]
            self.assertEqual(found, tasks)
        self.act(feedback, "take_feedback")
        self.assertEqual(papers.waiting(self.clerk, today=clock.today()), [])

    def test_something_alike_is_asked_about_before_anything_is_saved(self):
        first = self.report()
        self.client.force_login(self.clerk)
        url = reverse("workflows:register_feedback")
        form = {"office": self.office.pk, "channel": "LETTER", "content": WATER, "key": "k"}
        page = self.client.post(url, {**form, "attachment": SimpleUploadedFile("a.png", png())})
        self.assertContains(page, "Say whether this is the same", status_code=400)
        self.assertContains(page, "choose the file again", status_code=400)
        self.assertContains(page, first.receipt, status_code=400)
        self.assertEqual(Feedback.objects.count(), 1)
        self.client.post(url, {**form, "known": f"feedback:{first.pk}"})
        self.client.post(url, {**form, "known": "new", "key": "k2"})
        self.assertEqual(
            list(Feedback.objects.order_by("pk").values_list("duplicate_of", flat=True)),
            [None, first.pk, None],
        )

    def test_the_clerk_goes_all_the_way(self):
        earlier = self.report("路灯不亮，晚上很危险，请修理。")
        feedback = self.report("请修理路灯不亮，晚上很危险。")
        page = self.page(self.clerk, feedback)
        self.assertContains(page, earlier.receipt)
        for act, data in (
            ("take_feedback", {}),
            ("link_duplicate", {"receipt": earlier.receipt.lower()}),
            ("answer_feedback", {"answer": "已修好。"}),
            ("settle_feedback", {}),
        ):
            url = reverse(f"workflows:{act}", args=[feedback.pk])
            answer = self.client.post(url, {**self.hidden(self.client.get(url)), **data})
            self.assertRedirects(answer, feedback.get_absolute_url())
        feedback.refresh_from_db()
        self.assertEqual((feedback.state, feedback.duplicate_of), ("CLOSED", earlier))
        acts = [entry["act"] for entry in self.page(self.clerk, feedback).context["trail"]]
        self.assertEqual(
            acts,
            [
                "settled it",
                "answered it",
                "linked it to a known matter",
                "took it in hand",
                "registered the report",
            ],
        )
        again = self.client.post(reverse("workflows:answer_feedback", args=[feedback.pk]), {"answer": "再答"})
        self.assertContains(again, "再答", status_code=409)

    def test_a_link_is_taken_back_from_its_page(self):
        feedback = self.report()
        address = reverse("workflows:take_back_link", args=[feedback.pk])
        self.client.force_login(self.clerk)
        self.assertNotContains(self.client.get(feedback.get_absolute_url()), address)
        problem = self.problem_of(self.report("河边倾倒建筑垃圾，堆了半个月无人清理。"))
        self.act(feedback, "link_duplicate", known=f"problem:{problem.pk}")
        self.assertContains(self.client.get(feedback.get_absolute_url()), address)
        sent = {"row_version": feedback.row_version, "key": "k", "reason": ""}
        self.assertEqual(self.client.post(address, sent).status_code, 400)
        page = self.client.post(address, {**sent, "reason": "不是同一处。"}, follow=True)
        self.assertContains(page, "The link was taken back.")
        self.assertContains(page, "不是同一处。")
        self.assertNotContains(page, address)

    def test_what_reads_alike_is_looked_for_anew_whenever_the_report_is_opened(self):
        feedback = self.report()
        self.client.force_login(self.clerk)

        def offered():
            page = self.client.get(feedback.get_absolute_url())
            return [candidate.value for candidate in page.context["candidates"]]

        self.assertEqual(offered(), [])
        later = self.report()
        problem = self.problem_of(self.report("河边倾倒建筑垃圾，堆了半个月无人清理。"))
        Problem.objects.filter(pk=problem.pk).update(text=WATER)
        self.assertEqual(set(offered()), {f"feedback:{later.pk}", f"problem:{problem.pk}"})
        self.act(later, "link_duplicate", known=f"feedback:{feedback.pk}")
        self.assertEqual(offered(), [f"problem:{problem.pk}"])

    def test_linking_asks_for_something_and_knows_only_the_own_register(self):
        feedback = self.report()
        foreign = perform(make_office().pk, "register_feedback", actor=None, content=WATER).subject
        self.client.force_login(self.clerk)
        url = reverse("workflows:link_duplicate", args=[feedback.pk])
        self.assertContains(self.client.post(url, {}), "type its receipt number", status_code=400)
        page = self.client.post(url, {"receipt": foreign.receipt})
        self.assertContains(page, "no report with this number", status_code=400)

    def test_the_form_of_a_problem_is_filled_in_from_the_report(self):
        feedback = self.report()
        self.client.force_login(self.clerk)
        url = reverse("workflows:feedback_problem", args=[feedback.pk])
        page = self.client.get(url)
        self.assertContains(page, WATER)
        self.assertContains(page, '<option value="PUBLIC" selected>')
        form = {
            "office": self.office.pk,
            "count": 1,
            "text": "自来水浑浊。",
            "source_level": "PUBLIC",
            "m0-text": "更换滤料。",
            "m0-leads": [f"unit:{self.unit.pk}"],
            "m0-long_term": "on",
        }
        self.client.post(url, form)
        feedback.refresh_from_db()
        self.assertEqual(feedback.problem, Problem.objects.get())
        page = self.page(self.clerk, feedback)
        self.assertEqual(page.context["trail"][0]["act"], "registered the problem")
        self.assertContains(self.client.post(url, form), "linked already", status_code=409)


@override_settings(XIAOHAO_PUBLIC_PAGE=True, XIAOHAO_PUBLIC_PER_HOUR=2)
class PublicPageTests(FeedbackCase, PageTestCase):
    url = "/public/"

    def setUp(self):
        super().setUp()
        cache.clear()

    def send(self, address="192.0.2.1", **changes):
        form = {"office": self.office.pk, "content": WATER, "person": PERSON, "contact": CONTACT, **changes}
        return self.client.post(self.url, form, REMOTE_ADDR=address)

    def test_anybody_reports_and_gets_a_page_with_a_receipt(self):
        page = self.client.get(self.url)
        self.assertContains(page, "Report a problem")
        self.assertNotIn("nav", page.context)
        answer = self.send(attachment=SimpleUploadedFile("水样.png", png()))
        feedback = Feedback.objects.get()
        self.assertRedirects(answer, f"/public/{feedback.receipt}/")
        self.assertEqual((feedback.channel, feedback.attachment_name), ("WEB", "水样.png"))
        self.assertIsNone(LogEntry.objects.get().actor)

    def test_the_state_is_shown_without_anything_about_the_person(self):
        feedback = self.report(location="石桥镇三组", attachment=("欧阳的信.png", png()))
        self.act(feedback, "answer_feedback", answer="已更换滤料。")
        self.act(feedback, "settle_feedback", accountability="提醒谈话")
        page = self.client.get(f"/public/{feedback.receipt}/")
        self.assertContains(page, "已更换滤料。")
        self.assertContains(page, "Settled")
        for secret in (PERSON, CONTACT, WATER, "石桥镇三组", "欧阳的信", "提醒谈话", str(self.clerk)):
            self.assertNotContains(page, secret)
        self.assertIn("no-store", page["Cache-Control"])

    def test_a_repeat_shows_the_answer_to_the_first_and_that_it_is_rectified(self):
        first = self.report()
        repeat = self.report(known=f"feedback:{first.pk}")
        self.problem_of(first).measures.update(state=MeasureState.CLOSED, closed_on=clock.today())
        self.act(first, "answer_feedback", answer="已更换滤料。")
        page = self.client.get(f"/public/{repeat.receipt}/")
        self.assertContains(page, "已更换滤料。")
        self.assertContains(page, "has been rectified")
        self.assertNotContains(page, first.receipt)

    def test_a_receipt_is_looked_up_as_it_was_written_down(self):
        feedback = self.report()
        typed = f"{feedback.receipt[:5].lower()} {feedback.receipt[5:]}"
        answer = self.client.get(self.url, {"receipt": typed})
        self.assertRedirects(answer, f"/public/{feedback.receipt}/")
        for wrong in ("AAAAAAAAAA", "", "' OR 1"):
            self.assertEqual(self.client.get(self.url, {"receipt": wrong}).status_code, 404)
        self.assertEqual(self.client.get("/public/AAAAAAAAAA/").status_code, 404)

    def test_a_client_has_its_number_of_reports_an_hour_and_another_its_own(self):
        self.assertEqual([self.send().status_code for _ in range(3)], [302, 302, 429])
        self.assertEqual(self.send(address="192.0.2.2").status_code, 302)
        self.assertEqual(Feedback.objects.count(), 3)

    def test_what_is_refused_costs_no_place(self):
        self.assertEqual([self.send(content="").status_code for _ in range(3)], [400] * 3)
        self.assertEqual(self.send().status_code, 302)

    def test_behind_a_proxy_the_client_is_the_one_that_the_proxy_saw(self):
        def send(forwarded):
            form = {"office": self.office.pk, "content": WATER}
            return self.client.post(self.url, form, headers={"X-Forwarded-For": forwarded}).status_code

        with override_settings(XIAOHAO_PROXIES=1):
            self.assertEqual([send(f"{n}.1.1.1, 192.0.2.1") for n in range(3)], [302, 302, 429])
            self.assertEqual(send("192.0.2.2"), 302)
        with override_settings(XIAOHAO_PROXIES=0):  # anybody may write this header
            self.assertEqual([send(f"192.0.2.{n}") for n in range(3, 6)], [302, 302, 429])

    def test_with_several_offices_one_has_to_be_chosen(self):
        other = make_office()
        self.assertContains(self.client.get(self.url), "Please choose")
        self.assertEqual(self.send(office="").status_code, 400)
        self.send(office=other.pk)
        self.assertEqual(Feedback.objects.get().office, other)

    def test_a_program_that_fills_in_everything_and_bad_files_are_refused(self):
        self.assertContains(self.send(website="http"), "has to stay empty", status_code=400)
        page = self.send(attachment=SimpleUploadedFile("a.exe", b"MZ"))
        self.assertContains(page, "not a kind of file", status_code=400)
        self.assertContains(page, WATER, status_code=400)
        with override_settings(XIAOHAO_PUBLIC_MAX_MB=1):
            large = SimpleUploadedFile("a.png", png() + bytes(1024 * 1024))
            self.assertContains(self.send(attachment=large), "larger than 1 MB", status_code=400)
            larger = SimpleUploadedFile("a.png", bytes(2 * 1024 * 1024 + 1))
            self.assertEqual(self.send(attachment=larger).status_code, 413)
        self.assertEqual(Feedback.objects.count(), 0)

    def test_the_same_form_twice_is_one_report_and_a_strange_key_finds_nothing(self):
        self.report(key="k" * 32)
        key = "0123456789abcdef" * 2
        self.assertEqual(self.send(key=key).url, self.send(key=key).url)
        with override_settings(XIAOHAO_PUBLIC_PER_HOUR=9):
            self.assertNotEqual(self.send(key="k" * 32).url, self.send(key="k" * 32).url)

    def test_a_form_from_elsewhere_is_refused(self):
        self.client.handler.enforce_csrf_checks = True
        self.assertEqual(self.send().status_code, 403)
        self.assertEqual(Feedback.objects.count(), 0)


class PublicPageOffTests(FeedbackCase, PageTestCase):
    def test_it_is_off_unless_switched_on(self):
        feedback = self.report()
        for url in ("/public/", f"/public/{feedback.receipt}/"):
            self.assertEqual(self.client.get(url).status_code, 404)
        answer = self.client.post("/public/", {"office": self.office.pk, "content": WATER})
        self.assertEqual((answer.status_code, Feedback.objects.count()), (404, 1))


class LettersTests(SimpleTestCase):
    def test_enough_numbers_that_guessing_is_hopeless(self):
        self.assertGreater(len(RECEIPT_LETTERS) ** 10, 10**14)
