"""Who owes a filing in the months that are open: kept true by every act that gives or takes a live duty."""

from permissions.models import Unit
from reports.filings import units_that_owe
from reports.models import Filing, FilingState, ReportingPeriod
from workflows.record import Said

# Acts on a measure after which other units than before may have a live duty.
CHANGES_DUTIES = {"reassign", "split", "merge", "transfer", "withdraw", "relapse"}


def open_months(plan, now):
    """Periods of the plan (id or reference) whose filings may still change hands, newest first."""
    return ReportingPeriod.objects.filter(plan=plan, closed_at=None, due_at__gte=now)


def keep_filings(knock, plan_id):
    """Give each unit that came to a live duty its filing of the open month, and withdraw it from one that lost all.

    Until the due moment only. What was handed to the unit's head or filed stays; a draft that is withdrawn keeps its
    text and is a draft again when its unit gets a duty once more.
    """
    for period in open_months(plan_id, knock.now).select_for_update(no_key=True):
        owe = units_that_owe(period)
        known = list(_first_ones(period))
        withdrawn = [row for row in known if row.state == FilingState.WITHDRAWN and row.unit_id in owe]
        idle = [row for row in known if row.state == FilingState.DRAFT and row.unit_id not in owe]
        missing = set(owe) - {row.unit_id for row in known}
        new = Filing.objects.bulk_create(drafts(period, [pk for pk in owe if pk in missing]))
        _name_units(new)
        _move([*withdrawn, *idle])
        told = [
            *(("owe_filing", row) for row in [*new, *withdrawn]),
            *(("withdraw_filing", row) for row in idle),
        ]
        knock.said = [*knock.said, *(_said(act, period, row) for act, row in told)]


def _first_ones(period):
    """Locked: a handler may be sending a draft to the unit's head at this very moment."""
    filings = period.filings.filter(revision=1).select_related("unit").order_by("pk")
    return filings.select_for_update(of=("self",), no_key=True)


def drafts(period, unit_ids) -> list[Filing]:
    """Unsaved filings of these units, nothing written in them yet."""
    return [Filing(office_id=period.office_id, period=period, unit_id=pk) for pk in unit_ids]


def _name_units(filings):
    """Read the units of new filings, whose names the record tells. None, and no query, for most acts."""
    units = Unit.objects.in_bulk([filing.unit_id for filing in filings])
    for filing in filings:
        filing.unit = units[filing.unit_id]


def _move(filings):
    """A draft that is owed no more is withdrawn, a withdrawn one that is owed again is a draft."""
    for filing in filings:
        is_draft = filing.state == FilingState.DRAFT
        filing.state = FilingState.WITHDRAWN if is_draft else FilingState.DRAFT
        filing.row_version += 1
    Filing.objects.bulk_update(filings, ["state", "row_version"])


def _said(act, period, filing):
    return Said(act, filing, {"unit": filing.unit.name, "month": f"{period.month:%Y-%m}"})
