"""Pages that act, joined from their modules."""

from workflows.views import filings, imports, measures, reports

app_name = "workflows"
urlpatterns = [
    *measures.urlpatterns,
    *imports.urlpatterns,
    *filings.urlpatterns,
    *reports.urlpatterns,
]
