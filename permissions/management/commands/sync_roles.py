"""Write the grants that today's memberships imply."""

from django.core.management.base import BaseCommand

from permissions.roles import sync_roles


class Command(BaseCommand):
    help = "Write the grants that today's memberships imply, and take away all others. May run any number of times."

    def handle(self, **options):
        added, removed = sync_roles()
        self.stdout.write(f"{added} grants added, {removed} removed.")
