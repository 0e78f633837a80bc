"""The process that opens a document: it may use little memory and time, and only says what it found.

Run by ``safely`` as ``python -m cases.intake.child``. On its input the name in UTF-8, a NUL and the bytes; on its
output one JSON object, ``{"proposal": …}`` or ``{"refused": [code, message, params]}``.
"""

import contextlib
import json
import logging
import sys

from . import IntakeRefused, limits, read_plan
from .refusals import refuse

try:
    import resource
except ImportError:  # Windows knows no such limits; the time limit of the parent holds there too
    resource = None


def main():
    # What a library prints must not end up in the answer.
    answer, sys.stdout = sys.stdout.buffer, sys.stderr
    logging.disable(logging.ERROR)  # libraries complain about broken files, the refusal says it better
    name, _, data = sys.stdin.buffer.read().partition(b"\0")
    limit()
    answer.write(json.dumps(outcome(data, name.decode())).encode())
    answer.flush()  # not left to the end of the process, where something else may fail first


def outcome(data, filename):
    """Return what the document says or why it is refused, as JSON-able data."""
    try:
        return {"proposal": read_plan(data, filename).to_dict()}
    except IntakeRefused as refused:
        reason = refused
    except MemoryError:
        reason = refuse("too_complex", filename=filename)
    except RecursionError:
        reason = refuse("damaged", filename=filename)
    return {"refused": [reason.code, reason.message, reason.params]}


def limit():
    """Take away what a document could abuse: memory, processor time, files, processes."""
    if resource is None:
        return
    _lower(resource.RLIMIT_CORE, 0)
    _lower(resource.RLIMIT_FSIZE, 0)
    _lower(resource.RLIMIT_CPU, limits.CHILD_SECONDS)
    if hasattr(resource, "RLIMIT_NPROC"):
        _lower(resource.RLIMIT_NPROC, 0)
    _lower(resource.RLIMIT_AS, _address_space() + limits.CHILD_MEMORY)


def _lower(kind, value):
    hard = resource.getrlimit(kind)[1]
    if hard != resource.RLIM_INFINITY:
        value = min(value, hard)
    # A system that does not know a limit still has the others.
    with contextlib.suppress(ValueError, OSError):
        resource.setrlimit(kind, (value, value))


def _address_space():
    """Bytes that are mapped already; where the system does not say, what Python usually takes."""
    try:
        with open("/proc/self/statm", encoding="ascii") as statm:
            return int(statm.read().split()[0]) * resource.getpagesize()
    except OSError:
        return 200 * limits.MEGABYTE


if __name__ == "__main__":
    main()
