"""Pages: how an office's papers look, with a specimen (样张) to see before it holds."""

import json

from django.core.cache import cache
from django.http import HttpResponse
from django.shortcuts import get_object_or_404
from django.urls import path, reverse
from django.utils.cache import patch_cache_control
from django.utils.functional import cached_property
from django.utils.translation import gettext_lazy as _
from django.views import View
from django.views.generic import TemplateView

from cases.errors import NotReady
from cases.media import PDF, PNG
from permissions import clock
from permissions.access import access_of
from reports.documents import ledger, safely, specimen
from reports.documents.engine import PaperRefused, Stopped
from reports.documents.safely import Order
from reports.models import MonthlyReport, PaperStyle
from reports.proof import canonical, digest
from reports.style import of_row, style_of
from workflows.acts.imports import own_offices
from workflows.forms.style import PARTS, SEAL, StyleForm, initial_of
from workflows.views.rules import OfficeActView, OwnRulesView

KEPT = 3600  # seconds
PATIENCE = 60  # seconds that a specimen of a few pages may take; a free machine needs three


class OwnStyleView(OwnRulesView):
    """To the papers of the first office that the person works for."""

    page = "workflows:paper_style"


def row_of(office):
    return getattr(office, "paper_style", None)  # read together with the office


def made_of(office, style):
    """Snapshot and issue of the office's specimen. One query."""
    issued = MonthlyReport.objects.filter(office=office).exclude(snapshot="")
    last = issued.order_by("-period__month", "-revision").values_list("snapshot", flat=True).first()
    return specimen.specimen(json.loads(last) if last else None, style, office, day=clock.today())


def printed(made):
    """The specimen as PDF, printed once: the page shows it as a picture and links to it.

    In a process of its own, as every paper: what an office may type must not cost the others their pages.
    Errors: PaperRefused, Stopped.
    """
    key = f"specimen:{digest(canonical(made))}"
    content = cache.get(key)
    if content is None:
        content = safely.printed([Order("pdf", "specimen.render")], *made, silence=PATIENCE)["pdf"]
        cache.set(key, content, KEPT)
    return content


class OfficePage:
    """The office of the address, with its style."""

    def get_queryset(self):
        return own_offices(self.request.user).select_related("paper_style")

    @cached_property
    def office(self):
        return get_object_or_404(self.get_queryset(), pk=self.kwargs["pk"])


class StyleView(OfficePage, TemplateView):
    """Every part of the papers as it is printed now, and a specimen."""

    template_name = "workflows/style.html"

    def get_context_data(self, **kwargs):
        office, user = self.office, self.request.user
        style, default = style_of(office), of_row(PaperStyle(), office)
        return super().get_context_data(
            office=office,
            parts=list(_parts(style, default)),
            may_set=access_of(user).has("set_rules", office.unit.pk),
            others=own_offices(user).exclude(pk=office.pk),
            mark=digest(canonical(made_of(office, style)))[:16],
            crumbs=_crumbs(office),
            **kwargs,
        )


def _crumbs(office):
    return [
        {"label": _("Parameters"), "url": reverse("workflows:rules", args=[office.pk])},
        {"label": _("Paper style"), "url": reverse("workflows:paper_style", args=[office.pk])},
    ]


def _parts(style, default):
    """{label, explained, value, is_own} of each part."""
    for name, (label, explained) in PARTS.items():
        value = style.number(clock.today().year, 1) if name == "number_rule" else getattr(style, name)
        yield {
            "label": label,
            "explained": explained,
            "value": value or _("nothing is printed"),
            "is_own": getattr(style, name) != getattr(default, name),
        }
    yield {
        "label": _("Seal"),
        "explained": _("Where name and date stand at the end of the text."),
        "value": SEAL[style.sealed],
        "is_own": style.sealed != default.sealed,
    }
    yield {
        "label": _("Columns of the ledger"),
        "explained": _("In the annex, the spreadsheet and the export of the ledger page."),
        "value": "、".join(ledger.COLUMNS[name].heading for name in style.ledger_columns),
        "is_own": style.ledger_columns != default.ledger_columns,
    }


class SetStyleView(OfficePage, OfficeActView):
    act, form_class, template_name = "set_paper_style", StyleForm, "workflows/style_edit.html"
    label, submit = _("Change the paper style"), _("Save")
    explained = _("What is changed holds for papers from now on. Papers that were issued stay as they are.")
    done = _("The paper style was changed.")

    @cached_property
    def back_url(self):
        return reverse("workflows:paper_style", args=[self.kwargs["pk"]])

    def get_initial(self):
        initial = super().get_initial()
        return {**initial, **initial_of(row_of(self.subject), style_of(self.subject))} if initial else initial

    def get_form_kwargs(self):
        office = self.subject
        return {
            **super().get_form_kwargs(),
            "office": office,
            "style": style_of(office),
            "default": of_row(PaperStyle(), office),
        }

    def get_context_data(self, **kwargs):
        crumbs = [*_crumbs(self.subject), {"label": self.label}]
        return {**super().get_context_data(**kwargs), "crumbs": crumbs}


class PreviewStyleView(SetStyleView):
    """The specimen of what stands in the form; nothing is saved."""

    http_method_names = ["post"]

    def post(self, request, *args, **kwargs):
        self.permit()
        return super().post(request, *args, **kwargs)

    def form_valid(self, form):
        values = form.act_data()["values"]
        try:
            content = printed(made_of(self.subject, of_row(PaperStyle(**values), self.subject)))
        except (PaperRefused, Stopped) as refused:
            form.add_error(None, refused.reader_message)
            return self.form_invalid(form)
        return shown(content, PDF)


class SpecimenView(OfficePage, View):
    """The specimen of the style that holds, as PDF or, for the page, as a picture of its pages."""

    media_type = PDF

    def get(self, request, pk):
        try:
            content = printed(made_of(self.office, style_of(self.office)))
        except (PaperRefused, Stopped) as refused:
            said = NotReady(refused.reader_message)
            said.back_url = reverse("workflows:paper_style", args=[pk])
            raise said from refused
        response = shown(
            specimen.contact_sheet(content) if self.media_type == PNG else content, self.media_type
        )
        patch_cache_control(response, private=True, max_age=KEPT)
        return response


def shown(content, media_type):
    """Opened in the browser rather than saved."""
    response = HttpResponse(content, content_type=media_type)
    response["Content-Disposition"] = "inline"
    response["X-Content-Type-Options"] = "nosniff"
    return response


urlpatterns = [
    path("paper-style/", OwnStyleView.as_view(), name="own_paper_style"),
    path("paper-style/<int:pk>/", StyleView.as_view(), name="paper_style"),
    path("paper-style/<int:pk>/change/", SetStyleView.as_view(), name="set_paper_style"),
    path("paper-style/<int:pk>/preview/", PreviewStyleView.as_view(), name="preview_paper_style"),
    path("paper-style/<int:pk>/specimen.pdf", SpecimenView.as_view(), name="specimen"),
    path("paper-style/<int:pk>/specimen.png", SpecimenView.as_view(media_type=PNG), name="specimen_picture"),
]
