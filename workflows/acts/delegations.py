"""Standing in for a colleague who is away (委托代办): name a deputy, take the delegation back."""

from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from cases.errors import NotReady, NotVisible
from permissions import clock
from permissions.models import Delegation, Membership, Role, User
from permissions.roles import ADMINISTRATORS, mixes_powers, roles_held, sync_roles
from workflows.door import Act, register


def own_memberships(user):
    """Roles that the person holds today: only these can be lent, never one that was lent to them. Lazy."""
    return Membership.objects.live(clock.today()).filter(person=user)


def own_delegations(user):
    """Those that the person gave, and those by which they stand in for somebody. Lazy."""
    return Delegation.objects.filter(Q(membership__person=user) | Q(deputy=user))


def candidates(membership):
    """Colleagues who serve in the same unit today, without those who hold the role themselves. Lazy."""
    live = Membership.objects.live(clock.today()).filter(unit=membership.unit_id)
    same = live.filter(role=membership.role).values("person")
    return User.objects.filter(pk__in=live.values("person")).exclude(pk__in=same).order_by("name", "pk")


def colleagues_to_ask(membership):
    """The candidates whose roles do not rule it out: whoever administers or audits does nothing else. Lazy."""
    alone = {*ADMINISTRATORS, Role.AUDITOR}
    if membership.role in alone:
        return User.objects.none()
    apart = Membership.objects.filter(role__in=alone).filter(Q(ends_on=None) | Q(ends_on__gte=clock.today()))
    return candidates(membership).exclude(pk__in=apart.values("person"))


def name_deputy(knock):
    """A colleague of the same unit acts in this one role from one day to another, under their own name.

    ``deputy``: pk; ``starts_on``, ``ends_on``: county dates, both included.
    """
    membership, data = knock.subject, knock.data
    deputy = candidates(membership).filter(pk=data["deputy"]).first()
    if deputy is None:
        raise NotReady(
            _("Only a colleague who serves in the same unit and does not hold this role can stand in.")
        )
    _check_days(membership, data["starts_on"], data["ends_on"], today=knock.today)
    _check_roles(deputy, Role(membership.role))
    row = Delegation.objects.create(
        membership=membership,
        deputy=deputy,
        starts_on=data["starts_on"],
        ends_on=data["ends_on"],
        reason=data["reason"],
        created_at=knock.now,
    )
    sync_roles(deputy)
    knock.details = _told(row) | {"reason": row.reason}
    return row


def _check_days(membership, starts_on, ends_on, *, today):
    if starts_on < today:
        raise NotReady(_("Nobody stands in for days that have passed: begin today or later."))
    if ends_on < starts_on:
        raise NotReady(_("The last day lies before the first one."))
    others = membership.delegations.filter(revoked_at=None, starts_on__lte=ends_on, ends_on__gte=starts_on)
    if other := others.select_related("deputy").first():
        raise NotReady(
            _("%(name)s stands in for you in this role in these days already; take that back first."),
            name=other.deputy,
        )


def _check_roles(deputy, role):
    """What may not be held together may not be lent together either."""
    after = roles_held(deputy) | {role}
    if mixes_powers(after):
        raise NotReady(_("An administrator holds no second role, neither business nor administration."))
    if Role.AUDITOR in after and len(after) > 1:
        raise NotReady(
            _("Whoever audits changes nothing, so they stand in for nobody who does, nor the other way.")
        )


def revoke_delegation(knock):
    """End it now: the person is back, or the deputy hands it back. What was done under it stays as it was."""
    row = knock.subject
    if row.revoked_at is not None or row.ends_on < knock.today:
        raise NotReady(_("This delegation has ended already."))
    row.revoked_at = knock.now
    row.save(update_fields=["revoked_at"])
    sync_roles(row.deputy)
    knock.details = _told(row)


def _told(row):
    return {
        "unit": row.membership.unit.name,
        "role": row.membership.role,
        "person": str(row.membership.person),
        "deputy": str(row.deputy),
        "starts_on": row.starts_on.isoformat(),
        "ends_on": row.ends_on.isoformat(),
    }


def _permit_own(knock):
    """Everybody lends their own roles; the door has found the row among these."""
    if knock.actor is None:
        raise NotVisible


register(
    Act("name_deputy", Membership, own_memberships, _permit_own, name_deputy, related=("unit", "person"))
)
register(
    Act(
        "revoke_delegation",
        Delegation,
        own_delegations,
        _permit_own,
        revoke_delegation,
        related=("membership__unit", "membership__person", "deputy"),
    )
)
