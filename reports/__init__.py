"""What the facts add up to, and the papers. May import cases and permissions.

Doors: ``figures`` for every number, ``compose.snapshot`` for a month, ``documents`` for the papers.
"""
