"""Two hundred files that are broken, disguised or made to do harm; run as a module it prints what became of them.

Each generator yields (name of the file, bytes). Everything is made here, the same each time.
"""

import io
import json
import random
import resource
import struct
import subprocess
import sys
import tempfile
import time
import zipfile
import zlib
from dataclasses import dataclass
from pathlib import Path

from cases.intake import IntakeRefused, Proposal, read_plan_safely

from . import forms, plans

MEGABYTE = 1024 * 1024
W = "http://schemas.openxmlformats.org/wordprocessingml/2006/main"
TYPES = '<?xml version="1.0"?><Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types"/>'
OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(504)
TABLE = "问题\t整改措施\t责任单位\n"


def packed(parts, method=zipfile.ZIP_DEFLATED):
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", method) as archive:
        for name, content in parts.items():
            archive.writestr(zipfile.ZipInfo(name, (2024, 1, 1, 0, 0, 0)), content, method)
    return buffer.getvalue()


def word(body, before="", **parts):
    document = f'<?xml version="1.0"?>{before}<w:document xmlns:w="{W}"><w:body>{body}</w:body></w:document>'
    return packed({"[Content_Types].xml": TYPES, "word/document.xml": document, **parts})


def paragraph(text):
    return f"<w:p><w:r><w:t>{text}</w:t></w:r></w:p>"


def whole_word():
    return word("".join(paragraph(line) for line in plans.WHOLE.split("\n")))


def workbook(sheet, **parts):
    main = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
    office = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
    package = "http://schemas.openxmlformats.org/package/2006/relationships"
    types = "application/vnd.openxmlformats-officedocument.spreadsheetml"
    return packed(
        {
            "[Content_Types].xml": '<Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types">'
            f'<Override PartName="/xl/workbook.xml" ContentType="{types}.sheet.main+xml"/>'
            f'<Override PartName="/xl/worksheets/sheet1.xml" ContentType="{types}.worksheet+xml"/></Types>',
            "_rels/.rels": f'<Relationships xmlns="{package}"><Relationship Id="r1" Type="{office}/officeDocument" '
            'Target="xl/workbook.xml"/></Relationships>',
            "xl/workbook.xml": f'<workbook xmlns="{main}" xmlns:r="{office}"><sheets><sheet name="a" sheetId="1" '
            'r:id="r1"/></sheets></workbook>',
            "xl/_rels/workbook.xml.rels": f'<Relationships xmlns="{package}"><Relationship Id="r1" '
            f'Type="{office}/worksheet" Target="worksheets/sheet1.xml"/></Relationships>',
            "xl/worksheets/sheet1.xml": f'<worksheet xmlns="{main}">{sheet}</worksheet>',
            **parts,
        }
    )


def cells(rows):
    return "<sheetData>" + "".join(
        "<row>" + "".join(f'<c t="inlineStr"><is><t>{cell}</t></is></c>' for cell in row) + "</row>" for row in rows
    ) + "</sheetData>"  # fmt: skip


LEDGER = [["问题", "整改措施", "责任单位"], ["甲", "整改", "县水务局"]]


def pdf(objects, trailer="/Root 1 0 R", version="1.4"):
    """A PDF made by hand: ``objects`` are the bodies of 1 0 obj, 2 0 obj, …"""
    out, places = bytearray(f"%PDF-{version}\n%\xe2\xe3\xcf\xd3\n".encode("latin-1")), []
    for number, body in enumerate(objects, 1):
        places.append(len(out))
        out += b"%d 0 obj\n" % number + (body if isinstance(body, bytes) else body.encode()) + b"\nendobj\n"
    start = len(out)
    out += b"xref\n0 %d\n0000000000 65535 f \n" % (len(objects) + 1)
    out += b"".join(b"%010d 00000 n \n" % place for place in places)
    out += f"trailer\n<</Size {len(objects) + 1} {trailer}>>\nstartxref\n{start}\n%%EOF\n".encode()
    return bytes(out)


def stream(content, more=""):
    return f"<</Length {len(content)}{more}>>\nstream\n".encode() + content + b"\nendstream"


def pages(content, *, kids="[3 0 R]", count=1, box="[0 0 595 842]", resources="<</Font<</F 5 0 R>>>>"):
    page = f"<</Type/Page/Parent 2 0 R/MediaBox{box}/Contents 4 0 R/Resources{resources}>>"
    font = "<</Type/Font/Subtype/Type1/BaseFont/Helvetica>>"
    tree = f"<</Type/Pages/Kids{kids}/Count {count}>>"
    return pdf(["<</Type/Catalog/Pages 2 0 R>>", tree, page, content, font])


def truncated():
    for name, data, step in (
        ("cut.docx", forms.as_docx(plans.WHOLE), 1024),
        ("cut.xlsx", forms.as_xlsx(LEDGER * 30), 1024),
        ("cut.pdf", pages(stream(b"BT /F 12 Tf 72 700 Td (Plan) Tj ET" * 200)), 1024),
        ("cut.gb.txt", plans.WHOLE.encode("gb18030"), 499),
    ):
        for size in range(step, len(data), step):
            yield name.replace("cut", f"cut-{size}"), data[:size]


def altered():
    """Bytes changed at random, always the same ones."""
    dice = random.Random(20240311)
    for name, data in (
        ("altered.docx", forms.as_docx(plans.WHOLE)),
        ("altered.xlsx", forms.as_xlsx(LEDGER * 30)),
        ("altered.pdf", pages(stream(b"BT /F 12 Tf 72 700 Td (Plan) Tj ET" * 20))),
        ("altered.txt", plans.WHOLE.encode()),
        ("altered.html", forms.as_page(plans.WHOLE)),
    ):
        for count in (1, 5, 20, 100):
            changed = bytearray(data)
            for _ in range(count):
                changed[dice.randrange(len(changed))] = dice.randrange(256)
            yield name.replace("altered", f"altered-{count}"), bytes(changed)


def bombs():
    yield "bomb.docx", word("<w:p/>" + " " * 60 * MEGABYTE)
    yield "bomb-of-paragraphs.docx", word(paragraph("整改措施：甲。") * 300_000)
    yield "bomb-of-empty-paragraphs.docx", word("<w:p/>" * 1_500_000)
    yield (
        "bomb-in-styles.docx",
        word(paragraph("甲"), **{"word/styles.xml": "<a>" + " " * 60 * MEGABYTE + "</a>"}),
    )
    yield "declared-500-mb.docx", _declared(whole_word(), 500 * MEGABYTE)
    yield "declared-4-gb.docx", _declared(whole_word(), 0xFFFFFFF0)
    yield "declared-little.docx", _declared(word(paragraph("甲") * 900_000), 100)
    yield "nested.zip", _nested(packed({"plan.txt": plans.WHOLE}), 10)
    yield "nested.docx", _nested(whole_word(), 3)
    yield "many-entries.docx", packed({f"word/{number}.xml": "" for number in range(60_000)})
    yield "no-entries.docx", b"PK\x05\x06" + bytes(18)
    yield "same-name-twice.docx", _twice(whole_word())
    yield "stored.docx", packed({"[Content_Types].xml": TYPES, "word/document.xml": "x" * 15 * MEGABYTE}, 0)
    yield "bzip.docx", packed({"[Content_Types].xml": TYPES, "word/document.xml": "<a/>"}, zipfile.ZIP_BZIP2)
    yield "lzma.docx", packed({"[Content_Types].xml": TYPES, "word/document.xml": "<a/>"}, zipfile.ZIP_LZMA)
    yield "large.txt", b"a" * (21 * MEGABYTE)
    yield "bomb.pdf", pages(stream(zlib.compress(b" " * 400 * MEGABYTE), "/Filter/FlateDecode"))
    twice = zlib.compress(zlib.compress(b"(a) Tj " * 40_000_000))
    yield "bomb-in-bomb.pdf", pages(stream(twice, "/Filter[/FlateDecode/FlateDecode]"))
    yield "bomb.csv", ("问题,整改措施,责任单位\n" + "甲,整改,县水务局\n" * 300_000).encode()


def _declared(data, size):
    """Write another unpacked size into the directory at the end, where Office looks."""
    at = data.index(b"PK\x01\x02", data.rindex(b"word/document.xml") - 60)
    return data[: at + 24] + struct.pack("<I", size) + data[at + 28 :]


def _nested(data, depth):
    for number in range(depth):
        data = packed({f"{number}.zip": data})
    return data


def _twice(data):
    buffer = io.BytesIO(data)
    with zipfile.ZipFile(buffer, "a") as archive:
        archive.filelist.append(archive.filelist[1])
        archive._didModify = True
    return buffer.getvalue()


def markup():
    laughs = "".join(f'<!ENTITY l{n} "' + f"&l{n - 1};" * 10 + '">' for n in range(1, 12))
    evil = {
        "entities": (paragraph("&l11;"), f'<!DOCTYPE a [<!ENTITY l0 "ha">{laughs}]>'),
        "external-entity": (paragraph("&x;"), '<!DOCTYPE a [<!ENTITY x SYSTEM "file:///etc/passwd">]>'),
        "external-dtd": (paragraph("a"), '<!DOCTYPE a SYSTEM "http://127.0.0.1:9/a.dtd">'),
        "late-doctype": (paragraph("a"), "<!--" + "a" * 5000 + "-->" + "<!DOCTYPE a>"),
        "deep": ("<w:p>" * 50_000, ""),
        "deep-closed": ("<w:sdt>" * 200 + paragraph("甲") + "</w:sdt>" * 200, ""),
        "nested-tables": ("<w:tbl><w:tr><w:tc>" * 80 + "<w:p/>" + "</w:tc></w:tr></w:tbl>" * 80, ""),
        "wide-span": (
            "<w:tbl>"
            + '<w:tr><w:tc><w:tcPr><w:gridSpan w:val="999999999"/></w:tcPr><w:p/></w:tc></w:tr>' * 500
            + "</w:tbl>",
            "",
        ),
        "negative-span": (
            '<w:tbl><w:tr><w:tc><w:tcPr><w:gridSpan w:val="-5"/></w:tcPr><w:p/></w:tc></w:tr></w:tbl>',
            "",
        ),
        "many-attributes": ("<w:p " + " ".join(f'a{n}="1"' for n in range(100_000)) + "/>", ""),
        "long-run": (paragraph("甲" * 3_400_000), ""),
        "long-words": (paragraph("责任单位:" * 400_000), ""),
        "many-cells": ("<w:tbl>" + ("<w:tr>" + "<w:tc><w:p/></w:tc>" * 100 + "</w:tr>") * 10_000 + "</w:tbl>", ""),
        "text-boxes": (
            "<w:p>" + "<w:r><w:pict><w:txbxContent><w:p>" * 30 + "</w:p></w:txbxContent></w:pict></w:r>" * 30,
            "",
        ),
        "controls": (paragraph("整改&#9;&#10;&#13;措施"), ""),
        "bad-character": (paragraph("&#0;&#x1F;"), ""),
        "not-closed": ("<w:p><w:r>", ""),
        "no-text": ("", ""),
    }  # fmt: skip
    for name, (body, before) in evil.items():
        yield f"{name}.docx", word(body, before)
    yield "utf16-entities.docx", packed(
        {
            "[Content_Types].xml": TYPES,
            "word/document.xml": '<?xml version="1.0"?><!DOCTYPE a [<!ENTITY x "y">]><a>&x;</a>'.encode("utf-16"),
        }
    )  # fmt: skip
    yield "no-document.docx", packed({"[Content_Types].xml": TYPES})
    yield (
        "picture-inside.docx",
        packed({"[Content_Types].xml": TYPES, "word/document.xml": b"\x89PNG" + bytes(99)}),
    )
    yield "other-root.docx", packed({"[Content_Types].xml": TYPES, "word/document.xml": "<html/>"})
    yield "bad-numbering.docx", word(paragraph("甲"), **{"word/numbering.xml": "<a"})
    yield (
        "utf16-lie.docx",
        packed(
            {"[Content_Types].xml": TYPES, "word/document.xml": '<?xml version="1.0" encoding="UTF-16"?><a/>'}
        ),
    )


def sheets():
    million = "".join(
        "<row>" + "".join(f"<c><v>{row * 31 % 9973}{column}</v></c>" for column in range(100)) + "</row>"
        for row in range(10_000)
    )
    values = {
        "million-cells": f"<sheetData>{million}</sheetData>",
        "million-empty-cells": f"<sheetData>{('<row>' + '<c/>' * 100 + '</row>') * 10_000}</sheetData>",
        "merge-everything": cells(LEDGER) + '<mergeCells><mergeCell ref="A1:XFD1048576"/></mergeCells>',
        "many-merges": cells(LEDGER) + "<mergeCells>" + '<mergeCell ref="A1:ZZ999999"/>' * 50_000 + "</mergeCells>",
        "merge-backwards": cells(LEDGER) + '<mergeCells><mergeCell ref="C9:A1"/></mergeCells>',
        "last-row": '<sheetData><row r="1048576"><c r="XFD1048576"><v>1</v></c></row></sheetData>',
        "no-such-row": '<sheetData><row r="99999999999"><c r="A99999999999"><v>1</v></c></row></sheetData>',
        "row-is-word": '<sheetData><row r="x"><c r="?"><v>1</v></c></row></sheetData>',
        "no-such-string": '<sheetData><row><c t="s"><v>99</v></c></row></sheetData>',
        "no-such-style": '<sheetData><row><c s="99"><v>1</v></c></row></sheetData>',
        "not-a-number": '<sheetData><row><c t="n"><v>abc</v></c></row></sheetData>',
        "huge-number": '<sheetData><row><c t="n"><v>1e999</v></c><c t="d"><v>9999-99-99</v></c></row></sheetData>',
        "long-cell": cells([["问题", "整改措施", "责任单位"], ["甲" * 2_000_000, "乙", "丙"]]),
        "formula": '<sheetData><row><c><f>WEBSERVICE("http://127.0.0.1:9")</f></c></row></sheetData>',
        "entities": "<sheetData/>",
        "no-data": "",
    }  # fmt: skip
    for name, sheet in values.items():
        data = workbook(sheet)
        if name == "entities":
            data = workbook(sheet, **{"xl/sharedStrings.xml": '<!DOCTYPE a [<!ENTITY x "x">]><sst>&x;</sst>'})
        yield f"{name}.xlsx", data
    yield "no-sheet.xlsx", packed({"[Content_Types].xml": TYPES, "xl/workbook.xml": "<workbook/>"})
    yield "broken-styles.xlsx", workbook(cells(LEDGER), **{"xl/styles.xml": "<styleSheet><x"})
    yield "quotes.csv", ('问题,整改措施,责任单位\n"' + "甲" * 500_000).encode()
    yield "commas.csv", b"," * 3_000_000
    yield "quotes.txt", (TABLE + '"甲\t乙\n' * 20_000).encode()
    yield "tabs.txt", (TABLE + "\t" * 1_000_000).encode()


def papers():
    text = b"BT /F 12 Tf 72 700 Td (Plan) Tj ET"
    yield "scan.pdf", pages(stream(b"q 595 0 0 842 0 0 cm /I Do Q"))
    yield "no-pages.pdf", pages(stream(text), kids="[]", count=0)
    yield "million-pages.pdf", pages(stream(text), kids="[3 0 R]", count=1_000_000)
    yield "many-pages.pdf", pages(stream(text), kids="[" + "3 0 R " * 5_000 + "]", count=5_000)
    yield "circle.pdf", pages(stream(text), kids="[2 0 R]")
    yield "huge-page.pdf", pages(stream(text), box="[-1e30 -1e30 1e30 1e30]")
    yield "no-box.pdf", pages(stream(text), box="[0 0 0 0]")
    yield "no-font.pdf", pages(stream(text * 100), resources="<<>>")
    yield (
        "many-characters.pdf",
        pages(stream(b"BT /F 1 Tf 72 700 Td " + b"(" + b"plan" * 500_000 + b") Tj ET")),
    )
    yield (
        "form-in-itself.pdf",
        pages(
            stream(b"/X Do", "/Type/XObject/Subtype/Form/BBox[0 0 9 9]/Resources<</XObject<</X 4 0 R>>>>"),
            resources="<</XObject<</X 4 0 R>>>>",
        ),
    )
    yield (
        "locked.pdf",
        pdf(
            ["<</Type/Catalog/Pages 2 0 R>>", "<</Type/Pages/Kids[]/Count 0>>"],
            f"/Root 1 0 R/Encrypt<</Filter/Standard/V 1/R 2/P -4/O<{'41' * 32}>/U<{'42' * 32}>>>/ID[<00><00>]",
        ),
    )
    yield "header-only.pdf", b"%PDF-1.7\n"
    yield "bad-xref.pdf", b"%PDF-1.4\nxref\n0 99999999\ntrailer<</Root 1 0 R>>\nstartxref\n9\n%%EOF"
    yield "xref-circle.pdf", b"%PDF-1.4\nxref\n0 0\ntrailer<</Prev 9/Root 1 0 R>>\nstartxref\n9\n%%EOF"
    yield "deep.pdf", pdf(["[" * 100_000])
    yield "noise.pdf", b"%PDF-1.4\n" + random.Random(1).randbytes(200_000)
    yield "late-header.pdf", b"\n" * 900 + pages(stream(text))


def lines():
    """Each word of form, ten megabytes of it or as much as a plan may have, without any line end."""
    pieces = {
        "brackets": "(", "closed": "()", "labels": "（一）", "measures": "整改措施：", "years": "2022年",
        "units": "(县水务局、",
        "clauses": "〔牵头单位:县水务局〕", "commas": "、", "digits": "1", "spaces": "\u3000", "months": "每月10日前报",
        "quotes": "《",
        "points": "1.1.1.", "running": "一是", "and": "和", "titles": "方案",
    }  # fmt: skip
    for name, piece in pieces.items():
        size = 10 * MEGABYTE if name in ("brackets", "spaces", "digits") else 3 * MEGABYTE
        yield f"line-of-{name}.txt", (piece * (size // len(piece.encode()))).encode()
    yield "ten-mb-line.txt", ("青山县整改方案。" * (10 * MEGABYTE // 24)).encode()
    yield "line-ends.txt", b"\n" * 10 * MEGABYTE + b"a"
    yield "long-plan.txt", (plans.WHOLE * 1_000).encode()


def encodings():
    for encoding in ("utf-16", "utf-16-le", "utf-16-be", "utf-32", "utf-7", "gb2312", "hz", "cp936"):
        yield f"{encoding}.txt", plans.WHOLE.replace("〔", "(").replace("〕", ")").encode(encoding, "replace")
    traditional = (
        "青山縣整改方案\n一、存在問題\n（一）河道污染。\n整改措施：加強巡查。（責任單位：縣水務局，各鄉鎮）\n"
    )
    yield "big5.txt", traditional.encode("big5")
    yield "big5.html", f'<meta charset="big5">{traditional}'.encode("big5")
    yield "shift-jis.txt", "是正計画：責任部署は水道局です。\n".encode("shift-jis") * 20
    yield "euc-kr.txt", "시정 계획: 책임 부서는 수도국입니다.\n".encode("euc-kr") * 20
    yield "koi8.txt", "План исправления: ответственный отдел.\n".encode("koi8-r") * 20
    yield "latin.txt", "Plan d'amélioration : unité responsable.\n".encode("latin-1") * 20
    yield "half-utf8.txt", plans.WHOLE.encode()[:-1]
    yield "two-encodings.txt", plans.WHOLE.encode() + plans.WHOLE.encode("gb18030")
    yield "lying.html", forms.as_page(plans.WHOLE).replace(b'charset=utf-8"', b'charset=gb2312"')
    yield "no-such-charset.html", forms.as_page(plans.WHOLE).replace(b"charset=utf-8", b"charset=klingon")
    yield "nul.txt", plans.WHOLE.encode().replace(b"\n", b"\0\n")
    yield "bidi.txt", plans.WHOLE.replace("县", "\u202e县\u202c").encode()
    yield "controls.txt", plans.WHOLE.replace("。", "。\x07\x1b[31m").encode()
    yield "zero-width.txt", "\u200b".join(plans.WHOLE).encode()
    yield "surrogates.txt", plans.WHOLE.encode() + b"\xed\xa0\x80" * 3
    yield "tags.txt", (plans.WHOLE + "\U000e0041" * 1_000).encode()
    yield "combining.txt", (plans.WHOLE + "a" + "\u0301" * 100_000).encode()
    for seed in range(4):
        yield f"noise-{seed}.txt", random.Random(seed).randbytes(100_000)


def web():
    yield "deep.html", b"<html><body>" + b"<div>" * 200_000 + "整改措施：甲".encode()
    yield "tables.html", b"<html>" + b"<table><tr><td>" * 20_000
    table = (
        "<table><tr><td>问题</td><td>整改措施</td></tr>"
        + "<tr><td rowspan=65534 colspan=65534>a</td><td>b</td></tr>" * 500
    )
    yield "spans.html", f"<html>{table}</table>".encode()
    yield "not-closed.html", "<html><body><p>整改措施：<b>甲<script>整改措施".encode()
    yield "scripts.html", b"<html><script>" + b"a" * 10 * MEGABYTE + b"</script>"
    yield "entities.html", b"<html><body>" + b"&#x6574;&#0;&#xD800;&bogus;" * 100_000
    yield "links.html", b"<html><body>" + b"<div>" * 100 + b'<a href="a">b</a>' * 100_000
    yield "list.html", b"<html><body><ol start='99999999'>" + b"<li>a" * 30_000
    yield "comment.html", b"<!-- " + b"-" * 5 * MEGABYTE
    yield (
        "entity.html",
        b'<?xml version="1.0"?><!DOCTYPE html [<!ENTITY x SYSTEM "file:///etc/passwd">]><html>&x;</html>',
    )
    yield (
        "page.mht",
        b"MIME-Version: 1.0\nContent-Type: multipart/related; boundary=b\n\n" + b"--b\n" * 50_000,
    )
    yield "frames.html", b'<html><frameset><frame src="http://127.0.0.1:9/"></frameset></html>'


def disguised():
    png, jpeg = b"\x89PNG\r\n\x1a\n" + bytes(100), b"\xff\xd8\xff\xe0" + bytes(100)
    macro = {"word/vbaProject.bin": b"x"}
    yield from (("picture.docx", png), ("picture.pdf", jpeg), ("picture.txt", b"BM" + bytes(100)))
    yield from (("program.docx", b"MZ" + bytes(100)), ("program.txt", b"\x7fELF" + bytes(100)))
    yield from (("a.rar", b"Rar!\x1a\x07" + bytes(99)), ("a.7z", b"7z\xbc\xaf\x27\x1c" + bytes(99)))
    yield from (("a.gz", b"\x1f\x8b\x08" + bytes(99)), ("a.bz2", b"BZh91AY&SY" + bytes(99)))
    yield from (("word.pdf", whole_word()), ("word.txt", whole_word()), ("text.xlsx", plans.WHOLE.encode()))
    yield "paper.docx", pages(stream(b"BT /F 12 Tf 72 700 Td (Plan) Tj ET"))
    yield "macros.docm", word(paragraph("甲"), **macro)
    yield "macros.docx", word(paragraph("甲"), **macro)
    yield "macros.xlsm", workbook(cells(LEDGER), **{"xl/vbaProject.bin": b"x"})
    yield "slides.pptx", packed({"[Content_Types].xml": TYPES, "ppt/presentation.xml": "<a/>"})
    yield "text.odt", packed({"mimetype": "application/vnd.oasis.opendocument.text", "content.xml": "<a/>"})
    yield "book.epub", packed({"mimetype": "application/epub+zip"})
    for name, word_ in (
        ("old.doc", "WordDocument"),
        ("old.wps", "WordDocument"),
        ("old.xls", "Workbook"),
        ("old.ppt", "PowerPoint Document"),
        ("locked.docx", "EncryptedPackage"),
        ("unknown.doc", "x"),
    ):
        yield name, OLE + word_.encode("utf-16le") + bytes(4000)
    yield "text.rtf", b"{\\rtf1 " + b"{" * 100_000
    yield "empty.docx", b""
    yield "spaces.txt", b" \n\t\r\n "
    yield "mark.txt", b"\xef\xbb\xbf"
    yield "one.docx", b"P"
    yield "two.docx", b"PK\x03\x04"
    yield "letter.txt", "关于召开会议的通知\n各单位：\n请准时参会。\n".encode()
    for name in ("a" * 300 + ".txt", "%s%(x)s%n.txt", "../../etc/passwd", "a\0b.txt", "<script>.txt"):
        yield name, b"Dear all"


GENERATORS = (truncated, altered, bombs, markup, sheets, papers, lines, encodings, web, disguised)
SAMPLE = (
    "cut-5120.docx", "altered-5.docx", "bomb.docx", "declared-500-mb.docx", "nested.docx", "entities.docx",
    "nested-tables.docx", "million-cells.xlsx", "merge-everything.xlsx", "entities.xlsx", "scan.pdf",
    "locked.pdf", "circle.pdf",
    "ten-mb-line.txt", "utf-16.txt", "big5.txt", "bidi.txt", "deep.html", "macros.docm", "old.doc",
)  # fmt: skip


def files(names=None):
    for generator in GENERATORS:
        for name, data in generator():
            if names is None or name in names:
                yield name, data


@dataclass
class Result:
    name: str
    code: str  # of the refusal, "read" for a proposal
    seconds: float
    peak: int  # MB, the largest of all reading processes so far

    def __str__(self):
        return f"{self.name}: {self.code}, {self.seconds:.1f} s"


def outcome(name, data):
    """Hand in one file. Any other exception than a refusal goes through."""
    start = time.monotonic()
    try:
        proposal = read_plan_safely(data, name)
        assert isinstance(proposal, Proposal) and proposal.measures
        code = "read"
    except IntakeRefused as refused:
        assert name.replace("\0", "") in str(refused) and str(refused).rstrip().endswith(".")
        code = refused.code
    peak = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss // 1024
    return Result(name, code, time.monotonic() - start, peak)


def write(folder):
    """Write all files, by number, for names may hold anything. Making them takes more memory than reading them."""
    names = []
    for name, data in files():
        (folder / str(len(names))).write_bytes(data)
        names.append(name)
    (folder / "names").write_text(json.dumps(names), encoding="utf-8")


def read(folder):
    results = []
    for at, name in enumerate(json.loads((folder / "names").read_text(encoding="utf-8"))):
        results.append(outcome(name, (folder / str(at)).read_bytes()))
        if "-v" in sys.argv:
            print(results[-1], f"{results[-1].peak} MB", flush=True)
    show(results)


def main():
    """Write and read in processes of their own, so that the memory of one is not taken for that of the other."""
    with tempfile.TemporaryDirectory() as folder:
        for step in ("--write", "--read"):
            subprocess.run([sys.executable, "-m", __spec__.name, *sys.argv[1:], step, folder], check=True)


def show(results):
    codes = sorted({result.code for result in results})
    read = sum(result.code == "read" for result in results)
    slowest = max(results, key=lambda result: result.seconds)
    peak = max(result.peak for result in results)
    largest = next(result for result in results if result.peak == peak)
    print(f"{len(results)} files: {len(results) - read} refused with a sentence, {read} read as plans")
    print("  " + ", ".join(f"{code} {sum(one.code == code for one in results)}" for code in codes))
    print(f"slowest: {slowest}")
    print(f"largest process: {largest.name}, {largest.peak} MB")


if __name__ == "__main__":
    if "--write" in sys.argv:
        write(Path(sys.argv[-1]))
    elif "--read" in sys.argv:
        read(Path(sys.argv[-1]))
    else:
        main()
