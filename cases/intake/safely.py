"""Read a document that a stranger may have made, in a process of its own (see ``child``)."""

import json
import logging
import os
import signal
import subprocess
import sys
from pathlib import Path

from . import limits
from .office import converted
from .proposal import Proposal
from .refusals import IntakeRefused, refuse
from .source import refuse_size

ROOT = Path(__file__).resolve().parent.parent.parent
COMMAND = [sys.executable, "-m", "cases.intake.child"]
SECRETS = ("XIAOHAO_", "DATABASE_", "DJANGO_", "PG")
# How a process ends that takes too much time; the last two where a library finds no memory.
TOO_MUCH = {
    -getattr(signal, name) for name in ("SIGXCPU", "SIGKILL", "SIGABRT", "SIGTRAP") if hasattr(signal, name)
}
log = logging.getLogger(__name__)


def read_plan_safely(data, filename, *, max_size=limits.MAX_FILE):
    """Do what ``read_plan`` does where a broken document can do no harm; old Word files are converted first.

    Errors: IntakeRefused, also for a document that breaks the reader or takes more than it may.
    """
    refuse_size(data, filename, max_size)
    data = converted(data, filename)
    code, answer = _ask(data, filename)
    if code in TOO_MUCH:
        raise refuse("too_complex", filename=filename)
    if code or answer is None:
        log.error("The reader stopped with %s at a document of %s bytes.", code, len(data))
        raise refuse("damaged", filename=filename)
    if "refused" in answer:
        code, message, params = answer["refused"]
        raise IntakeRefused(code, message, **params)
    return Proposal.from_dict(answer["proposal"])


def _ask(data, filename):
    """Return (exit code, answer) of the reading process; the answer is None where it gave none."""
    name = filename.encode("utf-8", "replace").replace(b"\0", b"")
    process = subprocess.Popen(
        COMMAND,
        cwd=ROOT,
        env=_environment(),
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    )
    with process:
        try:
            out, complaints = process.communicate(name + b"\0" + data, timeout=limits.CHILD_WAIT)
        except subprocess.TimeoutExpired:
            process.kill()
            return -signal.SIGKILL, None
    if process.returncode and complaints:
        log.error("The reader complained: %s", complaints.decode("utf-8", "replace")[-2000:])
    return process.returncode, _answer(out) if process.returncode == 0 else None


def _answer(out):
    try:
        return json.loads(out) if len(out) <= limits.CHILD_OUTPUT else None
    except ValueError:
        return None


def _environment():
    """Passwords and keys are nothing that a reader of documents needs to know."""
    kept = {key: value for key, value in os.environ.items() if not key.startswith(SECRETS)}
    return kept | {"PYTHONIOENCODING": "utf-8"}
