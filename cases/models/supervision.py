"""Supervision (督办): numbered instruments with receipt and answer, and the notices that reach people."""

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.urls import reverse
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy


class InstrumentKind(models.TextChoices):
    REMINDER = "REMINDER", _("Reminder")
    ORDER = "ORDER", _("Supervision order")
    BULLETIN = "BULLETIN", _("Named in the bulletin")
    INTERVIEW = "INTERVIEW", _("Interview")
    ACCOUNTABILITY = "ACCOUNTABILITY", _("Accountability proposal")


class InstrumentState(models.TextChoices):
    PROPOSED = "PROPOSED", _("Proposed")
    ISSUED = "ISSUED", _("Sent, not yet received")
    RECEIVED = "RECEIVED", pgettext_lazy("instrument", "Received")
    ANSWERED = "ANSWERED", _("Answered")
    SETTLED = "SETTLED", _("Settled")
    DISMISSED = "DISMISSED", _("Not sent")
    LAPSED = "LAPSED", _("Cause has gone")


class CauseKind(models.TextChoices):
    CHECKPOINT = "CHECKPOINT", _("A checkpoint")
    CLAIM = "CLAIM", _("A claim")
    VERIFICATION = "VERIFICATION", _("A verification")
    FOLLOW_UP = "FOLLOW_UP", _("A follow-up")
    FILING = "FILING", _("A monthly filing")
    MANUAL = "MANUAL", _("The office's decision")


class Instrument(models.Model):
    """One step of the ladder against one unit for one cause. ``cause`` and ``rung`` make it exactly one.

    ``cause`` names the kind, the row and the date that was missed, as in "CHECKPOINT:12:2026-11-30"; an extension makes
    it another cause. ``rung``: signed days from the due date.
    """

    office = models.ForeignKey("permissions.Office", on_delete=models.PROTECT, related_name="+")
    kind = models.CharField(max_length=15, choices=InstrumentKind)
    state = models.CharField(max_length=10, choices=InstrumentState, default=InstrumentState.PROPOSED)
    row_version = models.PositiveIntegerField(default=1)
    cause_kind = models.CharField(max_length=12, choices=CauseKind)
    cause = models.CharField(max_length=80)
    rung = models.SmallIntegerField()
    measure = models.ForeignKey(
        "cases.Measure", null=True, on_delete=models.PROTECT, related_name="instruments"
    )
    unit = models.ForeignKey("permissions.Unit", on_delete=models.PROTECT, related_name="instruments")
    due_on = models.DateField()  # the date that the cause missed or will miss
    document_number = models.CharField(max_length=60, blank=True)
    text = models.TextField(blank=True)
    recipients = models.JSONField(default=list, blank=True)  # [{role, name}] as printed
    answer_due_on = models.DateField(null=True, blank=True)
    proposed_at = models.DateTimeField()
    issued_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    issued_at = models.DateTimeField(null=True, blank=True)
    received_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    received_at = models.DateTimeField(null=True, blank=True)
    answer = models.TextField(blank=True)
    answered_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    answered_at = models.DateTimeField(null=True, blank=True)
    effect = models.TextField(blank=True)  # what it brought about; why it was not sent
    ended_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    ended_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["-proposed_at", "-pk"]
        indexes = [
            models.Index(fields=["office", "state", "kind"], name="instrument_office_state"),
            models.Index(fields=["unit", "state"], name="instrument_unit_state"),
        ]
        constraints = [
            models.UniqueConstraint(fields=["office", "cause", "unit", "rung"], name="instrument_once"),
            models.UniqueConstraint(
                fields=["office", "document_number"],
                condition=~Q(document_number=""),
                name="instrument_number_once",
            ),
            models.CheckConstraint(condition=Q(kind__in=InstrumentKind.values), name="instrument_kind_legal"),
            models.CheckConstraint(
                condition=Q(state__in=InstrumentState.values), name="instrument_state_legal"
            ),
            models.CheckConstraint(
                condition=Q(cause_kind__in=CauseKind.values), name="instrument_cause_legal"
            ),
        ]

    def __str__(self):
        return self.document_number or f"{self.get_kind_display()} {self.unit}"

    def get_absolute_url(self):
        return reverse("workflows:instrument", args=[self.pk])


class Notice(models.Model):
    """Something that one person should know. ``key`` makes it exactly one; the text is made when it is read.

    ``kind`` is the act or the ladder's rung, ``params`` what its words need.
    """

    office = models.ForeignKey("permissions.Office", on_delete=models.PROTECT, related_name="+")
    person = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="notices")
    key = models.CharField(max_length=120)
    kind = models.CharField(max_length=40)
    params = models.JSONField(default=dict, blank=True)
    measure = models.ForeignKey("cases.Measure", null=True, on_delete=models.CASCADE, related_name="+")
    instrument = models.ForeignKey(Instrument, null=True, on_delete=models.CASCADE, related_name="notices")
    url = models.CharField(max_length=200, blank=True)
    created_at = models.DateTimeField()
    read_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["-created_at", "-pk"]
        indexes = [
            models.Index(fields=["person", "-created_at"], name="notice_unread", condition=Q(read_at=None)),
        ]
        constraints = [models.UniqueConstraint(fields=["person", "key"], name="notice_once")]

    def __str__(self):
        return f"{self.person_id} {self.kind}"
