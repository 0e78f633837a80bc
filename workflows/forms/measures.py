"""What a person writes for each act on a measure. The rules stand in ``workflows.rectification``."""

from django import forms
from django.conf import settings
from django.utils.translation import gettext_lazy as _

from cases import evidence
from cases.errors import BadFile
from cases.models import VerificationMethod
from permissions import clock
from workflows.forms.acting import ActForm

LONG = 5000  # characters: about six printed pages


def text(label, *, rows=4, required=True, help_text="", max_length=LONG):
    return forms.CharField(
        label=label,
        required=required,
        max_length=max_length,
        help_text=help_text,
        widget=forms.Textarea(attrs={"rows": rows}),
    )


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
    """``dossier`` is known when the page is shown; when it is sent, the door looks for itself."""

    def __init__(self, *args, dossier=None, **kwargs):
        super().__init__(*args, **kwargs)
        if dossier is not None:
            self.show(dossier)

    def show(self, dossier):
        """Adapt what is shown to the measure."""


class ClaimForm(MeasureActForm):
    pass


class EnterProgressForm(MeasureActForm):
    progress = text(
        _("What was done"),
        rows=6,
        help_text=_("Facts and figures of this month; the monthly filing takes this text over."),
    )
    difficulties = text(_("Problems found on the way"), required=False, rows=3)
    next_steps = text(_("Next steps"), required=False, rows=3)
    happened_on = day(
        _("Done on"), help_text=_("An earlier day is recorded as a late entry and stays visible as one.")
    )


class FileInput(forms.FileInput):
    """Takes several files; the name makes it a drop zone on the page."""

    allow_multiple_selected = True


class FilesField(forms.FileField):
    """Several files; each that cannot be evidence is named with its reason."""

    widget = FileInput

    def clean(self, data, initial=None):
        uploads = [upload for upload in (data if isinstance(data, list | tuple) else [data]) if upload]
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
    note = text(_("Note"), required=False, rows=2, max_length=200, help_text=_("What the files show."))


class CheckpointForm(MeasureActForm):
    """Which dated step. The rule knows which steps a measure has; here they are only offered."""

    act = None
    checkpoint = forms.IntegerField(label=_("Checkpoint"), widget=forms.RadioSelect)

    def show(self, dossier):
        steps = dossier.checkpoints_for(self.act)
        self.fields["checkpoint"].widget.choices = [
            (c.pk, c.printed or f"{c.due_on:%Y-%m-%d}") for c in steps
        ]
        if len(steps) == 1:
            self.fields["checkpoint"].initial = steps[0].pk


class ReportCheckpointForm(CheckpointForm):
    act = "report_checkpoint"


class ConfirmCheckpointForm(CheckpointForm):
    act = "confirm_checkpoint"


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


class ReturnForReworkForm(MeasureActForm):
    reason = text(
        _("Reason"), help_text=_("What is missing and what should be sent instead; the unit reads this.")
    )


class VerifyForm(MeasureActForm):
    method = forms.ChoiceField(
        label=_("Way of checking"),
        choices=VerificationMethod.choices,
        widget=forms.RadioSelect,
        initial=VerificationMethod.SITE,
    )
    visited_on = day(_("Checked on"))
    findings = text(
        _("Findings"),
        rows=6,
        help_text=_(
            "What was looked at and what was found. The evidence attached now is recorded by its digests."
        ),
    )


class CloseOutForm(NoteForm):
    pass


ACT_FORMS = {
    "claim": ClaimForm,
    "enter_progress": EnterProgressForm,
    "attach_evidence": AttachEvidenceForm,
    "report_checkpoint": ReportCheckpointForm,
    "confirm_checkpoint": ConfirmCheckpointForm,
    "request_verification": RequestVerificationForm,
    "submit": SubmitForm,
    "return_for_rework": ReturnForReworkForm,
    "verify": VerifyForm,
    "close_out": CloseOutForm,
}
