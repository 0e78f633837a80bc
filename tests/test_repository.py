"""What holds for the files as such: pages without inline code, no foreign host, exact versions."""

import os
import re
import subprocess
from collections.abc import Iterator
from pathlib import Path
from unittest import TestCase

ROOT = Path(__file__).resolve().parent.parent
TEMPLATES = ROOT / "templates"
STATIC = ROOT / "config" / "static"
PAPERS = TEMPLATES / "pdf"  # never sent to a browser, so the content security policy does not bind them
INLINE = {
    "script": re.compile(r"<script(?![^>]*\bsrc=)", re.I),
    "style element": re.compile(r"<style\b", re.I),
    "style attribute": re.compile(r"<[^>]*\sstyle\s*=", re.I),
    "event handler": re.compile(r"<[^>]*\son[a-z]+\s*=", re.I),
    "htmx handler or filter": re.compile(r"\shx-(?:on|vals=.js)", re.I),
    "javascript address": re.compile(r"javascript:", re.I),
}
ADDRESS = re.compile(r"""(?:https?:)?//[a-z0-9-]+(?:\.[a-z0-9-]+)+[^\s"'<>)]*""", re.I)
NAMESPACES = ("http://www.w3.org/", "https://www.w3.org/")
PIN = re.compile(r"^([A-Za-z0-9._-]+)(?:\[[a-z,]+\])?==(\S+)")


def files(folder: Path, *suffixes: str) -> Iterator[tuple[str, str]]:
    for path in sorted(folder.rglob("*")):
        if path.suffix in suffixes:
            yield path.relative_to(ROOT).as_posix(), path.read_text(encoding="utf-8")


def line_of(text: str, position: int) -> int:
    return text.count("\n", 0, position) + 1


def pins(name: str) -> dict[str, str]:
    lines = (ROOT / name).read_text(encoding="utf-8").splitlines()
    found = (PIN.match(line) for line in lines if line and not line.startswith(("#", "-")))
    return {match[1].lower().replace("_", "-"): match[2] for match in found if match}


class PageTests(TestCase):
    maxDiff = None

    def test_pages_carry_no_inline_code_or_style(self):
        found = [
            f"{path}:{line_of(text, match.start())} {what}"
            for path, text in files(TEMPLATES, ".html", ".svg")
            if not path.startswith(PAPERS.relative_to(ROOT).as_posix())
            for what, pattern in INLINE.items()
            for match in pattern.finditer(text)
        ]
        self.assertEqual(found, [])

    def test_nothing_is_fetched_from_a_foreign_host(self):
        sources = [*files(TEMPLATES, ".html", ".svg", ".xml"), *files(STATIC, ".css", ".js", ".svg")]
        found = [
            f"{path}:{line_of(text, match.start())} {match[0]}"
            for path, text in sources
            for match in ADDRESS.finditer(text)
            if not match[0].startswith(NAMESPACES)
        ]
        self.assertEqual(found, [])


class InstallationTests(TestCase):
    def test_every_requirement_is_pinned_exactly(self):
        for name in ("requirements.txt", "requirements-dev.txt"):
            lines = (ROOT / name).read_text(encoding="utf-8").splitlines()
            loose = [
                line for line in lines if line and not line.startswith(("#", "-r ")) and not PIN.match(line)
            ]
            with self.subTest(name):
                self.assertEqual(loose, [])

    def test_direct_pins_agree_with_the_constraints(self):
        constraints = pins("constraints.txt")
        wanted = pins("requirements.txt") | pins("requirements-dev.txt")
        self.assertEqual(wanted, {name: constraints.get(name) for name in wanted})

    def test_scripts_can_be_started_and_parsed(self):
        for name in ("bin/demo", "bin/test", "bin/messages", "bin/fonts", ".ci/run"):
            path = ROOT / name
            shell = path.read_text(encoding="utf-8").splitlines()[0].removeprefix("#!")
            with self.subTest(name):
                self.assertTrue(os.access(path, os.X_OK))
                subprocess.run([shell, "-n", path], check=True)


class SettingsPage(TestCase):
    def test_each_variable_is_described_once_and_none_that_is_not_read(self):
        read = set(
            re.findall(r"XIAOHAO_[A-Z_]+", (ROOT / "config" / "settings.py").read_text(encoding="utf-8"))
        )
        # Of these the name stands in the settings only: what it holds is no text.
        no_variables = {"XIAOHAO_LADDER"}
        page = (ROOT / "docs" / "settings.md").read_text(encoding="utf-8")
        rows = [line for line in page.splitlines() if line.startswith("| `")]
        described = re.findall(r"XIAOHAO_[A-Z_]+", "".join(row.split("|")[1] for row in rows))
        self.assertEqual(sorted(described), sorted(read - no_variables))
