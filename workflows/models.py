"""Tables of the approval flows, and the jobs of the worker."""

from functools import reduce
from operator import or_
from urllib.parse import urlsplit

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _
from viewflow.workflow.models import AbstractProcess, AbstractTask

from workflows.sealing import SealedTextField


def _exactly_one(*names):
    """Condition: one of the columns is filled, all others are null."""
    cases = (Q(**{f"{other}__isnull": other != name for other in names}) for name in names)
    return reduce(or_, cases)


class ApprovalProcess(AbstractProcess):
    """One approval. Business facts stay on its subject, of which there is exactly one."""

    filing = models.ForeignKey(
        "reports.Filing", null=True, on_delete=models.PROTECT, related_name="processes"
    )
    report = models.ForeignKey(
        "reports.MonthlyReport", null=True, on_delete=models.PROTECT, related_name="processes"
    )
    extension = models.ForeignKey(
        "cases.Extension", null=True, on_delete=models.PROTECT, related_name="processes"
    )
    bulletin = models.ForeignKey(
        "reports.Bulletin", null=True, on_delete=models.PROTECT, related_name="processes"
    )
    data = models.JSONField(default=dict, blank=True)
    # The engine reads these, though subprocesses are not part of the open-source edition.
    parent_task = parent_task_id = None

    class Meta:
        verbose_name_plural = "approval processes"
        constraints = [
            models.CheckConstraint(
                condition=_exactly_one("filing", "report", "extension", "bulletin"),
                name="approval_has_one_subject",
            ),
        ]


class ApprovalTask(AbstractTask):
    """One step of an approval, owned by a unit and done by any live member with the right."""

    process = models.ForeignKey(ApprovalProcess, on_delete=models.PROTECT, related_name="task_set")
    # The base class deletes a step when its person is deleted; history must stay.
    owner = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    unit = models.ForeignKey("permissions.Unit", null=True, on_delete=models.PROTECT, related_name="+")
    data = models.JSONField(default=dict, blank=True)
    artifact = seed = None  # the engine copies them

    class Meta:
        indexes = [
            models.Index(
                fields=["unit", "-created"], name="task_open", condition=Q(status__in=["NEW", "ASSIGNED"])
            )
        ]


class ChannelKind(models.TextChoices):
    EMAIL = "EMAIL", _("E-mail")
    WECOM = "WECOM", _("WeCom robot")
    DINGTALK = "DINGTALK", _("DingTalk robot")
    FEISHU = "FEISHU", _("Feishu robot")


class Channel(models.Model):
    """A chat robot to which an office sends what its units should know. E-mail needs no row.

    Whoever has its address and secret writes into the group: both are sealed, and no page shows them again.
    """

    office = models.ForeignKey("permissions.Office", on_delete=models.CASCADE, related_name="channels")
    unit = models.ForeignKey(
        "permissions.Unit", null=True, blank=True, on_delete=models.CASCADE, related_name="+"
    )
    kind = models.CharField(max_length=10, choices=ChannelKind)
    name = models.CharField(max_length=60)
    url = SealedTextField()
    secret = SealedTextField(blank=True)
    is_active = models.BooleanField(default=True)
    row_version = models.PositiveIntegerField(default=1)

    class Meta:
        ordering = ["name", "pk"]
        constraints = [
            models.CheckConstraint(condition=Q(kind__in=ChannelKind.values), name="channel_kind_legal")
        ]

    def __str__(self):
        return self.name

    @property
    def is_readable(self):
        return self.url is not None and self.secret is not None

    @property
    def host(self):
        """All that is shown of the address; "" where it cannot be read any more."""
        return urlsplit(self.url or "").hostname or ""


class DeliveryState(models.TextChoices):
    WAITING = "WAITING", _("Waiting")
    SENT = "SENT", _("Sent")
    FAILED = "FAILED", _("Failed")


class Delivery(models.Model):
    """One message on its way out, written in the same transaction as its cause and sent by the worker (outbox)."""

    office = models.ForeignKey("permissions.Office", on_delete=models.CASCADE, related_name="+")
    key = models.CharField(max_length=160, unique=True)
    kind = models.CharField(max_length=10, choices=ChannelKind)
    channel = models.ForeignKey(Channel, null=True, on_delete=models.CASCADE, related_name="deliveries")
    person = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.CASCADE, related_name="+"
    )
    payload = models.JSONField()
    state = models.CharField(max_length=10, choices=DeliveryState, default=DeliveryState.WAITING)
    attempts = models.PositiveSmallIntegerField(default=0)
    not_before = models.DateTimeField()
    error = models.TextField(blank=True)
    created_at = models.DateTimeField()
    sent_at = models.DateTimeField(null=True)

    class Meta:
        ordering = ["not_before", "pk"]
        verbose_name_plural = "deliveries"
        indexes = [
            models.Index(fields=["not_before", "id"], name="delivery_waiting", condition=Q(state="WAITING"))
        ]
        constraints = [
            models.CheckConstraint(condition=Q(state__in=DeliveryState.values), name="delivery_state_legal")
        ]

    def __str__(self):
        return self.key


class JobState(models.TextChoices):
    QUEUED = "QUEUED", _("Waiting")
    RUNNING = "RUNNING", _("Running")
    DONE = "DONE", _("Done")
    FAILED = "FAILED", _("Failed")
    CANCELLED = "CANCELLED", _("Cancelled")


class Job(models.Model):
    """A piece of work for the worker, exactly one per key. Attempts count before the work, so a killed one counts."""

    office = models.ForeignKey("permissions.Office", null=True, on_delete=models.PROTECT, related_name="+")
    key = models.CharField(max_length=120, unique=True)
    func = models.CharField(max_length=120)
    kwargs = models.JSONField(default=dict)
    state = models.CharField(max_length=10, choices=JobState, default=JobState.QUEUED)
    attempts = models.PositiveSmallIntegerField(default=0)
    percent = models.PositiveSmallIntegerField(default=0)
    error = models.TextField(blank=True)
    message = models.TextField(blank=True)  # what went wrong, in the reader's words
    created_at = models.DateTimeField(auto_now_add=True)
    updated_at = models.DateTimeField(auto_now=True)

    class Meta:
        constraints = [models.CheckConstraint(condition=Q(state__in=JobState.values), name="job_state_legal")]

    def __str__(self):
        return self.key
