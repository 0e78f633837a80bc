#!/usr/bin/env python3
"""Check an issued paper without the system that made it: Python 3.8 or later, nothing else, no network.

    python3 offline_check.py paper.pdf paper.proof.json [ledger.xlsx]

Exit code: 0 everything holds, 1 something does not, 2 the files could not be read.

脱机核验脚本：核对月报或者通报 PDF、冻结数据、审签人和留痕链是否一致。

What it proves: the PDF is the file that the entry of its issue names, its data and sign-offs are those that were
frozen, and the log runs unbroken from the head printed in the PDF to that entry. What it cannot see alone: whether
this log is the office's. Whoever makes up a log with the paper gets a consistent pair, so compare the head that is
printed at the end with the office (its page for checking papers), an earlier download or the next report.

The rules of the chain are written here a second time, on purpose: who checks a system must not need its code.
"""

import datetime
import hashlib
import json
import re
import sys
import zlib

SCHEMA = "xiaohao.proof/1"
# The fields of a log entry in the order in which they are hashed. The body counts by its digest: entries of other
# matters that fell between come without their text.
CHAINED = ("prev", "office", "sequence", "at", "actor", "act", "object_type", "object_id", "body_sha256")
ENTRY_KEYS = (*CHAINED, "body", "hash")
LARGEST_STREAM = 64 * 1024 * 1024
# What a signature in a PDF covers (two stretches: begin, length), and what stands between them.
COVERED = re.compile(rb"/ByteRange\s*\[\s*(\d{1,12})\s+(\d{1,12})\s+(\d{1,12})\s+(\d{1,12})\s*\]")
SIGNATURE = re.compile(rb"<((?:[0-9A-Fa-f]{2})+)>")


def sha256(content):
    return hashlib.sha256(content).hexdigest()


def canonical(obj):
    return json.dumps(obj, sort_keys=True, ensure_ascii=False, separators=(",", ":"))


def chain_hash(prev, office, sequence, at, actor, act, object_type, object_id, body_sha256):
    """The hash of one log entry: its fields joined by bars; the system as an actor is an empty text."""
    actor = "" if actor is None else actor
    parts = (prev, office, sequence, at, actor, act, object_type, object_id, body_sha256)
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


def signature_in(pdf):
    """The last signature of the file: (its bytes, SHA-256 of what it covers, whether that is all the rest), or None."""
    places = COVERED.findall(pdf)
    if not places:
        return None
    start, until, again, rest = (int(number) for number in places[-1])
    found = SIGNATURE.fullmatch(pdf, start + until, again)
    if not found:
        return None
    covered = sha256(pdf[start : start + until] + pdf[again : again + rest])
    return bytes.fromhex(found.group(1).decode("ascii")), covered, start == 0 and again + rest == len(pdf)


def examine(pdf, proof, ledger=None):
    """All checks in order, as (ok, Chinese label, English label, detail)."""
    checks = [
        ("PDF 摘要", "PDF digest", _pdf_digest(pdf, proof)),
        ("数据摘要", "Data digest", _data_digest(proof)),
        ("PDF 元数据与证明文件一致", "PDF metadata equal the proof", _metadata(pdf, proof)),
        ("PDF 所附数据与证明文件一致", "Data attached to the PDF equal the proof", _attachments(pdf, proof)),
        ("留痕链自 PDF 所载链头重算", "Log chain recomputed from the head in the PDF", _chain(pdf, proof)),
        ("印发留痕载明本文件摘要", "The entry of the issue names these digests", _issue_entry(pdf, proof)),
        ("拟稿、审核、签发齐全", "Drafted, reviewed and signed", _sign_offs(proof)),
    ]
    if proof.get("signature"):
        label = ("证书签名覆盖全文", "The certificate's signature covers the whole file")
        checks.append((*label, _certificate(pdf, proof["signature"])))
    if ledger is not None:
        checks.append(("台账 XLSX 摘要", "Ledger XLSX digest", _ledger(ledger, proof)))
    return [(not wrong, chinese, english, wrong or good) for chinese, english, (wrong, good) in checks]


# Each check returns (what is wrong or an empty text, what to print when nothing is).


def _pdf_digest(pdf, proof):
    found, named = sha256(pdf), proof["files"]["pdf"]
    if found == named["sha256"] and len(pdf) == named["size"]:
        return "", found
    return f"{found} ({len(pdf)} B)，应为 expected {named['sha256']} ({named['size']} B)", ""


def _data_digest(proof):
    found = sha256(proof["data"]["text"].encode("utf-8"))
    named = {proof["data"]["sha256"], proof["issue"]["data_digest"]}
    if named == {found}:
        return "", found
    return f"{found}，应为 expected {' / '.join(sorted(named))}", ""


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
    return _differs(wrong), ", ".join(expected)


def _attachments(pdf, proof):
    digests = embedded_digests(pdf)
    expected = {
        "data.json": sha256(proof["data"]["text"].encode("utf-8")),
        "issue.json": sha256(canonical(proof["issue"]).encode("utf-8")),
    }
    if "xlsx" in proof["files"]:  # a bulletin has no ledger
        expected["整改台账.xlsx"] = proof["files"]["xlsx"]["sha256"]
    return _differs([name for name, value in expected.items() if value not in digests]), ", ".join(expected)


def _chain(pdf, proof):
    """Recompute every entry, starting at the head that the PDF itself carries."""
    marks = printed_marks(pdf)
    head, count, entries = marks.get("log_head", ""), int(marks.get("log_count", "0")), proof["entries"]
    if not head or not entries:
        return "没有链头或留痕条目 no head in the PDF or no entries", ""
    prev = head
    for number, entry in enumerate(entries, count + 1):
        place = f"第 {entry['sequence']} 条 entry {entry['sequence']}: "
        if entry["prev"] != prev:
            return place + "未接上一条 does not follow the one before", ""
        if entry["sequence"] != number:
            return place + f"序号应为 sequence should be {number}", ""
        text_fits = entry["body"] is None or sha256(entry["body"].encode("utf-8")) == entry["body_sha256"]
        if not text_fits or chain_hash(*[entry[key] for key in CHAINED]) != entry["hash"]:
            return place + "内容与哈希不符 content does not match its hash", ""
        if entry["office"] != entries[0]["office"]:
            return place + "属于其他机关 of another office", ""
        prev = entry["hash"]
    return "", f"{len(entries)} 条 entries, {head[:16]}… → {prev[:16]}…"


def _issue_entry(pdf, proof):
    if not proof["entries"]:
        return "没有留痕条目 no entries", ""
    entry = proof["entries"][-1]
    body = json.loads(entry["body"] or "{}")
    files, proved = body.get("files", {}), proof["files"]
    expected = {name: (files.get(name), (proved.get(name) or {}).get("sha256")) for name in {*files, *proved}}
    expected["pdf"] = (files.get("pdf"), sha256(pdf))
    expected["signature"] = (body.get("signature"), proof.get("signature"))
    expected["data_digest"] = (body.get("data_digest"), sha256(proof["data"]["text"].encode("utf-8")))
    wrong = [name for name, (named, found) in sorted(expected.items()) if named != found]
    return _differs(wrong), f"第 {entry['sequence']} 条 entry, {entry['at']}"


def _sign_offs(proof):
    """Drafted, reviewed and signed, in that order, and by three different persons."""
    steps = ("drafted_by", "reviewed_by", "signed_by")
    people = {step: proof["issue"].get(step) or {} for step in steps}
    missing = [step for step, person in people.items() if not (person.get("name") and person.get("at"))]
    if missing:
        return "缺 missing: " + ", ".join(missing), ""
    # Two people may share a name, so a login name counts where there is one.
    names = [str(person.get("username") or person["name"]) for person in people.values()]
    if len(set(names)) != len(names):
        return "同一人办理两个环节 one person in two steps: " + "、".join(names), ""
    moments = [moment(person["at"]) for person in people.values()]
    if moments != sorted(moments):
        return "时间先后颠倒 not in this order of time", ""
    return "", "、".join(str(person["name"]) for person in people.values())


def _certificate(pdf, named):
    """Nothing was added or changed since, the certificate is the one named, and under it lies the file as printed.

    That its key made the signature any PDF reader says; a check of that needs more than the standard library.
    """
    found, printed = signature_in(pdf), named["unsigned"]["pdf"]
    if found is None:
        return "没有证书签名 no signature", ""
    held, covered, covers_all = found
    if not covers_all:
        return "签名未覆盖全文 does not cover the whole file", ""
    if bytes.fromhex(covered) not in held:
        return "签名后文件有改动 the file was changed after it was signed", ""
    if named["certificate"] not in _certificates(held):
        return "签名证书与留痕所载不同 made with another certificate", ""
    if sha256(pdf[: printed["size"]]) != printed["sha256"]:
        return "签名前的文件与留痕所载不同 another file was signed", ""
    return (
        "",
        f"{named['holder']}，{named['signed_at']}（证书可信与否见 PDF 阅读器 for trust see a PDF reader）",
    )


def _certificates(held):
    """SHA-256 of everything in the signature that may be a certificate: sequences with a length of two bytes."""
    starts = (found.start() for found in re.finditer(b"\x30\x82", held))
    lengths = ((start, int.from_bytes(held[start + 2 : start + 4], "big")) for start in starts)
    return {sha256(held[start : start + 4 + length]) for start, length in lengths}


def _ledger(ledger, proof):
    found, named = sha256(ledger), (proof["files"].get("xlsx") or {}).get("sha256", "")
    return "" if found == named else f"{found}，应为 expected {named}", found


def _differs(wrong):
    return "不一致 differs: " + ", ".join(wrong) if wrong else ""


def moment(text):
    """An ISO moment as seconds; Python 3.8 knows neither the letter Z nor fractions of one or two digits."""
    match = re.match(r"(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d)(\.\d+)?(Z|[+-]\d\d:\d\d)?$", text.replace(" ", "T"))
    if not match:
        raise ValueError(f"not a moment: {text}")
    zone = match.group(3) or "Z"
    whole = datetime.datetime.fromisoformat(match.group(1) + ("+00:00" if zone == "Z" else zone))
    return whole.timestamp() + float(match.group(2) or 0)


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
            raise ValueError(f"不是本系统的证明文件 not a proof file of this system ({SCHEMA})")
        checks = examine(pdf, proof, ledger)
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as problem:
        print(f"无法核验 CANNOT CHECK: {type(problem).__name__}: {problem}")
        return 2
    print(f"{proof['document_number']} {proof['title']}")
    for ok, chinese, english, detail in checks:
        print(f"{'OK    ' if ok else 'FAILED'}  {chinese} / {english}: {detail}")
    good = all(ok for ok, _chinese, _english, _detail in checks)
    if good:
        count, head = proof["log"]["count"], proof["log"]["head"]
        print("结论：文件与证明相互一致，未见改动 CONSISTENT, nothing was changed.")
        print(f"请核对链头是否与发文机关一致 Compare the chain head with the office: {count} {head}")
    else:
        print("结论：不一致，请勿采信 NOT CONSISTENT, do not rely on it.")
    return 0 if good else 1


if __name__ == "__main__":
    if hasattr(sys.stdout, "reconfigure"):
        # A Windows console with another code page must not stop the check.
        sys.stdout.reconfigure(encoding="utf-8", errors="replace")
    sys.exit(main(sys.argv[1:]))
