"""Re-compute what the record claims: the chain of every office, the stored files, the issued reports."""

from django.core.management import BaseCommand, CommandError

from permissions.models import Office
from workflows.integrity import check_office


class Command(BaseCommand):
    help = __doc__

    def add_arguments(self, parser):
        parser.add_argument("--office", help="code of one office; without it all are checked")

    def handle(self, *args, office=None, **options):
        offices = Office.objects.order_by("code")
        if office:
            offices = offices.filter(code=office)
        if not offices:
            raise CommandError(
                f"There is no office with the code {office!r}." if office else "There is no office yet."
            )
        wrong = sum(self.report(one) for one in offices)
        if wrong:
            raise CommandError(
                f"Verification failed: {wrong} finding(s) above. Keep this output and the backups."
            )

    def report(self, office):
        found = check_office(office)
        state = "OK" if not found.wrong else "FAILED"
        self.stdout.write(
            f"{state} {office.code}: {found.entries} entries, head {found.head[:16]}…, "
            f"{found.files} files, {found.reports} issued reports"
        )
        for sentence in found.wrong:
            self.stdout.write(f"  {sentence}")
        return len(found.wrong)
