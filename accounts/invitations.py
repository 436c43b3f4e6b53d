"""Invitations: signed links that make somebody a host. A link works once, until it expires or is revoked."""

from datetime import timedelta

from django.contrib.auth.models import Group, Permission, User
from django.core import signing
from django.db import IntegrityError, transaction
from django.db.models import QuerySet
from django.utils import timezone
from django.utils.translation import gettext_noop

from accounts.models import Invitation
from polls.host import history
from polls.host.access import is_owner
from polls.models import Poll

#: The validity of a link.
VALID_FOR = timedelta(days=7)
#: The permission to invite hosts. The owner of a poll may invite to that poll without it.
PERMISSION = "accounts.add_invitation"
HOSTS = "Hosts"
_SALT = "accounts.invitation"


def may_invite(user: User, poll: Poll | None) -> bool:
    """Tell whether a user may invite hosts, to this poll or in general."""
    return user.has_perm(PERMISSION) if poll is None else is_owner(user, poll)


def make(user: User, email: str, poll: Poll | None) -> Invitation:
    """Make an invitation, and delete expired ones."""
    Invitation.objects.filter(expires_at__lt=timezone.now()).delete()
    expires_at = timezone.now() + VALID_FOR
    return Invitation.objects.create(made_by=user, email=email, poll=poll, expires_at=expires_at)


def seen_by(user: User) -> QuerySet[Invitation]:
    """Return the open invitations that a user may revoke: all with the permission to invite, else their own."""
    found = Invitation.objects.filter(expires_at__gt=timezone.now()).select_related("poll", "made_by")
    return found if may_invite(user, None) else found.filter(made_by=user)


def token(invitation: Invitation) -> str:
    """Return the token at the end of its link."""
    return signing.Signer(salt=_SALT).sign(str(invitation.pk))


def find(token: str) -> Invitation | None:
    """Return the invitation of a link; None if the token is not valid, used, revoked or expired.

    Also None if its maker may no longer invite.
    """
    try:
        number = signing.Signer(salt=_SALT).unsign(token)
    except signing.BadSignature:
        return None
    invitation = Invitation.objects.filter(pk=number, expires_at__gt=timezone.now()).select_related("made_by").first()
    if invitation is None or not invitation.made_by.is_active:
        return None
    return invitation if may_invite(invitation.made_by, invitation.poll) else None


class NameTakenError(Exception):
    """Somebody else has taken the name of the new account, since the form was checked."""


@transaction.atomic
def accept(invitation: Invitation, user: User) -> bool:
    """Make a user a host and delete the invitation. Returns False if it was already used or revoked.

    Raises NameTakenError.
    """
    if not Invitation.objects.select_for_update().filter(pk=invitation.pk).exists():
        return False
    if user.pk is None:
        try:
            user.save()
        except IntegrityError as error:
            raise NameTakenError from error
    user.groups.add(_hosts())
    poll = invitation.poll
    if poll is not None and not is_owner(user, poll):
        poll.hosts.add(user)
        history.note(user, poll, gettext_noop("Accepted an invitation from {name}."), name=str(invitation.made_by))
    Invitation.objects.filter(pk=invitation.pk).delete()
    return True


def _hosts() -> Group:
    """Return the group of hosts, as migration polls/0008 makes it; make it again if it was deleted."""
    group, is_new = Group.objects.get_or_create(name=HOSTS)
    if is_new:
        group.permissions.add(Permission.objects.get(content_type__app_label="polls", codename="host_polls"))
    return group
