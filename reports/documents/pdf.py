"""The monthly report and the internal report as PDF, each from frozen data alone."""

from functools import partial

from django.template.loader import render_to_string
from django.utils.translation import gettext as _

from reports.documents import chunks, engine, fonts, internal, ledger, monthly, xlsx
from reports.documents.engine import PaperRefused
from reports.proof import canonical, digest

TEMPLATE = "pdf/monthly_report.html"
INTERNAL = "internal"
REQUIRED = ("document_number", "issued_on", "reviewed_by", "signed_by", "data_digest", "log")


class DataChanged(PaperRefused):
    """The snapshot is not the one that was signed."""


def render_monthly_report(snapshot, issue, *, draft=False, edition="", tell=lambda share: None) -> bytes:
    """Make the monthly report from frozen data.

    ``draft``: marked on every page as unsigned; ``issue`` may lack anything. Attached are data.json (the canonical
    snapshot), issue.json, 整改台账.xlsx and ledger.csv. ``edition``: INTERNAL makes the internal report of it.
    ``tell`` hears which share of a long ledger is done.
    Errors: DataChanged and those of ``engine.render`` (all PaperRefused).
    """
    check_signed(snapshot, issue, draft)
    font_set = fonts.FontSet()
    values = values_of(snapshot, issue, draft, font_set, edition)
    if values["ledger"] and len(snapshot["ledger"]) > chunks.LONG:
        files = partial(_files, snapshot, issue)
        return chunks.render(TEMPLATE, values, font_set=font_set, files=files, tell=tell)
    return engine.render_parts(TEMPLATE, values, font_set=font_set, files=_files(snapshot, issue))


def unprintable(snapshot, issue=None) -> list[fonts.Missing]:
    """Characters of a report that no font here has, to be asked before anybody signs it. Needs no WeasyPrint."""
    font_set = fonts.FontSet()
    page = render_to_string(TEMPLATE, values_of(snapshot, issue or {}, True, font_set))
    return fonts.missing_glyphs(page, font_set)


def values_of(snapshot, issue, draft, font_set, edition="") -> dict:
    """What the template of the report prints."""
    if edition == INTERNAL:
        issue = internal.issue_of(issue, snapshot)
    values = monthly.context(snapshot, issue, draft=draft, chart_families=font_set.css_families("song"))
    return internal.context(values, snapshot) if edition == INTERNAL else values


def check_signed(snapshot, issue, draft):
    """Refuse to print a paper that lacks something of its issue, or other data than those that were signed."""
    if draft:
        return
    if missing := [key for key in REQUIRED if not issue.get(key)]:
        raise PaperRefused(
            _("This paper cannot be printed yet; still missing: %(names)s") % {"names": ", ".join(missing)}
        )
    if digest(canonical(snapshot)) != issue["data_digest"]:
        raise DataChanged(
            _("The data are not those that were signed. Have the report reviewed and signed again.")
        )


def _files(snapshot, issue):
    return [
        engine.File("data.json", canonical(snapshot).encode(), "冻结数据（JSON，其 SHA-256 即数据摘要）"),
        engine.File("issue.json", canonical(issue).encode(), "印发要素和审签人（JSON）"),
        engine.File("整改台账.xlsx", xlsx.ledger_xlsx(snapshot, issue), "整改台账（Excel）", "Alternative"),
        engine.File("ledger.csv", ledger.ledger_csv(snapshot), "整改台账（CSV）", "Alternative"),
    ]
