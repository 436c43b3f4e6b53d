"""The forms of accounts. Every form for a password or a code limits wrong ones, as signing in does."""

from typing import Any

from django import forms
from django.contrib.auth.forms import BaseUserCreationForm, PasswordChangeForm, SetPasswordForm, UserCreationForm
from django.contrib.auth.models import User
from django.core.exceptions import ValidationError
from django.http import HttpRequest
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from accounts import passwords, second_factor
from accounts.models import AccessToken
from core.web import logins


def _password_field(label: Any) -> forms.CharField:
    widget = forms.PasswordInput(attrs={"autocomplete": "current-password"})
    return forms.CharField(label=label, strip=False, widget=widget)


class PasswordForm(forms.Form):
    """Asks for the password again, before an action that a stolen session must not do."""

    password = _password_field(_("Your password"))

    def __init__(self, request: HttpRequest, user: User, *args: Any, **kwargs: Any) -> None:
        self.request, self.user = request, user
        super().__init__(*args, **kwargs)

    def clean_password(self) -> str:
        """Compare it, unless too many wrong ones came."""
        password: str = self.cleaned_data["password"]
        check_password(self.request, self.user, password)
        return password


def check_password(request: HttpRequest, user: User, password: str) -> None:
    """Raise ValidationError if the password is wrong, or after too many wrong ones."""
    logins.refuse_if_held_back(request, user.get_username())
    if not user.check_password(password):
        logins.note_failure(request, {"username": user.get_username()})
        raise ValidationError(gettext("This is not your password."), code="wrong")


class EmailForm(PasswordForm):
    """Changes the e-mail address. It asks for the password, since the address can open the account."""

    email = forms.EmailField(
        label=_("E-mail address"), required=False, max_length=254, widget=forms.EmailInput({"autocomplete": "email"})
    )
    field_order = ("email", "password")


class TokenForm(PasswordForm):
    """Makes an access token. It asks for the password, since the token outlives the session."""

    name = forms.CharField(
        label=_("What is it for?"), max_length=60, widget=forms.TextInput({"autocomplete": "off", "dir": "auto"})
    )
    scope = forms.ChoiceField(
        label=_("It may"),
        choices=[
            (AccessToken.Scope.READ, _("read your polls, events and results")),
            (AccessToken.Scope.HOST, _("also make and change them, as you can")),
        ],
        initial=AccessToken.Scope.READ,
    )
    days = forms.TypedChoiceField(
        label=_("It holds"),
        choices=[
            ("30", _("30 days")),
            ("365", _("a year")),
            ("", _("until you revoke it")),
        ],
        coerce=int,
        empty_value=None,
        required=False,
        initial="30",
    )
    field_order = ("name", "scope", "days", "password")


class ChangePasswordForm(PasswordChangeForm):
    """Django's form, with a limit on wrong old passwords."""

    def __init__(self, request: HttpRequest, user: User, *args: Any, **kwargs: Any) -> None:
        self.request = request
        super().__init__(user, *args, **kwargs)
        del self.fields["old_password"].widget.attrs["autofocus"]

    def clean_old_password(self) -> str:
        """Compare it, unless too many wrong ones came."""
        check_password(self.request, self.user, self.cleaned_data["old_password"])
        return str(self.cleaned_data["old_password"])

    def clean(self) -> dict[str, Any]:
        """Refuse the old password as the new one."""
        return _refuse_the_old(self, super().clean())


class OwnPasswordForm(SetPasswordForm):
    """Replaces a given password by one of the user's own."""

    def clean(self) -> dict[str, Any]:
        """Refuse the given password."""
        return _refuse_the_old(self, super().clean())

    def save(self, commit: bool = True) -> User:
        """Store the password, and note that it is the user's own."""
        user: User = super().save(commit)
        passwords.mark_own(user)
        return user


def _refuse_the_old(form: SetPasswordForm, cleaned: dict[str, Any] | None) -> dict[str, Any]:
    new = form.cleaned_data.get("new_password2")
    if new and form.user.check_password(new):
        form.add_error("new_password2", gettext("Choose another password than the present one."))
    return cleaned or {}


class CodeForm(forms.Form):
    """Asks for a code of the second factor."""

    code = forms.CharField(
        label=_("Code"),
        max_length=40,
        widget=forms.TextInput(
            {"autocomplete": "one-time-code", "autocapitalize": "none", "spellcheck": "false", "autofocus": True}
        ),
    )

    def __init__(self, request: HttpRequest, user: User, *args: Any, **kwargs: Any) -> None:
        self.request, self.user = request, user
        super().__init__(*args, **kwargs)

    def clean_code(self) -> str:
        """Check the code, unless too many wrong ones came."""
        logins.refuse_if_held_back(self.request, self.user.get_username())
        if not self.counts(self.cleaned_data["code"]):
            logins.note_failure(self.request, {"username": self.user.get_username()})
            said = gettext("This code is wrong, or was used already. Wait a moment, and take the next one.")
            raise ValidationError(said, code="wrong")
        return str(self.cleaned_data["code"])

    def counts(self, code: str) -> bool:
        """Tell whether the code is valid. A valid code is used up."""
        return second_factor.verify(self.user, code)


class FirstCodeForm(CodeForm):
    """Asks for the first code of a device. `codes` are the new recovery codes."""

    codes: list[str] | None = None

    def counts(self, code: str) -> bool:
        """Confirm the device."""
        self.codes = second_factor.confirm(self.user, code)
        return self.codes is not None


class InviteForm(forms.Form):
    """Makes an invitation."""

    email = forms.EmailField(
        label=_("E-mail address (optional)"),
        required=False,
        max_length=254,
        widget=forms.EmailInput({"autocomplete": "off"}),
    )


class AcceptForm(UserCreationForm):
    """Makes the account of an invited person."""

    class Meta(BaseUserCreationForm.Meta):
        model = User
        fields = ("username", "email")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["email"].label = _("E-mail address (optional)")
        self.fields["email"].widget.attrs["autocomplete"] = "email"
        self.fields["username"].widget.attrs.update({"dir": "auto", "autocomplete": "username"})
