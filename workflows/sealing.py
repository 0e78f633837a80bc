"""Secrets at rest (addresses and keys of chat robots): encrypted with a key made of the installation's secret key.

Whoever has only the database, or a copy of it, reads nothing. When ``XIAOHAO_SECRET_KEY`` changes, what was sealed
cannot be read any more and is written anew; it reads as None until then.
"""

import base64

from cryptography.fernet import Fernet, InvalidToken, MultiFernet
from django.conf import settings
from django.db import models
from django.utils.crypto import salted_hmac


def _fernet():
    """Sealed by the present key; opened also by former ones, where the settings still name them."""
    keys = (settings.SECRET_KEY, *settings.SECRET_KEY_FALLBACKS)
    digests = (salted_hmac("workflows.sealing", "", secret=key, algorithm="sha256").digest() for key in keys)
    return MultiFernet([Fernet(base64.urlsafe_b64encode(digest)) for digest in digests])


def seal(text: str) -> str:
    """Nothing stays nothing, so that it can be seen without the key whether there is something."""
    return _fernet().encrypt(text.encode()).decode() if text else ""


def unseal(token: str) -> str | None:
    """The text; None when it was sealed by a key that the installation does not have any more."""
    try:
        return _fernet().decrypt(token.encode()).decode() if token else ""
    except InvalidToken:
        return None


class SealedTextField(models.TextField):
    """Text in the program, a token in the database; None where the token cannot be opened. Not to be searched."""

    def get_prep_value(self, value):
        value = super().get_prep_value(value)
        return value if value is None else seal(value)

    def deconstruct(self):
        """To the database it is text, and migrations need not know more."""
        name, _path, args, kwargs = super().deconstruct()
        return name, "django.db.models.TextField", args, kwargs

    def from_db_value(self, value, expression, connection):
        return value if value is None else unseal(value)
