"""Give a person an account and a role in a unit, from the server's terminal."""

import secrets

from django.core.exceptions import ValidationError
from django.core.management.base import BaseCommand, CommandError
from django.db import transaction

from permissions.models import Office, Role, Unit, User
from permissions.roles import appoint


class Command(BaseCommand):
    help = "Appoint USERNAME to a role in a unit of an office; account and unit are made when they are new."

    def add_arguments(self, parser):
        parser.add_argument("username")
        parser.add_argument("--name", help="the person's name, for a new account")
        parser.add_argument("--office", required=True, help="code of the office")
        parser.add_argument("--unit", help="name of the unit; without it the office itself")
        parser.add_argument("--role", required=True, type=str.upper, choices=Role.values)

    @transaction.atomic
    def handle(self, *, username, name, office, unit, role, **options):
        directory = Office.objects.filter(code=office).first()
        if directory is None:
            known = ", ".join(Office.objects.values_list("code", flat=True)) or "none yet"
            raise CommandError(f"There is no office {office!r}. Offices: {known}.")
        where = directory.unit if unit is None else Unit.objects.get_or_create(office=directory, name=unit)[0]
        person, password = self._account(username, name)
        try:
            appoint(person, where, role)
        except ValidationError as refused:
            raise CommandError(" ".join(refused.messages)) from refused
        self.stdout.write(f"{person} ({username}): {Role(role).label}, {where}")
        if password:
            self.stdout.write(f"First password: {password}   (to be changed after signing in)")

    def _account(self, username, name):
        person = User.objects.filter(username=username).first()
        if person:
            return person, None
        if not name:
            raise CommandError(f"There is no account {username!r} yet: give the person's name with --name.")
        password = secrets.token_urlsafe(9)
        return User.objects.create_user(username=username, name=name, password=password), password
