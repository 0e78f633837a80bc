"""What Word and WPS store besides plain paragraphs: moves, controls, contents, numbering in every form."""

import io
import zipfile
from unittest import TestCase

from docx import Document
from docx.oxml import parse_xml
from docx.oxml.ns import nsdecls

from cases.intake import read_plan
from cases.intake.contents import without_contents
from cases.intake.source import source_text

from . import forms, plans
from .test_docx import as_bytes, numbered

SPACES = nsdecls("w") + " ".join(
    [
        "",
        'xmlns:mc="http://schemas.openxmlformats.org/markup-compatibility/2006"',
        'xmlns:m="http://schemas.openxmlformats.org/officeDocument/2006/math"',
    ]
)
HEADINGS = ("序号", "存在问题", "整改措施", "责任单位", "整改时限")
ROW = ("1", "河道。", "排查。", "县水务局", "2024年底前")
READ_ROW = "问题1：河道。\n整改措施：排查。\n责任单位：县水务局\n整改时限：2024年底前"


def run(text):
    return f"<w:r><w:t>{text}</w:t></w:r>"


def paragraph(inside, properties=""):
    return f"<w:p><w:pPr>{properties}</w:pPr>{inside}</w:p>"


def lines(*texts):
    return "".join(paragraph(run(text)) for text in texts)


def cell(text, properties="", more=""):
    return f"<w:tc><w:tcPr>{properties}</w:tcPr>{lines(text)}{more}</w:tc>"


def row(*cells):
    return f"<w:tr>{''.join(cells)}</w:tr>"


def table(*rows):
    return f"<w:tbl>{''.join(rows)}</w:tbl>"


def ledger():
    return table(row(*map(cell, HEADINGS)), row(*map(cell, ROW)))


def document(inside):
    word = Document()
    for element in reversed(parse_xml(f"<w:body {SPACES}>{inside}</w:body>")):
        word.element.body.insert(0, element)
    return as_bytes(word)


def text_of(inside):
    return source_text(document(inside), "a.docx")


def repacked(data, change):
    """The same package; ``change`` maps (name, content) to another (name, content)."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(data)) as old, zipfile.ZipFile(buffer, "w") as new:
        for name in old.namelist():
            new.writestr(*change(name, old.read(name)))
    return buffer.getvalue()


class ChangeTests(TestCase):
    def test_moved_paragraphs_stand_where_they_were_moved_to(self):
        gone = paragraph(f"<w:moveFrom>{run('甲')}</w:moveFrom>", "<w:rPr><w:moveFrom/></w:rPr>")
        come = paragraph(f"<w:moveTo>{run('甲')}</w:moveTo>", "<w:rPr><w:moveTo/></w:rPr>")
        self.assertEqual(text_of(gone + lines("乙") + come + lines("丙")), "乙\n甲\n丙")

    def test_whole_blocks_put_in_and_taken_out(self):
        inside = f"<w:ins>{lines('甲')}</w:ins><w:del>{lines('乙')}</w:del><w:customXml>{lines('丙')}</w:customXml>"
        self.assertEqual(text_of(inside), "甲\n丙")

    def test_a_deleted_row_is_gone(self):
        gone = f"<w:tr><w:trPr><w:del/></w:trPr>{cell('旧')}</w:tr>"
        self.assertEqual(text_of(table(row(*map(cell, HEADINGS)), gone, row(*map(cell, ROW)))), READ_ROW)

    def test_a_deleted_paragraph_takes_no_number(self):
        word = Document(io.BytesIO(numbered([("decimal", "%1.")], [(0, "甲"), (0, "乙"), (0, "丙")])))
        second = word.paragraphs[1]._p
        second.get_or_add_pPr().append(parse_xml(f"<w:rPr {SPACES}><w:del/></w:rPr>"))
        second.replace(second.r_lst[0], parse_xml(f"<w:del {SPACES}>{run('乙')}</w:del>"))
        self.assertEqual(source_text(as_bytes(word), "a.docx"), "1.甲\n2.丙")


class ContentTests(TestCase):
    def test_what_stands_in_controls_tags_links_and_fields(self):
        inside = (
            f"<w:sdt><w:sdtPr/><w:sdtContent>{run('甲')}</w:sdtContent></w:sdt>"
            f"<w:smartTag>{run('乙')}<w:smartTag>{run('丙')}</w:smartTag></w:smartTag>"
            f"<w:hyperlink>{run('丁')}</w:hyperlink><w:fldSimple w:instr='PAGE'>{run('3')}</w:fldSimple>"
            "<m:oMath><m:r><m:t>95%</m:t></m:r></m:oMath>"
            f"<w:r><w:instrText> REF a </w:instrText></w:r>{run('戊')}"
            "<w:r><w:footnoteReference w:id='2'/><w:softHyphen/><w:lastRenderedPageBreak/><w:t>己</w:t></w:r>"
        )
        self.assertEqual(text_of(paragraph(inside)), "甲乙丙丁395%戊己")

    def test_a_control_that_nobody_filled_in(self):
        filler = "<w:sdt><w:sdtPr><w:showingPlcHdr/></w:sdtPr><w:sdtContent>{}</w:sdtContent></w:sdt>"
        inside = filler.format(lines("单击此处")) + paragraph(filler.format(run("单击此处")) + run("甲"))
        self.assertEqual(text_of(inside), "甲")

    def test_of_several_forms_of_the_same_one_is_read(self):
        box = f"<w:pict><w:txbxContent>{lines('框')}</w:txbxContent></w:pict>"

        def both(first, second):
            return (
                f"<mc:AlternateContent><mc:Choice>{first}</mc:Choice><mc:Fallback>{second}</mc:Fallback>"
                "</mc:AlternateContent>"
            )

        self.assertEqual(text_of(both(lines("甲"), lines("甲"))), "甲")
        self.assertEqual(text_of(paragraph(f"<w:r>{both(box, box)}</w:r>")), "框")
        self.assertEqual(text_of(paragraph(f"<w:r>{both('<w:drawing/>', box)}</w:r>")), "框")

    def test_a_broken_title_is_one_title(self):
        broken = "<w:r><w:t>青山县整改</w:t><w:br/><w:t>方案</w:t></w:r>"
        self.assertEqual(text_of(paragraph(broken, '<w:jc w:val="center"/>')), "青山县整改方案")
        self.assertEqual(text_of(paragraph(broken)), "青山县整改\n方案")

    def test_headers_and_footers_are_not_read(self):
        word = Document()
        word.add_paragraph("甲")
        word.sections[0].header.paragraphs[0].text = "整改措施：无"
        word.sections[0].footer.paragraphs[0].text = "责任单位：无"
        self.assertEqual(source_text(as_bytes(word), "a.docx"), "甲")


class ContentsTests(TestCase):
    def test_the_table_of_contents_is_left_out(self):
        entries = "".join(
            paragraph(
                f'<w:hyperlink w:anchor="_Toc{at}">{run(heading)}<w:r><w:tab/></w:r>{run(at)}</w:hyperlink>'
            )
            for at, heading in enumerate(("一、总体要求", "二、存在问题"), 1)
        )
        gallery = '<w:docPartObj><w:docPartGallery w:val="Table of Contents"/></w:docPartObj>'
        control = f"<w:sdt><w:sdtPr>{gallery}</w:sdtPr><w:sdtContent>{lines('目录')}{entries}</w:sdtContent></w:sdt>"
        for contents in (entries, control):
            self.assertEqual(text_of(contents + lines("一、总体要求")), "一、总体要求")

    def test_one_that_was_typed(self):
        dotted = ["目  录", "一、总体要求……………1", "（一）河道污染.......... 12", "三、保障 ··· —13—"]
        tabbed = ["目录", "一、总体要求\t1", "", "二、存在问题\t-2-"]
        for contents in (dotted, dotted[1:], tabbed):
            self.assertEqual(without_contents([*contents, "一、总体要求"]), ["一、总体要求"])

    def test_what_only_looks_like_one(self):
        for kept in (
            ["青山镇\t12", "青河镇\t7", "石桥镇\t3"],
            ["等等……3", "正文。"],
            ["目录", "一、总体要求"],
        ):
            self.assertEqual(without_contents(kept), kept)


class TableTests(TestCase):
    def test_a_table_that_only_arranges_the_page_holds_the_ledger(self):
        self.assertEqual(
            text_of(table(row(cell("一、甲", more=ledger() + lines(""))))), "一、甲\n" + READ_ROW
        )

    def test_a_table_within_a_cell_belongs_to_the_cell(self):
        inner = table(row(cell("内一"), cell("内二")))
        held = row(*map(cell, ROW[:2]), cell(ROW[2], more=inner + lines("尾。")), *map(cell, ROW[3:]))
        found = text_of(table(row(*map(cell, HEADINGS)), held))
        self.assertEqual(found, READ_ROW.replace("排查。", "排查。\n内一\t内二\n尾。"))

    def test_headings_over_two_columns_and_two_rows(self):
        down, wide = '<w:vMerge w:val="restart"/>', '<w:gridSpan w:val="2"/>'
        first = row(
            *(cell(name, down) for name in HEADINGS[:3]), cell("责任分工", wide), cell("整改时限", down)
        )
        below = cell("", "<w:vMerge/>")
        second = row(below * 3, cell("牵头单位"), cell("配合单位"), below)
        third = row(*map(cell, (*ROW[:3], "县水务局", "县财政局", "立行立改")))
        old = [cell("附", '<w:hMerge w:val="restart"/>'), cell("", "<w:hMerge/>")]
        self.assertEqual(
            text_of(table(first, second, third, row(*old))),
            "问题1：河道。\n整改措施：排查。\n牵头单位：县水务局\n配合单位：县财政局\n整改时限：立行立改\n附",
        )


class NumberTests(TestCase):
    def label(self, form, count, text="%1、"):
        found = source_text(numbered([(form, text)], [(0, "项")] * count), "a.docx").split("\n")
        return found[-1].removesuffix("项")

    def test_forms(self):
        for form, count, expected in (
            ("chineseCounting", 23, "二十三、"),
            ("chineseCountingThousand", 112, "一百一十二、"),
            ("taiwaneseCountingThousand", 11, "十一、"),
            ("ideographDigital", 12, "十二、"),
            ("chineseLegalSimplified", 3, "三、"),
            ("decimalEnclosedCircle", 3, "③、"),
            ("decimalEnclosedCircleChinese", 21, "(21)、"),
            ("decimalEnclosedParen", 3, "⑶、"),
            ("decimalEnclosedFullstop", 3, "⒊、"),
            ("ideographEnclosedCircle", 3, "（三）、"),
            ("decimalFullWidth", 3, "3、"),
            ("bullet", 3, ""),
        ):
            with self.subTest(form=form):
                self.assertEqual(self.label(form, count), expected)

    def test_a_bare_number_does_not_run_into_the_text(self):
        self.assertEqual(self.label("decimal", 2, "%1"), "2 ")

    def test_two_levels_in_one_number(self):
        levels = [("chineseCounting", "%1、"), ("decimal", "%1.%2")]
        data = numbered(levels, [(0, "甲"), (1, "乙"), (1, "丙"), (0, "丁"), (1, "戊")])
        self.assertEqual(source_text(data, "a.docx"), "一、甲\n一.1 乙\n一.2 丙\n二、丁\n二.1 戊")
        self.assertEqual(self.changed(data, "w:lvlText", "<w:isLgl/>").split("\n")[-1], "2.1 戊")

    def test_levels_that_go_on(self):
        levels = [("chineseCounting", "%1、"), ("decimal", "%2.")]
        data = numbered(levels, [(0, "甲"), (1, "乙"), (0, "丙"), (1, "丁")])
        self.assertEqual(source_text(data, "a.docx").split("\n")[-1], "1.丁")
        self.assertEqual(self.changed(data, "w:lvlText", '<w:lvlRestart w:val="0"/>').split("\n")[-1], "2.丁")

    def changed(self, data, before, mark):
        def change(name, content):
            if name == "word/numbering.xml":
                head, tail = content.split(b'w:abstractNumId="77">', 1)
                tail = tail.replace(f"<{before}".encode(), f"{mark}<{before}".encode())
                content = head + b'w:abstractNumId="77">' + tail
            return name, content

        return source_text(repacked(data, change), "a.docx")

    def test_numbers_of_a_style_and_of_those_based_on_it(self):
        word = Document(io.BytesIO(numbered([("chineseCounting", "%1、"), ("decimal", "%2.")], [])))
        for style in ("Heading 1", "Heading 2"):
            level = int(style[-1]) - 1
            mark = f'<w:numPr {SPACES}><w:ilvl w:val="{level}"/><w:numId w:val="77"/></w:numPr>'
            word.styles[style].element.get_or_add_pPr().append(parse_xml(mark))
        own = word.styles.add_style("自定", 1)
        own.base_style = word.styles["Heading 2"]
        for style, text in (("Heading 1", "甲"), ("Heading 2", "乙"), ("自定", "丙")):
            word.add_paragraph(text, style)
        own_level = word.add_paragraph("丁", "Heading 1")._p.get_or_add_pPr()
        own_level.append(parse_xml(f'<w:numPr {SPACES}><w:ilvl w:val="1"/></w:numPr>'))
        none = word.add_paragraph("戊", "Heading 1")._p.get_or_add_pPr()
        none.append(parse_xml(f'<w:numPr {SPACES}><w:numId w:val="0"/></w:numPr>'))
        self.assertEqual(source_text(as_bytes(word), "a.docx"), "一、甲\n1.乙\n2.丙\n3.丁\n戊")


class PackageTests(TestCase):
    expected = forms.essence(read_plan(plans.WHOLE.encode(), "plan.txt"))

    def assert_same(self, change):
        data = repacked(forms.as_docx(plans.WHOLE), change)
        self.assertEqual(forms.essence(read_plan(data, "plan.docx")), self.expected)

    def test_the_strict_variety(self):
        self.assert_same(strict)
        ledger_data = repacked(forms.as_xlsx([HEADINGS, ROW]), strict)
        self.assertEqual(source_text(ledger_data, "a.xlsx"), READ_ROW)

    def test_paths_of_windows(self):
        self.assert_same(lambda name, content: (name.replace("/", "\\"), content))

    def test_a_document_under_another_name(self):
        self.assert_same(
            lambda name, content: (
                name.replace("word/document.xml", "word/document2.xml"),
                content.replace(b"word/document.xml", b"word/document2.xml"),
            )
        )


def strict(name, content):
    for kind in ("wordprocessingml", "spreadsheetml"):
        usual = f"http://schemas.openxmlformats.org/{kind}/2006/main"
        content = content.replace(usual.encode(), f"http://purl.oclc.org/ooxml/{kind}/main".encode())
    usual = b"http://schemas.openxmlformats.org/officeDocument/2006/relationships"
    return name, content.replace(usual, b"http://purl.oclc.org/ooxml/officeDocument/relationships")
