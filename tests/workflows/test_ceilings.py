"""Statements of every act through the door: within its ceiling, however many rows the plan has."""

from tests.act_costs import Costs, ceiling
from tests.crowded_costs import CEILINGS, CrowdedCosts
from tests.factories import make_measure, make_unit
from tests.workflows.life import LifeTestCase
from workflows.rectification import MEASURE_ACTS


class CeilingTests(LifeTestCase):
    def test_every_act_stays_within_its_ceiling_however_many_measures(self):
        few = Costs(self).all()
        self.assertEqual({act: count for act, count in few.items() if count > ceiling(act)}, {})
        self.assertEqual(set(MEASURE_ACTS) - set(few), set())
        for _ in range(30):
            make_measure(self.plan, lead=self.unit, responsible=make_unit(self.office))
        many = Costs(self).all()
        # One more is the month of record, which is asked for anew when what was known of the plan has changed.
        self.assertEqual({act: count for act, count in many.items() if count > few[act] + 1}, {})

    def test_nor_does_what_is_open_beside_it_raise_the_cost_above_the_ceiling(self):
        self.assertEqual([what for what, (rule, now) in CEILINGS.items() if now > rule], [])
        found = CrowdedCosts(self).all()
        self.assertEqual({what: count for what, count in found.items() if count > CEILINGS[what][1]}, {})
        self.assertEqual(CEILINGS.keys() - found.keys(), set())
