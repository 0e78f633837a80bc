"""How much of what the plan wants in numbers is done (10000 户，已完成 8213 户)."""

from django.utils.translation import gettext_lazy as _

from cases.errors import NotReady


def set_target(rectification, *, amount, unit):
    """The office sets and corrects the target; a lead unit may name it where there is none yet."""
    measure = rectification.measure
    if amount <= 0 or not unit.strip():
        raise NotReady(_("A target is a number above zero with what is counted, such as 10000 户."))
    if measure.target_amount is not None and rectification.acting_unit("amend_plan") is None:
        raise NotReady(_("This measure has a target already; the office can correct it."))
    before = [str(measure.target_amount), measure.target_unit] if measure.target_amount is not None else None
    measure.target_amount, measure.target_unit = amount, unit.strip()
    rectification.details["target"] = [before, [str(amount), measure.target_unit]]


def refuse_amount(measure, amount):
    if amount is None:
        return
    if measure.target_amount is None:
        raise NotReady(_("This measure has no target in numbers, so no amount can be entered."))
    if amount < 0:
        raise NotReady(_("An amount cannot be less than zero."))
