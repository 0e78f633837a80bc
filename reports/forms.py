"""Asking whether a paper is genuine. Nothing that is put forward is kept."""

from django import forms
from django.conf import settings
from django.utils.translation import gettext_lazy as _


class VerifyForm(forms.Form):
    file = forms.FileField(
        label=_("PDF or ledger"),
        required=False,
        allow_empty_file=True,
        help_text=_(
            "Its digest is computed and compared; the file is not kept. "
            "A Word copy is made to be changed, so it cannot be checked."
        ),
    )
    text = forms.CharField(
        label=_("Or document number or digest"),
        required=False,
        max_length=100,
        help_text=_("For example 清整改办〔2026〕3号, or the 64 digits printed on the last page."),
    )

    def __init__(self, *args, file_only=False, **kwargs):
        super().__init__(*args, **kwargs)
        if file_only:
            del self.fields["text"]

    def clean_file(self):
        file, limit = self.cleaned_data["file"], settings.XIAOHAO_EVIDENCE_MAX_MB
        if file and file.size > limit * 1024 * 1024:
            raise forms.ValidationError(
                _(
                    "“%(name)s” is larger than %(limit)s MB; no report is. Choose the PDF as it was downloaded."
                )
                % {"name": file.name, "limit": limit}
            )
        if file is not None and not file.size:
            raise forms.ValidationError(
                _("“%(name)s” is empty. Choose the file again.") % {"name": file.name}
            )
        return file

    def clean(self):
        cleaned = super().clean()
        if not self.errors and not cleaned.get("file") and not cleaned.get("text"):
            if "text" in self.fields:
                raise forms.ValidationError(_("Choose a file, or enter a document number or digest."))
            self.add_error("file", _("Choose the file that is to be checked."))
        return cleaned
