"""Play a year of a plan with invented people: every road at least once, through the door, from a seed."""

import time
from pathlib import Path

from django.core.management import BaseCommand, CommandError
from django.db import transaction
from django.utils import translation

from cases.errors import Refused
from permissions import clock
from permissions.models import Office
from workflows.demo import document
from workflows.integrity import check_office
from workflows.simulation import people, roads
from workflows.simulation.year import NEIGHBOUR, OFFICE_NAME, simulate


class Command(BaseCommand):
    help = __doc__

    def add_arguments(self, parser):
        parser.add_argument(
            "--plan", type=Path, help="plan document; without it the invented plan of the demo"
        )
        parser.add_argument("--office", default="new", help="code of an office, or “new”: found one for it")
        parser.add_argument("--seed", type=int, default=7, help="the same seed gives the same year")
        parser.add_argument("--days", type=int, default=365, help="how many days from the day of issue")
        parser.add_argument(
            "--render", type=int, default=2, help="how many papers of each kind to print to PDF"
        )

    def handle(self, *, office, seed, days, render, **options):
        name, data = self._document(options["plan"])
        try:
            with transaction.atomic(), translation.override("zh-hans"):
                owner = self._office(office)
                played = simulate(
                    owner, name, data, seed=seed, render=render, days=days, say=self.stdout.write
                )
        except Refused as refused:
            raise CommandError(
                f"The product refused what the script holds for lawful: {refused}"
            ) from refused
        self._print(played)
        self._verify(played.office)
        excused = set() if render else roads.PRINTED
        if missing := [road for road in played.never_taken if road not in excused]:
            raise CommandError(f"Roads that were never taken: {', '.join(missing)}.")

    def _document(self, path):
        if path is None:
            return "plan.docx", document.docx_bytes(clock.today())
        try:
            return path.name, path.read_bytes()
        except OSError as error:
            raise CommandError(f"{path} cannot be read: {error.strerror}.") from error

    def _office(self, code):
        if code == "new":
            if Office.objects.count() == 0:
                people.found_office("neighbour", NEIGHBOUR)
            return people.found_office(people.free_code("simulated"), OFFICE_NAME)
        owner = Office.objects.filter(code=code).first()
        if owner is None:
            raise CommandError(f"There is no office with the code {code!r}.")
        if Office.objects.count() == 1:
            people.found_office("neighbour", NEIGHBOUR)
        return owner

    def _print(self, played):
        for road, times in sorted(played.taken.items()):
            self.stdout.write(f"{times:>6}  {road}")
        self.stdout.write(
            f"{sum(played.acts.values())} acts of {len(played.acts)} kinds at {played.moments} moments "
            f"in {played.seconds:.1f} s, office {played.office.code}, plan {played.plan.pk}"
        )

    def _verify(self, office):
        began = time.perf_counter()
        found = check_office(office)
        self.stdout.write(f"Verified {found.entries} entries in {time.perf_counter() - began:.2f} s.")
        if found.wrong:
            raise CommandError("Verification failed: " + " ".join(found.wrong))
