"""A document becomes a plan: through the acts, the page and the command."""

import io
import os
import re
import tempfile
from pathlib import Path
from unittest import skipUnless

from django.core.files.uploadedfile import SimpleUploadedFile
from django.core.management import CommandError, call_command
from django.db import connection
from django.test import TestCase, override_settings
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import translation
from docx import Document

from cases.errors import BadFile, NoRight, NotReady, NotVisible, Stale, WrongState
from cases.intake.confirm import printed_names
from cases.intake.proposal import Proposal
from cases.intake.units import accept, propose
from cases.models import Checkpoint, Duty, DutyRole, ImportDraft, LogEntry, Measure, Plan, StoredFile
from cases.models.plan import PlanState
from permissions.models import Role, Unit, UnitAlias, UnitGroup, UnitKind
from tests.factories import make_office, make_person, make_unit, member
from workflows.door import perform
from workflows.forms.imports import field_key

CORPUS = Path(os.environ.get("PLAN_DOCUMENTS") or "nowhere")
ANNING = CORPUS / "anning-2021.txt"
OLD_OFFICE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
TEXT = """青山县关于印发《青山县2026年度巡察反馈问题整改方案》的通知
各乡镇、县级有关部门：
现将方案印发给你们，请认真落实。
青山县整改工作领导小组
2026年5月20日
青山县2026年度巡察反馈问题整改方案
一、总体要求
坚持问题导向，全面整改。
二、存在问题及整改措施
针对2个方面问题共制定4条整改措施。
（一）农村供水保障不到位。部分村组季节性缺水。
整改措施：（1）全面排查供水管网，建立问题清单。
〔牵头单位：县水利局；责任单位：各乡镇党委和政府；整改时限：2026年6月30日前取得阶段性成效，长期坚持〕
（2）更新老旧管网。
〔牵头单位：县水利局、县发展改革局；责任单位：县财政局，县水利局；整改时限：2026年6月30日、12月31日前〕
（二）项目管理不规范。
整改措施：（1）完善项目库。
〔牵头单位：县发展和改革局；责任单位：县财政局；整改时限：2026年3月31日前〕
（2）开展项目检查。
〔牵头单位：县发展和改革局；责任单位：各乡镇党委和政府，县财政局，县财政局；整改时限：长期坚持〕
三、整改要求
6月至12月，每月10日前报送整改情况报告至县整改办。
"""


def read(office, clerk, data=TEXT, name="整改方案.txt", **more):
    data = data.encode() if isinstance(data, str) else data
    return perform(office.pk, "read_plan", actor=clerk, file_name=name, data=data, **more).subject


def accepted(draft):
    return accept(propose(draft.office, printed_names(Proposal.from_dict(draft.proposal))))


def docx(text=TEXT) -> bytes:
    document, stream = Document(), io.BytesIO()
    for line in text.strip().splitlines():
        document.add_paragraph(line)
    document.save(stream)
    return stream.getvalue()


class ImportCase(TestCase):
    @classmethod
    def setUpTestData(cls):
        cls.office = make_office(name="青山县整改工作领导小组办公室")
        cls.clerk = make_person(Role.OFFICE_CLERK, cls.office)
        cls.water = make_unit(cls.office, "县水利局")
        cls.towns = [
            make_unit(cls.office, name, kind=UnitKind.TOWN) for name in ("城关镇", "柳溪乡", "东湖街道")
        ]

    def confirm(self, draft=None, units=None, actor=None, **more):
        draft = draft or read(self.office, self.clerk)
        units = accepted(draft) if units is None else units
        return perform(draft.pk, "confirm_import", actor=actor or self.clerk, units=units, **more).subject


class ReadTests(ImportCase):
    def test_reading_keeps_the_file_and_makes_no_plan(self):
        draft = read(self.office, self.clerk)
        self.assertEqual((draft.source.size, draft.source_name), (len(TEXT.encode()), "整改方案.txt"))
        self.assertEqual((Plan.objects.count(), LogEntry.objects.get().act), (0, "read_plan"))

    def test_what_cannot_be_read_leaves_nothing_behind(self):
        with self.assertRaises(BadFile):
            read(self.office, self.clerk, "天气很好。")
        self.assertFalse(
            ImportDraft.objects.exists() or StoredFile.objects.exists() or LogEntry.objects.exists()
        )

    def test_only_the_clerk_of_the_office_may_read(self):
        with self.assertRaises(NoRight):
            read(self.office, member(self.office, Role.OFFICE_HEAD))
        with self.assertRaises(NotVisible):
            read(self.office, make_person(Role.OFFICE_CLERK, make_office()))


class ConfirmTests(ImportCase):
    def test_the_plan_has_everything_that_was_printed(self):
        plan = self.confirm()
        self.assertEqual((plan.state, plan.issued_on.isoformat()), (PlanState.DRAFT, "2026-05-20"))
        self.assertEqual((plan.reporting_months, plan.reporting_day), ([6, 7, 8, 9, 10, 11, 12], 10))
        self.assertEqual(
            list(plan.measures.values_list("number", "long_term", "state")),
            [
                ("（一）（1）", True, "DRAFT"),
                ("（一）（2）", False, "DRAFT"),
                ("（二）（1）", False, "DRAFT"),
                ("（二）（2）", True, "DRAFT"),
            ],
        )
        dates = Checkpoint.objects.filter(measure__plan=plan).order_by("measure__order", "due_on")
        self.assertEqual(
            [f"{c.original_due_on}" for c in dates], ["2026-06-30", "2026-06-30", "2026-12-31", "2026-03-31"]
        )

    def test_the_kept_next_date_is_what_the_checkpoints_say(self):
        for measure in self.confirm().measures.prefetch_related("checkpoints").select_related("plan"):
            kept = measure.next_due_on
            measure.refresh_next_due(measure.checkpoints.all())
            self.assertEqual(measure.next_due_on, kept, measure)

    def test_passages_point_into_the_text(self):
        plan = self.confirm()
        for duty in Duty.objects.filter(measure__plan=plan):
            self.assertEqual(plan.text[duty.start : duty.end], duty.printed)

    def test_a_collective_becomes_one_duty_per_member_and_a_lead_stays_lead(self):
        plan = self.confirm()
        first, second = plan.measures.all()[:2]
        self.assertEqual(
            [(d.unit.name, d.role, d.group and d.group.name, d.printed) for d in first.duties.all()],
            [
                ("县水利局", "LEAD", None, "县水利局"),
                ("城关镇", "RESPONSIBLE", "各乡镇党委和政府", "各乡镇党委和政府"),
                ("柳溪乡", "RESPONSIBLE", "各乡镇党委和政府", "各乡镇党委和政府"),
            ],
        )
        self.assertEqual(
            [(d.unit.name, d.role) for d in second.duties.all()],
            [("县水利局", "LEAD"), ("县发展和改革局", "LEAD"), ("县财政局", "RESPONSIBLE")],
        )

    def test_two_spellings_of_a_new_name_are_one_unit_and_remembered(self):
        self.confirm()
        self.assertEqual(Unit.objects.filter(name__startswith="县发展").count(), 1)
        self.assertEqual(UnitAlias.objects.get(name="县发展改革局").unit.name, "县发展和改革局")
        again = propose(self.office, ["县发展改革局"])["县发展改革局"]
        self.assertEqual((again.reason, again.certain), ("alias", True))

    def test_a_collective_without_members_is_one_new_unit_that_stands_for_it(self):
        draft = read(self.office, self.clerk)
        units = accepted(draft) | {"各乡镇党委和政府": {"new_group": "各乡镇党委和政府", "members": []}}
        plan = self.confirm(draft, units)
        group = UnitGroup.objects.get()
        self.assertEqual([unit.kind for unit in group.members.all()], [UnitKind.OTHER])
        self.assertEqual(Duty.objects.filter(measure__plan=plan, group=group).count(), 2)

    def test_a_collective_that_stands_for_itself_is_found_again_as_the_collective(self):
        draft = read(self.office, self.clerk)
        units = accepted(draft) | {"各乡镇党委和政府": {"new_group": "各乡镇党委和政府", "members": []}}
        first = self.confirm(draft, units)
        again = propose(self.office, ["各乡镇党委和政府"])["各乡镇党委和政府"]
        self.assertEqual(
            (again.choice, again.reason, again.certain),
            ({"group": UnitGroup.objects.get().pk}, "group", True),
        )
        second = self.confirm()
        duties = [
            list(
                Duty.objects.filter(measure__plan=plan, group__isnull=False)
                .order_by("measure__order", "order")
                .values_list("unit", "role", "group")
            )
            for plan in (first, second)
        ]
        self.assertEqual(duties[0], duties[1])

    def test_a_name_without_a_choice_is_refused_by_name_and_nothing_is_saved(self):
        draft = read(self.office, self.clerk)
        with self.assertRaisesMessage(NotReady, "县财政局"):
            self.confirm(draft, {k: v for k, v in accepted(draft).items() if k != "县财政局"})
        self.assertEqual((Plan.objects.count(), Unit.objects.filter(name="县财政局").count()), (0, 0))

    def test_units_of_another_office_cannot_be_chosen(self):
        draft = read(self.office, self.clerk)
        foreign = make_unit(make_office())
        with self.assertRaisesMessage(NotReady, "县财政局"):
            self.confirm(draft, accepted(draft) | {"县财政局": {"unit": foreign.pk}})

    def test_measures_for_which_nobody_is_named_are_refused_until_somebody_is_chosen(self):
        clause = "〔牵头单位：县发展和改革局；责任单位：县财政局；整改时限：2026年3月31日前〕"
        text = TEXT.replace(clause, "〔整改时限：2026年3月31日前〕")
        draft = read(self.office, self.clerk, text)
        with self.assertRaisesMessage(NotReady, "（二）（1）"):
            self.confirm(draft)
        plan = self.confirm(draft, assigned={3: self.water.pk})
        self.assertEqual([d.unit for d in plan.measures.get(order=3).duties.all()], [self.water])

    def test_confirmed_twice_it_is_the_same_plan(self):
        draft = read(self.office, self.clerk)
        self.assertEqual(self.confirm(draft), self.confirm(draft))
        self.assertEqual((Plan.objects.count(), Measure.objects.count()), (1, 4))

    def test_statements_do_not_grow_with_the_plan(self):
        part = "（3）第{n}项措施。\n〔牵头单位：县水利局；责任单位：各乡镇党委和政府；整改时限：2026年9月30日前〕\n"
        longer = TEXT.replace("（二）项目", "".join(part.format(n=n) for n in range(30)) + "（二）项目")
        counts = []
        for text in (TEXT, longer):
            draft = read(self.office, self.clerk, text)
            units = {name: {"unit": self.water.pk} for name in accepted(draft)}
            with CaptureQueriesContext(connection) as queries:
                self.confirm(draft, units)
            counts.append(len(queries))
        self.assertEqual(counts[0], counts[1])


@skipUnless(ANNING.exists(), "PLAN_DOCUMENTS does not name the folder of real plans")
class RealPlanTests(TestCase):
    def setUp(self):
        self.office = make_office()
        self.clerk = make_person(Role.OFFICE_CLERK, self.office, username="clerk")

    def assert_figures(self, plan):
        measures = plan.measures.prefetch_related("checkpoints", "duties")
        dates = [[c.due_on for c in m.checkpoints.all()] for m in measures]
        leads = [sum(d.role == DutyRole.LEAD for d in m.duties.all()) for m in measures]
        self.assertEqual(
            {
                "problems": plan.problems.count(),
                "measures": len(measures),
                "checkpoints": sum(map(len, dates)),
                "long_term": sum(m.long_term for m in measures),
                "born_overdue": sum(bool(d) and min(d) < plan.issued_on for d in dates),
                "joint_leads": sum(count > 1 for count in leads),
            },
            {
                "problems": 12,
                "measures": 52,
                "checkpoints": 56,
                "long_term": 46,
                "born_overdue": 11,
                "joint_leads": 1,
            },
        )

    def test_the_figures_of_a_real_plan_through_the_page(self):
        self.client.force_login(self.clerk)
        upload = SimpleUploadedFile("anning-2021.txt", ANNING.read_bytes())
        page = self.client.post(
            reverse("workflows:import"), {"file": upload, "office": self.office.pk}, follow=True
        )
        self.assertContains(page, "52")
        self.client.post(page.request["PATH_INFO"], form_values(page))
        self.assert_figures(Plan.objects.get())

    def test_the_figures_of_a_real_plan_through_the_command(self):
        out = io.StringIO()
        call_command("import_plan", str(ANNING), office=self.office.code, by="clerk", stdout=out)
        self.assert_figures(Plan.objects.get())
        self.assertIn("12", out.getvalue())


def form_values(page):
    """What a browser would send back from the form of a page, nothing changed but that somebody looked at it."""
    form = page.context["form"]
    values = {}
    for bound in form:
        value = bound.value()
        if value is not None:
            values[bound.html_name] = value
    if "looked_at" in form.fields:
        values["looked_at"] = "on"
    return values


class ImportPageTests(ImportCase):
    def setUp(self):
        self.client.force_login(self.clerk)
        self.url = reverse("workflows:import")

    def upload(self, data=TEXT, name="整改方案.txt"):
        data = data.encode() if isinstance(data, str) else data
        return self.client.post(self.url, {"file": SimpleUploadedFile(name, data), "office": self.office.pk})

    def test_uploaded_it_leads_to_the_review(self):
        self.assertRedirects(self.upload(), ImportDraft.objects.get().get_absolute_url())

    def test_a_word_document_is_read_like_the_text(self):
        self.upload()
        self.upload(docx(), "整改方案.docx")
        first, second = ImportDraft.objects.order_by("pk")
        same = [(d.proposal["problems"], d.proposal["issued_on"]) for d in (first, second)]
        self.assertEqual(same[0], same[1])

    def test_gb18030_is_read(self):
        self.upload(TEXT.encode("gb18030"))
        self.assertEqual(Proposal.from_dict(ImportDraft.objects.get().proposal).stated_totals["measures"], 4)

    def test_each_bad_file_gets_its_sentence_and_leaves_nothing(self):
        encrypted = OLD_OFFICE + b"\0" * 600 + "EncryptedPackage".encode("utf-16-le") + b"\0" * 600
        whole = docx()
        files = {
            "empty.txt": (b"", "holds no text"),
            "old.docx": (OLD_OFFICE + b"\0" * 2000, "old Word format"),
            "locked.docx": (encrypted, "protected by a password"),
            "broken.docx": (whole[: len(whole) // 2], "damaged"),
            "letter.txt": ("各乡镇：天气转凉，请注意保暖。".encode(), "No rectification measure was found"),
            "photo.txt": (b"\x89PNG\r\n\x1a\n" + b"\0" * 900, "is a picture"),
        }
        for name, (data, sentence) in files.items():
            with self.subTest(name=name):
                page = self.client.post(
                    self.url,
                    {"file": SimpleUploadedFile(name, data), "office": self.office.pk},
                    headers={"accept-language": "en"},
                )
                self.assertContains(page, sentence, status_code=400)
                self.assertContains(page, name, status_code=400)
        self.assertFalse(ImportDraft.objects.exists() or StoredFile.objects.exists())

    @override_settings(XIAOHAO_PLAN_MAX_MB=1)
    def test_a_file_above_the_limit_is_told_the_limit(self):
        page = self.client.post(
            self.url,
            {"file": SimpleUploadedFile("big.txt", b"a" * (1024 * 1024 + 1)), "office": self.office.pk},
            headers={"accept-language": "en"},
        )
        self.assertContains(page, "larger than 1 MB", status_code=400)

    def test_pasted_text_is_read_like_a_file(self):
        self.client.post(reverse("workflows:import"), {"office": self.office.pk, "pasted": TEXT})
        self.assertEqual(len(Proposal.from_dict(ImportDraft.objects.get().proposal).measures), 4)

    def test_neither_or_both_of_document_and_text_is_told_and_the_text_stays(self):
        english = {"accept-language": "en"}
        page = self.client.post(reverse("workflows:import"), {"office": self.office.pk}, headers=english)
        self.assertContains(page, "paste its text", status_code=400)
        file = SimpleUploadedFile("a.txt", TEXT.encode())
        sent = {"office": self.office.pk, "pasted": "贴上的正文", "file": file}
        page = self.client.post(reverse("workflows:import"), sent, headers=english)
        self.assertContains(page, "Leave one of them out", status_code=400)
        self.assertContains(page, "贴上的正文", status_code=400)

    def test_who_is_no_clerk_does_not_get_the_page(self):
        for person in (member(self.office, Role.AUDITOR), make_person(Role.HANDLER, self.water)):
            self.client.force_login(person)
            self.assertEqual(self.client.get(self.url).status_code, 403)
            self.assertEqual(self.upload().status_code, 403)

    def test_drafts_wait_on_the_page(self):
        draft = read(self.office, self.clerk)
        self.assertContains(self.client.get(self.url), draft.get_absolute_url())

    def test_statements_of_the_page_do_not_grow_with_the_drafts(self):
        read(self.office, self.clerk)
        with self.assertNumQueries(6):
            self.client.get(self.url)
        for _number in range(3):
            read(self.office, self.clerk)
        with self.assertNumQueries(6):
            self.client.get(self.url)


class ReviewPageTests(ImportCase):
    def setUp(self):
        self.client.force_login(self.clerk)
        self.draft = read(self.office, self.clerk)
        self.url = self.draft.get_absolute_url()

    def test_every_link_between_text_and_tree_has_its_place(self):
        html = self.client.get(self.url).content.decode()
        ids = re.findall(r'\bid="([^"]+)"', html)
        targets = set(re.findall(r'href="#([^"]+)"', html))
        self.assertEqual(targets - set(ids), set())
        self.assertEqual(len(ids), len(set(ids)))
        self.assertIn('<mark class="mark--lead"', html)

    def test_the_source_is_shown_letter_for_letter(self):
        page = self.client.get(self.url)
        shown = "\n".join("".join(p.text for p in line["pieces"]) for line in page.context["lines"])
        self.assertEqual(shown, Proposal.from_dict(self.draft.proposal).text)

    def test_a_document_that_was_imported_before_is_pointed_out(self):
        perform(self.draft.pk, "confirm_import", actor=self.clerk, units=accepted(self.draft))
        again = read(self.office, self.clerk)
        page = self.client.get(again.get_absolute_url())
        self.assertEqual(list(page.context["twins"]), [Plan.objects.get()])

    def test_confirming_unchanged_makes_the_plan(self):
        page = self.client.get(self.url)
        answer = self.client.post(self.url, form_values(page))
        self.assertRedirects(answer, Plan.objects.get().get_absolute_url())
        self.assertEqual(Measure.objects.count(), 4)

    def test_guesses_are_not_taken_over_before_somebody_has_looked_at_them(self):
        values = form_values(self.client.get(self.url))
        del values["looked_at"]
        answer = self.client.post(self.url, values)
        self.assertContains(answer, "请先核对上面待您确定的名称", status_code=400)
        self.assertFalse(Plan.objects.exists())

    def test_a_choice_on_the_page_is_what_counts(self):
        values = form_values(self.client.get(self.url))
        values[f"unit_{field_key('县财政局')}"] = f"unit:{self.water.pk}"
        values["issued_on"] = "2026-05-21"
        self.client.post(self.url, values)
        self.assertEqual(UnitAlias.objects.get(name="县财政局").unit, self.water)
        self.assertEqual(Plan.objects.get().issued_on.isoformat(), "2026-05-21")

    def test_a_second_click_leads_to_the_same_plan(self):
        values = form_values(self.client.get(self.url))
        first, second = (self.client.post(self.url, values) for _click in range(2))
        self.assertEqual(first.url, second.url)
        self.assertEqual(LogEntry.objects.filter(act="confirm_import").count(), 1)

    def test_a_wrong_choice_is_shown_and_keeps_the_others(self):
        values = form_values(self.client.get(self.url))
        values[f"unit_{field_key('县水利局')}"] = "unit:999999"
        page = self.client.post(self.url, values)
        self.assertEqual((page.status_code, Plan.objects.count()), (400, 0))

    def test_a_stale_page_is_refused_with_the_choices_kept(self):
        values = form_values(self.client.get(self.url)) | {"row_version": 7}
        page = self.client.post(self.url, values)
        self.assertEqual(page.status_code, Stale.status)
        self.assertEqual(page.context["form"]["row_version"].value(), 1)

    def test_the_auditor_reads_and_cannot_confirm(self):
        values = form_values(self.client.get(self.url))
        self.client.force_login(member(self.office, Role.AUDITOR))
        self.assertNotContains(self.client.get(self.url), 'form="confirm"')
        self.assertEqual(self.client.post(self.url, values).status_code, 403)

    def test_another_office_finds_nothing(self):
        self.client.force_login(make_person(Role.OFFICE_CLERK, make_office()))
        self.assertEqual(self.client.get(self.url).status_code, 404)

    def test_statements_of_the_page_are_few(self):
        with self.assertNumQueries(10):
            self.client.get(self.url)


class DiscardTests(ImportCase):
    def setUp(self):
        self.draft = read(self.office, self.clerk)
        self.plan = perform(
            self.draft.pk, "confirm_import", actor=self.clerk, units=accepted(self.draft)
        ).subject

    def test_what_was_confirmed_too_early_waits_for_review_again(self):
        self.client.force_login(self.clerk)
        answer = self.client.post(reverse("workflows:discard_plan", args=[self.plan.pk]), {"row_version": 1})
        self.assertRedirects(answer, self.draft.get_absolute_url())
        self.assertFalse(Plan.objects.exists() or Measure.objects.exists())
        again = perform(self.draft.pk, "confirm_import", actor=self.clerk, units=accepted(self.draft)).subject
        self.assertEqual(again.measures.count(), 4)

    def test_an_issued_plan_stays(self):
        perform(self.plan.pk, "issue_plan", actor=member(self.office, Role.OFFICE_HEAD))
        with self.assertRaises(WrongState):
            perform(self.plan.pk, "discard_plan", actor=self.clerk)
        self.assertTrue(Plan.objects.filter(pk=self.plan.pk).exists())


class RoundTripTests(ImportCase):
    def test_the_exported_ledger_reads_back_as_the_same_ledger(self):
        first = read(self.office, self.clerk)
        plan = perform(first.pk, "confirm_import", actor=self.clerk, units=accepted(first)).subject
        self.client.force_login(self.clerk)
        exported = self.client.get(reverse("workflows:ledger_xlsx"), {"plan": plan.pk}).content
        second = read(self.office, self.clerk, data=exported, name="台账.xlsx")
        again = perform(second.pk, "confirm_import", actor=self.clerk, units=accepted(second)).subject
        self.assertEqual(self.rows(again), self.rows(plan))

    def rows(self, plan):
        return [
            (
                measure.text,
                measure.long_term,
                [(duty.role, duty.unit) for duty in measure.duties.order_by("role", "unit__name")],
                [checkpoint.due_on for checkpoint in measure.checkpoints.all()],
            )
            for measure in plan.measures.order_by("order")
        ]


class CommandTests(ImportCase):
    def run_command(self, data=TEXT, **options):
        path = Path(self.enterContext(_folder())) / "plan.txt"
        path.write_bytes(data.encode() if isinstance(data, str) else data)
        out = io.StringIO()
        options = {"office": self.office.code, "by": self.clerk.username, **options}
        call_command("import_plan", str(path), stdout=out, **options)
        return out.getvalue()

    def test_it_does_what_the_page_does_and_says_what_it_did(self):
        told = self.run_command()
        plan = Plan.objects.get()
        self.assertEqual((plan.problems.count(), plan.measures.count()), (2, 4))
        self.assertIn("县发展和改革局", told)

    @translation.override("en")
    def test_refusals_are_sentences(self):
        with self.assertRaisesMessage(CommandError, "No rectification measure"):
            self.run_command("无关内容。")
        with self.assertRaisesMessage(CommandError, "There is no office"):
            self.run_command(office="nowhere")
        with self.assertRaisesMessage(CommandError, "There is no account"):
            self.run_command(by="nobody")


def _folder():
    return tempfile.TemporaryDirectory()
