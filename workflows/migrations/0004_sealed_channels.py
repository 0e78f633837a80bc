"""Addresses and secrets of chat robots that stand there in plain text are encrypted, as the product reads them now."""

import base64

from cryptography.fernet import Fernet
from django.conf import settings
from django.db import migrations
from django.utils.crypto import salted_hmac


def _fernet():
    digest = salted_hmac("workflows.sealing", "", secret=settings.SECRET_KEY, algorithm="sha256").digest()
    return Fernet(base64.urlsafe_b64encode(digest))


def _changed(apps, change):
    for channel in apps.get_model("workflows", "Channel").objects.all():
        channel.url, channel.secret = (
            change(text.encode()).decode() if text else "" for text in (channel.url, channel.secret)
        )
        channel.save(update_fields=["url", "secret"])


def seal(apps, schema_editor):
    _changed(apps, _fernet().encrypt)


def unseal(apps, schema_editor):
    _changed(apps, _fernet().decrypt)


class Migration(migrations.Migration):
    dependencies = [("workflows", "0003_month")]

    operations = [migrations.RunPython(seal, unseal)]
