import io
from unittest import skipUnless

from django.conf import settings
from django.core.management import CommandError, call_command
from django.test import SimpleTestCase, override_settings

from reports.documents import fonts
from reports.documents.engine import FontMissing, GlyphMissing, check_fonts
from reports.documents.pdf import render_monthly_report, unprintable
from tests.reports.documents import sample

UNENCODED = "\U000e0fff"  # a code point to which no character will be assigned
FETCHED = settings.BASE_DIR / "var" / "fonts" / "FandolFang-Regular.otf"


class StackTests(SimpleTestCase):
    def test_every_role_has_chinese_and_ends_with_the_fonts_for_rare_names(self):
        font_set = fonts.FontSet()
        for key in fonts.ROLES:
            with self.subTest(key):
                self.assertTrue(font_set.has_chinese(key))
                self.assertLessEqual(set(fonts.TAIL), {face.family for face in font_set.stack(key)})

    def test_an_official_font_wins_over_its_stand_in(self):
        font_set = fonts.FontSet()
        font_set.faces["仿宋_GB2312"] = font_set.faces[fonts.SANS]
        self.assertEqual(font_set.stack("fangsong")[0], font_set.faces[fonts.SANS])

    def test_without_fetched_fonts_noto_serif_stands_for_fangsong(self):
        with override_settings(DATA_DIR="/nonexistent"):
            self.assertEqual(fonts.FontSet().stack("fangsong")[0].family, fonts.SERIF)

    @skipUnless(FETCHED.exists(), "bin/fonts has not been run")
    def test_fetched_fonts_are_found_by_their_family_name(self):
        with override_settings(DATA_DIR=settings.BASE_DIR / "var"):
            font_set = fonts.FontSet()
            self.assertEqual(font_set.stack("fangsong")[0].path, FETCHED)
            self.assertIn(FETCHED.name.removesuffix("-Regular.otf"), font_set.css_families("fangsong"))

    def test_a_file_that_is_no_font_is_passed_over(self):
        folder = settings.DATA_DIR / "fonts"
        folder.mkdir(parents=True, exist_ok=True)
        broken = folder / "broken.ttf"
        broken.write_bytes(b"not a font")
        self.addCleanup(broken.unlink)
        self.assertTrue(fonts.FontSet().has_chinese("song"))


class MissingGlyphTests(SimpleTestCase):
    def test_each_character_is_named_with_the_text_around_it(self):
        page = f'<p>甲</p><p class="hei">县水务局{UNENCODED}办</p><!-- {UNENCODED} -->'
        (missing,) = fonts.missing_glyphs(page, fonts.FontSet())
        self.assertEqual(
            (missing.character, missing.role, missing.where), (UNENCODED, "hei", f"县水务局{UNENCODED}办")
        )
        self.assertIn("U+E0FFF", str(missing))

    def test_heads_and_text_alternatives_are_not_printed(self):
        page = f"<head><title>{UNENCODED}</title></head><svg><title>{UNENCODED}</title><text>好</text></svg>"
        self.assertEqual(fonts.missing_glyphs(page, fonts.FontSet()), [])

    def test_rare_characters_of_names_are_covered(self):
        self.assertEqual(fonts.missing_glyphs("<p>䶮㛃喆堃昇玥珺璟〔2026〕—…①㎡℃</p>", fonts.FontSet()), [])

    def test_a_report_with_such_a_character_is_refused_before_it_is_made(self):
        data = sample.snapshot()
        data["ledger"][3]["progress"] = f"负责人张{UNENCODED[0]}到现场"
        with self.assertRaises(GlyphMissing) as refused:
            render_monthly_report(data, sample.issue(data))
        self.assertIn(f"负责人张{UNENCODED}到现场", refused.exception.reader_message)

    def test_it_can_be_asked_before_anybody_signs(self):
        data = sample.snapshot()
        self.assertEqual(unprintable(data), [])
        data["texts"]["next_steps"][0]["text"] = f"按期完成{UNENCODED}"
        self.assertEqual([missing.character for missing in unprintable(data)], [UNENCODED])

    def test_no_chinese_font_at_all_is_refused_by_name_of_the_role(self):
        font_set = fonts.FontSet()
        font_set.faces = {}
        with self.assertRaises(FontMissing) as refused:
            check_fonts("<p>甲</p>", font_set)
        self.assertIn("仿宋", refused.exception.reader_message)


class CheckFontsTests(SimpleTestCase):
    def test_it_shows_each_role_and_the_digest_of_the_set(self):
        out = io.StringIO()
        call_command("check_fonts", stdout=out)
        self.assertEqual(
            [line.split("\t")[0] for line in out.getvalue().splitlines()[:5]],
            ["仿宋", "小标宋", "黑体", "楷体", "宋体"],
        )
        self.assertRegex(out.getvalue(), r"font set [0-9a-f]{64}")

    def test_it_fails_when_a_role_has_no_chinese(self):
        found, fonts.FontSet.has_chinese = fonts.FontSet.has_chinese, lambda _self, key: key != "kai"
        self.addCleanup(setattr, fonts.FontSet, "has_chinese", found)
        with self.assertRaisesMessage(CommandError, "楷体"):
            call_command("check_fonts", stdout=io.StringIO())
