"""The same plan as text, Word, web page and PDF is the same proposal."""

import io
from unittest import TestCase

from docx import Document
from docx.oxml import parse_xml
from docx.oxml.ns import nsdecls

from cases.intake import IntakeRefused, read_plan
from cases.intake.source import source_text

from . import forms, hostile, plans

NAMES = (
    "WHOLE",
    "FIELDS",
    "NUMBERED_FIELDS",
    "TASKS",
    "FIRST_LEADS",
    "HEADINGS",
    "THREE_LEVELS",
    "UNITS_FIRST",
)


def head(proposal):
    return proposal.title, proposal.issuer, proposal.issued_on, proposal.document_number, proposal.reporting


class SamePlanTests(TestCase):
    def test_in_every_form(self):
        for name in NAMES:
            text = getattr(plans, name)
            expected = read_plan(text.encode(), "plan.txt")
            files = {
                "plan.docx": forms.as_docx(text),
                "plan.html": forms.as_page(text),
                "plan.htm": forms.as_page(text, "gb2312"),
            }
            for file_name, data in files.items():
                with self.subTest(name=name, file=file_name):
                    proposal = read_plan(data, file_name)
                    self.assertEqual(forms.essence(proposal), forms.essence(expected))
                    self.assertEqual(head(proposal), head(expected))

    def test_as_pdf(self):
        for name in ("WHOLE", "FIELDS", "SAME_NUMBERS"):
            with self.subTest(name=name):
                text = getattr(plans, name)
                proposal = read_plan(forms.as_pdf(forms.paragraphs(text)), "plan.pdf")
                self.assertEqual(forms.essence(proposal), forms.essence(read_plan(text.encode(), "plan.txt")))


class PdfTests(TestCase):
    def test_running_heads_and_page_numbers_go_and_paragraphs_go_on(self):
        text = "青山县河道整改方案\n" + "\n".join(
            f"（{number}）" + "开展拉网式排查并建立问题台账，明确责任到人，" * 6 + "按期完成。"
            for number in "一二三四五六七八九十"
        )
        found = source_text(forms.as_pdf(forms.paragraphs(text)), "plan.pdf")
        self.assertEqual(found, text)

    def test_words_in_latin_letters_keep_their_space(self):
        text = "青山县方案\n" + "整改" * 15 + "PM2.5 and PM10 monitoring by remote sensing, monthly。"
        found = source_text(forms.as_pdf(forms.paragraphs(text)), "plan.pdf")
        self.assertIn("PM2.5 and PM10 monitoring by remote sensing", found)

    def test_scan(self):
        self.assert_refused("scanned", hostile.pages(hostile.stream(b"q 595 0 0 842 0 0 cm /I Do Q")))

    def test_characters_that_mean_nothing(self):
        text = "".join(chr(0xE000 + number) for number in range(200))
        self.assert_refused("unreadable_pdf", forms.as_pdf(f"<p>{text}</p>"))

    def assert_refused(self, code, data):
        with self.assertRaises(IntakeRefused) as caught:
            read_plan(data, "plan.pdf")
        self.assertEqual(caught.exception.code, code)
        self.assertIn("Word document", str(caught.exception))


class PageTests(TestCase):
    def text(self, body, charset="utf-8"):
        return source_text(
            forms.SITE.format(charset=charset, body=body).encode("gb18030" if charset == "gbk" else charset),
            "a.html",
        )

    def test_only_the_document_is_left(self):
        self.assertEqual(self.text("<p>一、任务</p>"), "一、任务")

    def test_encoding_is_the_one_the_page_names(self):
        self.assertEqual(self.text("<p>整</p>", "gbk"), "整")

    def test_line_ends_of_the_source_are_none_of_the_text(self):
        self.assertEqual(
            self.text("<p>开展排\n      查。<br>建立<span>台</span>账\nPM 2.5</p>"),
            "开展排查。\n建立台账 PM 2.5",
        )

    def test_numbers_that_only_the_browser_shows(self):
        self.assertEqual(self.text("<ol start=3><li>甲</li><li>乙</li></ol>"), "3.甲\n4.乙")

    def test_hidden_text_and_scripts_go(self):
        hidden = '<p style="display: none">整改措施：无</p><script>"整改措施"</script><p hidden>无</p>'
        self.assertEqual(self.text(f"<p>甲</p>{hidden}乙"), "甲\n乙")

    def test_a_table_that_only_arranges_the_page(self):
        self.assertEqual(
            self.text("<table><tr><td><p>一、甲</p><p>二、乙</p></td></tr></table>"), "一、甲\n二、乙"
        )

    def test_a_saved_archive(self):
        data = (
            b"From: <Saved by a browser>\nSubject: a\nMIME-Version: 1.0\n"
            b'Content-Type: multipart/related; boundary="b"\n\n--b\nContent-Type: text/html; charset=utf-8\n'
            b"Content-Transfer-Encoding: 8bit\n\n" + "<html><p>一、任务</p></html>".encode() + b"\n--b--\n"
        )
        self.assertEqual(source_text(data, "a.mhtml"), "一、任务")


class WordTests(TestCase):
    def text(self, inside):
        document, buffer = Document(), io.BytesIO()
        spaces = nsdecls("w") + ' xmlns:mc="http://schemas.openxmlformats.org/markup-compatibility/2006"'
        document.add_paragraph("甲")._p.append(parse_xml(f"<w:r {spaces}>{inside}</w:r>"))
        document.add_paragraph("丁")
        document.save(buffer)
        return source_text(buffer.getvalue(), "a.docx")

    def test_text_boxes_are_lines_and_read_once(self):
        box = "<w:txbxContent><w:p><w:r><w:t>乙</w:t></w:r></w:p><w:p><w:r><w:t>丙</w:t></w:r></w:p></w:txbxContent>"
        self.assertEqual(self.text(f"<w:pict>{box}</w:pict>"), "甲\n乙\n丙\n丁")
        both = f"<mc:Choice>{box}</mc:Choice><mc:Fallback>{box}</mc:Fallback>"
        self.assertEqual(self.text(f"<mc:AlternateContent>{both}</mc:AlternateContent>"), "甲\n乙\n丙\n丁")

    def test_hidden_text_and_readings_go(self):
        self.assertEqual(self.text("<w:rPr><w:vanish/></w:rPr><w:t>乙</w:t>"), "甲\n丁")
        ruby = "<w:ruby><w:rt><w:r><w:t>yi</w:t></w:r></w:rt><w:rubyBase><w:r><w:t>乙</w:t></w:r></w:rubyBase></w:ruby>"
        self.assertEqual(self.text(ruby), "甲乙\n丁")
