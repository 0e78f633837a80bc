"""Acts on documents and plans: read a document, take a confirmed plan back, issue it. On what was read: ``drafts``."""

from django.conf import settings
from django.db.models import F, Max, Prefetch
from django.utils.translation import gettext_lazy as _

from cases import evidence, files
from cases.errors import BadFile, NotReady, WrongState
from cases.intake import IntakeRefused, read_plan_safely
from cases.ledger import visible_plans
from cases.models import Duty, ImportDraft, Plan, Round
from cases.models.plan import PlanState
from cases.states import MeasureState
from permissions.access import access_of
from permissions.models import Office
from workflows.door import Act, register
from workflows.rectification import Rectification


def parse(data):
    """Read the document before anything is locked: that may take seconds. What cannot be read leaves no row."""
    name, content = data["file_name"], data["data"]
    refuse_large(name, len(content))
    try:
        proposal = read_plan_safely(content, name)
    except IntakeRefused as refused:
        raise BadFile(_(refused.message), **refused.params) from refused
    files.write(content)
    return {**data, "proposal": proposal}


def read(knock):
    """Keep what was read as a draft, with its source."""
    office, name, data, proposal = (
        knock.subject,
        knock.data["file_name"],
        knock.data["data"],
        knock.data["proposal"],
    )
    stored = files.store(office.pk, data, evidence.media_type_of(data, name) or "text/plain")
    knock.evidence_digests = [stored.sha256]
    knock.details = {"file": name, "problems": len(proposal.problems), "measures": len(proposal.measures)}
    return ImportDraft.objects.create(
        office=office,
        source=stored,
        source_name=name[:255],
        proposal=proposal.to_dict(),
        read_by=knock.actor,
        read_at=knock.now,
    )


def refuse_large(name, size):
    """A page asks this before it takes the bytes into memory."""
    limit = settings.XIAOHAO_PLAN_MAX_MB
    if size > limit * 1024 * 1024:
        raise BadFile(
            _(
                "“%(name)s” is larger than %(limit)s MB. Save the plan without pictures and attachments, "
                "then choose it again."
            ),
            name=name,
            limit=limit,
        )


def discard_plan(knock):
    """Take back the confirmation of a plan that was never issued: what was read waits for review again."""
    plan = knock.subject
    draft = ImportDraft.objects.filter(plan=plan).first()
    if plan.state != PlanState.DRAFT or draft is None:
        raise WrongState(state=plan.get_state_display())
    draft.plan = None
    draft.row_version += 1
    draft.save(update_fields=["plan", "row_version"])
    knock.details = {"plan": plan.pk, "title": plan.title, "measures": plan.measures.count()}
    plan.delete()
    return draft


def issue_plan(knock):
    """Hand every measure of the plan to its units (交办). One entry stands for all of them."""
    plan = knock.subject
    if plan.state != PlanState.DRAFT:
        raise WrongState(state=plan.get_state_display())
    measures = issue_measures(knock, plan.measures.filter(state=MeasureState.DRAFT))
    plan.state, plan.opened_at, plan.ends_on = PlanState.ISSUED, knock.now, _ends_on(plan, knock.today)
    plan.row_version += 1
    plan.save()
    knock.details = {"measures": len(measures)}


def issue_measures(knock, rows):
    """Hand these measures of one plan to their units and open their first rounds. Shape: [Measure]. Four statements.

    Errors: NotReady when there is none, or one for which nobody answers.
    """
    measures = list(
        rows.select_related("office__rules").prefetch_related(
            Prefetch("duties", Duty.objects.only("measure_id"))
        )
    )
    if nameless := [measure.number for measure in measures if not measure.duties.all()]:
        raise NotReady(
            _("These measures have no unit that answers for them: %(numbers)s."), numbers="、".join(nameless)
        )
    if not measures:
        raise NotReady(_("The plan has no measures, so there is nothing to issue."))
    for measure in measures:
        Rectification(measure, actor=knock.actor, access=knock.access, now=knock.now).issue()
    # One statement for all: the machine has put the same state, moment and claim date on each of them.
    issued = {name: getattr(measures[0], name) for name in ("state", "state_since", "claim_due_on")}
    rows.update(**issued, row_version=F("row_version") + 1)
    Round.objects.bulk_create(
        Round(office_id=measure.office_id, measure=measure, number=1, opened_at=knock.now)
        for measure in measures
    )
    return measures


def _ends_on(plan, today):
    """The plan's latest date; without any the end of the year in which it was issued."""
    last = plan.measures.aggregate(last=Max("checkpoints__due_on"))["last"]
    return last or (plan.issued_on or today).replace(month=12, day=31)


# Scope and right --------------------------------------------------------------------------------------


def own_offices(user):
    return Office.objects.filter(pk__in=access_of(user).own_office_ids)


def permit_office(codename):
    """The right on the unit of the subject's office; an office is its own."""

    def permit(knock):
        office = knock.subject if isinstance(knock.subject, Office) else knock.subject.office
        knock.require(codename, office.unit.pk)

    return permit


register(Act("read_plan", Office, own_offices, permit_office("import_plan"), read, prepare=parse))
register(Act("discard_plan", Plan, visible_plans, permit_office("import_plan"), discard_plan))
register(Act("issue_plan", Plan, visible_plans, permit_office("issue_plan"), issue_plan))
