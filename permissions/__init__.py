"""Who people are, what they may do and what they may see. Imports nothing of ours.

Doors: ``access.require`` and ``access.units_where`` for rights, ``roles.sync_roles`` for grants.
"""
