"""The project as an app: its checks, and commands that belong to no other app."""

from typing import Any

from django.apps import AppConfig, apps
from django.conf import settings
from django.db import DatabaseError, connections, transaction
from django.db.models.signals import post_migrate, pre_migrate


class VotingsiteConfig(AppConfig):
    """Registers the system checks and the count of failed logins."""

    name = "votingsite"
    default = True

    def ready(self) -> None:
        """Register them."""
        import votingsite.checks  # noqa: F401
        from core.web import logins

        logins.watch()
        # One app with models: the signals are sent once for each such app.
        polls = apps.get_app_config("polls")
        # Behind PgBouncer a lifted limit would go on to the next user of the connection.
        if not settings.DATABASE_VIA_PGBOUNCER:
            pre_migrate.connect(take_time, sender=polls)
            post_migrate.connect(take_no_more_time, sender=polls)
        post_migrate.connect(keep_statement_times, sender=polls)


def take_time(using: str, **kwargs: Any) -> None:
    """Lift the time limit for migrations: an index on millions of ballots takes long."""
    with connections[using].cursor() as cursor:
        cursor.execute("SET statement_timeout = 0")


def take_no_more_time(using: str, **kwargs: Any) -> None:
    """Restore the connection's time limit."""
    with connections[using].cursor() as cursor:
        cursor.execute("RESET statement_timeout")


def keep_statement_times(using: str, **kwargs: Any) -> None:
    """Create pg_stat_statements for the Postgres inspector, if the server has loaded its library.

    Harmless to repeat; if this user lacks the right, the inspector says what to do.
    """
    connection = connections[using]
    try:
        with transaction.atomic(using), connection.cursor() as cursor:
            cursor.execute("SELECT current_setting('shared_preload_libraries') LIKE '%pg_stat_statements%'")
            if cursor.fetchone()[0]:
                cursor.execute("CREATE EXTENSION IF NOT EXISTS pg_stat_statements")
    except DatabaseError:
        return
