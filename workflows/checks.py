"""System checks of the approval flows."""

from django.core.checks import Error
from viewflow.workflow import lock
from viewflow.workflow.flow import Flow

from workflows import approvals


def check_flow_locks(app_configs, **kwargs):
    """Every flow must wait for the lock of its process: viewflow's default runs a double approval twice."""
    flows = [
        value for value in vars(approvals).values() if isinstance(value, type) and issubclass(value, Flow)
    ]
    return [
        Error(
            f"{flow.__name__} does not use the waiting lock, so one step could be taken twice.",
            hint="Set lock_impl = WAITING_LOCK.",
            id="workflows.E001",
        )
        for flow in flows
        if flow is not Flow and not _waits(flow.lock_impl)
    ]


def _waits(lock_impl):
    return isinstance(lock_impl, lock.SelectForUpdateLock) and lock_impl.nowait is False
