"""Old .doc, .wps and .xls files → .docx or .xlsx, by LibreOffice where it is installed."""

import contextlib
import os
import shutil
import signal
import subprocess
import tempfile
from pathlib import Path

from . import limits
from .source import OLD_SHEET, OLD_WORD, old_kind

TARGETS = {OLD_WORD: ("doc", "docx"), OLD_SHEET: ("xls", "xlsx"), "rich": ("rtf", "docx")}
# A profile of its own, so that no macro is run, nothing is asked and no address is called.
PROFILE = """<?xml version="1.0" encoding="UTF-8"?>
<oor:items xmlns:oor="http://openoffice.org/2001/registry">
<item oor:path="/org.openoffice.Office.Common/Security/Scripting"><prop oor:name="MacroSecurityLevel" oor:op="fuse">
<value>3</value></prop><prop oor:name="DisableMacrosExecution" oor:op="fuse"><value>true</value></prop>
<prop oor:name="BlockUntrustedRefererLinks" oor:op="fuse"><value>true</value></prop></item>
</oor:items>
"""
# A shell sets the limits, for what the program starts inherits them; one that knows a limit not goes on without it.
LIMITED = """
ulimit -c 0; ulimit -t {seconds}; ulimit -v {kilobytes}; ulimit -f {blocks}
exec "$@"
"""


def converted(data, filename):
    """Return the bytes in the new format; the same bytes where nothing can or needs to be converted."""
    program = shutil.which("soffice") or shutil.which("libreoffice")
    kind = old_kind(data)
    if program is None or kind not in TARGETS:
        return data
    with tempfile.TemporaryDirectory(prefix="xiaohao-intake-") as folder:
        return _convert(program, data, *TARGETS[kind], Path(folder)) or data


def _convert(program, data, old, new, folder):
    user = folder / "profile" / "user"
    user.mkdir(parents=True)
    (user / "registrymodifications.xcu").write_text(PROFILE, encoding="utf-8")
    source, target = folder / f"plan.{old}", folder / f"plan.{new}"
    source.write_bytes(data)
    command = [program, "--headless", "--norestore", "--nolockcheck", "--nodefault"]
    command += [f"-env:UserInstallation={(folder / 'profile').as_uri()}"]
    command += ["--convert-to", new, "--outdir", str(folder), str(source)]
    dead_end = dict.fromkeys(("http_proxy", "https_proxy", "ftp_proxy"), "http://127.0.0.1:9")
    environment = {"PATH": os.environ.get("PATH", ""), "HOME": str(folder), "LANG": "C.UTF-8", **dead_end}
    if not _run(_limited(command), environment):
        return None  # the reader then refuses the old file and says what a person can do
    if not target.exists() or target.stat().st_size > limits.MAX_FILE:
        return None
    return target.read_bytes()


def _limited(command):
    """The command with little memory, processor time and room on the disk for a document that was made to eat them."""
    kilobytes, blocks = limits.CONVERT_MEMORY // 1024, limits.MAX_UNPACKED // 512
    script = LIMITED.format(seconds=limits.CONVERT_SECONDS, kilobytes=kilobytes, blocks=blocks)
    return ["/bin/sh", "-c", script, "sh", *command] if os.path.exists("/bin/sh") else command


def _run(command, environment):
    """Run a program that starts others; whatever is left of them after the time is stopped."""
    quiet = {"stdin": subprocess.DEVNULL, "stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
    try:
        process = subprocess.Popen(command, env=environment, start_new_session=True, **quiet)
    except OSError:
        return False
    try:
        return process.wait(limits.CONVERT_SECONDS) == 0
    except subprocess.TimeoutExpired:
        return False
    finally:
        with contextlib.suppress(OSError):
            os.killpg(process.pid, signal.SIGKILL)
        process.wait()
