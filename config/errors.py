"""What a reader gets when something cannot be done: a sentence and a way on, never a traceback.

Django's own handlers for 403, 404 and 500 show our templates already.
"""

from django.conf import settings
from django.core.exceptions import RequestDataTooBig, TooManyFilesSent
from django.shortcuts import render
from django.utils.translation import gettext as _

from cases.errors import Refused

# Several photos at once are usual; one request that carries more is stopped before it is read.
FILES_AT_ONCE = 5


def page(request, status, message="", **context):
    context = {"message": message, **context}
    return render(request, f"{status}.html", context, status=status)


class RefusalMiddleware:
    """Answers a refusal that a view did not handle itself, and a request that is too large to be read."""

    def __init__(self, get_response):
        self.get_response = get_response

    def __call__(self, request):
        limit = _limit_mb(request)
        if _length(request) > limit * 1024 * 1024:
            text = _("Together the files may have at most %(limit)s MB. Send them in several steps.")
            return page(request, 413, text % {"limit": limit})
        return self.get_response(request)

    def process_exception(self, request, exception):
        if not isinstance(exception, Refused):
            return None
        return page(
            request, exception.status, exception.message, back_url=getattr(exception, "back_url", None)
        )


def _limit_mb(request):
    """A stranger may send one file and its text, whoever is logged in several photos."""
    if request.path_info.startswith("/public/"):
        return settings.XIAOHAO_PUBLIC_MAX_MB + 1
    if request.path_info.startswith("/verify/"):
        return settings.XIAOHAO_EVIDENCE_MAX_MB + 1
    return settings.XIAOHAO_EVIDENCE_MAX_MB * FILES_AT_ONCE


def _length(request):
    try:
        return int(request.META.get("CONTENT_LENGTH") or 0)
    except ValueError:
        return 0


def bad_request(request, exception):
    if isinstance(exception, RequestDataTooBig | TooManyFilesSent):
        text = _("The form carries more than can be taken at once. Send it in several steps.")
        return page(request, 413, text)
    return page(request, 400)
