"""Pages about standing in for a colleague (委托代办): one's own roles, who stands in, and for whom one stands in."""

from django.urls import path, reverse
from django.utils.functional import cached_property
from django.utils.translation import gettext_lazy as _
from django.views.generic import TemplateView

from permissions import clock
from permissions.models import Delegation
from workflows.acts.delegations import colleagues_to_ask, own_delegations, own_memberships
from workflows.forms.acting import ActForm
from workflows.forms.delegations import NameDeputyForm
from workflows.views.acting import ActView

SHOWN = 50  # of the latest; all are in the record


class DelegationsView(TemplateView):
    """Two statements: one's roles, and every delegation that one gave or received."""

    template_name = "workflows/delegations.html"

    def get_context_data(self, **kwargs):
        user, today = self.request.user, clock.today()
        rows = own_delegations(user).select_related("membership__person", "membership__unit", "deputy")
        rows = list(rows.order_by("-starts_on", "-pk")[:SHOWN])
        posts = own_memberships(user).select_related("unit").order_by("pk")
        given = [_row(row, user, today) for row in rows if row.membership.person_id == user.pk]
        return super().get_context_data(
            roles=[_role(post, rows, today) for post in posts],
            given=given,
            received=[_row(row, user, today) for row in rows if row.deputy_id == user.pk],
            **kwargs,
        )


def _role(post, rows, today):
    """One role with whoever stands in for it now or next."""
    live = [row for row in rows if row.membership_id == post.pk and _is_open(row, today)]
    return {
        "role": post.get_role_display(),
        "unit": post.unit.name,
        "deputy": min(live, key=lambda row: row.starts_on) if live else None,
        "url": reverse("workflows:name_deputy", args=[post.pk]),
    }


def _is_open(row, today):
    return row.revoked_at is None and row.ends_on >= today


def _row(row, user, today):
    begins, is_open = row.starts_on > today, _is_open(row, today)
    label = (
        _("taken back")
        if row.revoked_at
        else _("over")
        if not is_open
        else _("to begin")
        if begins
        else _("now")
    )
    return {
        "person": row.membership.person,
        "deputy": row.deputy,
        "role": row.membership.get_role_display(),
        "unit": row.membership.unit.name,
        "starts_on": row.starts_on,
        "ends_on": row.ends_on,
        "reason": row.reason,
        "revoked_at": row.revoked_at,
        "label": label,
        "tone": "success" if is_open and not begins else "info" if is_open else "plain",
        "revoke_url": reverse("workflows:revoke_delegation", args=[row.pk]) if is_open else "",
    }


class _DelegationActView(ActView):
    template_name = "workflows/filing_act.html"

    def after(self, outcome):
        return reverse("workflows:delegations")

    def page(self, title, **values):
        back = reverse("workflows:delegations")
        crumbs = [{"label": _("Standing in"), "url": back}, {"label": title}]
        return {"title": title, "back_url": back, "crumbs": crumbs, **values}


class NameDeputyView(_DelegationActView):
    """Choose a colleague of the same unit for one role, from one day to another."""

    act, form_class = "name_deputy", NameDeputyForm
    done = _("The deputy is named. What they do is recorded under their own name, with yours beside it.")

    def get_queryset(self):
        return own_memberships(self.request.user).select_related("unit")

    @cached_property
    def people(self):
        return list(colleagues_to_ask(self.subject))

    def get_form_kwargs(self):
        return {**super().get_form_kwargs(), "people": self.people}

    def get_context_data(self, **kwargs):
        post = self.subject
        return super().get_context_data(
            **self.page(
                _("Name a deputy"),
                subtitle=f"{post.unit.name} · {post.get_role_display()}",
                submit=_("Name a deputy"),
                note=_(
                    "The deputy may do what this role may do, in this unit and in these days only, and counts as "
                    "themselves: whoever took an earlier step takes no later one. Your own rights stay."
                ),
                nothing=None
                if self.people
                else _("Nobody else serves in this unit who could stand in for this role."),
            ),
            **kwargs,
        )


class RevokeDelegationView(_DelegationActView):
    act, form_class, done = "revoke_delegation", ActForm, _("The delegation has ended.")

    def get_queryset(self):
        rows = own_delegations(self.request.user)
        return rows.select_related("membership__person", "membership__unit", "deputy")

    def get_context_data(self, **kwargs):
        row: Delegation = self.subject
        return super().get_context_data(
            **self.page(
                _("End the delegation"),
                subtitle=f"{row.membership.person} → {row.deputy} · {row.membership.get_role_display()}",
                submit=_("End it now"),
                danger=True,
                note=_("The deputy's rights end at once. What they did stays as it was."),
            ),
            **kwargs,
        )


urlpatterns = [
    path("account/delegations/", DelegationsView.as_view(), name="delegations"),
    path("account/roles/<int:pk>/deputy/", NameDeputyView.as_view(), name="name_deputy"),
    path("account/delegations/<int:pk>/end/", RevokeDelegationView.as_view(), name="revoke_delegation"),
]
