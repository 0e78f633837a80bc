"""The process that opens a document: it may use little memory and time, and only says what it found.

Run by ``safely`` as ``python -m cases.intake.child``. On its input the name in UTF-8, a NUL and the bytes; on its
output one JSON object, ``{"proposal": …}`` or ``{"refused": [code, message, params]}``.
"""

import json
import logging
import sys

from .. import confinement
from ..confinement import resource
from . import IntakeRefused, limits, read_plan
from .refusals import refuse


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
    confinement.lower(resource.RLIMIT_FSIZE, 0)
    if hasattr(resource, "RLIMIT_NPROC"):
        confinement.lower(resource.RLIMIT_NPROC, 0)
    confinement.limit(memory=limits.CHILD_MEMORY, seconds=limits.CHILD_SECONDS)


if __name__ == "__main__":
    main()
