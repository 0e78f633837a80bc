"""The life of one measure (整改措施), from issue to close-out. Read from top to bottom.

The methods are called by ``workflows.door`` only, inside its lock: viewflow's machine checks the state and
the conditions, the door has checked scope and right before.
"""

from django.conf import settings
from django.utils.translation import gettext_lazy as _
from viewflow.fsm import State
from viewflow.this_object import this

from cases import deadlines
from cases.errors import NotReady
from cases.models import (
    Checkpoint,
    Evidence,
    ProgressEntry,
    SignOff,
    SignOffKind,
    Verification,
)
from cases.states import MeasureState
from permissions import clock
from reports.filings import month_of_record
from workflows.facts import MeasureFacts

S = MeasureState


def may(codename):
    """Permission of a transition: the right on the unit for which the person would act."""

    def permitted(rectification, user):
        return rectification.acting_unit(codename) is not None

    permitted.codename = codename
    return permitted


def other_hands(capacity):
    """Condition: the person has not acted in this round in another capacity than ``capacity``.

    Requester, signer, verifier and closer are different persons over the whole round, whatever the attempt;
    doing one's own step again after a return is fine. Returning a measure does not count. Source: design §2.
    """

    def unmixed(rectification):
        hands = {s.person_id for s in rectification.sign_offs if s.kind not in {capacity, SignOffKind.RETURN}}
        if capacity != "VERIFY":
            hands |= {v.verifier_id for v in rectification.verifications}
        return State.CONDITION(
            rectification.actor.pk not in hands,
            unmet=_(
                "%(name)s already acted on this measure in this round; somebody else must take this step."
            )
            % {"name": rectification.actor},
        )

    return unmixed


class Rectification(MeasureFacts):
    """The states, who may move a measure between them, and under which conditions."""

    state = State(MeasureState, default=MeasureState.DRAFT)

    def __init__(self, measure, *, actor, access, now):
        super().__init__(measure, actor=actor, access=access, now=now)
        self.details = {}  # what the log entry says beside the change of state
        self.evidence_digests = []

    @state.setter()
    def _set_state(self, value):
        if value != self.measure.state:
            self.measure.state, self.measure.state_since = value, self.now

    @state.getter()
    def _get_state(self):
        return MeasureState(self.measure.state)

    # Conditions: each says why it is not met ---------------------------------------------------------

    def not_yet_claimed(self):
        unit = self.acting_unit("claim_measure")
        claimed = unit is not None and self._has_acted("claim_measure", unit)
        return State.CONDITION(not claimed, unmet=_("Your unit has already claimed this measure."))

    def some_progress(self):
        unit = self.acting_unit("request_verification")
        entered = unit is None or unit.pk in self.reporting_unit_ids
        return State.CONDITION(
            entered, unmet=_("Enter what was done before asking for verification: there is no progress yet.")
        )

    def some_evidence(self):
        enough = not settings.XIAOHAO_EVIDENCE_REQUIRED or bool(self.evidence)
        return State.CONDITION(
            enough, unmet=_("Attach at least one piece of evidence before asking for verification.")
        )

    def not_yet_requested(self):
        unit = self.acting_unit("request_verification")
        requested = unit is not None and self._has_acted("request_verification", unit)
        return State.CONDITION(
            not requested, unmet=_("Verification has been requested already; now the unit head approves it.")
        )

    def request_waits(self):
        unit = self.acting_unit("submit_measure")
        requested = unit is not None and any(
            s.unit_id == unit.pk for s in self.current_sign_offs(SignOffKind.REQUEST)
        )
        approved = unit is not None and self._has_acted("submit_measure", unit)
        return State.CONDITION(
            requested and not approved,
            unmet=_("Your unit has no request for verification that waits for approval."),
        )

    def verifier_is_named(self):
        return State.CONDITION(
            self.verifying_unit is not None,
            unmet=_(
                "The department that houses the office has a duty on this measure, so another unit must verify it. "
                "The leader has not designated one for this plan."
            ),
        )

    def not_of_a_duty_unit(self):
        own = self.access.own_unit_ids & {duty.unit_id for duty in self.duties}
        return State.CONDITION(
            not own, unmet=_("Your own unit has a duty on this measure, so somebody else must verify it.")
        )

    def evidence_unchanged(self):
        seen = self.verifications[-1].evidence_digests if self.verifications else []
        return State.CONDITION(
            sorted(e.file.sha256 for e in self.evidence) == sorted(seen),
            unmet=_(
                "The evidence has changed since it was verified. Return the measure and verify it again."
            ),
        )

    def right_closer(self):
        """An important measure is closed out by the leader."""
        ok = not self.measure.important or self.access.has("sign_report", self.office_unit.pk)
        return State.CONDITION(ok, unmet=_("This measure is marked important: the leader closes it out."))

    # The life ---------------------------------------------------------------------------------------

    @state.transition(source=S.DRAFT, target=S.ISSUED, permission=may("issue_plan"), label=_("Issue"))
    def issue(self):
        """Hand the measure to its units (交办) and start the clock for the claim."""
        self.measure.claim_due_on = deadlines.add_workdays(self.today, settings.XIAOHAO_CLAIM_WORKDAYS)

    @state.transition(
        source={S.ISSUED, S.RECTIFYING},
        target=State.RETURN_VALUE(S.ISSUED, S.RECTIFYING),
        permission=may("claim_measure"),
        conditions=[this.not_yet_claimed],
        label=_("Claim"),
    )
    def claim(self):
        """Take the measure on (认领). Work begins when the last lead unit has claimed.

        A lead that an amendment of the plan named later claims while the others are at work.
        """
        unit = self.unit_for("claim_measure")
        duty = next(d for d in self.duties if d.unit_id == unit.pk)
        duty.claimed_at, duty.claimed_by = self.now, self.actor
        duty.save(update_fields=["claimed_at", "claimed_by"])
        self.details["unit"] = unit.name
        return S.RECTIFYING if self._all_claimed() else self._get_state()

    def _all_claimed(self):
        return all(duty.claimed_at for duty in self.acting_duties)

    @state.transition(
        source={S.ISSUED, S.RECTIFYING, S.SUBMITTED, S.VERIFIED},
        permission=may("enter_progress"),
        label=_("Enter progress"),
    )
    def enter_progress(self, *, progress, difficulties="", next_steps="", happened_on=None):
        """Record what was done, in the three parts of the monthly filing.

        ``happened_on`` before today declares a late entry (补录); a later date is refused.
        """
        unit = self.unit_for("enter_progress")
        happened_on = happened_on or self.today
        self._refuse_before_the_plan(happened_on)
        if happened_on > self.today:
            raise NotReady(
                _("What has not happened yet cannot be entered as done: choose today or an earlier day.")
            )
        entry = ProgressEntry.objects.create(
            office_id=self.measure.office_id,
            measure=self.measure,
            unit=unit,
            period=month_of_record(self.measure.plan, self.now),
            progress=progress,
            difficulties=difficulties,
            next_steps=next_steps,
            happened_on=happened_on,
            author=self.actor,
            recorded_at=self.now,
        )
        self.details |= {"unit": unit.name, "entry": entry.pk, "text": progress}
        if happened_on < self.today:
            self.details["happened_on"] = happened_on.isoformat()

    @state.transition(source=S.RECTIFYING, permission=may("attach_evidence"), label=_("Attach evidence"))
    def attach_evidence(self, *, files, note=""):
        """Put files forward (佐证材料). ``files``: [(name, StoredFile)], already written and checked."""
        unit = self.unit_for("attach_evidence")
        present = {e.file_id: e.name for e in self.evidence if e.unit_id == unit.pk}
        for name, stored in files:
            if stored.pk in present:
                raise NotReady(
                    _("“%(name)s” is already attached as “%(other)s”."), name=name, other=present[stored.pk]
                )
            Evidence.objects.create(
                office_id=self.measure.office_id,
                measure=self.measure,
                round=self.round,
                unit=unit,
                file=stored,
                name=name,
                note=note,
                uploaded_by=self.actor,
                uploaded_at=self.now,
            )
            present[stored.pk] = name
            self.evidence_digests.append(stored.sha256)
        self.details |= {"unit": unit.name, "files": [name for name, _stored in files]}

    @state.transition(
        source=S.RECTIFYING, permission=may("report_checkpoint"), label=_("Report a checkpoint")
    )
    def report_checkpoint(self, *, checkpoint):
        """Say that a dated step is reached (取得阶段性成效); the office confirms it."""
        row = self._checkpoint(checkpoint)
        if row.reported_on:
            raise NotReady(_("This checkpoint has been reported already."))
        row.reported_on, row.reported_by = self.today, self.actor
        row.save(update_fields=["reported_on", "reported_by"])
        self.details["due_on"] = row.due_on.isoformat()

    @state.transition(
        source={S.RECTIFYING, S.SUBMITTED},
        permission=may("confirm_checkpoint"),
        conditions=[this.verifier_is_named, this.not_of_a_duty_unit],
        label=_("Confirm a checkpoint"),
    )
    def confirm_checkpoint(self, *, checkpoint):
        """The office agrees that the step is reached; it counts from the day the unit reported it."""
        row = self._checkpoint(checkpoint)
        if not row.reported_on:
            raise NotReady(_("The unit has not reported this checkpoint yet."))
        if row.met_on:
            raise NotReady(_("This checkpoint has been confirmed already."))
        if row.reported_by_id == self.actor.pk:
            raise NotReady(_("You reported this checkpoint yourself; somebody else must confirm it."))
        row.met_on = row.reported_on
        row.save(update_fields=["met_on"])
        self.measure.refresh_next_due(self.checkpoints)
        self.details |= {"due_on": row.due_on.isoformat(), "met_on": row.met_on.isoformat()}

    def _refuse_before_the_plan(self, day):
        """Nothing was done for a plan before there was one; an imported plan may be older than its import."""
        plan = self.measure.plan
        opened_on = clock.local(plan.opened_at).date() if plan.opened_at else None
        since = min(filter(None, (plan.issued_on, opened_on)), default=day)
        if day < since:
            raise NotReady(
                _("This day lies before the plan, which is of %(day)s. Check the year."), day=since
            )

    def _checkpoint(self, pk):
        row = next((c for c in self.checkpoints if c.pk == pk), None)
        if row is None:
            raise NotReady(_("This measure has no such checkpoint. Reload the page."))
        return row

    @state.transition(
        source=S.RECTIFYING,
        permission=may("request_verification"),
        conditions=[
            this.not_yet_requested,
            this.some_progress,
            this.some_evidence,
            other_hands(SignOffKind.REQUEST),
        ],
        label=_("Ask for verification"),
    )
    def request_verification(self, *, note=""):
        """The handler says the measure is done; the unit's head must approve before it reaches the office."""
        self._sign("request_verification", SignOffKind.REQUEST, note)

    @state.transition(
        source=S.RECTIFYING,
        target=State.RETURN_VALUE(S.RECTIFYING, S.SUBMITTED),
        permission=may("submit_measure"),
        conditions=[this.request_waits, other_hands(SignOffKind.SUBMIT)],
        label=_("Approve the request"),
    )
    def submit(self, *, note=""):
        """The head of a lead unit signs the request. The last one moves the measure to the office."""
        self._sign("submit_measure", SignOffKind.SUBMIT, note)
        if not self._all_signed():
            return S.RECTIFYING
        self._report_open_checkpoints(by=self.actor, on=self.today)
        return S.SUBMITTED

    def _all_signed(self):
        signed = {s.unit_id for s in self.current_sign_offs(SignOffKind.SUBMIT)}
        return all(duty.unit_id in signed for duty in self.acting_duties)

    def _report_open_checkpoints(self, *, by, on):
        """Asking for verification of the whole measure says that every step is reached."""
        due = [c for c in self.checkpoints if not c.reported_on]
        for row in due:
            row.reported_on, row.reported_by = on, by
            row.reported_attempt = self.round.attempt
        if due:
            Checkpoint.objects.bulk_update(due, ["reported_on", "reported_by", "reported_attempt"])

    def _sign(self, codename, kind, note):
        unit = self.unit_for(codename)
        sign_off = SignOff.objects.create(
            office_id=self.measure.office_id,
            round=self.round,
            attempt=self.round.attempt,
            unit=unit,
            person=self.actor,
            kind=kind,
            at=self.now,
            note=note,
        )
        self.sign_offs.append(sign_off)
        self.details |= {"unit": unit.name, "attempt": self.round.attempt, "note": note}

    @state.transition(
        source={S.RECTIFYING, S.SUBMITTED, S.VERIFIED},
        target=S.RECTIFYING,
        permission=may("return_measure"),
        label=_("Return for rework"),
    )
    def return_for_rework(self, *, reason):
        """Send the measure back (退回). What was sent stays readable as an attempt of this round."""
        if not self.current_sign_offs(SignOffKind.REQUEST):
            raise NotReady(_("Nothing has been sent that could be returned."))
        self._sign("return_measure", SignOffKind.RETURN, reason)
        self.round.attempt += 1
        self.round.save(update_fields=["attempt"])
        self._take_back(self.round.attempt - 1)

    def _take_back(self, attempt):
        """Undo what the returned request reported and its verification confirmed; single steps stay."""
        undone = [c for c in self.checkpoints if attempt in (c.reported_attempt, c.met_attempt)]
        for row in undone:
            if row.met_attempt == attempt:
                row.met_on = row.met_attempt = None
            if row.reported_attempt == attempt:
                row.reported_on = row.reported_by = row.reported_attempt = None
        if undone:
            fields = ["reported_on", "reported_by", "reported_attempt", "met_on", "met_attempt"]
            Checkpoint.objects.bulk_update(undone, fields)
            self.measure.refresh_next_due(self.checkpoints)

    @state.transition(
        source=S.SUBMITTED,
        target=S.VERIFIED,
        permission=may("verify_measure"),
        conditions=[this.verifier_is_named, this.not_of_a_duty_unit, other_hands("VERIFY")],
        label=_("Verify"),
    )
    def verify(self, *, method, visited_on, findings):
        """Record the check on site or on paper (核查) with the digests of the evidence looked at."""
        if visited_on > self.today:
            raise NotReady(_("The visit lies in the future: enter the day on which you were there."))
        self._refuse_before_the_plan(visited_on)
        digests = sorted(e.file.sha256 for e in self.evidence)
        Verification.objects.create(
            office_id=self.measure.office_id,
            round=self.round,
            attempt=self.round.attempt,
            verifier=self.actor,
            unit=self.unit_for("verify_measure"),
            method=method,
            visited_on=visited_on,
            findings=findings,
            evidence_digests=digests,
            at=self.now,
        )
        self._confirm_reported_checkpoints()
        self.evidence_digests = digests
        self.details |= {"method": method, "visited_on": visited_on.isoformat(), "findings": findings}

    def _confirm_reported_checkpoints(self):
        met = [c for c in self.checkpoints if c.reported_on and not c.met_on]
        for row in met:
            row.met_on, row.met_attempt = row.reported_on, self.round.attempt
        if met:
            Checkpoint.objects.bulk_update(met, ["met_on", "met_attempt"])
        self.measure.refresh_next_due(self.checkpoints)

    @state.transition(
        source=S.VERIFIED,
        target=S.CLOSED,
        permission=may("close_out_measure"),
        conditions=[other_hands("CLOSE_OUT"), this.right_closer, this.evidence_unchanged],
        label=_("Close out"),
    )
    def close_out(self, *, note=""):
        """Take a verified measure off the ledger (销号) and freeze its round.

        Sets ``closed_on`` to the county's date. A measure with 长期坚持 keeps a follow-up cadence.
        Source: design §2, separation of verifier and closer.
        """
        self.measure.closed_on = self.today
        if self.measure.long_term:
            self.measure.follow_up_months = settings.XIAOHAO_FOLLOW_UP_MONTHS
        self.round.closed_at, self.round.closed_by, self.round.close_out_note = self.now, self.actor, note
        self.round.save(update_fields=["closed_at", "closed_by", "close_out_note"])
        self.evidence_digests = sorted(e.file.sha256 for e in self.evidence)
        self.details["note"] = note

    # The plan is amended ------------------------------------------------------------------------------

    @state.transition(
        source={S.ISSUED, S.RECTIFYING},
        target=State.RETURN_VALUE(S.ISSUED, S.RECTIFYING, S.SUBMITTED),
        permission=may("amend_plan"),
    )
    def settle_duties(self):
        """Go on where only units were awaited that no longer have a duty.

        Who said that every step is reached is the head who signed last, on that day; not the office that amends.
        """
        if self._get_state() == S.ISSUED:
            return S.RECTIFYING if self._all_claimed() else S.ISSUED
        if not self.round or not self.sign_offs or not self._all_signed():
            return S.RECTIFYING
        acting = {duty.unit_id for duty in self.acting_duties}
        last = [s for s in self.current_sign_offs(SignOffKind.SUBMIT) if s.unit_id in acting][-1]
        self._report_open_checkpoints(by=last.person, on=clock.local(last.at).date())
        return S.SUBMITTED

    @state.transition(
        source={S.DRAFT, S.ISSUED, S.DISPUTED, S.RECTIFYING, S.SUBMITTED, S.VERIFIED},
        target=S.WITHDRAWN,
        permission=may("amend_plan"),
    )
    def withdraw(self, *, reason):
        """End a measure that the amended plan no longer has (撤销); ``reason`` names the document.

        What was done stays readable, its round is frozen, and no figure counts the measure any more.
        """
        if self.round:
            self.round.closed_at, self.round.closed_by, self.round.close_out_note = (
                self.now,
                self.actor,
                reason,
            )
            self.round.save(update_fields=["closed_at", "closed_by", "close_out_note"])
        self.details["reason"] = reason


MEASURE_ACTS = (
    "claim",
    "enter_progress",
    "attach_evidence",
    "report_checkpoint",
    "confirm_checkpoint",
    "request_verification",
    "submit",
    "return_for_rework",
    "verify",
    "close_out",
)


def transition_of(act):
    """The declared transitions of an act: [(source, target, …)], for the door and for the chart."""
    return list(getattr(Rectification, act).get_transitions())
