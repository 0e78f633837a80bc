"""Rounds of rectification (整改轮次) with the signatures and verifications made in them."""

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _


class Round(models.Model):
    """From issue (or relapse) to close-out. A return starts the next attempt within the same round."""

    office = models.ForeignKey("permissions.Office", on_delete=models.PROTECT, related_name="+")
    measure = models.ForeignKey("cases.Measure", on_delete=models.CASCADE, related_name="rounds")
    number = models.PositiveSmallIntegerField(default=1)
    attempt = models.PositiveSmallIntegerField(default=1)
    opened_at = models.DateTimeField()
    opened_because = models.TextField(blank=True)  # the relapse that opened a later round
    closed_at = models.DateTimeField(null=True, blank=True)
    closed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    close_out_note = models.TextField(blank=True)

    class Meta:
        ordering = ["number"]
        constraints = [
            models.UniqueConstraint(fields=["measure", "number"], name="round_number_once"),
            models.UniqueConstraint(fields=["measure"], condition=Q(closed_at=None), name="one_open_round"),
        ]

    def __str__(self):
        return f"{self.measure_id}/{self.number}"


class SignOffKind(models.TextChoices):
    REQUEST = "REQUEST", _("Requested verification")
    SUBMIT = "SUBMIT", _("Approved the request")
    RETURN = "RETURN", _("Returned for rework")
    SEND_BACK = "SEND_BACK", _("Sent back to the handler")


class SignOff(models.Model):
    """A person put their name to something on behalf of a unit.

    A request that the unit's own head sent back is withdrawn: it stays readable and counts no more.
    """

    office = models.ForeignKey("permissions.Office", on_delete=models.PROTECT, related_name="+")
    round = models.ForeignKey(Round, on_delete=models.CASCADE, related_name="sign_offs")
    attempt = models.PositiveSmallIntegerField()
    unit = models.ForeignKey("permissions.Unit", on_delete=models.PROTECT, related_name="+")
    person = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    kind = models.CharField(max_length=10, choices=SignOffKind)
    at = models.DateTimeField()
    note = models.TextField(blank=True)
    withdrawn_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["at", "pk"]
        constraints = [
            models.CheckConstraint(condition=Q(kind__in=SignOffKind.values), name="sign_off_kind_legal"),
            models.UniqueConstraint(
                fields=["round", "attempt", "unit", "kind"],
                condition=Q(kind__in=["REQUEST", "SUBMIT"], withdrawn_at=None),
                name="sign_off_once",
            ),
        ]

    def __str__(self):
        return f"{self.person} {self.get_kind_display()}"


class VerificationMethod(models.TextChoices):
    SITE = "SITE", _("On site")
    PAPER = "PAPER", _("On paper")


class Verification(models.Model):
    """The office's check with its record (核查记录): what was looked at, by digest."""

    office = models.ForeignKey("permissions.Office", on_delete=models.PROTECT, related_name="+")
    round = models.ForeignKey(Round, on_delete=models.CASCADE, related_name="verifications")
    attempt = models.PositiveSmallIntegerField()
    verifier = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    unit = models.ForeignKey("permissions.Unit", on_delete=models.PROTECT, related_name="+")
    method = models.CharField(max_length=10, choices=VerificationMethod)
    visited_on = models.DateField()
    findings = models.TextField()
    evidence_digests = models.JSONField(default=list)
    at = models.DateTimeField()

    class Meta:
        ordering = ["at", "pk"]
        constraints = [
            models.UniqueConstraint(fields=["round", "attempt"], name="verification_once"),
            models.CheckConstraint(
                condition=Q(method__in=VerificationMethod.values), name="verification_method_legal"
            ),
        ]

    def __str__(self):
        return f"{self.verifier} {self.visited_on:%Y-%m-%d}"
