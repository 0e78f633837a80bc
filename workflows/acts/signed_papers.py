"""The way of a signed paper of the month, report and bulletin alike: from the clerk to its issue and correction.

What differs between the two stands in their ``Kind``; ``acts.reports`` and ``acts.bulletins`` add how each is composed.
"""

from collections.abc import Callable
from dataclasses import dataclass

from django.utils.translation import gettext_lazy as _

from cases.errors import NotReady, WrongState
from cases.models import ChainHead, LogEntry, StoredFile
from permissions import clock
from permissions.roles import Role
from reports.documents import engine
from reports.models import ReportState
from reports.numbers import next_numbers
from reports.proof import canonical, digest
from reports.style import style_of
from workflows import jobs
from workflows.approvals import begin, take_step
from workflows.door import Act, register
from workflows.record import who_did

WRITING = ("compose", "edit", "recompose", "submit", "revise")


@dataclass(frozen=True)
class Kind:
    """One kind of signed paper. ``model.kind`` is its name in acts, rights, jobs, flows and addresses."""

    model: type
    flow: type
    visible: Callable  # user → queryset
    snapshot: Callable  # paper → what freezes when it leaves the clerk
    unprintable: Callable  # snapshot → characters that no font has
    issue_values: Callable  # style → what its print needs beside number, date and sign-offs
    also: tuple[str, ...]  # files that its issue names beside those by which the record proves it
    copied: tuple[str, ...] = ("texts",)  # what a correction starts from
    issued: Callable | None = None  # paper → None: what follows from its issue


KINDS: dict[str, Kind] = {}


def kind_of(paper) -> Kind:
    return KINDS[paper.kind]


def submit(knock):
    """The clerk hands the paper to the office head. From here on its data are frozen under one digest."""
    paper, kind = knock.subject, kind_of(knock.subject)
    expect(paper, ReportState.DRAFT)
    paper.drafted_by, paper.drafted_at = knock.actor, knock.now
    snapshot = kind.snapshot(paper)
    # Better told now than by the worker after the leader has signed.
    if missing := kind.unprintable(snapshot):
        raise NotReady(engine.GlyphMissing(missing).reader_message)
    paper.snapshot = canonical(snapshot)
    paper.digest = digest(paper.snapshot)

    def hand_over():
        paper.state, paper.return_reason = ReportState.REVIEW, ""
        save(paper)

    if paper.processes.exists():
        take_step(kind.flow.revise, knock.actor, apply=hand_over, **{paper.kind: paper})
    else:
        hand_over()
        begin(kind.flow, **{paper.kind: paper})
    knock.details = {"digest": paper.digest, "version": paper.version}


def review(knock):
    """The office head puts their name to the digest and passes the paper to the leader."""
    paper = knock.subject
    expect(paper, ReportState.REVIEW)
    _other_hands(paper, knock.actor)

    def accept():
        paper.state, paper.reviewed_by, paper.reviewed_at = ReportState.SIGNING, knock.actor, knock.now
        save(paper)

    take_step(kind_of(paper).flow.review, knock.actor, apply=accept, **{paper.kind: paper})
    knock.details = {"digest": paper.digest}


def sign(knock):
    """The leader signs the same digest; the worker then numbers, prints and issues the paper."""
    paper = knock.subject
    expect(paper, ReportState.SIGNING)
    _other_hands(paper, knock.actor)

    def put_name():
        paper.state, paper.signed_by, paper.signed_at = ReportState.SIGNED, knock.actor, knock.now
        save(paper)

    take_step(kind_of(paper).flow.sign, knock.actor, apply=put_name, **{paper.kind: paper})
    jobs.submit_issue(paper)
    knock.details = {"digest": paper.digest}


def refuse(knock):
    """The head or the leader sends it back with a reason; the clerk's next submission is the next version."""
    paper, flow = knock.subject, kind_of(knock.subject).flow
    steps = {
        ReportState.REVIEW: (flow.review, f"review_{paper.kind}"),
        ReportState.SIGNING: (flow.sign, f"sign_{paper.kind}"),
    }
    if paper.state not in steps:
        raise WrongState(state=paper.get_state_display())
    step, right = steps[paper.state]
    knock.require(right, knock.office_unit.pk)
    refused = paper.digest

    def back():
        paper.state, paper.return_reason = ReportState.DRAFT, knock.data["reason"]
        paper.version += 1
        paper.reviewed_by = paper.reviewed_at = None
        paper.snapshot = paper.digest = ""
        save(paper)

    take_step(step, knock.actor, apply=back, **{paper.kind: paper})
    knock.details = {"reason": knock.data["reason"], "digest": refused}


def number(knock):
    """Give the signed paper its number and date, once; a repeated job finds them and prints the same paper."""
    paper = knock.subject
    expect(paper, ReportState.SIGNED)
    if paper.issue:
        return
    paper.issued_on = knock.today
    [paper.document_number] = next_numbers(paper.office, paper.issued_on.year)
    paper.issue = {**_issue_of(paper), **kind_of(paper).issue_values(style_of(paper.office))}
    save(paper)
    knock.details = {"document_number": paper.document_number}


def _issue_of(paper):
    head = ChainHead.objects.filter(office_id=paper.office_id).first()
    signed = [
        ("drafted_by", paper.drafted_by, Role.OFFICE_CLERK, paper.drafted_at),
        ("reviewed_by", paper.reviewed_by, Role.OFFICE_HEAD, paper.reviewed_at),
        ("signed_by", paper.signed_by, Role.LEADER, paper.signed_at),
    ]
    return {
        "document_number": paper.document_number,
        "issued_on": paper.issued_on.isoformat(),
        "data_digest": paper.digest,
        "log": {"count": head.sequence, "head": head.hash},
        **{
            key: {
                "name": str(person),
                "username": person.username,
                "role": Role(role).value,
                "at": clock.local(at).isoformat(),
            }
            for key, person, role, at in signed
        },
    }


def issue(knock):
    """Freeze the bytes: ids of the stored files that the worker has written. Some of them the record proves; the
    others are named beside them. So is the signature of the office's certificate, where it signs.
    """
    paper, kind = knock.subject, kind_of(knock.subject)
    expect(paper, ReportState.SIGNED)
    also = [name for name in kind.also if knock.data.get(name)]
    stored = StoredFile.objects.in_bulk([knock.data[name] for name in (*paper.proved, *also)])
    for name in (*paper.proved, *also):
        setattr(paper, name, stored[knock.data[name]])
    paper.state, paper.signature = ReportState.ISSUED, knock.data.get("signature")
    save(paper)
    if paper.replaces_id:
        kind.model.objects.filter(pk=paper.replaces_id).update(state=ReportState.SUPERSEDED)
    if kind.issued:
        kind.issued(paper)
    knock.details = {
        "document_number": paper.document_number,
        "data_digest": paper.digest,
        "files": {name: getattr(paper, name).sha256 for name in paper.proved},
        **({"also": {name: getattr(paper, name).sha256 for name in also}} if also else {}),
        **({"signature": paper.signature} if paper.signature else {}),
    }


def _issued(paper):
    """The entry of its issue: of two workers that print it, because it was cancelled and asked for again, the slower
    one finds it done.
    """
    entries = LogEntry.objects.filter(object_type=paper._meta.model_name, object_id=paper.pk)
    return entries.filter(act=f"issue_{paper.kind}").first() if paper.is_issued else None


def revise(knock):
    """Correct an issued paper: revision n+1 starts from its texts and names what it replaces."""
    paper, kind = knock.subject, kind_of(knock.subject)
    expect(paper, ReportState.ISSUED)
    if hasattr(paper, "replaced_by"):
        raise NotReady(_("A revision of this paper is under way already."))
    knock.details = {"revision": paper.revision + 1, "reason": knock.data.get("reason", "")}
    return kind.model.objects.create(
        office_id=paper.office_id,
        period=paper.period,
        revision=paper.revision + 1,
        replaces=paper,
        drafted_by=knock.actor,
        drafted_at=knock.now,
        **{name: getattr(paper, name) for name in kind.copied},
    )


def _other_hands(paper, actor):
    """Nobody who wrote any of it reviews it, and nobody who wrote or reviewed it signs it."""
    writing = [f"{verb}_{paper.kind}" for verb in WRITING]
    if actor.pk in {paper.drafted_by_id, paper.reviewed_by_id} | who_did(writing, paper):
        raise NotReady(
            _("%(name)s already put their name to this paper; somebody else must take this step."),
            name=actor,
        )


def expect(paper, state):
    if paper.state != state:
        raise WrongState(state=paper.get_state_display())


def save(paper):
    paper.row_version += 1
    paper.save()


def permit(codename):
    """A right on the office's own unit."""
    return lambda knock: knock.require(codename, knock.office_unit.pk)


def _permit_refusal(name):
    """Either right will do here; which one is needed depends on the state and is asked there."""
    rights = (f"review_{name}", f"sign_{name}")

    def ask(knock):
        if not any(knock.access.has(right, knock.office_unit.pk) for right in rights):
            knock.require(rights[0], knock.office_unit.pk)

    return ask


def register_kind(kind: Kind):
    """Make the kind known, with every act of its way at the door."""
    name = kind.model.kind
    KINDS[name] = kind
    compose, sign_right = permit(f"compose_{name}"), permit(f"sign_{name}")
    for verb, right, apply in (
        ("submit", compose, submit),
        ("revise", compose, revise),
        ("review", permit(f"review_{name}"), review),
        ("sign", sign_right, sign),
        ("refuse", _permit_refusal(name), refuse),
    ):
        register(Act(f"{verb}_{name}", kind.model, kind.visible, right, apply))
    for verb, apply, earlier in (("number", number, None), ("issue", issue, _issued)):
        worker_only = {"by_person": False, "by_system": True, "earlier": earlier}
        register(Act(f"{verb}_{name}", kind.model, kind.visible, sign_right, apply, **worker_only))
