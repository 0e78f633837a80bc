import io
import itertools
import os
import re
import subprocess
import sys

import page
import pdfplumber
import pypdfium2
import weasyprint
from django.conf import settings
from django.test import SimpleTestCase

from reports.documents import cjk, engine, frame, pdf
from reports.documents.fonts import FontSet
from reports.proof import canonical, digest
from tests.reports.documents import papers, sample

MM = 72 / 25.4


class Opened(SimpleTestCase):
    """The issued sample, opened once for the class."""

    paper = staticmethod(papers.issued)

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.content = cls.paper()
        cls.pdf = pdfplumber.open(io.BytesIO(cls.content))
        cls.addClassCleanup(cls.pdf.close)
        cls.text = [(one.extract_text() or "").replace("\u200b", "") for one in cls.pdf.pages]


class ContentTests(Opened):
    def test_headings_texts_and_annexes_are_there(self):
        whole = "\n".join(self.text)
        for expected in (
            "清整改办〔2026〕11号",
            "县委、县人民政府，县领导小组：",
            "一、整改进展情况",
            "二、整改过程中发现的问题",
            "三、下步工作措施",
            "（一）防止返贫动态监测不够精准",
            "7/40 = 17.5%",
            "附件：1. 2026年11月整改台账",
            "2026年11月22日",
            "附件2",
            "未报",
            "抄送：县纪委监委机关",
            "拟稿：王晓敏（整改办经办人）",
            "签发：陈国平（组长）",
        ):
            with self.subTest(expected):
                self.assertIn(expected, whole)

    def test_every_measure_stands_in_the_ledger_under_its_problem(self):
        ledger = "".join(
            text for one, text in zip(self.pdf.pages, self.text, strict=True) if one.width > one.height
        )
        self.assertEqual(sum(ledger.count(f"（{number}）") for number in range(1, 6)), 40)
        continued = ledger.count("续：问题（")
        self.assertGreater(continued, 0)
        self.assertEqual(ledger.count("问题（") - continued, 9)

    def test_digest_and_number_stand_on_every_page_in_full_on_the_last(self):
        data_digest = digest(canonical(sample.snapshot()))
        for number, text in enumerate(self.text, 1):
            with self.subTest(page=number):
                self.assertIn(data_digest[:16], text)
        issue = sample.issue()
        self.assertIn(data_digest, self.text[-1])
        self.assertIn(issue["log"]["head"], self.text[-1])
        self.assertIn("印发前留痕共812条", self.text[-1])

    def test_metadata_are_readable_without_a_pdf_library(self):
        log = sample.issue()["log"]
        expected = (
            f"data_digest={digest(canonical(sample.snapshot()))}; log_count=812; log_head={log['head']}"
        )
        self.assertIn(f"<pdf:Keywords>{expected}</pdf:Keywords>".encode(), self.content)

    def test_frozen_data_and_ledger_are_attached(self):
        document = pypdfium2.PdfDocument(self.content)
        self.addCleanup(document.close)
        files = {}
        for number in range(document.count_attachments()):
            attachment = document.get_attachment(number)
            files[attachment.get_name()] = bytes(attachment.get_data())
        self.assertEqual(set(files), {"data.json", "issue.json", "整改台账.xlsx", "ledger.csv"})
        self.assertEqual(files["data.json"].decode(), canonical(sample.snapshot()))
        self.assertEqual(files["issue.json"].decode(), canonical(sample.issue()))
        self.assertEqual(len(files["ledger.csv"].decode("utf-8-sig").splitlines()), 41)

    def test_what_users_type_is_text_and_not_markup(self):
        data = sample.snapshot()
        data["texts"]["opening"] = '<img src="http://example.test/x"><h1>假</h1>'
        data["ledger"] = data["ledger"][:1]
        content = pdf.render_monthly_report(data, sample.issue(data))
        with pdfplumber.open(io.BytesIO(content)) as opened:
            self.assertIn("<h1>假</h1>", opened.pages[0].extract_text().replace("\n", ""))


class GeometryTests(Opened):
    """What ``check_gongwen`` does not measure; the rest is in test_gongwen_check."""

    def test_pages_are_a4_and_the_ledger_lies_across(self):
        sizes = [(round(one.width / MM), round(one.height / MM)) for one in self.pdf.pages]
        self.assertEqual(set(sizes), {(210, 297), (297, 210)})
        self.assertEqual([size for size, _ in itertools.groupby(sizes)], [(210, 297), (297, 210), (210, 297)])

    def test_the_page_of_the_signature_holds_text_of_the_body(self):
        data = sample.snapshot()
        data["ledger"], data["by_unit"], data["filings"], data["figures"] = [], [], [], []
        data["texts"].update(opening="开头。", progress=[], difficulties=[])
        for lines in (13, 14):  # the last that leaves room below it, and the first that does not
            data["texts"]["next_steps"] = [{"problem": "(一)", "heading": "问题", "text": "措施。\n" * lines}]
            content = pdf.render_monthly_report(data, sample.issue(data))
            with pdfplumber.open(io.BytesIO(content)) as opened:
                text = next(one for one in (p.extract_text() for p in opened.pages) if "附件：" in one)
            with self.subTest(lines=lines):
                self.assertIn("措施。", text.split("附件：")[0])
                self.assertIn("2026年11月22日", text.split("附件：")[1])


class LastPageTests(SimpleTestCase):
    def test_after_a_blank_page_neither_carries_a_number(self):
        html = (
            '<p>甲</p><p style="break-before: page">乙</p><div id="content-end"></div><div class="even bare">'
            '<div class="imprint"><p>版记</p></div></div>'
        )
        values, font_set = {"mark": "甲", "draft": "", "signature": frame.signature({}, "甲")}, FontSet()
        content = engine.lay_out(
            html, engine.style_sheet(font_set, values), engine.assets(font_set, values)
        ).write_pdf()
        with pdfplumber.open(io.BytesIO(content)) as opened:
            text = [(one.extract_text() or "").replace("\n", "") for one in opened.pages]
        self.assertEqual(text, ["甲— 1 —", "乙— 2 —", "", "版记"])


class FileTests(Opened):
    def test_it_is_pdf_a_3a_and_pdf_ua_1_at_once(self):
        for profile in (page.ValidationProfile.PDF_A_3A, page.ValidationProfile.PDF_UA_1):
            report = page.validate_pdf(self.write(), profile=profile)
            with self.subTest(profile=profile):
                self.assertGreater(report.rules.total, 100)
                failed = {failure.rule_id for failure in report.failures}
                # Compressed data that happen to end with a carriage return make this validator miscount; the
                # test below counts itself.
                self.assertEqual({rule for rule in failed if "STREAM-LENGTH" not in rule}, set())

    def test_every_stream_is_as_long_as_it_says(self):
        ends = [
            self.content[found.end() + int(found[1]) :][:10]
            for found in re.finditer(rb"/Length (\d+)[^>]*?>>\s*stream\n", self.content)
        ]
        self.assertEqual(set(ends), {b"\nendstream"})
        self.assertEqual(len(ends), self.content.count(b"endstream"))

    def write(self):
        path = settings.DATA_DIR / "paper.pdf"
        path.write_bytes(self.content)
        self.addCleanup(path.unlink, missing_ok=True)
        return str(path)

    def test_all_fonts_are_embedded_and_chosen_by_us(self):
        names = {char["fontname"].split("+")[-1] for one in self.pdf.pages for char in one.chars}
        self.assertEqual({name for name in names if not name.startswith(("Noto", "Fandol"))}, set())
        self.assertEqual(
            {char["fontname"].find("+") for one in self.pdf.pages for char in one.chars}, {6}, "subset tags"
        )

    def test_the_same_data_give_the_same_bytes_in_another_process(self):
        code = (
            "import django, hashlib; django.setup();"
            "from tests.reports.documents import papers;"
            "print(hashlib.sha256(papers.issued()).hexdigest())"
        )
        other = subprocess.run(
            [sys.executable, "-c", code],
            capture_output=True,
            text=True,
            check=True,
            cwd=settings.BASE_DIR,
            env={**os.environ, "PYTHONHASHSEED": "7", "DJANGO_SETTINGS_MODULE": "config.settings"},
        )
        self.assertEqual(other.stdout.strip(), digest(self.content))


class DraftTests(Opened):
    paper = staticmethod(papers.draft)

    def test_it_ends_on_an_even_page_too(self):
        self.assertEqual(len(self.pdf.pages) % 2, 0)

    def test_every_page_says_that_nobody_has_signed(self):
        for number, text in enumerate(self.text, 1):
            with self.subTest(page=number):
                self.assertIn("征求意见稿", text)
        self.assertIn("（待签发）", self.text[-1])

    def test_an_empty_section_says_so(self):
        self.assertIn("无。", "".join(self.text[:2]))

    def test_a_draft_declares_no_chain_head(self):
        self.assertNotIn(b"log_head", self.content)


class RefusalTests(SimpleTestCase):
    def test_an_issue_without_signature_is_refused(self):
        issue = sample.issue()
        del issue["signed_by"]
        with self.assertRaises(engine.PaperRefused) as refused:
            pdf.render_monthly_report(sample.snapshot(), issue)
        self.assertIn("signed_by", refused.exception.reader_message)

    def test_data_changed_after_signing_are_refused(self):
        data = sample.snapshot()
        data["figures"][0]["part"] = 8
        with self.assertRaises(pdf.DataChanged):
            pdf.render_monthly_report(data, sample.issue())


class FetcherTests(SimpleTestCase):
    def test_only_named_assets_are_given_out(self):
        fetcher = engine.make_fetcher({"asset:a": b"content"})
        self.assertEqual(fetcher.fetch("asset:a").read(), b"content")
        for url in (
            "http://127.0.0.1/x",
            "file:///etc/passwd",
            "data:text/plain,x",
            "asset:b",
            "ftp://h/x",
            "a",
        ):
            with self.subTest(url), self.assertRaises(weasyprint.urls.FatalURLFetchingError):
                fetcher.fetch(url)

    def test_a_page_that_asks_for_anything_else_is_not_made(self):
        for markup in (
            '<img src="http://127.0.0.1/x.png">',
            '<link rel="stylesheet" href="file:///etc/passwd">',
            '<p style="background: url(file:///etc/hostname)">',
            '<img src="x.png">',
        ):
            with self.subTest(markup), self.assertRaises(engine.AssetRefused):
                engine.lay_out(markup, "", {})


class JustifyTests(SimpleTestCase):
    def test_the_patch_fits_the_pinned_version(self):
        self.assertTrue(weasyprint.__version__.startswith(cjk.WRITTEN_FOR))
        self.assertTrue(cjk.install())

    def test_another_version_is_left_alone_and_said(self):
        self.addCleanup(setattr, weasyprint, "__version__", weasyprint.__version__)
        weasyprint.__version__ = "999.0"
        with self.assertLogs("reports.documents.cjk", "WARNING"):
            self.assertFalse(cjk.install())
