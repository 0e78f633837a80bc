"""The one door: every act of every page, command and job passes here, in this order:

lock, scope (404), right (403), known key → the earlier result, stale version (409), state and conditions (409),
change, save, log; mail and jobs wait for the commit. Nothing else changes a state.
"""

import hashlib
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import cached_property
from typing import NoReturn

from django.db import OperationalError, connection, models, transaction
from django.db.models import FilteredRelation, Q
from viewflow.fsm import TransitionNotAllowed

from cases import evidence, files, likeness
from cases.errors import Busy, NoRight, NotReady, NotVisible, Stale, WrongState
from cases.ledger import visible_measures
from cases.models import LogEntry, Measure
from permissions import clock
from permissions.access import NotAllowed, fresh_access
from permissions.models import Unit, UnitKind
from reports.proof import canonical, digest
from workflows import notices, owing
from workflows.facts import matters
from workflows.record import Said, digest_of, heads_of, write_entries
from workflows.rectification import MEASURE_ACTS, Rectification


@dataclass
class Knock:
    """One act under way: what an ``apply`` function works on."""

    act: str
    actor: object  # User, or None for the system
    access: object  # permissions.access.Access, or None for the system
    now: object
    subject: models.Model
    data: dict
    details: dict = field(default_factory=dict)  # goes into the log entry
    evidence_digests: list = field(default_factory=list)
    said: list = field(default_factory=list)  # entries about other rows, beside the act's own
    heads: list = field(default_factory=list)  # of the chains it writes into, as they were when it began
    found: set | None = None  # names of what the act ``asks`` that find a row; None: it was not read
    measure_id: int | None = None  # on whose trail the entry stands, where the subject is no measure itself

    @property
    def today(self):
        return self.now.astimezone(clock.COUNTY_ZONE).date()

    @cached_property
    def office_unit(self):
        return Unit.of_office(self.subject.office_id)

    def require(self, codename, unit_id):
        if self.actor is not None and not self.access.has(codename, unit_id):
            raise NoRight


@dataclass(frozen=True)
class Act:
    """How one act finds, guards and changes its subject.

    ``visible(user)`` gives the queryset of the scope; ``permit(knock)`` raises NoRight; ``apply(knock)`` checks
    state and conditions, changes and saves, and may return another subject as the result.
    """

    name: str
    model: type[models.Model]
    visible: Callable
    permit: Callable
    apply: Callable
    related: tuple[str, ...] = ()  # read together with the subject
    prepare: Callable | None = None  # data → data, before any lock: slow work on what came in
    lock_first: Callable | None = None  # pk → rows to be locked before the subject, where it hangs on them
    together: Callable | None = None  # data → ids of further rows of the model that the act changes, too
    asks: Callable | None = None  # knock → {name: query}: which of them find a row is read beforehand
    also_in: Callable | None = None  # data → ids of the other offices into whose records it writes
    earlier: Callable | None = None  # subject → LogEntry or None, where the act done twice is done once
    by_person: bool = True
    by_system: bool = False  # actor=None: a job; the log says so


@dataclass(frozen=True)
class Outcome:
    subject: models.Model
    entry: LogEntry
    repeated: bool = False


ACTS: dict[str, Act] = {}


def register(act: Act):
    ACTS[act.name] = act
    return act


def perform(subject_pk, act, *, actor, version=None, key=None, **data) -> Outcome:
    """Do one act, or refuse it whole.

    Shape: ``Outcome``; ``repeated`` when the same form (``key``) was sent before, which is then the earlier result.
    Errors: the ``Refused`` family, each with its HTTP status; after one nothing has changed.
    """
    declared = ACTS[act]
    if not (declared.by_system if actor is None else declared.by_person):
        raise NoRight
    access = fresh_access(actor) if actor else None
    key = _sent_once(key, act, subject_pk, actor, data)
    if declared.prepare:
        data = declared.prepare(data)
    asked = (declared, subject_pk, actor, access, version, key, data)
    try:
        return _perform(*asked)
    except OperationalError as error:
        if "deadlock" not in str(error) or connection.in_atomic_block:
            _give_up(error)
    # Of two that waited for each other one was let through: now it can be said what that changed.
    try:
        return _perform(*asked)
    except OperationalError as error:
        _give_up(error)


def _give_up(error) -> NoReturn:
    if "lock" in str(error):
        raise Busy from error
    raise error


def _sent_once(key, act, subject_pk, actor, data):
    """The form's key together with all that it asks for: only the very same wish is a repetition.

    A browser's way back shows a form whose key is spent; another text in it is another act.
    """
    if not key:
        return None
    return digest(canonical([key, act, subject_pk, actor.pk if actor else None, _plain(data)]))


def _plain(value):
    if isinstance(value, dict):
        return {str(name): _plain(item) for name, item in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(item) for item in value]
    return hashlib.sha256(value).hexdigest() if isinstance(value, bytes) else str(value)


def _perform(declared, subject_pk, actor, access, version, key, data):
    act = declared.name
    with transaction.atomic():
        now = clock.now()
        subject = _locked(declared, subject_pk, actor, data)
        knock = Knock(act, actor, access, now, subject, data)
        try:
            declared.permit(knock)
        except NotAllowed as not_allowed:
            raise NoRight from not_allowed
        if earlier := _done_before(declared, knock, key):
            return Outcome(_result_of(earlier, subject), earlier, repeated=True)
        _refuse_stale(subject, version)
        before = digest_of(subject)
        try:
            result = declared.apply(knock) or subject
        except TransitionNotAllowed as refused:
            raise _translated(refused, subject) from refused
        notices.tell(knock, result)
        measure_id = subject.pk if isinstance(subject, Measure) else knock.measure_id
        own = Said(act, result, _body(knock, before, result), measure_id, key)
        return Outcome(result, _record(knock, own))


def _record(knock, own):
    """The act's own entry first, then what it did to other rows, each in the chain of its office."""
    said = {_office_id(knock.subject): [own]}
    for one in knock.said:
        said.setdefault(_office_id(one.subject), []).append(one)
    written = write_entries(said, actor=knock.actor, now=knock.now, heads=knock.heads)
    return written[_office_id(knock.subject)][0]


def _locked(declared, pk, actor, data):
    if declared.lock_first:
        list(declared.lock_first(pk).select_for_update(of=("self",), no_key=True).values_list("pk"))
    rows = declared.model.objects.all() if actor is None else declared.visible(actor)
    if declared.related:  # without a name select_related() would follow every relation
        rows = rows.select_related(*declared.related)
    rows = rows.select_for_update(of=("self",), no_key=True)
    # In the order of their ids, so that two acts on the same rows wait for each other only at the first.
    ids = {pk, *declared.together(data)} if declared.together else {pk}
    found = {row.pk: row for row in rows.filter(pk__in=ids).order_by("pk")}
    if pk not in found:
        raise NotVisible
    subject = found.pop(pk)
    if declared.together:
        subject.locked_with = found
    return subject


def _done_before(declared, knock, key):
    """The entry of this very act: of the same form, or by any form where the act is done only once."""
    entry, subject = None, knock.subject
    if key and _is_known(declared, knock, key):
        entry = _with_key(_office_id(subject), key).first()
    return entry or (declared.earlier and declared.earlier(subject))


def _with_key(office_id, key):
    return LogEntry.objects.filter(office_id=office_id, key=key)


def _is_known(declared, knock, key):
    """Whether the record has the form's key; what else the act has to read beforehand comes in the same statement."""
    own = _office_id(knock.subject)
    asked = declared.asks(knock) if declared.asks else {}
    others = declared.also_in(knock.data) if declared.also_in else ()
    knock.heads = heads_of({own, *others}, is_known=_with_key(own, key), **asked)
    if not knock.heads:  # a record without an entry
        return False
    if asked:
        knock.found = {name for name in asked if getattr(knock.heads[0], name)}
    return knock.heads[0].is_known


def _office_id(subject):
    return subject.pk if subject._meta.label == "permissions.Office" else subject.office_id


def _refuse_stale(subject, version):
    if version is None or version == getattr(subject, "row_version", version):
        return
    last = (
        LogEntry.objects.filter(object_type=subject._meta.model_name, object_id=subject.pk)
        .select_related("actor")
        .order_by("-sequence")
        .first()
    )
    name = str(last.actor) if last and last.actor else "—"
    time = clock.local(last.at).strftime("%H:%M") if last else "—"
    raise Stale(name=name, time=time)


def _translated(refused, subject):
    """viewflow's refusals in our words: a condition gives its own reason, a wrong state its name."""
    if message := getattr(refused, "unmet_message", ""):
        return NotReady(message)
    return WrongState(state=subject.get_state_display())


def _body(knock, before, result):
    body = {"before": before, "after": digest_of(result), **knock.details}
    if knock.evidence_digests:
        body["evidence"] = knock.evidence_digests
    if knock.access and knock.access.used:  # the right came from a colleague who is away
        body["on_behalf_of"] = [
            {"delegation": pk, "name": held.lent_by, "role": held.role}
            for pk, held in sorted(knock.access.used.items())
        ]
    return body


def _result_of(entry, subject):
    """The subject that the earlier act ended with: usually the same, else the one its entry names."""
    if entry.object_type == subject._meta.model_name:
        return subject
    from django.apps import apps  # only here, for the rare second click on an act that made something new

    for app in ("cases", "reports", "permissions"):
        if entry.object_type in apps.all_models[app]:
            return apps.get_model(app, entry.object_type).objects.get(pk=entry.object_id)
    return subject


# Acts on a measure ------------------------------------------------------------------------------------


def _rectification(knock):
    if not hasattr(knock, "rectification"):
        knock.rectification = Rectification(
            knock.subject, actor=knock.actor, access=knock.access, now=knock.now
        )
    return knock.rectification


def _permit_measure(knock):
    transitions = list(getattr(Rectification, knock.act).get_transitions())
    if not transitions[0].has_perm(_rectification(knock), knock.actor):
        raise NoRight


def _apply_measure(knock):
    measure, rectification = knock.subject, _rectification(knock)
    state = measure.state
    if knock.found is not None:
        rectification.open_matters = knock.found
    getattr(rectification, knock.act)(**knock.data)
    measure.row_version += 1
    measure.save()
    knock.details = {**rectification.details}
    if measure.state != state:
        knock.details |= {"from": state, "to": measure.state}
    if was := rectification.counted_before():
        knock.details["was"] = was
    knock.evidence_digests, knock.said = rectification.evidence_digests, rectification.said
    if knock.act in owing.CHANGES_DUTIES and "months" in rectification.open_matters:
        owing.keep_filings(knock, measure.plan_id)


def _matters(knock):
    return matters(knock.subject, now=knock.now)


def _taker(data):
    return [data["office"]]


def _prepare_files(data):
    """Check and write the bytes before anything is locked: writing is slow, and a refused file leaves no row."""
    if "files" not in data:
        return data
    uploads = [(*evidence.check(name, content), content) for name, content in data["files"]]
    for _name, _media_type, content in uploads:
        files.write(content)
    return {**data, "files": [(*upload, likeness.looks_of(upload[2], upload[1])) for upload in uploads]}


def _apply_with_files(knock):
    if "files" in knock.data:
        names = [name for name, *_content in knock.data["files"]]
        contents = [(content, media_type, looks) for _name, media_type, content, looks in knock.data["files"]]
        stored = files.store_all(knock.subject.office_id, contents)
        knock.data["files"] = list(zip(names, stored, strict=True))
    _apply_measure(knock)


def _merged_into(data):
    return [data["into"]]


def _measures_to_act_on(user):
    """With the plan, the office and the office's own unit, which most acts ask for: one statement, not four."""
    own_unit = FilteredRelation("office__units", condition=Q(office__units__kind=UnitKind.OFFICE))
    return (
        visible_measures(user)
        .annotate(office_unit=own_unit)
        .select_related("office__rules", "office_unit", "plan__verifier_unit")
        .defer("plan__text")
    )


for _name in MEASURE_ACTS:
    register(
        Act(
            name=_name,
            model=Measure,
            visible=_measures_to_act_on,
            permit=_permit_measure,
            apply=_apply_with_files,
            related=("problem",) if _name == "transfer" else (),
            together=_merged_into if _name == "merge" else None,
            asks=_matters if _name in owing.CHANGES_DUTIES else None,
            also_in=_taker if _name == "transfer" else None,
            prepare=_prepare_files,
        )
    )
