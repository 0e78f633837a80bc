"""What the longer acts on a measure do, one file per topic.

Each function takes the ``Rectification`` under way, which holds the measure, the person and the moment. State, right
and conditions stand with the declaration in ``workflows.rectification``; nothing else calls these.
"""

from workflows.roads import (
    amounts,
    checkpoints,
    disputes,
    ending,
    evidence,
    extensions,
    follow_up,
    grades,
    inputs,
    parts,
    progress,
    public_notice,
    relapse,
    signing,
    units,
)

__all__ = [
    "amounts",
    "checkpoints",
    "disputes",
    "ending",
    "evidence",
    "extensions",
    "follow_up",
    "grades",
    "inputs",
    "parts",
    "progress",
    "public_notice",
    "relapse",
    "signing",
    "units",
]
