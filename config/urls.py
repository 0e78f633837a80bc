"""All addresses. Reading pages live in cases and reports, acting pages in workflows."""

from django.urls import include, path

urlpatterns = [
    path("", include("permissions.urls")),
    path("", include("cases.urls")),
    path("", include("reports.urls")),
    path("", include("workflows.urls")),
]

handler400 = "config.errors.bad_request"
