"""What becomes of a request for a later date (延期): approve, decide, sign, refuse. It is asked for on the measure."""

from django.utils.translation import gettext_lazy as _

from cases import counted
from cases.errors import NoRight, NotReady, WrongState
from cases.ledger import visible_extensions
from cases.models import Extension, ExtensionState, Measure
from cases.rules import rules_of
from workflows.approvals import ExtensionFlow, take_step
from workflows.door import Act, register
from workflows.roads.extensions import check_limit

E = ExtensionState
# Whose turn it is in which state: the step of the flow, the right, and for the unit or for the office.
TURNS = {
    E.REQUESTED: (ExtensionFlow.approve, "approve_extension"),
    E.APPROVED: (ExtensionFlow.decide, "decide_extension"),
    E.SIGNING: (ExtensionFlow.sign, "sign_extension"),
}


def approve_extension(knock):
    """The unit's head stands behind the request; now the office decides."""

    def approve(row):
        row.state, row.approved_by, row.approved_at = E.APPROVED, knock.actor, knock.now

    _step(knock, E.REQUESTED, approve)


def decide_extension(knock):
    """The office's head grants it; from the second one granted on a measure the leader signs, too."""

    def decide(row):
        row.decided_by, row.decided_at, row.decision = knock.actor, knock.now, knock.data.get("note", "")
        granted = _granted(row)
        check_limit(rules_of(row.measure.office), granted)
        if granted:
            row.state = E.SIGNING
        else:
            _grant(knock)

    _step(knock, E.APPROVED, decide)


def sign_extension(knock):
    """The leader grants a further extension of the same measure."""

    def sign(row):
        row.signed_by, row.signed_at = knock.actor, knock.now
        check_limit(rules_of(row.measure.office), _granted(row))
        _grant(knock)

    _step(knock, E.SIGNING, sign)


def refuse_extension(knock):
    """Whoever's turn it is says no: the date stays, the request stays readable, the unit may ask anew."""

    def refuse(row):
        row.state, row.refused_by, row.refused_at = E.REFUSED, knock.actor, knock.now
        row.decision = knock.data["reason"]
        knock.details |= {"reason": row.decision}

    _step(knock, knock.subject.state, refuse)


def _step(knock, state, change):
    """Check whose turn it is and that other hands take it, then change the row and move the flow on."""
    row = knock.subject
    if row.state != state or state not in TURNS:
        raise WrongState(state=row.get_state_display())
    if knock.actor.pk in row.hands():
        raise NotReady(
            _("You took an earlier step of this extension yourself; somebody else must take this one.")
        )
    knock.measure_id = row.measure_id  # its trail tells the step
    # Beside a person's name the trail prints "unit" as the one they acted for.
    knock.details = {
        "unit" if state == E.REQUESTED else "asked_by": row.unit.name,
        "old_due_on": row.old_due_on.isoformat(),
        "new_due_on": row.new_due_on.isoformat(),
    }

    def apply():
        change(row)
        row.row_version += 1
        row.save()

    take_step(TURNS[E(state)][0], knock.actor, apply=apply, extension=row)
    knock.details["state"] = row.state


def _granted(row):
    return list(row.measure.extensions.filter(state=E.GRANTED))


def _grant(knock):
    """The step has a new date; the original one stays beside it for every figure that asks for it."""
    row = knock.subject
    if row.new_due_on < knock.today:
        raise NotReady(
            _("The new date has passed meanwhile. Refuse this request; the unit asks for another date.")
        )
    row.state = E.GRANTED
    steps = list(row.measure.checkpoints.all())
    step = next(one for one in steps if one.pk == row.checkpoint_id)
    knock.details["was"] = counted.of(checkpoints=steps)
    step.due_on = row.new_due_on
    step.save(update_fields=["due_on"])
    row.measure.refresh_next_due(steps)
    row.measure.save(update_fields=["next_due_on"])


def _to_act_on(user):
    rows = visible_extensions(user).select_related(
        "unit", "measure__plan", "measure__office__rules", "measure__problem"
    )
    return rows.defer("measure__plan__text")


def _measure_first(pk):
    """The measure is locked before what hangs on it, as everywhere; a grant moves its next date."""
    return Measure.objects.filter(extensions=pk)


def may(knock, state):
    """The person holds the right of the step that waits in this state."""
    _node, codename = TURNS[E(state)]
    unit = knock.subject.unit_id if state == E.REQUESTED else knock.office_unit.pk
    return knock.access.has(codename, unit)


def _permit(*states):
    def permit(knock):
        if not any(may(knock, state) for state in states):
            raise NoRight

    return permit


def _permit_now(knock):
    """Refusing is for whoever's turn it is; of one that is settled whoever has a turn at all learns its state."""
    state = knock.subject.state
    _permit(*([state] if state in TURNS else TURNS))(knock)


for _name, _permitted, _apply in (
    ("approve_extension", _permit(E.REQUESTED), approve_extension),
    ("decide_extension", _permit(E.APPROVED), decide_extension),
    ("sign_extension", _permit(E.SIGNING), sign_extension),
    ("refuse_extension", _permit_now, refuse_extension),
):
    register(Act(_name, Extension, _to_act_on, _permitted, _apply, lock_first=_measure_first))
