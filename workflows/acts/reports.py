"""Acts on the monthly report: compose, edit, submit, review, sign, refuse, issue, revise."""

from django.utils.translation import gettext_lazy as _

from cases.errors import NotReady, WrongState
from cases.models import ChainHead, StoredFile
from permissions import clock
from permissions.roles import Role
from reports import compose
from reports.documents import engine, pdf
from reports.models import DocumentCounter, MonthlyReport, ReportingPeriod, ReportState
from reports.proof import canonical, digest
from reports.scope import visible_periods, visible_reports
from workflows import jobs
from workflows.approvals import MonthlyReportFlow, begin, take_step
from workflows.door import Act, register
from workflows.record import who_did

WRITING = ("compose_report", "edit_report", "recompose_report", "submit_report", "revise_report")


def compose_report(knock):
    """Start the month's report from the accepted filings."""
    period = knock.subject
    if period.reports.exists():
        raise NotReady(_("The report of this month exists already. Open it and go on there."))
    report = MonthlyReport.objects.create(
        office_id=period.office_id,
        period=period,
        texts=compose.draft_texts(period),
        drafted_by=knock.actor,
        drafted_at=knock.now,
    )
    knock.details = {"month": f"{period.month:%Y-%m}"}
    return report


def edit_report(knock):
    """Change the text blocks; figures and ledger are never typed."""
    report = knock.subject
    _expect(report, ReportState.DRAFT)
    report.texts = _merged(report.texts, knock.data["texts"])
    _save(report)


def recompose_report(knock):
    """Take the texts anew from the filings accepted by now; what was typed in the draft is replaced."""
    report = knock.subject
    _expect(report, ReportState.DRAFT)
    report.texts = compose.draft_texts(report.period)
    _save(report)


def _merged(texts, typed):
    """The typed texts over the composed blocks, each by its problem; a block that was not sent stays as it is.

    ``typed``: {opening, progress: {problem id: text}, …}.
    """
    merged = {"opening": str(typed.get("opening", texts.get("opening", ""))).strip()}
    for section in compose.SECTIONS:
        new = {str(pk): text for pk, text in typed.get(section, {}).items()}
        merged[section] = [
            {**block, "text": str(new.get(str(block["problem_id"]), block["text"])).strip()}
            for block in texts.get(section, [])
        ]
    return merged


def submit_report(knock):
    """The clerk hands the report to the office head. From here on its data are frozen under one digest."""
    report = knock.subject
    _expect(report, ReportState.DRAFT)
    report.drafted_by, report.drafted_at = knock.actor, knock.now
    snapshot = compose.snapshot(report)
    if missing := pdf.unprintable(snapshot):  # better told now than by the worker after the leader has signed
        raise NotReady(engine.GlyphMissing(missing).reader_message)
    report.snapshot = canonical(snapshot)
    report.digest = digest(report.snapshot)

    def hand_over():
        report.state, report.return_reason = ReportState.REVIEW, ""
        _save(report)

    if report.processes.exists():
        take_step(MonthlyReportFlow.revise, knock.actor, apply=hand_over, report=report)
    else:
        hand_over()
        begin(MonthlyReportFlow, report=report)
    knock.details = {"digest": report.digest, "version": report.version}


def review_report(knock):
    """The office head puts their name to the digest and passes the report to the leader."""
    report = knock.subject
    _expect(report, ReportState.REVIEW)
    _other_hands(report, knock.actor)

    def accept():
        report.state, report.reviewed_by, report.reviewed_at = ReportState.SIGNING, knock.actor, knock.now
        _save(report)

    take_step(MonthlyReportFlow.review, knock.actor, apply=accept, report=report)
    knock.details = {"digest": report.digest}


def sign_report(knock):
    """The leader signs the same digest; the worker then numbers, prints and issues the report."""
    report = knock.subject
    _expect(report, ReportState.SIGNING)
    _other_hands(report, knock.actor)

    def sign():
        report.state, report.signed_by, report.signed_at = ReportState.SIGNED, knock.actor, knock.now
        _save(report)

    take_step(MonthlyReportFlow.sign, knock.actor, apply=sign, report=report)
    jobs.submit(
        f"report:{report.pk}", "workflows.jobs.issue_report", office_id=report.office_id, report_id=report.pk
    )
    knock.details = {"digest": report.digest}


def refuse_report(knock):
    """The head or the leader sends it back with a reason; the clerk's next submission is the next version."""
    report = knock.subject
    steps = {
        ReportState.REVIEW: (MonthlyReportFlow.review, "review_report"),
        ReportState.SIGNING: (MonthlyReportFlow.sign, "sign_report"),
    }
    if report.state not in steps:
        raise WrongState(state=report.get_state_display())
    step, right = steps[report.state]
    knock.require(right, knock.office_unit.pk)
    refused = report.digest

    def back():
        report.state, report.return_reason = ReportState.DRAFT, knock.data["reason"]
        report.version += 1
        report.reviewed_by = report.reviewed_at = None
        report.snapshot = report.digest = ""
        _save(report)

    take_step(step, knock.actor, apply=back, report=report)
    knock.details = {"reason": knock.data["reason"], "digest": refused}


def number_report(knock):
    """Give the signed report its number and date, once; a repeated job finds them and prints the same paper."""
    report = knock.subject
    _expect(report, ReportState.SIGNED)
    if report.issue:
        return
    report.issued_on = knock.today
    year = report.issued_on.year
    counter, _created = DocumentCounter.objects.select_for_update().get_or_create(
        office_id=report.office_id, series="", year=year
    )
    counter.last += 1
    counter.save(update_fields=["last"])
    report.document_number = f"{report.office.number_prefix}〔{year}〕{counter.last}号"
    report.issue = _issue_of(report)
    _save(report)
    knock.details = {"document_number": report.document_number}


def _issue_of(report):
    head = ChainHead.objects.filter(office_id=report.office_id).first()
    signed = [
        ("drafted_by", report.drafted_by, Role.OFFICE_CLERK, report.drafted_at),
        ("reviewed_by", report.reviewed_by, Role.OFFICE_HEAD, report.reviewed_at),
        ("signed_by", report.signed_by, Role.LEADER, report.signed_at),
    ]
    return {
        "document_number": report.document_number,
        "issued_on": report.issued_on.isoformat(),
        "sign_off": report.office.name,
        "copies_to": report.office.report_copies_to,
        "upward": True,  # 报告 goes up: the number to the left, the signatory to the right
        "data_digest": report.digest,
        "log": {"count": head.sequence, "head": head.hash},
        **{
            key: {
                "name": str(person),
                "username": person.username,
                "role": Role(role).value,
                "at": clock.local(at).isoformat(),
            }
            for key, person, role, at in signed
        },
    }


def issue_report(knock):
    """Freeze the bytes: ids of the stored files that the worker has written. The PDF and the ledger are what the record
    proves; the internal report and the Word document are named beside them.
    """
    report = knock.subject
    _expect(report, ReportState.SIGNED)
    also = [name for name in ("internal_pdf", "docx") if knock.data.get(name)]
    stored = StoredFile.objects.in_bulk([knock.data[name] for name in ("pdf", "xlsx", *also)])
    for name in ("pdf", "xlsx", *also):
        setattr(report, name, stored[knock.data[name]])
    report.state = ReportState.ISSUED
    _save(report)
    if report.replaces_id:
        MonthlyReport.objects.filter(pk=report.replaces_id).update(state=ReportState.SUPERSEDED)
    knock.details = {
        "document_number": report.document_number,
        "data_digest": report.digest,
        "files": {"pdf": report.pdf.sha256, "xlsx": report.xlsx.sha256},
        **({"also": {name: getattr(report, name).sha256 for name in also}} if also else {}),
    }


def revise_report(knock):
    """Correct an issued report: revision n+1 starts from its texts and names what it replaces."""
    report = knock.subject
    _expect(report, ReportState.ISSUED)
    if hasattr(report, "replaced_by"):
        raise NotReady(_("A revision of this report is under way already."))
    knock.details = {"revision": report.revision + 1, "reason": knock.data.get("reason", "")}
    return MonthlyReport.objects.create(
        office_id=report.office_id,
        period=report.period,
        revision=report.revision + 1,
        replaces=report,
        texts=report.texts,
        drafted_by=knock.actor,
        drafted_at=knock.now,
    )


def _other_hands(report, actor):
    """Nobody who wrote any of it reviews it, and nobody who wrote or reviewed it signs it."""
    if actor.pk in {report.drafted_by_id, report.reviewed_by_id} | who_did(WRITING, report):
        raise NotReady(
            _("%(name)s already put their name to this report; somebody else must take this step."),
            name=actor,
        )


def _expect(report, state):
    if report.state != state:
        raise WrongState(state=report.get_state_display())


def _save(report):
    report.row_version += 1
    report.save()


def _permit(codename):
    return lambda knock: knock.require(codename, knock.office_unit.pk)


def _permit_refusal(knock):
    """Either right will do here; which one is needed depends on the state and is asked there."""
    if not any(knock.access.has(right, knock.office_unit.pk) for right in ("review_report", "sign_report")):
        knock.require("review_report", knock.office_unit.pk)


register(Act("compose_report", ReportingPeriod, visible_periods, _permit("compose_report"), compose_report))
for _name, _right, _apply in (
    ("edit_report", "compose_report", edit_report),
    ("recompose_report", "compose_report", recompose_report),
    ("submit_report", "compose_report", submit_report),
    ("revise_report", "compose_report", revise_report),
    ("review_report", "review_report", review_report),
    ("sign_report", "sign_report", sign_report),
):
    register(Act(_name, MonthlyReport, visible_reports, _permit(_right), _apply))
register(Act("refuse_report", MonthlyReport, visible_reports, _permit_refusal, refuse_report))
for _name, _apply in (("number_report", number_report), ("issue_report", issue_report)):
    register(
        Act(
            _name,
            MonthlyReport,
            visible_reports,
            _permit("sign_report"),
            _apply,
            by_person=False,
            by_system=True,
        )
    )
