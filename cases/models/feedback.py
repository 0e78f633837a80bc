"""What the public reports (群众反映): a register of its own, from receipt to answer."""

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.urls import reverse
from django.utils.translation import gettext_lazy as _


class FeedbackState(models.TextChoices):
    REGISTERED = "REGISTERED", _("Registered")
    IN_HAND = "IN_HAND", _("In hand")
    ANSWERED = "ANSWERED", _("Answered")
    CLOSED = "CLOSED", _("Settled")


class FeedbackChannel(models.TextChoices):
    VISIT = "VISIT", _("Visit")
    LETTER = "LETTER", _("Letter")
    PHONE = "PHONE", _("Telephone")
    WEB = "WEB", _("Public page")
    OTHER = "OTHER", _("Other way")


class Feedback(models.Model):
    """One matter that somebody reported. The person is optional and never shown outside the office."""

    office = models.ForeignKey("permissions.Office", on_delete=models.PROTECT, related_name="+")
    receipt = models.CharField(max_length=20, unique=True)  # random, so that nobody can guess another's
    state = models.CharField(max_length=10, choices=FeedbackState, default=FeedbackState.REGISTERED)
    row_version = models.PositiveIntegerField(default=1)
    channel = models.CharField(max_length=10, choices=FeedbackChannel)
    content = models.TextField()
    location = models.CharField(max_length=200, blank=True)
    person = models.CharField(max_length=60, blank=True)
    contact = models.CharField(max_length=60, blank=True)
    attachment = models.ForeignKey("cases.StoredFile", null=True, on_delete=models.PROTECT, related_name="+")
    attachment_name = models.CharField(max_length=255, blank=True)
    received_at = models.DateTimeField()
    registered_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+"
    )
    problem = models.ForeignKey("cases.Problem", null=True, on_delete=models.PROTECT, related_name="feedback")
    duplicate_of = models.ForeignKey("self", null=True, on_delete=models.PROTECT, related_name="duplicates")
    answer = models.TextField(blank=True)
    answered_at = models.DateTimeField(null=True)
    accountability = models.TextField(blank=True)  # 问责情况

    class Meta:
        ordering = ["-received_at", "-pk"]
        verbose_name_plural = "feedback"
        indexes = [models.Index(fields=["office", "state", "-received_at"], name="feedback_office_state")]
        constraints = [
            models.CheckConstraint(condition=Q(state__in=FeedbackState.values), name="feedback_state_legal"),
            models.CheckConstraint(
                condition=Q(channel__in=FeedbackChannel.values), name="feedback_channel_legal"
            ),
        ]

    def __str__(self):
        return self.receipt

    def get_absolute_url(self):
        return reverse("workflows:feedback", args=[self.pk])
