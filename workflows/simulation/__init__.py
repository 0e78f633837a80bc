"""A year of a plan, played by invented people through the door: proof, demonstration and load data.

``year.simulate`` plays it, ``roads.counted`` counts in the rows and the record which roads were taken.
Everything is written under ``permissions.clock.at``, so every entry says that it is simulated.
"""
