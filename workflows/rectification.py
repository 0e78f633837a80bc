"""The life of one measure (整改措施), from issue to close-out. Read from top to bottom.

Every act is declared here: from which state to which, by whom, under which conditions (``workflows.conditions``). What
a longer one does stands in ``workflows.roads``. The methods are called by ``workflows.door`` only, inside its lock:
viewflow's machine checks the state and the conditions, the door has checked scope and right before.
"""

from django.utils.translation import gettext_lazy as _
from viewflow.fsm import State
from viewflow.this_object import this

from cases import deadlines
from cases.models import Ending, SignOffKind
from cases.rules import rules_of
from cases.states import MeasureState
from workflows import roads
from workflows.conditions import Conditions, other_hands

S = MeasureState


def may(*codenames):
    """Permission of a transition: one of the rights on the unit for which the person would act."""

    def permitted(rectification, user):
        return any(rectification.acting_unit(codename) is not None for codename in codenames)

    permitted.codename = codenames[0]
    return permitted


class Rectification(Conditions):
    """The states, who may move a measure between them, and under which conditions."""

    state = State(MeasureState, default=MeasureState.DRAFT)

    def __init__(self, measure, *, actor, access, now):
        super().__init__(measure, actor=actor, access=access, now=now)
        self.details = {}  # what the log entry says beside the change of state
        self.evidence_digests = []
        self.said = []  # entries about other rows that the act changed, beside its own

    def tell(self, said):
        """Add entries (``record.Said``) to those that the door writes."""
        self.said += said

    @state.setter()
    def _set_state(self, value):
        if value != self.measure.state:
            self.measure.state, self.measure.state_since = value, self.now

    @state.getter()
    def _get_state(self):
        return MeasureState(self.measure.state)

    # The life ---------------------------------------------------------------------------------------

    @state.transition(source=S.DRAFT, target=S.ISSUED, permission=may("issue_plan"), label=_("Issue"))
    def issue(self):
        """Hand the measure to its units (交办) and start the clock for the claim."""
        self.measure.claim_due_on = deadlines.add_workdays(
            self.today, rules_of(self.measure.office).claim_workdays
        )

    @state.transition(
        source={S.ISSUED, S.RECTIFYING},
        target=State.RETURN_VALUE(S.ISSUED, S.RECTIFYING),
        permission=may("claim_measure"),
        conditions=[this.not_yet_claimed, this.not_disputed_by_it],
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

    # Whose business it is -----------------------------------------------------------------------------

    @state.transition(
        source={S.ISSUED, S.DISPUTED, S.RECTIFYING},
        target=State.RETURN_VALUE(S.DISPUTED, S.RECTIFYING),
        permission=may("dispute_measure"),
        conditions=[this.may_still_dispute],
        label=_("Dispute"),
    )
    def raise_dispute(self, *, reason, proposed_unit=""):
        """A unit that has not claimed says that the measure is not its business (提请协调).

        Before work has begun everything waits for the office; a lead that was named later does not stop the others.
        """
        return roads.disputes.open_one(self, reason=reason, proposed_unit=proposed_unit)

    @state.transition(
        source={S.DISPUTED, S.RECTIFYING},
        target=State.RETURN_VALUE(S.ISSUED, S.DISPUTED, S.RECTIFYING, S.SUBMITTED),
        permission=may("settle_dispute"),
        conditions=[this.something_disputed],
        label=_("Keep it with the unit"),
    )
    def settle_dispute(self, *, dispute, settlement):
        """The office keeps the measure with the unit, whose claim clock begins anew. Its other ways: below."""
        return roads.disputes.keep(self, dispute=dispute, settlement=settlement)

    @state.transition(
        source={S.DRAFT, S.ISSUED, S.DISPUTED, S.RECTIFYING, S.SUBMITTED, S.VERIFIED},
        target=State.RETURN_VALUE(S.DRAFT, S.ISSUED, S.DISPUTED, S.RECTIFYING, S.SUBMITTED),
        permission=may("reassign_measure"),
        conditions=[this.with_the_units],
        label=_("Re-assign"),
    )
    def reassign(self, *, reason, leads=(), responsible=(), from_unit=None, to_unit=None):
        """Give the measure to other units (改派): all from now on, or ``to_unit`` in the place of ``from_unit`` (ids).

        Who stays keeps its claim, who leaves loses sight of it at once, who comes has a claim clock of its own.
        """
        if from_unit is not None:
            leads, responsible = roads.units.swapped(self.duties, from_unit, to_unit)
        return roads.units.reassign(self, leads=leads, responsible=responsible, reason=reason)

    @state.transition(
        source={S.DRAFT, S.ISSUED, S.DISPUTED, S.RECTIFYING},
        permission=may("reassign_measure"),
        label=_("Name a coordinator"),
    )
    def name_coordinator(self, *, unit):
        """Of several leads one coordinates (牵头协调); each still claims and signs for itself."""
        roads.units.name_coordinator(self, unit=unit)

    @state.transition(
        source={S.ISSUED, S.DISPUTED, S.RECTIFYING, S.SUBMITTED, S.VERIFIED},
        target=S.WITHDRAWN,
        permission=may("reassign_measure"),
        conditions=[this.with_the_units],
        label=_("Split"),
    )
    def split(self, *, parts, reason):
        """Issue several measures in the place of this one (拆分), each with its own units and dates."""
        roads.parts.split(self, parts=parts, reason=reason)

    @state.transition(
        source={S.ISSUED, S.DISPUTED, S.RECTIFYING, S.SUBMITTED, S.VERIFIED},
        target=S.WITHDRAWN,
        permission=may("reassign_measure"),
        conditions=[this.with_the_units],
        label=_("Merge"),
    )
    def merge(self, *, into, reason):
        """Put this measure into another open one of its plan (合并); what was done here stays readable here."""
        roads.parts.merge(self, into=into, reason=reason)

    @state.transition(
        source={S.DRAFT, S.ISSUED, S.DISPUTED, S.RECTIFYING, S.SUBMITTED, S.VERIFIED},
        permission=may("grade_measure"),
        label=_("Set the grade"),
    )
    def set_grade(self, *, important, reason, whole_problem=False):
        """Say who closes it out: the leader (important) or the office's head; if wanted, of its whole problem."""
        roads.grades.set_grade(self, important=important, reason=reason, whole_problem=whole_problem)

    @state.transition(
        source={S.ISSUED, S.RECTIFYING, S.SUBMITTED, S.VERIFIED},
        permission=may("enter_progress"),
        label=_("Enter progress"),
    )
    def enter_progress(self, **entry):
        """Record what was done, in the three parts of the monthly filing, and how much of the target.

        ``entry``: as ``roads.progress.record``. ``happened_on`` before today declares a late entry (补录).
        """
        roads.progress.record(self, self.unit_for("enter_progress"), **entry)

    @state.transition(
        source={S.ISSUED, S.RECTIFYING, S.SUBMITTED},
        permission=may("amend_plan", "ask_input"),
        label=_("Set the target"),
    )
    def set_target(self, *, amount, unit):
        """Say how much the plan wants and of what, so that progress is counted against it."""
        roads.amounts.set_target(self, amount=amount, unit=unit)

    @state.transition(source=S.RECTIFYING, permission=may("ask_input"), label=_("Ask other units"))
    def ask_input(self, *, due_on, units=(), question="", everyone=False):
        """A lead asks units that share the measure for their part (分办), by an inner date: some or all of them."""
        roads.inputs.ask(self, units=units, question=question, due_on=due_on, everyone=everyone)

    @state.transition(source=S.RECTIFYING, permission=may("ask_input"), label=_("Take a request back"))
    def cancel_input(self, *, request):
        """Take back a request for input that nobody has answered."""
        roads.inputs.cancel(self, request=request)

    @state.transition(source=S.RECTIFYING, permission=may("answer_input"), label=_("Answer the lead unit"))
    def answer_input(self, *, request, files=(), **entry):
        """The asked unit answers with its progress, amount and evidence, in its own name."""
        roads.inputs.answer(self, request=request, files=files, **entry)

    @state.transition(source=S.RECTIFYING, permission=may("ask_input"), label=_("Merge the answers"))
    def merge_inputs(self, *, requests, **entry):
        """The lead takes answers over into an entry of its own; they stay as they were written."""
        roads.inputs.merge(self, requests=requests, **entry)

    @state.transition(source=S.RECTIFYING, permission=may("attach_evidence"), label=_("Attach evidence"))
    def attach_evidence(self, *, files, note="", requirement=None):
        """Put files forward (佐证材料). ``files``: [(name, StoredFile)], already written and checked."""
        roads.evidence.attach(self, files=files, note=note, requirement=requirement)

    @state.transition(source=S.RECTIFYING, permission=may("attach_evidence"), label=_("Withdraw evidence"))
    def withdraw_evidence(self, *, evidence, reason):
        """Take back a file of one's own unit; it stays readable and counts no more."""
        roads.evidence.withdraw(self, evidence=evidence, reason=reason)

    @state.transition(source=S.RECTIFYING, permission=may("attach_evidence"), label=_("Replace evidence"))
    def replace_evidence(self, *, evidence, files, note=""):
        """Put a newer version in the place of one file of one's own unit."""
        roads.evidence.replace(self, evidence=evidence, files=files, note=note)

    @state.transition(
        source=S.RECTIFYING, permission=may("report_checkpoint"), label=_("Report a checkpoint")
    )
    def report_checkpoint(self, *, checkpoint, note="", files=()):
        """Say that a dated step is reached (取得阶段性成效), with what proves it; the office confirms it."""
        roads.checkpoints.report(self, checkpoint=checkpoint, note=note, files=files)

    @state.transition(
        source={S.RECTIFYING, S.SUBMITTED},
        permission=may("confirm_checkpoint"),
        conditions=[this.verifier_is_named, this.not_of_a_duty_unit],
        label=_("Confirm a checkpoint"),
    )
    def confirm_checkpoint(self, *, checkpoint):
        """The office agrees that the step is reached; it counts from the day the unit reported it."""
        roads.checkpoints.confirm(self, checkpoint=checkpoint)

    @state.transition(
        source={S.RECTIFYING, S.SUBMITTED},
        permission=may("confirm_checkpoint"),
        conditions=[this.verifier_is_named, this.not_of_a_duty_unit],
        label=_("Send a checkpoint back"),
    )
    def refuse_checkpoint(self, *, checkpoint, reason):
        """The office does not agree that the step is reached; the unit reports it again."""
        roads.checkpoints.refuse(self, checkpoint=checkpoint, reason=reason)

    @state.transition(
        source=S.RECTIFYING, permission=may("request_extension"), label=_("Ask for an extension")
    )
    def request_extension(self, *, checkpoint, new_due_on, reason, interim_measures):
        """A lead asks for a later date of one step (延期); the original date stays beside it for ever.

        The unit's head, the office's head and from the second one on the leader decide: ``acts.extensions``.
        """
        roads.extensions.request(
            self,
            self.unit_for("request_extension"),
            checkpoint=checkpoint,
            new_due_on=new_due_on,
            reason=reason,
            interim_measures=interim_measures,
        )

    @state.transition(
        source=S.RECTIFYING,
        permission=may("request_verification"),
        conditions=[
            this.claimed_before,
            this.not_yet_requested,
            this.some_progress,
            this.some_evidence,
            this.checklist_complete,
            other_hands(SignOffKind.REQUEST),
        ],
        label=_("Ask for verification"),
    )
    def request_verification(self, *, note=""):
        """The handler says the measure is done; the unit's head must approve before it reaches the office."""
        roads.signing.sign(self, "request_verification", SignOffKind.REQUEST, note)

    @state.transition(
        source=S.RECTIFYING,
        target=State.RETURN_VALUE(S.RECTIFYING, S.SUBMITTED),
        permission=may("submit_measure"),
        conditions=[this.request_waits, other_hands(SignOffKind.SUBMIT)],
        label=_("Approve the request"),
    )
    def submit(self, *, note=""):
        """The head of a lead unit signs the request. The last one moves the measure to the office."""
        roads.signing.sign(self, "submit_measure", SignOffKind.SUBMIT, note)
        if not roads.signing.all_signed(self):
            return S.RECTIFYING
        roads.checkpoints.report_open(self, by=self.actor, on=self.today)
        return S.SUBMITTED

    @state.transition(
        source=S.RECTIFYING,
        target=S.RECTIFYING,
        permission=may("submit_measure"),
        conditions=[this.request_waits, this.asked_by_another],
        label=_("Send back to the handler"),
    )
    def send_back_request(self, *, reason):
        """The head does not approve the unit's request (退回经办人). The attempt and other units' signatures stay."""
        roads.signing.send_back(self, reason=reason)

    @state.transition(
        source={S.RECTIFYING, S.SUBMITTED, S.VERIFIED},
        target=S.RECTIFYING,
        permission=may("return_measure"),
        label=_("Return for rework"),
    )
    def return_for_rework(self, *, reason):
        """Send the measure back (退回). What was sent stays readable as an attempt of this round."""
        roads.signing.give_back(self, reason=reason)

    @state.transition(
        source=S.SUBMITTED,
        target=S.VERIFIED,
        permission=may("verify_measure"),
        conditions=[
            this.verifier_is_named,
            this.not_of_a_duty_unit,
            other_hands("VERIFY"),
            this.never_at_work_on_it,
        ],
        label=_("Verify"),
    )
    def verify(self, *, method, visited_on, findings):
        """Record the check on site or on paper (核查) with the digests of the evidence looked at."""
        roads.signing.record_check(self, method=method, visited_on=visited_on, findings=findings)

    @state.transition(
        source=S.VERIFIED,
        target=S.CLOSED,
        permission=may("close_out_measure"),
        conditions=[
            other_hands("CLOSE_OUT"),
            this.right_closer,
            this.evidence_unchanged,
            this.public_notice_over,
        ],
        label=_("Close out"),
    )
    def close_out(self, *, note="", follow_up_months=None):
        """Take a verified measure off the ledger (销号) and freeze its round.

        Sets ``closed_on`` to the county's date. A measure with 长期坚持 keeps a follow-up cadence,
        ``follow_up_months`` or the office's rule.
        Source: design §2, separation of verifier and closer.
        """
        roads.ending.close(self, note=note, follow_up_months=follow_up_months)

    @state.transition(source=S.VERIFIED, permission=may("publish_result"), label=_("Publish the result"))
    def publish_result(self, *, where):
        """Show the verified result to the public (公示) where the office's rules ask for it."""
        roads.public_notice.publish(self, where=where)

    @state.transition(source=S.VERIFIED, permission=may("publish_result"), label=_("Record an objection"))
    def record_objection(self, *, text):
        """Somebody objects to what is published; close-out waits until that is settled."""
        roads.public_notice.object_to(self, text=text)

    @state.transition(source=S.VERIFIED, permission=may("publish_result"), label=_("Settle the objections"))
    def settle_objection(self, *, settlement):
        """Say what came of the objections; one that holds is a reason to return the measure."""
        roads.public_notice.settle(self, settlement=settlement)

    # After close-out ----------------------------------------------------------------------------------

    @state.transition(
        source=S.CLOSED, target=S.RECTIFYING, permission=may("relapse_measure"), label=_("Relapse")
    )
    def relapse(self, *, reason, due_on, found_by="OTHER"):
        """What was closed out has relapsed (反弹): the next round begins with a date of its own.

        The units keep their duty and their claim. Everything of the rounds before stays as it was.
        """
        roads.relapse.reopen(self, reason=reason, source=found_by, due_on=due_on)

    @state.transition(source=S.CLOSED, permission=may("record_follow_up"), label=_("Record the follow-up"))
    def record_follow_up(self, *, finding, text, due_on, files=()):
        """The unit says that what was achieved still holds, or that it does not (长期坚持)."""
        roads.follow_up.record(self, finding=finding, text=text, due_on=due_on, files=files)

    @state.transition(source=S.CLOSED, permission=may("look_back"), label=_("Set the cadence"))
    def set_cadence(self, *, months):
        """The office decides how often the unit must say that the result still holds."""
        roads.follow_up.set_cadence(self, months=months)

    @state.transition(
        source=S.CLOSED,
        permission=may("look_back"),
        conditions=[this.not_of_a_duty_unit, this.fresh_eyes],
        label=_("Record the look-back"),
    )
    def record_look_back(self, *, item, finding, visited_on, text, files=()):
        """The office went back to a measure of its sample (回头看) and found it as it was, or relapsed."""
        roads.follow_up.look_back(
            self, item=item, finding=finding, visited_on=visited_on, text=text, files=files
        )

    # Off the ledger otherwise, and amendments ---------------------------------------------------------

    @state.transition(
        source={S.ISSUED, S.DISPUTED, S.RECTIFYING},
        target=State.RETURN_VALUE(S.ISSUED, S.DISPUTED, S.RECTIFYING, S.SUBMITTED),
        permission=may("amend_plan"),
    )
    def settle_duties(self):
        """Go on where only units were awaited that no longer have a duty.

        Who said that every step is reached is the head who signed last, on that day; not the office that amends.
        """
        if self._get_state() == S.ISSUED:
            return S.RECTIFYING if self._all_claimed() else S.ISSUED
        roads.disputes.settle_those_who_left(self)
        if self._get_state() == S.DISPUTED:
            return roads.disputes.standing_with_units(self)
        if not self.round or not self.sign_offs or not roads.signing.all_signed(self):
            return S.RECTIFYING
        roads.signing.report_by_last_head(self)
        return S.SUBMITTED

    @state.transition(
        source={S.DRAFT, S.ISSUED, S.DISPUTED, S.RECTIFYING, S.SUBMITTED, S.VERIFIED},
        target=S.WITHDRAWN,
        permission=may("withdraw_measure"),
        label=_("Withdraw"),
    )
    def withdraw(self, *, reason):
        """The office drops the measure (撤销). What was done stays readable; no figure counts it any more."""
        roads.parts.end(self, Ending.DROPPED, reason)

    @state.transition(
        source={S.DRAFT, S.ISSUED, S.DISPUTED, S.RECTIFYING, S.SUBMITTED, S.VERIFIED},
        target=S.WITHDRAWN,
        permission=may("amend_plan"),
    )
    def amend_away(self, *, reason):
        """End a measure that the amended plan no longer has; ``reason`` names the document."""
        roads.parts.end(self, Ending.AMENDED, reason)

    @state.transition(
        source={S.ISSUED, S.DISPUTED, S.RECTIFYING},
        target=S.WITHDRAWN,
        permission=may("withdraw_measure"),
        label=_("Hand over"),
    )
    def transfer(self, *, office, reason):
        """Hand the measure over to another office (移交), which gives it to its own units; both records tell of it."""
        roads.parts.transfer(self, office=office, reason=reason)


MEASURE_ACTS = (
    "claim",
    "answer_input",
    "merge_inputs",
    "enter_progress",
    "attach_evidence",
    "replace_evidence",
    "withdraw_evidence",
    "ask_input",
    "cancel_input",
    "report_checkpoint",
    "confirm_checkpoint",
    "refuse_checkpoint",
    "request_extension",
    "request_verification",
    "submit",
    "send_back_request",
    "return_for_rework",
    "verify",
    "publish_result",
    "record_objection",
    "settle_objection",
    "close_out",
    "raise_dispute",
    "settle_dispute",
    "reassign",
    "name_coordinator",
    "split",
    "merge",
    "set_grade",
    "transfer",
    "withdraw",
    "relapse",
    "record_follow_up",
    "record_look_back",
    "set_cadence",
    "set_target",
)


def transition_of(act):
    """The declared transitions of an act: [(source, target, …)], for the door and for the chart."""
    return list(getattr(Rectification, act).get_transitions())
