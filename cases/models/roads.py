"""What can happen to a measure between issue and close-out beside the straight road."""

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from cases.models.measure import DutyRole


class PastDuty(models.Model):
    """A duty that ended (改派, 撤销): who held it until when and why. The unit no longer sees the measure."""

    office = models.ForeignKey("permissions.Office", on_delete=models.PROTECT, related_name="+")
    measure = models.ForeignKey("cases.Measure", on_delete=models.CASCADE, related_name="past_duties")
    unit = models.ForeignKey("permissions.Unit", on_delete=models.PROTECT, related_name="+")
    role = models.CharField(max_length=12, choices=DutyRole)
    printed = models.CharField(max_length=100)
    claimed_at = models.DateTimeField(null=True, blank=True)
    claimed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    ended_at = models.DateTimeField()
    ended_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    successor = models.ForeignKey(
        "permissions.Unit", null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    reason = models.TextField()

    class Meta:
        ordering = ["ended_at", "pk"]
        verbose_name_plural = "past duties"

    def __str__(self):
        return f"{self.unit} {self.ended_at:%Y-%m-%d}"


class DisputeOutcome(models.TextChoices):
    KEPT = "KEPT", _("Kept with the unit")
    REASSIGNED = "REASSIGNED", _("Re-assigned")
    SPLIT = "SPLIT", _("Split")
    ENDED = "ENDED", _("Ended with the measure")


class Dispute(models.Model):
    """A unit says that a measure is not its business (提请协调); the office settles it."""

    office = models.ForeignKey("permissions.Office", on_delete=models.PROTECT, related_name="+")
    measure = models.ForeignKey("cases.Measure", on_delete=models.CASCADE, related_name="disputes")
    unit = models.ForeignKey("permissions.Unit", on_delete=models.PROTECT, related_name="+")
    reason = models.TextField()
    proposed_unit = models.CharField(max_length=100, blank=True)  # who should do it, in the unit's words
    raised_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    raised_at = models.DateTimeField()
    outcome = models.CharField(max_length=12, choices=DisputeOutcome, blank=True)  # blank: open
    settled_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    settled_at = models.DateTimeField(null=True, blank=True)
    settlement = models.TextField(blank=True)

    class Meta:
        ordering = ["raised_at", "pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["measure", "unit"], condition=Q(outcome=""), name="one_open_dispute"
            ),
            models.CheckConstraint(
                condition=Q(outcome__in=["", *DisputeOutcome.values]), name="dispute_outcome_legal"
            ),
            models.CheckConstraint(
                condition=Q(outcome="", settled_at=None) | (~Q(outcome="") & Q(settled_at__isnull=False)),
                name="dispute_settled_has_time",
            ),
        ]

    def __str__(self):
        return f"{self.unit} {self.raised_at:%Y-%m-%d}"


class InputRequest(models.Model):
    """A lead unit asks another unit with a duty for its part (分办), by an inner date.

    The answer is a progress entry with its evidence; ``merged_at`` says that the lead took it over.
    """

    office = models.ForeignKey("permissions.Office", on_delete=models.PROTECT, related_name="+")
    measure = models.ForeignKey("cases.Measure", on_delete=models.CASCADE, related_name="input_requests")
    from_unit = models.ForeignKey("permissions.Unit", on_delete=models.PROTECT, related_name="+")
    to_unit = models.ForeignKey("permissions.Unit", on_delete=models.PROTECT, related_name="input_requests")
    question = models.TextField(blank=True)
    due_on = models.DateField()
    asked_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    asked_at = models.DateTimeField()
    answer = models.OneToOneField(
        "cases.ProgressEntry", null=True, blank=True, on_delete=models.PROTECT, related_name="answers"
    )
    answered_at = models.DateTimeField(null=True, blank=True)
    merged_at = models.DateTimeField(null=True, blank=True)
    merged_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    cancelled_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["due_on", "pk"]
        indexes = [
            models.Index(
                fields=["to_unit", "due_on"],
                name="input_request_open",
                condition=Q(answered_at=None, cancelled_at=None),
            )
        ]
        constraints = [
            models.UniqueConstraint(
                fields=["measure", "from_unit", "to_unit"],
                condition=Q(answered_at=None, cancelled_at=None),
                name="one_open_input_request",
            )
        ]

    def __str__(self):
        return f"{self.from_unit} → {self.to_unit}"


class ExtensionState(models.TextChoices):
    REQUESTED = "REQUESTED", _("With the unit head")
    APPROVED = "APPROVED", _("With the office head")
    SIGNING = "SIGNING", _("With the leader")
    GRANTED = "GRANTED", _("Granted")
    REFUSED = "REFUSED", _("Refused")
    LAPSED = "LAPSED", _("Lapsed")  # the measure was closed out, withdrawn or re-assigned meanwhile


EXTENSION_OPEN = (ExtensionState.REQUESTED, ExtensionState.APPROVED, ExtensionState.SIGNING)


class Extension(models.Model):
    """A request for a later date of one checkpoint (延期). The original date never changes; refused ones stay."""

    office = models.ForeignKey("permissions.Office", on_delete=models.PROTECT, related_name="+")
    measure = models.ForeignKey("cases.Measure", on_delete=models.CASCADE, related_name="extensions")
    checkpoint = models.ForeignKey("cases.Checkpoint", on_delete=models.PROTECT, related_name="extensions")
    unit = models.ForeignKey("permissions.Unit", on_delete=models.PROTECT, related_name="+")
    number = models.PositiveSmallIntegerField()  # 1: the first one asked for on this measure
    state = models.CharField(max_length=10, choices=ExtensionState, default=ExtensionState.REQUESTED)
    row_version = models.PositiveIntegerField(default=1)
    old_due_on = models.DateField()
    new_due_on = models.DateField()
    reason = models.TextField()
    interim_measures = models.TextField()
    late = models.BooleanField(default=False)  # asked for when the date had passed
    requested_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    requested_at = models.DateTimeField()
    approved_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    approved_at = models.DateTimeField(null=True, blank=True)
    decided_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    decided_at = models.DateTimeField(null=True, blank=True)
    signed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    signed_at = models.DateTimeField(null=True, blank=True)
    refused_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    refused_at = models.DateTimeField(null=True, blank=True)
    decision = models.TextField(blank=True)

    class Meta:
        ordering = ["requested_at", "pk"]
        constraints = [
            models.UniqueConstraint(fields=["measure", "number"], name="extension_number_once"),
            models.UniqueConstraint(
                fields=["checkpoint"],
                condition=Q(state__in=[s.value for s in EXTENSION_OPEN]),
                name="one_open_extension",
            ),
            models.CheckConstraint(
                condition=Q(state__in=ExtensionState.values), name="extension_state_legal"
            ),
            models.CheckConstraint(
                condition=Q(new_due_on__gt=models.F("old_due_on")), name="extension_is_later"
            ),
        ]

    def __str__(self):
        return f"{self.measure_id} {self.old_due_on} → {self.new_due_on}"

    def get_absolute_url(self):
        return reverse("workflows:extension", args=[self.pk])

    def hands(self):
        """Ids of the persons who took a step of it: requester, approver, decider and signer are different ones."""
        return {self.requested_by_id, self.approved_by_id, self.decided_by_id, self.signed_by_id} - {None}


class PublicNotice(models.Model):
    """The result is shown to the public before close-out (公示); objections must be settled first."""

    office = models.ForeignKey("permissions.Office", on_delete=models.PROTECT, related_name="+")
    round = models.OneToOneField("cases.Round", on_delete=models.CASCADE, related_name="public_notice")
    where = models.CharField(max_length=200)
    opened_on = models.DateField()
    ends_on = models.DateField()
    opened_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    objections = models.TextField(blank=True)
    settlement = models.TextField(blank=True)
    settled_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    settled_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(ends_on__gte=models.F("opened_on")), name="public_notice_ends_after_start"
            )
        ]

    def __str__(self):
        return f"{self.opened_on} – {self.ends_on}"
