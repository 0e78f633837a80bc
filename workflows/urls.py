"""Pages that act, joined from their modules."""

from workflows.views import (
    amendments,
    board,
    bulk,
    delegations,
    drafts,
    extensions,
    feedback,
    filings,
    imports,
    look_backs,
    measures,
    periods,
    problems,
    reports,
    rules,
    saved_views,
    style,
    supervision,
)

app_name = "workflows"
urlpatterns = [
    *board.urlpatterns,
    *bulk.urlpatterns,
    *saved_views.urlpatterns,
    *measures.urlpatterns,
    *imports.urlpatterns,
    *drafts.urlpatterns,
    *amendments.urlpatterns,
    *periods.urlpatterns,
    *filings.urlpatterns,
    *reports.urlpatterns,
    *problems.urlpatterns,
    *feedback.urlpatterns,
    *look_backs.urlpatterns,
    *extensions.urlpatterns,
    *delegations.urlpatterns,
    *rules.urlpatterns,
    *style.urlpatterns,
    *supervision.urlpatterns,
]
