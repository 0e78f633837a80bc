"""Does the database still say what was recorded? Log → head, states, files on disk, issued reports. Reads only.

The chain proves that no entry was changed, cut out or put in between; the last entries could be cut off with the
head moved back, which is why every issued PDF carries the count and head of its day: those are compared, too.
"""

import json
from dataclasses import dataclass, field

from cases import files
from cases.models import ChainHead, LogEntry, Measure, StoredFile
from cases.models.log import GENESIS
from cases.states import MeasureState
from reports import proof
from reports.models import SIGNED_PAPERS, Paper, ReportState
from reports.verification import issue_entry, proved_files


@dataclass
class Found:
    """``wrong`` holds full sentences, in the order in which they were found."""

    entries: int = 0
    head: str = GENESIS
    files: int = 0
    reports: int = 0
    wrong: list[str] = field(default_factory=list)


def check_office(office) -> Found:
    """Check everything of one office. Memory stays small: rows are read in portions."""
    found = Found()
    states = States()
    hashes = _check_chain(office, found, states)
    _check_states(office, found, states)
    _check_files(office, found)
    _check_reports(office, found, hashes)
    _check_papers(office, found, hashes)
    return found


class States:
    """What the record says of the measures' states: each change begins where the last one ended."""

    FIRST = (MeasureState.DRAFT, MeasureState.ISSUED)
    # Acts that hand measures to their units, each with one entry for all of them.
    ISSUING = {"issue_plan", "issue_problem", "split_off", "add_measure", "take_over"}

    def __init__(self):
        self.last = {}  # {measure pk: (state, entry's name)}
        self.issued = set()  # {(kind of row, pk)}: what is of these has no other beginning
        self.broken = []  # changes that do not begin where the last one ended

    def follow(self, entry):
        if entry.act in self.ISSUING:
            self.issued.add((entry.object_type, entry.object_id))
        if entry.object_type != "measure" or '"to":' not in entry.body:
            return
        try:
            body = json.loads(entry.body)
        except ValueError:
            return  # the chain names an entry that was changed
        if "to" not in body:
            return
        begins = body.get("from")
        before, name = self.last.get(entry.object_id, (begins, ""))
        if begins != before:
            self.broken.append(f"{_name(entry)} begins with {begins}, but {name} ended with {before}.")
        self.last[entry.object_id] = (body["to"], _name(entry))

    def fault(self, pk, plan_id, problem_id, number, state):
        """What is wrong with the state that the database gives, or None."""
        if pk in self.last:
            said, name = self.last[pk]
            return None if said == state else f"Measure {number} is {state}, but {name} made it {said}."
        is_issued = self.issued & {("plan", plan_id), ("problem", problem_id), ("measure", pk)}
        if is_issued and state not in self.FIRST:
            return f"Measure {number} is {state}, but no act of the record made it so."
        return None


def _check_states(office, found, states):
    """The state of every measure is the one that the last act gave it; the first that differs is named."""
    found.wrong += states.broken[:1]
    rows = Measure.objects.filter(office=office).order_by("plan", "order")
    rows = rows.values_list("pk", "plan_id", "problem_id", "number", "state")
    faults = [fault for row in rows.iterator() if (fault := states.fault(*row))]
    if faults:
        found.wrong.append(faults[0] + (f" {len(faults) - 1} more measures differ." if faults[1:] else ""))


def _check_chain(office, found, states):
    """Walk the chain; the first bad entry is named, since everything after it follows from it. {sequence: hash}"""
    hashes, bad = {0: GENESIS}, None
    for entry in LogEntry.objects.filter(office=office).order_by("sequence").iterator(chunk_size=2000):
        found.entries += 1
        bad = bad or _fault(entry, found.entries, found.head)
        found.head = entry.hash
        hashes[entry.sequence] = entry.hash
        states.follow(entry)
    if bad:
        found.wrong.append(bad)
    head = ChainHead.objects.filter(office=office).first()
    kept = (head.sequence, head.hash) if head else (0, GENESIS)
    if kept != (found.entries, found.head):
        found.wrong.append(
            f"The head says {kept[0]} entries ending in {kept[1][:16]}…, the log has {found.entries} "
            f"ending in {found.head[:16]}…."
        )
    return hashes


def _name(entry):
    return f"Entry {entry.sequence} ({entry.act} at {entry.at})"


def _fault(entry, number, previous):
    """What is wrong with this entry, or None."""
    name = _name(entry)
    if entry.sequence != number:
        return f"Entry {number} is missing: entry {entry.sequence} follows entry {number - 1}."
    if entry.prev != previous:
        return f"{name} does not follow the entry before it."
    if entry.hash != entry.expected_hash():
        return f"{name} was changed: its content does not match its hash."
    return None


def _check_files(office, found):
    for stored in StoredFile.objects.filter(office=office).iterator():
        found.files += 1
        if not files.is_intact(stored):
            what = "was changed on disk" if files.path_of(stored.sha256).exists() else "is missing on disk"
            found.wrong.append(f"File {stored.sha256[:16]}… ({stored.size} bytes) {what}.")


def _check_reports(office, found, hashes):
    """Frozen data, the files named at issue, and the head that the paper carries."""
    issued = {"state__in": [ReportState.ISSUED, ReportState.SUPERSEDED], "office": office}
    for paper in (
        paper
        for model in SIGNED_PAPERS
        for paper in model.objects.filter(**issued).select_related(*model.proved).order_by("pk")
    ):
        found.reports += 1
        name = f"{paper.kind.capitalize()} {paper.document_number}"
        if proof.digest(paper.snapshot) != paper.digest:
            found.wrong.append(f"{name}: its data are not those that were signed.")
        entry = issue_entry(paper)
        named = json.loads(entry.body) if entry else {}
        if named.get("files") != proved_files(paper) or named.get("data_digest") != paper.digest:
            found.wrong.append(f"{name}: the record names other files or data as issued.")
        if named.get("signature") != paper.signature:
            found.wrong.append(f"{name}: the record names another signature of the office's certificate.")
        log = paper.issue["log"]
        if hashes.get(log["count"]) != log["head"]:
            found.wrong.append(
                f"{name}: the record no longer has the head that the paper carries ({log['count']})."
            )


def _check_papers(office, found, hashes):
    """The same for papers about one thing: what was frozen, what was printed, and the head that each carries."""
    acts = {}
    for entry in LogEntry.objects.filter(office=office, object_type="paper").order_by("sequence").iterator():
        acts.setdefault(entry.object_id, {}).update(json.loads(entry.body))
    for paper in Paper.objects.filter(office=office).select_related("pdf").order_by("pk").iterator():
        name, said = f"Paper {paper.key}", acts.get(paper.pk, {})
        if not proof.digest(paper.snapshot) == paper.digest == said.get("digest"):
            found.wrong.append(f"{name}: its data are not those that were recorded.")
            continue
        if said.get("files") != ({"pdf": paper.pdf.sha256} if paper.pdf else None):
            found.wrong.append(f"{name}: the record names another file as printed.")
        if said.get("signature") != paper.signature:
            found.wrong.append(f"{name}: the record names another signature of the office's certificate.")
        log = json.loads(paper.snapshot)["log"]
        if hashes.get(log["count"]) != log["head"]:
            found.wrong.append(
                f"{name}: the record no longer has the head that the paper carries ({log['count']})."
            )
