"""Work for the worker, through one ``Job`` row per piece: unique key, attempts counted before the work.

The queue delivers at least once, and a killed worker gets the job again; so every job may run twice without harm.
"""

import json
import logging
import traceback
from datetime import timedelta

from django.db import transaction
from django.db.models import Exists, F, OuterRef, Q
from django.utils.module_loading import import_string
from django.utils.translation import gettext as _
from django_q.models import Schedule
from django_q.tasks import async_task

from cases import deadlines, files
from cases.errors import Refused
from cases.media import DOCX, PDF, XLSX
from cases.models import Measure, Plan
from cases.models.plan import PlanState
from cases.states import OPEN_STATES, MeasureState
from permissions import clock
from permissions.models import Office
from reports import certificates, signatures
from reports.documents import pdf, safely
from reports.documents.safely import Order
from reports.models import Bulletin, MonthlyReport, Paper, PaperKind, ReportingPeriod, ReportState
from workflows.models import Job, JobState

logger = logging.getLogger(__name__)
ATTEMPTS = 3
DEAD_SECONDS = 330  # longer than a job that lives says nothing (see reports.documents.safely)
# What the worker does by itself: name → (function, cron by the county's clock).
SCHEDULES = {
    "open periods": ("workflows.jobs.open_due_periods", "5 0 * * *"),
    "close periods": ("workflows.jobs.close_due_periods", "*/10 * * * *"),
    "follow appointments": ("permissions.roles.sync_roles", "10 0 * * *"),
    "climb ladders": ("workflows.jobs.climb_ladders", "20 * * * *"),
    "deliver messages": ("workflows.outbox.deliver", "*/2 * * * *"),
    "ask again for lost jobs": ("workflows.jobs.heal", "*/10 * * * *"),
    "sweep files": ("cases.files.sweep", "30 2 * * *"),
}


class Cancelled(Exception):
    """Somebody wants the job no longer: it stops where it says how far it is."""


def submit(key, func, *, office_id=None, **kwargs):
    """Ask for a job once. The worker hears of it after the commit."""
    job, new = Job.objects.get_or_create(
        key=key, defaults={"func": func, "kwargs": kwargs, "office_id": office_id}
    )
    if new or job.state in (JobState.FAILED, JobState.CANCELLED):
        if not new:
            Job.objects.filter(pk=job.pk).exclude(state=JobState.DONE).update(
                state=JobState.QUEUED, attempts=0, percent=0, error="", message=""
            )
        transaction.on_commit(lambda: async_task("workflows.jobs.execute", job.pk))
    return job


def execute(pk):
    """Run one job. The attempt is committed before the work, so that a killed worker counts."""
    dead = Q(state=JobState.RUNNING, updated_at__lt=clock.now() - timedelta(seconds=DEAD_SECONDS))
    waiting = Job.objects.filter(Q(state=JobState.QUEUED) | dead, pk=pk)
    if not waiting.update(state=JobState.RUNNING, attempts=F("attempts") + 1, updated_at=clock.now()):
        return
    job = Job.objects.get(pk=pk)
    if job.attempts > ATTEMPTS:
        _end(
            job,
            JobState.FAILED,
            job.error or "the worker died repeatedly",
            _("The worker stopped repeatedly."),
        )
        return
    try:
        import_string(job.func)(job, **job.kwargs)
    except Cancelled:
        logger.info("job %s was cancelled", job.key)
    except Exception as error:
        logger.exception("job %s failed", job.key)
        state = JobState.FAILED if job.attempts >= ATTEMPTS or isinstance(error, Refused) else JobState.QUEUED
        ended = _end(job, state, traceback.format_exc()[-4000:], message_of(error))
        if ended and state == JobState.QUEUED:
            raise  # the queue tries again
    else:
        _end(job, JobState.DONE, "", "")


def _end(job, state, error, message) -> bool:
    """Note how it ended. What was cancelled or done meanwhile, by another worker, stays so; done outdoes all."""
    rows, percent = Job.objects.filter(pk=job.pk), job.percent
    if state == JobState.DONE:
        percent = 100
    else:
        rows = rows.exclude(state__in=[JobState.CANCELLED, JobState.DONE])
    return bool(
        rows.update(state=state, error=error, message=message, percent=percent, updated_at=clock.now())
    )


def message_of(error):
    """What the reader is told: a refusal's own words, else that the worker's log has the details."""
    if isinstance(error, Refused) or hasattr(error, "reader_message"):
        return str(getattr(error, "reader_message", error))
    return _("The document could not be made. The system administrator finds the details in the log.")


def progress(job, percent):
    """Note how far the job is. Error: Cancelled."""
    rows = Job.objects.filter(pk=job.pk)
    rows.update(percent=percent, updated_at=clock.now())
    if rows.filter(state=JobState.CANCELLED).exists():
        raise Cancelled


def cancel(key) -> bool:
    """Stop a job that waits or runs; False if there is none. What it would have changed stays as it was."""
    open_jobs = Job.objects.filter(key=key, state__in=[JobState.QUEUED, JobState.RUNNING])
    return bool(open_jobs.update(state=JobState.CANCELLED, updated_at=clock.now()))


def issue_key(paper):
    return f"{paper.kind}:{paper.pk}"


def submit_issue(paper):
    """Ask the worker to number, print and issue a signed paper."""
    submit(
        issue_key(paper),
        f"workflows.jobs.issue_{paper.kind}",
        office_id=paper.office_id,
        **{f"{paper.kind}_id": paper.pk},
    )


def issue_report(job, *, report_id):
    prints = (
        (70, PDF, Order("pdf", "pdf.render_monthly_report")),
        (80, PDF, Order("internal_pdf", "pdf.render_monthly_report", {"edition": pdf.INTERNAL})),
        (85, XLSX, Order("xlsx", "xlsx.ledger_xlsx")),
        (90, DOCX, Order("docx", "docx.monthly_report_docx")),
    )
    _issue(job, MonthlyReport, report_id, prints)


def issue_bulletin(job, *, bulletin_id):
    prints = (
        (80, PDF, Order("pdf", "bulletin.render_bulletin")),
        (90, DOCX, Order("docx", "bulletin_docx.bulletin_docx")),
    )
    _issue(job, Bulletin, bulletin_id, prints)


def _issue(job, model, pk, prints):
    """Number, print, sign and issue a signed paper. Every step finds what an earlier attempt left.

    ``prints``: (percent when done, media type, order of snapshot and issue, named like its column). The files are made
    outside any transaction, so that nobody waits for them, and in a process of their own.
    """
    from workflows.door import perform  # the door's acts import this module

    signed = model.objects.filter(pk=pk)
    if signed.exclude(state=ReportState.SIGNED).exists():
        return
    certificate = certificates.for_issue(Office.objects.get(pk__in=signed.values("office")))
    if signed.filter(document_number="").exists():
        perform(pk, f"number_{model.kind}", actor=None)
    paper = model.objects.select_related("office").get(pk=pk)
    progress(job, 10)
    starts = dict(zip([order.name for *_, order in prints], [10, *(end for end, *_ in prints)], strict=False))
    ends = {order.name: end for end, _type, order in prints}

    def tell(name, share):
        progress(job, round(starts[name] + (ends[name] - starts[name]) * share))

    printed = safely.printed(
        [order for *_, order in prints], json.loads(paper.snapshot), paper.issue, tell=tell
    )
    types = {order.name: media_type for _end, media_type, order in prints}
    made = _stored(paper.office_id, printed, types, certificate)
    progress(job, 95)
    perform(pk, f"issue_{model.kind}", actor=None, **made)


def _stored(office_id, printed, types, certificate):
    """Sign the PDFs where the office has a certificate, store all: {name: id of its file}, and the ``signature``."""
    signature = None
    if certificate:
        papers = {name: data for name, data in printed.items() if types[name] == PDF}
        signed, signature = signatures.signed(papers, certificate, at=clock.now())
        printed = printed | signed
    made = {name: files.store(office_id, printed[name], types[name]).pk for name in types}
    return {**made, "signature": signature}


def print_paper(job, *, paper_id):
    """Print a paper about one thing from its frozen data; a repeated job finds it printed."""
    from workflows.door import perform  # the door's acts import this module

    paper = Paper.objects.select_related("office").get(pk=paper_id)
    if paper.pdf_id is None:
        is_units_own = paper.kind == PaperKind.FILING  # and so is its signature
        certificate = None if is_units_own else certificates.for_issue(paper.office)
        printed = safely.printed([Order("pdf", "official.render_paper")], json.loads(paper.snapshot))
        made = _stored(paper.office_id, printed, {"pdf": PDF}, certificate)
        perform(paper_id, "keep_paper", actor=None, **made)


def heal(minutes=10):
    """Ask again for jobs that never reached the queue (a crash just after the commit) or whose worker died."""
    waiting = Job.objects.filter(state__in=[JobState.QUEUED, JobState.RUNNING])
    lost = waiting.filter(updated_at__lt=clock.now() - timedelta(minutes=minutes))
    for pk in lost.values_list("pk", flat=True):
        async_task("workflows.jobs.execute", pk)


def open_due_periods():
    """Open this month for every issued plan that asks for a report in it. Daily; a second run does nothing."""
    from workflows.door import perform  # the door's acts import this module

    today = clock.today()
    month = deadlines.period_of(clock.now(), 31, clock.COUNTY_ZONE)
    for plan in _plans_at_work(month):
        asked = not plan.reporting_months or today.month in plan.reporting_months
        over = plan.ends_on is not None and plan.ends_on < month
        if asked and not over and not plan.periods.filter(month=month).exists():
            try:
                perform(plan.pk, "open_period", actor=None, month=month)
            except Refused as refused:  # one plan must not stop the others
                logger.warning("plan %s: %s was not opened: %s", plan.pk, month, refused)


def close_due_periods():
    """Put on record what was on time in each month whose due moment is over. A second run does nothing."""
    from workflows.door import perform  # the door's acts import this module

    over = ReportingPeriod.objects.filter(closed_at=None, due_at__lt=clock.now()).order_by("due_at", "pk")
    for pk in over.values_list("pk", flat=True):
        try:
            perform(pk, "close_period", actor=None)
        except Refused as refused:  # another run was faster, or the row is busy: the others must not wait
            logger.warning("period %s was not closed: %s", pk, refused)


def climb_ladders():
    """Remind and propose wherever something is due. Hourly, since the worker may have been down; often does no harm."""
    from workflows.acts.supervision import due_now  # the door's acts import this module
    from workflows.door import perform

    for office in Office.objects.select_related("rules").order_by("pk"):
        if any(due_now(office, today=clock.today())):
            try:
                perform(office.pk, "climb_ladder", actor=None)
            except Refused as refused:
                # Another run was faster, or the office is busy: the other offices must not wait.
                logger.warning("office %s: the ladder was not climbed: %s", office.pk, refused)


def _plans_at_work(month):
    """Issued plans with something to report: the standing one may have no problem, another be closed out. Lazy."""
    live = Q(state__in=OPEN_STATES) | Q(closed_on__gte=deadlines.previous_month(month))
    measures = Measure.objects.filter(live, plan=OuterRef("pk")).exclude(state=MeasureState.WITHDRAWN)
    return Plan.objects.filter(Exists(measures), state=PlanState.ISSUED).defer("text")


def install_schedules():
    """Write the table above; what is no longer in it goes. May run any number of times."""
    for name, (func, cron) in SCHEDULES.items():
        Schedule.objects.update_or_create(
            name=name, defaults={"func": func, "cron": cron, "schedule_type": Schedule.CRON}
        )
    Schedule.objects.exclude(name__in=SCHEDULES).delete()
