"""Rights and scope of a person. Together with ``roles`` the only place that knows guardian."""

from dataclasses import dataclass
from functools import cached_property
from typing import NamedTuple

from django.db.models import FilteredRelation, Q
from guardian.utils import get_user_obj_perms_model

from permissions import clock
from permissions.models import Membership, Office, Role, Unit
from permissions.roles import OFFICE_ROLES, ROLE_RIGHTS, UNIT_ROLES


class NotAllowed(Exception):
    """The person sees the thing but has no right to this act."""


class Held(NamedTuple):
    """One role held in one unit today."""

    unit_id: int
    role: str
    office_id: int
    unit_name: str


@dataclass
class Access:
    """What one person may do and see today. Built once per request, one query.

    A right counts only when it is both granted (guardian) and backed by a live membership.
    """

    user_id: int

    @cached_property
    def _rows(self):
        """[(pk, unit_id, role, office_id, unit name, codename)]: each live membership beside each grant of its unit."""
        grants = get_user_obj_perms_model(Unit)._meta.model_name
        granted = FilteredRelation(f"unit__{grants}", condition=Q(**{f"unit__{grants}__user": self.user_id}))
        return list(
            Membership.objects.live(clock.today())
            .filter(person_id=self.user_id)
            .annotate(granted=granted)
            .order_by("pk")
            .values_list(
                "pk", "unit_id", "role", "unit__office_id", "unit__name", "granted__permission__codename"
            )
        )

    @cached_property
    def memberships(self):
        """[Held(unit_id, role, office_id, unit_name)] that hold today, in the order of appointment."""
        return list(dict.fromkeys(Held(*row[1:5]) for row in self._rows))

    @cached_property
    def rights(self):
        """{codename: set of unit ids}"""
        found: dict[str, set[int]] = {}
        for _pk, unit_id, role, _office, _name, codename in self._rows:
            if codename in ROLE_RIGHTS[role]:
                found.setdefault(codename, set()).add(unit_id)
        return found

    @cached_property
    def roles(self):
        return {Role(m.role) for m in self.memberships}

    @cached_property
    def own_office_ids(self):
        """Offices that the person works for in an office role."""
        return frozenset(m.office_id for m in self.memberships if m.role in OFFICE_ROLES)

    @cached_property
    def duty_unit_ids(self):
        """Units for which the person answers as handler or head."""
        return frozenset(m.unit_id for m in self.memberships if m.role in UNIT_ROLES)

    def offices(self):
        """Queryset: the person's offices and those up to two levels below (city, county, town). Lazy."""
        own = self.own_office_ids
        if not own:
            return Office.objects.none()
        return Office.objects.filter(Q(pk__in=own) | Q(parent__in=own) | Q(parent__parent__in=own))

    def units(self):
        """Queryset: the person's units and those up to two levels below (department, station, post). Lazy."""
        own = self.duty_unit_ids
        if not own:
            return Unit.objects.none()
        return Unit.objects.filter(Q(pk__in=own) | Q(parent__in=own) | Q(parent__parent__in=own))

    @cached_property
    def own_unit_ids(self):
        """Units that the person belongs to in any role (for separation of duties)."""
        return frozenset(m.unit_id for m in self.memberships)

    @cached_property
    def home_office_ids(self):
        return frozenset(m.office_id for m in self.memberships)

    def has(self, codename, unit_id=None):
        """Has the right, on that unit or (without one) on any unit."""
        units = self.rights.get(codename, ())
        return bool(units) if unit_id is None else unit_id in units


def access_of(user) -> Access:
    """The person's access, remembered on the instance: one request reads it once."""
    if not hasattr(user, "_access"):
        user._access = Access(user.pk)
    return user._access


def fresh_access(user) -> Access:
    """Read it anew, as the door does inside its lock."""
    user._access = Access(user.pk)
    return user._access


def units_where(user, codename):
    """Ids of the units on which the person holds the right."""
    return access_of(user).rights.get(codename, frozenset())


def require(user, codename, unit_id):
    """Raise NotAllowed unless the person holds the right on the unit."""
    if not access_of(user).has(codename, unit_id):
        raise NotAllowed(codename)
