"""Who may import what: ``permissions ← cases ← reports ← workflows ← config``; third parties kept apart."""

import ast
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from unittest import TestCase

ROOT = Path(__file__).resolve().parent.parent
MAY_IMPORT = {
    "permissions": set(),
    "cases": {"permissions"},
    "reports": {"cases", "permissions"},
    "workflows": {"reports", "cases", "permissions"},
    "config": {"workflows", "reports", "cases", "permissions"},
}
# Package → where alone it may be imported: a folder ends with a slash.
HOMES = {
    "viewflow": ("workflows/",),
    "guardian": ("permissions/",),
    "django_q": ("config/", "workflows/jobs.py"),
    "pyhanko": ("reports/signatures.py",),
    "weasyprint": tuple(f"reports/documents/{name}.py" for name in ("engine", "cjk", "merge", "stamps")),
}
TOP_LEVEL = {*MAY_IMPORT, "tests", "bin"}
NOT_OURS = {"var", "node_modules", "build", "dist"}
# The reader of plans works on text alone; only these two of its modules meet the database.
INTAKE_WITH_DJANGO = {"cases/intake/units.py", "cases/intake/confirm.py"}
LEAVES = ("cases/states.py", "cases/errors.py", "cases/deadlines.py", "cases/workdays.py")


@dataclass(frozen=True)
class Import:
    path: str
    line: int
    module: str
    in_function: bool

    def __str__(self):
        return f"{self.path}:{self.line} imports {self.module}"

    @property
    def package(self) -> str:
        return self.module.split(".")[0]


def source_files() -> Iterator[Path]:
    for app in MAY_IMPORT:
        yield from sorted((ROOT / app).rglob("*.py"))


def imports_of(path: Path) -> Iterator[Import]:
    tree = ast.parse(path.read_text(encoding="utf-8"), filename=str(path))
    place = path.relative_to(ROOT).as_posix()
    inside = {
        id(node)
        for function in ast.walk(tree)
        if isinstance(function, ast.FunctionDef | ast.AsyncFunctionDef)
        for node in ast.walk(function)
    }
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            modules = [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            modules = [_absolute(node, path)]
        else:
            continue
        for module in modules:
            yield Import(place, node.lineno, module, id(node) in inside)


def _absolute(node: ast.ImportFrom, path: Path) -> str:
    if not node.level:
        return node.module or ""
    package = path.relative_to(ROOT).parent.parts
    base = package[: len(package) - node.level + 1]
    return ".".join([*base, *filter(None, [node.module])])


def all_imports() -> list[Import]:
    return [found for path in source_files() for found in imports_of(path)]


class ImportTests(TestCase):
    maxDiff = None

    def test_no_arrow_points_the_wrong_way(self):
        wrong = [
            str(found)
            for found in all_imports()
            for app in [found.path.split("/")[0]]
            if found.package in {*MAY_IMPORT, "tests"} - MAY_IMPORT[app] - {app}
        ]
        self.assertEqual(wrong, [])

    def test_third_parties_stay_in_their_one_place(self):
        wrong = [
            str(found)
            for found in all_imports()
            for homes in [HOMES.get(found.package)]
            if homes and not any(found.path == home or found.path.startswith(home) for home in homes)
        ]
        self.assertEqual(wrong, [])

    def test_weasyprint_is_loaded_only_when_a_paper_is_made(self):
        at_start = [
            str(found) for found in all_imports() if found.package == "weasyprint" and not found.in_function
        ]
        self.assertEqual(at_start, [], "the web process must start without the libraries of the PDF engine")

    def test_the_reader_of_plans_needs_no_django(self):
        wrong = [
            str(found)
            for found in all_imports()
            if found.path.startswith("cases/intake/") and found.path not in INTAKE_WITH_DJANGO
            if found.package == "django" or found.module.startswith("cases.models")
        ]
        self.assertEqual(wrong, [])

    def test_leaves_know_neither_tables_nor_requests(self):
        wrong = [
            str(found)
            for found in all_imports()
            if found.path in LEAVES
            and found.module.startswith(("cases.models", "django.http", "django.views"))
        ]
        self.assertEqual(wrong, [])

    def test_an_import_inside_a_function_says_why(self):
        silent = []
        for path in source_files():
            lines = path.read_text(encoding="utf-8").splitlines()
            for found in imports_of(path):
                near = lines[max(0, found.line - 4) : found.line]
                if found.in_function and not any("#" in line for line in near):
                    silent.append(str(found))
        self.assertEqual(silent, [], "a comment on the line or just above it gives the reason")


class LayoutTests(TestCase):
    def test_top_level_is_fixed(self):
        with_code = {
            path.relative_to(ROOT).parts[0]
            for folder in ROOT.iterdir()
            if folder.is_dir() and not folder.name.startswith(".") and folder.name not in NOT_OURS
            for path in folder.rglob("*.py")
        }
        self.assertEqual(with_code - TOP_LEVEL, set())

    def test_migrations_are_named_for_what_they_do(self):
        silent = [
            path.relative_to(ROOT).as_posix()
            for path in ROOT.glob("*/migrations/0*.py")
            if re.match(r"\d{4}_(auto_|migration)", path.name)
        ]
        self.assertEqual(silent, [])

    def test_migrations_import_no_code_of_ours(self):
        wrong = [
            str(found)
            for found in all_imports()
            if "/migrations/" in found.path and found.package in MAY_IMPORT and found.in_function is False
        ]
        self.assertEqual(wrong, [], "such code changes later; the migration must not")

    def test_each_package_says_what_it_is_for(self):
        silent = [
            path.parent.relative_to(ROOT).as_posix()
            for app in MAY_IMPORT
            for path in [ROOT / app / "__init__.py"]
            if not ast.get_docstring(ast.parse(path.read_text(encoding="utf-8")))
        ]
        self.assertEqual(silent, [])
