"""The ledger (台账) is a query. One scope rule for list, detail, export, file and PDF stands here."""

from django.db.models import Q

from cases.models import Duty, Evidence, ImportDraft, Measure, Plan
from cases.states import MeasureState
from permissions.access import access_of


def visible_measures(user):
    """Measures that the person may see: their offices', and those where their units have a duty. Lazy.

    A unit sees a measure from the moment it is issued; the office sees its drafts too. Source: design §3.
    """
    access = access_of(user)
    scope = Q(pk__in=[])
    if access.own_office_ids:
        scope |= Q(office__in=access.offices())
    if access.duty_unit_ids:
        duties = Duty.objects.filter(unit__in=access.units()).values("measure_id")
        scope |= Q(pk__in=duties) & ~Q(state=MeasureState.DRAFT)
    return Measure.objects.filter(scope)


def visible_plans(user):
    """Plans with at least one visible measure, and for an office all of its own. Lazy."""
    access = access_of(user)
    scope = Q(pk__in=[])
    if access.own_office_ids:
        scope |= Q(office__in=access.offices())
    if access.duty_unit_ids:
        duties = Duty.objects.filter(unit__in=access.units()).exclude(measure__state=MeasureState.DRAFT)
        scope |= Q(pk__in=duties.values("measure__plan_id"))
    return Plan.objects.filter(scope)


def visible_evidence(user):
    return Evidence.objects.filter(measure__in=visible_measures(user))


def visible_drafts(user):
    """Import drafts of the person's own offices. Lazy."""
    return ImportDraft.objects.filter(office__in=access_of(user).own_office_ids)
