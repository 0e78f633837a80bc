"""Acts on what the public reports: register, take in hand, link to what is known, answer, settle."""

from django.utils.translation import gettext_lazy as _

from cases import evidence, files
from cases.digits import whole
from cases.errors import NotReady, NotVisible, WrongState
from cases.feedback import STEPS, may_follow, new_receipt, visible_feedback, with_rectification
from cases.models import Feedback, FeedbackChannel, Problem
from permissions.models import Office
from workflows.acts.imports import own_offices, permit_office
from workflows.door import Act, register


def register_feedback(knock):
    """Put a report on the register; what cannot be accepted as a file leaves no row.

    ``attachment``: (name, bytes) or None. ``known``: "feedback:PK" or "problem:PK" when the matter is known.
    The entry in the log names the channel only: who reported what stays in the register.
    """
    office, data = knock.subject, knock.data
    if not data["content"].strip():
        raise NotReady(_("Say what is reported."))
    channel = FeedbackChannel.WEB if knock.actor is None else FeedbackChannel(data["channel"])
    feedback = Feedback(
        office=office,
        receipt=new_receipt(),
        channel=channel,
        content=data["content"].strip(),
        location=data.get("location") or "",
        person=data.get("person") or "",
        contact=data.get("contact") or "",
        received_at=knock.now,
        registered_by=knock.actor,
    )
    if data.get("attachment"):
        _attach(knock, feedback, *data["attachment"])
    knock.details = {"channel": channel.value}
    if data.get("known"):
        _link(knock, feedback, data["known"])
    feedback.save()
    return feedback


def _attach(knock, feedback, name, content):
    name, media_type = evidence.check(name, content)
    feedback.attachment = files.store(feedback.office_id, content, media_type)
    feedback.attachment_name = name
    knock.evidence_digests = [feedback.attachment.sha256]


def take_feedback(knock):
    """Somebody of the office begins to look into it."""
    _step(knock.subject, knock.act)
    _save(knock)


def link_duplicate(knock):
    """Tie the report to an earlier one, or to a problem that is on the ledger already. ``known`` as at registering."""
    _link(knock, knock.subject, knock.data["known"])
    _save(knock)


def _link(knock, feedback, known):
    _step(feedback, "link_duplicate")
    if feedback.problem_id or feedback.duplicate_of_id:
        raise NotReady(_("This report is linked already."))
    kind, _colon, pk = known.partition(":")
    model = {"feedback": Feedback, "problem": Problem}.get(kind)
    found = model and model.objects.filter(office=feedback.office_id, pk=whole(pk)).first()
    if not found:
        raise NotReady(_("There is no such report or problem in your office. Look again."))
    if kind == "problem":
        feedback.problem = found
    else:
        first = found.duplicate_of or found  # never a chain: all repeats point to the first report
        if first == feedback:
            raise NotReady(_("A report cannot repeat itself."))
        if feedback.pk and feedback.duplicates.exists():
            raise NotReady(_("Other reports are linked to this one: link the newer one to it instead."))
        feedback.duplicate_of = found = first
    knock.details |= {kind: found.pk}


def take_back_link(knock):
    """Part the report from the problem or the earlier report to which it was tied; it is in hand again.

    The problem and its measures stay: who registered them wrongly, too, has the office withdraw them.
    """
    feedback, reason = knock.subject, knock.data["reason"].strip()
    _step(feedback, knock.act)
    known = feedback.problem or feedback.duplicate_of
    if known is None:
        raise NotReady(_("This report is not linked to anything."))
    if not reason:
        raise NotReady(_("Say why the link is taken back."))
    kind = "problem" if feedback.problem_id else "feedback"
    feedback.problem = feedback.duplicate_of = None
    knock.details = {kind: known.pk, "reason": reason, "note": str(known)}
    _save(knock)


def answer_feedback(knock):
    """Write the answer that the receipt number shows; a later answer replaces it, the log keeps the time."""
    feedback, answer = knock.subject, knock.data["answer"].strip()
    if not answer:
        raise NotReady(_("Write the answer."))
    _step(feedback, knock.act)
    feedback.answer, feedback.answered_at = answer, knock.now
    knock.details = {"text": answer}
    _save(knock)


def settle_feedback(knock):
    """Take the report off the register (销号): answered, and what it became a problem for is rectified."""
    feedback = knock.subject
    _step(feedback, knock.act)
    if not feedback.answer and not feedback.duplicate_of_id:
        raise NotReady(_("Answer the report before it is settled; only a repeated one goes with the first."))
    if feedback.problem_id and not _is_rectified(feedback):
        raise NotReady(
            _(
                "The problem that this report is about is still being rectified. "
                "Settle the report when all its measures are closed out."
            )
        )
    feedback.accountability = (knock.data.get("accountability") or "").strip()
    knock.details = {"text": feedback.accountability} if feedback.accountability else {}
    _save(knock)


def _is_rectified(feedback):
    return with_rectification(Feedback.objects.filter(pk=feedback.pk)).get().rectified


def matter_of(knock, pk):
    """The report that becomes a problem, locked and moved on; ``register_problem`` saves it with its problem."""
    feedback = Feedback.objects.select_for_update().filter(office=knock.subject.pk, pk=pk).first()
    if feedback is None:
        raise NotVisible
    knock.require("handle_feedback", knock.subject.unit.pk)
    if feedback.problem_id or feedback.duplicate_of_id:
        raise NotReady(_("This report is linked already."))
    _step(feedback, "register_problem")
    feedback.row_version += 1
    return feedback


def _step(feedback, act):
    if not may_follow(act, feedback):
        raise WrongState(state=feedback.get_state_display())
    feedback.state = STEPS[act][1]


def _save(knock):
    knock.subject.row_version += 1
    knock.subject.save()


register(
    Act(
        "register_feedback",
        Office,
        own_offices,
        permit_office("handle_feedback"),
        register_feedback,
        by_system=True,  # the public page: nobody is logged in there
    )
)
for _act in (take_feedback, link_duplicate, take_back_link, answer_feedback, settle_feedback):
    register(
        Act(
            _act.__name__,
            Feedback,
            visible_feedback,
            permit_office("handle_feedback"),
            _act,
            related=("office",),
        )
    )
