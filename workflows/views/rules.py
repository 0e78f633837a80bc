"""Pages: the parameters of an office with what each means, its ladder, its checklist, its chat robots."""

from django.http import Http404
from django.shortcuts import get_object_or_404, redirect
from django.urls import path, reverse
from django.utils.functional import cached_property
from django.utils.translation import gettext_lazy as _
from django.views import View
from django.views.generic import TemplateView

from cases.models import EvidenceRequirement, InstrumentKind
from cases.rules import of_row
from permissions.access import access_of
from permissions.models import Role, Unit
from workflows import outbox
from workflows.acts.imports import own_offices
from workflows.forms.acting import ActForm
from workflows.forms.rules import (
    CHOSEN,
    NUMBERS,
    REMINDERS,
    YES_NO,
    ChannelForm,
    EndRequirementForm,
    LadderForm,
    RenewChannelForm,
    RequirementForm,
    RulesForm,
    SwitchChannelForm,
    default_of,
    initial_of,
    shown,
)
from workflows.models import Channel, Delivery, DeliveryState
from workflows.views.acting import ActView

FAILURES = 10  # undelivered messages that the page shows


class OwnRulesView(View):
    """To the parameters of the first office that the person works for."""

    page = "workflows:rules"

    def get(self, request):
        offices = sorted(access_of(request.user).own_office_ids)
        if not offices:
            raise Http404
        return redirect(self.page, offices[0])


def row_of(office):
    return getattr(office, "rules", None)  # read together with the office


class RulesView(TemplateView):
    """Everything that the office decided, beside what it follows where it decided nothing."""

    template_name = "workflows/rules.html"

    def get_context_data(self, **kwargs):
        user = self.request.user
        office = get_object_or_404(own_offices(user).select_related("rules"), pk=self.kwargs["pk"])
        failed = Delivery.objects.filter(office=office, state=DeliveryState.FAILED)
        failures = list(failed.select_related("channel", "person").order_by("-created_at")[:FAILURES])
        rules = of_row(row_of(office))
        return super().get_context_data(
            office=office,
            parameters=list(_parameters(rules, row_of(office))),
            ladder=[_step(step) for step in rules.ladder],
            own_ladder=bool(row_of(office) and row_of(office).ladder is not None),
            lines=list(EvidenceRequirement.objects.filter(office=office, ended_on=None)),
            channels=[_channel(row) for row in Channel.objects.filter(office=office).select_related("unit")],
            failures=failures,
            may_set=access_of(user).has("set_rules", office.unit.pk),
            others=own_offices(user).exclude(pk=office.pk),
            **kwargs,
        )


def _parameters(rules, row):
    """{label, explained, value, default, is_own} of each parameter."""
    for name, (label, explained, _least, _most) in NUMBERS.items():
        yield _parameter(row, name, label, explained, getattr(rules, name))
    for name, (label, explained) in CHOSEN.items():
        yield _parameter(row, name, label, explained, shown(name, getattr(rules, name)))
    yield _parameter(row, "filing_reminders", *REMINDERS, shown("filing_reminders", rules.filing_reminders))
    yield _parameter(
        row,
        "evidence_required",
        _("Evidence is required"),
        _("Without any piece of evidence a unit cannot ask for verification."),
        YES_NO[rules.evidence_required],
    )
    quiet = rules.quiet
    yield _parameter(
        row,
        "quiet",
        _("Quiet hours"),
        _("No mail and no chat message goes out in the quiet hours."),
        f"{quiet.start:%H:%M}–{quiet.until:%H:%M}" if quiet else _("none"),
    )


def _parameter(row, name, label, explained, value):
    own = getattr(row, name, None)
    return {
        "label": label,
        "explained": explained,
        "value": value,
        "default": default_of(name),
        "is_own": own is not None and own != "",
    }


def _step(step):
    return {
        "when": when_of(step.days),
        "kind": InstrumentKind(step.kind).label,
        "by_system": step.kind == InstrumentKind.REMINDER,
        "to": "、".join(str(Role(role).label) for role in step.to),
    }


def when_of(days):
    """“7 days before”, “on the day”, “3 days after”."""
    if days == 0:
        return _("on the day itself")
    words = _("%(days)s days before the date") if days < 0 else _("%(days)s days after the date")
    return words % {"days": abs(days)}


def _channel(row):
    """Without the address and the secret: whoever has them can write into the group."""
    return {
        "name": row.name,
        "kind": row.get_kind_display(),
        "host": row.host,
        "signed": bool(row.secret),
        "problem": "" if row.is_readable else outbox.unreadable(),
        "unit": row.unit.name if row.unit else _("all units"),
        "is_active": row.is_active,
    }


class OfficeActView(ActView):
    """One act on the office's parameters."""

    template_name = "workflows/rules_act.html"
    label = submit = explained = ""

    def get_queryset(self):
        return own_offices(self.request.user).select_related("rules")

    @cached_property
    def back_url(self):
        return reverse("workflows:rules", args=[self.kwargs["pk"]])

    def after(self, outcome):
        return self.back_url

    def get_context_data(self, **kwargs):
        return super().get_context_data(
            office=self.subject,
            label=self.label,
            submit=self.submit,
            explained=self.explained,
            back_url=self.back_url,
            crumbs=[{"label": _("Parameters"), "url": self.back_url}, {"label": self.label}],
            **kwargs,
        )


class SetRulesView(OfficeActView):
    act, form_class = "set_rules", RulesForm
    label, submit = _("Change the parameters"), _("Save")
    explained = _("What is changed holds from now on. Dates that were set already stay as they are.")
    done = _("The parameters were changed.")

    def get_initial(self):
        initial = super().get_initial()
        return {**initial, **initial_of(row_of(self.subject))} if initial else initial


class LadderView(OfficeActView):
    act, form_class, template_name = "set_rules", LadderForm, "workflows/rules_ladder.html"
    label, submit = _("Change the ladder"), _("Save")
    explained = _(
        "Days are calendar days: −3 is three days before the date, 0 the day itself, 7 a week after it. A step "
        "without a day is taken away. Reminders are sent by the system; the others are proposed to the office, and "
        "its head issues them."
    )
    done = _("The ladder was changed.")

    def get_initial(self):
        initial = super().get_initial()
        return {**initial, "seen": getattr(row_of(self.subject), "row_version", 0)} if initial else initial

    def get_form_kwargs(self):
        return {**super().get_form_kwargs(), "steps": of_row(row_of(self.subject)).ladder}


class AddRequirementView(OfficeActView):
    act, form_class = "add_requirement", RequirementForm
    label = submit = _("Add to the checklist")
    explained = _("A unit that asks for verification must have attached a piece of evidence for each line.")
    done = _("The checklist has a line more.")


class EndRequirementView(OfficeActView):
    act, form_class = "end_requirement", EndRequirementForm
    label = submit = _("Take a line off the checklist")
    done = _("The line is no longer on the checklist.")

    def get_form_kwargs(self):
        lines = EvidenceRequirement.objects.filter(office=self.subject, ended_on=None)
        return {**super().get_form_kwargs(), "lines": lines}


class AddChannelView(OfficeActView):
    act, form_class = "add_channel", ChannelForm
    label = submit = _("Connect a chat robot")
    explained = _("The robot writes into its chat group what the units and the office should know.")
    done = _("The robot is connected.")

    def get_form_kwargs(self):
        return {**super().get_form_kwargs(), "units": Unit.objects.filter(office=self.subject)}


class RenewChannelView(OfficeActView):
    act, form_class = "renew_channel", RenewChannelForm
    label = submit = _("Enter a robot's address anew")
    explained = _(
        "What was entered before is overwritten, the secret too: left empty, the robot is not signed."
    )
    done = _("The robot has its new address.")

    def get_form_kwargs(self):
        return {**super().get_form_kwargs(), "channels": Channel.objects.filter(office=self.subject)}


class SwitchChannelView(OfficeActView):
    act, form_class = "switch_channel", SwitchChannelForm
    label = submit = _("Stop or start a robot")
    done = _("Done.")

    def get_form_kwargs(self):
        return {**super().get_form_kwargs(), "channels": Channel.objects.filter(office=self.subject)}


class SendAgainView(OfficeActView):
    act, form_class = "send_again", ActForm
    label = submit = _("Send again")
    explained = _("All messages that could not be delivered are tried once more.")
    done = _("The messages wait to be sent again.")


urlpatterns = [
    path("rules/", OwnRulesView.as_view(), name="own_rules"),
    path("rules/<int:pk>/", RulesView.as_view(), name="rules"),
    path("rules/<int:pk>/change/", SetRulesView.as_view(), name="set_rules"),
    path("rules/<int:pk>/ladder/", LadderView.as_view(), name="set_ladder"),
    path("rules/<int:pk>/checklist/add/", AddRequirementView.as_view(), name="add_requirement"),
    path("rules/<int:pk>/checklist/end/", EndRequirementView.as_view(), name="end_requirement"),
    path("rules/<int:pk>/robots/add/", AddChannelView.as_view(), name="add_channel"),
    path("rules/<int:pk>/robots/renew/", RenewChannelView.as_view(), name="renew_channel"),
    path("rules/<int:pk>/robots/switch/", SwitchChannelView.as_view(), name="switch_channel"),
    path("rules/<int:pk>/send-again/", SendAgainView.as_view(), name="send_again"),
]
