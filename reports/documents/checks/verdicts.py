"""The check sheet: one finding per rule, how it is judged, and how it is printed."""

import re
import unicodedata
from collections import Counter
from dataclasses import asdict, dataclass
from enum import StrEnum

# What the names of embedded fonts contain, official ones first, then the free ones that are drawn alike.
LOOKS = {
    "仿宋": ("fangsong", "仿宋", "fzfs", "fandolfang"),
    "小标宋": ("小标宋", "xiaobiaosong", "fzxbs", "zhongsong", "中宋", "notoserifcjk"),
    "黑体": ("simhei", "黑体", "heiti", "fzht", "fzhei", "notosanscjk"),
    "楷体": ("kaiti", "楷体", "fzkt", "fzkai", "fandolkai", "ukai"),
    "宋体": ("simsun", "宋体", "fzss", "fzsong", "notoserifcjk"),
}
# Readable, but not the typeface that is asked for: used where nothing better is installed, and for rare names.
FALLBACKS = ("notoserifcjk", "notosanscjk")


class Verdict(StrEnum):
    PASS = "PASS"
    WARN = "WARN"
    FAIL = "FAIL"


@dataclass(frozen=True)
class Finding:
    """One line of the check sheet. ``rule`` is stable; ``clause`` that of the standard; the rest is for readers."""

    rule: str
    clause: str
    label: str
    expected: str
    measured: str
    verdict: Verdict

    def as_dict(self):
        return asdict(self)


def counts(findings) -> dict[str, int]:
    """How many findings there are of each verdict, none left out."""
    found = Counter(one.verdict for one in findings)
    return {verdict.value: found[verdict] for verdict in Verdict}


def print_sheet(findings) -> str:
    """The check sheet as a table of text whose columns line up in a terminal."""
    rows = [("clause", "rule", "expected", "measured", "verdict")]
    rows += [(f.clause, f.label, f.expected, f.measured, f.verdict) for f in findings]
    columns = [max(_columns(row[at]) for row in rows) for at in range(4)]
    lines = [
        "  ".join(cell + " " * (width - _columns(cell)) for cell, width in zip(row, columns, strict=False))
        + f"  {row[-1]}"
        for row in rows
    ]
    total = "  ".join(f"{verdict} {count}" for verdict, count in counts(findings).items())
    return "\n".join((lines[0], "-" * max(map(_columns, lines)), *lines[1:], "", total))


def _columns(text):
    return sum(2 if unicodedata.east_asian_width(c) in "WF" else 1 for c in text)


def finding(rule, clause, label, expected, found, good, *, else_=Verdict.FAIL):
    return Finding(rule, clause, label, expected, found, Verdict.PASS if good else else_)


def near(rule, clause, label, value, wanted, by, *, unit="mm", else_=Verdict.FAIL):
    """A length against what is wanted of it; None means that the part was not found."""
    expected = f"{wanted:.4g} ± {by:g} {unit}"
    if value is None:
        return Finding(rule, clause, label, expected, "not found", else_)
    return finding(
        rule, clause, label, expected, f"{value:.2f} {unit}", abs(value - wanted) <= by, else_=else_
    )


def all_near(rule, clause, label, pairs, wanted, by, *, unit="mm", else_=Verdict.FAIL):
    """The same for many ``(where, value)``: the worst is shown."""
    if not pairs:
        return near(rule, clause, label, None, wanted, by, unit=unit, else_=else_)
    where, value = max(pairs, key=lambda pair: abs(pair[1] - wanted))
    shown = f"{value:.2f} {unit}" if abs(value - wanted) <= by else f"{value:.2f} {unit} ({where})"
    good = abs(value - wanted) <= by
    return finding(rule, clause, label, f"{wanted:.4g} ± {by:g} {unit}", shown, good, else_=else_)


def typeface(rule, clause, label, look, chars):
    """Most characters must be in the typeface; a rare one may come from another font. Digits count like hanzi."""
    if not chars:
        return Finding(rule, clause, label, look, "not found", Verdict.FAIL)
    names = Counter(char.font for char in chars)
    name, count = names.most_common(1)[0]
    plain = re.sub(r"[\s_-]", "", name).lower()
    if any(one in plain for one in LOOKS[look]) and count >= 0.9 * len(chars):
        return Finding(rule, clause, label, look, name, Verdict.PASS)
    # Noto Sans may stand for nothing but 黑体; Noto Serif stands in for 仿宋 and 楷体 where they are missing.
    stands_in = FALLBACKS[0] in plain and look != "黑体"
    shown = name if count >= 0.9 * len(chars) else "、".join(name for name, _ in names.most_common(3))
    return Finding(rule, clause, label, look, shown, Verdict.WARN if stands_in else Verdict.FAIL)


def at(page, line):
    return f"page {page.number}: {line.text[:12]}"
