"""The invented county 清河县: its people, its plan, and what has happened with it so far.

Doors: ``plan.plan_of(today)``, ``document.docx_bytes(plan)``, ``county.found(…)``, ``story.tell(…)``.
Every act goes through ``workflows.door.perform`` with the clock set; nothing here writes a case by itself.
"""
