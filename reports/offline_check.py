#!/usr/bin/env python3
"""Check an issued report without the system that made it: Python 3.8 or later, nothing else, no network.

    python3 offline_check.py report.pdf report.proof.json [ledger.xlsx]

Exit code: 0 everything holds, 1 something does not, 2 the files could not be read.

脱机核验脚本：核对月报 PDF、冻结数据、审签人和留痕链是否一致。

What it proves: the PDF is the file that the office's log names as issued, its data and sign-offs are those that
were frozen, and the log runs unbroken from the head printed in the PDF to the entry of the issue. What it cannot
see alone: an office that rewrote its whole log and printed everything anew. For that compare the head printed in
this PDF with an earlier download or with the next report, whose log continues this one.

The rules of the chain are written here a second time, on purpose: who checks a system must not need its code.
"""

import datetime
import hashlib
import json
import re
import sys
import zlib

SCHEMA = "xiaohao.proof/1"
ENTRY_KEYS = (
    "sequence",
    "office",
    "at",
    "actor",
    "act",
    "object_type",
    "object_id",
    "body",
    "prev",
    "hash",
)
LARGEST_STREAM = 64 * 1024 * 1024


def sha256(content):
    return hashlib.sha256(content).hexdigest()


def canonical(obj):
    return json.dumps(obj, sort_keys=True, ensure_ascii=False, separators=(",", ":"))


def chain_hash(prev, office, sequence, at, actor, act, object_type, object_id, body):
    """The hash of one log entry: its fields joined by bars; the system as an actor is an empty text."""
    parts = (prev, office, sequence, at, "" if actor is None else actor, act, object_type, object_id, body)
    return sha256("|".join(str(part) for part in parts).encode("utf-8"))


def printed_marks(pdf):
    """What the PDF says of itself in its metadata, which are stored as plain text."""
    packet = pdf.partition(b"<x:xmpmeta")[2].partition(b"</x:xmpmeta>")[0].decode("utf-8", "replace")
    found = re.search(r"<pdf:Keywords>([^<]*)</pdf:Keywords>", packet)
    pairs = re.findall(r"([a-z_]+)=([0-9a-f]+)", found.group(1) if found else "")
    return dict(pairs)


def embedded_digests(pdf):
    """SHA-256 of every stream in the PDF; the attached files are among them."""
    digests = set()
    for start in re.finditer(rb"stream\r?\n", pdf):
        end = pdf.find(b"endstream", start.end())
        raw = pdf[start.end() : end]
        digests.update((sha256(raw), sha256(raw.rstrip(b"\r\n"))))
        try:
            digests.add(sha256(zlib.decompressobj().decompress(raw, LARGEST_STREAM)))
        except zlib.error:
            continue  # not a compressed stream
    return digests


def examine(pdf, proof, ledger=None):
    """All checks in order, as (ok, Chinese label, English label, detail)."""
    checks = [_pdf_digest(pdf, proof)]
    checks.append(_data_digest(proof))
    checks.append(_metadata(pdf, proof))
    checks.append(_attachments(pdf, proof))
    checks.append(_chain(pdf, proof))
    checks.append(_issue_entry(pdf, proof))
    checks.append(_sign_offs(proof))
    if ledger is not None:
        checks.append(_ledger(ledger, proof))
    return checks


def _pdf_digest(pdf, proof):
    found, named = sha256(pdf), proof["files"]["pdf"]["sha256"]
    ok = found == named and len(pdf) == proof["files"]["pdf"]["size"]
    detail = (
        found
        if ok
        else "文件 file %s (%d)，应为 expected %s (%s)"
        % (
            found,
            len(pdf),
            named,
            proof["files"]["pdf"]["size"],
        )
    )
    return ok, "PDF 摘要", "PDF digest", detail


def _data_digest(proof):
    found = sha256(proof["data"]["text"].encode("utf-8"))
    named = {proof["data"]["sha256"], proof["issue"]["data_digest"]}
    ok = named == {found}
    detail = found if ok else "数据 data %s，应为 expected %s" % (found, " / ".join(sorted(named)))
    return ok, "数据摘要", "Data digest", detail


def _metadata(pdf, proof):
    expected = {
        "data_digest": proof["data"]["sha256"],
        "log_count": str(proof["log"]["count"]),
        "log_head": proof["log"]["head"],
    }
    marks = printed_marks(pdf)
    wrong = [key for key, value in sorted(expected.items()) if marks.get(key) != value]
    if proof["issue"]["log"] != proof["log"]:
        wrong.append("issue.log")
    return not wrong, "PDF 元数据与证明文件一致", "PDF metadata equal the proof", ", ".join(wrong) or "3/3"


def _attachments(pdf, proof):
    digests = embedded_digests(pdf)
    expected = {
        "data.json": sha256(proof["data"]["text"].encode("utf-8")),
        "issue.json": sha256(canonical(proof["issue"]).encode("utf-8")),
        "整改台账.xlsx": proof["files"]["xlsx"]["sha256"],
    }
    wrong = [name for name, value in expected.items() if value not in digests]
    return (
        not wrong,
        "PDF 所附数据与证明文件一致",
        "Data attached to the PDF equal the proof",
        ("不一致 differs: " + ", ".join(wrong) if wrong else ", ".join(expected)),
    )


def _chain(pdf, proof):
    """Recompute every entry, starting at the head that the PDF itself carries."""
    label = "留痕链重算（自 PDF 所载链头起）", "Log chain recomputed from the head in the PDF"
    marks = printed_marks(pdf)
    prev, count = marks.get("log_head", ""), int(marks.get("log_count", "0"))
    entries = proof["entries"]
    if not entries:
        return (False,) + label + ("没有留痕条目 no entries",)
    offices = {entry["office"] for entry in entries}
    for number, entry in enumerate(entries, count + 1):
        computed = chain_hash(*[entry["prev"] if key == "prev" else entry[key] for key in CHAINED])
        at = "第 %s 条 entry %s: " % (entry["sequence"], entry["sequence"])
        if entry["prev"] != prev:
            return (False,) + label + (at + "未接上一条 does not follow the one before",)
        if entry["sequence"] != number:
            return (False,) + label + (at + "序号应为 sequence should be %d" % number,)
        if computed != entry["hash"]:
            return (False,) + label + (at + "内容与哈希不符 content does not match its hash",)
        prev = entry["hash"]
    if len(offices) != 1:
        return (False,) + label + ("混有其他机关的条目 entries of several offices",)
    return (True,) + label + ("%d 条 entries, %s… → %s…" % (len(entries), marks["log_head"][:16], prev[:16]),)


CHAINED = ("prev", "office", "sequence", "at", "actor", "act", "object_type", "object_id", "body")


def _issue_entry(pdf, proof):
    label = "印发留痕载明本文件摘要", "The log entry of the issue names these digests"
    if not proof["entries"]:
        return (False,) + label + ("没有留痕条目 no entries",)
    entry = proof["entries"][-1]
    body = json.loads(entry["body"])
    files = body.get("files", {})
    wrong = [
        name
        for name, ok in (
            ("pdf", files.get("pdf") == sha256(pdf)),
            ("xlsx", files.get("xlsx") == proof["files"]["xlsx"]["sha256"]),
            ("data_digest", body.get("data_digest") == sha256(proof["data"]["text"].encode("utf-8"))),
        )
        if not ok
    ]
    detail = (
        "不一致 differs: " + ", ".join(wrong)
        if wrong
        else "第 %s 条 entry, %s" % (entry["sequence"], entry["at"])
    )
    return (not wrong,) + label + (detail,)


def _sign_offs(proof):
    """Drafted, reviewed and signed by three different persons, in that order."""
    label = "拟稿、审核、签发齐全", "Drafted, reviewed and signed"
    steps = ("drafted_by", "reviewed_by", "signed_by")
    found = [proof["issue"].get(step) or {} for step in steps]
    missing = [step for step, person in zip(steps, found) if not (person.get("name") and person.get("at"))]
    if missing:
        return (False,) + label + ("缺 missing: " + ", ".join(missing),)
    people = [(person.get("username") or person["name"]) for person in found]
    if len(set(people)) != len(people):
        return (False,) + label + ("同一人办理两个环节 one person in two steps: " + "、".join(people),)
    moments = [moment(person["at"]) for person in found]
    if moments != sorted(moments):
        return (False,) + label + ("时间先后颠倒 not in this order of time",)
    return (True,) + label + ("、".join(person["name"] for person in found),)


def moment(text):
    """An ISO moment as a number; Python 3.8 does not know the letter Z nor fractions of other than 3 or 6 digits."""
    match = re.match(r"(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d)(\.\d+)?(Z|[+-]\d\d:\d\d)?$", text.replace(" ", "T"))
    if not match:
        raise ValueError("not a moment: %s" % text)
    zone = match.group(3) or "Z"
    whole = datetime.datetime.fromisoformat(match.group(1) + ("+00:00" if zone == "Z" else zone))
    return whole.timestamp() + float(match.group(2) or 0)


def _ledger(ledger, proof):
    found, named = sha256(ledger), proof["files"]["xlsx"]["sha256"]
    detail = found if found == named else "文件 file %s，应为 expected %s" % (found, named)
    return found == named, "台账 XLSX 摘要", "Ledger XLSX digest", detail


def read(path):
    with open(path, "rb") as file:
        return file.read()


def main(arguments):
    if len(arguments) not in (2, 3):
        print(__doc__.split("\n\n")[1].strip())
        return 2
    try:
        pdf = read(arguments[0])
        proof = json.loads(read(arguments[1]).decode("utf-8"))
        ledger = read(arguments[2]) if len(arguments) == 3 else None
        if not isinstance(proof, dict) or proof.get("schema") != SCHEMA:
            raise ValueError("不是本系统的证明文件 not a proof file of this system (%s)" % SCHEMA)
        checks = examine(pdf, proof, ledger)
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as problem:
        print("无法核验 CANNOT CHECK: %s: %s" % (type(problem).__name__, problem))
        return 2
    print("%s %s" % (proof["document_number"], proof["title"]))
    for ok, chinese, english, detail in checks:
        print("%s  %s / %s: %s" % ("OK    " if ok else "FAILED", chinese, english, detail))
    good = all(check[0] for check in checks)
    print("结论：一致，未见改动 GENUINE" if good else "结论：不一致，请勿采信 NOT GENUINE")
    return 0 if good else 1


if __name__ == "__main__":
    if hasattr(sys.stdout, "reconfigure"):
        # A Windows console with another code page must not stop the check.
        sys.stdout.reconfigure(encoding="utf-8", errors="replace")
    sys.exit(main(sys.argv[1:]))
