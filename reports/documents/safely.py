"""Print papers in a process of their own (``child``), so that a big one costs neither the worker nor the machine."""

import json
import logging
import os
import selectors
import signal
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import NamedTuple

from django.conf import settings
from django.utils.translation import get_language

from reports.documents.engine import PaperRefused, Stopped

COMMAND = [sys.executable, "-m", "reports.documents.child"]
SILENCE = 240  # seconds without a word; a piece of a long ledger takes five, on a busy machine twenty
log = logging.getLogger(__name__)


class Order(NamedTuple):
    """One paper: a function of ``reports.documents``, as in "pdf.render_monthly_report", that takes ``data``."""

    name: str
    function: str
    options: dict = {}  # never changed


def printed(orders, *data, tell=lambda name, share: None, silence=None) -> dict[str, bytes]:
    """Print the papers one after the other from the same JSON-able data: {name: bytes}.

    ``tell`` hears which share of which paper is done; an error that it raises stops the printing. ``silence``:
    seconds without a word after which it is stopped, where somebody waits for it.
    Errors: PaperRefused, Stopped.
    """
    with tempfile.TemporaryDirectory(prefix="xiaohao-print-") as folder:
        write_order(Path(folder), orders, data)
        _run(folder, tell, silence or SILENCE)
        return {order.name: (Path(folder) / order.name).read_bytes() for order in orders}


def write_order(folder, orders, data):
    """Leave in a folder what the process is to print there."""
    papers = [order._asdict() for order in orders]
    order = {"language": get_language(), "data": data, "papers": papers}
    (folder / "order.json").write_text(json.dumps(order, ensure_ascii=False), encoding="utf-8")


def _run(folder, tell, silence):
    process = subprocess.Popen(
        [*COMMAND, folder], cwd=settings.BASE_DIR, stdout=subprocess.PIPE, start_new_session=True
    )
    try:
        for words in _words(process, silence):
            if "refused" in words:
                raise PaperRefused(words["refused"])
            if "stopped" in words:
                raise Stopped
            tell(words["name"], words["share"])
        if process.wait():
            log.error("The process that prints ended with %s.", process.returncode)
            raise Stopped
    finally:
        if process.poll() is None:
            os.killpg(process.pid, signal.SIGKILL)  # with those that lay out for it
            process.wait()
        process.stdout.close()


def _words(process, silence):
    """What the process says, line by line; Stopped if it says nothing for too long."""
    with selectors.DefaultSelector() as selector:
        selector.register(process.stdout, selectors.EVENT_READ)
        rest = b""
        while selector.select(silence):
            read = os.read(process.stdout.fileno(), 65536)
            if not read:
                return
            *lines, rest = (rest + read).split(b"\n")
            yield from map(json.loads, lines)
    log.error("The process that prints said nothing for %s seconds.", silence)
    raise Stopped
