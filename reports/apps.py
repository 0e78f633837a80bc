from django.apps import AppConfig
from django.core.checks import register


class ReportsConfig(AppConfig):
    name = "reports"

    def ready(self):
        from reports.checks import certificates_hold  # needs the app registry

        register(certificates_hold)
