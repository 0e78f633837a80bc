"""What every page shows about the person who looks at it."""

from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from permissions.access import access_of
from permissions.models import Role

PAGES = [
    ("workflows:desk", _("Desk")),
    ("workflows:board", _("Board")),
    ("cases:ledger", _("Ledger")),
    ("cases:plans", _("Plans")),
    ("reports:periods", _("Filing periods")),
    ("reports:reports", _("Monthly reports")),
    ("reports:bulletins", _("Bulletins")),
    ("workflows:supervision", _("Supervision")),
    ("reports:verify", _("Check a document")),
]
OFFICE_PAGES = [("workflows:feedback_list", _("Public reports")), ("workflows:look_backs", _("Look-back"))]


def _held(held):
    role = Role(held.role).label
    if held.lent_by:
        role = _("%(role)s for %(name)s") % {"role": role, "name": held.lent_by}
    return f"{role} {held.unit_name}"


def who(request):
    """``nav``: list of {url, label, active}; ``who``: {name, line}. No query for a visitor without account."""
    if not getattr(request, "user", None) or not request.user.is_authenticated:
        return {}
    access = access_of(request.user)
    memberships = access.memberships
    pages = [*PAGES[:4], *(OFFICE_PAGES if access.own_office_ids else ()), *PAGES[4:]]
    # The role first: the name of an office is long, and a narrow place cuts the end.
    line = " · ".join(_held(m) for m in memberships[:2])
    here = request.path
    nav = [
        {"url": url, "label": label, "active": here == url if url == "/" else here.startswith(url)}
        for url, label in ((reverse(name), label) for name, label in pages)
    ]
    who = {"name": str(request.user), "line": line, "rules": bool(access.own_office_ids)}
    return {"nav": nav, "who": who}
