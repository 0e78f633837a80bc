"""Pages that show plans and the ledger, and files. Every row comes through a ``visible_…`` queryset."""

from collections import Counter, defaultdict
from dataclasses import dataclass

from django.core.paginator import Paginator
from django.db.models import Count, Exists, F, FilteredRelation, OuterRef, Prefetch, Q, Subquery
from django.http import FileResponse, Http404, HttpResponseNotModified
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.utils.cache import patch_cache_control
from django.utils.functional import cached_property
from django.utils.translation import gettext_lazy as _
from django.views import View
from django.views.generic import TemplateView

from cases import bulk_acts, files, filters, presenters, questions
from cases.digits import whole
from cases.ledger import visible_evidence, visible_measures, visible_plans
from cases.models import Checkpoint, Duty, PlanRevision, Problem, SavedView
from cases.models.plan import PlanKind, PlanState
from cases.queues import on_desk
from cases.states import OPEN_STATES, Light, MeasureState
from permissions import clock
from permissions.access import access_of
from permissions.models import UnitKind

PAGE = 50
LAST_PAGE = 100  # further on a filter finds it sooner


@dataclass
class Ledger:
    """The ledger as one person asked for it. Used by the page and by the export, so they never differ."""

    user: object
    query: object  # the request's QueryDict

    @cached_property
    def form(self):
        return filters.LedgerFilter(self.query, user=self.user)

    @property
    def sort(self):
        return self.form.cleaned_data.get("sort") or "number"

    @cached_property
    def measures(self):
        chosen, today = self.form.chosen(), clock.today()
        found = filters.asked(visible_measures(self.user), chosen, today=today)
        return filters.ordered(on_desk(found, chosen, self.user, today=today), self.sort)

    def rows(self, measures, *, whole_text=False):
        """Finished rows of a page of ``measures``, or of all of them with their whole text. Two queries."""
        extended_to = extended_steps().order_by("-due_on").values("due_on")[:1]
        found = list(measures.annotate(extended_to=Subquery(extended_to)).values(*presenters.LEDGER_FIELDS))
        # A page names its measures; the whole ledger may be longer than a list of parameters.
        duties = unit_names(measures.values("pk") if whole_text else [row["pk"] for row in found])
        plans = self.form.plans if self.is_of_several_plans else {}
        return presenters.ledger_rows(found, duties, plans=plans, today=clock.today(), whole_text=whole_text)

    @property
    def is_of_several_plans(self):
        return len(self.form.plans) > 1 and "plan" not in self.form.chosen()


def extended_steps():
    """Steps of the outer query's measure that have a later date than the original one (延期). Lazy."""
    return Checkpoint.objects.filter(measure=OuterRef("pk"), due_on__gt=F("original_due_on"))


def unit_names(measure_pks):
    """{measure pk: [(role, unit name)]} in printed order. One query."""
    found = defaultdict(list)
    duties = Duty.objects.filter(measure__in=measure_pks).order_by("measure_id", "order", "pk")
    for pk, role, name in duties.values_list("measure_id", "role", "unit__name"):
        found[pk].append((role, name))
    return found


class LedgerView(TemplateView):
    """The ledger (台账) in the official columns."""

    template_name = "cases/ledger.html"

    def get_context_data(self, **kwargs):
        ledger = Ledger(self.request.user, self.request.GET)
        paginator = Paginator(ledger.measures, PAGE)
        page = paginator.get_page(min(whole(self.request.GET.get("page", "")) or 1, LAST_PAGE))
        return super().get_context_data(
            bulk_acts=bulk_acts.offered(access_of(self.request.user)),
            **self._saved_views(),
            form=ledger.form,
            rows=ledger.rows(page.object_list),
            page_obj=page,
            pages=list(paginator.get_elided_page_range(page.number, on_each_side=2, on_ends=1)),
            count=paginator.count,
            active_filters=filters.active_filters(ledger.form, self.request.GET),
            headings=filters.headings(self.request.GET, ledger.form.cleaned_data.get("sort")),
            query=filters.asked_only(self.request.GET).urlencode(),
            **kwargs,
        )

    def _saved_views(self):
        """The person's views as tabs, and the one that is shown now. One query."""
        shown = filters.view_of(self.request.GET)
        views = list(SavedView.objects.filter(person=self.request.user))
        tabs = [
            {"label": view.name, "url": f"?{view.query}", "active": view.query == shown} for view in views
        ]
        everything = {"label": _("All measures"), "url": "?", "active": not shown}
        current = next((view for view in views if view.query == shown), None)
        return {"tabs": [everything, *tabs] if views else [], "view": shown, "current_view": current}


class PlansView(TemplateView):
    """All plans that the person may see, with how far each has come. Five statements."""

    template_name = "cases/plans.html"

    def get_context_data(self, **kwargs):
        user, today = self.request.user, clock.today()
        counts = _counts_by_plan(user, today)
        plans = [
            {
                "plan": plan,
                "figures": counts.get(plan.pk, {"measures": 0, "closed": 0, "overdue": 0}),
                "segments": presenters.bar(counts.get(plan.pk, {}).get("states", {})),
                "is_draft": plan.state == PlanState.DRAFT,
            }
            for plan in visible_plans(user).select_related("office").defer("text")
        ]
        access = access_of(user)
        return super().get_context_data(
            plans=plans,
            may_import=access.has("import_plan"),
            may_register=access.has("register_problem"),
            is_office=bool(access.own_office_ids),
            **kwargs,
        )


def _counts_by_plan(user, today):
    """{plan pk: {measures, closed, overdue, states: {state: count}}} of visible measures. One query."""
    found = {}
    rows = (
        visible_measures(user)
        .order_by()
        .values_list("plan_id", "state")
        .annotate(count=Count("pk"), overdue=Count("pk", filter=Q(next_due_on__lt=today)))
    )
    for plan_id, state, count, overdue in rows:
        plan = found.setdefault(plan_id, {"measures": 0, "closed": 0, "overdue": 0, "states": {}})
        plan["states"][state] = count
        plan["measures"] += count if state != MeasureState.WITHDRAWN else 0
        plan["closed"] += count if state == MeasureState.CLOSED else 0
        plan["overdue"] += overdue if state in OPEN_STATES else 0
    return found


FOLD = 200  # measures; a longer plan shows its problems, and the measures of one when it is opened


class PlanView(TemplateView):
    """The plan as a living document: its own words, and where each measure stands. Nine statements.

    A long plan comes folded; ``?whole=1`` prints all of it.
    """

    template_name = "cases/plan.html"

    def get_context_data(self, **kwargs):
        user = self.request.user
        plan = get_object_or_404(_plans_to_read(user), pk=self.kwargs["pk"])
        measures = visible_measures(user).filter(plan=plan)
        states, by_problem = _counts_by_problem(measures, clock.today())
        measure_count = sum(count for count, _late, _waits in by_problem.values())
        folded = measure_count > FOLD and "whole" not in self.request.GET
        if folded:
            rows = plan.problems.filter(pk__in=by_problem)
            problems = presenters.folded_problems(rows, by_problem)
        else:
            rows = list(_with_duties(measures))
            problems = presenters.plan_problems(plan.problems.all(), rows, today=clock.today())
        access = access_of(user)
        ledger = f"{reverse('cases:ledger')}?plan={plan.pk}"
        return super().get_context_data(
            plan=plan,
            problems=[problem for problem in problems if problem.count],
            folded=folded,
            is_long=measure_count > FOLD,
            ledger_url=ledger,
            is_part=not plan.of_office,
            measure_count=measure_count - states[MeasureState.WITHDRAWN],
            overdue_count=sum(late for _count, late, _waits in by_problem.values()),
            overdue_url=f"{ledger}&due=overdue",
            segments=presenters.bar(states, url=ledger),
            may_discard=plan.state == PlanState.DRAFT
            and plan.source_id
            and _may(access, "import_plan", plan),
            may_issue=plan.state == PlanState.DRAFT and _may(access, "issue_plan", plan),
            may_issue_problems=plan.state == PlanState.ISSUED and _may(access, "issue_plan", plan),
            may_open_period=plan.state == PlanState.ISSUED and _may(access, "open_period", plan),
            may_amend=plan.kind != PlanKind.STANDING and _may(access, "amend_plan", plan),
            reporting=presenters.reporting_words(
                {
                    "months": plan.reporting_months,
                    "day": plan.reporting_day,
                    "recipient": plan.reporting_recipient,
                }
            ),
            versions=_versions(plan),
            **kwargs,
        )


def _counts_by_problem(measures, today):
    """({state: count}, {problem pk: (measures, overdue, whether one waits to be issued)}). One query."""
    rows = (
        measures.order_by()
        .values_list("problem_id", "state")
        .annotate(count=Count("pk"), late=Count("pk", filter=questions.light(Light.RED, today)))
    )
    states, found = Counter(), {}
    for problem_id, state, count, late in rows:
        states[state] += count
        before = found.get(problem_id, (0, 0, False))
        waits = before[2] or state == MeasureState.DRAFT
        found[problem_id] = (before[0] + count, before[1] + late, waits)
    return states, found


def _with_duties(measures):
    duties = Prefetch("duties", Duty.objects.select_related("unit").order_by("order", "pk"))
    found = measures.annotate(own_yellow=F(presenters.OWN_YELLOW))
    return found.order_by("order").prefetch_related(duties)


class PlanProblemView(TemplateView):
    """The measures of one problem of a folded plan: a part of its page."""

    template_name = "cases/_plan_clauses.html"

    def get_context_data(self, **kwargs):
        user = self.request.user
        problem = get_object_or_404(Problem, pk=self.kwargs["pk"], plan__in=visible_plans(user))
        measures = list(_with_duties(visible_measures(user).filter(problem=problem)))
        if not measures:
            raise Http404
        shown = presenters.plan_problems([problem], measures, today=clock.today())
        return super().get_context_data(problem=shown[0], **kwargs)


def _versions(plan):
    """The versions of an amended plan's document, the latest first. No query where there is only one."""
    if plan.revision == 1:
        return []
    rows = plan.revisions.select_related("applied_by", "draft__source").defer("draft__proposal")
    return presenters.versions(plan, list(rows.order_by("number")))


def _plans_to_read(user):
    """With the office's own unit; ``of_office``: seen as the office's, not through a duty."""
    own_unit = FilteredRelation("office__units", condition=Q(office__units__kind=UnitKind.OFFICE))
    of_office = Exists(access_of(user).offices().filter(pk=OuterRef("office_id")))
    return (
        visible_plans(user)
        .annotate(own_unit=own_unit, of_office=of_office)
        .select_related("office", "own_unit", "source", "verifier_unit")
        .defer("text")
    )


def _may(access, codename, plan):
    return access.has(codename, plan.own_unit.pk)


# Files ------------------------------------------------------------------------------------------------


class EvidenceView(View):
    """The bytes of one piece of evidence."""

    def get(self, request, pk):
        evidence = get_object_or_404(visible_evidence(request.user).select_related("file"), pk=pk)
        return served(request, evidence.file, evidence.name)


class PlanSourceView(View):
    """The document from which a plan was read: only for its office, since it names every unit's measures."""

    def get(self, request, pk):
        plan = get_object_or_404(_plans_to_read(request.user), pk=pk, of_office=True, source__isnull=False)
        return served(request, plan.source, plan.source_name)


class RevisionSourceView(View):
    """The document of an amendment: like the plan's own only for its office."""

    def get(self, request, pk):
        plans = _plans_to_read(request.user).filter(of_office=True)
        revisions = PlanRevision.objects.select_related("draft__source").defer("draft__proposal")
        revision = get_object_or_404(revisions, pk=pk, plan__in=plans.values("pk"))
        return served(request, revision.draft.source, revision.draft.source_name)


def served(request, stored, name):
    """A stored file as a download. The digest is its ETag: bytes under one digest never change."""
    etag = f'"{stored.sha256}"'
    if request.headers.get("If-None-Match") == etag:
        response = HttpResponseNotModified()
    else:
        try:
            content = files.path_of(stored.sha256).open("rb")
        except FileNotFoundError as missing:
            raise Http404 from missing
        response = FileResponse(content, as_attachment=True, filename=name, content_type=stored.media_type)
        response["X-Content-Type-Options"] = "nosniff"
    response["ETag"] = etag
    patch_cache_control(response, private=True, no_cache=True)
    return response
