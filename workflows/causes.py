"""Where supervision finds its causes: every date of an office that a unit has yet to meet. A query for each kind."""

from collections import defaultdict
from datetime import timedelta

from django.db.models import Q

from cases import deadlines
from cases.ledger import acting
from cases.models import CauseKind, Checkpoint, Duty, FollowUp, Measure
from cases.rules import FIRST_DAY, Rules
from cases.states import OPEN_STATES, MeasureState
from cases.supervision import Cause
from permissions import clock
from permissions.models import Unit
from reports.models import Filing, FilingState
from workflows.roads import follow_up

S = MeasureState
FILING_DAYS = 120  # a filing that is missing longer than this is history


def causes_of(office_id: int, rules: Rules, *, today) -> list[Cause]:
    """What stands now and may fall due within the longest ladder there is. Ten queries at most."""
    found = [cause for find in FINDERS.values() for cause in find(office_id, rules, today)]
    return sorted(found, key=lambda cause: (cause.due_on, cause.name, cause.unit_id))


def gone(instruments, causes) -> list:
    """Those of the ladder's instruments whose cause is none of these: it was met, or has another date or unit."""
    live = {(cause.name, cause.unit_id) for cause in causes}
    return [row for row in instruments if (row.cause, row.unit_id) not in live]


def has_gone(instrument, rules: Rules, *, today) -> bool:
    """``gone`` of one instrument at this moment: reads only what it is about. Three queries at most.

    One made by hand has no date that could be met.
    """
    find = FINDERS.get(instrument.cause_kind)
    if find is None:
        return False
    causes = find(instrument.office_id, rules, today, pk=Cause.behind(instrument).row)
    return bool(gone([instrument], causes))


def _acting_by_measure(measures):
    """{measure id: duties that act} of a queryset of measure ids. One query."""
    duties = defaultdict(list)
    for duty in Duty.objects.filter(measure__in=measures.order_by()).order_by("order", "pk"):
        duties[duty.measure_id].append(duty)
    return {pk: acting(rows) for pk, rows in duties.items()}


def _checkpoints(office_id, rules, today, **only):
    """Not met; what was born overdue is nobody's fault. Reported ones wait for the office, so their ladder rests."""
    rows = Checkpoint.objects.filter(
        office=office_id,
        met_on=None,
        measure__state__in=OPEN_STATES,
        due_on__lte=today - timedelta(days=FIRST_DAY),
        **only,
    )
    duties = _acting_by_measure(rows.values("measure"))
    for row in rows.select_related("measure__plan").defer("measure__text", "measure__plan__text"):
        measure = row.measure
        if deadlines.is_born_overdue(row.dates, measure.plan.issued_on):
            continue
        paused = row.reported_on is not None or measure.state not in (S.ISSUED, S.RECTIFYING)
        for duty in duties.get(measure.pk, ()):
            yield Cause(
                CauseKind.CHECKPOINT, row.pk, row.due_on, duty.unit_id, measure_id=measure.pk, paused=paused
            )


def _claims(office_id, rules, today, **only):
    """A disputed measure's clock rests with the office."""
    rows = Measure.objects.filter(
        Q(state__in=(S.ISSUED, S.DISPUTED, S.RECTIFYING)),
        office=office_id,
        claim_due_on__isnull=False,
        duties__claimed_at=None,
        **only,
    ).distinct()
    duties_of = _acting_by_measure(rows.values("pk"))
    rows = {row.pk: row for row in rows.only("pk", "state", "claim_due_on")}
    for pk in rows:
        for duty in duties_of.get(pk, ()):
            if duty.claimed_at is None:
                paused = rows[pk].state == S.DISPUTED
                due_on = rows[pk].claim_due_on
                yield Cause(CauseKind.CLAIM, pk, due_on, duty.unit_id, measure_id=pk, paused=paused)


def _follow_ups(office_id, rules, today, **only):
    """Of each unit's cadence the last one missed and the next one."""
    rows = Measure.objects.filter(office=office_id, state=S.CLOSED, follow_up_months__isnull=False, **only)
    duties, records = _acting_by_measure(rows.values("pk")), defaultdict(list)
    for record in FollowUp.objects.filter(measure__in=rows.order_by().values("pk")):
        records[record.measure_id].append(record)
    for measure in rows.select_related("plan").defer("text", "plan__text"):
        pk = measure.pk
        for duty in duties.get(pk, ()):
            standing = follow_up.standing(measure, records[pk], duty.unit_id, today=today)
            dates = [row.due_on for row in standing.past[-1:] if row.is_missed]
            dates += [standing.next_due_on] if standing.next_due_on else []
            for due_on in dates:
                yield Cause(CauseKind.FOLLOW_UP, pk, due_on, duty.unit_id, measure_id=pk)


def _filings(office_id, rules, today, **only):
    """Never filed; a returned one was. With the unit's head it is still the unit's."""
    rows = Filing.objects.filter(
        office=office_id,
        revision=1,
        filed_at=None,
        period__due_at__gte=clock.now() - timedelta(days=FILING_DAYS),
        **only,
    ).exclude(state=FilingState.WITHDRAWN)
    rows = rows.values_list("pk", "unit_id", "period__due_at")
    for pk, unit_id, due_at in rows:
        yield Cause(CauseKind.FILING, pk, clock.local(due_at).date(), unit_id)


def _verifications(office_id, rules, today, **only):
    """Against the office itself: its clock runs from the day on which the last head signed."""
    submitted = Measure.objects.filter(office=office_id, state=S.SUBMITTED, state_since__isnull=False, **only)
    rows = list(submitted.values_list("pk", "state_since"))
    if not rows:
        return
    office_unit = Unit.of_office(office_id).pk
    for pk, since in rows:
        due_on = deadlines.add_workdays(clock.local(since).date(), rules.verify_workdays)
        yield Cause(CauseKind.VERIFICATION, pk, due_on, office_unit, measure_id=pk)


# Each takes (office id, rules, today) and, as ``pk``, the one row that a cause of its kind names.
FINDERS = {
    CauseKind.CHECKPOINT: _checkpoints,
    CauseKind.CLAIM: _claims,
    CauseKind.FOLLOW_UP: _follow_ups,
    CauseKind.FILING: _filings,
    CauseKind.VERIFICATION: _verifications,
}
