"""Drawing a sample that anybody can draw again (回头看抽样). Pure: no query, no clock, no random number generator.

The algorithm, so that it can be repeated with any tool: for every measure take the SHA-256 of the UTF-8 text
``seed:number``, where ``number`` is the measure's id in decimal digits without zeros in front. Within each stratum put
the measures into the order of these digests (as lower-case hexadecimal text) and take the first
``max(1, ceil(count × share ÷ 100))`` of them.
"""

import hashlib
from collections import defaultdict
from collections.abc import Iterable


def draw(population: Iterable[tuple[int, str]], share: int, seed: str) -> list[tuple[int, str]]:
    """The drawn part of ``population``, [(number, stratum)], by stratum and then in the order of drawing.

    ``share``: per cent of every stratum, 1 to 100; of each at least one is drawn. The order of ``population`` and
    repetitions in it change nothing. Errors: ValueError for a share outside of its bounds.
    """
    if not 1 <= share <= 100:
        raise ValueError(f"A share of {share} per cent cannot be drawn.")
    strata = defaultdict(set)
    for number, stratum in population:
        strata[stratum].add(number)
    return [
        (number, stratum)
        for stratum in sorted(strata)
        for number in sorted(strata[stratum], key=lambda n: _rank(seed, n))[
            : _size(len(strata[stratum]), share)
        ]
    ]


def _rank(seed, number):
    return hashlib.sha256(f"{seed}:{number}".encode()).hexdigest()


def _size(count, share):
    return -(-count * share // 100)  # rounded up in whole numbers, so at least one
