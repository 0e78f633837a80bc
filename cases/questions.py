"""What each question of the ledger asks of the database: the rules of ``deadlines`` as conditions on Measure.

The board counts by the same conditions, so a number and the rows behind its link cannot differ.
"""

from datetime import date, datetime, time, timedelta

from django.conf import settings
from django.db.models import Case, CharField, DateField, Exists, F, OuterRef, Q, Subquery, Value, When
from django.db.models.functions import Coalesce
from django.utils.translation import gettext_lazy as _

from cases import deadlines
from cases.follow_up import lacks_follow_up
from cases.ledger import acting_duties, waits_for_claim
from cases.models import Checkpoint, Dispute, Duty, Extension, OfficeRules
from cases.models.roads import EXTENSION_OPEN
from cases.rules import DEFAULTS, MOST_YELLOW, yellow_workdays
from cases.states import OPEN_STATES, Light, MeasureState
from permissions import clock

S = MeasureState
NO_LEVEL = "NONE"  # found by a level that the plan does not say
UNDATED, CLOSED = "UNDATED", "CLOSED"  # beside the lights: open without an open date; closed out


def is_open(prefix=""):
    return Q(**{f"{prefix}state__in": OPEN_STATES})


def light(wanted, today, prefix=""):
    """The same rule as ``deadlines.light``. ``prefix``: the way to the measure, as in "measure__"."""
    dated = is_open(prefix) & Q(**{f"{prefix}next_due_on__isnull": False})
    limit = near(today, prefix)
    due = f"{prefix}next_due_on"
    return {
        Light.RED: dated & Q(**{f"{due}__lt": today}),
        Light.YELLOW: dated & Q(**{f"{due}__gte": today, f"{due}__lte": limit}),
        Light.GREEN: dated & Q(**{f"{due}__gt": limit}) & Q(**{f"{due}__gte": today}),
        Light.NONE: ~dated,
    }[Light(wanted)]


def near(today, prefix=""):
    """The last day on which the light is yellow, by the rules of each measure's office.

    Asked in a query of its own: a join would lose the measures of offices that decided nothing.
    """
    days = [
        When(yellow_workdays=days, then=Value(deadlines.add_workdays(today, days)))
        for days in range(1, MOST_YELLOW + 1)
    ]
    rules = OfficeRules.objects.filter(office=OuterRef(f"{prefix}office"))
    own = rules.annotate(limit=Case(*days, output_field=DateField())).values("limit")[:1]
    return Coalesce(Subquery(own), Value(deadlines.add_workdays(today, yellow_workdays(None))))


def standing(today, prefix=""):
    """Red, yellow, green, UNDATED or CLOSED, one for every measure in force; null for drafts and withdrawn ones."""
    lights = [When(light(one, today, prefix), then=Value(one.value)) for one in (Light.RED, Light.YELLOW)]
    return Case(
        *lights,
        When(~light(Light.NONE, today, prefix), then=Value(Light.GREEN.value)),
        When(is_open(prefix), then=Value(UNDATED)),
        When(**{f"{prefix}state": S.CLOSED}, then=Value(CLOSED)),
        output_field=CharField(),
    )


def due(window, today):
    dated = is_open() & Q(next_due_on__isnull=False)
    if window == "overdue":
        return dated & Q(next_due_on__lt=today)
    if window == "undated":
        return is_open() & Q(next_due_on=None)
    return dated & Q(next_due_on__gte=today, next_due_on__lte=today + timedelta(days=int(window)))


def to_meet(**conditions):
    """Steps of the outer query's measure that are still to be met and may be blamed. Lazy."""
    rows = Checkpoint.objects.filter(measure=OuterRef("pk"), met_on=None, **conditions)
    return rows.exclude(original_due_on__lt=F("measure__plan__issued_on"))


def due_on_day(day, today):
    """A step that falls on this day and is still to be met."""
    return is_open() & Q(Exists(to_meet(due_on=day)))


def led_by(unit, today):
    """The unit leads; where the plan names no lead, it is one of those that act."""
    return Q(Exists(acting_duties().filter(unit=unit)))


def _verification_late(today):
    """With the office for longer than its own clock allows. One query for the offices that set a clock."""
    default = getattr(settings, DEFAULTS["verify_workdays"])
    rows = OfficeRules.objects.exclude(verify_workdays=None).exclude(verify_workdays=default)
    own = dict(rows.values_list("office_id", "verify_workdays"))
    late = ~Q(office__in=list(own)) & Q(state_since__lt=_clock_ran_out(today, default))
    for office, workdays in own.items():
        late |= Q(office=office, state_since__lt=_clock_ran_out(today, workdays))
    return Q(state=S.SUBMITTED) & late


def _clock_ran_out(today, workdays):
    """The first moment whose clock still runs today: what began before it is late."""
    day = today
    while deadlines.add_workdays(day - timedelta(days=1), workdays) >= today:
        day -= timedelta(days=1)
    return datetime.combine(day, time.min, tzinfo=clock.COUNTY_ZONE)


def _exists(model, **conditions):
    return Q(Exists(model.objects.filter(measure=OuterRef("pk"), **conditions)))


def in_force():
    return is_open() | Q(state=S.CLOSED)


def _behind(today):
    """A step that was due by today is still to be met."""
    return in_force() & Q(Exists(to_meet(due_on__lte=today)))


def _completed(today):
    steps = Checkpoint.objects.filter(measure=OuterRef("pk"))
    return in_force() & Q(Exists(steps)) & ~Q(Exists(steps.filter(met_on=None)))


# Questions that are asked seldom, one at a time: (words, condition).
ONLY = {
    "live": (_("In force"), lambda today: in_force()),
    "claimed": (
        _("Claimed"),
        lambda today: (
            in_force()
            & ~Q(state__in=[S.ISSUED, S.DISPUTED])
            & ~Q(Exists(acting_duties().filter(claimed_at=None)))
        ),
    ),
    "on_schedule": (_("On schedule"), lambda today: in_force() & ~_behind(today)),
    "behind": (_("Behind schedule"), _behind),
    "completed": (_("Completed"), _completed),
    "unclaimed": (_("Not yet claimed by every lead"), lambda today: waits_for_claim()),
    "claim_late": (
        _("Claim overdue"),
        lambda today: waits_for_claim() & Q(claim_due_on__lt=today),
    ),
    "disputed": (_("Dispute open"), lambda today: _exists(Dispute, outcome="")),
    "reported": (
        _("Checkpoint waits to be confirmed"),
        lambda today: (
            Q(state__in=[S.RECTIFYING, S.SUBMITTED])
            & _exists(Checkpoint, reported_on__isnull=False, met_on=None)
        ),
    ),
    "verification_late": (_("Verification overdue"), _verification_late),
    "extension_waiting": (
        _("Extension waits"),
        lambda today: _exists(Extension, state__in=EXTENSION_OPEN),
    ),
    "extended": (
        _("Extended"),
        lambda today: in_force() & _exists(Checkpoint, due_on__gt=F("original_due_on")),
    ),
    "overdue_on_original": (
        _("Overdue on original dates"),
        lambda today: is_open() & Q(Exists(to_meet(original_due_on__lt=today))),
    ),
    "born_overdue": (
        _("Dated before issue"),
        lambda today: in_force() & _exists(Checkpoint, original_due_on__lt=F("measure__plan__issued_on")),
    ),
    "important": (_("Important"), lambda today: Q(important=True)),
    "in_follow_up": (
        _("In follow-up"),
        lambda today: Q(state=S.CLOSED, follow_up_months__isnull=False),
    ),
    "follow_up_missed": (_("Follow-up missed"), lacks_follow_up),
}


def only(name, today: date):
    return ONLY[name][1](today)


CONDITIONS = {
    "q": lambda words, today: (
        Q(text__icontains=words) | Q(number__icontains=words) | Q(problem__text__icontains=words)
    ),
    "plan": lambda pk, today: Q(plan=pk),
    "problem": lambda pk, today: Q(problem=pk),
    "unit": lambda pk, today: Q(Exists(Duty.objects.filter(measure=OuterRef("pk"), unit=pk))),
    "lead": led_by,
    "source": lambda level, today: Q(problem__source_level="" if level == NO_LEVEL else level),
    "state": lambda state, today: Q(state=state),
    "light": light,
    "due": due,
    "day": due_on_day,
    "only": only,
    "long_term": lambda wanted, today: Q(long_term=True),
}


def condition(chosen: dict, *, today: date) -> Q:
    """The condition that all the questions in ``chosen`` ({name: value}) ask together."""
    found = Q()
    for name, value in chosen.items():
        if name in CONDITIONS:
            found &= CONDITIONS[name](value, today)
    return found
