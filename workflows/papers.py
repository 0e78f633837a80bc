"""Filings, reports, plans, drafts and reports by the public that wait for a person: the paper side of the desk."""

from dataclasses import dataclass
from datetime import date, timedelta

from django.db.models import Case, CharField, Count, Exists, OuterRef, Q, Subquery, Value, When
from django.db.models.functions import Substr
from django.urls import reverse
from django.utils.formats import date_format
from django.utils.http import urlencode
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from cases.ledger import visible_drafts, visible_plans
from cases.models import Feedback, FeedbackState, InstrumentKind, InstrumentState, Measure, Problem
from cases.models.plan import PlanState
from cases.presenters import short_date
from cases.states import MeasureState
from permissions import clock
from permissions.access import access_of
from reports.models import Bulletin, Filing, FilingState, MonthlyReport, ReportState
from reports.scope import VISIBLE_PAPERS, visible_filings, visible_mentions, visible_periods
from workflows.approvals import FilingFlow, open_tasks
from workflows.instruments import TO_ANSWER, visible_instruments
from workflows.models import Job, JobState

BULLETIN_DAYS = 31  # after a month's due moment its bulletin is asked for
LATEST = 20  # of each kind; more than that is a matter for the lists


@dataclass(frozen=True)
class Paper:
    """One paper that waits: what is to be done with what, where, and until when.

    ``dates`` is shown where the date is no deadline of the step itself.
    """

    task: str
    subject: str
    url: str
    due_on: date | None = None
    is_late: bool = False
    dates: str = ""


def waiting(user, *, today) -> list[Paper]:
    """All papers that wait for the person, the most urgent first. At most eight queries, four for a unit."""
    access = access_of(user)
    found = []
    if access.rights.keys() & {"compose_report", "review_report"}:
        found += _not_issued(user, access)
    if access.rights:
        found += _tasks(access)
    if access.rights.get("draft_filing"):
        found += _filings_to_write(user, access, today)
    if access.rights.keys() & {"receive_instrument", "issue_instrument", "prepare_instrument"}:
        found += _instruments(user, access, today)
    if access.rights.get("answer_bulletin"):
        found += _mentions(user, access)
    if access.rights.get("compose_bulletin"):
        found += _bulletins_to_compose(user, access, today)
    if access.rights.get("compose_report"):
        found += _periods_to_compose(user, access, today)
    if access.rights.get("import_plan"):
        found += _drafts_and_reports(user, access)
    if access.rights.get("issue_plan"):
        found += _plans_to_issue(user, access)
        found += _problems_to_issue(access)
    return sorted(found, key=lambda paper: (paper.due_on is None, paper.due_on or today))


def _month(day):
    return date_format(day, "YEAR_MONTH_FORMAT")


def _tasks(access):
    """Steps of approvals; a filing that went back to its handler is found among the drafts."""
    papers = []
    for task in open_tasks(access.rights)[:LATEST]:
        filing, bulletin = task.process.filing, task.process.bulletin
        if filing and task.flow_task == FilingFlow.redraft:
            continue
        if task.process.extension:
            papers += _extension(task, access)
            continue
        subject = filing or bulletin or task.process.report
        papers.append(
            Paper(
                task=str(task.flow_task.task_title),
                subject=f"{filing.unit} {_month(filing.period.month)}" if filing else _named(subject),
                url=subject.get_absolute_url(),
                due_on=clock.local(filing.period.due_at).date() if filing else None,
            )
        )
    return papers


def _named(paper):
    words = _("Bulletin %(month)s") if paper.kind == Bulletin.kind else _("Monthly report %(month)s")
    return words % {"month": _month(paper.period.month)}


def _not_issued(user, access):
    """Signed papers of which nothing was issued, since their printing failed or was stopped. One query, seldom more."""
    stopped = Job.objects.filter(
        office__in=access.own_office_ids, state__in=[JobState.FAILED, JobState.CANCELLED]
    )
    keys = [key.partition(":") for key in stopped.values_list("key", flat=True)]
    papers = []
    for kind, visible in VISIBLE_PAPERS.items():
        if ids := [pk for name, _colon, pk in keys if name == kind]:
            signed = visible(user).filter(pk__in=ids, state=ReportState.SIGNED).select_related("period")
            papers += signed.defer("snapshot", "texts")[:LATEST]
    task = _("Start the printing again: nothing was issued")
    return [Paper(task=task, subject=_named(paper), url=paper.get_absolute_url()) for paper in papers]


def _extension(task, access):
    """Not for somebody who took an earlier step of it: the door would refuse them."""
    extension = task.process.extension
    if access.user_id in extension.hands():
        return []
    before, after = (short_date(day) for day in (extension.old_due_on, extension.new_due_on))
    return [
        Paper(
            task=str(task.flow_task.task_title),
            subject=f"{extension.unit} {extension.measure.number}",
            url=extension.get_absolute_url(),
            due_on=extension.old_due_on,
            is_late=extension.old_due_on < clock.today(),
            dates=_("due %(before)s, to be extended to %(after)s") % {"before": before, "after": after},
        )
    ]


def _filings_to_write(user, access, today):
    filings = (
        visible_filings(user)
        .filter(state=FilingState.DRAFT, unit__in=access.rights["draft_filing"])
        .select_related("unit", "period")
        .order_by("period__due_at")[:LATEST]
    )
    papers = []
    for filing in filings:
        due_on = clock.local(filing.period.due_at).date()
        papers.append(
            Paper(
                task=_("Rework the filing") if filing.return_reason else _("Write the filing"),
                subject=f"{filing.unit} {_month(filing.period.month)}",
                url=reverse("workflows:edit_filing", args=[filing.pk]),
                due_on=due_on,
                is_late=due_on < today,
            )
        )
    return papers


def _instruments(user, access, today):
    """Supervision: for the office what is proposed or answered, for a unit what it must answer."""
    owed = Q(state__in=TO_ANSWER, unit__in=access.rights.get("receive_instrument", ()))
    desk = Q(state__in=(InstrumentState.PROPOSED, InstrumentState.ANSWERED), office__in=access.own_office_ids)
    rows = visible_instruments(user).exclude(kind=InstrumentKind.REMINDER).filter(owed | desk)
    rows = rows.select_related("unit", "measure").defer("text", "answer", "measure__text")
    rows = rows.order_by("answer_due_on", "pk")
    single, alike = [], {}
    for row in rows[: 10 * LATEST]:
        if row.state == InstrumentState.PROPOSED:
            day = clock.local(row.proposed_at).date()
            own_words = row.pk if row.kind == InstrumentKind.INTERVIEW else None  # names its time and place
            alike.setdefault((row.unit_id, row.kind, row.rung, day, own_words), []).append(row)
        else:
            single.append(_instrument(row, today))
    issues = access.rights.get("issue_instrument", ())
    heads = {held.office_id for held in access.memberships if held.unit_id in issues}
    proposed = (_proposed(rows, rows[0].office_id in heads) for rows in alike.values())
    found = [*single, *proposed]
    if len(found) <= LATEST:
        return found
    rest = len(found) - LATEST + 1
    return [
        *found[: LATEST - 1],
        Paper(_("See what else waits"), _rest(rest), reverse("workflows:supervision")),
    ]


def _rest(count):
    return ngettext(
        "%(count)s more matter of supervision", "%(count)s more matters of supervision", count
    ) % {"count": count}


def _instrument(row, today):
    owed = row.state in TO_ANSWER
    return Paper(
        task=_("Answer an instrument") if owed else _("Settle an answered instrument"),
        subject=f"{row.unit} {row.document_number}",
        url=row.get_absolute_url(),
        due_on=row.answer_due_on if owed else None,
        is_late=owed and row.answer_due_on is not None and row.answer_due_on < today,
    )


def _proposed(rows, may_issue):
    """What the ladder proposed against one unit on one day, of one step: issued from one list.

    Who may not issue it only prepares its words.
    """
    first, count = rows[0], len(rows)
    subject = f"{first.unit} {first.get_kind_display()}"
    if count == 1:
        subject = f"{subject} {first.measure.number}" if first.measure else subject
        task = _("Issue an instrument") if may_issue else _("Prepare an instrument: the head issues it")
        return Paper(task=task, subject=subject, url=first.get_absolute_url())
    if may_issue:
        task = _("Issue %(count)s instruments")
        query = urlencode({"row": [row.pk for row in rows]}, doseq=True)
        url = f"{reverse('workflows:issue_together')}?{query}"
    else:
        task = _("Prepare %(count)s instruments: the head issues them")
        query = urlencode({"state": first.state, "kind": first.kind, "q": first.unit.name})
        url = f"{reverse('workflows:supervision')}?{query}"
    return Paper(task=task % {"count": count}, subject=subject, url=url)


def _periods_to_compose(user, access, today):
    """Periods without a report, or with one that has not left the clerk; units that have not filed are counted."""
    filed = Filing.objects.filter(period=OuterRef("period"), unit=OuterRef("unit"), filed_at__isnull=False)
    periods = (
        _with_draft(visible_periods(user), MonthlyReport)
        .filter(office__in=access.own_office_ids)
        .annotate(unfiled=Count("filings__unit", distinct=True, filter=Q(filings__in=_never_filed(filed))))
        .order_by("due_at")[:LATEST]
    )
    papers = []
    for period in periods:
        due_on = clock.local(period.due_at).date()
        missing = ngettext("%(count)s unit has not filed", "%(count)s units have not filed", period.unfiled)
        papers.append(
            Paper(
                task=_("Check the report and send it for review")
                if period.draft
                else _("Compose the report"),
                subject=f"{_month(period.month)} · {missing % {'count': period.unfiled}}",
                url=_draft_or_period(period, MonthlyReport),
                due_on=due_on,
                is_late=due_on < today,
            )
        )
    return papers


def _bulletins_to_compose(user, access, today):
    """Months that are just over and have no bulletin, and any with one that has not left the clerk."""
    over, now = timedelta(days=BULLETIN_DAYS), clock.now()
    just_over = Q(due_at__lt=now, due_at__gte=now - over)
    periods = _with_draft(visible_periods(user), Bulletin).filter(
        just_over | Q(draft__isnull=False), office__in=access.own_office_ids
    )
    return [
        Paper(
            task=_("Check the bulletin and send it for review")
            if period.draft
            else _("Compose the bulletin"),
            subject=_month(period.month),
            url=_draft_or_period(period, Bulletin),
        )
        for period in periods.order_by("due_at")[:LATEST]
    ]


def _with_draft(periods, model):
    """Those without such a paper, or with a ``draft`` that was never sent: one sent back is a step of its flow."""
    papers = model.objects.filter(period=OuterRef("pk"))
    unsent = papers.filter(state=ReportState.DRAFT, processes=None)
    found = periods.annotate(draft=Subquery(unsent.values("pk")[:1]))
    return found.filter(~Exists(papers) | Q(draft__isnull=False))


def _draft_or_period(period, model):
    if period.draft:
        return reverse(f"reports:{model.kind}", args=[period.draft])
    return period.get_absolute_url()


def _mentions(user, access):
    """Bulletins that name the person's unit, until it has answered; praise is only signed for."""
    rows = visible_mentions(user).filter(
        unit__in=access.rights["answer_bulletin"], bulletin__state=ReportState.ISSUED, answered_at=None
    )
    rows = rows.select_related("unit", "bulletin").defer("bulletin__snapshot", "bulletin__texts")
    return [
        Paper(
            task=_("Answer the bulletin") if row.asks_for_answer else _("Sign for the bulletin"),
            subject=f"{row.unit} {row.bulletin.document_number}",
            url=row.get_absolute_url(),
        )
        for row in rows.order_by("-pk")[:LATEST]
        if row.asks_for_answer or row.received_at is None
    ]


def _never_filed(filed):
    return Filing.objects.filter(~Exists(filed)).exclude(state=FilingState.WITHDRAWN)


def _drafts_and_reports(user, access):
    """Documents that were read and wait to be confirmed, and reports by the public that nobody has taken in hand.

    One query for both: the desk's statements are counted.
    """
    drafts = visible_drafts(user).filter(plan=None, revision=None).order_by()
    kind = Case(When(amends=None, then=Value("draft")), default=Value("later"), output_field=CharField())
    reports = Feedback.objects.filter(
        state=FeedbackState.REGISTERED, office__units__in=access.rights.get("handle_feedback", ())
    ).order_by()
    found = drafts.annotate(kind=kind).values_list("kind", "pk", "source_name")
    found = found.union(
        reports.annotate(kind=Value("report"), start=Substr("content", 1, 60)).values_list(
            "kind", "pk", "start"
        ),
        all=True,
    ).order_by("kind", "pk")
    pages = {
        "draft": (_("Confirm the import"), "workflows:import_review"),
        "later": (_("Compare the later version"), "workflows:amendment"),
        "report": (_("Look into a report by the public"), "workflows:feedback"),
    }
    return [
        Paper(task=pages[kind][0], subject=subject, url=reverse(pages[kind][1], args=[pk]))
        for kind, pk, subject in found[: 2 * LATEST]
    ]


def _plans_to_issue(user, access):
    plans = visible_plans(user).filter(state=PlanState.DRAFT, office__in=access.own_office_ids)
    return [
        Paper(task=_("Issue the plan"), subject=plan.title, url=plan.get_absolute_url())
        for plan in plans.defer("text")[:LATEST]
    ]


def _problems_to_issue(access):
    """Problems of issued plans with measures that nobody has handed out yet."""
    waiting = Measure.objects.filter(problem=OuterRef("pk"), state=MeasureState.DRAFT)
    problems = Problem.objects.filter(
        Exists(waiting), plan__state=PlanState.ISSUED, office__in=access.own_office_ids
    )
    return [
        Paper(
            task=_("Issue the measures"),
            subject=str(problem),
            url=reverse("workflows:issue_problem", args=[problem.pk]),
        )
        for problem in problems.order_by("pk")[:LATEST]
    ]
