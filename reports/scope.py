"""Which periods, filings and reports a person may see. The same rule as ``cases.ledger``, one level up."""

from django.conf import settings
from django.db.models import Q

from cases.ledger import visible_plans
from permissions.access import access_of
from reports.models import Bulletin, Filing, Mention, MonthlyReport, ReportingPeriod, ReportState


def visible_periods(user):
    """Periods of visible plans. Lazy."""
    return ReportingPeriod.objects.filter(plan__in=visible_plans(user))


def visible_filings(user):
    """The person's units' own filings; for an office all of its plans'. Lazy."""
    access = access_of(user)
    scope = Q(pk__in=[])
    if access.own_office_ids:
        scope |= Q(office__in=access.offices())
    if access.duty_unit_ids:
        scope |= Q(unit__in=access.units())
    return Filing.objects.filter(scope)


def visible_reports(user):
    """An office sees its reports in every state. Lazy.

    A report holds every unit's measures, so a unit sees the issued ones only where they are circulated (setting).
    """
    return MonthlyReport.objects.filter(
        _office_or_issued(user, circulated=settings.XIAOHAO_CIRCULATE_REPORTS)
    )


def visible_bulletins(user):
    """An office sees its bulletins in every state; the units of the plan, to whom they go, the issued ones. Lazy."""
    return Bulletin.objects.filter(_office_or_issued(user, circulated=True))


def _office_or_issued(user, *, circulated):
    access = access_of(user)
    scope = Q(pk__in=[])
    if access.own_office_ids:
        scope |= Q(office__in=access.offices())
    if access.duty_unit_ids and circulated:
        issued = Q(state__in=[ReportState.ISSUED, ReportState.SUPERSEDED])
        scope |= issued & Q(period__plan__in=visible_plans(user))
    return scope


def visible_mentions(user):
    """What bulletins say of the person's units, and what these answer; to an office all of its own. Lazy."""
    access = access_of(user)
    scope = Q(pk__in=[])
    if access.own_office_ids:
        scope |= Q(bulletin__office__in=access.offices())
    if access.duty_unit_ids:
        scope |= Q(unit__in=access.units())
    return Mention.objects.filter(scope)


VISIBLE_PAPERS = {"report": visible_reports, "bulletin": visible_bulletins}
