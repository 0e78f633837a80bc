"""Acts on a later version of a plan document: read it beside the plan, apply the rows that a person accepted.

Progress, evidence, rounds and the record stay. A changed date is no extension: the old step stays with the day on
which it was superseded, and a new one with an original date of its own is added.
"""

from dataclasses import replace

from django.db.models import F
from django.utils.translation import gettext_lazy as _

from cases import deadlines
from cases.errors import NotReady, Stale
from cases.intake.amend import moved_dates
from cases.intake.confirm import assigned_units, checkpoints_of, cut, duties_of, measure_of, resolve
from cases.ledger import acting, visible_drafts, visible_plans
from cases.models import (
    Checkpoint,
    ImportDraft,
    Measure,
    Plan,
    PlanRevision,
    Problem,
)
from cases.models.plan import PlanKind
from cases.rules import rules_of
from cases.states import MeasureState
from permissions import clock
from workflows.acts.imports import parse, permit_office, read
from workflows.acts.revision import Revising, counted_of, picture
from workflows.amendment import REPORTING, Comparison
from workflows.door import Act, register
from workflows.owing import keep_filings
from workflows.record import digest_of

ASIDE = 1_000_000  # numbers on the way to their new place, so that none is there twice
# What the unit said of a step still holds of the one that replaces it.
REPORTED = [f.attname for f in Checkpoint._meta.concrete_fields if f.name.startswith("reported_")]


def read_amendment(knock):
    """Read a later version of the plan's document into a draft that is compared, never confirmed."""
    plan = knock.subject
    if plan.kind == PlanKind.STANDING:
        raise NotReady(_("These problems were registered one at a time: there is no document to amend."))
    reading = replace(knock, subject=plan.office)
    draft = read(reading)
    draft.amends = plan
    draft.save(update_fields=["amends"])
    knock.details = {**reading.details, "plan": plan.pk}
    knock.evidence_digests = reading.evidence_digests
    return draft


def apply_amendment(knock):
    """Apply the accepted rows. A second time it is the revision of the first.

    ``accepted``: names of rows, see ``cases.intake.amend``; ``units`` as for ``confirm_import``; ``assigned``:
    {place in the document: unit pk} for new measures without a printed unit; ``plan_version``: the one looked at.
    """
    draft = knock.subject
    if draft.amends_id is None:
        raise NotReady(_("This document was read as a plan of its own: confirm it as such."))
    if revision := PlanRevision.objects.filter(draft=draft).first():
        knock.details = {"already": True}
        return revision
    plan = Plan.objects.select_for_update().defer("text").get(pk=draft.amends_id)
    _refuse_stale(plan, knock.data.get("plan_version"))
    amending = Amending(knock, plan, Comparison(draft, plan, lock=True), frozenset(knock.data["accepted"]))
    revision = amending.run()
    draft.row_version += 1
    draft.save(update_fields=["row_version"])
    knock.details = {"plan": plan.pk, "document": amending.document, "changes": amending.counts()}
    knock.details |= amending.said_of_plan
    knock.evidence_digests = [draft.source.sha256]
    keep_filings(knock, plan.pk)
    return revision


def _refuse_stale(plan, version):
    if version is None or version == plan.row_version:
        return
    last = plan.revisions.select_related("applied_by").last()
    time = clock.local(last.applied_at).strftime("%H:%M") if last else "—"
    raise Stale(name=str(last.applied_by) if last else "—", time=time)


class Amending(Revising):
    """One amendment under way. The rows are changed in memory first, then written kind by kind."""

    def run(self):
        self._refuse_unknown()
        self.names = resolve(self.comparison.draft.office, self._choices(), self._wanted_names())
        self.helpers = assigned_units(self.comparison.draft.office, self.knock.data.get("assigned"))
        self.pictures = {
            pk: (digest_of(m), picture(m), counted_of(m)) for pk, m in self.comparison.measures.items()
        }
        self._apply_document()
        self._place_problems()
        for section in self.comparison.sections:
            for change in section.changes:
                self._follow(change)
        self._put_back_withdrawn()
        self._refuse_nameless()
        self.write()
        return self.close()

    # What was sent ----------------------------------------------------------------------------------

    def _refuse_unknown(self):
        if self.accepted - set(self.comparison.acceptable):
            raise NotReady(_("The changes are no longer those that you looked at. Look at them again."))
        if self.comparison.acceptable and not self.accepted:
            raise NotReady(_("Accept at least one change; a document of which nothing holds amends nothing."))

    def _choices(self):
        """Names that are known for certain need no decision."""
        found = self.comparison
        known = {name: match.choice for name, match in found.matches.items() if found.is_known(name)}
        return {**known, **(self.knock.data.get("units") or {})}

    def _wanted_names(self):
        return self.comparison.names_for(self.accepted)

    def _refuse_nameless(self):
        if nameless := [measure.number for measure, duties, _dates in self.added if not duties]:
            raise NotReady(
                _(
                    "The document names no unit for these measures: %(numbers)s. Choose a unit for each of them."
                ),
                numbers="、".join(nameless),
            )

    # The plan itself --------------------------------------------------------------------------------

    def _apply_document(self):
        """Its number is that of the latest document; how to report changes only where a person accepted it.

        Text, title and day of issue stay those of the first document: passages and born-overdue dates go by them.
        Months that are open keep their due moment.
        """
        plan, number = self.plan, cut(self.comparison.proposal.document_number, Plan, "document_number")
        if number and number != plan.document_number:
            self._keep_of_plan("DOCUMENT", "document_number", plan.document_number, number)
            plan.document_number = number
        if REPORTING in self.accepted:
            old, new = self.comparison.reporting
            self._keep_of_plan("REPORTING", "reporting", old, new)
            plan.reporting_months, plan.reporting_day = new["months"], new["day"]
            plan.reporting_recipient = new["recipient"]

    def _keep_of_plan(self, kind, name, before, after):
        self.said_of_plan[name] = [before, after]
        self.changes.append({"kind": [kind], "before": before, "after": after})

    # Problems ---------------------------------------------------------------------------------------

    def _place_problems(self):
        """Problems in the order of the document, those that it does not have behind them or in their old place."""
        rows = []
        for section in self.comparison.sections:
            problem = self.comparison.problems[section.old.key] if section.old else self._new_problem(section)
            if problem is None:
                continue
            rows.append(problem)
            if section.new:
                self.homes[section.new.key] = problem
                problem.label = cut(section.new.label, Problem, "label")
            if section.is_reworded and section.id in self.accepted:
                self.changes.append(
                    {
                        "kind": ["TEXT"],
                        "problem": problem.pk,
                        "before": problem.text,
                        "after": section.new.text,
                    }
                )
                problem.text, problem.start, problem.end = section.new.text, None, None
        known = {id(problem) for problem in rows}
        rows += [problem for problem in self.comparison.problems.values() if id(problem) not in known]
        self._number_problems(rows)

    def _new_problem(self, section):
        """Only where something stands under it."""
        if not any(change.old or change.id in self.accepted for change in section.changes):
            return None
        read = self.comparison.read_problems[section.new.key]
        return Problem(
            office_id=self.plan.office_id,
            plan=self.plan,
            label=cut(read.label, Problem, "label"),
            text=read.text,
            sources=list(read.sources),
        )

    def _number_problems(self, rows):
        old, new = [row for row in rows if row.pk], [row for row in rows if not row.pk]
        self.plan.problems.update(number=F("number") + ASIDE)
        for number, problem in enumerate(rows, start=1):
            problem.number = number
        Problem.objects.bulk_update(old, ["number", "label", "text", "start", "end"])
        Problem.objects.bulk_create(new)

    # Measures ---------------------------------------------------------------------------------------

    def _follow(self, change):
        """One row: its place follows the document, its content only where a person accepted it."""
        accepted = change.id in self.accepted
        if change.old is None:
            if accepted:
                self._add(change)
            return
        measure = self.comparison.measures[change.old.key]
        self.sequence.append(measure)
        if change.new:
            self._renumber(measure, change)
        if not accepted:
            return
        self.touched[measure.pk] = measure
        for kind in change.kinds:
            getattr(self, f"_apply_{kind.lower()}")(measure, change)

    def _renumber(self, measure, change):
        _problem, read = self.comparison.read[change.new.key]
        home = self.homes[change.new.problem]
        label = cut(read.label, Measure, "label")
        if (measure.problem_id, measure.label, measure.number) != (home.pk, label, change.new.number):
            measure.problem, measure.label, measure.number = home, label, change.new.number
            self.touched[measure.pk] = measure

    def _add(self, change):
        problem, read = self.comparison.read[change.new.key]
        measure = measure_of(self.plan, self.homes[change.new.problem], 0, read)
        measure.number = change.new.number
        duties = duties_of(measure, problem, read, self.names, self.helpers.get(change.new.key))
        dates = checkpoints_of(measure, read)
        measure.refresh_next_due(dates)
        for row in (measure, *duties, *dates):
            row.start = row.end = None  # passages are those of the first document
        self.added.append((measure, duties, dates))
        self.sequence.append(measure)

    def _apply_gone(self, measure, change):
        self.withdrawn.append(measure)

    def _apply_text(self, measure, change):
        _problem, read = self.comparison.read[change.new.key]
        measure.text, measure.goal, measure.group_lead = read.text, read.goal or "", read.group_lead or ""
        measure.start = measure.end = None

    def _apply_units(self, measure, change):
        problem, read = self.comparison.read[change.new.key]
        current = {duty.unit_id: duty for duty in measure.known_duties}
        acted = {duty.unit_id for duty in acting(measure.known_duties)}
        wanted = []
        for duty in duties_of(measure, problem, read, self.names, None):
            kept = current.pop(duty.unit_id, None)
            if kept is None:
                duty.start = duty.end = None
                self.duties["new"].append(duty)
            else:
                if kept.printed != duty.printed:
                    kept.start = kept.end = None
                kept.role, kept.order, kept.group, kept.printed = (
                    duty.role, duty.order, duty.group, duty.printed,
                )  # fmt: skip
                self.duties["changed"].append(kept)
            wanted.append(kept or duty)
        self.duties["gone"] += current.values()
        self.left.append(measure)
        self._start_claim_clock(measure, wanted, acted)
        measure.known_duties = wanted

    def _start_claim_clock(self, measure, wanted, acted):
        """Who acts only from now on has as long to claim as everybody had; the record keeps the earlier day."""
        later = [d for d in acting(wanted) if d.unit_id not in acted and not d.claimed_at]
        if later and measure.state in {MeasureState.ISSUED, MeasureState.RECTIFYING}:
            measure.claim_due_on = deadlines.add_workdays(
                self.knock.today, rules_of(self.comparison.draft.office).claim_workdays
            )

    def _apply_dates(self, measure, change):
        _problem, read = self.comparison.read[change.new.key]
        measure.deadline_text = cut(read.deadline_text, Measure, "deadline_text")
        measure.long_term = read.long_term
        gone, added = moved_dates(change.old, change.new)
        old = [c for c in measure.known_checkpoints if not c.met_on and c.original_due_on in gone]
        new = [c for c in checkpoints_of(measure, read) if c.due_on in added]
        for checkpoint in old:
            checkpoint.superseded_on = self.knock.today
        for checkpoint, replaced in zip(new, old, strict=False):
            for name in REPORTED:
                setattr(checkpoint, name, getattr(replaced, name))
        for checkpoint in new:
            checkpoint.start = checkpoint.end = None
        self.checkpoints["superseded"] += old
        self.checkpoints["new"] += new
        kept = [c for c in measure.known_checkpoints if c not in old] + new
        measure.known_checkpoints = sorted(kept, key=lambda checkpoint: checkpoint.due_on)
        measure.refresh_next_due(kept)

    def _put_back_withdrawn(self):
        """Measures that an earlier amendment withdrew keep their place behind the one before them."""
        before, rows = None, Measure.objects.filter(plan=self.plan).order_by("order")
        places = {measure.pk: measure for measure in self.sequence if measure.pk}
        for row in rows:
            if row.pk not in places:
                self.sequence.insert(self.sequence.index(before) + 1 if before else 0, row)
            before = places.get(row.pk, row)


register(
    Act("read_amendment", Plan, visible_plans, permit_office("amend_plan"), read_amendment, prepare=parse)
)
register(Act("apply_amendment", ImportDraft, visible_drafts, permit_office("amend_plan"), apply_amendment))
