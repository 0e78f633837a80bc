from django.apps import AppConfig
from django.core.checks import register


class WorkflowsConfig(AppConfig):
    name = "workflows"

    def ready(self):
        from workflows import acts, checks, desk_presenters  # noqa: F401 - they register themselves; all need the app registry

        register(checks.check_flow_locks)
