"""Pages: what a person should know, newest first."""

from django.contrib import messages
from django.shortcuts import get_object_or_404, redirect
from django.urls import path
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from django.views import View
from django.views.generic import TemplateView

from cases.models import Notice
from permissions import clock
from reports.lists import Cell, Column, Exported
from workflows import notices


class NoticesView(Exported, TemplateView):
    """What the person should know, newest first."""

    template_name, heading = "workflows/notices.html", _("Notices")
    columns = (Column(_("Notice"), 80), Column(_("At"), 18), Column(_("State"), 10))

    def get_context_data(self, **kwargs):
        paged = self.paged(Notice.objects.filter(person=self.request.user))
        return super().get_context_data(
            rows=[
                {
                    "pk": row.pk,
                    "line": notices.line_of(row),
                    "at": row.created_at,
                    "is_new": row.read_at is None,
                    "url": row.url,
                }
                for row in paged["page_obj"].object_list
            ],
            unread=notices.unread_of(self.request.user).count(),
            **paged,
            **kwargs,
        )

    def exported_rows(self, context):
        for row in context["rows"]:
            yield [Cell(row["line"]), Cell(row["at"]), Cell(_("new") if row["is_new"] else _("read"))]


class OpenNoticeView(View):
    """Mark it read and go where it points."""

    def post(self, request, pk):
        row = get_object_or_404(Notice, pk=pk, person=request.user)
        if row.read_at is None:
            row.read_at = clock.now()
            row.save(update_fields=["read_at"])
        return redirect(row.url or "workflows:notices")


class ReadAllView(View):
    def post(self, request):
        count = notices.unread_of(request.user).update(read_at=clock.now())
        if count:
            messages.success(request, gettext("All notices are marked as read."))
        return redirect("workflows:notices")


urlpatterns = [
    path("notices/", NoticesView.as_view(), name="notices"),
    path("notices/read/", ReadAllView.as_view(), name="read_notices"),
    path("notices/<int:pk>/", OpenNoticeView.as_view(), name="open_notice"),
]
