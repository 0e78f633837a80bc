"""Offices and people for a simulated year: whoever holds a role already acts; who is missing is appointed."""

from datetime import timedelta

from django.db import transaction

from permissions import clock
from permissions.models import Membership, Office, Role, Unit, UnitKind, User
from permissions.roles import appoint

SURNAMES = "赵钱孙李周吴郑王冯陈褚卫蒋沈韩杨朱秦许何吕施张孔曹严华金魏陶姜"
GIVEN = "文波长河晓琳建国志远思齐明川雪梅春生立新海涛婉清彭博玉兰晓燕静怡顾颖龙飞少华红霞"


@transaction.atomic
def found_office(code, name):
    """An office with its own unit and nobody in it."""
    group = name.removesuffix("办公室")
    office = Office.objects.create(
        code=code,
        name=name,
        short_name=f"{name[:6]}整改办",
        leading_group=group,
        number_prefix="模整改办",
        report_addressees="县委、县政府",
    )
    Unit.objects.create(office=office, name=name, kind=UnitKind.OFFICE)
    return office


def free_code(stem):
    """``stem``, or with the first number that no office has."""
    taken = set(Office.objects.filter(code__startswith=stem).values_list("code", flat=True))
    return next(
        code for code in (stem, *(f"{stem}-{n}" for n in range(2, len(taken) + 3))) if code not in taken
    )


class Staff:
    """The people of the year, by unit and role; several of one role where separation of duties needs them."""

    def __init__(self, since, rng):
        self.since, self.rng = since, rng
        self._held = {}

    def of(self, unit, role, number=0):
        """The person who holds the role in the unit, ``number`` counts from 0; appointed where there is none."""
        held = self._held.setdefault((unit.pk, role), None)
        if held is None:
            rows = Membership.objects.live(clock.today()).filter(unit=unit, role=role, person__is_active=True)
            held = [row.person for row in rows.select_related("person").order_by("pk")]
            self._held[unit.pk, role] = held
        while len(held) <= number:
            held.append(self._appointed(unit, role, len(held)))
        return held[number]

    def _appointed(self, unit, role, number):
        name = self.rng.choice(SURNAMES) + "".join(self.rng.sample(GIVEN, 2))
        person = User(username=f"sim.{unit.pk}.{role.lower()}.{number}", name=name, simulated=True)
        person.set_unusable_password()
        person.save()
        appoint(person, unit, role, starts_on=self.since - timedelta(days=60))
        return person

    def handler(self, unit, number=0):
        return self.of(unit, Role.HANDLER, number)

    def head(self, unit, number=0):
        return self.of(unit, Role.UNIT_HEAD, number)
