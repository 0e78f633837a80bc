"""What a process of ours that does dangerous work may take: memory, processor time, and no life after its parent.

For the processes that read documents and that print; standard library only.
"""

import contextlib
import ctypes
import signal

try:
    import resource
except ImportError:  # Windows knows no such limits; the time limit of the parent holds there too
    resource = None

START_UP = 200 * 1024 * 1024  # what Python usually takes, where the system does not say
PR_SET_PDEATHSIG = 1


def limit(*, memory, seconds):
    """Take away what goes beyond ``memory`` bytes more than now and ``seconds`` of a processor; no core dumps.

    A child has the same limits, with a count of seconds of its own.
    """
    if resource is None:
        return
    lower(resource.RLIMIT_CORE, 0)
    lower(resource.RLIMIT_CPU, seconds)
    lower(resource.RLIMIT_AS, _address_space() + memory)


def lower(kind, value):
    hard = resource.getrlimit(kind)[1]
    if hard != resource.RLIM_INFINITY:
        value = min(value, hard)
    # A system that does not know a limit still has the others.
    with contextlib.suppress(ValueError, OSError):
        resource.setrlimit(kind, (value, value))


def _address_space():
    """Bytes that are mapped already."""
    try:
        with open("/proc/self/statm", encoding="ascii") as statm:
            return int(statm.read().split()[0]) * resource.getpagesize()
    except OSError:
        return START_UP


def die_with_parent(number=signal.SIGKILL):
    """Be sent this signal when the parent dies, even if that is killed (Linux)."""
    with contextlib.suppress(AttributeError, OSError):
        ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, number)
