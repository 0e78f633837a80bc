"""The month of a plan: its period, and each unit's filing."""

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.urls import reverse
from django.utils.formats import date_format
from django.utils.translation import gettext_lazy as _

from cases.models import Receiver


class ReportingPeriod(models.Model):
    """One month of one plan. ``due_at`` decides alone what is on time."""

    office = models.ForeignKey("permissions.Office", on_delete=models.PROTECT, related_name="+")
    plan = models.ForeignKey("cases.Plan", on_delete=models.PROTECT, related_name="periods")
    month = models.DateField()  # first day
    opens_at = models.DateTimeField()  # records after this moment …
    due_at = models.DateTimeField()  # … up to this one belong to the period
    opened_at = models.DateTimeField()  # when it was opened for filing
    closed_at = models.DateTimeField(null=True)  # when who was late and who missing was put on record

    class Meta:
        ordering = ["-month"]
        constraints = [models.UniqueConstraint(fields=["plan", "month"], name="period_month_once")]

    def __str__(self):
        return date_format(self.month, "YEAR_MONTH_FORMAT")

    def get_absolute_url(self):
        return reverse("reports:period", args=[self.pk])


class FilingState(models.TextChoices):
    DRAFT = "DRAFT", _("Drafting")
    SUBMITTED = "SUBMITTED", _("With the unit head")
    FILED = "FILED", _("Filed")
    ACCEPTED = "ACCEPTED", _("Accepted")
    RETURNED = "RETURNED", _("Returned by the office")
    WITHDRAWN = "WITHDRAWN", _("No longer owed")  # the unit lost its last live duty before it had filed


class Punctuality(models.TextChoices):
    ON_TIME = "ON_TIME", _("On time")
    LATE = "LATE", _("Filed late")
    MISSING = "MISSING", _("Not filed")


class Filing(models.Model):
    """A unit's report for one period (单位报送). A returned one stays; its rework is the next revision.

    ``rows``: as ``reports.filing_rows`` gives them. ``receiver`` is decided when it is filed: with the lead units it
    is final then, with the office it waits to be accepted.
    """

    office = models.ForeignKey("permissions.Office", on_delete=models.PROTECT, related_name="+")
    period = models.ForeignKey(ReportingPeriod, on_delete=models.PROTECT, related_name="filings")
    unit = models.ForeignKey("permissions.Unit", on_delete=models.PROTECT, related_name="filings")
    revision = models.PositiveSmallIntegerField(default=1)
    state = models.CharField(max_length=10, choices=FilingState, default=FilingState.DRAFT)
    rows = models.JSONField(default=list)
    row_version = models.PositiveIntegerField(default=1)
    drafted_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+"
    )
    approved_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+"
    )
    filed_at = models.DateTimeField(null=True)
    punctuality = models.CharField(
        max_length=10, choices=Punctuality, blank=True
    )  # by server time, when filed
    return_reason = models.TextField(blank=True)
    receiver = models.CharField(max_length=10, choices=Receiver, default=Receiver.OFFICE)

    class Meta:
        ordering = ["unit__order", "unit_id", "revision"]
        constraints = [
            models.UniqueConstraint(fields=["period", "unit", "revision"], name="filing_revision_once"),
            models.CheckConstraint(condition=Q(state__in=FilingState.values), name="filing_state_legal"),
            models.CheckConstraint(
                condition=Q(punctuality__in=["", "ON_TIME", "LATE"]), name="filing_punctuality_legal"
            ),
            models.CheckConstraint(condition=Q(receiver__in=Receiver.values), name="filing_receiver_legal"),
        ]

    def __str__(self):
        return f"{self.unit} {self.period}"

    def get_absolute_url(self):
        return reverse("reports:filing", args=[self.pk])

    @property
    def is_final(self):
        """Filed, and nobody has to decide on it any more."""
        return self.state == FilingState.ACCEPTED or self.is_with_lead

    @property
    def is_with_lead(self):
        return self.state == FilingState.FILED and self.receiver == Receiver.LEAD


class TypedFiling(models.Model):
    """What was typed into a filing and not yet saved by hand: kept for its person, sent to nobody, no act."""

    filing = models.ForeignKey(Filing, on_delete=models.CASCADE, related_name="typed")
    person = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="+")
    row_version = models.PositiveIntegerField()  # of the filing that it was typed over
    rows = models.JSONField(default=list)
    at = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["filing", "person"], name="typed_filing_once")]

    def __str__(self):
        return f"{self.filing} · {self.person}"
