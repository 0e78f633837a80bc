"""Acts on the bulletin (通报): compose it, choose its cases, edit its texts; a unit that it names receives and answers.

The rest of its way stands in ``signed_papers``.
"""

from django.utils.translation import gettext_lazy as _

from cases.errors import NotReady, WrongState
from cases.models import Measure
from reports import bulletin as composing
from reports.documents import bulletin as paper
from reports.facts import ISSUED_STATES
from reports.models import Bulletin, Mention, ReportingPeriod, ReportState
from reports.scope import visible_bulletins, visible_mentions, visible_periods
from workflows.acts.signed_papers import Kind, expect, permit, register_kind, save
from workflows.approvals import BulletinFlow
from workflows.door import Act, register


def compose_bulletin(knock):
    """Start the month's bulletin; its figures and lists are taken when it leaves the clerk."""
    period = knock.subject
    if period.bulletins.exists():
        raise NotReady(_("The bulletin of this month exists already. Open it and go on there."))
    bulletin = Bulletin.objects.create(
        office_id=period.office_id,
        period=period,
        texts=composing.draft_texts(period),
        chosen={name: [] for name in composing.CASES},
        drafted_by=knock.actor,
        drafted_at=knock.now,
    )
    knock.details = {"month": f"{period.month:%Y-%m}"}
    return bulletin


def edit_bulletin(knock):
    """Choose its cases, or change its texts; figures and lists are never typed.

    ``chosen``: {good: [measure id], bad: […]}, replaces what was chosen; ``texts``: {opening, requirements, good:
    {measure id: text}, bad: …}, of which what is absent stays as it is.
    """
    bulletin, data = knock.subject, knock.data
    expect(bulletin, ReportState.DRAFT)
    if "chosen" in data:
        bulletin.chosen = _chosen(bulletin, data["chosen"])
        knock.details = {"chosen": bulletin.chosen}
    bulletin.texts = _merged(bulletin, data.get("texts", {}))
    save(bulletin)


def _chosen(bulletin, asked):
    chosen = {name: list(dict.fromkeys(int(pk) for pk in asked.get(name, []))) for name in composing.CASES}
    good, bad = (set(chosen[name]) for name in composing.CASES)
    if good & bad:
        raise NotReady(_("A measure is either a good case or a bad one. Choose one of the two."))
    known = Measure.objects.filter(plan=bulletin.period.plan_id, state__in=ISSUED_STATES, pk__in=good | bad)
    if known.count() < len(good | bad):
        raise NotReady(_("A measure that was chosen is no longer part of the plan. Reload the page."))
    return chosen


def _merged(bulletin, typed):
    """The typed texts over those so far; words on a measure that is no case any more go."""
    texts = bulletin.texts
    merged = {name: str(typed.get(name, texts.get(name, ""))).strip() for name in ("opening", "requirements")}
    for name in composing.CASES:
        words = {**texts.get(name, {}), **{str(pk): text for pk, text in typed.get(name, {}).items()}}
        merged[name] = {str(pk): words.get(str(pk), "").strip() for pk in bulletin.chosen.get(name, [])}
    return merged


def name_units(bulletin):
    """A row for every unit that the issued bulletin names: it is told, signs for it and answers."""
    Mention.objects.bulk_create(
        Mention(bulletin=bulletin, unit_id=one["unit_id"], reasons=one["reasons"])
        for one in composing.mentions_in(bulletin)
    )


def receive_mention(knock):
    """Somebody of the unit signs for the bulletin that names it (签收)."""
    mention = _expect_current(knock)
    if mention.received_at:
        raise NotReady(_("Your unit has signed for this bulletin already."))
    _receive(knock, mention)
    save(mention)
    _about(knock, mention)


def answer_mention(knock):
    """The unit answers; whoever answers what nobody signed for signs for it. A later answer replaces the first."""
    mention = _expect_current(knock)
    if mention.received_at is None:
        _receive(knock, mention)
    mention.answer = knock.data["answer"].strip()
    mention.answered_by, mention.answered_at = knock.actor, knock.now
    save(mention)
    _about(knock, mention)
    knock.details["text"] = mention.answer


def _expect_current(knock):
    mention = knock.subject
    if mention.bulletin.state != ReportState.ISSUED:
        raise WrongState(state=mention.bulletin.get_state_display())
    return mention


def _receive(knock, mention):
    mention.received_by, mention.received_at = knock.actor, knock.now


def _about(knock, mention):
    knock.details = {"unit": mention.unit.name, "document_number": mention.bulletin.document_number}


def _permit_unit(knock):
    knock.require("answer_bulletin", knock.subject.unit_id)


register_kind(
    Kind(
        model=Bulletin,
        flow=BulletinFlow,
        visible=visible_bulletins,
        snapshot=composing.snapshot,
        unprintable=paper.unprintable,
        # 通报 goes down: the number stands in the middle, no signatory beside it
        issue_values=lambda style: {**style.issue_values(), "mark": style.bulletin_head},
        also=("docx",),
        copied=("texts", "chosen"),
        issued=name_units,
    )
)
_compose = permit("compose_bulletin")
register(Act("compose_bulletin", ReportingPeriod, visible_periods, _compose, compose_bulletin))
register(Act("edit_bulletin", Bulletin, visible_bulletins, _compose, edit_bulletin))
for _name, _apply in (("receive_mention", receive_mention), ("answer_mention", answer_mention)):
    register(
        Act(_name, Mention, visible_mentions, _permit_unit, _apply, related=("bulletin__period", "unit"))
    )
