"""Tables of the approval flows, and the jobs of the worker."""

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _
from viewflow.workflow.models import AbstractProcess, AbstractTask


class ApprovalProcess(AbstractProcess):
    """One approval. Business facts stay on its subject, of which there is exactly one."""

    filing = models.ForeignKey(
        "reports.Filing", null=True, on_delete=models.PROTECT, related_name="processes"
    )
    report = models.ForeignKey(
        "reports.MonthlyReport", null=True, on_delete=models.PROTECT, related_name="processes"
    )
    data = models.JSONField(default=dict, blank=True)
    # The engine reads these, though subprocesses are not part of the open-source edition.
    parent_task = parent_task_id = None

    class Meta:
        verbose_name_plural = "approval processes"
        constraints = [
            models.CheckConstraint(
                condition=Q(filing__isnull=True, report__isnull=False)
                | Q(filing__isnull=False, report__isnull=True),
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


class JobState(models.TextChoices):
    QUEUED = "QUEUED", _("Waiting")
    RUNNING = "RUNNING", _("Running")
    DONE = "DONE", _("Done")
    FAILED = "FAILED", _("Failed")


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
