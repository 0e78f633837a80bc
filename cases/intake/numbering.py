"""List numbers that a Word document keeps only in its numbering definitions, counted as Word counts them."""

from dataclasses import dataclass

from ..digits import whole
from .numerals import chinese

W = "{http://schemas.openxmlformats.org/wordprocessingml/2006/main}"
OFF = ("0", "false", "off")
HIGHEST = 99_999  # a list that starts above it is a mistake
LONGEST_CHAIN = 20  # of styles, each based on the next


@dataclass(frozen=True)
class Level:
    form: str
    text: str
    start: int
    restart: (
        int | None
    )  # number of the level (from 1) after which it begins again; 0 for never, None for any higher
    legal: bool  # prints all numbers in digits
    gap: bool  # prints something between number and text


class Numbering:
    """Counts the numbered paragraphs of a document; asked in their order."""

    def __init__(self, numbering, styles):
        self.levels, self.lists, self.starts, self.counters = {}, {}, {}, {}
        self.own_levels, self.linked, self.style_lists = {}, {}, {}
        if numbering is not None:
            self._read_numbering(numbering)
        if styles is not None:
            self._read_styles(styles)

    def _read_numbering(self, root):
        by_style, aliases = {}, {}
        for abstract in root.findall(W + "abstractNum"):
            key = abstract.get(W + "abstractNumId")
            if (style := value(abstract, "styleLink", None)) is not None:
                by_style[style] = key
            if (style := value(abstract, "numStyleLink", None)) is not None:
                aliases[key] = style
            for level in abstract.findall(W + "lvl"):
                at = _level(level.get(W + "ilvl"))
                self.levels[key, at] = _read_level(level)
                if (style := value(level, "pStyle", None)) is not None:
                    self.linked[key, style] = at
        for item in root.findall(W + "num"):
            key, abstract = item.get(W + "numId"), value(item, "abstractNumId", "")
            self.lists[key] = by_style.get(aliases.get(abstract), abstract)
            for override in item.findall(W + "lvlOverride"):
                self._read_override(key, override)

    def _read_override(self, key, override):
        at = _level(override.get(W + "ilvl"))
        if (level := override.find(W + "lvl")) is not None:
            self.own_levels[key, at] = _read_level(level)
        if (start := value(override, "startOverride", None)) is not None:
            self.starts[key, at] = _number(start, 1)

    def _read_styles(self, root):
        based, own = {}, {}
        for style in root.findall(W + "style"):
            name = style.get(W + "styleId")
            based[name] = value(style, "basedOn", None)
            properties = style.find(f"{W}pPr/{W}numPr")
            if properties is not None:
                own[name] = value(properties, "numId", None), value(properties, "ilvl", None)
        for name in based:
            key = level = None
            parent = name
            for _ in range(LONGEST_CHAIN):  # a style may be based on itself, in a broken file
                found_key, found_level = own.get(parent, (None, None))
                key, level = key or found_key, level or found_level
                parent = based.get(parent)
                if parent is None:
                    break
            if key is not None:
                linked = self.linked.get((self.lists.get(key), name))
                self.style_lists[name] = key, linked if level is None and linked else _level(level)

    def label(self, paragraph):
        """Return the number that Word shows before this paragraph, "" without one. Counts on."""
        key, level = self._place(paragraph)
        abstract = self.lists.get(key)
        shape = self._shape(key, level)
        if abstract is None or shape is None:
            return ""
        counters = self.counters.setdefault(abstract, {})
        if (key, level) in self.starts:  # the first use of a list that begins anew
            counters[level] = self.starts.pop((key, level))
        else:
            counters[level] = counters[level] + 1 if level in counters else shape.start
        for deeper in [other for other in counters if other > level]:
            if self._restarts(key, deeper, level):
                del counters[deeper]
        return self._print(key, shape, level, counters)

    def _shape(self, key, level):
        return self.own_levels.get((key, level)) or self.levels.get((self.lists.get(key), level))

    def _restarts(self, key, deeper, level):
        shape = self._shape(key, deeper)
        return shape is None or shape.restart is None or level < shape.restart

    def _place(self, paragraph):
        """Return (list, level): what the paragraph says itself, else its style."""
        key, level = self.style_lists.get(value(paragraph.find(W + "pPr"), "pStyle", None), (None, 0))
        properties = paragraph.find(f"{W}pPr/{W}numPr")
        own = value(properties, "ilvl", None)
        return value(properties, "numId", key), level if own is None else _level(own)

    def _print(self, key, shape, level, counters):
        if shape.form in ("bullet", "none"):
            return ""
        text = shape.text
        for number in range(level + 1):
            other = self._shape(key, number) or shape
            count = counters.get(number, other.start)
            form = "decimal" if shape.legal else other.form
            text = text.replace(f"%{number + 1}", "" if form == "none" else _format(form, count))
        # "1" before "2024年" would be another number.
        return text + " " if shape.gap and text[-1:].isdecimal() else text


def _read_level(level):
    restart, legal = value(level, "lvlRestart", None), level.find(W + "isLgl")
    return Level(
        value(level, "numFmt", "decimal"),
        value(level, "lvlText", ""),
        _number(value(level, "start", "1"), 1),
        None if restart is None else _number(restart, 0),
        legal is not None and legal.get(W + "val", "true") not in OFF,
        value(level, "suff", "tab") != "nothing",
    )


def _format(form, count):
    """Return a number as Word prints it, or in the nearest form that plans use: 壹 and 甲 as 一."""
    if form.startswith("decimalEnclosed") and 0 < count <= 20:
        first = {"decimalEnclosedParen": 0x2474, "decimalEnclosedFullstop": 0x2488}.get(form, 0x2460)
        return chr(first + count - 1)
    if form.startswith("decimalEnclosed"):
        return f"({count})"
    if form.startswith("ideographEnclosed"):
        return f"（{chinese(count)}）"
    if any(word in form for word in ("hinese", "ideograph", "japanese", "aiwanese")):
        return chinese(count)
    if form in ("lowerLetter", "upperLetter") and 0 < count <= 26:
        return chr((96 if form == "lowerLetter" else 64) + count)
    return str(count)


def value(parent, name, default):
    """Return w:val of a child, the default without it."""
    element = parent.find(W + name) if parent is not None else None
    return element.get(W + "val", default) if element is not None else default


def _number(text, default):
    number = whole(text or "", HIGHEST)
    return default if number is None else number


def _level(text):
    return min(_number(text, 0), 8)
