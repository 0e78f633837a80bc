"""What makes an issued paper checkable: canonical data, digests, the proof file and its verification.

The proof file goes with the PDF. It holds the frozen data, the sign-offs and the stretch of the office's log from
the chain head that the PDF prints up to the entry of its issue; that entry names the digests of the files. The
rules of verification have their home in ``offline_check``, the script that auditors run without this system.
"""

import hashlib
import json
from dataclasses import dataclass

from reports import offline_check

SCHEMA = offline_check.SCHEMA


@dataclass(frozen=True)
class Check:
    """The outcome of one check; ``label`` and ``detail`` are bilingual, Chinese first."""

    ok: bool
    label: str
    detail: str


def canonical(obj) -> str:
    """The one way to write ``obj`` as JSON, so that equal data have equal digests."""
    return json.dumps(obj, sort_keys=True, ensure_ascii=False, separators=(",", ":"))


def digest(content: bytes | str) -> str:
    """SHA-256 as 64 hexadecimal digits; a text counts as its UTF-8 bytes."""
    return hashlib.sha256(content.encode() if isinstance(content, str) else content).hexdigest()


def proof_file(*, snapshot_text, issue, files, pdf_size, entries, signature=None) -> dict:
    """Put together what an auditor needs beside the PDF.

    ``files``: {name: SHA-256} of the files by which the record proves the paper, "pdf" among them; ``signature``: that
    of the office's certificate on it, if there is one.
    ``entries`` are the log entries after the printed head up to the entry of the issue, in order, as dicts with
    sequence, office, at, actor, act, object_type, object_id, body (canonical JSON text), body_sha256, prev and hash.
    Those about anything but this paper lose their text: the chain can be checked without it.
    Errors: ValueError when the data are not those that were signed.
    """
    data_digest = digest(snapshot_text)
    if data_digest != issue["data_digest"]:
        raise ValueError("The snapshot is not the one whose digest was signed.")
    snapshot = json.loads(snapshot_text)
    return {
        "schema": SCHEMA,
        "document_number": issue["document_number"],
        "title": snapshot["title"],
        "issue": issue,
        "data": {"sha256": data_digest, "text": snapshot_text},
        "files": {
            name: {"sha256": sha256, **({"size": pdf_size} if name == "pdf" else {})}
            for name, sha256 in files.items()
        },
        **({"signature": signature} if signature else {}),
        "log": {"count": issue["log"]["count"], "head": issue["log"]["head"]},
        "entries": [_shown(entry, entries[-1]) for entry in entries],
    }


def _shown(entry, last):
    """The entry as everybody with the paper may see it; ``last`` is the entry of the issue."""
    shown = {key: entry[key] for key in offline_check.ENTRY_KEYS}
    about = ("object_type", "object_id")
    return shown if all(entry[key] == last[key] for key in about) else {**shown, "body": None}


def verify_bytes(pdf_bytes: bytes, proof: dict, ledger: bytes | None = None) -> list[Check]:
    """Check a PDF against its proof file, with the very rules of the script that auditors download."""
    return [
        Check(ok, f"{chinese} {english}", detail)
        for ok, chinese, english, detail in offline_check.examine(pdf_bytes, proof, ledger)
    ]
