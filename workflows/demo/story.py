"""What has happened in the invented county so far: every act by its person, at its moment, through the door."""

import random
import time as wall
from collections import defaultdict
from contextlib import contextmanager, suppress
from datetime import datetime, time, timedelta

from django.db import transaction

from cases.intake import units as names
from cases.models import Measure, Notice
from permissions import clock
from permissions.models import Office, Role, Unit, UnitKind, User
from workflows import jobs
from workflows.demo import county, document, evidence, fates, plan, texts
from workflows.demo.months import Months
from workflows.demo.roads import Roads
from workflows.door import perform
from workflows.models import Job


class Story:
    """Collects (moment, act) first and acts in the order of the moments. All of it lies before today."""

    def __init__(self, dates):
        self.dates = dates
        self.rng = random.Random(f"qinghe {dates.today}")
        self.yesterday = fates.workday(dates.today - timedelta(days=1), 0)
        self.events = []
        self.spent = defaultdict(float)
        self.warnings = []

    @transaction.atomic
    def tell(self):
        """Import and issue the plan, then live through the months. One transaction: all of it or nothing."""
        with self.timed("county"):
            county.found(self.dates)
        self.office = Office.objects.get(code=county.CODE)
        self.people = {person.username: person for person in User.objects.filter(simulated=True)}
        self.staff = self._staff()
        with self.timed("plan"):
            self.plan = self._issued_plan()
        self.measures = self._measures()
        self.fates = {number: fates.fate_of(number, self.dates) for number in self.measures}
        for number in self.measures:
            self._life(number)
        Months(self).schedule()
        Roads(self).schedule()
        self.on(self.yesterday, 8, "supervision", self._supervise)
        for moment, _order, kind, act in sorted(self.events, key=lambda event: event[:2]):
            with self.timed(kind), clock.at(moment):
                act()

    def _supervise(self):
        """What the worker did in the morning: the ladder stands where today finds it, and older notices are read."""
        Notice.objects.filter(created_at__lt=clock.now()).update(read_at=clock.now())
        perform(self.office.pk, "climb_ladder", actor=None)

    # Time and people ----------------------------------------------------------------------------------

    @contextmanager
    def timed(self, kind):
        start = wall.perf_counter()
        yield
        self.spent[kind] += wall.perf_counter() - start

    def on(self, day, hour, kind, act, *, least=0, minutes=50):
        """Plan an act for a day at about an hour."""
        minute = self.rng.randint(least, minutes)
        moment = datetime.combine(day, time(hour, minute, self.rng.randint(0, 59)))
        self.at(moment, kind, act)

    def at(self, moment, kind, act):
        """Plan an act for a moment, county time."""
        self.events.append((moment.replace(tzinfo=clock.COUNTY_ZONE), len(self.events), kind, act))

    def work(self, key):
        """Do the worker's job here and now; where that fails, its work stays for the worker. Shape: the Job."""
        job = Job.objects.get(key=key)
        with suppress(Exception):  # the job's row and the log keep the traceback
            jobs.execute(job.pk)
        job.refresh_from_db()
        return job

    def _staff(self):
        staff = {}
        for person in User.objects.filter(simulated=True).prefetch_related("memberships__unit"):
            for membership in person.memberships.all():
                staff[membership.unit.name, Role(membership.role)] = person
        return staff

    def handler(self, unit):
        return self.staff[unit, Role.HANDLER]

    def head(self, unit):
        return self.staff[unit, Role.UNIT_HEAD]

    # The plan -----------------------------------------------------------------------------------------

    def _issued_plan(self):
        day, clerk = self.dates.issued_on, self.people["clerk"]
        with clock.at(datetime.combine(day, time(9, 12))):
            name = f"{plan.title_of(self.dates)}.docx"
            draft = perform(
                self.office.pk,
                "read_plan",
                actor=clerk,
                file_name=name,
                data=document.docx_bytes(self.dates.today),
            ).subject
        with clock.at(datetime.combine(day, time(10, 40))):
            matches = names.propose(self.office, _printed(draft.proposal))
            choices = {printed: match.choice for printed, match in matches.items()}
            confirmed = perform(draft.pk, "confirm_import", actor=clerk, units=choices).subject
        # The leader's designation is a setting of the plan, for measures that touch the housing department.
        confirmed.verifier_unit = Unit.objects.get(office=self.office, name=county.VERIFIER)
        confirmed.save(update_fields=["verifier_unit"])
        with clock.at(datetime.combine(day, time(15, 5))):
            return perform(confirmed.pk, "issue_plan", actor=self.people["officehead"]).subject

    def _measures(self):
        rows = Measure.objects.filter(plan=self.plan).prefetch_related("duties__unit", "checkpoints")
        return {measure.number: measure for measure in rows}

    # A measure ----------------------------------------------------------------------------------------

    def _life(self, number):
        fate, measure = self.fates[number], self.measures[number]
        leads = self.leads(number)
        for unit in leads:
            if fate.claim:
                self.on(fate.claim, 9, "acts", self._do(measure, "claim", self.handler(unit)))
        for due, reported, confirmed in fate.checkpoints:
            self._checkpoint(measure, leads[0], due, reported, confirmed)
        if number == fates.JOINT:
            return self._joint_request(number, leads)
        if fate.request:
            self._submission(number, leads[0])
        if fate.returned:
            self._rework(number, leads[0])
        elif number not in fates.UNCLAIMED and not fate.request and self.rng.random() < 0.5:
            day = fates.workday(self.yesterday, -self.rng.randint(4, 30))
            self.attach(number, leads[0], day)
        return None

    def leads(self, number):
        return [d.unit.name for d in self.measures[number].duties.all() if d.role == "LEAD"]

    def _do(self, measure, act, person, **data):
        return lambda: perform(measure.pk, act, actor=person, **data)

    def _checkpoint(self, measure, unit, due, reported, confirmed):
        row = next(c for c in measure.checkpoints.all() if c.due_on == due)
        self.on(
            reported,
            10,
            "acts",
            self._do(measure, "report_checkpoint", self.handler(unit), checkpoint=row.pk),
        )
        self.on(
            confirmed, 11, "acts",
            self._do(measure, "confirm_checkpoint", self._checker(measure, "clerk2"), checkpoint=row.pk),
        )  # fmt: skip

    def _submission(self, number, unit):
        """Evidence, request, approval, verification, close-out: as far as the measure has come."""
        fate, measure = self.fates[number], self.measures[number]
        self.attach(number, unit, fates.workday(fate.request, -1), count=2)
        note = "整改任务已完成，佐证材料齐全，请予核查。"
        if number == fates.SENT_BACK:
            self._sent_back(measure, unit, fates.workday(fate.request, -1))
        self.on(
            fate.request, 15, "acts", self._do(measure, "request_verification", self.handler(unit), note=note)
        )
        self.on(
            fate.submit,
            16,
            "acts",
            self._do(measure, "submit", self.head(unit), note="情况属实，同意申请核查。"),
        )
        if fate.verify:
            self._verification(number, fate.verify)
        if fate.close:
            kept = "转入长期坚持，按季度开展回头看。" if measure.long_term else "整改到位，准予销号。"
            close = self._do(measure, "close_out", self.people["officehead"], note=kept)
            self.on(fate.close, 17, "acts", close, minutes=30)

    def _sent_back(self, measure, unit, day):
        """Asked for a day earlier, and not signed by the unit's head; at fixed hours, so that no dice are thrown."""
        asked = self._do(measure, "request_verification", self.handler(unit))
        back = self._do(measure, "send_back_request", self.head(unit), reason=texts.REQUEST_SENT_BACK)
        self.at(datetime.combine(day, time(16, 5)), "acts", asked)
        self.at(datetime.combine(day, time(17, 10)), "acts", back)

    def _checker(self, measure, clerk):
        """The office, or the designated unit where the department that houses the office has a share."""
        shared = any(d.unit.name == plan.HOUSED_IN for d in measure.duties.all())
        return self.people["verifier" if shared else clerk]

    def _verification(self, number, day):
        measure, on_site = self.measures[number], self.rng.random() < 0.6
        act = self._do(
            measure,
            "verify",
            self._checker(measure, "clerk"),
            method="SITE" if on_site else "PAPER",
            visited_on=day,
            findings=texts.findings(number, self.rng, on_site=on_site),
        )
        self.on(day, 16, "acts", act)

    def _rework(self, number, unit):
        fate, measure = self.fates[number], self.measures[number]
        back = self._do(measure, "return_for_rework", self.people["clerk"], reason=texts.RETURN_REASON)
        self.on(fate.returned, 16, "acts", back)
        day = min(fates.workday(fate.returned, 5), self.yesterday)
        self.enter(number, unit, day, texts.lead_entry(number, 3, self.rng), hour=17)
        self.attach(number, unit, day, hour=17)

    def _joint_request(self, number, leads):
        """Both leads ask; one head has signed, the other's signature is still missing."""
        measure, day = self.measures[number], self.fates[number].request
        for unit, later in zip(reversed(leads), (0, 2), strict=True):
            self.attach(number, unit, fates.workday(day, -1))
            asked = fates.workday(day, later)
            self.on(asked, 15, "acts", self._do(measure, "request_verification", self.handler(unit)))
        self.on(fates.workday(day, 1), 10, "acts", self._do(measure, "submit", self.head(leads[-1])))

    def enter(self, number, unit, day, entry, *, hour=9, late=False):
        if late:
            entry = {**entry, "happened_on": day - timedelta(days=8)}
        act = self._do(self.measures[number], "enter_progress", self.handler(unit), **entry)
        self.on(day, hour, "progress", act)

    def attach(self, number, unit, day, *, count=1, hour=14):
        """Photos, and for a submission the list behind the numbers or a note."""
        rng, measure, topic = self.rng, self.measures[number], texts.MATERIAL[number].topic
        seed = rng.random()

        def act():
            own = random.Random(seed)
            files = [
                (f"{topic}现场照片{n}.png", evidence.photo(f"{topic}（{n}）", day, own))
                for n in range(1, count + 1)
            ]
            if count > 1 and own.random() < 0.6:
                files.append((f"{topic}台账.xlsx", evidence.table(number, day, own)))
            elif count > 1:
                files.append((f"{topic}工作记录.docx", evidence.note(f"{topic}工作记录", number, day, own)))
            perform(
                measure.pk,
                "attach_evidence",
                actor=self.handler(unit),
                files=files,
                note=f"{day.month}月{day.day}日整理",
            )

        self.on(day, hour, "evidence", act)


def _printed(proposal):
    """The unit names of a stored proposal, in order."""
    holders = [h for problem in proposal["problems"] for h in (problem, *problem["measures"])]
    return [unit["printed"] for h in holders for unit in (*h["lead_units"], *h["responsible_units"])]


def towns():
    return set(Unit.objects.filter(kind=UnitKind.TOWN).values_list("name", flat=True))


def tell(dates):
    """Found the county and tell its story. Shape: the Story, with ``spent`` seconds and ``warnings``."""
    story = Story(dates)
    story.tell()
    return story
