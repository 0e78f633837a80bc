"""Pages: the register of what the public reports and its acts; the public page; the state behind a receipt number."""

from django.conf import settings
from django.contrib import messages
from django.contrib.auth.decorators import login_not_required
from django.core.exceptions import PermissionDenied
from django.db.models import Q
from django.http import Http404
from django.shortcuts import get_object_or_404, redirect
from django.urls import path, reverse
from django.utils.decorators import method_decorator
from django.utils.functional import cached_property
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from django.views import View
from django.views.decorators.cache import never_cache
from django.views.generic import FormView, TemplateView

from cases.errors import NoRight, Refused
from cases.feedback import may_follow, public_state, similar_matters, visible_feedback
from cases.models import FeedbackState, LogEntry
from cases.states import SourceLevel
from cases.views import served
from permissions import clock
from permissions.access import access_of, units_where
from permissions.models import Office
from permissions.visitors import takes_one_more
from workflows.door import perform
from workflows.forms.acting import ActForm
from workflows.forms.feedback import (
    AnswerForm,
    LinkForm,
    LookupForm,
    PublicForm,
    RegisterForm,
    SettleForm,
    TakeBackForm,
)
from workflows.trail import trail_entry
from workflows.views.acting import ActView
from workflows.views.feedback_list import TONES
from workflows.views.problems import RegisterProblemView

PAGE = 50
# Act → (address, its words on the page). The first possible one is the main one.
ACTS = {
    "take_feedback": ("workflows:take_feedback", _("Take in hand")),
    "register_problem": ("workflows:feedback_problem", _("Make it a problem")),
    "link_duplicate": ("workflows:link_duplicate", _("Link to a known matter")),
    "answer_feedback": ("workflows:answer_feedback", _("Answer")),
    "settle_feedback": ("workflows:settle_feedback", _("Settle")),
    "take_back_link": ("workflows:take_back_link", _("Take the link back")),
}


def handles(user, feedback):
    """The person works on reports for this office, so name and contact are shown."""
    return access_of(user).has("handle_feedback", feedback.office.unit.pk)


class RegisterFeedbackView(FormView):
    """The office writes down what somebody said, wrote or telephoned."""

    form_class, template_name = RegisterForm, "workflows/feedback_register.html"

    @cached_property
    def offices(self):
        units = units_where(self.request.user, "handle_feedback")
        if not units:
            raise PermissionDenied(
                gettext("Registering what the public reports is the task of the office's clerks.")
            )
        return Office.objects.filter(units__in=units).order_by("name")

    def get_form_kwargs(self):
        return {**super().get_form_kwargs(), "offices": self.offices}

    def form_valid(self, form):
        office = form.cleaned_data["office"]
        try:
            outcome = perform(
                office.pk,
                "register_feedback",
                actor=self.request.user,
                key=form.knock()["key"],
                **form.act_data(),
            )
        except Refused as refused:
            form.renew("")
            form.add_error(None, refused.message)
            return self.render_to_response(self.get_context_data(form=form), status=refused.status)
        messages.success(
            self.request,
            gettext("Registered under the receipt number %(receipt)s: tell it to the person.")
            % {"receipt": outcome.subject.receipt},
        )
        return redirect(outcome.subject)

    def form_invalid(self, form):
        return self.render_to_response(self.get_context_data(form=form), status=400)

    def get_context_data(self, **kwargs):
        return super().get_context_data(
            crumbs=[
                {"label": _("Public reports"), "url": reverse("workflows:feedback_list")},
                {"label": _("Register a report")},
            ],
            back_url=reverse("workflows:feedback_list"),
            **kwargs,
        )


def crumbs_of(feedback, *more):
    return [
        {"label": _("Public reports"), "url": reverse("workflows:feedback_list")},
        {"label": feedback.receipt, "url": feedback.get_absolute_url() if more else None},
        *({"label": label} for label in more),
    ]


class FeedbackView(TemplateView):
    """One report with all that was done about it."""

    template_name = "workflows/feedback.html"

    def get_context_data(self, **kwargs):
        user = self.request.user
        rows = visible_feedback(user).select_related(
            "office", "attachment", "registered_by", "problem__plan", "duplicate_of"
        )
        feedback = get_object_or_404(rows.defer("problem__plan__text"), pk=self.kwargs["pk"])
        handled = handles(user, feedback)
        is_linked = bool(feedback.problem_id or feedback.duplicate_of_id)
        waits = feedback.state in {FeedbackState.REGISTERED, FeedbackState.IN_HAND} and not is_linked
        return super().get_context_data(
            feedback=feedback,
            tone=TONES[feedback.state],
            handled=handled,
            choices=acts_on(feedback, is_linked) if handled else [],
            candidates=similar_matters(feedback.office_id, feedback.content, without=feedback.pk)
            if handled and waits
            else [],
            repeats=list(feedback.duplicates.order_by("received_at")),
            trail=[trail_entry(entry) for entry in _trail(feedback)],
            crumbs=crumbs_of(feedback),
            **kwargs,
        )


def acts_on(feedback, is_linked):
    """[{label, url, is_main}] of what is possible in this state; what is linked already is not linked again."""
    acts = [act for act in ACTS if may_follow(act, feedback)]
    shut = {"register_problem", "link_duplicate"} if is_linked else {"take_back_link"}
    acts = [act for act in acts if act not in shut]
    if not feedback.answer and not feedback.duplicate_of_id:
        acts = [act for act in acts if act != "settle_feedback"]
    return [
        {"label": ACTS[act][1], "url": reverse(ACTS[act][0], args=[feedback.pk]), "is_main": act == acts[0]}
        for act in acts
    ]


def _trail(feedback):
    """Entries about the report, and the one that made a problem of it, newest first. One query."""
    made = Q(act="register_problem", object_type="problem", object_id=feedback.problem_id)
    about = Q(object_type="feedback", object_id=feedback.pk)
    entries = LogEntry.objects.filter(
        about | made if feedback.problem_id else about, office=feedback.office_id
    )
    return entries.select_related("actor").order_by("-sequence")


class FeedbackActView(ActView):
    """One act on one report."""

    template_name = "workflows/feedback_act.html"
    label = submit = explained = ""

    def get_queryset(self):
        return visible_feedback(self.request.user).select_related("office")

    def get_context_data(self, **kwargs):
        return super().get_context_data(
            feedback=self.subject,
            label=self.label,
            submit=self.submit,
            explained=self.explained,
            crumbs=crumbs_of(self.subject, self.label),
            **kwargs,
        )


class TakeView(FeedbackActView):
    act, form_class = "take_feedback", ActForm
    label = submit = _("Take in hand")
    explained = _("From now on the receipt number shows that the office is looking into it.")
    done = _("The report is in hand now.")


class LinkView(FeedbackActView):
    act, form_class = "link_duplicate", LinkForm
    label = submit = _("Link to a known matter")
    explained = _(
        "A repeated report goes with the first one: whoever asks with its receipt number reads that answer."
    )
    done = _("The report is linked now.")

    def get_form_kwargs(self):
        feedback = self.subject
        return {
            **super().get_form_kwargs(),
            "feedback": feedback,
            "candidates": similar_matters(feedback.office_id, feedback.content, without=feedback.pk),
        }


class TakeBackView(FeedbackActView):
    act, form_class = "take_back_link", TakeBackForm
    label = submit = _("Take the link back")
    explained = _(
        "The report is in hand again, as a matter of its own. A problem made of it stays on the ledger."
    )
    done = _("The link was taken back.")


class AnswerView(FeedbackActView):
    act, form_class = "answer_feedback", AnswerForm
    label = submit = _("Answer")
    done = _("The answer was saved; the receipt number shows it from now on.")

    def get_initial(self):
        initial = super().get_initial()
        return {**initial, "answer": self.subject.answer} if initial else initial


class SettleView(FeedbackActView):
    act, form_class = "settle_feedback", SettleForm
    label = submit = _("Settle")
    explained = _("A settled report leaves the register's open matters; it stays readable.")
    done = _("The report is settled.")


class FeedbackProblemView(RegisterProblemView):
    """The form of a problem, filled in from the report that becomes one."""

    @cached_property
    def feedback(self):
        user = self.request.user
        feedback = get_object_or_404(visible_feedback(user).select_related("office"), pk=self.kwargs["pk"])
        may = access_of(user).has("register_problem", feedback.office.unit.pk)
        if not may or not handles(user, feedback):
            raise PermissionDenied(NoRight.text)
        return feedback

    @cached_property
    def offices(self):
        return Office.objects.filter(pk=self.feedback.office_id)

    def get_initial(self):
        return {
            **super().get_initial(),
            "source_level": SourceLevel.PUBLIC,
            "reported_on": clock.local(self.feedback.received_at).date(),
            "text": self.feedback.content,
        }


class FeedbackFileView(View):
    """The attachment: it may carry the person's name, so only those who may know it get it."""

    def get(self, request, pk):
        rows = visible_feedback(request.user).select_related("office", "attachment")
        feedback = get_object_or_404(rows, pk=pk, attachment__isnull=False)
        if not handles(request.user, feedback):
            raise PermissionDenied(NoRight.text)
        return served(request, feedback.attachment, feedback.attachment_name)


# For everybody ------------------------------------------------------------------------------------------


class PublicMixin:
    """Nothing is there while the page is switched off, and nothing of it stays in a browser's memory."""

    @method_decorator(never_cache)
    def dispatch(self, request, *args, **kwargs):
        if not settings.XIAOHAO_PUBLIC_PAGE:
            raise Http404
        return super().dispatch(request, *args, **kwargs)

    def get_context_data(self, **kwargs):
        return super().get_context_data(**{"lookup": LookupForm(), **kwargs})


class PublicView(PublicMixin, FormView):
    """Anybody reports something, or asks with a receipt number (``?receipt=``)."""

    form_class, template_name = PublicForm, "public/report.html"

    def get(self, request, *args, **kwargs):
        if "receipt" not in request.GET:
            return super().get(request, *args, **kwargs)
        lookup = LookupForm(request.GET)
        if lookup.is_valid() and public_state(lookup.cleaned_data["receipt"]):
            return redirect("workflows:public_receipt", lookup.cleaned_data["receipt"])
        lookup.add_error(
            "receipt", _("There is no report with this number. Compare it with what you wrote down.")
        )
        return self.render_to_response(self.get_context_data(lookup=lookup), status=404)

    def get_form_kwargs(self):
        return {**super().get_form_kwargs(), "offices": Office.objects.order_by("name")}

    def form_valid(self, form):
        if not takes_one_more(self.request, "public", settings.XIAOHAO_PUBLIC_PER_HOUR):
            form.add_error(
                None,
                _("So many reports came from here within an hour that no more are taken. Try again later."),
            )
            return self.refused(form, 429)
        try:
            outcome = perform(
                form.cleaned_data["office"].pk,
                "register_feedback",
                actor=None,
                **form.knock(),
                **form.act_data(),
            )
        except Refused as refused:
            form.add_error(None, refused.message)
            return self.refused(form, refused.status)
        return redirect("workflows:public_receipt", outcome.subject.receipt)

    def form_invalid(self, form):
        return self.refused(form, 400)

    def refused(self, form, status):
        form.renew("")
        return self.render_to_response(self.get_context_data(form=form), status=status)


class PublicReceiptView(PublicMixin, TemplateView):
    """Where a report stands, for whoever has its receipt number: neither the person nor what was written."""

    template_name = "public/receipt.html"

    def get_context_data(self, **kwargs):
        found = public_state(self.kwargs["receipt"])
        if found is None:
            raise Http404
        return super().get_context_data(report=found, tone=TONES[FeedbackState(found.state)], **kwargs)


urlpatterns = [
    path("feedback/register/", RegisterFeedbackView.as_view(), name="register_feedback"),
    path("feedback/<int:pk>/", FeedbackView.as_view(), name="feedback"),
    path("feedback/<int:pk>/attachment/", FeedbackFileView.as_view(), name="feedback_file"),
    path("feedback/<int:pk>/take/", TakeView.as_view(), name="take_feedback"),
    path("feedback/<int:pk>/link/", LinkView.as_view(), name="link_duplicate"),
    path("feedback/<int:pk>/take-back/", TakeBackView.as_view(), name="take_back_link"),
    path("feedback/<int:pk>/answer/", AnswerView.as_view(), name="answer_feedback"),
    path("feedback/<int:pk>/settle/", SettleView.as_view(), name="settle_feedback"),
    path("feedback/<int:pk>/problem/", FeedbackProblemView.as_view(), name="feedback_problem"),
    path("public/", login_not_required(PublicView.as_view()), name="public"),
    path("public/<str:receipt>/", login_not_required(PublicReceiptView.as_view()), name="public_receipt"),
]
