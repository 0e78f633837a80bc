from datetime import timedelta

from django.contrib.messages import get_messages
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client, override_settings
from django.urls import reverse

from cases.states import MeasureState
from permissions import clock
from permissions.models import Role
from tests.factories import make_evidence, make_measure, make_office, make_person, make_plan, make_unit, png
from tests.workflows.pages import PageTestCase

S = MeasureState


def upload(name, data=None):
    return SimpleUploadedFile(name, png() if data is None else data)


class ActPageTests(PageTestCase):
    def assert_done(self, response, measure, message):
        self.assertRedirects(response, measure.get_absolute_url(), fetch_redirect_response=False)
        self.assertEqual([str(m) for m in get_messages(response.wsgi_request)], [message])
        measure.refresh_from_db()

    def test_the_whole_life_through_the_pages(self):
        measure, n = self.measure(state=S.ISSUED), "(一)(1)"
        today = clock.today().isoformat()
        step = {"checkpoint": measure.checkpoints.get().pk}
        check = {"method": "SITE", "visited_on": today, "findings": "属实"}
        table = [
            ("claim", self.handler, {}, f"{n} is claimed. Enter progress as the work goes on."),
            (
                "enter_progress",
                self.handler,
                {"progress": "已完成", "happened_on": today},
                f"The progress on {n} is recorded and goes into this month's filing.",
            ),
            (
                "attach_evidence",
                self.handler,
                {"files": [upload("图.png")]},
                f"The evidence for {n} is stored.",
            ),
            (
                "report_checkpoint",
                self.handler,
                step,
                f"The checkpoint of {n} is reported; the office confirms it.",
            ),
            ("confirm_checkpoint", self.clerk, step, f"The checkpoint of {n} is confirmed as met."),
            (
                "request_verification",
                self.handler,
                {},
                f"Verification of {n} is requested; now the head of your unit approves it.",
            ),
            ("submit", self.head, {}, f"{n} is with the office, which verifies it."),
            (
                "return_for_rework",
                self.clerk,
                {"reason": "缺照片"},
                f"{n} is back with its lead unit, with your reason.",
            ),
            (
                "request_verification",
                self.handler,
                {},
                f"Verification of {n} is requested; now the head of your unit approves it.",
            ),
            ("submit", self.head, {}, f"{n} is with the office, which verifies it."),
            ("verify", self.clerk, check, f"{n} is verified. Somebody else now closes it out."),
            ("close_out", self.office_head, {"note": "同意"}, f"{n} is closed out."),
        ]
        for act, person, data, message in table:
            with self.subTest(act=act):
                self.client.force_login(person)
                page = self.client.get(self.act_url(measure, act))
                self.assertEqual(page.status_code, 200)
                self.assert_done(self.post(person, measure, act, self.hidden(page), **data), measure, message)
        self.assertEqual(measure.state, S.CLOSED)

    def test_who_says_that_it_is_done_reads_what_is_still_open(self):
        town = make_unit(self.office)
        measure = self.ready(responsible=[town], target_amount=100, target_unit="户")
        step = measure.checkpoints.get()
        later = {"checkpoint": step.pk, "new_due_on": step.due_on + timedelta(days=9)}
        self.do(measure, "enter_progress", self.handler, progress="好", amount=60)
        self.do(measure, "ask_input", self.handler, units=[town.pk], question="数？", due_on=clock.today())
        self.do(measure, "request_extension", self.handler, **later, reason="雨", interim_measures="无")
        self.client.force_login(self.handler)
        page = self.client.get(self.act_url(measure, "request_verification"))
        for words in (
            f"which this request says are reached: {step.due_on}.",
            "1 asked unit has not answered.",
            "Reached so far: 60 of 100 户.",
            "A request for a later date waits",
        ):
            self.assertContains(page, words)
        self.assertEqual(self.client.get(self.act_url(measure, "enter_progress")).context["unfinished"], [])

    def test_a_double_click_is_one_act(self):
        measure = self.measure()
        data = {"progress": "已完成", "happened_on": clock.today()}
        form = {"row_version": 1, "key": "k1"}
        for _ in range(2):
            response = self.post(self.handler, measure, "enter_progress", form, **data)
            self.assertEqual(response.status_code, 302)
        self.assertEqual(measure.progress.count(), 1)

    def test_a_stale_form_keeps_the_text_names_the_winner_and_goes_through_when_sent_again(self):
        measure = self.measure()
        data = {"progress": "我写了半小时", "happened_on": clock.today()}
        form = {"row_version": 1, "key": "k1"}
        self.do(measure, "enter_progress", make_person(Role.HANDLER, self.unit, name="周敏"), progress="甲")
        response = self.post(self.handler, measure, "enter_progress", form, **data)
        self.assertContains(response, "我写了半小时", status_code=409)
        self.assertContains(response, "周敏 changed this at", status_code=409)
        again = self.hidden(response)
        self.assertEqual(again["row_version"], "2")
        self.assertEqual(self.post(self.handler, measure, "enter_progress", again, **data).status_code, 302)
        self.assertEqual(measure.progress.count(), 2)

    def test_a_stale_form_shows_what_the_others_wrote_beside_what_was_typed(self):
        measure, colleague = self.measure(), make_person(Role.HANDLER, self.unit, name="周敏")
        self.do(measure, "enter_progress", self.handler, progress="早已看过的一条")
        seen = {"row_version": measure.row_version, "key": "k1"}
        self.do(measure, "enter_progress", colleague, progress="周敏的进展", next_steps="周敏的下步")
        self.do(measure, "attach_evidence", colleague, files=[("周敏的照片.png", png())])
        mine = {"progress": "我写了半小时", "next_steps": "我的下步", "happened_on": clock.today()}
        page = self.post(self.handler, measure, "enter_progress", seen, **mine)
        texts = [row["text"] for row in page.context["meanwhile"]]
        self.assertEqual((page.status_code, texts), (409, ["周敏的照片.png", "周敏的进展\n周敏的下步"]))
        for text in ("我写了半小时", "我的下步", "周敏的进展", "周敏的下步", "周敏的照片.png"):
            self.assertContains(page, text, status_code=409)
        self.assertNotContains(page, "早已看过的一条", status_code=409)

    def test_a_verification_shows_the_other_one_s_findings_and_keeps_its_own(self):
        measure, other = self.measure(state=S.SUBMITTED), make_person(Role.OFFICE_CLERK, self.office)
        seen = {"row_version": measure.row_version, "key": "k1"}
        check = {"method": "PAPER", "visited_on": clock.today()}
        self.do(measure, "verify", other, findings="他人核查属实", **check)
        page = self.post(self.clerk, measure, "verify", seen, findings="我的核查意见", **check)
        self.assertContains(page, "我的核查意见", status_code=409)
        self.assertContains(page, "他人核查属实", status_code=409)

    def test_a_form_without_text_offers_no_act_that_somebody_else_has_done(self):
        measure, colleague = self.measure(state=S.ISSUED), make_person(Role.HANDLER, self.unit, name="周敏")
        seen = {"row_version": measure.row_version, "key": "k1"}
        self.do(measure, "claim", colleague)
        page = self.post(self.handler, measure, "claim", seen)
        self.assertContains(page, measure.get_absolute_url(), status_code=409)
        self.assertNotContains(page, "text is kept", status_code=409)
        self.assertNotIn("form", page.context)

    def test_a_form_without_text_goes_through_when_sent_again(self):
        measure = self.measure(state=S.ISSUED)
        seen = {"row_version": measure.row_version, "key": "k1"}
        self.do(measure, "set_grade", self.office_head, important=True, reason="重点")
        page = self.post(self.handler, measure, "claim", seen)
        self.assertContains(page, "while you had it open", status_code=409)
        self.assertEqual(self.post(self.handler, measure, "claim", self.hidden(page)).status_code, 302)

    def test_a_refusal_by_state_keeps_the_text_with_409(self):
        measure = self.measure(state=S.CLOSED)
        response = self.post(
            self.handler, measure, "enter_progress", progress="迟到的进展", happened_on=clock.today()
        )
        self.assertContains(response, "迟到的进展", status_code=409)
        self.assertContains(response, "This is not possible in the state “Closed out”.", status_code=409)

    def test_a_refusal_by_right_keeps_the_text_with_403(self):
        response = self.post(self.clerk, self.measure(state=S.VERIFIED), "close_out", note="我来销号")
        self.assertContains(response, "我来销号", status_code=403)
        self.assertContains(response, "Your role does not include this act on this item.", status_code=403)

    def test_a_form_that_cannot_be_sent_says_why_before_it_is_written(self):
        measure = self.measure(state=S.VERIFIED, clerk=self.office_head)
        table = [
            (self.clerk, "close_out", 403, "Your role does not include this act on this item."),
            (self.office_head, "close_out", 409, "already acted on this measure in this round"),
            (self.clerk, "verify", 409, "This is not possible in the state “Awaiting close-out”."),
            (self.clerk, "confirm_checkpoint", 409, "This is not possible in the state"),
        ]
        for person, act, status, text in table:
            with self.subTest(act=act, person=person):
                self.client.force_login(person)
                self.assertContains(self.client.get(self.act_url(measure, act)), text, status_code=status)

    def test_a_foreign_measure_is_not_found_by_page_or_form(self):
        foreign = make_measure(make_plan(make_office()))
        self.client.force_login(self.handler)
        for act in ("enter_progress", "claim", "attach_evidence"):
            with self.subTest(act=act):
                self.assertEqual(self.client.get(self.act_url(foreign, act)).status_code, 404)
                response = self.post(self.handler, foreign, act, progress="好", happened_on=clock.today())
                self.assertEqual(response.status_code, 404)
        self.assertEqual(foreign.progress.count(), 0)

    def test_an_empty_text_is_asked_for(self):
        response = self.post(self.clerk, self.measure(state=S.SUBMITTED), "return_for_rework", reason="  ")
        self.assertContains(response, "This field is required.", status_code=400)

    def test_forms_need_the_token(self):
        measure, client = self.measure(state=S.ISSUED), Client(enforce_csrf_checks=True)
        client.force_login(self.handler)
        self.assertEqual(client.post(self.act_url(measure, "claim"), {}).status_code, 403)

    def test_acts_are_never_done_by_get(self):
        measure = self.measure(state=S.ISSUED)
        self.client.force_login(self.handler)
        self.client.get(self.act_url(measure, "claim"), {"row_version": 1, "key": "k"})
        measure.refresh_from_db()
        self.assertEqual(measure.state, S.ISSUED)


class UploadTests(PageTestCase):
    def test_every_bad_file_is_named_and_the_note_kept(self):
        files = [upload("空.png", b""), upload("好.png"), upload("坏.exe", b"MZ" * 40)]
        response = self.post(self.handler, self.measure(), "attach_evidence", files=files, note="三张照片")
        self.assertContains(response, "“空.png” is empty. Choose the file again.", status_code=400)
        self.assertContains(response, "“坏.exe” is not a kind of file", status_code=400)
        self.assertNotContains(response, "“好.png”", status_code=400)
        self.assertContains(response, "三张照片", status_code=400)

    @override_settings(XIAOHAO_EVIDENCE_MAX_MB=1)
    def test_a_file_over_the_limit_is_refused_with_a_sentence(self):
        big = upload("大图.png", png() + b"\0" * 1024 * 1024)
        response = self.post(self.handler, self.measure(), "attach_evidence", files=[big])
        self.assertContains(response, "“大图.png” is larger than 1 MB.", status_code=400)

    @override_settings(XIAOHAO_EVIDENCE_MAX_MB=1)
    def test_a_request_over_the_limit_is_not_read_at_all(self):
        big = upload("大图.png", png() + b"\0" * 6 * 1024 * 1024)
        response = self.post(self.handler, self.measure(), "attach_evidence", files=[big])
        self.assertContains(response, "Together the files may have at most 5 MB.", status_code=413)

    def test_too_many_words_get_a_sentence_too(self):
        response = self.post(
            self.handler,
            self.measure(),
            "enter_progress",
            progress="好" * 3_000_000,
            happened_on=clock.today(),
        )
        self.assertContains(response, "The form carries more than can be taken at once.", status_code=413)

    def test_a_text_that_is_too_long_comes_back_whole_with_how_much_there_may_be(self):
        measure = self.measure()
        self.client.force_login(self.handler)
        self.assertNotContains(self.client.get(self.act_url(measure, "enter_progress")), "maxlength")
        typed = {"progress": "好" * 6000, "happened_on": clock.today()}
        response = self.post(self.handler, measure, "enter_progress", **typed)
        self.assertContains(response, "at most 5000 characters (it has 6000)", status_code=400)
        self.assertContains(response, "好" * 6000, status_code=400)

    def test_nothing_chosen(self):
        response = self.post(self.handler, self.measure(), "attach_evidence")
        self.assertContains(response, 'role="alert" tabindex="-1" autofocus', status_code=400)
        self.assertContains(response, '<a href="#id_files">Files</a>', status_code=400)
        self.assertFormError(response.context["form"], "files", "Choose at least one file.")


class MeasurePageTests(PageTestCase):
    def page(self, measure, person):
        self.client.force_login(person)
        response = self.client.get(measure.get_absolute_url())
        self.assertEqual(response.status_code, 200)
        return response

    def test_says_whose_turn_it_is(self):
        table = [
            (self.measure(state=S.ISSUED), "县水利局 must claim it"),
            (self.measure(), "县水利局 must rectify it and ask for verification"),
            (self.measure(attempt=2), "县水利局 must rework it and ask for verification again"),
            (self.measure(state=S.SUBMITTED), f"{self.office.name} must verify it"),
            (self.measure(state=S.VERIFIED), f"the head of {self.office} must close it out"),
            (
                self.measure(state=S.VERIFIED, important=True),
                f"the leader of {self.office} must close it out",
            ),
            (self.measure(state=S.CLOSED), f"Closed out on {clock.today():%Y-%m-%d}."),
        ]
        for measure, sentence in table:
            with self.subTest(sentence):
                self.assertContains(self.page(measure, self.auditor), sentence)

    def test_offers_the_acts_of_the_moment_and_explains_the_shut_ones(self):
        measure = self.measure()
        choices = self.page(measure, self.handler).context["choices"]
        self.assertEqual(
            [(c["label"], c["reason"]) for c in choices],
            [
                ("Enter progress", ""),
                ("Attach evidence", ""),
                ("Report a checkpoint", ""),
                (
                    "Ask for verification",
                    "Enter first what your unit has done: it has reported no progress in this round.",
                ),
            ],
        )
        self.assertEqual(self.page(measure, self.auditor).context["choices"], [])

    def test_shows_every_attempt_of_the_round(self):
        measure = self.measure(state=S.VERIFIED, attempt=2)
        attempts = self.page(measure, self.auditor).context["rounds"][0]["attempts"]
        self.assertEqual(
            [(a["number"], [str(s["what"]) for s in a["signatures"]]) for a in attempts],
            [
                (2, ["Requested verification", "Approved the request", "Verified"]),
                (1, ["Requested verification", "Returned for rework"]),
            ],
        )

    def test_a_step_dated_before_the_issue_is_not_blamed(self):
        measure = self.measure(checkpoints=[self.plan.issued_on.replace(day=1).replace(year=2020)])
        self.assertContains(self.page(measure, self.auditor), "past when issued")
        self.assertNotContains(self.page(measure, self.auditor), "light--red")

    def test_a_replaced_step_stays_readable_and_counts_no_more(self):
        old, new = clock.today() - timedelta(days=5), clock.today() + timedelta(days=50)
        measure = self.measure(checkpoints=[old, new])
        measure.checkpoints.filter(due_on=old).update(superseded_on=clock.today())
        page = self.page(measure, self.handler)
        self.assertContains(page, f"replaced {clock.today():%Y-%m-%d}")
        self.assertEqual([row.get("is_late") for row in page.context["checkpoints"]], [None, False])

    def test_the_trail_tells_who_did_what_and_that_the_plan_was_issued(self):
        measure = self.measure(state=S.ISSUED)
        self.do(measure, "claim", self.handler)
        trail = self.page(measure, self.auditor).context["trail"]
        self.assertEqual(
            [(t["actor"], t["line"], str(t["act"])) for t in trail], [("李文波", "县水利局", "claimed it")]
        )

    def test_drafts_are_for_the_office_only(self):
        draft = self.measure(state=S.DRAFT)
        self.assertContains(self.page(draft, self.clerk), "has not issued the plan yet")
        self.client.force_login(self.handler)
        self.assertEqual(self.client.get(draft.get_absolute_url()).status_code, 404)


class StatementTests(PageTestCase):
    def test_reading_pages(self):
        measure = self.measure(state=S.VERIFIED, attempt=2, responsible=make_unit(self.office))
        desk, page = reverse("workflows:desk"), measure.get_absolute_url()
        people = (self.handler, self.head, self.clerk, self.office_head, self.leader, self.auditor)

        def counts():
            return {
                (url, person.pk): self.statements(person, lambda url=url: self.client.get(url))
                for url in (desk, page)
                for person in people
            }

        few = counts()
        self.assertLessEqual(max(count for (url, _), count in few.items() if url == desk), 12)
        self.assertLessEqual(max(count for (url, _), count in few.items() if url == page), 13)
        for state in (S.ISSUED, S.RECTIFYING, S.SUBMITTED, S.VERIFIED, S.CLOSED) * 6:
            self.measure(state=state)
        make_evidence(measure, self.unit)
        self.assertEqual(counts(), few)

    def test_the_page_of_an_act_costs_no_more_than_that_of_its_measure(self):
        submitted, verified, at_work = (
            self.measure(state=state) for state in (S.SUBMITTED, S.VERIFIED, S.RECTIFYING)
        )
        table = [
            (self.handler, at_work, "enter_progress"),
            (self.handler, at_work, "attach_evidence"),
            (self.clerk, submitted, "verify"),
            (self.clerk, submitted, "return_for_rework"),
            (self.office_head, verified, "close_out"),
        ]
        for person, measure, act in table:
            with self.subTest(act=act):
                url = self.act_url(measure, act)
                # Whoever verifies is shown beside it what was handed in elsewhere.
                most = 15 if act == "verify" else 13
                self.assertLessEqual(self.statements(person, lambda url=url: self.client.get(url)), most)

    def test_no_act_needs_more_than_fifteen_beside_session_and_user(self):
        today = clock.today().isoformat()
        check = {"method": "SITE", "visited_on": today, "findings": "属实"}

        def counts():
            requested, reported = self.ready(), self.measure()
            self.do(requested, "request_verification", self.handler)
            step = {"checkpoint": reported.checkpoints.get().pk}
            self.do(reported, "report_checkpoint", self.handler, **step)
            fresh = self.measure()
            acts = [
                ("claim", self.handler, self.measure(state=S.ISSUED), {}),
                ("enter_progress", self.handler, self.measure(), {"progress": "好", "happened_on": today}),
                ("attach_evidence", self.handler, self.measure(), {"files": [upload("图.png")]}),
                ("report_checkpoint", self.handler, fresh, {"checkpoint": fresh.checkpoints.get().pk}),
                ("confirm_checkpoint", self.clerk, reported, step),
                ("request_verification", self.handler, self.ready(), {}),
                ("submit", self.head, requested, {}),
                ("return_for_rework", self.clerk, self.measure(state=S.SUBMITTED), {"reason": "缺"}),
                ("verify", self.clerk, self.measure(state=S.SUBMITTED), check),
                ("close_out", self.office_head, self.measure(state=S.VERIFIED), {}),
            ]
            return {
                act: self.statements(
                    person, lambda act=act, p=person, m=measure, d=data: self.post_again(p, m, act, d)
                )
                for act, person, measure, data in acts
            }

        few = counts()
        self.assertEqual({act: count for act, count in few.items() if count > 15 + 2}, {})
        for _ in range(30):
            self.measure(responsible=make_unit(self.office))
        self.assertEqual(counts(), few)

    def post_again(self, person, measure, act, data):
        form = {"row_version": measure.row_version, "key": f"{act}{measure.pk}"}
        return self.client.post(self.act_url(measure, act), {**form, **data})


class DeskPageTests(PageTestCase):
    def test_an_empty_desk_says_so(self):
        self.client.force_login(self.leader)
        page = self.client.get(reverse("workflows:desk"))
        for text in (
            "Every issued measure is claimed.",
            "Nothing waits for your decision.",
            "No paper waits for you.",
        ):
            self.assertContains(page, text)

    def test_marks_what_is_new_since_the_last_visit(self):
        self.clerk.set_password("long-enough-7")
        self.clerk.last_login = clock.now()
        self.clerk.save()
        self.do(self.measure(), "enter_progress", self.handler, progress="好")
        self.client.post(
            reverse("permissions:login"), {"username": self.clerk.username, "password": "long-enough-7"}
        )
        changes = self.client.get(reverse("workflows:desk")).context["changes"]
        self.assertEqual([bool(change["is_new"]) for change in changes], [True])
