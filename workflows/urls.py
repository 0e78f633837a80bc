"""Pages that act, joined from their modules."""

from workflows.views import (
    amendments,
    board,
    drafts,
    extensions,
    feedback,
    filings,
    imports,
    look_backs,
    measures,
    problems,
    reports,
    rules,
    supervision,
)

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
    *look_backs.urlpatterns,
    *extensions.urlpatterns,
    *rules.urlpatterns,
    *supervision.urlpatterns,
]
