"""What stands around the text of every paper: head, number, title, signature, imprint and the proof of its data."""

import io
from dataclasses import dataclass

import segno
from django.utils.safestring import mark_safe

from reports.documents.text import chinese_date, clean_text, local_moment, typeset
from reports.documents.titles import split_title, width

# The paper is Chinese whatever the language of the screens, so these are not translated.
ROLE_LABELS = {"OFFICE_CLERK": "整改办经办人", "OFFICE_HEAD": "整改办负责人", "LEADER": "组长"}
DRAFT_MARK = "征求意见稿　未经签发"
# Points. The type area is 442 wide; the mark leaves 1 mm free on either side.
MARK_WIDTH, MARK_LARGEST, MARK_NARROWEST = 436, 50, 0.55
SIGN_OFF_LIMIT = 24
# Characters from the right edge: of the block without a seal, of the date under a seal.
UNSEALED_ROOM, SEALED_ROOM = 2, 4
SIGNATORY = "签发人"
PROOF_NOTE = "本文件内附冻结数据和台账，可在核验页面核对，也可用脱机核验脚本核对。"
NO_DATE = "　　年　月　日"


@dataclass(frozen=True)
class Signature:
    """Name and date at the end of the text, in characters of the type area. Source: GB/T 9704-2012, 7.3.5.

    Without a seal the name ends two characters from the right and the date starts two right of it. Under a seal the
    date ends four from the right, and the name is centred on it.
    """

    lines: list[str]
    date: str
    sealed: bool

    @property
    def width(self) -> float:
        date = width(self.date) + (0 if self.sealed else 2)
        return max(date, *map(width, self.lines))

    @property
    def room(self) -> float:
        """Right of the block."""
        return SEALED_ROOM - (self.width - width(self.date)) / 2 if self.sealed else UNSEALED_ROOM

    def shift(self, at) -> float:
        """How far right of the block's left edge a line starts; the date is the last one."""
        if self.sealed:
            return (self.width - width([*self.lines, self.date][at])) / 2
        return 2 if at == len(self.lines) else 0


def date_of(issue) -> str:
    return chinese_date(issue["issued_on"]) if issue.get("issued_on") else NO_DATE


def signature(issue, office_name) -> Signature:
    """``issue``: sign_off, issued_on and sealed, each where it is known."""
    date, sealed = date_of(issue), bool(issue.get("sealed"))
    # A longer name, centred on the date, would stand out of the type area.
    limit = int(2 * SEALED_ROOM + width(date)) if sealed else SIGN_OFF_LIMIT
    return Signature(split_title(clean_text(issue.get("sign_off") or office_name), limit), date, sealed)


def values(issue, *, title, office_name, data_digest, iso_date, draft=False) -> dict:
    """The values that every template prints, finished.

    ``issue``: document_number, issued_on (ISO date), log {count, head}; also upward, what ``Style.issue_values``
    has and the persons of ``signers``, where the paper has them. A draft may lack anything. ``iso_date``: the date in
    the file's metadata while it has none of its own.
    """
    number = clean_text(issue.get("document_number") or ("（未编号）" if draft else ""))
    title, office_name = clean_text(title), clean_text(office_name)
    signed = signature(issue, office_name)
    return {
        "title": title,
        "title_lines": split_title(title),
        "office_name": office_name,
        "mark": clean_text(issue.get("mark") or office_name),
        "number": number,
        "upward": bool(issue.get("upward")),
        "draft": DRAFT_MARK if draft else "",
        "signatory_label": clean_text(issue.get("signatory_label") or SIGNATORY),
        "signature": signed,
        "date": signed.date,
        "iso_date": (issue.get("issued_on") or "")[:10] or iso_date,
        "signers": signers(issue, draft),
        "copies_label": "抄送",
        "copies_to": typeset((issue.get("copies_to") or "").rstrip("。")),
        "printed_by": clean_text(issue.get("printed_by") or office_name),
        "data_digest": data_digest,
        "log": issue.get("log"),
        "verify": f"{number}　数据摘要 {data_digest[:16]}",
        "qr": mark_safe(qr(f"{number} SHA-256 {data_digest}")),
        "made_when": "印发",
        "proof_note": PROOF_NOTE,
        "keywords": keywords(data_digest, issue.get("log")),
    }


def keywords(data_digest, log) -> str:
    """What a script finds in the metadata of the PDF."""
    parts = [f"data_digest={data_digest}"]
    if log:
        parts += [f"log_count={log['count']}", f"log_head={log['head']}"]
    return "; ".join(parts)


def qr(text) -> str:
    """A QR code as inline SVG with a text alternative."""
    stream = io.BytesIO()
    segno.make(text, error="m", micro=False).save(
        stream, kind="svg", border=2, xmldecl=False, svgclass="qr", lineclass=None, omitsize=True, title=text
    )
    return stream.getvalue().decode()


def mark_style(mark) -> tuple[float, float]:
    """Font size in points and horizontal scale of the issuing office's mark: wide as the type area at most.

    Long names are set narrower before they are set smaller, as printers do.
    """
    characters = max(width(mark), 1)
    size = min(MARK_LARGEST, MARK_WIDTH / characters / MARK_NARROWEST)
    return round(size, 2), round(min(1, MARK_WIDTH / (characters * size)), 4)


def signers(issue, draft=False) -> list[dict]:
    """Who drafted, reviewed and signed: {label, name, role, at}."""
    found = []
    for label, key in (("拟稿", "drafted_by"), ("审核", "reviewed_by"), ("签发", "signed_by")):
        person = issue.get(key) or {}
        found.append(
            {
                "label": label,
                "name": clean_text(person.get("name") or (f"（待{label}）" if draft else "")),
                "role": clean_text(ROLE_LABELS.get(person.get("role"), person.get("role"))),
                "at": local_moment(person.get("at")),
            }
        )
    return found
