"""Which font stands for which role of GB/T 9704, and whether it has every character that a paper needs.

Official fonts come first wherever an office has them, installed or laid into the fonts folder of the data directory;
free stand-ins follow. A character that no font of its stack has would print as an empty box without any warning:
``missing_glyphs`` finds it before the paper is made.
"""

import functools
import hashlib
import subprocess
from dataclasses import dataclass
from html.parser import HTMLParser
from pathlib import Path

from django.conf import settings
from fontTools.ttLib import TTFont, TTLibError

SERIF, SANS = "Noto Serif CJK SC", "Noto Sans CJK SC"
FONT_FILES = {".otf", ".ttf", ".ttc"}
# Not drawn: line ends and the zero-width space that typeset() puts in.
INVISIBLE = {"\n", "\r", "\t", "\u200b"}
SIGNATURES = {b"OTTO", b"\0\1\0\0", b"true", b"ttcf"}
FAMILY_NAMES = {1, 16}  # of the name table: family, typographic family
GLYPHS = 1 << 16  # that a font can have
CHINESE_SAMPLE = frozenset("国整改办县牵头销号一")


@dataclass(frozen=True)
class Role:
    """A type style of the standard: its CSS class, its Chinese name and the families that may stand for it."""

    key: str
    label: str
    official: tuple[str, ...]
    stand_ins: tuple[str, ...]

    @property
    def families(self) -> tuple[str, ...]:
        return (*self.official, *self.stand_ins)


ROLES = {
    role.key: role
    for role in (
        Role(
            "fangsong",
            "仿宋",
            ("仿宋_GB2312", "FangSong_GB2312", "仿宋", "FangSong", "方正仿宋_GBK", "STFangsong"),
            ("FandolFang", SERIF),
        ),
        Role(
            "title",
            "小标宋",
            ("方正小标宋简体", "方正小标宋_GBK", "FZXiaoBiaoSong-B05S", "华文中宋", "STZhongsong"),
            (SERIF,),
        ),
        Role("hei", "黑体", ("黑体", "SimHei", "方正黑体_GBK", "STHeiti"), (SANS,)),
        Role(
            "kai",
            "楷体",
            ("楷体_GB2312", "KaiTi_GB2312", "楷体", "KaiTi", "STKaiti"),
            ("FandolKai", "AR PL UKai CN", SERIF),
        ),
        Role("song", "宋体", ("宋体", "SimSun", "NSimSun"), (SERIF,)),
    )
}
# Every stack ends with these: the rare characters of names are in no official font of 1980.
TAIL = (SERIF, SANS)


@dataclass(frozen=True)
class Face:
    """One face that a family name leads to; ``own`` when it lies in our fonts folder."""

    family: str
    path: Path
    index: int
    own: bool = False

    @property
    def asset(self) -> str:
        return f"asset:fonts/{hashlib.sha256(str(self.path).encode()).hexdigest()[:12]}{self.path.suffix}"

    def characters(self) -> frozenset[int]:
        return _characters(self.path, self.index, self.path.stat().st_mtime_ns)


@functools.lru_cache(maxsize=12)
def _characters(path, index, _changed_at) -> frozenset[int]:
    with TTFont(path, fontNumber=index, lazy=True) as font:
        font.setGlyphOrder([""] * GLYPHS)  # to read the names of all glyphs takes longer than all the rest
        return frozenset(font.getBestCmap() or ())


@functools.lru_cache(maxsize=12)
def _file_digest(path, _changed_at) -> str:
    with open(path, "rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def folder() -> Path:
    return Path(settings.DATA_DIR) / "fonts"


def _own_faces() -> dict[str, Face]:
    """The faces in our fonts folder, by each of their family names; a file that is no font is passed over."""
    faces = {}
    for path in sorted(folder().glob("*")):
        if path.suffix.lower() in FONT_FILES:
            for family, index in _families_in(path):
                faces.setdefault(family, Face(family, path, index, own=True))
    return faces


def _families_in(path):
    """(family, index) of the faces in one file, a collection or a single font."""
    with open(path, "rb") as file:
        head = file.read(12)
    if head[:4] not in SIGNATURES:
        return []
    found = []
    try:
        for index in range(int.from_bytes(head[8:12], "big") if head[:4] == b"ttcf" else 1):
            with TTFont(path, fontNumber=index, lazy=True) as font:
                names = font["name"].names
                found += [(name.toUnicode(), index) for name in names if name.nameID in FAMILY_NAMES]
    except (TTLibError, UnicodeDecodeError):
        return []  # damaged; check_fonts shows what stands in for it
    return found


def _installed_faces() -> dict[str, Face]:
    """Every family fontconfig knows, by each of its names, at the weight nearest to regular."""
    try:
        listing = subprocess.run(
            ["fc-list", "--format", "%{weight}\t%{index}\t%{file}\t%{family}\n"],
            capture_output=True,
            encoding="utf-8",
            errors="replace",
            check=True,
        ).stdout
    except FileNotFoundError:
        return {}  # no fontconfig, so no installed fonts: told as a role without Chinese
    rows = []
    for line in listing.splitlines():
        weight, index, path, families = line.split("\t", 3)
        if weight.isdigit() and Path(path).suffix.lower() in FONT_FILES:
            rows.append((abs(int(weight) - 80), path, int(index) & 0xFFFF, families))
    faces = {}
    for _, path, index, families in sorted(rows):
        for family in families.split(","):
            faces.setdefault(family, Face(family, Path(path), index))
    return faces


class FontSet:
    """The fonts of this machine as seen at one moment. Make one per paper; making one takes some 50 ms."""

    def __init__(self):
        self.faces = {**_installed_faces(), **_own_faces()}

    def stack(self, key: str) -> list[Face]:
        """Faces to look a character up in, best first: one for the role, then the tail."""
        chosen = next((f for f in ROLES[key].families if f in self.faces), None)
        names = dict.fromkeys(name for name in (chosen, *TAIL) if name in self.faces)
        return [self.faces[name] for name in names]

    def is_official(self, key: str) -> bool:
        stack = self.stack(key)
        return bool(stack) and stack[0].family in ROLES[key].official

    def has_chinese(self, key: str) -> bool:
        return any({ord(c) for c in CHINESE_SAMPLE} <= face.characters() for face in self.stack(key))

    def css_families(self, key: str) -> str:
        return ", ".join(f'"{face.family}"' for face in self.stack(key)) or "serif"

    def own(self) -> list[Face]:
        """The faces in use that the PDF engine must be handed as assets."""
        return list(dict.fromkeys(face for key in ROLES for face in self.stack(key) if face.own))

    def fingerprint(self) -> str:
        """Digest over all font files in use: with the same snapshot and fingerprint the PDF has the same bytes."""
        parts = [
            f"{key}={face.family}:{_file_digest(face.path, face.path.stat().st_mtime_ns)}"
            for key in ROLES
            for face in self.stack(key)
        ]
        return hashlib.sha256("\n".join(parts).encode()).hexdigest()

    def lacks(self, key: str, character: str) -> bool:
        return all(ord(character) not in face.characters() for face in self.stack(key))


@dataclass(frozen=True)
class Missing:
    """A character without a glyph: which, for which role, and the text around it."""

    character: str
    role: str
    where: str

    def __str__(self):
        return f"{self.character} (U+{ord(self.character):04X}, …{self.where}…)"


class _RoleTexts(HTMLParser):
    """Collects (role, text) of a page: a class named like a role holds for the element and all in it."""

    VOID = {"meta", "link", "br", "col", "img", "hr", "wbr"}
    SILENT = {"head", "style", "title", "desc"}

    def __init__(self):
        super().__init__(convert_charrefs=True)
        self.roles = ["fangsong"]
        self.found: list[tuple[str, str]] = []

    def handle_starttag(self, tag, attrs):
        if tag in self.VOID:
            return
        classes = (dict(attrs).get("class") or "").split()
        role = next((name for name in classes if name in ROLES), self.roles[-1])
        self.roles.append(None if tag in self.SILENT else role)

    def handle_startendtag(self, tag, attrs):
        pass  # <path/> and its like hold no text

    def handle_endtag(self, tag):
        if tag not in self.VOID and len(self.roles) > 1:
            self.roles.pop()

    def handle_data(self, data):
        if self.roles[-1] and None not in self.roles:
            self.found.append((self.roles[-1], data))


def missing_glyphs(html: str, fonts: FontSet) -> list[Missing]:
    """Find the characters of ``html`` that would print as boxes, each once per role with its surroundings."""
    parser = _RoleTexts()
    parser.feed(html)
    parser.close()
    seen, missing = {}, []
    for role, text in parser.found:
        for position, character in enumerate(text):
            if (role, character) not in seen:
                seen[role, character] = character not in INVISIBLE and fonts.lacks(role, character)
                if seen[role, character]:
                    around = text[max(0, position - 12) : position + 13].strip()
                    missing.append(Missing(character, role, around))
    return missing
