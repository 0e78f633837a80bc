"""What looks like something handed in before: pictures saved again, texts copied. Pure: no query.

A picture's looks are a difference hash: scaled to a few grey squares, each compared with its neighbour to the right
and with the one below. Saving again, another size or format change few of the 128 bits; another scene about half.
"""

import io
from collections.abc import Iterable

from PIL import Image, ImageOps
from rapidfuzz import fuzz, process

PICTURES = {"image/jpeg", "image/png", "image/webp", "image/gif"}
SIDE = 8
BITS = 2 * SIDE * SIDE
SAME_BITS = 7  # at most so many of the 128 bits differ between two savings of one picture
PLAIN_BITS = 8  # fewer edges than this, as a blank page has, say nothing
SAME_TEXT = 92  # per cent that two texts have in common
SHORT_TEXT = 20  # characters; shorter texts are alike by themselves: "按时序推进"
MOST_PIXELS = 80_000_000


def looks_of(data: bytes, media_type: str) -> str:
    """The looks of a picture in hexadecimal; empty for other files, unreadable ones and blank pages."""
    if media_type not in PICTURES:
        return ""
    try:
        with Image.open(io.BytesIO(data)) as image:
            if image.width * image.height > MOST_PIXELS:
                return ""
            image.draft("L", (SIDE * 32, SIDE * 32))  # a JPEG is then read at a fraction of its size
            grey = (
                ImageOps.exif_transpose(image).convert("L").resize((SIDE + 1, SIDE + 1), Image.Resampling.BOX)
            )
    except (OSError, ValueError, SyntaxError, Image.DecompressionBombError, Image.DecompressionBombWarning):
        return ""  # what cannot be shown has no looks; whether it may be evidence is decided elsewhere
    return _hash(list(grey.tobytes()))


def _hash(squares):
    bits, edges = 0, 0
    for row in range(SIDE):
        for column in range(SIDE):
            here = squares[row * (SIDE + 1) + column]
            for there in (squares[row * (SIDE + 1) + column + 1], squares[(row + 1) * (SIDE + 1) + column]):
                bits = bits << 1 | (here > there)
                edges += abs(here - there) > 2
    return f"{bits:0{BITS // 4}x}" if edges >= PLAIN_BITS else ""


def alike(looks: str, others: Iterable[tuple[object, str]]) -> list[tuple[object, int]]:
    """[(key, percent)] of those pictures in ``others``, (key, looks), that look the same; the most alike first."""
    mine = int(looks, 16)
    found = [(key, (mine ^ int(other, 16)).bit_count()) for key, other in others]
    near = sorted((pair for pair in found if pair[1] <= SAME_BITS), key=lambda pair: pair[1])
    return [(key, 100 * (BITS - differing) // BITS) for key, differing in near]


def alike_texts(text: str, others: dict) -> list[tuple[object, int]]:
    """[(key, percent)] of those texts in ``others``, {key: text}, that are nearly the same; the most alike first."""
    if len(text) < SHORT_TEXT:
        return []
    found = process.extract(text, others, scorer=fuzz.ratio, score_cutoff=SAME_TEXT, limit=None)
    return [(key, int(score)) for _text, score, key in found]


def lengths_like(length: int) -> tuple[int, int]:
    """Shortest and longest text that can be as alike as ``alike_texts`` asks: the rest need not be read."""
    share = SAME_TEXT / (200 - SAME_TEXT)
    return int(length * share), int(length / share) + 1
