"""Writing the record: one entry per act, chained per office, in the act's own transaction."""

from cases.models import ChainHead, LogEntry, chain_hash
from permissions import clock
from reports.proof import canonical, digest


def digest_of(row) -> str:
    """SHA-256 of all columns of a row, for the entry's before and after."""
    values = {field.attname: str(getattr(row, field.attname)) for field in row._meta.concrete_fields}
    return digest(canonical(values))


def write_entry(*, office_id, actor, act, subject, body, now, key=None, measure_id=None) -> LogEntry:
    """Add the entry and move the chain's head. Three statements; the head is locked last of all locks.

    ``body`` is any JSON-able dict; the actor's name goes with it, because names change.
    """
    body = {**body, "actor_name": str(actor) if actor else "system"}
    if clock.is_simulated():
        body["simulated"] = True
    head = ChainHead.objects.select_for_update().filter(office_id=office_id).first()
    if head is None:
        ChainHead.objects.get_or_create(office_id=office_id)
        head = ChainHead.objects.select_for_update().get(office_id=office_id)
    fields = {
        "prev": head.hash,
        "office": office_id,
        "sequence": head.sequence + 1,
        "at": now.isoformat(),
        "actor": actor.pk if actor else None,
        "act": act,
        "object_type": subject._meta.model_name,
        "object_id": subject.pk,
        "body": canonical(body),
    }
    entry = LogEntry.objects.create(
        office_id=office_id,
        actor=actor,
        measure_id=measure_id,
        key=key,
        hash=chain_hash(**fields),
        **{
            name: fields[name]
            for name in ("prev", "sequence", "at", "act", "object_type", "object_id", "body")
        },
    )
    ChainHead.objects.filter(pk=head.pk).update(sequence=entry.sequence, hash=entry.hash)
    return entry
