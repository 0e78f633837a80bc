"""Acts on other things than measures, one module per concern; importing them registers them with the door."""

from workflows.acts import (
    amendments,
    delegations,
    drafts,
    extensions,
    feedback,
    filings,
    imports,
    look_backs,
    periods,
    problems,
    reports,
    rules,
    style,
    supervision,
)

__all__ = [
    "amendments",
    "delegations",
    "drafts",
    "extensions",
    "feedback",
    "filings",
    "imports",
    "look_backs",
    "periods",
    "problems",
    "reports",
    "rules",
    "style",
    "supervision",
]
