"""What of a measure was handed in before: the same files, pictures saved again, texts written once and used twice.

For the office before it verifies. Compared is with other measures of the office and with other months of the same one.
A likeness proves nothing: one photograph may rightly stand for two measures; a person judges.
"""

from collections import defaultdict
from dataclasses import dataclass
from datetime import date

from django.db.models import Q
from django.db.models.functions import Length

from cases import likeness
from cases.models import Evidence, ProgressEntry
from permissions import clock

ENTRIES = 12  # the latest of the measure that are compared
PAIRS = 20  # of files and of texts that are shown
HITS = 50 * PAIRS  # read at most: a blank form may be alike to thousands


@dataclass(frozen=True)
class Pair:
    """``kind``: "file", "picture" or "text"; both sides are Evidence or ProgressEntry rows. ``percent`` alike."""

    kind: str
    percent: int
    mine: object
    other: object


def pairs_of(measure, evidence, entries) -> list[Pair]:
    """Pairs of what counts for the measure and what is like it elsewhere, files first, the most alike first.

    ``evidence`` and ``entries``: the rows of the measure, the evidence with its files. At most four queries.
    """
    found = _files(measure, evidence) + _texts(measure, sorted(entries, key=lambda e: e.pk)[-ENTRIES:])
    return sorted(found, key=lambda pair: (pair.kind != "file", pair.kind == "text", -pair.percent))


def _files(measure, evidence):
    if not evidence:
        return []
    mine = {row.file_id for row in evidence}
    pictures = any(row.file.looks for row in evidence)
    rows = Evidence.objects.filter(office=measure.office_id, withdrawn_at=None).order_by()
    rows = rows.filter(Q(file__in=mine) | ~Q(file__looks="")) if pictures else rows.filter(file__in=mine)
    keys, looks = defaultdict(list), {}
    for pk, file_id, look in rows.values_list("pk", "file_id", "file__looks"):
        keys[file_id].append(pk)
        if look:
            looks[file_id] = look
    hits = [hit for row in evidence for hit in _like(row, keys, looks)]
    others = _by_pk(Evidence, {pk for _row, _kind, _percent, pk in hits[:HITS]}, "file")
    pairs = [Pair(kind, percent, row, others[pk]) for row, kind, percent, pk in hits if pk in others]
    return [pair for pair in pairs if _is_elsewhere(pair.mine, pair.other, _month_of_upload)][:PAIRS]


def _by_pk(model, pks, *related):
    """{pk: row} with unit, measure and plan; no query where there is nothing."""
    rows = model.objects.select_related("unit", "measure__plan", *related).defer("measure__plan__text")
    return rows.in_bulk(pks) if pks else {}


def _like(row, keys, looks):
    """(row, kind, percent, pk of the other piece of evidence) for every file that is the same or looks the same."""
    for pk in keys[row.file_id]:
        if pk != row.pk:
            yield row, "file", 100, pk
    if not row.file.looks:
        return
    for file_id, percent in likeness.alike(row.file.looks, looks.items()):
        if file_id != row.file_id:
            for pk in keys[file_id]:
                yield row, "picture", percent, pk


def _is_elsewhere(mine, other, month_of):
    """On another measure; or on the same one in an earlier month, and not the version that it replaces."""
    if mine.measure_id != other.measure_id:
        return True
    replaced = getattr(mine, "replaces_id", None) == other.pk
    return not replaced and month_of(other) < month_of(mine)


def _month_of_upload(evidence) -> date:
    return clock.local(evidence.uploaded_at).date().replace(day=1)


def _texts(measure, entries):
    entries = [entry for entry in entries if len(entry.progress) >= likeness.SHORT_TEXT]
    if not entries:
        return []
    bounds = [likeness.lengths_like(len(entry.progress)) for entry in entries]
    rows = (
        ProgressEntry.objects.filter(office=measure.office_id)
        .exclude(pk__in=[e.pk for e in entries])
        .order_by()
    )
    rows = rows.annotate(length=Length("progress")).filter(
        length__gte=min(low for low, _high in bounds), length__lte=max(high for _low, high in bounds)
    )
    keys = defaultdict(list)
    for pk, text in rows.values_list("pk", "progress"):
        keys[text].append(pk)
    for entry in entries:
        keys[entry.progress].append(entry.pk)
    texts = {text: text for text in keys}
    hits = [
        (entry, percent, pk)
        for entry in entries
        for text, percent in likeness.alike_texts(entry.progress, texts)
        for pk in keys[text]
        if pk != entry.pk
    ]
    others = _by_pk(ProgressEntry, {pk for _entry, _percent, pk in hits[:HITS]})
    pairs = [Pair("text", percent, entry, others[pk]) for entry, percent, pk in hits if pk in others]
    return [pair for pair in pairs if _is_elsewhere(pair.mine, pair.other, lambda e: e.period)][:PAIRS]
