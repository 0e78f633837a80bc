"""Chinese and Arabic numbers as official documents print them."""

from ..digits import whole

DIGITS = {c: i for i, c in enumerate("零一二三四五六七八九")} | {"〇": 0, "○": 0, "两": 2}
SINGLE = {}  # characters that hold a whole label: ① ⑴ ⒈ ㈠
for _i in range(20):
    SINGLE[chr(0x2460 + _i)] = SINGLE[chr(0x2474 + _i)] = SINGLE[chr(0x2488 + _i)] = _i + 1
for _i in range(10):
    SINGLE[chr(0x3220 + _i)] = SINGLE[chr(0x2776 + _i)] = _i + 1


def is_in_words(label) -> bool:
    """A measure is numbered 一是, 二是, … at the end: then no 项 follows, for nobody says 二是项."""
    return label.endswith("是")


def number(text):
    """Turn 12, 十二, 二〇二二 or ③ into an int; None when it is no number."""
    if text in SINGLE:
        return SINGLE[text]
    if text.isascii():
        return whole(text)
    if not any(c in "十百" for c in text):
        if all(c in DIGITS for c in text):
            return whole("".join(str(DIGITS[c]) for c in text))
        return None
    total, digit = 0, 0
    for c in text:
        if c == "百":
            total, digit = total + (digit or 1) * 100, 0
        elif c == "十":
            total, digit = total + (digit or 1) * 10, 0
        elif c in DIGITS:
            digit = DIGITS[c]
        else:
            return None
    return total + digit


def chinese(value):
    """Print 1..999 as headings and lists are counted: 一, 十二, 二十, 一百零一, 一百一十. Others stay in figures."""
    digits = "零一二三四五六七八九"
    if not 0 < value < 1000:
        return str(value)
    hundreds, rest = divmod(value, 100)
    tens, ones = divmod(rest, 10)
    found = f"{digits[hundreds]}百" if hundreds else ""
    if tens:
        found += "十" if tens == 1 and not hundreds else f"{digits[tens]}十"
    elif hundreds and ones:
        found += digits[0]
    return found + (digits[ones] if ones else "")
