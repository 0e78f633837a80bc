"""The conditions of the acts on a measure: each says in a full sentence why it is not met."""

from django.utils.translation import gettext_lazy as _
from viewflow.fsm import State

from cases.models import SignOffKind
from cases.rules import rules_of
from cases.states import MeasureState
from workflows.facts import MeasureFacts
from workflows.roads.public_notice import is_disputed

DISPUTED = _("Your unit has disputed this measure; the office decides first whether it stays with you.")

NO_HAND = (SignOffKind.RETURN, SignOffKind.SEND_BACK)  # sending back is no part of what is sent


def other_hands(capacity):
    """Condition: the person has not acted in this round in another capacity than ``capacity``.

    Requester, signer, verifier and closer are different persons over the whole round, whatever the attempt;
    doing one's own step again after a return is fine. Returning a measure and sending a request back do not count;
    asking does, also when the request was sent back. Source: design §2.
    """

    def unmixed(rectification):
        hands = {s.person_id for s in rectification.sign_offs if s.kind not in {capacity, *NO_HAND}}
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


class Conditions(MeasureFacts):
    """What must be so before an act, beside state and right."""

    def not_yet_claimed(self):
        unit = self.acting_unit("claim_measure")
        claimed = unit is not None and self._has_acted("claim_measure", unit)
        return State.CONDITION(not claimed, unmet=_("Your unit has already claimed this measure."))

    def claimed_before(self):
        """A lead that came while the others were at work claims for itself, or disputes, before it says “done”."""
        unit = self.acting_unit("request_verification")
        claimed = unit is None or self._has_acted("claim_measure", unit)
        return State.CONDITION(
            claimed,
            unmet=_("Your unit has not claimed this measure yet. Claim it before asking for verification."),
        )

    def not_disputed_by_it(self):
        unit = self.acting_unit("claim_measure")
        disputed = self.measure.state == MeasureState.RECTIFYING and unit and self.disputed_by(unit)
        return State.CONDITION(
            not disputed,
            unmet=DISPUTED,
        )

    def may_still_dispute(self):
        unit = self.acting_unit("dispute_measure")
        if unit is not None and self.disputed_by(unit):
            return State.CONDITION(False, unmet=DISPUTED)
        acted = unit is not None and self._has_acted("dispute_measure", unit)
        return State.CONDITION(
            not acted,
            unmet=_("Your unit has claimed this measure; ask the office to re-assign it."),
        )

    def something_disputed(self):
        return State.CONDITION(bool(self.disputes), unmet=_("No dispute is open on this measure."))

    def with_the_units(self):
        """What is with the office first goes back, so that nobody verifies what others then answer for."""
        return State.CONDITION(
            self.measure.state not in {MeasureState.SUBMITTED, MeasureState.VERIFIED},
            unmet=_("This measure waits for the office. Return it first; then units and parts can change."),
        )

    def some_progress(self):
        unit = self.acting_unit("request_verification")
        entered = unit is None or unit.pk in self.reporting_unit_ids
        return State.CONDITION(
            entered,
            unmet=_("Enter first what your unit has done: it has reported no progress in this round."),
        )

    def checklist_complete(self):
        given = {row.requirement_id for row in self.evidence}
        missing = [row.label for row in self.requirements if row.pk not in given]
        return State.CONDITION(
            not missing,
            unmet=_("The office's checklist asks for evidence that is not attached yet: %(labels)s.")
            % {"labels": "、".join(missing)},
        )

    def some_evidence(self):
        enough = not rules_of(self.measure.office).evidence_required or bool(self.evidence)
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
        return State.CONDITION(
            unit is not None and self.waiting_request(unit) is not None,
            unmet=_("Your unit has no request for verification that waits for approval."),
        )

    def asked_by_another(self):
        unit = self.acting_unit("submit_measure")
        request = self.waiting_request(unit) if unit is not None else None
        return State.CONDITION(
            request is None or request.person_id != self.actor.pk,
            unmet=_("You asked for verification yourself; another head of your unit decides on the request."),
        )

    def verifier_is_named(self):
        return State.CONDITION(
            self.verifying_unit is not None,
            unmet=_(
                "The department that houses the office has a duty on this measure, so another unit must verify it. "
                "The leader has not designated one for this plan."
            ),
        )

    def fresh_eyes(self):
        """Whoever signed, verified or closed out in the round that is looked back at does not look again."""
        return State.CONDITION(
            not self.judged_last_round,
            unmet=_(
                "You signed, verified or closed out in the last round; somebody else must look back at it."
            ),
        )

    def not_of_a_duty_unit(self):
        own = self.access.own_unit_ids & {duty.unit_id for duty in self.duties}
        return State.CONDITION(
            not own, unmet=_("Your own unit has a duty on this measure, so somebody else must verify it.")
        )

    def never_at_work_on_it(self):
        """Whoever moved to the office in mid-round, or acts for two units, does not judge the work of the first."""
        return State.CONDITION(
            not self.had_a_part,
            unmet=_(
                "In this round you worked on the measure, or served in a unit that had a duty on it, so somebody else "
                "must judge it."
            ),
        )

    def evidence_unchanged(self):
        seen = self.verifications[-1].evidence_digests if self.verifications else []
        return State.CONDITION(
            sorted(e.file.sha256 for e in self.evidence) == sorted(seen),
            unmet=_(
                "The evidence has changed since it was verified. Return the measure and verify it again."
            ),
        )

    def public_notice_over(self):
        """Where the office publishes results (公示): the last day has passed and every objection is settled."""
        if not rules_of(self.measure.office).public_notice_days:
            return State.CONDITION(True)
        notice = self.public_notice
        if notice is None:
            return State.CONDITION(False, unmet=_("The result must be published before it is closed out."))
        if notice.ends_on >= self.today:
            return State.CONDITION(
                False, unmet=_("The public notice runs until %(day)s.") % {"day": notice.ends_on}
            )
        return State.CONDITION(
            not is_disputed(notice),
            unmet=_("What was objected to the public notice must be settled before close-out."),
        )

    def right_closer(self):
        """An important measure is closed out by the leader."""
        ok = not self.measure.important or self.access.has("sign_report", self.office_unit.pk)
        return State.CONDITION(ok, unmet=_("This measure is marked important: the leader closes it out."))
