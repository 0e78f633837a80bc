"""All that a measure's page shows, and the rectification that answers what may be done: six statements.

The facts are put into the ``Rectification`` as well, so asking it for the acts costs no further query.
"""

from dataclasses import dataclass
from functools import cached_property

from django.db.models import Exists, F, FilteredRelation, OuterRef, Q
from django.http import Http404
from django.utils.translation import gettext_lazy as _

from cases.errors import NoRight, NotReady, WrongState
from cases.ledger import visible_measures
from cases.models import (
    Checkpoint,
    Duty,
    Evidence,
    InstrumentKind,
    InstrumentState,
    LogEntry,
    PublicNotice,
    Round,
    SignOff,
    SignOffKind,
)
from cases.rules import rules_of
from cases.states import MeasureState
from permissions import clock
from permissions.access import access_of
from permissions.models import Office, UnitKind
from workflows.facts import judged_by
from workflows.instruments import visible_instruments
from workflows.rectification import MEASURE_ACTS, Rectification, transition_of
from workflows.sections import extensions, follow_up, inputs, roads

MOST = 2**63 - 1  # a greater number in an address is no row, and SQLite would choke on it
TRAIL = 300  # entries shown; an ordinary measure has tens


NO_MATTER = {
    "report_checkpoint": _("Every checkpoint of this measure has been reported already."),
    "confirm_checkpoint": _("No checkpoint of this measure waits to be confirmed."),
    "refuse_checkpoint": _("No checkpoint of this measure waits to be confirmed."),
    "return_for_rework": _("Nothing has been sent that could be returned."),
    "request_extension": _(
        "No checkpoint is open for which an extension could be asked, or the office allows no further one."
    ),
    "ask_input": _("No other unit has a duty on this measure."),
    "cancel_input": _("Your unit has no request that waits for an answer."),
    "answer_input": _("No request on this measure waits for an answer of your unit."),
    "merge_inputs": _("No answer waits to be taken over by your unit."),
    "set_target": _("This measure has a target already; the office can correct it."),
    "record_follow_up": _(
        "No record is due from your unit: the measure is not in follow-up, or the plan has ended."
    ),
    "record_look_back": _("This measure does not wait for a look-back."),
    "set_cadence": _("The plan has ended, and with it the follow-up."),
    **roads.NO_MATTER,
}
INPUT_ACTS = {"ask_input", "cancel_input", "answer_input", "merge_inputs", "set_target"}
# Offered where they belong on the page, not among the acts of the moment.
ELSEWHERE = {
    "set_target",
    "set_cadence",
    "cancel_input",
    "refuse_checkpoint",
    "request_extension",
    *roads.ELSEWHERE,
}
FOLLOW_UP_ACTS = {"record_follow_up", "record_look_back", "set_cadence"}


@dataclass(frozen=True)
class Choice:
    """One act: open when ``reason`` is empty, else shut with the reason why."""

    act: str
    label: str
    reason: str = ""


class Dossier:
    """One visible measure with everything about it. Errors: Http404 when the person may not see it."""

    def __init__(self, user, pk):
        if pk > MOST:
            raise Http404
        self.user, self.now = user, clock.now()
        self.today = clock.today()
        self.duties = list(
            Duty.objects.filter(measure=pk, measure__in=visible_measures(user))
            .annotate(
                office_unit=FilteredRelation(
                    "measure__office__units", condition=Q(measure__office__units__kind=UnitKind.OFFICE)
                ),
                open_round=FilteredRelation(
                    "measure__rounds", condition=Q(measure__rounds__closed_at__isnull=True)
                ),
            )
            .select_related(
                "unit", "claimed_by", "measure__problem", "measure__plan__verifier_unit", "measure__office__rules",
                "office_unit", "open_round",
            )
            .defer("measure__plan__text")
            .order_by("order", "pk")
        )  # fmt: skip
        if not self.duties:  # every measure has a duty, so none means: not visible
            raise Http404
        first = self.duties[0]
        self.measure, self.office_unit = first.measure, first.office_unit
        self.open_round = getattr(first, "open_round", None)
        for duty in self.duties:
            duty.measure = self.measure

    @property
    def state(self):
        return MeasureState(self.measure.state)

    @cached_property
    def all_checkpoints(self):
        """Also those that an amendment of the plan replaced."""
        return list(Checkpoint.with_superseded.filter(measure=self.measure))

    @property
    def checkpoints(self):
        return [row for row in self.all_checkpoints if row.superseded_on is None]

    @cached_property
    def progress(self):
        return list(self.measure.progress.select_related("unit", "author"))

    @cached_property
    def evidence(self):
        return list(
            Evidence.objects.filter(measure=self.measure)
            .select_related(
                "file", "unit", "uploaded_by", "round", "replaced_by", "requirement", "withdrawn_by"
            )
            .order_by("-uploaded_at", "-pk")
        )

    @cached_property
    def disputes(self):
        """All that were raised, the latest first."""
        if not self._tells_of("raise_dispute"):
            return []
        rows = self.measure.disputes.select_related("unit", "raised_by", "settled_by")
        return list(rows.order_by("-raised_at", "-pk"))

    def _tells_of(self, *acts):
        """Some entry of the trail is of these acts; a trail longer than is shown may be."""
        return len(self.trail) == TRAIL or any(entry.act in acts for entry in self.trail)

    @cached_property
    def past_duties(self):
        if not self._tells_of("reassign", "amend_measure"):
            return []
        rows = self.measure.past_duties.select_related("unit", "ended_by", "successor")
        return list(rows.order_by("-ended_at"))

    @cached_property
    def public_notice(self):
        """Of the open round; asked for only where one can be."""
        if self.state != MeasureState.VERIFIED or not rules_of(self.measure.office).public_notice_days:
            return None
        return PublicNotice.objects.filter(round=self.open_round).first()

    @cached_property
    def requirements(self):
        return self.rectification.requirements if self.state == MeasureState.RECTIFYING else []

    @cached_property
    def other_offices(self):
        rows = Office.objects.exclude(pk=self.measure.office_id).order_by("name")
        return [(office.pk, str(office)) for office in rows]

    @cached_property
    def extensions(self):
        """All requests for a later date, in the order of their numbers."""
        if not self._tells_of("request_extension"):
            return []
        rows = self.measure.extensions.select_related("unit", "checkpoint", "requested_by")
        return list(rows.order_by("number"))

    @cached_property
    def input_requests(self):
        """Who was asked for their part, with the answers; none is asked before the measure is issued."""
        if self.state == MeasureState.DRAFT:
            return []
        rows = self.measure.input_requests.filter(cancelled_at=None)
        return list(rows.select_related("from_unit", "to_unit", "answer").order_by("due_on", "pk"))

    @cached_property
    def follow_ups(self):
        """Follow-up records of all rounds; there are some only after a close-out."""
        if not self.closed_rounds:
            return []
        rows = self.measure.follow_ups.select_related("unit", "recorded_by").prefetch_related("files")
        return list(rows.order_by("due_on", "pk"))

    @cached_property
    def look_backs(self):
        """Places of the measure in samples of the office, the latest first."""
        if not self.closed_rounds:
            return []
        rows = self.measure.look_back_items.select_related("look_back", "checked_by")
        return list(rows.prefetch_related("files").order_by("-pk"))

    @cached_property
    def instruments(self):
        """Instruments of supervision that the person may see, the latest first; without reminders that are over."""
        gone = Q(kind=InstrumentKind.REMINDER, state=InstrumentState.LAPSED)
        rows = visible_instruments(self.user).filter(measure=self.measure).exclude(gone)
        return list(rows.select_related("unit").defer("text", "answer"))

    @cached_property
    def closed_rounds(self):
        """Ids of the rounds that were closed out; a closed round has its signatures."""
        return {s.round_id for s in self.sign_offs if s.round.closed_at}

    @cached_property
    def is_office(self):
        return self.measure.office_id in access_of(self.user).own_office_ids

    @cached_property
    def sign_offs(self):
        """Of all rounds, oldest first; each with its round and, as ``checked``, its attempt's verification.

        ``is_judges``: the reader put their name to that round.
        """
        judged = Round.objects.filter(judged_by(self.user), pk=OuterRef("round"))
        checked = FilteredRelation(
            "round__verifications", condition=Q(round__verifications__attempt=F("attempt"))
        )
        return list(
            SignOff.objects.filter(round__measure=self.measure)
            .annotate(checked=checked, is_judges=Exists(judged))
            .select_related("round__closed_by", "person", "unit", "checked__verifier", "checked__unit")
        )

    @cached_property
    def trail(self):
        """Entries about the measure and the issue of its plan or problem, newest first."""
        issue = Q(object_type="plan", object_id=self.measure.plan_id, act="issue_plan")
        issue |= Q(
            object_type="problem",
            object_id=self.measure.problem_id,
            act__in=("register_problem", "issue_problem"),
        )
        entries = LogEntry.objects.filter(Q(measure=self.measure) | issue, office=self.measure.office_id)
        return list(entries.select_related("actor").order_by("-sequence")[:TRAIL])

    @cached_property
    def rectification(self):
        found = Rectification(self.measure, actor=self.user, access=access_of(self.user), now=self.now)
        in_round = [s for s in self.sign_offs if self.open_round and s.round_id == self.open_round.pk]
        checked = {s.checked.pk: s.checked for s in in_round if getattr(s, "checked", None)}
        vars(found).update(
            duties=self.duties,
            checkpoints=self.checkpoints,
            office_unit=self.office_unit,
            reporting_unit_ids={entry.unit_id for entry in self.progress if self._is_of_open_round(entry)},
            disputes=[row for row in self.disputes if not row.outcome],
            public_notice=self.public_notice,
            evidence=self.current_evidence,
            input_requests=self.input_requests,
            extensions=self.extensions,
            round=self.open_round,
            sign_offs=in_round,
            verifications=sorted(checked.values(), key=lambda v: (v.at, v.pk)),
        )
        last = max((s.round for s in self.sign_offs), key=lambda r: r.number, default=None)
        if self.open_round is None and last:
            vars(found).update(
                last_round=last,
                follow_ups=[row for row in self.follow_ups if row.round_id == last.pk],
                judged_last_round=any(s.is_judges for s in self.sign_offs if s.round_id == last.pk),
            )
        return found

    @property
    def current_evidence(self):
        """What counts in the open round."""
        return [
            e
            for e in self.evidence
            if self.open_round
            and e.round_id == self.open_round.pk
            and not hasattr(e, "replaced_by")
            and e.withdrawn_at is None
        ]

    def _is_of_open_round(self, entry):
        opened = self.open_round
        return opened is None or opened.number == 1 or entry.recorded_at >= opened.opened_at

    # What may be done ------------------------------------------------------------------------------

    def refusal(self, act):
        """Why the person cannot do this now, as the door would say it, or None."""
        transition = transition_of(act)[0]
        if not transition.has_perm(self.rectification, self.user):
            return NoRight()
        bound = getattr(self.rectification, act)
        if not bound.can_proceed(check_conditions=False):
            return WrongState(state=self.state.label)
        if unmet := transition.get_unmet_condition(self.rectification):
            return NotReady(unmet[1].message)
        return None if self.has_matter(act) else NotReady(NO_MATTER[act])

    def choices(self):
        """[Choice] of the acts that the person's right and the state allow, the open ones first.

        Acts that have nothing to work on (no checkpoint to report, nothing sent that could be returned) are left out.
        """
        found = []
        for act in MEASURE_ACTS:
            if act in ELSEWHERE:
                continue
            refusal = self.refusal(act)
            if isinstance(refusal, NoRight | WrongState) or not self.has_matter(act):
                continue
            if refusal and act in roads.FURTHER and act != "reassign":
                continue  # one of them says that the measure has to be returned first
            found.append(Choice(act, transition_of(act)[0].label, str(refusal.message) if refusal else ""))
        return sorted(found, key=lambda choice: bool(choice.reason))

    def has_matter(self, act):
        """There is something that the act could be about."""
        if act in INPUT_ACTS:
            return inputs.matter(self, act)
        if act in roads.ACTS_WITH_MATTER:
            return roads.matter(self, act)
        if act in FOLLOW_UP_ACTS:
            return follow_up.matter(self, act)
        if act in {"report_checkpoint", "confirm_checkpoint", "refuse_checkpoint"}:
            return bool(self.checkpoints_for(act))
        if act == "request_extension":
            return extensions.may_ask(self)
        if act == "claim" and self.state == MeasureState.RECTIFYING:
            return any(not duty.claimed_at for duty in self.rectification.acting_duties)
        if act == "send_back_request":
            unit = self.rectification.acting_unit("submit_measure")
            return unit is not None and self.rectification.waiting_request(unit) is not None
        if act == "return_for_rework":
            return bool(self.rectification.current_sign_offs(SignOffKind.REQUEST))
        return True

    def requests_for(self, act):
        return inputs.requests_for(self, act)

    def checkpoints_for(self, act):
        if act == "report_checkpoint":
            return [c for c in self.checkpoints if not c.reported_on]
        return [c for c in self.checkpoints if c.reported_on and not c.met_on]
