"""Finished parts of a measure's page, one file per topic. Each works on what a ``Dossier`` has loaded; no query."""
