"""The record (留痕): one hash chain per office, only ever added to.

The database itself refuses a changed, removed or wrongly chained entry (``cases.triggers``).
"""

import hashlib

from django.conf import settings
from django.db import models

GENESIS = "0" * 64


def chain_hash(prev, office, sequence, at, actor, act, object_type, object_id, body):
    """SHA-256 over the entry's fields joined by ``|``, in hex. ``actor`` is None or "" for the system.

    The body goes in as its own SHA-256, so that a stretch of the chain can be checked by people who may not
    read all of it. The same formula stands in ``cases.triggers`` (both databases) and in ``reports.offline_check``.
    """
    actor = "" if actor is None else actor
    body_digest = hashlib.sha256(body.encode()).hexdigest()
    parts = (prev, office, sequence, at, actor, act, object_type, object_id, body_digest)
    return hashlib.sha256("|".join(str(part) for part in parts).encode()).hexdigest()


class LogEntry(models.Model):
    """One act. ``at`` and ``body`` are text because a database may re-format dates and JSON, and break the hash."""

    office = models.ForeignKey("permissions.Office", on_delete=models.PROTECT, related_name="log")
    sequence = models.PositiveIntegerField()
    at = models.CharField(max_length=40)  # ISO 8601, UTC
    actor = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+")
    act = models.CharField(max_length=40)
    object_type = models.CharField(max_length=30)
    object_id = models.BigIntegerField()
    body = models.TextField()  # canonical JSON
    prev = models.CharField(max_length=64)
    hash = models.CharField(max_length=64)
    # Not part of the hash: ways to find the entry.
    measure = models.ForeignKey("cases.Measure", null=True, on_delete=models.PROTECT, related_name="trail")
    # Idempotency key of the form that caused it; null, not "", where there was none, so that it may be unique.
    key = models.CharField(max_length=64, null=True)  # noqa: DJ001

    class Meta:
        verbose_name_plural = "log entries"
        indexes = [models.Index(fields=["object_type", "object_id"], name="log_object")]
        constraints = [
            models.UniqueConstraint(fields=["office", "sequence"], name="log_sequence_once"),
            models.UniqueConstraint(fields=["office", "key"], name="log_key_once"),
        ]

    def __str__(self):
        return f"{self.office_id}/{self.sequence} {self.act}"

    def as_dict(self):
        """The hashed fields and the hash, as the proof file and the offline check use them."""
        return {
            "sequence": self.sequence,
            "office": self.office_id,
            "at": self.at,
            "actor": "" if self.actor_id is None else self.actor_id,
            "act": self.act,
            "object_type": self.object_type,
            "object_id": self.object_id,
            "body": self.body,
            "body_sha256": hashlib.sha256(self.body.encode()).hexdigest(),
            "prev": self.prev,
            "hash": self.hash,
        }

    def expected_hash(self):
        return chain_hash(
            self.prev, self.office_id, self.sequence, self.at, self.actor_id,
            self.act, self.object_type, self.object_id, self.body,
        )  # fmt: skip


class ChainHead(models.Model):
    """Where an office's chain ends. Locked last in every act, just before the commit."""

    office = models.OneToOneField("permissions.Office", on_delete=models.PROTECT, related_name="chain_head")
    sequence = models.PositiveIntegerField(default=0)
    hash = models.CharField(max_length=64, default=GENESIS)

    def __str__(self):
        return f"{self.office_id}/{self.sequence}"
