"""A step of an approval that belongs to a unit: any live member with the right may do it."""

from viewflow import this
from viewflow.workflow import flow

from permissions.access import access_of


class UnitTask(flow.View):
    """``UnitTask(title=_("Review")).Unit(this.office_unit, right="review_report")``: our own pages show it.

    viewflow mounts none of its own.
    """

    _unit = _right = None

    def __init__(self, view=None, *, title="", **kwargs):
        super().__init__(view, **kwargs)
        self.task_title = title

    def Unit(self, unit, right):
        self._unit, self._right = unit, right
        return self

    def _resolve(self, instance):
        super()._resolve(instance)
        self._unit = this.resolve(instance, self._unit)

    def calc_owner_permission(self, activation):
        """Called before the task is first saved, so the unit costs no second statement."""
        activation.task.unit = self._unit(activation)
        return self._right

    def calc_owner_permission_obj(self, activation):
        return None

    def can_assign(self, user, task):
        return task.owner_id is None and access_of(user).has(self._right, task.unit_id)

    def can_execute(self, user, task):
        return task.owner_id == user.pk and access_of(user).has(self._right, task.unit_id)
