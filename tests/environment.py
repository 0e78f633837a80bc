"""Prepares a test process before Django reads its settings; loaded first by ``-p`` in pyproject.toml.

pytest-django reads the settings before any conftest is imported, so what they read must be set here.
"""

import atexit
import json
import os
import shutil
import tempfile
from pathlib import Path

# Each process (the workers of xdist too) gets a data directory of its own, so files never collide.
_folder = tempfile.mkdtemp(prefix="xiaohao-test-")
atexit.register(shutil.rmtree, _folder, ignore_errors=True)

os.mkdir(os.path.join(_folder, "static"))  # WhiteNoise warns about a folder that is not there

os.environ["XIAOHAO_TEST"] = "1"
os.environ["XIAOHAO_DATA_DIR"] = _folder
for name in ("XIAOHAO_DEMO", "XIAOHAO_DEBUG", "XIAOHAO_SECRET_KEY", "XIAOHAO_HTTPS", "XIAOHAO_HOSTS"):
    os.environ.pop(name, None)
# Playwright keeps an event loop in the thread; Django would take its own queries there for a mistake.
os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "1"


def pytest_terminal_summary(terminalreporter):
    """Leave the counts of pytest's own last line where bin/test adds them up over all its runs."""
    if not (target := os.environ.get("XIAOHAO_TEST_COUNTS")):
        return
    stats = {name: len(reports) for name, reports in terminalreporter.stats.items()}
    counts = {
        "passed": stats.get("passed", 0) + stats.get("xfailed", 0),
        "failed": sum(stats.get(name, 0) for name in ("failed", "error", "subtests failed")),
        "skipped": stats.get("skipped", 0),
    }
    Path(target).write_text(json.dumps(counts))
