from django.contrib.auth.decorators import login_not_required
from django.urls import path

from reports import bulletin_views, paper_views, views
from reports.figure_views import FigureView

PAPERS = {"report": views.ReportView, "bulletin": bulletin_views.BulletinView}


def paper_urls(kind, view):
    """List, page and downloads of one kind of signed paper."""
    base, of_kind = f"{kind}s", {"kind": kind}
    names = {column: paper_views.FILES[column] for column, _label in view.files}
    return [
        path(f"{base}/", paper_views.PapersView.as_view(**of_kind), name=base),
        path(f"{base}/<int:pk>/", view.as_view(), name=kind),
        path(f"{base}/<int:pk>/proof.json", paper_views.PaperProof.as_view(**of_kind), name=f"{kind}_proof"),
        path(f"{base}/<int:pk>/data.json", paper_views.PaperData.as_view(**of_kind), name=f"{kind}_data"),
        *(
            path(
                f"{base}/<int:pk>/{kind if name in ('pdf', 'docx') else name}.{ending}",
                paper_views.PaperFile.as_view(**of_kind, column=column, related=(column,)),
                name=f"{kind}_{name}",
            )
            for column, (name, ending, _about) in names.items()
        ),
    ]


app_name = "reports"
urlpatterns = [
    path("periods/", views.PeriodsView.as_view(), name="periods"),
    path("periods/<int:pk>/", views.PeriodView.as_view(), name="period"),
    path("filings/<int:pk>/", views.FilingView.as_view(), name="filing"),
    path("reports/<int:pk>/figure/", FigureView.as_view(), name="figure"),
    path("bulletins/<int:pk>/figure/", bulletin_views.BulletinFigureView.as_view(), name="bulletin_figure"),
    path(
        "reports/offline_check.py",
        login_not_required(paper_views.OfflineCheck.as_view()),
        name="offline_check",
    ),
    path("verify/", login_not_required(views.VerifyView.as_view()), name="verify"),
    *(found for kind, view in PAPERS.items() for found in paper_urls(kind, view)),
]
