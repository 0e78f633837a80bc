"""Looking back (回头看): drawing the sample; and the end of a plan, which ends its follow-ups."""

import secrets

from django.utils.translation import gettext_lazy as _

from cases import sampling
from cases.errors import NotReady
from cases.ledger import visible_plans
from cases.models import Duty, DutyRole, LookBack, LookBackItem, Measure, Plan, Round
from cases.models.plan import PlanState
from cases.states import MeasureState
from permissions.access import access_of
from permissions.models import Office
from workflows.acts.imports import own_offices, permit_office
from workflows.door import Act, register

MOST = 20_000  # measures that one sample is drawn from


def draw_look_back(knock):
    """Draw a sample of the office's closed measures, by lead unit and grade, from a seed that is printed.

    ``seed`` empty: a new one is made. The population is kept as it stood, so that anybody can draw again.
    """
    data = knock.data
    if data["due_on"] < knock.today:
        raise NotReady(_("This day is past: give a date by which the sample can still be visited."))
    rounds = {r.measure_id: r.pk for r in _closed_rounds(knock.subject, data)}
    if not rounds:
        raise NotReady(_("No measure was closed out in this window, so there is nothing to draw from."))
    if len(rounds) > MOST:
        raise NotReady(_("More than %(count)s measures: choose one plan or a shorter window."), count=MOST)
    population = strata(rounds)
    seed = data.get("seed", "").strip() or secrets.token_hex(8)
    row = LookBack.objects.create(
        office=knock.subject,
        title=data["title"],
        plan_id=data.get("plan") or None,
        seed=seed,
        share=data["share"],
        closed_from=data.get("closed_from"),
        closed_to=data["closed_to"],
        population=population,
        due_on=data["due_on"],
        drawn_by=knock.actor,
        drawn_at=knock.now,
    )
    drawn = sampling.draw(population, row.share, seed)
    LookBackItem.objects.bulk_create(
        LookBackItem(office=knock.subject, look_back=row, measure_id=pk, round_id=rounds[pk], stratum=stratum)
        for pk, stratum in drawn
    )
    knock.details = {
        "seed": seed,
        "share": row.share,
        "population": len(population),
        "drawn": [pk for pk, _s in drawn],
    }
    return row


def _closed_rounds(office, data):
    """The last round of every measure closed out in the window, newest first of each measure. One query."""
    measures = Measure.objects.filter(
        office=office, state=MeasureState.CLOSED, closed_on__lte=data["closed_to"]
    )
    if data.get("closed_from"):
        measures = measures.filter(closed_on__gte=data["closed_from"])
    if data.get("plan"):
        measures = measures.filter(plan=data["plan"])
    return Round.objects.filter(measure__in=measures).order_by("measure", "number").only("measure_id")


def strata(measures):
    """[[measure pk, stratum]] by pk: lead unit and grade. One query.

    A measure of several leads counts with the first; one without a lead with its first responsible unit.
    """
    # In Chinese whoever draws: the names of the strata are part of what is drawn from, and printed.
    rows = Duty.objects.filter(measure__in=list(measures)).order_by("measure_id", "order", "pk")
    found = {}
    for pk, role, unit, important in rows.values_list(
        "measure_id", "role", "unit__name", "measure__important"
    ):
        known = found.get(pk)
        if known is None or (role == DutyRole.LEAD and known[0] != DutyRole.LEAD):
            found[pk] = (role, f"{unit} · {'重要' if important else '一般'}")
    return [[pk, found[pk][1]] for pk in sorted(found)]


def end_plan(knock):
    """Say on which day the plan ends: no follow-up falls due after it."""
    plan, ends_on = knock.subject, knock.data["ends_on"]
    if plan.state != PlanState.ISSUED:
        raise NotReady(_("The plan has not been issued yet; discard it instead."))
    if plan.issued_on and ends_on < plan.issued_on:
        raise NotReady(_("A plan cannot end before the day on which it was issued."))
    before = plan.ends_on.isoformat() if plan.ends_on else None
    plan.ends_on = ends_on
    plan.row_version += 1
    plan.save()
    knock.details = {"ends_on": [before, ends_on.isoformat()], "reason": knock.data.get("reason", "")}


def visible_look_backs(user):
    """Samples of the offices that the person works for, and of those below. Lazy."""
    return LookBack.objects.filter(office__in=access_of(user).offices())


register(Act("draw_look_back", Office, own_offices, permit_office("look_back"), draw_look_back))
register(Act("end_plan", Plan, visible_plans, permit_office("amend_plan"), end_plan))
