"""What the worker does by itself, by the county's clock. ``install`` may run any number of times."""

from django_q.models import Schedule

# name → (function, cron). django-q reads cron in TIME_ZONE, which is the county's.
SCHEDULES = {
    "open periods": ("workflows.jobs.open_due_periods", "5 0 * * *"),
    "follow appointments": ("permissions.roles.sync_roles", "10 0 * * *"),
    "ask again for lost jobs": ("workflows.jobs.heal", "*/10 * * * *"),
    "sweep files": ("cases.files.sweep", "30 2 * * *"),
}


def install():
    """Write the table above; what is no longer in it goes. Time already past is not caught up."""
    for name, (func, cron) in SCHEDULES.items():
        Schedule.objects.update_or_create(
            name=name, defaults={"func": func, "cron": cron, "schedule_type": Schedule.CRON}
        )
    Schedule.objects.exclude(name__in=SCHEDULES).delete()
