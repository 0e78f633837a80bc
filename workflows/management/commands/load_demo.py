"""Load the invented county once, and print its accounts every time."""

import time
import unicodedata

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError
from django.utils import translation

from permissions import clock
from workflows.demo import county, plan, story


class Command(BaseCommand):
    help = (
        "Load the invented county 清河县 with its plan and four months of work. A second run changes nothing."
    )

    def handle(self, **options):
        if not settings.DEMO:
            raise CommandError(
                "The invented county belongs on a demo installation only. Set XIAOHAO_DEMO=1 (bin/demo does)."
            )
        if not county.is_founded():
            self.load()
        self.print_accounts(county.accounts())

    def load(self):
        self.stdout.write("Loading the invented county 清河县 …")
        self.stdout.flush()
        start = time.perf_counter()
        with translation.override("zh-hans"):
            told = story.tell(plan.Dates(clock.today()))
        spent = ", ".join(f"{kind} {seconds:.1f}" for kind, seconds in told.spent.items())
        self.stdout.write(f"Loaded in {time.perf_counter() - start:.1f} s ({spent}).")
        for warning in told.warnings:
            self.stderr.write(f"A monthly report could not be printed: {warning}")

    def print_accounts(self, accounts):
        rows = [("角色 Role", "姓名", "单位", "User name", "Password")]
        for account in accounts:
            with translation.override("zh-hans"):
                chinese = str(account.role.label)
            with translation.override("en"):
                english = str(account.role.label)
            rows.append(
                (f"{chinese} {english}", account.name, account.unit, account.username, account.password)
            )
        widths = [max(_columns(row[i]) for row in rows) for i in range(5)]
        self.stdout.write(f"\nDemo accounts ({county.accounts_path()}):")
        for row in rows:
            cells = (cell + " " * (width - _columns(cell)) for cell, width in zip(row, widths, strict=True))
            self.stdout.write("  " + "  ".join(cells).rstrip())


def _columns(text):
    """Width on a terminal: a Chinese character takes two columns."""
    return sum(2 if unicodedata.east_asian_width(c) in "WF" else 1 for c in text)
