"""Signing in and out, one's own password, and the choice of language."""

from django.conf import settings
from django.contrib.auth import views as auth
from django.contrib.messages.views import SuccessMessageMixin
from django.urls import reverse_lazy
from django.utils.translation import gettext_lazy as _
from django.views.i18n import set_language

__all__ = ["LoginView", "LogoutView", "PasswordView", "set_language"]


class LoginView(auth.LoginView):
    redirect_authenticated_user = True

    def get_context_data(self, **kwargs):
        return super().get_context_data(public_check=bool(settings.XIAOHAO_CHECKS_PER_HOUR), **kwargs)

    def form_valid(self, form):
        """Remember the visit before this one: the desk marks what has changed since."""
        last_login = form.get_user().last_login
        response = super().form_valid(form)
        if last_login:
            self.request.session["last_visit"] = last_login.isoformat()
        return response


class LogoutView(auth.LogoutView):
    pass


class PasswordView(SuccessMessageMixin, auth.PasswordChangeView):
    """Everybody changes their own password; nobody else's."""

    template_name = "registration/password.html"
    success_url = reverse_lazy("workflows:desk")
    success_message = _("The password was changed.")
