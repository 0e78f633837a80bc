"""The stage of a simulated year: one office, one plan, its people, and short ways to their acts."""

import random
import time as wall
from collections import Counter
from dataclasses import dataclass
from datetime import datetime, time, timedelta

from django.db import transaction

from cases.intake.confirm import printed_names
from cases.intake.proposal import Proposal
from cases.intake.units import accept, propose
from cases.ledger import acting
from cases.models import Measure, Problem
from cases.rules import rules_of
from cases.states import MeasureState
from permissions import clock
from permissions.models import Office, Role, Unit
from workflows import jobs
from workflows.door import perform
from workflows.simulation import months, people, roads, script
from workflows.simulation.clockwork import Clockwork

OFFICE_NAME = "模拟县问题整改工作领导小组办公室"
NEIGHBOUR = "邻县问题整改工作领导小组办公室"
# kind of paper → what the worker does for it, and the acts of that
WORK = {
    "report": (jobs.issue_report, "number_report", "issue_report"),
    "bulletin": (jobs.issue_bulletin, "number_bulletin", "issue_bulletin"),
    "paper": (jobs.print_paper, "keep_paper"),
}


@dataclass
class Played:
    """What came of a year. ``acts``: {act: times}; ``taken``: {road: times}, measured in rows and record."""

    office: Office
    plan: object
    acts: Counter
    taken: dict
    moments: int
    seconds: float

    @property
    def never_taken(self):
        return [road for road, times in self.taken.items() if not times]


class Year:
    """Acts of invented people on real rows. Scripts (``script``, ``months``) get it as their first argument."""

    def __init__(self, office, *, seed, render=2):
        self.office, self.rng, self.render = office, random.Random(f"{seed}"), render
        self.acts = Counter()
        self.printed = Counter()
        self.staff = None

    def do(self, subject, act, actor, **data):
        """Knock at the door and count. Errors: as ``perform``; a script that is refused unasked is a fault."""
        outcome = perform(subject.pk, act, actor=actor, **data)
        self.acts[act] += 1
        return outcome

    # People -------------------------------------------------------------------------------------------

    def clerk(self, number=0):
        return self.staff.of(self.office.unit, Role.OFFICE_CLERK, number)

    @property
    def office_head(self):
        return self.staff.of(self.office.unit, Role.OFFICE_HEAD)

    @property
    def leader(self):
        return self.staff.of(self.office.unit, Role.LEADER)

    def handler(self, unit, number=0):
        return self.staff.handler(unit, number)

    def head(self, unit, number=0):
        return self.staff.head(unit, number)

    def checker(self, measure):
        """Who verifies: the office, or the designated unit where the department that houses it has a duty."""
        housing = self.office.unit.parent_id
        if housing and measure.duties.filter(unit=housing).exists():
            return self.handler(measure.plan.verifier_unit)
        return self.clerk(1)

    # Rows ---------------------------------------------------------------------------------------------

    def fresh(self, measure):
        """The measure as it stands now, with its plan and office."""
        return Measure.objects.select_related("plan", "office__rules").get(pk=measure.pk)

    def state(self, measure):
        return MeasureState(Measure.objects.values_list("state", flat=True).get(pk=measure.pk))

    def duties(self, measure):
        return list(measure.duties.select_related("unit").order_by("order", "pk"))

    def leads(self, measure):
        """Units that act: the leads, or everybody where the plan names none."""
        return [duty.unit for duty in acting(self.duties(measure))]

    def helpers(self, measure):
        leads = {unit.pk for unit in self.leads(measure)}
        return [duty.unit for duty in self.duties(measure) if duty.unit_id not in leads]

    def rules(self):
        return rules_of(Office.objects.select_related("rules").get(pk=self.office.pk))

    # The plan -----------------------------------------------------------------------------------------

    def issue(self, file_name, data):
        """Read, confirm and issue the document on the days that it names itself."""
        issued_on = _issue_day(file_name, data)
        self.staff = people.Staff(issued_on, self.rng)
        with clock.at(datetime.combine(issued_on, time(9, 12))):
            draft = self.do(self.office, "read_plan", self.clerk(), file_name=file_name, data=data).subject
            names = printed_names(Proposal.from_dict(draft.proposal))
            choices = accept(propose(self.office, names))
            plan = self.do(draft, "confirm_import", self.clerk(), units=choices).subject
            self._designate_verifier(plan)
        with clock.at(datetime.combine(issued_on, time(15, 5))):
            self.plan = self.do(plan, "issue_plan", self.office_head).subject
        self.clockwork = Clockwork(issued_on, self._last_day(), self.rng)

    def _designate_verifier(self, plan):
        """A setting of the plan, for the measures in which the department that houses the office has a share."""
        if self.office.unit.parent_id and plan.verifier_unit is None:
            outside = Unit.objects.filter(office=self.office, duties=None).exclude(kind="OFFICE")
            plan.verifier_unit = outside.exclude(pk=self.office.unit.parent_id).order_by("pk").first()
            plan.save(update_fields=["verifier_unit"])

    def _last_day(self):
        return self.plan.issued_on + timedelta(days=365)

    def start(self, script_, wait=1):
        self.clockwork.start(script_, wait)

    def print_out(self, kind, paper):
        """The worker's work, here and now, for the first of each kind; the others wait for the worker.

        ``kind``: of ``WORK``. Returns whether it was done.
        """
        if self.printed[kind] >= self.render:
            return False
        self.printed[kind] += 1
        work, *acts = WORK[kind]
        work(_NoJob, **{f"{kind}_id": paper.pk})
        self.acts.update(acts)
        return True


class _NoJob:
    pk = None


def _issue_day(file_name, data):
    """The day of issue as the document states it; the first of this year's January where it states none."""
    from cases.intake import read_plan_safely  # here: the reader is heavy, and only this needs it by itself

    read = read_plan_safely(data, file_name)
    return read.issued_on or clock.today().replace(month=1, day=4)


def simulate(office, file_name, data, *, seed=7, render=2, days=365, say=lambda line: None) -> Played:
    """Import the document and live through a year of its plan. All of it or nothing stays.

    ``office``: whose plan it becomes; ``render``: how many papers of each kind are printed to PDF. The same seed on the
    same document gives the same year. Errors: the ``Refused`` family where the product refuses what the script
    holds for lawful, which is a fault of one of them.
    """
    began = wall.perf_counter()
    with transaction.atomic():
        year = Year(office, seed=seed, render=render)
        year.issue(file_name, data)
        year.clockwork.end = year.plan.issued_on + timedelta(days=days)
        measures = list(Measure.objects.filter(plan=year.plan).order_by("order"))
        say(
            f"{year.plan.title}: {Problem.objects.filter(plan=year.plan).count()} problems, {len(measures)} measures"
        )
        script.begin(year, measures)
        months.begin(year)
        moments = year.clockwork.run()
        taken = roads.counted(year.office)
    return Played(year.office, year.plan, year.acts, taken, moments, wall.perf_counter() - began)
