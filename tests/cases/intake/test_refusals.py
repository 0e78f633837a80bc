"""Files that are no readable plan: which refusal, and what its sentence advises."""

import io
import zipfile
from unittest import TestCase

from cases.intake import IntakeRefused, read_plan
from cases.intake.refusals import SENTENCES, UNSUPPORTED

from . import plans

OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(2000)


def zipped(**parts):
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in parts.items():
            archive.writestr(name.replace("__", "/") + ".xml", content)
    return buffer.getvalue()


def document(body):
    space = 'xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main"'
    return f"<w:document {space}><w:body>{body}</w:body></w:document>"


class RefusalTests(TestCase):
    def assert_refused(self, code, data, filename="plan.txt", **options):
        with self.assertRaises(IntakeRefused) as caught:
            read_plan(data, filename, **options)
        self.assertEqual(caught.exception.code, code)
        self.assertIn(filename, str(caught.exception))
        return str(caught.exception)

    def test_empty(self):
        for data in (b"", b" \n\t\r\n ", "\ufeff\u3000\n".encode(), zipped(word__document=document(""))):
            with self.subTest(data=data[:10]):
                self.assert_refused("empty", data)

    def test_too_large_names_the_limit(self):
        sentence = self.assert_refused("too_large", bytes(100 * 1024 * 1024))
        self.assertIn("20 MB is the limit", sentence)
        self.assert_refused("too_large", plans.WHOLE.encode(), max_size=1000)

    def test_old_word_renamed(self):
        sentence = self.assert_refused("old_word", OLE + "WordDocument".encode("utf-16le"), "plan.docx")
        self.assertIn("save it as .docx", sentence)

    def test_password(self):
        data = OLE + "EncryptedPackage".encode("utf-16le") + bytes(500)
        self.assertIn("password", self.assert_refused("encrypted", data, "plan.docx"))

    def test_damaged(self):
        good = zipped(word__document=document("<w:p/>" * 500))
        damaged = (
            good[: len(good) // 2],
            zipped(**{"[Content_Types]": "<a/>"}),
            zipped(word__document="<w:document"),
            zipped(word__document="<html/>"),
            zipped(xl__workbook="<a/>"),
            b"%PDF-1.7\n%\xe2\xe3\xcf\xd3\n1 0 obj",
            zipped(word__document='<!DOCTYPE a [<!ENTITY b "c">]>' + document("&b;")),
            b"PK\x03\x04" + bytes(100),
        )
        for number, data in enumerate(damaged):
            with self.subTest(number=number):
                self.assert_refused("damaged", data, "plan.docx")

    def test_zip_bomb(self):
        data = zipped(word__document=document(" " * 60_000_000))
        self.assertLess(len(data), 1024 * 1024)
        self.assert_refused("too_large", data, "plan.docx")

    def test_other_kinds_renamed(self):
        kinds = {
            b"\x89PNG\r\n\x1a\n" + bytes(100): "a picture",
            b"\xff\xd8\xff\xe0" + bytes(100): "a picture",
            b"MZ\x90\x00" + bytes(100): "not a document",
            b"{\\rtf1 text}": "an RTF file",
            bytes(range(256)) * 10: "not a document",
            zipped(ppt__presentation="<a/>"): "a presentation",
            zipped(anything="<a/>"): "archive",
        }
        for data, words in kinds.items():
            with self.subTest(words=words):
                self.assertIn(words, self.assert_refused("unsupported", data))

    def test_not_a_plan(self):
        letter = "关于召开会议的通知\n各单位：\n定于6月3日召开会议。\n一、时间\n二、地点\n请准时参会。\n"
        self.assertIn("责任单位", self.assert_refused("not_a_plan", letter.encode()))
        self.assert_refused("not_a_plan", b"Dear all, please find the plan attached.")

    def test_unreadable_characters(self):
        self.assert_refused("encoding", bytes(range(128, 256)) * 20)

    def test_every_sentence_names_the_file(self):
        for code, sentence in (SENTENCES | UNSUPPORTED).items():
            with self.subTest(code=code):
                self.assertIn("%(filename)s", sentence)


class EncodingTests(TestCase):
    def test_the_same_plan_in_every_encoding(self):
        expected = read_plan(plans.WHOLE.encode(), "plan.txt").to_json()
        for encoding in ("utf-8-sig", "gb18030", "gbk", "utf-16"):
            with self.subTest(encoding=encoding):
                self.assertEqual(read_plan(plans.WHOLE.encode(encoding), "plan.txt").to_json(), expected)

    def test_line_ends_do_not_matter(self):
        expected = read_plan(plans.WHOLE.encode(), "plan.txt").to_json()
        for end in ("\r\n", "\r", "\u2028"):
            with self.subTest(end=end):
                self.assertEqual(read_plan(plans.WHOLE.replace("\n", end).encode(), "a").to_json(), expected)

    def test_utf16_without_a_mark_and_a_file_that_is_cut(self):
        expected = read_plan(plans.WHOLE.encode(), "plan.txt").to_json()
        self.assertEqual(read_plan(plans.WHOLE.encode("utf-16-le"), "plan.txt").to_json(), expected)
        for encoding in ("utf-8", "gb18030"):
            with self.subTest(encoding=encoding):
                cut = read_plan(plans.WHOLE.rstrip().encode(encoding)[:-1], "plan.txt")
                self.assertEqual(len(cut.measures), 7)
                self.assertTrue(cut.text.endswith("�"))

    def test_traditional_characters_in_big5_are_named(self):
        text = "青山縣整改方案\n一、存在問題\n（一）河道污染。\n整改措施：加強巡查。\n責任單位：縣水務局，各鄉鎮。"
        for data, name in ((text.encode("big5"), "a.txt"), (b'<meta charset="big5">', "a.html")):
            with self.subTest(name=name), self.assertRaises(IntakeRefused) as caught:
                read_plan(data, name)
            self.assertEqual(caught.exception.code, "traditional")

    def test_marks_that_hide_or_turn_text_go_and_passages_stay_right(self):
        odd = plans.WHOLE.replace("县水务局", "县\u202e水\u200b务\x07局\u2069").replace("水质", "⽔质")
        found = read_plan(odd.encode(), "plan.txt")
        self.assertEqual(found, read_plan(plans.WHOLE.encode(), "plan.txt"))
        self.assertEqual(found.measures[0].lead_units[0].printed, "县水务局")
