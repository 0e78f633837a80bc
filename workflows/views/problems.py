"""Pages: register one problem with its measures, issue them, and the spreadsheet that can be filled in instead."""

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import HttpResponse
from django.shortcuts import redirect
from django.urls import path, reverse
from django.utils.functional import cached_property
from django.utils.http import content_disposition_header
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from django.views import View
from django.views.generic import FormView

from cases.errors import Refused
from cases.media import XLSX
from cases.models import Problem
from cases.states import MeasureState
from permissions import clock
from permissions.access import access_of, units_where
from permissions.models import Office
from reports.documents.xlsx import import_template
from workflows.acts.problems import passed_deadlines, visible_problems
from workflows.door import perform
from workflows.forms.problems import ProblemForm, unit_choices
from workflows.views.acting import ActView


class RegisterProblemView(FormView):
    """One problem with any number of measures; “more” asks for another measure and keeps what was typed."""

    form_class, template_name = ProblemForm, "workflows/problem_register.html"
    feedback = None  # the report by the public that becomes the problem

    @cached_property
    def offices(self):
        units = units_where(self.request.user, "register_problem")
        if not units:
            raise PermissionDenied(gettext("Registering a problem is the task of the office's clerks."))
        return Office.objects.filter(units__in=units).order_by("name")

    def get_initial(self):
        return {**super().get_initial(), "reported_on": clock.today()}

    def get_form_kwargs(self):
        return {
            **super().get_form_kwargs(),
            "offices": self.offices,
            "may_issue": bool(units_where(self.request.user, "issue_plan")),
        }

    def post(self, request, *args, **kwargs):
        if "more" not in request.POST:
            return super().post(request, *args, **kwargs)
        kwargs = self.get_form_kwargs()
        initial, measures = self.form_class(**kwargs).with_one_more()
        for name in ("data", "files"):
            kwargs.pop(name)
        form = self.form_class(**{**kwargs, "initial": initial}, measures=measures)
        form.measures[-1].fields["text"].widget.attrs["autofocus"] = True
        return self.render_to_response(self.get_context_data(form=form))

    def form_valid(self, form):
        try:
            outcome = perform(
                form.cleaned_data["office"].pk,
                "register_problem",
                actor=self.request.user,
                key=form.knock()["key"],
                feedback=self.feedback.pk if self.feedback else None,
                **form.act_data(),
            )
        except Refused as refused:
            form.renew("")
            form.add_error(None, refused.message)
            return self.render_to_response(self.get_context_data(form=form), status=refused.status)
        messages.success(self.request, _done(outcome.subject))
        if past := passed_deadlines(form.act_data(), clock.today()):
            messages.warning(self.request, _overdue(past))
        return redirect(f"{outcome.subject.plan.get_absolute_url()}#p-{outcome.subject.pk}")

    def form_invalid(self, form):
        return self.render_to_response(self.get_context_data(form=form), status=400)

    def get_context_data(self, **kwargs):
        crumbs = [{"label": _("Plans"), "url": reverse("cases:plans")}]
        if self.feedback:
            crumbs = [
                {"label": _("Public reports"), "url": reverse("workflows:feedback_list")},
                {"label": self.feedback.receipt, "url": self.feedback.get_absolute_url()},
            ]
        return super().get_context_data(
            crumbs=[*crumbs, {"label": _("Register a problem")}],
            back_url=crumbs[-1]["url"],
            feedback=self.feedback,
            **kwargs,
        )


def _done(problem):
    if problem.measures.filter(state=MeasureState.DRAFT).exists():
        return gettext("The problem was registered. The head of office can issue its measures now.")
    return gettext("The problem was registered: its measures now wait to be claimed by their lead units.")


def _overdue(past):
    days = "、".join(f"({number}) {day:%Y-%m-%d}" for number, day in past.items())
    return gettext(
        "These deadlines, set by the older document, had passed already when the problem was registered: %(days)s. "
        "Tell the units, and check the dates if that was not meant."
    ) % {"days": days}


class IssueProblemView(ActView):
    """Hand the waiting measures of one problem to their units."""

    act, template_name = "issue_problem", "workflows/problem_issue.html"
    done = _("The measures were issued: they now wait to be claimed by their lead units.")

    def get_queryset(self):
        return visible_problems(self.request.user).select_related("plan", "office")

    def after(self, outcome):
        return f"{outcome.subject.plan.get_absolute_url()}#p-{outcome.subject.pk}"

    def get_context_data(self, **kwargs):
        problem: Problem = self.subject
        waiting = problem.measures.filter(state=MeasureState.DRAFT).prefetch_related("duties__unit")
        return super().get_context_data(
            problem=problem,
            waiting=[
                {
                    "number": measure.number,
                    "text": measure.text,
                    "units": "、".join(duty.unit.name for duty in measure.duties.all()),
                    "deadline": measure.deadline_text,
                }
                for measure in waiting
            ],
            crumbs=[
                {"label": _("Plans"), "url": reverse("cases:plans")},
                {"label": problem.plan.title, "url": problem.plan.get_absolute_url()},
                {"label": _("Issue")},
            ],
            **kwargs,
        )


class ImportTemplateView(View):
    """An empty ledger in the office's columns, to be filled in and imported."""

    def get(self, request):
        access = access_of(request.user)
        if not access.has("import_plan"):
            raise PermissionDenied(gettext("Importing a plan is the task of the office's clerks."))
        units, both = unit_choices(access.own_office_ids)
        names = dict.fromkeys(name for _value, name in units)
        if both is not units:
            names |= dict.fromkeys(name for _value, name in both[0][1])
        response = HttpResponse(import_template(names), content_type=XLSX)
        response["Content-Disposition"] = content_disposition_header(True, "问题整改台账模板.xlsx")
        return response


urlpatterns = [
    path("problems/register/", RegisterProblemView.as_view(), name="register_problem"),
    path("problems/<int:pk>/issue/", IssueProblemView.as_view(), name="issue_problem"),
    path("plans/import/template.xlsx", ImportTemplateView.as_view(), name="import_template"),
]
