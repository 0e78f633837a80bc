from django.apps import AppConfig
from django.core.checks import register


class WorkflowsConfig(AppConfig):
    name = "workflows"

    def ready(self):
        from workflows import acts, checks  # noqa: F401 - acts register themselves; both need the app registry

        register(checks.check_flow_locks)
