"""Pages: samples of closed measures (回头看), one sample as a list to print, and the end of a plan."""

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.db.models import Count, Q
from django.shortcuts import get_object_or_404, redirect
from django.urls import path, reverse
from django.utils.formats import date_format
from django.utils.functional import cached_property
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from django.views.generic import FormView

from cases.errors import Refused
from cases.ledger import visible_plans
from cases.models import Finding, Plan
from cases.presenters import in_days, short_date, shortened
from cases.states import MeasureState
from permissions import clock
from permissions.access import access_of, units_where
from permissions.models import Office
from reports.lists import PAGE, Cell, Column, ListPage, number
from workflows.acts.look_backs import visible_look_backs
from workflows.door import perform
from workflows.forms.look_backs import DrawForm, EndPlanForm
from workflows.views.acting import ActView

TONES = {Finding.HELD: "success", Finding.FAILED: "danger"}


def _office_only(user):
    if not access_of(user).own_office_ids:
        raise PermissionDenied(gettext("Samples are drawn and seen in the office."))


class LookBacksView(ListPage):
    """All samples, the latest first, with how far each has come."""

    template_name, heading = "workflows/look_backs.html", _("Look-back")
    columns = (
        Column(_("Title"), 30),
        Column(_("Plan"), 36),
        Column(_("Drawn"), 20),
        Column(_("To be looked at by"), 14),
        number(_("Looked at")),
        number(_("Relapsed")),
    )

    def found(self):
        failed = Count("items", filter=Q(items__finding=Finding.FAILED))
        # One that has relapsed meanwhile needs no look any more.
        done = Count("items", filter=~Q(items__finding="") | ~Q(items__measure__state=MeasureState.CLOSED))
        rows = visible_look_backs(self.request.user).annotate(whole=Count("items"), done=done, failed=failed)
        rows = rows.select_related("plan", "drawn_by").defer("population", "plan__text")
        return rows.order_by("-drawn_at", "-pk")

    def row(self, item):
        return [
            Cell(item.title, url=item.get_absolute_url()),
            Cell(item.plan.title if item.plan else _("All plans")),
            Cell(clock.local(item.drawn_at).date(), note=str(item.drawn_by)),
            Cell(item.due_on),
            Cell(f"{item.done} / {item.whole}"),
            Cell(item.failed),
        ]

    def get_context_data(self, **kwargs):
        _office_only(self.request.user)
        return super().get_context_data(may_draw=bool(units_where(self.request.user, "look_back")), **kwargs)


class LookBackView(ListPage):
    """One sample: how it was drawn, its measures in the order of drawing, what was found. Prints as a list."""

    template_name = "workflows/look_back.html"
    columns = (
        Column(_("No."), 12, "nowrap"),
        Column(_("Measure"), 50),
        Column(_("Lead unit and grade"), 22),
        Column(_("Closed out"), 14, "nowrap"),
        Column(_("Finding"), 24),
        Column(_("What was found"), 40),
    )

    @cached_property
    def sample(self):
        rows = visible_look_backs(self.request.user).select_related("plan", "drawn_by", "office")
        return get_object_or_404(rows.defer("plan__text"), pk=self.kwargs["pk"])

    @property
    def heading(self):
        return self.sample.title

    @cached_property
    def items(self):
        rows = self.sample.items.select_related("measure", "round", "checked_by")
        return list(rows.order_by("stratum", "pk"))

    def found(self):
        return self.items

    def paged(self, rows, size=PAGE):
        return super().paged(rows, max(len(rows), 1))  # printed as one list

    def row(self, item):
        measure = item.measure
        seen = f"{item.checked_by} {short_date(item.visited_on)}" if item.visited_on else ""
        return [
            Cell(measure.number),
            Cell(shortened(measure.text), url=measure.get_absolute_url()),
            Cell(item.stratum),
            # Of the round that was drawn, whatever came later.
            Cell(clock.local(item.round.closed_at).date()),
            Cell(
                item.standing,
                tone=TONES.get(item.finding, "plain"),
                note=seen,
            ),
            Cell(item.text, acts=_acts(item, access_of(self.request.user).has("look_back"))),
        ]

    def get_context_data(self, **kwargs):
        items, sample = self.items, self.sample
        waits = any(item.waits for item in items)
        return super().get_context_data(
            sample=sample,
            population=len(sample.population),
            done=sum(not item.waits for item in items),
            failed=sum(item.finding == Finding.FAILED for item in items),
            days=in_days(sample.due_on, today=clock.today()) if waits else "",
            crumbs=[
                {"label": _("Look-back"), "url": reverse("workflows:look_backs")},
                {"label": sample.title, "url": None},
            ],
            **kwargs,
        )


def _acts(item, may):
    """What may be done now about one measure of a sample: (words, address)."""
    measure = item.measure
    if not may or measure.state != MeasureState.CLOSED:
        return ()
    if not item.finding:
        address = reverse("workflows:record_look_back", args=[measure.pk])
        return ((_("Record the look-back"), f"{address}?item={item.pk}"),)
    if item.finding == Finding.FAILED:
        return ((_("Relapse"), reverse("workflows:relapse", args=[measure.pk])),)
    return ()


class DrawView(FormView):
    form_class, template_name = DrawForm, "workflows/look_back_draw.html"

    @cached_property
    def office(self):
        """The first office for which the person may draw; nearly everybody has one."""
        units = units_where(self.request.user, "look_back")
        office = Office.objects.filter(units__in=units).order_by("pk").first() if units else None
        if office is None:
            raise PermissionDenied(gettext("Drawing a sample is the task of the office."))
        return office

    def get_form_kwargs(self):
        plans = visible_plans(self.request.user).filter(office=self.office).values_list("pk", "title")
        return {**super().get_form_kwargs(), "plans": list(plans)}

    def get_initial(self):
        today = clock.today()
        title = gettext("Look-back %(month)s") % {"month": date_format(today, "YEAR_MONTH_FORMAT")}
        return {**super().get_initial(), "closed_to": today, "title": title}

    def form_valid(self, form):
        data, knock = form.act_data(), form.knock()
        try:
            done = perform(
                self.office.pk, "draw_look_back", actor=self.request.user, key=knock["key"], **data
            )
        except Refused as refused:
            form.renew("")
            form.add_error(None, refused.message)
            return self.render_to_response(self.get_context_data(form=form), status=refused.status)
        messages.success(self.request, gettext("The sample is drawn; its seed is printed on the list."))
        return redirect(done.subject)

    def form_invalid(self, form):
        return self.render_to_response(self.get_context_data(form=form), status=400)

    def get_context_data(self, **kwargs):
        crumbs = [
            {"label": _("Look-back"), "url": reverse("workflows:look_backs")},
            {"label": _("Draw a sample"), "url": None},
        ]
        return super().get_context_data(office=self.office, crumbs=crumbs, **kwargs)


class EndPlanView(ActView):
    act, form_class, template_name = "end_plan", EndPlanForm, "workflows/end_plan.html"
    done = _("The end of the plan is recorded.")

    def get_queryset(self):
        return visible_plans(self.request.user).select_related("office").defer("text")

    def get_initial(self):
        ends_on = {} if self.request.method == "POST" else {"ends_on": self.subject.ends_on}
        return {**super().get_initial(), **ends_on}

    def get_context_data(self, **kwargs):
        crumbs = [
            {"label": self.subject.title, "url": self.subject.get_absolute_url()},
            {"label": _("End the plan"), "url": None},
        ]
        in_follow_up = Plan.objects.filter(
            pk=self.subject.pk, measures__state=MeasureState.CLOSED, measures__follow_up_months__isnull=False
        )
        return super().get_context_data(
            plan=self.subject, crumbs=crumbs, count=in_follow_up.count(), **kwargs
        )


urlpatterns = [
    path("look-backs/", LookBacksView.as_view(), name="look_backs"),
    path("look-backs/draw/", DrawView.as_view(), name="draw_look_back"),
    path("look-backs/<int:pk>/", LookBackView.as_view(), name="look_back"),
    path("plans/<int:pk>/end/", EndPlanView.as_view(), name="end_plan"),
]
