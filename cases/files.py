"""Files on disk under their SHA-256. Bytes are synced before the transaction that names them commits."""

import hashlib
import os
import tempfile
from operator import attrgetter
from pathlib import Path

from django.conf import settings

from cases.models import StoredFile


def path_of(sha256: str) -> Path:
    return Path(settings.DATA_DIR) / "files" / sha256[:2] / sha256


def store(office_id: int, data: bytes, media_type: str, *, looks: str = "") -> StoredFile:
    """``store_all`` of one file."""
    return store_all(office_id, [(data, media_type, looks)])[0]


def store_all(office_id: int, contents) -> list[StoredFile]:
    """Write the bytes (once per content) and return their rows in the same order. One statement, however many.

    ``contents``: [(bytes, media type, ``likeness.looks_of`` the bytes)], the last made beforehand by whoever holds a
    lock here. A crash after writing and before the commit leaves a file that no row names; ``sweep`` removes it.
    """
    rows = [
        StoredFile(
            office_id=office_id, sha256=write(data), size=len(data), media_type=media_type, looks=looks
        )
        for data, media_type, looks in contents
    ]
    by_digest = {row.sha256: row for row in reversed(rows)}
    # A row that is there already gives its id only if something is written to it: the size, which is the same. In one
    # order, so that two who send the same files wait for each other only at the first.
    StoredFile.objects.bulk_create(
        sorted(by_digest.values(), key=attrgetter("sha256")),
        update_conflicts=True,
        unique_fields=["office", "sha256"],
        update_fields=["size"],
    )
    return [by_digest[row.sha256] for row in rows]


def write(data: bytes) -> str:
    """Put the bytes on disk and return their SHA-256. What is there already counts as new for ``sweep``."""
    sha256 = hashlib.sha256(data).hexdigest()
    path = path_of(sha256)
    try:
        os.utime(path)
    except FileNotFoundError:
        write_whole(path, data)
    return sha256


def read(stored: StoredFile) -> bytes:
    return path_of(stored.sha256).read_bytes()


def is_intact(stored: StoredFile) -> bool:
    """The bytes on disk still have the digest that the row names."""
    path = path_of(stored.sha256)
    return path.exists() and hashlib.sha256(path.read_bytes()).hexdigest() == stored.sha256


def write_whole(path: Path, data: bytes):
    """Put the bytes in place in one step: nobody reads half of them, and a power cut leaves old or new."""
    path.parent.mkdir(parents=True, exist_ok=True)
    handle, temporary = tempfile.mkstemp(dir=path.parent)
    with os.fdopen(handle, "wb") as file:
        file.write(data)
        file.flush()
        os.fsync(file.fileno())
    os.replace(temporary, path)
    folder = os.open(path.parent, os.O_RDONLY)
    try:
        os.fsync(folder)  # the name, too, must survive a power cut
    finally:
        os.close(folder)


def sweep(older_than_seconds: int = 86400) -> int:
    """Remove files that no row names and that are older than a day. Returns how many."""
    from django.utils import timezone  # only this rare job needs the wall clock

    named = set(StoredFile.objects.values_list("sha256", flat=True))
    limit = timezone.now().timestamp() - older_than_seconds
    removed = 0
    for path in (Path(settings.DATA_DIR) / "files").glob("??/*"):
        if path.name in named or path.stat().st_mtime >= limit:
            continue
        # Asked again just before: the same bytes may have been sent in while this was running.
        if not StoredFile.objects.filter(sha256=path.name).exists() and path.stat().st_mtime < limit:
            path.unlink()
            removed += 1
    return removed
