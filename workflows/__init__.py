"""Whose turn it is, and every act. May import reports, cases and permissions.

Doors: ``door.perform`` is the only way to change anything; ``desk.queues`` says what waits for a person.
"""
