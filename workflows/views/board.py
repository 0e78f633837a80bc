"""The board (调度): one page that shows where everything stands, for a leader's meeting and its print."""

from django.urls import path
from django.utils.translation import gettext_lazy as _
from django.views.generic import TemplateView

from cases.ledger import visible_measures, visible_plans
from cases.models.plan import PlanState
from permissions import clock
from reports import board, presenters
from reports import board_presenters as shown
from reports.lists import MOST_ROWS, Cell, Column, Exported
from reports.scope import visible_filings, visible_periods
from workflows.instruments import visible_instruments

HEAT_MONTHS = 6


class BoardView(Exported, TemplateView):
    """What the person may see, of all plans or of ``?plan=``. A unit sees its own part. Constant statements.

    Exported are all that are overdue, of which the page shows the longest.
    """

    template_name, heading = "workflows/board.html", _("Overdue measures")
    columns = (
        Column(_("No."), 12),
        Column(_("Measure"), 50),
        Column(_("Lead unit"), 24),
        Column(_("State"), 12),
        Column(_("Original date"), 14),
        Column(_("Days past the original date"), 16),
        Column(_("Current date"), 14),
        Column(_("Days past the current date"), 16),
    )

    def get_context_data(self, **kwargs):
        user, today = self.request.user, clock.today()
        plans = list(visible_plans(user).filter(state=PlanState.ISSUED).order_by("-pk").defer("text"))
        plan = self._chosen(plans)
        measures = visible_measures(user).order_by()
        if plan:
            measures = measures.filter(plan=plan)
        links = shown.Links(plan and plan.pk)
        return super().get_context_data(
            today=today,
            plans=plans if len(plans) > 1 else [],
            plan=plan,
            stats=shown.stats(board.headlines(measures, today=today), links),
            by_unit=shown.lights(board.by_unit(measures, today=today), "lead", links),
            by_problem=shown.lights(board.by_problem(measures, today=today), "problem", links),
            weekdays=shown.WEEKDAYS,
            months=shown.months(board.calendar(measures, today=today), links, today=today),
            overdue=shown.overdue(
                board.overdue(measures, today=today, most=MOST_ROWS + 1 if self.exports else board.LIST)
            ),
            overdue_url=links(only="overdue_on_original", sort="due"),
            # The list behind its links knows no plan, so neither does the table.
            ladder=shown.ladder(board.ladder(visible_instruments(user))),
            burn_up=shown.burn_up(board.burn_up(measures, today=today)),
            maps=self._filings([plan] if plan else plans),
            **kwargs,
        )

    def exported_rows(self, context):
        names = (
            "number", "text", "leads", "state_label", "original_due_on", "days_late_on_original", "due_on", "days_late",
        )  # fmt: skip
        return [[Cell(row[name]) for name in names] for row in context["overdue"]]

    def _chosen(self, plans):
        wanted = self.request.GET.get("plan", "")
        return next((plan for plan in plans if str(plan.pk) == wanted), None)

    def _filings(self, plans):
        """Units × the latest months of each plan. Two queries."""
        user = self.request.user
        periods = list(
            visible_periods(user)
            .filter(plan__in=[plan.pk for plan in plans])
            .order_by("-month")[: HEAT_MONTHS * max(len(plans), 1)]
        )
        filings = (
            visible_filings(user)
            .filter(period__in=[period.pk for period in periods])
            .select_related("unit")
            .defer("rows")
            .order_by("unit__order", "unit_id", "revision")
        )
        maps = presenters.heat_map(plans, periods, filings, clock.now())
        return [entry for entry in maps if entry["months"]]


urlpatterns = [path("board/", BoardView.as_view(), name="board")]
