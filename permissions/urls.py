from django.contrib.auth.decorators import login_not_required
from django.urls import path

from permissions import views

app_name = "permissions"
urlpatterns = [
    path("login/", views.LoginView.as_view(), name="login"),
    path("logout/", views.LogoutView.as_view(), name="logout"),
    path("password/", views.PasswordView.as_view(), name="password"),
    path("language/", login_not_required(views.set_language), name="language"),
]
