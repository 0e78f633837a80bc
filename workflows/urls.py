"""Pages that act, joined from their modules."""

from workflows.views import amendments, drafts, feedback, filings, imports, measures, problems, reports, rules
from workflows.views import board, supervision

app_name = "workflows"
urlpatterns = [
    *board.urlpatterns,
    *measures.urlpatterns,
    *imports.urlpatterns,
    *drafts.urlpatterns,
    *amendments.urlpatterns,
    *filings.urlpatterns,
    *reports.urlpatterns,
    *problems.urlpatterns,
    *feedback.urlpatterns,
    *rules.urlpatterns,
    *supervision.urlpatterns,
]
