"""The states of a measure and what is open or closed among them."""

from django.db import models
from django.utils.translation import gettext_lazy as _


class MeasureState(models.TextChoices):
    DRAFT = "DRAFT", _("Draft")
    ISSUED = "ISSUED", _("To be claimed")
    DISPUTED = "DISPUTED", _("Disputed")
    RECTIFYING = "RECTIFYING", _("Rectifying")
    SUBMITTED = "SUBMITTED", _("Awaiting verification")
    VERIFIED = "VERIFIED", _("Awaiting close-out")
    CLOSED = "CLOSED", _("Closed out")
    WITHDRAWN = "WITHDRAWN", _("Withdrawn")


OPEN_STATES = (
    MeasureState.ISSUED,
    MeasureState.DISPUTED,
    MeasureState.RECTIFYING,
    MeasureState.SUBMITTED,
    MeasureState.VERIFIED,
)


class Light(models.TextChoices):
    GREEN = "GREEN", _("Green")
    YELLOW = "YELLOW", _("Yellow")
    RED = "RED", _("Red")
    NONE = "NONE", _("No light")


class SourceLevel(models.TextChoices):
    CENTRAL = "CENTRAL", _("Central")
    PROVINCE = "PROVINCE", _("Province")
    CITY = "CITY", _("City")
    COUNTY = "COUNTY", _("County self-check")
    PATROL = "PATROL", _("Discipline inspection")
    AUDIT = "AUDIT", _("Audit office")
    PUBLIC = "PUBLIC", _("Reported by the public")
