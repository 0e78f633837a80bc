"""The approval flows. Read from top to bottom; conditions look at the subject, never at the process.

Steps are named in stored rows: never rename a node, change its title instead. The flows say whose turn it is;
what a step does to filings and reports stands in ``workflows.acts``.
"""

from django.db.models import Q
from django.utils.translation import gettext_lazy as _
from viewflow import this
from viewflow.workflow import flow, lock
from viewflow.workflow.status import STATUS

from cases.errors import WrongState
from cases.models import ExtensionState
from permissions import clock
from permissions.models import Unit
from reports.models import FilingState, ReportState
from workflows.models import ApprovalProcess, ApprovalTask
from workflows.nodes import UnitTask

# viewflow's default lock locks nothing, and its no-wait lock breaks an outer transaction.
WAITING_LOCK = lock.SelectForUpdateLock(nowait=False, attempts=1)


class FilingFlow(flow.Flow):
    """单位报送: the handler drafts, the unit's head approves, the office accepts or returns.

    It ends with the acceptance. What the office returns goes on as the next revision, with a flow of its own.
    """

    process_class, task_class, lock_impl = ApprovalProcess, ApprovalTask, WAITING_LOCK

    start = flow.StartHandle(this.begin).Next(this.approve)
    approve = (
        UnitTask(title=_("Approve the filing")).Unit(this.unit, right="approve_filing").Next(this.approved)
    )
    approved = flow.If(this.is_filed).Then(this.filed).Else(this.redraft)
    filed = flow.If(this.is_final).Then(this.end).Else(this.accept)
    redraft = UnitTask(title=_("Rework the filing")).Unit(this.unit, right="draft_filing").Next(this.approve)
    accept = (
        UnitTask(title=_("Accept the filing")).Unit(this.office_unit, right="accept_filing").Next(this.end)
    )
    end = flow.End()

    def begin(self, activation, *, filing):
        activation.process.filing = filing

    def unit(self, activation):
        return activation.process.filing.unit

    def office_unit(self, activation):
        return Unit.of_office(activation.process.filing.office_id)

    def is_filed(self, activation):
        """The head approved; otherwise the filing goes back to the handler."""
        return activation.process.filing.state == FilingState.FILED

    def is_final(self, activation):
        """It went to the lead units; otherwise the office accepts or returns it."""
        return activation.process.filing.is_final


class PaperSteps:
    """What the flows of signed papers ask of their subject: the report or the bulletin, under the name in ``kind``."""

    kind = None

    def begin(self, activation, **subject):
        setattr(activation.process, self.kind, subject[self.kind])

    def paper(self, activation):
        return getattr(activation.process, self.kind)

    def office_unit(self, activation):
        return Unit.of_office(self.paper(activation).office_id)

    def is_reviewed(self, activation):
        """The head passed it on; otherwise it goes back to the clerk."""
        return self.paper(activation).state == ReportState.SIGNING

    def is_signed(self, activation):
        """The leader signed; otherwise it goes back to the clerk."""
        return self.paper(activation).state == ReportState.SIGNED


class MonthlyReportFlow(PaperSteps, flow.Flow):
    """整改月报: the office drafts, its head reviews, the leader signs; then the worker issues it."""

    kind = "report"
    process_class, task_class, lock_impl = ApprovalProcess, ApprovalTask, WAITING_LOCK

    start = flow.StartHandle(this.begin).Next(this.review)
    review = (
        UnitTask(title=_("Review the report"))
        .Unit(this.office_unit, right="review_report")
        .Next(this.reviewed)
    )
    reviewed = flow.If(this.is_reviewed).Then(this.sign).Else(this.revise)
    sign = UnitTask(title=_("Sign the report")).Unit(this.office_unit, right="sign_report").Next(this.signed)
    signed = flow.If(this.is_signed).Then(this.end).Else(this.revise)
    revise = (
        UnitTask(title=_("Rework the report"))
        .Unit(this.office_unit, right="compose_report")
        .Next(this.review)
    )
    end = flow.End()


class BulletinFlow(PaperSteps, flow.Flow):
    """通报: the same three hands as the report's, each with a right of its own."""

    kind = "bulletin"
    process_class, task_class, lock_impl = ApprovalProcess, ApprovalTask, WAITING_LOCK

    start = flow.StartHandle(this.begin).Next(this.review)
    review = (
        UnitTask(title=_("Review the bulletin"))
        .Unit(this.office_unit, right="review_bulletin")
        .Next(this.reviewed)
    )
    reviewed = flow.If(this.is_reviewed).Then(this.sign).Else(this.revise)
    sign = (
        UnitTask(title=_("Sign the bulletin")).Unit(this.office_unit, right="sign_bulletin").Next(this.signed)
    )
    signed = flow.If(this.is_signed).Then(this.end).Else(this.revise)
    revise = (
        UnitTask(title=_("Rework the bulletin"))
        .Unit(this.office_unit, right="compose_bulletin")
        .Next(this.review)
    )
    end = flow.End()


class ExtensionFlow(flow.Flow):
    """延期: the handler asks, the unit's head approves, the office's head decides; the leader signs further ones."""

    process_class, task_class, lock_impl = ApprovalProcess, ApprovalTask, WAITING_LOCK

    start = flow.StartHandle(this.begin).Next(this.approve)
    approve = (
        UnitTask(title=_("Approve the extension"))
        .Unit(this.unit, right="approve_extension")
        .Next(this.approved)
    )
    approved = flow.If(this.is_approved).Then(this.decide).Else(this.end)
    decide = (
        UnitTask(title=_("Decide on the extension"))
        .Unit(this.office_unit, right="decide_extension")
        .Next(this.decided)
    )
    decided = flow.If(this.needs_leader).Then(this.sign).Else(this.end)
    sign = (
        UnitTask(title=_("Sign the extension")).Unit(this.office_unit, right="sign_extension").Next(this.end)
    )
    end = flow.End()

    def begin(self, activation, *, extension):
        activation.process.extension = extension

    def unit(self, activation):
        return activation.process.extension.unit

    def office_unit(self, activation):
        return Unit.of_office(activation.process.extension.office_id)

    def is_approved(self, activation):
        """The unit's head stands behind it; otherwise it ends and the handler may ask anew."""
        return activation.process.extension.state == ExtensionState.APPROVED

    def needs_leader(self, activation):
        """It is not the first one granted on the measure; otherwise the office's head has decided."""
        return activation.process.extension.state == ExtensionState.SIGNING


def begin(flow_class, **subject):
    """Start an approval about a filing, a report or an extension."""
    return flow_class.start.run(**subject)


def take_step(node, actor, *, apply, **subject):
    """Do one waiting step: ``apply()`` changes the business rows, then the flow moves on.

    Errors: WrongState when that step does not wait (somebody was quicker).
    """
    task = (
        ApprovalTask.objects.filter(
            flow_task=node,
            status__in=[STATUS.NEW, STATUS.ASSIGNED],
            **{f"process__{name}": row for name, row in subject.items()},
        )
        .select_related("process")
        .first()
    )
    row = next(iter(subject.values()))
    if task is None:
        raise WrongState(state=row.get_state_display())
    with task.activation() as activation:  # locks the process row and reads the task again
        if activation.task.status == STATUS.NEW:
            activation.task.assigned = clock.now()  # assign() does not fill it
            activation.assign(actor)
        # The flow's conditions read the subject from the process: hand it the very row that is being changed.
        for name, changed in subject.items():
            setattr(activation.process, name, changed)
        activation.start(None)
        apply()
        activation.execute()


def cancel(now, **subjects):
    """End approvals whose subject needs none any more; ``subjects``: name of the relation → rows. Two statements."""
    open_steps = ApprovalTask.objects.filter(
        status__in=[STATUS.NEW, STATUS.ASSIGNED],
        **{f"process__{name}__in": rows for name, rows in subjects.items()},
    )
    open_steps.update(status=STATUS.CANCELED, finished=now)
    processes = ApprovalProcess.objects.filter(
        finished=None, **{f"{name}__in": rows for name, rows in subjects.items()}
    )
    processes.update(status=STATUS.CANCELED, finished=now)


def open_tasks(user_rights):
    """Waiting steps for ``{codename: unit ids}``; each row carries its subject. One query."""
    mine = Q(pk__in=[])
    for codename, unit_ids in user_rights.items():
        mine |= Q(owner_permission=codename, unit__in=unit_ids)
    return (
        ApprovalTask.objects.filter(mine, status__in=[STATUS.NEW, STATUS.ASSIGNED])
        .select_related(
            "process__filing__unit", "process__filing__period", "process__report__period",
            "process__bulletin__period", "process__extension__unit", "process__extension__measure", "unit",
        )
        .order_by("created")
    )  # fmt: skip
