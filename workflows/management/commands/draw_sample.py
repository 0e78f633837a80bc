"""Draw the sample of a look-back again from its printed seed, and compare it with what was kept."""

from django.core.management import BaseCommand, CommandError

from cases.models import LookBack
from cases.sampling import draw


class Command(BaseCommand):
    help = __doc__

    def add_arguments(self, parser):
        parser.add_argument("look_back", type=int, help="number of the look-back, as in its address")
        parser.add_argument("--seed", help="another seed than the one kept")
        parser.add_argument("--share", type=int, help="another share, in per cent")

    def handle(self, *args, look_back, seed=None, share=None, **options):
        row = LookBack.objects.filter(pk=look_back).first()
        if row is None:
            raise CommandError(f"There is no look-back {look_back}.")
        drawn = draw(row.population, share or row.share, seed or row.seed)
        kept = set(row.items.values_list("measure_id", "stratum"))
        for number, stratum in drawn:
            self.stdout.write(f"{number}\t{stratum}")
        if set(drawn) != kept:
            raise CommandError(f"Differs from what was kept: {len(set(drawn) ^ kept)} measure(s).")
        self.stdout.write(f"The same {len(drawn)} of {len(row.population)} measures as were kept.")
