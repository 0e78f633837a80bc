"""Lines of a title: each ends where a word ends, and together they form a trapezium or a diamond.

Source: GB/T 9704-2012, 7.3.1. CSS cannot do it: ``text-wrap: balance`` is not supported and knows no words.
"""

import itertools
import re
import unicodedata

MAX_LINES = 4
# Words that occur in titles of this trade and must not be torn. No word list can be complete: the penalties
# below only make a good break likelier.
WORDS = (
    "巩固拓展|脱贫攻坚|乡村振兴|有效衔接|生态环境|环境保护|领导小组|办公室|人民政府|委员会|整改落实|整改工作|整改方案|整改情况|"
    "情况报告|进展情况|情况通报|考核评估|反馈问题|反馈意见|督察|巡察|巡视|审计|检查|整改|问题|工作|情况|报告|通报|通知|方案|成果|"
    "落实|推进|专项|年度|中央|省委|市委|县委|关于"
)
UNTORN = re.compile(f"{WORDS}|\\d+年(?:度|\\d+月份?)?(?:\\d+日)?|\\d+月份?|〔\\d+〕\\d+号|[A-Za-z0-9.%]+")
NEVER_FIRST = set("的和与及了等、，。；：）》”’〕—…县市区省乡镇")
NEVER_LAST = set("（《“‘〔第在对以")
GOOD_LAST = set("的年月")
CLAUSE_END = re.compile(r"[，；。]|(?<![，；。])$")


def width(text: str) -> float:
    """Width in characters: a Latin letter or digit counts half."""
    return sum(1 if unicodedata.east_asian_width(c) in "WFA" else 0.5 for c in text)


def shortened(text: str, limit: float) -> str:
    """Cut ``text`` to ``limit`` full characters, with … as the last when something was cut."""
    if width(text) <= limit:
        return text
    while width(text) > limit - 1:
        text = text[:-1]
    return f"{text}…"


def clauses(text: str, limit: float) -> str:
    """As many whole clauses at the beginning of ``text`` as ``limit`` full characters hold; ``shortened`` if none.

    Where something is left out …… says so.
    """
    kept = ""
    for end in CLAUSE_END.finditer(text):
        if width(text[: end.start()]) > limit:
            break
        kept = text[: end.start()]
    if not kept:
        return shortened(text, limit)
    return kept if len(kept) >= len(text.rstrip("，；。")) else f"{kept}……"


def _breaks(title: str) -> list[int]:
    torn = {i for word in UNTORN.finditer(title) for i in range(word.start() + 1, word.end())}
    return [
        i
        for i in range(2, len(title) - 1)
        if i not in torn and title[i] not in NEVER_FIRST and title[i - 1] not in NEVER_LAST
    ]


def phrases(title: str) -> list[str]:
    """``title`` in parts that a screen of any width keeps whole: each ends where a known word ends."""
    ends = [word.end() for word in UNTORN.finditer(title)]
    cuts = [0, *(at for at in ends if at < len(title) and title[at] not in NEVER_FIRST), len(title)]
    return [title[a:b] for a, b in itertools.pairwise(cuts)]


def _ugliness(lines: list[str], limit: float) -> float:
    widths = [width(line) for line in lines]
    steps = [b - a for a, b in itertools.pairwise(widths)]
    rising, falling = all(s > 0 for s in steps), all(s < 0 for s in steps)
    peak = widths.index(max(widths))
    diamond = all(s > 0 for s in steps[:peak]) and all(s < 0 for s in steps[peak:])
    shape = 0 if rising or falling or diamond else 6
    uneven = sum(abs(abs(step) - 3) for step in steps)
    word_end = sum(line[-1] not in GOOD_LAST and not _ends_word(line) for line in lines[:-1]) * 4
    return (
        len(lines) * 5
        + shape
        + uneven
        + word_end
        + max(0, 5 - min(widths)) * 2
        + (max(widths) > limit) * 1000
    )


def _ends_word(line: str) -> bool:
    return any(line.endswith(word) for word in WORDS.split("|"))


def split_title(title: str, limit: float = 19) -> list[str]:
    """Split ``title`` into lines of at most ``limit`` full characters, shaped as the standard asks."""
    if width(title) <= limit:
        return [title]
    places = _breaks(title)
    fewest = -int(-width(title) // limit)
    best = None
    for count in range(fewest, min(fewest + 1, MAX_LINES) + 1):
        for cuts in itertools.combinations(places, count - 1):
            lines = [title[a:b] for a, b in itertools.pairwise((0, *cuts, len(title)))]
            score = _ugliness(lines, limit)
            if best is None or score < best[0]:
                best = (score, lines)
    return best[1] if best and best[0] < 1000 else _by_force(title, limit)


def _by_force(title: str, limit: float) -> list[str]:
    """Cut by width alone: a title without any place to break, or one of more than four lines."""
    lines = [""]
    for character in title:
        if width(lines[-1] + character) > limit:
            lines.append("")
        lines[-1] += character
    return lines
