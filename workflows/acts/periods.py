"""Acts on a reporting period: open it, close it, remind its units."""

from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from cases import deadlines
from cases.errors import NotReady
from cases.ledger import visible_plans
from cases.models import Plan
from cases.models.plan import PlanState
from cases.rules import rules_of
from permissions import clock
from permissions.models import Role
from reports.filings import due_moment, reminded_today, standing, units_that_owe, waiting_filings
from reports.models import Filing, FilingState, Punctuality, ReportingPeriod
from reports.scope import visible_periods
from workflows import notices
from workflows.acts.imports import permit_office
from workflows.door import Act, register
from workflows.owing import drafts
from workflows.record import Said


def open_period(knock):
    """Open a month for filing: one draft for every unit with a live duty. ``month`` is a first day."""
    plan, month = knock.subject, knock.data["month"].replace(day=1)
    if plan.state != PlanState.ISSUED:
        raise NotReady(_("The plan has not been issued yet, so nobody can report on it."))
    if plan.reporting_months and month.month not in plan.reporting_months:
        raise NotReady(_("The plan asks for no report in this month."))
    if plan.periods.filter(month=month).exists():
        raise NotReady(_("This month has been opened already."))
    rules = rules_of(plan.office)
    due_at = due_moment(plan, month, rules)
    if due_at < knock.now:
        raise NotReady(
            _(
                "The filing day of this month passed on %(day)s, so every unit would be late. Open the next month."
            ),
            day=f"{due_at:%Y-%m-%d}",
        )
    # A duty that changes hands at this moment is waited for; one that would change after it sees the month.
    list(plan.measures.select_for_update(no_key=True).values_list("pk"))
    period = ReportingPeriod.objects.create(
        office_id=plan.office_id,
        plan=plan,
        month=month,
        opens_at=_opens_at(plan, month, rules),
        due_at=due_at,
        opened_at=knock.now,
    )
    units = units_that_owe(period)
    if not units:
        raise NotReady(_("No unit has a measure to report on in this month, so it is not opened."))
    Filing.objects.bulk_create(drafts(period, units))
    knock.details = {"month": f"{month:%Y-%m}", "units": len(units)}
    return period


def _opens_at(plan, month, rules):
    """Where the month before ended: as it was opened, since other rules may have held then."""
    before = deadlines.previous_month(month)
    if opened := plan.periods.filter(month=before).first():
        return opened.due_at
    return due_moment(plan, before, rules)


def close_period(knock):
    """Put on record who had filed by the due moment and who had not; nothing is changed by it or afterwards.

    The lists are those of the due moment, however late the worker comes; ``closed_at`` says when it came.
    """
    period = knock.subject
    if period.closed_at is not None or knock.now <= period.due_at:
        raise NotReady(_("The month is closed already, or its filing day is not over yet."))
    period.closed_at = knock.now
    period.save(update_fields=["closed_at"])
    on_time, missing = [], []
    for row in standing(period):
        filed = row["first"] and row["first"].punctuality == Punctuality.ON_TIME
        (on_time if filed else missing).append(row["unit"].name)
    knock.details = {
        "month": f"{period.month:%Y-%m}",
        "due_at": clock.local(period.due_at).isoformat(),
        "on_time": on_time,
        "missing": missing,
    }


def remind_units(knock):
    """The office reminds units whose filing it waits for, each once a day. ``units``: ids, None for all of them."""
    period, chosen = knock.subject, knock.data.get("units")
    waiting = [filing for filing in waiting_filings(period) if chosen is None or filing.unit_id in chosen]
    reminded = reminded_today(waiting, knock.today)
    rows = [filing for filing in waiting if filing.pk not in reminded]
    if not rows:
        raise NotReady(
            _("These units were reminded today already; a reminder goes out once a day.")
            if waiting
            else _("The office waits for no filing of these units.")
        )
    _tell_units(knock, rows)
    knock.said = [Said("remind_filing", filing, {"unit": filing.unit.name}) for filing in rows]
    knock.details = {"month": f"{period.month:%Y-%m}", "units": [filing.unit.name for filing in rows]}


def _tell_units(knock, filings):
    """A notice to the unit's handlers, and to its head where the filing lies with the head."""
    by_unit = {filing.unit_id: filing for filing in filings}
    where = Q(unit__in=by_unit, role__in=[Role.HANDLER, Role.UNIT_HEAD])
    notes = []
    for person_id, unit_id, role, _name in notices.people(where, today=knock.today):
        filing = by_unit[unit_id]
        if role == Role.UNIT_HEAD and filing.state != FilingState.SUBMITTED:
            continue
        key = f"remind_filing:{filing.pk}:{knock.today}"
        what = {"what": notices.named(filing)}
        notes.append(notices.Note(person_id, key, "remind_filing", what, url=filing.get_absolute_url()))
    notices.write(notes, office=knock.subject.office, now=knock.now)


register(
    Act(
        "open_period",
        Plan,
        visible_plans,
        permit_office("open_period"),
        open_period,
        related=("office__rules",),
        by_system=True,
    )
)
register(
    Act(
        "close_period",
        ReportingPeriod,
        visible_periods,
        permit_office("open_period"),
        close_period,
        by_person=False,
        by_system=True,
    )
)
register(
    Act(
        "remind_units",
        ReportingPeriod,
        visible_periods,
        permit_office("accept_filing"),
        remind_units,
        related=("office",),
    )
)
