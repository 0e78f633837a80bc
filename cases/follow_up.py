"""Follow-up (长期坚持) asked of the database: the dates of ``deadlines.follow_up_dates``, for many measures at once."""

from datetime import date, timedelta

from django.db.models import (
    Case,
    Count,
    DateField,
    Exists,
    ExpressionWrapper,
    F,
    IntegerField,
    OuterRef,
    Q,
    Subquery,
    Value,
    When,
)
from django.db.models.functions import Cast, Coalesce, ExtractDay, ExtractMonth, ExtractYear
from django.db.models.lookups import LessThan

from cases.ledger import acting_duties
from cases.models import Finding, FollowUp, LookBackItem, Round
from cases.states import MeasureState


def lacks_follow_up(before: date, units=None) -> Q:
    """Condition: an acting unit, of ``units`` if given, has made no record for a date of the cadence before that day.

    With today as ``before`` these are the missed ones; with a later day also those that come due until then.
    """
    duties = acting_duties().annotate(owed=_owed(before), made=Coalesce(Subquery(_made(before)), 0))
    duties = duties.filter(made__lt=F("owed"))
    if units is not None:
        duties = duties.filter(unit__in=units)
    in_follow_up = Q(state=MeasureState.CLOSED, follow_up_months__gt=0)
    return in_follow_up & Q(Exists(duties))


def _start():
    return Coalesce("measure__follow_up_from", "measure__closed_on")


def _owed(before):
    """How many dates of the cadence lie before the day, or before the day after the plan's end if that is earlier.

    A date n months on lies before a day when more than n months are whole: the clamping of add_months to the last day
    of a month cannot matter, since a day of the month greater than the last is never smaller than the day asked for.
    """
    after_end = ExpressionWrapper(F("measure__plan__ends_on") + timedelta(days=1), output_field=DateField())
    until = Case(
        When(measure__plan__ends_on__lt=before, then=after_end),
        default=Value(before, output_field=DateField()),
        output_field=DateField(),
    )
    months = (ExtractYear(until) - ExtractYear(_start())) * 12 + ExtractMonth(until) - ExtractMonth(_start())
    begun = Case(When(LessThan(ExtractDay(_start()), ExtractDay(until)), then=Value(0)), default=Value(1))
    whole = Cast(months, IntegerField()) - begun
    return ExpressionWrapper(whole / F("measure__follow_up_months"), output_field=IntegerField())


def _made(before):
    rows = FollowUp.objects.filter(measure=OuterRef("measure"), unit=OuterRef("unit"), due_on__lt=before)
    rows = rows.filter(due_on__gt=Coalesce("measure__follow_up_from", "measure__closed_on"))
    rows = rows.filter(~Exists(_later_round()))
    return rows.order_by().values("unit").annotate(count=Count("pk")).values("count")


def _later_round():
    return Round.objects.filter(measure=OuterRef("measure"), number__gt=OuterRef("round__number"))


def seems_relapsed() -> Q:
    """Condition: the last word about a closed measure, by its unit or in a look-back, is that the result is gone."""
    newer = FollowUp.objects.filter(
        measure=OuterRef("measure"), unit=OuterRef("unit"), recorded_at__gt=OuterRef("recorded_at")
    )
    said = FollowUp.objects.filter(~Exists(_later_round()), measure=OuterRef("pk"), finding=Finding.FAILED)
    newer_look = LookBackItem.objects.filter(
        measure=OuterRef("measure"), checked_at__gt=OuterRef("checked_at")
    )
    seen = LookBackItem.objects.filter(
        ~Exists(_later_round()), measure=OuterRef("pk"), finding=Finding.FAILED
    )
    failed = Q(Exists(said.filter(~Exists(newer)))) | Q(Exists(seen.filter(~Exists(newer_look))))
    return Q(state=MeasureState.CLOSED) & failed
