"""The bulletin as printed: measured against GB/T 9704, its words, and the Word document beside it."""

import io

import docx
import pytest

from reports.documents import bulletin, gongwen_check
from reports.documents.bulletin import render_bulletin
from reports.documents.bulletin_docx import bulletin_docx
from reports.documents.checks.verdicts import Verdict
from tests.reports.documents import bulletin_sample as sample


@pytest.fixture(scope="module")
def pdf():
    return render_bulletin(sample.snapshot(), sample.issue())


def test_it_keeps_the_standard(pdf):
    results = gongwen_check.check(pdf)
    assert [one for one in results if one.verdict is Verdict.FAIL] == []


def test_it_carries_its_data(pdf):
    assert sample.issue()["data_digest"].encode() in pdf


def test_every_rate_shows_both_counts_and_the_text_its_basis():
    [departments, _towns] = bulletin.ranking_tables(sample.snapshot())
    assert departments["rows"][0]["deciding"] == "7/7 = 100.0%"
    assert bulletin.ranking_lines(sample.snapshot())[0] == "名次按序时进度达标率由高到低排列。"
    assert bulletin.ranking_rule(sample.snapshot()).startswith("注：名次先看序时进度达标率（达到序时进度的")


def test_who_may_still_file_in_time_is_not_said_to_owe_nothing():
    data = sample.snapshot()
    [first, second, *_others] = data["rankings"][0]["rows"]
    for row in (first, second):
        row["filed_on_time"] = {"part": 0, "whole": 0, "percent": None}
    data["filings"] = [{"unit": first["unit"], "unit_id": first["unit_id"], "status": "NOT_DUE"}]
    rows = bulletin.ranking_tables(data)[0]["rows"]
    assert [row["filed"] for row in rows[:2]] == ["未到期", "无报送任务"]
    assert bulletin.filing_lines(data["filings"]) == [
        "本期应报送单位1个，按时报送0个，另有1个单位未到报送截止时间。"
    ]


def test_chapters_without_content_are_left_out_and_the_others_numbered_on():
    data = sample.snapshot()
    data["cases"]["good"] = []
    headings = [chapter["heading"] for chapter in bulletin.chapters(data)]
    assert headings[-2:] == ["五、反面典型", "六、工作要求"]


def test_whom_the_ladder_named_stands_there_with_the_instrument():
    assert bulletin.light_lines(sample.snapshot())[-1].endswith("尚未书面说明（清整改办通报〔2026〕2号）。")


def test_a_draft_without_anything_still_prints_its_values():
    data = {**sample.snapshot(), "red": [], "yellow": [], "named": [], "rankings": [], "filings": []}
    assert bulletin.context(data, {}, draft=True)["rankings"] == []
    assert bulletin.ranking_lines(data) == ["本期没有参加排名的单位。"]


def test_units_of_one_place_are_named_together():
    def row(name, place):
        return {"unit": name, "place": place}

    data = sample.snapshot()
    data["rankings"] = [
        {
            **data["rankings"][0],
            "label": "部门",
            "rows": [row("甲局", 1), row("乙局", 1), row("丙局", 3), row("丁局", 4)],
        }
    ]
    line = "部门4个参加排名，并列第1名的有甲局、乙局，第3名为丙局；居末位（第4名）的是丁局。"
    assert bulletin.ranking_lines(data)[1] == line


def test_the_word_document_says_the_same():
    document = docx.Document(io.BytesIO(bulletin_docx(sample.snapshot(), sample.issue())))
    texts = [paragraph.text for paragraph in document.paragraphs]
    for chapter in bulletin.chapters(sample.snapshot()):
        assert chapter["heading"] in texts
    assert len(document.tables) == 1 + 2 + 2 + 1  # figures, rankings, lights, imprint
