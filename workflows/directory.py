"""What the choices of a form stand for: units and collectives of one office, as "unit:PK" and "group:PK"."""

from django.utils.translation import gettext_lazy as _

from cases.digits import whole
from cases.errors import NotReady
from cases.models import Duty, DutyRole, one_duty_per_unit
from permissions.models import Unit, UnitGroup, UnitKind


class Directory:
    """Only what was chosen is read: one query for units, two more where a collective was chosen."""

    def __init__(self, office_id, choices):
        chosen = {kind: set() for kind in ("unit", "group")}
        for choice in choices:
            kind, _colon, pk = str(choice).partition(":")
            if kind in chosen and (pk := whole(pk)) is not None:
                chosen[kind].add(pk)
        units = Unit.objects.filter(office=office_id).exclude(kind=UnitKind.OFFICE)
        self.units = {unit.pk: unit for unit in units.filter(pk__in=chosen["unit"])}
        self.groups = {}
        if chosen["group"]:
            groups = UnitGroup.objects.filter(office=office_id, pk__in=chosen["group"])
            self.groups = {group.pk: group for group in groups.prefetch_related("members")}

    def resolve(self, choice):
        """(printed name, group or None, units). Errors: NotReady when the choice is no longer there."""
        kind, _colon, pk = str(choice).partition(":")
        rows = {"unit": self.units, "group": self.groups}.get(kind, {})
        row = rows.get(whole(pk))
        if row is None:
            raise NotReady(_("A chosen unit is no longer in the directory. Choose again."))
        if kind == "unit":
            return row.name, None, [row]
        if not row.members.all():
            raise NotReady(_("“%(name)s” has no members who could answer for a measure."), name=row.name)
        return row.name, row, list(row.members.all())

    def duties(self, measure, leads, responsible):
        """Unsaved duties, one per unit."""
        of_measure = {"office_id": measure.office_id, "measure": measure}
        return one_duty_per_unit(
            Duty(**of_measure, unit=unit, role=role, group=group, printed=printed)
            for role, choices in ((DutyRole.LEAD, leads), (DutyRole.RESPONSIBLE, responsible))
            for printed, group, units in map(self.resolve, choices)
            for unit in units
        )
