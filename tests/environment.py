"""Prepares a test process before Django reads its settings; loaded first by ``-p`` in pyproject.toml.

pytest-django reads the settings before any conftest is imported, so what they read must be set here.
"""

import atexit
import os
import shutil
import tempfile

# Each process (the workers of xdist too) gets a data directory of its own, so files never collide.
_folder = tempfile.mkdtemp(prefix="xiaohao-test-")
atexit.register(shutil.rmtree, _folder, ignore_errors=True)

os.environ["XIAOHAO_TEST"] = "1"
os.environ["XIAOHAO_DATA_DIR"] = _folder
for name in ("XIAOHAO_DEMO", "XIAOHAO_DEBUG", "XIAOHAO_SECRET_KEY", "XIAOHAO_HTTPS", "XIAOHAO_HOSTS"):
    os.environ.pop(name, None)
# Playwright keeps an event loop in the thread; Django would take its own queries there for a mistake.
os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "1"
