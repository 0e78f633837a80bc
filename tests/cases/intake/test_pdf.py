"""Pages as offices lay them out: heads on a single page, columns, footnotes, contents, turned pages."""

import io
from unittest import TestCase

import pypdfium2

from cases.intake import read_plan
from cases.intake.source import source_text

from . import forms

SHORT = ["青山县整改方案", "（一）河道污染。", "整改措施：加强巡查。（责任单位：县水务局）"]
COLUMNS = "<style>div { columns: 2; column-gap: 24pt; font-size: 10.5pt; line-height: 16pt }</style>"
NOTES = "<style>span { float: footnote; font-size: 9pt; line-height: 12pt }</style>"
SMALL_PAGES = (
    "<style>@page { size: A5 landscape; margin: 30mm 20mm } thead { display: table-header-group }</style>"
)
HEADER = ["序号", "存在问题", "整改措施", "责任单位", "整改时限"]


def text_of(body):
    return source_text(forms.as_pdf(body), "a.pdf")


def items(numbers):
    for number in numbers:
        yield f"（{number}）第{number}个问题，河道污染较为突出，部分河段水质不达标，群众反映强烈。"
        yield "整改措施：开展拉网式排查，建立问题台账，逐项明确责任，按期完成任务。（责任单位：县水务局）"


def turned(data):
    """The same pages, stored on their side as a landscape annex often is."""
    document, buffer = pypdfium2.PdfDocument(data), io.BytesIO()
    for page in document:
        page.set_rotation(90)
    document.save(buffer)
    document.close()
    return buffer.getvalue()


class PageTests(TestCase):
    def test_the_head_and_number_of_a_single_page(self):
        self.assertEqual(text_of(forms.paragraphs("\n".join(SHORT))), "\n".join(SHORT))

    def test_two_columns_are_read_one_after_the_other(self):
        text = "\n".join(items("一二三四五六七八"))
        found = text_of(f"{COLUMNS}<p>青山县整改方案</p><div>{forms.paragraphs(text)}</div>")
        self.assertTrue(found.endswith("青山县整改方案\n" + text))

    def test_two_columns_over_several_pages(self):
        numbers = [f"{tens}十{ones}" for tens in "二三四" for ones in "一二三四五六七八九"]
        text = "\n".join(items(numbers))
        found = text_of(f"{COLUMNS}<p>青山县整改方案</p><div>{forms.paragraphs(text)}</div>")
        self.assertEqual(found, "青山县整改方案\n" + text)

    def test_names_and_values_beside_each_other_are_no_columns(self):
        style = "<style>b { display: inline-block; width: 75mm; text-indent: 0; font-weight: normal }</style>"
        rows = "".join(f"<p><b>第{number}项任务</b>县水务局第{number}股</p>" for number in range(1, 13))
        self.assertIn("第1项任务\t县水务局第1股", text_of(style + rows))

    def test_footnotes_stand_behind_the_text_and_their_marks_go(self):
        note = "<span>水质按照国家标准评价。</span>"
        text = [
            f"（{number}）" + "河道污染较为突出，部分河段水质不达标，" * 9 + "群众反映强烈。"
            for number in "一二三四五六七"
        ]
        marked = forms.paragraphs("\n".join(text)).replace("不达标，群众", f"不达标{note}，群众")
        found = text_of(NOTES + marked).split("\n")
        self.assertEqual(found[:7], text)
        self.assertEqual({line.split()[-1] for line in found[7:]}, {"水质按照国家标准评价。"})

    def test_square_metres_are_no_footnote(self):
        self.assertIn(
            "3m2。", text_of("<p>青山县整改方案，新建厂房共计一万平方米，仓库一座，每座3m<sup>2</sup>。</p>")
        )

    def test_the_table_of_contents_is_left_out(self):
        contents = ["目　录", "一、总体要求…………1", "二、存在问题…………2", "三、工作要求…………9"]
        self.assertEqual(text_of(forms.paragraphs("\n".join([*contents, *SHORT]))), "\n".join(SHORT))

    def test_spaced_letters(self):
        long = "对照反馈问题逐项抓好落实，" * 6 + "确保到位。"
        spaced = '<p style="letter-spacing: 6pt">责任单位：县财政局</p>'
        self.assertEqual(text_of(f"<p>{long}</p>{spaced}"), f"{long}\n责任单位：县财政局")


class LedgerPageTests(TestCase):
    rows = (
        ["1", "河道污染。", "第一步，" + "明确责任，" * 20 + "按期完成。", "县水务局", "2024年6月底前"],
        [None, None, "第二步，" + "明确责任，" * 20 + "按期完成。", "县财政局", "2024年7月底前"],
        [None, None, "第三步，" + "明确责任，" * 20 + "按期完成。", "县公安局", "2024年8月底前"],
        ["2", "扬尘。", "巡查。", "县城管局", "长期坚持"],
    )

    def paper(self, page):
        table = forms.as_html_table([HEADER, *self.rows], {(1, 0): 3, (1, 1): 3})
        table = table.replace("<tr>", "<thead><tr>", 1).replace("</tr>", "</tr></thead>", 1)
        return forms.as_pdf(f"{page}<p>青山县整改台账</p>{table}")

    def assert_same(self, data):
        sheet = [[cell or "" for cell in row] for row in self.rows]
        expected = read_plan(forms.as_xlsx([HEADER, *sheet], merged=["A2:A4", "B2:B4"]), "a.xlsx")
        self.assertEqual(forms.essence(read_plan(data, "a.pdf")), forms.essence(expected))

    def test_a_merged_cell_over_several_pages_with_the_headings_on_each(self):
        self.assert_same(self.paper(SMALL_PAGES))

    def test_pages_that_lie_on_their_side(self):
        self.assert_same(turned(self.paper(SMALL_PAGES)))
