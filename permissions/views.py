"""Signing in and out, one's own password, and the choice of language."""

from django.conf import settings
from django.contrib.auth import views as auth
from django.contrib.messages.views import SuccessMessageMixin
from django.urls import reverse_lazy
from django.utils.translation import gettext_lazy as _
from django.views.i18n import set_language

from permissions.visitors import has_one_left, takes_one_more

__all__ = ["LoginView", "LogoutView", "PasswordView", "set_language"]


class LoginView(auth.LoginView):
    """A name and its password; who guesses is stopped after so many wrong ones, per name and client."""

    redirect_authenticated_user = True

    def post(self, request, *args, **kwargs):
        most = settings.XIAOHAO_WRONG_PASSWORDS_PER_HOUR
        if most and not has_one_left(request, self._tries(), most):
            return self.render_to_response(self.get_context_data(is_stopped=True), status=429)
        return super().post(request, *args, **kwargs)

    def _tries(self):
        return f"login.{self.request.POST.get('username', '').casefold()}"

    def form_invalid(self, form):
        if "username" in form.cleaned_data and "password" in form.cleaned_data:
            takes_one_more(self.request, self._tries(), settings.XIAOHAO_WRONG_PASSWORDS_PER_HOUR)
        return super().form_invalid(form)

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
