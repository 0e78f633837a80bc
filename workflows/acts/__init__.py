"""Acts on other things than measures, one module per concern; importing them registers them with the door."""

from workflows.acts import (
    amendments,
    bulletins,
    delegations,
    drafts,
    extensions,
    feedback,
    filings,
    imports,
    look_backs,
    papers,
    periods,
    problems,
    reports,
    rules,
    style,
    supervision,
)

__all__ = [
    "amendments",
    "bulletins",
    "delegations",
    "drafts",
    "extensions",
    "feedback",
    "filings",
    "imports",
    "look_backs",
    "papers",
    "periods",
    "problems",
    "reports",
    "rules",
    "style",
    "supervision",
]
