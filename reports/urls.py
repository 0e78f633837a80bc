from django.urls import path

from reports import views
from reports.figure_views import FigureView

app_name = "reports"
urlpatterns = [
    path("periods/", views.PeriodsView.as_view(), name="periods"),
    path("periods/<int:pk>/", views.PeriodView.as_view(), name="period"),
    path("filings/<int:pk>/", views.FilingView.as_view(), name="filing"),
    path("reports/", views.ReportsView.as_view(), name="reports"),
    path("reports/<int:pk>/", views.ReportView.as_view(), name="report"),
    path("reports/<int:pk>/figure/", FigureView.as_view(), name="figure"),
    path("reports/<int:pk>/report.pdf", views.ReportPdf.as_view(), name="report_pdf"),
    path("reports/<int:pk>/ledger.xlsx", views.ReportLedger.as_view(), name="report_ledger"),
    path("reports/<int:pk>/report.docx", views.ReportDocx.as_view(), name="report_docx"),
    path("reports/<int:pk>/internal.pdf", views.ReportInternal.as_view(), name="report_internal"),
    path("reports/<int:pk>/proof.json", views.ReportProof.as_view(), name="report_proof"),
    path("reports/<int:pk>/data.json", views.ReportData.as_view(), name="report_data"),
    path("reports/offline_check.py", views.OfflineCheck.as_view(), name="offline_check"),
    path("verify/", views.VerifyView.as_view(), name="verify"),
]
