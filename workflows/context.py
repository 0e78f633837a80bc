"""What every page shows beside the person's name: how many notices are new."""

from django.utils.functional import SimpleLazyObject

from workflows.notices import unread_of

MOST = 99


def bell(request):
    """``bell``: how many notices the person has not read, as "3" or "99+", "" for none. One query where it is shown."""
    if not getattr(request, "user", None) or not request.user.is_authenticated:
        return {}
    return {"bell": SimpleLazyObject(lambda: _count(request.user))}


def _count(user):
    count = unread_of(user).order_by()[: MOST + 1].count()
    return f"{MOST}+" if count > MOST else str(count or "")
