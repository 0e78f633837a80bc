"""The stages of bin/test, one after the other, each with its wall time; see bin/test for the options."""

import argparse
import json
import os
import shutil
import subprocess
import sys
import time
from contextlib import nullcontext
from dataclasses import dataclass, field
from pathlib import Path
from tempfile import TemporaryDirectory

from postgres import server_programs, throw_away_cluster

ROOT = Path(__file__).resolve().parents[2]
PYTHON = sys.executable
CI = os.environ.get("CI", "").lower() in {"1", "true", "yes"}
COVERED = ("workflows/*", "permissions/*", "cases/intake/*", "reports/figures.py")
NO_TESTS_COLLECTED = 5


@dataclass
class Run:
    """What happened so far: a line per stage, and the tests counted over all of them."""

    options: argparse.Namespace
    scratch: Path
    lines: list[str] = field(default_factory=list)
    passed: int = 0
    failed: int = 0
    skipped: int = 0

    def stage(self, name, command, *, environment=None, none_is_fine=False):
        """Run one command; a failure is noted and the next stage still runs, so one run shows all faults."""
        print(f"\n=== {name}", flush=True)
        start = time.monotonic()
        code = subprocess.run(
            command, cwd=ROOT, env={**os.environ, **(environment or {})}, check=False
        ).returncode
        if none_is_fine and code == NO_TESTS_COLLECTED:
            code = 0
        self.note(name, "ok" if code == 0 else "FAILED", time.monotonic() - start)
        return code == 0

    def check(self, name, *command):
        # Not the checkout's own database: what a demo left in there is no business of a check.
        alone = {"XIAOHAO_TEST": "1", "XIAOHAO_DATA_DIR": str(self.scratch), "DATABASE_URL": ""}
        if not self.stage(name, [PYTHON, "-m", *command], environment=alone):
            self.failed += 1

    def pytest(self, name, *arguments, environment):
        counts = self.scratch / f"{len(self.lines)}.json"
        given = self.options.pytest_arguments
        # The slow ones need more than the time after which a test counts as hanging.
        patience = ["-o", "faulthandler_timeout=900"] if self.options.all else []
        # Each worker keeps to its half until it has nothing left: what a file makes once is made once.
        shared = ["--dist", "worksteal"]
        command = [PYTHON, "-m", "pytest", *([] if given else ["-q"]), *shared, *patience, *arguments, *given]
        environment = {**environment, "XIAOHAO_TEST_COUNTS": str(counts)}
        # A choice made by hand may leave a stage without tests; otherwise an empty stage is a fault.
        good = self.stage(name, command, environment=environment, none_is_fine=bool(given))
        found = json.loads(counts.read_text()) if counts.exists() else {"failed": 0}
        self.passed += found.get("passed", 0)
        self.skipped += found.get("skipped", 0)
        # A run that died before it could count is one failure, not none.
        self.failed += found["failed"] or (not good)

    def missing(self, name, what):
        """A stage that this machine cannot run: said in one line; on CI it is a failure."""
        self.note(name, "FAILED" if CI else "left out", 0, what)
        print(f"\n=== {name}: left out. {what}", flush=True)
        self.failed += CI

    def note(self, name, result, seconds, what=""):
        self.lines.append(f"{name:<28} {result:<9} {seconds:6.1f} s  {what}".rstrip())


def checks(run):
    run.check("lint", "ruff", "check", "--quiet", "--output-format", "concise", ".")
    run.check("format", "ruff", "format", "--check", "--output-format", "concise", ".")
    run.check("templates", "djlint", "templates", "--lint", "--quiet")
    run.check(
        "migrations", "django", "makemigrations", "--check", "--dry-run", "--settings", "config.settings"
    )
    run.check("translations", "config.catalogue", "check")


def sqlite_tests(run, markers):
    data = run.scratch / "coverage"
    # Measuring costs a quarter of the time: not in every run.
    cover = ["--cov", "--cov-report="] if run.options.all and not run.options.pytest_arguments else []
    run.pytest(
        "tests on SQLite", "-m", markers, "-n", "2", *cover,
        environment={"DATABASE_URL": "", "COVERAGE_FILE": str(data)},
    )  # fmt: skip
    return data


def postgres_tests(run, markers):
    given = os.environ.get("TEST_POSTGRES_URL")
    programs = server_programs()
    if not given and not programs:
        run.missing(
            "tests on PostgreSQL", "Install a server (apt-get install postgresql) or set TEST_POSTGRES_URL."
        )
        return
    with nullcontext(given) if given else throw_away_cluster(programs) as url:
        # What needs no database ran a stage ago and cannot fail differently here.
        run.pytest(
            "tests on PostgreSQL",
            "-m",
            markers,
            "-n",
            "2",
            "--database-only",
            environment={"DATABASE_URL": url},
        )


def browser_journey(run):
    chromium = os.environ.get("CHROMIUM") or shutil.which("chromium") or shutil.which("chromium-browser")
    if not chromium:
        run.missing("browser journey", "Install one (apt-get install chromium) or set CHROMIUM.")
        return
    run.pytest(
        "browser journey", "-m", "browser", "-n", "0",
        environment={"DATABASE_URL": "", "CHROMIUM": chromium},
    )  # fmt: skip


def papers(run):
    """Reports printed, signed, internal and of 300 pages through the real validator, the last by GB/T 9704 too."""
    alone = {
        "XIAOHAO_TEST": "1",
        "XIAOHAO_DATA_DIR": str(run.scratch),
        "DATABASE_URL": "",
        "DJANGO_SETTINGS_MODULE": "config.settings",
    }
    made = [str(run.scratch / name) for name in ("report.pdf", "signed.pdf", "internal.pdf", "long.pdf")]
    if not run.stage("papers", [PYTHON, "-m", "tests.reports.documents.written", *made], environment=alone):
        run.failed += 1
        return
    checked = [PYTHON, "-m", "django", "check_gongwen", made[-1]]
    run.failed += not run.stage("GB/T 9704, 300 pages", checked, environment=alone)
    if shutil.which("javac"):
        run.failed += not run.stage("veraPDF", ["bin/verapdf", *made])
    else:
        run.missing("veraPDF", "Install Java (apt-get install openjdk-17-jdk-headless).")


def print_coverage(data):
    if not data.exists():
        return
    print("\n=== coverage of " + " ".join(COVERED), flush=True)
    subprocess.run(
        [PYTHON, "-m", "coverage", "report", f"--data-file={data}", f"--include={','.join(COVERED)}"],
        cwd=ROOT, check=False,
    )  # fmt: skip


def options():
    parser = argparse.ArgumentParser(prog="bin/test", description="Run every check and every test.")
    parser.add_argument("--all", action="store_true", help="add the tests that are too slow for every run")
    parser.add_argument("--quick", action="store_true", help="tests on SQLite only, no checks, no browser")
    parser.add_argument("pytest_arguments", nargs="*", metavar="-- ARGUMENT", help="handed to pytest")
    return parser.parse_args()


def main():
    start = time.monotonic()
    if not os.environ.get("PLAN_DOCUMENTS"):
        print("PLAN_DOCUMENTS is not set: tests on real plans are left out; the invented plan stands in.")
    with TemporaryDirectory(prefix="xiaohao-run-") as scratch:
        run = Run(options(), Path(scratch))
        markers = "not browser" if run.options.all else "not browser and not slow"
        if not run.options.quick:
            checks(run)
        coverage = sqlite_tests(run, markers)
        if not run.options.quick:
            postgres_tests(run, markers)
            browser_journey(run)
        if run.options.all:
            papers(run)
        print_coverage(coverage)
    print("\n=== stages")
    print("\n".join(run.lines))
    print(f"{'together':<28} {'':<9} {time.monotonic() - start:6.1f} s")
    print(f"\n{run.passed} passed, {run.failed} failed, {run.skipped} skipped")
    return 1 if run.failed or not run.passed else 0


if __name__ == "__main__":
    sys.exit(main())
