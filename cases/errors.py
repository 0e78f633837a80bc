"""Refusals: full sentences in the reader's words. What is so, why, and what to do next."""

from django.utils.translation import gettext_lazy as _


class Refused(Exception):
    """An act that the rules do not allow. ``status`` is the HTTP status that a page answers with."""

    status = 409
    text = _("This cannot be done now.")

    def __init__(self, text=None, **params):
        self.message = (text or self.text) % params if params else (text or self.text)
        super().__init__(self.message)

    def __str__(self):
        return str(self.message)


class NotVisible(Refused):
    status = 404
    text = _("There is nothing here that you may see.")


class NoRight(Refused):
    status = 403
    text = _("Your role does not include this act on this item.")


class WrongState(Refused):
    text = _("This is not possible in the state “%(state)s”. Reload the page to see where it stands now.")


class Stale(Refused):
    text = _(
        "%(name)s changed this at %(time)s while you were typing. Your text is kept below: "
        "compare it with the new state and send it again."
    )
    untyped = _("%(name)s changed this at %(time)s while you had it open. Look at the new state first.")

    def __init__(self, **params):
        super().__init__(**params)
        self.untyped = self.untyped % params


class NotReady(Refused):
    """A condition of the act is not met; the text says which and who can meet it."""


class Busy(Refused):
    status = 503
    text = _("Others are working on the same item just now. Nothing was changed; send it again in a moment.")


class BadFile(Refused):
    status = 400
