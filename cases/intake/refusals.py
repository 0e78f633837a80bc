"""Why a document is refused: one exception, one table of sentences.

The sentences are msgids. They are marked here and translated where they are shown, so that the reader
itself needs no Django: ``gettext(refused.message) % refused.params``.
"""

from . import limits


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
    "traditional": _(
        "%(filename)s is stored in Big5, the encoding of traditional characters. Open it in Word or WPS, save it "
        "as .docx or as UTF-8 text, and choose the new file."
    ),
    "scanned": _(
        "%(filename)s is a scan: its pages are pictures without text. Ask the sender for the Word document, or "
        "have the text recognised (OCR) by WPS, check it, save it as .docx and choose that file."
    ),
    "unreadable_pdf": _(
        "The text of %(filename)s is stored in a form that cannot be turned back into characters. Choose the Word "
        "document (.docx) that it was made from."
    ),
    "macros": _(
        "%(filename)s may contain programs (macros) and is not opened. Save it in Word or WPS without macros, as "
        ".docx or .xlsx, and choose the new file."
    ),
    "old_sheet": _(
        "%(filename)s is in the old Excel format (.xls or .et). Open it in Excel or WPS, save it as .xlsx and choose "
        "the new file."
    ),
    "too_complex": _(
        "%(filename)s takes too much time or memory to read. Save only the plan itself, without other sheets, "
        "pictures and attachments, as .docx or .txt and choose that file."
    ),
}

# One code, "unsupported", but the advice depends on the kind of file.
UNSUPPORTED = {
    "slides": _(
        "%(filename)s is a presentation. Copy the plan into a Word document, save it as .docx and choose that file."
    ),
    "office": _(
        "%(filename)s is a document of another office program. Save it there as .docx, or a table as .xlsx, and "
        "choose the new file."
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


def too_large(filename, max_size=limits.MAX_FILE):
    mega = limits.MEGABYTE
    unpacked = limits.MAX_UNPACKED // mega
    return refuse("too_large", filename=filename, limit=max(1, max_size // mega), unpacked=unpacked)


def unsupported(kind, filename):
    return IntakeRefused("unsupported", UNSUPPORTED[kind], filename=filename)
