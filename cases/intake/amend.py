"""A later version of a plan beside the plan as it stands: what is the same, changed, new or gone.

Pure: plain rows in, sections of changes out; no table, no query, equal input gives equal output. A measure is
found again by its words, wherever it stands and whatever its number is now.
"""

import datetime
import re
import unicodedata
from collections import Counter, defaultdict
from dataclasses import dataclass, field
from difflib import SequenceMatcher
from enum import StrEnum

ALIKE = 0.6  # share of equal characters from which two texts are the same measure reworded
ALIKE_IN_PLACE = 0.35  # enough under the same number of the same problem
GRAM = 3
COMMON = 40  # a run of characters that so many rows share tells none of them apart
CANDIDATES = 4  # rows that are compared character by character with one new row
LOOKED_AT = 600  # characters; what begins alike for so long is alike
NO_WORD = re.compile(r"[\W_]+")
WORD = re.compile(r"[0-9A-Za-z.%]+|.", re.DOTALL)  # a number is one word, a Chinese character another
SHORT_RUN = 2  # equal characters between two changes: fewer are no word that stayed
MAX_MARKED = 4_000_000  # old × new characters; beyond, the whole text counts as changed


class Kind(StrEnum):
    TEXT = "TEXT"
    UNITS = "UNITS"
    DATES = "DATES"
    NEW = "NEW"
    GONE = "GONE"


@dataclass(frozen=True)
class Heading:
    """A problem. ``key``: its row, or its place in the document."""

    key: int
    label: str
    text: str

    @property
    def number(self):
        return self.label


@dataclass(frozen=True)
class Row:
    """A measure. ``units``: (role, whatever is equal for the same unit).

    Dates that were ``met`` stay, whatever the later document says.
    """

    key: int
    problem: int
    number: str
    text: str
    goal: str = ""
    deadline_text: str = ""
    long_term: bool = False
    units: frozenset[tuple[str, str]] = frozenset()
    dates: tuple[datetime.date, ...] = ()
    met: tuple[datetime.date, ...] = ()


@dataclass(frozen=True)
class Change:
    """``old`` or ``new`` is None where the measure is new or gone; no kinds: the same."""

    kinds: tuple[Kind, ...]
    old: Row | None
    new: Row | None

    @property
    def id(self):
        return f"m{self.old.key}" if self.old else f"n{self.new.key}"

    @property
    def is_renumbered(self):
        return self.old is not None and self.new is not None and self.old.number != self.new.number


@dataclass
class Section:
    """One problem with its changes, in the order of the later document; what is gone keeps its place."""

    old: Heading | None
    new: Heading | None
    changes: list[Change] = field(default_factory=list)

    @property
    def id(self):
        return f"p{self.old.key}" if self.old else f"q{self.new.key}"

    @property
    def is_reworded(self):
        return bool(self.old and self.new) and plain(self.old.text) != plain(self.new.text)


def compare(old_problems, old_rows, new_problems, new_rows) -> list[Section]:
    """The later document (``new_…``) beside what stands. Every row is in exactly one change."""
    homes = found_again(old_problems, new_problems)
    old_home = {old_problems[old].key: new for new, old in homes.items()}
    new_home = {problem.key: index for index, problem in enumerate(new_problems)}
    pairs = found_again(
        old_rows,
        new_rows,
        [old_home.get(row.problem, -1) for row in old_rows],
        [new_home[row.problem] for row in new_rows],
    )
    sections = _sections(old_problems, new_problems, homes)
    place = {("old", s.old.key): s for s in sections if s.old} | {
        ("new", s.new.key): s for s in sections if s.new
    }
    for new, row in enumerate(new_rows):
        old = old_rows[pairs[new]] if new in pairs else None
        place["new", row.problem].changes.append(Change(kinds_of(old, row), old, row))
    for index in sorted(set(range(len(old_rows))) - set(pairs.values())):
        row = old_rows[index]
        _insert_gone(place["old", row.problem].changes, Change((Kind.GONE,), row, None), old_rows, index)
    return [section for section in sections if section.changes or section.is_reworded]


def _sections(old_problems, new_problems, homes):
    sections = [
        Section(old_problems[homes[new]] if new in homes else None, problem)
        for new, problem in enumerate(new_problems)
    ]
    for index, problem in enumerate(old_problems):
        if index in homes.values():
            continue
        before = {p.key for p in old_problems[:index]}
        places = [
            n for n, section in enumerate(sections, start=1) if section.old and section.old.key in before
        ]
        sections.insert(max(places, default=0), Section(problem, None))
    return sections


def _insert_gone(changes, gone, old_rows, index):
    """Behind the last measure that stood before it."""
    before = {row.key for row in old_rows[:index]}
    places = [n for n, change in enumerate(changes, start=1) if change.old and change.old.key in before]
    changes.insert(max(places, default=0), gone)


def kinds_of(old, new) -> tuple[Kind, ...]:
    if old is None:
        return (Kind.NEW,)
    kinds = []
    if plain(old.text) != plain(new.text) or plain(old.goal) != plain(new.goal):
        kinds.append(Kind.TEXT)
    if new.units and new.units != old.units:  # a document that names nobody takes nobody away
        kinds.append(Kind.UNITS)
    words = plain(old.deadline_text) != plain(new.deadline_text) or old.long_term != new.long_term
    if words or any(moved_dates(old, new)):
        kinds.append(Kind.DATES)
    return tuple(kinds)


def moved_dates(old, new):
    """(dates that no longer hold, dates that are new). A date that was met stays and is neither."""
    gone = [day for day in old.dates if day not in new.dates]
    added = [day for day in dict.fromkeys(new.dates) if day not in old.dates and day not in old.met]
    return gone, added


# Finding a row again ----------------------------------------------------------------------------------


def plain(text) -> str:
    """Without what a typist changes and nobody means: width of characters, spaces, punctuation."""
    return NO_WORD.sub("", unicodedata.normalize("NFKC", text or ""))


def found_again(old, new, old_homes=None, new_homes=None) -> dict[int, int]:
    """{place in ``new``: place in ``old``}: equal words first, then the most alike.

    ``…_homes`` say where each row belongs; of several equally good rows the one at home there is taken.
    """
    old_words, new_words = [plain(row.text) for row in old], [plain(row.text) for row in new]
    old_places = list(zip(old_homes or [0] * len(old), map(_number, old), strict=True))
    new_places = list(zip(new_homes or [0] * len(new), map(_number, new), strict=True))
    pairs = _equal(old_words, new_words, old_places, new_places)
    used = set(pairs.values())
    free_old = [index for index in range(len(old)) if index not in used]
    free_new = [index for index in range(len(new)) if index not in pairs]
    scores = _scores(free_old, free_new, old_words, new_words, old_places, new_places)
    taken = set()
    for _score, one, other in sorted(scores):
        if other not in pairs and one not in taken:
            pairs[other] = one
            taken.add(one)
    return pairs


def _number(row):
    return plain(row.number)


def _equal(old_words, new_words, old_places, new_places):
    waiting = defaultdict(list)
    for index, words in enumerate(old_words):
        waiting[words].append(index)
    pairs = {}
    rules = (
        lambda one, other: old_places[one] == new_places[other],
        lambda one, other: old_places[one][0] == new_places[other][0],
        lambda one, other: True,
    )
    for fits in rules:
        for index, words in enumerate(new_words):
            if index in pairs or not words:
                continue
            found = next((one for one in waiting[words] if fits(one, index)), None)
            if found is not None:
                waiting[words].remove(found)
                pairs[index] = found
    return pairs


def _scores(free_old, free_new, old_words, new_words, old_places, new_places):
    """[(-score, old, new)] of the pairs that are alike enough."""
    grams, in_place = defaultdict(list), defaultdict(list)
    for index in free_old:
        in_place[old_places[index]].append(index)
        for gram in _grams(old_words[index]):
            grams[gram].append(index)
    scores, matcher = [], SequenceMatcher(autojunk=False)
    for index in free_new:
        here = in_place[new_places[index]][:CANDIDATES]
        matcher.set_seq2(new_words[index][:LOOKED_AT])
        for one in dict.fromkeys([*_likely(new_words[index], grams), *here]):
            least = ALIKE_IN_PLACE if one in here else ALIKE
            matcher.set_seq1(old_words[one][:LOOKED_AT])
            if matcher.quick_ratio() < least or (ratio := matcher.ratio()) < least:
                continue
            at_home = old_places[one][0] == new_places[index][0]
            scores.append((-(ratio + 0.1 * (one in here) + 0.05 * at_home), one, index))
    return scores


def _grams(words):
    return {words[at : at + GRAM] for at in range(max(len(words) - GRAM + 1, 1))}


def _likely(words, grams):
    """The old rows that share most of the telling runs of characters."""
    shared = Counter()
    for gram in sorted(_grams(words)):
        rows = grams.get(gram, ())
        if len(rows) <= COMMON:
            shared.update(rows)
    return [index for index, _n in sorted(shared.items(), key=lambda item: (-item[1], item[0]))[:CANDIDATES]]


# Showing what changed ---------------------------------------------------------------------------------


def marks(old, new) -> tuple[list[tuple[bool, str]], list[tuple[bool, str]]]:
    """Both texts in pieces (changed, text): what was taken out of the old one, what came into the new one."""
    if old == new:
        return [(False, old)], [(False, new)]
    if not old or not new or len(old) * len(new) > MAX_MARKED:
        return [(True, old)], [(True, new)]
    one, other = WORD.findall(old), WORD.findall(new)
    before, after = [], []
    for tag, a, b, c, d in SequenceMatcher(None, one, other, autojunk=False).get_opcodes():
        inside = a > 0 and b < len(one) and d < len(other)
        changed = tag != "equal" or (inside and len("".join(one[a:b])) < SHORT_RUN)
        _add(before, changed, "".join(one[a:b]))
        _add(after, changed, "".join(other[c:d]))
    return before, after


def _add(pieces, changed, text):
    if not text:
        return
    if pieces and pieces[-1][0] == changed:
        pieces[-1] = (changed, pieces[-1][1] + text)
    else:
        pieces.append((changed, text))
