"""What the machine itself must offer: libraries of the PDF engine and a Chinese font.

Nothing here needs Django's settings, so ``python -m config.checks`` can run before anything is set up.
"""

import ctypes
import shutil
import subprocess
import sys
from pathlib import Path

from django.core.checks import Warning as CheckWarning

# Shared library → the Debian package that brings it. WeasyPrint loads them when the first PDF is made.
LIBRARIES = {
    "libgobject-2.0.so.0": "libglib2.0-0",
    "libpango-1.0.so.0": "libpango-1.0-0",
    "libpangoft2-1.0.so.0": "libpangoft2-1.0-0",
    "libharfbuzz.so.0": "libharfbuzz0b",
    "libharfbuzz-subset.so.0": "libharfbuzz-subset0",
    "libfontconfig.so.1": "libfontconfig1",
}
FONT_PACKAGE = "fonts-noto-cjk"
FONT_FOLDERS = ("/usr/share/fonts", "/usr/local/share/fonts", "~/.fonts", "~/.local/share/fonts")
CHINESE_FONT_NAMES = ("cjk", "fangsong", "simsun", "simhei", "wqy", "fandol", "songti", "heiti")


def missing_packages() -> list[str]:
    """Return the Debian packages without which a report cannot be made, in a stable order."""
    missing = [package for library, package in LIBRARIES.items() if not _loads(library)]
    if not _has_chinese_font():
        missing.append(FONT_PACKAGE)
    return missing


def install_line(packages: list[str]) -> str:
    return "sudo apt-get install -y " + " ".join(packages)


def _loads(library: str) -> bool:
    try:
        ctypes.CDLL(library)
    except OSError:
        return False
    return True


def _has_chinese_font() -> bool:
    # File names first: that is quick enough for every command. fontconfig knows better and is asked only
    # when no name looks Chinese.
    files = (
        path.name.lower()
        for folder in FONT_FOLDERS
        for path in Path(folder).expanduser().rglob("*.[ot]t[cf]")
    )
    if any(word in name for name in files for word in CHINESE_FONT_NAMES):
        return True
    if fc_list := shutil.which("fc-list"):
        found = subprocess.run([fc_list, ":lang=zh"], capture_output=True, timeout=60, check=False)
        return bool(found.stdout.strip())
    return False


def pdf_libraries(app_configs, **kwargs):
    """System check: warn, since pages and read-only commands work without a PDF engine."""
    missing = missing_packages()
    if not missing:
        return []
    return [
        CheckWarning(
            "Reports cannot be made as PDF: libraries or a Chinese font are missing.",
            hint=install_line(missing),
            id="xiaohao.W001",
        )
    ]


def main() -> int:
    """Print in one sentence what is missing and what brings it; 0 when nothing is."""
    packages = missing_packages()
    if packages:
        print(
            f"No paper can be printed here, a library or a Chinese font is missing; this brings it: "
            f"{install_line(packages)}",
            file=sys.stderr,
        )
    return 1 if packages else 0


if __name__ == "__main__":
    sys.exit(main())
