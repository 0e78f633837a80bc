"""How an office's papers look: its own head, signature, number and ledger where it set them, else the defaults.

A paper never asks here again: what is printed is frozen in its snapshot (``addressees``, ``ledger_columns``) or, with
``issue_values``, at its issue, so an old paper stays as it was when the style changes.
"""

import re
from dataclasses import dataclass

from django.core.exceptions import ObjectDoesNotExist
from django.utils.translation import gettext_lazy as _

from cases.errors import NotReady
from reports.documents import frame, ledger
from reports.documents.text import clean_text
from reports.models import PaperStyle

# The office's word, the year between U+3014 and U+3015, the number without 第 (GB/T 9704, 7.2.5).
NUMBER_RULE = re.compile(r"[^\s{}〔〕\[\]()（）【】]+〔\{year\}〕\{number\}号")
TEXTS = (
    "head", "bulletin_head", "sign_off", "signatory_label", "addressees", "copies_to", "printed_by",
)  # fmt: skip


@dataclass(frozen=True)
class Style:
    """One office's wishes for its papers, each filled."""

    head: str  # 发文机关标志
    bulletin_head: str
    sign_off: str  # 署名
    signatory_label: str
    sealed: bool  # room for a seal over name and date (GB/T 9704, 7.3.5.1), else 7.3.5.2
    number_rule: str
    addressees: str  # 主送; empty: the paper names none
    copies_to: str  # 抄送; empty likewise
    printed_by: str  # 印发机关
    ledger_columns: tuple[str, ...]  # names of ``reports.documents.ledger``, in their order

    def number(self, year, number, word="") -> str:
        """The document number (发文字号). ``word``: the kind of a series of its own, as in 清整改办督办〔2026〕3号."""
        rule = self.number_rule.replace("〔", f"{word}〔", 1)
        return rule.replace("{year}", str(year)).replace("{number}", str(number))

    def issue_values(self) -> dict:
        """What a paper of the office freezes at its issue, beside number, date and sign-offs."""
        return {
            "mark": self.head,
            "sign_off": self.sign_off,
            "signatory_label": self.signatory_label,
            "sealed": self.sealed,
            "copies_to": self.copies_to,
            "printed_by": self.printed_by,
        }


def style_of(office) -> Style:
    """What holds for the office. No query where ``office__paper_style`` was selected, else one."""
    try:
        return of_row(office.paper_style, office)
    except ObjectDoesNotExist:
        return of_row(PaperStyle(), office)


def of_row(row: PaperStyle, office) -> Style:
    """The style that one row makes, gaps filled from the office's own names."""
    return Style(
        head=row.head or office.name,
        bulletin_head=row.bulletin_head or office.name,
        sign_off=row.sign_off or office.name,
        signatory_label=row.signatory_label or frame.SIGNATORY,
        sealed=row.sealed,
        number_rule=row.number_rule or f"{office.number_prefix}〔{{year}}〕{{number}}号",
        addressees=row.addressees or office.report_addressees,
        copies_to=row.copies_to or office.report_copies_to,
        printed_by=row.printed_by or office.name,
        ledger_columns=tuple(row.ledger_columns) or ledger.DEFAULT,
    )


def check(values):
    """Refuse a style that papers could not be printed in. ``values``: fields of ``PaperStyle``, some or all.

    Errors: NotReady, with the one thing that is wrong.
    """
    for name in TEXTS:
        text = values.get(name, "")
        if text != clean_text(text) or "\n" in text:
            raise NotReady(_("“%(words)s” has characters that cannot be printed on one line."), words=text)
    if values.get("number_rule"):
        check_number_rule(values["number_rule"])
    if values.get("ledger_columns"):
        check_columns(values["ledger_columns"])


def check_number_rule(rule):
    for part in ("{year}", "{number}"):
        if rule.count(part) != 1:
            raise NotReady(_("The rule of the number needs %(part)s exactly once."), part=part)
    if "〔{year}〕" not in rule:
        raise NotReady(
            _("In a document number the year stands between the brackets 〔 and 〕, like 〔{year}〕.")
        )
    if not NUMBER_RULE.fullmatch(rule):
        raise NotReady(
            _(
                "A document number is the office's word, the year, the number and 号, and nothing else: for example "
                "清整改办〔{year}〕{number}号."
            )
        )


def check_columns(names):
    if len(set(names)) < len(names) or set(names) - ledger.COLUMNS.keys():
        raise NotReady(_("The ledger names a column twice or one that there is not."))
    for name in ledger.REQUIRED:
        if name not in names:
            raise NotReady(
                _("Without the column “%(heading)s” nobody knows what a row of the ledger is about."),
                heading=ledger.COLUMNS[name].heading,
            )
