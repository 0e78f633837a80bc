"""The register of what the public reports, as a page and as a spreadsheet."""

from django.core.exceptions import PermissionDenied
from django.db.models import Q
from django.urls import path
from django.utils.functional import cached_property
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from cases.feedback import visible_feedback
from cases.models import FeedbackState
from permissions.access import access_of
from reports.lists import Cell, Column, ListPage
from workflows.forms.feedback import FilterForm

TONES = {
    FeedbackState.REGISTERED: "warning",
    FeedbackState.IN_HAND: "info",
    FeedbackState.ANSWERED: "submitted",
    FeedbackState.CLOSED: "success",
}


def office_only(user):
    if not access_of(user).own_office_ids:
        raise PermissionDenied(gettext("What the public reports is the office's matter."))


class FeedbackListView(ListPage):
    """The register, newest first. Persons are not named here."""

    template_name, heading = "workflows/feedback_list.html", _("Public reports")
    columns = (
        Column(_("Receipt number"), 16, "nowrap"),
        Column(_("Received"), 18, "nowrap"),
        Column(_("How it came"), 12, "nowrap"),
        Column(_("What is reported"), 50),
        Column(_("Place"), 18),
        Column(_("State"), 14),
        Column(_("Led to"), 16),
    )

    @cached_property
    def form(self):
        form = FilterForm(self.request.GET)
        form.is_valid()
        return form

    def found(self):
        found = visible_feedback(self.request.user).select_related("problem", "duplicate_of")
        if state := self.form.cleaned_data.get("state"):
            found = found.filter(state=state)
        if q := self.form.cleaned_data.get("q", "").strip():
            found = found.filter(Q(content__icontains=q) | Q(location__icontains=q) | Q(receipt__iexact=q))
        return found

    def row(self, item):
        return [
            Cell(item.receipt, url=item.get_absolute_url()),
            Cell(item.received_at),
            Cell(item.get_channel_display()),
            Cell(item.content),
            Cell(item.location),
            Cell(
                item.get_state_display(),
                tone=TONES[item.state],
                note=gettext("rectified") if item.rectified else "",
            ),
            Cell(_led_to(item)),
        ]

    def get_context_data(self, **kwargs):
        office_only(self.request.user)
        return super().get_context_data(
            form=self.form,
            is_filtered=any(self.form.cleaned_data.values()),
            may_register=access_of(self.request.user).has("handle_feedback"),
            **kwargs,
        )


def _led_to(report):
    if report.problem:
        return gettext("Problem %(label)s") % {"label": report.problem.label}
    if report.duplicate_of:
        return gettext("repeats %(receipt)s") % {"receipt": report.duplicate_of.receipt}
    return ""


urlpatterns = [path("feedback/", FeedbackListView.as_view(), name="feedback_list")]
