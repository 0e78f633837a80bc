"""One act on many measures (批量办理): tried first, then done, each row through the same door with its own entry.

A row is one knock at the door: a measure, one of its reported steps, its waiting extension, one of its units, or a
proposed instrument.
"""

from collections.abc import Callable
from dataclasses import dataclass, field

from django.db import transaction
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from cases.errors import NotVisible, Refused
from cases.ledger import acting, visible_measures
from cases.models import (
    Checkpoint,
    Duty,
    Extension,
    ExtensionState,
    Instrument,
    InstrumentKind,
    InstrumentState,
    Measure,
)
from cases.models.roads import EXTENSION_OPEN
from permissions.access import access_of
from permissions.models import Unit
from workflows.door import perform
from workflows.instruments import visible_instruments

MOST = 300  # measures at once: some seconds of one web process


@dataclass(frozen=True)
class Row:
    """One knock: ``pk`` is of the act's subject. ``what`` names it beside the measure's number."""

    measure_id: int | None  # None: the row is an instrument
    number: str
    text: str
    act: str = ""  # empty: there is nothing on this measure that the act could be about
    pk: int = 0
    version: int | None = None
    what: str = ""
    data: dict = field(default_factory=dict)

    @property
    def key(self):
        extra = "-".join(str(self.data[name]) for name in sorted(self.data) if name in {"checkpoint", "unit"})
        return f"{self.act}:{self.pk}:{extra}"

    @property
    def url(self):
        if self.measure_id is None:
            return reverse("workflows:instrument", args=[self.pk])
        return reverse("workflows:measure", args=[self.measure_id])


@dataclass(frozen=True)
class Result:
    row: Row
    refusal: str = ""  # empty: allowed, or done
    repeated: bool = False  # it had been done by the same form before

    @property
    def done(self):
        return not self.refusal


NOTHING_TO_CONFIRM = _("No checkpoint of this measure waits to be confirmed.")
NO_EXTENSION = _("No extension of this measure waits for you.")
NO_ACTING_UNIT = _("No unit is at work on this measure.")


def _each(act):
    """One knock for each measure."""

    def rows(measures, user, data):
        return [Row(m.pk, m.number, m.text, act, m.pk, m.row_version, data=dict(data)) for m in measures]

    return rows


def _moved(measures, user, data):
    """One knock for each measure, with the units and what ends with it. Two queries."""
    unit = Unit.objects.in_bulk([data["from_unit"], data["to_unit"]])
    change = f"{unit[data['from_unit']].name} → {unit[data['to_unit']].name}"
    waiting = Extension.objects.filter(unit=data["from_unit"], state__in=EXTENSION_OPEN)
    lapses = set(waiting.values_list("measure", flat=True))
    ends = _("%(change)s; its request for a later date lapses") % {"change": change}
    return [
        Row(
            m.pk, m.number, m.text, "reassign", m.pk, m.row_version,
            what=ends if m.pk in lapses else change, data=dict(data),
        )
        for m in measures
    ]  # fmt: skip


def _reported(measures, user, data):
    """One knock for each step that waits to be confirmed."""
    steps = Checkpoint.objects.filter(
        measure__in=[m.pk for m in measures], reported_on__isnull=False, met_on=None
    )
    return _joined(
        measures,
        steps.order_by("due_on", "pk"),
        lambda m, step, first: Row(
            m.pk, m.number, m.text, "confirm_checkpoint", m.pk, m.row_version if first else None,
            what=f"{step.due_on:%Y-%m-%d}", data={"checkpoint": step.pk},
        ),
    )  # fmt: skip


def _extensions(act_on):
    """One knock for each extension that waits for the office: its head's decision, or the leader's signature."""

    def rows(measures, user, data):
        access = access_of(user)
        turns = {
            ExtensionState.APPROVED: ("decide_extension", "decide_extension"),
            ExtensionState.SIGNING: ("sign_extension", "sign_extension"),
        }
        mine = [state for state, (_act, right) in turns.items() if access.has(right)]
        waiting = Extension.objects.filter(measure__in=[m.pk for m in measures], state__in=mine)
        return _joined(
            measures,
            waiting.select_related("unit").order_by("pk"),
            lambda m, one, first: Row(
                m.pk, m.number, m.text, act_on or turns[one.state][0], one.pk, one.row_version,
                what=f"{one.unit.name} {one.old_due_on:%Y-%m-%d} → {one.new_due_on:%Y-%m-%d}", data=dict(data),
            ),
        )  # fmt: skip

    return rows


def _remind(measures, user, data):
    """A reminder for each acting unit."""
    duties = Duty.objects.filter(measure__in=[m.pk for m in measures]).select_related("unit")
    of: dict[int, list] = {}
    for duty in duties.order_by("order", "pk"):
        of.setdefault(duty.measure_id, []).append(duty)
    found = [duty for mine in of.values() for duty in acting(mine)]
    return _joined(
        measures,
        found,
        lambda m, duty, first: Row(
            m.pk, m.number, m.text, "supervise", m.pk, m.row_version if first else None, what=duty.unit.name,
            data={**data, "unit": duty.unit_id, "kind": InstrumentKind.REMINDER.value},
        ),
    )  # fmt: skip


def _joined(measures, parts, make):
    """The rows of each measure in the order of ``measures``; without any, one that says so."""
    of: dict[int, list] = {}
    for part in parts:
        of.setdefault(part.measure_id, []).append(part)
    found = []
    for measure in measures:
        mine = of.get(measure.pk, ())
        found += [make(measure, part, part is mine[0]) for part in mine]
        if not mine:
            found.append(Row(measure.pk, measure.number, measure.text))
    return found


def _issue(instruments, user, data):
    """Each instrument goes out with the words that stand in it, numbered for itself."""
    return [
        Row(
            None, row.measure.number if row.measure else "", row.text, "issue_instrument", row.pk, row.row_version,
            what=f"{row.unit} · {row.get_kind_display()}", data=dict(data),
        )
        for row in instruments
    ]  # fmt: skip


def _measures(user, pks):
    """In the plan's order."""
    measures = visible_measures(user).filter(pk__in=pks).order_by("-plan_id", "order")
    return measures.only("pk", "number", "text", "row_version")


def _proposed(user, pks):
    rows = visible_instruments(user).filter(pk__in=pks, state=InstrumentState.PROPOSED)
    return rows.select_related("unit", "measure").order_by("unit", "due_on", "pk")


@dataclass(frozen=True)
class Bulk:
    """``rows(subjects, user, data)``: the knocks. ``nothing``: why a measure without one is left out."""

    rows: Callable
    nothing: str = ""
    subjects: Callable = _measures  # (user, pks) → queryset of what was chosen and is seen


KNOCKS = {
    "confirm_checkpoint": Bulk(_reported, NOTHING_TO_CONFIRM),
    "grant_extension": Bulk(_extensions(None), NO_EXTENSION),
    "refuse_extension": Bulk(_extensions("refuse_extension"), NO_EXTENSION),
    "remind": Bulk(_remind, NO_ACTING_UNIT),
    "reassign": Bulk(_moved),
    "set_grade": Bulk(_each("set_grade")),
    "issue_instrument": Bulk(_issue, subjects=_proposed),
}


def rows_of(name, pks, *, user, data) -> list[Row]:
    """The knocks of what was chosen; what the person does not see is left out. Two queries."""
    bulk = KNOCKS[name]
    return bulk.rows(list(bulk.subjects(user, pks)), user, data)


# Trying and doing ---------------------------------------------------------------------------------------


def tried(name, rows, *, user) -> list[Result]:
    """What would happen to each row by itself: every act is done and taken back at once."""
    return [_knock(name, row, user, keep=False) for row in rows]


def done(name, rows, *, user, key) -> list[Result]:
    """Do what is allowed, row by row: each is an act of its own. The same ``key`` again changes nothing."""
    return [_knock(name, row, user, key=key) for row in rows]


class _Undone(Exception):
    def __init__(self, results):
        self.results = results


def done_together(name, rows, *, user, key) -> tuple[bool, list[Result]]:
    """All rows or none: (whether they were done, [Result]). The first refusal takes everything back.

    All rows are locked in one order before the first act: afterwards the record is locked until the end, and
    nobody may wait for it with a row in hand that a later act needs.
    """
    try:
        with transaction.atomic():
            _lock(Measure, {row.measure_id for row in rows if row.measure_id})
            _lock(Instrument, {row.pk for row in rows if not row.measure_id})
            results = [_knock(name, row, user, key=key) for row in rows]
            if not all(result.done for result in results):
                raise _Undone(results)
    except _Undone as undone:
        return False, undone.results
    return True, results


def _lock(model, pks):
    if pks:
        wanted = model.objects.filter(pk__in=pks).order_by("pk")
        list(wanted.select_for_update(of=("self",), no_key=True).values_list("pk"))


def _knock(name, row, user, *, key=None, keep=True):
    if not row.act:
        return Result(row, str(KNOCKS[name].nothing))
    try:
        with transaction.atomic():
            sent = f"{key}:{row.key}" if key else None
            outcome = perform(row.pk, row.act, actor=user, version=row.version, key=sent, **row.data)
            if not keep:
                transaction.set_rollback(True)
    except NotVisible:
        return Result(row, str(_("This measure is not there any more, or you do not see it.")))
    except Refused as refused:
        return Result(row, str(refused.message))
    return Result(row, repeated=outcome.repeated)
