"""Signing in and out, and the choice of language."""

from django.contrib.auth import views as auth
from django.views.i18n import set_language

__all__ = ["LoginView", "LogoutView", "set_language"]


class LoginView(auth.LoginView):
    redirect_authenticated_user = True


class LogoutView(auth.LogoutView):
    pass
