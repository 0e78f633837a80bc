"""The ledger (台账) is a query. One scope rule for list, detail, export, file and PDF stands here."""

from django.db.models import Exists, OuterRef, Q

from cases.models import Duty, DutyRole, Evidence, Extension, ImportDraft, Measure, Plan
from cases.states import MeasureState
from permissions.access import access_of
from permissions.models import UnitKind


def visible_measures(user):
    """Measures that the person may see: their offices', and those where their units have a duty. Lazy.

    A unit sees a measure from the moment it is issued, also one that it verifies in the office's place; the office
    sees its drafts too. Source: design §2, §3.
    """
    access = access_of(user)
    scope = Q(pk__in=[])
    if access.own_office_ids:
        scope |= Q(office__in=access.offices())
    if access.duty_unit_ids:
        duties = Duty.objects.filter(unit__in=access.units()).values("measure_id")
        designated = _designated_duties(access).values("measure_id")
        scope |= (Q(pk__in=duties) | Q(pk__in=designated)) & ~Q(state=MeasureState.DRAFT)
    return Measure.objects.filter(scope)


def _designated_duties(access):
    """Duties of a department that houses its office, on plans for which the person's unit verifies instead. Lazy."""
    return Duty.objects.filter(
        unit__children__kind=UnitKind.OFFICE, measure__plan__verifier_unit__in=access.duty_unit_ids
    )


def acting_duties():
    """Duties that act on the measure of the outer query: the leads', everybody's where the plan names no lead."""
    leads = Duty.objects.filter(measure=OuterRef("measure"), role=DutyRole.LEAD)
    return Duty.objects.filter(measure=OuterRef("pk")).filter(Q(role=DutyRole.LEAD) | ~Exists(leads))


def acting(duties):
    """The same of a measure's duties at hand."""
    leads = [duty for duty in duties if duty.role == DutyRole.LEAD]
    return leads or list(duties)


def waits_for_claim(units=None):
    """Condition: some acting unit, of ``units`` if given, has not claimed the measure and may do so now.

    After an amendment also while the others are at work: a lead that it named later claims, too.
    """
    duties = acting_duties().filter(claimed_at=None)
    if units is not None:
        duties = duties.filter(unit__in=units)
    return Q(state__in=(MeasureState.ISSUED, MeasureState.RECTIFYING)) & Q(Exists(duties))


def visible_plans(user):
    """Plans with at least one visible measure, and for an office all of its own. Lazy."""
    access = access_of(user)
    scope = Q(pk__in=[])
    if access.own_office_ids:
        scope |= Q(office__in=access.offices())
    if access.duty_unit_ids:
        for duties in (Duty.objects.filter(unit__in=access.units()), _designated_duties(access)):
            issued = duties.exclude(measure__state=MeasureState.DRAFT)
            scope |= Q(pk__in=issued.values("measure__plan_id"))
    return Plan.objects.filter(scope)


def visible_evidence(user):
    return Evidence.objects.filter(measure__in=visible_measures(user))


def visible_extensions(user):
    """Requests for a later date (延期) of visible measures. Lazy."""
    return Extension.objects.filter(measure__in=visible_measures(user))


def visible_drafts(user):
    """Import drafts of the person's own offices. Lazy."""
    return ImportDraft.objects.filter(office__in=access_of(user).own_office_ids)
