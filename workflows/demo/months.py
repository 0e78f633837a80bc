"""The months of the invented county: entries, filings on time, late and missing, and three issued reports."""

import random
from datetime import datetime, time, timedelta

from cases import deadlines
from cases.models import Measure
from cases.states import MeasureState
from permissions.models import Unit, UnitKind
from reports.filing_rows import prefilled_rows
from reports.models import Filing, MonthlyReport
from workflows.demo import fates, texts
from workflows.demo.bulletin import LastBulletin
from workflows.door import perform
from workflows.jobs import issue_key
from workflows.models import JobState

NOT_LATE = {"县水利局"}  # the demo's own unit keeps its months in order
LATE, MISSING = (4, 3, 2), (2, 1, 1)  # units per past month
RETURNED_IN = 1  # in the second month the office returns one filing, and its head one report
FILER = "石桥镇人民政府"  # its filing of the running month waits for its head
RUNNING = {"accepted": 4, "filed": 4, "submitted": 3, "drafting": 5}


class Months:
    """Schedules into a ``story.Story`` what happens month by month."""

    def __init__(self, story):
        self.story, self.dates, self.rng = story, story.dates, story.rng
        self.months = [deadlines.add_months(self.dates.first_month, n) for n in range(4)]
        self.towns = set(Unit.objects.filter(kind=UnitKind.TOWN).values_list("name", flat=True))
        self.periods = {}

    def schedule(self):
        for step, month in enumerate(self.months):
            first, last = self._window(step, month)
            self._lead_entries(step, first, last)
            self._helper_entries(first, last)
            self.story.on(self._opening(step, month), 8, "months", self._open(month))
            if step < 3:
                self._past_month(step, month)
            else:
                self._running_month(month)

    def _window(self, step, month):
        """First and last day for entries of a month; of the running one up to yesterday."""
        before = self.dates.due_of(deadlines.previous_month(month))
        first = fates.workday(self.dates.issued_on, 4) if step == 0 else fates.workday(before, 1)
        last = self.story.yesterday if step == 3 else self.dates.due_of(month) - timedelta(days=3)
        return first, last

    def _opening(self, step, month):
        """The 1st of the month; soon after the last due day where the month itself would be too short."""
        before = self.dates.due_of(deadlines.previous_month(month))
        early = self.dates.reporting_day <= 20
        day = before if early else month - timedelta(days=1)
        return fates.workday(max(day, self.dates.issued_on), 1)

    def _open(self, month):
        def act():
            plan = self.story.plan
            actor = self.story.people["clerk"]
            self.periods[month] = perform(plan.pk, "open_period", actor=actor, month=month).subject

        return act

    # Entries ------------------------------------------------------------------------------------------

    def _lead_entries(self, step, first, last):
        for number, fate in self.story.fates.items():
            if number in fates.UNCLAIMED or (fate.request and fate.request <= first):
                continue
            if number == fates.RETURNED and step == 3:
                continue  # the rework has its own entry
            ends = bool(fate.request and fate.request <= last) and number != fates.RETURNED
            until = fates.workday(fate.request, -1) if fate.request and fate.request <= last else last
            start = max(first, fates.workday(fate.claim, 1))
            for unit in self.story.leads(number):
                if step == 3 and not ends and self._left_to_visitor(number, unit):
                    continue
                finished = ends and number != fates.JOINT
                entry = texts.lead_entry(
                    number, step, self.rng, unit=unit, finished=finished, ends=bool(fate.request)
                )
                late = not ends and step and self.rng.random() < 0.03
                self.story.enter(number, unit, self._some_day(start, until), entry, late=late)

    def _left_to_visitor(self, number, unit):
        """In the running month a few entries are still to be made."""
        return number == "（三）（3）" if unit in NOT_LATE else self.rng.random() < 0.25

    def _some_day(self, first, last):
        day = first + timedelta(days=self.rng.randint(0, max(0, (last - first).days)))
        return max(first, fates.workday(day, 0))

    def _helper_entries(self, first, last):
        """Each responsible unit says something about one or two of its measures."""
        shares = {}
        for number, measure in self.story.measures.items():
            for duty in measure.duties.all():
                if duty.role != "LEAD":
                    shares.setdefault(duty.unit.name, []).append(number)
        for unit, numbers in shares.items():
            count = 2 if unit in self.towns and self.rng.random() < 0.5 else 1
            day = self._some_day(first, last)
            open_ones = [n for n in numbers if not self._closed_by(n, day)]
            for number in self.rng.sample(open_ones, min(count, len(open_ones))):
                entry = texts.helper_entry(number, self.rng, town=unit in self.towns)
                self.story.enter(number, unit, day, entry, hour=11)

    def _closed_by(self, number, day):
        close = self.story.fates[number].close
        return close is not None and close <= day

    # A past month -------------------------------------------------------------------------------------

    def _past_month(self, step, month):
        due = self.dates.due_of(month)
        units = [unit for unit in self._owing(month) if unit not in NOT_LATE]
        chosen = self.rng.sample(units, LATE[step] + MISSING[step])
        late, missing = set(chosen[: LATE[step]]), set(chosen[LATE[step] :])
        punctual = [unit for unit in self._owing(month) if unit not in late | missing]
        returned = (
            self.rng.choice([u for u in punctual if u not in NOT_LATE]) if step == RETURNED_IN else None
        )
        for unit in (*punctual, *late):
            self._filing(month, unit, due, late=unit in late, returned=unit == returned)
        midnight = datetime.combine(due + timedelta(days=1), time(0, 10))
        self.story.at(midnight, "months", lambda: perform(self.periods[month].pk, "close_period", actor=None))
        self._report(step, month, due)
        if step == 2:
            LastBulletin(self.story, self.periods, month).plan(due)

    def _owing(self, month):
        """Units with a live duty, before the period is opened: those of measures that are not closed by then."""
        first = self.dates.due_of(deadlines.previous_month(month))
        found = {
            duty.unit.name: None
            for number, measure in self.story.measures.items()
            if not self._closed_by(number, first)
            for duty in measure.duties.all()
        }
        return list(found)

    def _filing(self, month, unit, due, *, late, returned):
        day = (
            fates.workday(due, self.rng.randint(1, 2))
            if late
            else fates.workday(due, -self.rng.randint(0, 2))
        )
        story, clerk = self.story, self.story.people["clerk" if self.rng.random() < 0.5 else "clerk2"]
        story.on(day, 14, "months", self._submit(month, unit))
        story.on(day, 16, "months", self._act(month, unit, "approve_filing", story.head(unit)))
        accepted = fates.workday(due, 3)
        if returned:
            day = fates.workday(due, 1)
            reason = texts.FILING_RETURN
            story.on(day, 9, "months", self._act(month, unit, "return_filing", clerk, reason=reason))
            story.on(day, 14, "months", self._submit(month, unit))
            story.on(day, 16, "months", self._act(month, unit, "approve_filing", story.head(unit)))
        story.on(accepted, 10, "months", self._act(month, unit, "accept_filing", clerk))

    def _latest(self, month, unit):
        return (
            Filing.objects.filter(period=self.periods[month], unit__name=unit).order_by("-revision").first()
        )

    def _act(self, month, unit, name, actor, **data):
        return lambda: perform(self._latest(month, unit).pk, name, actor=actor, **data)

    def _submit(self, month, unit, name="submit_filing"):
        """Send (or only save) the filing as pre-filled; a line for every led measure without an entry."""

        def act():
            filing = self._latest(month, unit)
            rows = prefilled_rows(filing)
            states = dict(
                Measure.objects.filter(pk__in=[row["measure"] for row in rows]).values_list("pk", "state")
            )
            for row in rows:
                if row["role"] == "LEAD" and not row["progress"].strip():
                    row["progress"] = self._line(states[row["measure"]], filing.period, row["number"])
            perform(filing.pk, name, actor=self.story.handler(unit), rows=rows)

        return act

    def _line(self, state, period, number):
        if state == MeasureState.ISSUED:
            return texts.UNCLAIMED
        if state == MeasureState.CLOSED:
            return texts.CLOSED
        if state in {MeasureState.SUBMITTED, MeasureState.VERIFIED}:
            return texts.WAITING
        step = self.months.index(period.month)
        return texts.lead_entry(number, step, random.Random(f"{number}{step}"))["progress"]

    # The report ---------------------------------------------------------------------------------------

    def _report(self, step, month, due):
        story, people = self.story, self.story.people
        day = fates.workday(due, 4)
        story.on(
            day, 9, "months", lambda: perform(self.periods[month].pk, "compose_report", actor=people["clerk"])
        )
        story.on(day, 10, "months", lambda: self._condense(month))
        story.on(day, 11, "months", self._report_act(month, "submit_report", people["clerk"]))
        if step == RETURNED_IN:
            refused = self._report_act(
                month, "refuse_report", people["officehead"], reason=texts.REPORT_REFUSED
            )
            story.on(day, 14, "months", refused)
            story.on(day, 15, "months", lambda: self._answer_refusal(month), minutes=10)
            story.on(day, 15, "months", self._report_act(month, "submit_report", people["clerk"]), least=20)
        story.on(day, 16, "months", self._report_act(month, "review_report", people["officehead"]))
        signed = fates.workday(day, 1)
        story.on(signed, 9, "months", self._report_act(month, "sign_report", people["leader"]))
        story.on(signed, 10, "reports", lambda: self._issue(month))

    def _condense(self, month):
        """The clerk shortens what the units wrote: what the leads did, and the weightiest of the rest."""
        report = self._of(month)
        leads = {(number, unit) for number in self.story.measures for unit in self.story.leads(number)}
        typed = {"progress": {}, "difficulties": {}, "next_steps": {}}
        for section, kept in typed.items():
            for block in report.texts[section]:
                lines = block["text"].split("\n")
                led = [
                    (n.removeprefix(block["problem"]), u) for n, u in leads if n.startswith(block["problem"])
                ]
                own = [
                    line for line in lines if any(line.startswith(n) and f"（{u}）" in line for n, u in led)
                ]
                chosen = own if section == "progress" and own else lines[:2]
                kept[block["problem_id"]] = "\n".join(chosen)
        perform(report.pk, "edit_report", actor=self.story.people["clerk"], texts=typed)

    def _answer_refusal(self, month):
        report = self._of(month)
        opening = f"{report.texts['opening']}{texts.REPORT_ANSWER}"
        perform(report.pk, "edit_report", actor=self.story.people["clerk"], texts={"opening": opening})

    def _of(self, month):
        return MonthlyReport.objects.get(period=self.periods[month])

    def _report_act(self, month, name, actor, **data):
        return lambda: perform(self._of(month).pk, name, actor=actor, **data)

    def _issue(self, month):
        job = self.story.work(issue_key(self._of(month)))
        if job.state != JobState.DONE:
            reason = job.message or job.error.strip().rpartition("\n")[2]
            self.story.warnings.append(f"{month:%Y-%m}: {reason}")

    # The running month --------------------------------------------------------------------------------

    def _running_month(self, month):
        """Some have filed, some wait for their head, some have begun; the visitor's own unit has not."""
        story = self.story
        units = [unit for unit in self._owing(month) if unit not in {*NOT_LATE, FILER}]
        self.rng.shuffle(units)
        last = story.yesterday
        kinds = [kind for kind, count in RUNNING.items() for _ in range(count)]
        for kind, unit in [*zip(kinds, units, strict=False), ("submitted", FILER)]:
            if kind == "drafting":
                story.on(last, 15, "months", self._submit(month, unit, "save_filing"))
                continue
            story.on(fates.workday(last, -1), 15, "months", self._submit(month, unit))
            if kind != "submitted":
                story.on(last, 9, "months", self._act(month, unit, "approve_filing", story.head(unit)))
            if kind == "accepted":
                clerk = story.people["clerk2"]
                story.on(last, 16, "months", self._act(month, unit, "accept_filing", clerk))
