"""A printed list of units → the units, each as printed and with its place."""

import re
from dataclasses import dataclass, field

from .limits import MAX_NAME
from .proposal import ReadUnit
from .words import OPEN_END, UNIT_END

LEVEL = "(?:省|市|州|盟|县|区|旗|乡|镇|村|街道|乡镇|县级市|自治县|园区|开发区|功能区|新区|社区)"
BODY = (
    "(?:党委|党工委|工委|政府|人民政府|办事处|管委会|党委政府|党委和政府|党委和人民政府|党政主要领导|街道办)"
)
EACH = re.compile(rf"(?:各|全[市县区州]|有关|相关|所在|属地|所属).{{0,12}}?(?:{LEVEL}|\))$")
BARE_LEVEL = re.compile(rf"{LEVEL}{{1,2}}(?:\([^()]*\))?(?:级)?(?:{BODY})?(?:和{BODY})?$")
LEVEL_BODY = re.compile(rf"{LEVEL}级?{BODY}(?:和{BODY})?$")
SENT_FROM = re.compile(rf"(?:派驻|派出|所在|各|所属|涉及|有关|相关).{{0,8}}{LEVEL}$|{LEVEL}$")
TOWN_PARTY = re.compile(r"(?:各.*|[镇乡)]|街道|区|县|市|州|旗)(?:党委|党工委|工委)$")  # 石门镇党委、政府
EACH_PARTY = re.compile(rf"各(?:{LEVEL}|\([^()]*\))+(?:党委|委|工委)$")
ITS_GOVERNMENT = re.compile(rf"(?:{LEVEL}|\([^()]*\))*(?:人民)?政府$")
GOVERNMENT = re.compile(r"[省市州盟县区旗](?:人民)?政府$")
PLACED_COMMITTEE = re.compile(r"\w{2,}(?P<level>[省市州盟县区旗])委$")
EACH_OF = re.compile(r"各|有关|相关|所有|全体|其他|沿")
AND = re.compile(r"(?:以及|会同|及|和|与)")
NOISE = re.compile(r"为[^,;]{0,6}牵头|下同|另有|除外|按(?:照)?职责|分别负责|^\(?详见|^无$|^[/\-—]+$|^等$")
UNKNOWN_KEY = re.compile(r"[^():\s]{2,8}:\s*(?=\S)")  # 包联单位:县水务局
PREFIX = re.compile(r"(?:[此该本](?:项|类|条)?(?:工作|任务|措施|事项)?由|由|其中|:|-|—|\.)+")
ROLE_TAIL = re.compile(r"\((?P<role>牵头|主办|配合|协办|参与|负责|责任)(?:单位|部门)?\)$")
RULE_TAIL = re.compile(r"\([^()]*(?:下同|为[^()]{0,6}牵头)[^()]*\)$")  # 县工商联(列第一位者为牵头单位,下同)
SEPARATORS = "、,;\n"


@dataclass
class Names:
    """``first_group`` counts the units before the first comma: they lead where a plan says "the first leads"."""

    units: list = field(default_factory=list)
    roles: list = field(default_factory=list)  # per unit: "lead", "responsible" or None, where printed
    open_ended: bool = False
    first_group: int = 0


def split_names(text, folded, start, end):
    """Split the list in ``text[start:end]``; 、 ， ； and line ends separate, brackets do not.

    "市发展和改革局(市商务局)" is one unit, so are "各区、县级市" and "驻村工作队员派驻县、乡党委和政府".
    等 at the end of a list is dropped and remembered; a unit printed twice counts once.
    """
    names, seen, grouped = Names(), set(), False
    for begin, stop, separator in _with_their_place(
        folded, _joined_parts(folded, _parts(folded, start, end))
    ):
        begin, stop, is_open = _trim(folded, begin, stop)
        names.open_ended = names.open_ended or is_open
        for one_begin, one_end in _at_and(folded, begin, stop):
            one_end, role = _role_tail(folded, one_begin, one_end)
            printed = text[one_begin:one_end]
            key = re.sub(r"\s+", "", folded[one_begin:one_end])
            if (
                not key
                or len(key) > MAX_NAME
                or NOISE.search(key)
                or not re.search(r"[\w]", key)
                or key in seen
            ):
                continue
            seen.add(key)
            names.units.append(ReadUnit(printed, one_begin, one_end))
            names.roles.append(role)
        if separator in ",;" and separator and not grouped:
            grouped, names.first_group = True, len(names.units)
    if not grouped:
        names.first_group = min(1, len(names.units))
    return names


def _parts(folded, start, end):
    """Yield (start, end, separator after it) of the pieces between separators outside brackets."""
    parts, depth, begin = [], 0, start
    for at in range(start, end):
        c = folded[at]
        if c == "(":
            depth += 1
        elif c == ")":
            depth = max(0, depth - 1)
        elif depth == 0 and (c in SEPARATORS or (c in " /" and _is_gap(folded, begin, at, end))):
            parts.append((begin, at, "、" if c in "、 /\n" else c))
            begin = at + 1
    parts.append((begin, end, ""))
    return parts


def _is_gap(folded, begin, at, end):
    """A space or a stroke separates two units only between two complete names."""
    return bool(UNIT_END.search(folded, begin, at)) and at + 1 < end and folded[at + 1] not in "(;,、。 "


def _joined_parts(folded, parts):
    """Put together what 、 divides within one name."""
    out = []
    for begin, stop, separator in parts:
        if (
            out
            and out[-1][2] == "、"
            and _is_one_name(folded[out[-1][0] : out[-1][1]].strip(), folded[begin:stop].strip(" 。;\n"))
        ):
            out[-1] = (out[-1][0], stop, separator)
        else:
            out.append((begin, stop, separator))
    return out


def _with_their_place(folded, parts):
    """Where 县政府 comes again behind 甲县委 and 乙县委, each belongs to the county named before it: 甲县委、县政府."""
    bodies = [folded[begin:stop].strip() for begin, stop, _ in parts]
    out = []
    for body, part in zip(bodies, parts, strict=True):
        if out and GOVERNMENT.match(body) and bodies.count(body) > 1:
            committee = PLACED_COMMITTEE.search(folded, out[-1][0], out[-1][1])
            if committee and committee["level"] == body[0]:
                out[-1] = (out[-1][0], *part[1:])
                continue
        out.append(part)
    return out


def _is_one_name(left, right):
    if len(left) > MAX_NAME or len(right) > MAX_NAME:
        return False
    right = OPEN_END.sub("", right)
    if EACH.search(left) and BARE_LEVEL.match(right):
        return True
    if LEVEL_BODY.match(right) and SENT_FROM.search(left) and not left.startswith(right[:1]):
        return len(left) <= 2 or bool(re.search("派|所在|各|所属|涉及|有关|相关", left))
    if left.endswith(("有关部门", "相关部门", "各部门")) and right in (
        "单位",
        "各单位",
        "直属机构",
        "直属单位",
    ):
        return True
    if EACH_PARTY.match(left) and ITS_GOVERNMENT.match(right):
        return True
    return bool(TOWN_PARTY.search(left) and re.match(rf"(?:人民)?政府$|{BODY}$", right))


def _trim(folded, begin, stop):
    """Cut spaces, a leading 由 and a closing 等 or 等有关部门; say whether 等 was there."""
    while begin < stop and folded[begin] in " :.。\n":
        begin += 1
    while stop > begin and folded[stop - 1] in " :.。;,、\n":
        stop -= 1
    if prefix := PREFIX.match(folded, begin, stop):
        begin = prefix.end()
    if key := UNKNOWN_KEY.match(folded, begin, stop):
        begin = key.end()
    if (rule := RULE_TAIL.search(folded, max(begin, stop - 60), stop)) and rule.start() > begin:
        stop = rule.start()
    match = OPEN_END.search(folded, max(begin, stop - 24), stop)
    if match and match.start() > begin:
        return begin, match.start(), True
    return begin, stop, bool(match)


def _at_and(folded, begin, stop):
    """Divide "市水务局和市财政局", but neither "市发展和改革局" nor "各街道党工委和办事处"."""
    for match in AND.finditer(folded, begin + 1, stop - 1):
        left, right = folded[begin : match.start()], folded[match.end() : stop]
        same = right[:1] == left[:1] and right[:1] in "省市州县区旗镇乡各"
        if same and UNIT_END.search(left) and UNIT_END.search(right) and len(left) > 1 and "(" not in left:
            return [(begin, match.start()), *_at_and(folded, match.end(), stop)]
    return [(begin, stop)]


def _role_tail(folded, begin, stop):
    """Read "县水务局(牵头)": the bracket is a role and no part of the name."""
    match = ROLE_TAIL.search(folded, max(begin, stop - 8), stop)
    if not match or match.start() <= begin:
        return stop, None
    return match.start(), "lead" if match["role"] in ("牵头", "主办") else "responsible"
