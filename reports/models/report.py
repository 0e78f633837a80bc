"""The papers of the month that are signed: the monthly report and the bulletin, with their frozen versions."""

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.urls import reverse
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from reports.models.period import ReportingPeriod


class ReportState(models.TextChoices):
    DRAFT = "DRAFT", _("Being composed")
    REVIEW = "REVIEW", _("With the office head")
    SIGNING = "SIGNING", _("With the leader")
    SIGNED = "SIGNED", _("Signed, being issued")
    ISSUED = "ISSUED", pgettext_lazy("report", "Issued")  # a plan is handed over, a paper is printed
    SUPERSEDED = "SUPERSEDED", _("Superseded")


class SignedPaper(models.Model):
    """A paper of the month that a clerk composes, the head reviews and the leader signs.

    ``snapshot`` is canonical JSON text and freezes when it leaves the clerk; ``digest``, its SHA-256, is what the
    office head and the leader put their names to. The bytes freeze at issue. ``kind`` is its name in acts, rights,
    jobs and addresses. The record proves it by the files ``proved``; ``checked`` are those that a reader may hold.
    ``signature`` is that of the office's certificate on its PDFs: see ``reports.signatures.signed``.
    """

    kind = None
    proved = checked = ()
    office = models.ForeignKey("permissions.Office", on_delete=models.PROTECT, related_name="+")
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
    signature = models.JSONField(null=True)
    pdf = models.ForeignKey("cases.StoredFile", null=True, on_delete=models.PROTECT, related_name="+")

    class Meta:
        abstract = True
        ordering = ["-period__month", "-revision"]

    def __str__(self):
        return f"{self.period} r{self.revision}"

    @property
    def is_issued(self):
        """Its bytes are frozen, whether or not a later revision has replaced it."""
        return self.state in (ReportState.ISSUED, ReportState.SUPERSEDED)


def _constraints(name):
    """What must hold of each kind of signed paper in the database."""
    return [
        models.UniqueConstraint(fields=["period", "revision"], name=f"{name}_revision_once"),
        models.UniqueConstraint(
            fields=["office", "document_number"], condition=~Q(document_number=""), name=f"{name}_number_once"
        ),
        models.CheckConstraint(condition=Q(state__in=ReportState.values), name=f"{name}_state_legal"),
        models.CheckConstraint(
            condition=~Q(state__in=["ISSUED", "SUPERSEDED"]) | Q(pdf__isnull=False),
            name=f"{name}_issued_has_files",
        ),
    ]


class MonthlyReport(SignedPaper):
    """The month's rectification report. ``texts``: {opening, progress, difficulties, next_steps}, see ``compose``."""

    kind, proved, checked = "report", ("pdf", "xlsx"), ("pdf", "xlsx", "internal_pdf")
    period = models.ForeignKey(ReportingPeriod, on_delete=models.PROTECT, related_name="reports")
    xlsx = models.ForeignKey("cases.StoredFile", null=True, on_delete=models.PROTECT, related_name="+")
    docx = models.ForeignKey("cases.StoredFile", null=True, on_delete=models.PROTECT, related_name="+")
    internal_pdf = models.ForeignKey(
        "cases.StoredFile", null=True, on_delete=models.PROTECT, related_name="+"
    )

    class Meta(SignedPaper.Meta):
        abstract = False
        constraints = _constraints("report")

    def get_absolute_url(self):
        return reverse("reports:report", args=[self.pk])


class Bulletin(SignedPaper):
    """The month's bulletin (通报): who stands where, who was late, what was done well and badly.

    ``texts``: {opening, good, bad, requirements}; ``chosen``: {good: [measure pk], bad: [measure pk]}.
    """

    kind, proved, checked = "bulletin", ("pdf",), ("pdf",)
    period = models.ForeignKey(ReportingPeriod, on_delete=models.PROTECT, related_name="bulletins")
    chosen = models.JSONField(default=dict)
    docx = models.ForeignKey("cases.StoredFile", null=True, on_delete=models.PROTECT, related_name="+")

    class Meta(SignedPaper.Meta):
        abstract = False
        constraints = _constraints("bulletin")

    def get_absolute_url(self):
        return reverse("reports:bulletin", args=[self.pk])


SIGNED_PAPERS = (MonthlyReport, Bulletin)


class MentionKind(models.TextChoices):
    LAST = "LAST", _("At the end of the ranking")
    RED = "RED", _("Red list")
    YELLOW = "YELLOW", _("Yellow list")
    LATE = "LATE", _("Filed late")
    MISSING = "MISSING", _("Did not file")
    GOOD = "GOOD", _("Good case")
    BAD = "BAD", _("Bad case")
    LADDER = "LADDER", _("Named by the ladder")


class Mention(models.Model):
    """A unit named in an issued bulletin, for what (``reasons``: MentionKinds), and what it answers."""

    bulletin = models.ForeignKey(Bulletin, on_delete=models.PROTECT, related_name="mentions")
    unit = models.ForeignKey("permissions.Unit", on_delete=models.PROTECT, related_name="mentions")
    reasons = models.JSONField(default=list)
    row_version = models.PositiveIntegerField(default=1)
    received_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+"
    )
    received_at = models.DateTimeField(null=True)
    answer = models.TextField(blank=True)
    answered_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+"
    )
    answered_at = models.DateTimeField(null=True)

    class Meta:
        ordering = ["unit__order", "unit_id"]
        constraints = [models.UniqueConstraint(fields=["bulletin", "unit"], name="mention_once")]

    def __str__(self):
        return f"{self.unit} · {self.bulletin}"

    def get_absolute_url(self):
        return self.bulletin.get_absolute_url()

    @property
    def office_id(self):
        """In whose record it stands."""
        return self.bulletin.office_id

    @property
    def asks_for_answer(self):
        """Praise and a warning are only signed for."""
        return not set(self.reasons) <= {MentionKind.GOOD, MentionKind.YELLOW}
