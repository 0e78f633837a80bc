"""What a unit did in a month (整改进展), in the three parts that the plan asks for."""

from django.conf import settings
from django.db import models


class ProgressEntry(models.Model):
    """An entry stays as written; a correction is a further entry.

    ``period`` is the first day of the reporting month, decided once when the entry is recorded.
    ``happened_on`` earlier than the day of recording declares a late entry (补录).
    """

    office = models.ForeignKey("permissions.Office", on_delete=models.PROTECT, related_name="+")
    measure = models.ForeignKey("cases.Measure", on_delete=models.CASCADE, related_name="progress")
    unit = models.ForeignKey("permissions.Unit", on_delete=models.PROTECT, related_name="+")
    period = models.DateField()
    progress = models.TextField()
    difficulties = models.TextField(blank=True)
    next_steps = models.TextField(blank=True)
    # How much of the measure's target is reached in all, by this unit.
    amount = models.DecimalField(max_digits=14, decimal_places=2, null=True, blank=True)
    happened_on = models.DateField()
    author = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    recorded_at = models.DateTimeField()

    class Meta:
        ordering = ["-recorded_at", "-pk"]
        verbose_name_plural = "progress entries"
        indexes = [models.Index(fields=["unit", "period"], name="progress_unit_period")]

    def __str__(self):
        return f"{self.unit} {self.period:%Y-%m}"
