"""What the monthly report costs as its ledger grows, each size in a fresh process that prints as the worker's does.

python -m tests.bench_report [--big]      52, 500 and 5,000 rows; 20,000 too with --big
"""

import itertools
import json
import os
import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path

SIZES, BIG = (52, 500, 5000), 20000
NAIVE = 500  # the naive way takes ten minutes and more than a gigabyte for 5,000 rows
# Seconds, megabytes of each process; beyond 5,000 rows no process shall need more.
GOALS = {52: (4, None), 5000: (90, 450), BIG: (None, 450)}
COLUMNS = ("", "rows", "pages", "wall s", "CPU s", "busy", "MB", "MB piece", "kB", "ms/row")
LEGEND = """wall: from the start of the process to the file; busy: processors in use on average
MB: most memory of the process; MB piece: of one that lays out a piece of a long ledger; ms/row: of a processor
naive: the same HTML and style sheet handed to WeasyPrint as it comes, columns found by itself (table-layout: auto)
"""


def _print_in_here(way, folder):
    """Print the report that is ordered in a folder and leave beside it what that took."""
    if way == "naive":
        _naive(folder)
    else:
        from reports.documents import child

        child.main(folder)
    used = [resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
    cost = {
        "cpu": sum(one.ru_utime + one.ru_stime for one in used),
        "memory": [one.ru_maxrss // 1024 for one in used],
    }
    (folder / "cost.json").write_text(json.dumps(cost))


def _naive(folder):
    import django

    django.setup()
    from django.template.loader import render_to_string
    from weasyprint import CSS, HTML
    from weasyprint.text.fonts import FontConfiguration

    from reports.documents import engine, fonts, pdf

    font_set, font_config = fonts.FontSet(), FontConfiguration()
    values = pdf.values_of(*json.loads((folder / "order.json").read_text())["data"], False, font_set)
    # Without the widths of columns, which only a fixed layout needs.
    press = engine.Press.of({**values, "ledger_widths": {}}, font_set)
    style = press.style.replace("table-layout: fixed", "table-layout: auto")
    fetcher = engine.make_fetcher(press.things)
    sheet = CSS(string=style, url_fetcher=fetcher, font_config=font_config)
    page = HTML(string=render_to_string(pdf.TEMPLATE, values), base_url="asset:", url_fetcher=fetcher)
    page.write_pdf(folder / "pdf", font_config=font_config, stylesheets=[sheet], pdf_variant=engine.VARIANT)


def measured(way, rows):
    """{pages, wall, cpu, memory, size} of one report; seconds, megabytes, kilobytes."""
    import pypdfium2

    from reports.documents import safely
    from tests.reports.documents import sample

    data = sample.long_report(rows)
    orders = [safely.Order("pdf", "pdf.render_monthly_report")]
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        safely.write_order(folder, orders, [data, sample.issue(data)])
        started = time.perf_counter()
        command = [sys.executable, "-m", "tests.bench_report", way, str(folder)]
        done = subprocess.run(command, capture_output=True, text=True)
        wall = time.perf_counter() - started
        if not (folder / "pdf").exists():
            raise SystemExit(done.stdout[-500:] + done.stderr[-2000:])
        cost = json.loads((folder / "cost.json").read_text())
        made = (folder / "pdf").read_bytes()
    return {"wall": wall, "pages": len(pypdfium2.PdfDocument(made)), "size": len(made) // 1024, **cost}


def main(sizes):
    import django

    django.setup()
    from reports.documents.chunks import LONG

    print(f"load {os.getloadavg()[0]:.1f} on {os.cpu_count()} processors\n{LEGEND}")
    print("{:8}{:>7}{:>7}{:>8}{:>8}{:>6}{:>6}{:>10}{:>8}{:>8}".format(*COLUMNS))
    found = {}
    for way, rows in [("report", size) for size in sizes] + [("naive", 52), ("naive", NAIVE)]:
        one = found[way, rows] = measured(way, rows)
        piece = one["memory"][1] if way == "report" and rows > LONG else ""
        print(
            f"{way:8}{rows:>7}{one['pages']:>7}{one['wall']:>8.1f}{one['cpu']:>8.1f}"
            f"{one['cpu'] / one['wall']:>6.1f}{one['memory'][0]:>6}{piece:>10}{one['size']:>8}"
            f"{one['cpu'] / rows * 1000:>8.1f}",
            flush=True,
        )
    print()
    _compare(found, sizes)


def _compare(found, sizes):
    for rows in (52, NAIVE):
        times = found["naive", rows]["cpu"] / found["report", rows]["cpu"]
        print(f"{rows} rows: the naive way takes {times:.1f} times the CPU")
    for small, large in itertools.pairwise(sizes):
        more, less = found["report", large], found["report", small]
        cpu, wall = (more[key] / less[key] for key in ("cpu", "wall"))
        memory = max(more["memory"]) / max(less["memory"])
        print(
            f"{large} rows for {small}: {large / small:.1f} times the rows, {cpu:.1f} the CPU, {wall:.1f} the time, "
            f"{memory:.1f} the memory of the largest process"
        )
    for rows in sizes:
        for goal, unit, reached in _goals(rows, found["report", rows]):
            print(f"{rows} rows within {goal} {unit}: {'yes' if reached else 'NO'}")


def _goals(rows, one):
    seconds, megabytes = GOALS.get(rows, (None, None))
    if seconds:
        yield seconds, "s", one["wall"] <= seconds
    if megabytes:
        yield megabytes, "MB", max(one["memory"]) <= megabytes


if __name__ == "__main__":
    os.environ |= {"XIAOHAO_TEST": "1", "DJANGO_SETTINGS_MODULE": "config.settings"}
    if len(sys.argv) == 3:
        _print_in_here(sys.argv[1], Path(sys.argv[2]))
    else:
        main((*SIZES, BIG) if "--big" in sys.argv else SIZES)
