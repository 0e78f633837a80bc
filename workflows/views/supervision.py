"""Pages: instruments of supervision as a list, one with its trail and its acts, and a person's notices."""

from django.db.models import Count, Q
from django.shortcuts import get_object_or_404
from django.urls import path, reverse
from django.utils.functional import cached_property
from django.utils.http import urlencode
from django.utils.translation import gettext, pgettext_lazy
from django.utils.translation import gettext_lazy as _
from django.views.generic import TemplateView

from cases.errors import NoRight
from cases.models import CauseKind, InstrumentKind, InstrumentState, LogEntry, Notice
from cases.presenters import in_days
from cases.rules import rules_of
from permissions import clock
from permissions.access import NotAllowed, access_of
from permissions.models import Role
from reports.lists import Cell, Column, ListPage
from workflows.causes import has_gone
from workflows.door import ACTS, Knock, _measures_to_act_on
from workflows.forms.acting import ActForm
from workflows.forms.reasons import ReasonForm
from workflows.forms.supervision import (
    AnswerInstrumentForm,
    InstrumentFilterForm,
    SettleInstrumentForm,
    SuperviseForm,
    WordingForm,
)
from workflows.instruments import (
    CAUSE_GONE,
    TO_ANSWER,
    TONES,
    matter_of,
    paper_of,
    visible_instruments,
    words_on,
)
from workflows.trail import trail_entry
from workflows.views.acting import ActView

S = InstrumentState
NO_REMINDER = ~Q(kind=InstrumentKind.REMINDER)
# Act → (its words, states in which it is possible). The first possible one is the main one.
ISSUE = pgettext_lazy("instrument", "Issue")
CHOICES = {
    "receive_instrument": (_("Sign for it"), {S.ISSUED}),
    "answer_instrument": (_("Answer"), set(TO_ANSWER)),
    "issue_instrument": (ISSUE, {S.PROPOSED}),
    "prepare_instrument": (_("Change the words"), {S.PROPOSED}),
    "dismiss_instrument": (_("Do not send it"), {S.PROPOSED}),
    "settle_instrument": (_("Settle"), {S.ISSUED, S.RECEIVED, S.ANSWERED}),
}
SENDING = {"issue_instrument", "prepare_instrument"}


class SupervisionView(ListPage):
    """The list, for the office and for units alike; each count above it is a filter."""

    template_name, heading = "workflows/supervision.html", _("Supervision")
    columns = (
        Column(_("Document number"), 24),
        Column(_("Kind"), 14, "nowrap"),
        Column(_("Unit"), 20),
        Column(_("Because of"), 34),
        Column(_("State"), 12),
        Column(_("Answer by"), 20, "nowrap"),
    )

    @cached_property
    def form(self):
        form = InstrumentFilterForm(self.request.GET)
        form.is_valid()
        return form

    def found(self):
        found = _asked(visible_instruments(self.request.user), self.form.cleaned_data)
        return found.select_related("unit", "measure").defer("text", "answer")

    def row(self, item):
        about = about_of(item, clock.today())
        matter = f"{item.measure.number} {about['cause']}" if item.measure else about["cause"]
        return [
            Cell(about["name"], url=item.get_absolute_url()),
            Cell(item.get_kind_display()),
            Cell(item.unit),
            Cell(matter),
            Cell(item.get_state_display(), tone=about["tone"]),
            Cell(item.answer_due_on, note=about["left"], is_late=about["is_late"]),
        ]

    def get_context_data(self, **kwargs):
        user = self.request.user
        context = super().get_context_data(form=self.form, **kwargs)
        seen, of_office = visible_instruments(user), bool(access_of(user).own_office_ids)
        return {
            **context,
            "counts": _counts(seen, clock.today(), of_office=of_office),
            "together_url": _together(user, context["page_obj"].object_list),
            "is_filtered": any(self.form.cleaned_data.values()),
        }


def _together(user, rows):
    """Where those of the rows that are only proposed are issued together; "" for one, or for nobody's right.

    An interview names its time and place, so each is issued for itself.
    """
    pks = [row.pk for row in rows if row.state == S.PROPOSED and row.kind != InstrumentKind.INTERVIEW]
    if len(pks) < 2 or not access_of(user).has("issue_instrument"):
        return ""
    return f"{reverse('workflows:issue_together')}?{urlencode({'row': pks}, doseq=True)}"


def _asked(rows, chosen):
    kind, state, q = (chosen.get(name, "") for name in ("kind", "state", "q"))
    if kind in InstrumentKind.values:
        rows = rows.filter(kind=kind)
    elif kind != InstrumentFilterForm.ANY:
        rows = rows.filter(NO_REMINDER)
    if state == "OPEN":
        rows = rows.filter(state__in=TO_ANSWER)
    elif state:
        rows = rows.filter(state=state)
    if q := q.strip():
        about = Q(document_number__icontains=q) | Q(unit__name__icontains=q) | Q(measure__number__icontains=q)
        rows = rows.filter(about)
    return rows


def _counts(rows, today, *, of_office):
    """[{label, value, url, tone}] of what waits. One query."""
    open_ones = Q(state__in=TO_ANSWER)
    found = rows.filter(NO_REMINDER).aggregate(
        proposed=Count("pk", filter=Q(state=S.PROPOSED)),
        open=Count("pk", filter=open_ones),
        late=Count("pk", filter=open_ones & Q(answer_due_on__lt=today)),
        answered=Count("pk", filter=Q(state=S.ANSWERED)),
    )
    base = reverse("workflows:supervision")
    counts = [
        {"label": _("To be answered"), "value": found["open"], "url": f"{base}?state=OPEN", "tone": ""},
        {
            "label": _("Answer overdue"),
            "value": found["late"],
            "url": f"{base}?state=OPEN",
            "tone": "danger" if found["late"] else "",
        },
        {
            "label": _("Answered, to be settled"),
            "value": found["answered"],
            "url": f"{base}?state={S.ANSWERED}",
            "tone": "",
        },
    ]
    if of_office:
        first = {
            "label": _("Proposed"),
            "value": found["proposed"],
            "url": f"{base}?state={S.PROPOSED}",
            "tone": "",
        }
        counts.insert(0, first)
    return counts


def about_of(row, today):
    waits = row.state in TO_ANSWER and row.answer_due_on is not None
    return {
        "row": row,
        "name": row.document_number or gettext("no number yet"),
        "tone": TONES[row.state],
        "cause": cause_of(row),
        "left": in_days(row.answer_due_on, today=today) if waits else "",
        "is_late": waits and row.answer_due_on < today,
    }


def cause_of(row):
    words = {
        CauseKind.CHECKPOINT: _("checkpoint of %(day)s"),
        CauseKind.CLAIM: _("claim due on %(day)s"),
        CauseKind.VERIFICATION: _("verification due on %(day)s"),
        CauseKind.FOLLOW_UP: _("follow-up of %(day)s"),
        CauseKind.FILING: _("filing due on %(day)s"),
        CauseKind.MANUAL: _("decision of the office"),
    }[row.cause_kind]
    return words % {"day": f"{row.due_on:%Y-%m-%d}"}


def crumbs_of(row, *more):
    name = row.document_number or row.get_kind_display()
    return [
        {"label": _("Supervision"), "url": reverse("workflows:supervision")},
        {"label": name, "url": row.get_absolute_url() if more else None},
        *({"label": label} for label in more),
    ]


class InstrumentMixin:
    def get_queryset(self):
        return visible_instruments(self.request.user).select_related(
            "office__rules", "unit", "measure", "issued_by", "received_by", "answered_by", "ended_by"
        )


class InstrumentView(InstrumentMixin, TemplateView):
    """One instrument: its words, receipt, answer and effect, and what may be done now."""

    template_name = "workflows/instrument.html"

    def get_context_data(self, **kwargs):
        user = self.request.user
        row = get_object_or_404(self.get_queryset(), pk=self.kwargs["pk"])
        Notice.objects.filter(person=user, instrument=row, read_at=None).update(read_at=clock.now())
        entries = LogEntry.objects.filter(object_type="instrument", object_id=row.pk, office=row.office_id)
        is_over = row.state == S.PROPOSED and has_gone(row, rules_of(row.office), today=clock.today())
        if row.state == S.PROPOSED:
            row.text = words_on(row, clock.today())  # as it would be issued today
        return super().get_context_data(
            instrument=row,
            paper=paper_of(row),
            about=about_of(row, clock.today()),
            sees_measure=row.measure_id and _sees(user, row),
            matter=matter_of(row.measure) if row.measure_id else "",
            heard=[(Role(one["role"]).label, one["name"]) for one in row.recipients],
            choices=choices_of(user, row, is_over=is_over),
            over=CAUSE_GONE if is_over else "",
            trail=[trail_entry(e) for e in entries.select_related("actor").order_by("-sequence")],
            crumbs=crumbs_of(row),
            **kwargs,
        )


def _sees(user, row):
    """The unit may have lost the duty since; then the measure is no longer there for it."""
    return _measures_to_act_on(user).filter(pk=row.measure_id).exists()


def choices_of(user, row, *, is_over):
    """[{label, url, is_main}] of what the person may do in this state: the door's own question.

    ``is_over``: its cause has gone, so that it is neither worded nor issued any more.
    """
    knock = Knock("", user, access_of(user), clock.now(), row, {})
    acts = [act for act, (_words, states) in CHOICES.items() if row.state in states and _may(act, knock)]
    if is_over:
        acts = [act for act in acts if act not in SENDING]
    if row.kind == InstrumentKind.REMINDER:
        acts = [act for act in acts if act != "answer_instrument"]
    return [
        {
            "label": CHOICES[act][0],
            "url": reverse(f"workflows:{act}", args=[row.pk]),
            "is_main": act == acts[0],
        }
        for act in acts
    ]


def _may(act, knock):
    try:
        ACTS[act].permit(knock)
    except (NoRight, NotAllowed):
        return False
    return True


class InstrumentActView(InstrumentMixin, ActView):
    template_name = "workflows/instrument_act.html"
    label = submit = explained = ""

    def get_context_data(self, **kwargs):
        return super().get_context_data(
            instrument=self.subject,
            matter=matter_of(self.subject.measure) if self.subject.measure_id else "",
            label=self.label,
            submit=self.submit,
            explained=self.explained,
            back_url=self.subject.get_absolute_url(),
            crumbs=crumbs_of(self.subject, self.label),
            **kwargs,
        )


class WordingView(InstrumentActView):
    form_class = WordingForm

    def get_initial(self):
        initial = super().get_initial()
        if initial:
            initial |= {
                "text": words_on(self.subject, clock.today()),
                "answer_due_on": self.subject.answer_due_on,
            }
        return initial


class PrepareView(WordingView):
    act, label, submit = "prepare_instrument", _("Change the words"), _("Save")
    done = _("The words are saved; the head of the office issues it.")


class IssueView(WordingView):
    act, label, submit = "issue_instrument", ISSUE, ISSUE
    explained = _("It gets its number and goes to the unit, which signs for it and answers by the day below.")
    done = _("It is issued and has its number.")


class DismissView(InstrumentActView):
    act, form_class, label, submit = (
        "dismiss_instrument",
        ReasonForm,
        _("Do not send it"),
        _("Do not send it"),
    )
    explained = _("The reason stays with it, and this step is not proposed again for the same date.")
    done = _("It is not sent.")


class ReceiveView(InstrumentActView):
    act, form_class, label, submit = "receive_instrument", ActForm, _("Sign for it"), _("Sign for it")
    explained = _("You confirm that your unit has received it.")
    done = _("Signed for.")


class AnswerView(InstrumentActView):
    act, form_class, label, submit = (
        "answer_instrument",
        AnswerInstrumentForm,
        _("Answer"),
        _("Send the answer"),
    )
    done = _("The answer is with the office.")


class SettleView(InstrumentActView):
    act, form_class, label, submit = "settle_instrument", SettleInstrumentForm, _("Settle"), _("Settle")
    explained = _("Say what it brought about. A measure that is still open stays on the ladder.")
    done = _("It is settled.")


class SuperviseView(ActView):
    """The head issues an instrument for a measure of their own accord."""

    act, form_class, template_name = "supervise", SuperviseForm, "workflows/instrument_act.html"
    done = _("It is issued and has its number.")

    def get_queryset(self):
        return _measures_to_act_on(self.request.user)

    @property
    def version(self):
        return None  # an instrument changes nothing of the measure

    @cached_property
    def duties(self):
        return list(self.subject.duties.select_related("unit").order_by("order", "pk"))

    def get_form_kwargs(self):
        return {**super().get_form_kwargs(), "duties": self.duties}

    def get_context_data(self, **kwargs):
        url = self.subject.get_absolute_url()
        return super().get_context_data(
            matter=matter_of(self.subject),
            label=_("Issue an instrument"),
            submit=ISSUE,
            explained=_("It gets its number and goes to the unit at once."),
            back_url=url,
            crumbs=[{"label": self.subject.number, "url": url}, {"label": _("Issue an instrument")}],
            **kwargs,
        )


urlpatterns = [
    path("supervision/", SupervisionView.as_view(), name="supervision"),
    path("supervision/<int:pk>/", InstrumentView.as_view(), name="instrument"),
    path("supervision/<int:pk>/prepare/", PrepareView.as_view(), name="prepare_instrument"),
    path("supervision/<int:pk>/issue/", IssueView.as_view(), name="issue_instrument"),
    path("supervision/<int:pk>/dismiss/", DismissView.as_view(), name="dismiss_instrument"),
    path("supervision/<int:pk>/receive/", ReceiveView.as_view(), name="receive_instrument"),
    path("supervision/<int:pk>/answer/", AnswerView.as_view(), name="answer_instrument"),
    path("supervision/<int:pk>/settle/", SettleView.as_view(), name="settle_instrument"),
    path("measures/<int:pk>/supervise/", SuperviseView.as_view(), name="supervise"),
]
