"""The papers: PDF by GB/T 9704 and spreadsheets, made from a frozen snapshot alone.

Doors: ``engine.render`` for any paper, ``pdf.render_monthly_report``, ``xlsx.ledger_xlsx``, ``xlsx.table_xlsx``.
Nothing here reads a table: the same snapshot gives the same bytes. Only ``engine``, ``cjk``,
``merge`` and ``stamps`` import WeasyPrint.
"""
