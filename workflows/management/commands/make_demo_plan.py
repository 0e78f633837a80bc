"""Write the invented county's plan as a Word document or as text."""

from datetime import date
from pathlib import Path

from django.core.management.base import BaseCommand, CommandError

from permissions import clock
from workflows.demo import document, plan


class Command(BaseCommand):
    help = "Write the invented plan of 清河县 as .docx (or .txt), with its dates placed around a day."
    requires_system_checks = []

    def add_arguments(self, parser):
        parser.add_argument("out", help="file to write; its ending decides: .docx or .txt")
        parser.add_argument("--today", type=date.fromisoformat, help="the day to place dates around")

    def handle(self, *, out, today, **options):
        path, today = Path(out), today or clock.today()
        if path.suffix == ".docx":
            path.write_bytes(document.docx_bytes(today))
        elif path.suffix == ".txt":
            path.write_text(plan.text(today), encoding="utf-8")
        else:
            raise CommandError(f"{path.name}: name a file that ends in .docx or .txt.")
        self.stdout.write(f"{path} ({path.stat().st_size} bytes)")
