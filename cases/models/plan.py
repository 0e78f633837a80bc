"""The issued rectification plan (整改方案), its problems, and the reading of a document before it is confirmed."""

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from cases.states import SourceLevel


class PlanState(models.TextChoices):
    DRAFT = "DRAFT", _("Confirmed, not yet issued")
    ISSUED = "ISSUED", _("Issued")


class PlanKind(models.TextChoices):
    PLAN = "PLAN", _("Rectification plan")
    TASKS = "TASKS", _("Division of tasks")
    STANDING = "STANDING", _("Problems registered one at a time")


class Plan(models.Model):
    """One issued document. ``text`` is the source text that all passages (start, end) index into.

    A standing plan has no document: it gathers the problems that an office registers one at a time.
    """

    office = models.ForeignKey("permissions.Office", on_delete=models.PROTECT, related_name="plans")
    title = models.CharField(max_length=300)
    document_number = models.CharField(max_length=60, blank=True)
    issuer = models.CharField(max_length=200, blank=True)
    issued_on = models.DateField(null=True, blank=True)  # as printed; None when the document has no date
    kind = models.CharField(max_length=10, choices=PlanKind, default=PlanKind.PLAN)
    state = models.CharField(max_length=10, choices=PlanState, default=PlanState.DRAFT)
    opened_at = models.DateTimeField(null=True, blank=True)  # when the office issued it here (交办)
    row_version = models.PositiveIntegerField(default=1)
    revision = models.PositiveIntegerField(default=1)
    text = models.TextField()
    source = models.ForeignKey("cases.StoredFile", null=True, on_delete=models.PROTECT, related_name="+")
    source_name = models.CharField(max_length=255, blank=True)
    stated_totals = models.JSONField(null=True, blank=True)
    reporting_months = models.JSONField(default=list, blank=True)  # [6, 7, … 12]; empty: every month
    reporting_day = models.PositiveSmallIntegerField(default=10)
    reporting_recipient = models.CharField(max_length=200, blank=True)
    verifier_unit = models.ForeignKey(
        "permissions.Unit",
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="+",
        help_text="Verifies measures on which the unit that houses the office has a duty.",
    )
    ends_on = models.DateField(null=True, blank=True)

    class Meta:
        ordering = ["-issued_on", "-pk"]
        constraints = [
            models.CheckConstraint(condition=Q(state__in=PlanState.values), name="plan_state_legal"),
            models.CheckConstraint(condition=Q(kind__in=PlanKind.values), name="plan_kind_legal"),
            models.UniqueConstraint(
                fields=["office"], condition=Q(kind="STANDING"), name="office_has_one_standing_plan"
            ),
            models.CheckConstraint(
                condition=Q(reporting_day__gte=1, reporting_day__lte=31), name="plan_reporting_day_legal"
            ),
        ]

    def __str__(self):
        return self.title

    def get_absolute_url(self):
        return reverse("cases:plan", args=[self.pk])


class Problem(models.Model):
    """One problem (问题) of a plan, in its printed order."""

    office = models.ForeignKey("permissions.Office", on_delete=models.PROTECT, related_name="+")
    plan = models.ForeignKey(Plan, on_delete=models.CASCADE, related_name="problems")
    number = models.PositiveIntegerField()
    label = models.CharField(max_length=20, blank=True)
    text = models.TextField()
    sources = models.JSONField(default=list, blank=True)  # levels that reported it, as printed
    source_level = models.CharField(max_length=12, choices=SourceLevel, blank=True)
    source_document = models.CharField(max_length=200, blank=True)
    reported_on = models.DateField(null=True, blank=True)
    start = models.PositiveIntegerField(null=True)
    end = models.PositiveIntegerField(null=True)

    class Meta:
        ordering = ["number"]
        constraints = [models.UniqueConstraint(fields=["plan", "number"], name="problem_number_once")]

    def __str__(self):
        return f"{self.label}{self.heading}"

    def get_absolute_url(self):
        return f"{reverse('cases:plan', args=[self.plan_id])}#p-{self.pk}"

    @property
    def heading(self):
        """The first sentence, without its full stop."""
        first, _dot, _rest = self.text.partition("。")
        return first if len(first) <= 60 else first[:59] + "…"


class ImportDraft(models.Model):
    """A document as read, waiting for the office's decision. Nothing of it is a plan before it is confirmed."""

    office = models.ForeignKey("permissions.Office", on_delete=models.CASCADE, related_name="+")
    source = models.ForeignKey("cases.StoredFile", on_delete=models.PROTECT, related_name="+")
    source_name = models.CharField(max_length=255)
    proposal = models.JSONField()
    read_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    read_at = models.DateTimeField()
    row_version = models.PositiveIntegerField(default=1)
    plan = models.OneToOneField(Plan, null=True, on_delete=models.PROTECT, related_name="draft")
    # The plan of which the document is a later version; it is then compared, not confirmed.
    amends = models.ForeignKey(Plan, null=True, on_delete=models.PROTECT, related_name="amending_drafts")
    choices = models.JSONField(default=dict, blank=True)  # what the office decided so far, by printed name
    edited_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+"
    )
    edited_until = models.DateTimeField(null=True)  # the editor's lock ends by itself

    class Meta:
        ordering = ["-pk"]

    def __str__(self):
        return self.source_name

    def get_absolute_url(self):
        name = "amendment" if self.amends_id else "import_review"
        return reverse(f"workflows:{name}", args=[self.pk])


class PlanRevision(models.Model):
    """A later version of the document that was applied to a plan row by row. The first version is the plan itself."""

    office = models.ForeignKey("permissions.Office", on_delete=models.PROTECT, related_name="+")
    plan = models.ForeignKey(Plan, on_delete=models.PROTECT, related_name="revisions")
    number = models.PositiveIntegerField()
    draft = models.OneToOneField(ImportDraft, on_delete=models.PROTECT, related_name="revision")
    document_number = models.CharField(max_length=60, blank=True)
    issued_on = models.DateField(null=True)
    changes = models.JSONField()  # the accepted rows: {kind, measure, before, after}
    applied_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    applied_at = models.DateTimeField()

    class Meta:
        ordering = ["number"]
        constraints = [models.UniqueConstraint(fields=["plan", "number"], name="plan_revision_once")]

    def __str__(self):
        return f"{self.plan_id} r{self.number}"
