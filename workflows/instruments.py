"""What an instrument of supervision says, and who sees it. The acts stand in ``workflows.acts.supervision``."""

from datetime import timedelta

from django.conf import settings
from django.db.models import Q
from django.utils import translation
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext

from cases.intake.numerals import is_in_words
from cases.models import CauseKind, Instrument, InstrumentKind, InstrumentState, Measure
from cases.presenters import shortened
from cases.supervision import Cause
from permissions import clock
from permissions.access import access_of
from permissions.models import Role
from reports.models import Filing
from reports.numbers import next_numbers

K = InstrumentKind
BLANK = "＿＿＿＿"  # in proposed words: what only a person knows
ANSWER_DAYS = 7  # calendar days to answer in, where the head names no day
SENT = (
    InstrumentState.ISSUED,
    InstrumentState.RECEIVED,
    InstrumentState.ANSWERED,
    InstrumentState.SETTLED,
)
TO_ANSWER = (InstrumentState.ISSUED, InstrumentState.RECEIVED)
TONES = {
    InstrumentState.PROPOSED: "warning",
    InstrumentState.ISSUED: "info",
    InstrumentState.RECEIVED: "info",
    InstrumentState.ANSWERED: "success",
    InstrumentState.SETTLED: "success",
    InstrumentState.DISMISSED: "plain",
    InstrumentState.LAPSED: "plain",
}
# The word in a document number, as in 清整改办督办〔2026〕3号.
SERIES_WORDS = {
    K.REMINDER: "提醒",
    K.ORDER: "督办",
    K.BULLETIN: "通报",
    K.INTERVIEW: "约谈",
    K.ACCOUNTABILITY: "问责建议",
}
TITLES = {
    K.REMINDER: gettext_lazy("Reminder"),
    K.ORDER: gettext_lazy("Supervision order"),
    K.BULLETIN: gettext_lazy("Notice of being named in the bulletin"),
    K.INTERVIEW: gettext_lazy("Notice of an interview"),
    K.ACCOUNTABILITY: gettext_lazy("Notice of a proposal to hold to account"),
}
CAUSE_GONE = gettext_lazy(
    "The cause has gone: it was seen to meanwhile, or it has another date or unit. "
    "The proposal lapses by itself; do not send it."
)


def visible_instruments(user):
    """Instruments of the person's offices; to a unit only what was sent to it. Lazy."""
    access = access_of(user)
    scope = Q(pk__in=[])
    if access.own_office_ids:
        scope |= Q(office__in=access.offices())
    if access.duty_unit_ids:
        scope |= Q(unit__in=access.units(), issued_at__isnull=False)
    return Instrument.objects.filter(scope)


def numbers_for(office, kind, year, count) -> list[str]:
    """The next ``count`` document numbers of a kind of instrument, a series of its own."""
    return next_numbers(office, year, series=kind, word=SERIES_WORDS[kind], count=count)


# Words ------------------------------------------------------------------------------------------------


class Matters:
    """What the causes are about, in words. Two queries for any number of them."""

    def __init__(self, causes):
        measures = Measure.objects.filter(pk__in={c.measure_id for c in causes if c.measure_id})
        self.measures = {row.pk: row for row in measures.only("pk", "number", "text")}
        filings = Filing.objects.filter(pk__in={c.row for c in causes if c.kind == CauseKind.FILING})
        self.months = dict(filings.values_list("pk", "period__month"))

    def of(self, cause) -> str:
        if cause.kind == CauseKind.FILING:
            month = date_format(self.months[cause.row], "YEAR_MONTH_FORMAT")
            return _("the filing for %(month)s") % {"month": month}
        return matter_of(self.measures[cause.measure_id])


def matter_of(measure) -> str:
    text = shortened(measure.text.rstrip("。；"), 80)
    named = {"number": measure.number, "text": text}
    if is_in_words(measure.number):
        return pgettext("numbered in words", "Measure %(number)s “%(text)s”") % named
    return _("Measure %(number)s “%(text)s”") % named


def asked_of(kind) -> str:
    """What a cause of this kind is about, after the matter itself."""
    return {
        CauseKind.CHECKPOINT: _("must be carried out"),
        CauseKind.CLAIM: _("must be claimed"),
        CauseKind.VERIFICATION: _("must be verified by the office"),
        CauseKind.FOLLOW_UP: _("must be followed up"),
        CauseKind.FILING: _("must be filed"),
    }[kind]


def text_of(kind, cause, matter, *, today) -> str:
    """The words that are proposed, in the county's language: the clerk edits them, a reminder goes out with them."""
    with translation.override(settings.LANGUAGE_CODE):
        days = (cause.due_on - today).days
        params = {
            "matter": matter() if callable(matter) else matter,
            "asked": asked_of(cause.kind),
            "day": date_format(cause.due_on, "DATE_FORMAT"),
            "days": abs(days),
            "blank": BLANK,
        }
        return _words(kind, days) % params


def words_on(row, today) -> str:
    """What a proposed instrument says on ``today``: the days it counts go on unless somebody worded it."""
    cause = Cause.behind(row)
    matter = Matters([cause]).of(cause)
    proposed = text_of(row.kind, cause, matter, today=clock.local(row.proposed_at).date())
    return text_of(row.kind, cause, matter, today=today) if row.text == proposed else row.text


def _words(kind, days):
    if kind == K.REMINDER:
        if days > 0:
            return _("%(matter)s %(asked)s by %(day)s: %(days)s days are left.")
        if days == 0:
            return _("%(matter)s %(asked)s by today, %(day)s.")
        return _("%(matter)s %(asked)s by %(day)s and is %(days)s days overdue. See to it at once.")
    late = _("%(matter)s %(asked)s by %(day)s and is %(days)s days overdue.")
    demand = {
        K.ORDER: _(
            "Your unit is ordered to see to it at once and to answer what was done and by when it ends."
        ),
        K.BULLETIN: _(
            "Your unit will be named in the bulletin. Answer with the reasons and what is being done."
        ),
        K.INTERVIEW: _(
            "The head of your unit is asked to an interview. Time: %(blank)s; place: %(blank)s. "
            "Answer with the reasons beforehand."
        ),
        K.ACCOUNTABILITY: _(
            "It is proposed to hold those answerable to account. Answer with your account of it."
        ),
    }[kind]
    return f"{late}{demand}"


def default_answer_day(today):
    return today + timedelta(days=ANSWER_DAYS)


def printed(role, people) -> list[dict]:
    """[{role, name}] as an instrument keeps them: names as they are on that day."""
    return [{"role": role, "name": name} for name in people] or [{"role": role, "name": ""}]


def paper_of(instrument) -> dict:
    """What its official print needs, finished: for its page, and for a paper in official form.

    Keys: title, number, addressee, copies [str], paragraphs [str], office, day (date of issue or None),
    answer_due_on, settled.
    """
    copies = [
        f"{Role(one['role']).label}{one['name'] and ' ' + one['name']}"
        for one in instrument.recipients
        if one["role"] not in (Role.HANDLER, Role.UNIT_HEAD)
    ]
    issued = instrument.issued_at
    return {
        "title": TITLES[K(instrument.kind)],
        "number": instrument.document_number,
        "addressee": instrument.unit.name,
        "copies": copies,
        "paragraphs": [line for line in instrument.text.splitlines() if line.strip()],
        "office": instrument.office.name,
        "day": issued,
        "answer_due_on": instrument.answer_due_on,
    }
