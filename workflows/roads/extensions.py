"""A later date for one step (延期): the unit asks, and what happens to the request when its matter is gone."""

from django.db.models import F
from django.utils.translation import gettext_lazy as _

from cases import deadlines
from cases.errors import NotReady
from cases.models import Extension, ExtensionState, LateExtension
from cases.models.roads import EXTENSION_OPEN
from cases.rules import rules_of
from workflows.approvals import ExtensionFlow, begin, cancel


def request(rectification, unit, *, checkpoint, new_due_on, reason, interim_measures):
    """Keep the request and start its approval. The dates stay as they are until it is granted."""
    step = next((row for row in rectification.checkpoints if row.pk == checkpoint), None)
    if step is None:
        raise NotReady(_("This measure has no such checkpoint. Reload the page."))
    measure, today = rectification.measure, rectification.today
    others, rules = rectification.extensions, rules_of(measure.office)
    late = is_late(step, measure.plan.issued_on, today=today)
    _check_step(step, others)
    _check_rules(rules, others, late=late)
    check_date(rules, step, new_due_on, today=today)
    row = Extension.objects.create(
        office_id=measure.office_id,
        measure=measure,
        checkpoint=step,
        unit=unit,
        number=max((other.number for other in others), default=0) + 1,
        old_due_on=step.due_on,
        new_due_on=new_due_on,
        reason=reason,
        interim_measures=interim_measures,
        late=late,
        requested_by=rectification.actor,
        requested_at=rectification.now,
    )
    begin(ExtensionFlow, extension=row)
    rectification.details |= {
        "unit": unit.name,
        "extension": row.pk,
        "old_due_on": row.old_due_on.isoformat(),
        "new_due_on": row.new_due_on.isoformat(),
        "reason": reason,
        "late": late,
    }


def is_late(step, issued_on, *, today):
    """Asked for when the date had passed. One that had passed when the plan was issued is nobody's fault."""
    return step.due_on < today and not deadlines.is_born_overdue(step.dates, issued_on)


def _check_step(step, others):
    if step.met_on:
        raise NotReady(_("This checkpoint has been confirmed already."))
    if step.reported_on:
        raise NotReady(
            _("This checkpoint has been reported as reached; the office confirms it or sends it back.")
        )
    if any(row.checkpoint_id == step.pk and row.state in EXTENSION_OPEN for row in others):
        raise NotReady(_("An extension of this checkpoint is asked for already and waits for a decision."))


def _check_rules(rules, others, *, late):
    if late and rules.late_extension == LateExtension.REFUSE:
        raise NotReady(_("The date has passed. The office accepts requests for an extension only before it."))
    check_limit(rules, [row for row in others if row.state == ExtensionState.GRANTED])


def check_limit(rules, granted):
    if rules.extension_limit and len(granted) >= rules.extension_limit:
        raise NotReady(
            _("%(count)s extensions of this measure have been granted; the office's rules allow no more."),
            count=len(granted),
        )


def check_date(rules, step, new_due_on, *, today):
    """The new date lies ahead, after the present one, and not further from the original one than the cap."""
    if new_due_on <= max(step.due_on, today):
        raise NotReady(_("The new date must lie ahead, and after the present one."))
    cap = rules.extension_cap_days
    if cap and (new_due_on - step.original_due_on).days > cap:
        raise NotReady(
            _("The new date may lie at most %(days)s days after the original one, which was %(day)s."),
            days=cap,
            day=f"{step.original_due_on:%Y-%m-%d}",
        )


def lapse(extensions, *, now, reason="") -> list[int]:
    """Those of a queryset that are open lapse with their matter; they stay readable, with the reason if any was given.

    Returns their numbers. One statement where none is open.
    """
    rows = dict(extensions.filter(state__in=EXTENSION_OPEN).values_list("pk", "number"))
    if rows:
        end_open(Extension.objects.filter(pk__in=rows), now=now, reason=reason)
    return sorted(rows.values())


def lapse_with(rectification, extensions):
    """Nobody decides any more on a later date of a step that is met, or of a measure that is closed out."""
    if numbers := lapse(extensions, now=rectification.now):
        rectification.details["lapsed_extensions"] = numbers


def end_open(extensions, *, now, reason):
    """The same where one is known to be open: three statements, the approvals first, as the open state finds them."""
    still_open = extensions.filter(state__in=EXTENSION_OPEN).order_by()
    cancel(now, extension=still_open)
    still_open.update(state=ExtensionState.LAPSED, decision=reason, row_version=F("row_version") + 1)
