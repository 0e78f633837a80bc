"""Acts on other things than measures, one module per concern; importing them registers them with the door."""

from workflows.acts import filings, imports, reports

__all__ = ["filings", "imports", "reports"]
