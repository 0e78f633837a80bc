"""What a person writes for each act on a measure. The rules stand in ``workflows.rectification``."""

from django import forms
from django.conf import settings
from django.utils.translation import gettext_lazy as _

from cases import evidence
from cases.errors import BadFile
from cases.models import VerificationMethod
from cases.rules import rules_of
from permissions import clock
from workflows.forms.acting import ActForm

LONG = 5000  # characters: about six printed pages


def text(label, *, rows=4, required=True, help_text="", max_length=LONG):
    field = forms.CharField(
        label=label,
        required=required,
        max_length=max_length,
        help_text=help_text,
        widget=forms.Textarea(attrs={"rows": rows}),
    )
    # A browser would silently cut what is pasted; so the answer says how much is too much, and nothing is lost.
    field.widget.attrs.pop("maxlength")
    return field


def day(label, *, required=True, help_text=""):
    """A date that is today unless changed; nobody may name a day that has not come."""
    return forms.DateField(
        label=label,
        required=required,
        help_text=help_text,
        initial=clock.today,
        widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
    )


class MeasureActForm(ActForm):
    """``dossier`` is known when the page is shown; when it is sent, the door looks for itself.

    ``preset``: numbers that the page's address may choose beforehand.
    """

    preset = ()

    @classmethod
    def known(cls, dossier) -> dict:
        """{name: value} that the record of the measure suggests."""
        return {}

    def __init__(self, *args, dossier=None, **kwargs):
        super().__init__(*args, **kwargs)
        if dossier is not None:
            self.show(dossier)

    def show(self, dossier):
        """Adapt what is shown to the measure.

        After an error the fields on the page exist already, so words go to ``self[name]``, not to ``self.fields``.
        """


class ClaimForm(MeasureActForm):
    pass


class EnterProgressForm(MeasureActForm):
    progress = text(
        _("What was done"),
        rows=6,
        help_text=_("Facts and figures of this month; the monthly filing takes this text over."),
    )
    amount = forms.DecimalField(
        label=_("Reached in all"),
        required=False,
        max_digits=14,
        decimal_places=2,
        min_value=0,
    )
    difficulties = text(_("Problems found on the way"), required=False, rows=3)
    next_steps = text(_("Next steps"), required=False, rows=3)
    happened_on = day(
        _("Done on"), help_text=_("An earlier day is recorded as a late entry and stays visible as one.")
    )

    def show(self, dossier):
        super().show(dossier)
        measure = dossier.measure
        if measure.target_amount is None:
            self.fields.pop("amount", None)
        elif "amount" in self.fields:
            self["amount"].help_text = _(
                "Your unit's own share from the beginning until now, in %(unit)s; what other units enter is added."
            ) % {"unit": measure.target_unit}


class FileInput(forms.FileInput):
    """Takes several files; the name makes it a drop zone on the page."""

    allow_multiple_selected = True


class FilesField(forms.FileField):
    """Several files; each that cannot be evidence is named with its reason."""

    widget = FileInput

    def clean(self, data, initial=None):
        uploads = [upload for upload in (data if isinstance(data, list | tuple) else [data]) if upload]
        if not uploads and not self.required:
            return []
        if not uploads:
            raise forms.ValidationError(_("Choose at least one file."))
        errors, found = [], []
        for upload in uploads:
            try:
                found.append(_checked(upload))
            except BadFile as refused:
                errors.append(forms.ValidationError(refused.message))
        if errors:
            raise forms.ValidationError(errors)
        return found


def _checked(upload):
    """(name, bytes) of an acceptable upload; a file over the limit is refused unread."""
    if upload.size > settings.XIAOHAO_EVIDENCE_MAX_MB * 1024 * 1024:
        raise evidence.too_large(upload.name)
    data = upload.read()
    evidence.check(upload.name, data)
    return upload.name, data


class AttachEvidenceForm(MeasureActForm):
    files = FilesField(
        label=_("Files"),
        help_text=_("Photos, PDF, Word or Excel; several at once. Each is kept under its SHA-256."),
    )
    requirement = forms.IntegerField(
        label=_("Line of the checklist"),
        required=False,
        widget=forms.Select,
        help_text=_("Which evidence that the office asks for the files are."),
    )
    note = text(_("Note"), required=False, rows=2, max_length=200, help_text=_("What the files show."))

    def show(self, dossier):
        super().show(dossier)
        lines = [(row.pk, row.label) for row in dossier.requirements]
        if lines:
            self.fields["requirement"].widget.choices = [("", "—"), *lines]
        else:
            self.fields.pop("requirement", None)


class CheckpointForm(MeasureActForm):
    """Which dated step. The rule knows which steps a measure has; here they are only offered."""

    act = None
    preset = ("checkpoint",)
    checkpoint = forms.IntegerField(label=_("Checkpoint"), widget=forms.RadioSelect)

    def show(self, dossier):
        steps = dossier.checkpoints_for(self.act)
        self.fields["checkpoint"].widget.choices = [(step.pk, _words_of(step)) for step in steps]
        if len(steps) == 1:
            self.fields["checkpoint"].initial = steps[0].pk


def _words_of(step):
    """The step, and what its unit said of it: who decides reads that first."""
    said = [step.printed or f"{step.due_on:%Y-%m-%d}"]
    if step.reported_on:
        said += [_("reported %(day)s") % {"day": f"{step.reported_on:%Y-%m-%d}"}, step.report_note]
    return " · ".join(str(part) for part in said if part)


class ReportCheckpointForm(CheckpointForm):
    act = "report_checkpoint"
    note = text(
        _("What was reached"), required=False, rows=3, help_text=_("The office reads it before it confirms.")
    )
    files = FilesField(label=_("Evidence"), required=False, help_text=_("Files that prove this very step."))


class ConfirmCheckpointForm(CheckpointForm):
    act = "confirm_checkpoint"


class RefuseCheckpointForm(CheckpointForm):
    act = "refuse_checkpoint"
    reason = text(_("Reason"), rows=3, help_text=_("What is missing; the unit reads this and reports anew."))


class NoteForm(MeasureActForm):
    note = text(_("Note"), required=False, rows=3)


class RequestVerificationForm(NoteForm):
    note = text(
        _("Summary for the head and the office"),
        required=False,
        rows=4,
        help_text=_("What was achieved; who checks it reads this first."),
    )


class SubmitForm(NoteForm):
    pass


class SendBackRequestForm(MeasureActForm):
    reason = text(_("Reason"), rows=3, help_text=_("What is missing; the handler reads this and asks again."))


class ReturnForReworkForm(MeasureActForm):
    reason = text(
        _("Reason"), help_text=_("What is missing and what should be sent instead; the unit reads this.")
    )


class VerifyForm(MeasureActForm):
    method = forms.ChoiceField(
        label=_("Way of checking"),
        choices=VerificationMethod.choices,
        widget=forms.RadioSelect,  # none chosen beforehand: a visit is what somebody says they made
    )
    visited_on = day(_("Checked on"))
    findings = text(
        _("Findings"),
        rows=6,
        help_text=_(
            "What was looked at and what was found. The evidence attached now is recorded by its digests."
        ),
    )


CADENCES = (
    (1, _("Every month")),
    (3, _("Every quarter")),
    (6, _("Every half-year")),
    (12, _("Every year")),
)


def cadence_name(months):
    return dict(CADENCES).get(months) or _("Every %(months)s months") % {"months": months}


class CloseOutForm(NoteForm):
    follow_up_months = forms.TypedChoiceField(
        label=_("Follow-up"),
        coerce=int,
        empty_value=None,
        required=False,
        choices=CADENCES,
        widget=forms.RadioSelect,
        help_text=_("A long-term measure stays in follow-up: how often the unit says that the result holds."),
    )

    def show(self, dossier):
        super().show(dossier)
        if not dossier.measure.long_term:
            self.fields.pop("follow_up_months", None)
        else:
            self.fields["follow_up_months"].initial = rules_of(dossier.measure.office).follow_up_months


ACT_FORMS = {
    "claim": ClaimForm,
    "enter_progress": EnterProgressForm,
    "attach_evidence": AttachEvidenceForm,
    "report_checkpoint": ReportCheckpointForm,
    "confirm_checkpoint": ConfirmCheckpointForm,
    "refuse_checkpoint": RefuseCheckpointForm,
    "request_verification": RequestVerificationForm,
    "submit": SubmitForm,
    "send_back_request": SendBackRequestForm,
    "return_for_rework": ReturnForReworkForm,
    "verify": VerifyForm,
    "close_out": CloseOutForm,
}
