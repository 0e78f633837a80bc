"""``manage.py update_holidays FILE``: install what the State Council's notice says of a coming year."""

from pathlib import Path

from django.core.management.base import BaseCommand, CommandError

from cases import files, workdays
from cases.workdays import BadHolidays


class Command(BaseCommand):
    """Validate first, then put the file in place in one step; web and worker read it without a restart.

    Years named in the file replace what was known of them, others stay. Deadlines set before do not move.
    """

    help = (
        "Install public holidays and worked weekends (放假调休) from a JSON file: "
        '{"years": [2027], "days_off": ["2027-01-01", …], "working_weekend_days": […]}.'
    )
    requires_system_checks = []  # a bad file in place must not keep out the one that mends it
    requires_migrations_checks = False

    def add_arguments(self, parser):
        parser.add_argument("file", type=Path, metavar="FILE")

    def handle(self, *, file, **options):
        newer = self.read(file)
        path = workdays.installed_path()
        files.write_whole(path, self.installed(path).updated_by(newer).as_json())
        for year in sorted(newer.years):
            off = sum(day.year == year for day in newer.days_off)
            on = sum(day.year == year for day in newer.working_weekend_days)
            self.stdout.write(f"{year}: {off} weekdays off, {on} weekend days worked")
        self.stdout.write(f"Installed in {path}. Deadlines that were set before do not move.")

    def read(self, file):
        try:
            return workdays.read(file)
        except FileNotFoundError:
            raise CommandError(f"There is no file {file}.") from None
        except BadHolidays as error:
            raise CommandError(f"{file} was not installed. {error}") from error

    def installed(self, path):
        """What an earlier run installed; nothing when it cannot be read any more."""
        try:
            return workdays.read(path)
        except FileNotFoundError:
            pass
        except BadHolidays as error:
            self.stderr.write(f"{path} could not be used and is replaced. {error}")
        return workdays.Calendar(frozenset(), frozenset(), frozenset())
