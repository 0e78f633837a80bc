"""Pages of a request for a later date (延期): the request itself, and the steps that others take."""

from django.shortcuts import get_object_or_404
from django.urls import path, reverse
from django.utils.functional import cached_property
from django.utils.translation import gettext_lazy as _
from django.views.generic import TemplateView

from cases.ledger import visible_extensions
from cases.models import ExtensionState
from permissions import clock
from permissions.access import access_of
from workflows.acts.extensions import TURNS, may
from workflows.door import Knock
from workflows.forms.extensions import DecideExtensionForm, RefuseExtensionForm
from workflows.sections import extensions
from workflows.views.acting import ActView

E = ExtensionState


def _with_people(user):
    return (
        visible_extensions(user)
        .select_related(
            "unit", "office", "checkpoint", "measure__plan", "measure__problem", "requested_by", "approved_by",
            "decided_by", "signed_by", "refused_by",
        )
        .defer("measure__plan__text")
    )  # fmt: skip


def granted_before(row):
    """How many of the measure were granted before this one was decided. One query."""
    others = row.measure.extensions.filter(state=E.GRANTED).exclude(pk=row.pk)
    if row.decided_at:
        others = others.filter(decided_at__lt=row.decided_at)
    return others.count()


def _crumbs(row, title=None):
    crumbs = [
        {"label": row.measure.plan.title, "url": row.measure.plan.get_absolute_url()},
        {"label": row.measure.number, "url": row.measure.get_absolute_url()},
        {"label": _("Extension"), "url": row.get_absolute_url() if title else None},
    ]
    return [*crumbs, {"label": title}] if title else crumbs


class ExtensionView(TemplateView):
    """One request with both dates, its reason, and who put their name to it so far."""

    template_name = "workflows/extension.html"

    def get_context_data(self, **kwargs):
        row = get_object_or_404(_with_people(self.request.user), pk=self.kwargs["pk"])
        return super().get_context_data(
            **extensions.page(row, granted=granted_before(row)),
            acts=self._acts(row),
            crumbs=_crumbs(row),
            **kwargs,
        )

    def _acts(self, row):
        """What the person may do now, as the door would allow it."""
        user = self.request.user
        if row.state not in TURNS or user.pk in row.hands():
            return []
        knock = Knock("", user, access_of(user), clock.now(), row, {})
        if not may(knock, row.state):
            return []
        name = TURNS[E(row.state)][1]
        return [
            {"url": reverse(f"workflows:{name}", args=[row.pk]), "label": LABELS[name], "kind": "primary"},
            {
                "url": reverse("workflows:refuse_extension", args=[row.pk]),
                "label": LABELS["refuse_extension"],
                "kind": "danger",
            },
        ]


LABELS = {
    "approve_extension": _("Approve"),
    "decide_extension": _("Grant"),
    "sign_extension": _("Sign the extension"),
    "refuse_extension": _("Refuse"),
}


class ExtensionActView(ActView):
    """One step of a request, with the request before one's eyes."""

    template_name = "workflows/extension_act.html"
    title = note = None
    danger = False

    def get_queryset(self):
        return _with_people(self.request.user)

    @cached_property
    def granted_before(self):
        return granted_before(self.subject)

    def get_context_data(self, **kwargs):
        row = self.subject
        return super().get_context_data(
            **extensions.page(row, granted=self.granted_before),
            title=self.title,
            note=self.said(),
            submit=LABELS[self.act],
            danger=self.danger,
            back_url=row.get_absolute_url(),
            crumbs=_crumbs(row, self.title),
            **kwargs,
        )

    def said(self):
        return self.note


class ApproveExtensionView(ExtensionActView):
    act, title = "approve_extension", _("Approve the extension")
    done = _("Approved for your unit; now the head of the office decides.")
    note = _("With your approval the request leaves the unit and the head of the office decides on it.")


class DecideExtensionView(ExtensionActView):
    act, form_class, title = "decide_extension", DecideExtensionForm, _("Decide on the extension")

    @property
    def done(self):
        if self.granted_before:
            return _("Passed on: the leader signs every further extension of the same measure.")
        return _("Granted: the checkpoint has its new date, and the original one stays beside it.")

    def said(self):
        if self.granted_before:
            return _(
                "An extension of this measure was granted before, so the leader must sign this one, too."
            )
        return _("With your decision the checkpoint gets its new date; the original one stays on record.")


class SignExtensionView(ExtensionActView):
    act, title = "sign_extension", _("Sign the extension")
    done = _("Granted: the checkpoint has its new date, and the original one stays beside it.")
    note = _("With your signature the checkpoint gets its new date; the original one stays on record.")


class RefuseExtensionView(ExtensionActView):
    act, form_class = "refuse_extension", RefuseExtensionForm
    title, danger = _("Refuse the extension"), True
    done = _("Refused: the date stays, and the unit reads your reason.")
    note = _("The date stays as it is. The request stays readable; the unit may ask anew.")


urlpatterns = [
    path("extensions/<int:pk>/", ExtensionView.as_view(), name="extension"),
    path("extensions/<int:pk>/approve/", ApproveExtensionView.as_view(), name="approve_extension"),
    path("extensions/<int:pk>/decide/", DecideExtensionView.as_view(), name="decide_extension"),
    path("extensions/<int:pk>/sign/", SignExtensionView.as_view(), name="sign_extension"),
    path("extensions/<int:pk>/refuse/", RefuseExtensionView.as_view(), name="refuse_extension"),
]
