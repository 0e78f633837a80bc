"""The measure (整改措施, the tracked case), who answers for it, and by when."""

from django.db import models
from django.db.models import Q
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from cases import deadlines
from cases.states import OPEN_STATES, MeasureState


class Ending(models.TextChoices):
    AMENDED = "AMENDED", _("The plan was amended")
    DROPPED = "DROPPED", _("Withdrawn by the office")
    SPLIT = "SPLIT", _("Split")
    MERGED = "MERGED", _("Merged into another measure")
    TRANSFERRED = "TRANSFERRED", _("Handed over to another office")


class Measure(models.Model):
    """One measure of a plan. Its state is changed by ``workflows.door.perform`` and nowhere else."""

    office = models.ForeignKey("permissions.Office", on_delete=models.PROTECT, related_name="+")
    plan = models.ForeignKey("cases.Plan", on_delete=models.CASCADE, related_name="measures")
    problem = models.ForeignKey("cases.Problem", on_delete=models.CASCADE, related_name="measures")
    # Its place in the plan. Not unique: whoever moves many rows by one statement passes over each other's places.
    order = models.PositiveIntegerField()
    label = models.CharField(max_length=40, blank=True)
    number = models.CharField(max_length=60)  # problem's label and own label, as printed: (一)(1)
    group_lead = models.TextField(blank=True)
    text = models.TextField()
    goal = models.TextField(blank=True)
    deadline_text = models.CharField(max_length=500, blank=True)
    long_term = models.BooleanField(default=False)
    important = models.BooleanField(default=False)  # an important measure is closed out by the leader
    state = models.CharField(max_length=12, choices=MeasureState, default=MeasureState.DRAFT)
    row_version = models.PositiveIntegerField(default=1)
    state_since = models.DateTimeField(null=True, blank=True)
    claim_due_on = models.DateField(null=True, blank=True)
    closed_on = models.DateField(null=True, blank=True)
    follow_up_months = models.PositiveSmallIntegerField(null=True, blank=True)
    follow_up_from = models.DateField(null=True, blank=True)  # the cadence counts from here; null: closed_on
    # What the plan wants in numbers, as in 改造10000户: the amount and what is counted.
    target_amount = models.DecimalField(max_digits=14, decimal_places=2, null=True, blank=True)
    target_unit = models.CharField(max_length=20, blank=True)
    # Split, merged and handed over: where it came from and where it went.
    origin = models.ForeignKey("self", null=True, blank=True, on_delete=models.PROTECT, related_name="parts")
    merged_into = models.ForeignKey(
        "self", null=True, blank=True, on_delete=models.PROTECT, related_name="merged_from"
    )
    ended_as = models.CharField(max_length=12, choices=Ending, blank=True)  # why it is WITHDRAWN
    # Derived by ``refresh_next_due`` and kept for the ledger's index; a test proves it equal.
    next_due_on = models.DateField(null=True, blank=True)
    start = models.PositiveIntegerField(null=True)
    end = models.PositiveIntegerField(null=True)

    class Meta:
        ordering = ["plan", "order", "pk"]
        indexes = [
            models.Index(fields=["plan", "order"], name="measure_place"),
            models.Index(fields=["office", "state", "next_due_on"], name="measure_office_state"),
            models.Index(
                fields=["office", "next_due_on", "id"],
                name="measure_open_due",
                condition=Q(state__in=[s.value for s in OPEN_STATES]),
            ),
        ]
        constraints = [
            models.CheckConstraint(condition=Q(state__in=MeasureState.values), name="measure_state_legal"),
            models.CheckConstraint(
                condition=Q(state="CLOSED", closed_on__isnull=False) | ~Q(state="CLOSED"),
                name="measure_closed_has_date",
            ),
            models.CheckConstraint(
                condition=Q(ended_as__in=["", *Ending.values]), name="measure_ending_legal"
            ),
        ]

    def __str__(self):
        return f"{self.number} {self.text[:30]}"

    def get_absolute_url(self):
        return reverse("workflows:measure", args=[self.pk])

    @property
    def in_follow_up(self):
        return self.state == MeasureState.CLOSED and self.follow_up_months is not None

    def refresh_next_due(self, checkpoints):
        """Write ``next_due_on`` from the checkpoints. The one place that does."""
        self.next_due_on = deadlines.next_due([c.dates for c in checkpoints], issued_on=self.plan.issued_on)


class DutyRole(models.TextChoices):
    LEAD = "LEAD", _("Lead unit")
    RESPONSIBLE = "RESPONSIBLE", _("Responsible unit")


class Duty(models.Model):
    """One unit's share in a measure (责任分工). A collective becomes one duty per member."""

    office = models.ForeignKey("permissions.Office", on_delete=models.PROTECT, related_name="+")
    measure = models.ForeignKey(Measure, on_delete=models.CASCADE, related_name="duties")
    unit = models.ForeignKey("permissions.Unit", on_delete=models.PROTECT, related_name="duties")
    role = models.CharField(max_length=12, choices=DutyRole)
    order = models.PositiveSmallIntegerField()
    group = models.ForeignKey("permissions.UnitGroup", null=True, on_delete=models.PROTECT, related_name="+")
    printed = models.CharField(max_length=100)
    coordinates = models.BooleanField(default=False)  # of several leads the one that coordinates (牵头协调)
    claimed_at = models.DateTimeField(null=True, blank=True)
    claimed_by = models.ForeignKey(
        "permissions.User", null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    start = models.PositiveIntegerField(null=True)
    end = models.PositiveIntegerField(null=True)

    class Meta:
        ordering = ["order", "pk"]
        verbose_name_plural = "duties"
        indexes = [models.Index(fields=["unit", "measure"], name="duty_unit_measure")]
        constraints = [
            models.UniqueConstraint(fields=["measure", "unit"], name="duty_unit_once"),
            models.UniqueConstraint(
                fields=["measure"], condition=Q(coordinates=True), name="duty_one_coordinates"
            ),
            models.CheckConstraint(condition=Q(role__in=DutyRole.values), name="duty_role_legal"),
        ]

    def __str__(self):
        return f"{self.get_role_display()} {self.unit}"


def one_duty_per_unit(duties):
    """Those of unsaved duties that count, numbered anew: a lead named first stays lead, and a unit answers once."""
    first = {}
    for duty in duties:
        first.setdefault(duty.unit_id, duty)
    for order, duty in enumerate(first.values(), start=1):
        duty.order = order
    return list(first.values())


class CurrentCheckpoints(models.Manager):
    """Without those that an amendment of the plan replaced."""

    def get_queryset(self):
        return super().get_queryset().filter(superseded_on=None)


class Checkpoint(models.Model):
    """One dated step of a measure (时限节点). ``original_due_on`` never changes once issued (trigger).

    When the plan is amended the old step stays with the day on which it was superseded, and a new one is added.
    """

    office = models.ForeignKey("permissions.Office", on_delete=models.PROTECT, related_name="+")
    measure = models.ForeignKey(Measure, on_delete=models.CASCADE, related_name="checkpoints")
    due_on = models.DateField()
    original_due_on = models.DateField()
    reported_on = models.DateField(null=True, blank=True)  # the unit says it is reached
    reported_by = models.ForeignKey(
        "permissions.User", null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    report_note = models.TextField(blank=True)
    refusal = models.TextField(
        blank=True
    )  # why the office sent the last report of it back, until the next one
    met_on = models.DateField(null=True, blank=True)  # the office confirmed it; the day it was reported
    # The attempt whose request reported it, or whose verification confirmed it: a return of that attempt takes it
    # back. None: it was reported or confirmed by itself, and stays.
    reported_attempt = models.PositiveSmallIntegerField(null=True, blank=True)
    met_attempt = models.PositiveSmallIntegerField(null=True, blank=True)
    superseded_on = models.DateField(null=True, blank=True)
    printed = models.CharField(max_length=200, blank=True)
    start = models.PositiveIntegerField(null=True)
    end = models.PositiveIntegerField(null=True)

    with_superseded = models.Manager()
    objects = CurrentCheckpoints()

    class Meta:
        ordering = ["due_on", "pk"]
        default_manager_name = "objects"
        indexes = [models.Index(fields=["office", "due_on"], name="checkpoint_office_due")]
        constraints = [
            models.UniqueConstraint(
                fields=["measure", "original_due_on"],
                condition=Q(superseded_on=None),
                name="checkpoint_date_once",
            )
        ]

    def __str__(self):
        return f"{self.due_on:%Y-%m-%d}"

    @property
    def dates(self):
        return deadlines.CheckpointDates(self.due_on, self.original_due_on, self.met_on)
