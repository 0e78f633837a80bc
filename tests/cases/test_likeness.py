import io
import random

from django.test import SimpleTestCase
from PIL import Image, ImageDraw, ImageEnhance

from cases.likeness import alike, alike_texts, lengths_like, looks_of

JPEG, PNG = "image/jpeg", "image/png"


def scene(seed, size=(800, 600)):
    """A picture with a ground, a sky and things on it; another seed makes another scene."""
    dice = random.Random(seed)
    image = Image.new("RGB", size, tuple(dice.randrange(90, 255) for _ in range(3)))
    draw = ImageDraw.Draw(image)
    draw.rectangle((0, size[1] * 0.6, *size), fill=tuple(dice.randrange(160) for _ in range(3)))
    for _ in range(25):
        x, y = dice.randrange(size[0]), dice.randrange(size[1])
        box = (x, y, x + dice.randrange(40, 300), y + dice.randrange(40, 250))
        draw.ellipse(box, fill=tuple(dice.randrange(256) for _ in range(3)))
    return image


def saved(image, media_type=JPEG, **options):
    out = io.BytesIO()
    image.save(out, media_type.removeprefix("image/").upper(), **options)
    return out.getvalue()


class LooksTests(SimpleTestCase):
    def test_saved_again_a_picture_looks_the_same(self):
        for seed in range(8):
            image = scene(seed)
            first = looks_of(saved(image, quality=92), JPEG)
            again = {
                "worse": (saved(image, quality=35), JPEG),
                "smaller": (saved(image.resize((400, 300)), quality=80), JPEG),
                "as PNG": (saved(image, PNG), PNG),
                "brighter": (saved(ImageEnhance.Brightness(image).enhance(1.1)), JPEG),
                "grey": (saved(image.convert("L")), JPEG),
            }
            for how, (data, media_type) in again.items():
                with self.subTest(seed=seed, how=how):
                    self.assertEqual(
                        [key for key, _ in alike(first, [(how, looks_of(data, media_type))])], [how]
                    )

    def test_other_scenes_do_not(self):
        looks = [(seed, looks_of(saved(scene(seed)), JPEG)) for seed in range(60)]
        for seed, own in looks:
            self.assertEqual([key for key, _percent in alike(own, looks)], [seed])

    def test_a_turned_photograph_is_seen_upright(self):
        image = scene(3)
        exif = Image.Exif()
        exif[0x0112] = 6  # the camera was held upright: to be turned by a quarter when shown
        turned = saved(image.rotate(90, expand=True), exif=exif)
        self.assertTrue(alike(looks_of(saved(image), JPEG), [("turned", looks_of(turned, JPEG))]))

    def test_blank_pages_broken_files_and_papers_have_no_looks(self):
        blank = saved(Image.new("RGB", (600, 800), "white"))
        for data, media_type in (
            (blank, JPEG),
            (b"\xff\xd8\xff broken", JPEG),
            (b"%PDF-1.7", "application/pdf"),
        ):
            self.assertEqual(looks_of(data, media_type), "")

    def test_a_picture_too_large_to_open_is_left_alone(self):
        bomb = saved(Image.new("1", (10_000, 9_000)), PNG)
        self.assertEqual(looks_of(bomb, PNG), "")


class TextTests(SimpleTestCase):
    TEXT = "已完成沿河12个排污口整治，清理垃圾30余吨，建立巡河台账并落实专人管护。"

    def test_a_changed_number_or_word_is_nearly_the_same(self):
        others = {
            "number": self.TEXT.replace("30", "35"),
            "word": self.TEXT.replace("专人", "村级"),
            "other": "正在开展施工图设计，预计下月完成招标并进场施工，资金已经落实到位。",
            "half": self.TEXT[:20],
        }
        self.assertEqual({key for key, _percent in alike_texts(self.TEXT, others)}, {"number", "word"})

    def test_short_texts_are_alike_by_themselves_and_do_not_count(self):
        self.assertEqual(alike_texts("按时序进度推进。", {"same": "按时序进度推进。"}), [])

    def test_the_bounds_of_length_leave_nothing_out(self):
        for length in range(20, 400, 7):
            text = "".join(chr(0x4E00 + n) for n in range(length))
            low, high = lengths_like(length)
            others = {"short": text[: max(low - 1, 0)], "long": text + "甲" * (high - length + 1)}
            self.assertEqual(alike_texts(text, others), [])
