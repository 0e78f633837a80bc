"""Translations without gettext installed: collect the sentences, compile them, check that none is missing.

English sentences in code and templates are the keys (msgids); ``locale/zh_Hans`` holds the Chinese. Run as
``python -m config.catalogue make|compile|check``; nothing here needs Django's settings or a database.
"""

import io
import re
import sys
from collections.abc import Iterator
from pathlib import Path

from babel.messages.catalog import Catalog, Message
from babel.messages.extract import DEFAULT_KEYWORDS, extract_python
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po, write_po
from django.utils.translation.template import templatize

ROOT = Path(__file__).resolve().parent.parent
LOCALES = {"zh_Hans": "zh_Hans_CN"}  # folder → the locale whose plural rule it follows
CODE = ("permissions", "cases", "reports", "workflows", "config")
KEYWORDS = dict(DEFAULT_KEYWORDS) | {
    "gettext_lazy": None,
    "gettext_noop": None,
    "ngettext_lazy": (1, 2),
    "pgettext_lazy": ((1, "c"), 2),
    "npgettext_lazy": ((1, "c"), 2, 3),
}
PLACEHOLDER = re.compile(r"%\(\w+\)[sd]")


def catalogue_path(folder: str) -> Path:
    return ROOT / "config" / "locale" / folder / "LC_MESSAGES" / "django.po"


def extract() -> Catalog:
    """Collect every marked sentence of code and templates."""
    catalogue = Catalog(project="Xiaohao", charset="utf-8")
    for path, source in _sources():
        place = path.relative_to(ROOT).as_posix()
        for _line, function, messages, comments in _extract_one(place, source):
            _add(catalogue, function, messages, place, comments)
    return catalogue


def _sources() -> Iterator[tuple[Path, str]]:
    for folder in CODE:
        for path in sorted((ROOT / folder).rglob("*.py")):
            yield path, path.read_text(encoding="utf-8")
    for path in sorted((ROOT / "templates").rglob("*")):
        if path.suffix in {".html", ".txt", ".xml", ".svg"}:
            # Django turns a template into something a reader of Python understands. Its text keeps the
            # template's indentation, which Python would not accept.
            code = templatize(path.read_text(encoding="utf-8"), origin=str(path))
            yield path, "\n".join(line.strip() for line in code.splitlines())


def _extract_one(place: str, source: str):
    return extract_python(io.BytesIO(source.encode()), KEYWORDS, ["Translators:"], {"encoding": "utf-8"})


def _add(catalogue: Catalog, function: str, messages, place: str, comments: list[str]) -> None:
    spec = KEYWORDS[function] or (1,)
    messages = messages if isinstance(messages, tuple) else (messages,)
    context, parts = None, []
    for item in spec:
        index = (item[0] if isinstance(item, tuple) else item) - 1
        value = messages[index] if index < len(messages) else None
        if isinstance(item, tuple):
            context = value
        else:
            parts.append(value)
    if not parts[0]:  # a variable, not a sentence: translated where it was marked
        return
    key = tuple(parts) if len(parts) > 1 else parts[0]
    catalogue.add(key, locations=[(place, 0)], context=context, auto_comments=comments)


def make() -> None:
    """Bring the catalogues up to date: new sentences empty, vanished ones gone, translations kept."""
    template = extract()
    for folder, locale in LOCALES.items():
        path = catalogue_path(folder)
        current = _read(path, locale)
        current.update(template, no_fuzzy_matching=True)
        current.obsolete.clear()
        path.parent.mkdir(parents=True, exist_ok=True)
        with path.open("wb") as file:
            write_po(file, current, width=110, include_lineno=False, omit_header=False, sort_output=True)
        print(f"{path.relative_to(ROOT)}: {len(list(_entries(current)))} sentences")


def compile_all() -> None:
    """Write the .mo files; one that is newer than its source is left alone."""
    for folder, locale in LOCALES.items():
        source, target = catalogue_path(folder), catalogue_path(folder).with_suffix(".mo")
        if not source.exists() or (target.exists() and target.stat().st_mtime >= source.stat().st_mtime):
            continue
        with target.open("wb") as file:
            write_mo(file, _read(source, locale))


def problems() -> list[str]:
    """Name, one line each, every entry that a Chinese reader would meet in English or wrongly filled."""
    wanted = {_key(message) for message in _entries(extract())}
    found = []
    for folder, locale in LOCALES.items():
        entries = {_key(message): message for message in _entries(_read(catalogue_path(folder), locale))}
        found += [f"{folder}: missing: {key}" for key in sorted(wanted - entries.keys(), key=str)]
        for key, message in entries.items():
            found += [f"{folder}: {fault}: {key}" for fault in _faults(message, stale=key not in wanted)]
    return found


def _faults(message: Message, *, stale: bool) -> Iterator[str]:
    texts = message.string if isinstance(message.string, tuple) else (message.string,)
    if stale:
        yield "stale (no longer in code or templates)"
    if message.fuzzy:
        yield "fuzzy"
    if not all(text and text.strip() for text in texts):
        yield "empty"
    elif any(_placeholders(text) - _allowed(message) for text in texts):
        yield "placeholder that the English sentence does not have"
    elif any(_required(message) - _placeholders(text) for text in texts):
        yield "placeholder of the English sentence lost"


def _allowed(message: Message) -> set[str]:
    ids = message.id if isinstance(message.id, tuple) else (message.id,)
    return set().union(*map(_placeholders, ids))


def _required(message: Message) -> set[str]:
    # A singular may leave the number out ("one measure"); the plural form says it.
    return _placeholders(message.id[-1] if isinstance(message.id, tuple) else message.id)


def _placeholders(text: str) -> set[str]:
    return {match.group(0) for match in PLACEHOLDER.finditer(text)}


def _entries(catalogue: Catalog) -> Iterator[Message]:
    return (message for message in catalogue if message.id)


def _key(message: Message) -> tuple:
    ids = message.id if isinstance(message.id, tuple) else (message.id,)
    return (message.context or "", *ids)


def _read(path: Path, locale: str) -> Catalog:
    if not path.exists():
        return Catalog(locale=locale, project="Xiaohao", charset="utf-8", fuzzy=False)
    with path.open("rb") as file:
        catalogue = read_po(file, locale=locale)
    catalogue.fuzzy = False
    return catalogue


def main(command: str) -> int:
    if command == "make":
        make()
    elif command == "compile":
        compile_all()
    elif command == "check":
        found = problems()
        print("\n".join(found[:200]) or "Translations: complete.")
        if len(found) > 200:
            print(f"… and {len(found) - 200} more")
        return 1 if found else 0
    else:
        print("Use: make, compile or check.")
        return 2
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1] if len(sys.argv) > 1 else "check"))
