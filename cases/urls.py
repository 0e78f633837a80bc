"""Reading pages of plans, the ledger and files. The page of a measure offers acts, so it lives in workflows."""

from django.urls import path

from cases import views

app_name = "cases"
urlpatterns = [
    path("ledger/", views.LedgerView.as_view(), name="ledger"),
    path("plans/", views.PlansView.as_view(), name="plans"),
    path("plans/<int:pk>/", views.PlanView.as_view(), name="plan"),
    path("plans/problems/<int:pk>/", views.PlanProblemView.as_view(), name="plan_problem"),
    path("plans/revisions/<int:pk>/source/", views.RevisionSourceView.as_view(), name="revision_source"),
    path("plans/<int:pk>/source/", views.PlanSourceView.as_view(), name="plan_source"),
    path("evidence/<int:pk>/", views.EvidenceView.as_view(), name="evidence"),
]
