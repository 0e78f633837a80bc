"""Files by content, and their use as evidence (佐证材料)."""

from django.conf import settings
from django.db import models
from django.urls import reverse


class StoredFile(models.Model):
    """Bytes under their SHA-256; written and synced before the transaction that names them."""

    office = models.ForeignKey("permissions.Office", on_delete=models.PROTECT, related_name="+")
    sha256 = models.CharField(max_length=64)
    size = models.PositiveBigIntegerField()  # bytes
    media_type = models.CharField(max_length=100)
    looks = models.CharField(max_length=64, blank=True)  # perceptual hash of a picture, hexadecimal

    class Meta:
        constraints = [models.UniqueConstraint(fields=["office", "sha256"], name="stored_file_once")]

    def __str__(self):
        return self.sha256[:16]


class Evidence(models.Model):
    """One file put forward for a measure in a round by a unit. A newer version names the one it replaces."""

    office = models.ForeignKey("permissions.Office", on_delete=models.PROTECT, related_name="+")
    measure = models.ForeignKey("cases.Measure", on_delete=models.CASCADE, related_name="evidence")
    round = models.ForeignKey("cases.Round", on_delete=models.CASCADE, related_name="evidence")
    unit = models.ForeignKey("permissions.Unit", on_delete=models.PROTECT, related_name="+")
    file = models.ForeignKey(StoredFile, on_delete=models.PROTECT, related_name="+")
    name = models.CharField(max_length=255)
    note = models.CharField(max_length=200, blank=True)
    replaces = models.OneToOneField(
        "self", null=True, blank=True, on_delete=models.PROTECT, related_name="replaced_by"
    )
    uploaded_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    uploaded_at = models.DateTimeField()
    # What it proves beyond the measure as a whole, if anything.
    checkpoint = models.ForeignKey(
        "cases.Checkpoint", null=True, blank=True, on_delete=models.PROTECT, related_name="evidence"
    )
    requirement = models.ForeignKey(
        "cases.EvidenceRequirement", null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    entry = models.ForeignKey(
        "cases.ProgressEntry", null=True, blank=True, on_delete=models.PROTECT, related_name="evidence"
    )
    withdrawn_at = models.DateTimeField(null=True, blank=True)
    withdrawn_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    withdrawal_reason = models.CharField(max_length=200, blank=True)

    class Meta:
        ordering = ["uploaded_at", "pk"]
        verbose_name_plural = "evidence"
        constraints = [
            models.UniqueConstraint(
                fields=["round", "unit", "file"],
                condition=models.Q(withdrawn_at=None),
                name="evidence_file_once",
            ),
        ]

    def __str__(self):
        return self.name

    def get_absolute_url(self):
        return reverse("cases:evidence", args=[self.pk])
