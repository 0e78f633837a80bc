"""Visitors without an account: how much each may do within an hour."""

from django.conf import settings
from django.core.cache import cache
from django.utils.crypto import salted_hmac

HOUR = 3600  # seconds


def takes_one_more(request, what, most) -> bool:
    """Count one more of ``what`` against the client's hour; each place is free again an hour after it was taken.

    Adding a place is one statement that only one of two requests can win, so nobody slips through in parallel.
    """
    return any(cache.add(place, 1, HOUR) for place in _places(request, what, most))


def has_one_left(request, what, most) -> bool:
    """Whether the client may still do it; counts nothing."""
    return len(cache.get_many(_places(request, what, most))) < most


def _places(request, what, most):
    """The keys of the client's places for ``what``. Neither the address nor what was typed is kept."""
    client = salted_hmac(f"visitors.{what}", _client(request)).hexdigest()[:40]
    return [f"visitor:{client}:{place}" for place in range(most)]


def _client(request):
    """The address of the client: behind our own proxies the one that the outermost of them saw."""
    proxies = settings.XIAOHAO_PROXIES
    named = [part.strip() for part in request.headers.get("X-Forwarded-For", "").split(",") if part.strip()]
    if proxies and len(named) >= proxies:
        return named[-proxies]
    return request.META.get("REMOTE_ADDR", "")
