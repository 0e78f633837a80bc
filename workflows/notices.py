"""Telling people of an act, in the act's own transaction; whom and in which words stands in ``workflows.tellings``.

A notice only tells: it is on the desk at once, and the outbox makes mail and chat messages of it later.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field

from django.conf import settings
from django.core.exceptions import EmptyResultSet
from django.db import connection
from django.db.models import Exists, OuterRef, Q, Value
from django.db.models.functions import Cast
from django.utils import translation
from django.utils.formats import date_format
from django.utils.translation import gettext as _

from cases.models import Notice
from cases.presenters import shortened
from permissions.models import Delegation, Membership, Role, User
from workflows.tellings import BESIDE, TELLINGS, WORDS, measure_of, office_of

OF_A_MONTH = {"reportingperiod", "filing", "monthlyreport", "bulletin", "mention"}


@dataclass(frozen=True)
class Note:
    """What one person should know. ``key`` makes it exactly one."""

    person_id: int
    key: str
    kind: str
    params: dict = field(default_factory=dict)
    measure_id: int | None = None
    instrument_id: int | None = None
    url: str = ""


def write(notes: Iterable[Note], *, office, now):
    """Keep notices of which each says something of its own. One statement."""
    rows = [
        Notice(
            office_id=office.pk,
            person_id=note.person_id,
            key=note.key[:120],
            kind=note.kind,
            params=note.params,
            measure_id=note.measure_id,
            instrument_id=note.instrument_id,
            url=note.url,
            created_at=now,
        )
        for note in notes
    ]
    Notice.objects.bulk_create(rows, ignore_conflicts=True)


def write_alike(told):
    """Keep notices; ``told``: (people, values of the notice that all of them get), each with the same names.

    An INSERT from a SELECT, one statement for all. Django has no such call; acts are counted in statements, and to
    read the people first would be one more.
    """
    selects, params = [], []
    for users, values in told:
        fields = {name: Notice._meta.get_field(name) for name in values}
        said = {f"said_{name}": _constant(fields[name], value) for name, value in values.items()}
        selected = users.order_by().annotate(**said).values_list("pk", *said)
        try:
            sql, its_params = selected.query.get_compiler(connection=connection).as_sql()
        except EmptyResultSet:
            continue
        selects.append(sql)
        params += its_params
    if not selects:
        return
    quote = connection.ops.quote_name
    columns = ", ".join(quote(name) for name in ("person_id", *(field.column for field in fields.values())))
    rows = " UNION ALL ".join(selects)
    with connection.cursor() as cursor:
        cursor.execute(
            f"INSERT INTO {quote(Notice._meta.db_table)} ({columns}) {rows} ON CONFLICT DO NOTHING", params
        )


def _constant(column, value):
    """NULL says its type, since a UNION takes it for text."""
    field = _plain(column)
    return Cast(Value(None), field) if value is None else Value(value, output_field=field)


def _plain(column):
    """A field that only says how a value is written; a foreign key is written as what it points to."""
    return (column.target_field if column.is_relation else column).__class__()


def people(where: Q, *, today):
    """[(person id, unit id, role, name)] of live memberships, and of those who stand in for them. One query."""
    members = _members(where, today)
    own = members.values_list("person_id", "unit_id", "role", "person__name")
    lent = _delegations(members, today).values_list(
        "deputy_id", "membership__unit_id", "membership__role", "deputy__name"
    )
    return list(own.union(lent).order_by("person_id", "unit_id", "role"))


def _members(where, today):
    return Membership.objects.live(today).filter(where, person__is_active=True).order_by()


def _delegations(members, today):
    """Those by which somebody stands in for one of the members today and still serves in the unit."""
    serves = Membership.objects.live(today).filter(
        person=OuterRef("deputy"), unit=OuterRef("membership__unit")
    )
    return Delegation.objects.live(today).filter(Exists(serves), membership__in=members).order_by()


def _people(where, today):
    """The members and their deputies as accounts. Lazy."""
    members = _members(where, today)
    deputies = _delegations(members, today).values("deputy")
    return User.objects.filter(Q(pk__in=members.values("person")) | Q(pk__in=deputies))


def tell(knock, result):
    """Write what this act gives others to know; whoever acts knows already. One statement, none for most acts."""
    told = []
    if telling := TELLINGS.get(knock.act):
        told += _told(knock, knock.act, telling, result)
    for one in knock.said:
        if telling := BESIDE.get(one.act):
            told += _told(knock, one.act, telling, one.subject, beside=True)
    write_alike(told)


def _told(knock, act, telling, result, *, beside=False):
    subject = result if beside or hasattr(result, "get_absolute_url") else knock.subject
    url = telling.url(result) if telling.url else subject.get_absolute_url()
    for who, address in ((telling.who, url), (telling.leavers, "")):
        where = who and who(knock, result)
        if where is None:
            continue
        users = _people(where, knock.today)
        yield (
            users.exclude(pk=knock.actor.pk) if knock.actor else users,
            {
                "office_id": result.office_id if beside else office_of(knock),
                "key": f"{act}:{result._meta.model_name}:{result.pk}:{knock.now:%Y%m%d%H%M%S%f}",
                "kind": act,
                "params": params_of(knock, result),
                "measure_id": result.pk if beside else measure_of(knock, result),
                "instrument_id": result.pk if result._meta.model_name == "instrument" else None,
                "url": address,
                "created_at": knock.now,
            },
        )


def params_of(knock, result):
    """What the words need; names, no ids: the notice stays true when its subject is gone."""
    reason = knock.details.get("reason") or knock.data.get("reason") or ""
    return {"what": named(result), "reason": shortened(str(reason), 200), "by": str(knock.actor or "")}


def named(subject):
    """The measure by number and words, also that of an extension or instrument. No query."""
    kind = subject._meta.model_name
    if kind in OF_A_MONTH:
        return _month(subject)
    if kind == "delegation":
        return _delegation(subject)
    measure = subject if kind == "measure" else subject._state.fields_cache.get("measure")
    if measure is None:
        return str(subject)
    about = f"{measure.number} {shortened(measure.text, 60)}"
    return f"{subject} · {about}" if kind == "instrument" else about


def _month(row):
    """A period, or what belongs to one: its unit, if it has one, and the month."""
    row, unit = (row.bulletin, row.unit) if hasattr(row, "bulletin") else (row, getattr(row, "unit", ""))
    # In the county's language, like all that is kept in a notice.
    with translation.override(settings.LANGUAGE_CODE):
        month = date_format(getattr(row, "period", row).month, "YEAR_MONTH_FORMAT")
        return f"{unit} {month}".strip()


def _delegation(row):
    with translation.override(settings.LANGUAGE_CODE):
        days = f"{row.starts_on:%Y-%m-%d} — {row.ends_on:%Y-%m-%d}"
        return f"{row.membership.person} · {row.membership.unit} · {Role(row.membership.role).label} · {days}"


def words_of(kind, params):
    return (str(WORDS[kind]) % {"what": "", "reason": "", **params}).strip()


def line_of(notice):
    """What the person reads, in the language that is active."""
    if notice.kind in WORDS:
        return words_of(notice.kind, notice.params)
    return _("Something has changed: %(what)s") % {"what": notice.params.get("what", "")}


def unread_of(user):
    return Notice.objects.filter(person=user, read_at=None)
