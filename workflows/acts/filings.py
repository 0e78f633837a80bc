"""Acts on filings: save, submit, approve, send back, accept, return."""

from django.utils.translation import gettext_lazy as _

from cases.errors import NotReady, WrongState
from cases.models import Receiver
from cases.rules import rules_of
from reports.filing_rows import goes_to_lead, missing, prefilled_rows, put_in
from reports.filings import reported_in
from reports.models import Filing, FilingState, MonthlyReport, Punctuality, TypedFiling
from reports.scope import visible_filings
from workflows.approvals import FilingFlow, begin, take_step
from workflows.door import Act, register
from workflows.record import who_did


def save_filing(knock):
    """Keep what the handler typed; nothing is sent yet."""
    _write_rows(knock)
    _save(knock)


def submit_filing(knock):
    """The handler hands the filing to the unit's head. Every measure that the unit leads needs its progress."""
    filing = knock.subject
    _write_rows(knock)
    _refuse_unsaid(filing.rows)
    filing.drafted_by = knock.actor

    def hand_over():
        filing.state, filing.return_reason = FilingState.SUBMITTED, ""
        _save(knock)

    if filing.processes.exists():
        take_step(FilingFlow.redraft, knock.actor, apply=hand_over, filing=filing)
    else:
        hand_over()
        begin(FilingFlow, filing=filing)
    knock.details = {"unit": filing.unit.name, "measures": len(filing.rows)}


def _refuse_unsaid(rows):
    """Every measure that the unit leads needs its progress or why there is none, every "no change" its reason."""
    if unexplained := [row["number"] for row in rows if missing(row) == "reason"]:
        raise NotReady(
            _("Give the reason why nothing changed this month. Still missing: %(numbers)s."),
            numbers="、".join(unexplained),
        )
    if empty := [row["number"] for row in rows if missing(row) == "progress"]:
        raise NotReady(
            _("Say for every measure that your unit leads what was done. Still empty: %(numbers)s."),
            numbers="、".join(empty),
        )


def approve_filing(knock):
    """The unit's head signs: the filing is filed, and server time alone decides whether it is on time.

    Where the lead units receive it, it is final with this; else the office has yet to accept it.
    """
    filing = knock.subject
    _expect(filing, FilingState.SUBMITTED)
    if knock.actor.pk in _writers(filing):
        raise NotReady(_("You drafted this filing yourself; another head of your unit must approve it."))
    on_time = knock.now <= filing.period.due_at

    def file():
        filing.state, filing.approved_by, filing.filed_at = FilingState.FILED, knock.actor, knock.now
        filing.punctuality = Punctuality.ON_TIME if on_time else Punctuality.LATE
        if goes_to_lead(filing, rules_of(filing.office)):
            filing.receiver = Receiver.LEAD
        _save(knock)

    take_step(FilingFlow.approve, knock.actor, apply=file, filing=filing)
    knock.details = {
        "unit": filing.unit.name,
        "punctuality": filing.punctuality,
        "receiver": filing.receiver,
    }


def send_back_filing(knock):
    """The unit's head wants it done again; the handler finds the reason on the draft."""
    filing = knock.subject
    _expect(filing, FilingState.SUBMITTED)

    def back():
        filing.state, filing.return_reason = FilingState.DRAFT, knock.data["reason"]
        _save(knock)

    take_step(FilingFlow.approve, knock.actor, apply=back, filing=filing)
    knock.details = {"unit": filing.unit.name, "reason": knock.data["reason"]}


def accept_filing(knock):
    """The office takes the filing into the month's report."""
    filing = knock.subject
    _expect_at_office(filing)
    _refuse_own(filing, knock.actor)

    def accept():
        filing.state = FilingState.ACCEPTED
        _save(knock)

    take_step(FilingFlow.accept, knock.actor, apply=accept, filing=filing)
    knock.details = {"unit": filing.unit.name}


def return_filing(knock):
    """The office asks for rework: this filing stays as it was sent, the next revision starts from its text.

    An accepted one, too, until its text has left the clerk in a report. When the unit first filed stays what counts.
    """
    filing = knock.subject
    was_accepted = filing.state == FilingState.ACCEPTED
    if was_accepted:
        _refuse_reported(filing)
    else:
        _expect_at_office(filing)
    _refuse_own(filing, knock.actor)

    def give_back():
        filing.state, filing.return_reason = FilingState.RETURNED, knock.data["reason"]
        _save(knock)
        Filing.objects.create(
            office_id=filing.office_id,
            period=filing.period,
            unit=filing.unit,
            revision=filing.revision + 1,
            rows=filing.rows,
            return_reason=knock.data["reason"],
        )

    if was_accepted:  # its approval is over; the next revision has one of its own
        give_back()
    else:
        take_step(FilingFlow.accept, knock.actor, apply=give_back, filing=filing)
    knock.details = {"unit": filing.unit.name, "reason": knock.data["reason"], "was_accepted": was_accepted}


def _refuse_reported(filing):
    """Locks the month's reports: none of them leaves the clerk with a text that is being returned."""
    if reported_in(filing, MonthlyReport.objects.select_for_update(of=("self",), no_key=True)):
        raise NotReady(
            _(
                "The text of this filing stands in the month's report, which has left the clerk. It can be returned "
                "only while a report of the month is being composed: have it sent back, or correct it once issued."
            )
        )


def _writers(filing):
    """Everybody who saved or sent a revision of it. Two queries."""
    revisions = Filing.objects.filter(period=filing.period_id, unit=filing.unit_id).only("pk")
    return who_did(("save_filing", "submit_filing"), *revisions)


def _expect_at_office(filing):
    _expect(filing, FilingState.FILED)
    if filing.is_with_lead:
        raise NotReady(_("This filing went to the lead units; the office neither accepts nor returns it."))


def _refuse_own(filing, actor):
    if actor.pk in _writers(filing) | {filing.approved_by_id}:
        raise NotReady(
            _("You wrote or approved this filing in its unit; somebody else of the office must decide.")
        )


def _expect(filing, state):
    if filing.state != state:
        raise WrongState(state=filing.get_state_display())


def _write_rows(knock):
    """Put the typed texts over the pre-filled rows; rows of other measures are ignored."""
    filing = knock.subject
    _expect(filing, FilingState.DRAFT)
    typed = {row["measure"]: row for row in knock.data.get("rows") or []}
    rows = prefilled_rows(filing)
    for row in rows:
        row.pop("last_month")
        if row["measure"] in typed:
            put_in(row, typed[row["measure"]])
    filing.rows = rows
    TypedFiling.objects.filter(filing=filing, person=knock.actor).delete()


def _save(knock):
    knock.subject.row_version += 1
    knock.subject.save()


def _permit_unit(codename):
    return lambda knock: knock.require(codename, knock.subject.unit_id)


def _permit_office(codename):
    return lambda knock: knock.require(codename, knock.office_unit.pk)


for _name, _right, _apply in (
    ("save_filing", "draft_filing", save_filing),
    ("submit_filing", "draft_filing", submit_filing),
    ("approve_filing", "approve_filing", approve_filing),
    ("send_back_filing", "approve_filing", send_back_filing),
):
    register(
        Act(
            _name,
            Filing,
            visible_filings,
            _permit_unit(_right),
            _apply,
            related=("unit", "period", "office__rules"),
        )
    )
for _name, _apply in (("accept_filing", accept_filing), ("return_filing", return_filing)):
    register(
        Act(
            _name,
            Filing,
            visible_filings,
            _permit_office("accept_filing"),
            _apply,
            related=("unit", "period"),
        )
    )
