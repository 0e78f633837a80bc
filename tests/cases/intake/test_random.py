"""Whatever the text, the reader comes back, in linear time, with passages inside the text."""

import sys
from unittest import TestCase

from hypothesis import given, settings
from hypothesis import strategies as st

from cases.intake import Proposal
from cases.intake.accounting import accounting
from cases.intake.reader import read_text
from cases.intake.text import clean

PIECES = st.sampled_from(
    [
        *"一二十、.。;；:：，,()（）〔〕【】《》①是第年月日底前 \n\u3000",
        "一、", "（一）", "(1)", "1.", "①", "一是", "问题1：", "措施一：", "第一，",
        "整改措施：", "整改目标：", "存在问题：", "整改方案", "印发《",
        "牵头单位：", "责任单位：", "整改时限：", "县水务局", "各乡镇", "各区、县级市", "等", "牵头", "配合", "负责",
        "2024年6月30日", "12月31日前", "年底前", "长期坚持", "立行立改", "列在首位的为牵头单位", "每月10日前报",
    ]
)  # fmt: skip
TEXTS = st.one_of(st.text(max_size=200), st.lists(PIECES, max_size=120).map("".join))
VALUES = [
    "县水务局",
    "各乡镇、县财政局",
    "2024年6月底前",
    "13月",
    "长期坚持",
    "张三",
    "无",
    "甲" * 70,
    "立行立改",
    "县，",
]
CLAUSES = st.builds(
    "{}{}{}{}".format,
    st.sampled_from(
        [
            "1.排查。",
            "（1）整改。",
            "一是查。",
            "",
            "二、整改要求\n",
            "（二）台账不清。\n整改措施：",
            "〔",
            "（",
            "\n",
        ]
    ),
    st.sampled_from(
        ["牵头单位：", "责任单位:", "配合单位：", "整改时限:", "完成时限 ", "责任人：", "（", "备注："]
    ),
    st.sampled_from(VALUES),
    st.sampled_from(["\n", "；", "〕\n", "）。", "。", "，", ")\n"]),
)
ACCOUNTED = """青山县河道整改方案
一、存在问题
（一）河道污染。
整改措施：
1.排查。（牵头单位：县水务局；责任单位：县财政局；整改时限：2024年6月30日前）
2.整改。（责任单位：县公安局；整改时限：立行立改）
"""
EVIL = {
    "open brackets": "(",
    "pairs": "()",
    "label and marker": "（一）整改措施：",
    "lines": "1.整改措施：\n",
    "fields": "责任单位:",
    "years": "2022年",
    "dates": "2022年6月、",
    "names": "(县水务局、",
    "empty lines": " \n",
    "signatures": "青山县办公室\n",
    "running": "一是。二是。",
    "reports": "每月10日前",
    "problems": "问题：\n",
}


def passages(proposal):
    for problem in proposal.problems:
        yield problem
        for holder in (problem, *problem.measures):
            yield from holder.lead_units + holder.responsible_units
        for measure in problem.measures:
            yield measure
            yield from measure.checkpoints
    yield from proposal.remarks


def plan_of(measures):
    lines = ["青山县整改方案", "一、问题及措施"]
    for number in range(measures):
        if number % 10 == 0:
            lines += [f"({'一二三四五六七八九十'[number // 10 % 10]})某方面问题突出。", "整改措施:"]
        lines.append(f"({number % 10 + 1})开展排查整治。一是摸清底数;二是建立台账。")
        lines.append("〔牵头单位:县水务局;责任单位:各乡镇,县财政局;整改时限:2024年6月30日前,长期坚持〕")
    return "\n".join(lines)


def steps(text):
    """Count the calls that reading a text takes: the same on every machine, unlike its seconds."""
    read_text(text[:200])  # what is only done the first time does not count
    count = 0

    def step(frame, event, argument):
        nonlocal count
        count += 1

    sys.setprofile(step)
    try:
        read_text(text)
    finally:
        sys.setprofile(None)
    return count


class RandomTests(TestCase):
    @settings(max_examples=300, deadline=None)
    @given(TEXTS)
    def test_never_fails_and_keeps_inside(self, text):
        text = clean(text)
        proposal = read_text(text)
        for item in passages(proposal):
            self.assertTrue(0 <= item.start <= item.end <= len(text), item)
            if hasattr(item, "printed"):
                self.assertEqual(text[item.start : item.end], item.printed)
        self.assertEqual(Proposal.from_dict(proposal.to_dict()), proposal)
        proposal.to_json()

    @settings(max_examples=300, deadline=None)
    @given(st.lists(CLAUSES, min_size=1, max_size=12).map("".join))
    def test_every_clause_is_read_or_said(self, clauses):
        """A text in which nothing at all looks like a plan is refused as a whole."""
        text = clean(f"青山县河道整改方案\n一、存在问题\n（一）河道污染。\n整改措施：\n{clauses}")
        proposal = read_text(text)
        self.assertEqual(accounting(proposal), [])
        for remark in proposal.remarks:
            self.assertTrue(str(remark))

    def test_accounting_finds_what_was_left_out(self):
        proposal = read_text(clean(ACCOUNTED))
        self.assertEqual(accounting(proposal), [])
        for holder in proposal.measures:
            holder.lead_units, holder.checkpoints, holder.deadline_text = [], [], None
        self.assertEqual(
            [proposal.text[start:end] for start, end in accounting(proposal)],
            ["牵头单位：县水务局", "整改时限：2024年6月30日前", "整改时限：立行立改"],
        )


class LinearTests(TestCase):
    """Ten times the text takes about ten times the steps."""

    def test_plans(self):
        small, large = plan_of(50), plan_of(500)
        self.assertEqual(len(read_text(large).measures), 500)
        self.assertLess(steps(large), 13 * steps(small))

    def test_many_problems(self):
        small, large = ("1.甲。\n整改措施：乙。\n责任单位：县水务局\n" * count for count in (50, 500))
        self.assertEqual(len(read_text(large).problems), 500)
        self.assertLess(steps(large), 13 * steps(small))

    def test_repeated_pieces(self):
        for name, piece in EVIL.items():
            with self.subTest(name=name):
                small, large = piece * (1_200 // len(piece)), piece * (12_000 // len(piece))
                self.assertLess(steps(large), 13 * steps(small))
