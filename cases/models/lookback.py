"""After close-out: the follow-up of what goes on for years (长期坚持), and looking back at what was closed (回头看)."""

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from cases.states import MeasureState


class Finding(models.TextChoices):
    HELD = "HELD", _("Holds")
    FAILED = "FAILED", _("Has relapsed")


class FollowUp(models.Model):
    """One record of a cadence. ``due_on`` is one of ``deadlines.follow_up_dates``; a missing row is a missed one."""

    office = models.ForeignKey("permissions.Office", on_delete=models.PROTECT, related_name="+")
    measure = models.ForeignKey("cases.Measure", on_delete=models.CASCADE, related_name="follow_ups")
    round = models.ForeignKey("cases.Round", on_delete=models.CASCADE, related_name="follow_ups")
    unit = models.ForeignKey("permissions.Unit", on_delete=models.PROTECT, related_name="+")
    due_on = models.DateField()
    finding = models.CharField(max_length=10, choices=Finding)
    text = models.TextField()
    files = models.ManyToManyField("cases.StoredFile", related_name="+", blank=True)
    file_names = models.JSONField(default=dict, blank=True)  # {SHA-256: name as it was handed in}
    recorded_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    recorded_at = models.DateTimeField()

    class Meta:
        ordering = ["due_on", "pk"]
        constraints = [
            models.UniqueConstraint(fields=["round", "unit", "due_on"], name="follow_up_once"),
            models.CheckConstraint(condition=Q(finding__in=Finding.values), name="follow_up_finding_legal"),
        ]

    def __str__(self):
        return f"{self.measure_id} {self.due_on}"


class LookBack(models.Model):
    """A sample of closed measures, drawn by unit and grade from a printed seed: anybody can draw it again."""

    office = models.ForeignKey("permissions.Office", on_delete=models.PROTECT, related_name="+")
    title = models.CharField(max_length=200)
    plan = models.ForeignKey("cases.Plan", null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    seed = models.CharField(max_length=40)
    share = models.PositiveSmallIntegerField()  # per cent of every stratum, at least one of each
    closed_from = models.DateField(null=True, blank=True)
    closed_to = models.DateField()
    population = models.JSONField(default=list)  # [[measure pk, stratum]], as it stood when it was drawn
    due_on = models.DateField()
    drawn_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    drawn_at = models.DateTimeField()
    row_version = models.PositiveIntegerField(default=1)

    class Meta:
        ordering = ["-drawn_at", "-pk"]

    def __str__(self):
        return self.title

    def get_absolute_url(self):
        return reverse("workflows:look_back", args=[self.pk])


class LookBackItem(models.Model):
    """One measure of the sample and what was found."""

    office = models.ForeignKey("permissions.Office", on_delete=models.PROTECT, related_name="+")
    look_back = models.ForeignKey(LookBack, on_delete=models.CASCADE, related_name="items")
    measure = models.ForeignKey("cases.Measure", on_delete=models.PROTECT, related_name="look_back_items")
    round = models.ForeignKey("cases.Round", on_delete=models.PROTECT, related_name="+")
    stratum = models.CharField(max_length=200)
    finding = models.CharField(max_length=10, choices=Finding, blank=True)  # blank: still to be looked at
    visited_on = models.DateField(null=True, blank=True)
    text = models.TextField(blank=True)
    files = models.ManyToManyField("cases.StoredFile", related_name="+", blank=True)
    file_names = models.JSONField(default=dict, blank=True)  # {SHA-256: name as it was handed in}
    checked_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    checked_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["stratum", "pk"]
        constraints = [
            models.UniqueConstraint(fields=["look_back", "measure"], name="look_back_measure_once"),
            models.CheckConstraint(
                condition=Q(finding__in=["", *Finding.values]), name="look_back_finding_legal"
            ),
        ]

    def __str__(self):
        return f"{self.look_back_id} {self.measure_id}"

    @property
    def waits(self):
        """Nobody has looked at it yet, and it was not opened again for another reason meanwhile."""
        return not self.finding and self.measure.state == MeasureState.CLOSED

    @property
    def standing(self):
        """What was found, or why nothing was, in words."""
        return self.get_finding_display() or (_("to be looked at") if self.waits else _("open again"))
