"""One act on a plan, filing or report as a page: load it, show the form, knock at the door."""

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import Http404
from django.shortcuts import get_object_or_404, redirect
from django.utils.functional import cached_property
from django.views.generic import FormView

from cases.errors import NoRight, NotVisible, Refused
from permissions import clock
from permissions.access import NotAllowed, access_of
from workflows.door import ACTS, Knock, perform
from workflows.forms.acting import ActForm


class ActView(FormView):
    """Subclasses say ``act``, ``form_class``, ``template_name``, ``visible`` and ``done`` (the message afterwards).

    A refusal shows the same page with its sentence, its HTTP status and everything that was typed.
    """

    form_class = ActForm
    act = None
    done = None

    def get_queryset(self):
        raise NotImplementedError

    @cached_property
    def subject(self):
        return get_object_or_404(self.get_queryset(), pk=self.kwargs["pk"])

    def get(self, request, *args, **kwargs):
        self.permit()
        return super().get(request, *args, **kwargs)

    def permit(self):
        """Ask the door's own question before a form is shown that it would refuse."""
        user = self.request.user
        try:
            ACTS[self.act].permit(Knock(self.act, user, access_of(user), clock.now(), self.subject, {}))
        except (NoRight, NotAllowed) as refused:
            raise PermissionDenied(NoRight.text) from refused

    def get_initial(self):
        if self.request.method == "POST":
            return {}  # what was sent counts; the door looks for itself, inside its lock
        return {**super().get_initial(), "row_version": self.version}

    @property
    def version(self):
        """None for what has no versions: there the rules of the act alone decide."""
        return getattr(self.subject, "row_version", None)

    def form_valid(self, form):
        return self.knock(form, self.act, **form.act_data())

    def knock(self, form, act, **data):
        try:
            outcome = perform(self.kwargs["pk"], act, actor=self.request.user, **form.knock(), **data)
        except NotVisible as refused:
            raise Http404 from refused
        except Refused as refused:
            return self.refused(form, refused)
        if self.done:
            messages.success(self.request, self.done)
        return redirect(self.after(outcome))

    def after(self, outcome):
        return outcome.subject

    def refused(self, form, refused):
        self.__dict__.pop("subject", None)  # what is there now, not what was seen before
        form.renew(self.version)
        form.add_error(None, form.words_of(refused))
        return self.render_to_response(self.get_context_data(form=form), status=refused.status)

    def form_invalid(self, form):
        return self.render_to_response(self.get_context_data(form=form), status=400)
