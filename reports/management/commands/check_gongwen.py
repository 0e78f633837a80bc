"""Measure finished papers against GB/T 9704-2012 and print a check sheet for each; exit 1 if a rule is broken."""

import json
from pathlib import Path

from django.core.management.base import BaseCommand, CommandError

from reports.documents import gongwen_check
from reports.documents.checks.measured import Unreadable
from reports.documents.checks.verdicts import Verdict, counts, print_sheet


class Command(BaseCommand):
    help = "Measure PDF files against GB/T 9704-2012; exit 1 if one breaks a rule."
    requires_system_checks = ()

    def add_arguments(self, parser):
        parser.add_argument("files", nargs="+", metavar="FILE", type=Path)
        parser.add_argument("--json", action="store_true", help="print findings as JSON")
        parser.add_argument(
            "--without",
            action="append",
            default=[],
            choices=gongwen_check.PARTS,
            help="a part that this kind of paper rightly lacks; may be given several times; our own papers say it",
        )

    def handle(self, files, **options):
        results = {str(path): self._check(path, options["without"]) for path in files}
        if options["json"]:
            found = [
                {"file": name, "counts": counts(findings), "findings": [one.as_dict() for one in findings]}
                for name, findings in results.items()
            ]
            self.stdout.write(json.dumps(found, ensure_ascii=False, indent=1))
        else:
            for name, findings in results.items():
                self.stdout.write(f"{name}\n{print_sheet(findings)}\n\n")
        broken = [name for name, findings in results.items() if counts(findings)[Verdict.FAIL]]
        if broken:
            raise CommandError(f"Not as the standard demands: {', '.join(broken)}")

    def _check(self, path, without):
        try:
            content = path.read_bytes()
            return gongwen_check.check(content, without=without or gongwen_check.lacks(content))
        except OSError as error:
            raise CommandError(f"Cannot read {path}: {error.strerror}") from error
        except Unreadable as error:
            raise CommandError(f"{path} is not a PDF that can be opened.") from error
