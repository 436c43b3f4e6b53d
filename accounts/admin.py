"""Users in the admin: passwords set by an operator count as given ones; links to reset a password."""

from typing import Any

from django.contrib import admin, messages
from django.contrib.admin.utils import unquote
from django.contrib.auth.admin import UserAdmin
from django.contrib.auth.models import User
from django.contrib.auth.tokens import default_token_generator
from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse
from django.utils.encoding import force_bytes
from django.utils.http import urlsafe_base64_encode
from django.utils.translation import gettext, gettext_lazy, ngettext
from django_otp.plugins.otp_static.models import StaticDevice
from django_otp.plugins.otp_totp.models import TOTPDevice

from accounts import passwords, second_factor, sessions
from accounts.models import AccessToken
from core.web import origins

admin.site.unregister(User)
# They hold the secret keys of second factors.
admin.site.unregister([StaticDevice, TOTPDevice])


@admin.register(User)
class AccountAdmin(UserAdmin):
    """Django's user admin, with password links and second factors."""

    actions = ("remove_second_factor",)

    def get_urls(self) -> list[URLPattern]:
        """Add the page with the link to choose a new password."""
        view = self.admin_site.admin_view(self.reset_link)
        return [path("<id>/reset-link/", view, name="auth_user_reset_link"), *super().get_urls()]

    def save_model(self, request: HttpRequest, obj: User, form: Any, change: Any) -> None:
        """Have a new user choose a password at the first sign-in."""
        super().save_model(request, obj, form, change)
        if not change and obj.has_usable_password():
            passwords.mark_given(obj)

    def user_change_password(self, request: HttpRequest, id: str, form_url: str = "") -> HttpResponse:  # noqa: A002
        """Mark a password set for another user as given; after setting the own one end the other sessions."""
        response = super().user_change_password(request, id, form_url)
        if request.method == "POST" and response.status_code == 302:
            user = self._user(request, id)
            if user == request.user:
                sessions.end_others(request, user)
            else:
                passwords.mark_given(user)
        return response

    def reset_link(self, request: HttpRequest, id: str) -> HttpResponse:  # noqa: A002
        """Make a link that lets this user choose a new password, to be handed over."""
        user = self._user(request, id)
        context = {
            **self.admin_site.each_context(request),
            "title": gettext("Link to choose a new password"),
            "opts": self.opts,
            "original": user,
        }
        if request.method == "POST":
            number, token = urlsafe_base64_encode(force_bytes(user.pk)), default_token_generator.make_token(user)
            way = reverse("password_reset_confirm", args=[number, token])
            context["link"] = origins.join_url(request) + way
            self.log_change(request, user, "Made a link to choose a new password.")
        return TemplateResponse(request, "admin/auth/user/reset_link.html", context)

    @admin.action(description=gettext_lazy("Remove the second factor"), permissions=["change"])
    def remove_second_factor(self, request: HttpRequest, queryset: QuerySet[User]) -> None:
        """Remove the second factor of a user who has lost the phone."""
        removed = 0
        for user in queryset:
            self._refuse_above(request, user)
            if second_factor.remove(user):
                self.log_change(request, user, "Removed the second factor.")
                removed += 1
        said = ngettext("{number} second factor was removed.", "{number} second factors were removed.", removed)
        messages.success(request, said.format(number=removed))

    def _user(self, request: HttpRequest, number: str) -> User:
        user: User | None = self.get_object(request, unquote(number))
        if user is None:
            raise Http404
        if not self.has_change_permission(request, user):
            raise PermissionDenied
        self._refuse_above(request, user)
        return user

    @staticmethod
    def _refuse_above(request: HttpRequest, user: User) -> None:
        """Refuse to open the account of a superuser for anybody but superusers."""
        if user.is_superuser and not request.user.is_superuser:
            raise PermissionDenied


@admin.register(AccessToken)
class AccessTokenAdmin(admin.ModelAdmin):
    """The access tokens of all users, without secrets, for superusers. Deleting one revokes it."""

    list_display = ("user", "name", "beginning", "scope", "created_at", "expires_at", "used_at")
    list_select_related = ("user",)
    list_filter = ("scope",)
    search_fields = ("user__username", "name", "beginning")
    readonly_fields = list_display
    show_full_result_count = False

    def has_module_permission(self, request: HttpRequest) -> bool:
        """Tell whether the admin lists them."""
        return request.user.is_active and request.user.is_superuser

    def has_view_permission(self, request: HttpRequest, obj: AccessToken | None = None) -> bool:
        """Tell whether somebody may see them."""
        return self.has_module_permission(request)

    def has_delete_permission(self, request: HttpRequest, obj: AccessToken | None = None) -> bool:
        """Tell whether somebody may revoke them."""
        return self.has_module_permission(request)

    def has_add_permission(self, request: HttpRequest) -> bool:
        """Let nobody make one for others."""
        return False

    def has_change_permission(self, request: HttpRequest, obj: AccessToken | None = None) -> bool:
        """Let nobody widen one."""
        return False
