"""What an act needs to know of one measure and of the person who acts: read at first use, once."""

from functools import cached_property

from django.db.models import Exists, F, FilteredRelation, OuterRef, Q, Subquery, Value
from django.db.models.functions import Coalesce, TruncDate

from cases import counted
from cases.errors import NoRight
from cases.ledger import acting
from cases.models import (
    Dispute,
    EvidenceRequirement,
    Extension,
    InputRequest,
    LogEntry,
    Measure,
    PastDuty,
    PublicNotice,
    Round,
    SignOff,
    SignOffKind,
    Verification,
)
from cases.models.roads import EXTENSION_OPEN
from cases.states import MeasureState
from permissions import clock
from permissions.models import Membership
from workflows import owing

# Acted on for the office itself, not for a unit with a duty.
OFFICE_RIGHTS = {"return_measure", "close_out_measure", "issue_plan", "amend_plan", "look_back"} | {
    "settle_dispute", "reassign_measure", "withdraw_measure", "grade_measure", "publish_result", "relapse_measure",
}  # fmt: skip
# What is done for a unit with a duty: whoever did it does not judge it in the same round.
UNIT_ACTS = (
    "claim", "enter_progress", "attach_evidence", "withdraw_evidence", "replace_evidence", "report_checkpoint",
    "answer_input", "merge_inputs", "request_verification", "submit", "send_back_request",
)  # fmt: skip


class MeasureFacts:
    """One measure in one person's hands, without any rule about what may be done.

    ``access`` is the person's ``permissions.access.Access``; ``now`` the moment, read once by the door.
    """

    def __init__(self, measure, *, actor, access, now):
        self.measure, self.actor, self.access, self.now = measure, actor, access, now
        self.was = MeasureState(measure.state)  # before the act; a fixed target is set before its method runs
        self.today = now.astimezone(clock.COUNTY_ZONE).date()
        self._counted = counted.of(follow_up_months=measure.follow_up_months)  # as it was when it was read

    @cached_property
    def duties(self):
        rows = list(self.measure.duties.select_related("unit").order_by("order", "pk"))
        self._counted |= counted.of(duties=rows)
        return rows

    @cached_property
    def acting_duties(self):
        return acting(self.duties)

    @cached_property
    def _open_round(self):
        """(open round or None, its sign-offs, its verifications): one statement, rows repeat for each pair."""
        rows = (
            self._rounds()
            .annotate(signed=FilteredRelation("sign_offs"), checked=FilteredRelation("verifications"))
            .select_related("signed", "checked")
        )
        rows = list(rows)
        signed = {row.signed.pk: row.signed for row in rows if getattr(row, "signed", None)}
        checked = {row.checked.pk: row.checked for row in rows if getattr(row, "checked", None)}
        return rows[0] if rows else None, _in_order(signed), _in_order(checked)

    @cached_property
    def round(self):
        return self._open_round[0]

    @cached_property
    def sign_offs(self):
        return self._open_round[1]

    @cached_property
    def verifications(self):
        return self._open_round[2]

    @cached_property
    def checkpoints(self):
        rows = list(self.measure.checkpoints.all())
        self._counted |= counted.of(checkpoints=rows)
        return rows

    def counted_before(self) -> dict:
        """What the figures count of the measure and the act has changed, as it was before."""
        read = {name: vars(self)[name] for name in ("duties", "checkpoints") if name in vars(self)}
        return counted.before(
            self._counted, counted.of(follow_up_months=self.measure.follow_up_months, **read)
        )

    @cached_property
    def extensions(self):
        """All requests for a later date, in the order of their numbers."""
        return list(self.measure.extensions.order_by("number"))

    @cached_property
    def evidence(self):
        """Evidence of the open round that counts: neither replaced by a newer version nor withdrawn."""
        if not self.round:
            return []
        rows = self.round.evidence.filter(replaced_by=None, withdrawn_at=None)
        return list(rows.select_related("file").order_by("pk"))

    @cached_property
    def requirements(self):
        """The office's checklist as far as it concerns this measure."""
        rows = EvidenceRequirement.objects.filter(office=self.measure.office_id, ended_on=None)
        return [row for row in rows if self.measure.important or not row.important_only]

    @cached_property
    def open_matters(self):
        """Names of ``matters`` that hold for it. The door sets them where it has read them along."""
        asked = matters(self.measure, now=self.now)
        row = Measure.objects.filter(pk=self.measure.pk).values_list(*map(Exists, asked.values())).get()
        return {name for name, is_there in zip(asked, row, strict=True) if is_there}

    @cached_property
    def disputes(self):
        """Those that the office has not settled. None is asked for where there can be none.

        Until work begins a dispute shows in the state; later only a lead that has not claimed can have one.
        """
        claimed = self.was == MeasureState.RECTIFYING and all(duty.claimed_at for duty in self.acting_duties)
        if claimed or self.was not in {MeasureState.DISPUTED, MeasureState.RECTIFYING}:
            return []
        return list(self.measure.disputes.filter(outcome="").select_related("unit"))

    @cached_property
    def public_notice(self):
        return PublicNotice.objects.filter(round=self.round).first()

    @cached_property
    def had_a_part(self):
        """The person worked on the measure for a unit in this round, or belonged to a unit with a duty on it."""
        if not self.round:
            return False
        if not hasattr(self.round, "had_a_part"):  # the page brings the round along without it
            self.round.had_a_part = self._rounds().values_list("had_a_part", flat=True).get()
        return self.round.had_a_part

    def _rounds(self):
        """The open round with ``had_a_part``, so that asking costs the door no statement of its own."""
        return with_part_of(self.actor, self.measure.rounds.filter(closed_at=None))

    @cached_property
    def last_round(self):
        """The open round, else the one that was closed last."""
        return self.round or self.measure.rounds.order_by("-number").first()

    @cached_property
    def follow_ups(self):
        """Follow-up records of the last round."""
        return list(self.last_round.follow_ups.order_by("due_on", "pk")) if self.last_round else []

    @cached_property
    def judged_last_round(self):
        """The person signed, verified or closed out in the last round."""
        return Round.objects.filter(judged_by(self.actor), pk=self.last_round.pk).exists()

    @cached_property
    def input_requests(self):
        """Requests for input on the measure that were not taken back, with their units."""
        rows = self.measure.input_requests.filter(cancelled_at=None)
        return list(rows.select_related("from_unit", "to_unit").order_by("due_on", "pk"))

    @cached_property
    def reporting_unit_ids(self):
        """Units that have entered progress in this round."""
        entries = self.measure.progress.order_by()
        if self.round and self.round.number > 1:
            entries = entries.filter(recorded_at__gte=self.round.opened_at)
        return set(entries.values_list("unit_id", flat=True).distinct())

    @cached_property
    def office_unit(self):
        """The door brings it along with the measure."""
        return getattr(self.measure, "office_unit", None) or self.measure.office.unit

    @cached_property
    def verifying_unit(self):
        """The office, or the designated unit where the department that houses the office has a duty."""
        housing = self.office_unit.parent_id
        if housing is not None and any(duty.unit_id == housing for duty in self.duties):
            return self.measure.plan.verifier_unit
        return self.office_unit

    def acting_unit(self, codename):
        """The unit for which the person may do this, or None.

        Unit acts are done for a unit with a duty (a lead first), office acts for the office.
        """
        if codename in {"verify_measure", "confirm_checkpoint"}:
            return self._verifying_unit_of_actor(codename)
        if codename in OFFICE_RIGHTS:
            return self.office_unit if self.access.has(codename, self.office_unit.pk) else None
        duties = (
            self.duties
            if codename in {"enter_progress", "attach_evidence", "answer_input"}
            else self.acting_duties
        )
        units = [duty.unit for duty in duties if self.access.has(codename, duty.unit_id)]
        return next(
            (unit for unit in units if not self._has_acted(codename, unit)), units[0] if units else None
        )

    def _verifying_unit_of_actor(self, codename):
        unit = self.verifying_unit
        if unit is None or unit.pk == self.office_unit.pk:
            return self.office_unit if self.access.has(codename, self.office_unit.pk) else None
        return unit if self.access.has("verify_as_designated", unit.pk) else None

    def _has_acted(self, codename, unit):
        """A person of two units is offered the one that has not acted yet."""
        claimed = any(duty.unit_id == unit.pk and duty.claimed_at for duty in self.duties)
        if codename == "claim_measure":
            return claimed
        if codename == "dispute_measure":
            return claimed or self.disputed_by(unit)
        if codename == "submit_measure":
            return self.waiting_request(unit) is None
        return codename == "request_verification" and self._signed_by(unit, SignOffKind.REQUEST) is not None

    def waiting_request(self, unit):
        """The unit's request for verification on which its head has not decided, or None."""
        approved = self._signed_by(unit, SignOffKind.SUBMIT)
        return None if approved else self._signed_by(unit, SignOffKind.REQUEST)

    def _signed_by(self, unit, kind):
        return next((s for s in self.current_sign_offs(kind) if s.unit_id == unit.pk), None)

    def disputed_by(self, unit):
        return any(row.unit_id == unit.pk for row in self.disputes)

    def current_sign_offs(self, kind):
        """Those of the present attempt that count."""
        return [
            s
            for s in self.sign_offs
            if s.kind == kind and s.attempt == self.round.attempt and s.withdrawn_at is None
        ]

    @property
    def sent_back_unit_ids(self):
        """Units whose head sent their last request of the present attempt back.

        One that was made anew answers it for good, also if it counts no more since its unit left.
        """
        kinds = (SignOffKind.REQUEST, SignOffKind.SEND_BACK)
        last = {
            s.unit_id: s.kind for s in self.sign_offs if s.attempt == self.round.attempt and s.kind in kinds
        }
        return {unit_id for unit_id, kind in last.items() if kind == SignOffKind.SEND_BACK}

    def unit_for(self, codename):
        unit = self.acting_unit(codename)
        if unit is None:
            raise NoRight
        return unit


def matters(measure, *, now) -> dict:
    """What can be open on a measure: {name: query that finds it}. Requests for input are open until they were answered
    and taken over, months are those of its plan.
    """
    mine = {"measure": measure.pk}
    return {
        "input_requests": InputRequest.objects.filter(**mine, merged_at=None, cancelled_at=None),
        "disputes": Dispute.objects.filter(**mine, outcome=""),
        "extensions": Extension.objects.filter(**mine, state__in=EXTENSION_OPEN),
        "months": owing.open_months(measure.plan_id, now),
        "signatures": standing_signatures(round__measure=measure.pk),
    }


def standing_signatures(**where):
    """What units have signed in the present attempt of open rounds, as far as it counts: requests and approvals."""
    kinds = [SignOffKind.REQUEST, SignOffKind.SUBMIT]
    return of_present_attempt(**where).filter(kind__in=kinds, withdrawn_at=None)


def of_present_attempt(**where):
    """Whatever persons put their name to in the present attempt of open rounds."""
    return SignOff.objects.filter(**where, round__closed_at=None, attempt=F("round__attempt"))


def judged_by(person) -> Q:
    """Condition on rounds: the person put their name to it there, whichever attempt and whatever came of it."""
    signed = SignOff.objects.filter(round=OuterRef("pk"), person=person)
    verified = Verification.objects.filter(round=OuterRef("pk"), verifier=person)
    return Q(closed_by=person) | Exists(signed) | Exists(verified)


def with_part_of(person, rounds):
    """The rounds, each with ``had_a_part``: whether the person had one in it."""
    rows = rounds.annotate(opened_on=TruncDate("opened_at", tzinfo=clock.COUNTY_ZONE))
    return rows.annotate(had_a_part=_had_a_part(person))


def _had_a_part(person):
    """Condition on a round: whoever moved since, or serves in two places, still has a part in it."""
    if person is None:
        return Value(False)
    relapses = (
        LogEntry.objects.filter(measure=OuterRef("measure"), act="relapse").order_by("-pk").values("pk")[:1]
    )
    work = LogEntry.objects.filter(measure=OuterRef("measure"), actor=person, act__in=UNIT_ACTS)
    work = work.filter(pk__gt=Coalesce(Subquery(relapses), 0))
    former = PastDuty.objects.filter(
        measure=OuterRef(OuterRef("measure")), ended_at__gte=OuterRef(OuterRef("opened_at"))
    )
    posts = Membership.objects.filter(person=person).filter(
        Q(ends_on=None) | Q(ends_on__gte=OuterRef("opened_on"))
    )
    posts = posts.filter(Q(unit__duties__measure=OuterRef("measure")) | Q(unit__in=former.values("unit")))
    return Exists(work) | Exists(posts)


def _in_order(rows):
    return sorted(rows.values(), key=lambda row: (row.at, row.pk))
