"""What is written about a report by the public. The rules stand in ``workflows.acts.feedback``."""

import re

from django import forms
from django.conf import settings
from django.utils.html import format_html
from django.utils.translation import gettext_lazy as _

from cases import evidence
from cases.errors import BadFile
from cases.feedback import receipt_of, similar_matters
from cases.filters import search_field
from cases.models import Feedback, FeedbackChannel, FeedbackState
from workflows.forms.acting import ActForm
from workflows.forms.measures import text

NEW = "new"
KEY = re.compile(r"[0-9a-f]{32}")


class AttachmentField(forms.FileField):
    """One file or none, as (name, bytes). ``limit``: name of the setting with its size in MB; larger is not read."""

    def __init__(self, *, limit, **kwargs):
        super().__init__(required=False, allow_empty_file=True, **kwargs)
        self.limit = limit

    def clean(self, data, initial=None):
        upload = super().clean(data, initial)
        if not upload:
            return None
        limit = getattr(settings, self.limit)
        if upload.size > limit * 1024 * 1024:
            message = _("“%(name)s” is larger than %(limit)s MB. Send a smaller scan or split it.")
            raise forms.ValidationError(message % {"name": evidence.clean_name(upload.name), "limit": limit})
        content = upload.read()
        try:
            evidence.check(upload.name, content)
        except BadFile as refused:
            raise forms.ValidationError(refused.message) from refused
        return upload.name, content


def _choice(candidate):
    """One thing that is known, to choose or to open."""
    kind = _("Report %(name)s") if candidate.kind == "feedback" else _("Problem %(name)s")
    return format_html(
        '<span>{} <span class="muted">{}%</span> <a href="{}" target="_blank">{}</a></span>',
        kind % {"name": candidate.name},
        candidate.percent,
        candidate.url,
        candidate.text[:120],
    )


class ReportForm(ActForm):
    """What both doors ask for: the office's own form and the public page."""

    content = text(_("What is reported"), rows=6)
    location = forms.CharField(label=_("Place"), required=False, max_length=200)
    person = forms.CharField(label=_("Name"), required=False, max_length=60)
    contact = forms.CharField(label=_("Telephone or address"), required=False, max_length=60)

    def __init__(self, *args, offices, **kwargs):
        super().__init__(*args, **kwargs)
        rows = list(offices)
        self.fields["office"].queryset = offices
        if len(rows) > 1:
            self.fields["office"].empty_label = _(
                "Please choose"
            )  # the wrong office would have to pass it on
        elif rows:
            self.fields["office"].widget = forms.HiddenInput()
            self.initial["office"] = rows[0].pk

    def clean(self):
        data = super().clean()
        if self.errors and data.get("attachment"):
            self.add_error("attachment", _("Please choose the file again: the browser does not keep it."))
        return data

    def act_data(self):
        data = super().act_data()
        del data["office"]
        return data


class RegisterForm(ReportForm):
    """The office's form. Where something alike is known, it asks first whether this is the same."""

    office = forms.ModelChoiceField(label=_("For which office"), queryset=None)
    channel = forms.ChoiceField(
        label=_("How it came"),
        choices=[choice for choice in FeedbackChannel.choices if choice[0] != FeedbackChannel.WEB],
    )
    attachment = AttachmentField(
        label=_("Attachment"),
        limit="XIAOHAO_EVIDENCE_MAX_MB",
        help_text=_("A photo, PDF, Word or Excel file; only the office's clerks can open it."),
    )
    field_order = ["office", "channel", "content", "location", "person", "contact", "attachment"]

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["person"].help_text = _("Optional; nobody but the office's clerks sees name and contact.")
        candidates = self._candidates() if self.is_bound else []
        if candidates:
            self.fields["known"] = forms.ChoiceField(
                label=_("Something alike is known already"),
                choices=[
                    (NEW, _("This is a new matter")),
                    *((candidate.value, _choice(candidate)) for candidate in candidates),
                ],
                widget=forms.RadioSelect,
                error_messages={"required": _("Say whether this is the same or a new matter.")},
            )

    def _candidates(self):
        office = str(self.data.get("office", ""))
        offered = {str(pk) for pk in self.fields["office"].queryset.values_list("pk", flat=True)}
        return similar_matters(int(office), self.data.get("content", "")) if office in offered else []

    def act_data(self):
        data = super().act_data()
        known = data.pop("known", NEW)
        return {**data, "known": "" if known == NEW else known}


class PublicForm(ReportForm):
    """The public page's form. ``website`` is seen by programs only; whoever fills it in is one."""

    office = forms.ModelChoiceField(label=_("To which office"), queryset=None)
    website = forms.CharField(label=_("Leave this field empty"), required=False)
    attachment = AttachmentField(
        label=_("Photo or document"),
        limit="XIAOHAO_PUBLIC_MAX_MB",
        help_text=_("Optional; one photo, PDF, Word or Excel file."),
    )
    field_order = ["office", "content", "location", "person", "contact", "attachment"]

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["location"].help_text = _("Optional; village, street, road or river.")
        self.fields["person"].help_text = _(
            "Optional, like the telephone number: only the office's clerks see them, to ask back."
        )
        self.fields["website"].widget.attrs = {"tabindex": "-1", "autocomplete": "off"}

    def clean_website(self):
        if self.cleaned_data["website"]:
            raise forms.ValidationError(_("This field has to stay empty. Empty it and send the form again."))
        return ""

    def act_data(self):
        data = super().act_data()
        del data["website"]
        return data

    def knock(self):
        """A key that no form of the office can have, or none: a stranger's word must not find another's act."""
        key = self.cleaned_data["key"]
        return {"key": f"public-{key}" if KEY.fullmatch(key) else None}

    def shown(self):
        return [field for field in self.visible_fields() if field.name != "website"]


class LookupForm(forms.Form):
    """Asks for a receipt number; blanks, hyphens and small letters do not matter."""

    receipt = forms.CharField(label=_("Receipt number"), max_length=40)

    def clean_receipt(self):
        return receipt_of(self.cleaned_data["receipt"])


class AnswerForm(ActForm):
    answer = text(
        _("Answer"),
        rows=6,
        help_text=_("Whoever has the receipt number reads this text, so name no private persons."),
    )


class SettleForm(ActForm):
    accountability = text(
        _("Who was held to account"),
        required=False,
        rows=3,
        max_length=2000,
        help_text=_("Optional; stays inside the office."),
    )


class LinkForm(ActForm):
    """``candidates``: what reads alike; a number typed by hand goes before them."""

    known = forms.ChoiceField(label=_("Reads alike"), required=False, widget=forms.RadioSelect)
    receipt = forms.CharField(
        label=_("Receipt number of the earlier report"),
        required=False,
        max_length=40,
        help_text=_("Where it is not among those above."),
    )

    def __init__(self, *args, feedback, candidates, **kwargs):
        super().__init__(*args, **kwargs)
        self.feedback = feedback
        if candidates:
            self.fields["known"].choices = [(candidate.value, _choice(candidate)) for candidate in candidates]
        else:
            del self.fields["known"]

    def clean(self):
        data = super().clean()
        if typed := data.get("receipt"):
            found = Feedback.objects.filter(office=self.feedback.office_id, receipt=receipt_of(typed)).first()
            if found is None:
                self.add_error("receipt", _("Your office has no report with this number."))
            else:
                data["known"] = f"feedback:{found.pk}"
        elif not data.get("known") and not self.errors:
            raise forms.ValidationError(
                _("Choose the earlier report or problem, or type its receipt number.")
            )
        return data

    def act_data(self):
        return {"known": self.cleaned_data["known"]}


class TakeBackForm(ActForm):
    reason = text(
        _("Reason"), rows=3, max_length=500, help_text=_("It stays in the trail; name no private persons.")
    )


class FilterForm(forms.Form):
    q = search_field(max_length=100)
    state = forms.ChoiceField(
        label=_("State"), required=False, choices=[("", _("All states")), *FeedbackState.choices]
    )
