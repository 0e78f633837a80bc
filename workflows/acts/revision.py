"""The new revision of a plan: what an amendment changed is written kind by kind, and the record told of it.

What changes, and by which rule, stands in ``workflows.acts.amendments``.
"""

from dataclasses import dataclass, field
from itertools import chain

from django.db.models import Max

from cases import counted
from cases.intake.amend import Kind
from cases.intake.confirm import cut
from cases.models import (
    EXTENSION_OPEN,
    Checkpoint,
    Duty,
    DutyRole,
    Extension,
    Measure,
    PastDuty,
    Plan,
    PlanRevision,
)
from cases.models.plan import PlanState
from cases.states import MeasureState
from workflows.acts.imports import issue_measures
from workflows.amendment import Comparison
from workflows.facts import standing_signatures
from workflows.record import Said, digest_of, write_entries
from workflows.rectification import Rectification
from workflows.roads import extensions, signing
from workflows.roads.units import past_duty

WRITTEN = (
    "problem", "order", "label", "number", "group_lead", "text", "goal", "deadline_text", "long_term",
    "start", "end", "next_due_on", "claim_due_on", "state", "state_since", "row_version", "ended_as",
)  # fmt: skip
PLAN_WRITTEN = (
    "revision", "row_version", "ends_on", "document_number",
    "reporting_months", "reporting_day", "reporting_recipient",
)  # fmt: skip


@dataclass
class Revising:
    """One amendment under way: its rows as they were changed in memory, and how they are kept."""

    knock: object
    plan: Plan
    comparison: Comparison
    accepted: frozenset
    # {measure pk: (digest, picture, what is counted)} before anything changed
    pictures: dict = field(default_factory=dict)
    homes: dict = field(default_factory=dict)  # {place of a problem in the document: Problem}
    touched: dict = field(default_factory=dict)  # {measure pk: Measure} whose row may have changed
    sequence: list = field(default_factory=list)  # all measures in their new order
    added: list = field(default_factory=list)  # [(Measure, [Duty], [Checkpoint])], unsaved
    withdrawn: list = field(default_factory=list)
    left: list = field(default_factory=list)  # measures that a unit left
    duties: dict = field(default_factory=lambda: {"new": [], "changed": [], "gone": []})
    checkpoints: dict = field(default_factory=lambda: {"new": [], "superseded": []})
    changes: list = field(default_factory=list)  # of the revision
    said_of_plan: dict = field(default_factory=dict)  # {what changed of the plan itself: [before, after]}

    @property
    def document(self):
        """How the papers call it; the reason of every withdrawal."""
        read = self.comparison.proposal
        day = f"{read.issued_on:%Y-%m-%d}" if read.issued_on else ""
        name = f"《{read.title}》" if read.title else self.comparison.draft.source_name
        return " ".join(filter(None, (name, read.document_number, day)))

    # Writing ----------------------------------------------------------------------------------------

    def write(self):
        """Units and dates first: the machine looks at them when a state has to follow."""
        PastDuty.objects.bulk_create(
            past_duty(duty, by=self.knock.actor, at=self.knock.now, reason=self.document)
            for duty in self.duties["gone"]
            if self.comparison.measures[duty.measure_id].state != MeasureState.DRAFT
        )
        Duty.objects.filter(pk__in=[duty.pk for duty in self.duties["gone"]]).delete()
        Duty.objects.bulk_create(self.duties["new"])
        Duty.objects.bulk_update(
            self.duties["changed"], ["role", "order", "group", "printed", "start", "end"]
        )
        Checkpoint.objects.bulk_update(self.checkpoints["superseded"], ["superseded_on"])
        Checkpoint.objects.bulk_create(self.checkpoints["new"])
        self._lapse_extensions()
        self._end_signatures()
        self._move_states()
        self._write_measures()
        self._write_added()

    def _end_signatures(self):
        """Of units that have no duty any more; should a later version name them again, they sign anew.

        What has reached the office stays as it was sent.
        """
        left = {(duty.measure_id, duty.unit_id) for duty in self.duties["gone"]}
        if not left:
            return
        at_work = {"round__measure__plan": self.plan, "round__measure__state": MeasureState.RECTIFYING}
        standing = standing_signatures(**at_work)
        rows = standing.values_list("pk", "round__measure", "unit")
        if gone := [pk for pk, *duty in rows if tuple(duty) in left]:
            signing.end_of(standing.filter(pk__in=gone), self.knock.now)

    def _lapse_extensions(self):
        """A later date is asked for no more where the amendment replaced the step or took the duty from the unit."""
        steps = {checkpoint.pk for checkpoint in self.checkpoints["superseded"]}
        left = {(duty.measure_id, duty.unit_id) for duty in self.duties["gone"]}
        if not steps and not left:
            return
        waiting = Extension.objects.filter(measure__plan=self.plan, state__in=EXTENSION_OPEN)
        gone = [
            row.pk for row in waiting if row.checkpoint_id in steps or (row.measure_id, row.unit_id) in left
        ]
        if gone:
            extensions.lapse(Extension.objects.filter(pk__in=gone), now=self.knock.now, reason=self.document)

    def _move_states(self):
        for measure in self.withdrawn:
            self._rectification(measure).amend_away(reason=self.document)
        for measure in self.left:
            if measure.state in {MeasureState.ISSUED, MeasureState.DISPUTED, MeasureState.RECTIFYING}:
                self._rectification(measure).settle_duties()

    def _rectification(self, measure):
        knock = self.knock
        return Rectification(measure, actor=knock.actor, access=knock.access, now=knock.now)

    def _write_measures(self):
        for pk, measure in self.touched.items():
            measure.row_version += picture(measure) != self.pictures[pk][1]
        written = dict(self.touched)
        for order, measure in enumerate(self.sequence, start=1):
            if measure.pk and measure.order != order:
                written[measure.pk] = measure
            measure.order = order
        # All rows exist, so this is an update: many times faster than bulk_update with a CASE per row and field.
        Measure.objects.bulk_create(
            written.values(), update_conflicts=True, unique_fields=["pk"], update_fields=WRITTEN
        )

    def _write_added(self):
        if not self.added:
            return
        measures, duties, dates = zip(*self.added, strict=True)
        Measure.objects.bulk_create(measures)
        Duty.objects.bulk_create(chain.from_iterable(duties))
        Checkpoint.objects.bulk_create(chain.from_iterable(dates))
        if self.plan.state == PlanState.ISSUED:
            issue_measures(self.knock, Measure.objects.filter(pk__in=[measure.pk for measure in measures]))

    # The record -------------------------------------------------------------------------------------

    def close(self):
        said = [*self._said_of_touched(), *self._said_of_added()]
        self.plan.revision += 1
        self.plan.row_version += 1
        self.plan.ends_on = self._last_date() or self.plan.ends_on
        self.plan.save(update_fields=PLAN_WRITTEN)
        read, knock = self.comparison.proposal, self.knock
        revision = PlanRevision.objects.create(
            office_id=self.plan.office_id,
            plan=self.plan,
            number=self.plan.revision,
            draft=self.comparison.draft,
            document_number=cut(read.document_number, PlanRevision, "document_number"),
            issued_on=read.issued_on,
            changes=self.changes,
            applied_by=knock.actor,
            applied_at=knock.now,
        )
        if said:
            write_entries({self.plan.office_id: said}, actor=knock.actor, now=knock.now)
        return revision

    def _last_date(self):
        live = Checkpoint.objects.filter(measure__plan=self.plan)
        return live.exclude(measure__state=MeasureState.WITHDRAWN).aggregate(last=Max("due_on"))["last"]

    def _said_of_touched(self):
        kinds = {change.id: list(change.kinds) for change in self.comparison.changes}
        for pk, measure in self.touched.items():
            digest, before, counted_then = self.pictures[pk]
            now = picture(measure)
            changed = {name: [before[name], now[name]] for name in now if now[name] != before[name]}
            if not changed:
                continue
            withdrawn = measure.state == MeasureState.WITHDRAWN
            body = {"before": digest, "after": digest_of(measure), "document": self.document}
            body |= {"reason": self.document} if withdrawn else {"changed": changed}
            if "state" in changed:
                body |= dict(zip(("from", "to"), changed["state"], strict=True))
            if was := counted.before(counted_then, counted_of(measure)):
                body["was"] = was
            kind = kinds[f"m{pk}"] if f"m{pk}" in self.accepted else ["NUMBER"]
            self._keep(kind, measure, {n: b for n, (b, _a) in changed.items()}, {n: now[n] for n in changed})
            yield Said("withdraw" if withdrawn else "amend_measure", measure, body, pk)

    def _said_of_added(self):
        rows = Measure.objects.in_bulk([measure.pk for measure, *_parts in self.added])
        for new, duties, dates in self.added:
            measure = rows[new.pk]  # as it was issued
            measure.known_duties, measure.known_checkpoints = duties, dates
            self._keep([Kind.NEW], measure, None, picture(measure))
            body = {"after": digest_of(measure), "document": self.document, "text": measure.text}
            yield Said("add_measure", measure, body, measure.pk)

    def _keep(self, kind, measure, before, after):
        self.changes.append(
            {"kind": [str(k) for k in kind], "measure": measure.pk, "number": measure.number,
             "before": before, "after": after}
        )  # fmt: skip

    def counts(self):
        """{kind: how many of the accepted rows}"""
        kinds = [kind for row in self.changes for kind in row["kind"]]
        return {kind: kinds.count(kind) for kind in dict.fromkeys(kinds)}


def counted_of(measure) -> dict:
    return counted.of(
        problem_id=measure.problem_id, duties=measure.known_duties, checkpoints=measure.known_checkpoints
    )


def picture(measure) -> dict:
    """What an amendment may change of a measure, in words that a reader of the trail understands."""

    def units(role):
        return [duty.unit.name for duty in measure.known_duties if duty.role == role]

    return {
        "number": measure.number,
        "text": measure.text,
        "goal": measure.goal,
        "lead_units": units(DutyRole.LEAD),
        "responsible_units": units(DutyRole.RESPONSIBLE),
        "deadline_text": measure.deadline_text,
        "dates": [f"{checkpoint.due_on:%Y-%m-%d}" for checkpoint in measure.known_checkpoints],
        "long_term": measure.long_term,
        "claim_due_on": f"{measure.claim_due_on:%Y-%m-%d}" if measure.claim_due_on else "",
        "state": str(measure.state),
    }
