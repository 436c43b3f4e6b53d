"""Queries for what has an owner and further hosts."""

from typing import TYPE_CHECKING, Self, TypeVar

from django.db import models

if TYPE_CHECKING:
    # May not be loaded yet at run time.
    from django.contrib.auth.models import User

_Row = TypeVar("_Row", bound=models.Model)


class HostedQuerySet(models.QuerySet[_Row]):
    """Queries for rows of a model that has `owner` and `hosts`."""

    def hosted_by(self, user: "User") -> Self:
        """Return the rows that this host may change, with their owner; every row for a superuser."""
        rows = self.select_related("owner")
        if user.is_superuser:
            return rows
        let_in = self.model._base_manager.filter(pk=models.OuterRef("pk"), hosts=user)  # noqa: SLF001
        return rows.filter(models.Q(owner=user) | models.Exists(let_in))
