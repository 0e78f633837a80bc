"""Acts on an office's own parameters, checklist and chat robots. Addresses and secrets of robots are not logged."""

from django.db.models import Max
from django.utils.translation import gettext_lazy as _

from cases.errors import NotReady, Stale
from cases.models import EvidenceRequirement, OfficeRules
from cases.rules import CHOICES, DEFAULTS, check_ladder
from permissions import clock
from permissions.models import Office, Unit
from workflows import outbox
from workflows.acts.imports import own_offices, permit_office
from workflows.door import Act, register
from workflows.models import Channel, ChannelKind, Delivery, DeliveryState


def set_rules(knock):
    """Decide parameters: ``values`` {name: value, None for the installation's default}; names left out stay.

    ``seen``: the version of the rules that was looked at, 0 where there was none. The entry keeps both values.
    """
    office, values = knock.subject, knock.data["values"]
    row = OfficeRules.objects.filter(office=office).first() or OfficeRules(office=office, row_version=0)
    if values.get("ladder"):
        check_ladder(values["ladder"])
    decide(knock, row, {name: _stored(name, values[name]) for name in DEFAULTS.keys() & values.keys()})


def decide(knock, row, values):
    """Write what differs from the ``row`` that the office has, or would have; the entry keeps both values of each."""
    _refuse_stale(row, knock.data.get("seen"))
    changed = {
        name: [getattr(row, name), value] for name, value in values.items() if getattr(row, name) != value
    }
    if not changed:
        raise NotReady(_("Nothing was changed."))
    for name in changed:
        setattr(row, name, values[name])
    row.row_version += 1
    row.changed_by, row.changed_at = knock.actor, knock.now
    row.save()
    knock.details = {"changed": changed}


def _stored(name, value):
    return (value or "") if name in CHOICES else value


def _refuse_stale(row, seen):
    if seen is not None and seen != row.row_version:
        time = clock.local(row.changed_at).strftime("%H:%M") if row.changed_at else "—"
        raise Stale(name=str(row.changed_by or "—"), time=time)


def add_requirement(knock):
    """Put a line on the checklist of evidence: from now on nothing is sent for verification without it."""
    office, label = knock.subject, knock.data["label"].strip()
    lines = EvidenceRequirement.objects.filter(office=office)
    if lines.filter(label=label, ended_on=None).exists():
        raise NotReady(_("“%(label)s” stands on the checklist already."), label=label)
    last = lines.aggregate(last=Max("order"))["last"] or 0
    important = bool(knock.data.get("important_only"))
    EvidenceRequirement.objects.create(office=office, label=label, important_only=important, order=last + 1)
    knock.details = {"label": label, "important_only": important}


def end_requirement(knock):
    """Take a line off the checklist; what was attached for it stays."""
    line = EvidenceRequirement.objects.filter(
        office=knock.subject, pk=knock.data["requirement"], ended_on=None
    ).first()
    if line is None:
        raise NotReady(_("This line is not on the checklist any more."))
    line.ended_on = knock.today
    line.save(update_fields=["ended_on"])
    knock.details = {"label": line.label}


def add_channel(knock):
    """Connect a chat robot, for the whole office or for one unit's matters."""
    office, data = knock.subject, knock.data
    kind = ChannelKind(data["kind"])
    outbox.refuse_unlisted(data["url"])
    unit = None
    if data.get("unit"):
        unit = Unit.objects.filter(office=office, pk=data["unit"]).first()
        if unit is None:
            raise NotReady(_("A chosen unit is no longer in the directory. Choose again."))
    channel = Channel.objects.create(
        office=office,
        unit=unit,
        kind=kind,
        name=data["name"].strip(),
        url=data["url"],
        secret=data.get("secret") or "",
    )
    outbox.begin(channel, knock.now)
    knock.details = _about(channel)


def renew_channel(knock):
    """Write the address and the secret of a robot anew, as when the group gave it others or the key has changed."""
    channel, data = _channel(knock), knock.data
    outbox.refuse_unlisted(data["url"])
    channel.url, channel.secret = data["url"], data.get("secret") or ""
    channel.row_version += 1
    channel.save(update_fields=["url", "secret", "row_version"])
    knock.details = _about(channel)


def switch_channel(knock):
    """Stop a chat robot or start it again."""
    channel = _channel(knock)
    channel.is_active = not channel.is_active
    channel.row_version += 1
    channel.save(update_fields=["is_active", "row_version"])
    knock.details = {**_about(channel), "active": channel.is_active}


def send_again(knock):
    """Try once more what could not be delivered: a gateway that was down is up again."""
    failed = Delivery.objects.filter(office=knock.subject, state=DeliveryState.FAILED)
    count = failed.update(state=DeliveryState.WAITING, attempts=0, not_before=knock.now, error="")
    if not count:
        raise NotReady(_("There is no message that could not be delivered."))
    knock.details = {"messages": count}


def _channel(knock):
    channel = Channel.objects.filter(office=knock.subject, pk=knock.data["channel"]).first()
    if channel is None:
        raise NotReady(_("This chat robot is not there any more."))
    return channel


def _about(channel):
    return {
        "name": channel.name,
        "kind": channel.kind,
        "host": channel.host,
        "unit": channel.unit.name if channel.unit else "",
    }


for _name, _apply in (
    ("set_rules", set_rules),
    ("add_requirement", add_requirement),
    ("end_requirement", end_requirement),
    ("add_channel", add_channel),
    ("renew_channel", renew_channel),
    ("switch_channel", switch_channel),
    ("send_again", send_again),
):
    register(Act(_name, Office, own_offices, permit_office("set_rules"), _apply))
