"""Whose turn it is on a measure, as a sentence for everybody who reads its page. Works on a ``Dossier``."""

from dataclasses import dataclass

from django.utils.translation import gettext_lazy as _

from cases import deadlines
from cases.models import SignOffKind
from cases.rules import rules_of
from cases.states import MeasureState
from permissions import clock
from workflows.sections import follow_up, roads


@dataclass(frozen=True)
class Turn:
    """Whose turn it is: a finished sentence, and the day until which, where there is one."""

    sentence: str
    due_on: object = None
    is_late: bool = False


def turn_of(dossier) -> Turn:
    step = {
        MeasureState.DRAFT: _to_issue,
        MeasureState.ISSUED: _to_claim,
        MeasureState.DISPUTED: _to_settle,
        MeasureState.RECTIFYING: _to_rectify,
        MeasureState.SUBMITTED: _to_verify,
        MeasureState.VERIFIED: _to_close,
        MeasureState.CLOSED: _closed,
        MeasureState.WITHDRAWN: _withdrawn,
    }[dossier.state]
    return step(dossier)


def _until(dossier, sentence, due_on=None, **names):
    return Turn(sentence % names, due_on, due_on is not None and due_on < dossier.today)


def _to_issue(dossier):
    return _until(
        dossier, _("The head of %(office)s has not issued the plan yet."), office=dossier.measure.office
    )


def _to_claim(dossier):
    waiting = [duty.unit for duty in dossier.rectification.acting_duties if not duty.claimed_at]
    return _until(dossier, _("%(units)s must claim it"), dossier.measure.claim_due_on, units=_names(waiting))


def _to_settle(dossier):
    units = _names(row.unit for row in dossier.rectification.disputes)
    return _until(dossier, _("The office must decide on the dispute of %(units)s"), units=units)


def _to_rectify(dossier):
    acts = dossier.rectification
    asked = {s.unit_id for s in acts.current_sign_offs(SignOffKind.REQUEST)} if dossier.open_round else set()
    signed = {s.unit_id for s in acts.current_sign_offs(SignOffKind.SUBMIT)} if dossier.open_round else set()
    at_work = [d.unit for d in acts.acting_duties if d.unit_id not in asked]
    at_head = [d.unit for d in acts.acting_duties if d.unit_id in asked - signed]
    due_on = dossier.measure.next_due_on
    if back := [unit for unit in at_work if unit.pk in acts.sent_back_unit_ids]:
        sentence = _(
            "%(units)s must rework it and ask for verification again: the head of %(back)s sent the request back"
        )
        return _until(dossier, sentence, due_on, units=_names(at_work), back=_names(back))
    if at_work:
        again = dossier.open_round is not None and dossier.open_round.attempt > 1
        sentence = (
            _("%(units)s must rework it and ask for verification again")
            if again
            else _("%(units)s must rectify it and ask for verification")
        )
        return _until(dossier, sentence, due_on, units=_names(at_work))
    return _until(
        dossier,
        _("The head of %(units)s must approve the request for verification"),
        due_on,
        units=_names(at_head),
    )


def _to_verify(dossier):
    unit = dossier.rectification.verifying_unit
    since = clock.local(dossier.measure.state_since).date() if dossier.measure.state_since else dossier.today
    due_on = deadlines.add_workdays(since, rules_of(dossier.measure.office).verify_workdays)
    if unit is None:
        return _until(
            dossier,
            _("The leader must name a unit that verifies, because the office's own department has a duty"),
            due_on,
        )
    return _until(dossier, _("%(unit)s must verify it"), due_on, unit=unit)


def _to_close(dossier):
    if rules_of(dossier.measure.office).public_notice_days:
        notice = dossier.public_notice
        if notice is None:
            return _until(dossier, _("It is verified; its result must be published before it is closed out"))
        if notice.ends_on >= dossier.today:
            published = _("It is verified and published; it is closed out when that time is over")
            return _until(dossier, published, notice.ends_on)
    if dossier.measure.important:
        return _until(
            dossier,
            _("It is verified; the leader of %(office)s must close it out"),
            office=dossier.measure.office,
        )
    return _until(
        dossier, _("It is verified; the head of %(office)s must close it out"), office=dossier.measure.office
    )


def _closed(dossier):
    if found := follow_up.relapse_found(dossier):
        return _until(
            dossier,
            _("%(found_by)s: it has relapsed; the head of %(office)s must decide whether it is opened again"),
            found_by=roads.SOURCES[found[0]],
            office=dossier.measure.office,
        )
    if dossier.measure.follow_up_months:
        return _until(
            dossier,
            _("Closed out on %(date)s; a long-term measure is looked at again every %(months)s months."),
            date=f"{dossier.measure.closed_on:%Y-%m-%d}",
            months=dossier.measure.follow_up_months,
        )
    return _until(dossier, _("Closed out on %(date)s."), date=f"{dossier.measure.closed_on:%Y-%m-%d}")


def _withdrawn(dossier):
    return Turn(roads.ended(dossier.measure))


def _names(units):
    return "、".join(unit.name for unit in units)
