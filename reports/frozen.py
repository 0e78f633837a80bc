"""What the frozen data of every signed paper of the month begin with."""

from permissions import clock


def about(paper, *, schema, title, addressees, measures, today) -> dict:
    """Whose paper it is, of which plan and month, and what it replaces. ``measures``: how many. Two queries."""
    period, plan, office = paper.period, paper.period.plan, paper.office
    return {
        "schema": schema,
        "as_of": today.isoformat(),
        "office": {"code": office.code, "name": office.name, "leading_group": office.leading_group},
        "addressees": addressees,
        "plan": {
            "title": plan.title,
            "document_number": plan.document_number or None,
            "issued_on": plan.issued_on.isoformat() if plan.issued_on else None,
            "problems": plan.problems.count(),
            "measures": measures,
        },
        "period": {
            "month": f"{period.month:%Y-%m}",
            "number": plan.periods.filter(
                month__year=period.month.year, month__lte=period.month
            ).count(),  # of the year, as in 第11期
            "opens_at": clock.local(period.opens_at).isoformat(),
            "due_at": clock.local(period.due_at).isoformat(),
        },
        "revision": paper.revision,
        "replaces": _replaced(paper),
        "title": title,
    }


def subject_of(plan) -> str:
    """What its papers are about: 《…整改方案》 → …"""
    return plan.title.removesuffix("方案").removesuffix("整改")


def _replaced(paper):
    if paper.replaces is None:
        return None
    return {"document_number": paper.replaces.document_number, "pdf_sha256": paper.replaces.pdf.sha256}
