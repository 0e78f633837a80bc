"""Who answers for a measure: re-assignment (改派), and who of several leads coordinates."""

from dataclasses import dataclass, field
from operator import attrgetter

from django.utils.translation import gettext_lazy as _

from cases.errors import NotReady
from cases.models import DisputeOutcome, Duty, DutyRole, InputRequest, PastDuty
from cases.states import MeasureState
from workflows.directory import Directory
from workflows.facts import standing_signatures
from workflows.roads import disputes, extensions, signing

S = MeasureState
LEAD, RESPONSIBLE = DutyRole.LEAD, DutyRole.RESPONSIBLE
STANDING = ("role", "order", "coordinates")  # what a re-assignment may change of a duty that stays
OF_A_DUTY = (*STANDING, "unit", "group", "printed", "claimed_at", "claimed_by", "start", "end")
standing_of = attrgetter(*STANDING)


@dataclass
class Change:
    """What becomes of the duties: ``kept`` in their new order and role, ``new`` ones, and those that end."""

    kept: list = field(default_factory=list)
    new: list = field(default_factory=list)
    ended: list = field(default_factory=list)

    @property
    def successor(self):
        """Whoever takes over open work: the first new unit in a role that somebody leaves, else any new one."""
        roles = [duty.role for duty in self.ended]
        same = [duty for duty in self.new if duty.role in roles] or self.new
        return same[0].unit if same else None


def reassign(rectification, *, leads, responsible, reason):
    """``leads``, ``responsible``: all units from now on, as "unit:PK" or "group:PK", in their order.

    A unit that stays keeps its claim. One that leaves has a past duty and sees the measure no more.
    """
    measure, before = rectification.measure, names(rectification.duties)
    open_disputes = rectification.disputes  # asked before the units change
    change = _change(rectification, leads, responsible)
    _write(rectification, change, reason)
    left = {duty.unit_id for duty in change.ended}
    settled = [row for row in open_disputes if row.unit_id not in _acting_ids(rectification)]
    disputes.settle(rectification, settled, DisputeOutcome.REASSIGNED, reason)
    if left and measure.state != S.DRAFT:
        move_open_work(rectification, left, change.successor, reason)
    rectification.details |= {"reason": reason, "changed": _differences(before, names(rectification.duties))}
    rectification.details["ended"] = [duty.unit.name for duty in change.ended]
    if measure.state == S.DRAFT:
        return S.DRAFT
    if any(
        not duty.claimed_at for duty in rectification.acting_duties if duty.unit_id not in change_ids(change)
    ):
        disputes.restart_claim_clock(rectification)
    return disputes.standing_with_units(rectification)


def change_ids(change):
    """Units that acted already and go on: their clock is not started anew."""
    return {duty.unit_id for duty in change.kept if not getattr(duty, "was_promoted", False)}


def _acting_ids(rectification):
    return {duty.unit_id for duty in rectification.acting_duties}


def swapped(duties, from_unit, to_unit):
    """The same units as choices, ``to_unit`` in the place of ``from_unit`` (ids); for many measures at once."""
    if all(duty.unit_id != from_unit for duty in duties):
        raise NotReady(_("The unit that leaves has no duty on this measure."))
    choices = {LEAD: [], RESPONSIBLE: []}
    for duty in duties:
        pk = to_unit if duty.unit_id == from_unit else duty.unit_id
        choices[duty.role].append(f"unit:{pk}")
    return choices[LEAD], choices[RESPONSIBLE]


def _change(rectification, leads, responsible):
    wanted = Directory(rectification.measure.office_id, [*leads, *responsible]).duties(
        rectification.measure, leads, responsible
    )
    if not wanted:
        raise NotReady(_("Choose at least one unit that answers for the measure."))
    present = {duty.unit_id: duty for duty in rectification.duties}
    acted = _acting_ids(rectification)
    change = Change(ended=[d for d in rectification.duties if d.unit_id not in {w.unit_id for w in wanted}])
    has_leads = any(duty.role == LEAD for duty in wanted)
    for duty in wanted:
        kept = present.get(duty.unit_id)
        if kept is None:
            change.new.append(duty)
            continue
        acts = duty.role == LEAD or not has_leads
        kept.was_promoted = acts and kept.unit_id not in acted
        before, kept.is_changed = standing_of(kept), kept.role != duty.role
        kept.role, kept.order = duty.role, duty.order
        kept.coordinates = kept.coordinates and duty.role == LEAD
        kept.is_to_be_written = standing_of(kept) != before
        change.kept.append(kept)
    if not change.new and not change.ended and not any(duty.is_changed for duty in change.kept):
        raise NotReady(_("The same units have the duty already, so there is nothing to re-assign."))
    return change


def _write(rectification, change, reason):
    """Past duties first, then the rows themselves; what was read of the duties is read no more."""
    past = [
        past_duty(
            duty, by=rectification.actor, at=rectification.now, reason=reason, successor=change.successor
        )
        for duty in change.ended
    ]
    # A new unit takes the row of one that left, so that most re-assignments neither delete nor insert one.
    taken = list(zip(change.new, change.ended, strict=False))
    for duty, left in taken:
        duty.pk = left.pk
    written = [duty for duty in change.kept if duty.is_to_be_written] + [duty for duty, _left in taken]
    PastDuty.objects.bulk_create(past)
    Duty.objects.bulk_update(written, OF_A_DUTY if taken else STANDING)
    if too_many := change.ended[len(taken) :]:
        Duty.objects.filter(pk__in=[duty.pk for duty in too_many]).delete()
    Duty.objects.bulk_create(change.new[len(taken) :])
    rectification.duties = sorted([*change.kept, *change.new], key=lambda duty: duty.order)
    vars(rectification).pop("acting_duties", None)


def past_duty(duty, *, by, at, reason, successor=None):
    """What remains of a duty that ends; unsaved."""
    return PastDuty(
        office_id=duty.office_id,
        measure_id=duty.measure_id,
        unit_id=duty.unit_id,
        role=duty.role,
        printed=duty.printed,
        claimed_at=duty.claimed_at,
        claimed_by_id=duty.claimed_by_id,
        ended_at=at,
        ended_by=by,
        successor=successor,
        reason=reason,
    )


def names(duties):
    """{what: [unit names]} as the trail tells it."""
    return {
        "lead_units": [duty.unit.name for duty in duties if duty.role == LEAD],
        "responsible_units": [duty.unit.name for duty in duties if duty.role == RESPONSIBLE],
    }


def _differences(before, after):
    return {name: [before[name], after[name]] for name in after if before[name] != after[name]}


def move_open_work(rectification, left, successor, reason):
    """Requests for input go to the successor, or end; what a leaving unit asked for or signed counts no more.

    Should the unit come back, it claims, asks and signs anew.
    """
    matters = rectification.open_matters
    if "input_requests" in matters:
        _move_requests(rectification, left, successor)
    if "extensions" in matters:
        asked = rectification.measure.extensions.filter(unit__in=left)
        extensions.end_open(asked, now=rectification.now, reason=reason)
    if "signatures" in matters:
        signing.end_of(
            standing_signatures(round__measure=rectification.measure, unit__in=left), rectification.now
        )


def _move_requests(rectification, left, successor):
    """An answer stays its unit's own, but it is the successor that takes it over."""
    rows = list(rectification.measure.input_requests.filter(merged_at=None, cancelled_at=None))
    unanswered = [row for row in rows if row.answered_at is None]
    answers = [row for row in rows if row.answered_at and row.from_unit_id in left]
    moved = [row for row in answers if successor and row.to_unit_id != successor.pk]
    for row in moved:
        row.from_unit = successor
    pairs = {(row.from_unit_id, row.to_unit_id) for row in unanswered}
    for row in unanswered:
        if row.from_unit_id not in left and row.to_unit_id not in left:
            continue
        pair = tuple(
            successor.pk if unit in left and successor else unit
            for unit in (row.from_unit_id, row.to_unit_id)
        )
        if successor is None or pair[0] == pair[1] or pair in pairs:
            row.cancelled_at = rectification.now
        else:
            row.from_unit_id, row.to_unit_id = pair
            pairs.add(pair)
        moved.append(row)
    if moved:
        InputRequest.objects.bulk_update(moved, ["from_unit", "to_unit", "cancelled_at"])


def name_coordinator(rectification, *, unit):
    """One of several leads sees to it that all are done; each still claims and signs for itself."""
    leads = [duty for duty in rectification.duties if duty.role == LEAD]
    chosen = next((duty for duty in leads if duty.unit_id == unit), None)
    if len(leads) < 2:
        raise NotReady(_("Only one unit leads this measure, so there is nothing to coordinate."))
    if chosen is None:
        raise NotReady(_("Only one of the lead units can coordinate. Reload the page."))
    if chosen.coordinates:
        raise NotReady(_("%(unit)s coordinates already."), unit=chosen.unit.name)
    Duty.objects.filter(measure=rectification.measure, coordinates=True).update(coordinates=False)
    Duty.objects.filter(pk=chosen.pk).update(coordinates=True)
    rectification.details["unit"] = chosen.unit.name
