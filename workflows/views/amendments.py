"""Pages: choose a later version of a plan's document, look at what changes, accept it row by row."""

from collections import Counter

from django.contrib import messages
from django.shortcuts import redirect
from django.urls import path, reverse
from django.utils.functional import cached_property
from django.utils.translation import gettext, ngettext
from django.utils.translation import gettext_lazy as _

from cases.errors import Refused
from cases.intake.amend import Kind
from cases.ledger import visible_drafts, visible_plans
from permissions.access import access_of
from workflows import review
from workflows.acts.imports import refuse_large
from workflows.amendment import Comparison
from workflows.differences import rows_of
from workflows.forms.amendments import AmendForm, AmendUploadForm
from workflows.views.acting import ActView
from workflows.views.imports import REASONS


def _crumbs(plan, *rest):
    return [
        {"label": _("Plans"), "url": reverse("cases:plans")},
        {"label": plan.title, "url": plan.get_absolute_url()},
        *rest,
    ]


class AmendPlanView(ActView):
    """Upload a later version, or go on with one that was read before."""

    act, form_class, template_name = "read_amendment", AmendUploadForm, "workflows/amend_plan.html"

    def get_queryset(self):
        return visible_plans(self.request.user).select_related("office").defer("text")

    def form_valid(self, form):
        upload = form.cleaned_data["file"]
        try:
            refuse_large(upload.name, upload.size)
        except Refused as refused:
            return self.refused(form, refused)
        return super().form_valid(form)

    def get_context_data(self, **kwargs):
        drafts = visible_drafts(self.request.user).filter(amends=self.subject)
        return super().get_context_data(
            plan=self.subject,
            drafts=drafts.select_related("read_by", "revision").defer("proposal").order_by("-pk")[:20],
            crumbs=_crumbs(self.subject, {"label": _("Amend")}),
            **kwargs,
        )


class AmendmentView(ActView):
    """The later version beside the plan as it stands; what is accepted here is applied."""

    act, form_class, template_name = "apply_amendment", AmendForm, "workflows/amendment.html"

    def get_queryset(self):
        drafts = visible_drafts(self.request.user).filter(amends__isnull=False)
        return drafts.select_related("office", "source", "amends", "revision").defer("amends__text")

    def permit(self):
        """Whoever works for the office may look; applying is shown to those who may."""

    def get(self, request, *args, **kwargs):
        if hasattr(self.subject, "revision"):
            return redirect(self.subject.amends)
        return super().get(request, *args, **kwargs)

    @property
    def plan(self):
        return self.subject.amends

    @cached_property
    def comparison(self):
        return Comparison(self.subject, self.plan)

    def get_form_kwargs(self):
        found = self.comparison
        names = found.names_for(set(found.acceptable))
        return {
            **super().get_form_kwargs(),
            "acceptable": found.acceptable,
            "matches": {name: found.matches[name] for name in names if not found.is_known(name)},
            "directory": found.directory,
            "nameless": [
                (place, f"{found.read[place][1].label} {found.read[place][1].text[:40]}")
                for place in found.nameless()
            ],
        }

    def get_initial(self):
        """Everything is proposed but what would end a measure: that asks for a hand of its own."""
        initial = super().get_initial()
        if self.request.method == "POST":
            return initial
        gone = {change.id for change in self.comparison.changes if Kind.GONE in change.kinds}
        accepted = [name for name in self.comparison.acceptable if name not in gone]
        return {**initial, "plan_version": self.plan.row_version, "accepted": accepted}

    def refused(self, form, refused):
        """Look again at what is there now; sent once more, the page goes by the plan's new version."""
        for name in ("subject", "comparison"):
            self.__dict__.pop(name, None)
        form.renew(self.version, self.plan.row_version)
        form.add_error(None, refused.message)
        return self.render_to_response(self.get_context_data(form=form), status=refused.status)

    def after(self, outcome):
        count = len(outcome.subject.changes)
        messages.success(
            self.request,
            ngettext(
                "The plan is amended (revision %(number)s): %(count)s change was applied.",
                "The plan is amended (revision %(number)s): %(count)s changes were applied.",
                count,
            )
            % {"number": outcome.subject.number, "count": count},
        )
        return self.plan

    def get_context_data(self, **kwargs):
        context = super().get_context_data(**kwargs)
        found, form = self.comparison, context["form"]
        names = [
            {**row, "reason": REASONS[row["match"].reason], "uses": self._uses[row["printed"]]}
            for row in form.rows()
        ]
        return {
            **context,
            "draft": self.subject,
            "plan": self.plan,
            "proposal": found.proposal,
            "sections": rows_of(found, form.checked()),
            "counts": self._counts(),
            "warnings": self._warnings(),
            "unit_rows": sorted(names, key=lambda row: row["match"].certain),
            "uncertain": sum(not row["match"].certain for row in names),
            "may_apply": access_of(self.request.user).has("amend_plan", self.subject.office.unit.pk),
            "crumbs": _crumbs(
                self.plan,
                {"label": _("Amend"), "url": reverse("workflows:amend_plan", args=[self.plan.pk])},
                {"label": self.subject.source_name},
            ),
        }

    @cached_property
    def _uses(self):
        return review.uses_of(self.comparison.proposal)

    def _counts(self):
        changes = self.comparison.changes
        kinds = Counter(kind for change in changes for kind in change.kinds)
        renumbered = sum(change.is_renumbered for change in changes)
        return [
            {"label": _("Unchanged"), "value": sum(not change.kinds for change in changes)},
            {"label": _("New number"), "value": renumbered, "note": _("numbers follow the document")},
            *({"label": label, "value": kinds[kind]} for kind, label in KIND_COUNTS),
        ]

    def _warnings(self):
        """What speaks against the document as a whole, and what its reader could not make out."""
        changes, proposal = self.comparison.changes, self.comparison.proposal
        found = [remark["text"] for remark in review.remarks_of(proposal)["problems"]]
        standing = [change for change in changes if change.old]
        missing = sum(Kind.GONE in change.kinds for change in standing)
        if 2 * missing > len(standing):
            text = gettext(
                "%(missing)s of %(count)s measures are not in this document. Is it a version of this plan?"
            )
            found.insert(0, text % {"missing": missing, "count": len(standing)})
        if self.subject.source_id == self.plan.source_id:
            found.insert(0, gettext("This is the very file from which the plan was imported."))
        return found


KIND_COUNTS = (
    (Kind.TEXT, _("Wording changed")),
    (Kind.UNITS, _("Units changed")),
    (Kind.DATES, _("Dates changed")),
    (Kind.NEW, _("New measures")),
    (Kind.GONE, _("No longer there")),
)


urlpatterns = [
    path("plans/<int:pk>/amend/", AmendPlanView.as_view(), name="amend_plan"),
    path("plans/amendments/<int:pk>/", AmendmentView.as_view(), name="amendment"),
]
