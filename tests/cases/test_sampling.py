import math
import random

from django.test import SimpleTestCase
from hypothesis import given
from hypothesis import strategies as st

from cases.sampling import draw

POPULATION = st.lists(
    st.tuples(st.integers(1, 10**6), st.sampled_from("甲乙丙丁")), unique_by=lambda row: row[0]
)


class DrawTests(SimpleTestCase):
    def test_a_drawing_made_by_hand(self):
        """Worked out with sha256sum alone: printf 'seed-1:1' | sha256sum, and so on."""
        four = [(number, "水利局") for number in (1, 2, 3, 4)]
        self.assertEqual(draw(four, 50, "seed-1"), [(1, "水利局"), (3, "水利局")])
        both = [(1, "甲"), (2, "甲"), (3, "甲"), (7, "乙"), (10, "乙")]
        self.assertEqual(draw(both, 34, "2026"), [(10, "乙"), (1, "甲"), (3, "甲")])

    def test_a_share_outside_its_bounds_is_an_error(self):
        for share in (0, 101, -1):
            with self.assertRaises(ValueError):
                draw([(1, "甲")], share, "x")

    @given(POPULATION, st.integers(1, 100), st.text(max_size=20))
    def test_every_stratum_gives_its_share_rounded_up(self, population, share, seed):
        drawn = draw(population, share, seed)
        for stratum in {stratum for _number, stratum in population}:
            whole = sum(s == stratum for _n, s in population)
            self.assertEqual(sum(s == stratum for _n, s in drawn), max(1, math.ceil(whole * share / 100)))
        self.assertLessEqual(set(drawn), set(population))

    @given(POPULATION, st.integers(1, 100), st.randoms(use_true_random=False))
    def test_the_order_in_which_the_population_comes_changes_nothing(self, population, share, dice):
        mixed = list(population)
        dice.shuffle(mixed)
        self.assertEqual(draw(population, share, "s"), draw(mixed, share, "s"))

    @given(POPULATION, st.integers(1, 99))
    def test_a_greater_share_keeps_what_a_smaller_one_drew(self, population, share):
        self.assertLessEqual(set(draw(population, share, "s")), set(draw(population, share + 1, "s")))

    def test_another_seed_draws_others(self):
        population = [(n, "甲") for n in range(200)]
        seeds = [random.Random(n).randbytes(8).hex() for n in range(20)]
        self.assertEqual(len({tuple(draw(population, 10, seed)) for seed in seeds}), 20)
