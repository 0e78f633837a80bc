"""The rounds of a measure: what was put forward and signed in each of their attempts."""

from itertools import groupby

from django.utils.translation import gettext_lazy as _

from cases.models import SignOffKind
from cases.presenters import short_date


def evidence(rows, acts=None, open_round=None):
    """``open_round``: files of an earlier one name theirs, for they count no more."""
    return [
        {
            "url": row.get_absolute_url(),
            "name": row.name,
            "size": row.file.size,
            "by": f"{row.unit} {row.uploaded_by}",
            "at": row.uploaded_at,
            "digest": row.file.sha256,
            "note": row.note,
            "round": row.round.number if open_round and row.round_id != open_round.pk else "",
            "requirement": row.requirement.label if row.requirement_id else "",
            "replaced_by": row.replaced_by.name if hasattr(row, "replaced_by") else "",
            "withdrawn": row.withdrawal_reason if row.withdrawn_at else "",
            "acts": (acts or {}).get(row.pk, ()),
        }
        for row in rows
    ]


SIGNED = {
    SignOffKind.REQUEST: _("Requested verification"),
    SignOffKind.SUBMIT: _("Approved the request"),
    SignOffKind.RETURN: _("Returned for rework"),
    SignOffKind.SEND_BACK: _("Sent back to the handler"),
}
BACK = {SignOffKind.RETURN, SignOffKind.SEND_BACK}


def section(dossier):
    """[{number, is_open, closed_by, closed_at, note, attempts: [{number, signatures}]}], newest first.

    An attempt keeps what was signed in it, also after a return: nothing sent is ever overwritten.
    """
    found = []
    for _pk, rows in groupby(dossier.sign_offs, key=lambda s: s.round_id):
        rows = sorted(rows, key=lambda s: s.attempt)
        current = rows[0].round
        attempts = [
            {"number": number, "signatures": _signatures(list(signed))}
            for number, signed in groupby(rows, key=lambda s: s.attempt)
        ]
        found.append(_round(current, attempts))
    known = {row["pk"] for row in found}
    if dossier.open_round and dossier.open_round.pk not in known:
        found.append(_round(dossier.open_round, []))
    return found[::-1]


def _round(row, attempts):
    return {
        "pk": row.pk,
        "number": row.number,
        "opened_at": row.opened_at,
        "closed_at": row.closed_at,
        "closed_by": row.closed_by if row.closed_by_id else None,
        "note": row.close_out_note,
        "because": row.opened_because,
        "attempts": attempts[::-1],
    }


def _why_void(sign_off, sign_offs):
    sent_back = any(
        one.kind == SignOffKind.SEND_BACK
        and (one.unit_id, one.at) == (sign_off.unit_id, sign_off.withdrawn_at)
        for one in sign_offs
    )
    return _("was sent back and counts no more") if sent_back else _("counts no more, since its unit left")


def _signatures(sign_offs):
    """What was signed in one attempt, in order of time; the verification among them."""
    found = [
        {
            "what": SIGNED[s.kind],
            "who": s.person,
            "unit": s.unit,
            "at": s.at,
            "text": s.note,
            "facts": _why_void(s, sign_offs) if s.withdrawn_at else "",
            "tone": "warning" if s.kind in BACK else "info",
        }
        for s in sign_offs
    ]
    checked = {s.checked.pk: s.checked for s in sign_offs if getattr(s, "checked", None)}
    found += [
        {
            "what": _("Verified"),
            "who": check.verifier,
            "unit": check.unit,
            "at": check.at,
            "text": check.findings,
            "facts": f"{check.get_method_display()} · {short_date(check.visited_on)}",
            "digests": check.evidence_digests,
            "tone": "success",
        }
        for check in checked.values()
    ]
    return sorted(found, key=lambda row: row["at"])


def current_signatures(dossier):
    """Those of the present attempt."""
    if not dossier.open_round:
        return []
    attempt = dossier.open_round.attempt
    return _signatures([s for s in dossier.rectification.sign_offs if s.attempt == attempt])
