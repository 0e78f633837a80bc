from django.test import SimpleTestCase

from reports.documents.text import chinese_date, clean_text, full_width, local_moment, paragraphs, typeset


class CleanTextTests(SimpleTestCase):
    def test_unprintable_characters_go_and_line_ends_become_one_kind(self):
        table = {
            "a\x00b\x07c\x1b": "abc",
            "一\r\n二\r三\u2028四\x0b五": "一\n二\n三\n四\n五",
            "付款\u202e100\u202c元\u200b\ufeff": "付款100元",
            "列\t列": "列 列",
            "坏\ud800字": "坏字",
            None: "",
            12: "12",
        }
        for raw, clean in table.items():
            with self.subTest(raw=raw):
                self.assertEqual(clean_text(raw), clean)

    def test_rare_characters_of_names_stay(self):
        self.assertEqual(clean_text("㛃䶮𬭎"), "㛃䶮𬭎")


class TypesetTests(SimpleTestCase):
    def test_what_users_type_is_escaped(self):
        self.assertEqual(typeset("<b>&</b>"), "&lt;b&gt;&amp;&lt;/b&gt;")

    def test_dashes_stay_whole_and_lines_may_end_beside_quotes(self):
        self.assertEqual(typeset("办理——好"), '办理<span class="whole">——</span>好')
        self.assertEqual(typeset("的“周调度”机制"), "的\u200b“周调度”\u200b机制")

    def test_paragraphs_drop_indents_and_empty_lines(self):
        self.assertEqual(paragraphs("　　一。\n\n  二。\n"), ["一。", "二。"])


class LabelTests(SimpleTestCase):
    def test_labels_dates_and_moments_as_papers_write_them(self):
        self.assertEqual(full_width("(十二)"), "（十二）")
        self.assertEqual(chinese_date("2026-08-01"), "2026年8月1日")
        self.assertEqual(local_moment("2026-11-21T16:30:59+00:00"), "2026-11-22 00:30")
        self.assertEqual(local_moment(None), "")
