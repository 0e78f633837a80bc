"""Files put forward as evidence (佐证材料)."""

from django.db.models import FilteredRelation, Q
from django.utils.translation import gettext_lazy as _

from cases.errors import NotReady
from cases.models import Evidence


def attach(rectification, *, files, note, requirement):
    """``files``: [(name, StoredFile)], already written and checked. ``requirement``: the line of the checklist."""
    fields = {"note": note}
    if requirement:
        row = next((r for r in rectification.requirements if r.pk == requirement), None)
        if row is None:
            raise NotReady(_("The office's checklist has no such line any more. Reload the page."))
        fields["requirement"] = row
        rectification.details["requirement"] = row.label
    keep(rectification, rectification.unit_for("attach_evidence"), files, **fields)


def withdraw(rectification, *, evidence, reason):
    """The unit takes back a file of its own; it stays readable with the reason and counts no more."""
    row = _own(rectification, evidence)
    row.withdrawn_at, row.withdrawn_by, row.withdrawal_reason = (
        rectification.now,
        rectification.actor,
        reason,
    )
    row.save(update_fields=["withdrawn_at", "withdrawn_by", "withdrawal_reason"])
    rectification.evidence_digests.append(row.file.sha256)
    rectification.details |= {"files": [row.name], "reason": reason}


def replace(rectification, *, evidence, files, note):
    """A newer version takes the place of one file and proves what that one proved."""
    old = _own(rectification, evidence)
    if len(files) != 1:
        raise NotReady(_("Choose exactly one file as the new version."))
    keep(
        rectification,
        old.unit,
        files,
        note=note,
        replaces=old,
        requirement_id=old.requirement_id,
        checkpoint_id=old.checkpoint_id,
        entry_id=old.entry_id,
    )
    rectification.details["replaced"] = old.name


def _own(rectification, pk):
    """A file that counts, put forward by a unit for which the person may act."""
    row = next((e for e in rectification.evidence if e.pk == pk), None)
    if row is None:
        raise NotReady(_("This file was replaced or withdrawn meanwhile. Reload the page."))
    if not rectification.access.has("attach_evidence", row.unit_id):
        raise NotReady(_("This file was put forward by another unit, which alone can change it."))
    row.unit = next((d.unit for d in rectification.duties if d.unit_id == row.unit_id), row.unit)
    rectification.details["unit"] = row.unit.name
    return row


def keep(rectification, unit, files, **fields):
    """Add the files to the open round; ``fields`` say what they prove beyond the measure as a whole."""
    measure = rectification.measure
    ids = [stored.pk for _name, stored in files]
    round_id, present = _round_with(measure, unit, ids)
    rows = []
    for name, stored in files:
        if stored.pk in present:
            raise NotReady(
                _(
                    "“%(name)s” is already attached as “%(other)s”, which counts. Nothing was sent: leave this "
                    "file out and send the rest again."
                ),
                name=name,
                other=present[stored.pk],
            )
        rows.append(
            Evidence(
                office_id=measure.office_id,
                measure=measure,
                round_id=round_id,
                unit=unit,
                file=stored,
                name=name,
                uploaded_by=rectification.actor,
                uploaded_at=rectification.now,
                **fields,
            )
        )
        present[stored.pk] = name
        rectification.evidence_digests.append(stored.sha256)
    Evidence.objects.bulk_create(rows)
    rectification.details |= {"unit": unit.name, "files": [name for name, _stored in files]}


def _round_with(measure, unit, file_ids):
    """(id of the open round, {file id: name} of those files that the unit put forward in it). One query for both."""
    same = FilteredRelation(
        "evidence",
        condition=Q(evidence__unit=unit, evidence__withdrawn_at=None, evidence__file__in=file_ids),
    )
    rows = measure.rounds.filter(closed_at=None).annotate(same=same)
    rows = list(rows.values_list("pk", "same__file", "same__name"))
    return rows[0][0], {file_id: name for _pk, file_id, name in rows if file_id}
