"""The process that prints: it may take so much memory and time, and dies with the one that asked for it.

Run by ``safely`` as ``python -m reports.documents.child FOLDER``. In the folder lies ``order.json``; for each paper it
leaves a file of that name there, and on its output one JSON object per line: {"name", "share"} as it goes on,
{"refused": sentence} or {"stopped": true} at the end.
"""

import inspect
import json
import os
import sys
from pathlib import Path

import django
from django.conf import settings
from django.utils import translation
from django.utils.module_loading import import_string

from cases import confinement

SECONDS = 900  # of a processor, for one process; 5,000 rows take two of them less than a minute each


def main(folder):
    # What a library prints must not end up in the answer.
    answer, sys.stdout = os.fdopen(os.dup(sys.stdout.fileno()), "w", buffering=1), sys.stderr
    confinement.die_with_parent()
    _set_up()
    from reports.documents.engine import PaperRefused, Stopped  # late: it needs the settings

    confinement.limit(memory=settings.XIAOHAO_PRINT_MB * 1024 * 1024, seconds=SECONDS)
    order = json.loads((folder / "order.json").read_text(encoding="utf-8"))
    translation.activate(order["language"])

    def say(**words):
        print(json.dumps(words), file=answer)

    try:
        for paper in order["papers"]:
            _print(paper, order["data"], folder, say)
    except PaperRefused as refused:
        say(refused=str(refused.reader_message))
    except (MemoryError, Stopped):
        say(stopped=True)


def _set_up():
    """Django without our tables: a paper is made of frozen data alone, and it starts in a third of the time."""
    settings.INSTALLED_APPS = []
    django.setup()


def _print(paper, data, folder, say):
    write, options = import_string(f"reports.documents.{paper['function']}"), dict(paper["options"])
    if "tell" in inspect.signature(write).parameters:
        options["tell"] = lambda share: say(name=paper["name"], share=share)
    (folder / paper["name"]).write_bytes(write(*data, **options))
    say(name=paper["name"], share=1)


if __name__ == "__main__":
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
    main(Path(sys.argv[1]))
