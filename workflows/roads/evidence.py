"""Files put forward as evidence (佐证材料)."""

from django.utils.translation import gettext_lazy as _

from cases.errors import NotReady
from cases.models import Evidence


def attach(rectification, *, files, note):
    """``files``: [(name, StoredFile)], already written and checked."""
    keep(rectification, rectification.unit_for("attach_evidence"), files, note=note)


def keep(rectification, unit, files, **fields):
    """Add the files to the open round; ``fields`` say what they prove beyond the measure as a whole."""
    measure = rectification.measure
    present = {e.file_id: e.name for e in rectification.evidence if e.unit_id == unit.pk}
    for name, stored in files:
        if stored.pk in present:
            raise NotReady(
                _("“%(name)s” is already attached as “%(other)s”."), name=name, other=present[stored.pk]
            )
        Evidence.objects.create(
            office_id=measure.office_id,
            measure=measure,
            round=rectification.round,
            unit=unit,
            file=stored,
            name=name,
            uploaded_by=rectification.actor,
            uploaded_at=rectification.now,
            **fields,
        )
        present[stored.pk] = name
        rectification.evidence_digests.append(stored.sha256)
    rectification.details |= {"unit": unit.name, "files": [name for name, _stored in files]}
