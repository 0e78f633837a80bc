"""Acts on other things than measures, one module per concern; importing them registers them with the door."""

from workflows.acts import (
    amendments,
    drafts,
    extensions,
    feedback,
    filings,
    imports,
    look_backs,
    problems,
    reports,
    rules,
    supervision,
)

__all__ = [
    "amendments",
    "drafts",
    "extensions",
    "feedback",
    "filings",
    "imports",
    "look_backs",
    "problems",
    "reports",
    "rules",
    "supervision",
]
