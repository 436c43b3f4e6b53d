"""Models of accounts, besides Django's users and sessions."""

from django.contrib.auth.models import User
from django.contrib.sessions.models import Session
from django.db import models
from django.utils.translation import gettext_lazy as _


class GivenPassword(models.Model):
    """Marks a user whose password somebody else has chosen: they have to change it first."""

    user = models.OneToOneField(
        User, models.CASCADE, primary_key=True, related_name="given_password", verbose_name=_("user")
    )

    class Meta:
        verbose_name = _("given password")
        verbose_name_plural = _("given passwords")
        default_permissions = ()

    def __str__(self) -> str:
        return self.user.get_username()


class SignIn(models.Model):
    """Describes one session of a user, for the list on the account page. The session itself is Django's."""

    # No constraint in the database: Django deletes sessions by itself, and a missing one does no harm.
    session = models.OneToOneField(
        Session, models.CASCADE, related_name="sign_in", db_constraint=False, verbose_name=_("session")
    )
    user = models.ForeignKey(User, models.CASCADE, related_name="sign_ins", verbose_name=_("user"))
    #: Such as "Firefox" and "Linux"; empty if unknown.
    browser = models.CharField(_("browser"), max_length=30, blank=True)
    system = models.CharField(_("system"), max_length=30, blank=True)
    #: The /24 or /48 of the caller: enough to tell home from work, but no address.
    network = models.CharField(_("network"), max_length=50, blank=True)
    seen_at = models.DateTimeField(_("seen at"))

    class Meta:
        verbose_name = _("sign-in")
        verbose_name_plural = _("sign-ins")
        default_permissions = ()

    def __str__(self) -> str:
        return f"{self.user.get_username()}: {self.browser}"


class Invitation(models.Model):
    """Lets the holder of its link become a host, once. It is deleted when it is accepted or revoked."""

    made_by = models.ForeignKey(User, models.CASCADE, related_name="invitations", verbose_name=_("made by"))
    email = models.EmailField(_("e-mail address"), blank=True)
    #: The poll that it also makes somebody a host of.
    poll = models.ForeignKey(
        "polls.Poll", models.CASCADE, null=True, blank=True, related_name="invitations", verbose_name=_("poll")
    )
    expires_at = models.DateTimeField(_("expires at"))

    class Meta:
        verbose_name = _("invitation")
        verbose_name_plural = _("invitations")
        ordering = ("-pk",)
        default_permissions = ("add",)

    def __str__(self) -> str:
        return self.email or str(self.pk)


class AccessToken(models.Model):
    """Lets a program act for a user in the API. Only a hash is stored: the token itself is shown once."""

    class Scope(models.TextChoices):
        """The range of what a program may do with the token; the user's own permissions hold all the same."""

        READ = "read", _("read")
        HOST = "host", _("read and host")

    user = models.ForeignKey(User, models.CASCADE, related_name="access_tokens", verbose_name=_("user"))
    name = models.CharField(_("name"), max_length=60)
    #: SHA-256 of the token in hexadecimal. Its 256 random bits need neither salt nor a slow hash.
    digest = models.CharField(_("hash"), max_length=64, unique=True, editable=False)
    #: The first letters of the token, by which its owner tells it from others.
    beginning = models.CharField(_("beginning"), max_length=8, editable=False)
    scope = models.CharField(_("scope"), max_length=4, choices=Scope, default=Scope.READ)
    created_at = models.DateTimeField(_("created at"), auto_now_add=True)
    expires_at = models.DateTimeField(_("expires at"), null=True, blank=True)
    #: To the minute.
    used_at = models.DateTimeField(_("last used at"), null=True, blank=True, editable=False)

    class Meta:
        verbose_name = _("access token")
        verbose_name_plural = _("access tokens")
        ordering = ("-pk",)
        # Nobody adds or changes one in the admin.
        default_permissions = ("view", "delete")

    def __str__(self) -> str:
        return f"{self.user.get_username()}: {self.name}"
