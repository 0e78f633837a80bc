"""Pages that act on a month: open it, remind its units."""

from django.urls import path, reverse
from django.utils.functional import cached_property
from django.utils.translation import gettext_lazy as _

from cases import deadlines
from cases.ledger import visible_plans
from cases.rules import rules_of
from permissions import clock
from reports.filings import month_by_rule, waiting_filings
from reports.scope import visible_periods
from workflows.forms.filings import OpenPeriodForm, RemindUnitsForm
from workflows.views.acting import ActView

NO_MONTH = _("The month that can be filed now is open already, or the plan asks for no report in it.")


class OpenPeriodView(ActView):
    """Open a month for filing before its day comes."""

    act, form_class, template_name = "open_period", OpenPeriodForm, "workflows/filing_act.html"
    done = _("The month is open: every unit with a live duty finds its filing on its desk.")

    def get_queryset(self):
        return visible_plans(self.request.user).select_related("office__rules").defer("text")

    def get_form_kwargs(self):
        return {**super().get_form_kwargs(), "months": self.months}

    @cached_property
    def months(self):
        """This month and the coming one, if the plan asks for them, they are not open yet and can still be met."""
        plan = self.subject
        if plan.opened_at is None:
            return []
        opened = set(plan.periods.values_list("month", flat=True))
        this = month_by_rule(plan, clock.now(), rules_of(plan.office))
        coming = (deadlines.add_months(this, count) for count in range(2))
        asked = (
            month for month in coming if not plan.reporting_months or month.month in plan.reporting_months
        )
        return [month for month in asked if month not in opened]

    def get_initial(self):
        return {**super().get_initial(), "month": self.months[0].isoformat() if self.months else None}

    def get_context_data(self, **kwargs):
        return super().get_context_data(
            title=_("Open a month"),
            subtitle=self.subject.title,
            submit=_("Open a month"),
            nothing=None if self.months else NO_MONTH,
            back_url=reverse("reports:periods"),
            crumbs=[
                {"label": _("Filing periods"), "url": reverse("reports:periods")},
                {"label": _("Open a month")},
            ],
            **kwargs,
        )


class RemindUnitsView(ActView):
    """Remind units that have not filed, from the buttons of the month's page or from a page of its own."""

    act, form_class, template_name = "remind_units", RemindUnitsForm, "workflows/filing_act.html"
    done = _("The reminder stands on the desks of the units.")
    title = _("Remind the units")

    def get_queryset(self):
        return visible_periods(self.request.user).select_related("plan", "office").defer("plan__text")

    def get_form_kwargs(self):
        units = [filing.unit for filing in waiting_filings(self.subject)]
        return {**super().get_form_kwargs(), "units": units}

    def get_initial(self):
        units = [filing.unit_id for filing in waiting_filings(self.subject)]
        return {**super().get_initial(), "units": units}

    def get_context_data(self, **kwargs):
        period = self.subject
        return super().get_context_data(
            title=self.title,
            subtitle=f"{period.plan.title} · {period}",
            submit=self.title,
            note=_("Each unit is reminded once a day; the record keeps it."),
            back_url=period.get_absolute_url(),
            crumbs=[
                {"label": _("Filing periods"), "url": reverse("reports:periods")},
                {"label": str(period), "url": period.get_absolute_url()},
                {"label": self.title},
            ],
            **kwargs,
        )


urlpatterns = [
    path("plans/<int:pk>/open-period/", OpenPeriodView.as_view(), name="open_period"),
    path("periods/<int:pk>/remind/", RemindUnitsView.as_view(), name="remind_units"),
]
