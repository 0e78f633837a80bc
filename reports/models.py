"""The month: its period, each unit's filing, and the report with its frozen versions."""

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.urls import reverse
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy


class ReportingPeriod(models.Model):
    """One month of one plan. ``due_at`` decides alone what is on time."""

    office = models.ForeignKey("permissions.Office", on_delete=models.PROTECT, related_name="+")
    plan = models.ForeignKey("cases.Plan", on_delete=models.PROTECT, related_name="periods")
    month = models.DateField()  # first day
    opens_at = models.DateTimeField()  # records after this moment …
    due_at = models.DateTimeField()  # … up to this one belong to the period
    opened_at = models.DateTimeField()  # when it was opened for filing

    class Meta:
        ordering = ["-month"]
        constraints = [models.UniqueConstraint(fields=["plan", "month"], name="period_month_once")]

    def __str__(self):
        return f"{self.month:%Y-%m}"

    def get_absolute_url(self):
        return reverse("reports:period", args=[self.pk])


class FilingState(models.TextChoices):
    DRAFT = "DRAFT", _("Drafting")
    SUBMITTED = "SUBMITTED", _("With the unit head")
    FILED = "FILED", _("Filed")
    ACCEPTED = "ACCEPTED", _("Accepted")
    RETURNED = "RETURNED", _("Returned by the office")


class Punctuality(models.TextChoices):
    ON_TIME = "ON_TIME", _("On time")
    LATE = "LATE", _("Filed late")
    MISSING = "MISSING", _("Not filed")


class Filing(models.Model):
    """A unit's report for one period (单位报送). A returned one stays; its rework is the next revision.

    ``rows``: [{measure, number, text, progress, difficulties, next_steps}], pre-filled from the entries.
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

    class Meta:
        ordering = ["unit__order", "unit_id", "revision"]
        constraints = [
            models.UniqueConstraint(fields=["period", "unit", "revision"], name="filing_revision_once"),
            models.CheckConstraint(condition=Q(state__in=FilingState.values), name="filing_state_legal"),
            models.CheckConstraint(
                condition=Q(punctuality__in=["", "ON_TIME", "LATE"]), name="filing_punctuality_legal"
            ),
        ]

    def __str__(self):
        return f"{self.unit} {self.period}"

    def get_absolute_url(self):
        return reverse("reports:filing", args=[self.pk])


class ReportState(models.TextChoices):
    DRAFT = "DRAFT", _("Being composed")
    REVIEW = "REVIEW", _("With the office head")
    SIGNING = "SIGNING", _("With the leader")
    SIGNED = "SIGNED", _("Signed, being issued")
    ISSUED = "ISSUED", pgettext_lazy("report", "Issued")  # a plan is handed over, a paper is printed
    SUPERSEDED = "SUPERSEDED", _("Superseded")


class MonthlyReport(models.Model):
    """The month's rectification report. ``snapshot`` freezes when it leaves the clerk; the bytes freeze at issue.

    ``texts``: {opening, progress, difficulties, next_steps}, see ``compose``. ``snapshot`` is canonical JSON text,
    ``digest`` its SHA-256: what the office head and the leader put their names to.
    """

    office = models.ForeignKey("permissions.Office", on_delete=models.PROTECT, related_name="+")
    period = models.ForeignKey(ReportingPeriod, on_delete=models.PROTECT, related_name="reports")
    revision = models.PositiveSmallIntegerField(default=1)
    replaces = models.OneToOneField("self", null=True, on_delete=models.PROTECT, related_name="replaced_by")
    state = models.CharField(max_length=10, choices=ReportState, default=ReportState.DRAFT)
    row_version = models.PositiveIntegerField(default=1)
    version = models.PositiveSmallIntegerField(default=1)  # counts the refusals on the way to the signature
    texts = models.JSONField(default=dict)
    snapshot = models.TextField(blank=True)
    digest = models.CharField(max_length=64, blank=True)
    return_reason = models.TextField(blank=True)
    drafted_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+"
    )
    drafted_at = models.DateTimeField(null=True)
    reviewed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+"
    )
    reviewed_at = models.DateTimeField(null=True)
    signed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+"
    )
    signed_at = models.DateTimeField(null=True)
    document_number = models.CharField(max_length=60, blank=True)
    issued_on = models.DateField(null=True)
    issue = models.JSONField(null=True)  # what was added to the snapshot at issue
    pdf = models.ForeignKey("cases.StoredFile", null=True, on_delete=models.PROTECT, related_name="+")
    xlsx = models.ForeignKey("cases.StoredFile", null=True, on_delete=models.PROTECT, related_name="+")
    docx = models.ForeignKey("cases.StoredFile", null=True, on_delete=models.PROTECT, related_name="+")
    internal_pdf = models.ForeignKey(
        "cases.StoredFile", null=True, on_delete=models.PROTECT, related_name="+"
    )

    class Meta:
        ordering = ["-period__month", "-revision"]
        constraints = [
            models.UniqueConstraint(fields=["period", "revision"], name="report_revision_once"),
            models.UniqueConstraint(
                fields=["office", "document_number"],
                condition=~Q(document_number=""),
                name="report_number_once",
            ),
            models.CheckConstraint(condition=Q(state__in=ReportState.values), name="report_state_legal"),
            models.CheckConstraint(
                condition=~Q(state__in=["ISSUED", "SUPERSEDED"]) | Q(pdf__isnull=False),
                name="report_issued_has_files",
            ),
        ]

    def __str__(self):
        return f"{self.period} r{self.revision}"

    def get_absolute_url(self):
        return reverse("reports:report", args=[self.pk])


class DocumentCounter(models.Model):
    """The last number given out in a series and year: numbers have no gaps and no doubles."""

    office = models.ForeignKey("permissions.Office", on_delete=models.PROTECT, related_name="+")
    series = models.CharField(
        max_length=15, blank=True
    )  # blank: the office's papers; else a kind of instrument
    year = models.PositiveSmallIntegerField()
    last = models.PositiveIntegerField(default=0)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["office", "series", "year"], name="document_counter_once")
        ]

    def __str__(self):
        return f"{self.year}: {self.last}"
