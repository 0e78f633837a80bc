"""The clerk's page of the report's texts: beside each block what is said twice, filed since, or was said last month."""

from urllib.parse import urlencode

from django.core.paginator import Paginator
from django.shortcuts import redirect
from django.urls import path, reverse
from django.utils.functional import cached_property
from django.utils.translation import gettext_lazy as _

from cases.errors import Stale
from reports import texts
from reports.models import MonthlyReport, ReportState
from workflows.forms.reports import TextsForm, chapters
from workflows.views.reports import ReportActView

PROBLEMS = 20  # on one page; each has a block in every chapter


class EditReportView(ReportActView):
    verb, form_class, template_name = "edit", TextsForm, "workflows/report_edit.html"
    title, submit, done = _("Edit the texts"), _("Save"), _("The texts were saved.")

    def get(self, request, *args, **kwargs):
        if self.subject.state != ReportState.DRAFT:
            return redirect(self.subject)
        return super().get(request, *args, **kwargs)

    @cached_property
    def fresh(self):
        return texts.draft_texts(self.subject.period)

    @cached_property
    def pairs(self):
        """{section: [(block, what the filings say now)]} of all problems."""
        saved = self.subject.texts
        return {section: texts.beside(saved, self.fresh, section) for section in texts.SECTIONS}

    @property
    def page(self):
        """Of problems: their numbers in every chapter."""
        count = max(len(pairs) for pairs in self.pairs.values())
        return Paginator(range(count), PROBLEMS).get_page(self.request.GET.get("page"))

    def get_form_kwargs(self):
        found = {
            section: [pairs[i] for i in self.page if i < len(pairs)] for section, pairs in self.pairs.items()
        }
        return {**super().get_form_kwargs(), "opening": self.subject.texts.get("opening", ""), "pairs": found}

    def get_context_data(self, form=None, clashes=None, **kwargs):
        form = form or self.get_form()
        page, notes = self.page, self._notes(form, clashes or {})
        return super().get_context_data(
            form=form,
            chapters=chapters(form, notes),
            opening_theirs=(clashes or {}).get("opening"),
            outdated=texts.outdated(self.subject.texts, self.fresh),
            page_obj=page,
            pages=page.paginator.get_elided_page_range(page.number),
            **kwargs,
        )

    def _notes(self, form, clashes):
        """{name of a block: {twins, theirs, fresh, last}}, each empty where there is nothing to say."""
        last, found = self._last_month(), {}
        for section, pairs in form.pairs.items():
            before = {block["problem_id"]: block["text"] for block in last.get(section, [])}
            for block, now in pairs:
                name = texts.name_of(section, block)
                text = form[name].value() or ""
                found[name] = {
                    "twins": _twins(name, text),
                    "theirs": clashes.get(name),
                    "is_outdated": texts.is_outdated(block, now),
                    "fresh": texts.compared(block.get("drawn", ""), now["text"])[1],
                    "last": _beside_last(before.get(block["problem_id"], ""), text),
                }
        return found

    def _last_month(self):
        """The texts of the month before. One query."""
        period = self.subject.period
        reports = MonthlyReport.objects.filter(period__plan=period.plan_id, period__month__lt=period.month)
        return reports.order_by("-period__month", "-revision").values_list("texts", flat=True).first() or {}

    def after(self, outcome):
        do, _colon, what = self.request.POST.get("do", "").partition(":")
        if not do:
            return outcome.subject
        number = self.page.number
        address = reverse("workflows:edit_report", args=[self.subject.pk])
        query = f"?{urlencode({'page': number})}" if number > 1 else ""
        return f"{address}{query}#b-{what.partition(':')[0]}"

    def refused(self, form, refused):
        """Somebody else saved meanwhile: their text stands beside what was typed, and nothing of either is lost."""
        if not isinstance(refused, Stale):
            return super().refused(form, refused)
        for name in ("subject", "fresh", "pairs"):
            self.__dict__.pop(name, None)
        form = self.get_form()
        clashes = form.settle()
        form.renew(self.version)
        form.add_error(None, refused.message)
        context = self.get_context_data(form=form, clashes=clashes)
        return self.render_to_response(context, status=refused.status)


def _twins(name, text):
    lines = text.split("\n")
    return [
        {
            "first": lines[first],
            "second": lines[second],
            "percent": percent,
            "do": f"keep_one:{name}:{first}:{second}",
        }
        for first, second, percent in texts.twins(text)
    ]


def _beside_last(before, text):
    """The pieces of both texts, or None where last month said nothing."""
    if not before:
        return None
    then, now = texts.compared(before, text)
    return {"then": then, "now": now, "same": before == text}


urlpatterns = [path("reports/<int:pk>/edit/", EditReportView.as_view(), name="edit_report")]
