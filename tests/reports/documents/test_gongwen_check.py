import io
import json
from pathlib import Path
from tempfile import TemporaryDirectory

from django.core.management import CommandError, call_command
from django.template.loader import render_to_string
from django.test import SimpleTestCase

from reports.documents import engine, gongwen_check, pdf
from reports.documents.checks.measured import Unreadable
from reports.documents.checks.verdicts import Verdict
from reports.documents.fonts import FontSet
from tests.reports.documents import papers, sample

NUMBER = '"— " counter(page) " —"'
PLACE = (
    "padding: calc(6.3mm - 6.8pt - 7pt) 14pt 0 14pt; width: 40mm; white-space: nowrap; vertical-align: top;"
)
TYPE = (
    "text-align: left; font-size: 14pt; line-height: 14pt; letter-spacing: 0; font-feature-settings: 'hwid'"
)
SWAPPED = (
    "@page :right { @bottom-right { content: none } "
    f"@bottom-left {{ content: {NUMBER}; {PLACE} {TYPE} }} }}"
)
# What is done to the paper: a style rule, or a text put in place of another; and the one rule that it breaks.
WRONG = (
    ("@page :right { margin-left: 33mm; margin-right: 21mm }", None, "type_area_left"),
    ("@page { margin-top: 40mm }", None, "type_area_top"),
    ("h3 + p { font-size: 15pt }", None, "body_size"),
    ("p + p { color: #00f }", None, "body_color"),
    (SWAPPED, None, "page_number_side"),
    ("", ('class="imprint"', 'hidden style="display: none"'), "imprint_foot"),
    (".mark { margin-top: 40mm !important }", None, "mark_top"),
    ("h1.title:not(.annex-title) { font-size: 20pt }", None, "title_size"),
    ("", ('<h2 class="hei">', '<h2 class="kai">'), "heading_1"),
    ("", ("〔2026〕11号", "（2026）11号"), "number_form"),
    (".annexes { margin-left: 1em }", None, "annex_note_left"),
    ("", ("2026年11月22日</p>", "2026年11月02日</p>"), "date"),
    (".signature div { margin-right: 6em !important }", None, "signature_place"),
    ("", ('<p class="annex hei">附件2', '<p class="hei">附件2'), "annex_count"),
    ("", ("县领导小组：", "县领导小组:"), "addressee_colon"),
    (".rule { margin-top: 9mm }", None, "red_rule_gap"),
)


def short():
    """An issued month of a few pages, so that many can be made."""
    data = sample.snapshot()
    data["ledger"], data["by_unit"], data["filings"] = data["ledger"][:4], data["by_unit"][:3], []
    data["texts"]["progress"] = data["texts"]["progress"][:3]
    return data


def altered(style="", words=None, **changes):
    """The short paper with a style rule added and a piece of its HTML replaced."""
    data, font_set = short(), FontSet()
    issue = sample.issue(data) | changes
    values = pdf.values_of(data, issue, False, font_set)
    page = render_to_string(pdf.TEMPLATE, values)
    if words:
        assert words[0] in page, words
        page = page.replace(*words)
    sheet = engine.style_sheet(font_set, values) + style
    return engine.lay_out(page, sheet, engine.assets(font_set, values)).write_pdf(pdf_variant=engine.VARIANT)


def failed(content, **options):
    return {one.rule for one in gongwen_check.check(content, **options) if one.verdict is Verdict.FAIL}


class RightPaperTests(SimpleTestCase):
    def test_the_issued_report_keeps_every_rule(self):
        findings = gongwen_check.check(papers.issued())
        # Where no 仿宋 or 楷体 is installed a text face stands in, and the sheet warns of that alone.
        others = [one for one in findings if "字体" not in one.label]
        self.assertEqual([one for one in others if one.verdict is not Verdict.PASS], [])
        self.assertEqual([one for one in findings if one.verdict is Verdict.FAIL], [])
        rules = [one.rule for one in findings]
        self.assertEqual(len(rules), len(set(rules)))
        for rule in ("lines_per_page", "justified", "landscape_number", "imprint_foot", "annex_count"):
            self.assertIn(rule, rules)

    def test_a_report_to_a_higher_office_names_its_signatory(self):
        findings = {one.rule: one for one in gongwen_check.check(altered(upward=True))}
        self.assertEqual([rule for rule, one in findings.items() if one.verdict is Verdict.FAIL], [])
        for rule in ("signer_place", "signer_label", "signer_name", "number_place"):
            self.assertIn(rule, findings)

    def test_a_draft_lacks_number_and_date_and_nothing_else(self):
        self.assertEqual(failed(papers.draft()), {"number_form", "date", "imprint_date"})

    def test_measured_values_are_those_of_the_paper(self):
        found = {one.rule: one.measured for one in gongwen_check.check(papers.issued())}
        self.assertEqual(found["lines_per_page"], "22 lines, 29.6 pt apart")
        self.assertEqual(found["characters_per_line"], "28")
        self.assertEqual(found["number_form"], "清整改办〔2026〕11号")
        self.assertEqual(found["page_number"], "16 pages")


class WrongPaperTests(SimpleTestCase):
    def test_a_fault_breaks_its_own_rule_and_no_other(self):
        for style, words, rule in WRONG:
            with self.subTest(rule=rule):
                self.assertEqual(failed(altered(style, words)), {rule})

    def test_a_part_that_the_paper_need_not_have_is_not_missed(self):
        content = altered("", ('class="imprint"', 'hidden style="display: none"'))
        self.assertEqual(failed(content, without=("imprint",)), set())

    def test_what_is_only_usual_warns(self):
        found = {
            one.rule: one for one in gongwen_check.check(altered("body { text-align: left !important }"))
        }
        self.assertEqual(found["justified"].verdict, Verdict.WARN)

    def test_a_file_that_is_no_pdf_is_refused(self):
        for content in (b"", b"no paper", b"%PDF-1.7\n%%EOF"):
            with self.subTest(content), self.assertRaises(Unreadable):
                gongwen_check.check(content)


class CommandTests(SimpleTestCase):
    def setUp(self):
        folder = TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = Path(folder.name)

    def run_on(self, content, *options):
        path = self.folder / "paper.pdf"
        path.write_bytes(content)
        out = io.StringIO()
        call_command("check_gongwen", str(path), *options, stdout=out)
        return out.getvalue()

    def test_it_prints_a_check_sheet(self):
        text = self.run_on(papers.issued())
        self.assertRegex(text, r"7\.4\.1 +版记末条分隔线 .+ 262 ± 0\.5 mm +26\d\.\d\d mm +PASS")
        self.assertIn("FAIL 0", text)

    def test_findings_come_as_json_too(self):
        (found,) = json.loads(self.run_on(papers.issued(), "--json"))
        self.assertEqual(found["counts"]["FAIL"], 0)
        self.assertEqual(
            set(found["findings"][0]), {"rule", "clause", "label", "expected", "measured", "verdict"}
        )

    def test_a_broken_rule_ends_in_an_error(self):
        with self.assertRaisesMessage(CommandError, "paper.pdf"):
            self.run_on(papers.draft())
        self.run_on(altered(), "--without", "imprint")

    def test_what_cannot_be_opened_is_said(self):
        with self.assertRaisesMessage(CommandError, "is not a PDF"):
            self.run_on(b"nothing")
        with self.assertRaisesMessage(CommandError, "Cannot read"):
            call_command("check_gongwen", str(self.folder / "none.pdf"))
