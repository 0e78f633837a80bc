"""Who lives which life: every road once on a measure that it fits, then whatever chance gives."""

from workflows.simulation import lives, office


def begin(year, measures):
    """Start one life for each measure, and the office's own doings beside them."""
    order = list(measures)
    year.rng.shuffle(order)
    for life, fits in lives.EVERY:
        chosen = next((measure for measure in order if fits(year, measure)), None)
        if chosen is not None:
            order.remove(chosen)
            year.start(life(year, chosen), year.rng.randint(1, 3))
    for measure in order:
        life = year.rng.choice(lives.COMMON)
        year.start(life(year, measure), year.rng.randint(1, 3))
    for doing in office.DOINGS:
        year.start(doing(year))
