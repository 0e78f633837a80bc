"""How long the reader takes for 150 and for 1,500 measures; print it with ``python -m tests.cases.intake.speed``.

Seconds are those of the processor, the least of three runs; the ratio says whether the reader is linear.
"""

import time

from cases.intake import read_plan, read_plan_safely

from . import forms
from .test_random import plan_of


def seconds(read, *arguments):
    best = float("inf")
    for _ in range(3):
        start = time.process_time()
        read(*arguments)
        best = min(best, time.process_time() - start)
    return best


def main():
    small, large = plan_of(150), plan_of(1_500)
    for name, make in (("text", str.encode), ("Word", forms.as_docx)):
        ends = [make(text) for text in (small, large)]
        spent = [seconds(read_plan, data, "plan") for data in ends]
        ratio = spent[1] / spent[0]
        print(f"{name}: 150 measures {spent[0]:.3f} s, 1,500 measures {spent[1]:.3f} s, ratio {ratio:.1f}")
    start = time.monotonic()
    read_plan_safely(small.encode(), "plan.txt")
    print(f"150 measures in a process of their own: {time.monotonic() - start:.2f} s on the clock")
    start = time.monotonic()
    measures = len(read_plan_safely(large.encode(), "plan.txt").measures)
    print(f"{measures} measures in a process of their own: {time.monotonic() - start:.2f} s on the clock")


if __name__ == "__main__":
    main()
