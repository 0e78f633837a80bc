"""Pages: change what was read from a document before it is confirmed, and keep what was decided about names.

Every change is one POST to one address; ``do`` says which and where: "set_measure:12", "remove_problem:p3",
"mark:lead". With htmx the answer is the changed part of the review page, without it the way back to it.
"""

from dataclasses import dataclass

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.urls import path, reverse
from django.utils.functional import cached_property
from django.utils.html import format_html
from django.utils.translation import gettext_lazy as _
from django_htmx.http import reswap, retarget, trigger_client_event

from cases.digits import whole
from cases.errors import NotReady, NotVisible, Refused
from cases.intake.cleaning import CannotEdit
from cases.intake.editing import ROLES
from cases.intake.history import edits_of
from cases.intake.proposal import Proposal
from cases.intake.units import TO_CHOOSE
from cases.ledger import visible_drafts
from workflows import review
from workflows.door import perform
from workflows.edits import TITLES, told_step
from workflows.forms import drafts as forms
from workflows.forms.acting import ActForm
from workflows.views.acting import ActView
from workflows.views.imports import DraftView

FORMS = {
    "set_header": forms.HeaderForm,
    "set_problem": forms.ProblemForm,
    "add_problem": forms.ProblemForm,
    "remove_problem": forms.MoveForm,
    "set_measure": forms.MeasureForm,
    "add_measure": forms.MeasureForm,
    "split_measure": forms.SplitForm,
    "merge_measures": forms.MoveForm,
    "remove_measure": forms.MoveForm,
    "mark": forms.MarkForm,
    "undo": forms.MoveForm,
    "redo": forms.MoveForm,
}
MOVES = {"undo": "undo_edit", "redo": "redo_edit"}


@dataclass(frozen=True)
class Place:
    """What one operation is about: a measure by its order, a problem by its position, or a role of a passage."""

    operation: str
    number: int = 0
    is_problem: bool = False
    role: str = ""

    @classmethod
    def of(cls, words):
        """Read "set_measure:12". Errors: Http404 for what is no operation."""
        operation, _colon, rest = words.partition(":")
        if operation not in FORMS:
            raise Http404
        if operation == "mark":
            if rest not in ROLES:
                raise Http404
            return cls(operation, role=rest)
        number = rest.removeprefix("p")
        if operation in {"set_header", *MOVES} and not rest:
            return cls(operation)
        if (number := whole(number)) is None:
            raise Http404
        return cls(operation, number, is_problem=rest.startswith("p"))

    @property
    def act(self):
        return MOVES.get(self.operation, "edit_draft")

    def __str__(self):
        return f"{self.operation}:{self.role or ('p' if self.is_problem else '') + str(self.number)}"

    @property
    def slug(self):
        return str(self).replace(":", "-").replace("_", "-")

    @property
    def arguments(self):
        """What the act takes beside the fields of the form."""
        if self.operation in MOVES:
            return {}
        if self.operation == "mark":
            return {"operation": self.operation, "role": self.role}
        if self.operation == "set_header":
            return {"operation": self.operation}
        if self.operation == "add_problem":
            return {"operation": self.operation, "after": self.number or None}
        name = "problem" if self.is_problem else "measure"
        return {"operation": self.operation, name: self.number}


class EditView(DraftView):
    """One operation on the draft: its form, or the button that needs none."""

    act, template_name = "edit_draft", "workflows/import_edit.html"

    @cached_property
    def place(self):
        return Place.of(self.request.POST.get("do") or self.request.GET.get("do") or "set_header")

    def get_form_class(self):
        return FORMS[self.place.operation]

    def get_form_kwargs(self):
        return {
            **super().get_form_kwargs(),
            "proposal": self.proposal,
            "place": self.place,
            "version": self.version,
            "auto_id": f"{self.place.slug}-%s",  # several of these forms may be open beside each other
        }

    def get(self, request, *args, **kwargs):
        try:
            return super().get(request, *args, **kwargs)
        except CannotEdit as refused:
            raise Http404 from refused

    def form_valid(self, form):
        try:
            arguments = self._arguments(form)
        except CannotEdit as gone:
            return self.refused(form, NotReady(_(gone.message), **gone.params))
        return self.knock(form, self.place.act, **arguments)

    def _arguments(self, form):
        """As the form says; a measure that is added after another belongs to the same problem."""
        arguments = form.act_data()
        if self.place.operation == "add_measure" and not self.place.is_problem:
            after = arguments.pop("measure")
            arguments |= {"after": after, "problem": self._problem_of(after)}
        return arguments

    def _problem_of(self, order):
        for number, problem in enumerate(self.proposal.problems, start=1):
            order -= len(problem.measures)
            if order <= 0:
                return number
        return 0

    def knock(self, form, act, **data):
        try:
            perform(self.kwargs["pk"], act, actor=self.request.user, **form.knock(), **data)
        except NotVisible as refused:
            raise Http404 from refused
        except Refused as refused:
            return self.refused(form, refused)
        if self.place.operation in MOVES:
            self.look_again()
            anchor, order = self._result_of_move()
        else:
            anchor, order = self._result(data)
            self.look_again()
        if self.request.htmx:
            return self._changed_part(anchor, order)
        if self.place.operation in MOVES:
            messages.success(self.request, self._moved())
        window = review.window_of(self.proposal, at=order)
        page = f"?page={window.page.number}" if window.page.number > 1 else ""
        return redirect(f"{self.subject.get_absolute_url()}{page}#{anchor}")

    def _result(self, data):
        """(anchor, order of the measure to stand on) where the person goes on."""
        place = self.place
        if place.operation == "mark":
            return f"m-{data['measure']}", data["measure"]
        if place.operation == "add_measure":
            order = (data.get("after") or self._last_of(data["problem"])) + 1
            return f"m-{order}", order
        if place.operation == "remove_measure":
            return f"p-{self._problem_of(place.number)}", max(place.number - 1, 1)
        if place.operation == "add_problem":
            return f"p-{(place.number or len(self.proposal.problems)) + 1}", None
        if place.is_problem:
            return f"p-{place.number}", self._last_of(place.number)
        return (f"m-{place.number}", place.number) if place.number else ("review", None)

    @property
    def _step(self):
        """The step that was just taken back or done again."""
        edits = edits_of(self.subject.proposal)
        return edits["undone" if self.place.operation == "undo" else "done"][-1]

    def _moved(self):
        sentence = _("Taken back: %(step)s") if self.place.operation == "undo" else _("Done again: %(step)s")
        return sentence % {"step": told_step(self._step)}

    def _result_of_move(self):
        """The measure or problem that the step was about, or what is nearest to it now."""
        places, proposal = self._step["places"], self.proposal
        order = places.get("measure") or ("problem" in places and places.get("after"))
        if order and proposal.measures:
            order = min(order, len(proposal.measures))
            return f"m-{order}", order
        number = min(places.get("problem") or places.get("after") or 0, len(proposal.problems))
        return (f"p-{number}", self._last_of(number)) if number else ("review", None)

    def _last_of(self, problem):
        """Order of the last measure up to the end of this problem."""
        return sum(len(found.measures) for found in self.proposal.problems[:problem])

    def _changed_part(self, anchor, order):
        page = self.request.POST.get("page") or None
        form = self.names_form()
        context = self.review_context(form, page, order) | {"form": form, "is_part": True}
        if self.place.operation in MOVES:
            context["done"] = self._moved()
        response = render(self.request, "workflows/_import_work.html", context)
        response = retarget(reswap(response, "innerHTML"), "#tree")
        return trigger_client_event(response, "draft:changed", {"at": anchor}, after="settle")

    def refused(self, form, refused):
        self.look_again()
        form.renew(self.version)
        form.add_error(None, refused.message)
        return self._again(form, refused.status)

    def form_invalid(self, form):
        return self._again(form, 400)

    def _again(self, form, status):
        response = self.render_to_response(self.get_context_data(form=form), status=status)
        if not self.request.htmx:
            return response
        if self._is_plain:
            return retarget(reswap(response, "innerHTML"), "#notice")
        return retarget(reswap(response, "outerHTML"), f"#{self.place.slug}")

    def get_template_names(self):
        if not self.request.htmx:
            return [self.template_name]
        return ["_form_errors.html"] if self._is_plain else ["workflows/_import_edit.html"]

    @property
    def _is_plain(self):
        """Whether the form is a button: then only its refusal has something to show."""
        return issubclass(self.get_form_class(), forms.MoveForm | forms.MarkForm)

    def get_context_data(self, **kwargs):
        back = self.subject.get_absolute_url()
        anchor = f"{'p' if self.place.is_problem else 'm'}-{self.place.number}" if self.place.number else ""
        return super().get_context_data(
            draft=self.subject,
            place=self.place,
            title=TITLES[self.place.operation],
            back_url=f"{back}#{anchor}",
            crumbs=[
                {"label": self.subject.source_name, "url": back},
                {"label": TITLES[self.place.operation]},
            ],
            **kwargs,
        )


class ChoicesView(DraftView):
    """Keep the decisions of the form about names; those that are as proposed need no keeping."""

    act, form_class = "save_choices", ActForm
    http_method_names = ("post",)

    def post(self, request, *args, **kwargs):
        self.permit()
        form = self.names_form(data=request.POST)
        chosen = form.decided()
        proposed = {printed: match.choice for printed, match in self.proposed.items()}
        changed = {
            printed: choice if self._differs(printed, choice, proposed) else None
            for printed, choice in chosen.items()
        }
        changed = {
            printed: choice
            for printed, choice in changed.items()
            if choice != self.subject.choices.get(printed)
        }
        try:
            if changed or "save" in request.POST:
                version = form.cleaned_data["row_version"]
                perform(self.kwargs["pk"], self.act, actor=request.user, version=version, choices=changed)
        except NotVisible as refused:
            raise Http404 from refused
        except Refused as refused:
            if request.htmx:
                said = format_html('<span class="danger-text">{}</span>', refused.message)
                return retarget(HttpResponse(said, status=refused.status), "#saved")
            messages.error(request, refused.message)
            form = self.names_again(form)
            context = {"form": form, **self.review_context(form)}
            return render(request, "workflows/import_review.html", context, status=refused.status)
        if request.htmx:
            return render(request, "workflows/_import_saved.html", {"draft": self.subject})
        return redirect(f"{self.subject.get_absolute_url()}#units")

    def _differs(self, printed, choice, proposed):
        return choice != proposed[printed] or self.proposed[printed].reason in TO_CHOOSE


class DiscardDraftView(ActView):
    """Throw away what was read from a document that became no plan."""

    act, template_name = "discard_draft", "workflows/discard_draft.html"

    def get_queryset(self):
        drafts = visible_drafts(self.request.user).filter(plan=None, revision=None)
        return drafts.select_related("office", "read_by", "edited_by", "amends").defer("amends__text")

    def after(self, outcome):
        draft = outcome.subject
        said = _("“%(name)s” was discarded. The record keeps who read it and who discarded it.")
        messages.success(self.request, said % {"name": draft.source_name})
        return (
            reverse("workflows:amend_plan", args=[draft.amends_id]) if draft.amends_id else "workflows:import"
        )

    def get_context_data(self, **kwargs):
        draft = self.subject
        return super().get_context_data(
            draft=draft,
            measures=len(Proposal.from_dict(draft.proposal).measures),
            changes=len(edits_of(draft.proposal)["done"]),
            crumbs=[
                {"label": _("Import a plan"), "url": reverse("workflows:import")},
                {"label": draft.source_name, "url": draft.get_absolute_url()},
                {"label": _("Discard")},
            ],
            **kwargs,
        )


urlpatterns = [
    path("plans/import/<int:pk>/discard/", DiscardDraftView.as_view(), name="discard_draft"),
    path("plans/import/<int:pk>/edit/", EditView.as_view(), name="import_edit"),
    path("plans/import/<int:pk>/choices/", ChoicesView.as_view(), name="import_choices"),
]
