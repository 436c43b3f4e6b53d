"""Roles besides voters: hosts make polls, operators run the system and see all of it.

Each role has a permission and a group with it (migration 0008). Staff may host without the permission. An operator must
be staff too, since the pages of operators are part of the admin. Each function asks Postgres, and raises
django.db.Error if it does not answer.
"""

from typing import TYPE_CHECKING

from polls.models import Poll

if TYPE_CHECKING:
    from django.contrib.auth.models import AnonymousUser, User

HOST, OPERATE = "polls.host_polls", "polls.operate"


def may_host(user: "User | AnonymousUser") -> bool:
    """Tell whether a user may make polls and run their own."""
    return user.is_active and (user.is_staff or user.has_perm(HOST))


def may_operate(user: "User | AnonymousUser") -> bool:
    """Tell whether a user may see the running system, its stores, and the totals of every poll."""
    return user.is_active and user.is_staff and user.has_perm(OPERATE)


def may_see_totals(user: "User | AnonymousUser", poll_id: int) -> bool:
    """Tell whether a user may see this poll's totals whatever its result rule."""
    if may_operate(user):
        return True
    return may_host(user) and Poll.objects.hosted_by(user).filter(pk=poll_id).exists()  # type: ignore[arg-type]
