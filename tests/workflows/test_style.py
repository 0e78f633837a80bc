"""The page of the paper style: who decides it, what is refused, what the record says, and the specimen."""

import io
import json
import sys
from datetime import date
from unittest import mock

import pdfplumber
import pytest
from django.test import TestCase
from django.urls import reverse
from PIL import Image

from cases.errors import NoRight, NotReady, Stale
from permissions.models import Office, Role
from reports.documents import ledger, safely, specimen
from reports.models import MonthlyReport, PaperStyle
from reports.style import of_row, style_of
from tests.factories import make_office, member
from workflows.door import perform
from workflows.views import style as style_pages


class StyleCase(TestCase):
    @classmethod
    def setUpTestData(cls):
        cls.office = make_office()
        cls.head = member(cls.office, Role.OFFICE_HEAD)

    def setUp(self):
        self.client.force_login(self.head)

    def decide(self, actor=None, seen=None, **values):
        data = {"values": values, "seen": seen}
        return perform(self.office.pk, "set_paper_style", actor=actor or self.head, **data)

    def style(self):
        return style_of(Office.objects.get(pk=self.office.pk))

    def url(self, name):
        return reverse(f"workflows:{name}", args=[self.office.pk])


class ActTests(StyleCase):
    def test_the_head_decides_and_the_record_keeps_both_values(self):
        body = json.loads(self.decide(head="中共清河县委文件", sealed=False).entry.body)
        self.assertEqual(body["changed"], {"head": ["", "中共清河县委文件"], "sealed": [True, False]})
        self.assertEqual((self.style().head, self.style().sealed), ("中共清河县委文件", False))
        self.decide(head="")
        self.assertEqual(self.style().head, self.office.name)

    def test_nobody_else_may_and_two_heads_do_not_overwrite_each_other(self):
        with self.assertRaises(NoRight):
            self.decide(actor=member(self.office, Role.OFFICE_CLERK), head="甲")
        self.decide(head="县整改办文件", seen=0)
        with self.assertRaises(Stale):
            self.decide(head="县整改办", seen=0)

    def test_what_could_not_be_printed_or_numbered_is_refused(self):
        columns = list(ledger.REQUIRED)
        for values, words in (
            ({"number_rule": "清整改办〔2026〕{number}号"}, "{year} exactly once"),
            ({"number_rule": "清整改办〔{year}〕{number}{number}号"}, "{number} exactly once"),
            ({"number_rule": "清整改办[{year}]{number}号"}, "between the brackets"),
            ({"number_rule": "清整改办〔{year}〕第{number}号"}, "and nothing else"),
            ({"number_rule": "清整改办督办〔{year}〕{number}号"}, "“督办” before the year"),
            ({"number_rule": "清整改办销号〔{year}〕{number}号"}, "“销号” before the year"),
            ({"number_rule": "清" * 60 + "〔{year}〕{number}号"}, "too long"),
            ({"sign_off": "甲\n乙"}, "on one line"),
            ({"head": "清河县🦊"}, "No font"),
            ({"ledger_columns": columns[1:]}, "“序号”"),
            ({"ledger_columns": [*columns, "measure"]}, "twice"),
            ({"ledger_columns": [*columns, "colour"]}, "there is not"),
            ({"head": ""}, "Nothing was changed"),
        ):
            with self.subTest(words), self.assertRaisesMessage(NotReady, words):
                self.decide(**values)


class PageTests(StyleCase):
    def form(self, **typed):
        page = self.client.get(self.url("set_paper_style"))
        form = page.context["form"]
        shown = {name: form[name].value() for name in form.fields}
        return {name: "" if value is None else value for name, value in shown.items()} | typed

    def test_the_form_saves_what_was_typed_and_the_page_shows_it(self):
        sent = self.form(head="中共清河县委文件", column_progress=3, column_light="")
        self.assertRedirects(self.client.post(self.url("set_paper_style"), sent), self.url("paper_style"))
        self.assertEqual(
            self.style().ledger_columns,
            ("number", "problem", "progress", "measure", "lead", "responsible", "deadline", "state"),
        )
        self.assertContains(self.client.get(self.url("paper_style")), "中共清河县委文件")

    def test_a_column_that_moves_right_takes_the_place_it_was_given(self):
        self.client.post(self.url("set_paper_style"), self.form(column_lead=6))
        self.assertEqual(self.style().ledger_columns[3:6], ("responsible", "deadline", "lead"))

    def test_the_official_order_is_stored_as_the_default(self):
        self.client.post(self.url("set_paper_style"), self.form(head="县整改办文件"))
        self.assertEqual(PaperStyle.objects.get().ledger_columns, [])

    def test_a_bad_rule_is_said_at_the_form_and_nothing_is_saved(self):
        sent = self.form(number_rule="清整改办{year}{number}号")
        page = self.client.post(self.url("set_paper_style"), sent)
        self.assertContains(page, "〔{year}〕", status_code=400)
        self.assertFalse(PaperStyle.objects.exists())

    def test_a_change_by_somebody_else_is_seen_before_it_is_overwritten(self):
        sent = self.form(head="县整改办文件")
        self.decide(head="县委文件")
        page = self.client.post(self.url("set_paper_style"), sent)
        self.assertContains(page, "县整改办文件", status_code=409)

    def test_the_form_is_previewed_as_a_paper_without_being_saved(self):
        sent = self.form(number_rule="清办〔{year}〕{number}号")
        page = self.client.post(self.url("preview_paper_style"), sent)
        self.assertEqual((page.status_code, page["Content-Type"]), (200, "application/pdf"))
        self.assertTrue(page.content.startswith(b"%PDF"))
        self.assertFalse(PaperStyle.objects.exists())

    def test_what_takes_more_than_it_may_is_stopped_and_said(self):
        killed = [sys.executable, "-c", "import os, signal; os.kill(os.getpid(), signal.SIGKILL)"]
        with mock.patch.object(safely, "COMMAND", killed):
            sent, asked = self.form(head="县整改办文件"), {"headers": {"accept-language": "en"}}
            preview = self.client.post(self.url("preview_paper_style"), sent, **asked)
            shown = [self.client.get(self.url(name), **asked) for name in ("specimen", "specimen_picture")]
        for page, status in ((preview, 400), *((page, 409) for page in shown)):
            self.assertContains(page, "more memory or time than it may have", status_code=status)
        self.assertContains(preview, "县整改办文件", status_code=400)
        self.assertContains(
            shown[0], reverse("workflows:paper_style", args=[self.office.pk]), status_code=409
        )

    def test_it_is_given_up_when_it_says_nothing(self):
        silent = [sys.executable, "-c", "import time; time.sleep(60)"]
        with (
            mock.patch.object(safely, "COMMAND", silent),
            mock.patch.object(style_pages, "PATIENCE", 0.2),
        ):
            self.assertEqual(self.client.get(self.url("specimen")).status_code, 409)


class PaperTests(StyleCase):
    def test_what_is_issued_after_a_change_has_it_and_what_was_issued_before_has_not(self):
        before = style_of(self.office).issue_values()
        self.decide(head="中共清河县委文件", sign_off="清河县整改办", copies_to="县委办公室")
        after = self.style().issue_values()
        self.assertEqual((before["mark"], before["sign_off"]), (self.office.name, self.office.name))
        self.assertEqual((after["mark"], after["sign_off"]), ("中共清河县委文件", "清河县整改办"))
        self.assertFalse(MonthlyReport.objects.exists())


@pytest.fixture(scope="module")
def printed():
    office = Office(code="qinghe", name="清河县问题整改工作领导小组办公室", number_prefix="清整改办")
    style = of_row(PaperStyle(ledger_columns=["number", "problem", "measure", "met"]), office)
    made = specimen.specimen(None, style, office, day=date(2026, 11, 22))
    return specimen.render(*made)


def test_the_specimen_says_so_on_every_page_and_shows_the_columns(printed):
    with pdfplumber.open(io.BytesIO(printed)) as opened:
        texts = [page.extract_text() for page in opened.pages]
    assert all("样张" in text for text in texts)
    assert any("完成时间" in text for text in texts)
    assert "清整改办〔2026〕1号" in texts[0]


def test_its_pages_are_one_picture_for_the_page(printed):
    with Image.open(io.BytesIO(specimen.contact_sheet(printed))) as picture:
        assert picture.size == (1240, 1459)
