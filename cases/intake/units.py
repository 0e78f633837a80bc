"""Names as printed → units of the office's directory: proposals with their reason, which a person confirms.

One plan writes one unit in several ways (市发展改革局, 市发展和改革局); a name confirmed once is remembered as an
alias. Only rules of the form stand here, no list of bureaus.
"""

import functools
import re
import unicodedata
from dataclasses import dataclass, replace

from rapidfuzz.distance import Levenshtein

from permissions.models import Unit, UnitAlias, UnitGroup, UnitKind

LEVELS = "省市州盟县区旗"
# In these words the first character is no level of government: 市场监督管理局, 市政管理局, 区域合作办.
NO_LEVEL = re.compile(r"市场|市政(?!府|协)|区域|州际")
PLACE = re.compile(rf"(.{{1,6}}?[{LEVELS}乡镇])")
JOINING = re.compile(r"以及|[和与及、,\s·]")
BRACKET = re.compile(r"^(.{2,})\([^()]+\)$")
# 委员会 and 委, 办公室 and 办, 联合会 and 联 are one ending each.
ENDINGS = (("委员会", "委"), ("办公室", "办"), ("联合会", "联"))
# The joining characters are gone when this is asked: 安平镇党委政府, 城关街道党工委办事处.
TOWN = re.compile(r"^(.+?(?:街道|镇|乡))(?:党工委|党委|工委)?(?:人民政府|政府|办事处|办)?$")
HEADS = ("委", "政府")  # of 县委…, 县政府…: what stands before does not tell such organs apart
COLLECTIVE = re.compile(
    r"^(?:各|其他|其它|全体|所有|有关|相关)|、|(?:各|有关|相关|主责|责任|成员|派出|派驻|帮扶|牵头)(?:部门|单位)$"
)
# One field of work whose body changed its kind: 市卫健局, 市卫生健康委员会.
BODIES = "局委办"
# Characters that alone tell two units apart: 第一小学 and 第二小学, 东城街道 and 西城街道.
TELLING = frozenset("一二三四五六七八九十0123456789东西南北中上下大小新老")
NEAR_FROM = 5  # characters; of shorter names one is too much: 财政局, 民政局
# Proposals that a person has to choose: no page marks them beforehand.
TO_CHOOSE = frozenset({"sound", "near"})
TOWN_WORDS = {"街道": "街道", "办事处": "街道", "镇": "镇", "乡": "乡"}


@dataclass(frozen=True)
class Match:
    """``choice`` as the act ``confirm_import`` takes it; ``reason`` is a key of the page's sentences.

    ``choice``: {"unit": pk} | {"group": pk} | {"new": name, "kind": kind} | {"new_group": name, "members": [pk]}.
    ``certain`` choices need no second look; a command accepts only these.
    """

    choice: dict
    # exact, alias, prefix, spelling, abbreviation, body, bracket, sound, near, group, collective, new; on a page
    # also decided: what a person chose before
    reason: str
    certain: bool
    otherwise: dict | None = None  # of an uncertain match: the new unit that it may be instead


@dataclass(frozen=True)
class Key:
    """What is compared: the level (县), and the rest without joining words and with short endings."""

    level: str
    rest: str

    def goes_with(self, other):
        """A level that is left out in one of the two names does no harm; two different levels do."""
        return self.level == other.level or not (self.level and other.level)

    def same_as(self, other):
        return self.rest == other.rest and self.goes_with(other)


@dataclass(frozen=True)
class Directory:
    """The office's units, aliases and groups. Three queries, however many names are looked up."""

    place: str
    units: dict[int, Unit]
    by_name: dict[str, int]
    aliases: dict[str, int]
    groups: dict[str, int]
    keys: dict[int, Key]

    @classmethod
    def of(cls, office):
        place = PLACE.match(office.name)
        place = place.group(1) if place else ""
        units = {unit.pk: unit for unit in Unit.objects.filter(office=office)}
        return cls(
            place=place,
            units=units,
            by_name={unit.name: pk for pk, unit in units.items()},
            aliases=dict(UnitAlias.objects.filter(office=office).values_list("name", "unit_id")),
            groups=dict(UnitGroup.objects.filter(office=office).values_list("name", "pk")),
            keys={pk: key_of(unit.name, place) for pk, unit in units.items()},
        )


def propose(office, printed_names, directory=None) -> dict[str, Match]:
    """{printed name: Match} for every name, in the given order. Three queries, none with a ``directory``."""
    directory = directory or Directory.of(office)
    found = {name: _known(name, directory) for name in dict.fromkeys(printed_names)}
    doubtful = [name for name, match in found.items() if match is None or not match.certain]
    new = _new_units(doubtful, directory)
    for name in doubtful:
        match = found[name]
        found[name] = new[name] if match is None else replace(match, otherwise=new[name].choice)
    return found


def accept(matches) -> dict[str, dict]:
    """{printed name: choice} without a person: what is certain, and a new unit for the rest."""
    return {name: match.otherwise or match.choice for name, match in matches.items()}


def new_unit(name) -> dict:
    is_town = TOWN.match(JOINING.sub("", name)) is not None
    return {"new": name, "kind": UnitKind.TOWN.value if is_town else UnitKind.DEPARTMENT.value}


def key_of(name, place="") -> Key:
    """The name without spelling differences: 清河县发展和改革局 and 县发展改革局 give equal keys."""
    name = unicodedata.normalize("NFKC", name)
    level = ""
    if place and name.startswith(place) and len(name) > len(place) + 1:
        level, name = place[-1], name[len(place) :]
    elif len(name) > 2 and name[0] in LEVELS and not NO_LEVEL.match(name):
        level, name = name[0], name[1:]
    name = JOINING.sub("", name)
    if town := TOWN.match(name):
        return Key(level, town.group(1))
    for long, short in ENDINGS:
        if name.endswith(long) and len(name) > len(long):
            name = name[: -len(long)] + short
    return Key(level, name)


def is_collective(name) -> bool:
    return COLLECTIVE.search(name) is not None


def _known(name, directory):
    """The match among what the office has, or None."""
    if name in directory.groups:  # before its namesake: a collective without members has one to stand for it
        return Match({"group": directory.groups[name]}, "group", True)
    if name in directory.by_name:
        return Match({"unit": directory.by_name[name]}, "exact", True)
    if name in directory.aliases:
        return Match({"unit": directory.aliases[name]}, "alias", True)
    key = key_of(name, directory.place)
    if is_collective(name):
        groups = [pk for other, pk in directory.groups.items() if key_of(other, directory.place).same_as(key)]
        return Match({"group": groups[0]}, "group", True) if len(groups) == 1 else None
    if unit := _only(directory, lambda other: other.same_as(key)):
        return Match({"unit": unit}, _how_spelled(name, directory.units[unit].name, directory.place), True)
    for reason, fits in DOUBTFUL:
        if unit := _only(directory, lambda other, fits=fits: fits(key, other)):
            return Match({"unit": unit}, reason, False)
    return _before_bracket(name, directory)


def _how_spelled(one, other, place):
    """Whether two spellings differ only in the name of the place or level before them: 青山县水利局, 县水利局."""
    short, long = sorted((one, other), key=len)
    before = long.removesuffix(short)
    level = {place, place[:-1], place[-1:], *LEVELS}
    return "prefix" if before != long and before in level else "spelling"


def _before_bracket(name, directory):
    """市发展和改革局(市商务局) is one body with two names: propose the one before the bracket."""
    bracket = BRACKET.match(unicodedata.normalize("NFKC", name))
    match = _known(bracket.group(1), directory) if bracket else None
    return Match(match.choice, "bracket", False) if match else None


def _only(directory, fits):
    """The one unit that fits; None when nobody does or several do."""
    found = [pk for pk, key in directory.keys.items() if fits(key)]
    return found[0] if len(found) == 1 else None


def _abbreviates(one, other):
    """发改局 for 发展和改革局: same first and last character, and the rest in the same order."""
    if not one.goes_with(other):
        return False
    short, long = sorted((one.rest, other.rest), key=len)
    for head in HEADS:
        if short.startswith(head) != long.startswith(head):
            return False
        short, long = short.removeprefix(head), long.removeprefix(head)
    if len(short) < 2 or short[0] != long[0] or short[-1] != long[-1]:
        return False
    rest = iter(long)
    return all(character in rest for character in short)


def _other_body(one, other):
    """发改局 for 发展和改革委员会: the same work, another kind of body."""
    if one.rest[-1:] == other.rest[-1:] or not {one.rest[-1:], other.rest[-1:]} <= set(BODIES):
        return False
    renamed = Key(one.level, one.rest[:-1] + other.rest[-1])
    return len(one.rest) > 2 and (renamed.same_as(other) or _abbreviates(renamed, other))


def _sounds_the_same(one, other):
    """县水力局 for 县水利局: a slip of the input method."""
    if not one.goes_with(other) or len(one.rest) != len(other.rest) or len(one.rest) < 2:
        return False
    if any(a != b and TELLING & {a, b} for a, b in zip(one.rest, other.rest, strict=True)):
        return False
    return _sound(one.rest) == _sound(other.rest)


@functools.lru_cache(maxsize=4096)
def _sound(name):
    from pypinyin import lazy_pinyin  # loads its tables, and most names never ask

    return tuple(lazy_pinyin(name))


def _nearly_the_same(one, other):
    """县退役军人事物局 for 县退役军人事务局: one character of a long name, two of a very long one."""
    short, long = sorted((one.rest, other.rest), key=len)
    if not one.goes_with(other) or len(short) < NEAR_FROM or short[-1] != long[-1]:
        return False
    changes = Levenshtein.editops(short, long)
    if not 0 < len(changes) <= (1 if len(long) < 10 else 2):
        return False
    touched = {text[at] for step in changes for text, at in _touched(step, short, long)}
    return not touched & TELLING


def _touched(step, short, long):
    if step.tag != "insert":
        yield short, step.src_pos
    if step.tag != "delete":
        yield long, step.dest_pos


DOUBTFUL = (
    ("abbreviation", _abbreviates),
    ("body", _other_body),
    ("sound", _sounds_the_same),
    ("near", _nearly_the_same),
)


def _new_units(names, directory):
    """Names that nothing known fits: one new unit for all spellings of a name, a collective with its members."""
    found, seen = {}, []
    for name in names:
        if is_collective(name):
            choice = {"new_group": name, "members": _members(name, directory)}
            found[name] = Match(choice, "collective", bool(choice["members"]))
            continue
        key = key_of(name, directory.place)
        spellings = next((group for other, group in seen if other.same_as(key)), None)
        if spellings is None:
            seen.append((key, spellings := []))
        spellings.append(name)
    for _key, spellings in seen:
        choice = new_unit(max(spellings, key=len))
        found |= {name: Match(choice, "new", False) for name in spellings}
    return found


def _members(name, directory):
    """The towns that a collective speaks of (各街道… only the streets); all towns when none has such a name."""
    wanted = {ending for word, ending in TOWN_WORDS.items() if word in name}
    towns = [unit for unit in directory.units.values() if unit.kind == UnitKind.TOWN]
    if not wanted:
        return []
    fitting = [unit.pk for unit in towns if any(ending in unit.name for ending in wanted)]
    return fitting or [unit.pk for unit in towns]
