"""Pages that compose the bulletin, choose its cases and edit its texts; receipt and answer of a unit that it names."""

from django.db.models import Q
from django.shortcuts import redirect
from django.urls import path, reverse
from django.utils.functional import cached_property
from django.utils.translation import gettext_lazy as _

from cases.models import Measure
from permissions import clock
from reports import bulletin as composing
from reports.case_facts import facts_beside
from reports.facts import ISSUED_STATES
from reports.models import ReportState
from reports.scope import visible_mentions, visible_periods
from workflows.forms.bulletins import BulletinTextsForm, ChooseCasesForm
from workflows.forms.supervision import AnswerInstrumentForm
from workflows.views.acting import ActView
from workflows.views.signed_papers import PaperActView

FOUND = 20  # measures that a search shows


class ComposeBulletinView(ActView):
    """Start the month's bulletin."""

    act, template_name = "compose_bulletin", "workflows/filing_act.html"
    done = _("The bulletin was composed. Choose its cases, check the texts, then send it for review.")

    def get_queryset(self):
        return visible_periods(self.request.user).select_related("plan", "office").defer("plan__text")

    def get_context_data(self, **kwargs):
        period = self.subject
        return super().get_context_data(
            title=_("Compose the bulletin"),
            subtitle=f"{period} · {period.plan.title}",
            note=_(
                "Ranking, red and yellow list, late and missing filings are counted by the system as of the day on "
                "which you send it for review."
            ),
            warning=clock.now() < period.due_at and _("Units may still file in time."),
            submit=_("Compose"),
            back_url=period.get_absolute_url(),
            crumbs=[
                {"label": _("Filing periods"), "url": reverse("reports:periods")},
                {"label": str(period), "url": period.get_absolute_url()},
                {"label": _("Compose the bulletin")},
            ],
            **kwargs,
        )


class DraftView(PaperActView):
    """A page of the clerk's while the bulletin is composed."""

    kind = "bulletin"
    submit = _("Save")

    def get(self, request, *args, **kwargs):
        if self.subject.state != ReportState.DRAFT:
            return redirect(self.subject)
        return super().get(request, *args, **kwargs)


class EditBulletinView(DraftView):
    verb, form_class, template_name = "edit", BulletinTextsForm, "workflows/bulletin_edit.html"
    title, done = _("Edit the texts"), _("The texts were saved.")

    def get_form_kwargs(self):
        return {**super().get_form_kwargs(), "cases": composing.cases_of(self.subject, clock.today())}

    def get_initial(self):
        texts = self.subject.texts
        return {
            **{name: texts.get(name, "") for name in ("opening", "requirements")},
            **super().get_initial(),
        }


class ChooseCasesView(DraftView):
    """Measures that suggest themselves, and those that were looked for, each beside what the record knows of it."""

    act, form_class, template_name = "edit_bulletin", ChooseCasesForm, "workflows/bulletin_choose.html"
    title, done = _("Choose the cases"), _("The cases were chosen. Put the office's words to each.")

    @cached_property
    def chosen(self):
        """{measure: good or bad}: as it was sent, else as it is."""
        form = self.get_form()
        chosen = form.chosen() if form.is_bound else self.subject.chosen
        return {pk: name for name, pks in chosen.items() for pk in pks}

    def get_context_data(self, **kwargs):
        period, today = self.subject.period, clock.today()
        # No text of PostgreSQL holds a null character.
        query = self.request.GET.get("q", "").replace("\0", "").strip()
        found = {} if query else composing.suggested(period, today)
        groups = [
            (_("Chosen so far"), list(self.chosen)),
            (_("Found: %(words)s") % {"words": query}, self._search(query) if query else []),
            (_("Suggested as good: met early in this month"), found.get("good", [])),
            (_("Suggested as bad: longest overdue"), found.get("bad", [])),
        ]
        return super().get_context_data(query=query, groups=self._rows(groups, today), **kwargs)

    def _search(self, query):
        measures = Measure.objects.filter(plan=self.subject.period.plan_id, state__in=ISSUED_STATES)
        words = Q(number__icontains=query) | Q(text__icontains=query) | Q(duties__unit__name__icontains=query)
        return list(measures.filter(words).distinct().order_by("order").values_list("pk", flat=True)[:FOUND])

    def _rows(self, groups, today):
        """[{label, rows}], each measure once, in the first group that has it."""
        pks = {pk for _label, group in groups for pk in group}
        measures = Measure.objects.prefetch_related("duties__unit").in_bulk(pks)
        facts, seen, shown = facts_beside(pks, self.subject.period, today), set(), []
        for label, group in groups:
            new = [pk for pk in group if pk not in seen and pk in measures]
            seen |= set(new)
            rows = [
                {
                    "measure": measures[pk],
                    "units": "、".join(dict.fromkeys(duty.unit.name for duty in measures[pk].duties.all())),
                    "facts": facts[pk],
                    "chosen": self.chosen.get(pk, ""),
                }
                for pk in new
            ]
            if rows:
                shown.append({"label": label, "rows": rows})
        return shown


class MentionActView(ActView):
    """What a unit does about a bulletin that names it."""

    template_name = "workflows/filing_act.html"
    title = submit = note = None

    def get_queryset(self):
        mentions = visible_mentions(self.request.user).select_related("bulletin__period__plan", "unit")
        return mentions.defer("bulletin__snapshot", "bulletin__period__plan__text")

    def get_context_data(self, **kwargs):
        mention = self.subject
        bulletin = mention.bulletin
        return super().get_context_data(
            title=self.title,
            subtitle=f"{mention.unit} · {bulletin.document_number}",
            note=self.note,
            submit=self.submit or self.title,
            back_url=bulletin.get_absolute_url(),
            crumbs=[
                {"label": _("Bulletins"), "url": reverse("reports:bulletins")},
                {"label": bulletin.document_number, "url": bulletin.get_absolute_url()},
                {"label": self.title},
            ],
            **kwargs,
        )


class ReceiveMentionView(MentionActView):
    act, title = "receive_mention", _("Sign for it")
    note = _("You confirm that your unit has received this bulletin.")
    done = _("Signed for.")


class AnswerMentionView(MentionActView):
    act, title, form_class, submit = (
        "answer_mention",
        _("Answer the bulletin"),
        AnswerInstrumentForm,
        _("Answer"),
    )
    note = _("Say why, what is being done and by when. The office reads it beside the bulletin.")
    done = _("The answer was sent to the office.")

    def get_initial(self):
        return {"answer": self.subject.answer, **super().get_initial()}


urlpatterns = [
    path("periods/<int:pk>/compose-bulletin/", ComposeBulletinView.as_view(), name="compose_bulletin"),
    path("bulletins/<int:pk>/edit/", EditBulletinView.as_view(), name="edit_bulletin"),
    path("bulletins/<int:pk>/choose/", ChooseCasesView.as_view(), name="choose_bulletin"),
    path("mentions/<int:pk>/receive/", ReceiveMentionView.as_view(), name="receive_mention"),
    path("mentions/<int:pk>/answer/", AnswerMentionView.as_view(), name="answer_mention"),
]
