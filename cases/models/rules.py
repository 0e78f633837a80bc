"""What one office decided for itself; an office without a row follows the installation's settings."""

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _


class LateExtension(models.TextChoices):
    REFUSE = "REFUSE", _("Refuse requests made after the date")
    FLAG = "FLAG", _("Accept them and mark them as late")


class DueDay(models.TextChoices):
    STAYS = "STAYS", _("Stays as it is")
    NEXT = "NEXT", _("Moves to the next working day")


class Receiver(models.TextChoices):
    OFFICE = "OFFICE", _("The office")
    LEAD = "LEAD", _("The lead units")


class RankedBy(models.TextChoices):
    """Which rate decides the places of units; what each is stands in ``reports.ranking``."""

    ON_SCHEDULE = "ON_SCHEDULE", _("Measures on schedule, by the dates that hold now")
    COMPLETED = "COMPLETED", _("Measures completed")
    ON_TIME = "ON_TIME", _("Checkpoints met by their original date")
    CLOSED_OUT = "CLOSED_OUT", _("Measures closed out")


class OfficeRules(models.Model):
    """Parameters of one office. Null: the installation's default. Read through ``cases.rules.rules_of``.

    ``ladder``: [{"days": -15, "kind": "REMINDER", "to": ["HANDLER"]}, …], signed days from the due date.
    ``quiet``: {"from": "20:00", "to": "08:00"}, county time; no mail is sent in between.
    """

    office = models.OneToOneField("permissions.Office", on_delete=models.CASCADE, related_name="rules")
    row_version = models.PositiveIntegerField(default=1)
    claim_workdays = models.PositiveSmallIntegerField(null=True, blank=True)
    verify_workdays = models.PositiveSmallIntegerField(null=True, blank=True)
    yellow_workdays = models.PositiveSmallIntegerField(null=True, blank=True)
    follow_up_months = models.PositiveSmallIntegerField(null=True, blank=True)
    public_notice_days = models.PositiveSmallIntegerField(null=True, blank=True)  # 0: no 公示
    late_extension = models.CharField(max_length=10, choices=LateExtension, blank=True)
    extension_cap_days = models.PositiveSmallIntegerField(
        null=True, blank=True
    )  # in all, from the original date
    extension_limit = models.PositiveSmallIntegerField(null=True, blank=True)  # granted ones per measure
    evidence_required = models.BooleanField(null=True, blank=True)
    ladder = models.JSONField(null=True, blank=True)
    quiet = models.JSONField(null=True, blank=True)
    due_day = models.CharField(
        max_length=10, choices=DueDay, blank=True
    )  # a filing day on which nobody works
    responsible_files_to = models.CharField(max_length=10, choices=Receiver, blank=True)
    ranked_by = models.CharField(max_length=15, choices=RankedBy, blank=True)
    filing_reminders = models.JSONField(
        null=True, blank=True
    )  # working days before the filing day: [5, 2, 0]
    changed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    changed_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        verbose_name_plural = "office rules"
        constraints = [
            models.CheckConstraint(
                condition=Q(late_extension__in=["", *LateExtension.values]), name="rules_late_extension_legal"
            ),
            models.CheckConstraint(condition=Q(due_day__in=["", *DueDay.values]), name="rules_due_day_legal"),
            models.CheckConstraint(
                condition=Q(responsible_files_to__in=["", *Receiver.values]), name="rules_files_to_legal"
            ),
            models.CheckConstraint(
                condition=Q(ranked_by__in=["", *RankedBy.values]), name="rules_ranked_by_legal"
            ),
        ]

    def __str__(self):
        return str(self.office)


class EvidenceRequirement(models.Model):
    """One line of an office's checklist: without such a piece of evidence nothing is sent for verification."""

    office = models.ForeignKey(
        "permissions.Office", on_delete=models.CASCADE, related_name="evidence_requirements"
    )
    label = models.CharField(max_length=60)
    important_only = models.BooleanField(default=False)
    order = models.PositiveSmallIntegerField(default=0)
    ended_on = models.DateField(null=True, blank=True)

    class Meta:
        ordering = ["order", "pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["office", "label"], condition=Q(ended_on=None), name="evidence_requirement_once"
            )
        ]

    def __str__(self):
        return self.label


class SavedView(models.Model):
    """A person's own selection of ledger rows under a name."""

    person = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="saved_views")
    name = models.CharField(max_length=40)
    query = models.CharField(max_length=1000)

    class Meta:
        ordering = ["name"]
        constraints = [models.UniqueConstraint(fields=["person", "name"], name="saved_view_once")]

    def __str__(self):
        return self.name
