"""Pages that act on filings."""

from django.shortcuts import redirect, render
from django.urls import path, reverse
from django.utils.translation import gettext_lazy as _

from cases.digits import LARGEST_COUNT, whole
from cases.errors import NotReady, Stale
from cases.models import DutyRole
from permissions import clock
from reports import presenters
from reports.filing_rows import PARTS, missing, prefilled_rows, received_texts
from reports.models import Filing, FilingState, TypedFiling
from reports.scope import visible_filings
from workflows.forms.filings import FilingForm, fields_of, texts_of, typed_rows
from workflows.forms.reasons import ReworkForm
from workflows.views.acting import ActView


class FilingActView(ActView):
    """One act on a filing with its own short page."""

    template_name = "workflows/filing_act.html"
    title = submit = note = None
    danger = False

    def get_queryset(self):
        filings = visible_filings(self.request.user).select_related("unit", "office", "period__plan")
        return filings.defer("period__plan__text")

    def crumbs(self):
        filing = self.subject
        return [
            {"label": _("Filing periods"), "url": reverse("reports:periods")},
            {"label": str(filing.period), "url": filing.period.get_absolute_url()},
            {"label": filing.unit.name, "url": filing.get_absolute_url()},
            {"label": self.title},
        ]

    def get_context_data(self, **kwargs):
        filing = self.subject
        return super().get_context_data(
            filing=filing,
            rows=presenters.filing_rows(filing.rows),
            title=self.title,
            subtitle=f"{filing.unit.name} · {filing.period}",
            note=self.note,
            submit=self.submit or self.title,
            danger=self.danger,
            back_url=filing.get_absolute_url(),
            crumbs=self.crumbs(),
            **kwargs,
        )


class EditFilingView(FilingActView):
    """Three texts for each measure: save as often as needed, then send to the unit's head.

    What was typed and not saved is shown again to whoever typed it: in the fields while nobody saved meanwhile, else
    beside them.
    """

    act, form_class, template_name = "save_filing", FilingForm, "workflows/filing_edit.html"
    title = _("Fill in")
    restored_at = moved_at = None

    def get(self, request, *args, **kwargs):
        if self.subject.state != FilingState.DRAFT:
            return redirect(self.subject)
        return super().get(request, *args, **kwargs)

    def get_form_kwargs(self):
        return {**super().get_form_kwargs(), "rows": presenters.filing_rows(prefilled_rows(self.subject))}

    def get_form(self, form_class=None):
        form = super().get_form(form_class)
        if not form.is_bound:
            self._give_back(form)
        self._offer_received(form)
        return form

    def _give_back(self, form):
        typed = TypedFiling.objects.filter(filing=self.subject, person=self.request.user).first()
        values = fields_of(typed.rows) if typed else {}
        if not form.differs(values):
            return
        if typed.row_version == self.subject.row_version:
            form.restore(values)
            self.restored_at = typed.at
        elif form.offer(values, _("What you typed and did not save")):
            self.moved_at = typed.at

    def _offer_received(self, form):
        """To a lead what the responsible units filed to it."""
        received = received_texts(self.subject)
        for row in form.rows:
            for sent in received.get(row["measure"], ()) if row["role"] == DutyRole.LEAD else ():
                texts = {f"{part}_{row['measure']}": sent[part] for part in PARTS}
                form.offer(texts, sent["unit"], adds=True)

    def form_valid(self, form):
        act = "submit_filing" if "send" in self.request.POST else "save_filing"
        self.done = (
            _("Sent to the head of your unit for approval.")
            if act == "submit_filing"
            else _("The draft was saved.")
        )
        return self.knock(form, act, **form.act_data())

    def refused(self, form, refused):
        """Somebody saved meanwhile: theirs stands beside what was typed here; or fields are marked as missing."""
        if isinstance(refused, Stale):
            saved = Filing.objects.get(pk=self.kwargs["pk"]).rows
            saved = [{"measure": row["measure"], **texts_of(row)} for row in saved]
            form.offer(fields_of(saved), _("What was saved meanwhile"))
        elif isinstance(refused, NotReady):
            form.mark_missing()
        return super().refused(form, refused)

    def after(self, outcome):
        filing = outcome.subject
        if filing.state == FilingState.DRAFT:
            return reverse("workflows:edit_filing", args=[filing.pk])
        return filing.get_absolute_url()

    def get_context_data(self, **kwargs):
        context = super().get_context_data(**kwargs)
        form = context["form"]
        rows = form.shown_rows()
        return {
            **context,
            "items": form.items(),
            "empty": sum(not row["progress"] for row in rows),
            "missing": sum(map(bool, map(missing, rows))),
            "late": clock.now() > self.subject.period.due_at,
            "restored_at": self.restored_at,
            "moved_at": self.moved_at,
        }


class KeepTypedView(FilingActView):
    """Keep what is being typed into a filing, for its person alone: no act, no entry, sent to nobody."""

    act = "save_filing"

    def get(self, request, *args, **kwargs):
        return redirect("workflows:edit_filing", self.kwargs["pk"])

    def post(self, request, *args, **kwargs):
        self.permit()
        filing, mine = self.subject, {"filing": self.subject, "person": request.user}
        if "discard" in request.POST:
            TypedFiling.objects.filter(**mine).delete()
            return redirect("workflows:edit_filing", filing.pk)
        version = whole(request.POST.get("row_version", ""), LARGEST_COUNT)
        if filing.state != FilingState.DRAFT or version is None:
            return render(request, "workflows/_filing_typed.html", {"ended": True})
        kept = {"rows": typed_rows(request.POST), "row_version": version, "at": clock.now()}
        TypedFiling.objects.update_or_create(**mine, defaults=kept)
        moved = version != filing.row_version
        return render(request, "workflows/_filing_typed.html", {"at": kept["at"], "moved": moved})


class ApproveFilingView(FilingActView):
    act, title = "approve_filing", _("Approve the filing")
    submit, done = _("Approve"), _("The filing was approved and is filed.")
    note = _(
        "With your approval the filing is filed under your unit's name; the moment decides whether it is on time."
    )


class SendBackFilingView(FilingActView):
    act, form_class, title, danger = "send_back_filing", ReworkForm, _("Send back to the handler"), True
    submit, done = _("Send back"), _("The filing is back with the handler.")


class AcceptFilingView(FilingActView):
    act, title = "accept_filing", _("Accept the filing")
    submit, done = _("Accept"), _("Accepted: its texts go into the monthly report.")
    note = _(
        "Accepted texts go into the monthly report. Until that is sent for review the office can still return it."
    )


class ReturnFilingView(FilingActView):
    act, form_class, title, danger = "return_filing", ReworkForm, _("Return to the unit"), True
    submit, done = _("Return"), _("Returned: the unit finds the reason on the next revision of its filing.")
    note = _("What was filed stays readable and keeps its time; the unit goes on with a new revision.")
    warning = _(
        "It was accepted already: until its new revision is accepted, the month's report is without its text, and "
        "paragraphs drawn from it are marked as outdated."
    )

    def get_context_data(self, **kwargs):
        was_accepted = self.subject.state == FilingState.ACCEPTED
        return super().get_context_data(warning=self.warning if was_accepted else "", **kwargs)


urlpatterns = [
    path("filings/<int:pk>/edit/", EditFilingView.as_view(), name="edit_filing"),
    path("filings/<int:pk>/typed/", KeepTypedView.as_view(), name="keep_typed"),
    path("filings/<int:pk>/approve/", ApproveFilingView.as_view(), name="approve_filing"),
    path("filings/<int:pk>/send-back/", SendBackFilingView.as_view(), name="send_back_filing"),
    path("filings/<int:pk>/accept/", AcceptFilingView.as_view(), name="accept_filing"),
    path("filings/<int:pk>/return/", ReturnFilingView.as_view(), name="return_filing"),
]
