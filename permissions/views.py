"""Signing in and out, and the choice of language."""

from django.contrib.auth import views as auth
from django.views.i18n import set_language

__all__ = ["LoginView", "LogoutView", "set_language"]


class LoginView(auth.LoginView):
    redirect_authenticated_user = True

    def form_valid(self, form):
        """Remember the visit before this one: the desk marks what has changed since."""
        last_login = form.get_user().last_login
        response = super().form_valid(form)
        if last_login:
            self.request.session["last_visit"] = last_login.isoformat()
        return response


class LogoutView(auth.LogoutView):
    pass
