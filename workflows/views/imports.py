"""Pages: choose a document, look at what was read and confirm it, issue the plan. Changing it: ``drafts``."""

from dataclasses import replace

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.db.models import Q
from django.shortcuts import redirect
from django.urls import path, reverse
from django.utils.functional import cached_property
from django.utils.translation import gettext, ngettext
from django.utils.translation import gettext_lazy as _
from django.views.generic import FormView

from cases.errors import Refused, Stale
from cases.intake.confirm import printed_names, without_unit
from cases.intake.proposal import Proposal
from cases.intake.units import Directory, propose
from cases.ledger import visible_drafts, visible_plans
from cases.models import Plan
from cases.models.plan import PlanState
from permissions import clock
from permissions.access import access_of, units_where
from permissions.models import Membership, Office, Unit
from workflows import review
from workflows.acts.drafts import holder_of
from workflows.acts.imports import refuse_large
from workflows.door import perform
from workflows.edits import edits_told
from workflows.forms.imports import ConfirmForm, UploadForm
from workflows.views.acting import ActView

REASONS = {
    "exact": _("same name"),
    "alias": _("confirmed earlier"),
    "prefix": _("same name, with or without the place before it"),
    "spelling": _("same name, spelled differently"),
    "abbreviation": _("looks like an abbreviation"),
    "body": _("same work, another kind of body"),
    "sound": _("sounds the same: a slip of the pen?"),
    "near": _("nearly the same name: a misprint?"),
    "decided": _("decided here"),
    "bracket": _("the name before the bracket"),
    "group": _("known collective"),
    "collective": _("collective: each member answers for itself"),
    "new": _("not in the directory"),
}


def draft_row(draft, now):
    """One line of the list of documents: who reads which, since when, and where it stands."""
    holder, plan, is_applied = holder_of(draft, now), draft.plan, hasattr(draft, "revision")
    if plan or is_applied:
        state = (_("Confirmed") if plan else _("Applied"), "success")
    elif holder:
        until = clock.local(draft.edited_until).strftime("%H:%M")
        state = (_("%(name)s is editing until %(until)s") % {"name": holder, "until": until}, "info")
    else:
        state = (_("Waiting for confirmation"), "warning")
    return {
        "label": plan.title if plan else draft.source_name,
        "url": (plan or (draft.amends if is_applied else draft)).get_absolute_url(),
        "amends": draft.amends and draft.amends.title,
        "office": draft.office.name,
        "read_by": draft.read_by,
        "read_at": draft.read_at,
        "age": age_of(draft.read_at, now),
        "state": state[0],
        "tone": state[1],
        "discard_url": ""
        if plan or is_applied or holder
        else reverse("workflows:discard_draft", args=[draft.pk]),
    }


def age_of(moment, now):
    """Today, yesterday, or how many days of the county's calendar ago."""
    days = (clock.local(now).date() - clock.local(moment).date()).days
    if days < 2:
        return gettext("yesterday") if days == 1 else gettext("today")
    return ngettext("%(count)s day ago", "%(count)s days ago", days) % {"count": days}


class ImportView(FormView):
    """Upload a plan document, or go on with one that was read before."""

    form_class, template_name = UploadForm, "workflows/import.html"

    @cached_property
    def offices(self):
        units = units_where(self.request.user, "import_plan")
        if not units:
            raise PermissionDenied(gettext("Importing a plan is the task of the office's clerks."))
        return Office.objects.filter(units__in=units).order_by("name")

    def get_form_kwargs(self):
        return {**super().get_form_kwargs(), "offices": self.offices}

    def form_valid(self, form):
        office = form.cleaned_data["office"]
        name, size, read = form.document()
        try:
            refuse_large(name, size)
            outcome = perform(
                office.pk,
                "read_plan",
                actor=self.request.user,
                key=form.knock()["key"],
                file_name=name,
                data=read(),
            )
        except Refused as refused:
            form.renew("")
            form.add_error("file", refused.message)
            return self.render_to_response(self.get_context_data(form=form), status=refused.status)
        return redirect(outcome.subject)

    def form_invalid(self, form):
        return self.render_to_response(self.get_context_data(form=form), status=400)

    def get_context_data(self, **kwargs):
        drafts = visible_drafts(self.request.user)
        drafts = drafts.select_related("read_by", "edited_by", "office", "plan", "amends", "revision")
        shown = drafts.defer("proposal", "plan__text", "amends__text", "revision__changes").order_by("-pk")[
            :20
        ]
        now, several = clock.now(), len(self.offices) > 1
        return super().get_context_data(
            drafts=[draft_row(draft, now) for draft in shown],
            has_offices=several,
            crumbs=[{"label": _("Plans"), "url": reverse("cases:plans")}, {"label": _("Import a plan")}],
            **kwargs,
        )


class DraftView(ActView):
    """A draft under review, and everything that its page shows. Subclasses act on it."""

    def get_queryset(self):
        drafts = visible_drafts(self.request.user)
        return drafts.select_related("office", "source", "plan", "read_by", "edited_by").defer("plan__text")

    def dispatch(self, request, *args, **kwargs):
        if request.user.is_authenticated and self.subject.plan_id:
            return redirect(self.subject.plan)
        if request.user.is_authenticated and self.subject.amends_id:
            return redirect(self.subject)  # it is compared with its plan, not confirmed
        return super().dispatch(request, *args, **kwargs)

    @cached_property
    def proposal(self):
        return Proposal.from_dict(self.subject.proposal)

    @cached_property
    def directory(self):
        return Directory.of(self.subject.office)

    @cached_property
    def proposed(self):
        return propose(self.subject.office, printed_names(self.proposal), self.directory)

    @cached_property
    def matches(self):
        return decided(self.proposed, self.subject.choices, self.directory)

    def look_again(self):
        """After a change: what is there now, not what was seen before."""
        for name in ("subject", "proposal", "directory", "proposed", "matches"):
            self.__dict__.pop(name, None)

    def names_kwargs(self):
        """What a ``ConfirmForm`` needs beside what every form takes."""
        measures = dict(enumerate(self.proposal.measures, start=1))
        return {
            "matches": self.matches,
            "directory": self.directory,
            "nameless": [
                (order, f"{measures[order].label} {measures[order].text[:40]}")
                for order in without_unit(self.proposal)
            ],
        }

    def names_form(self, **kwargs):
        initial = {"row_version": self.version, "issued_on": self.proposal.issued_on}
        return ConfirmForm(initial=initial, **self.names_kwargs(), **kwargs)

    def names_again(self, form):
        """A form for the names as they now are, with what was chosen for those that are still there."""
        chosen = form.decided()
        self.look_again()
        differing = {
            printed: choice
            for printed, choice in chosen.items()
            if printed in self.proposed and choice != self.proposed[printed].choice
        }
        self.matches = decided(self.proposed, self.subject.choices | differing, self.directory)
        return self.names_form()

    def twins(self):
        """Plans of the office that came from the same file or bear the same number: imported twice?"""
        same, number = Q(source=self.subject.source_id), self.proposal.document_number
        if number:
            same |= Q(document_number=number)
        return Plan.objects.filter(same, office=self.subject.office_id).only("pk", "title")[:3]

    def review_context(self, form, page=None, at=None):
        """All values of the review page; ``at``: the order of the measure that has to be on it."""
        proposal, issued_on = self.proposal, self.proposal.issued_on
        window, doubts = review.window_of(proposal, page, at), review.Doubts.of(proposal)
        uses = review.uses_of(proposal)
        rows = [
            {**row, "reason": REASONS[row["match"].reason], "uses": uses[row["printed"]]}
            for row in form.rows()
        ]
        may_confirm = access_of(self.request.user).has("import_plan", self.subject.office.unit.pk)
        holder = holder_of(self.subject, clock.now())
        is_held = holder is not None and holder != self.request.user
        return {
            "draft": self.subject,
            "proposal": proposal,
            "page_obj": window.page,
            "lines": review.lines_of(proposal, window),
            "tree": review.tree_of(proposal, self.matches, issued_on, window, doubts),
            "look": len(doubts.look),
            "common_doubts": review.common_doubts(doubts),
            "sheet_rows": review.rows_of(proposal, window),
            "remarks": review.remarks_of(proposal, window),
            "counts": review.counts_of(proposal, issued_on),
            "twins": self.twins(),
            "edits": edits_told(self.subject.proposal),
            # What a person has to look at stands first.
            "unit_rows": sorted(rows, key=lambda row: row["match"].certain),
            "uncertain": sum(not row["match"].certain for row in rows),
            "may_confirm": may_confirm and not is_held,
            "may_edit": may_confirm and not is_held,
            "holder": holder,
            "is_held": is_held,
            "held_until": clock.local(self.subject.edited_until) if holder else None,
            "edit_url": reverse("workflows:import_edit", args=[self.subject.pk]),
            "choices_url": reverse("workflows:import_choices", args=[self.subject.pk]),
            "crumbs": [
                {"label": _("Plans"), "url": reverse("cases:plans")},
                {"label": _("Import a plan"), "url": reverse("workflows:import")},
                {"label": self.subject.source_name},
            ],
        }


def decided(matches, choices, directory):
    """The matches with what a person decided before in their place, as far as it is still there."""
    groups = set(directory.groups.values())
    return {
        printed: replace(match, choice=choice, reason="decided", certain=True, otherwise=_new_of(match))
        if (choice := choices.get(printed))
        and choice.get("unit", None) in {None, *directory.units}
        and choice.get("group", None) in {None, *groups}
        else match
        for printed, match in matches.items()
    }


def _new_of(match):
    """The new unit that stays on offer beside a decision."""
    return match.choice if "new" in match.choice else match.otherwise


class ReviewView(DraftView):
    """The source beside what was read from it; confirming makes the plan."""

    act, form_class, template_name = "confirm_import", ConfirmForm, "workflows/import_review.html"

    def permit(self):
        """Whoever works for the office may look; confirming is shown to those who may."""

    def get_form_kwargs(self):
        return {**super().get_form_kwargs(), **self.names_kwargs()}

    def get_initial(self):
        return {**super().get_initial(), "issued_on": self.proposal.issued_on}

    def form_invalid(self, form):
        if form.cleaned_data.get("row_version") not in (None, self.version):
            return self.knock(form, self.act, units={})  # stale first: the door says who changed what
        return super().form_invalid(form)

    def refused(self, form, refused):
        if not isinstance(refused, Stale):
            return super().refused(form, refused)
        messages.error(self.request, refused.message)
        context = self.get_context_data(form=self.names_again(form))
        return self.render_to_response(context, status=refused.status)

    def after(self, outcome):
        plan = outcome.subject
        messages.success(
            self.request,
            ngettext(
                "“%(title)s” was imported with %(count)s measure. The head of office can issue it now.",
                "“%(title)s” was imported with %(count)s measures. The head of office can issue it now.",
                len(self.proposal.measures),
            )
            % {"title": plan.title, "count": len(self.proposal.measures)},
        )
        return plan

    def get_context_data(self, **kwargs):
        context = super().get_context_data(**kwargs)
        return context | self.review_context(context["form"], self.request.GET.get("page"))


class IssuePlanView(ActView):
    """Hand all measures of a plan to their units."""

    act, template_name = "issue_plan", "workflows/issue_plan.html"
    done = _("The plan was issued: its measures now wait to be claimed by their lead units.")

    def get_queryset(self):
        return visible_plans(self.request.user).select_related("office")

    def get_context_data(self, **kwargs):
        plan = self.subject
        units = Unit.objects.filter(pk__in=plan.measures.order_by().values("duties__unit"))
        served = Membership.objects.live(clock.today()).filter(person__is_active=True)
        return super().get_context_data(
            plan=plan,
            measures=plan.measures.count(),
            units=units.count(),
            unserved=list(units.exclude(pk__in=served.values("unit")).order_by("order", "pk")),
            crumbs=[
                {"label": _("Plans"), "url": reverse("cases:plans")},
                {"label": plan.title, "url": plan.get_absolute_url()},
                {"label": _("Issue")},
            ],
            **kwargs,
        )


class DiscardPlanView(ActView):
    """Take an import back that was confirmed too early, as long as nothing was issued."""

    act, template_name = "discard_plan", "workflows/discard_plan.html"
    done = _("The import was taken back. Correct what was read, then confirm it again.")

    def get_queryset(self):
        plans = visible_plans(self.request.user).filter(state=PlanState.DRAFT, draft__isnull=False)
        return plans.select_related("office").defer("text")

    def get_context_data(self, **kwargs):
        return super().get_context_data(
            plan=self.subject,
            crumbs=[
                {"label": _("Plans"), "url": reverse("cases:plans")},
                {"label": self.subject.title, "url": self.subject.get_absolute_url()},
                {"label": _("Take the import back")},
            ],
            **kwargs,
        )


urlpatterns = [
    path("plans/import/", ImportView.as_view(), name="import"),
    path("plans/import/<int:pk>/", ReviewView.as_view(), name="import_review"),
    path("plans/<int:pk>/discard/", DiscardPlanView.as_view(), name="discard_plan"),
    path("plans/<int:pk>/issue/", IssuePlanView.as_view(), name="issue_plan"),
]
