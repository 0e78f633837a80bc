"""What the monthly report costs as its ledger grows. Each figure comes from a process of its own, as the worker prints.

python -m tests.bench_report [--big]      52, 500 and 5,000 rows; 20,000 too with --big
"""

import itertools
import json
import os
import resource
import subprocess
import sys
import time

SIZES, BIG = (52, 500, 5000), 20000
NAIVE = 500  # the naive way takes ten minutes and more than a gigabyte for 5,000 rows
GOALS = {52: (4, None), 5000: (90, 450)}  # seconds, megabytes per process


def _measure(way, rows):
    """Print one report in this process and tell what it took."""
    import django

    django.setup()
    from reports.documents import pdf
    from tests.reports.documents import sample

    data = sample.long_report(rows)
    issue = sample.issue(data)
    started = time.perf_counter()
    made = _naive(data, issue) if way == "naive" else pdf.render_monthly_report(data, issue)
    wall = time.perf_counter() - started
    used = [resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
    import pypdfium2

    print(
        json.dumps(
            {
                "pages": len(pypdfium2.PdfDocument(made)),
                "wall": wall,
                "cpu": sum(one.ru_utime + one.ru_stime for one in used),
                "memory": [one.ru_maxrss // 1024 for one in used],
                "size": len(made) // 1024,
            }
        )
    )


def _naive(data, issue):
    """The same HTML as WeasyPrint prints it without further thought: at once, columns found by itself."""
    from django.template.loader import render_to_string

    from reports.documents import engine, fonts, pdf

    font_set = fonts.FontSet()
    values = pdf.values_of(data, issue, False, font_set)
    press = engine.Press.of(values, font_set)
    style = press.style.replace("table-layout: fixed", "table-layout: auto")
    document = engine.lay_out(render_to_string(pdf.TEMPLATE, values), style, press.things)
    return document.write_pdf(pdf_variant=engine.VARIANT)


def measured(way, rows):
    environment = {**os.environ, "XIAOHAO_TEST": "1", "DJANGO_SETTINGS_MODULE": "config.settings"}
    done = subprocess.run(
        [sys.executable, "-m", "tests.bench_report", way, str(rows)],
        capture_output=True,
        text=True,
        env=environment,
    )
    if done.returncode:
        raise SystemExit(done.stderr[-2000:])
    return json.loads(done.stdout.splitlines()[-1])


def main(sizes):
    print(
        f"load {os.getloadavg()[0]:.1f} on {os.cpu_count()} processors; peak memory: of the process / of a child\n"
    )
    print(f"{'':8}{'rows':>7}{'pages':>7}{'wall s':>9}{'CPU s':>8}{'MB':>10}{'kB':>8}   CPU per row, ms")
    found = {}
    for way, rows in [("report", size) for size in sizes] + [("naive", 52), ("naive", NAIVE)]:
        one = found[way, rows] = measured(way, rows)
        memory = " / ".join(str(part) for part in one["memory"] if part)
        per_row = one["cpu"] / rows * 1000
        print(
            f"{way:8}{rows:>7}{one['pages']:>7}{one['wall']:>9.1f}{one['cpu']:>8.1f}{memory:>10}{one['size']:>8}"
            f"{per_row:>10.1f}",
            flush=True,
        )
    print()
    for rows in (52, NAIVE):
        times = found["naive", rows]["cpu"] / found["report", rows]["cpu"]
        print(f"{rows} rows: the naive way takes {times:.1f} times the CPU")
    for small, large in itertools.pairwise(sizes):
        cpu, wall = (found["report", large][key] / found["report", small][key] for key in ("cpu", "wall"))
        print(
            f"{large} rows for {small}: {large / small:.1f} times the rows, {cpu:.1f} the CPU, {wall:.1f} the time"
        )
    for rows, (seconds, megabytes) in GOALS.items():
        one = found["report", rows]
        good = one["wall"] <= seconds and (not megabytes or max(one["memory"]) <= megabytes)
        print(
            f"{rows} rows within {seconds} s{f' and {megabytes} MB' if megabytes else ''}: {'yes' if good else 'NO'}"
        )


if __name__ == "__main__":
    if len(sys.argv) == 3:
        _measure(sys.argv[1], int(sys.argv[2]))
    else:
        main((*SIZES, BIG) if "--big" in sys.argv else SIZES)
