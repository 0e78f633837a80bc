"""A person's own selections of ledger rows under a name. Nobody else sees them, so the record does not tell of them."""

from django.contrib import messages
from django.http import QueryDict
from django.shortcuts import get_object_or_404, redirect
from django.urls import path, reverse
from django.utils.translation import gettext_lazy as _
from django.views import View

from cases.filters import view_of
from cases.models import SavedView

MOST_VIEWS = 20


class SaveViewView(View):
    """Keep the questions under a name; a name that is there already then means the new ones."""

    http_method_names = ["post"]

    def post(self, request):
        name, query = (
            request.POST.get("name", "").strip()[:40],
            view_of(QueryDict(request.POST.get("query", ""))),
        )
        if not name or not query or len(query) > 1000:
            messages.error(request, _("A view needs a name and at least one question."))
        elif SavedView.objects.filter(person=request.user).exclude(name=name).count() >= MOST_VIEWS:
            messages.error(request, _("You have %(count)s views; delete one first.") % {"count": MOST_VIEWS})
        else:
            SavedView.objects.update_or_create(person=request.user, name=name, defaults={"query": query})
            messages.success(request, _("The view “%(name)s” is saved.") % {"name": name})
        return redirect(f"{reverse('cases:ledger')}?{query}")


class DeleteViewView(View):
    http_method_names = ["post"]

    def post(self, request, pk):
        view = get_object_or_404(SavedView, pk=pk, person=request.user)
        view.delete()
        messages.success(
            request, _("The view “%(name)s” is deleted; no measure was touched.") % {"name": view.name}
        )
        return redirect(f"{reverse('cases:ledger')}?{view.query}")


urlpatterns = [
    path("ledger/views/", SaveViewView.as_view(), name="save_view"),
    path("ledger/views/<int:pk>/delete/", DeleteViewView.as_view(), name="delete_view"),
]
