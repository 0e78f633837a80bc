"""Every kind of paper about one thing: measured against the standard, validated, and the same bytes each time."""

import functools
import io
import tempfile

import page
import pdfplumber
import pypdfium2
import pytest

from cases.intake.numerals import chinese
from reports.documents import gongwen_check
from reports.documents.checks.verdicts import Verdict
from reports.documents.official import item, render_paper
from reports.proof import canonical, digest
from tests.reports.documents import official_sample as sample

# What is only usual and does not hold for so short a text.
SHORT = {"lines_per_page", "characters_per_line"}
SAYS = {
    "close_out": (
        "清整改办销号〔2026〕5号",
        "关于第（二）（1）项整改措施销号的通知",
        "县水务局、县农业农村局：",
        "予以销号（整改第1轮）",
        "请你单位每季度报送一次",
        "附件：整改措施销号单",
        "一般措施（",
        "原定2026年10月31日，延期至2026年11月30日，2026年11月18日完成。",
        "2026-11-18 15:40　县水务局赵长河审核同意",
        "王建国　2026-11-22 10:30",
        "抄送：清源镇党委、政府，柳林镇党委、政府",
        digest("水厂设备更换验收单.pdf"),
    ),
    "verification": (
        "整改措施核查记录",
        "现场核查",
        "查看佐证材料3份",
        "符合销号条件，通过核查。",
        "林晓　2026-11-20 17:05",
        digest("石桥乡水厂整改前后对比照片.jpg"),
    ),
    "extension": (
        "整改措施延期审批表",
        "申请单位：县水务局",
        "经办人：李文波　2026-10-12 09:00",
        "赵长河　2026-10-12 16:00",
        "同意，按周报告进度。",
        "首次延期，由办公室负责人审批。",
        "准予延期至2026年11月30日，原定时限不变。",
    ),
    "instrument": (
        "清整改办督办〔2026〕7号",
        "督办单",
        "县财政局：",
        "请于2026年11月29日前书面答复",
        "回　执",
        "签收人",
    ),
    "reminder": ("清整改办提醒〔2026〕42号", "提醒函", "还剩8天"),
    "filing": (
        "县水务局关于2026年11月整改工作情况的报告",
        "一、第（二）（1）项整改措施：对全县12座农村水厂",
        "一是整改进展情况。",
        "二是整改过程中发现的问题。无。",
        "本月记录：提交佐证材料2份。",
        "拟稿：李文波；单位负责人：赵长河",
        "按时报送",
    ),
}


@functools.cache
def paper(kind) -> bytes:
    return render_paper(sample.ALL[kind]())


def text_of(content) -> str:
    with pdfplumber.open(io.BytesIO(content)) as opened:
        pages = [one.extract_text() or "" for one in opened.pages]
    return plain("".join(pages))


def plain(text):
    return "".join(text.replace("\u200b", "").split())


kinds = pytest.mark.parametrize("kind", sample.ALL)


@kinds
def test_it_keeps_the_standard(kind):
    assert gongwen_check.lacks(paper(kind)) == gongwen_check.LACKS.get(kind, ())
    findings = gongwen_check.check(paper(kind), without=gongwen_check.lacks(paper(kind)))
    assert [one for one in findings if one.verdict is Verdict.FAIL] == []
    # Where no 仿宋 or 楷体 is installed a text face stands in, and the sheet warns of that.
    warned = {one.rule for one in findings if one.verdict is Verdict.WARN and "字体" not in one.label}
    assert warned <= SHORT


@kinds
def test_it_says_what_it_is_about_and_who_signed(kind):
    found = text_of(paper(kind))
    assert [words for words in SAYS[kind] if plain(words) not in found] == []


@kinds
def test_it_proves_its_data(kind):
    data, content = canonical(sample.ALL[kind]()), paper(kind)
    found = text_of(content)
    for words in (digest(data), "留痕共812条", digest("the entry before")):
        assert words in found
    assert f"data_digest={digest(data)}; log_count=812".encode() in content
    document = pypdfium2.PdfDocument(content)
    [attached] = [document.get_attachment(n) for n in range(document.count_attachments())]
    assert bytes(attached.get_data()).decode() == data
    document.close()


@kinds
def test_it_is_for_archives_and_for_readers_who_cannot_see(kind):
    with tempfile.NamedTemporaryFile(suffix=".pdf") as file:
        file.write(paper(kind))
        file.flush()
        for profile in (page.ValidationProfile.PDF_A_3A, page.ValidationProfile.PDF_UA_1):
            failed = {failure.rule_id for failure in page.validate_pdf(file.name, profile=profile).failures}
            # See test_pdf on this one rule of the validator.
            assert {rule for rule in failed if "STREAM-LENGTH" not in rule} == set()


@kinds
def test_the_same_data_give_the_same_bytes(kind):
    assert render_paper(sample.ALL[kind]()) == paper(kind)


def test_a_notice_ends_on_an_even_page_and_a_form_on_one_page():
    pages = {}
    for kind in sample.ALL:
        with pypdfium2.PdfDocument(paper(kind)) as document:
            pages[kind] = len(document)
    assert pages["extension"] == 1
    assert pages["close_out"] % 2 == pages["instrument"] % 2 == 0


def test_a_refused_extension_says_who_refused_and_leaves_the_rest_open():
    box = {"needed": True, "by": "", "at": None, "note": "", "agreed": True}
    refused = {**box, "by": "王建国", "at": "2026-10-14T10:20:00+08:00", "agreed": False}
    opinions = {
        "unit_head": {**refused, "by": "赵长河", "agreed": True},
        "office_head": refused,
        "leader": box,
    }
    found = text_of(render_paper(sample.extension(state="REFUSED", opinions=opinions)))
    assert "不同意。" in found
    assert "不予延期，仍按2026年10月31日的时限执行。" in found


def test_a_measure_numbered_in_words_is_named_without_a_counting_word():
    assert item({"number": "(一)(4)"}) == "第（一）（4）项整改措施"
    assert item({"number": "(一)(4)一是"}) == "（一）（4）一是整改措施"


def test_headings_are_counted_in_chinese():
    numerals = [chinese(number) for number in (1, 9, 10, 12, 20, 35, 99)]
    assert numerals == ["一", "九", "十", "十二", "二十", "三十五", "九十九"]
    # A town is responsible for more than a hundred measures of a large plan.
    numerals = [chinese(number) for number in (100, 101, 110, 115, 230)]
    assert numerals == ["一百", "一百零一", "一百一十", "一百一十五", "二百三十"]
