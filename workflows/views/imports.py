"""Pages: choose a document, look at what was read and confirm it, issue the plan."""

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.shortcuts import redirect
from django.urls import path, reverse
from django.utils.functional import cached_property
from django.utils.translation import gettext, ngettext
from django.utils.translation import gettext_lazy as _
from django.views.generic import FormView

from cases.errors import Refused
from cases.intake.confirm import printed_names, without_unit
from cases.intake.proposal import Proposal
from cases.intake.units import Directory, propose
from cases.ledger import visible_drafts, visible_plans
from permissions.access import access_of, units_where
from permissions.models import Office
from workflows import review
from workflows.acts.imports import refuse_large
from workflows.door import perform
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
        upload, office = form.cleaned_data["file"], form.cleaned_data["office"]
        try:
            refuse_large(upload.name, upload.size)
            outcome = perform(
                office.pk,
                "read_plan",
                actor=self.request.user,
                key=form.knock()["key"],
                file_name=upload.name,
                data=upload.read(),
            )
        except Refused as refused:
            form.renew("")
            form.add_error("file", refused.message)
            return self.render_to_response(self.get_context_data(form=form), status=refused.status)
        return redirect(outcome.subject)

    def form_invalid(self, form):
        return self.render_to_response(self.get_context_data(form=form), status=400)

    def get_context_data(self, **kwargs):
        drafts = visible_drafts(self.request.user).select_related("read_by", "office", "plan")
        return super().get_context_data(
            drafts=drafts.defer("proposal", "plan__text").order_by("-pk")[:20],
            crumbs=[{"label": _("Plans"), "url": reverse("cases:plans")}, {"label": _("Import a plan")}],
            **kwargs,
        )


class ReviewView(ActView):
    """The source beside what was read from it; confirming makes the plan."""

    act, form_class, template_name = "confirm_import", ConfirmForm, "workflows/import_review.html"

    def get_queryset(self):
        return visible_drafts(self.request.user).select_related("office", "source", "plan", "read_by")

    def permit(self):
        """Whoever works for the office may look; confirming is shown to those who may."""

    def dispatch(self, request, *args, **kwargs):
        if request.user.is_authenticated and self.subject.plan_id:
            return redirect(self.subject.plan)
        return super().dispatch(request, *args, **kwargs)

    @cached_property
    def proposal(self):
        return Proposal.from_dict(self.subject.proposal)

    @cached_property
    def directory(self):
        return Directory.of(self.subject.office)

    @cached_property
    def matches(self):
        return propose(self.subject.office, printed_names(self.proposal), self.directory)

    def get_form_kwargs(self):
        measures = dict(enumerate(self.proposal.measures, start=1))
        return {
            **super().get_form_kwargs(),
            "matches": self.matches,
            "directory": self.directory,
            "nameless": [
                (order, f"{measures[order].label} {measures[order].text[:40]}") for order in self._nameless
            ],
        }

    @cached_property
    def _nameless(self):
        return without_unit(self.proposal)

    def get_initial(self):
        return {**super().get_initial(), "issued_on": self.proposal.issued_on}

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
        proposal, issued_on = self.proposal, self.proposal.issued_on
        uses = review.uses_of(proposal)
        rows = [
            {**row, "reason": REASONS[row["match"].reason], "uses": uses[row["printed"]]}
            for row in context["form"].rows()
        ]
        return {
            **context,
            "draft": self.subject,
            "proposal": proposal,
            "lines": review.lines_of(proposal),
            "tree": review.tree_of(proposal, self.matches, issued_on),
            "remarks": review.remarks_of(proposal),
            "counts": review.counts_of(proposal, issued_on),
            # What a person has to look at stands first.
            "unit_rows": sorted(rows, key=lambda row: row["match"].certain),
            "uncertain": sum(not row["match"].certain for row in rows),
            "may_confirm": access_of(self.request.user).has("import_plan", self.subject.office.unit.pk),
            "crumbs": [
                {"label": _("Plans"), "url": reverse("cases:plans")},
                {"label": _("Import a plan"), "url": reverse("workflows:import")},
                {"label": self.subject.source_name},
            ],
        }


class IssuePlanView(ActView):
    """Hand all measures of a plan to their units."""

    act, template_name = "issue_plan", "workflows/issue_plan.html"
    done = _("The plan was issued: its measures now wait to be claimed by their lead units.")

    def get_queryset(self):
        return visible_plans(self.request.user).select_related("office")

    def get_context_data(self, **kwargs):
        plan = self.subject
        return super().get_context_data(
            plan=plan,
            measures=plan.measures.count(),
            units=plan.measures.values("duties__unit").distinct().count(),
            crumbs=[
                {"label": _("Plans"), "url": reverse("cases:plans")},
                {"label": plan.title, "url": plan.get_absolute_url()},
                {"label": _("Issue")},
            ],
            **kwargs,
        )


urlpatterns = [
    path("plans/import/", ImportView.as_view(), name="import"),
    path("plans/import/<int:pk>/", ReviewView.as_view(), name="import_review"),
    path("plans/<int:pk>/issue/", IssuePlanView.as_view(), name="issue_plan"),
]
