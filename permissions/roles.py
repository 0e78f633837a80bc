"""The one table of roles: what each may do, and on which unit. The page an auditor reads."""

from django.contrib.auth.models import Permission
from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import Q, Value
from django.utils.translation import gettext_lazy as _
from guardian.utils import get_user_obj_perms_model

from permissions import clock
from permissions.models import Delegation, Membership, Role, Unit, UnitKind

ROLE_RIGHTS = {
    Role.HANDLER: {
        "claim_measure",
        "enter_progress",
        "attach_evidence",
        "report_checkpoint",
        "request_verification",
        "draft_filing",
        "verify_as_designated",
        "dispute_measure",
        "ask_input",
        "answer_input",
        "request_extension",
        "record_follow_up",
        "receive_instrument",
        "answer_instrument",
        "answer_bulletin",
    },
    Role.UNIT_HEAD: {
        "submit_measure",
        "approve_filing",
        "verify_as_designated",
        "dispute_measure",
        "approve_extension",
        "receive_instrument",
        "answer_instrument",
        "answer_bulletin",
    },
    Role.OFFICE_CLERK: {
        "read_office",
        "import_plan",
        "amend_plan",
        "register_problem",
        "handle_feedback",
        "confirm_checkpoint",
        "return_measure",
        "verify_measure",
        "open_period",
        "accept_filing",
        "compose_report",
        "settle_dispute",
        "reassign_measure",
        "publish_result",
        "look_back",
        "relapse_measure",
        "prepare_instrument",
        "compose_bulletin",
    },
    Role.OFFICE_HEAD: {
        "read_office",
        "issue_plan",
        "amend_plan",
        "return_measure",
        "close_out_measure",
        "open_period",
        "review_report",
        "settle_dispute",
        "reassign_measure",
        "withdraw_measure",
        "grade_measure",
        "decide_extension",
        "look_back",
        "relapse_measure",
        "issue_instrument",
        "set_rules",
        "review_bulletin",
    },
    Role.LEADER: {
        "read_office",
        "close_out_measure",
        "sign_report",
        "grade_measure",
        "sign_extension",
        "sign_bulletin",
    },
    Role.AUDITOR: {"read_office"},
    Role.SYSTEM_ADMINISTRATOR: {"manage_units"},
    Role.SECURITY_ADMINISTRATOR: {"manage_accounts"},
    Role.AUDIT_ADMINISTRATOR: {"read_security_log"},
}

ADMINISTRATORS = {Role.SYSTEM_ADMINISTRATOR, Role.SECURITY_ADMINISTRATOR, Role.AUDIT_ADMINISTRATOR}
OFFICE_ROLES = {Role.OFFICE_CLERK, Role.OFFICE_HEAD, Role.LEADER, Role.AUDITOR}
UNIT_ROLES = {Role.HANDLER, Role.UNIT_HEAD}


def appoint(person, unit, role, *, starts_on=None):
    """Give a person a role in a unit, and the grants that follow.

    Errors: ValidationError when the role does not fit the unit, or when an administrator would hold a
    business role or two of the three administrators' offices (separation of three powers, 三员分立).
    """
    role = Role(role)
    if mixes_powers(roles_held(person) | {role}):
        raise ValidationError(
            _("An administrator holds no second role, neither business nor administration.")
        )
    if (role in OFFICE_ROLES or role in ADMINISTRATORS) != (unit.kind == UnitKind.OFFICE):
        raise ValidationError(
            _("This role does not fit this unit: office roles are held in the office only.")
        )
    membership, _created = Membership.objects.get_or_create(
        person=person, unit=unit, role=role, ends_on=None, defaults={"starts_on": starts_on or clock.today()}
    )
    sync_roles(person)
    return membership


def roles_held(person):
    """Roles that the person holds or will hold, their own and those of colleagues they stand in for. One query."""
    today = clock.today()
    own = Membership.objects.filter(Q(ends_on=None) | Q(ends_on__gte=today), person=person)
    lent = Delegation.objects.filter(deputy=person, ends_on__gte=today, revoked_at=None)
    found = own.order_by().values_list("role").union(lent.order_by().values_list("membership__role"))
    return {Role(role) for (role,) in found}


def mixes_powers(roles):
    """An administrator would hold a second role, business or administration (三员分立)."""
    return bool(roles & ADMINISTRATORS) and len(roles) > 1


@transaction.atomic
def sync_roles(person=None):
    """Write the grants that today's memberships and delegations imply, and take away all others.

    Shape: returns (added, removed). May run any number of times. With ``person`` only theirs are touched.
    Five queries, however many people there are.
    """
    grants = get_user_obj_perms_model(Unit)
    today = clock.today()
    memberships, delegations = Membership.objects.live(today), Delegation.objects.live(today)
    existing = grants.objects.all()
    if person is not None:
        memberships, existing = memberships.filter(person=person), existing.filter(user=person)
        delegations = delegations.filter(deputy=person)
    rights = dict(
        Permission.objects.filter(
            content_type__app_label="permissions", content_type__model="unit"
        ).values_list("codename", "pk")
    )
    wanted = {
        (user_id, rights[codename], unit_id)
        for user_id, unit_id, role in _held(memberships, delegations)
        for codename in ROLE_RIGHTS[role]
    }
    have = {
        row[1:]: row[0] for row in existing.values_list("pk", "user_id", "permission_id", "content_object_id")
    }
    gone = [pk for key, pk in have.items() if key not in wanted]
    grants.objects.filter(pk__in=gone).delete()
    new = wanted - set(have)
    grants.objects.bulk_create(
        grants(user_id=user_id, permission_id=permission_id, content_object_id=unit_id)
        for user_id, permission_id, unit_id in sorted(new)
    )
    return len(new), len(gone)


def _held(memberships, delegations):
    """{(person id, unit id, role)} of both; a deputy who left the unit stands in for nobody. One query."""
    own = (
        memberships.annotate(lent=Value(False)).order_by().values_list("lent", "person_id", "unit_id", "role")
    )
    lent = delegations.annotate(lent=Value(True)).order_by()
    rows = list(
        own.union(lent.values_list("lent", "deputy_id", "membership__unit_id", "membership__role"), all=True)
    )
    serving = {(person_id, unit_id) for is_lent, person_id, unit_id, _role in rows if not is_lent}
    return {row[1:] for row in rows if row[1:3] in serving}
