"""Making the official paper of one thing (公文): its data freeze in the act, the worker prints them.

Whoever may see the thing may have its paper made, except those who only read; what goes out under the office's red
head its own people make. A thing that has not changed since has
its paper already; of one that has changed the next revision is made, and the earlier paper stays what it was.
"""

import json
from collections.abc import Callable
from dataclasses import dataclass

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from cases.errors import NoRight, NotReady
from cases.ledger import visible_extensions, visible_measures
from cases.models import (
    ChainHead,
    Extension,
    Instrument,
    LogEntry,
    Measure,
    Round,
    StoredFile,
    Verification,
)
from permissions import clock
from reports.documents import engine, official
from reports.models import Filing, Paper, PaperKind
from reports.numbers import next_numbers
from reports.proof import canonical, digest
from reports.scope import visible_filings
from reports.style import style_of
from workflows import contents, jobs
from workflows.door import Act, register
from workflows.instruments import visible_instruments

CLOSE_OUT_WORD = "销号"  # in its number, as in 清整改办销号〔2026〕5号
MEASURE = ("plan", "problem", "office")


@dataclass(frozen=True)
class Kind:
    """One kind of paper. ``model`` is what it is about; ``column`` the column of ``Paper`` that decides who sees it."""

    kind: PaperKind
    model: type
    visible: Callable  # user → queryset of the model
    content: Callable  # row → frozen dict
    column: str
    about: Callable  # row → the row of that column
    related: tuple[str, ...]
    measure_id: Callable  # row → on whose trail it stands
    lacks: Callable = lambda row: False  # row → whether there is nothing to print yet
    not_yet: Promise | str = ""  # said then
    lock_first: Callable | None = None
    by_office: bool = False  # it goes out under the office's red head
    dated: Callable = lambda row: None  # row → the day that it bears, where that is not today

    @property
    def act(self):
        return f"print_{self.kind.lower()}"

    def made_of(self, row):
        """The papers of the row, the newest first."""
        return Paper.objects.filter(
            office=row.office_id, kind=self.kind, key__startswith=f"{self.kind}:{row.pk}:"
        ).order_by("-pk")


def of_measure(path):
    return tuple(f"{path}__{name}" if path else name for name in MEASURE)


KINDS = {
    kind.act: kind
    for kind in (
        Kind(
            kind=PaperKind.CLOSE_OUT,
            model=Round,
            visible=lambda user: Round.objects.filter(measure__in=visible_measures(user)),
            content=contents.close_out,
            lacks=lambda row: row.closed_at is None,
            not_yet=_("This round is not closed out yet."),
            by_office=True,
            column="measure",
            about=lambda row: row.measure,
            related=("closed_by", *of_measure("measure")),
            measure_id=lambda row: row.measure_id,
            lock_first=lambda pk: Measure.objects.filter(rounds=pk),
        ),
        Kind(
            kind=PaperKind.VERIFICATION,
            model=Verification,
            visible=lambda user: Verification.objects.filter(round__measure__in=visible_measures(user)),
            content=contents.verification,
            column="measure",
            about=lambda row: row.round.measure,
            related=("unit", "verifier", *of_measure("round__measure")),
            measure_id=lambda row: row.round.measure_id,
            lock_first=lambda pk: Measure.objects.filter(rounds__verifications=pk),
        ),
        Kind(
            kind=PaperKind.EXTENSION,
            model=Extension,
            visible=visible_extensions,
            content=contents.extension,
            column="measure",
            about=lambda row: row.measure,
            related=(
                "unit", "checkpoint", "requested_by", "approved_by", "decided_by", "signed_by", "refused_by",
                *of_measure("measure"),
            ),
            measure_id=lambda row: row.measure_id,
            lock_first=lambda pk: Measure.objects.filter(extensions=pk),
        ),
        Kind(
            kind=PaperKind.INSTRUMENT,
            model=Instrument,
            visible=visible_instruments,
            content=contents.instrument,
            lacks=lambda row: row.issued_at is None,
            not_yet=_("It was not sent, so there is no paper of it."),
            by_office=True,
            column="instrument",
            about=lambda row: row,
            related=("unit", "office"),
            measure_id=lambda row: row.measure_id,
            dated=lambda row: clock.local(row.issued_at).date(),
        ),
        Kind(
            kind=PaperKind.FILING,
            model=Filing,
            visible=visible_filings,
            content=contents.filing,
            lacks=lambda row: row.filed_at is None,
            not_yet=_("The head of the unit has not approved this filing yet."),
            column="filing",
            about=lambda row: row,
            related=("unit", "office", "period__plan", "drafted_by", "approved_by"),
            measure_id=lambda row: None,
            dated=lambda row: clock.local(row.filed_at).date(),
        ),
    )
}  # fmt: skip


def make(knock):
    """Freeze what the paper says, number it where its kind has numbers, and ask the worker to print it."""
    kind, row = KINDS[knock.act], knock.subject
    if kind.lacks(row):
        raise NotReady(kind.not_yet)
    snapshot = _snapshot(kind, row, knock)
    if missing := official.unprintable(snapshot):
        raise NotReady(engine.GlyphMissing(missing).reader_message)
    text = canonical(snapshot)
    paper = Paper.objects.create(
        office_id=row.office_id,
        kind=kind.kind,
        key=f"{kind.kind}:{row.pk}:{snapshot['revision']}",
        document_number=snapshot["document_number"],
        snapshot=text,
        digest=digest(text),
        made_by=knock.actor,
        made_at=knock.now,
        **{kind.column: kind.about(row)},
    )
    ask_to_print(paper)
    knock.measure_id = kind.measure_id(row)
    knock.details = {name: snapshot[name] for name in ("kind", "revision", "document_number")}
    knock.details["digest"] = paper.digest
    return paper


def ask_to_print(paper):
    """Once; again after the worker gave up."""
    jobs.submit(
        f"paper:{paper.pk}", "workflows.jobs.print_paper", office_id=paper.office_id, paper_id=paper.pk
    )


def _snapshot(kind, row, knock):
    office, last = row.office, kind.made_of(row).first()
    day = kind.dated(row) or knock.today
    head = ChainHead.objects.filter(office_id=office.pk).first()
    issuer, style = office.name, style_of(office).issue_values()
    if kind.kind == PaperKind.FILING:  # the unit speaks for itself
        issuer = row.unit.name
        style |= dict.fromkeys(("mark", "sign_off", "printed_by"), issuer)
    return {
        "schema": official.SCHEMA,
        "kind": kind.kind.value,
        "revision": last.revision + 1 if last else 1,
        "office": {"code": office.code, "name": office.name},
        "issuer": issuer,
        "document_number": _number(kind, row, last, day),
        "issued_on": day.isoformat(),
        "log": {"count": head.sequence, "head": head.hash},
        "style": style,
        "made_by": {"name": str(knock.actor), "at": clock.local(knock.now).isoformat()},
        "content": kind.content(row),
    }


def _number(kind, row, last, day):
    """An instrument has its own; a close-out takes the next of its series once and keeps it in later revisions."""
    if kind.kind == PaperKind.INSTRUMENT:
        return row.document_number
    if kind.kind != PaperKind.CLOSE_OUT:
        return ""
    if last:
        return last.document_number
    return next_numbers(row.office, day.year, series=kind.kind, word=CLOSE_OUT_WORD)[0]


def _unchanged(kind):
    """The entry of the newest paper of the row, if that still says what holds now: then it is not made again."""

    def earlier(row):
        last = kind.made_of(row).first()
        if last is None or json.loads(last.snapshot)["content"] != json.loads(canonical(kind.content(row))):
            return None
        return LogEntry.objects.filter(object_type="paper", object_id=last.pk, act=kind.act).first()

    return earlier


def may_make(access, kind, office_id) -> bool:
    """An auditor reads papers and has none made; a unit makes none that speaks for the office."""
    reads_only = not access.rights.keys() - {"read_office"}
    return not reads_only and (not kind.by_office or office_id in access.own_office_ids)


def _permit(knock):
    if not may_make(knock.access, KINDS[knock.act], knock.subject.office_id):
        raise NoRight


def keep_paper(knock):
    """The worker has printed it: from now on these are its bytes."""
    paper = knock.subject
    paper.pdf = StoredFile.objects.get(pk=knock.data["pdf"])
    paper.signature = knock.data.get("signature")
    paper.row_version += 1
    paper.save(update_fields=["pdf", "signature", "row_version"])
    knock.details = {"digest": paper.digest, "files": {"pdf": paper.pdf.sha256}}
    if paper.signature:
        knock.details["signature"] = paper.signature


def _printed(paper):
    """The entry of its printing: a worker that was slow finds it done."""
    printed = LogEntry.objects.filter(object_type="paper", object_id=paper.pk, act="keep_paper")
    return printed.first() if paper.pdf_id else None


for _kind in KINDS.values():
    register(
        Act(
            _kind.act,
            _kind.model,
            _kind.visible,
            _permit,
            make,
            related=_kind.related,
            lock_first=_kind.lock_first,
            earlier=_unchanged(_kind),
        )
    )
register(
    Act(
        "keep_paper",
        Paper,
        lambda _user: Paper.objects.none(),
        lambda _knock: None,
        keep_paper,
        earlier=_printed,
        by_person=False,
        by_system=True,
    )
)
