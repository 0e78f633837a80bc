"""Acts on what was read from a document before it is a plan: change it, decide about names, confirm or discard it."""

from datetime import timedelta

from django.conf import settings
from django.utils.translation import gettext_lazy as _

from cases.errors import NotReady
from cases.intake.cleaning import CannotEdit
from cases.intake.confirm import confirm
from cases.intake.editing import edit
from cases.intake.history import NothingToMove, moved, name_of, recorded
from cases.intake.proposal import Proposal
from cases.ledger import visible_drafts
from cases.models import ImportDraft, LogEntry, PlanRevision
from permissions import clock
from workflows.acts.imports import permit_office
from workflows.door import Act, register


def edit_draft(knock):
    """Change what was read, by one operation of ``cases.intake.editing``; whoever edits holds the draft for a while."""
    draft, arguments = knock.subject, dict(knock.data)
    hold(draft, knock)
    operation = arguments.pop("operation")
    proposal = Proposal.from_dict(draft.proposal)
    try:
        changed = edit(proposal, operation, **arguments)
    except CannotEdit as refused:
        raise NotReady(_(refused.message), **refused.params) from refused
    places = {
        name: arguments[name] for name in ("problem", "measure", "after", "role") if arguments.get(name)
    }
    said = {"operation": operation, "name": name_of(proposal, **places), "places": places}
    said |= {"by": str(knock.actor), "at": knock.now.isoformat()}
    _keep(draft, recorded(draft.proposal, proposal.to_dict(), changed.to_dict(), **said))
    knock.details = {"operation": operation, **places}


def undo_edit(knock):
    """Take the last edit back, whoever made it and whenever."""
    _move(knock, back=True)


def redo_edit(knock):
    """Do the edit again that was taken back last."""
    _move(knock, back=False)


def _move(knock, *, back):
    draft = knock.subject
    hold(draft, knock)
    reading = Proposal.from_dict(draft.proposal).to_dict()
    try:
        kept, step = moved(draft.proposal, reading, back=back)
    except NothingToMove as refused:
        sentence = _("There is no change left to take back.") if back else _("Nothing was taken back.")
        raise NotReady(sentence) from refused
    _keep(draft, kept)
    knock.details = {"operation": step["operation"], **step["places"]}


def _keep(draft, proposal):
    draft.proposal = proposal
    draft.row_version += 1
    draft.save(update_fields=["proposal", "row_version", "edited_by", "edited_until"])


def save_choices(knock):
    """Keep what a person decided about printed names so far. ``choices``: {printed: choice, or None to forget it}.

    The version stays: a decision changes nothing that another form of the page shows.
    """
    draft = knock.subject
    hold(draft, knock)
    kept = draft.choices | knock.data["choices"]
    draft.choices = {printed: choice for printed, choice in kept.items() if choice is not None}
    draft.save(update_fields=["choices", "edited_by", "edited_until"])
    knock.details = {"names": sorted(knock.data["choices"])}


def holder_of(draft, now):
    """The person who edits the draft at this moment, or None."""
    return draft.edited_by if draft.edited_by_id and draft.edited_until > now else None


def hold(draft, knock):
    """Take or renew the editor's lock. Errors: NotReady while somebody else has it, or when the plan is made."""
    if draft.plan_id:
        raise NotReady(_("This document was confirmed: its plan is what counts now."))
    refuse_held(draft, knock)
    draft.edited_by = knock.actor
    draft.edited_until = knock.now + timedelta(minutes=settings.XIAOHAO_EDIT_MINUTES)


def refuse_held(draft, knock):
    holder = holder_of(draft, knock.now)
    if holder and holder != knock.actor:
        raise NotReady(
            _("%(name)s is editing this document until %(time)s. Wait until then, or ask them."),
            name=holder,
            time=clock.local(draft.edited_until).strftime("%H:%M"),
        )


def confirm_import(knock):
    """Make the plan out of a draft. A second confirmation finds the plan of the first, see ``confirmed_before``."""
    draft = knock.subject
    if draft.amends_id:
        raise NotReady(
            _("This document is a later version of a plan: it amends that plan and is none of its own.")
        )
    refuse_held(draft, knock)
    plan, names = confirm(
        draft,
        Proposal.from_dict(draft.proposal),
        choices=knock.data["units"],
        issued_on=knock.data.get("issued_on"),
        assigned=knock.data.get("assigned"),
    )
    draft.plan = plan
    draft.row_version += 1
    draft.save(update_fields=["plan", "row_version"])
    knock.details = {"draft": draft.pk, "new_units": [unit.name for unit in names.created]}
    knock.evidence_digests = [draft.source.sha256]
    return plan


def confirmed_before(draft):
    """The entry of the confirmation that made this draft a plan, or None."""
    entries = LogEntry.objects.filter(act="confirm_import", object_type="plan", object_id=draft.plan_id)
    return entries.last() if draft.plan_id else None


def discard_draft(knock):
    """Throw away what was read. The record keeps who read what and who threw it away, and the file stays."""
    draft = knock.subject
    if draft.plan_id or PlanRevision.objects.filter(draft=draft).exists():
        raise NotReady(_("This document was confirmed: its plan is what counts now."))
    refuse_held(draft, knock)
    proposal = Proposal.from_dict(draft.proposal)
    knock.details = {
        "file": draft.source_name,
        "read_by": str(draft.read_by),
        "problems": len(proposal.problems),
        "measures": len(proposal.measures),
    }
    knock.evidence_digests = [draft.source.sha256]
    ImportDraft.objects.filter(pk=draft.pk).delete()  # the row is gone, its entry still names it


for _act in (edit_draft, undo_edit, redo_edit, save_choices, discard_draft):
    register(
        Act(
            _act.__name__,
            ImportDraft,
            visible_drafts,
            permit_office("import_plan"),
            _act,
            related=("office", "edited_by", "source", "read_by"),
        )
    )
register(
    Act(
        "confirm_import",
        ImportDraft,
        visible_drafts,
        permit_office("import_plan"),
        confirm_import,
        earlier=confirmed_before,
    )
)
