"""The project itself as an app: its checks, and the commands that belong to no other app."""

from typing import Any

from django.apps import AppConfig, apps
from django.db import DatabaseError, connections, transaction
from django.db.models.signals import post_migrate, pre_migrate


class VotingsiteConfig(AppConfig):
    """Registers the system checks, and lets failed logins be counted."""

    name = "votingsite"
    default = True

    def ready(self) -> None:
        """Register both."""
        import votingsite.checks  # noqa: F401
        from core.web import logins

        logins.watch()
        # Any app that has models: the signals are sent once for each of these.
        polls = apps.get_app_config("polls")
        pre_migrate.connect(take_time, sender=polls)
        post_migrate.connect(take_no_more_time, sender=polls)
        post_migrate.connect(keep_statement_times, sender=polls)


def take_time(using: str, **kwargs: Any) -> None:
    """Let changes of the tables take as long as they take, as the index of a table with millions of ballots does."""
    with connections[using].cursor() as cursor:
        cursor.execute("SET statement_timeout = 0")


def take_no_more_time(using: str, **kwargs: Any) -> None:
    """The connection's own limit holds again."""
    with connections[using].cursor() as cursor:
        cursor.execute("RESET statement_timeout")


def keep_statement_times(using: str, **kwargs: Any) -> None:
    """Let the Postgres inspector show which statements take the time, where the server has loaded what that needs.

    Harmless to repeat; where this user may not, the inspector says what to do.
    """
    connection = connections[using]
    try:
        with transaction.atomic(using), connection.cursor() as cursor:
            cursor.execute("SELECT current_setting('shared_preload_libraries') LIKE '%pg_stat_statements%'")
            if cursor.fetchone()[0]:
                cursor.execute("CREATE EXTENSION IF NOT EXISTS pg_stat_statements")
    except DatabaseError:
        return
