"""Messages on their way out: made of the notices, sent by the worker, tried again, given up visibly.

A notice is written in the transaction of the act that causes it, so none is lost and no act waits for a gateway.

Nothing goes to a host that nobody configured. A gateway that is down delays its messages and nothing else.
"""

import base64
import hashlib
import hmac
import json
import logging
import ssl
import urllib.request
from datetime import datetime, timedelta
from urllib.parse import quote_plus, urlsplit

from django.conf import settings
from django.core.mail import EmailMessage, get_connection
from django.db import transaction
from django.db.models import F
from django.utils import translation
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from cases.errors import NotReady
from cases.models import Notice
from cases.rules import rules_of
from permissions import clock
from permissions.models import Office
from reports.proof import canonical, digest
from workflows.models import Channel, ChannelKind, Delivery, DeliveryState
from workflows.notices import line_of
from workflows.tellings import CHAT

logger = logging.getLogger(__name__)
ATTEMPTS = 8  # the last one about two days after the first
FIRST_WAIT, LONGEST_WAIT = timedelta(minutes=2), timedelta(hours=24)
AT_ONCE = 200  # messages of one run
TIMEOUT = 10  # seconds that a gateway has
MOST_TEXT = 1800  # bytes of a robot's message; the least of the three takes 2048
MOST_LINES = 50  # notices that one mail names
CATCH_UP_DAYS = 3  # digests that are made up for after downtime
CHAT_WINDOW = timedelta(hours=24)  # older news no robot tells


def refuse_unlisted(url):
    """A robot's address must lie on a host that the installation allows, and be read by TLS."""
    parts = urlsplit(url)
    if parts.scheme != "https" or parts.hostname not in settings.XIAOHAO_WEBHOOK_HOSTS or parts.username:
        raise NotReady(
            _(
                "Messages may only go to the hosts that the system administrator allows "
                "(XIAOHAO_WEBHOOK_HOSTS), by https. “%(host)s” is none of them."
            ),
            host=parts.hostname or url[:60],
        )


def unreadable():
    """Why a robot is not reached: what was sealed is lost with the key."""
    return _(
        "The secret key of the installation (XIAOHAO_SECRET_KEY) has changed since the address was entered, so "
        "it cannot be read. Enter the address and the secret again under “Chat robots”."
    )


# Formats of the three robots: pure ----------------------------------------------------------------------


def wecom_message(text: str) -> dict:
    """企业微信: the key stands in the address, nothing is signed."""
    return {"msgtype": "text", "text": {"content": text}}


def dingtalk_message(text: str) -> dict:
    return {"msgtype": "text", "text": {"content": text}}


def dingtalk_signature(secret: str, millisecond: int) -> str:
    """加签: HMAC-SHA256 keyed by the secret over “time, line feed, secret”, base64."""
    said = f"{millisecond}\n{secret}".encode()
    return base64.b64encode(hmac.new(secret.encode(), said, hashlib.sha256).digest()).decode()


def feishu_signature(secret: str, second: int) -> str:
    """签名校验: HMAC-SHA256 keyed by “time, line feed, secret” over nothing, base64."""
    key = f"{second}\n{secret}".encode()
    return base64.b64encode(hmac.new(key, b"", hashlib.sha256).digest()).decode()


def feishu_message(text: str) -> dict:
    return {"msg_type": "text", "content": {"text": text}}


def request_of(kind: str, url: str, secret: str, text: str, now: datetime) -> tuple[str, dict]:
    """(address, JSON) that the robot is sent; signed where it has a secret."""
    text = cut(text)
    if kind == ChannelKind.DINGTALK:
        if secret:
            millisecond = int(now.timestamp() * 1000)
            sign = quote_plus(dingtalk_signature(secret, millisecond))
            url = f"{url}{'&' if '?' in url else '?'}timestamp={millisecond}&sign={sign}"
        return url, dingtalk_message(text)
    if kind == ChannelKind.FEISHU:
        body = feishu_message(text)
        if secret:
            second = int(now.timestamp())
            body = {"timestamp": str(second), "sign": feishu_signature(secret, second), **body}
        return url, body
    return url, wecom_message(text)


def cut(text: str, limit=MOST_TEXT) -> str:
    """At most ``limit`` bytes, a character never torn."""
    data = text.encode()
    return text if len(data) <= limit else data[: limit - 3].decode(errors="ignore") + "…"


def refusal_of(answer: dict) -> str:
    """What the robot's answer complains of, "" when it took the message. They say so with HTTP 200."""
    code = answer.get("errcode", answer.get("code", answer.get("StatusCode")))
    if code == 0:
        return ""
    return str(answer.get("errmsg") or answer.get("msg") or answer.get("StatusMessage") or answer)[:300]


# When ---------------------------------------------------------------------------------------------------


def digest_slot(now: datetime, at) -> datetime:
    """The moment of the next mail to a person: today's ``at`` (county time), else tomorrow's."""
    local = now.astimezone(clock.COUNTY_ZONE)
    slot = local.replace(hour=at.hour, minute=at.minute, second=0, microsecond=0)
    return slot if local < slot else slot + timedelta(days=1)


def after_quiet(moment: datetime, quiet) -> datetime:
    """The moment itself, or the end of the quiet hours that it falls in."""
    local = moment.astimezone(clock.COUNTY_ZONE)
    if quiet is None or not quiet.holds_at(local.time()):
        return moment
    until = local.replace(hour=quiet.until.hour, minute=quiet.until.minute, second=0, microsecond=0)
    return until if until > local else until + timedelta(days=1)


def wait_after(attempts: int) -> timedelta:
    """How long until the next try: doubled each time."""
    return min(FIRST_WAIT * 4 ** (attempts - 1), LONGEST_WAIT)


# The worker's part --------------------------------------------------------------------------------------


def deliver():
    """Send what is due. Each message is taken by one worker; a killed one's message waits for the next try."""
    now = clock.now()
    collect(now)
    due = Delivery.objects.filter(state=DeliveryState.WAITING, not_before__lte=now)
    for pk, attempts in list(due.values_list("pk", "attempts")[:AT_ONCE]):
        _try(pk, attempts)


def _try(pk, attempts):
    """The attempt is counted and the next one put off before anything is sent: no other worker sends it meanwhile."""
    now = clock.now()
    taken = Delivery.objects.filter(pk=pk, attempts=attempts, state=DeliveryState.WAITING).update(
        attempts=F("attempts") + 1, not_before=now + wait_after(attempts + 1)
    )
    if not taken:
        return
    row = Delivery.objects.select_related("channel", "person").get(pk=pk)
    try:
        with translation.override(settings.LANGUAGE_CODE):
            send(row)
    except Exception as error:  # recorded below: one gateway must not stop the others
        logger.warning("delivery %s, attempt %s: %s", row.pk, row.attempts, error)
        row.state = DeliveryState.FAILED if row.attempts >= ATTEMPTS else DeliveryState.WAITING
        row.error = str(error)[:1000] or type(error).__name__
    else:
        row.state, row.sent_at, row.error = DeliveryState.SENT, clock.now(), ""
    row.save(update_fields=["state", "sent_at", "error"])


def send(row):
    """Send one message, or raise with the reason."""
    if row.kind == ChannelKind.EMAIL:
        _mail(row)
    elif row.channel.is_active:
        if not row.channel.is_readable:
            raise OSError(unreadable())
        refuse_unlisted(row.channel.url)  # the list may have become shorter since
        url, body = request_of(
            row.channel.kind, row.channel.url, row.channel.secret, row.payload["text"], clock.now()
        )
        if reason := refusal_of(post(url, body)):
            raise OSError(reason)


class _NoRedirect(urllib.request.HTTPRedirectHandler):
    """A redirection could lead to a host that nobody allowed."""

    def redirect_request(self, *args, **kwargs):
        return None


def post(url, body) -> dict:
    """POST as JSON; the answer read as JSON. No proxy, no redirection, ten seconds."""
    request = urllib.request.Request(
        url,
        data=json.dumps(body, ensure_ascii=False).encode(),
        headers={"Content-Type": "application/json; charset=utf-8"},
    )
    opener = urllib.request.build_opener(
        urllib.request.ProxyHandler({}),
        urllib.request.HTTPSHandler(context=ssl.create_default_context()),
        _NoRedirect,
    )
    with opener.open(request, timeout=TIMEOUT) as response:
        return json.loads(response.read(100_000) or b"{}")


def _mail(row):
    """The day's digest of one person: what is still unread. Nothing unread, or no address: nothing is sent."""
    if not settings.EMAIL_HOST or not row.person.email or not row.person.is_active:
        return
    since, until = (datetime.fromisoformat(row.payload[name]) for name in ("since", "until"))
    notices = Notice.objects.filter(
        person=row.person, read_at=None, created_at__gte=since, created_at__lt=until
    )
    if rows := list(notices.order_by("created_at", "pk")[: MOST_LINES + 1]):
        subject, body = digest_mail(rows)
        connection = get_connection(timeout=TIMEOUT * 2)
        EmailMessage(
            subject, body, settings.DEFAULT_FROM_EMAIL, [row.person.email], connection=connection
        ).send()


def digest_mail(notices) -> tuple[str, str]:
    """(subject, text) of a mail about these notices, oldest first."""
    lines = [f"{number}. {line_of(row)}" for number, row in enumerate(notices[:MOST_LINES], start=1)]
    if len(notices) > MOST_LINES:
        lines.append("…")
    count = len(lines)
    subject = ngettext("%(count)s notice for you", "%(count)s notices for you", count) % {"count": count}
    site = settings.XIAOHAO_SITE_URL
    closing = _("All of them stand on your desk.") + (f" {site}" if site else "")
    return subject, "\n".join([*lines, "", closing])


# What notices make ------------------------------------------------------------------------------------


def collect(now):
    """Make messages of the notices that have come since. May run any number of times, also at the same time."""
    if settings.EMAIL_HOST:
        _collect_mails(now)
    for channel in Channel.objects.filter(is_active=True).values_list("pk", flat=True):
        _collect_chats(channel, now)


def _collect_mails(now):
    """One digest per person and day on which something unread came, also for days on which the worker stood still."""
    last = digest_slot(now, settings.XIAOHAO_EMAIL_AT) - timedelta(days=1)
    for slot in (last - timedelta(days=days) for days in range(CATCH_UP_DAYS)):
        since = slot - timedelta(days=1)
        unread = Notice.objects.filter(read_at=None, created_at__gte=since, created_at__lt=slot)
        people = dict(unread.exclude(person__email="").order_by().values_list("person", "office"))
        keys = {f"mail:{pk}:{slot:%Y-%m-%d}": (pk, office) for pk, office in people.items()}
        for key in Delivery.objects.filter(key__in=keys).values_list("key", flat=True):
            del keys[key]
        offices = Office.objects.select_related("rules").in_bulk({office for _pk, office in keys.values()})
        Delivery.objects.bulk_create(
            [
                Delivery(
                    office_id=office,
                    key=key,
                    kind=ChannelKind.EMAIL,
                    person_id=pk,
                    payload={"since": since.isoformat(), "until": slot.isoformat()},
                    not_before=after_quiet(slot, rules_of(offices[office]).quiet),
                    created_at=now,
                )
                for key, (pk, office) in keys.items()
            ],
            ignore_conflicts=True,
        )


def _collect_chats(pk, now):
    """What the robot has not told yet, many lines in one message: groups take few messages a minute.

    The robot's row is locked meanwhile, so two workers never tell the same.
    """
    with transaction.atomic():
        channel = Channel.objects.select_for_update(of=("self",)).select_related("office__rules").get(pk=pk)
        sent = channel.deliveries.filter(created_at__gte=now - 2 * CHAT_WINDOW)
        told = {key for payload in sent.values_list("payload", flat=True) for key in payload["keys"]}
        begun = channel.deliveries.order_by("created_at").values_list("created_at", flat=True).first()
        news = Notice.objects.filter(
            office=channel.office_id, kind__in=CHAT, created_at__gte=max(begun or now, now - CHAT_WINDOW)
        )
        if channel.unit_id:
            news = news.filter(person__memberships__unit=channel.unit_id)
        with translation.override(settings.LANGUAGE_CODE):
            lines = {
                row.key: line_of(row) for row in news.order_by("created_at", "pk") if row.key not in told
            }
        for keys, text in chunks(lines):
            Delivery.objects.create(
                office_id=channel.office_id,
                key=f"chat:{pk}:{digest(canonical(keys))}",
                kind=channel.kind,
                channel=channel,
                payload={"keys": keys, "text": text},
                not_before=after_quiet(now, rules_of(channel.office).quiet),
                created_at=now,
            )


def begin(channel, now):
    """From now on the robot tells what comes; what was before it is no news to its group."""
    Delivery.objects.create(
        office_id=channel.office_id,
        key=f"chat:{channel.pk}:begun",
        kind=channel.kind,
        channel=channel,
        payload={"keys": [], "text": ""},
        state=DeliveryState.SENT,
        not_before=now,
        created_at=now,
        sent_at=now,
    )


def chunks(lines: dict) -> list[tuple[list[str], str]]:
    """[(keys, text)]: as many lines in a text as a robot takes."""
    found: list[tuple[list[str], str]] = []
    for key, line in lines.items():
        line = cut(line)
        if found and len(f"{found[-1][1]}\n{line}".encode()) <= MOST_TEXT:
            keys, text = found[-1]
            found[-1] = [*keys, key], f"{text}\n{line}"
        else:
            found.append(([key], line))
    return found
