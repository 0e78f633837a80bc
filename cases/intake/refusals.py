"""Why a document is refused: one exception, one table of sentences.

The sentences are msgids. They are marked here and translated where they are shown, so that the reader
itself needs no Django: ``gettext(refused.message) % refused.params``.
"""


def _(sentence):  # only marks the sentence for makemessages
    return sentence


SENTENCES = {
    "empty": _(
        "%(filename)s holds no text. Check that the right file was chosen; if it is a scan, "
        "choose the text version of the plan."
    ),
    "too_large": _(
        "%(filename)s is too large: %(limit)s MB is the limit, unpacked %(unpacked)s MB. Save the plan "
        "without pictures and attachments and choose it again."
    ),
    "not_a_plan": _(
        "No rectification measure was found in %(filename)s. The reader looked for numbered items with a "
        "responsibility clause such as 牵头单位, 责任单位 or 整改时限, and for headings such as 整改措施. "
        "Choose the plan itself, not its covering letter or a report about it."
    ),
    "old_word": _(
        "%(filename)s is in the old Word format (.doc or .wps). Open it in Word or WPS, save it as .docx "
        "and choose the new file."
    ),
    "encrypted": _(
        "%(filename)s is protected by a password. Open it with the password, save a copy without "
        "protection and choose that copy."
    ),
    "damaged": _(
        "%(filename)s is damaged and cannot be opened. Open it in Word or WPS, save it again as .docx, or "
        "ask the sender for a new copy."
    ),
    "encoding": _(
        "The characters of %(filename)s cannot be read: it is neither UTF-8 nor GB18030. Save it again "
        "as UTF-8 text or as .docx."
    ),
}

# One code, "unsupported", but the advice depends on the kind of file.
UNSUPPORTED = {
    "pdf": _(
        "%(filename)s is a PDF file. Choose the Word document (.docx) that it was made from, or save its text "
        "as .txt and choose that file."
    ),
    "sheet": _(
        "%(filename)s is a spreadsheet or a presentation. Copy the plan into a Word document, save it as "
        ".docx and choose that file."
    ),
    "page": _(
        "%(filename)s is a web page. Copy its text into a Word document, save it as .docx and choose that file."
    ),
    "rich": _(
        "%(filename)s is an RTF file. Open it in Word or WPS, save it as .docx and choose the new file."
    ),
    "picture": _("%(filename)s is a picture. Choose the plan as text: .docx or .txt."),
    "archive": _("%(filename)s is an archive. Unpack it and choose the plan that is in it."),
    "binary": _("%(filename)s is not a document. Choose the plan as .docx or .txt."),
}


class IntakeRefused(Exception):
    """A document that cannot be read as a plan.

    ``code`` is a key of SENTENCES or "unsupported", ``message`` a msgid, ``params`` the named values; ``str()`` is the
    English sentence.
    """

    def __init__(self, code, message, **params):
        self.code = code
        self.message = message
        self.params = params
        super().__init__(code)

    def __str__(self):
        return self.message % self.params


def refuse(code, **params):
    return IntakeRefused(code, SENTENCES[code], **params)


def unsupported(kind, filename):
    return IntakeRefused("unsupported", UNSUPPORTED[kind], filename=filename)
