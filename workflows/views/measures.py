"""Pages: the desk, a measure with everything about it, one page for each act on it, the ledger as a spreadsheet."""

import mimetypes

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.db.models import Q
from django.http import Http404
from django.shortcuts import get_object_or_404, redirect
from django.urls import path
from django.utils.functional import cached_property
from django.utils.translation import gettext_lazy as _
from django.views import View
from django.views.generic import FormView, TemplateView

from cases.digits import whole
from cases.errors import NoRight, NotVisible, Refused, Stale
from cases.ledger import visible_measures
from cases.models import FollowUp, LookBackItem, StoredFile
from cases.states import MeasureState
from cases.views import served
from permissions import clock
from permissions.access import access_of
from permissions.roles import ADMINISTRATORS
from workflows import desk, desk_presenters, papers, presenters, trail
from workflows.door import perform
from workflows.dossier import Dossier
from workflows.forms.extensions import EXTENSION_FORMS
from workflows.forms.follow_up import FOLLOW_UP_FORMS
from workflows.forms.inputs import INPUT_FORMS
from workflows.forms.measures import ACT_FORMS
from workflows.forms.roads import ROAD_FORMS, SplitForm
from workflows.rectification import MEASURE_ACTS
from workflows.sections import copies, roads

FORMS = {**ACT_FORMS, **INPUT_FORMS, **FOLLOW_UP_FORMS, **ROAD_FORMS, **EXTENSION_FORMS}


class DeskView(TemplateView):
    """What waits for the person, and what has changed."""

    template_name = "workflows/desk.html"

    def get_context_data(self, **kwargs):
        user, today = self.request.user, clock.today()
        last_visit = self.request.session.get("last_visit")
        return super().get_context_data(
            queues=desk_presenters.queues(
                desk.queues(user, today=today), today=today, of_office=desk_presenters.of_office(user)
            ),
            papers=papers.waiting(user, today=today),
            changes=trail.changes(desk.recent_entries(user), last_visit),
            is_administrator=bool(access_of(user).roles & ADMINISTRATORS),
            last_visit=clock.local(last_visit) if last_visit else None,
            **kwargs,
        )


class MeasureView(TemplateView):
    """The page of one measure."""

    template_name = "workflows/measure.html"

    def get_context_data(self, **kwargs):
        dossier = Dossier(self.request.user, self.kwargs["pk"])
        choices = presenters.choices(dossier)
        return super().get_context_data(
            **presenters.measure_page(dossier),
            choices=choices,
            has_further=any(choice["is_further"] for choice in choices),
            **kwargs,
        )


class ActView(FormView):
    """One act on one measure, whichever: show the form with what is needed to decide, then knock at the door.

    Sending reads nothing beforehand: the door looks for itself, inside its lock. A refusal shows the same page
    with its sentence, its HTTP status and everything that was typed; sent again, it goes by the new version.
    """

    act = None
    template_name = "workflows/act.html"

    @cached_property
    def dossier(self):
        return Dossier(self.request.user, self.kwargs["pk"])

    def get_form_class(self):
        return FORMS[self.act]

    def get_initial(self):
        if self.request.method == "POST":
            return {}
        chosen = {name: whole(self.request.GET.get(name, "")) for name in self.get_form_class().preset}
        return {
            "row_version": self.dossier.measure.row_version,
            **{name: value for name, value in chosen.items() if value is not None},
            **self.get_form_class().known(self.dossier),
        }

    def get(self, request, *args, **kwargs):
        if refusal := self._shut():
            raise refusal
        return super().get(request, *args, **kwargs)

    def _shut(self):
        """Why the act cannot be done as things stand, with the way back, or None."""
        refusal = self.dossier.refusal(self.act)
        if refusal:
            refusal.back_url = self.dossier.measure.get_absolute_url()
        return refusal

    def form_valid(self, form):
        try:
            outcome = perform(
                self.kwargs["pk"], self.act, actor=self.request.user, **form.knock(), **form.act_data()
            )
        except NotVisible as refused:
            raise Http404 from refused
        except Refused as refused:
            if not form.visible_fields() and (shut := self._shut()):
                raise shut from refused  # nothing was typed that a page would have to keep
            more = {}
            if isinstance(refused, Stale):  # beside what was typed: what the others wrote meanwhile
                more["meanwhile"] = trail.meanwhile(self.dossier.measure, form.cleaned_data["row_version"])
            form.renew(self.dossier.measure.row_version)
            form.add_error(None, form.words_of(refused))
            return self.page(form, refused.status, **more)
        messages.success(self.request, done_message(self.act, outcome.subject))
        return redirect(outcome.subject)

    def form_invalid(self, form):
        return self.page(form, 400)

    def page(self, form, status, **more):
        form.show(self.dossier)
        return self.render_to_response(self.get_context_data(form=form, **more), status=status)

    def get_context_data(self, **kwargs):
        context = super().get_context_data(**kwargs)
        if not context["form"].is_bound:
            context["form"].show(self.dossier)
        return {**context, **presenters.act_page(self.dossier, self.act)}


class SplitView(ActView):
    """Any number of parts; “more” asks for another one and keeps what was typed."""

    template_name = "workflows/split.html"

    def post(self, request, *args, **kwargs):
        if "more" not in request.POST:
            return super().post(request, *args, **kwargs)
        form = SplitForm(request.POST).with_one_more()
        return self.render_to_response(self.get_context_data(form=form))


VIEWS = {"split": SplitView}


def done_message(act, measure):
    """What happened, and what comes next."""
    words = DONE.get((act, measure.state)) or DONE[act]
    return words % {"number": measure.number}


DONE = {
    "claim": _("%(number)s is claimed for your unit; the other lead units still have to claim it."),
    ("claim", MeasureState.RECTIFYING): _("%(number)s is claimed. Enter progress as the work goes on."),
    "enter_progress": _("The progress on %(number)s is recorded and goes into this month's filing."),
    "attach_evidence": _("The evidence for %(number)s is stored."),
    "report_checkpoint": _("The checkpoint of %(number)s is reported; the office confirms it."),
    "confirm_checkpoint": _("The checkpoint of %(number)s is confirmed as met."),
    "refuse_checkpoint": _("The checkpoint of %(number)s is back with its unit, with your reason."),
    "ask_input": _("The units are asked; their answers to %(number)s appear on your desk."),
    "cancel_input": _("The request on %(number)s is taken back."),
    "answer_input": _("Your answer to %(number)s is recorded; the lead unit takes it over."),
    "merge_inputs": _("The answers to %(number)s are taken over into your unit's progress."),
    "set_target": _("The target of %(number)s is set; progress is counted against it."),
    "record_follow_up": _("The follow-up of %(number)s is recorded."),
    "record_look_back": _("The look-back at %(number)s is recorded."),
    "set_cadence": _("The cadence of %(number)s is set; it counts from today."),
    "request_extension": _(
        "The extension of %(number)s is asked for; now the head of your unit approves it."
    ),
    "request_verification": _(
        "Verification of %(number)s is requested; now the head of your unit approves it."
    ),
    "submit": _("Approved for your unit; the other lead units still have to send %(number)s."),
    ("submit", MeasureState.SUBMITTED): _("%(number)s is with the office, which verifies it."),
    "send_back_request": _("The request on %(number)s is back with your unit's handler, with your reason."),
    "return_for_rework": _("%(number)s is back with its lead unit, with your reason."),
    "verify": _("%(number)s is verified. Somebody else now closes it out."),
    "close_out": _("%(number)s is closed out."),
    **roads.DONE,
}


class CopiesView(TemplateView):
    """What of a measure was handed in elsewhere, for the office; the measure's page fetches it by itself."""

    template_name = "workflows/copies.html"

    def get_context_data(self, **kwargs):
        dossier = Dossier(self.request.user, self.kwargs["pk"])
        found = copies.section(dossier)
        if found is None:
            raise PermissionDenied(NoRight.text)
        return super().get_context_data(**presenters.heading(dossier), copies=found, **kwargs)


class RecordFileView(View):
    """The bytes of a file that belongs to a follow-up record or a look-back of a visible measure."""

    def get(self, request, pk):
        measures = visible_measures(request.user)
        follow_ups = Q(
            pk__in=FollowUp.files.through.objects.filter(followup__measure__in=measures).values("storedfile")
        )
        look_backs = Q(
            pk__in=LookBackItem.files.through.objects.filter(lookbackitem__measure__in=measures).values(
                "storedfile"
            )
        )
        stored = get_object_or_404(StoredFile, follow_ups | look_backs, pk=pk)
        return served(
            request, stored, f"{stored.sha256[:8]}{mimetypes.guess_extension(stored.media_type) or ''}"
        )


def _slug(act):
    return act.replace("_", "-")


urlpatterns = [
    path("", DeskView.as_view(), name="desk"),
    path("measures/<int:pk>/", MeasureView.as_view(), name="measure"),
    path("measures/<int:pk>/copies/", CopiesView.as_view(), name="copies"),
    path("record-files/<int:pk>/", RecordFileView.as_view(), name="record_file"),
    *(
        path(f"measures/<int:pk>/{_slug(act)}/", VIEWS.get(act, ActView).as_view(act=act), name=act)
        for act in MEASURE_ACTS
    ),
]
