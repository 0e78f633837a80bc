import functools
import io

import page
import pdfplumber
from django.conf import settings
from django.test import SimpleTestCase

from reports.documents import gongwen_check, internal, pdf
from reports.documents.checks.verdicts import Verdict
from reports.proof import canonical, digest
from tests.reports.documents import sample


@functools.cache
def paper():
    issue = sample.issue() | {"upward": True}
    return pdf.render_monthly_report(sample.snapshot(), issue, edition=pdf.INTERNAL)


class PaperTests(SimpleTestCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        with pdfplumber.open(io.BytesIO(paper())) as opened:
            cls.text = "".join((one.extract_text() or "") for one in opened.pages).replace("\n", "")

    def test_it_keeps_the_standard(self):
        findings = gongwen_check.check(paper(), without=gongwen_check.lacks(paper()))
        self.assertEqual([one for one in findings if one.verdict is Verdict.FAIL], [])
        self.assertNotIn("signer_place", [one.rule for one in findings])

    def test_it_says_that_it_is_internal_and_to_whom_it_goes(self):
        for expected in (
            "内部资料",
            "2026年第6期",
            "2026年11月内部情况",
            "四、报送情况",
            "未报2个：县民政局、县交通运输局",
            "分送：领导小组成员，",
            "分项数据见附件1",
        ):
            with self.subTest(expected):
                self.assertIn(expected, self.text)

    def test_what_belongs_to_the_report_alone_is_not_in_it(self):
        for absent in (
            "清整改办〔2026〕11号",
            "签发人",
            "特此报告",
            "县委、县人民政府",
            "抄送",
            "月整改台账",
        ):
            with self.subTest(absent):
                self.assertNotIn(absent, self.text)

    def test_it_is_of_the_same_data_and_of_the_same_quality(self):
        self.assertIn(f"data_digest={digest(canonical(sample.snapshot()))}".encode(), paper())
        path = settings.DATA_DIR / "internal.pdf"
        path.write_bytes(paper())
        self.addCleanup(path.unlink)
        for profile in (page.ValidationProfile.PDF_A_3A, page.ValidationProfile.PDF_UA_1):
            failed = {failure.rule_id for failure in page.validate_pdf(str(path), profile=profile).failures}
            self.assertEqual({rule for rule in failed if "STREAM-LENGTH" not in rule}, set())


class WordingTests(SimpleTestCase):
    def test_the_title_says_what_it_is(self):
        for title, expected in (
            ("甲11月情况报告", "甲11月内部情况"),
            ("甲报告", "甲内部情况"),
            ("甲", "甲内部情况"),
        ):
            self.assertEqual(internal.internal_title(title), expected)

    def test_who_filed_late_or_not_is_named(self):
        rows = [
            {"unit": name, "status": status}
            for name, status in (("甲", "ON_TIME"), ("乙", "LATE"), ("丙", "LATE"))
        ]
        self.assertEqual(
            internal.filing_lines(rows), ["本期应报送单位3个，按时报送1个。", "迟报2个：乙、丙。"]
        )
        self.assertEqual(internal.filing_lines([]), [])

    def test_few_units_are_named_and_many_are_not(self):
        units = [{"unit": f"单位{number}"} for number in range(13)]
        for rows, expected in (
            (units[:2], "领导小组成员，单位0，单位1"),
            (units, "领导小组成员，各牵头单位、责任单位"),
        ):
            self.assertEqual(internal.distribution({"by_unit": rows, "filings": rows}), expected)
