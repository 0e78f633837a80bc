"""One act on many measures as pages: what it needs, what would happen to each row, what did happen."""

from dataclasses import asdict, replace

from django.core import signing
from django.core.exceptions import PermissionDenied
from django.http import QueryDict
from django.urls import path, reverse
from django.utils.functional import cached_property
from django.utils.translation import gettext_lazy as _
from django.views.generic import TemplateView

from cases.bulk_acts import BulkAct, offered
from cases.digits import whole
from cases.errors import NoRight
from cases.presenters import shortened
from cases.views import Ledger
from permissions.access import access_of
from workflows import bulk
from workflows.bulk import Result, Row
from workflows.forms.acting import new_key
from workflows.forms.bulk import BULK_FORMS


class BulkView(TemplateView):
    """Three steps at one address: the form, the preview, the result.

    The rows that were seen in the preview travel signed with it, so that exactly those are done; each carries the
    version that was seen, and its own part of the form's key, so that sending it again does nothing twice.
    """

    template_name = "workflows/bulk.html"
    list_name, list_label, column = "cases:ledger", _("Ledger"), _("Measure")
    lists_measures = True
    nothing = (
        _("No measure is chosen."),
        _("Tick them in the ledger, or ask there for what you need and choose all of it."),
    )

    def dispatch(self, request, *args, **kwargs):
        # Without an account there are no offers; the middleware leads to the way in.
        if request.user.is_authenticated and not self.offers:
            raise PermissionDenied(NoRight.text)
        return super().dispatch(request, *args, **kwargs)

    @cached_property
    def offers(self):
        return offered(access_of(self.request.user))

    @cached_property
    def asked(self):
        return self.request.POST if self.request.method == "POST" else self.request.GET

    @cached_property
    def act(self):
        """The offered act that was chosen, or None."""
        name = self.asked.get("act")
        return next((act for act in self.offers if act.name == name), None)

    @cached_property
    def back_url(self):
        query = self.asked.get("query", "")
        return f"{reverse(self.list_name)}{'?' if query else ''}{query}"

    @cached_property
    def subjects(self):
        """What was chosen as far as the person sees it: the ticked rows, or all that the ledger shows."""
        user = self.request.user
        if self.asked.get("which") == "all" and self.lists_measures:
            ledger = Ledger(user, QueryDict(self.asked.get("query", "")))
            # A question that was not understood shows more rows than were meant.
            return ledger.measures.none() if ledger.form.errors else ledger.measures
        pks = [pk for pk in map(whole, self.asked.getlist("row")) if pk is not None]
        return bulk.KNOCKS[self.act.name].subjects(user, pks[: bulk.MOST + 1])

    # The three steps ---------------------------------------------------------------------------------

    def get(self, request):
        pks = self._pks()
        form = self._form(pks) if self.act and pks and len(pks) <= bulk.MOST else None
        return self._page(step="form", form=form, pks=pks, too_many=len(pks) > bulk.MOST)

    def post(self, request):
        if self.act is None:
            raise PermissionDenied(NoRight.text)
        if "run" in request.POST:
            return self._run(request.POST["run"])
        pks = self._pks()
        form = self._form(pks, request.POST)
        if not form.is_valid():
            return self._page(step="form", form=form, pks=pks, status=400)
        return self._preview(pks, form.act_data())

    def _preview(self, pks, data):
        user = self.request.user
        rows = bulk.rows_of(self.act.name, pks, user=user, data=data)
        results = bulk.tried(self.act.name, rows, user=user)
        results.sort(key=lambda result: not result.done)  # what would be done stands first
        return self._page(
            step="preview",
            results=results,
            allowed=sum(result.done for result in results),
            refused=sum(not result.done for result in results),
            sealed=self._sealed(results),
            key=new_key(),
        )

    def _run(self, mode):
        seen = self._unsealed(self.request.POST.get("rows", ""))
        if seen is None:
            return self._page(step="form", form=None, pks=[], expired=True, status=409)
        key, user = self.request.POST.get("key", "")[:40] or new_key(), self.request.user
        wanted = [result.row for result in seen if result.done]
        if mode == "together":
            kept, results = bulk.done_together(self.act.name, wanted, user=user, key=key)
        else:
            kept, results = True, bulk.done(self.act.name, wanted, user=user, key=key)
        results += [result for result in seen if not result.done]
        return self._page(
            step="result",
            results=results,
            kept=kept,
            done=sum(result.done for result in results) if kept else 0,
            refused=sum(not result.done for result in results),
        )

    # Between the steps -------------------------------------------------------------------------------

    def _pks(self):
        return list(self.subjects.values_list("pk", flat=True)[: bulk.MOST + 1]) if self.act else []

    def _form(self, pks, data=None):
        measures = bulk.KNOCKS[self.act.name].subjects(self.request.user, pks)
        return BULK_FORMS[self.act.name](data, measures=measures)

    @property
    def _salt(self):
        return f"bulk:{self.request.user.pk}:{self.act.name}"

    def _sealed(self, results):
        rows = [
            {**asdict(replace(result.row, text=shortened(result.row.text, 40))), "refusal": result.refusal}
            for result in results
        ]
        return signing.dumps(rows, salt=self._salt, compress=True)

    def _unsealed(self, sealed):
        """[Result] as the preview showed them; None when somebody else's, too old or changed."""
        try:
            rows = signing.loads(sealed, salt=self._salt, max_age=24 * 3600)
        except signing.BadSignature:
            return None
        return [Result(refusal=row.pop("refusal"), row=Row(**row)) for row in rows]

    def _page(self, *, step, status=200, **context):
        title = self.act.label if self.act else _("Many measures at once")
        return self.render_to_response(
            self.get_context_data(
                step=step, act=self.act, title=title, back_url=self.back_url, list_label=self.list_label,
                column=self.column, nothing=self.nothing, most=bulk.MOST, query=self.asked.get("query", ""), **context,
            ),
            status=status,
        )  # fmt: skip


class IssueTogetherView(BulkView):
    """Proposed instruments, most often all of one unit and one step, issued from one list."""

    list_name, list_label, column = "workflows:supervision", _("Supervision"), _("Words")
    lists_measures = False  # so only what was ticked
    nothing = (
        _("None of them is still proposed."),
        _("They were issued or dropped, or their cause has gone."),
    )
    issue = BulkAct("issue_instrument", _("Issue instruments of supervision"), ("issue_instrument",))

    @cached_property
    def offers(self):
        return [self.issue] if access_of(self.request.user).has("issue_instrument") else []

    @cached_property
    def act(self):
        return self.issue

    def get(self, request):
        """Nothing has to be filled in, so the list itself is the first step."""
        pks = self._pks()
        return self._preview(pks, {}) if 0 < len(pks) <= bulk.MOST else super().get(request)


urlpatterns = [
    path("bulk/", BulkView.as_view(), name="bulk"),
    path("supervision/issue/", IssueTogetherView.as_view(), name="issue_together"),
]
