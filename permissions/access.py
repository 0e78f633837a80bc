"""Rights and scope of a person. Together with ``roles`` the only place that knows guardian."""

from dataclasses import dataclass, field
from functools import cached_property
from typing import NamedTuple

from django.db.models import F, FilteredRelation, Q, Value
from guardian.utils import get_user_obj_perms_model

from permissions import clock
from permissions.models import Membership, Office, Role, Unit
from permissions.roles import OFFICE_ROLES, ROLE_RIGHTS, UNIT_ROLES


class NotAllowed(Exception):
    """The person sees the thing but has no right to this act."""


class Held(NamedTuple):
    """One role held in one unit today: one's own, or as the deputy of ``lent_by`` while they are away."""

    unit_id: int
    role: str
    office_id: int
    unit_name: str
    delegation_id: int = 0
    lent_by: str = ""


@dataclass
class Access:
    """What one person may do and see today. Built once per request, one query.

    A right counts only when it is both granted (guardian) and backed by a live membership: the person's own, or one
    that a colleague of the same unit lent them by a live delegation (委托代办).
    """

    user_id: int
    used: dict[int, Held] = field(default_factory=dict)  # delegations without which ``has`` had said no

    @cached_property
    def _rows(self):
        """[(Held, codename)]: each live membership beside each grant of its unit, own ones first, by appointment."""
        today = clock.today()
        live = Membership.objects.live(today).order_by()
        own = live.filter(person_id=self.user_id).annotate(delegation=Value(0), lent_by=Value(""))
        lent = live.filter(
            delegations__deputy=self.user_id,
            delegations__starts_on__lte=today,
            delegations__ends_on__gte=today,
            delegations__revoked_at=None,
        ).annotate(delegation=F("delegations__pk"), lent_by=F("person__name"))
        rows = sorted(self._with_grants(own).union(self._with_grants(lent), all=True), key=_own_first)
        units = {row[2] for row in rows if not row[0]}
        roles = {(row[2], row[3]) for row in rows if not row[0]}
        found = []
        for delegation, _pk, unit_id, role, office_id, unit_name, lent_by, codename in rows:
            # Whoever left the unit deputizes no more; whoever got the role themselves needs no deputy's.
            if not delegation or (unit_id in units and (unit_id, role) not in roles):
                found.append((Held(unit_id, role, office_id, unit_name, delegation, lent_by), codename))
        return found

    def _with_grants(self, memberships):
        grants = get_user_obj_perms_model(Unit)._meta.model_name
        granted = FilteredRelation(f"unit__{grants}", condition=Q(**{f"unit__{grants}__user": self.user_id}))
        return memberships.annotate(granted=granted).values_list(
            "delegation", "pk", "unit_id", "role", "unit__office_id", "unit__name", "lent_by",
            "granted__permission__codename",
        )  # fmt: skip

    @cached_property
    def memberships(self):
        """[Held] that hold today, the person's own in the order of appointment, then those that were lent."""
        return list(dict.fromkeys(held for held, _codename in self._rows))

    @cached_property
    def rights(self):
        """{codename: set of unit ids}"""
        found: dict[str, set[int]] = {}
        for held, codename in self._rows:
            if codename in ROLE_RIGHTS[held.role]:
                found.setdefault(codename, set()).add(held.unit_id)
        return found

    @cached_property
    def _lent(self):
        """{(codename, unit id): Held} of the rights that the person has as a deputy only."""
        lent, own = {}, set()
        for held, codename in self._rows:
            if codename in ROLE_RIGHTS[held.role]:
                lent.setdefault((codename, held.unit_id), held)
                own |= set() if held.delegation_id else {(codename, held.unit_id)}
        return {key: held for key, held in lent.items() if key not in own}

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

    def has(self, codename, unit_id=None):
        """Has the right, on that unit or (without one) on any unit. ``used`` keeps for whom a deputy answers."""
        units = self.rights.get(codename, ())
        if held := self._lent.get((codename, unit_id)):
            self.used[held.delegation_id] = held
        return bool(units) if unit_id is None else unit_id in units


def _own_first(row):
    return row[0] > 0, row[1], row[0]


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
