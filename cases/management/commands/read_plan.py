"""``manage.py read_plan FILE… --out DIR``: read plan documents without saving anything."""

import json
import sys
from pathlib import Path

from django.core.management.base import BaseCommand
from django.utils.translation import gettext

from cases.intake import IntakeRefused, read_plan_safely


class Command(BaseCommand):
    """Write NAME.json per file, in the exchange form of ``Proposal.to_json``. Needs no database."""

    help = "Read plan documents (.docx, .pdf, .xlsx, .csv, .html, .txt) and write one JSON file for each."
    requires_system_checks = []
    requires_migrations_checks = False

    def add_arguments(self, parser):
        parser.add_argument("files", nargs="+", type=Path, metavar="FILE")
        parser.add_argument("--out", type=Path, default=Path("."), metavar="DIR")

    def handle(self, *, files, out, **options):
        out.mkdir(parents=True, exist_ok=True)
        refused = [path for path in files if not self.read(path, out)]
        if refused:
            sys.exit(1)

    def read(self, path, out):
        """Read one file; print what came of it and return whether it was read."""
        try:
            proposal = read_plan_safely(path.read_bytes(), path.name)
        except IntakeRefused as refused:
            self.stderr.write(gettext(refused.message) % refused.params)
            return False
        except OSError as error:
            self.stderr.write(f"{path}: {error.strerror}")
            return False
        target = out / f"{path.stem}.json"
        target.write_text(
            json.dumps(proposal.to_json(), ensure_ascii=False, indent=1) + "\n", encoding="utf-8"
        )
        self.stdout.write(
            f"{path.name}: {len(proposal.problems)} problems, {len(proposal.measures)} measures, "
            f"{len(proposal.remarks)} remarks → {target}"
        )
        return True
