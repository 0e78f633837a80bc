"""Writing the record: one entry per act, chained per office, in the act's own transaction."""

from functools import reduce
from operator import or_
from typing import NamedTuple

from django.db import models, transaction
from django.db.models import Exists, Q

from cases.models import ChainHead, LogEntry, chain_hash
from permissions import clock
from reports.proof import canonical, digest

HEAD = ["sequence", "hash"]


def digest_of(row) -> str:
    """SHA-256 of all columns of a row, for the entry's before and after."""
    values = {field.attname: str(getattr(row, field.attname)) for field in row._meta.concrete_fields}
    return digest(canonical(values))


class Said(NamedTuple):
    """What one entry says. ``body``: any JSON-able dict; the actor's name goes with it, because names change."""

    act: str
    subject: models.Model
    body: dict
    measure_id: int | None = None
    key: str | None = None


def who_did(acts, *subjects) -> set[int]:
    """Ids of the persons who did one of the acts on one of the rows (all of one kind). One query."""
    entries = LogEntry.objects.filter(
        act__in=acts, object_type=subjects[0]._meta.model_name, object_id__in=[row.pk for row in subjects]
    )
    return set(entries.exclude(actor=None).values_list("actor_id", flat=True))


def heads_of(office_ids, **asked) -> list[ChainHead]:
    """The heads of the offices' chains as they are, each telling of every query ``asked`` whether it finds a row.

    One statement, nothing is locked; an office without an entry has no head.
    """
    found = {name: Exists(rows) for name, rows in asked.items()}
    return list(ChainHead.objects.filter(office_id__in=office_ids).annotate(**found).order_by("office_id"))


def write_entry(*, office_id, actor, act, subject, body, now, key=None, measure_id=None) -> LogEntry:
    """Add the entry and move the chain's head. Three statements; the head is locked last of all locks."""
    said = Said(act, subject, body, measure_id, key)
    return write_entries({office_id: [said]}, actor=actor, now=now)[office_id][0]


def write_entries(said, *, actor, now, heads=()) -> dict[int, list[LogEntry]]:
    """Add one entry after the other to the chain of each office, {id: [Said]}, and move the heads.

    ``heads``: those of all these offices as ``heads_of`` read them; if nobody has moved one since, two statements do,
    however many entries and offices there are. Else the heads are locked, in the order of the ids, and read again.
    """
    if {head.office_id for head in heads} == said.keys():
        read = [(head.pk, head.sequence) for head in heads]
        written = _chained(said, heads, actor, now)
        if _moved(heads, read):
            return _saved(written)
    heads = _locked_heads(said)
    written = _chained(said, heads, actor, now)
    ChainHead.objects.bulk_update(heads, HEAD)
    return _saved(written)


def _chained(said, heads, actor, now):
    """{office id: its new entries, not yet saved}; the heads tell where they end."""
    written = {}
    for head in heads:
        entries = written[head.office_id] = []
        for one in said[head.office_id]:
            head.sequence += 1
            entries.append(_entry(one, head.hash, head.sequence, head.office_id, actor, now))
            head.hash = entries[-1].hash
    return written


def _moved(heads, read) -> bool:
    """Move all heads if each still is where it was ``read``, [(id, sequence)]; else none.

    Whoever moves one holds it to the end, so the next one waits and then finds it elsewhere.
    """
    unmoved = reduce(or_, (Q(pk=pk, sequence=sequence) for pk, sequence in read))
    with transaction.atomic(savepoint=len(heads) > 1):
        count = ChainHead.objects.filter(unmoved).bulk_update(heads, HEAD)
        if 0 < count < len(heads):
            transaction.set_rollback(True)
    return count == len(heads)


def _saved(written):
    LogEntry.objects.bulk_create(entry for entries in written.values() for entry in entries)
    return written


def _locked_heads(office_ids):
    heads = ChainHead.objects.select_for_update(no_key=True).filter(office_id__in=office_ids)
    found = list(heads.order_by("office_id"))
    if len(found) == len(office_ids):
        return found
    for office_id in sorted(office_ids):
        ChainHead.objects.get_or_create(office_id=office_id)
    return list(heads.order_by("office_id"))


def _entry(said, prev, sequence, office_id, actor, now):
    body = {**said.body, "actor_name": str(actor) if actor else "system"}
    if clock.is_simulated():
        body["simulated"] = True
    fields = {
        "prev": prev,
        "office": office_id,
        "sequence": sequence,
        "at": now.isoformat(),
        "actor": actor.pk if actor else None,
        "act": said.act,
        "object_type": said.subject._meta.model_name,
        "object_id": said.subject.pk,
        "body": canonical(body),
    }
    return LogEntry(
        office_id=office_id,
        actor=actor,
        measure_id=said.measure_id,
        key=said.key,
        hash=chain_hash(**fields),
        **{
            name: fields[name]
            for name in ("prev", "sequence", "at", "act", "object_type", "object_id", "body")
        },
    )
