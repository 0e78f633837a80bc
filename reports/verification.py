"""Is this the paper that an office issued? By the bytes of a PDF, or by a number or digest that somebody typed.

Anybody may ask; the answer says what the paper itself prints and nothing more of its content.
"""

import re
from dataclasses import dataclass

from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from cases import files
from cases.models import LogEntry
from reports import offline_check, proof, signatures
from reports.models import SIGNED_PAPERS, Paper, ReportState, SignedPaper

GENUINE, SUPERSEDED, ALTERED, UNKNOWN = "genuine", "superseded", "altered", "unknown"
KNOWN = "known"  # such a paper was issued, but no file was compared: a forger can copy a number
# What the certificate's signature in a file says, where the paper was issued with one.
HOLDS, CHANGED, ADDED_TO, FOREIGN, MISSING = "holds", "changed", "added_to", "foreign", "missing"
PARTS = {
    "pdf": _("PDF as issued"),
    "xlsx": _("Ledger as issued"),
    "internal_pdf": _("Internal report as issued"),
}
DIGEST = re.compile(r"[0-9a-f]{64}")
BRACKETS = str.maketrans("[](){}（）【】［］", "〔〕〔〕〔〕〔〕〔〕〔〕")


@dataclass(frozen=True)
class Finding:
    """``verdict``; the paper it is about, if any; the digest of what was put forward, if it was a file; and what its
    certificate's ``signature`` says, if the paper has one and its PDF was put forward.
    """

    verdict: str
    paper: SignedPaper | Paper | None = None
    digest: str = ""
    signature: str = ""

    @property
    def is_about_one_thing(self):
        """No report or bulletin, but a notice, form or filing."""
        return isinstance(self.paper, Paper)

    @property
    def issued_by(self):
        """Whose name the paper bears: the unit's, where it is a filing."""
        filing = getattr(self.paper, "filing", None)
        return (filing.unit if filing else self.paper.office).name

    @property
    def held_against(self):
        """{label, sha256} of the part of the paper that the file in hand is; of its PDF, where it is none."""
        if self.digest == self.paper.digest:
            return {"label": _("Data as issued"), "sha256": self.digest}
        parts = {name: getattr(self.paper, name) for name in getattr(self.paper, "checked", ("pdf",))}
        name = next(
            (name for name, stored in parts.items() if stored and stored.sha256 == self.digest), "pdf"
        )
        return {"label": PARTS[name], "sha256": parts[name].sha256}


def issue_entry(paper):
    """The entry of the record by which the paper was issued, or None. One query."""
    entries = LogEntry.objects.filter(
        office=paper.office_id, object_type=paper._meta.model_name, object_id=paper.pk
    )
    return entries.filter(act=f"issue_{paper.kind}").first()


def proved_files(paper) -> dict[str, str]:
    """{name: SHA-256} of the files that the entry of its issue names as proved."""
    return {name: stored.sha256 for name in paper.proved if (stored := getattr(paper, name))}


def proof_entries(paper):
    """The stretch of the record from the head that the paper prints up to the entry of its issue. Two queries."""
    last = issue_entry(paper)
    if last is None:
        return []
    printed = paper.issue["log"]["count"]
    entries = LogEntry.objects.filter(
        office=paper.office_id, sequence__gt=printed, sequence__lte=last.sequence
    )
    return list(entries.order_by("sequence"))


def check_file(data: bytes) -> Finding:
    """Any part of a paper: its bytes are known, or it names a paper of ours but was changed. At most nine queries."""
    digest = proof.digest(data)
    if papers := _by_file(digest) or _issued(digest=digest):
        signature = _signature(data, papers[0]) if data.startswith(b"%PDF") else ""
        return Finding(_verdict(papers[0]), papers[0], digest, signature)
    named = offline_check.printed_marks(data).get("data_digest", "")
    if DIGEST.fullmatch(named) and (papers := _issued(digest=named)):
        return Finding(ALTERED, papers[0], digest, _signature(data, papers[0]))
    return Finding(UNKNOWN, digest=digest)


def check_text(text: str) -> list[Finding]:
    """The digest of a file that somebody took, or what a paper prints: its number or data digest. Six queries.

    Only the first compares a file. A number may belong to several offices.
    """
    text = re.sub(r"\s", "", text)
    if DIGEST.fullmatch(text.lower()):
        asked = text.lower()
        if rows := _by_file(asked):
            return [Finding(_verdict(paper), paper, asked) for paper in rows]
        rows = _issued(digest=asked)
    else:
        rows = _issued(document_number=text.translate(BRACKETS))
    return [Finding(KNOWN, paper) for paper in rows] or [Finding(UNKNOWN)]


def _signature(data, paper):
    """What the signature in the file says, held against the one that the record names."""
    if not paper.signature:
        return ""
    found = signatures.examine(data)
    if found is None:
        return MISSING
    if not found.is_intact:
        return CHANGED
    if found.certificate != paper.signature["certificate"]:
        return FOREIGN
    return HOLDS if found.covers_all else ADDED_TO


def signature_on_file(paper) -> str:
    """The same of the PDF that is kept: its signature was looked at when it was made, so its digest is enough now."""
    if not paper.signature:
        return ""
    return HOLDS if files.is_intact(paper.pdf) else CHANGED


def _by_file(digest):
    """The papers that are proved by a file of these bytes. A Word document is made to be changed, so it proves none."""
    signed = [paper for model in SIGNED_PAPERS for paper in _of(model, _any_file(model, digest))]
    return [*signed, *_made(pdf__sha256=digest)]


def _any_file(model, digest):
    found = Q(pk__in=[])
    for name in model.checked:
        found |= Q(**{f"{name}__sha256": digest})
    return found


def _issued(**conditions):
    signed = [paper for model in SIGNED_PAPERS for paper in _of(model, Q(**conditions))]
    return [*signed, *_made(**conditions)]


def _made(**conditions):
    """Papers about one thing, the newest first; at most five, one query."""
    rows = Paper.objects.filter(**conditions, pdf__isnull=False)
    rows = rows.select_related("office", "pdf", "made_by", "filing__unit")
    return rows.defer("snapshot", "filing__rows").order_by("-pk")[:5]


def _of(model, condition):
    """At most five; one query."""
    return (
        model.objects.filter(condition, state__in=[ReportState.ISSUED, ReportState.SUPERSEDED])
        .select_related("office", "signed_by", "replaced_by", *model.checked)
        .defer("snapshot", "replaced_by__snapshot")
    )[:5]


def _verdict(paper):
    if isinstance(paper, Paper):
        later = Paper.objects.filter(office=paper.office_id, key__startswith=paper.thing, pk__gt=paper.pk)
        return SUPERSEDED if later.exclude(pdf=None).exists() else GENUINE
    return SUPERSEDED if paper.state == ReportState.SUPERSEDED else GENUINE
