"""The facts: plans, problems, measures and all that happened to them. May import permissions.

Doors: ``ledger.visible_measures`` for every list, page, export and file; ``intake.read_plan`` for documents.
Nothing here changes a measure's state: that is done by ``workflows.door.perform``.
"""
